#ifndef TUN_MEMORY_H
#define TUN_MEMORY_H

/* Memory for what must not leave it: kept out of core dumps, locked as it is touched where that is allowed, zero at the start. */

#include <stddef.h>

void *tun_memory_take(size_t size); /* null: there is none */
void  tun_memory_give(void *memory, size_t size); /* wiped; null is nothing */

#endif
