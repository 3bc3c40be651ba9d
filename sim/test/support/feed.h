#ifndef SIM_FEED_H
#define SIM_FEED_H

/* A watch without a world: checkers are shown made-up events. Node 0 and pair 0 are a's, node 1 and pair 1 are b's. */

#include "watch.h"
#include "worlds.h"

extern struct small_plan  feed_plan;
extern struct sim_traffic feed_traffic;
extern struct sim_watch   feed_watch;
extern uint8_t            feed_wire[256]; /* what the events' data points to */

int feed_begin(void **state); /* a plan of two peers and one flow */
int feed_begin_kept(void **state);  /* a has a persistent keepalive of 25 s */
int feed_begin_boxed(void **state); /* and is behind a box that waits 60 s */
int feed_end(void **state);

struct sim_seen feed_event(uint32_t kind, uint32_t node, wrn_time at);
struct sim_seen feed_message(uint32_t kind, uint32_t node, wrn_time at, uint8_t type, uint32_t length);
void feed(struct sim_seen seen);
void feed_keepalive(uint16_t every_s, wrn_time at); /* a's from then on */
void feed_another_key(wrn_time at);                   /* that a has */
void feed_alarms(wrn_time until); /* all that ring until then, itself included */
void feed_lost(uint32_t node, wrn_time at, uint8_t type, uint32_t length, uint8_t why);
void feed_step(uint32_t node, wrn_time at);
/* b answers a's initiation: b's session has local index 0x0b, a's 0x0a. */
void feed_handshake(wrn_time at);
void feed_data(uint32_t kind, uint32_t node, wrn_time at, uint8_t counter, uint32_t length);
void feed_broken(enum sim_rule rule); /* it fired, with a text */
void feed_whole(enum sim_rule rule);  /* it did not */

#endif
