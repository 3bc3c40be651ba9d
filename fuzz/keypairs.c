/*
 * keypairs: the sessions of four peers and their indices, from order to report (rotation, session, index, peer).
 *
 * Input: version 0, kind of world, then operations of 6 bytes, 96 at most: what, peer and place, 32 bits of argument.
 * World: bits 0 and 1 where time begins, bit 2 orders and reports are late, bit 3 two peers come to the indices 0 and 0xffffffff.
 *
 *   0, 1  an initiation of ours, or the argument of them    2  its response      3  answer an initiation    4  data under next
 *   5  send some    6  receive one    7, 8  time, some of it or to an edge    9  sessions cleared    10  retired
 *   11  another peer    12  an index of any value    13  the lane obeys an order    14  the lane reports    15  control hears it
 *
 * Where orders and reports are not late, 13 to 15 find nothing. Oracles:
 *   keypairs-place        another session in a place, or found, than the table of operations says (P-54 to P-57)
 *   keypairs-session      a session is not what it was begun as, or stands elsewhere in memory, where its window is another's
 *   keypairs-wiped        what is no session's is not zero, or a key is still there (P-60, P-161)
 *   keypairs-index        a new index is in use, is of a cell in use, or was this peer's a short while ago (P-51, G-18)
 *   keypairs-room         no index though there is a cell
 *   keypairs-table        an index leads to somebody else than its owner, or a dead one to somebody (P-52, P-60)
 *   keypairs-permutation  an index of any value does not come back from its slot and generation (P-53)
 *   keypairs-usable       used too old, too often, or again; or refused before (P-59, P-64)
 *   keypairs-rekey        a new session is not asked for when the rule says, or twice (P-73, P-74)
 */
#define _GNU_SOURCE
#include "fuzz.h"
#include "opened.h"
#include "peer.h"
#include "rotation.h"
#include "straight.h"
#include "whole.h"

#include <string.h>

enum { OPERATIONS = 96, PEERS = 4, AGAIN = 64, DEAD = 8, QUEUE = 6, BITS = 128, ROW = 24, SECRET = 16 };

/* A session as the rules have it. `received` is the newest counter and one. */
struct session {
    bool     there, initiator, ended, asked;
    uint8_t  send[32], receive[32], cell;
    uint32_t local, remote, body;
    uint64_t sent, received;
    wrn_time birth;
};

struct order { struct session session; uint8_t sequence; bool clears; };
struct report { uint8_t cells, sequence; unsigned obeyed; };

static struct peer {
    struct wrni_peer     control;  /* these two are the engine's */
    struct wrni_rotation rotation;
    uint8_t              sequence; /* that the lane has seen */
    struct session session[3];
    struct order   order[QUEUE];
    struct report  report[QUEUE];
    unsigned       orders, reports, posted, obeyed;
    uint32_t       slot, pending, past[AGAIN], made;
    uint8_t        pending_cell, held; /* cells that control may still think of as taken */
    uint8_t        ephemeral[32];
    bool           has_pending;
} peers[PEERS], fresh[2][PEERS];

static _Alignas(8) uint8_t   windows[PEERS][WRNI_PLACES][ROW];
static struct wrni_index_key key;
static wrn_time              now;
static uint64_t              numbers;
static bool                  late, ready, touched[PEERS];

static struct wrni_window *window_at(unsigned who, uint32_t body) { return (struct wrni_window *)(void *)windows[who][body]; }

static bool all_zero(const void *memory, size_t size)
{
    static const uint8_t zeros[256];
    return size <= sizeof zeros && fuzz_same(memory, zeros, size);
}

/* Bytes that nothing else has. */
static void secret(uint8_t out[32])
{
    for (unsigned i = 0; i < 32; i += 8, numbers++)
        fuzz_put64(out + i, fuzz_mix(&numbers, 1));
}

static void unseen(const struct peer *peer, const uint8_t lost[32], const char *what)
{
    FUZZ_CHECK(!memmem(&peer->rotation, sizeof peer->rotation, lost, SECRET) &&
                   !memmem(&peer->control, sizeof peer->control, lost, SECRET),
               "keypairs-wiped", "the %s key of one that is gone is still there", what);
}

static void gone(struct peer *peer, struct session *session)
{
    if (session->there) {
        unseen(peer, session->send, "sending");
        unseen(peer, session->receive, "receiving");
    }
    memset(session, 0, sizeof *session);
}

