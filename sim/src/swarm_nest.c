#include "base.h"
#include "swarm_draft.h"

/* More interfaces of two hosts, and a tunnel between them: beside the first, inside it, or inside that one. */

uint32_t sim_swarm_host(const struct sim_swarm_draft *draft, uint32_t node)
{
    const uint32_t host = draft->swarm->nodes[node].host;

    return host > 0 ? host - 1 : node;
}

/* Inside `over`, or beside the first (SIM_NONE). What carries it takes 80 bytes of a packet at most. */
static void draw_interface(struct sim_swarm_draft *draft, uint32_t host, uint32_t over, const char *word, bool ipv6)
{
    const struct sim_node *base = &draft->swarm->nodes[host], *carrier;
    struct sim_node *node = sim_swarm_node(draft, word, host, SIM_ROLE_PEER);

    node->host = host + 1;
    node->path = base->path;
    node->skew_ppb = base->skew_ppb;
    node->has_clock = base->has_clock;
    node->clock_offset_ns = base->clock_offset_ns;
    node->nat = over != SIM_NONE ? 0 : base->nat;
    node->outer = base->outer;
    node->outer.port = 51821;
    if (over == SIM_NONE)
        return;
    carrier = &draft->swarm->nodes[over];
    node->over = over + 1;
    node->mtu = (uint16_t)((over == host ? 1280u : carrier->mtu) - 80 - sim_swarm_below(draft, 100));
    node->outer = (struct wrn_endpoint){.port = 51820, .family = ipv6 ? 6 : 4};
    memcpy(node->outer.address, ipv6 ? carrier->inner6 : carrier->inner4, ipv6 ? 16 : 4);
}

static void draw_pair(struct sim_swarm_draft *draft, bool nested)
{
    const uint32_t other = 1 + (uint32_t)sim_swarm_below(draft, draft->peers - 1);
    const bool ipv6 = sim_swarm_maybe(draft, 50);

    draw_interface(draft, 0, nested ? 0 : SIM_NONE, nested ? "inside" : "beside", ipv6);
    draw_interface(draft, other, nested ? other : SIM_NONE, nested ? "inside" : "beside", ipv6);
}

/* Inside the pair that was drawn last. */
static void draw_deeper(struct sim_swarm_draft *draft)
{
    const uint32_t carriers = draft->plan->node_count - 2;
    const bool ipv6 = sim_swarm_maybe(draft, 50);

    for (uint32_t i = carriers; i < carriers + 2; i++)
        draw_interface(draft, sim_swarm_host(draft, i), i, "deeper", ipv6);
}

void sim_swarm_draw_interfaces(struct sim_swarm_draft *draft)
{
    draft->others = draft->plan->node_count;
    sim_swarm_section(draft, "beside");
    if (draft->on[BESIDE])
        draw_pair(draft, false);
    sim_swarm_section(draft, "inside");
    if (draft->on[INSIDE])
        draw_pair(draft, true);
    sim_swarm_section(draft, "deeper");
    if (draft->on[INSIDE] && draft->on[DEEPER])
        draw_deeper(draft);
}

/* Some go down for a while, whatever their host does. */
void sim_swarm_draw_outages(struct sim_swarm_draft *draft)
{
    sim_swarm_section(draft, "outages");
    for (uint32_t i = draft->others; i < draft->plan->node_count && draft->faults; i++) {
        const wrn_time at = 1 + sim_swarm_below(draft, draft->calm - 1);
        const wrn_time end = at + sim_swarm_between(draft, 1, 100000);

        if (sim_swarm_maybe(draft, 60))
            continue;
        sim_swarm_event(draft, SIM_DO_DOWN, "down", at, i);
        sim_swarm_event(draft, SIM_DO_UP, "up", end < draft->calm ? end : draft->calm, i);
    }
}
