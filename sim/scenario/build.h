#ifndef SIM_SCENARIO_BUILD_H
#define SIM_SCENARIO_BUILD_H

/*
 * From a tree to a plan, section by section, in this order: paths, nats, nodes, tunnels, traffic, timeline, expectations. Each
 * section reads its maps by rows into a struct of this header, then resolves names into indices.
 */

#include "schema.h"

struct scn_top {
    uint64_t    version, seed, epoch;
    const char *name;
    wrn_time    stop;
    uint32_t    crypto, checks;
    struct scn_node *include, *limits, *paths, *nats, *nodes, *tunnels, *traffic, *timeline, *expect, *sweep;
};

struct scn_limits {
    uint64_t peers, prefixes, window, staging, staging_share, sources, load, load_burst;
};

struct scn_path {
    const char      *extends;
    struct scn_node *up, *down;
    uint64_t         mtu;
    uint32_t         larger;
    /* Rows of a half path are read again into both halves. */
    struct sim_half  unused;
};

struct scn_nat {
    uint32_t        map, filter, refresh;
    struct sim_draw idle;
    bool            preserve, parity, hairpin, shared;
    const char     *extends, *ports, *behind, *address;
    uint16_t        first_port, last_port; /* read from ports, address */
    uint8_t         outside[4];
};

struct scn_host {
    uint32_t         role;
    uint64_t         count, keepalive_s, mtu;
    struct wrn_endpoint listen;
    const char      *path, *peer, *nat, *spoof, *host, *over;
    struct scn_skew  skew;
    int64_t          clock;
    struct scn_secret key, psk;
    uint32_t         start;
    struct scn_node *inner, *limits;
};

struct scn_tunnel {
    struct scn_node  *node, *peer, *allowed;
    uint32_t          endpoint, start;
    uint64_t          keepalive_s;
    struct scn_secret psk;
};

struct scn_flow {
    struct scn_node *from, *to, *trace;
    uint64_t         count, identity;
    struct sim_draw  send, every, on, off, request, response, think;
    bool             echo, ipv6, ecn, repeat;
    wrn_time         start, duration, timeout;
    const char      *bulk;
    uint32_t         congestion;
    /* Made of these. */
    uint32_t         kind, first, rows, largest;
    uint64_t         bytes;
};

struct scn_event {
    wrn_time         at, duration, every;
    uint32_t         act, side, types, stamp, form, mac1, change, seal, as, share;
    wrn_time         hold;
    const char      *id, *path, *split, *nat;
    struct scn_node *who, *of, *from, *to;
    bool             one_way;
    uint64_t         count, rate;
    struct wrn_endpoint address;
    struct sim_wall  wall;
    bool             counts, both, learn, update;
    struct scn_node *peer, *allowed, *allow, *disallow;
    struct scn_secret key, psk;
    const char      *endpoint;
    uint64_t         keepalive_s, port, mtu;
};

struct scn_expect {
    const char *always, *that, *sometimes, *after, *during, *because;
    wrn_time    within, at;
    uint32_t    seeds;
};

struct scn_axis { struct scn_node *set, *to; };

extern const struct scn_section scn_section_top, scn_section_limits, scn_section_path, scn_section_half, scn_section_nat,
    scn_section_node, scn_section_tunnel, scn_section_flow, scn_section_event, scn_section_expect,
    scn_section_sweep, scn_section_axis;

/* Nodes of one name: `spoke` with count 50 is spoke.1 to spoke.50. */
struct scn_group {
    const char      *name;
    uint32_t         first, count;
    bool             counted;
    struct scn_node *node;
    struct scn_host  host;
};

/* A name of nats. One box for all that are behind it, or a box of its own for each. */
struct scn_nat_kind {
    const char    *name;
    struct scn_nat nat;
    uint32_t       behind; /* kind, or SIM_NONE */
    uint32_t       box;    /* shared: 1 + its number, once there is one */
};

/* What `after:` and `during:` can name. */
struct scn_span {
    const char *name;
    wrn_time    begin, end;
    bool        open; /* lasts until something else ends it */
    uint32_t    times;
};

/* Pairs with traffic of a sort, ordered. */
#define SCN_FLOW_SETS 4u
struct scn_flowing { struct sim_pair *pairs; uint32_t count; };

struct scn_build {
    struct scn_reader reader;
    struct scn_node  *root;
    struct scn_top    top;
    struct sim_plan   plan;
    struct scn_array paths, groups, nodes, peers, sources /* of peers: struct scn_node * */, prefixes, flows, events, spans,
        expects, pairs, always, nat_kinds, nats, nat_kind_of /* of nats: uint32_t */, axes;
    bool      zip;
    struct scn_table names; /* of paths, nat kinds, boxes and groups: their numbers, by the array they are in as space */
    uint32_t  public_boxes, inner_boxes;
    struct scn_flowing flowing[SCN_FLOW_SETS]; /* any, echoed, completed, answered traffic; made when a claim asks for them */
    uint32_t *first_peer; /* node_count + 1 places: peers of node n are first_peer[n] .. first_peer[n + 1) */
};

