#ifndef FUZZ_SAY_H
#define FUZZ_SAY_H

/*
 * Peers that seal what they like: one operation of an input, of 16 bytes, is one message into the engine, or a moment of its
 * life. A message is right at first; each field has classes that make it otherwise, before it is sealed or behind.
 *
 *   0  kind: below 192 the harness's own; else by the low bits an initiation, a response, a cookie reply, data, a packet from the
 * tun side, time 1  who: A, B, C; a stranger, the engine's own key, or a point of low order, where that means something 2  what
 * it is sealed with: ephemeral key (fixed ones; above 240 a point of low order); place of the session; whose mac1 3  class of the
 * number: stamp (beside the last one taken), or counter (beside the newest); 4..6 its argument 7  class of the index: the right
 * one, that of another peer, a session's, a handshake's, noise 8  macs: right; mac2 by the cookie of this source, or another's;
 * mac1 wrong, or for somebody else. Of data: class of the inner packet 9  source (3 bits), outer ECN (2 bits), 32 again at once,
 * 64 the right preshared key is not used, 128 an edit 10 moment: a class of time before it 11..13 the edit: where, what; bit 7 of
 * 13: before the macs are made 14, 15 lengths
 */

#include "world.h"

enum { FUZZ_OPERATION = 16 };

enum fuzz_kind { FUZZ_SAY_INITIATION, FUZZ_SAY_RESPONSE, FUZZ_SAY_COOKIE, FUZZ_SAY_DATA, FUZZ_SAY_TUN, FUZZ_SAY_TIME, FUZZ_SAYS };

/* Byte 0 version, byte 1 snapshot, then operations, 24 at most. */
int fuzz_say(enum fuzz_kind own, const uint8_t *data, size_t size);

/* The same as text, a line an operation. */
void fuzz_say_render(FILE *out, enum fuzz_kind own, const uint8_t *data, size_t size);

#endif
