#ifndef FUZZ_LANED_ACCOUNT_H
#define FUZZ_LANED_ACCOUNT_H

/* The bytes of each peer of a host with lanes, by what came and left (P-99, P-108), beside what control is told of them. */

#include "laned.h"

/* A datagram of this length came in, and that became of it; or it left for this peer. Of nobody: it counts for nobody. */
void laned_came(struct laned *, const struct wrn_packet *, uint32_t length);
void laned_left(struct laned *, const struct wrn_packet *);
void laned_taken_back(struct laned *, const struct wrn_packet *); /* before the call */
/* A lane is left behind with what it has not told. */
void laned_left_behind(struct laned *, const struct wrn_lane *, unsigned number);

void laned_accounts(const struct laned *); /* everything is told */

#endif