static uint64_t age_of(const struct session *session) { return now - session->birth; }

static unsigned cells_of(const struct peer *peer)
{
    unsigned cells = 0;
    for (unsigned place = 0; place < 3; place++)
        if (peer->session[place].there)
            cells |= 1u << peer->session[place].cell;
    return cells;
}

/* Indices that are somebody's: the pending handshake's, the sessions', and those of orders on their way. */
static bool live(const struct peer *peer, uint32_t index, bool *session)
{
    *session = true;
    for (unsigned place = 0; place < 3; place++)
        if (peer->session[place].there && peer->session[place].local == index)
            return true;
    for (unsigned i = 0; i < peer->orders; i++)
        if (!peer->order[i].clears && peer->order[i].session.local == index)
            return true;
    *session = false;
    return peer->has_pending && peer->pending == index;
}

/* Does control know what the lane knows? Then the table is exact. */
static bool caught_up(const struct peer *peer) { return peer->posted == peer->obeyed && peer->held == cells_of(peer); }

/* To this peer, and to its session, if it is one: as control finds it, and as the lane does. */
static void judge_owner(struct peer *peer, uint32_t index, uint32_t address)
{
    bool session = false, right, alive = live(peer, index, &right);
    bool found = address / WRNI_CELLS == peer->slot &&
                 wrni_peer_index_cell(&peer->control, index, &session) == address % WRNI_CELLS;
    FUZZ_CHECK(found || !alive, "keypairs-table", "%08x of slot %u leads nowhere", index, peer->slot);
    FUZZ_CHECK(!alive || session == right, "keypairs-table", "%08x of slot %u: session %d", index, peer->slot, session);
    FUZZ_CHECK(alive || !found || !caught_up(peer), "keypairs-table", "%08x, which is dead, leads to slot %u", index, peer->slot);
    const struct wrni_session *at = wrni_rotation_find(&peer->rotation, index), *where = NULL;
    for (unsigned place = 0; place < 3; place++)
        if (peer->session[place].there && peer->session[place].local == index)
            where = wrni_rotation_at(&peer->rotation, (enum wrni_place)place);
    FUZZ_CHECK(at == where, "keypairs-place", "%08x %s in slot %u", index, at ? "found" : "not found", peer->slot);
}

static void judge_index(uint32_t index)
{
    for (unsigned who = 0; who < PEERS; who++)
        judge_owner(&peers[who], index, fuzz_opened(&key, index));
}

static void judge_session(unsigned who, unsigned place, unsigned *used)
{
    struct peer          *peer = &peers[who];
    const struct session *right = &peer->session[place];
    struct wrni_session  *got = wrni_rotation_at(&peer->rotation, (enum wrni_place)place);
    FUZZ_CHECK(!got == !right->there, "keypairs-place", "peer %u has %s at %u", who, got ? "one" : "none", place);
    if (!got)
        return;
    FUZZ_CHECK(got->local_index == right->local, "keypairs-place", "peer %u has %08x at %u", who, got->local_index, place);
    uint32_t body = wrni_rotation_body(&peer->rotation, got);
    FUZZ_CHECK(body == right->body && body < WRNI_PLACES, "keypairs-session", "in body %u, was in %u", body, right->body);
    FUZZ_CHECK(!memcmp(got->send_key, right->send, 32) && !memcmp(got->receive_key, right->receive, 32), "keypairs-session",
               "other keys at %u", place);
    FUZZ_CHECK(got->sent == right->sent && got->birth == right->birth && got->remote_index == right->remote &&
                   got->cell == right->cell && got->initiator == right->initiator && got->may_send == !right->ended,
               "keypairs-session", "another at %u", place);
    FUZZ_CHECK(window_at(who, body)->next == right->received, "keypairs-session", "another's window at %u", place);
    *used |= 1u << body;
}

static void judge_peer(unsigned who)
{
    struct peer *peer = &peers[who];
    unsigned     used = 0;
    for (unsigned place = 0; place < 3; place++)
        judge_session(who, place, &used);
    for (unsigned body = 0; body < WRNI_PLACES; body++)
        if (!(used & 1u << body))
            FUZZ_CHECK(all_zero(&peer->rotation.bodies[body], sizeof peer->rotation.bodies[0]), "keypairs-wiped",
                       "body %u of peer %u is free and not zero", body, who);
    FUZZ_CHECK(wrni_rotation_cells(&peer->rotation) == cells_of(peer), "keypairs-table", "cells %x for %x",
               wrni_rotation_cells(&peer->rotation), cells_of(peer));
    if (!peer->has_pending)
        FUZZ_CHECK(all_zero(&peer->control.handshake, sizeof peer->control.handshake), "keypairs-wiped", "a handshake stays");
    for (unsigned cell = 0; cell < WRNI_CELLS; cell++)
        judge_owner(peer, peer->control.indices[cell], fuzz_opened(&key, peer->control.indices[cell]));
}

