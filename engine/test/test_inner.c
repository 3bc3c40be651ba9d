/* Floor 2, inner: the header of the inner packet, ECN, and the ICMP errors about it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "inner.h"
#include "support/random.h"

static const uint8_t FOUR_A[4] = {10, 0, 0, 1}, FOUR_B[4] = {198, 51, 100, 9};
static const uint8_t SIX_A[16] = {0x20, 1, 0xd, 0xb8, [15] = 1}, SIX_B[16] = {0xfd, 1, 2, [15] = 9};

/* The checksum over what holds one, as a receiver sees it: true when right. Other arithmetic than the engine's: end-around
 * carry at each step. */
static bool sums(const uint8_t *data, size_t length, uint32_t start)
{
    uint32_t sum = start;

    for (size_t i = 0; i < length; i++) {
        sum += (uint32_t)data[i] << (i % 2 == 0 ? 8 : 0);
        sum = sum % 65536 + sum / 65536;
    }
    return sum == 0xffff;
}

static void sum_header(uint8_t *packet, size_t header)
{
    for (uint32_t value = 0; value < 65536; value++) {
        wrni_store_be16(packet + 10, (uint16_t)value);
        if (sums(packet, header, 0))
            return;
    }
    fail();
}

static uint32_t make4(uint8_t *packet, uint32_t length, uint8_t protocol)
{
    memset(packet, 0, length);
    packet[0] = 0x45;
    wrni_store_be16(packet + 2, (uint16_t)length);
    packet[8] = 64;
    packet[9] = protocol;
    memcpy(packet + 12, FOUR_A, 4);
    memcpy(packet + 16, FOUR_B, 4);
    for (uint32_t i = 20; i < length; i++)
        packet[i] = (uint8_t)i;
    return length;
}

static uint32_t make6(uint8_t *packet, uint32_t length, uint8_t next)
{
    memset(packet, 0, length);
    packet[0] = 0x60;
    wrni_store_be16(packet + 4, (uint16_t)(length - 40));
    packet[6] = next;
    packet[7] = 64;
    memcpy(packet + 8, SIX_A, 16);
    memcpy(packet + 24, SIX_B, 16);
    for (uint32_t i = 40; i < length; i++)
        packet[i] = (uint8_t)i;
    return length;
}

static void p87_version_and_least_header(void **state)
{
    uint8_t data[64];

    (void)state;
    for (unsigned first = 0; first < 256; first++)
        for (uint32_t length = 0; length <= 64; length++) {
            bool              right = (first / 16 == 4 && length >= 20) || (first / 16 == 6 && length >= 40);
            struct wrni_inner inner = {.family = 9};
            uint8_t           reason = 77;

            memset(data, 0xff, sizeof data);
            data[0] = (uint8_t)first;
            assert_int_equal(wrni_inner_read(data, length, false, &inner, &reason), right);
            assert_int_equal(reason, right ? 77 : WRN_REASON_INNER_VERSION);
            assert_int_equal(inner.family, right ? first / 16 : 9);
        }
}

static void p103_g55_every_length_of_an_ipv4_header(void **state)
{
    static const uint32_t buffers[] = {20, 21, 64, 1420, 1500, 65535};
    static uint8_t        data[65535];

    (void)state;
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        for (uint32_t total = 0; total <= 65535; total++) {
            struct wrni_inner inner = {.family = 9};
            uint8_t           reason = 77;
            bool              right = total >= 20 && total <= buffers[i];

            data[0] = 0x40; /* P-107: the header length is not looked at */
            wrni_store_be16(data + 2, (uint16_t)total);
            assert_int_equal(wrni_inner_read(data, buffers[i], true, &inner, &reason), right);
            assert_int_equal(reason, right ? 77 : WRN_REASON_INNER_LENGTH);
            assert_int_equal(inner.family, right ? 4 : 9);
            if (right)
                assert_int_equal(inner.length, total);
        }
}

