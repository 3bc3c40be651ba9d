/* Floor 2, wire: what a datagram is, and how much padding a plaintext gets. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire.h"

/* The rule again, as a table: type, least and greatest length. */
static const struct { uint32_t type; size_t least, most; } RULES[] = {
    {1, 148, 148}, {2, 92, 92}, {3, 64, 64}, {4, 32, SIZE_MAX}};

static void expect(const uint8_t *data, size_t length)
{
    uint32_t       type = length < 4 ? 0 : (uint32_t)data[0] + 256u * data[1] + 65536u * data[2] + 16777216u * data[3];
    enum wrni_kind kind = WRNI_UNKNOWN;
    uint8_t        right = WRN_REASON_TYPE, reason = 77;

    for (size_t i = 0; i < 4; i++) {
        if (type != RULES[i].type)
            continue;
        right = WRN_REASON_LENGTH;
        if (length >= RULES[i].least && length <= RULES[i].most)
            kind = (enum wrni_kind)type;
    }
    assert_int_equal(wrni_wire_kind(data, length, &reason), kind);
    assert_int_equal(reason, kind == WRNI_UNKNOWN ? right : 77);
}

static void p1_p6_p7_p9_g110_kind_follows_type_and_length(void **state)
{
    static uint8_t data[2000];

    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        data[0] = (uint8_t)type;
        for (size_t length = 0; length <= sizeof data; length++)
            expect(data, length);
    }
}

static void p1_any_reserved_byte_makes_the_type_unknown(void **state)
{
    static const size_t lengths[] = {4, 32, 64, 92, 148};
    uint8_t             data[148] = {0};

    (void)state;
    for (size_t i = 0; i < 5; i++)
        for (unsigned one = 0; one < 4; one++)
            for (unsigned two = one + 1; two < 4; two++)
                for (unsigned value = 0; value < 65536; value++) {
                    memset(data, 0, 4);
                    data[one] = (uint8_t)value;
                    data[two] = (uint8_t)(value >> 8);
                    expect(data, lengths[i]);
                }
    for (unsigned bit = 8; bit < 32; bit++)
        for (uint8_t type = 1; type <= 4; type++) {
            wrni_store_le32(data, type | UINT32_C(1) << bit);
            expect(data, RULES[type - 1].least);
        }
}

static void g6_no_length_is_read_beyond_its_end(void **state)
{
    (void)state;
    for (size_t length = 0; length <= 160; length++) {
        uint8_t *exact = malloc(length == 0 ? 1 : length); /* the sanitizer watches its end */

        assert_non_null(exact);
        for (uint8_t type = 0; type <= 5; type++) {
            memset(exact, 0, length);
            if (length > 0)
                exact[0] = type;
            expect(exact, length);
        }
        free(exact);
    }
    static uint8_t largest[65535] = {4};
    expect(largest, sizeof largest);
    largest[0] = 1;
    expect(largest, sizeof largest);
}

static void p8_no_alignment_is_asked_for(void **state)
{
    uint8_t data[164] = {0};

    (void)state;
    for (size_t shift = 0; shift < 16; shift++)
        for (uint8_t type = 1; type <= 4; type++) {
            memset(data, 0, sizeof data);
            data[shift] = type;
            expect(data + shift, RULES[type - 1].least);
        }
}

static void p2_p3_p4_p5_the_fields_stand_where_they_should(void **state)
{
    (void)state;
    assert_int_equal(WRNI_INITIATION_BYTES, 4 + 4 + 32 + 48 + 28 + 16 + 16);
    assert_int_equal(WRNI_INIT_EPHEMERAL, 8);
    assert_int_equal(WRNI_INIT_STATIC, 40);
    assert_int_equal(WRNI_INIT_STAMP, 88);
    assert_int_equal(WRNI_INIT_MAC1, 116);
    assert_int_equal(WRNI_INIT_MAC2, 132);
    assert_int_equal(WRNI_RESPONSE_BYTES, 4 + 4 + 4 + 32 + 16 + 16 + 16);
    assert_int_equal(WRNI_RESP_RECEIVER, 8);
    assert_int_equal(WRNI_RESP_EPHEMERAL, 12);
    assert_int_equal(WRNI_RESP_EMPTY, 44);
    assert_int_equal(WRNI_RESP_MAC1, 60);
    assert_int_equal(WRNI_RESP_MAC2, 76);
    assert_int_equal(WRNI_COOKIE_BYTES, 4 + 4 + 24 + 32);
    assert_int_equal(WRNI_DATA_OVERHEAD, 4 + 4 + 8 + 16);
    assert_int_equal(wrni_wire_mac1_at(WRNI_INITIATION), 116);
    assert_int_equal(wrni_wire_mac1_at(WRNI_RESPONSE), 60);
}

/* P-97 with section 24, in wider numbers and other words than the engine's. */
static uint64_t padded(uint64_t length, uint64_t mtu)
{
    uint64_t unit = length, up;

    if (mtu != 0)
        while (unit > mtu)
            unit -= unit / mtu * mtu;
    for (up = unit; up % 16 != 0; up++)
        continue;
    if (mtu != 0 && up > mtu)
        up = mtu;
    return up - unit;
}

static void p97_p98_g52_padding_for_every_length_and_odd_mtus(void **state)
{
    static const uint32_t mtus[] = {0, 1, 15, 16, 17, 68, 576, 1280, 1299, 1419, 1420, 1421, 1500, 9000, 65535};

    (void)state;
    for (size_t i = 0; i < sizeof mtus / sizeof mtus[0]; i++) {
        assert_int_equal(wrni_wire_padding(0, mtus[i]), 0);
        for (uint32_t length = 0; length <= 66000; length++) {
            uint32_t padding = wrni_wire_padding(length, mtus[i]);

            if (padding != padded(length, mtus[i]))
                fail_msg("length %u, mtu %u: %u", (unsigned)length, (unsigned)mtus[i], (unsigned)padding);
            assert_true(padding < 16);
            if (length <= mtus[i])
                assert_true(length + padding <= mtus[i]);
        }
        (void)wrni_wire_padding(UINT32_MAX, mtus[i]);
    }
}

static void p97_g53_padding_never_passes_any_mtu(void **state)
{
    (void)state;
    for (uint32_t mtu = 1; mtu <= 2000; mtu++)
        for (uint32_t length = 0; length <= mtu; length++)
            assert_true(length + wrni_wire_padding(length, mtu) <= mtu);
    assert_int_equal(wrni_wire_padding(1299, 1299), 0);
    assert_int_equal(wrni_wire_padding(1290, 1299), 6);
    assert_int_equal(wrni_wire_padding(1297, 1299), 2);
    assert_int_equal(wrni_wire_padding(84, 1420), 12); /* a ping of 84 bytes makes 128 on the wire (P-99) */
    assert_int_equal(wrni_wire_padding(UINT32_MAX, 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p1_p6_p7_p9_g110_kind_follows_type_and_length),
        cmocka_unit_test(p1_any_reserved_byte_makes_the_type_unknown),
        cmocka_unit_test(g6_no_length_is_read_beyond_its_end),
        cmocka_unit_test(p8_no_alignment_is_asked_for),
        cmocka_unit_test(p2_p3_p4_p5_the_fields_stand_where_they_should),
        cmocka_unit_test(p97_p98_g52_padding_for_every_length_and_odd_mtus),
        cmocka_unit_test(p97_g53_padding_never_passes_any_mtu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