/* What is alive is nobody else's, and what was somebody's is nobody's now. */
static void judge_table(void)
{
    uint32_t all[PEERS * (3 + QUEUE + 1)];
    unsigned count = 0;
    for (unsigned who = 0; who < PEERS; who++) {
        const struct peer *peer = &peers[who];
        for (unsigned place = 0; place < 3; place++)
            if (peer->session[place].there)
                all[count++] = peer->session[place].local;
        for (unsigned i = 0; i < peer->orders; i++)
            if (!peer->order[i].clears)
                all[count++] = peer->order[i].session.local;
        if (peer->has_pending)
            all[count++] = peer->pending;
        for (uint32_t i = 1; i <= DEAD && i <= peer->made; i++)
            judge_index(peer->past[(peer->made - i) % AGAIN]);
    }
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < i; k++)
            FUZZ_CHECK(all[i] != all[k], "keypairs-index", "%08x twice", all[i]);
}

/* The lane's part: an order becomes a session, and the places are what the rule makes them. */

static void begin(unsigned who, struct session *session)
{
    struct peer         *peer = &peers[who];
    struct session      *place = peer->session;
    struct wrni_session *body =
        session->initiator ? wrni_rotation_initiated(&peer->rotation) : wrni_rotation_responded(&peer->rotation);
    FUZZ_CHECK(all_zero(body, sizeof *body), "keypairs-wiped", "a new session stands where something is left");
    session->body = wrni_rotation_body(&peer->rotation, body);
    memcpy(body->send_key, session->send, 32);
    memcpy(body->receive_key, session->receive, 32);
    body->birth = session->birth;
    body->local_index = session->local;
    body->remote_index = session->remote;
    body->cell = session->cell;
    body->initiator = session->initiator;
    body->may_send = true;
    wrni_window_init(window_at(who, session->body), BITS);
    gone(peer, &place[WRNI_PREVIOUS]);
    if (!session->initiator) { /* P-56 */
        gone(peer, &place[WRNI_NEXT]);
        place[WRNI_NEXT] = *session;
        return;
    }
    if (place[WRNI_NEXT].there) { /* P-55 */
        place[WRNI_PREVIOUS] = place[WRNI_NEXT];
        memset(&place[WRNI_NEXT], 0, sizeof place[0]);
        gone(peer, &place[WRNI_CURRENT]);
    } else {
        place[WRNI_PREVIOUS] = place[WRNI_CURRENT];
    }
    place[WRNI_CURRENT] = *session;
}

static void obey(unsigned who)
{
    struct peer *peer = &peers[who];
    if (!peer->orders)
        return;
    struct order order = peer->order[0];
    memmove(&peer->order[0], &peer->order[1], --peer->orders * sizeof order);
    peer->obeyed++;
    if (order.clears) {
        wrni_rotation_clear(&peer->rotation);
        for (unsigned place = 0; place < 3; place++)
            gone(peer, &peer->session[place]);
        return;
    }
    begin(who, &order.session);
    peer->sequence = order.sequence;
}

static void report(struct peer *peer)
{
    if (peer->reports < QUEUE)
        peer->report[peer->reports++] = (struct report){wrni_rotation_cells(&peer->rotation), peer->sequence, peer->obeyed};
}

static void hear(struct peer *peer)
{
    if (!peer->reports)
        return;
    struct report heard = peer->report[0];
    memmove(&peer->report[0], &peer->report[1], --peer->reports * sizeof heard);
    wrni_peer_cells_reported(&peer->control, heard.cells, heard.sequence);
    if (heard.obeyed == peer->posted)
        peer->held = heard.cells;
}

static void at_once(unsigned who)
{
    if (late)
        return;
    obey(who);
    report(&peers[who]);
    hear(&peers[who]);
}

/* Control's part. */

static void drop_pending(struct peer *peer)
{
    wrni_peer_clear_handshake(&peer->control);
    if (peer->has_pending)
        unseen(peer, peer->ephemeral, "ephemeral");
    peer->has_pending = false;
}

