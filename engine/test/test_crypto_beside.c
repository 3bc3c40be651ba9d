/* What providers may do beside what they are asked for: touch what lies around a packet, and leave secrets where they computed. */

#define _DEFAULT_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

#include <sodium.h>

#include "draws.h"
#include "support/providers.h"

#define LONGEST 1600
#define STACK_BYTES (256u << 10)
#define PACKETS 40

/* Behind the tag, and before the first byte, there is nothing: who reads or writes there does not survive. */
static void p13_nothing_beside_a_packet_is_touched(void **unused)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), key[32] = {7}, tag[16];
    (void)unused;
    assert_ptr_not_equal(pages, MAP_FAILED);
    assert_int_equal(mprotect(pages + page, page, PROT_READ | PROT_WRITE), 0);
    for (unsigned p = 0; p < PROVIDERS; p++) {
        struct wrni_provider provider = provider_at(p);
        for (size_t length = 0; length <= LONGEST; length++) {
            for (unsigned end = 0; end < 2; end++) {
                uint8_t *data = pages + page + (end ? page - length - 16 : 0);
                struct wrn_aead op = {.key = key, .counter = length, .data = data, .length = length};
                memset(data, 3, length);
                provider.crypto->seal(provider.context, &op, 1);
                memcpy(tag, data + length, 16);
                provider.crypto->open(provider.context, &op, 1);
                assert_true(op.good);
                assert_memory_equal(tag, data + length, 16);
            }
        }
    }
    assert_int_equal(munmap(pages, 3 * page), 0);
}

/* Not on the stack that is searched. */
static struct work {
    struct wrni_provider provider;
    struct wrn_aead      ops[PACKETS];
    uint8_t              data[PACKETS][LONGEST + 16], key[32];
    bool                 leave; /* a secret, on purpose */
} work;

static __attribute__((noinline, no_sanitize_address)) void leave_key(void)
{
    uint8_t deep[4096]; /* below what the way back takes */
    memcpy(deep, work.key, sizeof work.key);
    __asm__ volatile("" : : "r"(deep) : "memory");
}

static void seal_and_open(void)
{
    work.provider.crypto->seal(work.provider.context, work.ops, PACKETS);
    work.provider.crypto->open(work.provider.context, work.ops, PACKETS);
    for (size_t i = 0; i < PACKETS; i++) /* whose tags do not fit what is opened now */
        work.ops[i].data[0] ^= 1;
    work.provider.crypto->open(work.provider.context, work.ops, PACKETS);
    if (work.leave)
        leave_key();
}

static bool holds(const uint8_t *memory, const uint8_t secret[16])
{
    for (size_t at = 0; at + 16 <= STACK_BYTES; at++) {
        if (memory[at] == secret[0] && memcmp(memory + at, secret, 16) == 0)
            return true;
    }
    return false;
}

/* Halves of the key, and of the authenticator's keys the half that is used as it comes. */
static bool secrets_on(uint8_t *stack)
{
    uint8_t authenticator[32], nonce[12] = {0};
    ucontext_t here, there;
    bool found;
    for (size_t i = 0; i < PACKETS; i++)
        work.ops[i] = (struct wrn_aead){.key = work.key, .counter = i, .data = work.data[i], .length = 40 * i};
    seal_and_open(); /* a function that is bound at its first call leaves vector registers on the stack */
    memset(stack, 0, STACK_BYTES);
    assert_int_equal(getcontext(&there), 0);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = STACK_BYTES;
    there.uc_link = &here;
    makecontext(&there, seal_and_open, 0);
    assert_int_equal(swapcontext(&here, &there), 0);
    found = holds(stack, work.key) || holds(stack, work.key + 16);
    for (uint8_t i = 0; i < PACKETS; i++) {
        nonce[4] = i;
        crypto_stream_chacha20_ietf(authenticator, 32, nonce, work.key);
        found |= holds(stack, authenticator + 16);
    }
    return found;
}

static void p161_providers_leave_no_key_on_the_stack(void **unused)
{
    uint8_t *stack = aligned_alloc(4096, STACK_BYTES);
    struct rng rng = {161};
    (void)unused;
    assert_non_null(stack);
    rng_bytes(&rng, work.key, 32);
    work.provider = provider_at(0);
    work.leave = true;
    assert_true(secrets_on(stack)); /* it can see */
    work.leave = false;
    for (unsigned p = 0; p < PROVIDERS; p++) {
        work.provider = provider_at(p);
        if (secrets_on(stack))
            fail_msg("%s", work.provider.crypto->name);
    }
    free(stack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p13_nothing_beside_a_packet_is_touched),
        cmocka_unit_test(p161_providers_leave_no_key_on_the_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
