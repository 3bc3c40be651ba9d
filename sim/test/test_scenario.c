/* The scenario reader: what it refuses and how it says so, what it resolves to, and that no bytes can break it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenario/scenario.h"

static char *read_corpus(const char *name, size_t *size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", WARREN_CORPORA, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = malloc(1 << 20);
    assert_non_null(text);
    *size = fread(text, 1, (1 << 20) - 1, file);
    text[*size] = '\0';
    fclose(file);
    return text;
}

static struct sim_scenario *read_text(const char *text, size_t size, const char *const *sets, size_t count,
                                      struct sim_scenario_error *error)
{
    struct sim_scenario_options options = {.file = "x.yaml", .sets = sets, .set_count = count};
    return sim_scenario_read(&options, text, size, error);
}

static struct sim_scenario *good(const char *text)
{
    struct sim_scenario_error error;
    struct sim_scenario *scenario = read_text(text, strlen(text), NULL, 0, &error);
    if (!scenario)
        print_error("%s\n", error.text);
    assert_non_null(scenario);
    return scenario;
}

/* "x.yaml:3:1: why" of the corpus as the reader says it: "x.yaml:3:1: error: why". */
static void with_error(const char *line, char out[1100])
{
    int place = (int)strspn(line + 6, ":0123456789") + 6;
    snprintf(out, 1100, "%.*s error:%s", place, line, line + place);
}

/* corpora/scenarios-refused.txt: exact messages, one line each, no column outside its line. */
static void bad_scenarios_are_refused_with_their_message(void **state)
{
    size_t size, cases = 0;
    char *text = read_corpus("scenarios-refused.txt", &size);
    char *first = strstr(text, "\n### "), *at = first ? first + 1 : NULL;
    while (at) {
        char *line = strchr(at, '\n'), *next = strstr(line, "\n### ");
        char *begin = line + 1, *end = next ? next + 1 : text + size;
        struct sim_scenario_error error;
        char message[1100];
        *line = '\0';
        with_error(at + 4, message);
        struct sim_scenario *scenario = read_text(begin, (size_t)(end - begin), NULL, 0, &error);
        if (scenario)
            print_error("accepted: %s\n", at);
        assert_null(scenario);
        assert_string_equal(error.text, message);
        assert_true((error.line != 0) == (error.caret != 0) || error.source[0] == '\0');
        assert_null(strchr(error.text, '\n'));
        assert_true(error.caret <= strlen(error.source) + 1);
        cases++;
        at = next ? next + 1 : NULL;
    }
    assert_true(cases > 100);
    free(text);
    (void)state;
}