static uint8_t new_index(struct peer *peer, uint32_t *index)
{
    unsigned taken = peer->has_pending ? 1u << peer->pending_cell : 0, held = peer->held | taken;
    bool     session;
    taken |= cells_of(peer);
    for (unsigned i = 0; i < peer->orders; i++)
        if (!peer->order[i].clears)
            taken |= 1u << peer->order[i].session.cell;
    uint8_t cell = wrni_peer_new_index(&peer->control, &key, peer->slot, index);
    if (cell == WRNI_NO_CELL) {
        FUZZ_CHECK(held == (1u << WRNI_CELLS) - 1, "keypairs-room", "none, with cells %x", held);
        return cell;
    }
    FUZZ_CHECK(cell < WRNI_CELLS && !(taken & 1u << cell), "keypairs-index", "cell %u of %x", cell, taken);
    for (unsigned who = 0; who < PEERS; who++)
        FUZZ_CHECK(!live(&peers[who], *index, &session), "keypairs-index", "%08x is in use by peer %u", *index, who);
    for (uint32_t i = 0; i < AGAIN && i < peer->made; i++)
        FUZZ_CHECK(peer->past[i] != *index, "keypairs-index", "%08x again", *index);
    peer->past[peer->made++ % AGAIN] = *index;
    return cell;
}

static void initiate(struct peer *peer)
{
    uint32_t index;
    drop_pending(peer);
    uint8_t cell = new_index(peer, &index);
    if (cell == WRNI_NO_CELL)
        return;
    secret(peer->ephemeral);
    memcpy(peer->control.handshake.ephemeral, peer->ephemeral, 32);
    peer->control.handshake_cell = cell;
    peer->pending_cell = cell;
    peer->pending = index;
    peer->has_pending = true;
}

static void post(unsigned who, uint8_t cell, uint32_t index, uint32_t remote, bool initiator)
{
    struct peer   *peer = &peers[who];
    struct session session = {.there = true, .initiator = initiator, .birth = now, .cell = cell, .local = index};
    session.remote = remote;
    secret(session.send);
    secret(session.receive);
    peer->order[peer->orders++] = (struct order){.session = session, .sequence = wrni_peer_take_cell(&peer->control, cell)};
    peer->posted++;
    peer->held |= (uint8_t)(1u << cell);
    at_once(who);
}

static void complete(unsigned who, uint32_t remote)
{
    struct peer *peer = &peers[who];
    if (!peer->has_pending || peer->orders == QUEUE)
        return;
    uint8_t cell = peer->pending_cell;
    drop_pending(peer);
    post(who, cell, peer->pending, remote, true);
}

static void answer(unsigned who, uint32_t remote)
{
    struct peer *peer = &peers[who];
    uint32_t     index;
    if (peer->orders == QUEUE)
        return;
    drop_pending(peer); /* superseded (P-24) */
    uint8_t cell = new_index(peer, &index);
    if (cell != WRNI_NO_CELL)
        post(who, cell, index, remote, false);
}

static void clear(unsigned who)
{
    struct peer *peer = &peers[who];
    if (peer->orders == QUEUE)
        return;
    peer->order[peer->orders++] = (struct order){.clears = true};
    peer->posted++;
    at_once(who);
}

/* P-57 */
static void confirm(unsigned who)
{
    struct peer    *peer = &peers[who];
    struct session *place = peer->session;
    if (!place[WRNI_NEXT].there)
        return;
    wrni_rotation_confirmed(&peer->rotation);
    gone(peer, &place[WRNI_PREVIOUS]);
    place[WRNI_PREVIOUS] = place[WRNI_CURRENT];
    place[WRNI_CURRENT] = place[WRNI_NEXT];
    memset(&place[WRNI_NEXT], 0, sizeof place[0]);
    at_once(who);
}

static void retire(struct peer *peer)
{
    for (unsigned place = WRNI_CURRENT; place <= WRNI_NEXT; place++)
        if (peer->session[place].there) {
            wrni_rotation_at(&peer->rotation, (enum wrni_place)place)->may_send = false;
            peer->session[place].ended = true;
        }
}

