/* The rows: every key of a scenario file, once. */

#include "build.h"

#include <stddef.h>

#define ROW(shape, field, key, kind, standard, about)                                                                            \
    {.name = key, .type = kind, .offset = offsetof(struct shape, field), .fallback = standard, .doc = about}
#define RANGE(shape, field, key, kind, standard, low, high, about)                                                               \
    {.name = key,                                                                                                                \
     .type = kind,                                                                                                               \
     .offset = offsetof(struct shape, field),                                                                                    \
     .fallback = standard,                                                                                                       \
     .least = low,                                                                                                               \
     .most = high,                                                                                                               \
     .doc = about}
#define CHOICE(shape, field, key, words, standard, about)                                                                        \
    {.name = key,                                                                                                                \
     .type = SCN_T_CHOICE,                                                                                                       \
     .offset = offsetof(struct shape, field),                                                                                    \
     .fallback = standard,                                                                                                       \
     .choices = words,                                                                                                           \
     .doc = about}
#define UNBUILT(key, about) {.name = key, .type = SCN_T_NOT_BUILT, .doc = about}
#define END {.name = NULL}

#define AGE (100 * 365 * 24 * UINT64_C(3600) * WRN_SECOND)

static const struct scn_key top[] = {
    RANGE(scn_top, version, "warren", SCN_T_WHOLE, "", 1, 1, "the format version, 1; must be the first key"),
    ROW(scn_top, name, "name", SCN_T_TEXT, "unnamed", "what the scenario shows"),
    RANGE(scn_top, seed, "seed", SCN_T_WHOLE, "1", 0, INT64_MAX, "every draw and key derives from it; --seed overrides"),
    RANGE(scn_top, stop, "stop", SCN_T_DURATION, "", 1, AGE, "how long the world runs, such as 15m"),
    CHOICE(scn_top, crypto, "crypto", "real toy", "real", "real primitives, or a keyed checksum of the same shape"),
    CHOICE(scn_top, checks, "checks", "full cheap none", "full", "which invariants are checked"),
    ROW(scn_top, epoch, "epoch", SCN_T_DATE, "2026-01-01T00:00:00Z", "wall time at the start"),
    ROW(scn_top, limits, "limits", SCN_T_ANY, NULL, "sizes of every engine's tables"),
    ROW(scn_top, paths, "paths", SCN_T_ANY, NULL, "named links between a node and the core of the network"),
    ROW(scn_top, nats, "nats", SCN_T_ANY, NULL, "named kinds of boxes that translate addresses, or only filter"),
    ROW(scn_top, nodes, "nodes", SCN_T_ANY, NULL, "who is there"),
    ROW(scn_top, tunnels, "tunnels", SCN_T_ANY, NULL, "peers written out, one side per entry; nodes' 'peer' is the short form"),
    ROW(scn_top, traffic, "traffic", SCN_T_ANY, NULL, "inner packets"),
    ROW(scn_top, timeline, "timeline", SCN_T_ANY, NULL, "what happens when"),
    ROW(scn_top, expect, "expect", SCN_T_ANY, NULL, "what must hold"),
    ROW(scn_top, include, "include", SCN_T_ANY, NULL,
        "a list of files below this one's folder, with paths, nats and limits: [profiles/isp.yaml]"),
    ROW(scn_top, sweep, "sweep", SCN_T_ANY, NULL, "axes of many runs, for warren sweep: NAME: {set: PATH, to: [V1, V2]}"),
    END,
};

