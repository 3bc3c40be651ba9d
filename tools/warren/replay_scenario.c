/*
 * warren replay --to-scenario: a capture as a world. Who talks to whom, and the inner packets at their times, in their sizes;
 * paths with the delay and the loss that the capture can tell.
 */

#define _POSIX_C_SOURCE 200809L

#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "decrypt.h"
#include "reader.h"
#include "replay_ways.h"

#define NAME "warren replay"
#define NODES 1024u
#define FLOWS 4096u
#define PENDING 256u /* datagrams whose arrival at another interface is waited for */

struct node { uint8_t key[32]; uint32_t interface; };

struct packet { uint64_t time_ns; uint32_t size; bool back; };

struct flow {
    uint32_t       from, to;
    bool           ipv6, preshared;
    struct packet *packets;
    size_t         count, room;
};

struct pending { uint8_t tag[16]; uint64_t time_ns; struct way *way; };

struct world {
    const struct replay_request *request;
    struct node    nodes[NODES];
    struct flow    flows[FLOWS];
    struct pending pending[PENDING];
    struct ways    ways;
    struct way_path paths[NODES];
    uint32_t       node_count, flow_count, next_pending;
    bool           any;
    uint64_t       first_ns, last_ns, clamped, refused;
};

static uint32_t node_of(struct world *world, const uint8_t *key, uint32_t interface)
{
    for (uint32_t i = 0; i < world->node_count; i++)
        if (memcmp(world->nodes[i].key, key, 32) == 0)
            return i;
    if (world->node_count == NODES)
        usage_error(NAME, "%s: more than %u nodes; a smaller capture", world->request->path, NODES);
    memcpy(world->nodes[world->node_count].key, key, 32);
    world->nodes[world->node_count].interface = interface;
    return world->node_count++;
}

/* The flow between two nodes; `*back` when it began the other way. */
static struct flow *flow_of(struct world *world, uint32_t from, uint32_t to, bool ipv6, bool *back)
{
    for (uint32_t i = 0; i < world->flow_count; i++) {
        struct flow *flow = &world->flows[i];
        if (flow->ipv6 != ipv6 || !((flow->from == from && flow->to == to) || (flow->from == to && flow->to == from)))
            continue;
        *back = flow->from != from;
        return flow;
    }
    if (world->flow_count == FLOWS)
        usage_error(NAME, "%s: more than %u pairs of nodes; a smaller capture", world->request->path, FLOWS);
    world->flows[world->flow_count] = (struct flow){.from = from, .to = to, .ipv6 = ipv6};
    *back = false;
    return &world->flows[world->flow_count++];
}

static struct way *way_between(struct world *world, uint32_t from, uint32_t to)
{
    struct way *way = way_of(&world->ways, from, to);
    if (!way)
        usage_error(NAME, "%s: more than %u pairs of nodes; a smaller capture", world->request->path, WAYS_MOST / 2);
    return way;
}

static void add(struct world *world, struct flow *flow, bool back, uint64_t time_ns, uint32_t size)
{
    uint32_t least = flow->ipv6 ? SIM_INNER_LEAST6 : SIM_INNER_LEAST4;
    if (flow->count == flow->room) {
        flow->room = 2 * flow->room + 64;
        flow->packets = realloc(flow->packets, flow->room * sizeof *flow->packets);
        if (!flow->packets)
            usage_error(NAME, "out of memory; a smaller capture");
    }
    if (flow->count && time_ns < flow->packets[flow->count - 1].time_ns)
        time_ns = flow->packets[flow->count - 1].time_ns;
    world->clamped += size < least;
    flow->packets[flow->count++] = (struct packet){time_ns, size < least ? least : size, back};
}

/* The last 16 bytes of a datagram name it. False: seen before, at another interface; then it tells how long it took. */
static bool first_time(struct world *world, const struct reader_datagram *datagram, bool own_interface, struct way *way)
{
    const uint8_t *tag = datagram->found.data + datagram->found.length - 16;
    if (datagram->found.data[0] < 3)
        tag -= 16; /* mac2 is often zero */
    for (uint32_t i = 1; i <= PENDING && !own_interface; i++) {
        struct pending *pending = &world->pending[(world->next_pending - i) % PENDING];
        if (!pending->way || memcmp(pending->tag, tag, 16) != 0)
            continue;
        way_arrived(pending->way, datagram->time_ns - pending->time_ns);
        pending->way = NULL;
        return false;
    }
    if (!own_interface)
        return false;
    struct pending *pending = &world->pending[world->next_pending++ % PENDING];
    *pending = (struct pending){.time_ns = datagram->time_ns, .way = way};
    memcpy(pending->tag, tag, 16);
    way->sent++;
    return true;
}

static void take(struct world *world, const struct reader_datagram *datagram, const struct opened *opened)
{
    const uint8_t *inner = opened->inner;
    bool           back, ipv6;

    if (!opened->type || opened->why || !opened->from || !opened->to)
        return;
    uint32_t from = node_of(world, opened->from, datagram->interface), to = node_of(world, opened->to, UINT32_MAX);
    if (world->nodes[from].interface == UINT32_MAX)
        world->nodes[from].interface = datagram->interface;
    if (!world->any)
        world->first_ns = datagram->time_ns;
    world->any = true;
    struct way *way = way_between(world, from, to);
    if (!first_time(world, datagram, world->nodes[from].interface == datagram->interface, way) || datagram->time_ns < world->first_ns)
        return;
    world->last_ns = datagram->time_ns > world->last_ns ? datagram->time_ns : world->last_ns;
    if (opened->type == 1)
        way_initiated(way, datagram->time_ns);
    if (opened->type == 2)
        way_responded(way_between(world, to, from), datagram->time_ns);
    if (opened->type == 2)
        flow_of(world, to, from, false, &back)->preshared |= opened->preshared != NULL;
    if (opened->type != 4 || opened->inner_length < 20)
        return;
    ipv6 = inner[0] >> 4 == 6;
    uint32_t size = ipv6 ? 40 + ((uint32_t)inner[4] << 8 | inner[5]) : (uint32_t)inner[2] << 8 | inner[3];
    if (size < 20 || size > opened->inner_length || size > SIM_INNER_MOST) {
        world->refused++;
        return;
    }
    struct flow *flow = flow_of(world, from, to, ipv6, &back);
    add(world, flow, back, datagram->time_ns - world->first_ns, size);
}

