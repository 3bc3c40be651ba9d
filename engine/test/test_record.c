#include "tape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "call.h"
#include "random.h"

/* Recordings: what was recorded replays; what differs is named; what is no recording is refused, whatever it is. */

static void a_life_replays_equal_on_every_provider(void **state)
{
    const struct wrn_crypto *providers[2] = {&wrn_crypto_sodium, &wrn_crypto_portable};
    struct tape              tape = {0};
    (void)state;
    tape_record_life(&tape, 16);
    for (unsigned i = 0; i < 2; i++) {
        struct played played = tape_play(&tape, providers[i], 0);
        assert_int_equal(played.state, WRN_REPLAY_EQUAL);
        assert_int_equal(played.report.engines, 2);
        assert_int_equal(played.report.offset, tape.length);
        assert_true(played.report.calls > 150);
        assert_true(played.report.digests > 8);
    }
    tape_free(&tape);
}

static void recording_changes_nothing(void **state)
{
    struct tape once = {0}, again = {0}, sparse = {0};
    (void)state;
    uint64_t log = tape_record_life(NULL, 0);
    assert_true(tape_record_life(&once, 16) == log);
    assert_true(tape_record_life(&again, 16) == log);
    assert_true(tape_record_life(&sparse, 0) == log);
    assert_int_equal(once.length, again.length);
    assert_memory_equal(once.bytes, again.bytes, once.length);
    assert_true(sparse.length < once.length);
    assert_int_equal(tape_play(&sparse, &wrn_crypto_sodium, 0).state, WRN_REPLAY_EQUAL);
    tape_free(&once);
    tape_free(&again);
    tape_free(&sparse);
}

static void the_life_has_every_function(void **state)
{
    struct tape       tape = {0};
    struct tape_frame frame;
    bool              there[WRNI_REC_FUNCTIONS] = {false};
    (void)state;
    tape_record_life(&tape, 0);
    for (size_t at = tape_next(&tape, 0, &frame); at; at = tape_next(&tape, at, &frame))
        if (frame.kind == WRNI_REC_CALL)
            there[tape.bytes[frame.body]] = true;
    for (unsigned i = 1; i < WRNI_REC_FUNCTIONS; i++) {
        assert_non_null(wrni_rec_name(i));
        if (!there[i])
            fail_msg("the life lacks %s", wrni_rec_name(i));
    }
    tape_free(&tape);
}

/* Differences. -------------------------------------------------------------------------------------------------------------------- */

static struct wrn_crypto liar;
static unsigned          truths;

static void lying_seal(void *context, struct wrn_aead *operations, size_t count)
{
    wrn_crypto_sodium.seal(context, operations, count);
    if (truths && --truths == 0)
        operations[0].data[operations[0].length] ^= 1;
}

static void another_byte_on_the_wire_is_named(void **state)
{
    struct tape tape = {0};
    (void)state;
    tape_record_life(&tape, 16);
    liar = wrn_crypto_sodium;
    liar.seal = lying_seal;
    truths = 4; /* static and stamp of the initiation, empty of the response, then data */
    struct played played = tape_play(&tape, &liar, 0);
    assert_int_equal(played.state, WRN_REPLAY_DIFFERS);
    assert_string_equal(played.report.function, "wrn_net_output");
    assert_string_equal(played.report.what, "bytes (their hash)");
    assert_int_equal(played.report.kind, WRN_REPLAY_BYTES);
    assert_memory_not_equal(played.report.expected.bytes, played.report.actual.bytes, 8);
    tape_free(&tape);
}

/* Change one byte of what the nth call of a function gave back. */
static void forge(struct tape *tape, uint32_t function, unsigned nth, size_t at, uint8_t flip)
{
    struct tape_frame frame;
    bool              mine = false;
    for (size_t next = tape_next(tape, 0, &frame); next; next = tape_next(tape, next, &frame)) {
        if (frame.kind == WRNI_REC_BACK && mine && nth-- == 0) {
            tape->bytes[frame.body + at] ^= flip;
            tape_seal(tape);
            return;
        }
        mine = frame.kind == WRNI_REC_CALL && tape->bytes[frame.body] == function;
    }
    fail_msg("no such call");
}

