#define _GNU_SOURCE

#include "memory.h"

#include <sodium.h>
#include <sys/mman.h>

#include "log.h"

void *tun_memory_take(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    (void)madvise(memory, size, MADV_DONTDUMP);
    if (mlock2(memory, size, MLOCK_ONFAULT) != 0)
        tun_log(TUN_VERBOSE, "the engine's memory cannot be locked: keys may be swapped out");
    return memory;
}

void tun_memory_give(void *memory, size_t size)
{
    if (!memory)
        return;
    sodium_memzero(memory, size);
    munmap(memory, size);
}