static void p103_g82_every_length_of_an_ipv6_header(void **state)
{
    static const uint32_t buffers[] = {40, 41, 64, 1420, 65535, 65575};
    static uint8_t        data[65575];

    (void)state;
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        for (uint32_t payload = 0; payload <= 65535; payload++) {
            struct wrni_inner inner = {.family = 9};
            uint8_t           reason = 77;
            bool              right = 40 + payload <= buffers[i];

            data[0] = 0x6f;
            wrni_store_be16(data + 4, (uint16_t)payload);
            assert_int_equal(wrni_inner_read(data, buffers[i], true, &inner, &reason), right);
            assert_int_equal(reason, right ? 77 : WRN_REASON_INNER_LENGTH);
            if (right)
                assert_int_equal(inner.length, 40 + payload);
        }
}

static void p103_too_short_for_a_header_is_a_version_error(void **state)
{
    static const uint8_t four[19] = {0x45, 0, 0, 5}, six[39] = {0x60};
    struct wrni_inner    inner;
    uint8_t              reason = 0;

    (void)state;
    assert_false(wrni_inner_read(four, sizeof four, true, &inner, &reason));
    assert_int_equal(reason, WRN_REASON_INNER_VERSION);
    reason = 0;
    assert_false(wrni_inner_read(six, sizeof six, true, &inner, &reason));
    assert_int_equal(reason, WRN_REASON_INNER_VERSION);
}

static void p104_p105_p106_g54_length_and_addresses_of_the_header(void **state)
{
    uint8_t           packet[128], reason;
    struct wrni_inner inner;

    (void)state;
    (void)make4(packet, 84, 17);
    packet[1] = 0xb9;
    assert_true(wrni_inner_read(packet, 96, true, &inner, &reason)); /* 12 bytes of padding, not zero, are nobody's */
    assert_int_equal(inner.length, 84);
    assert_int_equal(inner.tos, 0xb9);
    assert_ptr_equal(inner.source, packet + 12);
    assert_ptr_equal(inner.destination, packet + 16);
    (void)make6(packet, 85, 17);
    packet[0] = 0x6b;
    packet[1] = 0x9f;
    assert_true(wrni_inner_read(packet, 96, true, &inner, &reason));
    assert_int_equal(inner.length, 85);
    assert_int_equal(inner.tos, 0xb9);
    assert_memory_equal(inner.source, SIX_A, 16);
    assert_memory_equal(inner.destination, SIX_B, 16);
    assert_true(wrni_inner_read(packet, 50, false, &inner, &reason)); /* to send: P-87 only */
    assert_int_equal(inner.length, 85);
}

enum { NOT = 0, ONE = 1, ZERO = 2, CE = 3 };

static void p94_p95_g67_ecn_outwards(void **state)
{
    static const uint8_t outer[4] = {[NOT] = NOT, [ONE] = ONE, [ZERO] = ZERO, [CE] = ZERO};

    (void)state;
    for (unsigned tos = 0; tos < 256; tos++)
        assert_int_equal(wrni_ecn_encapsulate((uint8_t)tos), outer[tos % 4]); /* and no DSCP */
}

/* RFC 6040 4.2, with the one drop of it turned into leaving the packet alone (P-95). */
static const uint8_t INWARDS[4][4] = {
    /* outer:    NOT        ONE         ZERO         CE */
    [NOT] = {[NOT] = NOT, [ONE] = NOT, [ZERO] = NOT, [CE] = NOT},
    [ZERO] = {[NOT] = ZERO, [ONE] = ONE, [ZERO] = ZERO, [CE] = CE},
    [ONE] = {[NOT] = ONE, [ONE] = ONE, [ZERO] = ONE, [CE] = CE},
    [CE] = {[NOT] = CE, [ONE] = CE, [ZERO] = CE, [CE] = CE},
};

