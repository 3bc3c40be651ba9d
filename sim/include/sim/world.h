#ifndef SIM_WORLD_H
#define SIM_WORLD_H

/*
 * A world: engines, links and clocks made from a plan, run event by event, watched by checkers.
 *
 *     sim_world_create -> repeat sim_world_run(world, some later time) -> sim_world_results -> sim_world_end
 *
 * A world reads no file and no clock; how it is cut into runs changes nothing. Worlds are independent values: any number of them
 * in one process.
 */

#include "sim/plan.h"
#include "warren/crypto.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sim_world;

/* What happened, in trace order. The trace hash chains (time, node, kind, length, digest) of each. */
enum sim_kind {
    SIM_KIND_INNER_IN,   /* a node hands an inner packet to its engine */
    SIM_KIND_INNER_OUT,  /* an engine delivers an inner packet */
    SIM_KIND_SENT,       /* a node sends a datagram */
    SIM_KIND_LOST,       /* a datagram is dropped on the way; length of it */
    SIM_KIND_ARRIVED,    /* a datagram reaches a node and has its verdict */
    SIM_KIND_WAKE,       /* a node wakes at its engine's deadline */
    SIM_KIND_EVENT,      /* an engine's event; length = its bits */
    SIM_KIND_TIMELINE,   /* a timeline event; length = its index */
    SIM_KINDS
};

struct sim_trace {
    wrn_time time;
    uint64_t number; /* of this record, from 0 */
    uint32_t node, kind, length;
    uint64_t digest; /* of the payload; 0 without */
    uint8_t  verdict, reason; /* of SIM_KIND_ARRIVED and SIM_KIND_INNER_IN; not in the chain, but in the digest */
};

/* A datagram on a link end, for captures. */
struct sim_tap {
    wrn_time       time;
    uint32_t       node;
    uint32_t       side; /* SIM_UP: leaves the node, SIM_DOWN: arrives there */
    bool           lost; /* dropped on this half path, `why` says by what */
    const char    *why;  /* null unless lost */
    uint32_t       other;        /* the node that sent it, or that its engine sent it to; SIM_NONE: not known */
    struct wrn_endpoint source, destination;
    const uint8_t *data;
    uint32_t       length;
};

enum sim_queue_kind { SIM_QUEUE_TWO_TIER, SIM_QUEUE_HEAP };

struct sim_options {
    const struct wrn_crypto *crypto; /* the real provider; toy crypto takes only public keys from it */
    void    *crypto_context;
    uint32_t queue;             /* enum sim_queue_kind */
    bool     keep_going;        /* after a violation; without it sim_world_run stops there */
    void    *context;           /* of the callbacks, which may be null */
    void (*trace)(void *context, const struct sim_trace *trace);
    void (*tap)(void *context, const struct sim_tap *tap);
    bool (*record)(void *context, const uint8_t *bytes, size_t length); /* every engine's calls (warren/record.h): secrets */
    /* A node uses an ephemeral key with a peer, with whom it shares that key now; null: none. The packet comes after it. Secrets */
    void (*ephemeral)(void *context, const uint8_t key[32], const uint8_t *preshared);
    void (*deliver)(void *context, uint32_t node, const uint8_t *packet, uint32_t length); /* leaves it: see sim_world_attach */
    uint32_t record_every;      /* calls of an engine between two digests of it; 0: only at the end */
};

/* Needs   a plan that lives until sim_world_end; crypto that works.
 * Gives   a world at time 0, nothing run.
 * Keeps   plan, host, options.crypto.
 * Fails   null, with a message: a refused plan, no memory. */
struct sim_world *sim_world_create(const struct sim_plan *plan, const struct sim_options *options, const struct sim_host *host,
                                   struct sim_message *message);
void sim_world_end(struct sim_world *world);
/* Once, before sim_world_end: the last digests and the end mark of a recording. Null: it is whole; else why it is not. */
const char *sim_world_record_end(struct sim_world *world);

enum sim_state {
    SIM_PAUSED,    /* everything before `until` has happened */
    SIM_FINISHED,  /* the plan's stop is reached */
    SIM_VIOLATED,  /* an invariant broke (never with keep_going) */
    SIM_EXHAUSTED, /* the host had no memory left: results are those of the time reached */
};

/* Run all events earlier than until (or the plan's stop, if that is earlier; events at the stop itself still run). */
enum sim_state sim_world_run(struct sim_world *world, wrn_time until);

/*
 * Worlds with an outside. Inner packets of others, such as a kernel's, enter at attached nodes and leave there, through
 * options.deliver; the plan's flows go on beside them and stay inside. Nodes between attached ones forward; a node that is not
 * attached answers echo requests to its own addresses, and nothing else. What leads nowhere from an attached node is answered there
 * (P-88). The same injections at the same times give the same trace
 * hash, however the world is run between them.
 */
#define SIM_INJECT_MOST 65535u

/* Before the first run. False: no such node, an attacker, or no memory. */
bool sim_world_attach(struct sim_world *world, uint32_t node);
/* Needs   an attached node; `at` not before anything that has run; at most SIM_INJECT_MOST bytes.
 * Gives   what sim_world_run(world, at) does; only when that is SIM_PAUSED is the packet on its way: it enters at `at`, behind all
 *         that was waiting for that instant, once the world runs on.
 * Keeps   nothing of packet. */
