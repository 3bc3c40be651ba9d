#include "outside.h"

#include "base.h"
#include "hash.h"

#define HEAD4 20u
#define HEAD6 40u
#define ANSWER_TTL 64u

/* Of the whole packet without what is behind it; 0: it is none. */
static uint32_t stated_length(const uint8_t *packet, uint32_t length)
{
    uint32_t stated = 0;

    if (length >= HEAD4 && packet[0] >> 4 == 4)
        stated = sim_load_be16(packet + 2);
    else if (length >= HEAD6 && packet[0] >> 4 == 6)
        stated = HEAD6 + sim_load_be16(packet + 4);
    return stated >= HEAD4 && stated <= length ? stated : 0;
}

/* Everything but what a tunnel may change: the ECN bits (RFC 6040), and the checksum over them. */
static uint64_t print_of(uint32_t node, const uint8_t *packet, uint32_t length)
{
    const bool ipv6 = packet[0] >> 4 == 6;
    const uint32_t head = ipv6 ? HEAD6 : HEAD4;
    uint8_t fixed[HEAD6];

    memcpy(fixed, packet, head);
    if (ipv6) {
        fixed[1] &= 0xcf;
    } else {
        fixed[1] &= 0xfc;
        fixed[10] = fixed[11] = 0;
    }
    return sim_sip(sim_sip(node, 5, fixed, head), length, packet + head, length - head) | 1;
}

static struct sim_outsider *probe(const struct sim_outsiders *table, uint64_t print)
{
    uint32_t i = (uint32_t)(print >> 20) & (table->size - 1);

    while (table->slots[i].print != 0 && table->slots[i].print != print)
        i = (i + 1) & (table->size - 1);
    return &table->slots[i];
}

static struct sim_outsider *look_up(const struct sim_outsiders *table, uint64_t print)
{
    struct sim_outsider *found = table->size != 0 ? probe(table, print) : NULL;

    return found && found->print != 0 ? found : NULL;
}

static bool make_room(struct sim_memory *memory, struct sim_outsiders *table)
{
    struct sim_outsiders larger = {.size = table->size ? 2 * table->size : 256, .used = table->used};

    if (2 * (table->used + 1) <= table->size)
        return true;
    larger.slots = sim_take(memory, (size_t)larger.size * sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (uint32_t i = 0; i < table->size; i++)
        if (table->slots[i].print != 0)
            *probe(&larger, table->slots[i].print) = table->slots[i];
    *table = larger;
    return true;
}

/* The older ones are forgotten, and their memory is used again. */
static void turn(struct sim_outside *outside, wrn_time now)
{
    struct sim_outsiders forgotten = outside->older;

    if (now - outside->turned < SIM_OUTSIDE_KEPT)
        return;
    if (forgotten.size > 0)
        memset(forgotten.slots, 0, (size_t)forgotten.size * sizeof *forgotten.slots);
    forgotten.used = 0;
    outside->older = outside->newer;
    outside->newer = forgotten;
    outside->turned = now;
}

void sim_outside_handed(struct sim_traffic *traffic, wrn_time now, uint32_t node, const uint8_t *packet, uint32_t length)
{
    struct sim_outside *outside = traffic->outside;
    const struct sim_outsider *before;
    struct sim_outsider *entry;
    uint64_t print;

    length = stated_length(packet, length);
    if (length == 0)
        return;
    turn(outside, now);
    if (!make_room(traffic->memory, &outside->newer))
        return;
    print = print_of(node, packet, length);
    entry = probe(&outside->newer, print);
    if (entry->print == 0) {
        before = look_up(&outside->older, print);
        *entry = before ? *before : (struct sim_outsider){.print = print};
        outside->newer.used++;
    }
    entry->handed++;
}

struct sim_outsider *sim_outside_find(const struct sim_traffic *traffic, uint32_t node, const uint8_t *packet, uint32_t length)
{
    struct sim_outsider *found;
    uint64_t print;

    length = traffic->outside ? stated_length(packet, length) : 0;
    if (length == 0)
        return NULL;
    print = print_of(node, packet, length);
    found = look_up(&traffic->outside->newer, print);
    return found ? found : look_up(&traffic->outside->older, print);
}

static void swap(uint8_t *a, uint8_t *b, uint32_t size)
{
    uint8_t kept[16];

    memcpy(kept, a, size);
    memcpy(a, b, size);
    memcpy(b, kept, size);
}

/* The type of an ICMP message changes from request to answer; its checksum with it. */
static void change_type(uint8_t *message, uint8_t type)
{
    uint32_t sum = (~sim_load_be16(message + 2) & 0xffff) + (~sim_load_be16(message) & 0xffff);

    message[0] = type;
    sim_ip_checksum(message + 2, sum + sim_load_be16(message));
}

bool sim_outside_answer(uint8_t *packet, uint32_t length)
{
    length = stated_length(packet, length);
    if (length >= HEAD4 + 8 && packet[0] == 0x45) {
        if (packet[9] != 1 || (sim_load_be16(packet + 6) & 0x3fff) != 0 || packet[HEAD4] != 8)
            return false;
        swap(packet + 12, packet + 16, 4);
        packet[8] = ANSWER_TTL;
        packet[10] = packet[11] = 0;
        sim_ip_checksum(packet + 10, sim_ip_sum(0, packet, HEAD4));
        change_type(packet + HEAD4, 0);
        return true;
    }
    if (length < HEAD6 + 8 || packet[0] >> 4 != 6 || packet[6] != 58 || packet[HEAD6] != 128)
        return false;
    swap(packet + 8, packet + 24, 16);
    packet[7] = ANSWER_TTL;
    change_type(packet + HEAD6, 129);
    return true;
}
