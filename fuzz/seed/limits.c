/* Seeds of limits: each limit at its edges, memories of each kind, and each call on small engines. */
#include "seed.h"

enum { FIELDS = 9, LANES = 7 };
enum { SMALL = 0, LESS = 10, LEAST, MOST, MORE, ALL = 15 };
enum { MOVE, LANE, MOVE_LANE, FILL, WALK, NAMES, SEND, NONSENSE, OUTPUT, TIME, KEY, MTU, NOBODY };
enum { NO_MEMORY, SHORT, MISPLACED, GOOD };
enum { ONE_MORE = 16, ONE_LESS = 32, LARGER = 64, OVERLAP = 128 };

static struct seed seed;

/* Small limits, but one of them of that class; one lane more than `lanes`. */
static void begin(unsigned which, unsigned class, unsigned number, unsigned lanes, unsigned memory, unsigned burst)
{
    seed.size = 0;
    seed_u8(&seed, 0);
    for (unsigned i = 0; i < FIELDS; i++) {
        seed_u8(&seed, i == which ? class : SMALL);
        seed_u8(&seed, i == which ? number : i == LANES ? lanes : i == 2 ? 0 : 3);
    }
    seed_u8(&seed, memory);
    seed_u8(&seed, burst);
}

static void small(unsigned lanes)
{
    begin(FIELDS, 0, 0, lanes, GOOD, 3);
}

static void op(unsigned what, unsigned a, unsigned b, unsigned c)
{
    seed_u8(&seed, what);
    seed_u8(&seed, a);
    seed_u8(&seed, b);
    seed_u8(&seed, c);
}

static void seeds_of_edges(void)
{
    static const unsigned classes[] = {LESS, LEAST, MOST, MORE};
    for (unsigned i = 0; i < FIELDS; i++) {
        begin(i, LESS, 0, 1, GOOD, 3);
        seed_end(&seed, "limits", "less-%u", i);
    }
    for (unsigned lanes = 0; lanes < 2; lanes++) { /* growing from small limits to each edge */
        small(lanes);
        op(LANE, GOOD, 0, 0);
        for (unsigned i = 0; i < FIELDS; i++)
            for (unsigned class = 0; class < 4; class ++) {
                op(MOVE, i, classes[class], GOOD);
                if (lanes)
                    op(MOVE_LANE, i, classes[class], GOOD);
            }
        seed_end(&seed, "limits", "edges-%u", lanes);
        small(lanes);
        op(LANE, GOOD, 0, 0);
        for (unsigned i = 0; i < FIELDS; i++) {
            op(MOVE, i, ONE_LESS, GOOD);
            op(MOVE_LANE, i, ONE_LESS, GOOD);
        }
        seed_end(&seed, "limits", "one-less-%u", lanes);
    }
    begin(2, 14, 3, 0, GOOD, 3);
    seed_end(&seed, "limits", "window-of-no-power");
}

static void seeds_of_memory(void)
{
    for (unsigned memory = NO_MEMORY; memory <= GOOD; memory++) {
        begin(FIELDS, 0, 0, 1, memory, 3);
        seed_end(&seed, "limits", "init-%u", memory);
        small(1);
        op(LANE, GOOD, 0, 0);
        op(MOVE_LANE, 8, LARGER | ONE_MORE, memory);
        op(LANE, memory, 0, 0);
        op(LANE, GOOD, 1, 0);
        op(MOVE, 8, LARGER | ONE_MORE, memory);
        op(KEY, 0, 0, 0);
        op(FILL, 0, 0, 0);
        seed_end(&seed, "limits", "grown-%u", memory);
    }
    small(1);
    op(LANE, GOOD, 0, 0);
    for (unsigned half = 0; half < 2; half++) {
        op(MOVE, 8, LARGER | ONE_MORE, GOOD | OVERLAP | half << 6);
        op(MOVE_LANE, 8, LARGER | ONE_MORE, GOOD | OVERLAP | half << 6);
    }
    seed_end(&seed, "limits", "overlaps");
    begin(FIELDS, 0, 0, 0, GOOD, 0);
    seed_end(&seed, "limits", "no-burst");
    begin(FIELDS, 0, 0, 0, GOOD, 3 | 128 | 64 | 32);
    op(TIME, 1, 255, 0);
    seed_end(&seed, "limits", "never");
    small(1);
    op(MTU, 5, 0, 0);
    op(LANE, GOOD, 0, 0);
    op(MTU, 5, 1, 0);
    op(MOVE, 8, LARGER | ONE_MORE, GOOD);
    op(LANE, GOOD, 4, 0);
    seed_end(&seed, "limits", "orders-wait");
}

static void seeds_of_calls(void)
{
    small(0);
    for (unsigned i = 0; i < 32; i++)
        op(NAMES, i, 0, 0);
    seed_end(&seed, "limits", "names");
    for (unsigned which = 3; which < 6; which++) { /* no slots, no share, no bytes */
        begin(which, LEAST, 0, 0, GOOD, 3);
        op(KEY, 0, 0, 0);
        op(FILL, 4, 0, 0);
        for (unsigned i = 0; i < 8; i++)
            op(SEND, 0, 60 * i, i);
        op(OUTPUT, 5, 0, 0);
        seed_end(&seed, "limits", "no-stage-%u", which);
    }
    for (unsigned lanes = 0; lanes < 2; lanes++) {
        small(lanes);
        op(LANE, GOOD, 0, 0);
        for (unsigned i = 0; i < 16; i++)
            op(NONSENSE, i / 4, i, 0);
        seed_end(&seed, "limits", "nonsense-%u", lanes);
    }
    for (unsigned room = 0; room < 8; room++) {
        small(0);
        op(KEY, 0, 0, 0);
        op(FILL, room, 0, 0);
        op(SEND, 0, 30, 1);
        op(OUTPUT, room, 0, 0);
        op(TIME, 6, 0, 0);
        op(OUTPUT, 64, 0, 0);
        op(TIME, 6, 0, 0);
        op(OUTPUT, 7, 0, 0);
        seed_end(&seed, "limits", "output-%u", room);
    }
    small(0);
    op(FILL, 4, 0, 0);
    for (unsigned i = 0; i < 24; i++)
        op(WALK, i, i * 11, 0);
    op(NOBODY, 0, 0, 0);
    seed_end(&seed, "limits", "walks");
}

void seeds_of_limits(void)
{
    seeds_of_edges();
    seeds_of_memory();
    seeds_of_calls();
}
