#include "parts.h"
#include "secrets.h"
#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Attackers do what they are said to do, and an engine that forgets too little fails the drill of S24. */

#define S WRN_SECOND

static struct small_plan small;

/* a (0) and b (1) with a packet each way every 100 ms, mallory (2), who watches a; group 0 is a, group 1 is b. */
static void begin(wrn_time stop)
{
    plan_two(&small, "attacks", stop);
    plan_flow(&small, 0, 1, S, 100 * WRN_MILLISECOND, 0);
    plan_flow(&small, 1, 0, S, 100 * WRN_MILLISECOND, 0);
    small.nodes[plan_node(&small, "mallory")].role = SIM_ROLE_ATTACKER;
    small.numbers[0] = 0;
    small.numbers[1] = 1;
    small.plan.number_count = 2;
}

static struct sim_event *attack(uint32_t kind, wrn_time at)
{
    struct sim_event *event = plan_event(&small, kind, at, kind == SIM_DO_MISBEHAVE ? 0 : 2);

    event->types = SIM_TYPES_ALL;
    event->until = WRN_NEVER;
    event->chance = SIM_CERTAIN;
    event->count_a = 1;
    event->first_a = kind == SIM_DO_MISBEHAVE || kind == SIM_DO_THIEF;
    return event;
}

static struct ran run(void)
{
    struct ran ran;

    plan_sort(&small);
    ran = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    assert_lawful(&ran);
    return ran;
}

static uint64_t mark(const struct ran *ran, const char *name)
{
    for (size_t i = 0; i < ran->results.mark_count; i++)
        if (strcmp(ran->results.marks[i].name, name) == 0)
            return ran->results.marks[i].count;
    fail_msg("no mark %s", name);
    return 0;
}

static void what_is_altered_never_comes_out(void **state)
{
    (void)state;
    for (uint32_t change = SIM_CHANGE_ANY; change < SIM_CHANGES; change++) {
        struct sim_event *event;
        struct ran ran;
        uint64_t delivered;

        begin(20 * S);
        event = attack(SIM_DO_TAMPER, 10 * S);
        event->change = change;
        event->types = 1u << 4;
        event->until = 15 * S;
        ran = run();
        delivered = ran.results.nodes[0].inner_delivered + ran.results.nodes[1].inner_delivered;
        assert_true(mark(&ran, "tampered") >= 98);
        assert_true(delivered >= 276 && delivered <= 284);
        run_end(&ran);
    }
}

static void a_share_and_a_count(void **state)
{
    struct sim_event *event;
    struct ran ran;

    (void)state;
    begin(100 * S);
    event = attack(SIM_DO_TAMPER, 10 * S);
    event->chance = SIM_CERTAIN / 4;
    ran = run();
    assert_in_range(mark(&ran, "tampered"), 400, 500); /* of 1800 */
    run_end(&ran);
    begin(100 * S);
    attack(SIM_DO_TAMPER, 10 * S)->count = 7;
    ran = run();
    assert_int_equal(mark(&ran, "tampered"), 7);
    run_end(&ran);
}

/* Another attack beside it, and a node less to watch, change nothing of what is drawn. */
static void draws_are_the_attacks_own(void **state)
{
    struct sim_event *event;
    uint64_t first;
    struct ran ran;

    (void)state;
    begin(30 * S);
    event = attack(SIM_DO_TAMPER, 10 * S);
    event->chance = SIM_CERTAIN / 3;
    ran = run();
    first = ran.results.nodes[1].chain;
    run_end(&ran);
    begin(30 * S);
    attack(SIM_DO_DELAY, 5 * S)->until = 5 * S; /* never holds anything, and comes before */
    small.events[0].every = S;
    event = attack(SIM_DO_TAMPER, 10 * S);
    event->chance = SIM_CERTAIN / 3;
    ran = run();
    assert_true(ran.results.nodes[1].chain == first);
    run_end(&ran);
}

static void what_is_held_comes_later(void **state)
{
    struct sim_event *event;
    struct ran ran;

    (void)state;
    begin(20 * S);
    event = attack(SIM_DO_DELAY, 10 * S);
    event->every = 2 * S;
    event->types = 1u << 4;
    event->count = 20;
    event->as = SIM_AS_SENDER;
    ran = run();
    assert_int_equal(mark(&ran, "held_back"), 20);
    assert_int_equal(mark(&ran, "released"), 20);
    assert_int_equal(mark(&ran, "roamed"), 0);
    assert_true(ran.results.nodes[0].inner_delivered + ran.results.nodes[1].inner_delivered >= 376);
    run_end(&ran);
}

static void a_release_from_elsewhere_is_followed(void **state)
{
    struct sim_event *event;
    struct ran ran;

    (void)state;
    begin(20 * S);
    event = attack(SIM_DO_DELAY, 10 * S);
    event->every = 50 * WRN_MILLISECOND;
    event->types = 1u << 4;
    event->count = 4;
    ran = run();
    assert_in_range(mark(&ran, "roamed"), 2, 8);
    run_end(&ran);
}

