#include "plan_code.h"

#include "base.h"

static const uint8_t magic[8] = {'w', 'r', 'n', 'p', 'l', 'a', 'n', 6}; /* the last byte is the version */

struct array {
    void (*code)(struct sim_coder *coder, void *item);
    size_t element;
};

#define ARRAYS 10u

static const struct array arrays[ARRAYS] = {
    {sim_code_path, sizeof(struct sim_path)},     {sim_code_node, sizeof(struct sim_node)},
    {sim_code_peer, sizeof(struct sim_peer)},     {sim_code_prefix, sizeof(struct wrn_prefix)},
    {sim_code_flow, sizeof(struct sim_flow)},     {sim_code_event, sizeof(struct sim_event)},
    {sim_code_expect, sizeof(struct sim_expect)}, {sim_code_pair, sizeof(struct sim_pair)},
    {sim_code_number, sizeof(uint64_t)},          {sim_code_nat, sizeof(struct sim_nat)},
};

static void code_head(struct sim_coder *coder, struct sim_plan *plan)
{
    uint32_t *const counts[ARRAYS] = {
        &plan->path_count,  &plan->node_count,   &plan->peer_count, &plan->prefix_count, &plan->flow_count,
        &plan->event_count, &plan->expect_count, &plan->pair_count, &plan->number_count,
        &plan->nat_count,
    };

    sim_code_bytes(coder, plan->name, sizeof plan->name);
    sim_code_64(coder, &plan->seed);
    sim_code_64(coder, &plan->stop);
    sim_code_64(coder, &plan->epoch_s);
    sim_code_32(coder, &plan->crypto);
    sim_code_32(coder, &plan->checks);
    for (unsigned i = 0; i < ARRAYS; i++)
        sim_code_32(coder, counts[i]);
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
    struct sim_coder coder = {.out = out};
    struct sim_plan head = *plan;
    const void *data[ARRAYS];
    uint32_t counts[ARRAYS];
    uint8_t first[sizeof magic];

    memcpy(first, magic, sizeof magic);
    sim_code_bytes(&coder, first, sizeof first);
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
    struct sim_coder measure = {0};
    union item item;

    memset(&item, 0, sizeof item);
    arrays[a].code(&measure, &item);
    return measure.at;
}

/* Do the counts agree with the bytes that are left? Then the block to take is bounded by the input. */
static bool fits(const struct sim_coder *coder, const uint32_t counts[ARRAYS], size_t *block)
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
    struct sim_coder coder = {.in = bytes, .size = size};
    uint8_t first[sizeof magic], *data[ARRAYS], *block;
    const void *ignored[ARRAYS];
    uint32_t counts[ARRAYS];
    size_t room;

    memset(plan, 0, sizeof *plan);
    sim_code_bytes(&coder, first, sizeof first);
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
