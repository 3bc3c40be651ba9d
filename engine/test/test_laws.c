#include "life.h"

#include <stdlib.h>
#include <string.h>

#include "state.h"

/* The laws of replay and image (1 and 5) over random lives; the batch law has test_batch.c, the others live with their rooms. */

enum { LIVES = 8, STEPS = 400 };

static const struct wrn_limits small = {.peers = 4, .prefixes = 16, .window_bits = 256, .stage_slots = 64, .stage_share = 8,
                                        .stage_bytes = 2048, .sources = 64, .lanes = 1, .orders = 16};

/* Dirties what the next calls find on the stack, so that a byte copied from there shows in an image. */
static void dirty_the_stack(unsigned char value)
{
    volatile unsigned char stack[24000];
    for (size_t i = 0; i < sizeof stack; i++)
        stack[i] = value;
}

static void (*volatile scribble)(unsigned char) = dirty_the_stack; /* a real call, whatever the compiler thinks of it */

static void assert_same_state(const struct life *a, const struct life *b)
{
    uint8_t da[32], db[32];
    assert_int_equal(a->net->now, b->net->now);
    assert_int_equal(a->net->sents, b->net->sents);
    for (unsigned host = 0; host < LIFE_HOSTS; host++) {
        net_digest(a->net, host, WRN_PART_ALL, da);
        net_digest(b->net, host, WRN_PART_ALL, db);
        assert_memory_equal(da, db, 32);
        assert_int_equal(wrn_deadline(a->net->host[host].engine), wrn_deadline(b->net->host[host].engine));
    }
}

static void assert_same_end(const struct life *a, const struct life *b)
{
    assert_int_equal(life_log(a), life_log(b));
    assert_int_equal(a->net->delivereds, b->net->delivereds);
    assert_memory_equal(a->net->verdicts, b->net->verdicts, sizeof a->net->verdicts);
    assert_memory_equal(a->net->reasons, b->net->reasons, sizeof a->net->reasons);
    for (unsigned host = 0; host < LIFE_HOSTS; host++)
        assert_memory_equal(a->net->host[host].events, b->net->host[host].events, sizeof a->net->host[host].events);
}

/* Law 1: the same life twice, on a clean stack and on a dirty one: equal digests at every step, equal memory at the end. */
static void law1_the_same_calls_give_the_same_bytes_and_the_same_image(void **state)
{
    size_t sents = 0, delivereds = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= LIVES; seed++) {
        struct life a, b;
        scribble(0x00);
        life_begin(&a, seed, &small);
        scribble(0xee);
        life_begin(&b, seed, &small);
        for (unsigned step = 0; step < STEPS; step++) {
            scribble(0x00);
            life_step(&a);
            scribble(0xee);
            life_step(&b);
            assert_same_state(&a, &b);
        }
        assert_same_end(&a, &b);
        for (unsigned host = 0; host < LIFE_HOSTS; host++)
            assert_memory_equal(a.net->host[host].memory, b.net->host[host].memory, wrn_engine_size(&small));
        sents += a.net->sents;
        delivereds += a.net->delivereds;
        life_end(&a);
        life_end(&b);
    }
    assert_true(sents > 2000 && delivereds > 500); /* lives worth living */
}

static void law1_another_seed_is_another_life(void **state)
{
    struct life a, b;
    uint8_t     da[32], db[32];
    (void)state;
    life_begin(&a, 1, &small);
    life_begin(&b, 2, &small);
    for (unsigned step = 0; step < 50; step++) {
        life_step(&a);
        life_step(&b);
    }
    net_digest(a.net, 0, WRN_PART_PROTOCOL, da);
    net_digest(b.net, 0, WRN_PART_PROTOCOL, db);
    assert_memory_not_equal(da, db, 32);
    life_end(&a);
    life_end(&b);
}

/* Law 5: one life stays, its twin moves to other memory before every step and never knows. */
static void law5_a_copied_image_continues_identically(void **state)
{
    (void)state;
    for (uint64_t seed = 101; seed <= 100 + LIVES; seed++) {
        struct life stays, hops;
        life_begin(&stays, seed, &small);
        life_begin(&hops, seed, &small);
        for (unsigned step = 0; step < STEPS; step++) {
            life_hop(&hops, step % LIFE_HOSTS);
            life_step(&stays);
            life_step(&hops);
            assert_same_state(&stays, &hops);
        }
        assert_same_end(&stays, &hops);
        life_end(&stays);
        life_end(&hops);
    }
}

/* Law 5: a checkpoint in the middle: the world goes on, comes back to the image, and goes on the same way again. */
static void p140_a_checkpoint_repeats_its_future_until_it_is_stirred(void **state)
{
    struct net        *net = net_new(2, 10 * WRN_MILLISECOND);
    size_t             size = wrn_engine_size(&net->host[0].config.limits);
    void              *image = malloc(size);
    uint8_t            buffer[NET_BYTES], first[148], entropy[32] = {7};
    struct wrn_packet  packet;
    (void)state;
    assert_non_null(image);
    net_introduce(net, 0, 1, true);
    net_send(net, 0, 1, 100);
    net->now += 6 * WRN_SECOND;
    memcpy(image, net->host[0].memory, size);
    for (unsigned run = 0; run < 3; run++) {
        memcpy(net->host[0].memory, image, size);
        if (run == 2)
            wrn_engine_stir(net->host[0].engine, entropy);
        packet = (struct wrn_packet){.data = buffer, .capacity = sizeof buffer};
        assert_int_equal(wrn_net_output(net->host[0].engine, net->now, &packet, 1), 1);
        assert_int_equal(packet.length, 148);
        if (run == 0)
            memcpy(first, buffer, 148);
        else if (run == 1)
            assert_memory_equal(first, buffer, 148);
        else
            assert_memory_not_equal(first + 8, buffer + 8, 32); /* another ephemeral key */
    }
    free(image);
    net_free(net);
}

/* Law 1: what was in the memory before init, and where it lies, is nothing to the engine. */
static void law1_init_leaves_nothing_of_the_old_memory(void **state)
{
    struct wrn_config  config;
    struct wrn_engine *engine[2];
    void              *memory[2];
    (void)state;
    wrn_config_default(&config);
    size_t size = wrn_engine_size(&config.limits);
    for (unsigned i = 0; i < 2; i++) {
        memory[i] = aligned_alloc(64, (size + 127) & ~(size_t)63);
        assert_non_null(memory[i]);
        memset(memory[i], i ? 0xff : 0x11, size + 16);
        scribble(i ? 0xff : 0x11);
        assert_int_equal(wrn_engine_init(&engine[i], (uint8_t *)memory[i] + 16 * i, size, &config, 5), WRN_OK);
        wrn_engine_attach(engine[i], &wrn_crypto_sodium, NULL, 1);
    }
    assert_memory_equal(engine[0], engine[1], size);
    wrn_engine_wipe(engine[1]);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(((uint8_t *)engine[1])[i], 0);
    free(memory[0]);
    free(memory[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(law1_the_same_calls_give_the_same_bytes_and_the_same_image),
        cmocka_unit_test(law1_another_seed_is_another_life),
        cmocka_unit_test(law1_init_leaves_nothing_of_the_old_memory),
        cmocka_unit_test(law5_a_copied_image_continues_identically),
        cmocka_unit_test(p140_a_checkpoint_repeats_its_future_until_it_is_stirred),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
