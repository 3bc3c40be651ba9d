#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void *take(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void give(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

const struct sim_host test_host = {NULL, take, give};

static void copy_name(char *out, size_t size, const char *name)
{
    size_t length = strlen(name);

    assert_true(length < size);
    memset(out, 0, size);
    memcpy(out, name, length);
}

void plan_begin(struct small_plan *small, const char *name, wrn_time stop)
{
    struct sim_plan *plan = &small->plan;

    memset(small, 0, sizeof *small);
    copy_name(plan->name, sizeof plan->name, name);
    plan->seed = 7;
    plan->stop = stop;
    plan->epoch_s = 1767225600;
    plan->paths = small->paths;
    plan->nodes = small->nodes;
    plan->peers = small->peers;
    plan->prefixes = small->prefixes;
    plan->flows = small->flows;
    plan->events = small->events;
    plan->expects = small->expects;
    plan->pairs = small->pairs;
    plan->numbers = small->numbers;
    plan->nats = small->nats;
    plan->path_count = 1;
    copy_name(small->paths[0].name, sizeof small->paths[0].name, "ideal");
    small->paths[0].up.delay.a = small->paths[0].down.delay.a = 10 * WRN_MILLISECOND;
}

uint32_t plan_node(struct small_plan *small, const char *name)
{
    uint32_t number = small->plan.node_count++;
    struct sim_node *node = &small->nodes[number];

    copy_name(node->name, sizeof node->name, name);
    node->outer = (struct wrn_endpoint){.address = {192, 0, 2, (uint8_t)(number + 1)}, .port = 51820, .family = 4};
    memcpy(node->inner4, (const uint8_t[4]){10, 0, 0, (uint8_t)(number + 1)}, 4);
    node->has_inner4 = node->has_clock = true;
    node->mtu = 1420;
    node->load_rate = node->load_burst = 1000;
    wrn_limits_default(&node->limits);
    node->limits.peers = PLAN_NODES;
    node->limits.prefixes = 2 * PLAN_NODES;
    sim_derive(node->private_key, small->plan.seed, "key", name);
    return number;
}

uint32_t plan_nat(struct small_plan *small, const char *name, wrn_time idle, uint32_t behind)
{
    struct sim_nat *nat = &small->nats[small->plan.nat_count++];

    *nat = (struct sim_nat){.behind = behind, .filter = SIM_NAT_ADDRESS_PORT, .idle = {SIM_FIXED, idle, 0}, .first_port = 1024,
                            .last_port = 65535, .address = {198, 51, 100, (uint8_t)small->plan.nat_count}};
    copy_name(nat->name, sizeof nat->name, name);
    return small->plan.nat_count;
}

static void half_tunnel(struct small_plan *small, uint32_t node, uint32_t peer, bool all, uint16_t keepalive_s)
{
    struct sim_peer *entry = &small->peers[small->plan.peer_count++];
    struct wrn_prefix *prefix = &small->prefixes[small->plan.prefix_count];

    *entry = (struct sim_peer){.node = node, .peer = peer, .endpoint_known = true, .keepalive_s = keepalive_s,
                               .first_prefix = small->plan.prefix_count++, .prefix_count = 1};
    *prefix = (struct wrn_prefix){.address = {10, 0, 0, (uint8_t)(peer + 1)}, .family = 4, .length = 32};
    if (all)
        *prefix = (struct wrn_prefix){.address = {10}, .family = 4, .length = 8};
}

void plan_tunnel(struct small_plan *small, uint32_t a, uint32_t b, bool all, uint16_t keepalive_s)
{
    half_tunnel(small, a, b, all, keepalive_s);
    half_tunnel(small, b, a, false, 0);
}

void plan_flow(struct small_plan *small, uint32_t from, uint32_t to, wrn_time start, wrn_time every, uint64_t count)
{
    struct sim_flow *flow = &small->flows[small->plan.flow_count];

    *flow = (struct sim_flow){.identity = small->plan.flow_count++, .from = from, .to = to, .size = 200,
                              .every = {.kind = SIM_FIXED, .a = every}, .start = start, .stop = WRN_NEVER, .count = count};
}

struct sim_event *plan_event(struct small_plan *small, uint32_t kind, wrn_time at, uint32_t node)
{
    struct sim_event *event = &small->events[small->plan.event_count++];

    *event = (struct sim_event){.at = at, .until = WRN_NEVER, .kind = kind, .node = node, .path = SIM_NONE,
                                .types = SIM_TYPES_ALL};
    return event;
}

