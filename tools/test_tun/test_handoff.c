/* Between threads of the driver: what is put comes out, once, whole and in order. Meant for the thread sanitizer too. */

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <sodium.h>

#include "handoff.h"
#include "ring.h"

#define PUTTERS 3u
#define PACKETS 20000u
#define LONGEST 1500u
#define SIZE (64u << 10)

static struct tun_handoff handoff;

/* Byte i of a packet follows from who put it, its number, and i. */
static uint8_t byte_of(unsigned putter, uint32_t number, uint32_t i)
{
    return (uint8_t)(putter * 91 + number * 7 + i);
}

static uint32_t length_of(unsigned putter, uint32_t number)
{
    return 8 + (number * 2654435761u + putter * 977u) % (LONGEST - 8);
}

static enum tun_side side_of(uint32_t number)
{
    return number / 5 % 2 ? TUN_OUTSIDE : TUN_INSIDE;
}

static struct wrn_packet make(unsigned putter, uint32_t number, uint8_t *data)
{
    uint32_t length = length_of(putter, number);
    memcpy(data, &putter, 4);
    memcpy(data + 4, &number, 4);
    for (uint32_t i = 8; i < length; i++)
        data[i] = byte_of(putter, number, i);
    return (struct wrn_packet){.data = data,
                               .capacity = LONGEST,
                               .length = length,
                               .tos = (uint8_t)number,
                               .mtu = (uint16_t)putter,
                               .remote = {.address = {1, 2, 3, (uint8_t)putter}, .port = (uint16_t)number, .family = 4}};
}

static void judge(const struct wrn_packet *packet, enum tun_side side, uint32_t next[PUTTERS], bool refused)
{
    unsigned putter;
    uint32_t number;
    const uint8_t *data = packet->data + packet->offset;
    memcpy(&putter, data, 4);
    memcpy(&number, data + 4, 4);
    assert_true(putter < PUTTERS && (refused ? number >= next[putter] : number == next[putter]));
    next[putter] = number + 1;
    assert_int_equal(packet->length, length_of(putter, number));
    for (uint32_t i = 8; i < packet->length; i++)
        assert_int_equal(data[i], byte_of(putter, number, i));
    assert_int_equal(side, side_of(number));
    assert_int_equal(packet->tos, (uint8_t)number);
    assert_int_equal(packet->mtu, putter);
    assert_int_equal(packet->remote.port, (uint16_t)number);
    assert_int_equal(packet->remote.address[3], putter);
    assert_int_equal(tun_handoff_hops(packet), number % 3);
    if (side == TUN_INSIDE) {
        assert_true(packet->offset >= WRN_HEADROOM);
        assert_true(packet->capacity - packet->offset - packet->length >= WRN_TAILROOM);
    }
}

static void a_full_one_refuses_and_counts(void **unused)
{
    uint8_t data[LONGEST];
    uint32_t next[PUTTERS] = {0};
    uint64_t taken, refused;
    (void)unused;
    assert_int_equal(tun_handoff_open(&handoff, SIZE), 0);
    assert_int_equal(tun_handoff_hops(&(struct wrn_packet){0}), 0);
    for (unsigned round = 0; round < 50; round++) { /* so that it wraps at many places */
        struct wrn_packet out[7];
        enum tun_side side;
        size_t count;
        for (uint32_t i = 0; i < 90; i++) {
            uint32_t number = round * 90 + i;
            struct wrn_packet packet = make(0, number, data);
            bool first = tun_handoff_put(&handoff, side_of(number), &packet, number % 3);
            if (i == 0)
                assert_true(first || round > 0);
            else
                assert_false(first);
        }
        for (unsigned part = 0; part < 1 + round % 9 && (count = tun_handoff_take(&handoff, &side, out, 7)) > 0; part++) {
            for (size_t i = 0; i < count; i++)
                judge(&out[i], side, next, true);
            (void)tun_handoff_done(&handoff);
        }
    }
    tun_handoff_counts(&handoff, &taken, &refused);
    assert_true(taken > 0 && refused > 0 && taken + refused <= 50 * 90);
    tun_handoff_close(&handoff);
}

