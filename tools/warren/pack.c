#include "pack.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

void pack_bytes(struct pack *pack, const void *bytes, size_t size)
{
    if (size > pack->room - pack->size) {
        pack->room = 2 * pack->room + size + 4096;
        pack->bytes = realloc(pack->bytes, pack->room);
        if (!pack->bytes) {
            fputs("warren: out of memory; a smaller scenario, or a machine with more\n", stderr);
            exit(EXIT_MACHINE);
        }
    }
    memcpy(pack->bytes + pack->size, bytes, size);
    pack->size += size;
}

void pack_number(struct pack *pack, uint64_t value)
{
    pack_bytes(pack, &value, sizeof value);
}

void pack_text(struct pack *pack, const char *text)
{
    pack_bytes(pack, text, strlen(text) + 1);
}

void unpack_bytes(struct pack *pack, void *bytes, size_t size)
{
    assert(size <= pack->size - pack->at);
    memcpy(bytes, pack->bytes + pack->at, size);
    pack->at += size;
}

uint64_t unpack_number(struct pack *pack)
{
    uint64_t value;
    unpack_bytes(pack, &value, sizeof value);
    return value;
}

const char *unpack_text(struct pack *pack)
{
    const char *text = (const char *)pack->bytes + pack->at;
    const void *end = memchr(text, 0, pack->size - pack->at);
    assert(end);
    pack->at += strlen(text) + 1;
    return text;
}
