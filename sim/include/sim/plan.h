#ifndef SIM_PLAN_H
#define SIM_PLAN_H

/*
 * A plan: one world, fully resolved.
 *
 * Flat arrays, indices instead of names, no defaults left to fill in: what a scenario file means, without the library that reads
 * such files. A plan has one binary form, the same on every machine, so that a world compiled here runs on an emulated CPU that
 * has nothing but the simulator. Arrays belong to whoever made the plan; the simulator copies nothing and keeps the plan until
 * the world ends.
 *
 * Every draw of a world is keyed by identity: by the names of nodes and by `identity` of a flow, never by a position in an array.
 * Leaving out a node, a flow or a fault changes no other draw.
 */

#include "warren/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SIM_NAME_BYTES 48u /* terminating zero included */
#define SIM_TEXT_BYTES 160u
#define SIM_NONE UINT32_MAX /* no such node, path, ... */

/* Bounds of a plan; sim_plan_check refuses more. */
#define SIM_NODES_MAX (1u << 20)
#define SIM_ITEMS_MAX (1u << 22) /* of every other array */

/* A probability in 1/2^32; SIM_CERTAIN stands for one. */
#define SIM_CERTAIN UINT32_MAX

/* A duration drawn anew each time, in ns. Integers only: all but the first two go through tables. */
enum sim_draw_kind {
    SIM_FIXED,       /* a */
    SIM_UNIFORM,     /* a <= x < b; a when b <= a */
    SIM_NORMAL,      /* mean a, standard deviation b, never below zero */
    SIM_EXPONENTIAL, /* mean a */
    SIM_PARETO,      /* least a, shape b in thousandths (1000 .. 100000); cut at 65536 a. a <= 2^42 */
    SIM_DRAW_KINDS
};

struct sim_draw {
    uint32_t kind;
    uint64_t a, b;
};

/* Which datagrams of a half path are lost. Datagrams are counted from 1. */
enum sim_loss_kind {
    SIM_LOSS_NONE,
    SIM_LOSS_CHANCE,  /* each with `chance` */
    SIM_LOSS_LIST,    /* those numbered in numbers[first .. first + count) */
    SIM_LOSS_PATTERN, /* of every m, the first n */
    SIM_LOSS_GILBERT, /* Gilbert-Elliott: before each datagram good turns bad with `chance`, bad good with `recover` */
    SIM_LOSS_KINDS
};

struct sim_loss {
    uint32_t kind;
    uint32_t chance;
    uint32_t first, count;
    uint32_t n, m;
    uint32_t recover, good, bad; /* good, bad: chance of loss in that state */
};

/* Changed on the way: with `chance` a run of bits, the first turned over, each other one as it is drawn. Past every checksum. */
struct sim_corrupt { uint32_t chance, bits; };

/* How fast datagrams leave, outer headers (28 bytes, IPv6: 48) counted. ps_per_byte, or the moments at which 1504 bytes may go:
 * numbers[first .. first + count), in ms, ascending, over and over; the last one is the length of a round. Neither: at once. */
#define SIM_SLOWEST_PS UINT64_C(8000000000000) /* 1 bit per second */

struct sim_rate {
    uint64_t ps_per_byte;
    uint32_t first, count;
};

/* What waits for a slow link, and which of it is dropped. */
enum sim_discipline { SIM_DROPTAIL, SIM_CODEL, SIM_FQ_CODEL, SIM_DISCIPLINES };

#define SIM_INTERVAL_MOST (4 * WRN_SECOND)

struct sim_queue_rule {
    uint32_t kind;
    uint32_t packets;          /* limits; 0 = none */
    uint64_t bytes;            /* outer headers counted */
    wrn_time target, interval; /* not of droptail; 0 < target <= interval */
    bool     ecn;              /* mark what is capable of ECN where CoDel would drop it */
};

