#ifndef WARREN_BLOCKS_H
#define WARREN_BLOCKS_H

/*
 * Reading pcapng block by block (draft-ietf-opsawg-pcapng). libpcap reads such files only while all their interfaces are alike, and
 * stumbles over several raw ones, which is how ours are.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct blocks;

struct blocks_frame {
    const uint8_t *data; /* until the next call */
    size_t         length;
    uint64_t       time_ns; /* since 1970; 0 where the block has none */
    int            link;    /* LINKTYPE_* */
    uint32_t       interface; /* its number in its section */
};

struct blocks *blocks_open(FILE *file); /* null: no memory. The file stays the caller's */
/* 1: a frame; 0: the end; -1: spoilt, and *why says how. Memory is the largest block, 16 MiB at most. */
int  blocks_next(struct blocks *blocks, struct blocks_frame *frame, const char **why);
uint64_t blocks_offset(const struct blocks *blocks); /* bytes gone through */
void blocks_close(struct blocks *blocks);

#endif