static void an_empty_packet_is_refused(void **unused)
{
    uint64_t taken, refused;
    uint8_t data[8];
    struct wrn_packet out;
    enum tun_side side;
    (void)unused;
    assert_int_equal(tun_handoff_open(&handoff, SIZE), 0);
    assert_false(tun_handoff_put(&handoff, TUN_OUTSIDE, &(struct wrn_packet){.data = data, .capacity = 8}, 1));
    assert_int_equal(tun_handoff_take(&handoff, &side, &out, 1), 0);
    assert_false(tun_handoff_done(&handoff));
    tun_handoff_counts(&handoff, &taken, &refused);
    assert_int_equal(refused, 1);
    tun_handoff_close(&handoff);
}

static void *put(void *argument)
{
    unsigned putter = (unsigned)(uintptr_t)argument;
    uint8_t data[LONGEST];
    for (uint32_t number = 0; number < PACKETS; number++) {
        struct wrn_packet packet = make(putter, number, data);
        if (tun_handoff_put(&handoff, side_of(number), &packet, number % 3))
            tun_handoff_wake(&handoff);
    }
    return NULL;
}

/* Nobody is left asleep, and nothing comes twice or out of order, though many threads put. */
static void many_put_and_one_takes(void **unused)
{
    pthread_t threads[PUTTERS];
    uint32_t next[PUTTERS] = {0};
    uint64_t taken = 0, refused = 0;
    (void)unused;
    assert_int_equal(tun_handoff_open(&handoff, 4 * SIZE), 0);
    for (unsigned i = 0; i < PUTTERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, put, (void *)(uintptr_t)i), 0);
    while (taken + refused < PUTTERS * PACKETS) {
        struct pollfd bell = {.fd = handoff.bell, .events = POLLIN};
        assert_true(poll(&bell, 1, 100) >= 0);
        tun_handoff_hear(&handoff);
        struct wrn_packet out[64];
        enum tun_side side;
        do {
            size_t count = tun_handoff_take(&handoff, &side, out, 64);
            for (size_t i = 0; i < count; i++)
                judge(&out[i], side, next, true);
        } while (tun_handoff_done(&handoff));
        tun_handoff_counts(&handoff, &taken, &refused);
    }
    for (unsigned i = 0; i < PUTTERS; i++)
        pthread_join(threads[i], NULL);
    assert_true(taken > 0);
    tun_handoff_close(&handoff);
}

/* Rings. ------------------------------------------------------------------------------------------------------------------ */

struct item { uint64_t number; uint8_t secret[56]; };

static struct tun_ring ring;

static void *put_items(void *argument)
{
    struct item item;
    (void)argument;
    for (uint64_t number = 0; number < PACKETS;) {
        item.number = number;
        memset(item.secret, (int)(number % 255) + 1, sizeof item.secret);
        if (tun_ring_put(&ring, &item))
            number++;
        else
            (void)sched_yield();
    }
    return NULL;
}

static void a_ring_keeps_the_order_and_nothing_else(void **unused)
{
    pthread_t thread;
    struct item item;
    (void)unused;
    assert_true(tun_ring_open(&ring, sizeof item, 16));
    assert_int_equal(tun_ring_space(&ring), 16);
    assert_int_equal(pthread_create(&thread, NULL, put_items, NULL), 0);
    for (uint64_t number = 0; number < PACKETS;) {
        if (!tun_ring_take(&ring, &item)) {
            (void)sched_yield();
            continue;
        }
        assert_int_equal(item.number, number);
        for (size_t i = 0; i < sizeof item.secret; i++)
            assert_int_equal(item.secret[i], number % 255 + 1);
        number++;
    }
    pthread_join(thread, NULL);
    assert_false(tun_ring_take(&ring, &item));
    assert_true(sodium_is_zero(ring.items, ring.size * ring.room)); /* what was taken is wiped */
    tun_ring_close(&ring);
}

static void a_full_ring_refuses(void **unused)
{
    struct item item = {0};
    (void)unused;
    assert_true(tun_ring_open(&ring, sizeof item, 4));
    for (unsigned round = 0; round < 3; round++) {
        for (item.number = 0; item.number < 4; item.number++)
            assert_true(tun_ring_put(&ring, &item));
        assert_false(tun_ring_put(&ring, &item));
        assert_int_equal(tun_ring_space(&ring), 0);
        for (uint64_t number = 0; number < 4; number++) {
            assert_true(tun_ring_take(&ring, &item));
            assert_int_equal(item.number, number);
        }
    }
    tun_ring_close(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_one_refuses_and_counts),
        cmocka_unit_test(an_empty_packet_is_refused),
        cmocka_unit_test(many_put_and_one_takes),
        cmocka_unit_test(a_ring_keeps_the_order_and_nothing_else),
        cmocka_unit_test(a_full_ring_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
