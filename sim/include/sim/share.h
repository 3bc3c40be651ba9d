#ifndef SIM_SHARE_H
#define SIM_SHARE_H

/*
 * How many of all seeds does a claim hold for? An answer from some of them, that may be asked for after each one.
 *
 * With n seeds, k of which held, a share p is excluded when (n + 1) C(n, k) p^k (1 - p)^(n - k) <= 1/100: the likelihood ratio of
 * all shares alike against p, which exceeds 100 at any time with a chance of at most 1/100 when p is the truth (Ville's
 * inequality; Robbins, 1970). So whoever looks after every seed and stops when the question is decided errs in at most one of a
 * hundred cases, which an interval made for one fixed n does not give. Shares are in millionths. No floats: numbers are 64 bits
 * and a power of two, always rounded up, so that what is excluded here is excluded by exact arithmetic too.
 */

#include "warren/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SIM_SHARE_ALL 1000000u
#define SIM_SHARE_SEEDS UINT32_C(1000000000) /* at most */

enum sim_verdict { SIM_OPEN, SIM_HELD, SIM_BROKEN };

struct sim_share {
    uint32_t wanted;      /* at least this share is to hold; 0 always does */
    uint64_t seeds, held; /* seen so far */
    uint64_t mantissa;    /* of the ratio at `wanted`, from above; 0: the share is impossible */
    int64_t  exponent;
};

void sim_share_begin(struct sim_share *share, uint32_t wanted);
/* One more seed; O(1). More than SIM_SHARE_SEEDS are not counted. */
void sim_share_add(struct sim_share *share, bool held);
enum sim_verdict sim_share_verdict(const struct sim_share *share);

/* The shares that are not excluded lie between low and high, both rounded outwards. O(seeds). */
void sim_share_interval(const struct sim_share *share, uint32_t *low, uint32_t *high);

/* The fewest seeds that show `wanted` when all of them hold; 0 when none do (SIM_SHARE_ALL). */
uint64_t sim_share_fewest(uint32_t wanted);

#ifdef __cplusplus
}
#endif

#endif
