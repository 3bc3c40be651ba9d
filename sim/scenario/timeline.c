/* timeline: what happens when. One entry becomes one plan event per node it names, two when it also ends. */

#include "build.h"

#include <stdio.h>
#include <string.h>

enum act {
    ACT_DROP,
    ACT_PARTITION,
    ACT_HEAL,
    ACT_PATH,
    ACT_ROAM,
    ACT_DOWN,
    ACT_UP,
    ACT_CRASH,
    ACT_REBOOT,
    ACT_RECORD,
    ACT_REPLAY,
    ACT_NAT_REBOOT,
    ACT_FLOOD,
    ACT_CLOCK,
    ACT_SUSPEND,
    ACT_PAUSE,
    ACT_RESUME,
    ACT_SET,
    ACT_ADD_PEER,
    ACT_REMOVE_PEER,
    ACT_TAMPER,
    ACT_DELAY,
    ACT_STEAL,
    ACT_MISBEHAVE,
    ACT_COMPROMISE,
    ACTS
};

/* What each `do` needs and may have besides at, do and id. */
static const struct {
    const char *word;
    uint32_t    kind;
    const char *needs, *may; /* words between spaces */
} acts[ACTS] = {
    [ACT_DROP] = {"drop", SIM_DO_DROP_NEXT, " who ", " side types count "},
    [ACT_PARTITION] = {"partition", SIM_DO_PARTITION, " split ", " one_way for "},
    [ACT_HEAL] = {"heal", SIM_DO_HEAL, " ", " "},
    [ACT_PATH] = {"path", SIM_DO_PATH, " who path ", " for "},
    [ACT_ROAM] = {"roam", SIM_DO_ROAM, " who ", " address path nat "},
    [ACT_DOWN] = {"down", SIM_DO_DOWN, " who ", " for "},
    [ACT_UP] = {"up", SIM_DO_UP, " who ", " "},
    [ACT_CRASH] = {"crash", SIM_DO_CRASH, " who ", " "},
    [ACT_REBOOT] = {"reboot", SIM_DO_RESTART, " who ", " for stamp clock "},
    [ACT_RECORD] = {"record", SIM_DO_RECORD, " who of ", " types for "},
    [ACT_REPLAY] = {"replay", SIM_DO_REPLAY, " who ", " types every count to as "},
    [ACT_NAT_REBOOT] = {"nat-reboot", SIM_DO_NAT_REBOOT, " ", " who nat "},
    [ACT_FLOOD] = {"flood", SIM_DO_FLOOD, " from to rate ", " kind mac1 for "},
    [ACT_CLOCK] = {"clock-step", SIM_DO_CLOCK, " who clock ", " "},
    [ACT_SUSPEND] = {"suspend", SIM_DO_SUSPEND, " who ", " for counts "},
    [ACT_PAUSE] = {"pause", SIM_DO_PAUSE, " who ", " for "},
    [ACT_RESUME] = {"resume", SIM_DO_RESUME, " who ", " "},
    [ACT_SET] = {"set", SIM_DO_SET, " who ",
                 " peer port key update mtu learn psk both endpoint allowed allow disallow keepalive "},
    [ACT_ADD_PEER] = {"add-peer", SIM_DO_SET, " who peer ", " "},
    [ACT_REMOVE_PEER] = {"remove-peer", SIM_DO_SET, " who peer ", " "},
    [ACT_TAMPER] = {"tamper", SIM_DO_TAMPER, " who of ", " types change share count for "},
    [ACT_DELAY] = {"delay", SIM_DO_DELAY, " who of hold ", " types share count as for "},
    [ACT_STEAL] = {"steal", SIM_DO_THIEF, " who of to rate ", " as for "},
    [ACT_MISBEHAVE] = {"misbehave", SIM_DO_MISBEHAVE, " who to ", " seal every count "},
    [ACT_COMPROMISE] = {"compromise", SIM_DO_COMPROMISE, " who of ", " "},
};

static bool has_word(const char *words, const char *word)
{
    char between[80];
    snprintf(between, sizeof between, " %.70s ", word);
    return strstr(words, between) != NULL;
}

/* "it takes who, side, types, count", without the spaces of the table. */
static const char *takes(uint32_t act, char out[120])
{
    snprintf(out, 120, "%s%s", acts[act].needs + 1, acts[act].may + 1);
    size_t length = strlen(out);
    while (length && out[length - 1] == ' ')
        out[--length] = '\0';
    return length ? out : "nothing more";
}

