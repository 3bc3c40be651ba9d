/*
 * sim_schedule: a whole world of two to four engines, its timeline as the input says, watched by every checker of the simulator;
 * then a calm in which whoever has a tunnel must get through.
 *
 * Input: byte 0 version; 1 nodes (2 bits), hub (4), an attacker (8), toy cryptography (16), a preshared key (32), one side knows
 * the other (64); 2 which operations are enabled (bits by group: a swarm reaches states that no mix of everything does); 3 seed,
 * keys and draws follow from it; 4, 5 the paths: their delay in units of 4 ms, loss in 1/256; 6 the load a node bears; 7 the
 * stage. Then operations of 8 bytes, 24 at most:
 *
 *   0  what: traffic, drop the next, partition, path, down or up, restart, clock, sleep, setting, tamper, hold, replay, flood,
 * roam, misbehave 1  node (4 bits), and another 2  a class of time since the operation before it          3  a class of how long
 * it lasts 4  how many, which     5  what kind     6, 7  a value
 *
 * Every string of bytes is a world, and every world a scenario file: a failure is rendered as one, for warren run and warren
 * shrink.
 *
 * Oracles: S1 .. L17 by the checkers' names; heal (somebody does not get through in the calm); plan (a world that the simulator
 * refuses), code (its binary form does not read as itself), notation (nor its scenario text; one input in 16), leak (memory is
 * kept).
 */
#include "crypto.h"
#include "fuzz.h"
#include "scenario/scenario.h"
#include "sim/swarm.h"
#include "sim/world.h"
#include "warren/engine.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { OPERATION = 8, OPERATIONS = 24, FLOWS = 40, LIFE = 700 };
enum { TRAFFIC, DROP, PARTITION, PATH, POWER, RESTART, CLOCK, SLEEP, SET, TAMPER, HOLD, REPLAY, FLOOD, ROAM, MISBEHAVE, KINDS };

struct operation { uint8_t what, node, other, gap, length, many, kind; uint16_t value; };

struct draft {
    struct sim_swarm *swarm; /* whose arrays are filled */
    struct sim_plan  *plan;
    uint32_t peers, attacker; /* SIM_NONE: there is none */
    wrn_time now, calm;
    bool     hub, anew, moved[4], slept, keyed;
    uint32_t dropping; /* two bits for a node: something is dropped on its way up, down */
};

static const wrn_time classes[16] = {
    0, 1, WRN_MILLISECOND, 20 * WRN_MILLISECOND, 333 * WRN_MILLISECOND, WRN_SECOND, 5 * WRN_SECOND - 1, 5 * WRN_SECOND,
    5 * WRN_SECOND + 1, 10 * WRN_SECOND, 15 * WRN_SECOND, 25 * WRN_SECOND, 90 * WRN_SECOND, 120 * WRN_SECOND, 165 * WRN_SECOND,
    180 * WRN_SECOND};

static struct { size_t bytes, pieces; } taken;

static void *take(void *context, size_t size)
{
    (void)context;
    void *memory = fuzz_room(size);
    taken.bytes += size;
    taken.pieces++;
    return memory;
}

static void give(void *context, void *memory, size_t size)
{
    (void)context;
    taken.bytes -= size;
    taken.pieces--;
    fuzz_free(memory);
}

static const struct sim_host host = {NULL, take, give};

/* The world. ----------------------------------------------------------------------------------------------------------------- */

static void lay_path(struct sim_path *path, const char *name, uint8_t delay, uint8_t loss)
{
    memset(path, 0, sizeof *path);
    snprintf(path->name, sizeof path->name, "%s", name);
    path->up.delay = (struct sim_draw){.kind = SIM_FIXED, .a = delay * 4 * WRN_MILLISECOND};
    path->up.late = (struct sim_draw){.kind = SIM_UNIFORM, .a = WRN_MILLISECOND, .b = 20 * WRN_MILLISECOND};
    if (loss)
        path->up.loss = (struct sim_loss){.kind = SIM_LOSS_CHANCE, .chance = (uint32_t)loss << 24};
    path->down = path->up;
}