static bool may_send(struct peer *peer, unsigned place)
{
    struct session *right = &peer->session[place];
    if (age_of(right) >= 180 * WRN_SECOND || right->sent >= UINT64_C(0xffffffffffffdfff))
        right->ended = true;
    bool may = wrni_session_sendable(wrni_rotation_at(&peer->rotation, (enum wrni_place)place), now);
    FUZZ_CHECK(may == !right->ended, "keypairs-usable", "sends %d at %llu ns, %llu sent", may, (unsigned long long)age_of(right),
               (unsigned long long)right->sent);
    return may;
}

/* Up to 16, or after as many as bring it before a limit. */
static void send(struct peer *peer, uint32_t argument)
{
    static const uint64_t limits[] = {UINT64_C(1) << 32, UINT64_C(1) << 60, UINT64_C(0xffffffffffffdfff)};
    struct session       *right = &peer->session[WRNI_CURRENT];
    struct wrni_session  *session = wrni_rotation_at(&peer->rotation, WRNI_CURRENT);
    if (!session || !right->there)
        return;
    if (argument & 0x300 && right->sent < limits[(argument >> 8 & 3) - 1] - 8)
        session->sent = right->sent = limits[(argument >> 8 & 3) - 1] - (argument >> 4 & 7);
    for (unsigned i = 0; i <= (argument & 15) && may_send(peer, WRNI_CURRENT); i++) {
        session->sent++;
        right->sent++;
        bool asked = wrni_session_stale_sender(session, session->sent, now);
        bool due = right->sent > UINT64_C(1) << 60 || (right->initiator && age_of(right) >= 120 * WRN_SECOND);
        FUZZ_CHECK(asked == due, "keypairs-rekey", "%d after %llu sent, %llu ns", asked, (unsigned long long)right->sent,
                   (unsigned long long)age_of(right));
    }
}

/* In any place, where the window has room; under next it confirms. */
static void receive(unsigned who, unsigned place, uint32_t argument)
{
    const uint64_t  reject = UINT64_C(0xffffffffffffe03e);
    struct peer    *peer = &peers[who];
    struct session *right = &peer->session[place];
    if (!right->there)
        return;
    struct wrni_session *session = wrni_rotation_at(&peer->rotation, (enum wrni_place)place);
    struct wrni_window  *window = window_at(who, right->body);
    bool                 may = wrni_session_receivable(session, window, now);
    bool                 good = age_of(right) < 180 * WRN_SECOND && right->received < reject;
    FUZZ_CHECK(may == good, "keypairs-usable", "receives %d at %llu ns, %llu received", may, (unsigned long long)age_of(right),
               (unsigned long long)right->received);
    if (!good)
        return;
    uint64_t counter = argument & 0x80000000 ? reject - 1 - (argument & 7) : right->received + (argument & 255);
    if (counter < right->received || counter >= reject)
        counter = right->received;
    FUZZ_CHECK(wrni_window_accept(window, BITS, counter), "keypairs-session", "counter %llu is not new",
               (unsigned long long)counter);
    right->received = counter + 1;
    if (place == WRNI_NEXT)
        confirm(who);
    struct session *current = &peer->session[WRNI_CURRENT];
    if (!current->there || !may_send(peer, WRNI_CURRENT))
        return;
    bool asked = wrni_session_stale_receiver(wrni_rotation_at(&peer->rotation, WRNI_CURRENT), now);
    bool due = current->initiator && !current->asked && age_of(current) >= 165 * WRN_SECOND;
    FUZZ_CHECK(asked == due, "keypairs-rekey", "%d after %llu ns, asked %d", asked, (unsigned long long)age_of(current),
               current->asked);
    current->asked |= due;
}

static void move_time(struct peer *peer, unsigned place, uint32_t argument, bool edge)
{
    static const unsigned edges[] = {120, 165, 180, 540};
    wrn_time              to = now;
    uint64_t              step = argument % 1024 * (WRN_SECOND / 4);
    if (!edge)
        to = step < WRN_NEVER - 1 - now ? now + step : WRN_NEVER - 1;
    else if (peer->session[place].there)
        to = peer->session[place].birth + edges[argument & 3] * WRN_SECOND + (argument >> 2 & 3) % 3 - 1;
    if (to > now && to < WRN_NEVER)
        now = to;
}

