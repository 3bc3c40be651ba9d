/*
 * rx_init_raw: initiations from strangers, into the gate in every snapshot (wire, gate, cookie, noise, lane).
 *
 * Input and repairs: fuzz/support/raw.h. Oracles: those of fuzz/support/world.h; above all reason and silence.
 */
#include "raw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return fuzz_raw(1, data, size); }
