/* nats: kinds of boxes, and the boxes that nodes make of them. */

#include "build.h"

#include <stdio.h>
#include <string.h>

#include "sim/random.h"
#include "text.h"

#define KINDS_MIXED 8
#define PUBLIC_MOST 32767u

static struct scn_nat_kind *kind_at(const struct scn_build *build, uint32_t kind)
{
    return (struct scn_nat_kind *)build->nat_kinds.items + kind;
}

static const struct sim_nat *box_at(const struct scn_build *build, uint32_t nat)
{
    return (const struct sim_nat *)build->nats.items + nat - 1;
}

static bool find_kind(struct scn_build *build, const struct scn_node *node, const char *name, uint32_t *kind)
{
    const char *names[256];
    char suggestion[400];
    size_t count = 0;
    *kind = scn_lookup(build, &build->nat_kinds, name);
    if (*kind != SIM_NONE)
        return true;
    for (uint32_t i = 0; i < build->nat_kinds.count && count < 255; i++)
        names[count++] = kind_at(build, i)->name;
    names[count] = NULL;
    scn_suggest(suggestion, sizeof suggestion, name, names);
    return scn_fail(&build->reader, node, "unknown nat '%.64s'%s", name, count ? suggestion : "; define it in nats, above");
}

static bool read_ports(struct scn_build *build, struct scn_node *map, struct scn_nat *raw)
{
    const char *end;
    uint64_t first, last;
    if (!scn_decimal(raw->ports, &end, 1, &first) || *end != '-' || !scn_decimal(end + 1, &end, 1, &last) || *end || first == 0
        || last > 65535 || first > last)
        return scn_fail(&build->reader, scn_where(map, "ports"), "ports: '%.60s' is no range; such as 1024-65535", raw->ports);
    raw->first_port = (uint16_t)first;
    raw->last_port = (uint16_t)last;
    return true;
}

static bool read_outside(struct scn_build *build, struct scn_node *map, struct scn_nat *raw)
{
    struct wrn_prefix prefix;
    if (!raw->address)
        return true;
    if (!scn_prefix(raw->address, &prefix) || prefix.family != 4 || prefix.length != 32)
        return scn_fail(&build->reader, scn_where(map, "address"), "address: '%.60s' is no IPv4 address; 198.51.100.1, say",
                        raw->address);
    if (!raw->shared)
        return scn_fail(&build->reader, scn_where(map, "address"),
                        "address: one address for a box per node; shared: true, or leave it out");
    memcpy(raw->outside, prefix.address, 4);
    return true;
}

/* home, or one box of that kind, as it is called when each is written out: home spoke.7 */
static bool is_nat_name(const char *name, const char *space)
{
    char kind[33];
    if (!space)
        return scn_name(name) && strcmp(name, "none") != 0;
    snprintf(kind, sizeof kind, "%.*s", (int)(space - name < 32 ? space - name : 32), name);
    return scn_name(kind) && strcmp(kind, "none") != 0 && scn_is_node_name(space + 1);
}

static bool find_box(struct scn_build *build, const struct scn_node *node, uint32_t kind_number, const char *owner, bool fresh,
                     uint32_t *nat);

