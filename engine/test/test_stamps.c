#include "support/outsider.h"

#include <string.h>

#include "stamp.h"
#include "state.h"

/* Stamps and clocks of whole engines: replays, restarts, walls that jump or are missing, time that goes back (P-46 to P-50). */

#define D    (20 * WRN_MILLISECOND)
#define WALL UINT64_C(1700000000)

static void stamp_received(const struct net *net, unsigned host, unsigned peer, uint8_t stamp[12])
{
    struct wrn_peer_view view;
    net_view(net, host, peer, &view);
    memcpy(stamp, view.stamp_received, 12);
}

static void p22_p46_g56_replayed_initiation_changes_nothing(void **state)
{
    struct net *net = net_new(2, D);
    struct caught caught;
    uint8_t before[32], after[32];
    (void)state;
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    net_send(net, 0, 1, 60);
    const uint8_t *initiation = caught.last[0][1].bytes;
    /* Twice in one tick: one response. */
    assert_int_equal(net_inject(net, 1, &net->host[0].address, initiation, 148), WRN_SEND);
    net_digest(net, 1, WRN_PART_PROTOCOL, before);
    assert_int_equal(net_inject(net, 1, &net->host[0].address, initiation, 148), WRN_DROP);
    assert_int_equal(net_last_reason, WRN_REASON_STAMP);
    net_digest(net, 1, WRN_PART_PROTOCOL, after);
    assert_memory_equal(before, after, 32);
    assert_int_equal(caught.count[1][2], 1);
    net_run(net, 500 * WRN_SECOND); /* and after everything else is forgotten */
    assert_int_equal(net_inject(net, 1, &elsewhere, initiation, 148), WRN_DROP);
    assert_int_equal(net_last_reason, WRN_REASON_STAMP);
    net_free(net);
}

/* One batch is one tick too. */
static void p46_g56_twice_in_one_batch(void **state)
{
    struct net *net = net_new(2, D);
    struct caught caught;
    uint8_t copies[2][148];
    struct wrn_packet packets[2];
    (void)state;
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    net_send(net, 0, 1, 60);
    for (unsigned i = 0; i < 2; i++) {
        memcpy(copies[i], caught.last[0][1].bytes, 148);
        packets[i] = (struct wrn_packet){.data = copies[i], .capacity = 148, .length = 148, .remote = net->host[0].address};
    }
    wrn_net_input(net->host[1].engine, net->now, packets, 2);
    assert_int_equal(packets[0].verdict, WRN_SEND);
    assert_int_equal(packets[1].verdict, WRN_DROP);
    assert_int_equal(packets[1].reason, WRN_REASON_STAMP);
    net_free(net);
}

static void p46_p48_the_stored_stamp_outlives_everything_but_its_peer(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    uint8_t first[148], later[148], keepalive[32];
    (void)state;
    struct wrn_peer peer = outsider_join(&o, net, 0, 9);
    struct wrn_engine *engine = net->host[0].engine;
    outsider_initiate(&o, WALL, 500, net->now, first);
    outsider_initiate(&o, WALL, 501, net->now, later);
    struct wrn_packet packet = knock(net, 0, &elsewhere, later, 148);
    assert_true(outsider_finish(&o, bytes_of(&packet)));
    (void)outsider_seal(&o, 0, NULL, 0, keepalive);
    assert_int_equal(knock(net, 0, &elsewhere, keepalive, 32).verdict, WRN_TAKEN);
    for (unsigned i = 0; i < 4; i++) {
        if (i == 1) /* keys zeroed */
            wrn_advance(engine, net->now += 600 * WRN_SECOND);
        if (i == 2) {
            assert_int_equal(wrn_set_up(engine, net->now, false), WRN_OK);
            assert_int_equal(wrn_set_up(engine, net->now, true), WRN_OK);
        }
        if (i == 3) { /* live update */
            struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE | WRN_CHANGE_PRESHARED_KEY, .keepalive_s = 9};
            assert_int_equal(wrn_peer_set(engine, net->now, peer, &change), WRN_OK);
        }
        net->now += WRN_SECOND;
        packet = knock(net, 0, &elsewhere, later, 148); /* equal */
        assert_int_equal(packet.reason, WRN_REASON_STAMP);
        packet = knock(net, 0, &elsewhere, first, 148); /* older by 1 ns: all twelve bytes count */
        assert_int_equal(packet.reason, WRN_REASON_STAMP);
    }
    assert_int_equal(wrn_peer_remove(engine, net->now, peer), WRN_OK);
    assert_int_equal(wrn_peer_add(engine, net->now, o.identity.public_key, &peer), WRN_OK);
    assert_int_equal(knock(net, 0, &elsewhere, first, 148).verdict, WRN_SEND);
    net_free(net);
}

