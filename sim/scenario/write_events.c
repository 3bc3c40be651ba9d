/* The timeline and the expectations of a written scenario. */

#include "write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Timeline. ------------------------------------------------------------------------------------------------------------------ */

static const char *const words[SIM_DO_KINDS] = {
    [SIM_DO_DROP_NEXT] = "drop", [SIM_DO_PARTITION] = "partition", [SIM_DO_HEAL] = "heal", [SIM_DO_PATH] = "path",
    [SIM_DO_ROAM] = "roam",      [SIM_DO_DOWN] = "down",           [SIM_DO_UP] = "up",     [SIM_DO_CRASH] = "crash",
    [SIM_DO_RESTART] = "reboot", [SIM_DO_RECORD] = "record",       [SIM_DO_REPLAY] = "replay",
    [SIM_DO_FLOOD] = "flood",     [SIM_DO_CLOCK] = "clock-step",    [SIM_DO_SUSPEND] = "suspend", [SIM_DO_PAUSE] = "pause",
    [SIM_DO_RESUME] = "resume",   [SIM_DO_SET] = "set",            [SIM_DO_NAT_REBOOT] = "nat-reboot",
    [SIM_DO_TAMPER] = "tamper",  [SIM_DO_DELAY] = "delay",         [SIM_DO_THIEF] = "steal",
    [SIM_DO_MISBEHAVE] = "misbehave", [SIM_DO_COMPROMISE] = "compromise",
};

static void put_group(struct scn_out *out, const struct sim_plan *plan, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        scn_put(out, "%s%s", i ? " " : "", plan->nodes[plan->numbers[first + i]].name);
}

static void put_until(struct scn_out *out, const struct sim_plan *plan, const struct sim_event *event)
{
    if (event->until > plan->stop)
        return;
    scn_put_key(out, "for");
    scn_put_time(out, event->until > event->at ? event->until - event->at : 0);
}

static void put_types(struct scn_out *out, const struct sim_event *event)
{
    if (event->types == SIM_TYPES_ALL)
        return;
    scn_put_key(out, "types");
    scn_put_types(out, event->types);
}

static void put_partition(struct scn_out *out, const struct sim_plan *plan, const struct sim_event *event)
{
    scn_put_key(out, "split");
    put_group(out, plan, event->first_a, event->count_a);
    scn_put(out, " | ");
    put_group(out, plan, event->first_b, event->count_b);
    scn_put(out, event->one_way ? ", one_way: true" : "");
    put_until(out, plan, event);
}

static void put_path(struct scn_out *out, const struct sim_plan *plan, uint32_t path)
{
    if (path == SIM_NONE)
        return;
    scn_put_key(out, "path");
    scn_put(out, "%s", plan->paths[path].name[0] == '(' ? "none" : plan->paths[path].name);
}

static void put_to(struct scn_out *out, const struct sim_plan *plan, const char *key, uint32_t first, uint32_t count)
{
    scn_put_key(out, key);
    put_group(out, plan, first, count);
}

static void put_as(struct scn_out *out, const struct sim_event *event)
{
    scn_put(out, event->as == SIM_AS_SELF ? "" : event->as == SIM_AS_PORT ? ", as: port" : ", as: sender");
}

static void put_hands(struct scn_out *out, const struct sim_plan *plan, const struct sim_event *event)
{
    static const char *const changes[SIM_CHANGES] = {"any",  "flip",     "run",    "truncate", "extend", "type",
                                                     "receiver", "sender", "counter", "mac1",     "mac2"};
    put_to(out, plan, "of", event->first_a, event->count_a);
    put_types(out, event);
    if (event->kind == SIM_DO_TAMPER) {
        scn_put(out, ", change: %s", changes[event->change]);
    } else {
        scn_put_key(out, "hold");
        scn_put_time(out, event->every);
        put_as(out, event);
    }
    if (event->chance != SIM_CERTAIN) {
        scn_put_key(out, "share");
        scn_put_chance(out, event->chance);
    }
    if (event->count)
        scn_put(out, ", count: %" PRIu32, event->count);
    put_until(out, plan, event);
}

static void put_steal(struct scn_out *out, const struct sim_plan *plan, const struct sim_event *event)
{
    put_to(out, plan, "of", event->first_b, event->count_b);
    put_to(out, plan, "to", event->first_a, event->count_a);
    scn_put(out, ", rate: %" PRIu32 "pps", event->rate);
    put_as(out, event);
    put_until(out, plan, event);
}

