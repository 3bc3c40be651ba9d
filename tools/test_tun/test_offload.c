/* Cutting and joining large packets: the one undoes the other, what is cut has right checksums, and no bytes are too strange. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "headers.h"
#include "offload.h"

static uint64_t state = 1;

static uint32_t draw(uint32_t below)
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(state >> 33) % below;
}

/* Another way to the same sum: one word after the other. */
static uint32_t slow_sum(const uint8_t *bytes, size_t length, uint32_t sum)
{
    for (size_t i = 0; i < length; i++) {
        sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum;
}

static void right_checksums(const uint8_t *packet, uint32_t length)
{
    bool v4 = packet[0] >> 4 == 4;
    uint32_t ip = v4 ? 20 : 40, protocol = v4 ? packet[9] : packet[6];
    if (v4)
        assert_int_equal(slow_sum(packet, 20, 0), 0xffff);
    uint32_t sum = slow_sum(packet + (v4 ? 12 : 8), v4 ? 8 : 32, protocol);
    sum = slow_sum(packet + ip, length - ip, slow_sum((uint8_t[]){(uint8_t)((length - ip) >> 8), (uint8_t)(length - ip)}, 2, sum));
    assert_int_equal(sum, 0xffff);
}

struct large {
    uint8_t  bytes[TUN_LARGE_BYTES], head[TUN_HEAD_BYTES];
    uint32_t length;
};

/* As the kernel gives it: the pseudo header's sum in place of the checksum. */
static void make(struct large *large, bool v4, bool tcp, uint32_t segment, uint32_t payload)
{
    uint32_t ip = v4 ? 20 : 40, header = ip + (tcp ? 32 : 8);
    uint8_t *transport = large->bytes + ip;
    large->length = header + payload;
    for (uint32_t i = 0; i < large->length; i++)
        large->bytes[i] = (uint8_t)draw(256);
    large->bytes[0] = v4 ? 0x45 : 0x60;
    if (v4) {
        tun_store16(large->bytes + 6, 0x4000);
        large->bytes[9] = tcp ? IP_TCP : IP_UDP;
    } else {
        large->bytes[6] = tcp ? IP_TCP : IP_UDP;
    }
    tun_fix_ip(large->bytes, ip, large->length);
    if (tcp) {
        transport[12] = 0x80;
        transport[13] = 0x18;
    } else {
        tun_store16(transport + 4, large->length - ip);
    }
    uint32_t offset = tcp ? 16 : 6;
    tun_store16(transport + offset, tun_fold(tun_sum_pseudo(large->bytes, tcp ? IP_TCP : IP_UDP, large->length - ip)));
    uint16_t words[4] = {(uint16_t)header, (uint16_t)segment, (uint16_t)ip, (uint16_t)offset};
    large->head[HEAD_FLAGS] = HEAD_NEEDS_CHECKSUM;
    large->head[HEAD_TYPE] = !tcp ? HEAD_UDP : v4 ? HEAD_TCP4 : HEAD_TCP6;
    memcpy(large->head + HEAD_HEADER, words, sizeof words);
}

static void there_and_back(void **unused)
{
    static struct large large;
    static uint8_t pieces[TUN_JOIN_MOST][2048], back[TUN_LARGE_BYTES];
    (void)unused;
    for (int round = 0; round < 2000; round++) {
        bool v4 = draw(2), tcp = draw(2);
        uint32_t segment = 1 + draw(1400), count = 2 + draw(40), payload = segment * (count - 1) + 1 + draw(segment);
        make(&large, v4, tcp, segment, payload);
        struct tun_split split;
        struct tun_join join = {0};
        assert_true(tun_split_begin(&split, large.head, large.bytes, large.length));
        uint32_t length, first = 0, size = 0;
        for (uint32_t i = 0; (length = tun_split_next(&split, pieces[i])) > 0; i++) {
            uint32_t skip = 0;
            assert_true(length <= split.longest);
            right_checksums(pieces[i], length);
            if (i == 0) {
                tun_join_begin(&join, pieces[0], length, true);
                size = first = length;
            } else {
                assert_true(tun_join_add(&join, pieces[i], length, &skip));
                memcpy(back + size, pieces[i] + skip, length - skip);
                size += length - skip;
            }
        }
        uint8_t head[TUN_HEAD_BYTES];
        assert_int_equal(join.count, count);
        tun_join_end(&join, head);
        memcpy(back, pieces[0], first);
        assert_int_equal(size, large.length);
        assert_memory_equal(head, large.head, sizeof head);
        assert_memory_equal(back, large.bytes, size);
    }
}

/* What is wrong in one bit, or of another flow, is not joined. */
static void nothing_else_is_joined(void **unused)
{
    static struct large large;
    static uint8_t pieces[2][2048];
    (void)unused;
    for (int round = 0; round < 4000; round++) {
        struct tun_split split;
        struct tun_join join;
        uint32_t lengths[2], skip;
        make(&large, draw(2), draw(2), 500, 1000);
        assert_true(tun_split_begin(&split, large.head, large.bytes, large.length));
        for (unsigned i = 0; i < 2; i++)
            lengths[i] = tun_split_next(&split, pieces[i]);
        unsigned which = draw(2), at = draw(lengths[which]);
        uint8_t *byte = &pieces[which][at];
        *byte ^= (uint8_t)(1u << draw(8));
        tun_join_begin(&join, pieces[0], lengths[0], true);
        assert_false(tun_join_add(&join, pieces[1], lengths[1], &skip));
    }
}

static void strange_heads_are_survived(void **unused)
{
    (void)unused;
    unsigned taken = 0;
    for (int round = 0; round < 200000; round++) {
        uint32_t length = 1 + draw(200), piece, total = 0;
        uint8_t head[TUN_HEAD_BYTES], *packet = malloc(length); /* of its own, so that a byte beyond it is noticed */
        assert_non_null(packet);
        for (uint32_t i = 0; i < length; i++)
            packet[i] = (uint8_t)draw(256);
        packet[0] = draw(2) ? 0x45 : 0x60;
        uint16_t words[4] = {(uint16_t)draw(100), (uint16_t)draw(100), draw(2) ? 20 : 40, draw(2) ? 16 : 6};
        head[HEAD_FLAGS] = (uint8_t)draw(4);
        head[HEAD_TYPE] = (uint8_t)draw(7);
        memcpy(head + HEAD_HEADER, words, sizeof words);
        struct tun_split split;
        if (tun_split_begin(&split, head, packet, length)) {
            uint8_t *out = malloc(split.longest);
            assert_non_null(out);
            taken++;
            while ((piece = tun_split_next(&split, out)) > 0) {
                assert_true(piece <= split.longest);
                total += piece;
            }
            assert_true(total >= length);
            free(out);
        }
        struct tun_join join;
        tun_join_begin(&join, packet, length, true);
        free(packet);
    }
    assert_true(taken > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(nothing_else_is_joined),
        cmocka_unit_test(strange_heads_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
