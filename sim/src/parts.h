#ifndef SIM_PARTS_H
#define SIM_PARTS_H

/* The world from inside: what its rooms share. */

#include "buffer.h"
#include "chain.h"
#include "clock.h"
#include "flow.h"
#include "marks.h"
#include "nat.h"
#include "pace.h"
#include "queue.h"
#include "watch.h"
#include "sim/toy.h"
#include "warren/record.h"

/* Entries of the queue. */
enum sim_task {
    SIM_TASK_TIMELINE, /* index: event */
    SIM_TASK_FLOW,     /* index: flow */
    SIM_TASK_WAKE,     /* index: node */
    SIM_TASK_CORE,     /* item: a datagram that has left its sender's path */
    SIM_TASK_ARRIVE,   /* item: a datagram at its receiver's end; index: node */
    SIM_TASK_REPLAY,   /* index: attacker's node */
    SIM_TASK_FLOOD,  /* index: event */
    SIM_TASK_CARRY,    /* index: interface, item: a packet that carries a nested one's datagram */
    SIM_TASK_CARRIED,  /* index: nested interface, item: the datagram */
    SIM_TASK_LEFT,     /* index: 2 * node + side: the datagram that a slow half path was sending is gone */
    SIM_TASK_RELEASE,  /* item: a datagram that an attacker held */
    SIM_TASK_BAD,      /* index: event of a peer gone bad */
    SIM_TASK_INJECT,   /* index: attached node, item: a packet from outside */
};

/* Is an engine's host running it? */
enum sim_held { SIM_AWAKE, SIM_STANDING, SIM_ASLEEP };
/* What waits until it does. */
enum sim_waits { SIM_WAITS_DATAGRAM, SIM_WAITS_PACKET, SIM_WAITS_EVENT };

struct sim_datagram {
    struct sim_queued    queued; /* first: what a buffer holds is a datagram */
    struct sim_datagram *next; /* of a free list, or of what waits */
    struct wrn_endpoint  source, destination;
    uint64_t             digest;
    uint32_t             node, pair; /* the sender; pair SIM_NONE when it is an attacker's or goes to nobody known */
    uint32_t             nat;        /* the sender's box when it left */
    uint64_t             number;     /* on the half path it is on */
    uint32_t             length;
    uint8_t              size_class, cause, tos, waits;
    bool                 copy; /* a duplicate */
    bool                 changed; /* on the way */
    bool                 forged;  /* an attacker made it */
    const struct sim_event *held_by; /* the attack that it waits in */
    uint8_t             *data;
};

struct sim_half_state {
    const struct sim_half *half;
    struct sim_stream delay, loss, duplicate, reorder, late, state, corrupt, flow;
    uint64_t offered;        /* datagrams, so far; the number of the next one less one */
    uint64_t list_at;        /* into a loss list */
    bool     bad;            /* state of SIM_LOSS_GILBERT */
    struct sim_buffer buffer;
    struct sim_pace   pace;
    struct sim_datagram *leaving; /* a slow link is sending it */
    uint64_t copies, passed, lost, in_flight;
    uint32_t drop_types, drop_count; /* SIM_DO_DROP_NEXT */
};

/* A run of forged datagrams that an engine refuses (guard.c). */
struct sim_guard {
    bool     open;
    uint32_t count;
    uint32_t runs;       /* begun at this node, this one too */
    wrn_time since;      /* the newest began */
    uint8_t  digest[32]; /* of the state before the first */
};