static void put_misbehave(struct scn_out *out, const struct sim_plan *plan, const struct sim_event *event)
{
    static const char *const seals[SIM_SEALS] = {"any", "source", "version", "length", "short", "jump", "old", "limit"};
    put_to(out, plan, "to", event->first_a, event->count_a);
    scn_put(out, ", seal: %s", seals[event->change]);
    scn_put_key(out, "every");
    scn_put_time(out, event->every);
    scn_put(out, ", count: %" PRIu32, event->count);
}

static void put_attack(struct scn_out *out, const struct sim_plan *plan, const struct sim_event *event)
{
    put_types(out, event);
    if (event->kind == SIM_DO_RECORD) {
        scn_put_key(out, "of");
        put_group(out, plan, event->first_a, event->count_a);
        put_until(out, plan, event);
        return;
    }
    scn_put_key(out, "every");
    scn_put_time(out, event->every);
    if (event->count)
        scn_put(out, ", count: %" PRIu32, event->count);
    if (event->count_a)
        put_to(out, plan, "to", event->first_a, event->count_a);
    put_as(out, event);
}

static void put_flood(struct scn_out *out, const struct sim_plan *plan, const struct sim_event *event)
{
    scn_put(out, ", from: %s", plan->nodes[event->node].name);
    scn_put_key(out, "to");
    put_group(out, plan, event->first_a, event->count_a);
    scn_put_key(out, "kind");
    if (event->types & 1)
        scn_put(out, "garbage");
    else
        scn_put_types(out, event->types);
    if (event->types & SIM_TYPES_HANDSHAKE)
        scn_put(out, ", mac1: %s", event->mac1 ? "valid" : "invalid");
    scn_put(out, ", rate: %" PRIu32 "pps", event->rate);
    put_until(out, plan, event);
}

static void put_wall(struct scn_out *out, const struct sim_wall *wall)
{
    if (wall->kind == SIM_WALL_KEPT)
        return;
    scn_put_key(out, "clock");
    if (wall->kind == SIM_WALL_NONE) {
        scn_put(out, "none");
    } else if (wall->kind == SIM_WALL_SET) {
        scn_put_date(out, wall->date_s);
    } else {
        scn_put(out, wall->shift_ns < 0 ? "-" : "+");
        scn_put_time(out, (uint64_t)(wall->shift_ns < 0 ? -wall->shift_ns : wall->shift_ns));
    }
}

static void put_prefixes(struct scn_out *out, const struct sim_plan *plan, const struct sim_event *event, const char *word)
{
    scn_put_key(out, word);
    scn_put_prefixes(out, plan->prefixes + event->first_prefix, event->prefix_count);
}

static void put_secret(struct scn_out *out, const char *word, const uint8_t key[32])
{
    static const uint8_t none[32];
    scn_put_key(out, word);
    if (memcmp(key, none, 32) == 0)
        scn_put(out, "none");
    else
        scn_put_key_bytes(out, key);
}

static void put_set(struct scn_out *out, const struct sim_plan *plan, const struct sim_event *event)
{
    static const char *const lists[SIM_SETS] = {
        [SIM_SET_REPLACE] = "allowed", [SIM_SET_ALLOW] = "allow", [SIM_SET_DISALLOW] = "disallow"};
    if (event->set != SIM_SET_KEY && event->set != SIM_SET_PORT && event->set != SIM_SET_MTU)
        scn_put(out, ", peer: %s", plan->nodes[event->peer].name);
    if (event->set == SIM_SET_PEER_KEY) {
        scn_put(out, ", learn: true");
    } else if (event->set == SIM_SET_KEY || event->set == SIM_SET_PSK) {
        put_secret(out, event->set == SIM_SET_KEY ? "key" : "psk", event->key);
    } else if (event->set < SIM_SETS && lists[event->set]) {
        put_prefixes(out, plan, event, lists[event->set]);
    } else if (event->set == SIM_SET_KEEPALIVE) {
        scn_put_key(out, "keepalive");
        if (event->value)
            scn_put_time(out, event->value * WRN_SECOND);
        else
            scn_put(out, "none");
    } else if (event->set == SIM_SET_ENDPOINT) {
        scn_put_key(out, "endpoint");
        if (event->address.family)
            scn_put_endpoint(out, &event->address);
        else
            scn_put(out, "none");
    } else if (event->set == SIM_SET_PORT || event->set == SIM_SET_MTU) {
        scn_put(out, event->set == SIM_SET_PORT ? ", port: %" PRIu32 : ", mtu: %" PRIu32, event->value);
    }
}

