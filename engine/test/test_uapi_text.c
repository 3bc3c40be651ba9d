#include "uapi_text.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "draws.h"

/* Values of the text protocol. Every text is handed in as a block of its exact size: reading beyond it is seen. */

static struct wrni_word copied(const char *text, size_t length)
{
    char *block = malloc(length ? length : 1);
    assert_non_null(block);
    memcpy(block, text, length);
    return (struct wrni_word){block, length};
}

static void forget(struct wrni_word word) { free((void *)(uintptr_t)word.text); }

static const char HEX[] = "0123456789abcdefABCDEF";

static bool read_key(const char *text, size_t length, uint8_t key[32])
{
    struct wrni_word word = copied(text, length);
    bool             good = wrni_read_key(word, key);
    forget(word);
    return good;
}

static void p146_g104_a_key_has_exactly_64_digits(void **state)
{
    (void)state;
    struct rng rng = {104};
    char       text[300];
    for (size_t length = 0; length <= sizeof text; length++) {
        struct { uint8_t before[16], key[32], after[16]; } guarded;
        memset(&guarded, 0xee, sizeof guarded);
        for (size_t i = 0; i < length; i++)
            text[i] = HEX[rng_below(&rng, 22)];
        assert_int_equal(read_key(text, length, guarded.key), length == 64);
        for (unsigned i = 0; i < 16; i++)
            assert_true(guarded.before[i] == 0xee && guarded.after[i] == 0xee);
        for (unsigned i = 0; i < 32 && length != 64; i++)
            assert_int_equal(guarded.key[i], 0);
    }
}

static void p146_g104_every_byte_in_every_place_of_a_key(void **state)
{
    (void)state;
    static const uint8_t zero[32];
    uint8_t              key[32];
    char                 text[64];
    for (unsigned place = 0; place < 64; place++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            memset(text, 'f', sizeof text);
            text[place] = (char)byte;
            bool digit = byte && memchr(HEX, (int)byte, 22);
            assert_int_equal(read_key(text, 64, key), digit);
            if (!digit) {
                assert_memory_equal(key, zero, 32);
                continue;
            }
            unsigned value = byte <= '9' ? byte - '0' : (byte | 32) - 'a' + 10;
            assert_int_equal(key[place / 2], place % 2 ? 0xf0 | value : value << 4 | 0xf);
        }
    }
}

static void p145_p146_keys_round_trip(void **state)
{
    (void)state;
    struct rng rng = {1};
    uint8_t    key[32], again[32];
    char       text[64];
    for (unsigned i = 0; i < 1000; i++) {
        rng_runs(&rng, key);
        assert_ptr_equal(wrni_write_key(text, key), text + 64);
        for (unsigned c = 0; c < 64; c++)
            assert_non_null(memchr("0123456789abcdef", text[c], 16));
        assert_true(read_key(text, 64, again));
        assert_memory_equal(key, again, 32);
    }
}

static bool read_number(const char *text, uint32_t most, uint32_t *number)
{
    struct wrni_word word = copied(text, strlen(text));
    bool             good = wrni_read_number(word, most, number);
    forget(word);
    return good;
}

static void p146_numbers(void **state)
{
    (void)state;
    static const struct { const char *text; uint32_t most; bool good; uint32_t number; } cases[] = {
        {"0", 65535, true, 0}, {"65535", 65535, true, 65535}, {"65536", 65535, false, 0}, {"007", 65535, true, 7},
        {"4294967295", UINT32_MAX, true, UINT32_MAX}, {"4294967296", UINT32_MAX, false, 0},
        {"18446744073709551616", UINT32_MAX, false, 0}, {"18446744073709551617", 65535, false, 0},
        {"", 65535, false, 0}, {" 1", 65535, false, 0}, {"1 ", 65535, false, 0}, {"+1", 65535, false, 0},
        {"-1", 65535, false, 0}, {"-0", 65535, false, 0}, {"0x1", 65535, false, 0}, {"1e1", 65535, false, 0},
        {"1_0", 65535, false, 0}, {"off", 65535, false, 0}, {"/", 65535, false, 0}, {":", 65535, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t number = 0;
        bool     good = read_number(cases[i].text, cases[i].most, &number);
        if (good != cases[i].good || (good && number != cases[i].number))
            fail_msg("%s gives %d, %u", cases[i].text, good, number);
    }
}

static void p145_numbers_round_trip(void **state)
{
    (void)state;
    static const struct { uint64_t number; const char *text; } cases[] = {
        {0, "0"}, {9, "9"}, {10, "10"}, {UINT32_MAX, "4294967295"}, {UINT64_MAX, "18446744073709551615"}};
    char text[24];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        *wrni_write_number(text, cases[i].number) = 0;
        assert_string_equal(text, cases[i].text);
    }
}

