#ifndef SIM_COOKIES_H
#define SIM_COOKIES_H

/* What the provider shows of an engine's cookies; the checker of S18 and S19 does the rest by itself. */

#include "watch.h"

/* It makes a cookie by this secret. */
void sim_cookie_secret(struct sim_watch *watch, uint32_t node, const uint8_t secret[32], wrn_time now, wrn_time local);
/* It seals this cookie into a reply. */
void sim_cookie_sealed(struct sim_watch *watch, uint32_t node, const uint8_t cookie[16]);

#endif
