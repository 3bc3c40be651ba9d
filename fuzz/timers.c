/*
 * timers: one engine, one peer, and time (from events to outputs by way of timers).
 *
 * Input: version 0, kind of world, then operations of 4 bytes, 32 at most: what, class of the time before it, 16 bits of
 * argument. World: bits 0 and 1 where time begins, bit 2 whose public key is the greater one, bit 3 which entropy.
 *
 * Where time begins at 2^63 the peer is at a link-local address, whose scope no retry may forget (P-121).
 *
 *   0, 1  a packet from the tun side    2  one that is taken back at once   3  the peer's response, if one is awaited
 *   4  its initiation   5, 6  data of it   7  a keepalive of it   8  a response to the initiation before the last   9  a cookie
 *   10  noise   11  interval of persistent keepalives   12  up or down   13  sessions forgotten   14  a call with an older time
 *   15  nothing
 *
 * What the peer is not told to answer stays unanswered. Each input is executed three times: asleep until the deadline, each time;
 * polled, at many times, and never asking for the deadline; and late, called when something comes and not before. Oracles:
 *   timers-table     a timer is armed or not, or for another time, or the engine is otherwise not as the table has it (table.h)
 *   timers-jitter    a retry comes exactly when it may first, or as long after as the one before it (P-81)
 *   timers-deadline  it is not when the first timer is due, or not ahead when all is done (P-80)
 *   timers-output    another message leaves than the table has, or none, or one too many, or for elsewhere (P-119)
 *   timers-message   the peer cannot read it (mac1, mac2, stamp, tag, counter)
 *   timers-verdict, timers-event   other ones than the table has
 *   timers-wiped     a key of a session or handshake that is gone is still in memory (P-161)
 *   timers-early     polled, something happens before its time
 *   timers-polled    polled, something else happens than asleep
 *   timers-late      a call that is late is not the tick it missed and the call (law 4, G-22)
 *   timers-back      an older time changes something (G-19)
 */
#include "whole.h"
#include "crypto.h"
#include "fuzz.h"
#include "mate.h"
#include "table.h"
#include "warren/inspect.h"
#include "warren/warren.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { OPERATIONS = 32, WAKES = 40, CALLS = 2 * OPERATIONS + WAKES, MEMORY = 16384, WORLDS = 16, PATH = 7, POLLS = 3 };
enum what {
    TUN, TUN_2, UNSENT, RESPONSE, INITIATION, DATA, DATA_2, KEEPALIVE, LATE, COOKIE, NOISE, INTERVAL, UP, FORGET, BACK, IDLE
};

/* What the engine is asked. The bytes are of a datagram. */
struct call { wrn_time at; uint64_t log; uint16_t argument, length; uint8_t what; uint8_t bytes[160]; };

struct operation { uint8_t what, moment; uint16_t argument; };

struct world {
    struct fuzz_table table;
    struct fuzz_mate  mate;
    bool              accepted_once, initiated, local;
    wrn_time          now, accepted, jitter;
    uint64_t          log; /* of all that the engine gave */
};

static struct { uint8_t memory[MEMORY]; struct world world; } fresh[WORLDS];

static _Alignas(16) uint8_t live[MEMORY], twin[MEMORY];
static struct wrn_engine *const engine = (struct wrn_engine *)(void *)live;
static struct world             w;
static struct call              tape[CALLS];
static unsigned                 calls;
static uint8_t                  us_secret[2][32], us_public[2][32]; /* the second one is greater */
static struct wrn_peer          peer;
static size_t                   size;
static const struct wrn_endpoint places[] = {{.address = {192, 0, 2, 9}, .port = 5000, .family = 4},
                                             {.address = {0xfe, 0x80, [15] = 9}, .port = 5000, .family = 6, .host = PATH}};

static struct fuzz_keys *keys_of(const struct fuzz_key *key) { return &w.mate.keys[key->id % FUZZ_MATE_KEYS]; }

static void note(const uint8_t *bytes, size_t length) { w.log = fuzz_log(w.log, bytes, length); }

/* Calls. --------------------------------------------------------------------------------------------------------------------- */

enum { PLAIN = 32, ROOM = WRN_HEADROOM + 128 + WRN_TAILROOM };