static const struct scn_key limits[] = {
    RANGE(scn_limits, peers, "peers", SCN_T_WHOLE, NULL, 1, 1u << 20, "peers; at least what the scenario needs [16]"),
    RANGE(scn_limits, prefixes, "prefixes", SCN_T_WHOLE, NULL, 1, 1u << 24, "allowed IPs in all [64]"),
    RANGE(scn_limits, window, "window", SCN_T_WHOLE, NULL, 128, 65536, "replay window in bits, a power of two [8192]"),
    RANGE(scn_limits, staging, "staging", SCN_T_WHOLE, NULL, 0, 1u << 16, "packets that wait for a session, all peers [128]"),
    RANGE(scn_limits, staging_share, "staging_share", SCN_T_WHOLE, NULL, 1, 1u << 16, "of these, one peer's at most [128]"),
    RANGE(scn_limits, sources, "sources", SCN_T_WHOLE, NULL, 1, 1u << 20, "rate-limited sources under load [1024]"),
    RANGE(scn_limits, load, "load", SCN_T_RATE, NULL, 0, 1000000000,
          "handshakes per second before cookies are asked for [1000pps]"),
    RANGE(scn_limits, load_burst, "load_burst", SCN_T_WHOLE, NULL, 1, 1000000000, "and how many at once [1000]"),
    END,
};

#define HALF_ROWS(shape, at) \
    ROW(shape, at delay, "delay", SCN_T_DRAW, NULL, "of each datagram [0s]"), \
    ROW(shape, at loss, "loss", SCN_T_LOSS, NULL, "which datagrams are lost [none]"), \
    ROW(shape, at duplicate, "duplicate", SCN_T_CHANCE, NULL, "how many arrive twice [none]"), \
    ROW(shape, at reorder, "reorder", SCN_T_CHANCE, NULL, "how many take 'late' longer [none]"), \
    ROW(shape, at late, "late", SCN_T_DRAW, NULL, "how much longer [uniform(1ms 20ms)]"), \
    ROW(shape, at corrupt, "corrupt", SCN_T_CORRUPT, NULL, "which datagrams arrive changed, past every checksum [none]"), \
    ROW(shape, at rate, "rate", SCN_T_BITRATE, NULL, \
        "how fast datagrams leave, outer headers counted; trace(FILE), list(MS ...): when 1504 bytes may, by mahimahi [none]"), \
    ROW(shape, at queue, "queue", SCN_T_QUEUE, NULL, "what waits for the rate, and what is dropped [droptail(1000 packets)]")

static const struct scn_key path[] = {
    ROW(scn_path, extends, "extends", SCN_T_NAME, NULL, "start from this path, defined above"),
    HALF_ROWS(scn_path, unused.),
    ROW(scn_path, up, "up", SCN_T_ANY, NULL, "away from the node, where it differs"),
    ROW(scn_path, down, "down", SCN_T_ANY, NULL, "towards the node, where it differs"),
    RANGE(scn_path, mtu, "mtu", SCN_T_WHOLE, NULL, 0, 65535, "largest datagram in bytes, 0 = any [0]"),
    CHOICE(scn_path, larger, "larger", "drop fragment", NULL, "what becomes of larger ones [drop]"),
    END,
};

static const struct scn_key half[] = {HALF_ROWS(sim_half, ), END};

static const struct scn_key nat[] = {
    ROW(scn_nat, extends, "extends", SCN_T_NAME, NULL, "start from this nat, defined above; all but its address"),
    CHOICE(scn_nat, map, "map", "endpoint address address-port none", "endpoint",
           "an outside port for each inside endpoint, or for each and a remote's address (and port); none: no translation"),
    CHOICE(scn_nat, filter, "filter", "endpoint address address-port", "address-port",
           "who may come in: anybody, an address (and port) that was sent to; IPv6 is filtered and never translated"),
    ROW(scn_nat, idle, "idle", SCN_T_DRAW, "2m", "how long what is not used is kept, drawn once per box"),
    CHOICE(scn_nat, refresh, "refresh", "outbound both", "outbound", "which packets count as use"),
    ROW(scn_nat, preserve, "preserve", SCN_T_BOOL, "true", "the inside port outside too, when it is free; else one is drawn"),
    ROW(scn_nat, parity, "parity", SCN_T_BOOL, "false", "an even port for an even one, an odd one for an odd one"),
    ROW(scn_nat, hairpin, "hairpin", SCN_T_BOOL, "false", "packets from inside to its own outside address are turned"),
    ROW(scn_nat, ports, "ports", SCN_T_TEXT, "1024-65535", "outside ports; when all are taken, nothing new goes out"),
    ROW(scn_nat, behind, "behind", SCN_T_TEXT, NULL, "another nat between this one and the core, defined above"),
    ROW(scn_nat, shared, "shared", SCN_T_BOOL, "false",
        "one box for all, instead of a box for each node; a box called KIND NODE, such as home spoke.7, is one"),
    ROW(scn_nat, address, "address", SCN_T_TEXT, NULL, "shared: its outside address [198.19.0.1 and so on]"),
    END,
};

