#ifndef FUZZ_REACHED_H
#define FUZZ_REACHED_H

/*
 * What inputs have reached that no coverage of lines tells: each reason to drop, and each kind of message in each snapshot of
 * world.h. replay-<harness> --reached prints it; tools/fuzz --coverage adds it up, and none may be missing.
 */

#include "warren/engine.h"

/* Of an engine or a lane, at the end of its life, without what it had at first. */
void fuzz_reached_reasons(const struct wrn_counters *now, const struct wrn_counters *first);
void fuzz_reached_pair(unsigned snapshot, unsigned type); /* a whole message of that type, the first to come in that snapshot */

#endif