static struct sim_node *place_node(struct draft *draft, const char *name, uint32_t role)
{
    uint32_t         number = draft->plan->node_count++;
    struct sim_node *node = &draft->swarm->nodes[number];
    uint8_t          place = (uint8_t)(number + 1);
    memset(node, 0, sizeof *node);
    snprintf(node->name, sizeof node->name, "%s%u", name, number);
    node->role = role;
    node->outer = (struct wrn_endpoint){.address = {198, 18, 0, place}, .port = 51820, .family = 4};
    node->has_clock = true;
    node->mtu = 1420;
    node->load_rate = node->load_burst = 1000;
    wrn_limits_default(&node->limits);
    node->limits.peers = 4; /* small: engines are made for every input */
    node->limits.prefixes = 16;
    node->limits.window_bits = 512;
    node->limits.sources = 32;
    if (role != SIM_ROLE_PEER)
        return node;
    node->has_inner4 = node->has_inner6 = true;
    memcpy(node->inner4, (const uint8_t[4]){10, 0, 0, place}, 4);
    node->inner6[0] = 0xfd;
    node->inner6[15] = place;
    fuzz_entropy(1000 * draft->plan->seed + number, node->private_key);
    return node;
}

static void join(struct draft *draft, uint32_t node, uint32_t peer, bool psk, bool known)
{
    struct sim_peer   *side = &draft->swarm->peers[draft->plan->peer_count++];
    struct wrn_prefix *prefix = &draft->swarm->prefixes[draft->plan->prefix_count];
    *side = (struct sim_peer){.node = node, .peer = peer, .endpoint_known = known, .has_psk = psk,
                              .first_prefix = draft->plan->prefix_count, .prefix_count = 2};
    if (psk)
        fuzz_entropy(7000 + 10 * (node < peer ? node : peer) + (node < peer ? peer : node), side->psk);
    prefix[0] = (struct wrn_prefix){.family = 4, .length = 32};
    prefix[1] = (struct wrn_prefix){.family = 6, .length = 128};
    memcpy(prefix[0].address, draft->swarm->nodes[peer].inner4, 4);
    memcpy(prefix[1].address, draft->swarm->nodes[peer].inner6, 16);
    draft->plan->prefix_count += 2;
}

static struct sim_event *add_event(struct draft *draft, uint32_t kind, const char *word, wrn_time at, uint32_t node)
{
    struct sim_event *event = &draft->swarm->events[draft->plan->event_count++];
    *event = (struct sim_event){.at = at,
                                .until = WRN_NEVER,
                                .kind = kind,
                                .node = node,
                                .path = SIM_NONE,
                                .types = SIM_TYPES_ALL,
                                .every = 10 * WRN_MILLISECOND,
                                .keep_stamp = true,
                                .counts = true};
    snprintf(event->name, sizeof event->name, "%s", word);
    return event;
}

static void group(struct draft *draft, uint32_t *first, uint32_t *count, uint32_t chosen)
{
    *first = draft->plan->number_count;
    for (uint32_t i = 0; i < draft->peers; i++)
        if (chosen >> i & 1)
            draft->swarm->numbers[draft->plan->number_count++] = i;
    *count = draft->plan->number_count - *first;
}

static struct sim_flow *add_flow(struct draft *draft, uint32_t from, uint32_t to)
{
    struct sim_flow *flow = &draft->swarm->flows[draft->plan->flow_count++];
    *flow = (struct sim_flow){.identity = draft->plan->flow_count, .from = from, .to = to, .size = 100};
    return flow;
}

/* Whoever has a tunnel, by turns of `which`. */
static const struct sim_peer *side_of(const struct draft *draft, const struct operation *o)
{
    return &draft->swarm->peers[(o->node + 5u * o->other) % draft->plan->peer_count];
}

