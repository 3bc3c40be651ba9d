#ifndef TUN_PATHS_H
#define TUN_PATHS_H

/*
 * Sticky sources (P-119): the local address that a peer's datagrams come to, as the number that the engine carries along with the
 * endpoint in `host`.
 *
 *     0                    none: routing chooses
 *     below 2^31           the scope of a link-local IPv6 endpoint, as the UAPI has it
 *     2^31 | age | slot    an entry of this table; when the slot was taken by another since, the number names nothing
 *
 * One table for all threads: whoever answers may be another than who received.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define TUN_PATHS 256u /* a power of two; a machine with more local addresses in use forgets the oldest */
#define TUN_PATH_BIT UINT32_C(0x80000000)

struct tun_path {
    uint8_t  local[16];
    uint32_t interface, age;
    uint8_t  family; /* 4 or 6; 0 = free */
};

struct tun_paths {
    pthread_mutex_t lock;
    struct tun_path slots[TUN_PATHS];
    uint32_t        next, last;
};

void tun_paths_init(struct tun_paths *paths);
/* The number of this local address, entered if it is new. IPv4 uses local[0..4), the rest is zero. */
uint32_t tun_path_number(struct tun_paths *paths, uint8_t family, const uint8_t local[16], uint32_t interface);
/* False: nothing to stick to. */
bool tun_path_find(struct tun_paths *paths, uint32_t number, struct tun_path *path);
/* The address is gone: its number names nothing from now on. */
void tun_path_forget(struct tun_paths *paths, uint32_t number);
bool tun_link_local(const uint8_t address[16]);

#endif
