#include "talk.h"

/*
 * Law 8, orders and reports delayed: packets may be lost, with a reason; nothing is delivered twice or to the wrong peer, no nonce
 * repeats, no key is used past its age. All of this is judged inside (talk.c, lanes.c) at every packet and every use of a key.
 */

struct totals { uint64_t delivered, packets, judged, refused, let_go, seals; };

static void one(uint64_t seed, unsigned lanes, wrn_time delay, unsigned steps, struct totals *totals)
{
    struct talk *talk = talk_new(seed, lanes, delay);
    talk_run(talk, steps / 2);
    if (seed % 5 == 0) { /* growing while orders are on their way: those are older than the move, so lanes may move first */
        struct wrn_limits larger = talk->server.config.limits;
        larger.peers += 10;
        larger.prefixes += 10;
        larger.orders += 4;
        lanes_grow(&talk->server, &larger);
    }
    talk_run(talk, steps / 2);
    lanes_check_counters(&talk->server);
    lanes_drain(&talk->server, talk->now);
    lanes_check_views(&talk->server);
    if (seed % 4 == 0) {
        talk_calm_down(talk);
        lanes_check_counters(&talk->server);
        lanes_check_views(&talk->server);
    }
    totals->delivered += talk->delivereds;
    totals->packets += talk->packets;
    totals->judged += talk->keys.judged;
    totals->seals += talk->keys.seals;
    totals->refused += talk->refused;
    totals->let_go += talk->server.let_go;
    talk_free(talk);
}

static void law8_any_schedule_is_safe(void **state)
{
    static const wrn_time delays[] = {WRN_MILLISECOND, 50 * WRN_MILLISECOND, WRN_SECOND, 8 * WRN_SECOND};
    struct totals         totals = {0};
    (void)state;
    for (uint64_t seed = 0; seed < 2000; seed++)
        one(seed, (unsigned[]){2, 3, 8}[seed % 3], delays[seed / 3 % 4], 40, &totals);
    print_message("%llu of %llu delivered, %llu refused, %llu let go, %llu seals, %llu judged\n",
                  (unsigned long long)totals.delivered, (unsigned long long)totals.packets, (unsigned long long)totals.refused,
                  (unsigned long long)totals.let_go, (unsigned long long)totals.seals, (unsigned long long)totals.judged);
    assert_true(totals.delivered > 20000 && totals.judged > 20000);
}

static void law8_long_delays_cross_ages_and_rekeys(void **state)
{
    static const wrn_time delays[] = {40 * WRN_SECOND, 200 * WRN_SECOND, 600 * WRN_SECOND};
    struct totals         totals = {0};
    (void)state;
    for (uint64_t seed = 5000; seed < 5200; seed++)
        one(seed, (unsigned[]){2, 3, 8}[seed % 3], delays[seed / 3 % 3], 100, &totals);
    print_message("%llu of %llu delivered, %llu refused, %llu let go, %llu seals, %llu judged\n",
                  (unsigned long long)totals.delivered, (unsigned long long)totals.packets, (unsigned long long)totals.refused,
                  (unsigned long long)totals.let_go, (unsigned long long)totals.seals, (unsigned long long)totals.judged);
    assert_true(totals.refused > 0 && totals.judged > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(law8_any_schedule_is_safe),
        cmocka_unit_test(law8_long_delays_cross_ages_and_rekeys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