struct sim_place {
    const struct sim_node *plan;
    uint32_t  number;
    bool      running;  /* not crashed */
    bool      attached; /* its inner packets come from outside the world and go there */
    uint32_t  path, nat, boots;
    struct sim_place *link, *next; /* its host's first interface, which has the path; that one's list of all */
    struct sim_clock clock;
    enum sim_held held;
    wrn_time  held_at, held_local;
    struct sim_datagram *waiting, *waiting_last; /* in their order: datagrams, packets, events of the timeline */
    uint32_t  waits[SIM_WAITS_EVENT];
    struct wrn_endpoint outer;
    struct sim_half_state up, down;
    struct wrn_engine *engine;
    struct wrn_recorder tape, *record; /* record: null without a recording, else the tape */
    void     *memory;
    size_t    memory_size;
    uint8_t   private_key[32];
    uint8_t   mac1_key[32], mac1_of[32]; /* for floods, and the public key that it is for */
    uint32_t *pair_of_slot;
    struct wrn_peer *handles; /* by pair, from the node's first on */
    uint8_t   stamp[12];
    wrn_time  deadline;       /* of its engine when it was last drained, on its clock */
    struct sim_guard guard;
    wrn_time  wake_at;        /* world time of the queue entry that counts; WRN_NEVER without */
    uint64_t  tun_in, net_in; /* packets handed to this engine since its boot */
    struct sim_node_result result;
    struct wrn_counters    gone;   /* of its engines before the last crash, summed */
    struct sim_recorder   *recorder; /* of an attacker */
    struct sim_keyring    *keyring;  /* by pair, of a peer that will go bad */
    uint8_t   sealed_with[32];       /* the newest transport key, where there is a keyring */
    uint32_t  splitting;   /* of the derivation of transport keys, its HMACs still to come; see shim.c */
    struct sim_world *world;
};

struct sim_flood {
    uint64_t sent;
    bool     begun;
    struct sim_stream stream; /* once begun */
    struct sim_ready *ready;  /* initiations with their mac1, made when they are first sent; null where there are none */
};

struct sim_partition {
    struct sim_partition *next;
    uint8_t *side; /* by node: bit 0 in a, bit 1 in b */
    wrn_time until;
    bool     one_way;
};

struct sim_world {
    const struct sim_plan *plan;
    struct sim_options     options;
    struct sim_host        host;
    struct sim_memory      memory;
    struct sim_queue       queue;
    struct sim_traffic     traffic;
    struct sim_watch       watch;
    struct sim_chain       chain, control;
    struct wrn_recording   recording;
    struct sim_toy         toy;
    struct sim_place      *places;
    uint8_t              (*public_keys)[32];
    struct sim_flow_state *flows;
    struct sim_flood      *floods;    /* by event */
    struct sim_datagram   *free_datagrams[3];
    uint32_t              *addresses; /* open addressing: node + 1 by outer address */
    uint32_t               address_size;
    struct sim_nat_box    *boxes;
    uint32_t              *box_addresses; /* open addressing: box + 1 by outside address */
    uint32_t               box_size;
    struct sim_partition  *partitions;
    struct sim_recorder   *recorders; /* of all attackers */
    struct sim_hand       *hands;     /* of attackers, on the wire; see hands.c */
    struct sim_thief      *thieves;
    struct sim_expectations *expects;
    struct sim_outcome    *outcomes;
    struct sim_node_result *node_results;
    struct sim_flow_result *flow_results;
    struct sim_count      *drop_results, *mark_results;
    size_t                 mark_count; /* by name */
    uint8_t               *packet, *inner; /* scratch */
    wrn_time               now;
    uint64_t               datagrams, drops, delivered;
    uint64_t               lost[SIM_LOST_KINDS], *marks; /* by place in the section, then by reason */
    bool                   finished, balanced;
};

#define SIM_PACKET_BYTES 66048u

/* world.c */
void sim_trace(struct sim_world *world, uint32_t node, uint32_t kind, uint32_t length, uint64_t digest, uint8_t verdict,
               uint8_t reason);
uint64_t sim_digest(const uint8_t *data, size_t length);

/* datagram.c */
struct sim_datagram *sim_datagram_take(struct sim_world *world, uint32_t length);
void sim_datagram_give(struct sim_world *world, struct sim_datagram *datagram);

/* address.c */
bool     sim_addresses_begin(struct sim_world *world);
uint32_t sim_address_find(const struct sim_world *world, const struct wrn_endpoint *endpoint); /* a node, or SIM_NONE */
void     sim_address_move(struct sim_world *world, uint32_t node, const struct wrn_endpoint *to);

/* realm.c: a datagram in the core, from the realm it was sent in to that of its receiver. leave and enter change its addresses;
 * false: a box refuses it, or nobody is there, why says which. */
struct sim_way {
    uint32_t      realm; /* that it has reached; 0: the core */
    uint32_t      to;
    enum sim_lost why;
};

