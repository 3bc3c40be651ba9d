#ifndef WRNI_UAPI_TEXT_H
#define WRNI_UAPI_TEXT_H

/*
 * Floor 2. Values of the text protocol: keys, numbers, addresses; from text and to text. No locale, no library, no recursion.
 *
 * Laws: reading what was written gives the same value; a function that says false has given nothing away; keys are read and
 * written in constant time but for where a wrong character stands.
 */

#include "base.h"

struct wrni_word { const char *text; size_t length; };

bool wrni_word_is(struct wrni_word word, const char *text);

bool wrni_read_key(struct wrni_word word, uint8_t key[32]); /* exactly 64 hex digits (G-104); key is zero on false */
bool wrni_read_number(struct wrni_word word, uint32_t most, uint32_t *number); /* decimal digits, at least one */
bool wrni_read_address(struct wrni_word word, uint8_t address[16], uint8_t *family);
bool wrni_read_endpoint(struct wrni_word word, struct wrn_endpoint *endpoint); /* 1.2.3.4:5, [v6]:5, [v6%2]:5 (P-146) */
bool wrni_read_prefix(struct wrni_word word, struct wrn_prefix *prefix);       /* with its length, host bits as they are */

/* Each returns where the text goes on; nothing ends in a zero byte. */
#define WRNI_TEXT_MAX 80u /* the longest line of a get: a key with its name and newline */

char *wrni_write_text(char *at, const char *text);
char *wrni_write_key(char *at, const uint8_t key[32]);
char *wrni_write_number(char *at, uint64_t number);
char *wrni_write_address(char *at, const uint8_t address[16], uint8_t family); /* IPv6 as RFC 5952 says */
char *wrni_write_endpoint(char *at, const struct wrn_endpoint *endpoint);      /* the scope only where it is link-local */
char *wrni_write_prefix(char *at, const struct wrn_prefix *prefix);

#endif
