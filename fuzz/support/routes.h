#ifndef FUZZ_ROUTES_H
#define FUZZ_ROUTES_H

/*
 * Allowed IPs of an engine as a plain list, and what each call must make of it (P-110 to P-113). Oracle:
 *
 *   routes   a call says another status or another former owner than the list, or leaves other prefixes
 */

#include "warren/warren.h"

enum { ROUTES_MOST = 64 };

enum routes_call { ROUTES_ADD, ROUTES_REMOVE, ROUTES_REPLACE };

struct routes {
    struct { struct wrn_prefix prefix; struct wrn_peer owner; } row[ROUTES_MOST];
    unsigned count;
};

void routes_read(const struct wrn_engine *engine, struct routes *);
/* Makes the call and judges it. The engine has no lanes outside, and at most ROUTES_MOST prefixes. */
enum wrn_status routes_call(struct wrn_engine *engine, enum routes_call call, struct wrn_peer peer, const struct wrn_prefix *list,
                            size_t count);

#endif