/* One direction between a node and the core of the network, which is ideal. In this order: loss, queue, rate, corruption, delay,
 * duplicates. */
struct sim_half {
    struct sim_draw delay;
    struct sim_loss loss;
    uint32_t        duplicate; /* chance that a datagram arrives twice */
    uint32_t        reorder;   /* chance that it takes `late` longer */
    struct sim_draw late;
    struct sim_corrupt corrupt;
    struct sim_rate rate;
    struct sim_queue_rule queue; /* of no meaning without a rate */
};

struct sim_path {
    char            name[SIM_NAME_BYTES];
    struct sim_half up, down; /* away from the node, towards it */
    uint32_t        mtu;      /* of datagrams, outer headers not counted; larger ones are dropped. 0 = any */
    bool            fragment; /* instead: they go in pieces, each with its delay and chance of loss, and wait for the last one */
};

/* What of the remote a mapping, or a permission to come in, is made for (RFC 4787 sections 4.1 and 5). */
enum sim_nat_depends { SIM_NAT_ENDPOINT, SIM_NAT_ADDRESS, SIM_NAT_ADDRESS_PORT, SIM_NAT_NONE /* map: no translation at all */ };
enum sim_nat_refresh { SIM_NAT_OUTBOUND, SIM_NAT_BOTH };

/* A box where the paths of the nodes behind it meet the core, or the next box: it translates IPv4 and is a stateful firewall for
 * IPv6, by the same rules. One box is one row; a kind of box that every spoke has is a row per spoke. */
struct sim_nat {
    char            name[2 * SIM_NAME_BYTES]; /* unique: the identity of its draws; "cgn", "home spoke.7" */
    uint32_t        behind;               /* 0: the core; else 1 + the number of an earlier box */
    uint32_t        map, filter;          /* filter endpoint: anyone may speak to what is mapped */
    uint32_t        refresh;
    struct sim_draw idle;                 /* drawn once per box */
    bool            preserve;             /* the inside port, when it is free; else one is drawn */
    bool            parity;               /* even for even, odd for odd, while there are any */
    bool            hairpin;
    uint16_t        first_port, last_port;
    uint8_t         address[4];           /* outside; unique, no node's; not used by map none */
};

enum sim_role {
    SIM_ROLE_PEER,     /* hosts an engine */
    SIM_ROLE_ATTACKER, /* has an address and a path, and does only what the timeline says */
    SIM_ROLES
};

struct sim_node {
    char                name[SIM_NAME_BYTES]; /* unique: "hub", "spoke.7" */
    uint32_t            role;
    uint32_t            path;
    uint32_t            nat;      /* 0: none; else 1 + the number of the box it is behind */
    struct wrn_endpoint outer;    /* unique address and port, inside its box; its `host` is zero */
    uint8_t             inner4[4], inner6[16];
    bool                has_inner4, has_inner6;
    bool                starts_down; /* the engine is up only after SIM_DO_UP */
    bool                has_clock;   /* knows wall time: the plan's epoch + clock_offset_ns */
    uint16_t            mtu;         /* of the inner interface */
    int64_t             clock_offset_ns;
    int32_t             skew_ppb;    /* the node's clocks run this much faster; at most 1,000,000 either way */
    uint8_t             private_key[32];
    uint32_t            load_rate, load_burst;
    struct wrn_limits   limits; /* lanes is 1 */
    uint32_t            host;   /* 0: its own; else 1 + an earlier node with its own, of which this is another interface: they
                                 * share path, box, clock and outer address */
    uint32_t            over;   /* 0: none; else 1 + the interface of its host, an earlier one, whose inner packets carry its
                                 * datagrams: `outer` is an inner address of that one, and it is behind no box */
    struct wrn_prefix   spoof;  /* an attacker's floods claim to come from there; family 0: from its own address */
};

/* One node's configuration of one peer: a direction of a tunnel, as it is at the start. Every pair that is ever configured has a
 * row. */
