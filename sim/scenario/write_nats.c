/* Boxes, each written out: KIND NODE, or by its own name when all share it. */

#include "write.h"

#include <string.h>

static const char *const depends[] = {[SIM_NAT_ENDPOINT] = "endpoint", [SIM_NAT_ADDRESS] = "address",
                                      [SIM_NAT_ADDRESS_PORT] = "address-port", [SIM_NAT_NONE] = "none"};

static void put_nat(struct scn_out *out, const struct sim_plan *plan, const struct sim_nat *nat)
{
    scn_put(out, "  %s: {", nat->name);
    out->first = true;
    scn_put_key(out, "map");
    scn_put(out, "%s", depends[nat->map % 4]);
    scn_put_key(out, "filter");
    scn_put(out, "%s", depends[nat->filter % 4]);
    scn_put_key(out, "idle");
    scn_put_draw(out, &nat->idle);
    scn_put(out, nat->refresh == SIM_NAT_BOTH ? ", refresh: both" : "");
    scn_put(out, nat->preserve ? "" : ", preserve: false");
    scn_put(out, nat->parity ? ", parity: true" : "");
    scn_put(out, nat->hairpin ? ", hairpin: true" : "");
    if (nat->first_port != 1024 || nat->last_port != 65535)
        scn_put(out, ", ports: %u-%u", nat->first_port, nat->last_port);
    if (nat->behind)
        scn_put(out, ", behind: %s", plan->nats[nat->behind - 1].name);
    scn_put(out, strchr(nat->name, ' ') ? "" : ", shared: true");
    if (nat->map != SIM_NAT_NONE) {
        scn_put_key(out, "address");
        scn_put_address(out, 4, nat->address);
    }
    scn_put(out, "}\n");
}

void scn_put_nats(struct scn_out *out, const struct sim_plan *plan)
{
    for (uint32_t i = 0; i < plan->nat_count; i++) {
        scn_put(out, i ? "" : "nats:\n");
        put_nat(out, plan, &plan->nats[i]);
    }
}

void scn_put_nat_name(struct scn_out *out, const struct sim_plan *plan, uint32_t nat)
{
    scn_put_key(out, "nat");
    scn_put(out, "%s", nat ? plan->nats[nat - 1].name : "none");
}
