#include "base.h"
#include "cookies.h"

/*
 * S18 and S19: who may make a node compute, and the cookies that decide it.
 *
 * Without a valid mac2 a node computes at most what its plan calls no load: a bucket of load_burst and load_rate handshakes, here
 * with one more, and nothing that was refused taken from it, so that it never holds less than the engine's. Beyond that a message
 * needs a mac2 of a cookie that is alive and of exactly its source, and its source has 20 per second, 5 at once.
 */

#define SECRET_AGE  (120 * WRN_SECOND)
#define TOKEN       (50 * WRN_MILLISECOND)
#define TOKENS_MOST (5 * TOKEN)
#define SECRETS     4u

struct source {
    bool used;
    uint8_t address[17]; /* family, IPv4 or the upper half of IPv6 */
    uint64_t level;
    wrn_time at;
};

struct secret {
    uint8_t bytes[32];
    struct wrn_mac_memo memo;
    wrn_time first;
    bool there;
};

struct node_cookies {
    bool filled; /* the bucket was */
    uint64_t level;
    wrn_time at;
    struct source *sources; /* open addressing */
    uint32_t size, count;
    struct secret secrets[SECRETS];
    uint32_t newest;
    uint8_t sealed[16]; /* in the reply that the engine is writing */
};

struct pair_cookies {
    uint8_t mac1[16], cookie[16];
    wrn_time cookie_at;
    bool has_mac1, has_cookie;
};

struct cookies {
    struct node_cookies *nodes;
};

static struct node_cookies *of_node(const struct sim_watch *watch, uint32_t node)
{
    return &((struct cookies *)watch->states[SIM_S18])->nodes[node];
}

static bool begin(struct sim_watch *watch, void *state)
{
    struct cookies *cookies = state;

    cookies->nodes = sim_take(watch->memory, watch->plan->node_count * sizeof *cookies->nodes);
    return cookies->nodes != NULL;
}

static void mac(const struct sim_watch *watch, struct wrn_mac_memo *memo, const uint8_t *key, size_t key_length,
                const uint8_t *data, size_t length, uint8_t out[16])
{
    struct wrn_mac operation = {.key = key, .key_length = key_length, .data = data, .length = length, .out = out,
                                .out_length = 16, .memo = memo};

    watch->crypto->mac(watch->crypto_context, &operation, 1);
}

/* P-30. */
static void cookie_of(const struct sim_watch *watch, struct secret *secret, const struct wrn_endpoint *source, uint8_t out[16])
{
    const size_t length = source->family == 6 ? 16 : 4;
    uint8_t input[18];

    memcpy(input, source->address, length);
    input[length] = (uint8_t)(source->port >> 8);
    input[length + 1] = (uint8_t)source->port;
    mac(watch, &secret->memo, secret->bytes, 32, input, length + 2, out);
}

void sim_cookie_secret(struct sim_watch *watch, uint32_t node, const uint8_t secret[32], wrn_time now, wrn_time local)
{
    struct node_cookies *mine;

    if (watch->plan->checks == SIM_CHECKS_NONE)
        return;
    mine = of_node(watch, node);
    sim_rule_checked(watch, SIM_S19);
    for (unsigned i = 0; i < SECRETS; i++) {
        if (!mine->secrets[i].there || memcmp(mine->secrets[i].bytes, secret, 32) != 0)
            continue;
        if (local - mine->secrets[i].first >= SECRET_AGE)
            sim_rule_broken(watch, SIM_S19, now, node, "a cookie secret is in use that is %t old", local - mine->secrets[i].first,
                            0);
        return;
    }
    mine->newest = (mine->newest + 1) % SECRETS;
    mine->secrets[mine->newest] = (struct secret){.there = true, .first = local};
    memcpy(mine->secrets[mine->newest].bytes, secret, 32);
}

void sim_cookie_sealed(struct sim_watch *watch, uint32_t node, const uint8_t cookie[16])
{
    if (watch->plan->checks != SIM_CHECKS_NONE)
        memcpy(of_node(watch, node)->sealed, cookie, 16);
}

/* Which of the node's secrets made the cookie behind this mac2? SECRETS: none that is known. */
static unsigned maker_of(const struct sim_watch *watch, struct node_cookies *mine, const struct sim_seen *seen)
{
    uint8_t cookie[16], right[16];
    unsigned i = 0;

    for (; i < SECRETS; i++) {
        if (!mine->secrets[i].there)
            continue;
        cookie_of(watch, &mine->secrets[i], &seen->remote, cookie);
        mac(watch, NULL, cookie, sizeof cookie, seen->data, seen->length - 16, right);
        if (memcmp(right, seen->data + seen->length - 16, 16) == 0)
            break;
    }
    return i;
}

