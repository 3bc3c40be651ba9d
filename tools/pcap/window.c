#define _DEFAULT_SOURCE /* explicit_bzero */

#include "window.h"

#include <stdlib.h>
#include <string.h>

#define ROOM 65536u /* at the least: some dozens of packets a read, and no more than a processor keeps near */

void window_open(struct window *window, FILE *file) { *window = (struct window){.file = file}; }

/* Room for `length` bytes behind what is gone, which goes. */
static bool reserve(struct window *window, size_t length)
{
    size_t left = window->to - window->from;

    if (length <= window->room) {
        if (left)
            memmove(window->bytes, window->bytes + window->from, left);
    } else {
        size_t   room = length > ROOM ? length : ROOM;
        uint8_t *larger = malloc(room);
        if (!larger)
            return false;
        if (left)
            memcpy(larger, window->bytes + window->from, left);
        if (window->bytes)
            explicit_bzero(window->bytes, window->room);
        free(window->bytes);
        window->bytes = larger;
        window->room = room;
    }
    window->from = 0;
    window->to = left;
    return true;
}

const uint8_t *window_look(struct window *window, size_t length)
{
    window->no_room = false;
    if (length > window->to - window->from) {
        if (!reserve(window, length)) {
            window->no_room = true;
            return NULL;
        }
        if (!window->over)
            window->to += fread(window->bytes + window->to, 1, window->room - window->to, window->file);
    }
    return length <= window->to - window->from ? window->bytes + window->from : NULL;
}

size_t window_left(const struct window *window) { return window->to - window->from; }

void window_pass(struct window *window, size_t length)
{
    size_t left = window->to - window->from, near = length < left ? length : left;

    window->from += near;
    window->offset += length;
    if (length > near && fseek(window->file, (long)(length - near), SEEK_CUR) != 0)
        window->over = true; /* some kinds of files cannot stand behind their end */
}

void window_close(struct window *window)
{
    if (window->bytes)
        explicit_bzero(window->bytes, window->room);
    free(window->bytes);
    *window = (struct window){0};
}
