#define _POSIX_C_SOURCE 200809L

#include "worlds.h"

#include "scenario/scenario.h"
#include "sim/swarm.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

/* What the writer writes, the reader reads as the same world. */

static struct sim_swarm swarm;

static char *written(const struct sim_plan *plan, const struct sim_always *always, size_t count)
{
    struct sim_message message;
    char *text = sim_scenario_write(plan, always, count, &message);

    if (!text)
        fail_msg("%s: %s", plan->name, message.text);
    return text;
}

static struct sim_scenario *again(const char *text)
{
    struct sim_scenario_options options = {.file = "again"};
    struct sim_scenario_error error;
    struct sim_scenario *scenario = sim_scenario_read(&options, text, strlen(text), &error);

    if (!scenario)
        fail_msg("%s\n%s", error.text, text);
    return scenario;
}

static void hash_of(const struct sim_plan *plan, uint8_t hash[32])
{
    static struct small_plan small;
    struct ran ran;

    small.plan = *plan;
    ran = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    memcpy(hash, ran.results.trace_hash, 32);
    run_end(&ran);
}

static const char short_text[] = "warren: 1\nname: \"short\"\nseed: 1\nstop: 5s\n"
                                 "nodes:\n  a: {peer: b, keepalive: 2s, psk: true}\n  b: {}\n  c: {}\n  d: {}\n"
                                 "tunnels:\n  - {node: a c, peer: a c}\n  - {node: c, peer: d}\n"
                                 "  - {node: d, peer: c, keepalive: 3s}\n"
                                 "traffic:\n  - {from: a, to: b, send: 100B, every: 1s, identity: 7}\n";

/* The short form of a plan is as short as it can be, and the same world. */
static void short_forms_say_the_same(void **state)
{
    struct sim_message message;
    struct sim_scenario *scenario = again(short_text);
    char *text = sim_scenario_write_short(sim_scenario_plan(scenario), NULL, 0, &message);
    uint8_t before[32], after[32];
    struct sim_scenario *second;

    (void)state;
    assert_non_null(text);
    assert_string_equal(text, short_text);
    second = again(text);
    hash_of(sim_scenario_plan(scenario), before);
    hash_of(sim_scenario_plan(second), after);
    assert_memory_equal(before, after, 32);
    free(text);
    sim_scenario_close(scenario);
    sim_scenario_close(second);
}

/* Twice written is the same text, and the same trace hash. */
static void round_trip(const struct sim_plan *plan, const struct sim_always *always, size_t count, bool run)
{
    uint8_t before[32], after[32];
    char *first = written(plan, always, count), *second;
    struct sim_scenario *scenario = again(first);
    size_t always_count;
    const struct sim_always *read_always = sim_scenario_always(scenario, &always_count);

    assert_int_equal(always_count, count);
    second = written(sim_scenario_plan(scenario), read_always, always_count);
    assert_string_equal(first, second);
    if (run) {
        hash_of(plan, before);
        hash_of(sim_scenario_plan(scenario), after);
        assert_memory_equal(before, after, 32);
    }
    sim_scenario_close(scenario);
    free(first);
    free(second);
}

static void swarm_worlds_are_written_and_read(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        sim_swarm_draw(&swarm, seed);
        round_trip(&swarm.plan, NULL, 0, seed <= 20);
    }
}

static void ship(const char *path, bool run)
{
    struct sim_scenario_options options = {.file = path};
    struct sim_scenario_error error;
    struct sim_scenario *scenario = sim_scenario_open(&options, &error);
    const struct sim_always *always;
    size_t count;

    if (!scenario)
        fail_msg("%s", error.text);
    always = sim_scenario_always(scenario, &count);
    round_trip(sim_scenario_plan(scenario), always, count, run && sim_scenario_plan(scenario)->stop <= 600 * WRN_SECOND);
    sim_scenario_close(scenario);
}

/* All of them as text; some of them as worlds. */
static void shipped_scenarios_are_written_and_read(void **state)
{
    static const char *const some[] = {"/cgn", "/road", "/web", "p-166", "g-44", "/nat"};
    glob_t files;

    (void)state;
    assert_int_equal(glob(WARREN_CORPORA "/scenarios/*.yaml", 0, NULL, &files), 0);
    assert_int_equal(glob(WARREN_CORPORA "/scenarios/*/*.yaml", GLOB_APPEND, NULL, &files), 0);
    assert_true(files.gl_pathc > 15);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        bool run = false;

        for (size_t j = 0; j < sizeof some / sizeof *some; j++)
            run = run || strstr(files.gl_pathv[i], some[j]);
        ship(files.gl_pathv[i], run);
    }
    globfree(&files);
}

static const struct sim_plan *small_world(void)
{
    static struct small_plan small;

    plan_two(&small, "odd \"name\" \\ \t: # {", 60 * WRN_SECOND);
    plan_flow(&small, 0, 1, 0, WRN_SECOND, 0);
    small.flows[0].stop = small.plan.stop; /* a later one has a packet at the stop itself, and no file says that */
    plan_sort(&small);
    for (unsigned i = 0; i < 2; i++) {
        small.nodes[i].has_inner6 = true;
        small.nodes[i].inner6[0] = 0xfd;
        small.nodes[i].inner6[9] = (uint8_t)(i + 1);
        small.nodes[i].limits.peers = 16;
        small.nodes[i].limits.prefixes = 64;
    }
    return &small.plan;
}

