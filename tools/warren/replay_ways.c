#include "replay_ways.h"

#include <inttypes.h>
#include <stddef.h>

struct way *way_of(struct ways *ways, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < ways->count; i++)
        if (ways->list[i].from == from && ways->list[i].to == to)
            return &ways->list[i];
    if (ways->count == WAYS_MOST)
        return NULL;
    ways->list[ways->count] = (struct way){.from = from, .to = to};
    return &ways->list[ways->count++];
}

void way_arrived(struct way *way, uint64_t took_ns)
{
    if (!way->arrived || took_ns < way->least_ns)
        way->least_ns = took_ns;
    way->arrived++;
}

void way_initiated(struct way *way, uint64_t time_ns) { way->initiated_ns = time_ns; }

void way_responded(struct way *initiated, uint64_t time_ns)
{
    if (!initiated->initiated_ns || time_ns < initiated->initiated_ns)
        return;
    uint64_t took = time_ns - initiated->initiated_ns;
    if (!initiated->round_ns || took < initiated->round_ns)
        initiated->round_ns = took;
}

static const struct way *known_way(const struct ways *ways, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < ways->count; i++)
        if (ways->list[i].from == from && ways->list[i].to == to)
            return &ways->list[i];
    return NULL;
}

/* One way as measured; else as the way back; else half of a handshake. */
static uint64_t delay_of(const struct ways *ways, uint32_t from, uint32_t to)
{
    const struct way *there = known_way(ways, from, to), *back = known_way(ways, to, from);

    if (there && there->arrived)
        return there->least_ns;
    if (back && back->arrived)
        return back->least_ns;
    uint64_t there_ns = there ? there->round_ns : 0, back_ns = back ? back->round_ns : 0;
    bool     backwards = !there_ns || (back_ns && back_ns < there_ns);
    return (backwards ? back_ns : there_ns) / 2;
}

static double loss_of(const struct ways *ways, uint32_t from, uint32_t to)
{
    const struct way *way = known_way(ways, from, to);
    return way && way->arrived && way->arrived < way->sent ? 1 - (double)way->arrived / (double)way->sent : 0;
}

static uint64_t rest(uint64_t whole, uint64_t part) { return whole > part ? whole - part : 0; }

static double rest_loss(double whole, double part) { return whole > part ? 1 - (1 - whole) / (1 - part) : 0; }

static bool meet(const struct ways *ways, uint32_t a, uint32_t b) { return known_way(ways, a, b) || known_way(ways, b, a); }

/* Of those whose path is not known: the node with most ways. */
static uint32_t hub_of(const struct ways *ways, uint32_t nodes, const struct way_path *paths)
{
    uint32_t best = nodes, most = 0;
    for (uint32_t node = 0; node < nodes; node++) {
        uint32_t count = 1;
        for (uint32_t i = 0; i < ways->count; i++)
            count += ways->list[i].from == node || ways->list[i].to == node;
        if (!paths[node].known && count > most) {
            most = count;
            best = node;
        }
    }
    return best;
}

static void begin_hub(const struct ways *ways, uint32_t nodes, uint32_t hub, struct way_path *path)
{
    *path = (struct way_path){true, UINT64_MAX, UINT64_MAX, 1, 1};
    for (uint32_t i = 0; i < nodes; i++) {
        if (i == hub || !meet(ways, hub, i))
            continue;
        uint64_t up = delay_of(ways, hub, i) / 2, down = delay_of(ways, i, hub) / 2;
        double   up_loss = loss_of(ways, hub, i) / 2, down_loss = loss_of(ways, i, hub) / 2;
        path->up_ns = up < path->up_ns ? up : path->up_ns;
        path->down_ns = down < path->down_ns ? down : path->down_ns;
        path->up_loss = up_loss < path->up_loss ? up_loss : path->up_loss;
        path->down_loss = down_loss < path->down_loss ? down_loss : path->down_loss;
    }
    if (path->up_ns == UINT64_MAX)
        *path = (struct way_path){.known = true};
}

/* Everybody who meets a node whose path is known, again and again: each once. */
static bool spread(const struct ways *ways, struct way_path *paths)
{
    bool any = false;
    for (uint32_t i = 0; i < ways->count; i++) {
        uint32_t a = ways->list[i].from, b = ways->list[i].to;
        if (paths[a].known == paths[b].known)
            continue;
        uint32_t               from = paths[a].known ? a : b, to = paths[a].known ? b : a;
        const struct way_path *known = &paths[from];
        paths[to] = (struct way_path){.known = true,
                                      .up_ns = rest(delay_of(ways, to, from), known->down_ns),
                                      .down_ns = rest(delay_of(ways, from, to), known->up_ns),
                                      .up_loss = rest_loss(loss_of(ways, to, from), known->down_loss),
                                      .down_loss = rest_loss(loss_of(ways, from, to), known->up_loss)};
        any = true;
    }
    return any;
}

void ways_solve(const struct ways *ways, uint32_t nodes, struct way_path *paths)
{
    uint32_t hub;
    while ((hub = hub_of(ways, nodes, paths)) < nodes) {
        begin_hub(ways, nodes, hub, &paths[hub]);
        while (spread(ways, paths))
            ;
    }
}

/* As they are written. */
static bool same_path(const struct way_path *a, const struct way_path *b)
{
    return a->up_ns / 1000 == b->up_ns / 1000 && a->down_ns / 1000 == b->down_ns / 1000 &&
           (long)(a->up_loss * 1e5 + 0.5) == (long)(b->up_loss * 1e5 + 0.5) &&
           (long)(a->down_loss * 1e5 + 0.5) == (long)(b->down_loss * 1e5 + 0.5);
}

uint32_t ways_path_of(const struct way_path *paths, uint32_t node)
{
    uint32_t first = 0;
    while (!same_path(&paths[first], &paths[node]))
        first++;
    return first;
}

static void write_half(FILE *out, const char *name, uint64_t ns, double loss, const char *end)
{
    fprintf(out, "%s: {delay: %" PRIu64 "us", name, ns / 1000);
    if (loss * 1e5 >= 0.5)
        fprintf(out, ", loss: %.3f%%", loss * 100);
    fprintf(out, "}%s", end);
}

void ways_write(FILE *out, const struct ways *ways, uint32_t nodes, const struct way_path *paths)
{
    bool measured = false;
    for (uint32_t i = 0; i < ways->count; i++)
        measured |= ways->list[i].arrived > 0;
    fprintf(out, "paths:\n  # %s\n",
            measured ? "one way as measured between two interfaces, the best of them halved between its ends"
                     : "half of the shortest handshakes that the capture saw, halved between both ends; their loss is not known");
    for (uint32_t i = 0; i < nodes; i++) {
        if (ways_path_of(paths, i) != i)
            continue;
        fprintf(out, "  p%" PRIu32 ": {", i + 1);
        write_half(out, "up", paths[i].up_ns, paths[i].up_loss, ", ");
        write_half(out, "down", paths[i].down_ns, paths[i].down_loss, "}\n");
    }
    fputc('\n', out);
}