static bool check_keys(struct scn_build *build, const struct scn_node *map, uint32_t act)
{
    char known[120];
    for (const struct scn_node *node = map->first; node; node = node->next)
        if (!has_word(" at do id ", node->key) && !has_word(acts[act].needs, node->key) && !has_word(acts[act].may, node->key))
            return scn_fail_key(&build->reader, node, "'%s' means nothing for 'do: %s'; it takes %s", node->key, acts[act].word,
                                takes(act, known));
    for (const char *need = acts[act].needs + 1; *need;) {
        char word[16];
        size_t length = strcspn(need, " ");
        snprintf(word, sizeof word, "%.*s", (int)length, need);
        if (!scn_child(map, word))
            return scn_fail(&build->reader, map, "'do: %s' lacks '%s'; it takes %s", acts[act].word, word, takes(act, known));
        need += length + 1;
    }
    return true;
}

/* The span is what expectations see; its name may stand more than once until somebody asks for it. */
static bool add_span(struct scn_build *build, const struct scn_event *raw, const char *name)
{
    struct scn_span *spans = build->spans.items;
    for (uint32_t i = 0; i < build->spans.count; i++)
        if (strcmp(spans[i].name, name) == 0) {
            spans[i].times++;
            return true;
        }
    struct scn_span *span = scn_more(&build->reader, &build->spans, sizeof *span);
    if (!span)
        return false;
    *span = (struct scn_span){.name = name, .begin = raw->at, .end = raw->at + raw->duration, .times = 1,
                              .open = raw->act == ACT_PARTITION && !raw->duration};
    return true;
}

struct sim_event *scn_add_event(struct scn_build *build, const struct scn_event *raw, const char *name)
{
    struct sim_event *event = scn_more(&build->reader, &build->events, sizeof *event);
    if (!event)
        return NULL;
    scn_copy_name(event->name, name);
    event->at = raw->at;
    event->until = WRN_NEVER;
    event->kind = acts[raw->act].kind;
    event->node = event->path = SIM_NONE;
    event->types = raw->types;
    event->side = raw->side;
    event->count = (uint32_t)raw->count;
    event->every = raw->every;
    event->one_way = raw->one_way;
    event->keep_stamp = raw->stamp == 0;
    event->wall = raw->wall;
    event->counts = raw->counts;
    return event;
}

/* `split: spoke.10-19 | hub` */
static bool read_split(struct scn_build *build, const struct scn_node *map, const char *split, struct sim_event *event)
{
    const struct scn_node *node = scn_where(map, "split");
    const char *bar = strchr(split, '|');
    if (!bar || strchr(bar + 1, '|'))
        return scn_fail(&build->reader, node, "split: '%.60s' is no split; two groups with a bar, such as spoke.10-19 | hub",
                        split);
    char *left = scn_copy(&build->reader, split, (size_t)(bar - split));
    return left && scn_select_text(build, node, left, &event->first_a, &event->count_a)
           && scn_select_text(build, node, bar + 1, &event->first_b, &event->count_b);
}

/* Addresses for who roams without saying where: fresh, from 198.19.128.0/17, behind a translating box from 172.31.0.0/16. */
static void fresh_address(struct scn_build *build, struct wrn_endpoint *address, bool hidden)
{
    uint32_t number = build->events.count;
    *address = (struct wrn_endpoint){
        .address = {198, 19, (uint8_t)(128 + (number >> 8 & 127)), (uint8_t)number}, .family = 4, .port = 51820};
    if (hidden)
        memcpy(address->address, (const uint8_t[4]){172, 31, (uint8_t)(number >> 8), (uint8_t)number}, 4);
}

/* The box that a node is behind when this event comes, by the events before it in the list. */
static uint32_t nat_now(const struct scn_build *build, uint32_t node)
{
    const struct sim_event *events = build->events.items;
    uint32_t nat = scn_node_at(build, node)->nat;
    for (uint32_t i = 0; i < build->events.count; i++)
        if (events[i].kind == SIM_DO_ROAM && events[i].node == node && events[i].nat != SIM_NONE)
            nat = events[i].nat;
    return nat;
}

static bool roam(struct scn_build *build, struct scn_node *map, const struct scn_event *raw, struct sim_event *event)
{
    event->nat = SIM_NONE;
    uint32_t nat = nat_now(build, event->node);
    if (raw->nat) {
        if (!scn_find_nat(build, scn_where(map, "nat"), raw->nat, scn_node_at(build, event->node)->name, false, &nat))
            return false;
        event->nat = nat;
    }
    event->address = raw->address;
    if (!raw->address.family)
        fresh_address(build, &event->address, scn_is_hidden(build, nat));
    return true;
}

