#include "net.h"

#include <stdlib.h>
#include <string.h>

#include "random.h"

/* Random configuration against naive lists: peers by key, prefixes in the order of their arrival (G-29, G-33, G-62). */

enum {
    KEYS = 12,
    PEERS = 8,
    PREFIXES = 24,
    SPARE = 32,
    NOWHERE = 1000,
    STEPS = 6000
}; /* SPARE: the model may overflow while it tries */

struct entry { struct wrn_prefix prefix; unsigned owner; };

struct model {
    struct net        *net;
    struct wrn_engine *engine;
    struct rng         rng;
    bool               there[KEYS], pinned[KEYS], secret[KEYS];
    struct wrn_peer    peer[KEYS];
    struct wrn_endpoint endpoint[KEYS];
    uint16_t           keepalive[KEYS];
    unsigned           peers, prefixes;
    struct entry       list[PREFIXES + SPARE];
    size_t             answers[WRN_STATUS_COUNT];
};

static void key_of(unsigned who, uint8_t key[32])
{
    memset(key, 0, 32);
    key[5] = (uint8_t)(who + 1);
}

static bool covers(const struct wrn_prefix *prefix, uint8_t family, const uint8_t *address)
{
    if (prefix->family != family)
        return false;
    for (unsigned bit = 0; bit < prefix->length; bit++)
        if ((prefix->address[bit / 8] ^ address[bit / 8]) & 0x80u >> bit % 8)
            return false;
    return true;
}

static struct wrn_prefix draw_prefix(struct model *m)
{
    struct wrn_prefix prefix = {.family = rng_below(&m->rng, 2) ? 4 : 6};
    prefix.length = (uint8_t)rng_below(&m->rng, prefix.family == 4 ? 33 : 129);
    if (rng_below(&m->rng, 3))
        prefix.length &= 7;
    for (unsigned i = 0; i < 16; i++)
        prefix.address[i] = (uint8_t)(rng_below(&m->rng, 2) * 0xff);
    prefix.address[0] = (uint8_t)rng_next(&m->rng);
    return prefix;
}

static unsigned find(const struct model *m, const struct wrn_prefix *prefix)
{
    for (unsigned i = 0; i < m->prefixes; i++)
        if (m->list[i].prefix.length == prefix->length && covers(&m->list[i].prefix, prefix->family, prefix->address))
            return i;
    return NOWHERE;
}

static void cut(struct model *m, unsigned at)
{
    memmove(&m->list[at], &m->list[at + 1], (m->prefixes - at - 1) * sizeof m->list[0]);
    m->prefixes--;
}

/* Said again, a prefix goes to the end, as in the reference. */
static void put(struct model *m, const struct wrn_prefix *prefix, unsigned owner)
{
    unsigned at = find(m, prefix);
    if (at != NOWHERE)
        cut(m, at);
    m->list[m->prefixes++] = (struct entry){*prefix, owner};
    for (unsigned bit = prefix->length; bit < 128; bit++)
        m->list[m->prefixes - 1].prefix.address[bit / 8] &= (uint8_t)~(0x80u >> bit % 8);
}

static void drop_owned(struct model *m, unsigned owner)
{
    for (unsigned i = m->prefixes; i-- > 0;)
        if (m->list[i].owner == owner)
            cut(m, i);
}

static void expect(struct model *m, enum wrn_status given, enum wrn_status wanted)
{
    assert_int_equal(given, wanted);
    m->answers[given]++;
}

/* Operations: the same on both sides. ---------------------------------------------------------------------------------------- */

static void add_peer(struct model *m, unsigned who)
{
    uint8_t         key[32];
    struct wrn_peer peer;
    key_of(who, key);
    enum wrn_status status = wrn_peer_add(m->engine, m->net->now, key, &peer);
    expect(m, status, m->there[who] ? WRN_EXISTS : m->peers == PEERS ? WRN_NO_ROOM : WRN_OK);
    if (status == WRN_EXISTS)
        assert_memory_equal(&peer, &m->peer[who], sizeof peer);
    if (status != WRN_OK)
        return;
    m->there[who] = true;
    m->peer[who] = peer;
    m->keepalive[who] = 0;
    m->pinned[who] = m->secret[who] = false;
    memset(&m->endpoint[who], 0, sizeof m->endpoint[who]);
    m->peers++;
}