static void packet_of(const struct call *call, struct wrn_packet *packet, uint8_t *data)
{
    bool in = call->length;
    *packet =
        (struct wrn_packet){.data = data, .capacity = ROOM, .offset = in ? 0 : WRN_HEADROOM, .length = in ? call->length : PLAIN};
    memset(data, 0, ROOM);
    if (in) {
        memcpy(data, call->bytes, call->length);
        packet->remote = places[w.local];
        packet->remote.host = PATH;
        return;
    }
    static const uint8_t header[] = {0x45, 0, 0, PLAIN, [8] = 64, [12] = 10, 0, 0, 1, 10, 0, 0, 2};
    memcpy(data + WRN_HEADROOM, header, sizeof header);
}

/* What is asked of this engine. The packet is as it was left. */
static void ask(struct wrn_engine *whom, const struct call *call, struct wrn_packet *packet, uint8_t *data)
{
    struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = call->argument};
    switch ((enum what)call->what) {
    case INTERVAL: (void)wrn_peer_set(whom, call->at, peer, &change); break;
    case UP: (void)wrn_set_up(whom, call->at, call->argument); break;
    case FORGET: (void)wrn_forget_sessions(whom, call->at); break;
    case BACK:
        wrn_advance(whom, call->at < call->argument * WRN_MILLISECOND ? 0 : call->at - call->argument * WRN_MILLISECOND);
        break;
    case IDLE: wrn_advance(whom, call->at); break;
    case TUN: case UNSENT:
        packet_of(call, packet, data);
        wrn_tun_input(whom, call->at, packet, 1);
        if (call->what == UNSENT && packet->verdict == WRN_SEND)
            wrn_net_unsent(whom, call->at, packet, 1);
        break;
    default:
        packet_of(call, packet, data);
        wrn_net_input(whom, call->at, packet, 1);
    }
}

/* These do nothing that is due: whoever asks for them ticks before. */
static bool ticks(const struct call *call) { return call->what != UP && call->what != FORGET && call->what != BACK; }

/* The same asked a moment after the tick comes to the same. */
static void ask_late(const struct call *call, struct wrn_packet *packet, uint8_t *data)
{
    struct wrn_packet other = {0};
    uint8_t           second[ROOM];
    struct wrn_engine *whom = (struct wrn_engine *)(void *)twin;
    fuzz_copy(twin, live, size);
    wrn_advance(whom, call->at);
    ask(whom, call, &other, second);
    ask(engine, call, packet, data);
    FUZZ_CHECK(other.verdict == packet->verdict && other.length == packet->length &&
                   (!packet->length || !memcmp(other.data + other.offset, packet->data + packet->offset, packet->length)),
               "timers-late", "%s, with the tick %s", wrn_verdict_name(packet->verdict), wrn_verdict_name(other.verdict));
    FUZZ_CHECK(fuzz_same(live, twin, size), "timers-late", "the engine differs by a tick at the same time");
}

static void ask_back(const struct call *call)
{
    uint8_t before[32], after[32];
    wrn_digest(engine, WRN_PART_PROTOCOL | WRN_PART_CLOCK, before);
    ask(engine, call, NULL, NULL);
    wrn_digest(engine, WRN_PART_PROTOCOL | WRN_PART_CLOCK, after);
    FUZZ_CHECK(!memcmp(before, after, 32), "timers-back", "%u ms back, and something is another", call->argument);
}

/* All that leaves; in the first reading of it the table says what. */
static void drain(bool reading)
{
    uint8_t data[ROOM];
    for (unsigned guard = 0;; guard++) {
        struct wrn_packet packet = {.data = data, .capacity = ROOM};
        enum fuzz_sends   right = reading ? fuzz_table_output(&w.table, w.now) : FUZZ_SENDS_NOTHING;
        size_t            count = wrn_net_output(engine, w.now, &packet, 1);
        const uint8_t    *message = data + packet.offset;
        FUZZ_CHECK(guard < 16, "timers-output", "output without end");
        if (count)
            note(message, packet.length);
        if (!reading && count)
            continue;
        FUZZ_CHECK(count == (right != FUZZ_SENDS_NOTHING), "timers-output", "%s leaves, and the table has %u",
                   count ? "a message" : "nothing", (unsigned)right);
        if (!count)
            return;
        FUZZ_CHECK(packet.remote.host == (w.table.path || w.local ? PATH : 0) && packet.remote.port == places[w.local].port &&
                       !memcmp(packet.remote.address, places[w.local].address, 16), "timers-output", "by another path");
        if (right == FUZZ_SENDS_INITIATION)
            fuzz_mate_hears_initiation(&w.mate, w.now, message, packet.length);
        else
            fuzz_mate_hears_data(keys_of(&w.table.current), message, packet.length, right == FUZZ_SENDS_PACKET ? PLAIN : 0);
        w.initiated |= right == FUZZ_SENDS_INITIATION;
    }
}