static void p47_g57_stamps_are_whitened_and_strictly_increase(void **state)
{
    struct net *net = net_new(2, D);
    uint8_t previous[12] = {0}, stamp[12];
    (void)state;
    net_connect(net, 0, 1);
    for (unsigned i = 0; i < 40; i++) {
        net_send(net, 0, 1, 60);
        net_run(net, net->now + 3 * D);
        stamp_received(net, 1, 0, stamp);
        assert_true(wrni_stamp_after(stamp, previous));
        assert_int_equal(wrni_load_be32(stamp + 8) & 0xffffff, 0);
        assert_in_range(wrni_load_be64(stamp) - UINT64_C(0x4000000000000009) - WALL, net->now / WRN_SECOND,
                        net->now / WRN_SECOND + 1);
        memcpy(previous, stamp, 12);
        net_run(net, net->now + 181 * WRN_SECOND + i * 1234567);
    }
    net_free(net);
}

/* Down and up, removing and adding, a key change: each forgets the 5 s, none repeats a stamp within its slot of 16.8 ms. */
static void p47_p69_no_stamp_is_sent_twice(void **state)
{
    struct net *net = net_new(2, D);
    struct caught caught;
    uint8_t previous[12] = {0}, other[32];
    (void)state;
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    memset(other, 0x21, sizeof other);
    for (unsigned i = 0; i < 9; i++) {
        struct wrn_engine *engine = net->host[0].engine;
        struct wrn_peer_view view;
        net_send(net, 0, 1, 60);
        assert_int_equal(caught.count[0][1], i + 1);
        net_view(net, 0, 1, &view);
        assert_true(wrni_stamp_after(view.stamp_sent, previous));
        memcpy(previous, view.stamp_sent, 12);
        if (i % 3 == 0) {
            assert_int_equal(wrn_set_up(engine, net->now, false), WRN_OK);
            assert_int_equal(wrn_set_up(engine, net->now, true), WRN_OK);
        } else if (i % 3 == 1) {
            assert_int_equal(wrn_peer_remove(engine, net->now, net->host[0].peers[1]), WRN_OK);
            net_introduce(net, 0, 1, true);
        } else {
            other[1]++;
            assert_int_equal(wrn_set_private_key(engine, net->now, other), WRN_OK);
        }
    }
    net_free(net);
}

/* A restart with the clock at zero: with the floor that the host kept, the peer still answers; without it, it does not. */
static void p49_g89_a_restart_without_a_clock_needs_the_floor(void **state)
{
    (void)state;
    for (unsigned kept = 0; kept < 2; kept++) {
        struct net *net = net_new(2, D);
        struct wrn_event event = {.bits = 0};
        net_connect(net, 0, 1);
        net_send(net, 0, 1, 60);
        assert_true(net->host[0].engine_events & WRN_EVENT_STAMP);
        struct wrn_peer_view view;
        net_view(net, 0, 1, &view);
        memcpy(event.stamp, view.stamp_sent, 12);
        net_run(net, 200 * WRN_SECOND);
        net_restart(net, 0);
        wrn_wall(net->host[0].engine, net->now, 0, 0);
        if (kept)
            assert_int_equal(wrn_stamp_restore(net->host[0].engine, event.stamp), WRN_OK);
        uint32_t id = net_send(net, 0, 1, 60);
        net_run(net, net->now + 3 * D);
        assert_int_equal(net_received(net, 1, id), kept);
        if (!kept)
            assert_true(net->reasons[WRN_REASON_STAMP] == 1);
        net_free(net);
    }
}

