#ifndef WARREN_LINE_H
#define WARREN_LINE_H

/* A line of text, for those that are written by the million: printf reads its format anew for each. What does not fit is left out. */

#include <stddef.h>
#include <stdint.h>

#include "warren/types.h"

#define LINE_BYTES 1024u

struct line {
    size_t used;
    char   text[LINE_BYTES]; /* ends with a zero behind line_text */
};

static inline void line_begin(struct line *line) { line->used = 0; }
void line_put(struct line *line, const char *text);
/* Decimal, `width` characters at the least, with `fill` before the digits. */
void line_number(struct line *line, uint64_t number, unsigned width, char fill);
void line_hex(struct line *line, uint32_t number);                         /* eight digits */
void line_address(struct line *line, const uint8_t *address, bool six);    /* 4 bytes, or 16 */
void line_endpoint(struct line *line, const struct wrn_endpoint *endpoint); /* as address_text has it */
const char *line_text(struct line *line);

#endif