static void single_values_are_written_and_read(void **state)
{
    struct sim_plan plan = *small_world();
    struct sim_path path = plan.paths[0];
    struct sim_node nodes[2] = {plan.nodes[0], plan.nodes[1]};
    const struct sim_expect expects[2] = {
        {.kind = SIM_EXPECT_UP, .end = plan.stop, .count = 1, .of_seeds = true, .seeds = 123456},
        {.kind = SIM_EXPECT_DELIVERED, .value = 3, .end = plan.stop, .count = 1, .of_seeds = true, .seeds = 950000}};
    const struct sim_pair pair = {0, 1};

    (void)state;
    plan.expects = expects;
    plan.expect_count = 2;
    plan.pairs = &pair;
    plan.pair_count = 1;
    plan.paths = &path;
    plan.nodes = nodes;
    path.up.late = path.down.late = (struct sim_draw){.kind = SIM_FIXED};
    round_trip(&plan, NULL, 0, true);
    plan.epoch_s = 951782400; /* 2000-02-29 */
    nodes[0].skew_ppb = -12345;
    nodes[0].clock_offset_ns = -(int64_t)(3 * WRN_SECOND) - 1;
    nodes[1].has_clock = false;
    nodes[1].outer = (struct wrn_endpoint){.address = {0x20, 1, 0x0d, 0xb8, [15] = 1}, .port = 9, .family = 6};
    memset(nodes[0].private_key, 0x42, 32);
    round_trip(&plan, NULL, 0, false);
    for (uint32_t chance = 1; chance != 0 && chance < UINT32_MAX - 5000001; chance += 5000001) {
        path.up.duplicate = chance;
        path.down.loss = (struct sim_loss){.kind = SIM_LOSS_CHANCE, .chance = UINT32_MAX - chance};
        round_trip(&plan, NULL, 0, false);
    }
}

static void clocks_and_sleep_are_written_and_read(void **state)
{
    static const struct sim_wall walls[] = {{SIM_WALL_KEPT, 0, 0}, {SIM_WALL_SHIFTED, -1, 0},
                                            {SIM_WALL_SHIFTED, 90 * (int64_t)WRN_SECOND, 0}, {SIM_WALL_SET, 0, 951782400},
                                            {SIM_WALL_NONE, 0, 0}};
    struct sim_plan plan = *small_world();
    struct sim_path path = plan.paths[0];
    struct sim_event events[5];

    (void)state;
    plan.paths = &path;
    plan.events = events;
    path.up.late = path.down.late = (struct sim_draw){.kind = SIM_FIXED};
    for (size_t i = 0; i < sizeof walls / sizeof *walls; i++) {
        for (unsigned j = 0; j < 5; j++)
            events[j] = (struct sim_event){.name = "x", .at = (j + 1) * WRN_SECOND, .until = WRN_NEVER,
                                           .kind = j < 4 ? SIM_DO_CLOCK + j : SIM_DO_RESTART, .path = SIM_NONE,
                                           .types = SIM_TYPES_ALL, .counts = i % 2 == 0, .wall = walls[i]};
        plan.event_count = 5;
        if (walls[i].kind != SIM_WALL_SHIFTED && walls[i].kind != SIM_WALL_SET)
            events[0].kind = SIM_DO_PAUSE;
        round_trip(&plan, NULL, 0, true);
    }
}

