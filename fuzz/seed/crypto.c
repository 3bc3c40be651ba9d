/* Seeds of crypto_diff: each operation at the lengths where blocks end, whole and damaged. */
#include "seed.h"

static void operation(struct seed *seed, unsigned what, unsigned shape, unsigned length)
{
    seed_u8(seed, what);
    seed_u8(seed, shape);
    seed_u16(seed, length);
    seed_u8(seed, length * 7 & 255);
    seed_u8(seed, length & 31);
    seed_u8(seed, length * 3 & 31);
    seed_u8(seed, 0);
    seed_u8(seed, length & 255);
    seed_u8(seed, length & 7);
    for (unsigned i = 0; i < 56; i++)
        seed_u8(seed, (i * 73 + length * 31 + what) & 255);
}

void seeds_of_crypto(void)
{
    static const struct { const char *name; unsigned what, shape; } kinds[] = {
        {"dh", 0, 0},           {"dh-low-order", 0, 128},     {"aead", 1, 5},       {"aead-damaged", 1, 64}, {"xaead", 2, 11},
        {"xaead-damaged", 2, 96}, {"hash", 3, 16}, {"mac", 4, 0}, {"pieces", 5, 112}, {"batch", 6, 0}, {"batch-damaged", 6, 64}};
    static const unsigned lengths[8] = {0, 1, 15, 16, 64, 127, 512, 1420};
    for (unsigned kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
        struct seed seed = {.size = 0};
        seed_u8(&seed, 0);
        for (unsigned i = 0; i < 8; i++)
            operation(&seed, kinds[kind].what, kinds[kind].shape, lengths[i]);
        seed_end(&seed, "crypto_diff", "%s", kinds[kind].name);
    }
}
