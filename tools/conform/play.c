#include "play.h"

#include <string.h>

#define FORGOTTEN (5 * WRN_SECOND) /* an initiation that is this late is not the one that was due */

unsigned bits_between(const uint8_t *a, const uint8_t *b, size_t length)
{
    unsigned bits = 0;
    for (size_t i = 0; i < length; i++)
        for (unsigned left = a[i] ^ b[i]; left; left &= left - 1)
            bits++;
    return bits;
}

/* The ephemeral key pair that was meant: public keys that differ in a few bits only are one, changed on the way. */
static const struct key_pair *ephemeral_of(const struct keys *keys, const uint8_t public_key[32])
{
    for (size_t i = 0; i < keys->ephemeral_count; i++)
        if (memcmp(keys->ephemerals[i].public_key, public_key, 32) == 0)
            return &keys->ephemerals[i];
    for (size_t i = 0; i < keys->ephemeral_count; i++)
        if (bits_between(keys->ephemerals[i].public_key, public_key, 32) <= 8)
            return &keys->ephemerals[i];
    return NULL;
}

/* When the engine would have sent this initiation, and as what. */
static enum wrn_pin_due handshake_due(struct side *side, const struct happening *happening, struct party *party)
{
    struct wrn_peer_view view;
    enum wrn_pin_due due = WRN_PIN_INITIATION;

    (void)wrn_inspect_peer(side->engine, party->handle, &view);
    enum conform_due kind = party->retry ? CONFORM_RETRANSMISSION : CONFORM_NEW_HANDSHAKE;
    if (party->owed_handshake != WRN_NEVER && side->now - party->owed_handshake > FORGOTTEN) {
        side->report.absent[kind]++; /* that one never came; this one has a reason of its own */
        side->report.unasked[CONFORM_NEW_HANDSHAKE]++;
    } else if (party->owed_handshake != WRN_NEVER) {
        due = party->retry ? WRN_PIN_RETRY : WRN_PIN_INITIATION;
        timed(side, happening, kind, party->owed_handshake, 0);
    } else if (due_near(view.retransmit, side->now)) {
        due = WRN_PIN_RETRY;
        timed(side, happening, CONFORM_RETRANSMISSION, view.retransmit, 0);
    } else if (due_near(view.new_handshake, side->now)) {
        timed(side, happening, CONFORM_NEW_HANDSHAKE, view.new_handshake, 0);
    } else if (has_session(&view, side->now) || view.handshake_pending) {
        side->report.unasked[CONFORM_NEW_HANDSHAKE]++;
    }
    party->owed_handshake = WRN_NEVER;
    return due;
}

/* The engine's index and macs, as the captured implementation would have them. */
static void translate(struct side *side, const struct happening *happening, uint32_t number, uint8_t *message, uint32_t length)
{
    const struct party *party = &side->parties[number];
    static const uint8_t zeros[16];
    uint32_t ours = conform_le32(message + 4), mac1 = length - 32;
    uint8_t before[16];

    memcpy(before, message + mac1, 16);
    bool cookie = party->has_won && memcmp(message + mac1 + 16, zeros, 16) != 0;
    memcpy(message + 4, happening->message + 4, 4);
    (void)wrn_pin_remac(side->crypto, side->context, party->public_key, cookie ? party->won : NULL, message, length);
    side_map(side, conform_le32(happening->message + 4), ours, number, happening->message + mac1, before);
}

/* The stamp that the captured ciphertext means to an engine which said `said` for the stamp zero: streams are added. */
static void stamp_of(const struct happening *happening, const uint8_t *said, uint8_t stamp[12])
{
    for (unsigned i = 0; i < 12; i++)
        stamp[i] = (uint8_t)(said[88 + i] ^ happening->message[88 + i]);
}

static void sent_initiation(struct side *side, const struct happening *happening, uint32_t number)
{
    static const uint8_t zeros[12];
    const struct key_pair *ephemeral = ephemeral_of(happening->keys, happening->message + 8);
    struct party *party = &side->parties[number];
    uint8_t stamp[12];
    bool known = happening->opened->has_stamp;

    if (!ephemeral) {
        side->report.no_ephemeral++;
        side->report.unplayed[happening->type]++;
        return;
    }
    play_direct(side, happening, number);
    enum wrn_pin_due due = handshake_due(side, happening, party);
    memcpy(stamp, known ? happening->opened->stamp : zeros, 12);
    for (unsigned turn = known ? 1 : 0; turn < 2; turn++) {
        (void)wrn_pin_ephemeral(&side->pins, party->handle, ephemeral->secret);
        (void)wrn_pin_stamp(&side->pins, party->handle, stamp);
        struct wrn_packet packet = side_ask(side, happening->at, number, due);
        if (packet.length != 148) {
            differs(side, happening, "message", "the engine sends no initiation here", happening->message, NULL, 16);
            side->report.different[1]++;
            return;
        }
        if (turn == 0)
            stamp_of(happening, packet.data, stamp);
    }
    translate(side, happening, number, side->buffer, 148);
    (void)compare(side, happening, side->buffer, 148);
    side->parties[number].traversal = side->now;
    party->owed_keepalive = WRN_NEVER;
}