bool scn_build_paths(struct scn_build *build);
bool scn_build_nats(struct scn_build *build);
bool scn_build_nodes(struct scn_build *build);
bool scn_build_tunnels(struct scn_build *build);
bool scn_build_traffic(struct scn_build *build);
/* Rows of a trace to the plan's numbers; `flow` gets where, and the largest packet. */
bool scn_read_traffic_trace(struct scn_reader *reader, const struct scn_node *node, struct scn_flow *flow);
bool scn_build_timeline(struct scn_build *build);

/* One event of the timeline, and what the entries about configuration add instead. */
enum scn_set_act { SCN_SET, SCN_ADD_PEER, SCN_REMOVE_PEER };

struct sim_event *scn_add_event(struct scn_build *build, const struct scn_event *raw, const char *name);
bool scn_add_settings(struct scn_build *build, const struct scn_node *map, const struct scn_event *raw, const char *name,
                      uint32_t node, enum scn_set_act act);
bool scn_build_expect(struct scn_build *build);
bool scn_build_sweep(struct scn_build *build);
/* attacks.c: what an attack has besides who, by its kind. */
bool scn_build_attack(struct scn_build *build, struct scn_node *map, const struct scn_event *raw, struct sim_event *event);

/* Remembers, and finds, the number of what has that name in one of the arrays: SIM_NONE when nothing has. */
bool     scn_remember(struct scn_build *build, const struct scn_array *array, const char *name, uint32_t number);
uint32_t scn_lookup(const struct scn_build *build, const struct scn_array *array, const char *name);

/* The path that is perfect, made when it is asked for first. False without memory. */
bool scn_ideal_path(struct scn_build *build, uint32_t *path);
/* spoke.7, or hub: as a node is called when it is alone. */
bool scn_is_node_name(const char *name);
/* The path of that name (none: the ideal one), or an error at `node`. */
bool scn_find_path(struct scn_build *build, const struct scn_node *node, const char *name, uint32_t *path);
/* The box that `text` (a name, none, or a mix) puts `owner` behind: 0, or 1 + its number. fresh: owner has none yet. */
bool scn_find_nat(struct scn_build *build, const struct scn_node *node, const char *text, const char *owner, bool fresh,
                  uint32_t *nat);
/* The kind of that name, of which there is a box. */
bool scn_nats_of_kind(struct scn_build *build, const struct scn_node *node, const char *name, uint32_t *kind);
/* Is what is behind this box (0: none) hidden from the core by translation? */
bool scn_is_hidden(const struct scn_build *build, uint32_t nat);
/* Can `from` reach `to` at the address it has where it is? */
bool scn_can_find(const struct scn_build *build, uint32_t from, uint32_t to);
/* Selectors (name, name.all, name.3, name.10-19), separated by spaces, appended to numbers as node indices. */
bool scn_select_text(struct scn_build *build, const struct scn_node *node, const char *text, uint32_t *first, uint32_t *count);
/* The same from a value: text or a list of texts. */
bool scn_select(struct scn_build *build, const struct scn_node *node, uint32_t *first, uint32_t *count);
uint32_t scn_selected(const struct scn_build *build, uint32_t place);
const struct sim_node *scn_node_at(const struct scn_build *build, uint32_t node);

/* Does `from` know a way to that node's inner address? */
bool scn_route(const struct scn_build *build, uint32_t from, uint32_t to, bool ipv6);
/* Are these two configured as peers, by either side? */
bool scn_are_peers(const struct scn_build *build, uint32_t a, uint32_t b);
bool scn_has_side(const struct scn_build *build, uint32_t node, uint32_t peer);
/* A list of prefixes, appended to the plan's. */
bool scn_read_prefixes(struct scn_build *build, const struct scn_node *list);
/* Engines have room for every allowed IP that the timeline brings. */
bool scn_grow_engines(struct scn_build *build);

/* Words of the rows `do` and `that`, with the keys that an event needs and may have; false, and null, behind the last. */
bool        scn_act(uint32_t number, const char **word, const char **needs, const char **may);
const char *scn_claim(uint32_t number);

/* The node of `key` in a map, else the map: where errors about it point. */
const struct scn_node *scn_where(const struct scn_node *map, const char *key);
/* Refuses times behind the stop. */
bool scn_before_stop(struct scn_build *build, const struct scn_node *node, const char *what, wrn_time time);
void scn_copy_name(char out[SIM_NAME_BYTES], const char *name);

#endif
