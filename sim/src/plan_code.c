#include "base.h"

/* One walk over a plan measures, writes and reads: the three cannot drift apart. */

static const uint8_t magic[8] = {'w', 'r', 'n', 'p', 'l', 'a', 'n', 5}; /* the last byte is the version */

struct coder {
    uint8_t       *out; /* null while measuring or reading */
    const uint8_t *in;  /* null while measuring or writing */
    size_t         at, size;
    bool           short_of; /* reading went past the end, or met a bool that is neither 0 nor 1 */
};

static void code_bytes(struct coder *coder, void *bytes, size_t length)
{
    if (coder->in) {
        if (coder->short_of || coder->size - coder->at < length) {
            coder->short_of = true;
            memset(bytes, 0, length);
            return;
        }
        memcpy(bytes, coder->in + coder->at, length);
    } else if (coder->out) {
        memcpy(coder->out + coder->at, bytes, length);
    }
    coder->at += length;
}

static void code_64(struct coder *coder, uint64_t *x)
{
    uint8_t bytes[8];

    sim_store64(bytes, *x);
    code_bytes(coder, bytes, sizeof bytes);
    if (coder->in)
        *x = sim_load64(bytes);
}

static void code_32(struct coder *coder, uint32_t *x)
{
    uint8_t bytes[4];

    sim_store32(bytes, *x);
    code_bytes(coder, bytes, sizeof bytes);
    if (coder->in)
        *x = sim_load32(bytes);
}

static void code_16(struct coder *coder, uint16_t *x)
{
    uint8_t bytes[2] = {(uint8_t)*x, (uint8_t)(*x >> 8)};

    code_bytes(coder, bytes, sizeof bytes);
    if (coder->in)
        *x = (uint16_t)(bytes[0] | bytes[1] << 8);
}

static void code_bool(struct coder *coder, bool *x)
{
    uint8_t byte = *x;

    code_bytes(coder, &byte, 1);
    if (coder->in) {
        coder->short_of |= byte > 1;
        *x = byte == 1;
    }
}

static void code_signed(struct coder *coder, int64_t *x)
{
    uint64_t bits = (uint64_t)*x;

    code_64(coder, &bits);
    *x = bits <= INT64_MAX ? (int64_t)bits : -(int64_t)(UINT64_MAX - bits) - 1;
}

static void code_draw(struct coder *coder, struct sim_draw *draw)
{
    code_32(coder, &draw->kind);
    code_64(coder, &draw->a);
    code_64(coder, &draw->b);
}

static void code_endpoint(struct coder *coder, struct wrn_endpoint *endpoint)
{
    code_bytes(coder, endpoint->address, sizeof endpoint->address);
    code_16(coder, &endpoint->port);
    code_bytes(coder, &endpoint->family, 1);
    code_bytes(coder, &endpoint->reserved, 1);
    code_32(coder, &endpoint->host);
}

static void code_half(struct coder *coder, struct sim_half *half)
{
    code_draw(coder, &half->delay);
    code_32(coder, &half->loss.kind);
    code_32(coder, &half->loss.chance);
    code_32(coder, &half->loss.first);
    code_32(coder, &half->loss.count);
    code_32(coder, &half->loss.n);
    code_32(coder, &half->loss.m);
    code_32(coder, &half->loss.recover);
    code_32(coder, &half->loss.good);
    code_32(coder, &half->loss.bad);
    code_32(coder, &half->duplicate);
    code_32(coder, &half->reorder);
    code_draw(coder, &half->late);
    code_32(coder, &half->corrupt.chance);
    code_32(coder, &half->corrupt.bits);
    code_64(coder, &half->rate.ps_per_byte);
    code_32(coder, &half->rate.first);
    code_32(coder, &half->rate.count);
    code_32(coder, &half->queue.kind);
    code_32(coder, &half->queue.packets);
    code_64(coder, &half->queue.bytes);
    code_64(coder, &half->queue.target);
    code_64(coder, &half->queue.interval);
    code_bool(coder, &half->queue.ecn);
}

static void code_path(struct coder *coder, void *item)
{
    struct sim_path *path = item;

    code_bytes(coder, path->name, sizeof path->name);
    code_half(coder, &path->up);
    code_half(coder, &path->down);
    code_32(coder, &path->mtu);
    code_bool(coder, &path->fragment);
}

