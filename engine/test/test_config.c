#include "net.h"

#include <stdlib.h>
#include <string.h>

#include "life.h"
#include "random.h"

/* Configuration: every refusal changes nothing, and random configuration agrees with naive lists (sections 12 and 14). */

static struct wrn_prefix prefix_of(uint8_t family, uint8_t length)
{
    return (struct wrn_prefix){.address = {10, 1}, .family = family, .length = length};
}

/* Refusals. ------------------------------------------------------------------------------------------------------------------ */

/* Host 0 has a session with peer 1, no place for more peers or prefixes, and an old handle of a peer that is gone. */
struct refused { struct net *net; struct wrn_engine *engine; struct wrn_peer peer, gone; };

static struct refused refused_new(void)
{
    struct wrn_config config;
    struct refused    r;
    uint8_t           key[32] = {9};
    wrn_config_default(&config);
    config.limits.peers = 2;
    config.limits.prefixes = 4;
    r.net = net_new_with(3, WRN_MILLISECOND, &config, &wrn_crypto_sodium);
    r.engine = r.net->host[0].engine;
    assert_int_equal(wrn_peer_add(r.engine, 0, key, &r.gone), WRN_OK);
    assert_int_equal(wrn_peer_remove(r.engine, 0, r.gone), WRN_OK);
    net_introduce(r.net, 1, 0, true);
    net_introduce(r.net, 0, 1, true);
    net_introduce(r.net, 0, 2, false);
    r.peer = r.net->host[0].peers[1];
    net_send(r.net, 0, 1, 100);
    net_run(r.net, WRN_SECOND);
    return r;
}

static enum wrn_status set(const struct refused *r, struct wrn_peer peer, struct wrn_peer_change change)
{
    return wrn_peer_set(r->engine, r->net->now + 1, peer, &change);
}

static enum wrn_status add_prefix(const struct refused *r, struct wrn_peer peer, struct wrn_prefix prefix)
{
    struct wrn_peer previous;
    return wrn_allowed_add(r->engine, peer, &prefix, &previous);
}

static enum wrn_status remove_prefix(const struct refused *r, struct wrn_peer peer, struct wrn_prefix prefix)
{
    return wrn_allowed_remove(r->engine, peer, &prefix);
}

static enum wrn_status replace(const struct refused *r, struct wrn_peer peer, struct wrn_prefix prefix)
{
    struct wrn_prefix list[2] = {prefix_of(4, 8), prefix};
    return wrn_allowed_replace(r->engine, peer, list, 2);
}

static enum wrn_status add_peer(const struct refused *r, unsigned who)
{
    struct wrn_peer peer;
    uint8_t         key[32];
    net_public_key(r->net, who, key);
    if (who == 2)
        key[0] ^= 1; /* a stranger */
    return wrn_peer_add(r->engine, r->net->now + 1, key, &peer);
}

static enum wrn_status find_peer(const struct refused *r)
{
    struct wrn_peer peer;
    return wrn_peer_find(r->engine, (const uint8_t[32]){9}, &peer);
}

static enum wrn_status lookup(const struct refused *r, uint8_t family)
{
    struct wrn_peer peer;
    return wrn_allowed_lookup(r->engine, family, (const uint8_t[16]){77}, &peer);
}

static enum wrn_status info(const struct refused *r, struct wrn_peer peer)
{
    struct wrn_peer_info info;
    return wrn_peer_info(r->engine, peer, &info);
}

static enum wrn_status view(const struct refused *r, struct wrn_peer peer)
{
    struct wrn_peer_view view;
    return wrn_inspect_peer(r->engine, peer, &view);
}

/* The call, what it must answer, and then an unchanged digest: of time, too. */
#define REFUSE(call, status)                                                                                                    \
    do {                                                                                                                        \
        uint8_t before[32], after[32];                                                                                          \
        wrn_digest(r.engine, WRN_PART_ALL, before);                                                                             \
        assert_int_equal((call), (status));                                                                                     \
        wrn_digest(r.engine, WRN_PART_ALL, after);                                                                              \
        assert_memory_equal(before, after, 32);                                                                                 \
    } while (0)