static bool flood(struct scn_build *build, struct scn_node *map, const struct scn_event *raw, struct sim_event *event)
{
    if (scn_child(map, "mac1") && raw->form != 1 && raw->form != 2)
        return scn_fail(&build->reader, scn_where(map, "mac1"), "mac1: only initiations and responses have one; leave it out");
    event->types = 1u << raw->form;
    event->mac1 = raw->mac1 == 1 && (raw->form == 1 || raw->form == 2);
    event->rate = (uint32_t)raw->rate;
    event->until = raw->duration ? raw->at + raw->duration : WRN_NEVER;
    if (!scn_select(build, raw->to, &event->first_a, &event->count_a))
        return false;
    for (uint32_t i = 0; i < event->count_a; i++) {
        const struct sim_node *to = scn_node_at(build, scn_selected(build, event->first_a + i));
        if (to->role != SIM_ROLE_PEER)
            return scn_fail(&build->reader, raw->to, "to: '%s' is an attacker; a flood goes to peers", to->name);
    }
    return true;
}

/* What happens to a whole host, all its interfaces. */
static bool is_of_host(uint32_t act)
{
    return act == ACT_CRASH || act == ACT_REBOOT || (act >= ACT_CLOCK && act <= ACT_RESUME);
}

static bool check_role(struct scn_build *build, const struct scn_node *node, uint32_t act, uint32_t index)
{
    bool attacker = act == ACT_RECORD || act == ACT_REPLAY || act == ACT_FLOOD || act == ACT_TAMPER || act == ACT_DELAY ||
                    act == ACT_STEAL || act == ACT_COMPROMISE;
    bool network = act == ACT_DROP || act == ACT_PATH || act == ACT_ROAM;
    const struct sim_node *who = scn_node_at(build, index);
    if (who->host && (network || act == ACT_NAT_REBOOT || is_of_host(act)))
        return scn_fail(&build->reader, node, "who: '%s' is an interface of the host of '%s'; 'do: %s' is for that one", who->name,
                        scn_node_at(build, who->host - 1)->name, acts[act].word);
    if (network || (who->role == SIM_ROLE_ATTACKER) == attacker)
        return true;
    return scn_fail(&build->reader, node, "%s: '%s' is %s; 'do: %s' is for %s", act == ACT_FLOOD ? "from" : "who", who->name,
                    attacker ? "a peer" : "an attacker", acts[act].word, attacker ? "nodes with role: attacker" : "peers");
}

/* What ends of itself has a second event, of that act. */
static bool ending(const struct scn_event *raw, uint32_t *act)
{
    static const uint32_t ends[ACTS] = {[ACT_DOWN] = ACT_UP, [ACT_REBOOT] = ACT_REBOOT, [ACT_PATH] = ACT_PATH,
                                        [ACT_SUSPEND] = ACT_RESUME, [ACT_PAUSE] = ACT_RESUME};
    *act = ends[raw->act];
    return raw->duration && *act;
}

/* Does the node know a wall time when this event comes, by the events before it in the list? */
static bool knows_time(const struct scn_build *build, uint32_t node)
{
    const struct sim_event *events = build->events.items;
    bool knows = scn_node_at(build, node)->has_clock;
    for (uint32_t i = 0; i < build->events.count; i++)
        if (events[i].node == node && events[i].wall.kind >= SIM_WALL_SET)
            knows = events[i].wall.kind == SIM_WALL_SET;
    return knows;
}

static bool check_clock(struct scn_build *build, const struct scn_node *map, const struct scn_event *raw, uint32_t node)
{
    if (raw->act == ACT_CLOCK && raw->wall.kind == SIM_WALL_NONE)
        return scn_fail(&build->reader, scn_where(map, "clock"), "clock: a clock that runs is not forgotten; 'do: reboot' can");
    if (raw->wall.kind == SIM_WALL_SHIFTED && !knows_time(build, node))
        return scn_fail(&build->reader, scn_where(map, "clock"), "clock: '%s' has no wall clock that could jump; a date sets it",
                        scn_node_at(build, node)->name);
    return true;
}