/* Operations. ---------------------------------------------------------------------------------------------------------------- */

static void add_traffic(struct draft *draft, const struct operation *o)
{
    const struct sim_peer *side = side_of(draft, o);
    if (draft->plan->flow_count == FLOWS / 2)
        return;
    struct sim_flow *flow = add_flow(draft, side->node, side->peer);
    flow->ipv6 = o->kind & 1;
    flow->echo = o->kind & 2;
    flow->size = 80 + o->value % 1300;
    flow->every = (struct sim_draw){.kind = SIM_FIXED, .a = classes[o->length % 16] + 20 * WRN_MILLISECOND};
    flow->start = draft->now;
    flow->stop = draft->calm;
    flow->count = 1 + o->many % 12;
}

static void add_setting(struct draft *draft, const struct operation *o)
{
    const struct sim_peer *side = side_of(draft, o);
    struct sim_event      *event = add_event(draft, SIM_DO_SET, "set", draft->now, side->node);
    event->peer = side->peer;
    switch (o->kind % 4) {
    case 0:
        event->set = SIM_SET_KEEPALIVE;
        event->value = o->value % 60;
        break;
    case 1:
        event->set = SIM_SET_MTU;
        event->value = 1280 + o->value % 200;
        break;
    case 2: /* at both ends, at once */
        draft->keyed = true;
        event->set = SIM_SET_PSK;
        fuzz_entropy(8000 + o->value % 4, event->key);
        event = add_event(draft, SIM_DO_SET, "set", draft->now, side->peer);
        event->set = SIM_SET_PSK;
        event->peer = side->node;
        fuzz_entropy(8000 + o->value % 4, event->key);
        break;
    default: /* removed, and there again */
        event->set = SIM_SET_REMOVE;
        event = add_event(draft, SIM_DO_SET, "set", draft->now + classes[o->length % 12], side->node);
        event->set = SIM_SET_ADD;
        event->peer = side->peer;
    }
}

static void add_clock(struct draft *draft, const struct operation *o, uint32_t node)
{
    struct sim_event *event = add_event(draft, SIM_DO_CLOCK, "clock-step", draft->now, node);
    int64_t           shift = (int64_t)((1 + o->value) * WRN_SECOND);
    event->wall = (struct sim_wall){.kind = SIM_WALL_SHIFTED, .shift_ns = o->kind & 1 ? shift : -shift};
}

static void add_sleep(struct draft *draft, const struct operation *o, uint32_t node)
{
    wrn_time end = draft->now + classes[o->length % 16] + WRN_MILLISECOND;
    if (o->kind & 1)
        add_event(draft, SIM_DO_PAUSE, "pause", draft->now, node);
    else
        add_event(draft, SIM_DO_SUSPEND, "suspend", draft->now, node); /* its clock counts the sleep: engines ask for that */
    add_event(draft, SIM_DO_RESUME, "resume", end < draft->calm ? end : draft->calm, node);
    draft->slept = true;
}

