/* All that the engine may use of <string.h>. Freestanding builds see this one, so that nothing more slips in. */
#ifndef WARREN_FREESTANDING_STRING_H
#define WARREN_FREESTANDING_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *to, int value, size_t length);
int   memcmp(const void *one, const void *other, size_t length);

#endif
