/* Seeds of keypairs: each operation from each state of the three places, edges of age and count, late orders and reports. */
#include "seed.h"

enum { INITIATE, MANY, COMPLETE, ANSWER, CONFIRM, SEND, RECEIVE, TIME, EDGE, CLEAR, RETIRE, REPLACE, INDEX, OBEY, REPORT, HEAR };
enum { LATE = 4, EDGES = 8 };

static void step(struct seed *seed, unsigned what, unsigned peer, unsigned place, uint32_t argument)
{
    seed_u8(seed, what);
    seed_u8(seed, place * 4 + peer);
    seed_u32(seed, argument);
}

static void head(struct seed *seed, unsigned world)
{
    seed->size = 0;
    seed_u8(seed, 0);
    seed_u8(seed, world);
}

static void ours(struct seed *seed, unsigned peer)
{
    step(seed, INITIATE, peer, 0, 0);
    step(seed, COMPLETE, peer, 0, 77);
}

/* Before it: nothing; current; current and previous; current and next; next. */
static void state(struct seed *seed, unsigned number)
{
    for (unsigned i = 0; number < 4 && i < number && i < 2; i++)
        ours(seed, 0);
    if (number > 2)
        step(seed, ANSWER, 0, 0, 88);
}

static void seeds_of_places(void)
{
    static const unsigned operations[] = {COMPLETE, ANSWER, CONFIRM, CLEAR, RETIRE, REPLACE};
    struct seed seed;
    for (unsigned number = 0; number < 5; number++) {
        head(&seed, number & 3);
        for (unsigned i = 0; i < 6; i++) {
            state(&seed, number);
            step(&seed, INITIATE, 0, 0, 0);
            step(&seed, operations[i], 0, 0, 99);
            for (unsigned place = 0; place < 3; place++)
                step(&seed, RECEIVE, 0, place, place);
            step(&seed, SEND, 0, 0, 3);
            step(&seed, CLEAR, 0, 0, 0);
        }
        seed_end(&seed, "keypairs", "from-state-%u", number);
    }
}

static void seeds_of_edges(void)
{
    static const struct { const char *name; unsigned edge; } ages[] = {{"120", 0}, {"165", 1}, {"180", 2}};
    struct seed seed;
    for (unsigned i = 0; i < 3; i++) {
        head(&seed, i);
        ours(&seed, 0);
        step(&seed, ANSWER, 1, 0, 5);
        step(&seed, CONFIRM, 1, 0, 0);
        for (unsigned off = 0; off < 3; off++) {
            step(&seed, EDGE, 0, 1, ages[i].edge | off << 2);
            for (unsigned peer = 0; peer < 2; peer++) {
                step(&seed, SEND, peer, 1, 0);
                step(&seed, RECEIVE, peer, 1, 0);
                step(&seed, RECEIVE, peer, 1, 0);
            }
        }
        seed_end(&seed, "keypairs", "age-%s", ages[i].name);
    }
    head(&seed, 0);
    ours(&seed, 0);
    for (unsigned limit = 1; limit <= 3; limit++) /* up to each, and over it */
        step(&seed, SEND, 0, 1, limit << 8 | 3 << 4 | 15);
    step(&seed, RECEIVE, 0, 1, 0x80000000);
    step(&seed, RECEIVE, 0, 1, 0);
    seed_end(&seed, "keypairs", "last-counters");
    head(&seed, EDGES);
    for (unsigned peer = 0; peer < 2; peer++) {
        ours(&seed, peer);
        step(&seed, INDEX, 0, 0, peer ? UINT32_MAX : 0);
        step(&seed, CLEAR, peer, 0, 0);
        step(&seed, INDEX, 0, 0, peer ? UINT32_MAX : 0);
    }
    seed_end(&seed, "keypairs", "index-0-and-last");
    head(&seed, 0);
    for (unsigned i = 0; i < 36; i++) /* more than there are generations */
        step(&seed, MANY, 2, 0, 31);
    ours(&seed, 2);
    seed_end(&seed, "keypairs", "all-generations");
}

static void seeds_of_lateness(void)
{
    struct seed seed;
    head(&seed, LATE);
    for (unsigned i = 0; i < 5; i++) /* until no cell is left, and heard of one by one */
        ours(&seed, 3);
    for (unsigned i = 0; i < 5; i++) {
        step(&seed, OBEY, 3, 0, 0);
        step(&seed, REPORT, 3, 0, 0);
        step(&seed, INITIATE, 3, 0, 0);
    }
    for (unsigned i = 0; i < 5; i++) {
        step(&seed, HEAR, 3, 0, 0);
        step(&seed, INITIATE, 3, 0, 0);
    }
    seed_end(&seed, "keypairs", "late-until-none-is-free");
    head(&seed, LATE);
    for (unsigned i = 0; i < 8; i++) { /* a report that does not know the newest order yet */
        ours(&seed, 1);
        step(&seed, OBEY, 1, 0, 0);
        step(&seed, REPORT, 1, 0, 0);
        step(&seed, i & 1 ? CLEAR : ANSWER, 1, 0, 9);
        step(&seed, HEAR, 1, 0, 0);
        step(&seed, INITIATE, 1, 0, 0);
        step(&seed, OBEY, 1, 0, 0);
        step(&seed, CONFIRM, 1, 0, 0);
        step(&seed, REPORT, 1, 0, 0);
        step(&seed, HEAR, 1, 0, 0);
    }
    seed_end(&seed, "keypairs", "late-reports");
}

void seeds_of_keypairs(void)
{
    seeds_of_places();
    seeds_of_edges();
    seeds_of_lateness();
}
