#ifndef TEST_DEAD_STACK_H
#define TEST_DEAD_STACK_H

/*
 * Calls on a stack of our own, and what they leave on it of the secrets that are known: dead_stack.c says more.
 */

#include "state.h"

extern struct wrn_engine *engines[2];
extern const struct wrn_crypto watching; /* the portable provider, watched; for calls on our stack only */

void require(bool holds, const char *what);
/* These bytes are secret from now on. */
void learn(const char *what, const uint8_t *bytes, unsigned length);
void learn_text(const char *what, const uint8_t key[32]);                         /* as the text protocol writes it */
void learn_generator(const char *what, const uint8_t key[32], const char *draws); /* null: what it draws is not */
/* The one-time key and the key stream of a packet. */
void learn_stream(const uint8_t cipher_key[32], uint64_t counter, uint32_t length);
void learn_public(const uint8_t key[32]); /* of mac1 */
/* The call on the painted stack, and what is left there while it runs and after. */
void search(const char *name, void (*work)(void));
/* The same call under two secrets leaves the same bytes: nothing that is computed from them stays, in whatever shape. */
void search_difference(const char *name, void (*work)(void), void (*vary)(void));
unsigned search_quietly(const char *name, void (*work)(void)); /* what was found does not count */
unsigned search_found(void);

#endif