static void add_attack(struct draft *draft, const struct operation *o)
{
    static const struct { uint32_t kind; const char *word; } attacks[] = {
        {SIM_DO_TAMPER, "tamper"}, {SIM_DO_DELAY, "delay"}, {SIM_DO_REPLAY, "replay"}, {SIM_DO_FLOOD, "flood"}};
    if (draft->attacker == SIM_NONE)
        return;
    const uint32_t    which = o->what - TAMPER, all = (1u << draft->peers) - 1;
    struct sim_event *event = add_event(draft, attacks[which].kind, attacks[which].word, draft->now, draft->attacker);
    event->until = draft->now + classes[o->length % 16] + 100 * WRN_MILLISECOND;
    event->types = 1u << (1 + o->kind % 4);
    event->chance = SIM_CERTAIN;
    event->count = 1 + o->many % 8;
    event->change = (o->kind >> 3) % SIM_CHANGES;
    event->as = o->kind >> 2 & 1 ? SIM_AS_SENDER : SIM_AS_SELF;
    group(draft, &event->first_a, &event->count_a, 1 + o->value % all);
    if (event->kind == SIM_DO_DELAY)
        event->every = classes[o->value >> 8 & 7] + WRN_MILLISECOND;
    if (event->kind == SIM_DO_TAMPER)
        event->as = SIM_AS_SELF;
    if (event->kind == SIM_DO_REPLAY) {
        event->until = WRN_NEVER;
        event->change = 0;
        event->chance = 0;
    }
    if (event->kind == SIM_DO_FLOOD) {
        event->mac1 = o->value & 1 && event->types & SIM_TYPES_HANDSHAKE;
        event->rate = 1 + o->many % 50;
        event->count = event->change = event->chance = event->as = 0;
        event->until = event->until - event->at > 2 * WRN_SECOND ? event->at + 2 * WRN_SECOND : event->until;
    }
    if (event->until != WRN_NEVER && event->until + event->every > draft->calm)
        event->until = draft->calm - event->every > event->at ? draft->calm - event->every : event->at + 1;
}

static void add_misbehaviour(struct draft *draft, const struct operation *o)
{
    const struct sim_peer *side = side_of(draft, o);
    struct sim_event      *event = add_event(draft, SIM_DO_MISBEHAVE, "misbehave", draft->now, side->node);
    event->change = o->kind % SIM_SEALS;
    event->count = 1 + o->many % 6;
    event->every = WRN_MILLISECOND + o->value % 200 * WRN_MILLISECOND;
    group(draft, &event->first_a, &event->count_a, 1u << side->peer);
    draft->anew = true;
}

static void add_fault(struct draft *draft, const struct operation *o, uint32_t node)
{
    const uint32_t    all = (1u << draft->peers) - 1, left = 1 + o->value % (all - 1);
    struct sim_event *event;
    switch (o->what) {
    case DROP:
        event = add_event(draft, SIM_DO_DROP_NEXT, "drop", draft->now, node);
        event->side = o->kind & 1;
        event->types = 1u << (1 + (o->kind >> 1) % 4);
        event->count = 1 + o->many % 4;
        draft->dropping |= 1u << (2 * node + event->side);
        break;
    case PARTITION:
        event = add_event(draft, SIM_DO_PARTITION, "partition", draft->now, SIM_NONE);
        event->one_way = o->kind & 1;
        event->until = draft->now + classes[o->length % 16] + WRN_MILLISECOND;
        group(draft, &event->first_a, &event->count_a, left);
        group(draft, &event->first_b, &event->count_b, all & ~left);
        break;
    case PATH: add_event(draft, SIM_DO_PATH, "path", draft->now, node)->path = o->kind % 3; break;
    case POWER: add_event(draft, o->kind & 1 ? SIM_DO_UP : SIM_DO_DOWN, o->kind & 1 ? "up" : "down", draft->now, node); break;
    case RESTART: add_event(draft, SIM_DO_RESTART, "reboot", draft->now, node); break;
    case ROAM:
        event = add_event(draft, SIM_DO_ROAM, "roam", draft->now, 0);
        event->path = o->kind % 3;
        event->nat = SIM_NONE;
        event->address = (struct wrn_endpoint){
            .address = {198, 19, 128, (uint8_t)draft->plan->event_count}, .port = (uint16_t)(1000 + o->many), .family = 4};
        draft->moved[0] = true;
        break;
    default: break;
    }
}

static void perform(struct draft *draft, const struct operation *o)
{
    uint32_t node = o->node % draft->peers;
    if (o->what == TRAFFIC)
        add_traffic(draft, o);
    else if (o->what == SET)
        add_setting(draft, o);
    else if (o->what == CLOCK)
        add_clock(draft, o, node);
    else if (o->what == SLEEP)
        add_sleep(draft, o, node);
    else if (o->what >= TAMPER && o->what <= FLOOD)
        add_attack(draft, o);
    else if (o->what == MISBEHAVE)
        add_misbehaviour(draft, o);
    else
        add_fault(draft, o, node);
}

