#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Half paths in worlds: bursts of loss, slow links and their queues, changed bits, pieces. */

static struct small_plan small;

static uint64_t drops(const struct ran *ran, const char *reason)
{
    for (size_t i = 0; i < ran->results.drop_count; i++)
        if (strcmp(ran->results.drops[i].name, reason) == 0)
            return ran->results.drops[i].count;
    return 0;
}

static uint64_t marks(const struct ran *ran, const char *name)
{
    for (size_t i = 0; i < ran->results.mark_count; i++)
        if (strcmp(ran->results.marks[i].name, name) == 0)
            return ran->results.marks[i].count;
    fail_msg("no mark %s", name);
    return 0;
}

/* What reaches b, when, and what does not. */
struct arrivals {
    wrn_time times[4096], sent[4096];
    uint32_t count, gone, offered, bursts;
    bool     was_lost;
};

static void see(void *context, const struct sim_tap *tap)
{
    struct arrivals *seen = context;

    if (tap->length != 32 + 208) /* the flow's packets of 200 bytes */
        return;
    if (tap->side == SIM_UP && tap->node == 0) {
        if (!tap->lost)
            seen->sent[(seen->offered - seen->gone) % 4096] = tap->time;
        seen->bursts += tap->lost && !seen->was_lost;
        seen->gone += tap->lost;
        seen->was_lost = tap->lost;
        seen->offered++;
    } else if (tap->side == SIM_DOWN && tap->node == 1 && !tap->lost) {
        seen->times[seen->count++ % 4096] = tap->time;
    }
}

static struct ran run_seen(struct arrivals *seen)
{
    struct sim_options options = {.crypto = &wrn_crypto_sodium, .context = seen, .tap = see};
    struct sim_message message;
    struct ran ran = {.log = NULL};

    memset(seen, 0, sizeof *seen);
    ran.world = sim_world_create(&small.plan, &options, &test_host, &message);
    if (!ran.world)
        fail_msg("%s", message.text);
    ran.state = sim_world_run(ran.world, WRN_NEVER);
    sim_world_results(ran.world, &ran.results);
    return ran;
}

static struct arrivals seen;

static void plan_one_way(uint64_t count, wrn_time every)
{
    plan_two(&small, "links", 200 * WRN_SECOND);
    small.plan.path_count = 2;
    small.paths[1] = small.paths[0];
    small.nodes[0].path = 1;
    plan_flow(&small, 0, 1, WRN_SECOND, every, count);
}

static void bursts_are_as_long_and_as_rare_as_written(void **state)
{
    struct ran ran;

    (void)state;
    plan_one_way(30000, 5 * WRN_MILLISECOND);
    small.plan.checks = SIM_CHECKS_CHEAP;
    small.paths[1].up.loss = (struct sim_loss){.kind = SIM_LOSS_GILBERT, .chance = SIM_CERTAIN / 50, .recover = SIM_CERTAIN / 4,
                                               .bad = SIM_CERTAIN};
    ran = run_seen(&seen);
    assert_lawful(&ran);
    assert_int_equal(seen.offered, 30000);
    assert_in_range(seen.gone, 30000 * 65 / 1000, 30000 * 84 / 1000); /* p / (p + r) = 7.4 % */
    assert_in_range(seen.gone * 100 / seen.bursts, 360, 440);         /* 1 / r = 4 */
    run_end(&ran);
}

/* 1000 bytes per second; 240 + 28 bytes are 268 ms. Of ten at once three wait, one is sent, six are dropped. */
static void a_slow_link_takes_its_time_and_its_queue_is_short(void **state)
{
    struct ran ran;
    wrn_time first;

    (void)state;
    plan_one_way(11, 10 * WRN_SECOND);
    small.flows[0].count = 1;
    plan_flow(&small, 0, 1, 20 * WRN_SECOND, 1, 10);
    small.paths[1].up.rate.ps_per_byte = UINT64_C(1000000000);
    small.paths[1].up.queue.packets = 3;
    ran = run_seen(&seen);
    assert_lawful(&ran);
    assert_int_equal(drops(&ran, "link queue"), 6);
    assert_int_equal(marks(&ran, "queue_full"), 6);
    assert_int_equal(marks(&ran, "queued"), 9);
    assert_int_equal(seen.count, 5);
    first = seen.times[1];
    assert_int_equal(first, 20 * WRN_SECOND + 268 * WRN_MILLISECOND + 20 * WRN_MILLISECOND);
    for (uint32_t i = 2; i < 5; i++)
        assert_int_equal(seen.times[i], first + (i - 1) * 268 * WRN_MILLISECOND);
    run_end(&ran);
}

