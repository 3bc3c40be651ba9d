/* Seeds of replay_window and allowedips: edges of the window, and prefixes that nest, move and go. */
#include "seed.h"

static void step(struct seed *seed, unsigned what, unsigned argument)
{
    seed_u8(seed, what);
    seed_u16(seed, argument);
}

static void window_head(struct seed *seed, unsigned bits)
{
    seed->size = 0;
    seed_u8(seed, 0);
    seed_u8(seed, bits - 7);
}

static void seeds_of_window(void)
{
    struct seed seed;
    for (unsigned bits = 7; bits <= 16; bits += 3) {
        window_head(&seed, bits);
        for (unsigned i = 0; i < 12; i++)
            step(&seed, 0, 255);
        for (unsigned i = 0; i < 5; i++)
            step(&seed, 2 + 128 * (i & 1), i);
        seed_end(&seed, "replay_window", "edge-%02u", bits);
    }
    window_head(&seed, 13);
    for (unsigned power = 0; power < 64; power++) { /* a leap of each size, there and back */
        step(&seed, 3, power << 3 | 4);
        step(&seed, 4, power << 3 | 4);
        step(&seed, 6, power);
    }
    seed_end(&seed, "replay_window", "leaps");
    window_head(&seed, 13);
    for (unsigned i = 0; i < 7; i++)
        step(&seed, 5, i);
    for (unsigned i = 0; i < 7; i++)
        step(&seed, 5, 0x8000 | (i * 1355));
    step(&seed, 2, 2);
    step(&seed, 1, 1);
    seed_end(&seed, "replay_window", "last-counters");
    window_head(&seed, 7);
    for (unsigned i = 0; i < 80; i++)
        step(&seed, 7, i * 37 % 80);
    for (unsigned i = 0; i < 80; i++)
        step(&seed, 6, i);
    seed_end(&seed, "replay_window", "disorder-and-repeats");
    window_head(&seed, 7);
    step(&seed, 7, 0);
    step(&seed, 6, 0);
    step(&seed, 7, 65);
    step(&seed, 7, 0);
    seed_end(&seed, "replay_window", "counter-zero");
}

static void change(struct seed *seed, unsigned what, unsigned owner, unsigned length, uint32_t address)
{
    seed_u8(seed, what);
    seed_u8(seed, owner);
    seed_u8(seed, length);
    for (unsigned i = 0; i < 4; i++)
        seed_u8(seed, address >> (24 - 8 * i) & 255);
    seed_u8(seed, address & 255);
}

static void trie_head(struct seed *seed, unsigned room)
{
    seed->size = 0;
    seed_u8(seed, 0);
    seed_u8(seed, room - 1);
}

static void seeds_of_trie(void)
{
    static const struct { const char *name; unsigned kind, step; } families[] = {{"v4", 0, 1}, {"v6", 64, 4}, {"mapped", 192, 4}};
    struct seed seed;
    for (unsigned f = 0; f < 3; f++) {
        trie_head(&seed, 24);
        for (unsigned length = 0; length <= 32; length += 2) /* each in the one before */
            change(&seed, 0, families[f].kind + length / 2 % 4, length * families[f].step, 0x0a010203);
        for (unsigned length = 32; length > 0; length -= 4)
            change(&seed, 5, families[f].kind, 0, 0x0a010203 ^ 1u << (32 - length));
        change(&seed, 4, 2, 0, 0);
        change(&seed, 3, families[f].kind, 8 * families[f].step, 0x0a010203);
        change(&seed, 7, 0, 5, 0);
        seed_end(&seed, "allowedips", "nested-%s", families[f].name);
    }
    trie_head(&seed, 16);
    for (unsigned i = 0; i < 16; i++) /* side by side, so that only branches join them */
        change(&seed, 0, i % 4, 32, 0x0a000000 + (i * 7 % 16 << 4));
    for (unsigned i = 0; i < 16; i++)
        change(&seed, 3, i % 4, 32, 0x0a000000 + (i * 7 % 16 << 4));
    seed_end(&seed, "allowedips", "leaves-come-and-go");
    trie_head(&seed, 3);
    for (unsigned i = 0; i < 5; i++)
        change(&seed, 0, i % 4, 8 + i, 0xff55aa00);
    change(&seed, 0, 3, 8, 0xff55aa00);
    change(&seed, 3, 0, 8, 0xff55aa00);
    seed_end(&seed, "allowedips", "full-and-moved");
}

void seeds_of_shelves(void)
{
    seeds_of_window();
    seeds_of_trie();
}