static void a_peer_gone_bad_is_contained(void **state)
{
    (void)state;
    for (uint32_t seal = SIM_SEAL_ANY; seal < SIM_SEALS; seal++) {
        struct sim_event *event;
        struct ran ran;

        begin(20 * S);
        event = attack(SIM_DO_MISBEHAVE, 10 * S); /* by then they have stopped crossing */
        event->change = seal;
        event->every = 50 * WRN_MILLISECOND;
        event->count = 100;
        ran = run();
        assert_int_equal(mark(&ran, "misbehaved"), 100);
        assert_true(ran.results.nodes[0].inner_delivered >= 130);
        if (seal == SIM_SEAL_SOURCE)
            assert_true(mark(&ran, "inner_source") == 100);
        if (seal == SIM_SEAL_OLD || seal == SIM_SEAL_LIMIT)
            assert_true(mark(&ran, "replay") >= 100);
        run_end(&ran);
    }
}

static void a_replay_goes_elsewhere(void **state)
{
    struct sim_event *event;
    struct ran ran;

    (void)state;
    begin(20 * S);
    attack(SIM_DO_RECORD, 0)->types = 1u << 1;
    event = attack(SIM_DO_REPLAY, 10 * S);
    event->every = S;
    event->as = SIM_AS_SENDER;
    ran = run();
    assert_int_equal(mark(&ran, "replayed"), 3); /* both began, and one again: a's are not made for a's public key, b's are old */
    assert_int_equal(mark(&ran, "mac1") + mark(&ran, "stamp"), 3);
    assert_true(mark(&ran, "mac1") > 0);
    run_end(&ran);
}

/* The keys that seal and open, as the engines had them. */
static uint8_t seen_key[32];
static uint64_t sealed;

static void spy_seal(void *context, struct wrn_aead *operations, size_t count)
{
    if (count > 0 && operations[0].aad_length == 0 && sealed++ == 0)
        memcpy(seen_key, operations[0].key, 32);
    wrn_crypto_sodium.seal(context, operations, count);
}

/* Mallory gets everything at 260 s, when the first session has been replaced twice. */
static struct ran drill(bool forgetful)
{
    struct wrn_crypto spy = wrn_crypto_sodium;
    struct sim_options options = {.crypto = &spy, .keep_going = true};
    struct sim_message message;
    struct ran ran = {0};

    begin(270 * S);
    attack(SIM_DO_RECORD, 0);
    attack(SIM_DO_COMPROMISE, 260 * S);
    plan_sort(&small);
    sealed = 0;
    spy.seal = spy_seal;
    ran.world = sim_world_create(&small.plan, &options, &test_host, &message);
    assert_non_null(ran.world);
    assert_int_equal(sim_world_run(ran.world, 260 * S), SIM_PAUSED);
    if (!forgetful) /* unused: the last waiting packet's place */
        memcpy((uint8_t *)ran.world->places[0].memory + ran.world->places[0].memory_size - 2001, seen_key, 32);
    sim_world_run(ran.world, 260 * S + 1);
    sim_world_results(ran.world, &ran.results);
    return ran;
}

static void s24_fires_on_an_old_key(void **state)
{
    struct ran ran = drill(true);

    (void)state;
    assert_true(checked(&ran, "S24") >= 2);
    assert_int_equal(violated(&ran, "S24"), 0);
    assert_int_equal(mark(&ran, "compromised"), 1);
    run_end(&ran);
    ran = drill(false);
    assert_int_equal(violated(&ran, "S24"), 1);
    assert_non_null(strstr(ran.results.first.text, "dead sessions"));
    run_end(&ran);
}

static void says(uint32_t kind, void (*spoil)(struct sim_event *event), const char *sentence)
{
    struct sim_message message;

    begin(S);
    spoil(attack(kind, 0));
    plan_sort(&small);
    assert_false(sim_plan_check(&small.plan, &message));
    assert_string_equal(message.text, sentence);
}

static void by_a_peer(struct sim_event *event) { event->node = 0; }
static void by_nobody(struct sim_event *event) { event->count_a = 0; }
static void unknown(struct sim_event *event) { event->change = SIM_CHANGES; }
static void nothing(struct sim_event *event) { (void)event; }
static void half(struct sim_event *event) { event->count_b = 1; }
static void on_itself(struct sim_event *event)
{
    event->every = event->count = 1;
    event->first_a = 0;
}

static void nonsense_is_named(void **state)
{
    (void)state;
    says(SIM_DO_TAMPER, by_a_peer, "event 0: an attacker attacks, and a peer misbehaves");
    says(SIM_DO_TAMPER, by_nobody, "event 0: it is about nobody");
    says(SIM_DO_TAMPER, unknown, "event 0: it alters, seals or pretends what is not known");
    says(SIM_DO_DELAY, nothing, "event 0: it holds for no time");
    says(SIM_DO_THIEF, nothing, "event 0: it is about nobody");
    says(SIM_DO_THIEF, half, "event 0: a thief of cookies floods one peer with initiations, 1 to 10000000 per second");
    says(SIM_DO_MISBEHAVE, nothing, "event 0: it misbehaves never, or all at once");
    says(SIM_DO_MISBEHAVE, on_itself, "event 0: it misbehaves towards who is no peer of its node");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_altered_never_comes_out),
        cmocka_unit_test(a_share_and_a_count),
        cmocka_unit_test(draws_are_the_attacks_own),
        cmocka_unit_test(what_is_held_comes_later),
        cmocka_unit_test(a_release_from_elsewhere_is_followed),
        cmocka_unit_test(a_peer_gone_bad_is_contained),
        cmocka_unit_test(a_replay_goes_elsewhere),
        cmocka_unit_test(s24_fires_on_an_old_key),
        cmocka_unit_test(nonsense_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