/* What the event says is what was sent last, and restoring only ever raises. */
static void p49_the_event_carries_the_newest_stamp(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    struct wrn_packet packet;
    struct wrn_event events[4];
    uint8_t low[12] = {0};
    (void)state;
    struct wrn_peer peer = outsider_join(&o, net, 0, 9);
    struct wrn_engine *engine = net->host[0].engine;
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT | WRN_CHANGE_KEEPALIVE, .endpoint = elsewhere, .keepalive_s = 1};
    struct wrn_peer_view view;
    assert_int_equal(wrn_peer_set(engine, net->now, peer, &change), WRN_OK);
    assert_true(knock_output(net, 0, &packet));
    assert_int_equal(wrn_events(engine, events, 4), 1);
    assert_int_equal(events[0].bits, WRN_EVENT_STAMP);
    assert_int_equal(wrn_inspect_peer(engine, peer, &view), WRN_OK);
    assert_memory_equal(events[0].stamp, view.stamp_sent, 12);
    assert_int_equal(wrn_stamp_restore(engine, low), WRN_OK); /* lower: nothing */
    net->now += 6 * WRN_SECOND;
    assert_true(knock_output(net, 0, &packet));
    assert_true(wrn_events(engine, events, 4) >= 1);
    assert_true(wrni_stamp_after(events[0].stamp, view.stamp_sent));
    net_free(net);
}

/* A host that never tells the wall time: stamps count up from the floor, one slot each. */
static void p49_without_a_wall_stamps_count_up(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    struct wrn_packet packet;
    struct wrn_config config;
    struct wrn_engine *engine;
    uint8_t floor[12], expected[12];
    (void)state;
    config = net->host[0].config;
    assert_int_equal(wrn_engine_init(&engine, net->host[0].memory, wrn_engine_size(&config.limits), &config, 0), WRN_OK);
    wrn_engine_attach(engine, &wrn_crypto_sodium, NULL, 1);
    assert_int_equal(wrn_set_private_key(engine, 0, net->host[0].secret), WRN_OK);
    assert_int_equal(wrn_set_up(engine, 0, true), WRN_OK);
    wrni_stamp_exact(floor, WALL, 12345678);
    memcpy(expected, floor, 12);
    assert_int_equal(wrn_stamp_restore(engine, floor), WRN_OK);
    struct wrn_peer peer = outsider_join(&o, net, 0, 9);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT | WRN_CHANGE_KEEPALIVE, .endpoint = elsewhere, .keepalive_s = 1};
    assert_int_equal(wrn_peer_set(engine, 0, peer, &change), WRN_OK);
    for (unsigned i = 0; i < 5; i++) {
        struct wrn_peer_view view;
        uint8_t response[92];
        assert_true(knock_output(net, 0, &packet));
        assert_true(outsider_respond(&o, bytes_of(&packet), net->now, response));
        assert_int_equal(wrn_inspect_peer(engine, peer, &view), WRN_OK);
        wrni_stamp_next(expected);
        assert_memory_equal(view.stamp_sent, expected, 12);
        net->now += 6 * WRN_SECOND;
    }
    uint8_t response[92];
    assert_true(outsider_respond(&o, bytes_of(&packet), net->now, response));
    assert_int_equal(knock(net, 0, &elsewhere, response, 92).verdict, WRN_TAKEN);
    struct wrn_peer_info info;
    assert_int_equal(wrn_peer_info(engine, peer, &info), WRN_OK);
    assert_int_equal(info.handshake_seconds, 0); /* no wall time, no time of the handshake */
    net_free(net);
}

