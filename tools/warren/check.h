#ifndef WARREN_CHECK_H
#define WARREN_CHECK_H

/* Inside warren check: what is allowed, and probably not meant. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/plan.h"

#define SHOWN 12u /* lines per section before the rest is counted */

/* Is line i of a section printed? Says once how many are not. */
bool shown(FILE *out, bool all, uint32_t i, uint32_t count);

void print_warnings(FILE *out, const struct sim_plan *plan, bool all);

#endif
