#include "blocks.h"

#include <stdlib.h>
#include <string.h>

#include "window.h"

#define BLOCK_MAX (1u << 24)
#define HEAD 12u /* kind, length, and the length again at its end; a section's has its byte order where that is */
#define INTERFACES_MAX 65536u
#define SECOND UINT64_C(1000000000)

enum { SECTION = 0x0a0d0d0a, INTERFACE = 1, OLD_PACKET = 2, SIMPLE_PACKET = 3, PACKET = 6 };

struct interface {
    int      link;
    uint8_t  resolution; /* as if_tsresol has it */
    uint64_t offset_s;
};

struct blocks {
    struct window     window;
    bool              begun, big; /* the section's byte order */
    struct interface *interfaces;
    uint32_t          count, room;
    const uint8_t    *block;
};

static uint32_t u16(const struct blocks *b, const uint8_t *p)
{
    return b->big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static uint32_t u32(const struct blocks *b, const uint8_t *p)
{
    return b->big ? u16(b, p) << 16 | u16(b, p + 2) : u16(b, p + 2) << 16 | u16(b, p);
}

/* The next block's body into b->block, without what stands around it; 1, 0 at the end, -1 when it is none. */
static int next_block(struct blocks *b, uint32_t *kind, uint32_t *length, const char **why)
{
    const uint8_t *head = window_look(&b->window, HEAD);

    if (!head && b->begun && window_left(&b->window) == 0)
        return 0;
    *why = b->window.no_room ? "no memory for a block" : "it ends within a block";
    if (!head)
        return -1;
    if (memcmp(head, "\x0a\x0d\x0d\x0a", 4) == 0) {
        b->big = memcmp(head + 8, "\x1a\x2b\x3c\x4d", 4) == 0;
        b->count = 0; /* interfaces are a section's own */
    }
    *kind = u32(b, head);
    *length = u32(b, head + 4);
    if (*length < HEAD || *length % 4 != 0 || *length > BLOCK_MAX) {
        *why = "a block of an absurd length";
        return -1;
    }
    b->begun = true;
    head = window_look(&b->window, *length);
    *why = b->window.no_room ? "no memory for a block" : "it ends within a block";
    if (!head)
        return -1;
    window_pass(&b->window, *length);
    b->block = head + 8;
    *length -= HEAD;
    return 1;
}

static void read_options(const struct blocks *b, struct interface *interface, const uint8_t *at, uint32_t left)
{
    while (left >= 4) {
        uint32_t code = u16(b, at), length = u16(b, at + 2), whole = (length + 3) & ~3u;
        if (code == 0 || whole > left - 4)
            return;
        if (code == 9 && length == 1)
            interface->resolution = at[4];
        if (code == 14 && length == 8)
            interface->offset_s = (uint64_t)u32(b, at + (b->big ? 4 : 8)) << 32 | u32(b, at + (b->big ? 8 : 4));
        at += 4 + whole;
        left -= 4 + whole;
    }
}

static bool add_interface(struct blocks *b, uint32_t length)
{
    struct interface interface = {.resolution = 6};

    if (length < 8 || b->count == INTERFACES_MAX)
        return false;
    if (b->count == b->room) {
        struct interface *larger = realloc(b->interfaces, (2 * (size_t)b->room + 16) * sizeof *larger);
        if (!larger)
            return false;
        b->interfaces = larger;
        b->room = 2 * b->room + 16;
    }
    interface.link = (int)u16(b, b->block);
    read_options(b, &interface, b->block + 8, length - 8);
    b->interfaces[b->count++] = interface;
    return true;
}

static uint64_t power(uint64_t base, unsigned exponent)
{
    uint64_t value = 1;
    while (exponent-- > 0)
        value *= base;
    return value;
}

static uint64_t time_of(const struct interface *interface, uint64_t units)
{
    unsigned by = interface->resolution & 127u;
    uint64_t ns;

    if (interface->resolution & 128)
        ns = by > 34 ? 0 : (units >> by) * SECOND + ((units & (((uint64_t)1 << by) - 1)) * SECOND >> by);
    else
        ns = by <= 9 ? units * power(10, 9 - by) : by <= 27 ? units / power(10, by - 9) : 0;
    return ns + interface->offset_s * SECOND;
}

/* A packet of one of three kinds. False: it does not lie within its block, or belongs to no interface. */
static bool read_packet(const struct blocks *b, uint32_t kind, uint32_t length, struct blocks_frame *frame)
{
    uint32_t head = kind == SIMPLE_PACKET ? 4 : 20, number = 0, kept;

    if (length < head)
        return false;
    if (kind != SIMPLE_PACKET)
        number = kind == PACKET ? u32(b, b->block) : u16(b, b->block);
    kept = kind == SIMPLE_PACKET ? u32(b, b->block) : u32(b, b->block + 12);
    if (kind == SIMPLE_PACKET && kept > length - head)
        kept = length - head; /* the snap length cut it */
    if (number >= b->count || kept > length - head)
        return false;
    frame->data = b->block + head;
    frame->length = kept;
    frame->link = b->interfaces[number].link;
    frame->interface = number;
    frame->time_ns = 0;
    if (kind != SIMPLE_PACKET)
        frame->time_ns = time_of(&b->interfaces[number], (uint64_t)u32(b, b->block + 4) << 32 | u32(b, b->block + 8));
    return true;
}

int blocks_next(struct blocks *blocks, struct blocks_frame *frame, const char **why)
{
    uint32_t kind, length;

    for (;;) {
        int got = next_block(blocks, &kind, &length, why);
        if (got != 1)
            return got;
        if (kind == INTERFACE && !add_interface(blocks, length)) {
            *why = "an interface that is none, or one too many";
            return -1;
        }
        if (kind != PACKET && kind != SIMPLE_PACKET && kind != OLD_PACKET)
            continue;
        *why = "a packet that does not lie within its block, or has no interface";
        return read_packet(blocks, kind, length, frame) ? 1 : -1;
    }
}

struct blocks *blocks_open(FILE *file)
{
    struct blocks *blocks = calloc(1, sizeof *blocks);
    if (blocks)
        window_open(&blocks->window, file);
    return blocks;
}

uint64_t blocks_offset(const struct blocks *blocks) { return blocks->window.offset; }

void blocks_close(struct blocks *blocks)
{
    free(blocks->interfaces);
    window_close(&blocks->window);
    free(blocks);
}