static void p95_g67_ecn_inwards_ipv4(void **state)
{
    struct rng rng = {1};
    uint8_t    packet[24], right[24];

    (void)state;
    for (unsigned round = 0; round < 12; round++)
        for (unsigned inner = 0; inner < 4; inner++)
            for (unsigned outer = 0; outer < 4; outer++) {
                rng_bytes(&rng, packet, sizeof packet);
                packet[0] = 0x45;
                packet[1] = (uint8_t)((packet[1] & 0xfc) | inner);
                sum_header(packet, 20);
                memcpy(right, packet, sizeof right);
                right[1] = (uint8_t)((right[1] & 0xfc) | INWARDS[inner][outer]);
                wrni_ecn_decapsulate(packet, sizeof packet, (uint8_t)(0xb8 | outer));
                assert_true(sums(packet, 20, 0));
                memcpy(right + 10, packet + 10, 2);
                assert_memory_equal(packet, right, sizeof right);
            }
}

/* All values of the word beside it: the edges of one's complement are among them. A wrong checksum stays as wrong. */
static void p95_g67_checksum_is_mended_at_every_value(void **state)
{
    uint8_t packet[20], wrong[20];

    (void)state;
    for (uint32_t word = 0; word < 65536; word++) {
        uint32_t sum = 0;

        memset(packet, 0, sizeof packet);
        packet[0] = 0x45;
        packet[1] = ZERO;
        wrni_store_be16(packet + 4, (uint16_t)word);
        sum = 0x4500 + ZERO + word;
        wrni_store_be16(packet + 10, (uint16_t)~(sum % 65536 + sum / 65536));
        assert_true(sums(packet, 20, 0));
        memcpy(wrong, packet, sizeof wrong);
        wrong[11] ^= 0x10;
        wrni_ecn_decapsulate(packet, sizeof packet, CE);
        assert_int_equal(packet[1], CE);
        assert_true(sums(packet, 20, 0));
        wrni_ecn_decapsulate(wrong, sizeof wrong, CE);
        assert_false(sums(wrong, 20, 0));
    }
}

static void p95_g67_ecn_inwards_ipv6(void **state)
{
    struct rng rng = {2};
    uint8_t    packet[44], right[44];

    (void)state;
    for (unsigned round = 0; round < 100; round++)
        for (unsigned inner = 0; inner < 4; inner++)
            for (unsigned outer = 0; outer < 4; outer++) {
                rng_bytes(&rng, packet, sizeof packet);
                packet[0] = (uint8_t)(0x60 | (packet[0] & 15));
                packet[1] = (uint8_t)((packet[1] & 0xcf) | inner << 4);
                memcpy(right, packet, sizeof right);
                right[1] = (uint8_t)((right[1] & 0xcf) | INWARDS[inner][outer] << 4);
                wrni_ecn_decapsulate(packet, sizeof packet, (uint8_t)outer);
                assert_memory_equal(packet, right, sizeof right);
            }
}

static void p107_g67_ecn_of_no_packet_touches_nothing(void **state)
{
    struct rng rng = {3};

    (void)state;
    for (uint32_t length = 0; length < 40; length++)
        for (unsigned first = 0; first < 256; first++) {
            uint8_t *exact = malloc(length == 0 ? 1 : length), copy[40];

            assert_non_null(exact);
            rng_bytes(&rng, exact, length);
            if (length > 0)
                exact[0] = (uint8_t)first;
            memcpy(copy, exact, length);
            wrni_ecn_decapsulate(exact, length, CE);
            if (length < 20 || first / 16 != 4)
                assert_memory_equal(exact, copy, length);
            free(exact);
        }
}

