/* BLAKE2s against the RFC that defines it and against Python's hashlib. */

#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "blake2s.h"
#include "bytes.h"
#include "draws.h"
#include "vectors.h"

static void blake2s(uint8_t *out, size_t out_length, const uint8_t *key, size_t key_length, const uint8_t *data, size_t length)
{
    struct wrni_blake2s state;
    wrni_blake2s_init(&state, out_length, key, key_length);
    wrni_blake2s_add(&state, data, length);
    wrni_blake2s_end(&state, out);
}

/* RFC 7693 appendix B */
static void p13_blake2s_of_abc(void **unused)
{
    static const uint8_t expected[32] = {
        0x50, 0x8c, 0x5e, 0x8c, 0x32, 0x7c, 0x14, 0xe2, 0xe1, 0xa7, 0x2b, 0xa3, 0x4e, 0xeb, 0x45, 0x2f,
        0x37, 0x45, 0x8b, 0x20, 0x9e, 0xd6, 0x3a, 0x29, 0x4d, 0x99, 0x9b, 0x4c, 0x86, 0x67, 0x59, 0x82,
    };
    uint8_t out[32];
    (void)unused;
    blake2s(out, sizeof out, NULL, 0, (const uint8_t *)"abc", 3);
    assert_memory_equal(out, expected, sizeof expected);
}

/* The deterministic sequence of RFC 7693 appendix E. */
static void sequence(uint8_t *out, size_t length, uint32_t seed)
{
    uint32_t a = UINT32_C(0xdead4bad) * seed, b = 1;
    for (size_t i = 0; i < length; i++) {
        uint32_t t = a + b;
        a = b;
        b = t;
        out[i] = (uint8_t)(t >> 24);
    }
}

/* RFC 7693 appendix E: the hash of 48 hashes. */
static void p13_blake2s_self_test_of_the_rfc(void **unused)
{
    static const uint8_t expected[32] = {
        0x6a, 0x41, 0x1f, 0x08, 0xce, 0x25, 0xad, 0xcd, 0xfb, 0x02, 0xab, 0xa6, 0x41, 0x45, 0x1c, 0xec,
        0x53, 0xc5, 0x98, 0xb2, 0x4f, 0x4f, 0xc7, 0x87, 0xfb, 0xdc, 0x88, 0x79, 0x7f, 0x4c, 0x1d, 0xfe,
    };
    static const uint32_t out_lengths[4] = {16, 20, 28, 32}, lengths[6] = {0, 3, 64, 65, 255, 1024};
    uint8_t in[1024], out[32], key[32];
    struct wrni_blake2s all;
    (void)unused;
    wrni_blake2s_init(&all, 32, NULL, 0);
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned j = 0; j < 6; j++) {
            sequence(in, lengths[j], lengths[j]);
            blake2s(out, out_lengths[i], NULL, 0, in, lengths[j]);
            wrni_blake2s_add(&all, out, out_lengths[i]);
            sequence(key, out_lengths[i], out_lengths[i]);
            blake2s(out, out_lengths[i], key, out_lengths[i], in, lengths[j]);
            wrni_blake2s_add(&all, out, out_lengths[i]);
        }
    }
    wrni_blake2s_end(&all, out);
    assert_memory_equal(out, expected, sizeof expected);
}

/* Every vector of an open file: in one piece, and at an odd address in two pieces that meet anywhere. Returns how many. */
static unsigned check_all(struct vectors *vectors)
{
    static uint8_t data[8192];
    uint8_t key[32], expected[32], out[32];
    struct rng rng = {vectors->line};
    unsigned seen = 0;
    for (; vectors_next(vectors); seen++) {
        assert_true(vectors_is(vectors, "blake2s"));
        size_t key_length = vectors_bytes(vectors, "key", key, sizeof key);
        size_t length = vectors_bytes(vectors, "data", data, sizeof data - 1);
        size_t out_length = vectors_bytes(vectors, "out", expected, sizeof expected);
        blake2s(out, out_length, key, key_length, data, length);
        if (memcmp(out, expected, out_length) != 0)
            fail_msg("line %u differs", vectors->line);

        struct wrni_blake2s state;
        size_t cut = rng_size(&rng, length + 1);
        memmove(data + 1, data, length);
        memset(out, 0, sizeof out);
        wrni_blake2s_init(&state, out_length, key, key_length);
        wrni_blake2s_add(&state, data + 1, cut);
        wrni_blake2s_add(&state, data + 1 + cut, length - cut);
        wrni_blake2s_end(&state, out);
        if (memcmp(out, expected, out_length) != 0)
            fail_msg("line %u differs when cut at %zu", vectors->line, cut);
    }
    return seen;
}