static bool read_endpoint(const char *text, struct wrn_endpoint *endpoint)
{
    struct wrni_word word = copied(text, strlen(text));
    bool             good = wrni_read_endpoint(word, endpoint);
    forget(word);
    return good;
}

/* What comes back of it. */
static void p145_p146_endpoints(void **state)
{
    (void)state;
    static const struct { const char *text, *back; uint32_t host; uint16_t port; uint8_t family; } cases[] = {
        {"1.2.3.4:5", "1.2.3.4:5", 0, 5, 4}, {"255.255.255.255:65535", "255.255.255.255:65535", 0, 65535, 4},
        {"0.0.0.0:0", "0.0.0.0:0", 0, 0, 4}, {"[::]:5", "[::]:5", 0, 5, 6}, {"[::1]:51820", "[::1]:51820", 0, 51820, 6},
        {"[fe80::1%2]:5", "[fe80::1%2]:5", 2, 5, 6}, {"[FE80::1%4294967295]:5", "[fe80::1%4294967295]:5", UINT32_MAX, 5, 6},
        {"[febf::1%7]:1", "[febf::1%7]:1", 7, 1, 6}, {"[fe80::1%0]:5", "[fe80::1]:5", 0, 5, 6},
        {"[2001:db8::1%9]:5", "[2001:db8::1]:5", 9, 5, 6}, {"[fec0::1%9]:5", "[fec0::1]:5", 9, 5, 6},
        {"[2001:0DB8:0:0:0:0:0:00Ff]:5", "[2001:db8::ff]:5", 0, 5, 6}, {"[::ffff:1.2.3.4]:5", "[::ffff:1.2.3.4]:5", 0, 5, 6},
        {"[fe80:ffff:ffff:ffff:ffff:ffff:255.255.255.255%4294967295]:65535",
         "[fe80:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535", UINT32_MAX, 65535, 6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wrn_endpoint endpoint, again;
        char                text[WRNI_TEXT_MAX];
        assert_true(read_endpoint(cases[i].text, &endpoint));
        assert_int_equal(endpoint.host, cases[i].host);
        assert_int_equal(endpoint.port, cases[i].port);
        assert_int_equal(endpoint.family, cases[i].family);
        *wrni_write_endpoint(text, &endpoint) = 0;
        assert_string_equal(text, cases[i].back);
        assert_true(read_endpoint(text, &again));
        assert_memory_equal(endpoint.address, again.address, 16);
    }
}

static void p146_bad_endpoints(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", ":", "1.2.3.4", "1.2.3.4:", ":5", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4: 5", "1.2.3:5", "1.2.3.4.5:5",
        "1.2.3.256:5", "01.2.3.4:5", "1.2.3.04:5", "1..3.4:5", "1.2.3.4:5:6", "[1.2.3.4]:5", "::1:5", "[::1]", "[::1]:", "[::1]5",
        "[::1", "[]:5", "[", "[::1]:65536", "[::1%]:5", "[::1%eth0]:5", "[::1%4294967296]:5", "[::1%-1]:5", "[::1%1%1]:5",
        "1.2.3.4%1:5", "[:::]:5", "[:::1]:5", "[1::2::3]:5", "[1:2:3:4:5:6:7]:5", "[1:2:3:4:5:6:7:8:9]:5", "[1:2:3:4:5:6:7:8:]:5",
        "[:1:2:3:4:5:6:7:8]:5", "[1:2:3:4::5:6:7:8]:5", "[1:2:3:4:5:6:7:8::]:5", "[12345::]:5", "[g::]:5", "[1:]:5", "[:]:5",
        "[1.2.3.4::]:5", "[1:2:3:4:5:6:7:1.2.3.4]:5", "[::1.2.3]:5", "[1:2:3:4:5:1.2.3.4]:5", "[::1 ]:5", "example.org:5",
        "localhost:51820", "[[::1]]:5", "1.2.3.4:5\r",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct wrn_endpoint endpoint, before;
        memset(&endpoint, 0xee, sizeof endpoint);
        before = endpoint;
        if (read_endpoint(bad[i], &endpoint))
            fail_msg("%s was taken", bad[i]);
        assert_memory_equal(&endpoint, &before, sizeof before);
    }
}

