/* Seeds of sim_schedule: a quiet world of each form, and one for each operation. */
#include "seed.h"

enum { TRAFFIC, DROP, PARTITION, PATH, POWER, RESTART, CLOCK, SLEEP, SET, TAMPER, HOLD, REPLAY, FLOOD, ROAM, MISBEHAVE, KINDS };
enum { HUB = 4, ATTACKER = 8, TOY = 16, PSK = 32, ONE_SIDED = 64 };

static const char *const names[KINDS] = {"traffic", "drop", "partition", "path", "power", "restart", "clock", "sleep",
                                         "set", "tamper", "hold", "replay", "flood", "roam", "misbehave"};

static void head(struct seed *seed, unsigned form, unsigned number, unsigned load)
{
    seed->size = 0;
    seed_u8(seed, 0);
    seed_u8(seed, form);
    seed_u8(seed, 255);
    seed_u8(seed, number);
    seed_u8(seed, 20); /* 80 ms, and a loss of a quarter */
    seed_u8(seed, 64);
    seed_u8(seed, load);
    seed_u8(seed, 4);
}

static void add(struct seed *seed, unsigned what, unsigned who, unsigned gap, unsigned length, unsigned many, unsigned kind,
                unsigned value)
{
    seed_u8(seed, what);
    seed_u8(seed, who);
    seed_u8(seed, gap);
    seed_u8(seed, length);
    seed_u8(seed, many);
    seed_u8(seed, kind);
    seed_u16(seed, value);
}

void seeds_of_schedule(void)
{
    static const unsigned forms[] = {0, 1, 2, HUB | 2, PSK, ONE_SIDED, TOY, PSK | ONE_SIDED | TOY | 1};
    struct seed           seed;
    for (unsigned i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        head(&seed, forms[i], i < 2 ? i : 16 + i, 0);
        add(&seed, TRAFFIC, 0, 0, 9, 8, 2, 300);
        seed_end(&seed, "sim_schedule", "quiet-%u", i);
    }
    for (unsigned what = DROP; what < KINDS; what++)
        for (unsigned kind = 0; kind < (what == MISBEHAVE ? 8 : 4); kind++) {
            head(&seed, what >= TAMPER && what <= FLOOD ? ATTACKER : PSK, 16, what == FLOOD ? 2 : 0);
            add(&seed, TRAFFIC, 0, 0, 5, 11, 0, 300);
            add(&seed, what, 0, 12, 11, 3, kind, kind + 2);
            add(&seed, TRAFFIC, 1, 11, 13, 5, 2, 900);
            add(&seed, what, 1, 13, 12, 1, kind + 1, kind);
            if (what < TAMPER || kind < 2)
                seed_end(&seed, "sim_schedule", "%s-%u", names[what], kind);
        }
}