static void p13_blake2s_known_answers_of_hashlib(void **unused)
{
    static struct vectors vectors;
    (void)unused;
    vectors_open(&vectors, "blake2s.txt");
    unsigned seen = check_all(&vectors);
    assert_true(seen > 150);
    assert_int_equal(fclose(vectors.file), 0);
}

static FILE *run_answers(const char *arguments)
{
    char command[1200];
    (void)snprintf(command, sizeof command, "python3 '%s/../tools/dev/blake2s-answers' %s", WARREN_CORPORA, arguments);
    FILE *answers = popen(command, "r");
    assert_non_null(answers);
    return answers;
}

static void p13_blake2s_random_cases_of_hashlib(void **unused)
{
    static struct vectors vectors;
    (void)unused;
    vectors_from(&vectors, run_answers("--random 4000 1"));
    assert_int_equal(check_all(&vectors), 4000);
    assert_int_equal(pclose(vectors.file), 0);
}

static void the_known_answers_are_what_hashlib_says(void **unused)
{
    static struct vectors stored, fresh;
    (void)unused;
    vectors_open(&stored, "blake2s.txt");
    vectors_from(&fresh, run_answers(""));
    bool more;
    do {
        more = vectors_next(&fresh);
        assert_int_equal(vectors_next(&stored), more);
        if (more)
            assert_string_equal(stored.text, fresh.text);
    } while (more);
    assert_int_equal(fclose(stored.file), 0);
    assert_int_equal(pclose(fresh.file), 0);
}

static void cutting_a_message_anywhere_changes_nothing(void **unused)
{
    uint8_t data[300], whole[32], out[32];
    struct rng rng = {7};
    (void)unused;
    rng_bytes(&rng, data, sizeof data);
    blake2s(whole, 32, data, 32, data, sizeof data);
    for (unsigned round = 0; round < 2000; round++) {
        struct wrni_blake2s state;
        wrni_blake2s_init(&state, 32, data, 32);
        for (size_t at = 0; at < sizeof data;) {
            size_t piece = rng_size(&rng, 140);
            if (piece > sizeof data - at)
                piece = sizeof data - at;
            wrni_blake2s_add(&state, data + at, piece);
            at += piece;
        }
        wrni_blake2s_end(&state, out);
        assert_memory_equal(out, whole, sizeof out);
    }
}

static void settled_and_copied_is_as_from_the_beginning(void **unused)
{
    uint8_t data[129], straight[32], settled[32];
    (void)unused;
    sequence(data, sizeof data, 7);
    for (size_t first = 0; first < sizeof data; first++)
        for (size_t key_length = 0; key_length <= 32; key_length += 32) {
            struct wrni_blake2s state, copy;
            wrni_blake2s_init(&state, 32, data, key_length);
            wrni_blake2s_add(&state, data, first);
            wrni_blake2s_settle(&state);
            copy = state;
            wrni_blake2s_add(&state, data, 1);
            wrni_blake2s_end(&state, settled);
            wrni_blake2s_add(&copy, data + first, sizeof data - first);
            wrni_blake2s_end(&copy, settled);
            blake2s(straight, 32, data, key_length, data, sizeof data);
            assert_memory_equal(settled, straight, 32);
        }
}

static void p161_ending_a_hash_wipes_its_state(void **unused)
{
    uint8_t out[32];
    struct wrni_blake2s state;
    (void)unused;
    wrni_blake2s_init(&state, 32, (const uint8_t *)"secret", 6);
    wrni_blake2s_add(&state, "more", 4);
    wrni_blake2s_end(&state, out);
    assert_true(wrni_is_zero((const uint8_t *)&state, sizeof state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p13_blake2s_of_abc),
        cmocka_unit_test(p13_blake2s_self_test_of_the_rfc),
        cmocka_unit_test(p13_blake2s_known_answers_of_hashlib),
        cmocka_unit_test(p13_blake2s_random_cases_of_hashlib),
        cmocka_unit_test(the_known_answers_are_what_hashlib_says),
        cmocka_unit_test(cutting_a_message_anywhere_changes_nothing),
        cmocka_unit_test(settled_and_copied_is_as_from_the_beginning),
        cmocka_unit_test(p161_ending_a_hash_wipes_its_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