static void what_differs_is_named(void **state)
{
    static const struct {
        uint32_t    function;
        unsigned    nth;
        size_t      at;
        uint8_t     flip;
        const char *what;
        enum wrn_replay_kind kind;
    } cases[] = {
        {WRNI_REC_TUN_INPUT, 0, 1, 1, "verdict", WRN_REPLAY_VERDICT},
        {WRNI_REC_NET_INPUT, 0, 2, 4, "reason", WRN_REPLAY_REASON},
        {WRNI_REC_DEADLINE, 2, 0, 1, "deadline", WRN_REPLAY_TIME},
        {WRNI_REC_EVENTS, 0, 3, 1, "event's bits", WRN_REPLAY_NUMBER},
        {WRNI_REC_DIGEST, 3, 7, 1, "digest of the state", WRN_REPLAY_BYTES},
        {WRNI_REC_PEER_ADD, 0, 0, 2, "status", WRN_REPLAY_STATUS},
        {WRNI_REC_PEER_ADD, 1, 2, 2, "peer's generation", WRN_REPLAY_NUMBER},
        {WRNI_REC_COUNTERS, 0, 0, 1, "count of a tun verdict", WRN_REPLAY_NUMBER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tape tape = {0};
        tape_record_life(&tape, 16);
        forge(&tape, cases[i].function, cases[i].nth, cases[i].at, cases[i].flip);
        struct played played = tape_play(&tape, &wrn_crypto_sodium, 0);
        assert_int_equal(played.state, WRN_REPLAY_DIFFERS);
        assert_string_equal(played.report.what, cases[i].what);
        assert_int_equal(played.report.kind, cases[i].kind);
        assert_string_equal(played.report.function, wrni_rec_name(cases[i].function));
        assert_true(played.report.calls > 0 && played.engine[0]);
        tape_free(&tape);
    }
}

/* A deadline that differs is shown as the two times. */
static void times_are_shown_as_they_are(void **state)
{
    struct tape tape = {0};
    (void)state;
    tape_record_life(&tape, 0);
    forge(&tape, WRNI_REC_DEADLINE, 0, 0, 2);
    struct played played = tape_play(&tape, &wrn_crypto_sodium, 0);
    assert_int_equal(played.report.kind, WRN_REPLAY_TIME);
    assert_true(played.report.expected.number - played.report.actual.number + 1 <= 2);
    tape_free(&tape);
}

/* Bad input. ---------------------------------------------------------------------------------------------------------------------- */

static void cut_anywhere_is_never_equal(void **state)
{
    struct tape       tape = {0};
    struct tape_frame frame;
    unsigned          cuts = 0;
    (void)state;
    tape_record_life(&tape, 16);
    size_t whole = tape.length, boundary = tape_next(&tape, 0, &frame);
    for (tape.length = 0; tape.length < whole; tape.length += tape.length < 700 ? 1 : 61) {
        while (boundary && boundary < tape.length) {
            struct tape full = tape;
            full.length = whole;
            boundary = tape_next(&full, boundary, &frame);
        }
        struct played played = tape_play(&tape, &wrn_crypto_sodium, 0);
        bool          between = tape.length == boundary || tape.length == WRNI_REC_HEAD_BYTES;
        assert_int_equal(played.state, between ? WRN_REPLAY_CUT : WRN_REPLAY_BAD);
        cuts += between;
        assert_true(between || (played.report.what && played.report.right && played.report.at <= tape.length));
    }
    assert_true(cuts > 10);
    tape.length = whole;
    tape_free(&tape);
}

static void any_changed_byte_is_found(void **state)
{
    struct tape tape = {0};
    struct rng  rng = {77};
    (void)state;
    tape_record_life(&tape, 16);
    for (unsigned i = 0; i < 150; i++) {
        size_t  at = (size_t)(rng_next(&rng) % tape.length);
        uint8_t flip = (uint8_t)(1u << rng_next(&rng) % 8);
        tape.bytes[at] ^= flip;
        struct played played = tape_play(&tape, &wrn_crypto_sodium, 0);
        assert_int_equal(played.state, WRN_REPLAY_BAD);
        assert_true(played.report.at <= at);
        tape.bytes[at] ^= flip;
    }
    assert_int_equal(tape_play(&tape, &wrn_crypto_sodium, 0).state, WRN_REPLAY_EQUAL);
    tape_free(&tape);
}

/* Somebody who can make checks: anything may come of it but a crash or a leak. */
static void forged_recordings_are_survived(void **state)
{
    struct tape tape = {0}, forged = {0};
    struct rng  rng = {78};
    unsigned    seen[WRN_REPLAY_NO_PROVIDER + 1] = {0};
    (void)state;
    tape_record_life(&tape, 16);
    for (unsigned i = 0; i < 700; i++) {
        struct tape_frame frame, chosen = {0};
        uint64_t          frames = 0;
        forged.length = 0;
        tape_put(&forged, tape.bytes, tape.length);
        for (size_t at = tape_next(&forged, 0, &frame); at; at = tape_next(&forged, at, &frame))
            if (frame.length && rng_next(&rng) % ++frames == 0)
                chosen = frame;
        for (uint64_t changes = 1 + rng_next(&rng) % 3; changes > 0; changes--) {
            size_t near = rng_next(&rng) % 2 && chosen.length > 24 ? 24 : chosen.length; /* lengths and counts stand at the front */
            forged.bytes[chosen.body + rng_next(&rng) % near] = rng_next(&rng) % 4 ? (uint8_t)rng_next(&rng) : 255;
        }
        tape_seal(&forged);
        seen[tape_play(&forged, &wrn_crypto_sodium, (size_t)1 << 24).state]++;
    }
    assert_true(seen[WRN_REPLAY_BAD] > 50 && seen[WRN_REPLAY_DIFFERS] > 50);
    assert_int_equal(seen[WRN_REPLAY_GOING], 0);
    tape_free(&tape);
    tape_free(&forged);
}

static void random_bytes_are_no_recording(void **state)
{
    static const uint8_t head[WRNI_REC_HEAD_BYTES] = WRNI_REC_HEAD;
    struct rng           rng = {79};
    uint8_t              bytes[300];
    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        struct tape tape = {.bytes = bytes, .length = (size_t)(rng_next(&rng) % sizeof bytes)};
        for (size_t j = 0; j < sizeof bytes; j++)
            bytes[j] = (uint8_t)rng_next(&rng);
        if (i % 2)
            memcpy(bytes, head, sizeof head);
        struct played played = tape_play(&tape, &wrn_crypto_sodium, 0);
        assert_true(played.state == WRN_REPLAY_BAD || (played.state == WRN_REPLAY_CUT && tape.length == sizeof head));
    }
}

