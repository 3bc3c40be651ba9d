#include "worlds.h"

#include "scenario/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

/* Floods: what arrives is what was asked for, and what an engine answers shows that it is taken for that. */

#define S WRN_SECOND

static struct small_plan small;

static struct sim_event *flood(uint32_t types, bool mac1, uint32_t rate, wrn_time until)
{
    struct sim_event *event;
    uint32_t attacker;

    plan_two(&small, "flood", 10 * S);
    attacker = plan_node(&small, "mallory");
    small.nodes[attacker].role = SIM_ROLE_ATTACKER;
    small.nodes[attacker].spoof = (struct wrn_prefix){.address = {198, 51, 100}, .family = 4, .length = 24};
    small.numbers[0] = 1;
    small.plan.number_count = 1;
    event = plan_event(&small, SIM_DO_FLOOD, S, attacker);
    event->types = types;
    event->mac1 = mac1;
    event->rate = rate;
    event->until = until;
    event->count_a = 1;
    return event;
}

static uint64_t named(const struct sim_count *counts, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(counts[i].name, name) == 0)
            return counts[i].count;
    return 0;
}

static uint64_t mark(const struct ran *ran, const char *name)
{
    return named(ran->results.marks, ran->results.mark_count, name);
}

static uint64_t drops(const struct ran *ran, const char *name)
{
    return named(ran->results.drops, ran->results.drop_count, name);
}

static struct ran run(void)
{
    struct ran ran = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);

    assert_lawful(&ran);
    return ran;
}

static void rate_and_time_are_kept(void **state)
{
    struct ran ran;

    (void)state;
    flood(2, true, 300, 3 * S);
    ran = run();
    assert_int_equal(mark(&ran, "flooded"), 600);
    assert_int_equal(ran.results.nodes[2].datagrams_sent, 600);
    assert_int_equal(ran.results.nodes[2].bytes_sent, 600 * 148);
    run_end(&ran);
}

static void valid_mac1_is_answered_by_cookies_under_load_only(void **state)
{
    struct ran ran;

    (void)state;
    flood(2, true, 2000, 4 * S);
    small.nodes[1].load_rate = small.nodes[1].load_burst = 100;
    ran = run();
    assert_true(mark(&ran, "load_changed") == 2);
    assert_true(mark(&ran, "cookie_reply_sent") > 5000);
    assert_true(ran.results.nodes[1].dh < 400); /* of 6000 */
    run_end(&ran);
}

static void invalid_mac1_is_silence(void **state)
{
    struct ran ran;

    (void)state;
    flood(2, false, 2000, 4 * S);
    ran = run();
    assert_int_equal(drops(&ran, "mac1"), 6000);
    assert_int_equal(mark(&ran, "cookie_reply_sent"), 0);
    assert_int_equal(mark(&ran, "load_changed"), 0);
    run_end(&ran);
}

