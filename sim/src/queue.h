#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

/*
 * The event queue. Total order is (time, number of the push); what holds the events is invisible in it.
 *
 * Two tiers: what lies within the open window of 2^22 ns (4 ms), and unsorted buckets behind it: 4096 of one window each (17 s), and
 * 256 of one span, which is 4096 windows, each (73 minutes). A span's bucket is poured into those of its windows when it begins; a
 * window's, when it opens and is large or lies nearly in order, is sorted and is the run. What else lies in the open window, or
 * beyond all spans, waits in a binary heap; events of the very instant in a FIFO. The plain heap is the reference: both pop the same
 * sequence.
 */

#include "memory.h"

struct sim_entry {
    wrn_time time;
    uint64_t number;
    uint32_t kind, index; /* the caller's */
    void    *item;
};

#define SIM_QUEUE_SHIFT 22u
#define SIM_QUEUE_WINDOWS 4096u
#define SIM_QUEUE_SPANS 256u
#define SIM_QUEUE_CHUNK 31u

struct sim_bucket {
    struct sim_bucket *next;
    uint32_t           count;
    struct sim_entry   entries[SIM_QUEUE_CHUNK];
};

struct sim_tiers {
    struct sim_bucket *windows[SIM_QUEUE_WINDOWS], *spans[SIM_QUEUE_SPANS], *free;
    uint64_t           window_map[SIM_QUEUE_WINDOWS / 64], span_map[SIM_QUEUE_SPANS / 64]; /* which hold anything */
};

struct sim_queue {
    struct sim_memory *memory;
    bool               plain;
    struct sim_vector  heap;    /* of struct sim_entry */
    struct sim_vector  run;     /* in order, from run_first; the spare is what it is sorted with */
    struct sim_vector  spare;
    uint64_t           run_first;
    struct sim_vector  now;     /* FIFO of events at now_time; first is where it begins */
    uint64_t           first;
    wrn_time           now_time; /* of the entry popped last */
    struct sim_tiers  *tiers;    /* null: the plain heap */
    uint64_t           window;   /* number of the open one */
    uint64_t           far;      /* entries in buckets */
    uint64_t           pushes, size, ties;
    bool               popped;
    const struct sim_entry *least; /* when it is known already; null again after a push */
    enum { SIM_QUEUE_HEAPED, SIM_QUEUE_RUN, SIM_QUEUE_NOW } from; /* where that stands */
};

bool sim_queue_begin(struct sim_queue *queue, struct sim_memory *memory, bool plain);
/* A time before the entry popped last counts as that time. False when memory is exhausted. */
bool sim_queue_push(struct sim_queue *queue, wrn_time time, uint32_t kind, uint32_t index, void *item);
bool sim_queue_next(struct sim_queue *queue, wrn_time *time); /* of the first entry; false when empty */
bool sim_queue_pop(struct sim_queue *queue, struct sim_entry *entry);

#endif
