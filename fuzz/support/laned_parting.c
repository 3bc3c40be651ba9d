#include "laned_parting.h"

#include "laned_account.h"
#include "laned_reports.h"

#include "crypto.h"
#include "packets.h"

#include <string.h>

enum { JOBS = 20, LENGTH = 60, ROOM = WRN_HEADROOM + LENGTH + WRN_TAILROOM + 16, REPEATS = 20 };

static void inner(uint8_t *packet, uint8_t from, uint8_t to, unsigned number)
{
    const uint8_t source[4] = {10, 0, from, 1}, destination[4] = {10, 0, to, 1};
    fuzz_numbered(packet + WRN_HEADROOM, source, destination, number, LENGTH);
}

static void judge_batch(struct laned *world)
{
    static uint8_t    bytes[JOBS][ROOM];
    struct wrn_packet packets[JOBS];
    struct wrn_job    jobs[JOBS], planned[JOBS];
    struct wrn_lane  *lane = world->lane[world->peer[0].slot % LANED_LANES];
    for (unsigned i = 0; i < JOBS; i++) {
        inner(bytes[i], LANED_OTHERS, 0, i);
        packets[i] = (struct wrn_packet){.data = bytes[i], .capacity = ROOM, .offset = WRN_HEADROOM, .length = LENGTH};
    }
    wrn_lane_plan_tun(lane, world->now, packets, planned, JOBS);
    if (packets[0].verdict != WRN_UNSEEN) /* nobody had a packet to begin a session with */
        return;
    memcpy(jobs, planned, sizeof jobs); /* whoever crypts them has them elsewhere */
    memset(planned, 0x5a, sizeof planned);
    wrn_crypt(&fuzz_crypto, NULL, jobs, JOBS);
    wrn_lane_settle(lane, world->now, jobs, JOBS);
    for (unsigned i = 0; i < JOBS; i++) {
        FUZZ_CHECK(packets[i].verdict == WRN_SEND, "lane-batch", "%u of %u: %s (%s)", i, JOBS, wrn_verdict_name(packets[i].verdict),
                   wrn_reason_name(packets[i].reason));
        laned_left(world, &packets[i]);
        packets[i].remote = laned_address(LANED_OTHERS, 0);
        packets[i].tos = 0;
    }
    wrn_net_input(world->other[0], world->now, packets, JOBS);
    for (unsigned i = 0; i < JOBS; i++)
        FUZZ_CHECK(packets[i].verdict == WRN_DELIVER && packets[i].length == LENGTH && packets[i].data[packets[i].offset + 20] == i,
                   "lane-batch", "%u of %u arrives as %s (%s)", i, JOBS, wrn_verdict_name(packets[i].verdict),
                   wrn_reason_name(packets[i].reason));
}

/* Data of all the others, two packets of each in turn, by each lane: its own peers' arrive, the rest is passed on. */
static void judge_arrivals(struct laned *world, unsigned number)
{
    static uint8_t    bytes[JOBS][ROOM];
    struct wrn_packet packets[JOBS];
    struct wrn_job    jobs[JOBS];
    uint32_t          came[JOBS];
    for (unsigned i = 0; i < JOBS; i++) {
        uint8_t who = (uint8_t)(i / 2 % LANED_OTHERS);
        inner(bytes[i], who, LANED_OTHERS, i);
        packets[i] = (struct wrn_packet){.data = bytes[i], .capacity = ROOM, .offset = WRN_HEADROOM, .length = LENGTH};
        wrn_tun_input(world->other[who], world->now, &packets[i], 1);
        if (packets[i].verdict != WRN_SEND) /* it never had a packet to begin a session with */
            return;
        packets[i].remote = laned_address(who, 0);
        came[i] = packets[i].length;
    }
    wrn_lane_plan_net(world->lane[number], world->now, packets, jobs, JOBS);
    wrn_crypt(&fuzz_crypto, NULL, jobs, JOBS);
    wrn_lane_settle(world->lane[number], world->now, jobs, JOBS);
    for (unsigned i = 0; i < JOBS; i++) {
        bool own = world->peer[i / 2 % LANED_OTHERS].slot % LANED_LANES == number;
        FUZZ_CHECK(packets[i].verdict == (own ? WRN_DELIVER : WRN_PASS), "lane-batch", "%u of %u: %s (%s) in lane %u", i, JOBS,
                   wrn_verdict_name(packets[i].verdict), wrn_reason_name(packets[i].reason), number);
        laned_came(world, &packets[i], came[i]);
        FUZZ_CHECK(!own || packets[i].data[packets[i].offset + 20] == i, "lane-batch", "%u of %u: another", i, JOBS);
    }
}

static void judge_many_prefixes(struct laned *world)
{
    struct wrn_prefix prefixes[REPEATS];
    uint8_t           before[32], after[32];
    struct wrn_limits limits;
    wrn_engine_limits(world->engine, &limits);
    for (unsigned i = 0; i < REPEATS; i++)
        prefixes[i] = laned_prefix(0);
    wrn_digest(world->engine, WRN_PART_ALL, before);
    enum wrn_status status = wrn_allowed_replace(world->engine, world->peer[0], prefixes, REPEATS);
    wrn_digest(world->engine, WRN_PART_ALL, after);
    FUZZ_CHECK(limits.orders >= REPEATS || (status == WRN_NO_ROOM && !memcmp(before, after, 32)), "lane-error",
               "%u prefixes and %u orders: %s", REPEATS, limits.orders, wrn_status_name(status));
}

static void judge_end_of_time(struct laned *world)
{
    uint8_t buffer[LANED_BYTES];
    for (unsigned lane = 0; lane < LANED_LANES; lane++) {
        struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer};
        FUZZ_CHECK(!wrn_lane_net_output(world->lane[lane], WRN_NEVER, &packet, 1), "lane-late", "%u bytes by lane %u", packet.length,
                   lane);
    }
}

void laned_part(struct laned *world)
{
    judge_batch(world);
    for (unsigned lane = 0; lane < LANED_LANES; lane++)
        judge_arrivals(world, lane);
    judge_many_prefixes(world);
    laned_judge_reports(world);
    judge_end_of_time(world);
}
