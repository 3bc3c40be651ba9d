#include "base.h"
#include "watch.h"

/* S12: longest prefix by reading the whole list. The first of equal prefixes does not count: an allowed IP moves to who is
 * configured last. */

static bool covers(const struct wrn_prefix *prefix, uint8_t family, const uint8_t *address)
{
    const unsigned whole = prefix->length / 8, rest = prefix->length % 8;

    /* Of many routes most differ in their last whole byte: that one first. */
    if (prefix->family != family || (whole > 0 && prefix->address[whole - 1] != address[whole - 1])
        || memcmp(prefix->address, address, whole) != 0)
        return false;
    return rest == 0 || (prefix->address[whole] ^ address[whole]) >> (8 - rest) == 0;
}

uint32_t sim_route_owner(const struct sim_watch *watch, uint32_t node, uint8_t family, const uint8_t *address)
{
    uint32_t best = SIM_NONE;
    int longest = -1;

    for (uint32_t i = watch->first_pair[node]; i < watch->first_pair[node + 1]; i++)
        for (uint32_t j = 0; watch->sides[i].present && j < watch->sides[i].prefix_count; j++) {
            const struct wrn_prefix *prefix = &watch->sides[i].prefixes[j];

            if (prefix->length >= longest && covers(prefix, family, address)) {
                longest = prefix->length;
                best = i;
            }
        }
    return best;
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    const bool ipv6 = seen->length > 0 && seen->data[0] >> 4 == 6;
    const bool in = seen->kind == SIM_SEEN_INNER_IN && (seen->verdict == WRN_SEND || seen->verdict == WRN_TAKEN);
    const uint8_t *address;

    (void)state;
    if ((!in && seen->kind != SIM_SEEN_INNER_OUT) || seen->length < (ipv6 ? 40 : 20))
        return;
    if (ipv6)
        address = seen->data + (in ? 24 : 8);
    else
        address = seen->data + (in ? 16 : 12);
    sim_rule_checked(watch, SIM_S12);
    if (seen->pair == SIM_NONE || sim_route_owner(watch, seen->node, ipv6 ? 6 : 4, address) != seen->pair)
        sim_rule_broken(watch, SIM_S12, seen->now, seen->node,
                        in ? "a packet routed to pair %u, its destination belongs to pair %u"
                           : "a packet delivered from pair %u, its source belongs to pair %u",
                        seen->pair, sim_route_owner(watch, seen->node, ipv6 ? 6 : 4, address));
}

const struct sim_checker sim_check_routes = {
    .rule = SIM_S12, .kinds = SIM_SEEN_MASK(SIM_SEEN_INNER_IN) | SIM_SEEN_MASK(SIM_SEEN_INNER_OUT), .see = see};