struct sim_expect *plan_expect(struct small_plan *small, uint32_t kind, uint32_t from, uint32_t to)
{
    struct sim_expect *expect = &small->expects[small->plan.expect_count++];

    *expect = (struct sim_expect){.kind = kind, .end = small->plan.stop, .first = small->plan.pair_count, .count = 1};
    small->pairs[small->plan.pair_count++] = (struct sim_pair){from, to};
    return expect;
}

void plan_sort(struct small_plan *small)
{
    for (uint32_t i = 1; i < small->plan.peer_count; i++)
        for (uint32_t j = i; j > 0 && small->peers[j - 1].node > small->peers[j].node; j--) {
            struct sim_peer swap = small->peers[j];

            small->peers[j] = small->peers[j - 1];
            small->peers[j - 1] = swap;
        }
}

void plan_two(struct small_plan *small, const char *name, wrn_time stop)
{
    plan_begin(small, name, stop);
    plan_node(small, "a");
    plan_node(small, "b");
    plan_tunnel(small, 0, 1, false, 0);
}

void plan_hub(struct small_plan *small, uint32_t spokes, wrn_time stop)
{
    struct sim_path *path = &small->paths[1];

    plan_begin(small, "hub", stop);
    small->plan.path_count = 2;
    *path = (struct sim_path){.up = {.delay = {SIM_NORMAL, 40 * WRN_MILLISECOND, 9 * WRN_MILLISECOND},
                                     .loss = {.kind = SIM_LOSS_CHANCE, .chance = SIM_CERTAIN / 20},
                                     .duplicate = SIM_CERTAIN / 100, .reorder = SIM_CERTAIN / 50,
                                     .late = {SIM_EXPONENTIAL, 50 * WRN_MILLISECOND, 0}}};
    path->down = path->up;
    plan_node(small, "hub");
    for (uint32_t i = 0; i < spokes; i++) {
        char name[16] = "spoke.";
        uint32_t node;

        name[6] = (char)('0' + i / 10);
        name[7] = (char)('0' + i % 10);
        node = plan_node(small, name);
        small->nodes[node].path = 1;
        plan_tunnel(small, node, 0, true, 25);
        plan_flow(small, node, i % 5 == 4 ? node - 1 : 0, 0, 10 * WRN_SECOND, 0);
        small->flows[i].every.kind = SIM_EXPONENTIAL;
        small->flows[i].echo = i % 3 == 0;
    }
    plan_sort(small);
}

static void note(void *context, const struct sim_tap *tap)
{
    struct sent_log *log = context;

    if (tap->side != SIM_UP || log->count == sizeof log->entries / sizeof *log->entries)
        return;
    log->entries[log->count].time = tap->time;
    log->entries[log->count].node = tap->node;
    log->entries[log->count].type = tap->data[0];
    log->entries[log->count].length = tap->length;
    log->count++;
}

struct ran run_plan(struct small_plan *small, uint32_t queue, struct sent_log *log)
{
    struct sim_options options = {.crypto = &wrn_crypto_sodium, .queue = queue, .context = log, .tap = log ? note : NULL};
    struct sim_message message;
    struct ran ran = {.log = log};

    if (log)
        log->count = 0;
    ran.world = sim_world_create(&small->plan, &options, &test_host, &message);
    if (!ran.world)
        fail_msg("%s", message.text);
    ran.state = sim_world_run(ran.world, WRN_NEVER);
    sim_world_results(ran.world, &ran.results);
    return ran;
}

void run_end(struct ran *ran)
{
    sim_world_end(ran->world);
}

void assert_lawful(const struct ran *ran)
{
    const struct sim_violation *first = &ran->results.first;

    if (first->there)
        fail_msg("%s broken at %llu ns, node %u: %s", ran->results.invariants[first->invariant].id,
                 (unsigned long long)first->time, first->node, first->text);
    assert_int_equal(ran->state, SIM_FINISHED);
}

static const struct sim_invariant *find(const struct ran *ran, const char *id)
{
    for (size_t i = 0; i < ran->results.invariant_count; i++)
        if (strcmp(ran->results.invariants[i].id, id) == 0)
            return &ran->results.invariants[i];
    fail_msg("no invariant %s", id);
    return NULL;
}

uint64_t checked(const struct ran *ran, const char *id)
{
    return find(ran, id)->checked;
}

uint64_t violated(const struct ran *ran, const char *id)
{
    return find(ran, id)->violated;
}