struct sim_peer {
    uint32_t node, peer;
    bool     has_psk, endpoint_known;
    bool     absent; /* at the start: SIM_SET_ADD adds it */
    uint8_t  psk[32];
    uint16_t keepalive_s;
    uint32_t first_prefix, prefix_count; /* allowed IPs in prefixes[] */
};

/* Inner UDP packets from one node to another's inner address, each with an id and a random canary. Bytes are those of inner
 * packets, IP headers included. */
#define SIM_INNER_LEAST4 60u /* the smallest inner packets that hold both */
#define SIM_INNER_LEAST6 80u
#define SIM_INNER_MOST 65000u
#define SIM_MESSAGE_MOST (1u << 20)      /* bytes of one request or answer */
#define SIM_BULK_MOST (UINT64_C(1) << 40) /* bytes of one transfer */

enum sim_flow_kind {
    SIM_FLOW_PACKETS,  /* one after another, `every`; within bursts, if `on` is not zero */
    SIM_FLOW_REQUESTS, /* a request, its answer or `timeout`, `every` to think, the next one */
    SIM_FLOW_BULK,     /* as fast as a congestion window lets it; acknowledgements come back */
    SIM_FLOW_TRACE,    /* what numbers[] says: `rows` pairs of a time in ns since `start`, and 2 * size, + 1 when it goes back */
    SIM_FLOW_KINDS
};

enum sim_congestion { SIM_CUBIC, SIM_RENO, SIM_CONGESTIONS };

struct sim_flow {
    uint32_t        identity; /* tells flows between the same two nodes apart in draws; not a position */
    uint32_t        from, to;
    uint32_t        size;     /* of the inner packet; the largest, where sizes differ */
    bool            ipv6, echo; /* echo: the receiver sends each packet back, same size */
    bool            ecn;        /* capable of ECN: ECT(0), and so is what carries it */
    struct sim_draw every;    /* a fixed one sends its first packet at `start`, others after one draw */
    wrn_time        start, stop; /* no packet at or after stop, but for answers */
    uint64_t        count;    /* of packets, or of requests; 0 = no limit */
    uint32_t        kind;
    struct sim_draw sizes;    /* packets: in bytes, drawn for each; a is 0: all have `size` */
    struct sim_draw on, off;  /* packets: how long a burst and the silence behind it last; on.a is 0: always on */
    struct sim_draw request, response; /* requests: in bytes, as many packets as it takes */
    wrn_time        timeout;  /* requests: then the next one, answered or not */
    uint64_t        bytes;    /* bulk: in all; 0 = until it stops */
    uint32_t        congestion; /* bulk */
    uint32_t        first, rows; /* trace */
    bool            repeat;   /* trace: over and over; the last row's time is the length of a round */
};

