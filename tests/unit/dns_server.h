/* A name server that answers as a table says, on UDP and TCP of a port of 127.0.0.1, from a thread of its
 * own. */
#ifndef TRAWL_TESTS_DNS_SERVER_H
#define TRAWL_TESTS_DNS_SERVER_H

struct dns_server;

/* How one name is answered; one that the table does not hold does not exist. */
struct dns_name {
    const char *name;
    const char *ipv4, *ipv6; /* addresses apart by blanks; without one of the kind the answer is empty */
    unsigned ttl;
    unsigned many;     /* so many more IPv4 addresses, from 198.51.0.0 on */
    const char *alias; /* the answer begins with: `name` is an alias of this, and that of `alias_of_alias` */
    const char *alias_of_alias;
    int code;   /* of failure (RFC 1035 4.1.1): 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED */
    int silent; /* never answered */
    int junk;   /* answered by bytes that are no answer */
    unsigned ms;
};

/* Starts a server, the caller's; the table (borrowed until the stop) ends with a name of NULL. */
struct dns_server *dns_server_start(const struct dns_name *table);

/* *server becomes NULL. */
void dns_server_stop(struct dns_server **server);

/* "127.0.0.1:PORT", the server's. */
const char *dns_server_address(const struct dns_server *server);

/* Questions so far, of both types and over both transports. */
unsigned dns_server_questions(const struct dns_server *server);

#endif