static void overrides_are_named_as_the_source_of_errors(void **state)
{
    static const char text[] = "warren: 1\nstop: 1m\npaths: {w: {loss: 1%}}\nnodes: {a: {path: w, peer: b}, b: {}}\n";
    static const struct {
        const char *set, *message;
    } cases[] = {
        {"paths.w.loss=5x", "--set paths.w.loss=5x: error: loss: '5x' is no loss; none, 2%, 1/10000, 3 of 4, or list(2 3 7)"},
        {"paths.v.loss=5%",
         "--set paths.v.loss=5%: error: no 'v' in this scenario; a path like nodes.NAME.KEY, paths.NAME.KEY or traffic.0.KEY"},
        {"paht.w.loss=5%", "--set paht.w.loss=5%: error: no 'paht' in this scenario; did you mean 'paths'?"},
        {"paths.w.lost=5%", "--set paths.w.lost=5%: error: unknown key 'lost' in path 'w'; did you mean 'loss'?"},
        {"stop", "--set stop: error: no PATH=VALUE; for example --set paths.lte.loss=5%"},
        {"=3", "--set =3: error: no PATH=VALUE; for example --set paths.lte.loss=5%"},
        {"nodes.a.nat=home", "--set nodes.a.nat=home: error: unknown nat 'home'; define it in nats, above"},
        {"traffic.0.every=1s",
         "--set traffic.0.every=1s: error: no 'traffic' in this scenario; a path like nodes.NAME.KEY, paths.NAME.KEY or "
         "traffic.0.KEY"},
        {"paths.w.delay=[1ms]", "--set paths.w.delay=[1ms]: error: a list or map; only single values can be set"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sim_scenario_error error;
        assert_null(read_text(text, strlen(text), &cases[i].set, 1, &error));
        assert_string_equal(error.text, cases[i].message);
    }
    (void)state;
}

static void overrides_apply_in_order_and_add_keys(void **state)
{
    static const char text[] = "warren: 1\nstop: 1m\nnodes: {a: {peer: b}, b: {}}\n";
    static const char *const sets[] = {"nodes.a.keepalive=10s", "nodes.a.keepalive=25s", "stop=2m", "seed=9"};
    struct sim_scenario_error error;
    struct sim_scenario *scenario = read_text(text, strlen(text), sets, 4, &error);
    assert_non_null(scenario);
    const struct sim_plan *plan = sim_scenario_plan(scenario);
    assert_int_equal(plan->peers[0].keepalive_s, 25);
    assert_int_equal(plan->stop, 120 * WRN_SECOND);
    assert_int_equal(plan->seed, 9);
    sim_scenario_close(scenario);
    (void)state;
}

static bool has_prefix(const struct sim_plan *plan, const struct sim_peer *peer, uint8_t family, uint8_t length, uint8_t last)
{
    for (uint32_t i = 0; i < peer->prefix_count; i++) {
        const struct wrn_prefix *prefix = &plan->prefixes[peer->first_prefix + i];
        if (prefix->family == family && prefix->length == length && prefix->address[family == 4 ? 3 : 15] == last)
            return true;
    }
    return false;
}

static void short_form_gives_addresses_keys_and_routes(void **state)
{
    struct sim_scenario *scenario = good("warren: 1\nstop: 1m\nnodes:\n  hub: {listen: 203.0.113.1:51820}\n"
                                         "  spoke: {count: 2, peer: hub, keepalive: 25s, psk: true}\n  leaf: {peer: spoke.2}\n");
    const struct sim_plan *plan = sim_scenario_plan(scenario);
    assert_int_equal(plan->node_count, 4);
    assert_int_equal(plan->peer_count, 6);
    assert_string_equal(plan->nodes[2].name, "spoke.2");
    assert_int_equal(plan->nodes[0].inner4[3], 1);
    assert_int_equal(plan->nodes[3].inner6[15], 4);
    assert_memory_not_equal(plan->nodes[1].private_key, plan->nodes[2].private_key, 32);
    /* hub -> spoke.1: exactly its addresses; hub -> spoke.2: also those of the leaf behind it. */
    const struct sim_peer *first = &plan->peers[0], *second = &plan->peers[1], *up = &plan->peers[2];
    assert_int_equal(first->peer, 1);
    assert_int_equal(first->prefix_count, 2);
    assert_false(first->endpoint_known);
    assert_true(has_prefix(plan, first, 4, 32, 2) && has_prefix(plan, first, 6, 128, 2));
    assert_int_equal(second->prefix_count, 4);
    assert_true(has_prefix(plan, second, 4, 32, 3) && has_prefix(plan, second, 4, 32, 4) && has_prefix(plan, second, 6, 128, 4));
    /* spoke.1 -> hub: everything, known address, keepalive; both sides share the derived key. */
    assert_int_equal(up->node, 1);
    assert_true(has_prefix(plan, up, 4, 8, 0) && has_prefix(plan, up, 6, 8, 0) && up->endpoint_known);
    assert_int_equal(up->keepalive_s, 25);
    assert_true(up->has_psk && first->has_psk);
    assert_memory_equal(up->psk, first->psk, 32);
    assert_memory_not_equal(up->psk, second->psk, 32);
    sim_scenario_close(scenario);
    (void)state;
}

static void keys_come_from_seed_and_name_alone(void **state)
{
    struct sim_scenario *one = good("warren: 1\nstop: 1m\nseed: 3\nnodes: {a: {}, b: {}, c: {}}\n");
    struct sim_scenario *two = good("warren: 1\nstop: 2m\nseed: 3\nnodes: {c: {}, b: {}}\n");
    struct sim_scenario *other = good("warren: 1\nstop: 1m\nseed: 4\nnodes: {a: {}, b: {}, c: {}}\n");
    const struct sim_plan *a = sim_scenario_plan(one), *b = sim_scenario_plan(two), *c = sim_scenario_plan(other);
    assert_memory_equal(a->nodes[2].private_key, b->nodes[0].private_key, 32);
    assert_memory_equal(a->nodes[1].private_key, b->nodes[1].private_key, 32);
    assert_memory_not_equal(a->nodes[1].private_key, c->nodes[1].private_key, 32);
    sim_scenario_close(one);
    sim_scenario_close(two);
    sim_scenario_close(other);
    (void)state;
}

static void values_are_exact(void **state)
{
    struct sim_scenario *scenario = good(
        "warren: 1\nstop: 1h2m3.5s\nepoch: \"2000-03-01T00:00:01Z\"\npaths:\n"
        "  a: {delay: normal(45ms 1.5us), loss: 0.4%, duplicate: 1/3, reorder: 100%, late: exp(7ns)}\n"
        "  b: {extends: a, loss: 3 of 4, up: {delay: 1ms}, down: {loss: list(2 30 700)}, mtu: 1280}\n"
        "nodes: {x: {path: b, skew: -50ppm, clock: -1m, listen: \"[2001:db8::ff00:1]:65535\"}, y: {clock: none, start: down}}\n");
    const struct sim_plan *plan = sim_scenario_plan(scenario);
    const struct sim_path *a = &plan->paths[0], *b = &plan->paths[1];
    assert_int_equal(plan->stop, 3723 * WRN_SECOND + 500 * WRN_MILLISECOND);
    assert_int_equal(plan->epoch_s, 951868801);
    assert_int_equal(a->up.delay.kind, SIM_NORMAL);
    assert_int_equal(a->up.delay.a, 45 * WRN_MILLISECOND);
    assert_int_equal(a->down.delay.b, 1500);
    assert_int_equal(a->up.loss.chance, 17179869); /* 0.004 * 2^32 = 17179869.18 */
    assert_int_equal(a->up.duplicate, 1431655765);
    assert_int_equal(a->up.reorder, SIM_CERTAIN);
    assert_int_equal(a->up.late.a, 7);
    assert_int_equal(b->up.delay.a, WRN_MILLISECOND);
    assert_int_equal(b->down.delay.a, 45 * WRN_MILLISECOND);
    assert_int_equal(b->up.loss.kind, SIM_LOSS_PATTERN);
    assert_int_equal(b->up.loss.n * 10 + b->up.loss.m, 34);
    assert_int_equal(b->down.loss.kind, SIM_LOSS_LIST);
    assert_int_equal(b->down.loss.count, 3);
    assert_int_equal(plan->numbers[b->down.loss.first + 2], 700);
    assert_int_equal(b->mtu, 1280);
    assert_int_equal(plan->nodes[0].skew_ppb, -50000);
    assert_int_equal(plan->nodes[0].clock_offset_ns, -60 * (int64_t)WRN_SECOND);
    assert_int_equal(plan->nodes[0].outer.port, 65535);
    assert_int_equal(plan->nodes[0].outer.address[1] << 8 | plan->nodes[0].outer.address[12], 0x01ff);
    assert_true(plan->nodes[0].has_clock && !plan->nodes[1].has_clock && plan->nodes[1].starts_down);
    sim_scenario_close(scenario);
    (void)state;
}

static void links_are_exact(void **state)
{
    struct sim_scenario *scenario = good(
        "warren: 1\nstop: 1m\npaths:\n"
        "  a: {rate: 3mbps, loss: gilbert(r=30% p=0.4%), corrupt: 1/4, delay: pareto(20ms 1.25), mtu: 1200, larger: fragment}\n"
        "  b: {extends: a, rate: none, down: {rate: 64kbps, queue: fq_codel(10ms 200ms 64kB)}, corrupt: run(50% 64)}\n"
        "  c: {rate: 1gbps, queue: droptail(7 packets), up: {queue: codel(5ms 100ms 9 packets ecn)}}\n"
        "nodes: {x: {path: a}, y: {}}\n");
    const struct sim_plan *plan = sim_scenario_plan(scenario);
    const struct sim_path *a = &plan->paths[0], *b = &plan->paths[1], *c = &plan->paths[2];
    assert_int_equal(a->up.rate.ps_per_byte, 2666667);
    assert_int_equal(a->up.queue.kind, SIM_DROPTAIL);
    assert_int_equal(a->up.queue.packets, 1000);
    assert_int_equal(a->up.loss.kind, SIM_LOSS_GILBERT);
    assert_int_equal(a->up.loss.chance, 17179869);
    assert_int_equal(a->up.loss.recover, 1288490189);
    assert_int_equal(a->up.loss.bad, SIM_CERTAIN);
    assert_int_equal(a->down.corrupt.chance, 1073741824);
    assert_int_equal(a->down.corrupt.bits, 1);
    assert_int_equal(a->up.delay.kind, SIM_PARETO);
    assert_int_equal(a->up.delay.a * 10000 + a->up.delay.b, 20 * WRN_MILLISECOND * 10000 + 1250);
    assert_true(a->fragment && b->fragment && !c->fragment);
    assert_int_equal(b->up.rate.ps_per_byte + b->up.queue.packets, 0);
    assert_int_equal(b->down.rate.ps_per_byte, 125000000);
    assert_int_equal(b->down.queue.kind, SIM_FQ_CODEL);
    assert_int_equal(b->down.queue.bytes, 64000);
    assert_int_equal(b->down.queue.packets, 0);
    assert_int_equal(b->down.queue.target, 10 * WRN_MILLISECOND);
    assert_int_equal(b->down.queue.interval, 200 * WRN_MILLISECOND);
    assert_int_equal(b->up.corrupt.bits, 64);
    assert_int_equal(c->down.queue.packets, 7);
    assert_int_equal(c->up.queue.kind, SIM_CODEL);
    assert_int_equal(c->up.queue.packets, 9);
    assert_true(c->up.queue.ecn && !c->down.queue.ecn);
    assert_int_equal(c->up.queue.target, 5 * WRN_MILLISECOND);
    sim_scenario_close(scenario);
    (void)state;
}

static void times_read_back_as_written(void **state)
{
    static const char *const texts[] = {"0s", "7ns", "12us", "45ms", "1s", "9m30s", "1h", "1h2m3s4ms", "3s7ns"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        wrn_time time;
        char back[32];
        assert_true(sim_scenario_time(texts[i], &time));
        sim_scenario_time_text(time, back);
        assert_string_equal(back, texts[i]);
    }
    (void)state;
}

static void selectors_make_flows_and_pairs(void **state)
{
    struct sim_scenario *scenario =
        good("warren: 1\nstop: 1m\nnodes:\n  hub:\n  spoke: {count: 12, peer: hub}\ntraffic:\n"
             "  - {from: spoke.all, to: hub, send: 60B, every: 1s}\n  - {from: [hub, spoke.3], to: spoke.10-12, send: 60B, "
             "every: 1s}\n"
             "timeline:\n  - {at: 10s, do: partition, split: spoke.2-3 spoke.5 | hub, for: 20s}\nexpect:\n"
             "  - {that: delivered(spoke.all->hub) >= 99.5%}\n  - {that: up(spoke.2-3->hub), within: 9s, after: partition}\n"
             "  - {always: safety.all}\n  - {that: up(spoke.2->hub), within: 9s, seeds: 95%}\n");
    const struct sim_plan *plan = sim_scenario_plan(scenario);
    size_t always;
    assert_int_equal(plan->flow_count, 12 + 6);
    assert_int_equal(plan->expects[0].count, 12);
    assert_int_equal(plan->expects[0].value, 995000);
    assert_true(plan->expects[0].share);
    assert_int_equal(plan->expects[1].begin, 30 * WRN_SECOND);
    assert_int_equal(plan->expects[1].end, 39 * WRN_SECOND);
    assert_string_equal(plan->expects[1].text, "up(spoke.2-3->hub) within 9s after partition");
    assert_false(plan->expects[1].of_seeds);
    assert_true(plan->expects[2].of_seeds);
    assert_int_equal(plan->expects[2].seeds, 950000);
    assert_string_equal(plan->expects[2].text, "up(spoke.2->hub) within 9s in 95% of seeds");
    assert_int_equal(plan->events[0].count_a, 3);
    assert_int_equal(plan->numbers[plan->events[0].first_a + 2], 5);
    assert_int_equal(plan->events[0].until, 30 * WRN_SECOND);
    assert_string_equal(sim_scenario_always(scenario, &always)[0].id, "S");
    assert_int_equal(always, 1);
    /* Two flows between the same nodes draw apart. */
    assert_int_not_equal(plan->flows[0].identity, plan->flows[12].identity);
    sim_scenario_close(scenario);
    (void)state;
}

/* Neither where an entry stands nor what else is in the file changes its draws. */
static void flows_are_known_by_their_ends(void **state)
{
    static const char plain[] = "warren: 1\nstop: 9s\nnodes:\n  a: {peer: b}\n  b: {}\ntraffic:\n"
                                "  - {from: a, to: b, send: 200B, every: 1s}\n  - {from: a, to: b, send: 300B, every: 2s}\n"
                                "  - {from: b, to: a, send: 200B, every: 1s}\n";
    static const char moved[] = "# a word\nwarren: 1\nstop: 9s\n\nnodes:\n  c: {peer: b}\n  a: {peer: b}\n  b: {}\ntraffic:\n"
                                "  - {from: c, to: b, send: 200B, every: 1s}\n  - {from: b, to: a, send: 200B, every: 1s}\n"
                                "  - {from: a, to: b, send: 999B, every: exp(1s), echo: true}\n"
                                "  - {from: a, to: b, send: 300B, every: 2s}\n";
    struct sim_scenario *one = good(plain), *other = good(moved);
    const struct sim_flow *flows = sim_scenario_plan(one)->flows, *others = sim_scenario_plan(other)->flows;

    assert_int_equal(flows[0].identity, others[2].identity);
    assert_int_equal(flows[1].identity, others[3].identity);
    assert_int_equal(flows[2].identity, others[1].identity);
    assert_int_not_equal(flows[0].identity, flows[1].identity);
    sim_scenario_close(one);
    sim_scenario_close(other);
    (void)state;
}

static void every_row_of_the_schema_prints(void **state)
{
    struct sim_scenario_key key;
    size_t count = 0;
    for (; sim_scenario_schema(count, &key); count++) {
        assert_true(key.name[0] && key.section[0] && key.doc[0] && key.type[0]);
        assert_true(key.right && key.place && (key.built || !key.example[0]));
    }
    assert_true(count > 80);
    (void)state;
}

/* Any bytes end in a plan or in one line of error. The sanitizers watch. */
static void try_bytes(const char *text, size_t size)
{
    struct sim_scenario_error error;
    struct sim_scenario *scenario = read_text(text, size, NULL, 0, &error);
    if (!scenario) {
        assert_true(strncmp(error.text, "x.yaml", 6) == 0);
        assert_null(strchr(error.text, '\n'));
    }
    sim_scenario_close(scenario);
}

static void broken_files_never_crash(void **state)
{
    static const char *const names[] = {"scenarios/two-peers.yaml", "scenarios/demo.yaml", "scenarios/replay-attacker.yaml"};
    uint32_t random = 1;
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        size_t size;
        char *text = read_corpus(names[n], &size), *copy = malloc(size);
        assert_non_null(copy);
        for (size_t cut = 0; cut < size; cut += 5)
            try_bytes(text, cut);
        for (unsigned i = 0; i < 1500; i++) {
            memcpy(copy, text, size);
            for (unsigned flips = 0; flips <= i % 3; flips++) {
                random = random * 1664525u + 1013904223u;
                size_t where = (random >> 8) % size;
                random = random * 1664525u + 1013904223u;
                unsigned flipped = (unsigned char)copy[where] ^ 1u << (random >> 24 & 7);
                copy[where] = i & 1 ? (char)flipped : "{}[]:,-#&*!|>'\"\n"[random >> 24 & 15];
            }
            try_bytes(copy, size);
        }
        free(copy);
        free(text);
    }
    (void)state;
}