static const struct scn_key node[] = {
    CHOICE(scn_host, role, "role", "peer attacker", "peer", "an attacker has an address and does what the timeline says"),
    RANGE(scn_host, count, "count", SCN_T_WHOLE, NULL, 1, SIM_NODES_MAX,
          "that many nodes, NAME.1 to NAME.count [one, called NAME]"),
    ROW(scn_host, listen, "listen", SCN_T_ADDRESS, NULL, "outer address and port [198.18.0.1:51820 and so on]"),
    ROW(scn_host, inner, "inner", SCN_T_ANY, NULL, "a list: its inner IPv4 and IPv6 address [10.0.0.1, fd00::1 and so on]"),
    ROW(scn_host, path, "path", SCN_T_NAME, NULL, "its path [no delay, no loss]"),
    ROW(scn_host, nat, "nat", SCN_T_TEXT, "none", "the kind of box it is behind, none, or mix(home=4 cgn=1), drawn per node"),
    ROW(scn_host, peer, "peer", SCN_T_TEXT, NULL, "the node that leads to everybody else: a tunnel with default routes"),
    ROW(scn_host, keepalive_s, "keepalive", SCN_T_SECONDS, "none", "persistent keepalive towards 'peer'"),
    ROW(scn_host, psk, "psk", SCN_T_KEY, "none", "preshared key with 'peer'"),
    ROW(scn_host, key, "key", SCN_T_KEY, "true", "private key"),
    ROW(scn_host, skew, "skew", SCN_T_SKEW, "0ppm", "how much its clocks run fast"),
    ROW(scn_host, clock, "clock", SCN_T_SHIFT, "exact", "its wall clock: exact, none, or how far off"),
    RANGE(scn_host, mtu, "mtu", SCN_T_WHOLE, "1420", 68, 65535, "of the inner interface"),
    CHOICE(scn_host, start, "start", "up down", "up", "down: until the timeline says up"),
    ROW(scn_host, limits, "limits", SCN_T_ANY, NULL, "its own, over the scenario's"),
    ROW(scn_host, host, "host", SCN_T_NAME, NULL,
        "another interface of that node's host, defined above: its path, box, clock and address, a port of its own"),
    ROW(scn_host, over, "over", SCN_T_NAME, NULL,
        "nested: an interface of the same host, defined above, whose inner packets its datagrams are; mtu [80 less]"),
    ROW(scn_host, spoof, "spoof", SCN_T_TEXT, NULL, "an attacker: its floods claim to come from there, such as 198.51.100.0/24"),
    END,
};

static const struct scn_key tunnel[] = {
    ROW(scn_tunnel, node, "node", SCN_T_ANY, "", "whose side this is: a selector"),
    ROW(scn_tunnel, peer, "peer", SCN_T_ANY, "", "the other side: a selector"),
    ROW(scn_tunnel, allowed, "allowed", SCN_T_ANY, NULL, "a list of prefixes [the peer's inner addresses]"),
    CHOICE(scn_tunnel, endpoint, "endpoint", "none known", "known",
           "does this side know the other's address at the start? [unless the other is behind a nat]"),
    ROW(scn_tunnel, keepalive_s, "keepalive", SCN_T_SECONDS, "none", "persistent keepalive"),
    CHOICE(scn_tunnel, start, "start", "present absent", "present", "absent: until the timeline adds it"),
    ROW(scn_tunnel, psk, "psk", SCN_T_KEY, "none", "preshared key; true is the same on both sides"),
    END,
};

