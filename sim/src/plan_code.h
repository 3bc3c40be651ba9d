#ifndef SIM_PLAN_CODE_H
#define SIM_PLAN_CODE_H

/* One walk over a plan measures, writes and reads: the three cannot drift apart. plan_code.c walks, plan_rows.c knows each row.
 */

#include "sim/plan.h"

struct sim_coder {
    uint8_t       *out; /* null while measuring or reading */
    const uint8_t *in;  /* null while measuring or writing */
    size_t         at, size;
    bool           short_of; /* reading went past the end, or met a bool that is neither 0 nor 1 */
};

void sim_code_bytes(struct sim_coder *coder, void *bytes, size_t length);
void sim_code_64(struct sim_coder *coder, uint64_t *x);
void sim_code_32(struct sim_coder *coder, uint32_t *x);

void sim_code_path(struct sim_coder *coder, void *item);
void sim_code_prefix(struct sim_coder *coder, void *item);
void sim_code_node(struct sim_coder *coder, void *item);
void sim_code_peer(struct sim_coder *coder, void *item);
void sim_code_flow(struct sim_coder *coder, void *item);
void sim_code_event(struct sim_coder *coder, void *item);
void sim_code_expect(struct sim_coder *coder, void *item);
void sim_code_pair(struct sim_coder *coder, void *item);
void sim_code_nat(struct sim_coder *coder, void *item);
void sim_code_number(struct sim_coder *coder, void *item);

#endif