bool     sim_realms_begin(struct sim_world *world);
bool     sim_realm_leave(struct sim_world *world, struct sim_datagram *datagram, struct sim_way *way);
uint32_t sim_realm_whose(struct sim_world *world, const struct sim_datagram *datagram, uint32_t realm); /* a node, or SIM_NONE */
bool     sim_realm_enter(struct sim_world *world, struct sim_datagram *datagram, struct sim_way *way);

/* half.c */
void sim_half_begin(struct sim_half_state *half, const struct sim_plan *plan, const struct sim_node *node, const char *side);
void sim_half_take(struct sim_half_state *half, const struct sim_half *row); /* from now on by that row */
/* Offer a datagram to a half path. It is lost here, or goes on after its time, perhaps twice. */
void sim_half_offer(struct sim_world *world, struct sim_place *place, uint32_t side, struct sim_datagram *datagram);
void sim_half_left(struct sim_world *world, struct sim_place *place, uint32_t side);

/* link.c */
void sim_link_tap(struct sim_world *world, uint32_t node, uint32_t side, const struct sim_datagram *datagram, const char *why);
void sim_link_lose(struct sim_world *world, uint32_t node, uint32_t side, struct sim_datagram *datagram, enum sim_lost why);
const char *sim_lost_name(unsigned why);
void sim_link_send(struct sim_world *world, struct sim_place *place, const uint8_t *data, uint32_t length,
                   const struct wrn_endpoint *destination, uint32_t pair, uint8_t cause, uint8_t tos);
void sim_link_forge(struct sim_world *world, struct sim_place *place, const uint8_t *data, uint32_t length,
                    const struct wrn_endpoint *source, const struct wrn_endpoint *destination);
void sim_link_core(struct sim_world *world, struct sim_datagram *datagram);
void sim_link_pass_on(struct sim_world *world, struct sim_datagram *datagram, uint32_t realm); /* from there to its receiver */
void sim_link_reach(struct sim_world *world, struct sim_place *place, struct sim_datagram *datagram); /* whom it is for */
void sim_link_arrive(struct sim_world *world, struct sim_place *place, struct sim_datagram *datagram);

/* node.c */
bool sim_place_begin(struct sim_world *world, uint32_t number);
void sim_place_boot(struct sim_place *place, bool keep_stamp);
void sim_place_identify(struct sim_place *place); /* its public key, of its private one */
void sim_place_add_peer(struct sim_place *place, uint32_t pair);
struct wrn_peer *sim_place_handle(struct sim_place *place, uint32_t pair); /* slot SIM_NONE: its engine has none */
void sim_place_crash(struct sim_place *place);
void sim_place_set_up(struct sim_place *place, bool up);
void sim_place_inner(struct sim_place *place, uint32_t length); /* the packet in world->inner, behind the headroom */
void sim_place_enter(struct sim_place *place, uint32_t length); /* the same, into this very interface, whatever it is */
void sim_place_tun(struct sim_place *place, uint32_t length);   /* the same, now that its host runs */
void sim_place_wall(struct sim_place *place); /* tells the engine what time it is, if the node knows */
void sim_place_counters(const struct sim_place *place, struct wrn_counters *counters);
void sim_place_balance(struct sim_place *place);
void sim_place_receive(struct sim_place *place, const struct sim_datagram *datagram);
void sim_place_wake(struct sim_place *place);
void sim_place_settle(struct sim_place *place);
struct sim_seen sim_place_seen(const struct sim_place *place, uint32_t kind, uint32_t pair);
bool sim_place_has_session(const struct sim_world *world, uint32_t from, uint32_t to);

/* host.c */
void sim_host_suspend(struct sim_place *place, bool counts);
void sim_host_pause(struct sim_place *place);
void sim_host_resume(struct sim_place *place);
void sim_host_lose(struct sim_place *place); /* it is gone, with what waited */
void sim_host_end(struct sim_place *place);  /* of the world */
void sim_host_wait_datagram(struct sim_place *place, struct sim_datagram *datagram);
void sim_host_wait_packet(struct sim_place *place, uint32_t length); /* in world->inner */
bool sim_host_wait_event(struct sim_place *place, uint32_t event);   /* false: the host runs, let it happen now */

/* live.c: what SIM_DO_SET sets */
void sim_live_set(struct sim_place *place, const struct sim_event *event);

/* guard.c: check is called before anything but a forged datagram reaches the engine */
void sim_guard_open(struct sim_place *place, wrn_time local);
void sim_guard_count(struct sim_place *place, const struct sim_seen *seen);
void sim_guard_check(struct sim_place *place);