static const struct scn_key flow[] = {
    ROW(scn_flow, from, "from", SCN_T_ANY, "", "a selector: hub, spoke.3, spoke.10-19, spoke.all"),
    ROW(scn_flow, to, "to", SCN_T_ANY, "", "a selector"),
    ROW(scn_flow, send, "send", SCN_T_SIZES, NULL,
        "size of the inner packet, its IP header included; of the largest with request and bulk [their mtu]"),
    ROW(scn_flow, every, "every", SCN_T_DRAW, NULL, "time between packets"),
    ROW(scn_flow, on, "on", SCN_T_DRAW, NULL, "with every: how long a burst lasts [always]"),
    ROW(scn_flow, off, "off", SCN_T_DRAW, NULL, "with every: and the silence behind it"),
    ROW(scn_flow, echo, "echo", SCN_T_BOOL, "false", "the receiver sends each packet back"),
    ROW(scn_flow, ecn, "ecn", SCN_T_BOOL, "false", "capable of ECN: queues may mark it"),
    ROW(scn_flow, ipv6, "ipv6", SCN_T_BOOL, "false", "inner IPv6"),
    ROW(scn_flow, request, "request", SCN_T_SIZES, NULL, "bytes of a request, in as many packets as it takes, instead of every"),
    ROW(scn_flow, response, "response", SCN_T_SIZES, NULL, "request: bytes of the answer"),
    ROW(scn_flow, think, "think", SCN_T_DRAW, "1s", "request: time from an answer to the next request"),
    RANGE(scn_flow, timeout, "timeout", SCN_T_DURATION, "10s", 1, AGE, "request: how long it waits for an answer"),
    ROW(scn_flow, bulk, "bulk", SCN_T_TEXT, NULL,
        "a transfer of that size such as 10MB, or unlimited: as fast as congestion control lets it, instead of every"),
    CHOICE(scn_flow, congestion, "congestion", "cubic reno", "cubic", "bulk: how its window grows"),
    ROW(scn_flow, trace, "trace", SCN_T_ANY, NULL,
        "a file, each line a time in ms, a size in bytes and perhaps back, or a list such as [0ms 200B, 12ms 1400B back]"),
    ROW(scn_flow, repeat, "repeat", SCN_T_BOOL, "false", "trace: over and over; the last time is the length of a round"),
    ROW(scn_flow, start, "start", SCN_T_DURATION, "0s", "when it begins"),
    RANGE(scn_flow, duration, "for", SCN_T_DURATION, NULL, 1, AGE, "how long [to the end]"),
    RANGE(scn_flow, count, "count", SCN_T_WHOLE, NULL, 1, UINT32_MAX, "how many packets or requests at most [no limit]"),
    RANGE(scn_flow, identity, "identity", SCN_T_WHOLE, NULL, 0, UINT32_MAX,
          "a number that its draws are keyed by [the words of from and to, and how many entries before have the same]"),
    END,
};