static void p127_p129_peer_calls_that_are_refused_change_nothing(void **state)
{
    struct refused        r = refused_new();
    const struct wrn_peer stale[] = {r.gone, {r.peer.slot, r.peer.generation + 1}, {r.peer.slot, r.peer.generation - 1},
                                     {2, 1}, {1000, 1}, {UINT32_MAX, 0}, {r.peer.slot, 0}};
    (void)state;
    REFUSE(add_peer(&r, 0), WRN_OWN_KEY);
    REFUSE(add_peer(&r, 1), WRN_EXISTS);
    REFUSE(add_peer(&r, 2), WRN_NO_ROOM);
    REFUSE(find_peer(&r), WRN_NOT_FOUND);
    for (unsigned i = 0; i < sizeof stale / sizeof stale[0]; i++) {
        uint32_t          cursor = 0;
        struct wrn_prefix out;
        REFUSE(wrn_peer_remove(r.engine, r.net->now + 1, stale[i]), WRN_STALE);
        REFUSE(set(&r, stale[i], (struct wrn_peer_change){.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = 5}), WRN_STALE);
        REFUSE(add_prefix(&r, stale[i], prefix_of(4, 8)), WRN_STALE);
        REFUSE(remove_prefix(&r, stale[i], prefix_of(4, 8)), WRN_STALE);
        REFUSE(replace(&r, stale[i], prefix_of(4, 9)), WRN_STALE);
        REFUSE(wrn_staged_purge(r.engine, stale[i]), WRN_STALE);
        REFUSE(info(&r, stale[i]), WRN_STALE);
        REFUSE(view(&r, stale[i]), WRN_STALE);
        REFUSE(wrn_allowed_next(r.engine, stale[i], &cursor, &out), false);
    }
    net_free(r.net);
}

static void p127_changes_of_a_peer_that_are_refused_change_nothing(void **state)
{
    struct refused      r = refused_new();
    struct wrn_endpoint good = r.net->host[2].address, none = {0}, five = good;
    (void)state;
    five.family = 5;
    for (unsigned bit = 5; bit < 32; bit++)
        REFUSE(set(&r, r.peer, (struct wrn_peer_change){.mask = 1u << bit | WRN_CHANGE_KEEPALIVE, .keepalive_s = 9}),
               WRN_BAD_ARGUMENT);
    REFUSE(set(&r, r.peer, (struct wrn_peer_change){.mask = WRN_CHANGE_ENDPOINT | WRN_CHANGE_FORGET_ENDPOINT, .endpoint = good}),
           WRN_BAD_ARGUMENT);
    REFUSE(set(&r, r.peer, (struct wrn_peer_change){.mask = WRN_CHANGE_ALL, .endpoint = good}), WRN_BAD_ARGUMENT);
    REFUSE(set(&r, r.peer, (struct wrn_peer_change){.mask = WRN_CHANGE_ENDPOINT, .endpoint = none}), WRN_BAD_ARGUMENT);
    REFUSE(set(&r, r.peer, (struct wrn_peer_change){.mask = WRN_CHANGE_ENDPOINT | WRN_CHANGE_PINNED, .endpoint = five}),
           WRN_BAD_ARGUMENT);
    net_free(r.net);
}

static void p127_prefixes_and_numbers_that_are_refused_change_nothing(void **state)
{
    struct refused          r = refused_new();
    const struct wrn_prefix bad[] = {prefix_of(4, 33), prefix_of(4, 255), prefix_of(6, 129), prefix_of(0, 0), prefix_of(5, 8),
                                     prefix_of(255, 8)};
    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        REFUSE(add_prefix(&r, r.peer, bad[i]), WRN_BAD_ARGUMENT);
        REFUSE(remove_prefix(&r, r.peer, bad[i]), WRN_BAD_ARGUMENT);
        REFUSE(replace(&r, r.peer, bad[i]), WRN_BAD_ARGUMENT);
    }
    REFUSE(remove_prefix(&r, r.peer, prefix_of(4, 8)), WRN_NOT_FOUND);
    REFUSE(lookup(&r, 4), WRN_NOT_FOUND);
    REFUSE(lookup(&r, 0), WRN_BAD_ARGUMENT);
    REFUSE(lookup(&r, 7), WRN_BAD_ARGUMENT);
    REFUSE(wrn_set_load(r.engine, r.net->now + 1, 10, 0), WRN_BAD_ARGUMENT);
    net_free(r.net);
}

static void p127_a_full_table_of_prefixes_refuses_and_stays(void **state)
{
    struct refused    r = refused_new();
    struct wrn_prefix list[5] = {prefix_of(4, 8), prefix_of(4, 9), prefix_of(4, 10), prefix_of(6, 11), prefix_of(6, 12)};
    (void)state;
    REFUSE(add_prefix(&r, r.peer, prefix_of(4, 16)), WRN_NO_ROOM);
    REFUSE(wrn_allowed_replace(r.engine, r.peer, list, 3), WRN_NO_ROOM);
    REFUSE(wrn_allowed_replace(r.engine, r.peer, list, 5), WRN_NO_ROOM);
    net_free(r.net);
}

