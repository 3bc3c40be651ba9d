#include "nat.h"

#include "base.h"
#include "hash.h"

/*
 * Mappings and permissions are entries of one kind: found by key, chained by last use. A permission is used together with its
 * mapping, and before it, so that the chain by use never has a mapping before one of its permissions.
 */

#define LEAST_HEADS 16u

struct entry {
    struct wrn_endpoint inside, remote; /* remote: as far as it matters, else zero */
    uint32_t owner;                     /* of a permission: its mapping + 1 */
    uint32_t next_key, next_port;       /* of chains; next_key of the free chain too */
    uint32_t older, newer;
    uint16_t port;                      /* of a translated mapping */
    bool     has_port;
    wrn_time used;
};

static struct entry *entry_at(const struct sim_nat_box *box, uint32_t at)
{
    return (struct entry *)box->entries.data + at - 1;
}

static uint8_t *put_endpoint(uint8_t *out, const struct wrn_endpoint *endpoint)
{
    memcpy(out, endpoint->address, sizeof endpoint->address);
    sim_store32(out + 16, (uint32_t)endpoint->family << 16 | endpoint->port);
    return out + 20;
}

static uint64_t hash_of(const struct entry *key, uint64_t salt)
{
    uint8_t bytes[44];

    sim_store32(put_endpoint(put_endpoint(bytes, &key->inside), &key->remote), key->owner);
    return sim_sip(0, salt, bytes, sizeof bytes);
}

static uint32_t *head_of_key(const struct sim_nat_box *box, const struct entry *key)
{
    return &box->by_key.heads[hash_of(key, 0) & (box->by_key.size - 1)];
}

static uint32_t *head_of_port(const struct sim_nat_box *box, uint16_t port)
{
    return &box->by_port.heads[sim_sip_word(0, 0, port) & (box->by_port.size - 1)];
}

static uint32_t find(const struct sim_nat_box *box, const struct entry *key)
{
    uint32_t at = *head_of_key(box, key);

    while (at != 0 && !(entry_at(box, at)->owner == key->owner && sim_same_endpoint(&entry_at(box, at)->inside, &key->inside)
                        && sim_same_endpoint(&entry_at(box, at)->remote, &key->remote)))
        at = entry_at(box, at)->next_key;
    return at;
}

static uint32_t find_port(const struct sim_nat_box *box, uint16_t port)
{
    uint32_t at = *head_of_port(box, port);

    while (at != 0 && entry_at(box, at)->port != port)
        at = entry_at(box, at)->next_port;
    return at;
}

/* By last use. -------------------------------------------------------------------------------------------------------------- */

static void put_newest(struct sim_nat_box *box, uint32_t at, wrn_time now)
{
    struct entry *entry = entry_at(box, at);

    entry->used = now;
    entry->older = box->newest;
    entry->newer = 0;
    if (box->newest != 0)
        entry_at(box, box->newest)->newer = at;
    else
        box->oldest = at;
    box->newest = at;
}

static void take_out(struct sim_nat_box *box, uint32_t at)
{
    const struct entry *entry = entry_at(box, at);

    if (entry->older != 0)
        entry_at(box, entry->older)->newer = entry->newer;
    else
        box->oldest = entry->newer;
    if (entry->newer != 0)
        entry_at(box, entry->newer)->older = entry->older;
    else
        box->newest = entry->older;
}

static void touch(struct sim_nat_box *box, uint32_t at, wrn_time now)
{
    take_out(box, at);
    put_newest(box, at, now);
}

/* Entries come and go. ------------------------------------------------------------------------------------------------------ */

static void enter(struct sim_nat_box *box, uint32_t at)
{
    struct entry *entry = entry_at(box, at);
    uint32_t *head = head_of_key(box, entry);

    entry->next_key = *head;
    *head = at;
    if (!entry->has_port)
        return;
    head = head_of_port(box, entry->port);
    entry->next_port = *head;
    *head = at;
}