static void code_limits(struct coder *coder, struct wrn_limits *limits)
{
    code_32(coder, &limits->peers);
    code_32(coder, &limits->prefixes);
    code_32(coder, &limits->window_bits);
    code_32(coder, &limits->stage_slots);
    code_32(coder, &limits->stage_share);
    code_32(coder, &limits->stage_bytes);
    code_32(coder, &limits->sources);
    code_32(coder, &limits->lanes);
    code_32(coder, &limits->orders);
}

static void code_prefix(struct coder *coder, void *item)
{
    struct wrn_prefix *prefix = item;

    code_bytes(coder, prefix->address, sizeof prefix->address);
    code_bytes(coder, &prefix->family, 1);
    code_bytes(coder, &prefix->length, 1);
}

static void code_node(struct coder *coder, void *item)
{
    struct sim_node *node = item;
    int64_t skew = node->skew_ppb;

    code_bytes(coder, node->name, sizeof node->name);
    code_32(coder, &node->role);
    code_32(coder, &node->path);
    code_32(coder, &node->nat);
    code_endpoint(coder, &node->outer);
    code_bytes(coder, node->inner4, sizeof node->inner4);
    code_bytes(coder, node->inner6, sizeof node->inner6);
    code_bool(coder, &node->has_inner4);
    code_bool(coder, &node->has_inner6);
    code_bool(coder, &node->starts_down);
    code_bool(coder, &node->has_clock);
    code_16(coder, &node->mtu);
    code_signed(coder, &node->clock_offset_ns);
    code_signed(coder, &skew);
    coder->short_of |= skew > INT32_MAX || skew < -INT32_MAX;
    node->skew_ppb = coder->short_of ? 0 : (int32_t)skew;
    code_bytes(coder, node->private_key, sizeof node->private_key);
    code_32(coder, &node->load_rate);
    code_32(coder, &node->load_burst);
    code_limits(coder, &node->limits);
    code_prefix(coder, &node->spoof);
}

static void code_peer(struct coder *coder, void *item)
{
    struct sim_peer *peer = item;

    code_32(coder, &peer->node);
    code_32(coder, &peer->peer);
    code_bool(coder, &peer->has_psk);
    code_bool(coder, &peer->endpoint_known);
    code_bytes(coder, peer->psk, sizeof peer->psk);
    code_16(coder, &peer->keepalive_s);
    code_32(coder, &peer->first_prefix);
    code_32(coder, &peer->prefix_count);
}

static void code_flow(struct coder *coder, void *item)
{
    struct sim_flow *flow = item;

    code_32(coder, &flow->identity);
    code_32(coder, &flow->from);
    code_32(coder, &flow->to);
    code_32(coder, &flow->size);
    code_bool(coder, &flow->ipv6);
    code_bool(coder, &flow->echo);
    code_bool(coder, &flow->ecn);
    code_draw(coder, &flow->every);
    code_64(coder, &flow->start);
    code_64(coder, &flow->stop);
    code_64(coder, &flow->count);
}

static void code_event(struct coder *coder, void *item)
{
    struct sim_event *event = item;

    code_bytes(coder, event->name, sizeof event->name);
    code_64(coder, &event->at);
    code_64(coder, &event->until);
    code_32(coder, &event->kind);
    code_32(coder, &event->node);
    code_32(coder, &event->path);
    code_32(coder, &event->nat);
    code_32(coder, &event->side);
    code_32(coder, &event->types);
    code_32(coder, &event->count);
    code_64(coder, &event->every);
    code_bool(coder, &event->one_way);
    code_bool(coder, &event->keep_stamp);
    code_32(coder, &event->first_a);
    code_32(coder, &event->count_a);
    code_32(coder, &event->first_b);
    code_32(coder, &event->count_b);
    code_endpoint(coder, &event->address);
    code_32(coder, &event->rate);
    code_bool(coder, &event->mac1);
}

static void code_expect(struct coder *coder, void *item)
{
    struct sim_expect *expect = item;

    code_bytes(coder, expect->text, sizeof expect->text);
    code_bytes(coder, expect->name, sizeof expect->name);
    code_32(coder, &expect->kind);
    code_32(coder, &expect->compare);
    code_bool(coder, &expect->negated);
    code_bool(coder, &expect->share);
    code_64(coder, &expect->value);
    code_64(coder, &expect->begin);
    code_64(coder, &expect->end);
    code_32(coder, &expect->first);
    code_32(coder, &expect->count);
}