static unsigned told(void)
{
    struct wrn_event event;
    unsigned         bits = 0;
    while (wrn_events(engine, &event, 1))
        bits |= event.bits;
    note((const uint8_t *)&bits, sizeof bits);
    return bits & (FUZZ_TOLD_SESSION | FUZZ_TOLD_LOST | FUZZ_TOLD_GAVE_UP | FUZZ_TOLD_RETRY);
}

/* The table against the engine. ---------------------------------------------------------------------------------------------- */

static void check_view(void)
{
    struct wrn_peer_view view;
    struct wrn_peer_info info;
    FUZZ_CHECK(wrn_inspect_peer(engine, peer, &view) == WRN_OK && wrn_peer_info(engine, peer, &info) == WRN_OK, "timers-table",
               "the peer is gone");
    const wrn_time seen[FUZZ_TIMERS] = {view.retransmit, view.keepalive, view.new_handshake, view.zero_keys, view.persistent};
    for (unsigned i = 0; i < FUZZ_TIMERS; i++) {
        struct fuzz_span span = w.table.timer[i];
        FUZZ_CHECK(fuzz_table_learn(&w.table, (enum fuzz_timer)i, seen[i]), "timers-table",
                   "%s is at %llu; by the table %s %llu to %llu", fuzz_timer_names[i], (unsigned long long)seen[i],
                   span.armed ? "armed" : "not armed", (unsigned long long)span.from, (unsigned long long)span.to);
    }
    FUZZ_CHECK(view.handshake_pending == w.table.pending, "timers-table", "a handshake is %spending",
               w.table.pending ? "not " : "");
    FUZZ_CHECK(view.attempts == w.table.retries, "timers-table", "%u retries, not %u", view.attempts, w.table.retries);
    FUZZ_CHECK(view.last_initiation_sent == (w.table.shaken ? w.table.handshake : WRN_NEVER), "timers-table",
               "the last handshake message went at another time");
    FUZZ_CHECK(info.staged == w.table.waiting, "timers-table", "%u packets wait, not %u", info.staged, w.table.waiting);
    FUZZ_CHECK(view.has_cookie == w.mate.has_cookie, "timers-table", "%s cookie", view.has_cookie ? "a" : "no");
    const struct fuzz_key *keys[3] = {&w.table.previous, &w.table.current, &w.table.next};
    for (unsigned i = 0; i < 3; i++)
        FUZZ_CHECK(view.sessions[i].there == keys[i]->there && (!keys[i]->there || view.sessions[i].birth == keys[i]->birth),
                   "timers-table", "session %u is another", i);
}

/* After a call: all that follows from it, and the table agrees. */
static void settle(void)
{
    w.initiated = false;
    fuzz_table_tick(&w.table, w.now);
    drain(true);
    unsigned bits = told();
    FUZZ_CHECK(bits == w.table.told, "timers-event", "%u, and by the table %u", bits, w.table.told);
    w.table.told = 0;
    check_view();
    if (w.initiated && w.table.timer[FUZZ_RETRANSMIT].armed) {
        wrn_time jitter = w.table.timer[FUZZ_RETRANSMIT].from - w.now - 5 * WRN_SECOND;
        FUZZ_CHECK(jitter && jitter != w.jitter, "timers-jitter", "%llu ns, and %llu before", (unsigned long long)jitter,
                   (unsigned long long)w.jitter);
        w.jitter = jitter;
    }
    wrn_time deadline = wrn_deadline(engine);
    FUZZ_CHECK(deadline == fuzz_table_least(&w.table), "timers-deadline", "%llu, and the first timer is due at %llu",
               (unsigned long long)deadline, (unsigned long long)fuzz_table_least(&w.table));
    FUZZ_CHECK(deadline > w.now, "timers-deadline", "not ahead");
    const struct fuzz_key *all[3] = {&w.table.previous, &w.table.current, &w.table.next};
    unsigned               has[3];
    for (unsigned i = 0; i < 3; i++)
        has[i] = all[i]->there ? all[i]->id : 0;
    fuzz_mate_lets_go(&w.mate, w.table.pending, has, live, size);
}

