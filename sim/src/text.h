#ifndef SIM_TEXT_H
#define SIM_TEXT_H

/* Sentences made of words and numbers, cut at the end of their buffer. */

#include <stddef.h>
#include <stdint.h>

struct sim_text {
    char  *out;
    size_t size, length;
};

void sim_text_begin(struct sim_text *text, char *out, size_t size);
void sim_text_word(struct sim_text *text, const char *word);
void sim_text_number(struct sim_text *text, uint64_t number);
void sim_text_time(struct sim_text *text, uint64_t ns); /* "12.345000 s" */

/* format: %s word, %u number, %t time; anything else as it stands. Arguments: uint64_t numbers, const char * words. */
struct sim_part { const char *word; uint64_t number; };
void sim_text_fill(char *out, size_t size, const char *format, const struct sim_part *parts, size_t count);

#endif