static const struct scn_key event[] = {
    ROW(scn_event, at, "at", SCN_T_DURATION, "", "when it happens, such as 2m30s"),
    CHOICE(scn_event, act, "do",
           "drop partition heal path roam down up crash reboot record replay nat-reboot flood clock-step suspend pause resume set "
           "add-peer remove-peer tamper delay steal misbehave compromise", "",
           "what happens, such as roam"),
    ROW(scn_event, id, "id", SCN_T_NAME, NULL, "its name for expectations [the word of 'do']"),
    ROW(scn_event, who, "who", SCN_T_ANY, NULL, "a selector"),
    RANGE(scn_event, duration, "for", SCN_T_DURATION, NULL, 1, AGE, "how long"),
    ROW(scn_event, path, "path", SCN_T_NAME, NULL, "path, roam: the new path"),
    ROW(scn_event, address, "address", SCN_T_ADDRESS, NULL, "roam: the new outer address [a fresh one]"),
    ROW(scn_event, nat, "nat", SCN_T_TEXT, NULL,
        "roam: the box it is behind from then on, or none [the same]; nat-reboot: all boxes of that name"),
    ROW(scn_event, split, "split", SCN_T_TEXT, NULL, "partition: two groups, such as spoke.10-19 | hub"),
    ROW(scn_event, one_way, "one_way", SCN_T_BOOL, "false", "partition: only from the first group to the second"),
    CHOICE(scn_event, side, "side", "up down", "up", "drop: datagrams leaving (up) or reaching (down) the node"),
    ROW(scn_event, types, "types", SCN_T_TYPES, "all",
        "drop and attackers: all, handshake, or words of initiation response cookie data"),
    RANGE(scn_event, count, "count", SCN_T_WHOLE, NULL, 1, UINT32_MAX,
          "drop, misbehave: how many [1]; replay, tamper, delay: how many [all]"),
    ROW(scn_event, of, "of", SCN_T_ANY, NULL,
        "record, tamper, delay, steal: whose datagrams; compromise: whose keys and memory, a selector"),
    RANGE(scn_event, every, "every", SCN_T_DURATION, "10ms", 1, AGE, "replay, misbehave: time between datagrams"),
    CHOICE(scn_event, stamp, "stamp", "keep lose", "keep", "reboot: is the newest timestamp stored?"),
    ROW(scn_event, wall, "clock", SCN_T_WALL, NULL,
        "clock-step, reboot: how the wall clock jumps, such as +1h, a quoted date, or (reboot) none [it runs on]"),
    ROW(scn_event, peer, "peer", SCN_T_ANY, NULL, "set, add-peer, remove-peer: which peer of the node, a selector"),
    ROW(scn_event, key, "key", SCN_T_KEY, NULL, "set: a private key: true (a fresh one), none or base64"),
    ROW(scn_event, update, "update", SCN_T_BOOL, "false", "set key: all peers have the new public key in the same instant"),
    ROW(scn_event, learn, "learn", SCN_T_BOOL, "false", "set peer: its public key as it is now"),
    ROW(scn_event, psk, "psk", SCN_T_KEY, NULL, "set peer: the preshared key: true (a fresh one), none or base64"),
    ROW(scn_event, both, "both", SCN_T_BOOL, "false", "set psk: on the peer's side too"),
    ROW(scn_event, endpoint, "endpoint", SCN_T_TEXT, NULL, "set peer: its address, current (where it is), or none: forgotten"),
    ROW(scn_event, allowed, "allowed", SCN_T_ANY, NULL, "set peer: a list of prefixes, all that it has from then on"),
    ROW(scn_event, allow, "allow", SCN_T_ANY, NULL, "set peer: a list of prefixes, these too; another peer's move"),
    ROW(scn_event, disallow, "disallow", SCN_T_ANY, NULL, "set peer: a list of prefixes that it has no longer"),
    ROW(scn_event, keepalive_s, "keepalive", SCN_T_SECONDS, NULL, "set peer: persistent keepalive"),
    RANGE(scn_event, port, "port", SCN_T_WHOLE, NULL, 1, 65535, "set: the outer port that it sends from and listens on"),
    RANGE(scn_event, mtu, "mtu", SCN_T_WHOLE, NULL, 68, 65535, "set: of the inner interface"),
    ROW(scn_event, counts, "counts", SCN_T_BOOL, "true", "suspend: the node's monotonic clock counts its sleep"),
    CHOICE(scn_event, form, "kind", "garbage initiation response cookie data", "initiation", "flood: noise in that form"),
    CHOICE(scn_event, mac1, "mac1", "invalid valid", "valid", "flood: of initiations and responses; valid takes no secret"),
    RANGE(scn_event, rate, "rate", SCN_T_RATE, NULL, 1, SIM_FLOOD_MOST, "flood, steal: how fast, such as 20kpps"),
    ROW(scn_event, from, "from", SCN_T_ANY, NULL, "flood: the attacker, a selector"),
    ROW(scn_event, to, "to", SCN_T_ANY, NULL,
        "flood, replay, misbehave: the peers it goes to, in turn; steal: the one, a selector"),
    CHOICE(scn_event, change, "change", "any flip run truncate extend type receiver sender counter mac1 mac2", "any",
           "tamper: a bit, up to 32 bytes, the length, or a field; any is drawn"),
    ROW(scn_event, share, "share", SCN_T_CHANCE, "100%", "tamper, delay: of how many"),
    RANGE(scn_event, hold, "hold", SCN_T_DURATION, NULL, 1, AGE, "delay: how long"),
    CHOICE(scn_event, as, "as", "self sender port", "self",
           "replay, delay: from whose address; steal: sender is the victim, port another port of it"),
    CHOICE(scn_event, seal, "seal", "any source version length short jump old limit", "any",
           "misbehave: a foreign inner source, a bad version or length, or a counter far ahead, used, or not allowed"),
    END,
};