static bool read_kind(struct scn_build *build, struct scn_node *map)
{
    struct scn_reader *reader = &build->reader;
    struct scn_nat_kind kind = {.name = map->key, .behind = SIM_NONE};
    char of[128];
    snprintf(of, sizeof of, "nat '%.60s'", map->key);
    const char *owner = strchr(map->key, ' ');
    if (!is_nat_name(map->key, owner))
        return scn_fail_key(reader, map, "'%.64s' is no name for a nat; a letter, then letters, digits, - or _, at most 31",
                            map->key);
    const struct scn_node *extends = scn_child(map, "extends");
    if (extends && extends->kind == SCN_TEXT) {
        uint32_t base;
        if (!find_kind(build, extends, extends->text, &base))
            return false;
        kind.nat = kind_at(build, base)->nat;
        kind.nat.address = NULL;
    }
    if (!scn_read_map(reader, map, &scn_section_nat, of, &kind.nat, !extends, true))
        return false;
    kind.nat.shared = kind.nat.shared || (owner && !scn_child(map, "shared"));
    if (!read_ports(build, map, &kind.nat)
        || !read_outside(build, map, &kind.nat))
        return false;
    if (owner && !kind.nat.shared && scn_child(map, "shared"))
        return scn_fail(reader, scn_where(map, "shared"), "shared: '%.80s' is one box; leave it out", map->key);
    if (kind.nat.idle.a == 0)
        return scn_fail(reader, scn_where(map, "idle"), "idle: a box that forgets at once; 30s, or uniform(30s 120s)");
    if (kind.nat.behind) {
        if (!find_kind(build, scn_where(map, "behind"), kind.nat.behind, &kind.behind))
            return false;
        if (kind.nat.shared && !kind_at(build, kind.behind)->nat.shared)
            return scn_fail(reader, scn_where(map, "behind"),
                            "behind: one box behind a box per node; '%s' with shared: true, or not shared here", kind.nat.behind);
    }
    struct scn_nat_kind *place = scn_more(reader, &build->nat_kinds, sizeof *place);
    if (place)
        *place = kind;
    if (!place || !scn_remember(build, &build->nat_kinds, map->key, build->nat_kinds.count - 1))
        return false;
    /* One box whose address the file says, or that has none, is there whoever is behind it. */
    uint32_t nat;
    bool certain = kind.nat.shared && (kind.nat.address || kind.nat.map == SIM_NAT_NONE);
    return !certain || find_box(build, map, build->nat_kinds.count - 1, "", true, &nat);
}

bool scn_build_nats(struct scn_build *build)
{
    struct scn_node *nats = build->top.nats;
    if (nats && nats->kind != SCN_MAP)
        return scn_fail(&build->reader, nats, "nats is no map; NAME: {filter: address-port, idle: 30s}");
    for (struct scn_node *map = nats ? nats->first : NULL; map; map = map->next)
        if (!read_kind(build, map))
            return false;
    return true;
}

/* Boxes. --------------------------------------------------------------------------------------------------------------------- */

/* Outside addresses: in the core from 198.19.0.0/17, behind a translating box from 100.64.0.0/10. */
static bool choose_address(struct scn_build *build, const struct scn_node *node, struct sim_nat *box, const struct scn_nat *rules)
{
    uint32_t number;
    if (rules->address) {
        memcpy(box->address, rules->outside, 4);
        return true;
    }
    if (scn_is_hidden(build, box->behind)) {
        number = ++build->inner_boxes;
        memcpy(box->address, (const uint8_t[4]){100, (uint8_t)(64 + (number >> 16)), (uint8_t)(number >> 8), (uint8_t)number}, 4);
        return true;
    }
    number = ++build->public_boxes;
    if (number > PUBLIC_MOST)
        return scn_fail(&build->reader, node, "more than %u boxes with an address in the core; behind: a shared one",
                        PUBLIC_MOST);
    memcpy(box->address, (const uint8_t[4]){198, 19, (uint8_t)(number >> 8), (uint8_t)number}, 4);
    return true;
}

/* The box of that kind that a node is behind: the shared one, or its own; made when it is asked for first. */
static bool find_box(struct scn_build *build, const struct scn_node *node, uint32_t kind_number, const char *owner, bool fresh,
                     uint32_t *nat)
{
    struct scn_nat_kind *kind = kind_at(build, kind_number);
    const struct scn_nat *rules = &kind->nat;
    char name[sizeof((struct sim_nat *)0)->name];
    uint32_t behind = 0;
    memset(name, 0, sizeof name);
    snprintf(name, sizeof name, "%.90s%s%s", kind->name, rules->shared ? "" : " ", rules->shared ? "" : owner);
    *nat = kind->box;
    if (!rules->shared && !fresh && *nat == 0) {
        uint32_t there = scn_lookup(build, &build->nats, name);
        *nat = there == SIM_NONE ? 0 : there;
    }
    if (*nat != 0)
        return true;
    if (kind->behind != SIM_NONE && !find_box(build, node, kind->behind, owner, fresh, &behind))
        return false;
    struct sim_nat *box = scn_more(&build->reader, &build->nats, sizeof *box);
    uint32_t *of = scn_more(&build->reader, &build->nat_kind_of, sizeof *of);
    if (!box || !of)
        return false;
    *of = kind_number;
    memcpy(box->name, name, sizeof box->name);
    box->behind = behind;
    box->map = rules->map;
    box->filter = rules->filter;
    box->refresh = rules->refresh;
    box->idle = rules->idle;
    box->preserve = rules->preserve;
    box->parity = rules->parity;
    box->hairpin = rules->hairpin;
    box->first_port = rules->first_port;
    box->last_port = rules->last_port;
    *nat = build->nats.count;
    kind->box = rules->shared ? *nat : 0;
    char *kept = scn_copy(&build->reader, name, strlen(name));
    return kept && scn_remember(build, &build->nats, kept, *nat)
           && (rules->map == SIM_NAT_NONE || choose_address(build, node, box, rules));
}