static void put_event(struct scn_out *out, const struct sim_plan *plan, const struct sim_event *event)
{
    const char *word = event->kind < SIM_DO_KINDS ? words[event->kind] : NULL;
    if (event->kind == SIM_DO_SET && event->set <= SIM_SET_REMOVE)
        word = event->set == SIM_SET_ADD ? "add-peer" : "remove-peer";
    if (!word) {
        out->unsaid = "an event of this kind";
        return;
    }
    scn_put(out, "  - {at: ");
    scn_put_time(out, event->at);
    scn_put(out, ", do: %s", word);
    out->first = false;
    if (strcmp(word, event->name) != 0)
        scn_put(out, ", id: %s", event->name);
    if (event->kind == SIM_DO_PARTITION) {
        put_partition(out, plan, event);
    } else if (event->kind == SIM_DO_FLOOD) {
        put_flood(out, plan, event);
    } else if (event->kind == SIM_DO_NAT_REBOOT && event->nat) {
        scn_put_nat_name(out, plan, event->nat);
    } else if (event->kind != SIM_DO_HEAL) {
        scn_put(out, ", who: %s", plan->nodes[event->node].name);
    }
    if (event->kind == SIM_DO_TAMPER || event->kind == SIM_DO_DELAY)
        put_hands(out, plan, event);
    if (event->kind == SIM_DO_THIEF)
        put_steal(out, plan, event);
    if (event->kind == SIM_DO_MISBEHAVE)
        put_misbehave(out, plan, event);
    if (event->kind == SIM_DO_COMPROMISE)
        put_to(out, plan, "of", event->first_a, event->count_a);
    if (event->kind == SIM_DO_DROP_NEXT) {
        scn_put(out, event->side == SIM_UP ? "" : ", side: down");
        put_types(out, event);
        scn_put(out, ", count: %" PRIu32, event->count);
    }
    if (event->kind == SIM_DO_ROAM) {
        scn_put_key(out, "address");
        scn_put_endpoint(out, &event->address);
        if (event->nat != SIM_NONE)
            scn_put_nat_name(out, plan, event->nat);
    }
    if (event->kind == SIM_DO_PATH || event->kind == SIM_DO_ROAM)
        put_path(out, plan, event->path);
    if (event->kind == SIM_DO_RESTART && !event->keep_stamp)
        scn_put(out, ", stamp: lose");
    if (event->kind == SIM_DO_RESTART || event->kind == SIM_DO_CLOCK)
        put_wall(out, &event->wall);
    if (event->kind == SIM_DO_SET)
        put_set(out, plan, event);
    if (event->kind == SIM_DO_SUSPEND && !event->counts)
        scn_put(out, ", counts: false");
    if (event->kind == SIM_DO_RECORD || event->kind == SIM_DO_REPLAY)
        put_attack(out, plan, event);
    scn_put(out, "}\n");
}

void scn_put_timeline(struct scn_out *out, const struct sim_plan *plan)
{
    for (uint32_t i = 0; i < plan->event_count; i++) {
        scn_put(out, i ? "" : "timeline:\n");
        put_event(out, plan, &plan->events[i]);
    }
}

/* Expectations. -------------------------------------------------------------------------------------------------------------- */

static const char *const claims[SIM_EXPECT_KINDS] = {
    [SIM_EXPECT_DELIVERED] = "delivered",     [SIM_EXPECT_ECHOED] = "echo",
    [SIM_EXPECT_UP] = "up",                   [SIM_EXPECT_SESSION] = "session",
    [SIM_EXPECT_HANDSHAKES] = "handshakes",   [SIM_EXPECT_INITIATIONS] = "initiations",
    [SIM_EXPECT_GAVE_UP] = "gave_up",         [SIM_EXPECT_DATAGRAMS] = "datagrams",
    [SIM_EXPECT_COMPLETED] = "completed",     [SIM_EXPECT_GOODPUT] = "goodput",
    [SIM_EXPECT_LATENCY] = "latency",         [SIM_EXPECT_RESPONSE] = "response",
};