/* What the peer says. -------------------------------------------------------------------------------------------------------- */

static struct fuzz_key *key_of(unsigned argument)
{
    struct fuzz_key *all[3] = {&w.table.current, &w.table.next, &w.table.previous};
    for (unsigned i = 0; i < 3; i++)
        if (all[(argument + i) % 3]->there)
            return all[(argument + i) % 3];
    return NULL;
}

static bool response(struct call *call, const struct fuzz_heard *to, struct fuzz_keys *keys, enum wrn_verdict *right)
{
    fuzz_mate_responds(&w.mate, to, 0x52000000 + w.table.keys, keys, call->bytes);
    call->length = FUZZ_RESPONSE;
    *right = w.table.pending && to == &w.mate.heard ? WRN_TAKEN : WRN_DROP;
    return true;
}

static bool initiation(struct call *call, struct fuzz_saying *saying, enum wrn_verdict *right)
{
    fuzz_mate_initiates(&w.mate, saying, call->bytes);
    call->length = FUZZ_INITIATION;
    bool soon = w.accepted_once && w.now - w.accepted < WRN_SECOND / 50; /* P-45 */
    *right = w.table.up && !soon ? WRN_SEND : WRN_DROP;
    return true;
}

enum { REPLAY = 8, STRANGE = 4 };

static bool data(struct call *call, struct fuzz_key *key, bool empty, enum wrn_verdict *right)
{
    static const uint8_t header[PLAIN] = {0x45, 0, 0, PLAIN, [8] = 64, [12] = 10, 0, 0, 2, 10, 0, 0, 1}, strange[PLAIN];
    struct fuzz_keys    *keys = keys_of(key);
    bool                 again = call->argument & REPLAY && keys->sent, odd = !empty && call->argument & STRANGE;
    fuzz_seal_data(call->bytes, keys->send, keys->local, keys->sent - again, odd ? strange : header, empty ? 0 : PLAIN);
    call->length = empty ? 32 : 32 + PLAIN;
    *right = WRN_DROP;
    if (again || !fuzz_key_good(key, w.now))
        return true;
    *right = odd ? WRN_DROP : empty ? WRN_TAKEN : WRN_DELIVER;
    keys->sent++;
    fuzz_table_received(&w.table, w.now, key, !empty);
    return true;
}

static bool cookie(struct call *call, enum wrn_verdict *right)
{
    struct fuzz_key *all[3] = {&w.table.current, &w.table.next, &w.table.previous};
    bool             known = w.table.pending;
    uint8_t          given[16];
    fuzz_mate_gives_cookie(&w.mate, call->argument, given, call->bytes);
    call->length = FUZZ_COOKIE;
    for (unsigned i = 0; i < 3; i++)
        known |= all[i]->there && keys_of(all[i])->local == w.mate.heard.index;
    *right = known && w.mate.has_mac1 && w.table.up ? WRN_TAKEN : WRN_DROP;
    if (*right == WRN_DROP)
        return true;
    memcpy(w.mate.cookie, given, 16);
    w.mate.cookie_at = w.now;
    w.mate.has_cookie = true;
    w.mate.has_mac1 = false; /* P-34 */
    return true;
}

/* What the table makes of a packet from the tun side. */
static enum wrn_verdict packet_out(const struct call *call)
{
    bool silent = w.table.timer[FUZZ_SILENCE].armed;
    if (!w.table.up)
        return WRN_DROP;
    if (!fuzz_table_packet(&w.table, w.now))
        return WRN_TAKEN;
    if (call->what == UNSENT && !silent)
        fuzz_table_unsent(&w.table);
    return WRN_SEND;
}