static void remove_peer(struct model *m, unsigned who)
{
    expect(m, wrn_peer_remove(m->engine, m->net->now, m->peer[who]), m->there[who] ? WRN_OK : WRN_STALE);
    if (!m->there[who])
        return;
    m->there[who] = false;
    m->peers--;
    drop_owned(m, who);
}

static void change_peer(struct model *m, unsigned who)
{
    struct wrn_peer_change change = {.mask = rng_below(&m->rng, 32), .keepalive_s = (uint16_t)rng_next(&m->rng),
                                     .pinned = rng_below(&m->rng, 2), .preshared_key = {(uint8_t)rng_below(&m->rng, 2)}};
    change.endpoint = (struct wrn_endpoint){.address = {1, 2, 3, (uint8_t)rng_next(&m->rng)}, .port = (uint16_t)rng_next(&m->rng),
                                            .family = 4, .host = rng_below(&m->rng, 3)};
    uint32_t both = WRN_CHANGE_ENDPOINT | WRN_CHANGE_FORGET_ENDPOINT;
    enum wrn_status wanted = !m->there[who] ? WRN_STALE : (change.mask & both) == both ? WRN_BAD_ARGUMENT : WRN_OK;
    expect(m, wrn_peer_set(m->engine, m->net->now, m->peer[who], &change), wanted);
    if (wanted != WRN_OK)
        return;
    if (change.mask & WRN_CHANGE_PRESHARED_KEY)
        m->secret[who] = change.preshared_key[0];
    if (change.mask & WRN_CHANGE_ENDPOINT)
        m->endpoint[who] = change.endpoint;
    if (change.mask & WRN_CHANGE_FORGET_ENDPOINT)
        memset(&m->endpoint[who], 0, sizeof m->endpoint[who]);
    if (change.mask & WRN_CHANGE_PINNED)
        m->pinned[who] = change.pinned;
    if (change.mask & WRN_CHANGE_KEEPALIVE)
        m->keepalive[who] = change.keepalive_s;
}

static void add_prefix(struct model *m, unsigned who)
{
    struct wrn_prefix prefix = draw_prefix(m);
    struct wrn_peer   previous;
    unsigned          at = find(m, &prefix);
    enum wrn_status   wanted = !m->there[who] ? WRN_STALE : at == NOWHERE && m->prefixes == PREFIXES ? WRN_NO_ROOM : WRN_OK;
    expect(m, wrn_allowed_add(m->engine, m->peer[who], &prefix, &previous), wanted);
    if (wanted != WRN_OK)
        return;
    assert_int_equal(previous.slot, at == NOWHERE ? UINT32_MAX : m->peer[m->list[at].owner].slot);
    put(m, &prefix, who);
}

static void remove_prefix(struct model *m, unsigned who)
{
    struct wrn_prefix prefix =
        m->prefixes && rng_below(&m->rng, 2) ? m->list[rng_below(&m->rng, m->prefixes)].prefix : draw_prefix(m);
    unsigned          at = find(m, &prefix);
    bool              owned = at != NOWHERE && m->list[at].owner == who;
    expect(m, wrn_allowed_remove(m->engine, m->peer[who], &prefix), !m->there[who] ? WRN_STALE : owned ? WRN_OK : WRN_NOT_FOUND);
    if (m->there[who] && owned)
        cut(m, at);
}

static void replace(struct model *m, unsigned who)
{
    struct wrn_prefix list[PREFIXES + 4];
    unsigned          count = rng_below(&m->rng, rng_below(&m->rng, 4) ? 6 : PREFIXES + 4);
    struct model     *after = malloc(sizeof *after);
    assert_non_null(after);
    *after = *m;
    drop_owned(after, who);
    for (unsigned i = 0; i < count; i++) {
        list[i] = draw_prefix(m);
        if (i && rng_below(&m->rng, 4) == 0)
            list[i] = list[rng_below(&m->rng, i)];
        put(after, &list[i], who);
    }
    after->rng = m->rng;
    enum wrn_status wanted = !m->there[who] ? WRN_STALE : after->prefixes <= PREFIXES ? WRN_OK : WRN_NO_ROOM;
    expect(after, wrn_allowed_replace(m->engine, m->peer[who], list, count), wanted);
    memcpy(m->answers, after->answers, sizeof m->answers);
    if (wanted == WRN_OK)
        *m = *after;
    free(after);
}