enum sim_do {
    SIM_DO_DROP_NEXT, /* node, side, type, count: lose the next `count` datagrams of that type on that half path */
    SIM_DO_PARTITION, /* group a, group b: nothing passes between them until `until`; one_way: only a to b is cut */
    SIM_DO_HEAL,      /* all partitions end */
    SIM_DO_PATH,      /* node, path: from now on that path */
    SIM_DO_ROAM,      /* node, address, path (or SIM_NONE), nat: a new outer address */
    SIM_DO_DOWN,      /* node: the interface goes down */
    SIM_DO_UP,        /* node */
    SIM_DO_CRASH,     /* node: the engine is gone, with everything it knew */
    SIM_DO_RESTART,   /* node: crash, if still running, and start again; keep_stamp: with the stored timestamp; wall */
    SIM_DO_RECORD,    /* node (an attacker), group a, types, until: keeps a copy of every datagram to or from group a */
    SIM_DO_REPLAY,    /* node (an attacker), types, every, count, as: sends what it has to where it went, or to group a in turn */
    SIM_DO_NAT_REBOOT, /* nat, or (0) node: that box, or the one the node is behind, forgets everything */
    SIM_DO_FLOOD,      /* node (an attacker), group a, types (one), mac1, rate, until: noise of that form, to each in turn */
    SIM_DO_CLOCK,      /* node, wall: its wall clock jumps */
    SIM_DO_SUSPEND,    /* node, counts: the machine sleeps; nothing reaches it */
    SIM_DO_PAUSE,      /* node: its process stands still; what arrives waits, as much as its host keeps */
    SIM_DO_RESUME,     /* node: neither any more */
    SIM_DO_SET,        /* node, set, and what that takes: a change of its configuration */
    SIM_DO_TAMPER,     /* node (an attacker), group a, types, change (enum sim_change), chance, count, until: alters what passes
                        * to or from group a */
    SIM_DO_DELAY,      /* the same with every and as, without change: holds it for `every`, then lets it go */
    SIM_DO_THIEF,      /* node (an attacker), group a (one), group b, types (initiation), mac1, as, rate, until: floods group a
                        * with initiations that show the cookies it gave to group b, read on the way */
    SIM_DO_MISBEHAVE,  /* node (a peer), group a, change (enum sim_seal), every, count: seals what no honest engine would */
    SIM_DO_COMPROMISE, /* node (an attacker), group a: gets their keys and memory, and tries them on what it recorded (S24) */
    SIM_DO_KINDS
};

/* What a tamperer alters. A message without that field has a bit flipped instead. */
enum sim_change {
    SIM_CHANGE_ANY, /* drawn each time */
    SIM_CHANGE_FLIP, /* one bit */
    SIM_CHANGE_RUN,  /* up to 32 bytes */
    SIM_CHANGE_TRUNCATE,
    SIM_CHANGE_EXTEND,
    SIM_CHANGE_TYPE, /* and on: a field takes another value */
    SIM_CHANGE_RECEIVER,
    SIM_CHANGE_SENDER,
    SIM_CHANGE_COUNTER,
    SIM_CHANGE_MAC1,
    SIM_CHANGE_MAC2,
    SIM_CHANGES
};

/* What a peer gone bad seals. */
enum sim_seal {
    SIM_SEAL_ANY,
    SIM_SEAL_SOURCE,  /* from an inner address that is not its own at the receiver */
    SIM_SEAL_VERSION, /* neither IPv4 nor IPv6 */
    SIM_SEAL_LENGTH,  /* a length that the packet does not have */
    SIM_SEAL_SHORT,   /* less than a header */
    SIM_SEAL_JUMP,    /* nothing, under a counter far ahead */
    SIM_SEAL_OLD,     /* under one that was used */
    SIM_SEAL_LIMIT,   /* under one that no engine may use */
    SIM_SEALS
};

/* Whose address an attacker sends from. */
enum sim_as {
    SIM_AS_SELF,
    SIM_AS_SENDER, /* of what it copied or held; whose cookie it shows */
    SIM_AS_PORT,   /* the same, but the next port; SIM_DO_THIEF only */
    SIM_AS_KINDS
};

/* What happens to a whole machine: all interfaces of that host. */
static inline bool sim_is_of_host(uint32_t kind)
{
    return kind == SIM_DO_CRASH || kind == SIM_DO_RESTART || (kind >= SIM_DO_CLOCK && kind <= SIM_DO_RESUME);
}

enum sim_side { SIM_UP, SIM_DOWN };

/* What becomes of a wall clock. It never shows a time before 1970. */
enum sim_wall_kind {
    SIM_WALL_KEPT,
    SIM_WALL_SHIFTED, /* by shift_ns; one that shows nothing stays so */
    SIM_WALL_SET,     /* to date_s, seconds since 1970: also how a node without a clock learns the time */
    SIM_WALL_NONE,    /* the node does not know it: only of a new engine */
    SIM_WALL_KINDS
};

struct sim_wall {
    uint32_t kind;
    int64_t  shift_ns;
    uint64_t date_s;
};

