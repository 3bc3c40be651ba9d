#ifndef FUZZ_POINTS_H
#define FUZZ_POINTS_H

/* Public keys that no honest secret makes: every point of small order of the curve and its twist, and the ways to write them
 * (cr.yp.to/ecdh.html). All agree to zero with any secret. */

#include <stdint.h>

enum { FUZZ_POINTS = 12 };

extern const uint8_t fuzz_points[FUZZ_POINTS][32];

#endif