/* Comparison. ---------------------------------------------------------------------------------------------------------------- */

static void compare_peer(const struct model *m, unsigned who)
{
    struct wrn_peer      found;
    struct wrn_peer_info info;
    struct wrn_prefix    prefix;
    uint8_t              key[32];
    uint32_t             cursor = 0;
    key_of(who, key);
    assert_int_equal(wrn_peer_find(m->engine, key, &found), m->there[who] ? WRN_OK : WRN_NOT_FOUND);
    assert_int_equal(wrn_peer_info(m->engine, m->peer[who], &info), m->there[who] ? WRN_OK : WRN_STALE);
    if (!m->there[who])
        return;
    assert_memory_equal(&found, &m->peer[who], sizeof found);
    assert_memory_equal(info.public_key, key, 32);
    assert_memory_equal(&info.endpoint, &m->endpoint[who], sizeof info.endpoint);
    assert_int_equal(info.keepalive_s, m->keepalive[who]);
    assert_int_equal(info.pinned, m->pinned[who]);
    assert_int_equal(info.has_preshared_key, m->secret[who]);
    for (unsigned i = 0; i < m->prefixes; i++) {
        if (m->list[i].owner != who)
            continue;
        assert_true(wrn_allowed_next(m->engine, m->peer[who], &cursor, &prefix));
        assert_memory_equal(&prefix, &m->list[i].prefix, sizeof prefix);
    }
    assert_false(wrn_allowed_next(m->engine, m->peer[who], &cursor, &prefix));
}

static void compare(struct model *m)
{
    struct wrn_peer peer = {.slot = UINT32_MAX};
    unsigned        count = 0;
    while (wrn_peer_next(m->engine, &peer))
        count++;
    assert_int_equal(count, m->peers);
    for (unsigned who = 0; who < KEYS; who++)
        compare_peer(m, who);
    for (unsigned i = 0; i < 8; i++) {
        struct wrn_prefix at = draw_prefix(m);
        unsigned          best = PREFIXES;
        for (unsigned j = 0; j < m->prefixes; j++)
            if (covers(&m->list[j].prefix, at.family, at.address) &&
                (best == PREFIXES || m->list[j].prefix.length > m->list[best].prefix.length))
                best = j;
        assert_int_equal(wrn_allowed_lookup(m->engine, at.family, at.address, &peer), best == PREFIXES ? WRN_NOT_FOUND : WRN_OK);
        assert_int_equal(peer.slot, best == PREFIXES ? UINT32_MAX : m->peer[m->list[best].owner].slot);
    }
}

static void p110_p111_p113_p115_g29_g33_g62_random_configuration_agrees_with_naive_lists(void **state)
{
    struct wrn_config config;
    (void)state;
    wrn_config_default(&config);
    config.limits.peers = PEERS;
    config.limits.prefixes = PREFIXES;
    struct model m = {.net = net_new_with(1, 0, &config, &wrn_crypto_sodium), .rng = {29}};
    m.engine = m.net->host[0].engine;
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned who = rng_below(&m.rng, KEYS);
        switch (rng_below(&m.rng, 10)) {
        case 0:
        case 1:
            add_peer(&m, who);
            break;
        case 2:
            remove_peer(&m, who);
            break;
        case 3:
            change_peer(&m, who);
            break;
        case 4:
            replace(&m, who);
            break;
        case 5:
            remove_prefix(&m, who);
            break;
        default:
            add_prefix(&m, who);
        }
        compare(&m);
    }
    static const enum wrn_status met[] = {WRN_OK, WRN_BAD_ARGUMENT, WRN_NO_ROOM, WRN_STALE, WRN_NOT_FOUND, WRN_EXISTS};
    for (unsigned i = 0; i < sizeof met / sizeof met[0]; i++)
        assert_true(m.answers[met[i]] > 5);
    for (unsigned who = 0; who < KEYS; who++)
        remove_peer(&m, who);
    struct wrn_engine_view view;
    wrn_inspect_engine(m.engine, &view);
    assert_int_equal(view.peers + view.prefixes + view.trie_nodes + view.indices, 0);
    net_free(m.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p110_p111_p113_p115_g29_g33_g62_random_configuration_agrees_with_naive_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
