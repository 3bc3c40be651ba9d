#ifndef SIM_ALARM_H
#define SIM_ALARM_H

/*
 * Alarms: moments, on the world's clock, at which a checker wants to look at a pair again. They ring in order of time, then rule,
 * then pair, each after everything of its instant has happened: what must happen by a time is missed at that time, not at
 * the next event.
 */

#include "watch.h"

struct sim_alarms *sim_alarms_begin(struct sim_memory *memory);

/* Needs   `pending`, the checker's own, 0 when none is set.
 * Gives   an alarm no later than `at`; it counts when it rings at *pending, which the checker then clears. Earlier ones replace
 *         later ones, whose rings are to be ignored. */
void sim_alarm_set(struct sim_watch *watch, enum sim_rule rule, uint32_t pair, wrn_time *pending, wrn_time at);

/* A promise: something must have happened for a pair by a time, unless its tunnel is disturbed before. */
struct sim_promise {
    bool     there;
    wrn_time made, deadline, pending;
    uint64_t mark; /* of the tunnel's disturbances */
};

/* Are both ends there, on ideal paths without boxes and with one preshared key, so that exact times can be demanded from now on? */
bool sim_calm(const struct sim_watch *watch, uint32_t pair);
/* Disturbances of the pair's tunnel so far, crossings and cookies included or not. */
uint64_t sim_disturbances(const struct sim_watch *watch, uint32_t pair);
uint64_t sim_interruptions(const struct sim_watch *watch, uint32_t pair);
wrn_time sim_one_way(const struct sim_watch *watch, uint32_t pair); /* its delay, of a calm tunnel */
bool sim_path_ideal(const struct sim_path *path);
void sim_calm_see(struct sim_watch *watch, const struct sim_seen *seen);
/* A datagram of the pair waits although its path is ideal now: behind what an earlier path left in the line. */
void sim_held_up(struct sim_watch *watch, uint32_t pair);
struct sim_pair_facts *sim_tunnel(const struct sim_watch *watch, uint32_t pair);

void sim_promise_make(struct sim_watch *watch, enum sim_rule rule, uint32_t pair, struct sim_promise *promise, uint64_t mark,
                      wrn_time deadline);
/* An alarm of the rule: has the promise been broken at this moment? It is gone then. */
bool sim_promise_broken(struct sim_watch *watch, enum sim_rule rule, const struct sim_seen *seen, struct sim_promise *promise,
                        uint64_t mark);
/* Does a response leave at the very moment at which an initiation was promised? Then that one is held back (P-69), and who is answered
 * may have asked again meanwhile. */
bool sim_promise_forestalled(const struct sim_promise *promise, const struct sim_seen *seen);

/* Retries: REKEY_TIMEOUT and the largest jitter, rounded up. */
#define SIM_RETRY (5 * WRN_SECOND + 334 * WRN_MILLISECOND)

#endif