static void check_error4(const uint8_t *packet, uint32_t length, const uint8_t *error, size_t made)
{
    uint32_t quote = length < 548 ? length : 548;

    assert_int_equal(made, 28 + quote);
    assert_int_equal(error[0], 0x45);
    assert_int_equal(wrni_load_be16(error + 2), made);
    assert_int_equal(wrni_load_be16(error + 6) & 0x3fff, 0); /* no fragment */
    assert_true(error[8] > 0);
    assert_int_equal(error[9], 1);
    assert_true(sums(error, 20, 0));
    assert_memory_equal(error + 12, packet + 16, 4);
    assert_memory_equal(error + 16, packet + 12, 4);
    assert_int_equal(error[20], 3);
    assert_int_equal(error[21], 1);
    assert_true(sums(error + 20, made - 20, 0));
    assert_int_equal(wrni_load_be32(error + 24), 0);
    assert_memory_equal(error + 28, packet, quote);
}

static void check_error6(const uint8_t *packet, uint32_t length, const uint8_t *error, size_t made)
{
    uint32_t quote = length < 1232 ? length : 1232;
    uint8_t  whole[40 + 1240] = {0};

    assert_int_equal(made, 48 + quote);
    assert_int_equal(error[0] & 0xf0, 0x60);
    assert_int_equal(wrni_load_be16(error + 4), made - 40);
    assert_int_equal(error[6], 58);
    assert_true(error[7] > 0);
    assert_memory_equal(error + 8, packet + 24, 16);
    assert_memory_equal(error + 24, packet + 8, 16);
    assert_int_equal(error[40], 1);
    assert_int_equal(error[41], 3);
    assert_int_equal(wrni_load_be32(error + 44), 0);
    assert_memory_equal(error + 48, packet, quote);
    /* RFC 8200 8.1: addresses, length in 32 bits, three zeros, next header. */
    memcpy(whole, error + 8, 32);
    wrni_store_be32(whole + 32, (uint32_t)(made - 40));
    whole[39] = 58;
    memcpy(whole + 40, error + 40, made - 40);
    assert_true(sums(whole, made, 0));
}

/* A packet of `length` bytes with `more` bytes behind its end, and the error about it. */
static void check_unreachable(uint8_t family, uint32_t length, uint32_t more)
{
    uint8_t packet[2000], error[2000];
    size_t  made;

    memset(packet, 0x77, sizeof packet);
    if (family == 4)
        (void)make4(packet, length, 17);
    else
        (void)make6(packet, length, 17);
    made = wrni_icmp_unreachable(packet, length + more, error, sizeof error);
    if (family == 4)
        check_error4(packet, length, error, made);
    else
        check_error6(packet, length, error, made);
}

static void p88_unreachable_for_every_length(void **state)
{
    (void)state;
    for (uint32_t length = 20; length <= 1500; length++)
        check_unreachable(4, length, length % 3); /* what stands behind the packet's own end is not quoted */
    for (uint32_t length = 40; length <= 1500; length++)
        check_unreachable(6, length, length % 3);
}

static void p88_a_small_buffer_gets_less_or_nothing(void **state)
{
    uint8_t packet[1500];

    (void)state;
    for (uint32_t family = 4; family <= 6; family += 2)
        for (size_t size = 0; size <= 700; size++) {
            uint32_t length = family == 4 ? make4(packet, 400, 17) : make6(packet, 400, 17);
            size_t   around = family == 4 ? 28 : 48, least = around + (family == 4 ? 28 : 48), made;
            uint8_t *error = malloc(size == 0 ? 1 : size);

            assert_non_null(error);
            made = wrni_icmp_unreachable(packet, length, error, size);
            assert_int_equal(made, size < least ? 0 : size < around + length ? size : around + length);
            if (made != 0)
                assert_memory_equal(error + around, packet, made - around);
            free(error);
        }
}

static bool answered(const uint8_t *packet, uint32_t length)
{
    uint8_t error[1280];

    return wrni_icmp_unreachable(packet, length, error, sizeof error) != 0;
}