static void p145_p146_prefixes(void **state)
{
    (void)state;
    static const struct { const char *text, *back; } cases[] = {
        {"0.0.0.0/0", "0.0.0.0/0"}, {"10.1.2.3/32", "10.1.2.3/32"}, {"10.1.2.3/8", "10.1.2.3/8"}, {"::/0", "::/0"},
        {"fd00::1/128", "fd00::1/128"}, {"1::/64", "1::/64"}, {"0:0:1::/048", "0:0:1::/48"}, {"10.0.0.0/33", NULL},
        {"::/129", NULL}, {"10.0.0.0", NULL}, {"10.0.0.0/", NULL}, {"/8", NULL}, {"", NULL}, {"/", NULL}, {"10.0.0.0/-1", NULL},
        {"10.0.0.0/8/8", NULL}, {"10.0.0/8", NULL}, {"fe80::1%2/64", NULL}, {"[::1]/128", NULL}, {"10.0.0.0/256", NULL},
        {"--10.0.0.0/8", NULL}, {" 10.0.0.0/8", NULL}, {"10.0.0.0 /8", NULL}, {"::/4294967296", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wrn_prefix prefix;
        char              text[WRNI_TEXT_MAX];
        struct wrni_word  word = copied(cases[i].text, strlen(cases[i].text));
        bool              good = wrni_read_prefix(word, &prefix);
        forget(word);
        if (good != (cases[i].back != NULL))
            fail_msg("%s gives %d", cases[i].text, good);
        if (!good)
            continue;
        *wrni_write_prefix(text, &prefix) = 0;
        assert_string_equal(text, cases[i].back);
    }
}

/* The C library reads and writes addresses too. */
static void p145_addresses_as_the_library_writes_them(void **state)
{
    (void)state;
    struct rng rng = {145};
    for (unsigned i = 0; i < 50000; i++) {
        uint8_t address[16], again[16], family;
        char    ours[WRNI_TEXT_MAX], theirs[INET6_ADDRSTRLEN];
        rng_bytes(&rng, address, 16);
        for (unsigned group = 0; group < 8; group++)
            if (rng_below(&rng, 2))
                memset(address + 2 * group, 0, 2);
        char *end = wrni_write_address(ours, address, 6);
        *end = 0;
        struct wrni_word word = copied(ours, (size_t)(end - ours));
        assert_true(wrni_read_address(word, again, &family));
        forget(word);
        assert_int_equal(family, 6);
        assert_memory_equal(address, again, 16);
        static const uint8_t zero[12];
        if (!memcmp(address, zero, 12)) /* the library has a notation of its own for these */
            continue;
        assert_non_null(inet_ntop(AF_INET6, address, theirs, sizeof theirs));
        assert_string_equal(ours, theirs);
    }
}

static size_t mutate(struct rng *rng, char *text, size_t length)
{
    static const char alphabet[] = "0123456789abcdefABCDEFg.::::/%-";
    for (uint32_t times = rng_below(rng, 4); times; times--) {
        size_t at = rng_size(rng, length + 1);
        char   c = alphabet[rng_below(rng, sizeof alphabet - 1)];
        switch (rng_below(rng, 3)) {
        case 0:
            if (at < length)
                text[at] = c;
            break;
        case 1:
            if (at < length)
                memmove(text + at, text + at + 1, --length - at);
            break;
        default:
            memmove(text + at + 1, text + at, length++ - at);
            text[at] = c;
        }
    }
    return length;
}

static void p146_addresses_as_the_library_reads_them(void **state)
{
    (void)state;
    static const char *const seeds[] = {"1.2.3.4", "255.255.255.255", "::", "::1", "1::", "fe80::1:2", "1:2:3:4:5:6:7:8",
                                        "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "abcd:ef01::2345", "1::7:8", "0:0::"};
    struct rng rng = {146};
    unsigned   taken = 0;
    for (unsigned i = 0; i < 200000; i++) {
        char        text[64] = {0};
        const char *seed = seeds[rng_below(&rng, sizeof seeds / sizeof *seeds)];
        size_t      length = strlen(seed);
        memcpy(text, seed, length);
        length = mutate(&rng, text, length);
        text[length] = 0;
        uint8_t          ours[16], theirs[16] = {0}, family;
        struct wrni_word word = copied(text, length);
        bool             good = wrni_read_address(word, ours, &family);
        bool             wanted = inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, theirs) == 1;
        forget(word);
        if (good != wanted)
            fail_msg("%s: ours %d, theirs %d", text, good, wanted);
        if (good)
            assert_memory_equal(ours, theirs, 16);
        taken += good;
    }
    assert_in_range(taken, 20000, 180000); /* both sides of the border are visited */
}

static void p146_any_bytes_are_survived(void **state)
{
    (void)state;
    struct rng rng = {7};
    for (unsigned i = 0; i < 50000; i++) {
        uint8_t             bytes[80], key[32];
        struct wrn_endpoint endpoint;
        struct wrn_prefix   prefix;
        uint32_t            number;
        size_t              length = rng_size(&rng, sizeof bytes + 1);
        rng_bytes(&rng, bytes, length);
        for (size_t at = 0; at < length; at++)
            if (rng_below(&rng, 4))
                bytes[at] = (uint8_t)"0123456789abcdef:.[]%/-="[bytes[at] % 24];
        struct wrni_word word = copied((const char *)bytes, length);
        (void)wrni_read_key(word, key);
        (void)wrni_read_number(word, UINT32_MAX, &number);
        (void)wrni_read_endpoint(word, &endpoint);
        (void)wrni_read_prefix(word, &prefix);
        assert_false(wrni_word_is(word, "this is never drawn"));
        forget(word);
    }
}

static void p146_words_are_compared_whole(void **state)
{
    (void)state;
    struct { const char *text; bool same; } cases[] = {
        {"true", true}, {"tru", false}, {"truer", false}, {"", false}, {"True", false}, {"TRUE", false}, {"1", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wrni_word word = copied(cases[i].text, strlen(cases[i].text));
        assert_int_equal(wrni_word_is(word, "true"), cases[i].same);
        forget(word);
    }
    struct wrni_word with_zero = copied("true\0", 5);
    assert_false(wrni_word_is(with_zero, "true"));
    forget(with_zero);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p146_g104_a_key_has_exactly_64_digits),
        cmocka_unit_test(p146_g104_every_byte_in_every_place_of_a_key),
        cmocka_unit_test(p145_p146_keys_round_trip),
        cmocka_unit_test(p146_numbers),
        cmocka_unit_test(p145_numbers_round_trip),
        cmocka_unit_test(p145_p146_endpoints),
        cmocka_unit_test(p146_bad_endpoints),
        cmocka_unit_test(p145_p146_prefixes),
        cmocka_unit_test(p145_addresses_as_the_library_writes_them),
        cmocka_unit_test(p146_addresses_as_the_library_reads_them),
        cmocka_unit_test(p146_any_bytes_are_survived),
        cmocka_unit_test(p146_words_are_compared_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
