#include "play.h"

#include <string.h>

#define NEAR         WRN_SECOND /* a deadline within this is what the other implementation's timer meant */
#define REJECT_AFTER (180 * WRN_SECOND)
#define MTU_MAX      65535u

bool due_near(wrn_time deadline, wrn_time now)
{
    return deadline != WRN_NEVER && deadline >= now && deadline - now <= NEAR;
}

bool has_session(const struct wrn_peer_view *view, wrn_time now)
{
    const struct wrn_session_view *current = &view->sessions[WRN_CURRENT];
    return current->there && current->may_send && now - current->birth < REJECT_AFTER;
}

void play_direct(struct side *side, const struct happening *happening, uint32_t number)
{
    struct party *party = &side->parties[number];
    const struct wrn_endpoint *to = &happening->datagram->found.destination;
    struct wrn_peer_info info;

    if (wrn_peer_info(side->engine, party->handle, &info) == WRN_OK && info.endpoint.family == to->family &&
        info.endpoint.port == to->port && memcmp(info.endpoint.address, to->address, 16) == 0)
        return;
    side->report.elsewhere += info.endpoint.family != 0;
    side_place(side, number, to);
}

static void persist(struct side *side, struct party *party, uint32_t seconds)
{
    struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = (uint16_t)seconds};
    party->persistent_s = seconds;
    party->absences = 0;
    if (seconds)
        side->report.persistent_s = seconds;
    (void)wrn_peer_set(side->engine, side->now, party->handle, &change);
    party->owed_keepalive = WRN_NEVER;
    side_collect(side);
    party->owed_keepalive = WRN_NEVER; /* the one that turning it on asks for */
}

/* A keepalive: the engine's, or the first that tells of a persistent one (P-132). */
static void keepalive_due(struct side *side, const struct happening *happening, struct party *party)
{
    struct wrn_peer_view view;
    wrn_time since = party->traversal ? side->now - party->traversal : 0;
    uint32_t seconds = (uint32_t)((since + WRN_SECOND / 8) / WRN_SECOND);

    (void)wrn_inspect_peer(side->engine, party->handle, &view);
    party->absences = 0;
    bool another = seconds >= 1 && seconds <= UINT16_MAX && seconds != party->persistent_s;
    if (party->owed_keepalive != WRN_NEVER && party->persistent_s && another && side->now - party->owed_keepalive >= WRN_SECOND) {
        persist(side, party, seconds); /* the interval was read from one that had another reason */
    } else if (party->owed_keepalive != WRN_NEVER) {
        timed(side, happening, CONFORM_KEEPALIVE, party->owed_keepalive, party->persistent_s);
    } else if (due_near(view.keepalive, side->now)) {
        timed(side, happening, CONFORM_KEEPALIVE, view.keepalive, 0);
    } else if (due_near(view.persistent, side->now)) {
        timed(side, happening, CONFORM_KEEPALIVE, view.persistent, party->persistent_s);
    } else if (another) {
        persist(side, party, seconds);
    } else {
        side->report.unasked[CONFORM_KEEPALIVE]++;
    }
    party->owed_keepalive = WRN_NEVER;
}

/* Where the packet with this receiver index goes by the engine's sessions; the number of places: nowhere. */
static unsigned place_of(const struct wrn_peer_view *view, uint32_t receiver)
{
    unsigned place = WRN_CURRENT;
    if (view->sessions[WRN_CURRENT].there && view->sessions[WRN_CURRENT].remote_index == receiver)
        return place;
    for (place = WRN_PREVIOUS; place <= WRN_NEXT; place++)
        if (view->sessions[place].there && view->sessions[place].remote_index == receiver)
            return place;
    return place;
}

