#ifndef SIM_WATCH_H
#define SIM_WATCH_H

/*
 * The watch: what an omniscient observer sees of a world, handed to every checker.
 *
 * Checkers are second implementations of the rules. They see datagrams, keys, plaintexts and clocks from the outside and ask the
 * engine nothing, but for what a host reads anyway (a verdict, a peer's endpoint). A rule about timers is about the node's own
 * clock: `local`. One file per family of rules; each keeps its state by pair (a node's configuration of a peer: an index in the
 * plan's peers).
 */

#include "inner.h"
#include "sim/world.h"
#include "warren/crypto.h"
#include "warren/inspect.h"

enum sim_rule {
    SIM_S1, SIM_S2, SIM_S3, SIM_S4, SIM_S5, SIM_S6, SIM_S7, SIM_S8, SIM_S9, SIM_S10, SIM_S11, SIM_S12, SIM_S13, SIM_S14,
    SIM_S15, SIM_S16, SIM_S17, SIM_S18, SIM_S19, SIM_S20, SIM_S21, SIM_S22, SIM_S23, SIM_S24, SIM_S25, SIM_S26, SIM_S27,
    SIM_L1, SIM_L2, SIM_L3, SIM_L4, SIM_L5, SIM_L6, SIM_L7, SIM_L8, SIM_L9, SIM_L10, SIM_L11, SIM_L12, SIM_L13, SIM_L14,
    SIM_L15, SIM_L16, SIM_L17,
    SIM_T1, /* of our own: a settled deadline lies in the future (oracle 7 of CONFORMANCE.md) */
    SIM_T2, /* and: a retry leaves when its timer says */
    SIM_RULES
};

enum sim_seen_kind {
    SIM_SEEN_INNER_IN,  /* the engine gave its verdict on an inner packet */
    SIM_SEEN_INNER_OUT, /* it delivers one, as from `pair` */
    SIM_SEEN_SEAL,      /* it is about to seal data under key, counter */
    SIM_SEEN_SENT,      /* a datagram leaves for `remote` */
    SIM_SEEN_ARRIVED,   /* the engine gave its verdict on a datagram from `remote` */
    SIM_SEEN_GAVE_UP,
    SIM_SEEN_STEP,      /* the node has nothing more to do now; deadline is its next */
    SIM_SEEN_RESET,     /* interface down or up: handshakes and sessions are gone. first: the engine itself is new */
    SIM_SEEN_BALANCE,   /* two numbers that must be equal, what is `what` */
    SIM_SEEN_RUN,       /* `left` forged datagrams in a row were refused, since `right`; changed: and not without a trace */
    SIM_SEEN_END,       /* of each node, when the world is over */
    SIM_SEEN_SET,       /* its configuration changed: `set`, of `pair`, or of the node itself (SIM_NONE) */
    SIM_SEEN_FORGOT,    /* the engine has not had `pair` until now, or no longer: its handshakes and sessions are gone */
    SIM_SEEN_RESUMED,   /* nothing could be done for `gone`; what was due then is due now */
    SIM_SEEN_LOST,      /* a datagram that the pair sent is lost on its way; reason: enum sim_lost */
    SIM_SEEN_TIMELINE,  /* the timeline does `event` now; before its effects */
    SIM_SEEN_ALARM,     /* the moment that this checker asked for, for the pair: everything of that instant has happened */
    SIM_SEEN_KINDS
};

#define SIM_SEEN_MASK(kind) (1u << (kind))

/* Why links, and boxes between them, lose datagrams. */
enum sim_lost { SIM_LOST_PATH, SIM_LOST_DROP_NEXT, SIM_LOST_PARTITION, SIM_LOST_MTU, SIM_LOST_NO_HOST,
                SIM_LOST_NAT_MAPPING, SIM_LOST_NAT_FILTER, SIM_LOST_NAT_PORT, SIM_LOST_NAT_HAIRPIN, SIM_LOST_QUEUE,
                SIM_LOST_CODEL, SIM_LOST_ASLEEP, SIM_LOST_SOCKET, SIM_LOST_TUN, SIM_LOST_KINDS };

enum sim_cause { SIM_CAUSE_TUN, SIM_CAUSE_OUTPUT, SIM_CAUSE_ANSWER, SIM_CAUSE_ATTACK };

struct sim_session;

