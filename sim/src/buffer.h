#ifndef SIM_BUFFER_H
#define SIM_BUFFER_H

/*
 * The queue before a link: droptail, CoDel (RFC 8289) or FQ-CoDel (RFC 8290), by the plan's row.
 *
 * All three are lines served in turn, by deficit: with one line that is first in, first out. So the row may change while
 * something waits, and nothing is lost by it.
 */

#include "codel.h"
#include "memory.h"
#include "sim/plan.h"

#define SIM_BUFFER_LINES 1024u  /* RFC 8290 section 5.2.4 */
#define SIM_BUFFER_QUANTUM 1514 /* bytes; section 5.2.3 */

struct sim_buffer_line {
    struct sim_buffer_line *next;  /* of fresh or old */
    struct sim_buffer_line *other; /* of all */
    struct sim_line  line;
    struct sim_codel codel;
    int64_t          deficit;
    bool             listed;
};

struct sim_buffer_list { struct sim_buffer_line *head, *tail; };

struct sim_buffer {
    struct sim_buffer_line  *single; /* of droptail and CoDel */
    struct sim_buffer_line **lines;  /* by flow, of FQ-CoDel; made when first needed, as they are */
    struct sim_buffer_line  *all;
    struct sim_buffer_list   fresh, old;
    uint64_t bytes, packets, largest;
};

/* Takes the item. What must go instead (the item itself, or the head of the fattest line) is put in `dropped`. Memory for lines
 * is taken and kept; an item for which there is none is dropped. */
void sim_buffer_put(struct sim_buffer *buffer, const struct sim_queue_rule *rule, struct sim_memory *memory,
                    struct sim_queued *item, wrn_time now, struct sim_line *dropped);
/* Nothing waits, and nothing would happen to the buffer by asking it for the next. */
bool sim_buffer_idle(const struct sim_buffer *buffer, const struct sim_queue_rule *rule);
/* Of an idle one: would it take the item and give it at once? Then it has noted it, and the item need not be put. */
bool sim_buffer_passes(struct sim_buffer *buffer, const struct sim_queue_rule *rule, const struct sim_queued *item);
/* The next to send, or null. */
struct sim_queued *sim_buffer_get(struct sim_buffer *buffer, const struct sim_queue_rule *rule, wrn_time now,
                                  struct sim_line *dropped);

#endif