static bool take(uint64_t *level, wrn_time *at, uint64_t most, uint64_t cost, wrn_time now)
{
    const uint64_t passed = now > *at ? now - *at : 0;

    *at += passed;
    *level = *level >= most || passed >= most - *level ? most : *level + passed;
    if (*level < cost)
        return false;
    *level -= cost;
    return true;
}

/* Is this still no load, whatever the engine calls it? */
static bool is_free(const struct sim_watch *watch, struct node_cookies *mine, const struct sim_seen *seen)
{
    const struct sim_node *node = &watch->plan->nodes[seen->node];
    const uint64_t cost = node->load_rate > 0 ? WRN_SECOND / node->load_rate : 0;
    const uint64_t most = cost * ((uint64_t)node->load_burst + 1);

    if (node->load_rate == 0 || node->load_burst == 0)
        return false;
    if (!mine->filled) {
        mine->filled = true;
        mine->level = most;
        mine->at = seen->local;
    }
    return take(&mine->level, &mine->at, most, cost, seen->local);
}

static uint32_t slot_of(const struct source *sources, uint32_t size, const uint8_t address[17])
{
    uint64_t hash = 0;

    for (unsigned i = 0; i < 17; i++)
        hash = (hash ^ address[i]) * UINT64_C(0xd6e8feb86659fd93);
    for (uint32_t i = (uint32_t)(hash >> 32) & (size - 1);; i = (i + 1) & (size - 1))
        if (!sources[i].used || memcmp(sources[i].address, address, 17) == 0)
            return i;
}

static struct source *source_of(struct sim_watch *watch, struct node_cookies *mine, const struct wrn_endpoint *remote)
{
    uint8_t address[17] = {remote->family};
    struct source *source;

    memcpy(address + 1, remote->address, remote->family == 6 ? 8 : 4);
    if (2 * (mine->count + 1) > mine->size) {
        uint32_t size = mine->size ? 2 * mine->size : 16;
        struct source *larger = sim_take(watch->memory, size * sizeof *larger);

        if (!larger)
            return NULL;
        for (uint32_t i = 0; i < mine->size; i++)
            if (mine->sources[i].used)
                larger[slot_of(larger, size, mine->sources[i].address)] = mine->sources[i];
        mine->sources = larger;
        mine->size = size;
    }
    source = &mine->sources[slot_of(mine->sources, mine->size, address)];
    if (!source->used) {
        *source = (struct source){.used = true, .level = TOKENS_MOST};
        memcpy(source->address, address, sizeof address);
        mine->count++;
    }
    return source;
}

/* A handshake message, and the node multiplied for it. */
static void computed(struct sim_watch *watch, const struct sim_seen *seen)
{
    struct node_cookies *mine = of_node(watch, seen->node);
    struct source *source;
    unsigned maker;

    sim_rule_checked(watch, SIM_S18);
    if (is_free(watch, mine, seen))
        return;
    maker = maker_of(watch, mine, seen);
    if (maker == SECRETS) {
        sim_rule_broken(watch, SIM_S18, seen->now, seen->node,
                        "%u multiplications under load for a datagram from port %u without a valid mac2", seen->computed,
                        seen->remote.port);
        return;
    }
    sim_rule_checked(watch, SIM_S19);
    if (seen->local - mine->secrets[maker].first >= SECRET_AGE)
        sim_rule_broken(watch, SIM_S19, seen->now, seen->node, "mac2 of a cookie whose secret is %t old was taken, from port %u",
                        seen->local - mine->secrets[maker].first, seen->remote.port);
    source = source_of(watch, mine, &seen->remote);
    if (source && !take(&source->level, &source->at, TOKENS_MOST, TOKEN, seen->local))
        sim_rule_broken(watch, SIM_S18, seen->now, seen->node,
                        "%u multiplications under load for more than 20 per second from one address, port %u", seen->computed,
                        seen->remote.port);
}

static void replied(struct sim_watch *watch, const struct sim_seen *seen)
{
    struct node_cookies *mine = of_node(watch, seen->node);
    uint8_t right[16];

    sim_rule_checked(watch, SIM_S19);
    if (!mine->secrets[mine->newest].there)
        return;
    cookie_of(watch, &mine->secrets[mine->newest], &seen->remote, right);
    if (memcmp(right, mine->sealed, sizeof right) != 0)
        sim_rule_broken(watch, SIM_S19, seen->now, seen->node, "a cookie that is not of the address and port %u it goes to",
                        seen->remote.port, 0);
}

