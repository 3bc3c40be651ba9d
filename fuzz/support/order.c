/* Of several peers in one batch: who asks, and who is told of, first (law 2). */
#include "whole.h"
#include "model.h"
#include "pin.h"

#include <string.h>

enum { PACKETS = 3, ROOM = WRN_HEADROOM + 64 + WRN_TAILROOM, OUTPUTS = 4, ELSEWHERE = 2, REKEY = 60 };

static _Alignas(16) uint8_t memory[2][FUZZ_MEMORY];
static uint8_t              room[2][PACKETS][ROOM];

static struct wrn_engine *copy(const struct fuzz_world *world, unsigned which)
{
    fuzz_copy(memory[which], world->engine, fuzz_memory());
    return (struct wrn_engine *)(void *)memory[which];
}

static bool usable(const struct fuzz_world *world, const struct fuzz_session *session)
{
    return fuzz_session_usable(session, world->now) && session->next < UINT64_C(1) << REKEY;
}

/* All that is due of both, one by one: for the same peers. */
static void same_outputs(struct fuzz_world *world, struct wrn_engine *at_once, struct wrn_engine *in_turn)
{
    uint8_t data[2][ROOM + FUZZ_STAGED];
    for (unsigned i = 0; i < OUTPUTS; i++) {
        struct wrn_packet a = {.data = data[0], .capacity = sizeof data[0]}, b = {.data = data[1], .capacity = sizeof data[1]};
        size_t            left = wrn_net_output(at_once, world->now, &a, 1), right = wrn_net_output(in_turn, world->now, &b, 1);
        FUZZ_CHECK(left == right && (!left || (a.peer.slot == b.peer.slot && a.length == b.length)), "batch",
                   "output %u is for slot %u after a batch, for %u after its packets", i, a.peer.slot, b.peer.slot);
    }
}

static void same_events(struct wrn_engine *at_once, struct wrn_engine *in_turn)
{
    struct wrn_event left[FUZZ_PEERS + 1], right[FUZZ_PEERS + 1];
    size_t           count = wrn_events(at_once, left, FUZZ_PEERS + 1), other = wrn_events(in_turn, right, FUZZ_PEERS + 1);
    FUZZ_CHECK(count == other, "batch", "%zu events after a batch, %zu after its packets", count, other);
    for (size_t i = 0; i < count; i++)
        FUZZ_CHECK(left[i].peer.slot == right[i].peer.slot && left[i].bits == right[i].bits, "batch",
                   "event %zu is of slot %u after a batch, of %u after its packets", i, left[i].peer.slot, right[i].peer.slot);
}

static struct wrn_packet keepalive(unsigned which, unsigned number, const struct fuzz_session *session, uint64_t counter,
                                   const struct wrn_endpoint *from)
{
    uint8_t *data = room[which][number];
    fuzz_seal_data(data, session->receive, session->local, counter, NULL, 0);
    return (struct wrn_packet){.data = data, .capacity = ROOM, .length = FUZZ_DATA_LEAST, .remote = *from};
}

/* A stays where it is; B moves, or confirms its next session; A moves. */
static void judge_arrivals(struct fuzz_world *world)
{
    const struct fuzz_peer    *a = &world->peer[FUZZ_A], *b = &world->peer[FUZZ_B];
    bool                       confirms = b->session[WRN_NEXT].there;
    const struct fuzz_session *second = &b->session[confirms ? WRN_NEXT : WRN_CURRENT];
    const struct fuzz_session *first = &a->session[WRN_CURRENT];
    struct wrn_packet          packets[2][PACKETS];
    if (!usable(world, first) || !usable(world, second))
        return;
    struct wrn_engine *at_once = copy(world, 0), *in_turn = copy(world, 1);
    for (unsigned which = 0; which < 2; which++) {
        packets[which][0] = keepalive(which, 0, first, first->next, &a->endpoint);
        packets[which][1] = keepalive(which, 1, second, second->next, confirms ? &b->endpoint : &fuzz_sources[ELSEWHERE]);
        packets[which][2] = keepalive(which, 2, first, first->next + 1, &fuzz_sources[ELSEWHERE + 1]);
    }
    wrn_net_input(at_once, world->now, packets[0], PACKETS);
    for (unsigned i = 0; i < PACKETS; i++)
        wrn_net_input(in_turn, world->now, &packets[1][i], 1);
    same_events(at_once, in_turn);
}

/* A sends the last message before a new session is asked for; B the next; A the next. */
static void judge_departures(struct fuzz_world *world)
{
    static const unsigned order[PACKETS] = {FUZZ_A, FUZZ_B, FUZZ_A};
    struct wrn_packet     packets[2][PACKETS];
    struct wrn_engine    *engine[2] = {copy(world, 0), copy(world, 1)};
    for (unsigned which = 0; which < 2; which++) {
        for (unsigned peer = FUZZ_A; peer <= FUZZ_B; peer++)
            if (wrn_pin_counter(engine[which], world->peer[peer].handle, WRN_CURRENT, (UINT64_C(1) << REKEY) - (peer == FUZZ_A)))
                return;
        for (unsigned i = 0; i < PACKETS; i++) {
            uint8_t *data = room[which][i];
            fuzz_inner(data + WRN_HEADROOM, 64, 4, order[i], false);
            packets[which][i] = (struct wrn_packet){.data = data, .capacity = ROOM, .offset = WRN_HEADROOM, .length = 64};
        }
    }
    wrn_tun_input(engine[0], world->now, packets[0], PACKETS);
    const struct fuzz_session *session = &world->peer[FUZZ_A].session[WRN_CURRENT];
    bool young = world->now - session->birth < 120 * WRN_SECOND && packets[0][0].verdict == WRN_SEND;
    bool idle = young && wrn_deadline(engine[1]) > world->now;
    for (unsigned i = 0; i < PACKETS; i++) {
        wrn_tun_input(engine[1], world->now, &packets[1][i], 1);
        FUZZ_CHECK(i || !idle || wrn_deadline(engine[1]) > world->now, "wish", "a session is asked for before 2^60 messages");
    }
    same_outputs(world, engine[0], engine[1]);
}

void fuzz_judge_order(struct fuzz_world *world)
{
    struct fuzz_crypto counts = world->crypto;
    judge_arrivals(world);
    judge_departures(world);
    world->crypto = counts;
}
