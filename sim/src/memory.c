#include "memory.h"

#include "base.h"

#define CHUNK (256u * 1024u)
#define ALIGN 16u

struct sim_chunk {
    struct sim_chunk *older;
    size_t            size;
};

void sim_memory_begin(struct sim_memory *memory, const struct sim_host *host)
{
    memset(memory, 0, sizeof *memory);
    memory->host = host;
}

static bool add_chunk(struct sim_memory *memory, size_t size)
{
    size_t whole = size + 2 * ALIGN > CHUNK ? size + 2 * ALIGN : CHUNK;
    struct sim_chunk *chunk = memory->exhausted ? NULL : memory->host->take(memory->host->context, whole);

    if (!chunk) {
        memory->exhausted = true;
        return false;
    }
    chunk->older = memory->newest;
    chunk->size = whole;
    memory->newest = chunk;
    memory->next = (uint8_t *)chunk + ALIGN;
    memory->left = whole - ALIGN;
    memory->total += whole;
    return true;
}

void *sim_take(struct sim_memory *memory, size_t size)
{
    void *taken;

    if (size > SIZE_MAX / 4) {
        memory->exhausted = true;
        return NULL;
    }
    size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (memory->left < size && !add_chunk(memory, size))
        return NULL;
    taken = memory->next;
    memory->next += size;
    memory->left -= size;
    memset(taken, 0, size);
    return taken;
}

void sim_memory_end(struct sim_memory *memory)
{
    const struct sim_host *host = memory->host;
    struct sim_chunk *chunk = memory->newest;

    while (chunk) {
        struct sim_chunk *older = chunk->older;

        host->give(host->context, chunk, chunk->size);
        chunk = older;
    }
}

bool sim_vector_room(struct sim_memory *memory, struct sim_vector *vector, size_t element, uint64_t count)
{
    uint64_t room = vector->room ? vector->room * 2 : 8;
    void *data;

    if (count <= vector->room)
        return true;
    if (room < count)
        room = count;
    if (room > SIZE_MAX / 4 / element) {
        memory->exhausted = true;
        return false;
    }
    data = sim_take(memory, (size_t)room * element);
    if (!data)
        return false;
    if (vector->count > 0)
        memcpy(data, vector->data, (size_t)vector->count * element);
    vector->data = data;
    vector->room = room;
    return true;
}