static void a_trace_is_a_rate(void **state)
{
    struct ran ran;

    (void)state;
    plan_one_way(3, WRN_SECOND);
    small.flows[0].start = 10 * WRN_SECOND;
    memcpy(small.numbers, (const uint64_t[]){10, 400, 700}, 3 * sizeof *small.numbers);
    small.plan.number_count = 3;
    small.paths[1].up.rate.count = 3;
    ran = run_seen(&seen);
    assert_lawful(&ran);
    /* 10 s lies 200 ms into a round of 700 ms; the initiation takes the moment at 10.2 s, and so on */
    assert_int_equal(seen.count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        uint64_t into = (seen.sent[i] / WRN_MILLISECOND) % 700;

        assert_true(into == 10 || into == 400 || into == 0);
        assert_int_equal(seen.sent[i] % WRN_MILLISECOND, 0);
    }
    run_end(&ran);
}

/* Twice what the link can: a long queue makes everybody wait, CoDel keeps the wait short and drops what is too much. */
static void codel_keeps_the_wait_short(void **state)
{
    static const struct sim_queue_rule rules[3] = {
        {.kind = SIM_DROPTAIL, .packets = 400},
        {.kind = SIM_CODEL, .packets = 400, .target = 20 * WRN_MILLISECOND, .interval = 100 * WRN_MILLISECOND},
        {.kind = SIM_FQ_CODEL, .packets = 400, .target = 20 * WRN_MILLISECOND, .interval = 100 * WRN_MILLISECOND}};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct ran ran;

        plan_one_way(4000, 10 * WRN_MILLISECOND);
        small.plan.checks = SIM_CHECKS_CHEAP;
        small.paths[1].up.rate.ps_per_byte = 20 * WRN_MILLISECOND * 1000 / 268;
        small.paths[1].up.queue = rules[i];
        ran = run_seen(&seen);
        assert_lawful(&ran);
        assert_int_equal(seen.count + drops(&ran, "link queue") + drops(&ran, "link codel"), 4000);
        assert_int_equal(drops(&ran, i == 0 ? "link codel" : "link queue"), 0);
        assert_true(seen.count >= 1990);
        /* after the last was offered, at 41 s, what still comes is what waited */
        if (i == 0)
            assert_true(seen.times[seen.count - 1] > 48 * WRN_SECOND);
        else
            assert_true(seen.times[seen.count - 1] < 43 * WRN_SECOND);
        run_end(&ran);
    }
}

/* What is capable of ECN is marked and comes through; S1 knows that a mark, and nothing else, may be new in a packet. */
static void p95_s1_codel_marks_what_can_be_marked(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct ran ran;

        plan_one_way(4000, 10 * WRN_MILLISECOND);
        small.flows[0].ecn = i % 2 == 0;
        small.flows[0].count = 2000;
        small.paths[1].up.rate.ps_per_byte = 11 * WRN_MILLISECOND * 1000 / 268;
        small.paths[1].up.queue = (struct sim_queue_rule){.kind = SIM_CODEL, .target = 20 * WRN_MILLISECOND,
                                                          .interval = 100 * WRN_MILLISECOND, .ecn = i < 2};
        ran = run_seen(&seen);
        assert_lawful(&ran);
        if (i == 0) {
            assert_int_equal(seen.count, 2000);
            assert_int_equal(drops(&ran, "link codel"), 0);
            assert_true(marks(&ran, "ecn_marked") > 20);
            assert_int_equal(marks(&ran, "ce_delivered"), marks(&ran, "ecn_marked"));
        } else {
            assert_true(drops(&ran, "link codel") > 20);
            assert_int_equal(marks(&ran, "ecn_marked") + marks(&ran, "ce_delivered"), 0);
        }
        run_end(&ran);
    }
}

static void s13_changed_datagrams_are_refused_in_silence(void **state)
{
    struct ran ran;

    (void)state;
    for (uint32_t bits = 1; bits <= 100; bits += 33) {
        plan_one_way(300, 500 * WRN_MILLISECOND);
        small.paths[1].up.corrupt = (struct sim_corrupt){SIM_CERTAIN / 5, bits};
        small.paths[1].down.corrupt = small.paths[1].up.corrupt;
        ran = run_seen(&seen);
        assert_lawful(&ran);
        assert_in_range(marks(&ran, "corrupted"), 40, 100);
        assert_true(checked(&ran, "S13") > 30);
        assert_in_range(ran.results.nodes[1].inner_delivered, 200, 270);
        run_end(&ran);
    }
}

