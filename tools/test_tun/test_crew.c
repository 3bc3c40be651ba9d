/* Helpers beside the engine's thread: the same bytes in the same places as without them. Meant for the thread sanitizer too. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sodium.h>

#include "crew.h"

#define MOST 260
#define LONGEST 1500

static uint8_t rooms[2][MOST][LONGEST + 16];
static struct wrn_aead operations[2][MOST];
static uint8_t keys[MOST][32];

static unsigned in_turns(unsigned *state, unsigned below)
{
    *state = *state * 1103515245u + 12345u;
    return (*state >> 16) % below;
}

/* The same packets twice: one set for sodium alone, one for the crew. */
static void lay(unsigned *state, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = in_turns(state, LONGEST + 1);
        memset(keys[i], (int)in_turns(state, 256), 32);
        memset(rooms[0][i], (int)in_turns(state, 256), length);
        memcpy(rooms[1][i], rooms[0][i], length);
        for (unsigned side = 0; side < 2; side++)
            operations[side][i] = (struct wrn_aead){.key = keys[i], .counter = i, .data = rooms[side][i], .length = length};
    }
}

static void same(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(operations[0][i].good, operations[1][i].good);
        assert_memory_equal(rooms[0][i], rooms[1][i], operations[0][i].length + 16);
    }
}

static void a_crew_gives_the_bytes_of_one_thread(void **unused)
{
    (void)unused;
    for (unsigned threads = 1; threads <= TUN_CREW_MOST; threads += 3) {
        struct tun_crew crew;
        void *contexts[TUN_CREW_MOST] = {0};
        unsigned state = threads;
        tun_crew_open(&crew, &wrn_crypto_sodium, contexts, threads);
        assert_int_equal(tun_crew_start(&crew), threads - 1);
        for (unsigned round = 0; round < 60; round++) {
            size_t count = in_turns(&state, MOST + 1);
            lay(&state, count);
            wrn_crypto_sodium.seal(NULL, operations[0], count);
            tun_crew_crypto.seal(&crew, operations[1], count);
            same(count);
            for (size_t i = 0; i < count; i += 1 + in_turns(&state, 9)) {
                size_t at = in_turns(&state, (unsigned)operations[0][i].length + 16);
                rooms[0][i][at] ^= 4;
                rooms[1][i][at] ^= 4;
            }
            wrn_crypto_sodium.open(NULL, operations[0], count);
            tun_crew_crypto.open(&crew, operations[1], count);
            same(count);
        }
        tun_crew_close(&crew);
    }
}

/* Who seals with which context, and that helpers seal at all: a provider that writes it down. */
static unsigned used[TUN_CREW_MOST][TUN_CREW_SHARE * 100];

static void note(void *context, struct wrn_aead *given, size_t count)
{
    unsigned *mine = context;
    for (size_t i = 0; i < count; i++)
        mine[given[i].counter]++; /* a data race, if two threads had one context at a time */
    for (volatile unsigned spin = 0; spin < 20000; spin++)
        ;
}

static void helpers_have_contexts_of_their_own(void **unused)
{
    struct wrn_crypto noting = {.name = "noting", .seal = note, .open = note};
    struct tun_crew crew;
    void *contexts[3] = {used[0], used[1], used[2]};
    struct wrn_aead many[TUN_CREW_SHARE * 10];
    unsigned helped = 0;
    (void)unused;
    for (size_t i = 0; i < TUN_CREW_SHARE * 10; i++)
        many[i] = (struct wrn_aead){.counter = i};
    tun_crew_open(&crew, &noting, contexts, 3);
    assert_int_equal(tun_crew_start(&crew), 2);
    for (unsigned round = 1; round <= 300; round++) {
        tun_crew_crypto.seal(&crew, many, TUN_CREW_SHARE * 10);
        for (size_t i = 0; i < TUN_CREW_SHARE * 10; i++)
            assert_int_equal(used[0][i] + used[1][i] + used[2][i], round); /* each once, by somebody */
    }
    tun_crew_close(&crew);
    for (size_t i = 0; i < TUN_CREW_SHARE * 10; i++)
        helped += used[1][i] + used[2][i];
    assert_true(helped > 0);
}

static void small_batches_and_the_rest_stay_here(void **unused)
{
    struct wrn_crypto noting = {.name = "noting", .seal = note, .open = note};
    struct tun_crew crew;
    void *contexts[2] = {used[0], used[1]};
    struct wrn_aead few[2 * TUN_CREW_SHARE];
    uint8_t out[32], right[32];
    struct wrn_hash hash = {(const uint8_t *)"ab", 2, NULL, 0, out};
    (void)unused;
    memset(used, 0, sizeof used);
    for (size_t i = 0; i < 2 * TUN_CREW_SHARE; i++)
        few[i] = (struct wrn_aead){.counter = i};
    tun_crew_open(&crew, &noting, contexts, 2);
    assert_int_equal(tun_crew_start(&crew), 1);
    for (unsigned round = 0; round < 100; round++)
        tun_crew_crypto.open(&crew, few, 2 * TUN_CREW_SHARE - 1);
    assert_int_equal(used[0][0], 100);
    assert_int_equal(used[1][0], 0);
    tun_crew_close(&crew);
    tun_crew_open(&crew, &wrn_crypto_sodium, (void *const[2]){NULL, NULL}, 2);
    tun_crew_crypto.hash(&crew, &hash, 1);
    memcpy(right, out, 32);
    wrn_crypto_sodium.hash(NULL, &hash, 1);
    assert_memory_equal(out, right, 32);
    tun_crew_close(&crew);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crew_gives_the_bytes_of_one_thread),
        cmocka_unit_test(helpers_have_contexts_of_their_own),
        cmocka_unit_test(small_batches_and_the_rest_stay_here),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
