#ifndef FUZZ_LANED_PARTING_H
#define FUZZ_LANED_PARTING_H

/*
 * What is tried of lanes when a plan has ended and everybody is well again; nothing comes after it.
 *
 *   lane-batch   more jobs at once than are crypted at a time: one is not sent, or does not arrive (law 2)
 *   lane-error   more prefixes in a call than a ring has places are not refused, or something has changed
 *   lane-late    at the end of time a lane sends something (law 4)
 */

#include "laned.h"

void laned_part(struct laned *world);

#endif