static void refused(struct side *side, const struct happening *happening, const struct wrn_packet *packet)
{
    static const char *const meanings[2] = {"the engine says something else here", "the engine refuses what this answers"};
    const char *field = packet->verdict == WRN_DROP ? wrn_reason_name(packet->reason) : "message";
    differs(side, happening, field, meanings[packet->verdict == WRN_DROP], happening->message, NULL, 16);
    side->report.different[happening->type]++;
}

static void sent_response(struct side *side, const struct happening *happening, uint32_t number)
{
    const struct key_pair *ephemeral = ephemeral_of(happening->keys, happening->message + 12);
    struct held *held = held_by(side, conform_le32(happening->message + 8));
    struct party *party = &side->parties[number];
    struct wrn_engine_view view;

    side->report.no_ephemeral += !ephemeral;
    if (!ephemeral || !held || held->type != 1) {
        side->report.unplayed[happening->type]++;
        return;
    }
    if (!happening->opened->why)
        side_preshared(side, number, happening->opened->preshared);
    side_advance(side, held->at);
    wrn_inspect_engine(side->engine, &view);
    if (view.under_load && memcmp(held->message + 132, (uint8_t[16]){0}, 16) == 0)
        wrn_pin_idle(side->engine); /* it was not, then */
    if (party->has_given)
        wrn_pin_cookie(&side->pins, &held->source, party->given);
    (void)wrn_pin_ephemeral(&side->pins, party->handle, ephemeral->secret);
    held_taken(side, held);
    struct wrn_packet packet = side_feed(side, held->at, held->message, held->length, &held->source);
    if (packet.verdict != WRN_SEND || packet.length != 92) {
        refused(side, happening, &packet);
        return;
    }
    translate(side, happening, number, side->buffer, 92);
    (void)compare(side, happening, side->buffer, 92);
    side->parties[number].traversal = side->now;
    party->has_endpoint = true;
    party->owed_handshake = party->owed_keepalive = WRN_NEVER;
}

bool cookie_reseal(const struct side *side, const uint8_t giver[32], const uint8_t *from_mac1, const uint8_t *to_mac1,
                   uint8_t reply[64])
{
    uint8_t key[32], nonce[24];
    struct wrn_hash hash = {(const uint8_t *)"cookie--", 8, giver, 32, key};
    struct wrn_xaead box = {.key = key, .nonce = nonce, .aad = from_mac1, .aad_length = 16, .data = reply + 32, .length = 16};

    side->crypto->hash(side->context, &hash, 1);
    memcpy(nonce, reply + 8, 24);
    side->crypto->xopen(side->context, &box, 1);
    if (!box.good)
        return false;
    box.aad = to_mac1;
    side->crypto->xseal(side->context, &box, 1);
    return true;
}

static void sent_cookie(struct side *side, const struct happening *happening)
{
    struct held *held = held_by(side, conform_le32(happening->message + 4));

    if (!held) {
        side->report.unplayed[happening->type]++;
        return;
    }
    struct party *party = held->party == SIDE_NOBODY ? NULL : &side->parties[held->party];
    if (happening->opened->cookie) {
        wrn_pin_cookie(&side->pins, &held->source, happening->opened->cookie);
        if (party) {
            party->has_given = true;
            memcpy(party->given, happening->opened->cookie, 16);
        }
    }
    wrn_pin_cookie_nonce(&side->pins, happening->message + 8);
    side_advance(side, held->at);
    wrn_report_load(side->engine, side->now);
    held_taken(side, held);
    struct wrn_packet packet = side_feed(side, held->at, held->message, held->length, &held->source);
    if (packet.verdict != WRN_SEND || packet.length != 64) {
        refused(side, happening, &packet);
        return;
    }
    if (held->type == 2) /* whose mac1 was made anew: the capture's had another */
        (void)cookie_reseal(side, side->keys->public_key, held->message + held->length - 32, held->captured_mac1, side->buffer);
    (void)compare(side, happening, side->buffer, 64);
}

void play_sent(struct side *side, const struct happening *happening)
{
    uint32_t number = happening->other ? side_party(side, happening->other) : SIDE_NOBODY;

    side->report.sent[happening->type]++;
    held_release(side, happening->at, happening->type == 1 || happening->type == 2,
                 happening->type == 4 ? conform_le32(happening->message + 4) : 0);
    side_advance(side, happening->at);
    if (happening->type == 3)
        sent_cookie(side, happening);
    else if (number == SIDE_NOBODY)
        side->report.unplayed[happening->type]++;
    else if (happening->type == 1)
        sent_initiation(side, happening, number);
    else if (happening->type == 2)
        sent_response(side, happening, number);
    else
        play_data(side, happening, number);
}