static void p127_limits_out_of_range_make_no_engine(void **state)
{
    static const struct { size_t field; uint32_t bad[4]; } table[] = {
        {offsetof(struct wrn_limits, peers), {0, (1u << 20) + 1, UINT32_MAX, UINT32_MAX}},
        {offsetof(struct wrn_limits, prefixes), {0, (1u << 24) + 1, UINT32_MAX, UINT32_MAX}},
        {offsetof(struct wrn_limits, window_bits), {0, 64, 192, 131072}},
        {offsetof(struct wrn_limits, stage_slots), {(1u << 24) + 1, UINT32_MAX, UINT32_MAX, UINT32_MAX}},
        {offsetof(struct wrn_limits, stage_bytes), {65536, UINT32_MAX, UINT32_MAX, UINT32_MAX}},
        {offsetof(struct wrn_limits, sources), {0, (1u << 24) + 1, UINT32_MAX, UINT32_MAX}},
        {offsetof(struct wrn_limits, lanes), {0, 65, UINT32_MAX, UINT32_MAX}},
    };
    struct wrn_config  config;
    struct wrn_engine *engine = NULL;
    uint64_t           memory[2];
    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++)
        for (unsigned j = 0; j < 4; j++) {
            wrn_config_default(&config);
            memcpy((uint8_t *)&config.limits + table[i].field, &table[i].bad[j], 4);
            assert_int_equal(wrn_engine_size(&config.limits), 0);
            assert_int_equal(wrn_engine_init(&engine, memory, SIZE_MAX, &config, 0), WRN_BAD_ARGUMENT);
        }
    wrn_config_default(&config);
    config.load_burst = 0;
    assert_int_equal(wrn_engine_init(&engine, memory, SIZE_MAX, &config, 0), WRN_BAD_ARGUMENT);
    config.load_burst = 1;
    config.limits.lanes = 2;
    config.limits.orders = 15;
    assert_int_equal(wrn_engine_size(&config.limits), 0);
    config.limits.lanes = 1; /* then orders do not matter */
    assert_true(wrn_engine_size(&config.limits) > 0);
    assert_null(engine);
}

static void p127_memory_that_does_not_do_makes_no_engine(void **state)
{
    struct wrn_config  config;
    struct wrn_engine *engine = NULL;
    (void)state;
    wrn_config_default(&config);
    size_t   size = wrn_engine_size(&config.limits);
    uint8_t *memory = aligned_alloc(16, ((size + 15) & ~(size_t)15) + 16);
    assert_non_null(memory);
    assert_int_equal(wrn_engine_init(&engine, NULL, size, &config, 0), WRN_BAD_MEMORY);
    assert_int_equal(wrn_engine_init(&engine, memory, size - 1, &config, 0), WRN_BAD_MEMORY);
    for (unsigned off = 1; off < 16; off++)
        assert_int_equal(wrn_engine_init(&engine, memory + off, size, &config, 0), WRN_BAD_MEMORY);
    assert_null(engine);
    assert_int_equal(wrn_engine_init(&engine, memory, size, &config, 0), WRN_OK);
    assert_ptr_equal(engine, memory);
    free(memory);
}

/* The end of time is clamped at the beginning as in every later call: nothing armed is not due then. */
static void p79_an_engine_may_begin_at_the_end_of_time(void **state)
{
    struct wrn_config  config;
    struct wrn_engine *engine = NULL;
    (void)state;
    wrn_config_default(&config);
    size_t size = (wrn_engine_size(&config.limits) + 15) & ~(size_t)15;
    void  *memory = aligned_alloc(16, size);
    assert_non_null(memory);
    assert_int_equal(wrn_engine_init(&engine, memory, size, &config, WRN_NEVER), WRN_OK);
    wrn_engine_attach(engine, &wrn_crypto_portable, NULL, 0);
    assert_int_equal(wrn_set_up(engine, WRN_NEVER, true), WRN_OK);
    wrn_advance(engine, WRN_NEVER);
    wrn_advance(engine, 5);
    assert_true(wrn_deadline(engine) == WRN_NEVER);
    free(memory);
}

/* Statuses have names, and nothing else has one of them. */
static void p127_every_status_has_a_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WRN_STATUS_COUNT; i++) {
        assert_string_not_equal(wrn_status_name(i), "?");
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(wrn_status_name(i), wrn_status_name(j));
    }
    assert_string_equal(wrn_status_name(WRN_STATUS_COUNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p127_p129_peer_calls_that_are_refused_change_nothing),
        cmocka_unit_test(p127_changes_of_a_peer_that_are_refused_change_nothing),
        cmocka_unit_test(p127_prefixes_and_numbers_that_are_refused_change_nothing),
        cmocka_unit_test(p127_a_full_table_of_prefixes_refuses_and_stays),
        cmocka_unit_test(p127_limits_out_of_range_make_no_engine),
        cmocka_unit_test(p127_memory_that_does_not_do_makes_no_engine),
        cmocka_unit_test(p79_an_engine_may_begin_at_the_end_of_time),
        cmocka_unit_test(p127_every_status_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