/* Executions. ---------------------------------------------------------------------------------------------------------------- */

/* The call of an operation, and the verdict that it must get. False: there is nothing to say. */
static bool prepare(struct call *call, struct fuzz_saying *saying, enum wrn_verdict *right)
{
    struct fuzz_key *key = key_of(call->argument);
    switch ((enum what)call->what) {
    case TUN: case UNSENT: *right = packet_out(call); return true;
    case RESPONSE: return w.mate.heard.there && response(call, &w.mate.heard, &saying->keys, right);
    case LATE: return w.mate.before.there && response(call, &w.mate.before, &saying->keys, right);
    case INITIATION: return initiation(call, saying, right);
    case DATA: case KEEPALIVE: return key && data(call, key, call->what == KEEPALIVE, right);
    case COOKIE: return w.mate.heard.there && cookie(call, right);
    case NOISE:
        call->length = 32;
        fuzz_put32(call->bytes, 4);
        *right = WRN_DROP;
        return true;
    case INTERVAL: fuzz_table_interval(&w.table, w.now, call->argument); return true;
    case UP: fuzz_table_up(&w.table, w.now, call->argument); return true;
    case FORGET: fuzz_table_forget(&w.table); return true;
    default: return true;
    }
}

static void conclude(const struct wrn_packet *packet)
{
    note(&packet->verdict, 1);
    if (packet->verdict == WRN_SEND)
        note(packet->data + packet->offset, packet->length);
}

/* A call of the moment, in the executions that have a table. */
static void perform(unsigned what, unsigned argument, bool taped)
{
    struct call       call = {.at = w.now, .what = (uint8_t)what, .argument = (uint16_t)argument};
    struct fuzz_saying saying;
    struct wrn_packet packet = {0};
    uint8_t           room[ROOM];
    enum wrn_verdict  right = WRN_UNSEEN;
    bool              late = fuzz_table_least(&w.table) <= w.now;

    if ((late || what == BACK) && !ticks(&call)) {
        perform(IDLE, 0, taped);
        late = false;
    }
    fuzz_table_tick(&w.table, w.now);
    if (!prepare(&call, &saying, &right))
        call.what = IDLE;
    if (late)
        ask_late(&call, &packet, room);
    else if (call.what == BACK)
        ask_back(&call);
    else
        ask(engine, &call, &packet, room);
    FUZZ_CHECK(packet.verdict == right || call.what == IDLE, "timers-verdict", "%s (%s), not %s",
               wrn_verdict_name(packet.verdict), wrn_reason_name(packet.reason), wrn_verdict_name(right));
    conclude(&packet);
    if (call.what == INITIATION && right == WRN_SEND) {
        w.accepted = w.now;
        w.accepted_once = true;
        fuzz_table_answered(&w.table, w.now);
        fuzz_mate_hears_response(&w.mate, w.now, &saying, keys_of(&w.table.next), room + packet.offset, packet.length);
    } else if (call.what == RESPONSE && right == WRN_TAKEN) {
        fuzz_table_completed(&w.table, w.now);
        *keys_of(&w.table.current) = saying.keys;
    } else if (call.what <= UNSENT && right == WRN_SEND) {
        fuzz_mate_hears_data(keys_of(&w.table.current), room + packet.offset, packet.length, PLAIN);
    }
    settle();
    call.log = w.log;
    if (taped)
        tape[calls++] = call;
}

static uint16_t argument_of(unsigned what, uint16_t argument)
{
    static const uint16_t intervals[] = {0, 1, 4, 5, 6, 9, 10, 11, 25, 60, 179, 65535};
    if (what == UP)
        return argument & 1;
    if (what == INTERVAL && argument & 1)
        return intervals[(argument >> 1) % (sizeof intervals / sizeof intervals[0])];
    return argument;
}