/* The wall jumps about; timers and stamps do not care, and what is told of the last handshake is the wall as it was then. */
static void p47_p50_g19_a_wall_that_jumps_moves_no_timer(void **state)
{
    wrn_time sent[2][64];
    size_t counts[2];
    (void)state;
    for (unsigned jumps = 0; jumps < 2; jumps++) {
        static const uint64_t walls[] = {0, 1, WALL - 100000, WALL + 100000, 4000000000, UINT64_C(1) << 40};
        struct net *net = net_new(2, D);
        net_connect(net, 0, 1);
        for (unsigned i = 0; i < 60; i++) {
            if (jumps)
                wrn_wall(net->host[i % 2].engine, net->now, walls[i % 6], i * 16000000);
            net_send(net, i % 2, 1 - i % 2, 60);
            net_run(net, net->now + 10 * WRN_SECOND);
        }
        assert_int_equal(net->delivereds, 60);
        counts[jumps] = net_sent(net, 0, 1, 0, WRN_NEVER);
        for (size_t i = 0; i < counts[jumps]; i++)
            sent[jumps][i] = net_sent_at(net, 0, 1, i);
        net_free(net);
    }
    assert_int_equal(counts[0], counts[1]);
    assert_true(counts[0] >= 3);
    assert_memory_equal(sent[0], sent[1], counts[0] * sizeof sent[0][0]);
}

/* One handshake while the clock was ten years ahead. Without restart the engine itself goes on from its own last stamp; after a
 * restart with the right clock and no floor its peer refuses it, until the peer is removed and added, or the floor is restored.
 */
static void p49_g73_a_stamp_from_the_future(void **state)
{
    struct net *net = net_new(2, D);
    (void)state;
    net_connect(net, 0, 1);
    wrn_wall(net->host[0].engine, net->now, WALL + UINT64_C(315360000), 0);
    uint32_t first = net_send(net, 0, 1, 60);
    net_run(net, WRN_SECOND);
    wrn_wall(net->host[0].engine, net->now, WALL + 1, 0);
    net_run(net, 200 * WRN_SECOND);
    uint32_t second = net_send(net, 0, 1, 60);
    net_run(net, 201 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, first) + net_received(net, 1, second), 2);
    struct wrn_peer_view view;
    net_view(net, 0, 1, &view);
    net_restart(net, 0);
    uint32_t third = net_send(net, 0, 1, 60);
    net_run(net, 400 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, third), 0);
    assert_int_equal(wrn_stamp_restore(net->host[0].engine, view.stamp_sent), WRN_OK);
    uint32_t fourth = net_send(net, 0, 1, 60);
    net_run(net, 401 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, fourth), 1);
    net_free(net);
}