/* The length that an IP packet says it has; 0: it is none. */
static uint32_t ip_length(const uint8_t *packet, uint32_t length)
{
    uint32_t said = 0;
    if (length >= 20 && packet[0] >> 4 == 4)
        said = (uint32_t)packet[2] << 8 | packet[3];
    else if (length >= 40 && packet[0] >> 4 == 6)
        said = 40 + ((uint32_t)packet[4] << 8 | packet[5]);
    return said >= 20 && said <= length ? said : 0;
}

/* How much of the plaintext is handed in, and with which MTU, so that the padding comes out as captured where a rule allows it.
 */
static uint32_t padding_of(struct side *side, uint32_t inner, uint32_t plain, uint16_t *mtu)
{
    uint32_t full = (inner + 15) & ~15u;

    *mtu = 0;
    if (plain == full)
        return inner;
    if (plain < full && plain <= MTU_MAX && (!side->report.mtu || side->report.mtu == plain)) {
        side->report.mtu = plain; /* the MTU caps it (P-97) */
        *mtu = (uint16_t)plain;
        return inner;
    }
    side->report.padding++;
    *mtu = (uint16_t)(plain <= MTU_MAX ? plain : 0);
    return plain;
}

/* The inner packet of a message that does not open: what its stream makes of it. */
static bool unlock(struct side *side, const struct happening *happening, uint64_t counter, uint8_t *out)
{
    uint32_t length = happening->length - 32;
    struct wrn_aead stream = {.key = happening->opened->key, .counter = counter, .data = out, .length = length};

    memset(out, 0, length);
    side->crypto->seal(side->context, &stream, 1);
    for (uint32_t i = 0; i < length; i++)
        out[i] ^= happening->message[16 + i];
    return length == 0 || ip_length(out, length) != 0;
}

static uint64_t counter_of(const struct happening *happening)
{
    return conform_le32(happening->message + 8) | (uint64_t)conform_le32(happening->message + 12) << 32;
}

/* The plaintext and the counter that were meant. False: nobody can tell, and what is wrong has been said. */
static bool meant(struct side *side, const struct happening *happening, const struct wrn_session_view *session, uint64_t *counter,
                  const uint8_t **plain)
{
    static uint8_t open[SIDE_BYTES];
    uint8_t next[8];

    *counter = counter_of(happening);
    *plain = happening->opened->inner;
    if (!happening->opened->why)
        return true;
    if (!happening->opened->key &&
        happening->opened->type) { /* nobody opens it: its handshake was changed, or its key is missing */
        side->report.unplayed[4]++;
        return false;
    }
    *plain = open;
    conform_put32(next, (uint32_t)session->sent);
    conform_put32(next + 4, (uint32_t)(session->sent >> 32));
    unsigned bits = bits_between(next, happening->message + 8, 8);
    if (happening->opened->key && bits > 0 && bits <= 2 && unlock(side, happening, session->sent, open)) {
        *counter = session->sent;
        return true;
    }
    if (happening->opened->key && unlock(side, happening, *counter, open))
        return true;
    if (!happening->opened->type)
        differs(side, happening, "type", "P-1: 4 and three zero bytes", happening->message, (const uint8_t[4]){4, 0, 0, 0}, 4);
    else
        differs(side, happening, "tag", "P-18: it does not open, and holds no IP packet",
                happening->message + happening->length - 16, NULL, 16);
    side->report.different[4]++;
    (void)wrn_pin_counter(side->engine, side->parties[side->routed].handle, WRN_CURRENT, session->sent + 1);
    return false;
}

static void count_counter(struct side *side, const struct wrn_session_view *session, uint64_t counter)
{
    if (counter < session->sent)
        side->report.reordered++;
    else if (counter - session->sent < UINT32_MAX)
        side->report.skipped += counter - session->sent;
}