/* Changes of a running configuration. What a node that crashes knows of them is what it starts with again. */
enum sim_set {
    SIM_SET_ADD,       /* peer: as its row says, with the public key that the peer has now */
    SIM_SET_REMOVE,    /* peer */
    SIM_SET_KEY,       /* key: the node's own private key; zeros: none */
    SIM_SET_PEER_KEY,  /* peer: its public key as it is now, a new peer to the engine, configured as the old one was */
    SIM_SET_PSK,       /* peer, key; zeros: none */
    SIM_SET_ENDPOINT,  /* peer, address; family 0: forgotten */
    SIM_SET_REPLACE,   /* peer, prefixes: all its allowed IPs */
    SIM_SET_ALLOW,     /* peer, prefixes: these too, whosever they were */
    SIM_SET_DISALLOW,  /* peer, prefixes: not these */
    SIM_SET_KEEPALIVE, /* peer, value: seconds */
    SIM_SET_PORT,      /* value: the node sends and listens there */
    SIM_SET_MTU,       /* value: of the inner interface */
    SIM_SETS
};

/* What a host keeps for a process that stands still: datagrams in its socket, and as many packets in its tunnel's queue. */
#define SIM_WAITING_MOST 256u

/* Message types as a mask: bit n for type n; any other first byte is bit 0. */
#define SIM_TYPES_ALL 31u
#define SIM_TYPES_HANDSHAKE 6u
#define SIM_FLOOD_MOST 10000000u /* datagrams per second */

struct sim_event {
    char                name[SIM_NAME_BYTES]; /* for messages */
    wrn_time            at, until;            /* until: WRN_NEVER = to the end */
    uint32_t            kind;
    uint32_t            node, path;
    uint32_t            nat;     /* as a node's; SIM_DO_ROAM: SIM_NONE = stays behind the same box */
    uint32_t            side;
    uint32_t            types;   /* mask */
    uint32_t            count;   /* 0 with SIM_DO_REPLAY: all of them */
    wrn_time            every;   /* between replayed datagrams */
    bool                one_way, keep_stamp;
    uint32_t            first_a, count_a, first_b, count_b; /* groups: node indices in numbers[] */
    struct wrn_endpoint address;
    uint32_t            rate; /* datagrams per second */
    bool                mac1; /* valid, for who knows the receiver's public key; else it is noise too */
    uint32_t            change, chance, as;
    struct sim_wall     wall;
    bool                counts; /* SIM_DO_SUSPEND: the node's monotonic clock counts its sleep, as CLOCK_BOOTTIME does */
    uint32_t            set, peer, value;             /* SIM_DO_SET; peer: a node */
    uint32_t            first_prefix, prefix_count;   /* in prefixes[] */
    uint8_t             key[32];
};

/* What the scenario claims. Times are a window [begin, end]; pairs are pairs[first .. first + count). */
enum sim_expect_kind {
    SIM_EXPECT_DELIVERED,   /* inner packets of the pairs' flows sent in the window, delivered at the far end (count or share) */
    SIM_EXPECT_ECHOED,      /* the same, and back */
    SIM_EXPECT_UP,          /* every pair: `to` accepts transport data of `from` in the window; negated: no pair does */
    SIM_EXPECT_SESSION,     /* every pair: at `end`, `from` has a session to send to `to` with; negated: no pair */
    SIM_EXPECT_HANDSHAKES,  /* completed in the window with `from` as initiator, all pairs together */
    SIM_EXPECT_INITIATIONS, /* sent in the window by `from` to `to`, all pairs together */
    SIM_EXPECT_GAVE_UP,     /* times that `from` gave up on `to` in the window */
    SIM_EXPECT_DATAGRAMS,   /* sent in the window by `from` to `to`, all pairs together */
    SIM_EXPECT_MARK,        /* times the mark `name` was passed, in the whole run */
    SIM_EXPECT_COMPLETED,   /* requests and transfers begun in the window that were completed (count or share) */
    SIM_EXPECT_GOODPUT,     /* bits per second: new bytes of the pairs' flows that arrive in the window, over its length */
    SIM_EXPECT_LATENCY,     /* ns that `part` of the delivered packets sent in the window took at most, one way */
    SIM_EXPECT_RESPONSE,    /* the same of what comes back: answers of requests begun in the window, echoes; whole transfers */
    SIM_EXPECT_KINDS
};

