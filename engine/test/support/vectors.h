#ifndef TEST_VECTORS_H
#define TEST_VECTORS_H

/*
 * Vector files in text: one vector a line, `operation name:value name:value ...`; a value is hex, a decimal number or `-` for
 * nothing; lines that are empty or begin with # are skipped. A malformed file fails the running test, with its line.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct vectors {
    FILE    *file;
    unsigned line;
    char     text[16384];
};

/* `name` is below corpora/vectors/. */
void vectors_open(struct vectors *vectors, const char *name);

/* From a stream that is open, taken over: end it with the stream's own close. */
void vectors_from(struct vectors *vectors, FILE *file);

/* The next vector, or false at the end. */
bool vectors_next(struct vectors *vectors);

bool          vectors_is(const struct vectors *vectors, const char *operation);
size_t        vectors_bytes(const struct vectors *vectors, const char *name, uint8_t *out, size_t capacity);
void          vectors_exactly(const struct vectors *vectors, const char *name, uint8_t *out, size_t length);
unsigned long vectors_number(const struct vectors *vectors, const char *name);

#endif