static void p89_no_ipv4_error_about_errors_groups_or_fragments(void **state)
{
    static const uint8_t odd[][4] = {{0, 0, 0, 0}, {0, 1, 2, 3}, {127, 0, 0, 1}, {224, 0, 0, 1}, {239, 255, 255, 250},
                                     {240, 0, 0, 1}, {255, 255, 255, 255}};
    uint8_t              packet[100];

    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        uint32_t length = make4(packet, 64, 1);
        bool     query = type == 0 || type == 8 || (type >= 13 && type <= 18);

        packet[20] = (uint8_t)type;
        assert_int_equal(answered(packet, length), query);
    }
    (void)make4(packet, 20, 1);
    assert_false(answered(packet, 20)); /* its type cannot be told */
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        for (unsigned at = 12; at <= 16; at += 4) {
            uint32_t length = make4(packet, 64, 17);

            memcpy(packet + at, odd[i], 4);
            assert_false(answered(packet, length));
        }
    for (unsigned bit = 0; bit < 16; bit++) {
        uint32_t length = make4(packet, 64, 17);

        wrni_store_be16(packet + 6, (uint16_t)(1u << bit));
        assert_int_equal(answered(packet, length), bit >= 13); /* the flags, a first fragment's among them, forbid nothing */
    }
    for (unsigned words = 0; words < 16; words++) {
        uint32_t length = make4(packet, 40, 17);

        packet[0] = (uint8_t)(0x40 | words);
        assert_int_equal(answered(packet, length), words >= 5 && words <= 10);
    }
}

static void p89_no_ipv6_error_about_errors_groups_or_fragments(void **state)
{
    static const uint8_t none[16], group[16] = {0xff, 2, [15] = 1};
    uint8_t              packet[100];

    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        uint32_t length = make6(packet, 64, 58);

        packet[40] = (uint8_t)type;
        assert_int_equal(answered(packet, length), type >= 128 && type != 137);
    }
    (void)make6(packet, 40, 58);
    assert_false(answered(packet, 40));
    for (unsigned at = 8; at <= 24; at += 16) {
        uint32_t length = make6(packet, 64, 17);

        memcpy(packet + at, none, 16);
        assert_false(answered(packet, length));
        memcpy(packet + at, group, 16);
        assert_false(answered(packet, length));
    }
    for (unsigned bit = 0; bit < 16; bit++) {
        uint32_t length = make6(packet, 64, 44);

        packet[40] = 17;
        wrni_store_be16(packet + 42, (uint16_t)(1u << bit));
        assert_int_equal(answered(packet, length), bit < 3); /* the offset is the upper 13 bits */
    }
}

/* An ICMPv6 error hidden behind extension headers is still an error. */
static void p89_extension_headers_are_walked(void **state)
{
    static const uint8_t kinds[] = {0, 43, 60, 51, 44};
    uint8_t              packet[200];

    (void)state;
    for (size_t i = 0; i < sizeof kinds; i++)
        for (unsigned count = 1; count <= 9; count++) {
            uint32_t at = 40;
            uint32_t length = make6(packet, 200, kinds[i]);

            for (unsigned k = 0; k < count; k++, at += 8) {
                memset(packet + at, 0, 8);
                packet[at] = k + 1 == count ? 58 : kinds[i];
            }
            packet[at] = 1; /* destination unreachable */
            assert_false(answered(packet, length));
            packet[at] = 128; /* echo request */
            assert_int_equal(answered(packet, length), count <= 7);
            packet[at - 8] = 59;
            assert_int_equal(answered(packet, length), count <= 7);
            for (uint32_t end = at - 8; end <= at; end++) { /* a chain that runs out of the packet */
                wrni_store_be16(packet + 4, (uint16_t)(end - 40));
                packet[at - 8] = 59;
                assert_int_equal(answered(packet, end), count <= 7 && end == at);
                packet[at - 8] = 58;
                assert_false(answered(packet, end));
            }
        }
    for (unsigned field = 0; field < 256; field++) { /* sizes: 8 * (n + 1), and 4 * (n + 2) for authentication */
        uint32_t length = make6(packet, 200, 60);

        memset(packet + 40, 1, 160);
        packet[40] = 58;
        packet[41] = (uint8_t)field;
        if (40 + 8 * (field + 1) < length)
            packet[40 + 8 * (field + 1)] = 128;
        assert_int_equal(answered(packet, length), 40 + 8 * (field + 1) < length);
        (void)make6(packet, 200, 51);
        memset(packet + 40, 1, 160);
        packet[40] = 58;
        packet[41] = (uint8_t)field;
        if (40 + 4 * (field + 2) < length)
            packet[40 + 4 * (field + 2)] = 128;
        assert_int_equal(answered(packet, length), 40 + 4 * (field + 2) < length);
    }
}