/* The peer goes, and another comes to its slot. */
static void replace(unsigned who)
{
    struct peer         *peer = &peers[who];
    struct wrni_rotation empty;
    uint8_t              seed[32], name[32];
    uint32_t             slot = peer->slot;
    wrni_rotation_clear(&peer->rotation);
    wrni_rotation_init(&empty);
    FUZZ_CHECK(!memcmp(&empty, &peer->rotation, sizeof empty), "keypairs-wiped", "a peer without sessions is not zero");
    drop_pending(peer);
    for (unsigned place = 0; place < 3; place++)
        gone(peer, &peer->session[place]);
    memset(peer, 0, sizeof *peer);
    secret(seed);
    secret(name);
    wrni_rotation_init(&peer->rotation);
    wrni_peer_init(&peer->control, name, seed, &key, slot);
    peer->slot = slot;
}

static void perform(struct fuzz_bytes *bytes)
{
    unsigned     what = fuzz_pick(bytes, 16), where = fuzz_u8(bytes), who = where % PEERS, place = where / PEERS % 3;
    uint32_t     argument = fuzz_u32(bytes);
    struct peer *peer = &peers[who];
    switch (what) {
    case 0: initiate(peer); break;
    case 1:
        for (unsigned i = 0; i <= argument % 32; i++)
            initiate(peer);
        break;
    case 2: complete(who, argument); break;
    case 3: answer(who, argument); break;
    case 4: receive(who, WRNI_NEXT, argument); break;
    case 5: send(peer, argument); break;
    case 6: receive(who, place, argument); break;
    case 7: move_time(peer, place, argument, false); break;
    case 8: move_time(peer, place, argument, true); break;
    case 9: clear(who); break;
    case 10: retire(peer); break;
    case 11: replace(who); break;
    case 12: judge_index(argument); break;
    case 13: obey(who); break;
    case 14: report(peer); break;
    default: hear(peer);
    }
    touched[who] = true;
    judge_peer(who);
}

/* A key under which the indices 0 and 0xffffffff are of the first cells of two peers. */
static void prepare(void)
{
    uint8_t  entropy[32], name[32];
    uint32_t address[2], generation[2];
    for (uint64_t number = 0;; number++) {
        fuzz_entropy(number, entropy);
        memcpy(key.words, entropy, sizeof key.words);
        wrni_index_open(&key, 0, &address[0], &generation[0]);
        wrni_index_open(&key, UINT32_MAX, &address[1], &generation[1]);
        if (address[0] % WRNI_CELLS == 0 && address[1] % WRNI_CELLS == 0 && address[0] != address[1])
            break;
    }
    for (unsigned edges = 0; edges < 2; edges++) {
        for (unsigned who = 0; who < PEERS; who++) {
            struct peer *peer = &fresh[edges][who];
            peer->slot = edges && who < 2 ? address[who] / WRNI_CELLS : who;
            secret(name);
            wrni_rotation_init(&peer->rotation);
            wrni_peer_init(&peer->control, name, entropy, &key, peer->slot);
            if (edges && who < 2) /* the next one is it */
                peer->control.indices[0] = wrni_index_make(&key, address[who], (generation[who] - 1) & 1023);
        }
        fuzz_copy(peers, fresh[edges], sizeof peers);
        for (unsigned who = 0; who < PEERS; who++)
            judge_peer(who);
    }
    ready = true;
}

/* At the end another peer comes to each slot. Where no operation was, all is as it was made and judged. */
static void judge_end(unsigned who, const struct peer *was)
{
    if (touched[who]) {
        replace(who);
        judge_peer(who);
        return;
    }
    FUZZ_CHECK(fuzz_same(&peers[who], was, sizeof *was) && all_zero(windows[who], sizeof windows[who]), "keypairs-session",
               "peer %u changed, and nothing happened to it", who);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const wrn_time starts[] = {0, 1, UINT64_C(1) << 63, UINT64_MAX - 600 * WRN_SECOND};
    struct fuzz_bytes     bytes = {data, size};
    if (!ready)
        prepare();
    (void)fuzz_u8(&bytes);
    uint8_t world = fuzz_u8(&bytes);
    now = starts[world & 3];
    late = world & 4;
    const struct peer *was = fresh[world >> 3 & 1];
    fuzz_copy(peers, was, sizeof peers);
    memset(windows, 0, sizeof windows);
    memset(touched, 0, sizeof touched);
    numbers = 1000;
    unsigned count = 0;
    for (; count < OPERATIONS && bytes.left; count++) {
        perform(&bytes);
        if (count % 16 == 0)
            judge_table();
    }
    if (count % 16 != 1)
        judge_table();
    for (unsigned who = 0; who < PEERS; who++)
        judge_end(who, &was[who]);
    return 0;
}
