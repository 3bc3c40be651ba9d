#ifndef SIM_CODEL_H
#define SIM_CODEL_H

/*
 * CoDel (RFC 8289) in integers: a queue whose packets have waited longer than `target` for a whole `interval` loses packets at
 * its head, ever faster: the n-th drop follows the one before by interval / sqrt(n). Knows lines of packets and times, nothing
 * of datagrams.
 */

#include "warren/types.h"

/* What waits. Made by whoever puts it in a line. */
struct sim_queued {
    struct sim_queued *next;
    wrn_time since;
    uint32_t bytes;
    uint32_t flow;    /* a hash of what it belongs to */
    bool     capable; /* of ECN */
    bool     marked;
};

struct sim_line {
    struct sim_queued *head, *tail;
    uint64_t bytes, packets;
};

struct sim_codel_rule {
    wrn_time target, interval;
    bool     ecn; /* mark what is capable of it, instead of dropping it */
};

struct sim_codel {
    wrn_time first_above; /* 0: the wait is below target */
    wrn_time drop_next;
    uint32_t count, last_count;
    bool     dropping;
};

void               sim_line_put(struct sim_line *line, struct sim_queued *item);
struct sim_queued *sim_line_get(struct sim_line *line); /* null when it is empty */

/* interval / sqrt(count), rounded down. interval < 2^32 ns, count > 0. */
wrn_time sim_codel_gap(wrn_time interval, uint32_t count);

/* The next packet to send, or null. What is dropped on the way is put in `dropped`, in order. `largest`: a line this short is
 * never judged; a packet of the largest size must fit. */
struct sim_queued *sim_codel_get(struct sim_codel *codel, const struct sim_codel_rule *rule, struct sim_line *line,
                                 uint64_t largest, wrn_time now, struct sim_line *dropped);

#endif
