/* Seeds of ratelimit_cookie: load and its end, every proof before and behind a new secret, buckets and tables to the brim, the
 * jar. */
#include "seed.h"

enum { MESSAGE, TIME = 4, EDGE, LOADED, LOOK, OURS, COOKIE, GROW, TOKEN };
enum { NONE, OWN, BEFORE, OTHERS, SPOILT };
enum { SECRET, JAR, LOAD, PRICE, SECOND, ENTRY };
enum { RATE_0, RATE_1, RATE_20, RATE_1000, RATE_FAST };

static void step(struct seed *seed, unsigned what, unsigned source, uint32_t argument)
{
    seed_u8(seed, what);
    seed_u8(seed, source);
    seed_u32(seed, argument);
}

static void head(struct seed *seed, unsigned capacity, unsigned rate, unsigned burst, unsigned start)
{
    seed->size = 0;
    seed_u8(seed, 0);
    seed_u8(seed, capacity);
    seed_u8(seed, rate);
    seed_u8(seed, burst);
    seed_u8(seed, start);
}

/* A proof among those of a message: numbers that are it modulo 5, of both kinds of messages. */
static uint32_t proof(unsigned which, bool response)
{
    uint32_t number = response ? 32 : 0;
    while (number % 5 != which || (number & 32) != (response ? 32u : 0u))
        number++;
    return number;
}

/* An edge, 1 ns before it, at it, or behind: `go_to_edge` takes both of one number. */
static uint32_t edge(unsigned which, unsigned side)
{
    uint32_t number = 0;
    while (number % 6 != which || (number / 8 & 3) % 3 != side)
        number++;
    return number;
}

static void seeds_of_proofs(void)
{
    struct seed seed;
    for (unsigned which = NONE; which <= SPOILT; which++)
        for (unsigned source = 0; source < 16; source += 15) {
            head(&seed, 6, RATE_1, 1, source & 1);
            step(&seed, LOADED, 0, 0);
            step(&seed, MESSAGE, source, proof(NONE, false));
            step(&seed, MESSAGE, (source + 1) % 16, proof(NONE, true));
            step(&seed, MESSAGE, source, proof(which, false));
            for (unsigned side = 0; side < 3; side++) {
                step(&seed, EDGE, 0, edge(SECRET, side));
                step(&seed, LOADED, 0, 0);
                step(&seed, MESSAGE, source, proof(which, side & 1));
                step(&seed, MESSAGE, source, proof(OWN, true));
                step(&seed, MESSAGE, source, proof(BEFORE, false));
            }
            seed_end(&seed, "ratelimit_cookie", "proof-%u-of-%u", which, source);
        }
}

static void seeds_of_load(void)
{
    struct seed seed;
    for (unsigned rate = RATE_0; rate <= RATE_FAST; rate++) {
        head(&seed, 4, rate, 3, rate & 3);
        for (unsigned i = 0; i < 5; i++)
            step(&seed, MESSAGE, i, proof(NONE, i & 1));
        for (unsigned side = 0; side < 3; side++) {
            step(&seed, EDGE, 0, edge(LOAD, side));
            step(&seed, side & 1 ? LOOK : MESSAGE, 1, proof(OWN, false));
        }
        step(&seed, EDGE, 0, edge(SECOND, 1));
        step(&seed, MESSAGE, 1, proof(NONE, false));
        seed_end(&seed, "ratelimit_cookie", "load-%u", rate);
    }
    for (unsigned rate = RATE_1; rate <= RATE_20; rate++) { /* empty, and as full again as the time allows */
        head(&seed, 4, rate, 7, 1);
        for (unsigned i = 0; i < 9; i++)
            step(&seed, MESSAGE, i, proof(NONE, false));
        for (unsigned round = 0; round < 5; round++) {
            step(&seed, TIME, 0, rate == RATE_1 ? 4 + 8 * 4 : 3 + 8 * 12); /* 2.. s; 1.2 s */
            step(&seed, LOOK, 0, 0);
            for (unsigned i = 0; i < 9; i++)
                step(&seed, MESSAGE, i, proof(NONE, false));
        }
        seed_end(&seed, "ratelimit_cookie", "refilled-%u", rate);
    }
    head(&seed, 0, RATE_FAST, 7, 3);
    step(&seed, LOADED, 0, 0);
    for (unsigned i = 0; i < 4; i++) {
        step(&seed, TIME, 0, 5 + 6 * 4 + 8 * 200);
        step(&seed, MESSAGE, i, proof(NONE, false));
    }
    seed_end(&seed, "ratelimit_cookie", "end-of-time");
}

static void seeds_of_tables(void)
{
    struct seed seed;
    for (unsigned capacity = 0; capacity < 7; capacity += 3) {
        head(&seed, capacity, RATE_20, 1, 1);
        for (unsigned round = 0; round < 2; round++) {
            for (unsigned i = 0; i < 16; i++)
                step(&seed, TOKEN, i, 0);
            step(&seed, EDGE, 0, edge(ENTRY, round));
            step(&seed, TOKEN, 15, 0);
            step(&seed, GROW, 0, 0);
        }
        seed_end(&seed, "ratelimit_cookie", "table-%u", capacity);
    }
    head(&seed, 3, RATE_20, 1, 1);
    for (unsigned i = 0; i < 7; i++)
        step(&seed, TOKEN, 9, 0);
    for (unsigned side = 0; side < 3; side++) {
        step(&seed, EDGE, 0, edge(PRICE, side));
        step(&seed, TOKEN, 8, 0); /* of the same /64 */
        step(&seed, TOKEN, 9, 0);
    }
    step(&seed, EDGE, 0, edge(SECOND, 0));
    for (unsigned i = 0; i < 6; i++)
        step(&seed, TOKEN, 9, 0);
    seed_end(&seed, "ratelimit_cookie", "bucket");
}

/* More strangers than there are places: in one that is searched as a whole, and in a larger one. */
static void seeds_of_crowds(void)
{
    struct seed seed;
    for (unsigned capacity = 2; capacity < 8; capacity++) {
        head(&seed, capacity, RATE_1, 1, 1);
        step(&seed, TOKEN, capacity, UINT32_C(1) << 31);
        step(&seed, EDGE, 0, edge(SECOND, 1));
        step(&seed, TOKEN, capacity - 1, UINT32_C(1) << 31);
        step(&seed, GROW, 0, 0);
        step(&seed, TOKEN, 3, 0);
        seed_end(&seed, "ratelimit_cookie", "crowd-%u", capacity);
    }
}

static void seeds_of_jars(void)
{
    struct seed seed;
    for (unsigned side = 0; side < 3; side++) {
        head(&seed, 0, RATE_20, 1, side);
        step(&seed, COOKIE, 0, 0);
        step(&seed, OURS, 0, 0);
        step(&seed, COOKIE, 0, 2);
        step(&seed, COOKIE, 0, 4);
        step(&seed, COOKIE, 0, 1);
        step(&seed, OURS, 0, 1);
        step(&seed, COOKIE, 0, 1);
        step(&seed, EDGE, 0, edge(JAR, side));
        step(&seed, OURS, 0, 0);
        step(&seed, COOKIE, 0, 32);
        step(&seed, OURS, 0, 1);
        seed_end(&seed, "ratelimit_cookie", "jar-%u", side);
    }
}

void seeds_of_ratelimit(void)
{
    seeds_of_proofs();
    seeds_of_load();
    seeds_of_tables();
    seeds_of_crowds();
    seeds_of_jars();
}
