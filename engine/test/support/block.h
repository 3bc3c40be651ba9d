#ifndef TEST_BLOCK_H
#define TEST_BLOCK_H

/* Memory for one shelf. It comes dirty, so that an init that leaves bytes behind is seen. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static inline void *block_new(size_t size)
{
    void *block = malloc(size);
    assert_non_null(block);
    memset(block, 0xa5, size);
    return block;
}

/* The same bytes elsewhere (law 5); the old place is spoilt, so that a pointer back into it is seen. */
static inline void *block_moved(void *old, size_t size)
{
    void *block = block_new(size);
    memcpy(block, old, size);
    memset(old, 0x5a, size);
    free(old);
    return block;
}

#endif
