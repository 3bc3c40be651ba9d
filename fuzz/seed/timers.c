/* Seeds of timers: each timer and what disarms it, each edge of age, retries to the end, crossings, intervals. */
#include "seed.h"

enum {
    PACKET, PACKET_2, UNSENT, RESPONSE, INITIATION, DATA, DATA_2, KEEPALIVE, LATE, COOKIE, NOISE, INTERVAL, UP, FORGET, BACK,
    IDLE
};
/* Classes of time: at once; 1 ns, 1 ms; thirds of a second, seconds; then by the argument; then beside the deadline. */
enum {
    NOW, NS = 2, MS, MS_19, MS_20, THIRD, S_1, S_4, S_5, S_5_THIRD, S_6, S_9, S_10, S_10_1, S_15, S_16, S_25, S_55, S_107,
    S_120, S_165, S_179, S_180, S_540, S_600, DAY, MILLISECONDS, SECONDS, EDGE, BEFORE_DUE = 31, DUE = 30
};
enum {
    OFTEN = 1 | 1 << 1, EVERY_4 = 1 | 2 << 1, EVERY_6 = 1 | 4 << 1, EVERY_25 = 1 | 8 << 1, EVERY_179 = 1 | 10 << 1,
    LONGEST = 1 | 11 << 1
};

static void step(struct seed *seed, unsigned what, unsigned moment, unsigned argument)
{
    seed_u8(seed, what);
    seed_u8(seed, moment);
    seed_u16(seed, argument);
}

static void head(struct seed *seed, unsigned world)
{
    seed->size = 0;
    seed_u8(seed, 0);
    seed_u8(seed, world);
}

/* A session, begun by us or by the peer. */
static void ours(struct seed *seed, unsigned world)
{
    head(seed, world);
    step(seed, PACKET, MS, 0);
    step(seed, RESPONSE, MS, 0);
}

static void theirs(struct seed *seed, unsigned world)
{
    head(seed, world);
    step(seed, INITIATION, MS, 0);
    step(seed, KEEPALIVE, MS, 1);
}

static void seeds_of_retries(void)
{
    struct seed seed;
    for (unsigned world = 0; world < 16; world += 5) { /* nobody answers, until it gives up and starts again */
        head(&seed, world);
        step(&seed, PACKET, S_1, 0);
        step(&seed, PACKET, S_55, 0);
        step(&seed, IDLE, S_55, 0);
        step(&seed, PACKET, S_25, 0);
        step(&seed, RESPONSE, S_6, 0);
        step(&seed, DATA, S_1, 0);
        step(&seed, IDLE, S_600, 0);
        seed_end(&seed, "timers", "gives-up-%02u", world);
    }
    static const unsigned often[] = {OFTEN, EVERY_4, EVERY_6, EVERY_25};
    for (unsigned i = 0; i < 4; i++) {
        head(&seed, 1);
        step(&seed, INTERVAL, S_1, often[i]);
        for (unsigned k = 0; k < 5; k++)
            step(&seed, IDLE, S_25, 0);
        step(&seed, RESPONSE, NOW, 0);
        step(&seed, IDLE, S_120, 0);
        seed_end(&seed, "timers", "nobody-and-interval-%u", i);
    }
    head(&seed, 1);
    step(&seed, PACKET, S_1, 0);
    for (unsigned i = 0; i < 4; i++) {
        step(&seed, COOKIE, DUE, i);
        step(&seed, COOKIE, MS, i);
        step(&seed, NOISE, MS, 0);
        step(&seed, LATE, MS, 0);
    }
    step(&seed, IDLE, S_107, 0);
    step(&seed, IDLE, S_10, 0);
    seed_end(&seed, "timers", "cookies-and-late-responses");
}

static void seeds_of_silence(void)
{
    struct seed seed;
    static const struct { const char *name; unsigned what;
    } ends[] = {{"nothing", IDLE},          {"data", DATA},   {"keepalive", KEEPALIVE},
                {"initiation", INITIATION}, {"noise", NOISE}, {"late", LATE}};
    for (unsigned i = 0; i < 6; i++) {
        ours(&seed, 1);
        step(&seed, PACKET, S_1, 0);
        step(&seed, PACKET, S_10, 0);
        step(&seed, ends[i].what, S_4, 0);
        step(&seed, IDLE, S_25, 0);
        step(&seed, IDLE, S_600, 0);
        seed_end(&seed, "timers", "silence-then-%s", ends[i].name);
    }
    ours(&seed, 1);
    step(&seed, UNSENT, S_25, 0);
    step(&seed, IDLE, S_25, 0);
    step(&seed, PACKET, NOW, 0);
    step(&seed, UNSENT, MS, 0);
    step(&seed, IDLE, S_25, 0);
    seed_end(&seed, "timers", "unsent");
    theirs(&seed, 5);
    step(&seed, DATA, S_25, 0);
    step(&seed, DATA, S_9, 4);
    step(&seed, DATA, S_1, 0);
    step(&seed, IDLE, S_25, 0);
    step(&seed, DATA, S_1, 0);
    step(&seed, DATA, NS, 8);
    step(&seed, PACKET, S_9, 0);
    step(&seed, IDLE, S_55, 0);
    seed_end(&seed, "timers", "passive-twice");
}