/* The calm. ------------------------------------------------------------------------------------------------------------------ */

/* The newest drop takes the place of an older one, which may have much left to do: a cookie it is. */
static void end_drops(struct draft *draft)
{
    for (uint32_t i = 0; i < 2 * draft->peers; i++)
        if (draft->dropping >> i & 1) {
            struct sim_event *event = add_event(draft, SIM_DO_DROP_NEXT, "drop", draft->calm, i / 2);
            event->side = i % 2;
            event->types = 1u << 3;
            event->count = 1;
        }
}

/* Paths are good, who moved is back, who is away starts again; where somebody could turn endpoints round, everybody does. */
static void end_faults(struct draft *draft)
{
    end_drops(draft);
    add_event(draft, SIM_DO_HEAL, "heal", draft->calm, SIM_NONE);
    for (uint32_t i = 0; i < draft->peers; i++) {
        if (draft->slept)
            add_event(draft, SIM_DO_RESUME, "resume", draft->calm, i);
        add_event(draft, SIM_DO_PATH, "path", draft->calm, i)->path = 0;
        if (draft->moved[i]) {
            struct sim_event *event = add_event(draft, SIM_DO_ROAM, "roam", draft->calm, i);
            event->nat = SIM_NONE;
            event->path = 0;
            event->address = draft->swarm->nodes[i].outer;
        }
        add_event(draft, SIM_DO_UP, "up", draft->calm, i);
        if (draft->anew || draft->attacker != SIM_NONE)
            add_event(draft, SIM_DO_RESTART, "reboot", draft->calm, i);
    }
}

/* Who was added again has the key of its row, and who was not there missed the change: all are told once more. */
static void end_settings(struct draft *draft)
{
    for (uint32_t i = 0; i < draft->plan->peer_count && draft->keyed; i++) {
        const struct sim_peer *side = &draft->swarm->peers[i];
        struct sim_event      *event = add_event(draft, SIM_DO_SET, "set", draft->calm, side->node);
        event->set = SIM_SET_PSK;
        event->peer = side->peer;
        fuzz_entropy(8000, event->key);
    }
}

static void expect_through(struct draft *draft, const struct sim_peer *side)
{
    struct sim_expect     *expect = &draft->swarm->expects[draft->plan->expect_count++];
    const struct sim_node *nodes = draft->swarm->nodes;
    struct sim_flow       *flow = add_flow(draft, side->node, side->peer);
    char                   time[32];

    flow->every = (struct sim_draw){.kind = SIM_FIXED, .a = 20 * WRN_SECOND};
    flow->start = draft->calm;
    flow->stop = draft->plan->stop;
    *expect = (struct sim_expect){.kind = SIM_EXPECT_UP, .value = 1, .begin = draft->calm, .end = draft->calm + SIM_SWARM_BOUND,
                                  .first = draft->plan->pair_count, .count = 1};
    sim_scenario_time_text(draft->calm, time);
    snprintf(expect->text, sizeof expect->text, "up(%.20s->%.20s) within 90 s after faults stopped at %s", nodes[side->node].name,
             nodes[side->peer].name, time);
    draft->swarm->pairs[draft->plan->pair_count++] = (struct sim_pair){side->node, side->peer};
}

static struct operation read_operation(struct fuzz_bytes *bytes)
{
    uint8_t raw[OPERATION];
    fuzz_fill(bytes, raw, sizeof raw);
    return (struct operation){.what = raw[0] % KINDS, .node = raw[1] & 15, .other = raw[1] >> 4, .gap = raw[2], .length = raw[3],
                              .many = raw[4], .kind = raw[5], .value = (uint16_t)(raw[6] | raw[7] << 8)};
}