struct sim_seen {
    uint32_t kind, node, pair; /* pair: SIM_NONE when nobody knows */
    uint32_t from_pair;        /* ARRIVED and ours: the sender's pair */
    wrn_time now, local;
    wrn_time elapsed;          /* as local, but for sleep that the node's clock did not count */
    const uint8_t *data;
    uint32_t length;
    struct wrn_endpoint remote;
    uint8_t  verdict, reason, cause;
    bool     ours;     /* ARRIVED: the bytes an engine sent to this node, for the first time; INNER: flow and number are valid */
    bool     first;
    struct sim_session *session; /* of a data message; filled in by the watch */
    struct wrn_endpoint before, after; /* ARRIVED: the engine's endpoint of the pair */
    struct wrn_endpoint asked_from;    /* SENT as an answer: whence, and how long, what is answered was */
    uint32_t asked_length;
    uint32_t answer_length;            /* ARRIVED: of the engine's answer in place, 0 without */
    bool     judged, changed;          /* ARRIVED: the state's digest was taken before and after; and differs */
    const uint8_t *key;                /* SEAL */
    uint64_t counter;
    size_t   aad_length;
    struct sim_inner inner;            /* INNER_IN, INNER_OUT, SEAL when ours */
    uint32_t staged;                   /* INNER_IN: packets the pair has waiting */
    wrn_time deadline;                 /* STEP */
    uint64_t computed;                 /* ARRIVED: scalar multiplications for it */
    uint32_t event;                    /* TIMELINE: its index in the plan */
    bool     has_wall;                 /* SENT, an initiation: does the node know the wall time, */
    uint64_t wall;                     /* and which, in ns since 1970 */
    uint64_t left, right;              /* BALANCE */
    wrn_time gone, gone_local;         /* RESUMED: on the world's clock, on the node's */
    uint32_t set;                      /* SET: enum sim_set */
    const uint8_t *memory;             /* all that the node's engine has; null without an engine */
    size_t   memory_size;
    const char *what;
};

struct sim_ledger;

/* A pair's configuration as it is now. Whoever has no row in a list of prefixes shares the plan's. */
struct sim_conf {
    bool     present, has_psk;
    uint8_t  psk[32], public_key[32];
    uint16_t keepalive_s;
    struct wrn_endpoint endpoint; /* family 0: not configured */
    const struct wrn_prefix *prefixes;
    uint32_t prefix_count, prefix_room; /* room 0: the plan's */
};

/* What several checkers need to know of a pair. */
struct sim_pair_facts {
    uint32_t reverse;  /* the other node's pair; SIM_NONE */
    bool     clean;    /* ideal links both ways, nothing in the timeline, same psk: exact times can be demanded */
    wrn_time there, back; /* one-way delays when clean */
    bool     reachable;   /* the node has an endpoint of its peer: what its timers ask for can leave */
    bool     strange;     /* the timeline did what the watch cannot follow there: no exact times any more */
    bool     blind;       /* it was forgotten meanwhile, and initiations that nobody saw may hold others back (P-69) */
    /* What checkers of timers ask: the newest initiation or response that was sent, on the node's clock. */
    bool     handshaken, initiated;
    bool     pending, crossed; /* our initiation is unanswered; and was overtaken by one of theirs (P-168) */
    wrn_time handshake_at, initiated_now; /* the latter on the world's clock */
    /* Of the tunnel, by its lower pair: how often something from outside the engines came between, what is no fault of theirs. */
    uint64_t lost, disturbed, cookies, crossings; /* lost: by chance, on a path */
};

/* What the timeline has made of a node. */
struct sim_node_facts {
    uint32_t path, nat;
    bool     gone, down, held; /* crashed; interface down; suspended or paused */
};

struct sim_watch {
    const struct sim_plan *plan;
    struct sim_memory     *memory;
    struct sim_traffic    *traffic;
    const uint8_t        (*public_keys)[32]; /* by node */
    const struct wrn_crypto *crypto;         /* the world's, beneath the shim; null: checkers that compute rest */
    void                  *crypto_context;
    struct sim_pair_facts *facts;
    struct sim_conf       *sides;            /* by pair */
    uint16_t              *mtus;             /* by node */
    uint32_t              *first_pair;       /* by node, and one more */
    bool                   full;             /* the costly searches too */
    struct sim_ledger     *ledger;
    struct sim_node_facts *nodes;            /* by node */
    struct sim_alarms     *alarms;
    void                  *states[SIM_RULES]; /* of checkers, under their first rule */
    const struct sim_checker **listeners[2][SIM_SEEN_KINDS]; /* to pairs, to strangers; by kind of what is seen; null ends a list */
    struct sim_invariant  *invariants;       /* SIM_RULES of them */
    struct sim_violation   first;
    uint32_t               violated;
    struct sim_tries       tries;            /* of L10 */
    wrn_time               now;
};