/* nest.c */
void sim_nest_send(struct sim_world *world, struct sim_place *place, struct sim_datagram *datagram);
void sim_nest_carry(struct sim_world *world, struct sim_place *place, struct sim_datagram *packet);
bool sim_nest_is_for(const struct sim_place *place, const uint8_t *packet); /* some interface of its host */
void sim_nest_deliver(struct sim_place *place, const uint8_t *packet, uint32_t length, const struct sim_carried *carried);
void sim_nest_forward(struct sim_place *place, uint32_t length, const struct sim_carried *carried); /* in world->inner */
struct sim_place *sim_nest_route(struct sim_place *place, const uint8_t *packet); /* the interface with the longest prefix */

/* attach.c: a packet from outside enters; one of these is delivered; or is dropped where it enters */
void sim_attach_enter(struct sim_place *place, struct sim_datagram *packet);
void sim_attach_deliver(struct sim_place *place, const uint8_t *packet, uint32_t length);
void sim_attach_refuse(struct sim_place *place, const struct wrn_packet *packet);

/* shim.c: the provider that a node's engine gets; its context is the place */
extern const struct wrn_crypto sim_shim;

/* timeline.c */
void sim_timeline_do(struct sim_world *world, uint32_t event);
void sim_timeline_node(struct sim_place *place, const struct sim_event *event); /* what takes a host that runs */
bool sim_partitioned(struct sim_world *world, uint32_t from, uint32_t to);

/* attacker.c */
bool sim_attacker_begin(struct sim_world *world, struct sim_place *place);
void sim_attacker_record(struct sim_place *place, const struct sim_event *event);
void sim_attacker_see(struct sim_world *world, const struct sim_datagram *datagram, uint32_t from, uint32_t to);
void sim_attacker_replay(struct sim_place *place, const struct sim_event *event);
void sim_attacker_next(struct sim_place *place);
/* Under which index does the node wait for an answer? */
bool sim_attacker_index(const struct sim_place *place, uint32_t node, uint32_t *index);
const struct sim_datagram *sim_attacker_copy(const struct sim_place *place, uint64_t number); /* null: not so many */

/* flood.c */
void sim_flood_next(struct sim_world *world, uint32_t event);

/* thief.c. sign: mac2 of a stolen cookie, and the source that goes with it; false: it has none yet. */
void sim_thief_begin(struct sim_world *world, uint32_t event);
void sim_thieves_see(struct sim_world *world, const struct sim_datagram *datagram, uint32_t to);
bool sim_thief_sign(struct sim_world *world, uint32_t event, uint8_t message[148], struct wrn_endpoint *source);

/* gone_bad.c */
bool sim_bad_begin(struct sim_world *world);
void sim_bad_sent(struct sim_place *place, uint32_t pair, const uint8_t *data, const struct wrn_endpoint *remote);
void sim_bad_next(struct sim_world *world, uint32_t event);

/* check_secrecy.c */
void sim_compromise(struct sim_world *world, const struct sim_event *event);

/* expect.c */
bool sim_expect_begin(struct sim_world *world);
enum sim_happening {
    SIM_HAPPENED_HANDSHAKE,
    SIM_HAPPENED_INITIATION,
    SIM_HAPPENED_GAVE_UP,
    SIM_HAPPENED_DATAGRAM,
    SIM_HAPPENED_ACCEPTED,
};
void sim_expect_happened(struct sim_world *world, enum sim_happening what, uint32_t from, uint32_t to);
void sim_expect_look(struct sim_world *world, wrn_time before); /* what is asked of an instant that is about to pass */
void sim_expect_outcome(struct sim_world *world, uint32_t number, struct sim_outcome *outcome);

/* expect_flow.c: what flows do, by the plan's number */
void sim_expect_sent(struct sim_world *world, uint32_t flow);
void sim_expect_delivered(struct sim_world *world, const struct sim_inner *inner);
void sim_expect_begun(struct sim_world *world, uint32_t flow); /* a request, a transfer */
void sim_expect_completed(struct sim_world *world, uint32_t flow, wrn_time begun);
void sim_expect_bytes(struct sim_world *world, uint32_t flow, uint32_t bytes); /* that are new to the receiver */

#endif