enum sim_state sim_world_inject(struct sim_world *world, uint32_t node, wrn_time at, const uint8_t *packet, uint32_t length);
/* When the next event is waiting; WRN_NEVER: there is none. */
wrn_time sim_world_next(struct sim_world *world);

struct sim_progress {
    wrn_time now, stop;
    uint64_t events, datagrams, drops, delivered; /* drops: lost on the way and refused by engines; delivered: inner packets */
    uint64_t ties;     /* events that shared their instant with the one before */
    uint64_t pending;  /* events waiting */
    uint32_t sessions; /* pairs with a session to send with */
    uint32_t violations;
};

void sim_world_progress(struct sim_world *world, struct sim_progress *progress);

struct sim_invariant {
    const char *id;      /* "S4" */
    const char *meaning; /* one line */
    const char *bound;   /* the constant it derives from */
    uint64_t    checked, violated;
};

struct sim_violation {
    bool        there;
    wrn_time    time;
    uint32_t    node;      /* SIM_NONE: the world */
    uint32_t    invariant; /* index in invariants */
    char        text[SIM_TEXT_BYTES]; /* what was seen: numbers beside the bound */
};

struct sim_outcome {
    const char *text; /* of the expectation */
    bool        held;
    char        measured[SIM_TEXT_BYTES];
};

struct sim_count { const char *name; uint64_t count; };

struct sim_node_result {
    const char *name;
    uint64_t datagrams_sent, datagrams_received, bytes_sent, bytes_received;
    uint64_t inner_sent, inner_delivered; /* handed to the engine, given by it */
    uint64_t handshakes, initiations, dh; /* handshakes: completed, either role; dh: X25519 operations done */
    uint64_t drops;                       /* by its engine */
    uint64_t chain;                       /* of this node's trace records */
    uint8_t  digest[32];                  /* wrn_digest of its engine as it stands; zeros while there is none */
};

/* Of many times: how many, and what a part of them took at most. Each is rounded up, by a sixteenth at most, to the next bound of
 * a histogram; but for the last. */
struct sim_times {
    uint64_t count;
    wrn_time half, nine_tenths, ninety_nine, most;
};

/* What a flow did. Bytes are those of inner packets. */
struct sim_flow_result {
    uint32_t from, to, identity, kind; /* nodes; enum sim_flow_kind */
    uint64_t sent, delivered;          /* packets on the way forth */
    uint64_t back_sent, back_delivered; /* and back */
    uint64_t bytes;                    /* that were new to the receiver */
    uint64_t begun, completed;         /* requests, transfers; packets that were echoed */
    uint64_t timeouts, repeated, window_most; /* requests: not answered in time; bulk: of the sender, packets, packets in flight */
    struct sim_times latency;          /* of the packets delivered forth */
    struct sim_times response;         /* from request to answer, of an echo there and back, of a whole transfer */
};

/* Handshakes that had k tries or more, or were up before, on paths that do nothing but lose: at [k - 1] how many, how many of
 * them were not up after k tries, and how many should not be, at most, in 1 / SIM_TRIES_ONE. Sums over worlds mean the same. */
#define SIM_TRIES 20u
#define SIM_TRIES_ONE (UINT64_C(1) << 16)

struct sim_tries { uint64_t episodes[SIM_TRIES], not_up[SIM_TRIES], bound[SIM_TRIES]; };

void sim_tries_add(struct sim_tries *sum, const struct sim_tries *tries);
/* L10: could it be chance that so many were not up after k tries (1 .. SIM_TRIES)? False: less than once in 10^9. */
bool sim_tries_plausible(const struct sim_tries *tries, unsigned k);
/* The first number of tries of which that cannot be chance; 0: all of it can. */
unsigned sim_tries_implausible(const struct sim_tries *tries);

struct sim_results {
    const char *scenario;
    uint64_t    seed;
    wrn_time    simulated_ns;
    uint64_t    events, datagrams, ties;
    uint8_t     trace_hash[32];
    uint8_t     control_hash[32]; /* of the trace without ciphertext: the same with toy crypto */
    const struct sim_invariant *invariants; /* S1 .. S27, L1 .. L17, all of them always */
    const struct sim_outcome   *expectations;
    const struct sim_node_result *nodes;
    const struct sim_flow_result *flows; /* the plan's */
    const struct sim_count     *drops; /* reason -> count, not zero: of links ("link loss", ...) and engines ("replay", ...) */
    const struct sim_count     *marks; /* all, never reached ones too */
    size_t      invariant_count, expectation_count, node_count, flow_count, drop_count, mark_count;
    uint32_t    violations;         /* invariants with violated > 0 */
    uint32_t    unheld;             /* expectations that did not hold; those about many seeds never count */
    struct sim_violation first;     /* the first violation */
    struct sim_tries tries;
};

/* At any time; final checks (conservation) are made when the world is finished. Pointers hold until the next
 * call on the world. */
void sim_world_results(struct sim_world *world, struct sim_results *results);

/* The invariants by themselves, numbered from 0: false behind the last. Nothing is counted in them. */
bool sim_rule_row(size_t number, struct sim_invariant *invariant);

/* Is `name` a mark that SIM_EXPECT_MARK can ask for? */
bool sim_mark_is(const char *name);
/* Names for messages, in order: the first one behind `before`, or null; "" is before all. By number, from 0: null at the end; a pass
 * over all of them for each number up to it. */
const char *sim_mark_after(const char *before);
const char *sim_mark_name(size_t number);

#ifdef __cplusplus
}
#endif

#endif