/* A checker: state of `world` bytes, plus `pair` bytes per pair. */
struct sim_checker {
    enum sim_rule rule;
    uint32_t      kinds; /* of what it looks at, as SIM_SEEN_MASK; 0: everything */
    bool          of_pairs; /* it does nothing about datagrams of nobody's pair, of which floods consist */
    size_t        world, pair;
    bool (*begin)(struct sim_watch *watch, void *state); /* may be null */
    void (*see)(struct sim_watch *watch, void *state, const struct sim_seen *seen);
};

extern const struct sim_checker sim_check_inner, sim_check_replay, sim_check_nonce, sim_check_canary, sim_check_age,
    sim_check_confirm, sim_check_endpoint, sim_check_routes, sim_check_silence, sim_check_initiations, sim_check_attempts,
    sim_check_stamps, sim_check_padding, sim_check_balance, sim_check_psk, sim_check_idle, sim_check_first, sim_check_rekey,
    sim_check_keepalive, sim_check_dead_peer, sim_check_order, sim_check_deadline, sim_check_erasure, sim_check_cookie,
    sim_check_restart, sim_check_heal, sim_check_revive, sim_check_tries, sim_check_crossing, sim_check_binding, sim_check_loaded,
    sim_check_clocks, sim_check_timers;

bool sim_watch_begin(struct sim_watch *watch, const struct sim_plan *plan, struct sim_memory *memory, struct sim_traffic *traffic,
                     const uint8_t (*public_keys)[32]);
/* A pair's row of the plan, as it is configured anew. */
void sim_side_begin(struct sim_watch *watch, uint32_t pair);
/* The pair of `node` with `peer`, or SIM_NONE. */
uint32_t sim_pair_of(const struct sim_watch *watch, uint32_t node, uint32_t peer);
bool sim_same_prefix(const struct wrn_prefix *a, const struct wrn_prefix *b); /* what is masked away is no matter */
/* The pairs whose timers and sessions begin anew: of a node that is reset, one that is forgotten; none by anything else. */
void sim_seen_anew(const struct sim_watch *watch, const struct sim_seen *seen, uint32_t *first, uint32_t *end);
/* The same, and also what a new private key clears (P-128): handshakes, and with what may be sent. */
void sim_seen_rekeyed(const struct sim_watch *watch, const struct sim_seen *seen, uint32_t *first, uint32_t *end);
void sim_watch_see(struct sim_watch *watch, struct sim_seen *seen);
/* The next alarm before that time, if there is one: the caller fills in the node's clock and hands it to sim_watch_ring. */
bool sim_watch_alarm(struct sim_watch *watch, wrn_time before, struct sim_seen *seen);
void sim_watch_ring(struct sim_watch *watch, struct sim_seen *seen);

static inline void *sim_pair_state(const struct sim_checker *checker, void *state, uint32_t pair)
{
    return (uint8_t *)state + ((checker->world + 15) & ~(size_t)15) + pair * checker->pair;
}

/* A rule was looked at, and held or not. The text of a failure: format and parts as sim_text_fill takes them. */
#define sim_rule_checked(watch, rule_) ((void)((watch)->invariants[rule_].checked++))
void sim_rule_broken(struct sim_watch *watch, enum sim_rule rule, wrn_time time, uint32_t node, const char *format, uint64_t a,
                     uint64_t b);

/* By first byte and least length. */
static inline bool sim_is_type(const struct sim_seen *seen, uint8_t type, uint32_t least)
{
    return seen->length >= least && seen->data[0] == type;
}

/* May a new initiation of this pair be held back, because a handshake message left less than 5 s ago (P-69), or 10 s when
 * initiations crossed and this may be the side that yields (P-168)? */
bool sim_pair_held_back(const struct sim_watch *watch, uint32_t pair, wrn_time local);
/* Did this datagram authenticate and was it fresh? By the engine's verdict. */
bool sim_seen_authentic(const struct sim_seen *seen);
/* Was it refused as a stranger's, or a replay? (check_silence.c) */
bool sim_seen_refused(const struct sim_seen *seen);

/* check_routes.c: the pair of this node that an inner address belongs to, or SIM_NONE. */
uint32_t sim_route_owner(const struct sim_watch *watch, uint32_t node, uint8_t family, const uint8_t *address);

void sim_rule_names(struct sim_invariant invariants[SIM_RULES]);

#endif