/* Time that goes back stands still: nothing fires twice, nothing crashes, each such call is counted. */
static void p79_g19_time_that_goes_back(void **state)
{
    struct net *net = net_new(2, D);
    struct wrn_counters counters;
    struct wrn_packet packet;
    uint8_t before[32], after[32];
    (void)state;
    net_connect(net, 0, 1);
    net_send(net, 0, 1, 60);
    net_run(net, 100 * WRN_SECOND);
    wrn_advance(net->host[0].engine, net->now);
    net_digest(net, 0, WRN_PART_PROTOCOL, before);
    static const wrn_time old[] = {0, 1, 5 * WRN_SECOND, 100 * WRN_SECOND - 1};
    for (unsigned i = 0; i < 4; i++) {
        uint8_t room[256];
        packet = (struct wrn_packet){.data = room, .capacity = sizeof room};
        wrn_advance(net->host[0].engine, old[i]);
        assert_int_equal(wrn_net_output(net->host[0].engine, old[i], &packet, 1), 0);
        memset(room, 0, sizeof room);
        packet = (struct wrn_packet){.data = room, .capacity = sizeof room, .length = 32};
        wrn_net_input(net->host[0].engine, old[i], &packet, 1);
    }
    net_digest(net, 0, WRN_PART_PROTOCOL, after);
    assert_memory_equal(before, after, 32);
    wrn_counters(net->host[0].engine, &counters);
    assert_true(counters.time_went_back >= 12);
    /* Calls at random times, forwards and back, with traffic: the retry limit holds in true time. */
    net->host[1].address.port++;
    size_t sents = net->sents;
    wrn_time start = net->now += 100 * WRN_SECOND;
    net_send(net, 0, 1, 60);
    for (unsigned i = 0; i < 2000; i++) {
        wrn_advance(net->host[0].engine, start + (i * 7919 % 4000) * WRN_MILLISECOND);
        net_pump(net, 0);
    }
    assert_int_equal(net->sents - sents, 1);
    net_free(net);
}

static void p159_g24_the_last_handshake_is_told_in_wall_time(void **state)
{
    struct net *net = net_new(2, D);
    struct wrn_peer_info info;
    (void)state;
    net_connect(net, 0, 1);
    net_run(net, 1000 * WRN_SECOND);
    net_send(net, 0, 1, 60);
    net_run(net, 1500 * WRN_SECOND);
    net_info(net, 0, 1, &info); /* on the response */
    assert_int_equal(info.handshake_seconds, WALL + 1000);
    assert_int_equal(info.handshake_nanoseconds, 2 * D);
    net_info(net, 1, 0, &info); /* on the confirmation */
    assert_int_equal(info.handshake_seconds, WALL + 1000);
    assert_int_equal(info.handshake_nanoseconds, 3 * D);
    net_free(net);
}

/* Sixty days with an hour's traffic each, from time 0 across the wrap of 32 bits of milliseconds. */
static void g51_g88_sixty_days(void **state)
{
    static const wrn_time starts[] = {0, (UINT64_C(1) << 32) * WRN_MILLISECOND - 50 * WRN_SECOND,
                                      (UINT64_C(1) << 63) - WRN_SECOND};
    (void)state;
    for (unsigned s = 0; s < 3; s++) {
        struct net *net = net_new(2, D);
        net_run(net, starts[s]);
        net_connect(net, 0, 1);
        for (unsigned i = 0; i < (s ? 30 : 24 * 60); i++) {
            uint32_t id = net_send(net, i % 2, 1 - i % 2, 60);
            net_run(net, net->now + 4 * D);
            assert_int_equal(net_received(net, 1 - i % 2, id), 1);
            net_run(net, net->now + 3600 * WRN_SECOND / (s ? 60 : 1));
        }
        net_free(net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p22_p46_g56_replayed_initiation_changes_nothing),
        cmocka_unit_test(p46_g56_twice_in_one_batch),
        cmocka_unit_test(p46_p48_the_stored_stamp_outlives_everything_but_its_peer),
        cmocka_unit_test(p47_g57_stamps_are_whitened_and_strictly_increase),
        cmocka_unit_test(p47_p69_no_stamp_is_sent_twice),
        cmocka_unit_test(p49_g89_a_restart_without_a_clock_needs_the_floor),
        cmocka_unit_test(p49_the_event_carries_the_newest_stamp),
        cmocka_unit_test(p49_without_a_wall_stamps_count_up),
        cmocka_unit_test(p47_p50_g19_a_wall_that_jumps_moves_no_timer),
        cmocka_unit_test(p49_g73_a_stamp_from_the_future),
        cmocka_unit_test(p79_g19_time_that_goes_back),
        cmocka_unit_test(p159_g24_the_last_handshake_is_told_in_wall_time),
        cmocka_unit_test(g51_g88_sixty_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
