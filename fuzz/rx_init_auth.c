/*
 * rx_init_auth: initiations sealed by peers, strangers and liars, in every state (noise, gate, stamps, rotation).
 *
 * Input: fuzz/support/say.h, version 0; messages of this kind are its own. Oracles: those of fuzz/support/world.h.
 */
#include "say.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return fuzz_say(FUZZ_SAY_INITIATION, data, size); }

void fuzz_render(FILE *out, const uint8_t *data, size_t size) { fuzz_say_render(out, FUZZ_SAY_INITIATION, data, size); }
