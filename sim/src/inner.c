#include "inner.h"

#include "base.h"
#include "text.h"

#define PAYLOAD_ID 16u    /* behind the canary: flow, zero, number */
#define PAYLOAD_LEAST 32u
#define PERIOD 256u /* of its bytes behind that */

static void identify(char out[3 * SIM_NAME_BYTES], const struct sim_plan *plan, const struct sim_flow *flow, const char *which)
{
    sim_text_fill(out, 3 * SIM_NAME_BYTES, "%s %s %u %s",
                  (const struct sim_part[]){{plan->nodes[flow->from].name, 0}, {plan->nodes[flow->to].name, 0},
                                            {NULL, flow->identity}, {which, 0}}, 4);
}

bool sim_traffic_begin(struct sim_traffic *traffic, const struct sim_plan *plan, struct sim_memory *memory)
{
    uint8_t mark[32];

    traffic->plan = plan;
    traffic->memory = memory;
    traffic->outside = NULL;
    traffic->count = 2 * plan->flow_count;
    traffic->flows = sim_take(memory, (size_t)traffic->count * sizeof *traffic->flows);
    if (!traffic->flows)
        return false;
    sim_derive(mark, plan->seed, "mark", "");
    memcpy(traffic->mark, mark, sizeof traffic->mark);
    for (uint32_t i = 0; i < traffic->count; i++) {
        const struct sim_flow *flow = &plan->flows[i / 2];
        struct sim_traffic_flow *own = &traffic->flows[i];
        char name[3 * SIM_NAME_BYTES];

        own->from = i % 2 ? flow->to : flow->from;
        own->to = i % 2 ? flow->from : flow->to;
        own->ipv6 = flow->ipv6;
        own->ecn = flow->ecn;
        identify(name, plan, flow, i % 2 ? "back" : "forth");
        sim_stream_init(&own->own, plan->seed, "canary", name);
        sim_stream_init(&own->every, plan->seed, "every", name);
    }
    return true;
}

uint32_t sim_ip_sum(uint32_t sum, const uint8_t *p, size_t length)
{
    for (size_t i = 0; i + 1 < length; i += 2)
        sum += (uint32_t)p[i] << 8 | p[i + 1];
    if (length & 1)
        sum += (uint32_t)p[length - 1] << 8;
    return sum;
}

void sim_ip_store16(uint8_t *p, uint32_t x)
{
    p[0] = (uint8_t)(x >> 8);
    p[1] = (uint8_t)x;
}

void sim_ip_checksum(uint8_t *at, uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    sim_ip_store16(at, ~sum);
}

/* Eight bytes at a time: no carry from one into the next. */
static uint64_t add_bytes(uint64_t x, uint64_t y)
{
    const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);

    return ((x & low) + (y & low)) ^ ((x ^ y) & ~low);
}

static void build_payload(const struct sim_traffic *traffic, const struct sim_inner *inner, uint8_t *out, uint32_t length)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), steps = UINT64_C(0x0706050403020100);
    const uint32_t once = length < PAYLOAD_LEAST + PERIOD ? length : PAYLOAD_LEAST + PERIOD;
    uint64_t own = sim_value(&traffic->flows[inner->flow].own, inner->number);
    uint32_t i;

    memcpy(out, traffic->mark, SIM_MARK_BYTES);
    sim_store64(out + SIM_MARK_BYTES, own);
    sim_store32(out + PAYLOAD_ID, inner->flow);
    sim_store32(out + PAYLOAD_ID + 4, 0);
    sim_store64(out + PAYLOAD_ID + 8, inner->number);
    for (i = PAYLOAD_LEAST; i + 8 <= once; i += 8)
        sim_store64(out + i, add_bytes(own, steps + (i & 0xff) * ones));
    for (; i < once; i++)
        out[i] = (uint8_t)((own >> (i % 8 * 8)) + i);
    for (; i < length; i += PERIOD)
        memcpy(out + i, out + i - PERIOD, length - i < PERIOD ? length - i : PERIOD);
}

