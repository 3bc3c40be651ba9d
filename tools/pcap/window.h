#ifndef WARREN_WINDOW_H
#define WARREN_WINDOW_H

/*
 * A file from its beginning to its end, through a window: what is looked at lies in the window, and is not copied once more.
 *
 *     file    ..............[ gone | at hand         ]................
 *     window                 0      from          to     room
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct window {
    FILE    *file;
    uint8_t *bytes;
    size_t   from, to, room;
    uint64_t offset;  /* in the file, of what is at hand */
    bool     no_room; /* there was no memory for what was looked at last */
    bool     over;    /* nothing comes behind what is at hand */
};

/* The file stays the caller's, and is read from where it stands. */
void window_open(struct window *window, FILE *file);
/* The next `length` bytes, which stay the next; they hold until the next call. Null: the file has fewer, or there is no memory for
 * them. What is at hand then is all that is left, or as much as there was room for. */
const uint8_t *window_look(struct window *window, size_t length);
/* Bytes at hand at the least. 0, after window_look gave null: the end. */
size_t window_left(const struct window *window);
/* Go on by so many bytes. What is not at hand is passed over, the end of the file as well. */
void window_pass(struct window *window, size_t length);
void window_close(struct window *window); /* wipes: keys may have been looked at */

#endif