/* Room for one more in every table; all live entries are entered anew when the tables grow. */
static bool grow(struct sim_nat_box *box)
{
    uint32_t size = box->by_key.size ? 2 * box->by_key.size : LEAST_HEADS;
    uint32_t *keys, *ports;

    if (box->live < box->by_key.size)
        return true;
    keys = sim_take(box->memory, size * sizeof *keys);
    ports = sim_take(box->memory, size * sizeof *ports);
    if (!keys || !ports)
        return false;
    box->by_key = (struct sim_nat_table){keys, size};
    box->by_port = (struct sim_nat_table){ports, size};
    for (uint32_t at = box->oldest; at != 0; at = entry_at(box, at)->newer)
        enter(box, at);
    return true;
}

/* 0: no memory. */
static uint32_t add(struct sim_nat_box *box, const struct entry *key, wrn_time now)
{
    uint32_t at = box->free;

    if (!grow(box))
        return 0;
    if (at != 0) {
        box->free = entry_at(box, at)->next_key;
    } else {
        if (!sim_vector_room(box->memory, &box->entries, sizeof(struct entry), box->entries.count + 1))
            return 0;
        at = (uint32_t)++box->entries.count;
    }
    *entry_at(box, at) = *key;
    box->live++;
    box->mappings += key->owner == 0;
    box->taken[key->port & 1] += key->has_port;
    put_newest(box, at, now);
    enter(box, at);
    return at;
}

static void leave(struct sim_nat_box *box, uint32_t at)
{
    struct entry *entry = entry_at(box, at);
    uint32_t *link = head_of_key(box, entry);

    while (*link != at)
        link = &entry_at(box, *link)->next_key;
    *link = entry->next_key;
    if (entry->has_port) {
        link = head_of_port(box, entry->port);
        while (*link != at)
            link = &entry_at(box, *link)->next_port;
        *link = entry->next_port;
        box->taken[entry->port & 1]--;
    }
    take_out(box, at);
    box->live--;
    box->mappings -= entry->owner == 0;
    entry->next_key = box->free;
    box->free = at;
}

static void expire(struct sim_nat_box *box, wrn_time now)
{
    while (box->oldest != 0 && now - entry_at(box, box->oldest)->used >= box->idle)
        leave(box, box->oldest);
}

/* Ports. -------------------------------------------------------------------------------------------------------------------- */

struct choice { uint32_t base, step, count; }; /* base, base + step, ... */

static struct choice all_ports(const struct sim_nat *rules)
{
    return (struct choice){rules->first_port, 1, (uint32_t)rules->last_port - rules->first_port + 1};
}

static struct choice ports_like(const struct sim_nat *rules, uint32_t parity)
{
    uint32_t base = (rules->first_port & 1u) == parity ? rules->first_port : rules->first_port + 1u;

    return (struct choice){base, 2, base > rules->last_port ? 0 : (rules->last_port - base) / 2 + 1};
}

/* False: none is free. */
static bool choose_port(const struct sim_nat_box *box, struct entry *mapping, wrn_time now)
{
    const struct sim_nat *rules = box->rules;
    uint16_t own = mapping->inside.port;
    struct choice choice = all_ports(rules), like = ports_like(rules, own & 1u);
    uint32_t start;

    if (box->taken[0] + box->taken[1] >= choice.count)
        return false;
    mapping->has_port = true;
    mapping->port = own;
    if (rules->preserve && own >= rules->first_port && own <= rules->last_port && find_port(box, own) == 0)
        return true;
    if (rules->parity && box->taken[own & 1] < like.count)
        choice = like;
    start = (uint32_t)sim_below(&box->ports, hash_of(mapping, now), choice.count);
    do {
        mapping->port = (uint16_t)(choice.base + start * choice.step);
        start = start + 1 < choice.count ? start + 1 : 0;
    } while (find_port(box, mapping->port) != 0);
    return true;
}

/* Packets. ------------------------------------------------------------------------------------------------------------------ */

/* As much of a remote as a rule looks at; a mapping that translates nothing is always the inside endpoint's. */
static struct wrn_endpoint part_of(const struct wrn_endpoint *remote, uint32_t depends)
{
    struct wrn_endpoint part = {0};

    if (depends != SIM_NAT_ADDRESS && depends != SIM_NAT_ADDRESS_PORT)
        return part;
    memcpy(part.address, remote->address, sizeof part.address);
    part.family = remote->family;
    part.port = depends == SIM_NAT_ADDRESS_PORT ? remote->port : 0;
    return part;
}

