#include "base.h"
#include "hands.h"
#include "parts.h"
#include "warren/inspect.h"

/* The world's clock and its one loop. */

uint64_t sim_digest(const uint8_t *data, size_t length)
{
    return sim_xxh64(0, data, length);
}

void sim_trace(struct sim_world *world, uint32_t node, uint32_t kind, uint32_t length, uint64_t digest, uint8_t verdict,
               uint8_t reason)
{
    struct sim_trace trace = {
        .time = world->now, .number = world->chain.records, .node = node, .kind = kind, .length = length, .digest = digest,
        .verdict = verdict, .reason = reason,
    };

    if (kind == SIM_KIND_INNER_IN)
        trace.digest ^= (uint64_t)verdict << 8 | reason;
    sim_chain_add(&world->chain, &trace);
    sim_chain_control(&world->control, &trace);
    if (node != SIM_NONE) {
        uint64_t *chain = &world->places[node].result.chain;

        *chain = sim_chain_link(*chain, &trace);
    }
    if (verdict == WRN_DROP && reason > 0 && reason < WRN_REASON_COUNT)
        sim_mark_reason(world, reason, 1);
    if (world->options.trace)
        world->options.trace(world->options.context, &trace);
}

static bool begin_places(struct sim_world *world)
{
    const uint32_t count = world->plan->node_count;

    for (uint32_t i = 0; i < count; i++)
        if (!sim_place_begin(world, i))
            return false;
    if (!sim_addresses_begin(world) || !sim_realms_begin(world))
        return false;
    for (uint32_t i = 0; i < world->plan->peer_count; i++)
        memcpy(world->watch.sides[i].public_key, world->public_keys[world->plan->peers[i].peer], 32);
    for (uint32_t i = 0; i < count; i++) {
        if (world->plan->nodes[i].role != SIM_ROLE_PEER)
            continue;
        sim_place_boot(&world->places[i], false);
    }
    return true;
}

static bool begin_tasks(struct sim_world *world)
{
    const struct sim_plan *plan = world->plan;
    bool held = true;

    for (uint32_t i = 0; i < plan->event_count; i++)
        held = held && sim_queue_push(&world->queue, plan->events[i].at, SIM_TASK_TIMELINE, i, NULL);
    for (uint32_t i = 0; i < plan->node_count; i++)
        if (plan->nodes[i].role == SIM_ROLE_PEER && !plan->nodes[i].starts_down)
            sim_place_set_up(&world->places[i], true);
    for (uint32_t i = 0; i < plan->flow_count; i++)
        sim_flow_begin(world, i);
    return held && !world->memory.exhausted;
}

static void begin_toy(struct sim_world *world)
{
    struct sim_toy *toy = &world->toy;

    if (world->plan->crypto != SIM_CRYPTO_TOY)
        return;
    for (toy->size = 2; toy->size < 2 * (world->plan->node_count + world->plan->event_count); toy->size *= 2)
        continue;
    toy->keys = sim_take(&world->memory, toy->size * sizeof *toy->keys);
}

static void begin_marks(struct sim_world *world)
{
    for (const char *name = ""; world->mark_results && (name = sim_mark_after(name)) != NULL;)
        world->mark_results[world->mark_count++].name = name;
}

static void begin_crypto(struct sim_world *world)
{
    const bool toy = world->plan->crypto == SIM_CRYPTO_TOY;

    world->watch.crypto = toy ? &sim_toy : world->options.crypto;
    world->watch.crypto_context = toy ? &world->toy : world->options.crypto_context;
}

static bool begin(struct sim_world *world)
{
    const struct sim_plan *plan = world->plan;
    bool held;

    world->places = sim_take(&world->memory, plan->node_count * sizeof *world->places);
    world->public_keys = sim_take(&world->memory, plan->node_count * sizeof *world->public_keys);
    world->flows = sim_take(&world->memory, (plan->flow_count + 1) * sizeof *world->flows);
    world->flow_results = sim_take(&world->memory, (plan->flow_count + 1) * sizeof *world->flow_results);
    world->floods = sim_take(&world->memory, (plan->event_count + 1) * sizeof *world->floods);
    world->node_results = sim_take(&world->memory, plan->node_count * sizeof *world->node_results);
    world->drop_results = sim_take(&world->memory, ((size_t)SIM_LOST_KINDS + WRN_REASON_COUNT) * sizeof *world->drop_results);
    world->marks = sim_take(&world->memory, sim_mark_places() * sizeof *world->marks);
    world->mark_results = sim_take(&world->memory, sim_mark_places() * sizeof *world->mark_results);
    world->packet = sim_take(&world->memory, SIM_PACKET_BYTES);
    world->inner = sim_take(&world->memory, SIM_PACKET_BYTES);
    sim_chain_begin(&world->chain);
    sim_chain_begin(&world->control);
    if (world->options.record)
        wrn_recording_begin(&world->recording, world->options.record, world->options.context, world->options.record_every);
    begin_toy(world);
    begin_marks(world);
    held = !world->memory.exhausted && sim_queue_begin(&world->queue, &world->memory, world->options.queue == SIM_QUEUE_HEAP)
           && sim_traffic_begin(&world->traffic, plan, &world->memory)
           && sim_watch_begin(&world->watch, plan, &world->memory, &world->traffic, (const uint8_t(*)[32])world->public_keys);
    begin_crypto(world);
    return held && sim_expect_begin(world) && begin_places(world) && sim_bad_begin(world) && begin_tasks(world)
           && !world->memory.exhausted;
}

