#ifndef SIM_HANDS_H
#define SIM_HANDS_H

/* Attackers that alter and hold datagrams (SIM_DO_TAMPER, SIM_DO_DELAY), and what they share with others. */

#include "parts.h"

/* The stream of an attack, keyed by who does it, its name and its time. */
void sim_attack_stream(const struct sim_world *world, const struct sim_event *event, const char *purpose,
                       struct sim_stream *stream);

void sim_hands_on(struct sim_world *world, const struct sim_event *event);
/* A datagram in the core, on its way to that node (or SIM_NONE). Null: somebody holds it now. Else it goes on, perhaps altered
 * and moved. */
struct sim_datagram *sim_hands_pass(struct sim_world *world, struct sim_datagram *datagram, uint32_t to);
void sim_hands_release(struct sim_world *world, struct sim_datagram *datagram);

#endif