/* home, none, or mix(home=4 cgn=1): drawn by the node's name. */
static bool choose_kind(struct scn_build *build, const struct scn_node *node, const char *text, const char *owner, uint32_t *kind)
{
    char buffer[SCN_CALL_BYTES];
    const char *name, *arguments[KINDS_MIXED], *end;
    uint32_t kinds[KINDS_MIXED];
    uint64_t weights[KINDS_MIXED], sum = 0;
    struct sim_stream stream;
    *kind = SIM_NONE;
    if (strcmp(text, "none") == 0)
        return true;
    if (!strchr(text, '('))
        return find_kind(build, node, text, kind);
    int count = scn_call(text, buffer, &name, arguments, KINDS_MIXED);
    if (count < 1 || strcmp(name, "mix") != 0)
        return scn_fail(&build->reader, node, "nat: '%.60s' is no choice; home, none, or mix(home=4 cgn=1)", text);
    for (int i = 0; i < count; i++) {
        char word[SCN_CALL_BYTES];
        size_t length = strcspn(arguments[i], "=");
        if (!arguments[i][length] || !scn_decimal(arguments[i] + length + 1, &end, 1, &weights[i]) || *end
            || weights[i] > 1000000)
            return scn_fail(&build->reader, node, "nat: '%.40s' is no share of a mix; NAME=4, say", arguments[i]);
        snprintf(word, sizeof word, "%.*s", (int)length, arguments[i]);
        kinds[i] = SIM_NONE;
        if (strcmp(word, "none") != 0 && !find_kind(build, node, word, &kinds[i]))
            return false;
        sum += weights[i];
    }
    if (sum == 0)
        return scn_fail(&build->reader, node, "nat: a mix of nothing; mix(home=4 cgn=1)");
    sim_stream_init(&stream, build->plan.seed, "nat mix", owner);
    uint64_t draw = sim_below(&stream, 0, sum);
    int chosen = 0;
    while (draw >= weights[chosen])
        draw -= weights[chosen++];
    *kind = kinds[chosen];
    return true;
}

bool scn_find_nat(struct scn_build *build, const struct scn_node *node, const char *text, const char *owner, bool fresh,
                  uint32_t *nat)
{
    uint32_t kind;
    *nat = 0;
    if (!choose_kind(build, node, text, owner, &kind))
        return false;
    return kind == SIM_NONE || find_box(build, node, kind, owner, fresh, nat);
}

bool scn_nats_of_kind(struct scn_build *build, const struct scn_node *node, const char *name, uint32_t *kind)
{
    if (!find_kind(build, node, name, kind))
        return false;
    for (uint32_t i = 0; i < build->nats.count; i++)
        if (((const uint32_t *)build->nat_kind_of.items)[i] == *kind)
            return true;
    return scn_fail(&build->reader, node, "nat: nobody is behind '%s'", name);
}

bool scn_is_hidden(const struct scn_build *build, uint32_t nat)
{
    while (nat != 0 && box_at(build, nat)->map == SIM_NAT_NONE)
        nat = box_at(build, nat)->behind;
    return nat != 0;
}

bool scn_can_find(const struct scn_build *build, uint32_t from, uint32_t to)
{
    uint32_t realm = scn_node_at(build, to)->nat, at = scn_node_at(build, from)->nat;
    bool six = scn_node_at(build, to)->outer.family == 6;
    while (realm != 0 && (six || box_at(build, realm)->map == SIM_NAT_NONE))
        realm = box_at(build, realm)->behind;
    while (at != realm && at != 0)
        at = box_at(build, at)->behind;
    return at == realm;
}