static bool add_for_node(struct scn_build *build, struct scn_node *map, const struct scn_event *raw, const char *name,
                         uint32_t node)
{
    struct scn_event now = *raw;
    uint32_t end;
    bool later = ending(raw, &end);
    if (!check_clock(build, map, raw, node))
        return false;
    if (raw->act >= ACT_SET && raw->act <= ACT_REMOVE_PEER)
        return scn_add_settings(build, map, raw, name, node,
                                raw->act == ACT_SET        ? SCN_SET
                                : raw->act == ACT_ADD_PEER ? SCN_ADD_PEER
                                                           : SCN_REMOVE_PEER);
    if (raw->act == ACT_REBOOT && later) {
        now.act = ACT_CRASH;
        now.wall.kind = SIM_WALL_KEPT;
    }
    struct sim_event *event = scn_add_event(build, &now, name);
    if (!event)
        return false;
    event->node = node;
    if (raw->act == ACT_DROP && !raw->count)
        event->count = 1;
    if (raw->path && !scn_find_path(build, scn_where(map, "path"), raw->path, &event->path))
        return false;
    if (raw->act == ACT_ROAM && !roam(build, map, raw, event))
        return false;
    if (raw->act == ACT_NAT_REBOOT && nat_now(build, node) == 0)
        return scn_fail(&build->reader, raw->who, "who: '%s' is behind no nat", scn_node_at(build, node)->name);
    if (raw->act == ACT_RECORD) {
        event->until = raw->duration ? raw->at + raw->duration : WRN_NEVER;
        return scn_select(build, raw->of, &event->first_a, &event->count_a);
    }
    if (raw->act == ACT_FLOOD)
        return flood(build, map, raw, event);
    if (raw->act == ACT_REPLAY || raw->act >= ACT_TAMPER)
        return scn_build_attack(build, map, raw, event);
    if (!later)
        return true;
    now = *raw;
    now.act = end;
    now.at += raw->duration;
    event = scn_add_event(build, &now, name);
    if (!event)
        return false;
    event->node = node;
    event->path = raw->act == ACT_PATH ? scn_node_at(build, node)->path : SIM_NONE; /* back to where it started */
    return true;
}

/* One event for each box of that kind. */
static bool reboot_all(struct scn_build *build, struct scn_node *map, const struct scn_event *raw, const char *name)
{
    uint32_t kind;
    if (!raw->nat)
        return scn_fail(&build->reader, map, "'do: nat-reboot' lacks 'who' or 'nat'; one of them");
    if (!scn_nats_of_kind(build, scn_where(map, "nat"), raw->nat, &kind))
        return false;
    for (uint32_t i = 0; i < build->nats.count; i++) {
        if (((const uint32_t *)build->nat_kind_of.items)[i] != kind)
            continue;
        struct sim_event *event = scn_add_event(build, raw, name);
        if (!event)
            return false;
        event->nat = i + 1;
    }
    return true;
}

static bool read_event(struct scn_build *build, struct scn_node *map)
{
    struct scn_event raw = {0};
    uint32_t first, count;
    if (!scn_read_map(&build->reader, map, &scn_section_event, "this event", &raw, true, true) ||
        !check_keys(build, map, raw.act))
        return false;
    const char *name = raw.id ? raw.id : acts[raw.act].word;
    if (raw.act == ACT_FLOOD)
        raw.who = raw.from;
    if (!scn_before_stop(build, scn_where(map, "at"), "this event is at", raw.at)
        || !scn_before_stop(build, scn_where(map, "for"), "this event ends at", raw.at + raw.duration)
        || !add_span(build, &raw, name))
        return false;
    if (raw.act == ACT_NAT_REBOOT && raw.who && raw.nat)
        return scn_fail(&build->reader, scn_where(map, "nat"), "nat: 'who' says which box already; one of them");
    if (raw.act == ACT_NAT_REBOOT && !raw.who)
        return reboot_all(build, map, &raw, name);
    if (!raw.who) {
        struct sim_event *event = scn_add_event(build, &raw, name);
        if (!event)
            return false;
        if (raw.act == ACT_PARTITION && raw.duration)
            event->until = raw.at + raw.duration;
        return raw.act != ACT_PARTITION || read_split(build, map, raw.split, event);
    }
    if (!scn_select(build, raw.who, &first, &count))
        return false;
    if (count > 1 && raw.address.family)
        return scn_fail(&build->reader, scn_where(map, "address"), "address: one address for %u nodes; one node", count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = scn_selected(build, first + i);
        if (!check_role(build, raw.who, raw.act, node) || !add_for_node(build, map, &raw, name, node))
            return false;
    }
    return true;
}

bool scn_build_timeline(struct scn_build *build)
{
    struct scn_node *timeline = build->top.timeline;
    if (timeline && timeline->kind != SCN_LIST)
        return scn_fail(&build->reader, timeline, "timeline is no list; - {at: 2m, do: roam, who: laptop}");
    for (struct scn_node *map = timeline ? timeline->first : NULL; map; map = map->next)
        if (!read_event(build, map))
            return false;
    return scn_grow_engines(build);
}

bool scn_act(uint32_t number, const char **word, const char **needs, const char **may)
{
    if (number >= sizeof acts / sizeof acts[0])
        return false;
    *word = acts[number].word;
    *needs = acts[number].needs + 1;
    *may = acts[number].may + 1;
    return true;
}
