#include "paths.h"

#include <string.h>

#define AGES (UINT32_C(1) << 23)

static uint32_t number_of(const struct tun_paths *paths, uint32_t slot)
{
    return TUN_PATH_BIT | (paths->slots[slot].age % AGES) << 8 | slot;
}

static bool same(const struct tun_path *path, uint8_t family, const uint8_t local[16], uint32_t interface)
{
    return path->family == family && path->interface == interface && memcmp(path->local, local, 16) == 0;
}

void tun_paths_init(struct tun_paths *paths)
{
    *paths = (struct tun_paths){0};
    pthread_mutex_init(&paths->lock, NULL);
}

/* All that follows is called with the lock. */
static uint32_t number_for(struct tun_paths *paths, uint8_t family, const uint8_t local[16], uint32_t interface)
{
    if (same(&paths->slots[paths->last], family, local, interface))
        return number_of(paths, paths->last);
    for (uint32_t i = 0; i < TUN_PATHS; i++) {
        if (same(&paths->slots[i], family, local, interface))
            return number_of(paths, paths->last = i);
    }
    uint32_t slot = paths->next++ % TUN_PATHS;
    struct tun_path *path = &paths->slots[slot];
    path->age++;
    path->family = family;
    path->interface = interface;
    memcpy(path->local, local, 16);
    return number_of(paths, paths->last = slot);
}

static struct tun_path *find(struct tun_paths *paths, uint32_t number)
{
    uint32_t slot = number % TUN_PATHS;
    return paths->slots[slot].family != 0 && number_of(paths, slot) == number ? &paths->slots[slot] : NULL;
}

uint32_t tun_path_number(struct tun_paths *paths, uint8_t family, const uint8_t local[16], uint32_t interface)
{
    pthread_mutex_lock(&paths->lock);
    uint32_t number = number_for(paths, family, local, interface);
    pthread_mutex_unlock(&paths->lock);
    return number;
}

bool tun_path_find(struct tun_paths *paths, uint32_t number, struct tun_path *path)
{
    if (!(number & TUN_PATH_BIT))
        return false;
    pthread_mutex_lock(&paths->lock);
    const struct tun_path *found = find(paths, number);
    if (found)
        *path = *found;
    pthread_mutex_unlock(&paths->lock);
    return found != NULL;
}

void tun_path_forget(struct tun_paths *paths, uint32_t number)
{
    if (!(number & TUN_PATH_BIT))
        return;
    pthread_mutex_lock(&paths->lock);
    struct tun_path *path = find(paths, number);
    if (path)
        *path = (struct tun_path){.age = path->age + 1};
    pthread_mutex_unlock(&paths->lock);
}

bool tun_link_local(const uint8_t address[16])
{
    return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}
