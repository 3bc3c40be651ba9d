#include "play.h"

#include <string.h>

/* The side's index as its engine has it, where the message says the captured one. */
static const struct mapped *map_receiver(const struct side *side, uint8_t *message, uint32_t at)
{
    const struct mapped *mapped = side_mapped(side, conform_le32(message + at));
    if (mapped)
        conform_put32(message + at, mapped->ours);
    return mapped;
}

/* What the engine makes of a message that opens, or of one that does not. */
static void judge(struct side *side, const struct happening *happening, const struct wrn_packet *packet)
{
    bool authentic = !happening->opened->why;
    bool taken = packet->verdict != WRN_DROP && packet->verdict != WRN_SEND;

    if (authentic && !taken && packet->reason == WRN_REASON_REPLAY) {
        side->report.replayed++;
    } else if (authentic && !taken &&
               (packet->reason == WRN_REASON_AUTH || packet->reason == WRN_REASON_HANDSHAKE ||
                packet->reason == WRN_REASON_MAC1)) {
        differs(side, happening, wrn_reason_name(packet->reason), "P-100: it is authentic, and the engine refuses it",
                happening->message, NULL, 16);
    } else if (authentic && !taken) { /* its session is gone, say, as it is on the other side */
        side->report.refused[happening->type]++;
    } else if (!authentic && happening->opened->failed && taken) {
        differs(side, happening, "message", "P-102: it is not authentic, and the engine takes it", happening->message, NULL, 16);
        side->report.different[happening->type]++;
    }
}

static void received_initiation(struct side *side, const struct happening *happening, uint32_t number)
{
    if (happening->opened->mac1 == MAC_GOOD) {
        held_add(side, happening, number, happening->message);
        return;
    }
    struct wrn_packet packet =
        side_feed(side, happening->at, happening->message, happening->length, &happening->datagram->found.source);
    judge(side, happening, &packet);
}

static void received_response(struct side *side, const struct happening *happening, uint32_t number)
{
    struct party *party = number == SIDE_NOBODY ? NULL : &side->parties[number];
    bool cookie = memcmp(happening->message + 76, (uint8_t[16]){0}, 16) != 0;
    uint8_t message[92];

    memcpy(message, happening->message, sizeof message);
    if (!map_receiver(side, message, 8))
        return; /* to an initiation that was not played */
    if (!happening->opened->why && party)
        side_preshared(side, number, happening->opened->preshared);
    if (happening->opened->mac1 == MAC_GOOD)
        (void)wrn_pin_remac(side->crypto, side->context, side->keys->public_key,
                            cookie && party && party->has_given ? party->given : NULL, message, sizeof message);
    held_add(side, happening, happening->opened->why ? SIDE_NOBODY : number, message);
}

static void received_cookie(struct side *side, const struct happening *happening, uint32_t number)
{
    uint8_t message[64];
    const struct mapped *mapped;

    memcpy(message, happening->message, sizeof message);
    mapped = map_receiver(side, message, 4);
    if (!mapped || number == SIDE_NOBODY)
        return;
    (void)cookie_reseal(side, side->parties[number].public_key, mapped->captured_mac1, mapped->our_mac1, message);
    struct wrn_packet packet = side_feed(side, happening->at, message, sizeof message, &happening->datagram->found.source);
    judge(side, happening, &packet);
    if (packet.verdict == WRN_TAKEN && happening->opened->cookie) {
        side->parties[number].has_won = true;
        memcpy(side->parties[number].won, happening->opened->cookie, 16);
    }
}

static void received_data(struct side *side, const struct happening *happening, uint32_t number)
{
    const struct mapped *mapped = side_mapped(side, conform_le32(happening->message + 4));

    if (!mapped)
        return; /* its handshake was not played */
    held_release(side, happening->at, true, 0);
    side_advance(side, happening->at);
    if (number != SIDE_NOBODY)
        side_route(side, number);
    struct wrn_packet packet = {.data = side->buffer,
                                .capacity = sizeof side->buffer,
                                .length = happening->length,
                                .remote = happening->datagram->found.source};
    memcpy(side->buffer, happening->message, happening->length);
    conform_put32(side->buffer + 4, mapped->ours);
    wrn_net_input(side->engine, side->now, &packet, 1);
    side_collect(side);
    judge(side, happening, &packet);
    if (number != SIDE_NOBODY && packet.verdict != WRN_DROP)
        side->parties[number].traversal = side->now;
    if (packet.verdict == WRN_DELIVER && happening->opened->inner &&
        (packet.length > happening->opened->inner_length ||
         memcmp(side->buffer + packet.offset, happening->opened->inner, packet.length) != 0)) {
        differs(side, happening, "ciphertext", "P-104: the engine delivers another packet", happening->opened->inner,
                side->buffer + packet.offset, 16);
        side->report.different[4]++;
    }
}

void play_received(struct side *side, const struct happening *happening)
{
    uint32_t number = happening->other && !happening->opened->why ? side_party(side, happening->other) : SIDE_NOBODY;

    side->report.received[happening->type] += !happening->opened->why;
    if (happening->type == 1)
        received_initiation(side, happening, number);
    else if (happening->type == 2)
        received_response(side, happening, number);
    else if (happening->type == 3)
        received_cookie(side, happening, number);
    else
        received_data(side, happening, number);
}