/* What a scenario can say at all is written and read back. */
static void every_key_is_written_and_read(void **state)
{
    static const char text[] =
        "warren: 1\nname: all of it\nseed: 9\nstop: 10m\nchecks: cheap\npaths:\n"
        "  a: {up: {loss: 3 of 4, delay: pareto(1ms 1.5)}, down: {loss: list(2 5), rate: 777kbps, queue: codel(5ms 100ms 9kB ecn)}}\n"
        "  b: {rate: list(1 5 9), corrupt: run(1% 9), mtu: 1300, larger: fragment, loss: gilbert(p=1% r=2%), late: exp(1s)}\n"
        "nats:\n  wall: {map: none, filter: address, shared: true}\n  cgn: {map: address, shared: true, refresh: both}\n"
        "  home: {behind: cgn, idle: uniform(30s 40s), preserve: false, parity: true, hairpin: true, ports: 2000-2009}\n"
        "  deep: {extends: home, behind: home}\n"
        "nodes:\n  hub: {path: a}\n"
        "  spoke: {count: 4, path: b, nat: mix(home=1 deep=1 none=1), peer: hub, psk: true, keepalive: 20s,\n"
        "          skew: uniform(-9ppm 9ppm)}\n"
        "  six: {listen: \"[2001:db8::5]:9\", nat: wall, peer: hub, mtu: 1280, limits: {window: 128, load: 5pps}}\n"
        "  wg1: {host: hub}\n  in: {over: hub}\n  in6: {over: in, listen: \"[fd00::8]:7\"}\n"
        "  bad: {role: attacker, spoof: 198.51.100.0/24, limits: {load: 9pps}, key: AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=}\n"
        "tunnels:\n  - {node: spoke.1, peer: spoke.2, allowed: [10.9.0.0/16, \"fd09::/64\"], endpoint: known}\n"
        "traffic:\n  - {from: spoke.all, to: hub, send: 100B, every: exp(9s), echo: true, ecn: true, start: 3s, for: 9m}\n"
        "  - {from: six, to: hub, send: 200B, every: 2s, ipv6: true, count: 7}\n"
        "timeline:\n  - {at: 1m, do: roam, who: spoke.all, nat: cgn}\n  - {at: 2m, do: roam, who: spoke.1, nat: none, path: none}\n"
        "  - {at: 3m, do: nat-reboot, nat: home}\n  - {at: 3m, do: nat-reboot, who: six}\n"
        "  - {at: 3m, do: path, who: bad, path: a, for: 10s}\n  - {at: 4m, do: flood, from: bad, to: hub, rate: 3pps, kind: data}\n"
        "  - {at: 4m, do: partition, split: spoke.1-2 spoke.4 | hub six, one_way: true, id: cut, for: 9s}\n"
        "  - {at: 4m, do: drop, who: hub, side: down, types: response data, count: 4}\n"
        "  - {at: 5m, do: reboot, who: spoke.2, stamp: lose, for: 8s}\n"
        "expect:\n  - {always: S4}\n  - {always: liveness.all}\n  - {sometimes: mark.initiation_sent}\n"
        "  - {that: not up(spoke.all->hub), during: cut}\n  - {that: delivered(spoke.1-2 spoke.4->hub) >= 12.5%, at: 9m}\n";
    struct sim_scenario *scenario = again(text);
    size_t count;
    const struct sim_always *always = sim_scenario_always(scenario, &count);

    (void)state;
    round_trip(sim_scenario_plan(scenario), always, count, true);
    sim_scenario_close(scenario);
}

static void settings_are_written_and_read(void **state)
{
    static const struct wrn_prefix prefixes[4] = {{.address = {10, 0, 0, 2}, .family = 4, .length = 32},
                                                  {.address = {10, 0, 0, 1}, .family = 4, .length = 32},
                                                  {.address = {10, 1}, .family = 4, .length = 16},
                                                  {.address = {0xfd, 7}, .family = 6, .length = 64}};
    struct sim_plan plan = *small_world();
    struct sim_path path = plan.paths[0];
    struct sim_peer peers[2] = {plan.peers[0], plan.peers[1]};
    struct sim_event events[SIM_SETS];

    (void)state;
    plan.paths = &path;
    plan.peers = peers;
    plan.events = events;
    plan.prefixes = prefixes;
    plan.prefix_count = 4;
    peers[1].absent = true;
    peers[0].first_prefix = 0;
    peers[1].first_prefix = 1;
    path.up.late = path.down.late = (struct sim_draw){.kind = SIM_FIXED};
    for (unsigned zero = 0; zero < 2; zero++) {
        for (uint32_t i = 0; i < SIM_SETS; i++) {
            events[i] = (struct sim_event){.name = "x", .at = (i + 1) * WRN_SECOND, .until = WRN_NEVER, .kind = SIM_DO_SET,
                                           .node = 1, .path = SIM_NONE, .types = SIM_TYPES_ALL, .set = i, .counts = true,
                                           .keep_stamp = true, .value = 68, .first_prefix = 2, .prefix_count = 2};
            if (i == SIM_SET_KEEPALIVE && zero)
                events[i].value = 0;
            if (i == SIM_SET_ENDPOINT && !zero)
                events[i].address = plan.nodes[0].outer;
            if (!zero)
                memset(events[i].key, 0x42, 32);
        }
        plan.event_count = SIM_SETS;
        round_trip(&plan, NULL, 0, true);
    }
}

static void what_files_cannot_say_is_refused(void **state)
{
    struct sim_plan plan = *small_world();
    struct sim_node nodes[2] = {plan.nodes[0], plan.nodes[1]};
    struct sim_message message;

    (void)state;
    plan.nodes = nodes;
    nodes[0].limits.stage_bytes++;
    assert_null(sim_scenario_write(&plan, NULL, 0, &message));
    assert_string_equal(message.text, "it has something that scenario files cannot say");
    nodes[0].limits.stage_bytes--;
    nodes[1].has_inner6 = false;
    assert_null(sim_scenario_write(&plan, NULL, 0, &message));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_forms_say_the_same),
        cmocka_unit_test(swarm_worlds_are_written_and_read), cmocka_unit_test(shipped_scenarios_are_written_and_read),
        cmocka_unit_test(every_key_is_written_and_read),
        cmocka_unit_test(single_values_are_written_and_read),
        cmocka_unit_test(clocks_and_sleep_are_written_and_read),
        cmocka_unit_test(settings_are_written_and_read), cmocka_unit_test(what_files_cannot_say_is_refused)};

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
