#include "text.h"

#include <string.h>

void sim_text_begin(struct sim_text *text, char *out, size_t size)
{
    text->out = out;
    text->size = size;
    text->length = 0;
    out[0] = 0;
}

static void add(struct sim_text *text, const char *from, size_t length)
{
    size_t room = text->size - 1 - text->length;

    if (length > room)
        length = room;
    memcpy(text->out + text->length, from, length);
    text->length += length;
    text->out[text->length] = 0;
}

void sim_text_word(struct sim_text *text, const char *word)
{
    add(text, word, strlen(word));
}

static void digits(struct sim_text *text, uint64_t number, unsigned least)
{
    char buffer[20];
    unsigned i = sizeof buffer;

    do {
        buffer[--i] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 || sizeof buffer - i < least);
    add(text, buffer + i, sizeof buffer - i);
}

void sim_text_number(struct sim_text *text, uint64_t number)
{
    digits(text, number, 1);
}

void sim_text_time(struct sim_text *text, uint64_t ns)
{
    if (ns == UINT64_MAX) {
        sim_text_word(text, "never");
        return;
    }
    digits(text, ns / 1000000000, 1);
    sim_text_word(text, ".");
    digits(text, ns / 1000 % 1000000, 6);
    sim_text_word(text, " s");
}

void sim_text_fill(char *out, size_t size, const char *format, const struct sim_part *parts, size_t count)
{
    struct sim_text text;
    size_t next = 0;

    sim_text_begin(&text, out, size);
    for (const char *p = format; *p; p++) {
        if (*p != '%' || next >= count) {
            add(&text, p, 1);
            continue;
        }
        p++;
        if (*p == 's')
            sim_text_word(&text, parts[next].word);
        else if (*p == 't')
            sim_text_time(&text, parts[next].number);
        else
            sim_text_number(&text, parts[next].number);
        next++;
    }
}
