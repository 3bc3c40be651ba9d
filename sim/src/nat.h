#ifndef SIM_NAT_H
#define SIM_NAT_H

/*
 * One box of the network: an address translator by RFC 4787 for IPv4, a stateful firewall for IPv6, which is never translated.
 *
 *     inside                        box                         outside
 *     10.0.0.5:51820  --- out --->  198.51.100.1:51820  ----->  203.0.113.1:51820
 *                     <--- in ----  a mapping owns its port; a permission lets one remote in
 *
 * A mapping belongs to an inside endpoint, or to that and a remote (rules.map); it owns one outside port as long as it lives. A
 * permission belongs to a mapping and a remote, an address or an endpoint of it (rules.filter). Both live until the box has been
 * idle for them: they are gone at the instant last use + idle. What is used by an outbound packet is refreshed; by an inbound one
 * only when rules.refresh says both.
 *
 * Deterministic: nothing visible depends on the order of a table. A drawn port is a function of the box, the mapping's key and
 * the instant, so that it does not depend on who else is behind the box, unless their ports collide.
 */

#include "memory.h"
#include "sim/random.h"

enum sim_nat_verdict {
    SIM_NAT_PASSED,
    SIM_NAT_NO_MAPPING, /* in: nothing inside has that address now */
    SIM_NAT_FILTERED,   /* in: there is, but this remote may not speak to it */
    SIM_NAT_NO_PORT,    /* out: every port of the range is taken */
    SIM_NAT_NO_HAIRPIN, /* from inside to the box's own address, and it does not turn such packets */
    SIM_NAT_EXHAUSTED,  /* no memory: the world is over */
};

struct sim_nat_table {
    uint32_t *heads; /* of chains: entry + 1 */
    uint32_t  size;  /* a power of two */
};

struct sim_nat_box {
    const struct sim_nat *rules;
    struct sim_memory    *memory;
    struct sim_stream     ports;
    uint64_t              idle;
    struct sim_vector     entries; /* mappings and permissions; the free ones are chained */
    struct sim_nat_table  by_key, by_port;
    uint32_t              free, live, oldest, newest; /* free, oldest, newest: entry + 1 */
    uint32_t              mappings, taken[2];         /* live ones; their ports, even and odd */
};

/* identity of its draws: rules->name. False: no memory. */
bool sim_nat_begin(struct sim_nat_box *box, const struct sim_nat *rules, uint64_t seed, struct sim_memory *memory);

/* A packet from inside to outside: its source becomes what the outside sees. */
enum sim_nat_verdict sim_nat_out(struct sim_nat_box *box, wrn_time now, struct wrn_endpoint *source,
                                 const struct wrn_endpoint *destination);
/* A packet from outside: its destination becomes who inside it is for. */
enum sim_nat_verdict sim_nat_in(struct sim_nat_box *box, wrn_time now, const struct wrn_endpoint *source,
                                struct wrn_endpoint *destination);
/* A packet from inside to the box's own outside address: out and in again, with its outside source (RFC 4787 REQ-9). */
enum sim_nat_verdict sim_nat_turn(struct sim_nat_box *box, wrn_time now, struct wrn_endpoint *source,
                                  struct wrn_endpoint *destination);
/* Whom inside a packet from outside would be for, if it were let in; false: nobody. Refreshes nothing. */
bool sim_nat_whose(struct sim_nat_box *box, wrn_time now, struct wrn_endpoint *destination);
/* Every mapping and permission is gone; the idle time stays, it is the box's own. */
void sim_nat_reboot(struct sim_nat_box *box);

/* Does this box change the addresses of such packets? */
static inline bool sim_nat_translates(const struct sim_nat *rules, unsigned family)
{
    return family == 4 && rules->map != SIM_NAT_NONE;
}

#endif
