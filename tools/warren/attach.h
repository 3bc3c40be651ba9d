#ifndef WARREN_ATTACH_H
#define WARREN_ATTACH_H

/*
 * warren run --attach NODE=[NAMESPACE/]IFNAME: nodes whose inside is a real tun interface, in a world that runs in real time.
 * What the kernel routes into the interface enters the world at that moment; what the node's engine delivers goes to the kernel.
 */

#include "run.h"

#include <net/if.h>

#define ATTACH_MAX 16u

/* One --attach, as it was written. */
struct attach_wish {
    char        node[SIM_NAME_BYTES], name[IF_NAMESIZE];
    const char *space; /* of length space_length; null: the network namespace of this process */
    size_t      space_length;
};

struct attach_wishes {
    struct attach_wish all[ATTACH_MAX];
    uint32_t           count;
};

/* Takes one more; exits with 2 when it is none. */
void attach_parse(const char *command, struct attach_wishes *wishes, const char *text);

/* How late the world's events happened: its time against the machine's. */
struct attach_late {
    uint64_t count;
    wrn_time half, ninety_nine, most; /* the former rounded up, by a sixteenth at most */
};

/* What the report says of one node. */
struct attach_count {
    uint32_t    node;
    const char *name;
    uint64_t    entered, left, refused; /* refused: by the kernel, which has the interface down or full */
};

struct attach;

/* Needs   a plan that outlives it.
 * Gives   an interface for each wish: made, with the node's MTU, addresses and routes to its peers' allowed IPs (default routes
 * left out); or one that is there already, as it is. Fails   exits: with 2 for a node that is none, with 3 for what the machine
 * does not allow. */
struct attach *attach_open(const char *command, const struct attach_wishes *wishes, const struct sim_plan *plan);
void           attach_close(struct attach *attach); /* interfaces that it made are gone */
bool           attach_world(struct attach *attach, struct sim_world *world);
/* Runs until *until, or until SIGINT or SIGTERM: then *until is where that was. */
enum sim_state attach_run(struct attach *attach, struct sim_world *world, wrn_time *until, struct progress *progress);

/* For the callbacks of a world. */
void attach_deliver(struct attach *attach, uint32_t node, const uint8_t *packet, uint32_t length);
void attach_happened(struct attach *attach, wrn_time time);

struct attach_late         attach_late(const struct attach *attach);
const struct attach_count *attach_counts(const struct attach *attach, size_t *count);

/* attach_device.c: a descriptor of the interface; exits as attach_open does. */
int attach_interface(const char *command, const struct attach_wish *wish, const struct sim_plan *plan, uint32_t node);

#endif
