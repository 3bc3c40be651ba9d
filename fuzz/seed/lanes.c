/* Seeds of lanes: what a host with lanes outside goes through, one thing each. */
#include "seed.h"

enum { TUN, TUN_OTHER = 2, ROAD = 3, EXCHANGE = 5, OUTPUT, OUTPUT_OTHER, WAIT, PLAN, JOB, PEER, ROUTES, DEVICE, ODD, MANY };
enum { LANE_0, LANE_1, CONTROL, DELIVER = 5, GONE = 128 };
enum { ADD, REMOVE, REPLACE_WITH_4 = 18 };
enum { GROW, COPY, AGAIN, UNSENT, TIME_BACK, NOBODY };
enum {
    ZERO,
    NANOSECOND,
    SHORT,
    GAP,
    SECOND,
    SECONDS_5,
    SECONDS_10,
    SECONDS_15,
    SECONDS_25,
    SECONDS_120,
    SECONDS_165,
    SECONDS_180,
    SECONDS_540
};

static struct seed seed;

static void op(unsigned what, unsigned who, unsigned a, unsigned b, unsigned word)
{
    if (!seed.size)
        seed_u8(&seed, 0);
    seed_u8(&seed, what);
    seed_u8(&seed, who);
    seed_u8(&seed, a);
    seed_u8(&seed, b);
    seed_u16(&seed, word);
}

static void end(const char *name)
{
    seed_end(&seed, "lanes", "%s", name);
}

static void exchange(void)
{
    op(EXCHANGE, 0, 0, 0, 0);
}

static void road(unsigned first, unsigned count, unsigned door)
{
    for (unsigned i = 0; i < count; i++)
        op(ROAD, 0, first + i, DELIVER, door);
}

/* The host speaks first with that other: five places of the road. */
static void shake(unsigned who, unsigned place, unsigned door)
{
    op(TUN, who, door, 0, 100);
    exchange();
    op(OUTPUT, 0, CONTROL, 0, 0);
    road(place, 2, CONTROL);
    exchange();
    op(OUTPUT, 0, who % 2, 0, 0);
    road(place + 2, 1, CONTROL);
}

/* The first other is heard from another place. */
static void roam(void)
{
    shake(0, 0, LANE_0);
    op(TUN_OTHER, 0, 0, 0, 60);
    op(ROAD, 0, 3, 2, 5);
    road(3, 1, LANE_0);
}

/* The other speaks first. */
static void shaken(unsigned who, unsigned place, unsigned door)
{
    op(TUN_OTHER, who, 0, 0, 100);
    op(OUTPUT_OTHER, who, 0, 0, 0);
    road(place, 2, CONTROL);
    exchange();
    op(OUTPUT_OTHER, who, 0, 0, 0);
    road(place + 2, 1, door);
    exchange();
}

static void seeds_of_talk(void)
{
    op(EXCHANGE, 0, 0, 0, 0);
    end("nothing");
    for (unsigned door = 0; door < 3; door++) {
        shake(0, 0, door);
        shake(1, 3, door);
        seed_end(&seed, "lanes", "first-by-door-%u", door);
        shaken(0, 0, door);
        shaken(1, 3, door);
        op(TUN, 0, door, 0, 70);
        op(TUN, 1, door, 0, 70);
        road(6, 2, door);
        seed_end(&seed, "lanes", "second-by-door-%u", door);
    }
    shake(0, 0, LANE_0);
    op(WAIT, 0, SECONDS_120, 0, 0);
    op(TUN, 0, LANE_0, 0, 50);
    exchange();
    op(OUTPUT, 0, CONTROL, 0, 0);
    road(3, 4, LANE_0);
    end("rekey");
    shake(0, 0, LANE_0);
    op(WAIT, 0, SECONDS_180, 0, 0);
    op(TUN, 0, LANE_0, 0, 50);
    op(WAIT, 0, SECONDS_540, 0, 0);
    exchange();
    end("expired-and-forgotten");
    roam();
    exchange();
    end("roamed");
    roam();
    op(PEER, 0, 0, 2, 1 << 2);
    exchange();
    end("roamed-against-an-order");
    shake(0, 0, LANE_0);
    for (unsigned i = 0; i < 4; i++)
        op(TUN_OTHER, 0, 0, 0, 60);
    op(ROAD, 0, 3, 3, 0);
    op(ROAD, 0, 5, 1, 40);
    op(ROAD, 0, 6, 4, 33);
    road(3, 4, LANE_1);
    op(WAIT, 0, SECONDS_10, 0, 0);
    exchange();
    op(OUTPUT, 0, LANE_0, 0, 0);
    end("repeated-forged-and-cut");
    op(TUN, 0, LANE_0, 0, 300);
    for (unsigned i = 0; i < 6; i++)
        op(TUN, i % 2, LANE_1, 0, 60 + i);
    op(DEVICE, 0, 5, 0, 0);
    exchange();
    end("staged-and-purged");
    shake(0, 0, LANE_0);
    op(TUN, 0, LANE_0, 0, 90);
    op(ODD, 0, UNSENT, 0, 0);
    exchange();
    op(ODD, 0, UNSENT, 0, 0);
    end("unsent");
    op(PEER, 0, 0, 16, 25 << 4);
    op(PEER, 1, 0, 16, 1 << 4);
    shake(0, 0, LANE_0);
    shake(1, 3, LANE_1);
    op(WAIT, 0, SECONDS_25, 0, 0);
    exchange();
    end("keepalive");
}