static void code_pair(struct coder *coder, void *item)
{
    struct sim_pair *pair = item;

    code_32(coder, &pair->from);
    code_32(coder, &pair->to);
}

static void code_nat(struct coder *coder, void *item)
{
    struct sim_nat *nat = item;

    code_bytes(coder, nat->name, sizeof nat->name);
    code_32(coder, &nat->behind);
    code_32(coder, &nat->map);
    code_32(coder, &nat->filter);
    code_32(coder, &nat->refresh);
    code_draw(coder, &nat->idle);
    code_bool(coder, &nat->preserve);
    code_bool(coder, &nat->parity);
    code_bool(coder, &nat->hairpin);
    code_16(coder, &nat->first_port);
    code_16(coder, &nat->last_port);
    code_bytes(coder, nat->address, sizeof nat->address);
}

static void code_number(struct coder *coder, void *item)
{
    code_64(coder, item);
}

struct array {
    void (*code)(struct coder *coder, void *item);
    size_t element;
};

#define ARRAYS 10u

static const struct array arrays[ARRAYS] = {
    {code_path, sizeof(struct sim_path)},     {code_node, sizeof(struct sim_node)},     {code_peer, sizeof(struct sim_peer)},
    {code_prefix, sizeof(struct wrn_prefix)}, {code_flow, sizeof(struct sim_flow)},     {code_event, sizeof(struct sim_event)},
    {code_expect, sizeof(struct sim_expect)}, {code_pair, sizeof(struct sim_pair)},     {code_number, sizeof(uint64_t)},
    {code_nat, sizeof(struct sim_nat)},
};

static void code_head(struct coder *coder, struct sim_plan *plan)
{
    uint32_t *const counts[ARRAYS] = {
        &plan->path_count,  &plan->node_count,   &plan->peer_count, &plan->prefix_count, &plan->flow_count,
        &plan->event_count, &plan->expect_count, &plan->pair_count, &plan->number_count,
        &plan->nat_count,
    };

    code_bytes(coder, plan->name, sizeof plan->name);
    code_64(coder, &plan->seed);
    code_64(coder, &plan->stop);
    code_64(coder, &plan->epoch_s);
    code_32(coder, &plan->crypto);
    code_32(coder, &plan->checks);
    for (unsigned i = 0; i < ARRAYS; i++)
        code_32(coder, counts[i]);
}

/* The arrays of a plan as a list, in coding order. */
static void list(const struct sim_plan *plan, const void *data[ARRAYS], uint32_t counts[ARRAYS])
{
    const void *const all[ARRAYS] = {plan->paths,  plan->nodes,   plan->peers, plan->prefixes, plan->flows,
                                     plan->events, plan->expects, plan->pairs, plan->numbers, plan->nats};
    const uint32_t each[ARRAYS] = {plan->path_count,  plan->node_count,   plan->peer_count, plan->prefix_count, plan->flow_count,
                                   plan->event_count, plan->expect_count, plan->pair_count, plan->number_count,
                                   plan->nat_count};

    memcpy(data, all, sizeof all);
    memcpy(counts, each, sizeof each);
}

union item {
    struct sim_path   path;
    struct sim_node   node;
    struct sim_peer   peer;
    struct wrn_prefix prefix;
    struct sim_flow   flow;
    struct sim_event  event;
    struct sim_expect expect;
    struct sim_pair   pair;
    uint64_t          number;
    struct sim_nat    nat;
};

static size_t walk(const struct sim_plan *plan, uint8_t *out)
{
    struct coder coder = {.out = out};
    struct sim_plan head = *plan;
    const void *data[ARRAYS];
    uint32_t counts[ARRAYS];
    uint8_t first[sizeof magic];

    memcpy(first, magic, sizeof magic);
    code_bytes(&coder, first, sizeof first);
    code_head(&coder, &head);
    list(plan, data, counts);
    for (unsigned a = 0; a < ARRAYS; a++)
        for (uint32_t i = 0; i < counts[a]; i++) {
            union item item;

            memcpy(&item, (const uint8_t *)data[a] + i * arrays[a].element, arrays[a].element);
            arrays[a].code(&coder, &item);
        }
    return coder.at;
}