/* When the calm begins: behind the last operation, and what it lasts. */
static wrn_time calm_of(struct fuzz_bytes bytes)
{
    wrn_time at = WRN_SECOND;
    for (unsigned i = 0; i < OPERATIONS && bytes.left; i++) {
        struct operation o = read_operation(&bytes);
        wrn_time         next = at + classes[o.gap % 16];
        at = next < LIFE * WRN_SECOND ? next : at;
    }
    return at + 30 * WRN_SECOND;
}

static void begin(struct draft *draft, struct sim_swarm *swarm, const uint8_t head[8])
{
    struct sim_plan *plan = draft->plan = &swarm->plan;
    memset(plan, 0, sizeof *plan);
    *draft = (struct draft){.swarm = swarm, .plan = plan, .attacker = SIM_NONE, .peers = 2 + (head[1] & 3u) % 3};
    snprintf(plan->name, sizeof plan->name, "schedule");
    plan->seed = head[3] % 4u;
    plan->epoch_s = UINT64_C(1767225600);
    plan->crypto = head[1] & 16 ? SIM_CRYPTO_TOY : SIM_CRYPTO_REAL;
    plan->paths = swarm->paths;
    plan->nodes = swarm->nodes;
    plan->peers = swarm->peers;
    plan->prefixes = swarm->prefixes;
    plan->flows = swarm->flows;
    plan->events = swarm->events;
    plan->expects = swarm->expects;
    plan->pairs = swarm->pairs;
    plan->numbers = swarm->numbers;
    plan->nats = swarm->nats;
    lay_path(&swarm->paths[0], "calm", 5, 0);
    lay_path(&swarm->paths[1], "slow", head[4], 0);
    lay_path(&swarm->paths[2], "lossy", 5, head[5]);
    plan->path_count = 3;
    draft->hub = head[1] & 4;
}

static void people(struct draft *draft, const uint8_t head[8])
{
    for (uint32_t i = 0; i < draft->peers; i++) {
        struct sim_node *node = place_node(draft, "n", SIM_ROLE_PEER);
        if (head[6] % 16)
            node->load_rate = node->load_burst = head[6] % 16;
        node->limits.stage_slots = head[7] % 8 ? head[7] % 8u - 1 : 8;
        node->limits.stage_share = node->limits.stage_slots ? node->limits.stage_slots : 1;
    }
    if (head[1] & 8) {
        draft->attacker = draft->plan->node_count;
        place_node(draft, "mallory", SIM_ROLE_ATTACKER);
        struct sim_event *event = add_event(draft, SIM_DO_RECORD, "record", 0, draft->attacker);
        event->until = draft->calm;
        group(draft, &event->first_a, &event->count_a, (1u << draft->peers) - 1);
    }
    for (uint32_t i = 0; i < draft->peers; i++)
        for (uint32_t j = 0; j < draft->peers; j++)
            if (i != j && (!draft->hub || !i || !j)) /* who moves, 0, knows where the others are */
                join(draft, i, j, head[1] & 32, !(head[1] & 64) || i < j);
}

static void draw(struct sim_swarm *swarm, const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    struct draft      draft;
    uint8_t           head[8];

    fuzz_fill(&bytes, head, sizeof head);
    begin(&draft, swarm, head);
    draft.calm = calm_of(bytes);
    draft.plan->stop = draft.calm + SIM_SWARM_CALM;
    people(&draft, head);
    draft.now = WRN_SECOND;
    for (unsigned i = 0; i < OPERATIONS && bytes.left; i++) {
        struct operation o = read_operation(&bytes);
        wrn_time         next = draft.now + classes[o.gap % 16];
        draft.now = next < LIFE * WRN_SECOND ? next : draft.now;
        if (o.what == TRAFFIC || head[2] >> o.what % 8 & 1)
            perform(&draft, &o);
    }
    end_faults(&draft);
    end_settings(&draft);
    for (uint32_t i = 0; i < draft.plan->peer_count; i++)
        expect_through(&draft, &swarm->peers[i]);
}

/* The judgement. ------------------------------------------------------------------------------------------------------------- */

