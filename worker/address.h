/* Which network addresses are public: those a page found on the web may send us to.
 *
 * Everything that the IANA special-purpose registries set aside is not: loopback, private, link-local, shared
 * (CGNAT), multicast, documentation, reserved. An IPv6 address that carries an IPv4 one (mapped, NAT64, 6to4,
 * Teredo) is as public as that one at most.
 */
#ifndef TRAWL_WORKER_ADDRESS_H
#define TRAWL_WORKER_ADDRESS_H

#include <sys/socket.h>

/* Whether it is a public IPv4 or IPv6 address; other families are not. */
int address_is_public(const struct sockaddr *address);

/* The same for an address in text, as inet_pton reads it; what is none is not public. */
int address_text_is_public(const char *text);

#endif