static void large_files_are_refused(void **state)
{
    size_t size = (4u << 20) + 1;
    char *text = malloc(size);
    struct sim_scenario_error error;
    assert_non_null(text);
    memset(text, ' ', size);
    memcpy(text, "warren: 1\n#", 11);
    assert_null(read_text(text, size, NULL, 0, &error));
    assert_string_equal(error.text, "x.yaml: error: 4194305 bytes; at most 4194304");
    size_t length = (size_t)sprintf(text, "warren: 1\nnodes: [");
    for (unsigned i = 0; i < 260000; i++, length += 2)
        memcpy(text + length, "1,", 2);
    assert_null(read_text(text, length, NULL, 0, &error));
    assert_non_null(strstr(error.text, "more than 250000 values; use 'count:'"));
    free(text);
    (void)state;
}

/* What would grow or take long is refused before it does: not a count of names that is quadratic, not a tower of levels. */
static void bombs_are_refused(void **state)
{
    size_t length = 0, size = 3u << 20;
    char *text = malloc(size);
    struct sim_scenario_error error;
    assert_non_null(text);
    length = (size_t)sprintf(text, "warren: 1\nstop: 1m\nnodes:\n");
    for (unsigned i = 0; i < 100000; i++)
        length += (size_t)sprintf(text + length, "  n%u: {a: 1}\n", i);
    assert_null(read_text(text, length, NULL, 0, &error));
    assert_non_null(strstr(error.text, "x.yaml:4:8: error: unknown key 'a' in node 'n0'"));
    length = (size_t)sprintf(text, "warren: 1\nstop: 1m\nnodes: ");
    memset(text + length, '[', 200000);
    assert_null(read_text(text, length + 200000, NULL, 0, &error));
    assert_non_null(strstr(error.text, "nested deeper than 8 levels"));
    length = (size_t)sprintf(text, "warren: 1\nstop: 1m\na: &a [x,x,x,x,x,x,x,x,x]\n");
    for (char c = 'b'; c < 'k'; c++)
        length += (size_t)sprintf(text + length, "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c - 1, c - 1, c - 1,
                                  c - 1, c - 1, c - 1, c - 1, c - 1, c - 1);
    assert_null(read_text(text, length, NULL, 0, &error));
    assert_non_null(strstr(error.text, "x.yaml:3:7: error: an anchor before this value"));
    static const char flows[] = "warren: 1\nstop: 1m\nnodes: {h: {}, s: {count: 3000, peer: h}}\n"
                                "traffic: [{from: s.all, to: s.all, send: 100B, every: 1s}]\n";
    assert_null(read_text(flows, strlen(flows), NULL, 0, &error));
    assert_non_null(strstr(error.text, "resolves to more than 4194304 items of one kind"));
    free(text);
    (void)state;
}