static void seeds_of_age(void)
{
    struct seed seed;
    static const unsigned ages[] = {120, 165, 180, 540};
    for (unsigned i = 0; i < 4; i++)
        for (unsigned who = 0; who < 2; who++) {
            if (who)
                theirs(&seed, 2);
            else
                ours(&seed, 2);
            for (unsigned off = 0; off < 3; off++) {
                step(&seed, KEEPALIVE, EDGE, i | off << 2);
                step(&seed, DATA, NOW, 0);
                step(&seed, PACKET, NOW, 0);
            }
            step(&seed, PACKET, S_6, 0);
            step(&seed, IDLE, S_25, 0);
            seed_end(&seed, "timers", "age-%u-%s", ages[i], who ? "theirs" : "ours");
        }
    ours(&seed, 3);
    step(&seed, INTERVAL, S_1, LONGEST);
    step(&seed, IDLE, DAY, 0);
    step(&seed, PACKET, DAY, 0);
    seed_end(&seed, "timers", "end-of-time");
    ours(&seed, 1);
    step(&seed, INTERVAL, S_1, EVERY_179);
    step(&seed, IDLE, S_179, 0);
    step(&seed, RESPONSE, S_5, 0);
    step(&seed, INTERVAL, S_180, EVERY_25);
    step(&seed, INTERVAL, S_180, 0);
    step(&seed, IDLE, S_600, 0);
    seed_end(&seed, "timers", "intervals-change");
}

static void seeds_of_crossing(void)
{
    struct seed seed;
    for (unsigned world = 1; world < 8; world += 4) {
        head(&seed, world);
        step(&seed, PACKET, S_1, 0);
        for (unsigned i = 0; i < 3; i++) { /* both responses are lost */
            step(&seed, INITIATION, THIRD, 0);
            step(&seed, INITIATION, i ? MS_20 : MS_19, 0);
            step(&seed, PACKET, S_5, 0);
            step(&seed, IDLE, BEFORE_DUE, 0);
        }
        step(&seed, RESPONSE, S_6, 0);
        step(&seed, DATA, MS, 0);
        seed_end(&seed, "timers", "crossing-%u", world);
    }
    head(&seed, 1);
    step(&seed, PACKET, S_1, 0);
    step(&seed, UP, S_1, 0);
    step(&seed, PACKET, S_1, 0);
    step(&seed, INITIATION, S_1, 0);
    step(&seed, INTERVAL, S_1, EVERY_25);
    step(&seed, UP, S_1, 1);
    step(&seed, UP, NOW, 0);
    step(&seed, UP, MS, 1);
    step(&seed, RESPONSE, MS, 0);
    step(&seed, FORGET, S_16, 0);
    step(&seed, IDLE, S_120, 0);
    seed_end(&seed, "timers", "down-up-forget");
    ours(&seed, 1);
    for (unsigned i = 0; i < 6; i++) {
        step(&seed, PACKET, S_4, 0);
        step(&seed, BACK, MS, 1 << 2 * i);
        step(&seed, DATA, MS, 0);
        step(&seed, INITIATION, S_5_THIRD, 0);
    }
    seed_end(&seed, "timers", "time-goes-back");
    head(&seed, 9);
    for (unsigned i = 0; i < 10; i++) { /* late calls: everything is due at once */
        step(&seed, PACKET, i & 1 ? S_165 : S_600, 0);
        step(&seed, i & 1 ? RESPONSE : INITIATION, i & 2 ? NOW : S_10_1, 0);
        step(&seed, i & 4 ? INTERVAL : DATA, S_15, i & 1 ? EVERY_25 : 0);
    }
    seed_end(&seed, "timers", "late-calls");
}

void seeds_of_timers(void)
{
    seeds_of_retries();
    seeds_of_silence();
    seeds_of_age();
    seeds_of_crossing();
}
