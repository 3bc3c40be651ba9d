#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

/*
 * The event queue. Total order is (time, number of the push); what holds the events is invisible in it.
 *
 * Two tiers: a binary heap of what lies within the open window of 2^26 ns (67 ms), and 4096 unsorted buckets of one window each
 * behind it (275 s); what lies further waits in the heap too. A bucket is poured into the heap when its window opens. Events of
 * the very instant go into a FIFO. The plain heap is the reference: both pop the same sequence.
 */

#include "memory.h"

struct sim_entry {
    wrn_time time;
    uint64_t number;
    uint32_t kind, index; /* the caller's */
    void    *item;
};

#define SIM_QUEUE_BUCKETS 4096u
#define SIM_QUEUE_SHIFT 26u

struct sim_queue {
    struct sim_memory *memory;
    bool               plain;
    struct sim_vector  heap;    /* of struct sim_entry */
    struct sim_vector  now;     /* FIFO of events at now_time; first is where it begins */
    uint64_t           first;
    wrn_time           now_time; /* of the entry popped last */
    struct sim_vector *buckets;
    uint64_t           window;   /* number of the open one */
    uint64_t           far;      /* entries in buckets */
    uint64_t           pushes, size, ties;
    bool               popped;
};

bool sim_queue_begin(struct sim_queue *queue, struct sim_memory *memory, bool plain);
/* A time before the entry popped last counts as that time. False when memory is exhausted. */
bool sim_queue_push(struct sim_queue *queue, wrn_time time, uint32_t kind, uint32_t index, void *item);
bool sim_queue_next(struct sim_queue *queue, wrn_time *time); /* of the first entry; false when empty */
bool sim_queue_pop(struct sim_queue *queue, struct sim_entry *entry);

#endif