enum sim_compare { SIM_AT_LEAST, SIM_AT_MOST, SIM_EQUAL, SIM_MORE, SIM_LESS, SIM_COMPARES };

struct sim_expect {
    char     text[SIM_TEXT_BYTES]; /* as written */
    char     name[SIM_NAME_BYTES]; /* of the mark */
    uint32_t kind, compare;
    bool     negated;
    bool     share;  /* `value` is a share in millionths of what was sent, else a number */
    bool     of_seeds; /* a claim about many worlds that differ in their seed: it fails none of them alone */
    uint32_t seeds;  /* then it must hold in at least this share of them, in millionths, below all of them; else 0 */
    uint64_t value;  /* not used by UP and SESSION */
    uint32_t part;   /* LATENCY, RESPONSE: in millionths; 500000 is the median */
    wrn_time begin, end;
    uint32_t first, count;
};

struct sim_pair { uint32_t from, to; };

enum sim_crypto { SIM_CRYPTO_REAL, SIM_CRYPTO_TOY };
enum sim_checks { SIM_CHECKS_FULL, SIM_CHECKS_CHEAP, SIM_CHECKS_NONE };

struct sim_plan {
    char     name[SIM_TEXT_BYTES];
    uint64_t seed;
    wrn_time stop;
    uint64_t epoch_s; /* wall time at the start, seconds since 1970 */
    uint32_t crypto;  /* toy: see sim/toy.h */
    uint32_t checks;

    const struct sim_path *paths;
    const struct sim_node *nodes;
    const struct sim_peer *peers; /* ordered by node */
    const struct wrn_prefix *prefixes;
    const struct sim_flow *flows;
    const struct sim_event *events; /* any order; equal times happen in array order, before packets of that instant */
    const struct sim_expect *expects;
    const struct sim_pair *pairs;
    const uint64_t *numbers; /* loss lists (ascending) and groups */
    const struct sim_nat *nats;
    uint32_t path_count, node_count, peer_count, prefix_count, flow_count, event_count, expect_count, pair_count, number_count,
        nat_count;
};

/* A reason, as a sentence, and the place: "peer 3: its node does not exist". */
struct sim_message { char text[SIM_TEXT_BYTES]; };

/* Memory for what the simulator makes. take returns null when there is none; give gets back what take gave, with its size. */
struct sim_host {
    void *context;
    void *(*take)(void *context, size_t size);
    void (*give)(void *context, void *memory, size_t size);
};

/* Is every index, enumeration, name and bound in order? What is accepted here runs. */
bool sim_plan_check(const struct sim_plan *plan, struct sim_message *message);

/* The binary form: fixed width, little-endian, with a version. Returns its size; writes it when `size` suffices. */
size_t sim_plan_encode(const struct sim_plan *plan, uint8_t *out, size_t size);

/* Needs   bytes of any origin.
 * Gives   a plan that sim_plan_check accepts; its arrays come from the host, in one block.
 * Keeps   nothing of bytes.
 * Fails   with a message, and nothing taken: not a plan, another version, cut short, bytes left over, a refused value. */
bool sim_plan_decode(struct sim_plan *plan, const uint8_t *bytes, size_t size, const struct sim_host *host,
                     struct sim_message *message);
void sim_plan_release(struct sim_plan *plan, const struct sim_host *host); /* of a decoded plan only */

#ifdef __cplusplus
}
#endif

#endif