/* Under a session that no packet may be sent under: told, not played. */
static void misplaced(struct side *side, const struct happening *happening, unsigned place, const struct wrn_peer_view *view)
{
    const struct wrn_session_view *current = &view->sessions[WRN_CURRENT];
    uint8_t ours[4];

    conform_put32(ours, current->remote_index);
    if (place == WRN_NEXT) {
        differs(side, happening, "receiver", "P-56: a responder sends under a session only when it is confirmed",
                happening->message + 4, NULL, 4);
        side->report.different[4]++;
    } else if (current->there && bits_between(ours, happening->message + 4, 4) <= 2) {
        differs(side, happening, "receiver", "P-18, P-54: the other side's index of the current session", happening->message + 4,
                ours, 4);
        side->report.different[4]++;
        (void)wrn_pin_counter(side->engine, side->parties[side->routed].handle, WRN_CURRENT, current->sent + 1);
    } else {
        side->report.unplayed[4]++;
    }
}

static void play_keepalive(struct side *side, const struct happening *happening, uint32_t number)
{
    keepalive_due(side, happening, &side->parties[number]);
    struct wrn_packet packet = side_ask(side, happening->at, number, WRN_PIN_KEEPALIVE);
    if (packet.length)
        (void)compare(side, happening, packet.data + packet.offset, packet.length);
    else
        side->report.different[4]++;
    if (!packet.length)
        differs(side, happening, "message", "P-59: the engine has no session to send with", happening->message, NULL, 16);
}

static void play_packet(struct side *side, const struct happening *happening, const uint8_t *plain, uint32_t inner)
{
    uint32_t length = happening->length - 32;
    uint16_t mtu;
    struct wrn_packet packet = {.data = side->buffer, .capacity = sizeof side->buffer, .offset = WRN_HEADROOM};

    packet.length = padding_of(side, inner, length, &mtu);
    packet.mtu = mtu;
    memcpy(side->buffer + WRN_HEADROOM, plain, packet.length);
    wrn_tun_input(side->engine, side->now, &packet, 1);
    side_collect(side);
    if (packet.verdict == WRN_SEND) {
        (void)compare(side, happening, packet.data + packet.offset, packet.length);
        return;
    }
    differs(side, happening, packet.verdict == WRN_DROP ? wrn_reason_name(packet.reason) : "message",
            "P-59: the engine does not send under this session", happening->message, NULL, 16);
    side->report.different[4]++;
}

/* Under the session that stands as the current one. */
static void play_current(struct side *side, const struct happening *happening, uint32_t number, const struct wrn_session_view *session)
{
    struct party *party = &side->parties[number];
    const uint8_t *plain;
    uint64_t counter;

    if (!meant(side, happening, session, &counter, &plain))
        return;
    uint32_t length = happening->length - 32, inner = ip_length(plain, length);
    if (length && !inner) { /* no implementation puts such a thing into a tunnel: no call of ours takes it */
        side->report.unplayed[4]++;
        return;
    }
    count_counter(side, session, counter);
    play_direct(side, happening, number);
    (void)wrn_pin_counter(side->engine, party->handle, WRN_CURRENT, counter);
    if (length)
        play_packet(side, happening, plain, inner);
    else
        play_keepalive(side, happening, number);
    if (counter < session->sent)
        (void)wrn_pin_counter(side->engine, party->handle, WRN_CURRENT, session->sent);
    party->traversal = side->now;
    party->owed_keepalive = WRN_NEVER;
}

void play_data(struct side *side, const struct happening *happening, uint32_t number)
{
    const struct wrn_peer peer = side->parties[number].handle;
    struct wrn_peer_view view;

    (void)wrn_inspect_peer(side->engine, peer, &view);
    unsigned place = place_of(&view, conform_le32(happening->message + 4));
    side_route(side, number);
    if (place == WRN_CURRENT) {
        play_current(side, happening, number, &view.sessions[WRN_CURRENT]);
    } else if (place == WRN_PREVIOUS && wrn_pin_swap(side->engine, peer) == WRN_OK) {
        side->report.in_flight++;
        play_current(side, happening, number, &view.sessions[WRN_PREVIOUS]);
        (void)wrn_pin_swap(side->engine, peer);
    } else {
        misplaced(side, happening, place, &view);
    }
}