size_t sim_plan_encode(const struct sim_plan *plan, uint8_t *out, size_t size)
{
    size_t needed = walk(plan, NULL);

    if (out && size >= needed)
        walk(plan, out);
    return needed;
}

static bool refuse(struct sim_message *message, const char *text)
{
    memset(message, 0, sizeof *message);
    memcpy(message->text, text, strlen(text));
    return false;
}

static size_t element_bytes(unsigned a)
{
    struct coder measure = {0};
    union item item;

    memset(&item, 0, sizeof item);
    arrays[a].code(&measure, &item);
    return measure.at;
}

/* Do the counts agree with the bytes that are left? Then the block to take is bounded by the input. */
static bool fits(const struct coder *coder, const uint32_t counts[ARRAYS], size_t *block)
{
    uint64_t left = coder->size - coder->at, wanted = 0;

    *block = 0;
    for (unsigned a = 0; a < ARRAYS; a++) {
        if (counts[a] > SIM_ITEMS_MAX)
            return false;
        wanted += (uint64_t)counts[a] * element_bytes(a);
        *block += (counts[a] * arrays[a].element + 15) & ~(size_t)15;
    }
    return wanted == left;
}

static void adopt(struct sim_plan *plan, uint8_t *block, const uint32_t counts[ARRAYS], uint8_t *data[ARRAYS])
{
    for (unsigned a = 0; a < ARRAYS; a++) {
        data[a] = block;
        block += (counts[a] * arrays[a].element + 15) & ~(size_t)15;
    }
    plan->paths = (const void *)data[0];
    plan->nodes = (const void *)data[1];
    plan->peers = (const void *)data[2];
    plan->prefixes = (const void *)data[3];
    plan->flows = (const void *)data[4];
    plan->events = (const void *)data[5];
    plan->expects = (const void *)data[6];
    plan->pairs = (const void *)data[7];
    plan->numbers = (const void *)data[8];
    plan->nats = (const void *)data[9];
}

static size_t block_bytes(const uint32_t counts[ARRAYS])
{
    size_t block = 0;

    for (unsigned a = 0; a < ARRAYS; a++)
        block += (counts[a] * arrays[a].element + 15) & ~(size_t)15;
    return block > 0 ? block : 16;
}

bool sim_plan_decode(struct sim_plan *plan, const uint8_t *bytes, size_t size, const struct sim_host *host,
                     struct sim_message *message)
{
    struct coder coder = {.in = bytes, .size = size};
    uint8_t first[sizeof magic], *data[ARRAYS], *block;
    const void *ignored[ARRAYS];
    uint32_t counts[ARRAYS];
    size_t room;

    memset(plan, 0, sizeof *plan);
    code_bytes(&coder, first, sizeof first);
    if (coder.short_of || memcmp(first, magic, sizeof magic - 1) != 0)
        return refuse(message, "not a compiled plan");
    if (first[sizeof magic - 1] != magic[sizeof magic - 1])
        return refuse(message, "a compiled plan of another version: compile the scenario again");
    code_head(&coder, plan);
    list(plan, ignored, counts);
    if (coder.short_of || !fits(&coder, counts, &room))
        return refuse(message, "a compiled plan cut short or with bytes left over");
    block = host->take(host->context, block_bytes(counts));
    if (!block)
        return refuse(message, "no memory for the plan");
    memset(block, 0, block_bytes(counts));
    adopt(plan, block, counts, data);
    for (unsigned a = 0; a < ARRAYS; a++)
        for (uint32_t i = 0; i < counts[a]; i++)
            arrays[a].code(&coder, data[a] + i * arrays[a].element);
    if (coder.short_of ? !refuse(message, "a compiled plan with a value out of range") : !sim_plan_check(plan, message)) {
        sim_plan_release(plan, host);
        return false;
    }
    return true;
}

void sim_plan_release(struct sim_plan *plan, const struct sim_host *host)
{
    const void *data[ARRAYS];
    uint32_t counts[ARRAYS];

    list(plan, data, counts);
    if (data[0])
        host->give(host->context, (void *)(uintptr_t)data[0], block_bytes(counts));
    memset(plan, 0, sizeof *plan);
}