static struct entry permission_of(const struct sim_nat_box *box, uint32_t mapping, const struct wrn_endpoint *remote)
{
    return (struct entry){.owner = mapping, .remote = part_of(remote, box->rules->filter)};
}

bool sim_nat_begin(struct sim_nat_box *box, const struct sim_nat *rules, uint64_t seed, struct sim_memory *memory)
{
    struct sim_stream idle;

    memset(box, 0, sizeof *box);
    box->rules = rules;
    box->memory = memory;
    sim_stream_init(&box->ports, seed, "nat port", rules->name);
    sim_stream_init(&idle, seed, "nat idle", rules->name);
    box->idle = sim_duration(&idle, 0, &rules->idle);
    if (box->idle == 0)
        box->idle = 1;
    return grow(box);
}

enum sim_nat_verdict sim_nat_out(struct sim_nat_box *box, wrn_time now, struct wrn_endpoint *source,
                                 const struct wrn_endpoint *destination)
{
    const struct sim_nat *rules = box->rules;
    const bool translates = sim_nat_translates(rules, source->family);
    struct entry key = {.inside = *source}, permission;
    uint32_t mapping, allowed = 0;

    expire(box, now);
    if (translates)
        key.remote = part_of(destination, rules->map);
    mapping = find(box, &key);
    if (mapping == 0) {
        if (translates && !choose_port(box, &key, now))
            return SIM_NAT_NO_PORT;
        mapping = add(box, &key, now);
    }
    if (mapping != 0 && rules->filter != SIM_NAT_ENDPOINT) {
        permission = permission_of(box, mapping, destination);
        allowed = find(box, &permission);
        if (allowed != 0)
            touch(box, allowed, now);
        else
            allowed = add(box, &permission, now);
    }
    if (mapping == 0 || (allowed == 0 && rules->filter != SIM_NAT_ENDPOINT))
        return SIM_NAT_EXHAUSTED;
    touch(box, mapping, now);
    if (translates) {
        memset(source->address, 0, sizeof source->address);
        memcpy(source->address, rules->address, sizeof rules->address);
        source->port = entry_at(box, mapping)->port;
    }
    return SIM_NAT_PASSED;
}

static uint32_t mapping_at(struct sim_nat_box *box, wrn_time now, const struct wrn_endpoint *destination)
{
    struct entry key = {.inside = *destination};

    expire(box, now);
    return sim_nat_translates(box->rules, destination->family) ? find_port(box, destination->port) : find(box, &key);
}

bool sim_nat_whose(struct sim_nat_box *box, wrn_time now, struct wrn_endpoint *destination)
{
    uint32_t mapping = mapping_at(box, now, destination);

    if (mapping != 0)
        *destination = entry_at(box, mapping)->inside;
    return mapping != 0;
}

enum sim_nat_verdict sim_nat_in(struct sim_nat_box *box, wrn_time now, const struct wrn_endpoint *source,
                                struct wrn_endpoint *destination)
{
    const struct sim_nat *rules = box->rules;
    uint32_t mapping = mapping_at(box, now, destination), allowed = 0;
    struct entry key;

    if (mapping == 0)
        return SIM_NAT_NO_MAPPING;
    if (rules->filter != SIM_NAT_ENDPOINT) {
        key = permission_of(box, mapping, source);
        allowed = find(box, &key);
        if (allowed == 0)
            return SIM_NAT_FILTERED;
    }
    if (rules->refresh == SIM_NAT_BOTH) {
        if (allowed != 0)
            touch(box, allowed, now);
        touch(box, mapping, now);
    }
    *destination = entry_at(box, mapping)->inside;
    return SIM_NAT_PASSED;
}

enum sim_nat_verdict sim_nat_turn(struct sim_nat_box *box, wrn_time now, struct wrn_endpoint *source,
                                  struct wrn_endpoint *destination)
{
    enum sim_nat_verdict verdict;

    if (!box->rules->hairpin)
        return SIM_NAT_NO_HAIRPIN;
    verdict = sim_nat_out(box, now, source, destination);
    return verdict == SIM_NAT_PASSED ? sim_nat_in(box, now, source, destination) : verdict;
}

void sim_nat_reboot(struct sim_nat_box *box)
{
    while (box->oldest != 0)
        leave(box, box->oldest);
}