static void pieces_are_as_late_as_the_latest_and_lost_together(void **state)
{
    struct ran ran;

    (void)state;
    for (uint32_t cut = 0; cut < 2; cut++) {
        plan_one_way(2000, 40 * WRN_MILLISECOND);
        small.plan.checks = SIM_CHECKS_CHEAP;
        small.paths[1].up.delay = (struct sim_draw){SIM_UNIFORM, 0, 100 * WRN_MILLISECOND};
        small.paths[1].up.loss = (struct sim_loss){.kind = SIM_LOSS_CHANCE, .chance = SIM_CERTAIN / 10};
        small.paths[1].mtu = cut ? 100 : 0;
        small.paths[1].fragment = true;
        ran = run_seen(&seen);
        assert_lawful(&ran);
        if (!cut) {
            assert_in_range(seen.count, 1750, 1850);
            assert_int_equal(marks(&ran, "fragmented"), 0);
        } else { /* three pieces: 0.9^3 of them */
            assert_in_range(seen.count, 1400, 1520);
            assert_true(marks(&ran, "fragmented") >= seen.count);
            assert_int_equal(drops(&ran, "link mtu"), 0);
        }
        run_end(&ran);
    }
}

static uint64_t drawn;
static struct sim_stream draws;

static uint64_t below(uint64_t bound)
{
    return sim_below(&draws, drawn++, bound);
}

static void draw_half(struct sim_half *half)
{
    static const struct sim_draw delays[] = {{SIM_FIXED, 30 * WRN_MILLISECOND, 0}, {SIM_PARETO, 20 * WRN_MILLISECOND, 1500},
                                             {SIM_NORMAL, 50 * WRN_MILLISECOND, 10 * WRN_MILLISECOND}};

    *half = (struct sim_half){.delay = delays[below(3)]};
    if (below(2))
        half->loss = (struct sim_loss){.kind = SIM_LOSS_GILBERT, .chance = (uint32_t)below(SIM_CERTAIN / 20),
                                       .recover = SIM_CERTAIN / 3, .bad = SIM_CERTAIN - SIM_CERTAIN / 4};
    if (below(2))
        half->corrupt = (struct sim_corrupt){(uint32_t)below(SIM_CERTAIN / 10), 1 + (uint32_t)below(200)};
    if (below(2)) {
        half->rate.ps_per_byte = 1000000 + below(UINT64_C(1) << 30);
        half->queue = (struct sim_queue_rule){.kind = (uint32_t)below(3), .packets = 1 + (uint32_t)below(50),
                                              .target = 5 * WRN_MILLISECOND, .interval = 100 * WRN_MILLISECOND,
                                              .ecn = below(2) == 0};
    }
    if (below(4) == 0)
        half->duplicate = SIM_CERTAIN / 20;
}

/* Whatever a link does, the honest engine is not accused, the books balance, and both queues tell the same story. */
static void s22_s27_any_mixture_is_lawful(void **state)
{
    const char *range = getenv("SIM_LINKS_SEEDS");
    const uint64_t seeds = range ? strtoull(range, NULL, 10) : 40;

    (void)state;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct ran ran, heap;

        sim_stream_init(&draws, seed, "links", "");
        drawn = 0;
        plan_two(&small, "mixture", 300 * WRN_SECOND);
        small.plan.seed = seed;
        small.plan.path_count = 4;
        for (unsigned i = 1; i < 4; i++) {
            draw_half(&small.paths[i].up);
            draw_half(&small.paths[i].down);
            small.paths[i].mtu = below(3) ? 0 : 150;
            small.paths[i].fragment = below(2) == 0;
        }
        small.nodes[0].path = 1;
        small.nodes[1].path = (uint32_t)below(3);
        plan_flow(&small, 0, 1, WRN_SECOND, (20 + below(3000)) * WRN_MILLISECOND, 0);
        plan_flow(&small, 1, 0, 2 * WRN_SECOND, (20 + below(9000)) * WRN_MILLISECOND, 0);
        small.flows[0].echo = below(2) == 0;
        small.flows[0].ecn = below(2) == 0;
        plan_event(&small, SIM_DO_PATH, below(200) * WRN_SECOND, 0)->path = 3;
        plan_event(&small, SIM_DO_PATH, below(200) * WRN_SECOND, 1)->path = 2;
        plan_event(&small, SIM_DO_PATH, below(300) * WRN_SECOND, 0)->path = 0;
        ran = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
        if (ran.results.first.there)
            print_error("seed %llu\n", (unsigned long long)seed);
        assert_lawful(&ran);
        heap = run_plan(&small, SIM_QUEUE_HEAP, NULL);
        assert_memory_equal(ran.results.trace_hash, heap.results.trace_hash, 32);
        run_end(&ran);
        run_end(&heap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bursts_are_as_long_and_as_rare_as_written),
        cmocka_unit_test(a_slow_link_takes_its_time_and_its_queue_is_short),
        cmocka_unit_test(a_trace_is_a_rate),
        cmocka_unit_test(codel_keeps_the_wait_short),
        cmocka_unit_test(p95_s1_codel_marks_what_can_be_marked),
        cmocka_unit_test(s13_changed_datagrams_are_refused_in_silence),
        cmocka_unit_test(pieces_are_as_late_as_the_latest_and_lost_together),
        cmocka_unit_test(s22_s27_any_mixture_is_lawful),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