/* When an operation happens, from the moment of the one before it. */
static wrn_time moment_of(const struct operation *o)
{
#define S WRN_SECOND
    static const uint64_t steps[] = {
        0, 0, 1, S / 1000, S / 50 - 1, S / 50, S / 3, S, 5 * S - 1, 5 * S, 5 * S + S / 3, 6 * S, 10 * S - 1, 10 * S, 10 * S + 1,
        15 * S, 16 * S, 25 * S, 55 * S, 107 * S, 120 * S, 165 * S, 180 * S - 1, 180 * S, 540 * S, 600 * S, 86400 * S};
    static const unsigned edges[] = {120, 165, 180, 540};
    enum { STEPS = sizeof steps / sizeof steps[0] };
    const wrn_time last = WRN_NEVER - 700 * S;
    wrn_time       at = w.now, least = fuzz_table_least(&w.table), birth = w.table.current.birth;
    unsigned       moment = o->moment % 32;
    if (moment < STEPS)
        at += steps[moment];
    else if (moment == STEPS)
        at += o->argument * (uint64_t)WRN_MILLISECOND;
    else if (moment == STEPS + 1)
        at += o->argument % 700 * S;
    else if (moment == STEPS + 2 && w.table.current.there)
        at = birth + edges[o->argument & 3] * S + (o->argument >> 2 & 3) % 3 - 1;
    else if (least != WRN_NEVER)
        at = moment & 1 ? least - 1 : least;
    return at < w.now ? w.now : at > last && at > w.now ? (w.now > last ? w.now : last) : at;
#undef S
}

static wrn_time begin(unsigned number)
{
    fuzz_copy(live, fresh[number].memory, size);
    w = fresh[number].world;
    return w.now;
}

/* As a host without input does it. False: it has woken often enough. */
static bool sleep_until(wrn_time time, unsigned *wakes)
{
    for (wrn_time least = fuzz_table_least(&w.table); least <= time; least = fuzz_table_least(&w.table)) {
        if (!*wakes)
            return false;
        --*wakes;
        w.now = least > w.now ? least : w.now;
        perform(IDLE, 0, true);
    }
    w.now = time;
    return true;
}

static void poll(wrn_time now)
{
    struct wrn_event  event;
    uint8_t           data[ROOM];
    struct wrn_packet packet = {.data = data, .capacity = ROOM};
    wrn_advance(engine, now);
    FUZZ_CHECK(!wrn_net_output(engine, now, &packet, 1) && !wrn_events(engine, &event, 1), "timers-early",
               "at %llu, when nothing is due", (unsigned long long)now);
}

static void poll_all(unsigned number)
{
    wrn_time now = begin(number);
    for (unsigned i = 0; i < calls; i++) {
        struct wrn_packet packet = {0};
        uint8_t           room[ROOM];
        wrn_time          stride = (tape[i].at - now) / POLLS;
        for (unsigned k = 1; k < POLLS && stride; k++)
            poll(now + k * stride);
        if (tape[i].at > now + 1)
            poll(tape[i].at - 1);
        now = w.now = tape[i].at;
        ask(engine, &tape[i], &packet, room);
        conclude(&packet);
        drain(false);
        (void)told();
        FUZZ_CHECK(w.log == tape[i].log, "timers-polled", "call %u at %llu comes to something else", i, (unsigned long long)now);
    }
}

static void prepare_worlds(void);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
    struct fuzz_bytes bytes = {input, length};
    struct operation  operations[OPERATIONS];
    wrn_time          times[OPERATIONS];
    uint8_t           asleep[32], polled[32];
    unsigned          count = 0, wakes = WAKES;
    if (!size)
        prepare_worlds();
    (void)fuzz_u8(&bytes);
    unsigned number = fuzz_pick(&bytes, WORLDS);

    begin(number);
    for (calls = 0; count < OPERATIONS && bytes.left; count++) {
        struct operation *o = &operations[count];
        o->what = (uint8_t)fuzz_pick(&bytes, 16);
        o->moment = fuzz_u8(&bytes);
        o->argument = fuzz_u16(&bytes);
        (void)sleep_until(moment_of(o), &wakes);
        times[count] = w.now;
        o->what = o->what == TUN_2 ? TUN : o->what == DATA_2 ? DATA : o->what;
        perform(o->what, argument_of(o->what, o->argument), true);
    }
    wrn_digest(engine, WRN_PART_ALL, asleep);
    poll_all(number);
    wrn_digest(engine, WRN_PART_ALL, polled);
    FUZZ_CHECK(!memcmp(asleep, polled, 32), "timers-polled", "polled, the engine ends otherwise than asleep");
    begin(number);
    for (unsigned i = 0; i < count; i++) {
        w.now = times[i];
        perform(operations[i].what, argument_of(operations[i].what, operations[i].argument), false);
    }
    return 0;
}

