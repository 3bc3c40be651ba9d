#include "worlds.h"

#include "sim/swarm.h"
#include "warren/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

/* Whatever happens in a world, its recording replays: random worlds, real and toy, and one whose host writes no more. */

struct tape {
    uint8_t *bytes;
    size_t   length, room, at, limit;
};

static bool put(void *context, const uint8_t *bytes, size_t length)
{
    struct tape *tape = context;

    if (tape->limit && tape->length + length > tape->limit)
        return false;
    if (tape->length + length > tape->room) {
        tape->room = 2 * (tape->length + length);
        tape->bytes = realloc(tape->bytes, tape->room);
        assert_non_null(tape->bytes);
    }
    memcpy(tape->bytes + tape->length, bytes, length);
    tape->length += length;
    return true;
}

static size_t get(void *context, uint8_t *bytes, size_t length)
{
    struct tape *tape = context;
    size_t left = tape->length - tape->at;

    length = length < left ? length : left;
    memcpy(bytes, tape->bytes + tape->at, length);
    tape->at += length;
    return length;
}

static void *take(void *context, size_t size)
{
    (void)context;
    return aligned_alloc(16, (size + 15) & ~(size_t)15);
}

static void give(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

static const struct wrn_crypto *provider(void *context, const char *name, void **provider_context)
{
    (void)context;
    *provider_context = NULL;
    return strcmp(name, "real") == 0 ? &wrn_crypto_sodium : NULL;
}

static struct wrn_replay_report replay(struct tape *tape)
{
    const struct wrn_replay_host host = {.context = tape, .get = get, .take = take, .give = give, .provider = provider};
    struct wrn_replay *playing = wrn_replay_begin(&host);
    struct wrn_replay_report report;

    assert_non_null(playing);
    tape->at = 0;
    while (wrn_replay_step(playing) == WRN_REPLAY_GOING)
        continue;
    wrn_replay_report(playing, &report);
    if (report.state == WRN_REPLAY_DIFFERS)
        print_error("call %llu, %s of %s: %s\n", (unsigned long long)report.calls, report.function, report.engine_name, report.what);
    wrn_replay_end(playing);
    return report;
}

/* The trace hash; with a tape the world is recorded. */
static const char *run(const struct sim_plan *plan, struct tape *tape, uint8_t hash[32])
{
    struct sim_options options = {.crypto = &wrn_crypto_sodium, .context = tape, .record = tape ? put : NULL, .record_every = 64};
    struct sim_message message;
    struct sim_results results;
    struct sim_world *world = sim_world_create(plan, &options, &test_host, &message);
    const char *failed = NULL;

    if (!world)
        fail_msg("%s", message.text);
    assert_int_equal(sim_world_run(world, WRN_NEVER), SIM_FINISHED);
    sim_world_results(world, &results);
    memcpy(hash, results.trace_hash, 32);
    if (tape)
        failed = sim_world_record_end(world);
    sim_world_end(world);
    return failed;
}

static void random_worlds_replay(void **state)
{
    static struct sim_swarm swarm;
    uint64_t calls = 0, digests = 0;
    uint8_t bare[32], taped[32];

    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct tape tape = {0};
        struct wrn_replay_report report;

        sim_swarm_draw(&swarm, seed);
        swarm.plan.crypto = SIM_CRYPTO_REAL;
        assert_null(run(&swarm.plan, NULL, bare));
        assert_null(run(&swarm.plan, &tape, taped));
        assert_memory_equal(bare, taped, 32);
        report = replay(&tape);
        assert_int_equal(report.state, WRN_REPLAY_EQUAL);
        calls += report.calls;
        digests += report.digests;
        free(tape.bytes);
    }
    assert_true(calls > 10000 && digests > 100);
}

static void toy_worlds_name_their_provider(void **state)
{
    static struct small_plan small;
    struct tape tape = {0};
    struct wrn_replay_report report;
    uint8_t hash[32];

    (void)state;
    plan_two(&small, "two", 10 * WRN_SECOND);
    small.plan.crypto = SIM_CRYPTO_TOY;
    assert_null(run(&small.plan, &tape, hash));
    report = replay(&tape);
    assert_int_equal(report.state, WRN_REPLAY_NO_PROVIDER);
    free(tape.bytes);
}

static void a_full_disk_is_told_and_changes_nothing(void **state)
{
    static struct small_plan small;
    struct tape tape = {.limit = 2000};
    uint8_t bare[32], taped[32];

    (void)state;
    plan_two(&small, "two", 60 * WRN_SECOND);
    plan_flow(&small, 0, 1, WRN_SECOND, WRN_SECOND, 0);
    assert_null(run(&small.plan, NULL, bare));
    assert_string_equal(run(&small.plan, &tape, taped), "the host could not write");
    assert_memory_equal(bare, taped, 32);
    assert_int_equal(replay(&tape).state, WRN_REPLAY_CUT);
    free(tape.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_worlds_replay),
        cmocka_unit_test(toy_worlds_name_their_provider),
        cmocka_unit_test(a_full_disk_is_told_and_changes_nothing),
    };

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
