/* Goal: compressed bodies are undone up to the ceiling, whatever is in them (H48-H50). */
#include "tests/unit/worker/exchange.h"

static uint32_t crc32_of(const uint8_t *bytes, size_t size)
{
    uint32_t crc = ~0u;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static size_t put_number(uint8_t *out, uint32_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(value >> 8 * i);
    return size;
}

static const uint8_t gzip_head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};

/* Writes a gzip member (RFC 1952) that stores the text; returns its size, at most the text's and 23. */
static size_t gzip(const void *text, size_t size, uint8_t *out)
{
    size_t at = sizeof gzip_head;
    memcpy(out, gzip_head, at);
    out[at++] = 1; /* the last block, stored */
    at += put_number(out + at, (uint32_t)size, 2);
    at += put_number(out + at, (uint32_t)~size, 2);
    memcpy(out + at, text, size);
    at += size;
    at += put_number(out + at, crc32_of(text, size), 4);
    return at + put_number(out + at, (uint32_t)size, 4);
}

/* Writes a gzip member without end, of `size` bytes: a zero, then "258 more of these" again and again (RFC
 * 1951 3.2.6), which makes 158 bytes of each. */
static void gzip_bomb(uint8_t *out, size_t size)
{
    static const char begin[] = "11000110000", more[] = "1100010100000"; /* last block, fixed codes, literal
                                                                            0; length 258, distance 1 */
    size_t bit = 8 * sizeof gzip_head;
    memset(out, 0, size);
    memcpy(out, gzip_head, sizeof gzip_head);
    for (const char *code = begin; bit < 8 * size; bit++) {
        if (*code++ == '1')
            out[bit / 8] |= (uint8_t)(1 << bit % 8);
        if (!*code)
            code = more;
    }
}

/* Has `size` bytes served under a coding with a right Content-Length. */
static void exchange_coded(const char *coding, const void *bytes, size_t size, uint64_t max_body)
{
    char head[256];
    int length = snprintf(head, sizeof head, OK_HEAD "Content-Encoding: %s\r\nContent-Length: %zu\r\n\r\n",
                          coding, size);
    const struct raw_step script[] = {
        RAW_READ, RAW_BYTES(head, (size_t)length), RAW_BYTES(bytes, size), {RAW_END_}};
    const struct raw_step *scripts[] = {script};
    struct raw_server *server = raw_server_start(scripts, 1);
    struct fetcher *fetcher = new_fetcher(max_body, 5000);
    exchange(fetcher, "http", raw_server_port(server), true);
    fetcher_destroy(&fetcher);
    raw_server_stop(&server);
}

static void codings_are_undone(void **state)
{
    (void)state;
    uint8_t once[64], twice[96];
    size_t size = gzip("hello", 5, once), twice_size = gzip(once, size, twice);
    exchange_coded("gzip", once, size, 1 << 20);
    assert_ended(OUTCOME_OK, "hello", false);
    exchange_coded("x-gzip", once, size, 5);
    assert_ended(OUTCOME_OK, "hello", false);
    exchange_coded("gzip", once, size, 4);
    assert_ended(OUTCOME_OK, "hell", true);
    exchange_coded("gzip, gzip", twice, twice_size, 1 << 20); /* H49 */
    assert_ended(OUTCOME_OK, "hello", false);
}

/* H50: what is decoded is used, or it is an error; which of them is libcurl's choice, but a crash is not. */
static void broken_gzip_is_used_or_refused(void **state)
{
    (void)state;
    uint8_t members[128];
    size_t size = gzip("hello", 5, members), both = size + gzip(" world", 6, members + size);
    exchange_coded("gzip", members, both, 1 << 20);
    assert_true(ending.outcome == OUTCOME_BAD_ENCODING ||
                (ending.outcome == OUTCOME_OK && !strncmp(ending.body, "hello", 5)));
    memcpy(members + size, "garbage", 7);
    exchange_coded("gzip", members, size + 7, 1 << 20);
    assert_true(ending.outcome == OUTCOME_BAD_ENCODING ||
                (ending.outcome == OUTCOME_OK && !strncmp(ending.body, "hello", 5)));
    exchange_coded("gzip", members, 18, 1 << 20); /* in the middle of the text */
    assert_true(ending.outcome == OUTCOME_BAD_ENCODING || ending.outcome == OUTCOME_OK);
    exchange_coded("gzip", members, 5, 1 << 20); /* in the middle of the head */
    assert_true(ending.outcome == OUTCOME_BAD_ENCODING || ending.outcome == OUTCOME_OK);
    members[size - 6] ^= 1; /* the checksum */
    exchange_coded("gzip", members, size, 1 << 20);
    assert_int_equal(ending.outcome, OUTCOME_BAD_ENCODING);
    members[0] ^= 1;
    exchange_coded("gzip", members, size, 1 << 20);
    assert_int_equal(ending.outcome, OUTCOME_BAD_ENCODING);
}

/* H48: the ceiling is on decoded bytes. */
static void a_bomb_stops_at_the_ceiling(void **state)
{
    (void)state;
    static uint8_t bomb[200 * 1024]; /* 32 MB of zeroes */
    gzip_bomb(bomb, sizeof bomb);
    exchange_coded("gzip", bomb, sizeof bomb, 100000);
    assert_int_equal(ending.outcome, OUTCOME_OK);
    assert_int_equal(ending.body_size, 100000);
    assert_int_equal(ending.bytes, 100000);
    assert_true(ending.truncated);
    unwanted = true;
    exchange_coded("gzip", bomb, sizeof bomb, 8 << 20);
    assert_int_equal(ending.outcome, OUTCOME_OK);
    assert_in_range(ending.bytes, 1, 1 << 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(codings_are_undone, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_gzip_is_used_or_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bomb_stops_at_the_ceiling, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