static uint8_t code[2][1 << 16];

static void check_code(const struct sim_plan *plan)
{
    struct sim_message message;
    struct sim_plan    again;
    size_t             size = sim_plan_encode(plan, code[0], sizeof code[0]);
    FUZZ_CHECK(size <= sizeof code[0], "code", "%zu bytes are more than there is room for", size);
    FUZZ_CHECK(sim_plan_decode(&again, code[0], size, &host, &message), "code", "%s", message.text);
    FUZZ_CHECK(sim_plan_encode(&again, code[1], sizeof code[1]) == size && !memcmp(code[0], code[1], size), "code",
               "the plan reads as another");
    sim_plan_release(&again, &host);
}

static char *text_of(const struct sim_plan *plan)
{
    struct sim_message message;
    char              *text = sim_scenario_write(plan, NULL, 0, &message);
    FUZZ_CHECK(text, "notation", "%s", message.text);
    return text;
}

/* The text says the same world: written again, it is the same text. */
static void check_notation(const struct sim_plan *plan)
{
    struct sim_scenario_error   error;
    struct sim_scenario_options options = {.file = "text"};
    char                       *text = text_of(plan), *again;
    struct sim_scenario        *scenario = sim_scenario_read(&options, text, strlen(text), &error);
    FUZZ_CHECK(scenario, "notation", "%s", error.text);
    again = text_of(sim_scenario_plan(scenario));
    FUZZ_CHECK(!strcmp(text, again), "notation", "the scenario reads as another");
    sim_scenario_close(scenario);
    free(text);
    free(again);
}

static FILE *recording;

void fuzz_record(FILE *out)
{
    recording = out;
}

static bool put(void *context, const uint8_t *bytes, size_t length)
{
    return fwrite(bytes, 1, length, context) == length;
}

static void run(const struct sim_plan *plan)
{
    static struct fuzz_crypto crypto;
    struct sim_options        options = {.crypto = &fuzz_crypto, .crypto_context = &crypto};
    struct sim_message        message;
    struct sim_results        results;
    if (recording) {
        options.record = put;
        options.context = recording;
    }
    struct sim_world         *world = sim_world_create(plan, &options, &host, &message);
    FUZZ_CHECK(world, "plan", "%s", message.text);
    enum sim_state state = sim_world_run(world, WRN_NEVER);
    if (recording) {
        const char *failed = sim_world_record_end(world);
        FUZZ_CHECK(!failed && fflush(recording) == 0, "record", "%s", failed ? failed : "the file takes no more");
    }
    sim_world_results(world, &results);
    if (state == SIM_VIOLATED || results.violations)
        fuzz_fail(results.invariants[results.first.invariant].id, "at %llu ns, node %u: %s",
                  (unsigned long long)results.first.time, results.first.node, results.first.text);
    for (size_t i = 0; i < results.expectation_count; i++)
        FUZZ_CHECK(results.expectations[i].held, "heal", "%s: %s", results.expectations[i].text,
                   results.expectations[i].measured);
    sim_world_end(world);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return sodium_init() < 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sim_swarm swarm;
    struct sim_message      message;
    draw(&swarm, data, size);
    FUZZ_CHECK(sim_plan_check(&swarm.plan, &message), "plan", "%s", message.text);
    check_code(&swarm.plan);
    if (size > 3 && data[3] >> 4 == 0)
        check_notation(&swarm.plan);
    run(&swarm.plan);
    FUZZ_CHECK(!taken.pieces && !taken.bytes, "leak", "%zu bytes in %zu pieces are kept", taken.bytes, taken.pieces);
    return 0;
}

void fuzz_render(FILE *out, const uint8_t *data, size_t size)
{
    static struct sim_swarm swarm;
    struct sim_message      message;
    draw(&swarm, data, size);
    char *text = sim_scenario_write_short(&swarm.plan, NULL, 0, &message);
    fputs(text ? text : message.text, out);
    free(text);
}