static void seeds_of_jobs(void)
{
    shake(0, 0, LANE_0);
    op(PLAN, 0, 0, 1, 80);
    op(JOB, 0, 0, 1, 0);
    op(JOB, 0, 0, 0, 0);
    op(TUN_OTHER, 0, 0, 0, 60);
    op(PLAN, 0, 1, 0, 4);
    op(JOB, 0, 1, 1, 0);
    op(JOB, 0, 1, 0, 0);
    end("three-moves");
    shake(0, 0, LANE_0);
    op(PLAN, 0, 0, 1, 80);
    op(PLAN, 0, 1, 1, 81);
    op(JOB, 0, 0, 0, 0);
    op(TUN_OTHER, 0, 0, 0, 60);
    op(PLAN, 0, 2, 0, 3);
    op(JOB, 0, 2, 0, 0);
    op(WAIT, 0, SECONDS_180, 0, 0);
    op(JOB, 0, 1, 1, 0);
    op(JOB, 0, 1, 0, 0);
    end("never-crypted-and-too-late");
    for (unsigned how = 0; how < 4; how++) {
        shake(0, 0, LANE_0);
        op(TUN_OTHER, 0, 0, 0, 60);
        op(PLAN, 0, 0, 1, 80);
        op(PLAN, 0, 1, 0, 3);
        op(PLAN, 1, 2, 1, 0x100 | 80);
        op(JOB, 0, 0, 1, 0);
        op(JOB, 0, 1, 1, 0);
        if (how == 0)
            op(DEVICE, 0, 3, 0, 0);
        else if (how == 1)
            op(ROUTES, 0, GONE | 1, 0, 0);
        else if (how == 2)
            op(ODD, 0, COPY, 0, 0);
        else
            op(WAIT, 0, SECONDS_180, 0, 0);
        exchange();
        for (unsigned i = 0; i < 3; i++)
            op(JOB, 0, i, 0, 0);
        seed_end(&seed, "lanes", "between-plan-and-settle-%u", how);
    }
}

static void seeds_of_orders(void)
{
    for (unsigned i = 0; i < 20; i++)
        op(PEER, i % 2, 0, 2, (i & 3) << 2);
    op(ROUTES, 0, ADD, 1, 4);
    op(ROUTES, 0, REMOVE, 0, 0);
    op(ROUTES, 0, REPLACE_WITH_4, 0, 0x4441);
    op(ROUTES, 0, GONE | 1, 0, 0);
    op(ROUTES, 2, GONE, 4, 0);
    for (unsigned i = 0; i < 8; i++)
        op(DEVICE, 0, i, 0, 1300);
    op(WAIT, 0, SECONDS_5, 0, 0);
    op(ODD, 0, GROW, 0, 0);
    end("full");
    for (unsigned i = 0; i < 20; i++)
        op(PEER, i % 2, 0, 2, (i & 3) << 2);
    op(TUN_OTHER, 0, 0, 0, 60);
    op(OUTPUT_OTHER, 0, 0, 0, 0);
    op(ROAD, 0, 0, DELIVER, CONTROL);
    op(TUN, 1, CONTROL, 0, 60);
    op(EXCHANGE, 1, 3, 0x1f, 0);
    op(OUTPUT, 0, CONTROL, 0, 0);
    road(1, 2, CONTROL);
    end("full-for-handshakes");
    op(TUN, 0, LANE_0, 0, 60);
    op(EXCHANGE, 0, 3, 0x11, 0);
    op(OUTPUT, 0, CONTROL, 0, 0);
    op(ROAD, 0, 0, DELIVER, CONTROL);
    for (unsigned i = 0; i < 20; i++)
        op(PEER, 0, 0, 2, (i & 3) << 2);
    op(ROAD, 0, 1, DELIVER, CONTROL);
    op(WAIT, 0, SECONDS_5, 0, 0);
    op(OUTPUT, 0, CONTROL, 0, 0);
    end("full-for-a-response");
    op(ROUTES, 1, ADD, 0, 0);
    op(TUN, 0, LANE_0, 0, 60);
    op(TUN, 0, LANE_1, 0, 60);
    op(EXCHANGE, 0, 1, 0x1f, 0);
    op(TUN, 0, LANE_0, 0, 60);
    op(TUN, 0, LANE_1, 0, 60);
    end("routes-on-their-way");
    op(ROUTES, 0, REPLACE_WITH_4, 0, 0x4440);
    op(ROUTES, 1, REPLACE_WITH_4, 1, 0x5210);
    op(ROUTES, 2, REPLACE_WITH_4, 16, 0xc840);
    op(ROUTES, 2, REPLACE_WITH_4, 2, 0x7654);
    op(ROUTES, 0, REPLACE_WITH_4, 3, 0x4444);
    exchange();
    end("lists");
    shake(0, 0, LANE_0);
    op(ROUTES, 0, GONE | 1, 0, 0);
    op(TUN_OTHER, 0, 0, 0, 60);
    road(3, 1, LANE_0);
    op(ROUTES, 0, GONE, 0, 0);
    op(EXCHANGE, 0, 1, 0x1f, 0);
    road(3, 1, LANE_0);
    end("peer-replaced");
}

