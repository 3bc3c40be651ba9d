/*
 * rx_resp_auth: responses sealed by peers and by those who are none, to what waits for one and to what does not.
 *
 * Input: fuzz/support/say.h, version 0; messages of this kind are its own. Oracles: those of fuzz/support/world.h.
 */
#include "say.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return fuzz_say(FUZZ_SAY_RESPONSE, data, size); }

void fuzz_render(FILE *out, const uint8_t *data, size_t size) { fuzz_say_render(out, FUZZ_SAY_RESPONSE, data, size); }