static void p88_p89_g70_anything_from_the_tun_side(void **state)
{
    static const uint8_t nexts[] = {0, 1, 6, 17, 43, 44, 50, 51, 58, 59, 60, 135};
    struct rng           rng = {4};

    (void)state;
    for (unsigned round = 0; round < 60000; round++) {
        uint32_t length = rng_below(&rng, round % 8 == 0 ? 1600 : 120);
        size_t   size = rng_below(&rng, 1400), made;
        uint8_t *packet = malloc(length == 0 ? 1 : length), *error = malloc(size == 0 ? 1 : size);

        assert_non_null(packet);
        assert_non_null(error);
        rng_bytes(&rng, packet, length);
        if (length >= 40 && round % 4 != 0) {
            packet[0] = (uint8_t)(round % 2 == 0 ? 0x45 : 0x60);
            wrni_store_be16(packet + (round % 2 == 0 ? 2 : 4), (uint16_t)rng_below(&rng, length));
            packet[6] = round % 2 == 0 ? 0 : nexts[rng_below(&rng, sizeof nexts)];
            packet[7] = 0;
            packet[9] = nexts[rng_below(&rng, sizeof nexts)];
        } else if (length > 0) {
            packet[0] = (uint8_t)round;
        }
        made = wrni_icmp_unreachable(packet, length, error, size);
        assert_true(made <= size && made <= 1280);
        if (made != 0) {
            assert_true(length >= 20 && packet[0] / 16 == error[0] / 16);
            assert_true(error[0] / 16 == 6 || (made <= 576 && sums(error, 20, 0) && sums(error + 20, made - 20, 0)));
            assert_int_equal(error[error[0] / 16 == 4 ? 9 : 6], error[0] / 16 == 4 ? 1 : 58);
            assert_false(answered(error, (uint32_t)made)); /* an error about it there is never */
        }
        free(packet);
        free(error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p87_version_and_least_header),
        cmocka_unit_test(p103_g55_every_length_of_an_ipv4_header),
        cmocka_unit_test(p103_g82_every_length_of_an_ipv6_header),
        cmocka_unit_test(p103_too_short_for_a_header_is_a_version_error),
        cmocka_unit_test(p104_p105_p106_g54_length_and_addresses_of_the_header),
        cmocka_unit_test(p94_p95_g67_ecn_outwards),
        cmocka_unit_test(p95_g67_ecn_inwards_ipv4),
        cmocka_unit_test(p95_g67_checksum_is_mended_at_every_value),
        cmocka_unit_test(p95_g67_ecn_inwards_ipv6),
        cmocka_unit_test(p107_g67_ecn_of_no_packet_touches_nothing),
        cmocka_unit_test(p88_unreachable_for_every_length),
        cmocka_unit_test(p88_a_small_buffer_gets_less_or_nothing),
        cmocka_unit_test(p89_no_ipv4_error_about_errors_groups_or_fragments),
        cmocka_unit_test(p89_no_ipv6_error_about_errors_groups_or_fragments),
        cmocka_unit_test(p89_extension_headers_are_walked),
        cmocka_unit_test(p88_p89_g70_anything_from_the_tun_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