static void seeds_of_device(void)
{
    shake(0, 0, LANE_0);
    op(DEVICE, 0, 1, 0, 0);
    op(TUN, 0, LANE_0, 0, 60);
    op(TUN, 0, CONTROL, 0, 60);
    exchange();
    op(TUN, 0, LANE_0, 0, 60);
    op(TUN_OTHER, 0, 0, 0, 60);
    road(3, 2, LANE_0);
    op(DEVICE, 0, 1, 1, 0);
    exchange();
    op(TUN, 0, LANE_0, 0, 60);
    end("down-and-up");
    shake(0, 0, LANE_0);
    op(DEVICE, 0, 2, 0, 0);
    op(TUN, 0, LANE_0, 0, 60);
    exchange();
    op(TUN, 0, LANE_0, 0, 60);
    op(DEVICE, 0, 2, 1, 0);
    exchange();
    end("another-key");
    for (unsigned what = 0; what < 6; what++) {
        shake(0, 0, LANE_0);
        shaken(1, 3, LANE_1);
        op(ODD, 0, what, what == AGAIN ? 0 : 1, what == TIME_BACK ? 500 : 40000);
        op(TUN, 0, LANE_0, 0, 60);
        op(TUN_OTHER, 1, 0, 0, 60);
        road(6, 2, CONTROL);
        seed_end(&seed, "lanes", "odd-%u", what);
    }
    op(ODD, 0, AGAIN, 0, 0);
    op(ODD, 1, AGAIN, 1, 0);
    op(ODD, 1, AGAIN, 2, 0);
    shake(0, 0, LANE_1);
    end("lanes-again");
    op(DEVICE, 0, 6, 0, 0);
    shaken(0, 0, LANE_0);
    op(WAIT, 0, SECONDS_5, 0, 0);
    op(OUTPUT_OTHER, 0, 0, 0, 0);
    road(2, 2, CONTROL);
    end("loaded");
    shaken(0, 0, LANE_0);
    op(DEVICE, 0, 4, 0, 0);
    op(DEVICE, 0, 0, 0, 1200);
    op(MANY, 0, 30, 128 | 1, 90);
    op(MANY, 0, 30, 128, 90);
    exchange();
    end("many");
}

/* Initiations of an other, each of them answered, and no answer arrives; two places of the road each. */
static void unheard(unsigned who, unsigned place, unsigned count)
{
    op(TUN_OTHER, who, 0, 0, 100);
    for (unsigned i = 0; i < count; i++) {
        op(OUTPUT_OTHER, who, 0, 0, 0);
        road(place + 2 * i, 1, CONTROL);
        op(ROAD, 0, place + 2 * i + 1, 0, 0);
        op(WAIT, 0, SECONDS_5, 0, 0);
        op(WAIT, 0, SECOND, 0, 0);
    }
}

/* What lanes tell late, or are told late. */
static void seeds_of_delay(void)
{
    for (unsigned i = 0; i < 16; i++)
        op(DEVICE, 0, 0, 0, 1300 + i);
    op(DEVICE, 0, 3, 0, 0);
    end("full-when-forgetting");
    op(TUN, 0, LANE_0, 0, 60);
    op(EXCHANGE, 0, 3, 0x01, 0);
    op(DEVICE, 0, 1, 0, 0);
    exchange();
    end("wish-when-down");
    roam();
    op(PEER, 0, 0, 2, 1 << 2);
    op(EXCHANGE, 0, 3, 0x11, 0);
    exchange();
    end("roamed-as-it-was-placed");
    unheard(0, 0, 6);
    end("no-cell-to-answer");
    op(TUN, 0, LANE_0, 0, 60);
    op(EXCHANGE, 0, 3, 0x11, 0);
    op(OUTPUT, 0, CONTROL, 0, 0);
    op(ROAD, 0, 0, 0, 0);
    unheard(0, 1, 4);
    for (unsigned i = 0; i < 4; i++) {
        op(WAIT, 0, SECONDS_5, 0, 0);
        op(OUTPUT, 0, CONTROL, 0, 0);
    }
    end("no-cell-to-begin");
    shake(0, 0, LANE_0);
    op(PLAN, 0, 0, 1, 80);
    op(JOB, 0, 0, 1, 0);
    op(DEVICE, 0, 2, 0, 0);
    op(EXCHANGE, 0, 1, 0xff, 0);
    op(JOB, 0, 0, 0, 0);
    end("retired-before-it-settles");
}

void seeds_of_lanes(void)
{
    seeds_of_talk();
    seeds_of_jobs();
    seeds_of_orders();
    seeds_of_device();
    seeds_of_delay();
}