static void another_version_is_named(void **state)
{
    struct tape tape = {0};
    (void)state;
    tape_record_life(&tape, 0);
    tape.bytes[WRNI_REC_HEAD_BYTES - 1]++;
    struct played played = tape_play(&tape, &wrn_crypto_sodium, 0);
    assert_int_equal(played.state, WRN_REPLAY_BAD);
    assert_string_equal(played.report.what, "a recording of another version");
    tape_free(&tape);
}

static void no_memory_and_no_provider_are_told(void **state)
{
    struct tape tape = {0};
    (void)state;
    tape_record_life(&tape, 0);
    struct played played = tape_play(&tape, &wrn_crypto_sodium, 20000);
    assert_int_equal(played.state, WRN_REPLAY_NO_MEMORY);
    assert_true(played.report.needed > 20000);
    played = tape_play(&tape, NULL, 0);
    assert_int_equal(played.state, WRN_REPLAY_NO_PROVIDER);
    assert_string_equal(played.engine, "real");
    tape_free(&tape);
}

/* A host that cannot write goes on; the recording knows. */
static void a_full_disk_stops_the_recording_only(void **state)
{
    struct tape tape = {.limit = 3000};
    (void)state;
    assert_true(tape_record_life(&tape, 16) == tape_record_life(NULL, 0));
    assert_true(tape.length > 2000 && tape.length <= 3000);
    assert_int_equal(tape_play(&tape, &wrn_crypto_sodium, 0).state, WRN_REPLAY_CUT);
    tape_free(&tape);
}

/* The hash is SipHash-2-4: the paper's vector, in one piece and in many. */
static void siphash_is_siphash(void **state)
{
    struct wrn_recording_hash hash;
    uint8_t                   bytes[15];
    (void)state;
    for (uint8_t i = 0; i < sizeof bytes; i++)
        bytes[i] = i;
    for (size_t piece = 1; piece <= sizeof bytes; piece++) {
        wrni_rec_sip_begin(&hash, UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908));
        for (size_t at = 0; at < sizeof bytes; at += piece)
            wrni_rec_sip_add(&hash, bytes + at, sizeof bytes - at < piece ? sizeof bytes - at : piece);
        assert_true(wrni_rec_sip_end(&hash) == UINT64_C(0xa129ca6149be45e5));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_life_replays_equal_on_every_provider),
        cmocka_unit_test(recording_changes_nothing),
        cmocka_unit_test(the_life_has_every_function),
        cmocka_unit_test(another_byte_on_the_wire_is_named),
        cmocka_unit_test(what_differs_is_named),
        cmocka_unit_test(times_are_shown_as_they_are),
        cmocka_unit_test(cut_anywhere_is_never_equal),
        cmocka_unit_test(any_changed_byte_is_found),
        cmocka_unit_test(forged_recordings_are_survived),
        cmocka_unit_test(random_bytes_are_no_recording),
        cmocka_unit_test(another_version_is_named),
        cmocka_unit_test(no_memory_and_no_provider_are_told),
        cmocka_unit_test(a_full_disk_stops_the_recording_only),
        cmocka_unit_test(siphash_is_siphash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