static void put_side(struct scn_out *out, const struct sim_plan *plan, const bool *in)
{
    const char *space = "";
    for (uint32_t i = 0; i < plan->node_count; i++)
        if (in[i]) {
            scn_put(out, "%s%s", space, plan->nodes[i].name);
            space = " ";
        }
}

/* Every from with every to, itself left out: the only thing that a claim can say. */
static void put_pairs(struct scn_out *out, const struct sim_plan *plan, const struct sim_expect *expect)
{
    const struct sim_pair *pairs = &plan->pairs[expect->first];
    bool *from = calloc(2 * (size_t)plan->node_count, sizeof *from), *to = from ? from + plan->node_count : NULL;
    uint64_t froms = 0, tos = 0, both = 0;
    if (!from) {
        out->bad = true;
        return;
    }
    for (uint32_t i = 0; i < expect->count; i++)
        from[pairs[i].from] = to[pairs[i].to] = true;
    for (uint32_t i = 0; i < plan->node_count; i++) {
        froms += from[i];
        tos += to[i];
        both += from[i] && to[i];
    }
    if (froms * tos - both != expect->count)
        out->unsaid = "an expectation about these pairs";
    put_side(out, plan, from);
    scn_put(out, "->");
    put_side(out, plan, to);
    free(from);
}

static void put_comparison(struct scn_out *out, const struct sim_expect *expect)
{
    static const char *const signs[SIM_COMPARES] = {[SIM_AT_LEAST] = ">=", [SIM_AT_MOST] = "<=", [SIM_EQUAL] = "==",
                                                    [SIM_MORE] = ">", [SIM_LESS] = "<"};
    if (expect->share && expect->value % 10000 == 0)
        scn_put(out, " %s %" PRIu64 "%%", signs[expect->compare], expect->value / 10000);
    else if (expect->share)
        scn_put(out, " %s %" PRIu64 ".%04" PRIu64 "%%", signs[expect->compare], expect->value / 10000, expect->value % 10000);
    else
        scn_put(out, " %s %" PRIu64 "%s", signs[expect->compare], expect->value,
                expect->part ? "ns" : expect->kind == SIM_EXPECT_GOODPUT ? "bps" : "");
}

static void put_seeds(struct scn_out *out, const struct sim_expect *expect)
{
    if (expect->of_seeds && expect->seeds % 10000 == 0)
        scn_put(out, ", seeds: %u%%", expect->seeds / 10000);
    else if (expect->of_seeds)
        scn_put(out, ", seeds: %u.%04u%%", expect->seeds / 10000, expect->seeds % 10000);
    scn_put(out, "}\n");
}

static void put_expect(struct scn_out *out, const struct sim_plan *plan, const struct sim_expect *expect)
{
    bool bare = expect->kind == SIM_EXPECT_UP || expect->kind == SIM_EXPECT_SESSION;
    scn_put(out, "  - {that: ");
    if (expect->kind == SIM_EXPECT_MARK) {
        scn_put(out, "mark.%s", expect->name);
        put_comparison(out, expect);
        put_seeds(out, expect);
        return;
    }
    scn_put(out, "%s%s", expect->negated ? "not " : "", claims[expect->kind]);
    if (expect->part)
        scn_put(out, ".p%" PRIu32 ".%04" PRIu32, expect->part / 10000, expect->part % 10000);
    scn_put(out, "(");
    put_pairs(out, plan, expect);
    scn_put(out, ")");
    if (!bare)
        put_comparison(out, expect);
    if (expect->begin == expect->end) {
        scn_put(out, ", at: ");
        scn_put_time(out, expect->begin);
    } else if (expect->begin || expect->end != plan->stop) {
        scn_put(out, ", during: ");
        scn_put_time(out, expect->begin);
        scn_put(out, "..");
        scn_put_time(out, expect->end);
    }
    put_seeds(out, expect);
}

void scn_put_expect(struct scn_out *out, const struct sim_plan *plan, const struct sim_always *always, size_t count)
{
    if (plan->expect_count || count)
        scn_put(out, "expect:\n");
    for (size_t i = 0; i < count; i++)
        scn_put(out, "  - {always: %s}\n",
                strcmp(always[i].id, "S") == 0   ? "safety.all"
                : strcmp(always[i].id, "L") == 0 ? "liveness.all"
                                                 : always[i].id);
    for (uint32_t i = 0; i < plan->expect_count; i++)
        put_expect(out, plan, &plan->expects[i]);
}