static void every_form_is_refused_as_that_form(void **state)
{
    static const struct { uint32_t types; const char *reason; } forms[] = {
        {1, "type"}, {2, "handshake"}, {4, "unsolicited"}, {8, "unsolicited"}, {16, "index"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct ran ran;

        flood(forms[i].types, (forms[i].types & SIM_TYPES_HANDSHAKE) != 0, 50, 2 * S);
        ran = run();
        if (drops(&ran, forms[i].reason) != 50) {
            for (size_t j = 0; j < ran.results.drop_count; j++)
                print_message("%s %llu\n", ran.results.drops[j].name, (unsigned long long)ran.results.drops[j].count);
            fail_msg("flood of %u: not all refused for %s", forms[i].types, forms[i].reason);
        }
        run_end(&ran);
    }
}

struct sources { size_t count, own, outside, same; struct wrn_endpoint last; };

static void see_source(void *context, const struct sim_tap *tap)
{
    struct sources *sources = context;

    if (tap->side != SIM_DOWN || tap->node != 1 || tap->length != 148)
        return;
    sources->count++;
    sources->own += tap->source.address[0] == 192;
    sources->outside += memcmp(tap->source.address, (const uint8_t[3]){198, 51, 100}, 3) != 0;
    sources->same += memcmp(&tap->source, &sources->last, sizeof tap->source) == 0;
    sources->last = tap->source;
}

static struct sources watched(void)
{
    struct sources sources = {0};
    struct sim_options options = {.crypto = &wrn_crypto_sodium, .context = &sources, .tap = see_source};
    struct sim_message message;
    struct sim_world *world = sim_world_create(&small.plan, &options, &test_host, &message);

    assert_non_null(world);
    assert_int_equal(sim_world_run(world, WRN_NEVER), SIM_FINISHED);
    sim_world_end(world);
    return sources;
}

static void sources_are_forged_from_the_prefix(void **state)
{
    struct sources sources;

    (void)state;
    flood(2, true, 100, 3 * S);
    sources = watched();
    assert_int_equal(sources.count, 200);
    assert_int_equal(sources.own, 0);
    assert_int_equal(sources.outside, 0);
    assert_int_equal(sources.same, 0);
    small.nodes[2].spoof.family = 0;
    sources = watched();
    assert_int_equal(sources.count, 200);
    assert_int_equal(sources.own, 200);
    assert_int_equal(sources.same, 199);
}

static void draws_are_keyed_by_name(void **state)
{
    struct ran first, second;

    (void)state;
    flood(2, true, 100, 3 * S);
    first = run();
    plan_event(&small, SIM_DO_HEAL, 9 * S, SIM_NONE);
    small.events[1] = small.events[0];
    small.events[0] = (struct sim_event){.name = "heal", .at = 9 * S, .kind = SIM_DO_HEAL, .node = SIM_NONE};
    second = run();
    assert_int_equal(first.results.nodes[1].chain, second.results.nodes[1].chain);
    run_end(&second);
    strcpy(small.events[1].name, "other");
    second = run();
    assert_int_not_equal(first.results.nodes[1].chain, second.results.nodes[1].chain);
    run_end(&first);
    run_end(&second);
}

static void refused(const char *why)
{
    struct sim_message message;

    assert_false(sim_plan_check(&small.plan, &message));
    if (!strstr(message.text, why))
        fail_msg("'%s' lacks '%s'", message.text, why);
}

static void plans_of_floods_are_checked(void **state)
{
    struct sim_event *event = flood(2, true, 100, 3 * S);
    struct sim_message message;

    (void)state;
    assert_true(sim_plan_check(&small.plan, &message));
    event->rate = 0;
    refused("datagrams per second");
    event->rate = 1;
    event->types = SIM_TYPES_HANDSHAKE;
    refused("one type");
    event->types = 2;
    event->count_a = 0;
    refused("to nobody");
    event->count_a = 1;
    small.numbers[0] = 2;
    refused("goes to peers");
    small.numbers[0] = 1;
    event->node = 0;
    refused("only an attacker floods");
    event->node = 2;
    small.nodes[2].spoof.length = 33;
    refused("forged addresses");
    small.nodes[2].spoof = (struct wrn_prefix){.family = 6, .length = 64};
    refused("forged addresses");
    small.nodes[2].spoof.family = 0;
    small.nodes[0].spoof = (struct wrn_prefix){.family = 4, .length = 24};
    refused("forged addresses");
}

#define HEAD "warren: 1\nname: x\nseed: 1\nstop: 10m\nnodes:\n  hub: {}\n  spoke: {peer: hub}\n"
#define FLOODER "  flooder: {role: attacker, spoof: 198.51.100.0/24}\n"

static struct sim_scenario *read_text(const char *text, struct sim_scenario_error *error)
{
    struct sim_scenario_options options = {.file = "x.yaml"};

    return sim_scenario_read(&options, text, strlen(text), error);
}

static void the_line_is_read_and_written(void **state)
{
    static const char text[] = HEAD FLOODER "timeline:\n  - {at: 4m, do: flood,     from: flooder, to: hub, kind: initiation, "
        "mac1: valid, rate: 20kpps, for: 60s}\n"
        "  - {at: 5m, do: flood, from: flooder, to: hub spoke, kind: garbage, rate: 100/s}\n";
    struct sim_scenario_error error;
    struct sim_scenario *scenario = read_text(text, &error), *back;
    const struct sim_event *events;
    struct sim_message message;
    char *written;

    (void)state;
    if (!scenario)
        fail_msg("%s", error.text);
    events = sim_scenario_plan(scenario)->events;
    assert_int_equal(events[0].kind, SIM_DO_FLOOD);
    assert_int_equal(events[0].node, 2);
    assert_int_equal(events[0].types, 2);
    assert_int_equal(events[0].rate, 20000);
    assert_true(events[0].mac1);
    assert_true(events[0].until == 300 * S);
    assert_int_equal(events[1].types, 1);
    assert_int_equal(events[1].rate, 100);
    assert_int_equal(events[1].count_a, 2);
    assert_true(events[1].until == WRN_NEVER);
    assert_int_equal(sim_scenario_plan(scenario)->nodes[2].spoof.length, 24);
    written = sim_scenario_write(sim_scenario_plan(scenario), NULL, 0, &message);
    if (!written)
        fail_msg("%s", message.text);
    assert_non_null(strstr(written, "spoof: 198.51.100.0/24"));
    assert_non_null(strstr(written, "rate: 20000pps, for: 1m"));
    back = read_text(written, &error);
    assert_non_null(back);
    sim_scenario_close(back);
    sim_scenario_close(scenario);
    free(written);
}

static void wrong_lines_are_refused(void **state)
{
    static const struct { const char *text, *why; } wrong[] = {
        {HEAD FLOODER "timeline:\n  - {at: 1s, do: flood, from: spoke, to: hub, rate: 1pps}\n", "from: 'spoke' is a peer"},
        {HEAD FLOODER "timeline:\n  - {at: 1s, do: flood, from: flooder, to: flooder, rate: 1pps}\n", "goes to peers"},
        {HEAD FLOODER "timeline:\n  - {at: 1s, do: flood, from: flooder, to: hub}\n", "lacks 'rate'"},
        {HEAD FLOODER "timeline:\n  - {at: 1s, do: flood, from: flooder, to: hub, rate: 1pps, kind: data, mac1: valid}\n",
         "only initiations and responses"},
        {HEAD "  bad: {spoof: 198.51.100.0/24}\n", "only attackers"},
        {HEAD "  bad: {role: attacker, spoof: nowhere}\n", "is no prefix"},
    };
    struct sim_scenario_error error;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(read_text(wrong[i].text, &error));
        if (!strstr(error.text, wrong[i].why))
            fail_msg("'%s' lacks '%s'", error.text, wrong[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rate_and_time_are_kept),
        cmocka_unit_test(valid_mac1_is_answered_by_cookies_under_load_only),
        cmocka_unit_test(invalid_mac1_is_silence),
        cmocka_unit_test(every_form_is_refused_as_that_form),
        cmocka_unit_test(sources_are_forged_from_the_prefix),
        cmocka_unit_test(draws_are_keyed_by_name),
        cmocka_unit_test(plans_of_floods_are_checked),
        cmocka_unit_test(the_line_is_read_and_written),
        cmocka_unit_test(wrong_lines_are_refused),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