static void write_world(FILE *out, const struct world *world)
{
    char key[45];
    bool none = true;

    fprintf(
        out,
        "# From a capture, by warren replay --to-scenario: its nodes and tunnels, and the inner packets at their times and in\n"
        "# their sizes. Keys, addresses and contents are new.\n");
    fprintf(out, "warren: 1\nname: a capture\nseed: 1\nstop: %" PRIu64 "s\n\n",
            (world->last_ns - world->first_ns) / WRN_SECOND + 30);
    ways_write(out, &world->ways, world->node_count, world->paths);
    fputs("nodes:\n", out);
    for (uint32_t i = 0; i < world->node_count; i++) {
        sodium_bin2base64(key, sizeof key, world->nodes[i].key, 32, sodium_base64_VARIANT_ORIGINAL);
        fprintf(out, "  n%" PRIu32 ": {path: p%" PRIu32 "} # %s\n", i + 1, ways_path_of(world->paths, i) + 1, key);
    }
    fputs("\ntunnels:\n", out);
    for (uint32_t i = 0; i < world->flow_count; i++) {
        const struct flow *flow = &world->flows[i];
        bool               again = false, preshared = flow->preshared;
        for (uint32_t j = 0; j < world->flow_count; j++) {
            const struct flow *other = &world->flows[j];
            bool same =
                (other->from == flow->from && other->to == flow->to) || (other->from == flow->to && other->to == flow->from);
            again |= same && j < i;
            preshared |= same && other->preshared;
        }
        for (unsigned side = 0; side < 2 && !again; side++)
            fprintf(out, "  - {node: n%" PRIu32 ", peer: n%" PRIu32 "%s}\n", (side ? flow->to : flow->from) + 1,
                    (side ? flow->from : flow->to) + 1, preshared ? ", psk: true" : "");
    }
    for (uint32_t i = 0; i < world->flow_count; i++) {
        const struct flow *flow = &world->flows[i];
        if (!flow->count)
            continue;
        fprintf(out, "%s  - from: n%" PRIu32 "\n    to: n%" PRIu32 "\n%s    trace:\n", none ? "\ntraffic:\n" : "", flow->from + 1,
                flow->to + 1, flow->ipv6 ? "    ipv6: true\n" : "");
        none = false;
        for (size_t j = 0; j < flow->count; j++)
            fprintf(out, "      - %" PRIu64 "us %" PRIu32 "B%s\n", flow->packets[j].time_ns / 1000, flow->packets[j].size,
                    flow->packets[j].back ? " back" : "");
    }
    fputs("\nexpect:\n  - {always: safety.all}\n", out);
}

int replay_scenario(const struct replay_request *request, FILE *file)
{
    struct world          *world = calloc(1, sizeof *world);
    struct keys            keys = {0};
    struct reader_datagram datagram;
    struct opened          opened;
    struct progress        progress;
    uint64_t               size;
    char                   error[256];
    int                    got;

    replay_keys(request, file, &keys);
    replay_progress_begin(&progress, request, file, &size);
    struct decrypter *decrypter = decrypter_begin(&keys, request->provider.crypto, request->provider.context);
    struct reader    *reader = reader_open(file, error);
    if (!reader || !decrypter || !world)
        usage_error(NAME, "%s: %s", request->path, reader ? "out of memory" : error);
    world->request = request;
    while ((got = reader_next(reader, &datagram, error)) == 1) {
        decrypter_take(decrypter, datagram.found.data, datagram.found.length, &opened);
        take(world, &datagram, &opened);
        if (datagram.number % 1024 == 0)
            replay_progress(&progress, reader_offset(reader), size, datagram.number);
    }
    progress_clear(&progress);
    if (got < 0)
        usage_error(NAME, "%s: after frame %" PRIu64 ": %s; a whole capture", request->path, reader_counts(reader)->frames,
                    error);
    if (!world->flow_count)
        usage_error(NAME, "%s: no handshake in it opens; the keys of a side that has one", request->path);
    ways_solve(&world->ways, world->node_count, world->paths);
    FILE *out = open_output(NAME, request->scenario, false);
    write_world(out, world);
    close_output(NAME, request->scenario, out);
    size_t packets = 0;
    for (uint32_t i = 0; i < world->flow_count; i++) {
        packets += world->flows[i].count;
        free(world->flows[i].packets);
    }
    if (!request->quiet)
        fprintf(strcmp(request->scenario, "-") == 0 ? stderr : stdout,
                "%s: %" PRIu32 " nodes, %zu inner packets; %" PRIu64 " made longer, since the simulator's carry a mark, %" PRIu64
                " left out\n", request->scenario, world->node_count, packets, world->clamped, world->refused);
    reader_close(reader);
    decrypter_end(decrypter);
    keys_free(&keys);
    free(world);
    return EXIT_GOOD;
}
