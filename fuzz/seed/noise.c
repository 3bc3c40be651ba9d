/* Seeds of noise_diff: honest, at the edges of keys, and each part of each message changed. */
#include "seed.h"

#include "fuzz.h"

/* Classes of the five keys, and a byte to change in cookie reply, initiation and response. */
static void one(const char *name, unsigned number, const unsigned keys[5], const unsigned at[3], unsigned with)
{
    struct seed seed = {.size = 0};
    uint8_t     bytes[32];
    seed_u8(&seed, 0);
    for (unsigned i = 0; i < 5; i++) {
        seed_u8(&seed, keys[i]);
        fuzz_entropy(200 + i, bytes);
        if (keys[i] > 15)
            seed_bytes(&seed, bytes, 32);
    }
    fuzz_entropy(210, bytes);
    seed_bytes(&seed, bytes, 28); /* stamp and cookie */
    seed_u32(&seed, 0x01020304);
    seed_bytes(&seed, bytes, 24);
    seed_u8(&seed, at[0]);
    seed_u8(&seed, at[0] ? with : 0);
    seed_u8(&seed, at[1]);
    seed_u8(&seed, at[1] ? with : 0);
    seed_u32(&seed, 5);
    seed_u32(&seed, 6);
    seed_u8(&seed, at[2]);
    seed_u8(&seed, at[2] ? with : 0);
    seed_end(&seed, "noise_diff", "%s-%u", name, number);
}

void seeds_of_noise(void)
{
    static const unsigned honest[5] = {16, 16, 16, 16, 16}, none[3] = {0};
    one("honest", 0, honest, none, 0);
    for (unsigned which = 0; which < 5; which++)
        for (unsigned class = 0; class < 16; class += class == 3 ? 10 : 1) {
            unsigned keys[5] = {16, 16, 16, 16, 16};
            keys[which] = class;
            one("key", 100 * which + class, keys, none, 0);
        }
    static const unsigned places[] = {9, 38, 60, 87, 90, 115};
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++)
        one("initiation", places[i], honest, (const unsigned[3]){0, places[i], 0}, 1);
    static const unsigned parts[] = {5, 13, 43, 46, 59, 61};
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++)
        one("response", parts[i], honest, (const unsigned[3]){0, 0, parts[i]}, 128);
    static const unsigned sealed[] = {5, 9, 33, 63};
    for (unsigned i = 0; i < sizeof sealed / sizeof sealed[0]; i++)
        one("cookie", sealed[i], honest, (const unsigned[3]){sealed[i], 0, 0}, 2);
}