/* The other side: what a node makes of the cookies that it gets. */
static void stamped(struct sim_watch *watch, struct pair_cookies *pair, const struct sim_seen *seen)
{
    static const uint8_t none[16];
    const uint8_t *mac1 = seen->data + seen->length - 32, *mac2 = mac1 + 16;
    uint8_t right[16];

    sim_rule_checked(watch, SIM_S19);
    memcpy(pair->mac1, mac1, sizeof pair->mac1);
    pair->has_mac1 = true;
    if (memcmp(mac2, none, sizeof none) == 0)
        return;
    mac(watch, NULL, pair->cookie, sizeof pair->cookie, seen->data, seen->length - 16, right);
    if (!pair->has_cookie || memcmp(right, mac2, sizeof right) != 0)
        sim_rule_broken(watch, SIM_S19, seen->now, seen->node, "mac2 of no cookie that pair %u was given", seen->pair, 0);
    else if (seen->local - pair->cookie_at >= SECRET_AGE)
        sim_rule_broken(watch, SIM_S19, seen->now, seen->node, "mac2 of a cookie %t old, pair %u", seen->local - pair->cookie_at,
                        seen->pair);
}

static void consumed(struct sim_watch *watch, struct pair_cookies *pair, const struct sim_seen *seen)
{
    static const uint8_t label[8] = {'c', 'o', 'o', 'k', 'i', 'e', '-', '-'};
    uint8_t key[32], opened[32];
    struct wrn_hash hash = {.first = label,
                            .first_length = 8,
                            .second = watch->sides[seen->pair].public_key,
                            .second_length = 32,
                            .out = key};
    struct wrn_xaead aead = {
        .key = key, .nonce = seen->data + 8, .aad = pair->mac1, .aad_length = 16, .data = opened, .length = 16};

    sim_rule_checked(watch, SIM_S19);
    memcpy(opened, seen->data + 32, sizeof opened);
    watch->crypto->hash(watch->crypto_context, &hash, 1);
    watch->crypto->xopen(watch->crypto_context, &aead, 1);
    if (!pair->has_mac1 || !aead.good) {
        sim_rule_broken(watch, SIM_S19, seen->now, seen->node,
                        "a cookie reply taken by pair %u that does not answer its last message, or for the second time; port %u",
                        seen->pair, seen->remote.port);
        return;
    }
    memcpy(pair->cookie, opened, sizeof pair->cookie);
    pair->cookie_at = seen->local;
    pair->has_cookie = true;
    pair->has_mac1 = false;
}

static void forget(struct sim_watch *watch, void *state, uint32_t node)
{
    struct node_cookies *mine = of_node(watch, node);

    for (uint32_t i = watch->first_pair[node]; i < watch->first_pair[node + 1]; i++)
        memset(sim_pair_state(&sim_check_cookie, state, i), 0, sizeof(struct pair_cookies));
    for (uint32_t i = 0; i < mine->size; i++)
        mine->sources[i].level = TOKENS_MOST;
    mine->filled = false;
    memset(mine->secrets, 0, sizeof mine->secrets);
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct pair_cookies *pair = seen->pair == SIM_NONE ? NULL : sim_pair_state(&sim_check_cookie, state, seen->pair);
    const bool handshake = (seen->length == 148 && seen->data[0] == 1) || (seen->length == 92 && seen->data[0] == 2);

    if (seen->kind == SIM_SEEN_RESET && seen->first)
        forget(watch, state, seen->node);
    if (seen->kind == SIM_SEEN_FORGOT)
        *pair = (struct pair_cookies){0};
    if (!watch->crypto || (seen->kind != SIM_SEEN_SENT && seen->kind != SIM_SEEN_ARRIVED))
        return;
    if (seen->kind == SIM_SEEN_ARRIVED && handshake && seen->computed > 0)
        computed(watch, seen);
    if (seen->kind == SIM_SEEN_ARRIVED && pair && seen->length == 64 && seen->data[0] == 3 && seen->verdict == WRN_TAKEN)
        consumed(watch, pair, seen);
    if (seen->kind == SIM_SEEN_SENT && seen->cause != SIM_CAUSE_ATTACK && seen->length == 64 && seen->data[0] == 3)
        replied(watch, seen);
    if (seen->kind == SIM_SEEN_SENT && seen->cause != SIM_CAUSE_ATTACK && handshake && pair)
        stamped(watch, pair, seen);
}

const struct sim_checker sim_check_cookie = {
    .rule = SIM_S18, .world = sizeof(struct cookies), .pair = sizeof(struct pair_cookies), .begin = begin, .see = see,
    .kinds = SIM_SEEN_MASK(SIM_SEEN_SENT) | SIM_SEEN_MASK(SIM_SEEN_ARRIVED) | SIM_SEEN_MASK(SIM_SEEN_RESET)
             | SIM_SEEN_MASK(SIM_SEEN_FORGOT)};