/* The worlds at their beginnings. */

static void must(bool holds, const char *what) { FUZZ_CHECK(holds, "snapshot", "%s", what); }

static void make(unsigned number)
{
    static const wrn_time starts[] = {0, 1000 * WRN_SECOND, UINT64_C(1) << 63, WRN_NEVER - 90000 * WRN_SECOND};
    static const struct wrn_prefix prefix = {{10, 0, 0, 2}, 4, 32};
    struct wrn_peer_change         change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = places[(number & 3) == 2]};
    struct wrn_engine             *made;
    struct wrn_config              config;
    wrn_time                       now = starts[number & 3];
    bool                           greater = number & 4;

    wrn_config_default(&config);
    config.limits = (struct wrn_limits){.peers = 1,
                                        .prefixes = 1,
                                        .window_bits = 128,
                                        .stage_slots = FUZZ_WAITING,
                                        .stage_share = FUZZ_WAITING,
                                        .stage_bytes = 2 * PLAIN,
                                        .sources = 1,
                                        .lanes = 1,
                                        .orders = 16};
    fuzz_entropy(number >> 3, config.entropy);
    size = wrn_engine_size(&config.limits);
    must(size && size <= MEMORY, "the engine fits its memory");
    must(wrn_engine_init(&made, live, size, &config, now) == WRN_OK, "it begins");
    wrn_engine_attach(engine, &fuzz_crypto, NULL, 1);
    wrn_wall(engine, now, UINT64_C(1700000000), 123456789);
    must(wrn_set_private_key(engine, now, us_secret[greater]) == WRN_OK, "it has a key");
    must(wrn_peer_add(engine, now, fuzz_mate_public, &peer) == WRN_OK, "the peer joins");
    must(wrn_peer_set(engine, now, peer, &change) == WRN_OK, "the peer is configured");
    must(wrn_allowed_add(engine, peer, &prefix, NULL) == WRN_OK, "it has an address");
    must(wrn_set_up(engine, now, true) == WRN_OK, "it is up");
    memset(&w, 0, sizeof w);
    w.now = now;
    w.local = (number & 3) == 2;
    memcpy(w.mate.us, us_public[greater], 32);
    fuzz_table_begin(&w.table, greater);
    fuzz_table_up(&w.table, now, true);
    settle();
    memcpy(fresh[number].memory, live, size);
    fresh[number].world = w;
}

static void prepare_worlds(void)
{
    if (sodium_init() < 0)
        abort();
    fuzz_entropy(1, fuzz_mate_secret);
    fuzz_public(fuzz_mate_public, fuzz_mate_secret);
    for (uint64_t i = 2, found = 0; found != 3; i++) {
        uint8_t secret[32], public_key[32];
        fuzz_entropy(i, secret);
        fuzz_public(public_key, secret);
        bool greater = memcmp(public_key, fuzz_mate_public, 32) > 0;
        memcpy(us_secret[greater], secret, 32);
        memcpy(us_public[greater], public_key, 32);
        found |= 1u << greater;
    }
    for (unsigned i = 0; i < WORLDS; i++)
        make(i);
}

void fuzz_render(FILE *out, const uint8_t *input, size_t length)
{
    static const char *const names[16] = {"packet", "packet", "unsent", "response", "initiation", "data", "data", "keepalive",
                                          "late", "cookie", "noise", "interval", "up", "forget", "back", "idle"};
    struct fuzz_bytes        bytes = {input, length};
    unsigned                 version = fuzz_u8(&bytes);
    fprintf(out, "version %u, world %u\n", version, fuzz_pick(&bytes, WORLDS));
    for (unsigned i = 0; i < OPERATIONS && bytes.left; i++) {
        unsigned what = fuzz_pick(&bytes, 16), moment = fuzz_u8(&bytes) % 32;
        uint16_t argument = fuzz_u16(&bytes);
        fprintf(out, "%2u: moment %2u (%u), %s %u\n", i, moment, argument, names[what], argument_of(what, argument));
    }
}