struct sim_world *sim_world_create(const struct sim_plan *plan, const struct sim_options *options, const struct sim_host *host,
                                   struct sim_message *message)
{
    struct sim_world *world;

    if (!sim_plan_check(plan, message))
        return NULL;
    world = host->take(host->context, sizeof *world);
    if (world) {
        memset(world, 0, sizeof *world);
        world->plan = plan;
        world->options = *options;
        world->host = *host;
        sim_memory_begin(&world->memory, &world->host);
        if (begin(world))
            return world;
        sim_world_end(world);
    }
    memcpy(message->text, "no memory for the world", sizeof "no memory for the world");
    return NULL;
}

const char *sim_world_record_end(struct sim_world *world)
{
    uint8_t digest[32];

    for (uint32_t i = 0; i < world->plan->node_count; i++)
        if (world->places[i].record && world->places[i].running)
            wrn_rec_digest(world->places[i].record, world->places[i].engine, WRN_PART_ALL, digest);
    return wrn_recording_end(&world->recording) ? NULL : world->recording.failed;
}

void sim_world_end(struct sim_world *world)
{
    struct sim_host host = world->host;

    sim_memory_end(&world->memory);
    host.give(host.context, world, sizeof *world);
}

static void do_task(struct sim_world *world, const struct sim_entry *entry)
{
    switch (entry->kind) {
    case SIM_TASK_TIMELINE:
        sim_timeline_do(world, entry->index);
        break;
    case SIM_TASK_FLOW:
        sim_flow_next(world, entry->index);
        break;
    case SIM_TASK_WAKE:
        sim_place_wake(&world->places[entry->index]);
        break;
    case SIM_TASK_CORE:
        sim_link_core(world, entry->item);
        break;
    case SIM_TASK_ARRIVE:
        sim_link_arrive(world, &world->places[entry->index], entry->item);
        break;
    case SIM_TASK_FLOOD:
        sim_flood_next(world, entry->index);
        break;
    case SIM_TASK_CARRY:
        sim_nest_carry(world, &world->places[entry->index], entry->item);
        break;
    case SIM_TASK_CARRIED:
        sim_link_reach(world, &world->places[entry->index], entry->item);
        break;
    case SIM_TASK_LEFT:
        sim_half_left(world, &world->places[entry->index / 2], entry->index % 2);
        break;
    case SIM_TASK_RELEASE:
        sim_hands_release(world, entry->item);
        break;
    case SIM_TASK_BAD:
        sim_bad_next(world, entry->index);
        break;
    case SIM_TASK_INJECT:
        sim_attach_enter(&world->places[entry->index], entry->item);
        break;
    default:
        sim_attacker_next(&world->places[entry->index]);
        break;
    }
}

/* Everything that checkers wanted to look at before that time. */
static void ring(struct sim_world *world, wrn_time before)
{
    struct sim_seen seen;

    while (sim_watch_alarm(&world->watch, before, &seen)) {
        world->now = seen.now;
        seen.local = sim_clock_local(&world->places[seen.node].clock, seen.now);
        sim_watch_ring(&world->watch, &seen);
    }
}

static enum sim_state finish(struct sim_world *world)
{
    ring(world, world->plan->stop);
    world->now = world->plan->stop;
    world->finished = true;
    for (uint32_t i = 0; i < world->plan->node_count; i++) {
        struct sim_seen seen = sim_place_seen(&world->places[i], SIM_SEEN_END, SIM_NONE);

        sim_guard_check(&world->places[i]);
        sim_host_end(&world->places[i]);
        sim_watch_see(&world->watch, &seen);
        sim_place_balance(&world->places[i]);
    }
    return world->watch.violated > 0 && !world->options.keep_going ? SIM_VIOLATED : SIM_FINISHED;
}

enum sim_state sim_world_run(struct sim_world *world, wrn_time until)
{
    struct sim_entry entry;
    wrn_time next;

    if (world->finished)
        return SIM_FINISHED;
    while (!world->memory.exhausted) {
        if (!sim_queue_next(&world->queue, &next) || next > world->plan->stop) {
            if (until < world->plan->stop)
                return SIM_PAUSED;
            sim_expect_look(world, world->plan->stop);
            return finish(world);
        }
        if (next >= until && until < world->plan->stop)
            return SIM_PAUSED;
        sim_expect_look(world, next);
        ring(world, next);
        if (world->watch.violated > 0 && !world->options.keep_going)
            return SIM_VIOLATED;
        sim_queue_pop(&world->queue, &entry);
        world->now = entry.time;
        do_task(world, &entry);
        if (world->watch.violated > 0 && !world->options.keep_going)
            return SIM_VIOLATED;
    }
    return SIM_EXHAUSTED;
}
