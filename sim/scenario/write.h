#ifndef SIM_SCENARIO_WRITE_H
#define SIM_SCENARIO_WRITE_H

/*
 * Inside the writer: text that grows, and the words of single values.
 */

#include "scenario/scenario.h"

struct scn_out {
    char  *text;
    size_t length, room;
    bool   bad;        /* no memory */
    bool   first;      /* the next entry of a flow map is its first */
    bool   brief;      /* short forms */
    const char *unsaid; /* what no scenario can say, or null */
};

void scn_put(struct scn_out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "key: " inside a flow map, with the comma before it. */
void scn_put_key(struct scn_out *out, const char *key);

void scn_put_time(struct scn_out *out, wrn_time time);
void scn_put_draw(struct scn_out *out, const struct sim_draw *draw);  /* of times */
void scn_put_sizes(struct scn_out *out, const struct sim_draw *draw); /* of bytes */
void scn_put_chance(struct scn_out *out, uint32_t chance);
void scn_put_endpoint(struct scn_out *out, const struct wrn_endpoint *endpoint);
void scn_put_address(struct scn_out *out, unsigned family, const uint8_t *address);
void scn_put_prefixes(struct scn_out *out, const struct wrn_prefix *prefixes, uint32_t count); /* a list */
void scn_put_key_bytes(struct scn_out *out, const uint8_t key[32]); /* base64 */
void scn_put_text(struct scn_out *out, const char *text);           /* quoted */
void scn_put_date(struct scn_out *out, uint64_t seconds);
void scn_put_types(struct scn_out *out, uint32_t types);

void scn_put_nats(struct scn_out *out, const struct sim_plan *plan);
void scn_put_nat_name(struct scn_out *out, const struct sim_plan *plan, uint32_t nat); /* the key "nat"; 0: none */
/* traffic, timeline and expect: the second half of a file. */
void scn_put_flow(struct scn_out *out, const struct sim_plan *plan, const struct sim_flow *flow);
void scn_put_timeline(struct scn_out *out, const struct sim_plan *plan);
void scn_put_expect(struct scn_out *out, const struct sim_plan *plan, const struct sim_always *always, size_t count);

/* Do both plans make the same world? Numbers of lists and the like may differ; false also without memory. */
bool scn_same_world(const struct sim_plan *a, const struct sim_plan *b);

#endif