/* What grows with the square of the nodes would not end. */
static void many_nodes_are_read(void **state)
{
    struct sim_scenario *scenario = good("warren: 1\nstop: 1m\nnats: {home: {}}\nnodes:\n  hub: {listen: 203.0.113.1:51820}\n"
                                         "  spoke: {count: 60000, peer: hub, nat: mix(home=1 none=1)}\n"
                                         "traffic: [{from: spoke.all, to: hub, send: 100B, every: 1s}]\n"
                                         "expect: [{that: delivered(spoke.all->hub) >= 1}]\n");
    assert_int_equal(sim_scenario_plan(scenario)->node_count, 60001);
    assert_int_equal(sim_scenario_plan(scenario)->flow_count, 60000);
    sim_scenario_close(scenario);
    (void)state;
}

static void no_file_is_said(void **state)
{
    struct sim_scenario_options options = {.file = "/nowhere/x.yaml"};
    struct sim_scenario_error error;
    assert_null(sim_scenario_open(&options, &error));
    assert_string_equal(error.text, "/nowhere/x.yaml: error: cannot be read: No such file or directory; a scenario file");
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_scenarios_are_refused_with_their_message),
        cmocka_unit_test(overrides_are_named_as_the_source_of_errors),
        cmocka_unit_test(overrides_apply_in_order_and_add_keys),
        cmocka_unit_test(short_form_gives_addresses_keys_and_routes),
        cmocka_unit_test(keys_come_from_seed_and_name_alone),
        cmocka_unit_test(values_are_exact),
        cmocka_unit_test(links_are_exact),
        cmocka_unit_test(times_read_back_as_written),
        cmocka_unit_test(selectors_make_flows_and_pairs),
        cmocka_unit_test(flows_are_known_by_their_ends),
        cmocka_unit_test(every_row_of_the_schema_prints),
        cmocka_unit_test(broken_files_never_crash),
        cmocka_unit_test(large_files_are_refused),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(many_nodes_are_read),
        cmocka_unit_test(no_file_is_said),
    };
    return cmocka_run_group_tests_name("scenario", tests, NULL, NULL);
}
