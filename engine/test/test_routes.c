#include "net.h"

#include <stdlib.h>
#include <string.h>

#include "life.h"
#include "random.h"

/* Allowed IPs through the engine: one table, longest match, moves, walks and replacements (section 12). */

struct table { struct net *net; struct wrn_engine *engine; struct wrn_peer peers[4]; };

static struct table table_new(uint32_t prefixes)
{
    struct wrn_config config;
    struct table      t;
    wrn_config_default(&config);
    config.limits.prefixes = prefixes;
    t.net = net_new_with(1, 0, &config, &wrn_crypto_sodium);
    t.engine = t.net->host[0].engine;
    for (unsigned i = 0; i < 4; i++) {
        uint8_t key[32] = {(uint8_t)(i + 1), 0x10};
        assert_int_equal(wrn_peer_add(t.engine, 0, key, &t.peers[i]), WRN_OK);
    }
    return t;
}

static struct wrn_prefix v4(uint32_t address, uint8_t length)
{
    return (struct wrn_prefix){
        .address = {(uint8_t)(address >> 24), (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address},
        .family = 4,
        .length = length};
}

static uint32_t owner4(const struct table *t, uint32_t address)
{
    struct wrn_prefix at = v4(address, 32);
    struct wrn_peer   peer;
    enum wrn_status   status = wrn_allowed_lookup(t->engine, 4, at.address, &peer);
    assert_int_equal(status, peer.slot == UINT32_MAX ? WRN_NOT_FOUND : WRN_OK);
    return peer.slot;
}

static void allow(const struct table *t, unsigned peer, struct wrn_prefix prefix)
{
    assert_int_equal(wrn_allowed_add(t->engine, t->peers[peer], &prefix, NULL), WRN_OK);
}

static size_t listed(const struct table *t, unsigned peer, struct wrn_prefix *out)
{
    uint32_t cursor = 0;
    size_t   count = 0;
    while (wrn_allowed_next(t->engine, t->peers[peer], &cursor, &out[count]))
        count++;
    return count;
}

static uint32_t prefixes_in(const struct table *t, uint32_t *nodes)
{
    struct wrn_engine_view view;
    wrn_inspect_engine(t->engine, &view);
    if (nodes)
        *nodes = view.trie_nodes;
    return view.prefixes;
}

static void p110_g7_longest_match_and_moves_that_tell_the_old_owner(void **state)
{
    struct table      t = table_new(8);
    struct wrn_prefix whole = v4(0x0a000000, 8), part = v4(0x0a010203, 16), out[8];
    struct wrn_peer   previous;
    (void)state;
    allow(&t, 0, whole);
    assert_int_equal(wrn_allowed_add(t.engine, t.peers[1], &part, &previous), WRN_OK);
    assert_int_equal(previous.slot, UINT32_MAX);
    assert_int_equal(owner4(&t, 0x0a010001), t.peers[1].slot);
    assert_int_equal(owner4(&t, 0x0a020001), t.peers[0].slot);
    assert_int_equal(owner4(&t, 0x0b000001), UINT32_MAX);
    assert_int_equal(listed(&t, 1, out), 1); /* host bits are gone on report */
    assert_int_equal(out[0].address[2] | out[0].address[3], 0);
    part.address[3] = 77; /* the same prefix, other host bits: it moves */
    assert_int_equal(wrn_allowed_add(t.engine, t.peers[2], &part, &previous), WRN_OK);
    assert_memory_equal(&previous, &t.peers[1], sizeof previous);
    assert_int_equal(listed(&t, 1, out), 0);
    assert_int_equal(owner4(&t, 0x0a010001), t.peers[2].slot);
    net_free(t.net);
}

/* A prefix that moves between peers always belongs to one of them (G-64). */
static void p110_g64_a_moving_prefix_is_always_somebodys(void **state)
{
    struct net *net = net_new(3, WRN_MILLISECOND);
    (void)state;
    net_connect(net, 0, 1);
    net_connect(net, 0, 2);
    net_send(net, 0, 1, 60);
    net_send(net, 0, 2, 60);
    net_run(net, WRN_SECOND);
    for (unsigned i = 0; i < 20; i++) {
        struct wrn_prefix prefix = {.address = {10, 7}, .family = 4, .length = 16};
        assert_int_equal(wrn_allowed_add(net->host[0].engine, net->host[0].peers[1 + i % 2], &prefix, NULL), WRN_OK);
        net_send_from(net, 0, 0x0a000001, 0x0a070001, 60);
        assert_int_equal(net_last_verdict, WRN_SEND);
        assert_int_equal(net->sent[net->sents - 1].to.address[3], 2 + i % 2);
    }
    net_free(net);
}

static void p111_g62_removing_a_peer_or_its_list_leaves_no_node(void **state)
{
    struct table t = table_new(300);
    struct rng   rng = {62};
    uint32_t     nodes;
    (void)state;
    for (unsigned round = 0; round < 30; round++) {
        for (unsigned i = 0; i < 250; i++) {
            struct wrn_prefix prefix = {.family = (uint8_t)(4 + 2 * rng_below(&rng, 2))};
            rng_bytes(&rng, prefix.address, 16);
            prefix.address[0] &= 3;
            prefix.length = (uint8_t)rng_below(&rng, prefix.family == 4 ? 33 : 129);
            allow(&t, rng_below(&rng, 4), prefix);
        }
        for (unsigned i = 0; i < 4; i++) {
            if (i % 2) {
                assert_int_equal(wrn_allowed_replace(t.engine, t.peers[i], NULL, 0), WRN_OK);
            } else {
                uint8_t key[32] = {(uint8_t)(i + 1), 0x10};
                assert_int_equal(wrn_peer_remove(t.engine, 0, t.peers[i]), WRN_OK);
                assert_int_equal(wrn_peer_add(t.engine, 0, key, &t.peers[i]), WRN_OK);
            }
        }
        assert_int_equal(prefixes_in(&t, &nodes), 0);
        assert_int_equal(nodes, 0);
    }
    net_free(t.net);
}

/* /0 to /128 nested: the deepest path there is. */
static void p112_g33_g63_the_whole_chain_of_nested_prefixes(void **state)
{
    struct table      t = table_new(200);
    struct wrn_prefix out[200];
    uint8_t           address[16] = {0};
    struct wrn_peer   peer;
    uint32_t          nodes;
    (void)state;
    for (unsigned family = 4; family <= 6; family += 2)
        for (unsigned length = 0; length <= (family == 4 ? 32u : 128u); length++)
            allow(&t, length % 4, (struct wrn_prefix){.family = (uint8_t)family, .length = (uint8_t)length});
    for (unsigned bit = 0; bit <= 128; bit++) { /* an address that leaves the chain at this bit */
        memset(address, 0, 16);
        if (bit < 128)
            address[bit / 8] = (uint8_t)(0x80 >> bit % 8);
        assert_int_equal(wrn_allowed_lookup(t.engine, 6, address, &peer), WRN_OK);
        assert_int_equal(peer.slot, t.peers[bit % 4].slot);
        if (bit <= 32) {
            assert_int_equal(wrn_allowed_lookup(t.engine, 4, address, &peer), WRN_OK);
            assert_int_equal(peer.slot, t.peers[bit % 4].slot);
        }
    }
    assert_int_equal(listed(&t, 0, out) + listed(&t, 1, out) + listed(&t, 2, out) + listed(&t, 3, out), 162);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(wrn_allowed_replace(t.engine, t.peers[i], NULL, 0), WRN_OK);
    assert_int_equal(prefixes_in(&t, &nodes), 0);
    assert_int_equal(nodes, 0);
    net_free(t.net);
}

static void p113_removing_anothers_prefix_does_nothing(void **state)
{
    struct table      t = table_new(8);
    struct wrn_prefix prefix = v4(0x0a000000, 8), longer = v4(0x0a000000, 9);
    uint8_t           before[32], after[32];
    (void)state;
    allow(&t, 0, prefix);
    wrn_digest(t.engine, WRN_PART_ALL, before);
    assert_int_equal(wrn_allowed_remove(t.engine, t.peers[1], &prefix), WRN_NOT_FOUND);
    assert_int_equal(wrn_allowed_remove(t.engine, t.peers[0], &longer), WRN_NOT_FOUND);
    wrn_digest(t.engine, WRN_PART_ALL, after);
    assert_memory_equal(before, after, 32);
    assert_int_equal(wrn_allowed_remove(t.engine, t.peers[0], &prefix), WRN_OK);
    assert_int_equal(owner4(&t, 0x0a000001), UINT32_MAX);
    net_free(t.net);
}

/* A list of any length is walked once, in order, however often the walk is left and taken up again. */
static void p136_g61_a_walk_of_thousands_lists_each_once(void **state)
{
    struct table      t = table_new(6000);
    struct wrn_prefix out;
    uint8_t          *seen = calloc(5000, 1);
    (void)state;
    assert_non_null(seen);
    for (uint32_t i = 0; i < 5000; i++) {
        allow(&t, 0, v4(0x14000000 + i * 256, 24));
        if (i % 5 == 0)
            allow(&t, 1, v4(0x28000000 + i, 32));
    }
    uint32_t cursor = 0, count = 0;
    while (wrn_allowed_next(t.engine, t.peers[0], &cursor, &out)) {
        uint32_t which = ((uint32_t)out.address[0] << 16 | (uint32_t)out.address[1] << 8 | out.address[2]) - 0x140000u;
        assert_true(which < 5000 && !seen[which]);
        assert_true(out.length == 24 && out.family == 4);
        seen[which] = 1;
        count++;
        if (count % 7 == 0) { /* reading elsewhere in between disturbs nothing */
            struct wrn_prefix other;
            uint32_t          elsewhere = 0;
            assert_true(wrn_allowed_next(t.engine, t.peers[1], &elsewhere, &other));
        }
    }
    assert_int_equal(count, 5000);
    free(seen);
    net_free(t.net);
}

static void p136_a_walk_ends_where_its_place_is_gone(void **state)
{
    struct table      t = table_new(8);
    struct wrn_prefix first, out;
    (void)state;
    allow(&t, 0, v4(0x0a000000, 8));
    allow(&t, 0, v4(0x0b000000, 8));
    uint32_t cursor = 0, wild[] = {1000000, UINT32_MAX, 17};
    assert_true(wrn_allowed_next(t.engine, t.peers[0], &cursor, &first));
    assert_int_equal(wrn_allowed_remove(t.engine, t.peers[0], &first), WRN_OK);
    assert_false(wrn_allowed_next(t.engine, t.peers[0], &cursor, &out));
    for (unsigned i = 0; i < 3; i++)
        assert_false(wrn_allowed_next(t.engine, t.peers[0], &wild[i], &out));
    net_free(t.net);
}

/* Replacing: exactly what fits is taken, whatever is repeated, given up or taken from others; one too many changes nothing. */
static void p111_p127_replacing_takes_all_that_fits_or_nothing(void **state)
{
    struct table      t = table_new(4);
    struct wrn_prefix a = v4(0x01000000, 8), b = v4(0x02000000, 8), c = v4(0x03000000, 8), d = v4(0x04000000, 8),
                      e = v4(0x05000000, 8);
    struct wrn_prefix a_again = v4(0x01020304, 8), out[8];
    uint8_t           before[32], after[32];
    (void)state;
    allow(&t, 0, a);
    allow(&t, 0, b);
    allow(&t, 1, c);
    allow(&t, 1, d);
    const struct wrn_prefix fresh[] = {e, a}, moved[] = {c, d, a, e, a_again, e, c}, repeated[] = {a, a, a_again, a, a, a, b};
    assert_int_equal(wrn_allowed_replace(t.engine, t.peers[0], fresh, 2), WRN_OK); /* b goes, e takes its room */
    assert_int_equal(listed(&t, 0, out), 2);
    assert_memory_equal(&out[0], &e, sizeof e);
    assert_int_equal(wrn_allowed_replace(t.engine, t.peers[0], repeated, 7), WRN_OK); /* seven words, two prefixes */
    assert_int_equal(listed(&t, 0, out), 2);
    const struct wrn_prefix three[] = {a, b, b, e};
    wrn_digest(t.engine, WRN_PART_ALL, before);
    assert_int_equal(wrn_allowed_replace(t.engine, t.peers[0], three, 4), WRN_NO_ROOM);
    wrn_digest(t.engine, WRN_PART_ALL, after);
    assert_memory_equal(before, after, 32);
    assert_int_equal(wrn_allowed_replace(t.engine, t.peers[0], moved, 7), WRN_OK); /* four, two of them another's */
    assert_int_equal(listed(&t, 0, out), 4);
    assert_int_equal(listed(&t, 1, out), 0);
    assert_int_equal(prefixes_in(&t, NULL), 4);
    net_free(t.net);
}

/* One invalid prefix anywhere in the list: nothing of it is taken. */
static void p127_replacing_with_one_bad_prefix_changes_nothing(void **state)
{
    struct table t = table_new(8);
    uint8_t      before[32], after[32];
    (void)state;
    allow(&t, 0, v4(0x01000000, 8));
    wrn_digest(t.engine, WRN_PART_ALL, before);
    for (unsigned at = 0; at < 4; at++) {
        struct wrn_prefix list[4] = {v4(0x02000000, 8), v4(0x03000000, 8), v4(0x04000000, 8), v4(0x05000000, 8)};
        list[at].length = 33;
        assert_int_equal(wrn_allowed_replace(t.engine, t.peers[0], list, 4), WRN_BAD_ARGUMENT);
        wrn_digest(t.engine, WRN_PART_ALL, after);
        assert_memory_equal(before, after, 32);
    }
    net_free(t.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p110_g7_longest_match_and_moves_that_tell_the_old_owner),
        cmocka_unit_test(p110_g64_a_moving_prefix_is_always_somebodys),
        cmocka_unit_test(p111_g62_removing_a_peer_or_its_list_leaves_no_node),
        cmocka_unit_test(p112_g33_g63_the_whole_chain_of_nested_prefixes),
        cmocka_unit_test(p113_removing_anothers_prefix_does_nothing),
        cmocka_unit_test(p136_g61_a_walk_of_thousands_lists_each_once),
        cmocka_unit_test(p136_a_walk_ends_where_its_place_is_gone),
        cmocka_unit_test(p111_p127_replacing_takes_all_that_fits_or_nothing),
        cmocka_unit_test(p127_replacing_with_one_bad_prefix_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
