#ifndef WARREN_REPLAY_WAYS_H
#define WARREN_REPLAY_WAYS_H

/*
 * What a capture tells of the ways between its nodes, and the paths that would have been so. A scenario's node has one path, to the
 * core of the network; a way is the upward half of one and the downward half of another. Half of the best way of the node that has
 * most ways is its own, and what remains of each way is the other's.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define WAYS_MOST 8192u

/* From one node to another. */
struct way {
    uint32_t from, to;
    uint64_t sent, arrived;          /* datagrams, while both ends are in the capture */
    uint64_t least_ns;               /* of those that arrived */
    uint64_t initiated_ns, round_ns; /* the last initiation, and the shortest until its response; 0: none */
};

struct ways {
    uint32_t   count;
    struct way list[WAYS_MOST];
};

/* A node's path. */
struct way_path {
    bool     known;
    uint64_t up_ns, down_ns;
    double   up_loss, down_loss;
};

/* The way between two nodes, made when it is new; null: there is no room. */
struct way *way_of(struct ways *ways, uint32_t from, uint32_t to);
void way_arrived(struct way *way, uint64_t took_ns);
/* An initiation, and a response the other way: seen from one end, they tell what the way takes. */
void way_initiated(struct way *way, uint64_t time_ns);
void way_responded(struct way *initiated, uint64_t time_ns);

/* Needs   paths  of as many nodes, zeroed. */
void ways_solve(const struct ways *ways, uint32_t nodes, struct way_path *paths);
/* The section of a scenario; nodes with equal paths share one, by the number of the first (from 1): p1. */
void ways_write(FILE *out, const struct ways *ways, uint32_t nodes, const struct way_path *paths);
uint32_t ways_path_of(const struct way_path *paths, uint32_t node); /* whose path it has */

#endif