void sim_inner_build(const struct sim_traffic *traffic, const struct sim_inner *inner, uint8_t *out)
{
    const struct sim_traffic_flow *flow = &traffic->flows[inner->flow];
    const struct sim_node *from = &traffic->plan->nodes[flow->from], *to = &traffic->plan->nodes[flow->to];
    uint32_t head = flow->ipv6 ? 40 : 20, udp = inner->size - head;
    uint8_t ttl = (uint8_t)(SIM_TTL - inner->hop), ecn = inner->ce ? 3 : flow->ecn ? 2 : 0;

    memset(out, 0, head + 8);
    build_payload(traffic, inner, out + head + 8, udp - 8);
    sim_ip_store16(out + head, 5757);
    sim_ip_store16(out + head + 2, 9);
    sim_ip_store16(out + head + 4, udp);
    if (flow->ipv6) {
        out[0] = 0x60;
        out[1] = (uint8_t)(ecn << 4);
        sim_ip_store16(out + 4, udp);
        out[6] = 17;
        out[7] = ttl;
        memcpy(out + 8, from->inner6, 16);
        memcpy(out + 24, to->inner6, 16);
        sim_ip_checksum(out + head + 6, sim_ip_sum(17 + udp, out + 8, 32 + udp));
        if (out[head + 6] == 0 && out[head + 7] == 0)
            out[head + 6] = out[head + 7] = 0xff;
        return;
    }
    out[0] = 0x45;
    out[1] = ecn;
    sim_ip_store16(out + 2, inner->size);
    sim_ip_store16(out + 4, (uint32_t)inner->number & 0xffff);
    out[8] = ttl;
    out[9] = 17;
    memcpy(out + 12, from->inner4, 4);
    memcpy(out + 16, to->inner4, 4);
    sim_ip_checksum(out + 10, sim_ip_sum(0, out, 20));
}

bool sim_inner_parse(const struct sim_traffic *traffic, const uint8_t *bytes, uint32_t length, struct sim_inner *inner)
{
    const uint8_t *payload;
    bool ipv6;
    uint8_t ttl;

    if (length < SIM_INNER_LEAST4)
        return false;
    ipv6 = bytes[0] >> 4 == 6;
    if (ipv6 ? length < SIM_INNER_LEAST6 : bytes[0] != 0x45)
        return false;
    ttl = ipv6 ? bytes[7] : bytes[8];
    payload = bytes + (ipv6 ? 48 : 28);
    if (memcmp(payload, traffic->mark, SIM_MARK_BYTES) != 0 || ttl == 0 || ttl > SIM_TTL)
        return false;
    inner->flow = sim_load32(payload + PAYLOAD_ID);
    inner->number = sim_load64(payload + PAYLOAD_ID + 8);
    inner->hop = SIM_TTL - ttl;
    inner->size = ipv6 ? 40 + sim_load_be16(bytes + 4) : sim_load_be16(bytes + 2);
    inner->ce = ((ipv6 ? bytes[1] >> 4 : bytes[1]) & 3) == 3;
    return inner->flow < traffic->count && traffic->flows[inner->flow].ipv6 == ipv6
           && (!inner->ce || traffic->flows[inner->flow].ecn);
}

bool sim_inner_age(uint8_t *bytes, uint32_t length)
{
    if (length < 20)
        return false;
    if (bytes[0] >> 4 == 6)
        return --bytes[7] > 0;
    if (--bytes[8] == 0)
        return false;
    bytes[10] = bytes[11] = 0;
    sim_ip_checksum(bytes + 10, sim_ip_sum(0, bytes, 20));
    return true;
}

bool sim_inner_is_for(const struct sim_node *node, const uint8_t *bytes)
{
    if (bytes[0] >> 4 == 6)
        return node->has_inner6 && memcmp(bytes + 24, node->inner6, 16) == 0;
    return node->has_inner4 && memcmp(bytes + 16, node->inner4, 4) == 0;
}

struct sim_record *sim_record_find(const struct sim_traffic *traffic, const struct sim_inner *inner)
{
    const struct sim_vector *records = &traffic->flows[inner->flow].records;

    return inner->number < records->count ? (struct sim_record *)records->data + inner->number : NULL;
}

struct sim_record *sim_record_make(struct sim_traffic *traffic, const struct sim_inner *inner)
{
    struct sim_vector *records = &traffic->flows[inner->flow].records;
    struct sim_record *record;

    if (!sim_vector_room(traffic->memory, records, sizeof(struct sim_record), inner->number + 1))
        return NULL;
    if (records->count <= inner->number) {
        memset((struct sim_record *)records->data + records->count, 0,
               (size_t)(inner->number + 1 - records->count) * sizeof(struct sim_record));
        records->count = inner->number + 1;
    }
    record = sim_record_find(traffic, inner);
    if (record->size == 0)
        record->size = inner->size;
    return record;
}