static const struct scn_key expect[] = {
    ROW(scn_expect, always, "always", SCN_T_TEXT, NULL, "safety.all, liveness.all or one invariant such as S4"),
    ROW(scn_expect, that, "that", SCN_T_TEXT, NULL, "a claim such as delivered(spoke.all->hub) >= 90%"),
    ROW(scn_expect, sometimes, "sometimes", SCN_T_TEXT, NULL, "mark.NAME: passed at least once"),
    RANGE(scn_expect, within, "within", SCN_T_DURATION, NULL, 1, AGE, "how long the claim has to come true"),
    ROW(scn_expect, after, "after", SCN_T_TEXT, NULL, "from the end of that event, or from that time"),
    ROW(scn_expect, during, "during", SCN_T_TEXT, NULL, "an event with 'for', or a window such as 9m30s..stop"),
    ROW(scn_expect, at, "at", SCN_T_DURATION, NULL, "at that time"),
    ROW(scn_expect, seeds, "seeds", SCN_T_SHARE, NULL,
        "in what share of many seeds it must hold, such as 95%; 0% measures only [it must hold in every run]"),
    ROW(scn_expect, because, "because", SCN_T_TEXT, NULL, "for readers"),
    END,
};

static const struct scn_key sweep[] = {
    {.name = "zip", .type = SCN_T_BOOL, .fallback = "false", .doc = "the lists go side by side, instead of each value with each"},
    END,
};

static const struct scn_key axis[] = {
    ROW(scn_axis, set, "set", SCN_T_ANY, NULL, "what varies: a path as --set takes it, or a list of paths that get the same value"),
    ROW(scn_axis, to, "to", SCN_T_ANY, NULL, "a list of its values"),
    END,
};

const struct scn_section scn_section_top = {"scenario", top};
const struct scn_section scn_section_limits = {"limits", limits};
const struct scn_section scn_section_path = {"path", path};
const struct scn_section scn_section_half = {"half path", half};
const struct scn_section scn_section_nat = {"nat", nat};
const struct scn_section scn_section_node = {"node", node};
const struct scn_section scn_section_tunnel = {"tunnel", tunnel};
const struct scn_section scn_section_flow = {"traffic", flow};
const struct scn_section scn_section_event = {"timeline", event};
const struct scn_section scn_section_expect = {"expect", expect};
const struct scn_section scn_section_sweep = {"sweep", sweep};
const struct scn_section scn_section_axis = {"axis", axis};

const struct scn_section scn_sections[] = {
    {"scenario", top}, {"limits", limits}, {"path", path},       {"nat", nat},       {"node", node}, {"tunnel", tunnel},
    {"traffic", flow}, {"timeline", event}, {"expect", expect}, {"sweep", sweep},
    {"axis", axis},    {NULL, NULL},
};
