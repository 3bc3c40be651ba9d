#include "play.h"

#include <string.h>

#define PATIENCE (WRN_SECOND / 10) /* how long a response may wait for the side to go over to its session */

void held_taken(struct side *side, struct held *held)
{
    side->waiting -= held->used && held->type == 2;
    held->used = false;
}

static void forget(struct side *side, struct held *held)
{
    if (held->used && held->type == 1 && held->party != SIDE_NOBODY)
        side->report.unanswered++;
    held_taken(side, held);
}

static void take_response(struct side *side, struct held *held)
{
    held_taken(side, held);
    struct wrn_packet packet = side_feed(side, held->at, held->message, held->length, &held->source);
    if (packet.verdict == WRN_TAKEN && held->party != SIDE_NOBODY) {
        side->parties[held->party].traversal = side->now;
        side->parties[held->party].has_endpoint = true;
        side->parties[held->party].endpoint = held->source;
    } else if (packet.verdict == WRN_DROP && held->party != SIDE_NOBODY) {
        side->report.refused[2]++;
    }
}

void held_release(struct side *side, wrn_time now, bool all, uint32_t index)
{
    for (uint32_t i = 0; i < SIDE_HELD && side->waiting > 0; i++) { /* before every packet, and seldom anything waits */
        struct held *held = &side->held[(side->next_held + i) % SIDE_HELD];
        if (held->used && held->type == 2 && (all || held->index == index || now - held->at > PATIENCE))
            take_response(side, held);
    }
}

void held_add(struct side *side, const struct happening *happening, uint32_t party, const uint8_t *message)
{
    struct held *held = &side->held[side->next_held++ % SIDE_HELD];
    if (held->used && held->type == 2)
        take_response(side, held);
    else
        forget(side, held);
    *held = (struct held){.used = true,
                          .type = happening->type,
                          .length = happening->length,
                          .party = party,
                          .at = happening->at,
                          .index = conform_le32(message + 4),
                          .source = happening->datagram->found.source};
    side->waiting += held->type == 2;
    memcpy(held->message, message, held->length);
    memcpy(held->captured_mac1, happening->message + held->length - 32, 16);
}

struct held *held_by(struct side *side, uint32_t index)
{
    for (uint32_t i = 1; i <= SIDE_HELD; i++) {
        struct held *held = &side->held[(side->next_held - i) % SIDE_HELD];
        if (held->used && held->index == index)
            return held;
    }
    return NULL;
}

void play_over(struct side *side)
{
    held_release(side, side->now, true, 0);
    for (uint32_t i = 0; i < SIDE_HELD; i++)
        forget(side, &side->held[i]);
}
