#include "base.h"
#include "hands.h"

/* A cookie thief: it sits on the path of its victims and reads the cookies that a loaded node sends them. Nothing but public keys
 * and the victim's mac1 hides them (P-32). Then it floods that node with initiations that show them: from its own address, from
 * the victim's, or from another port of the victim's. */

struct sim_thief {
    struct sim_thief *next;
    uint32_t event;
    uint8_t (*mac1)[16]; /* by victim: of the newest message it sent */
    uint8_t cookie[16];
    bool has_cookie;
    struct wrn_endpoint victim;
};

void sim_thief_begin(struct sim_world *world, uint32_t number)
{
    const struct sim_event *event = &world->plan->events[number];
    struct sim_thief *thief = sim_take(&world->memory, sizeof *thief);

    if (!thief)
        return;
    thief->mac1 = sim_take(&world->memory, event->count_b * sizeof *thief->mac1 + 1);
    if (!thief->mac1)
        return;
    thief->event = number;
    thief->next = world->thieves;
    world->thieves = thief;
}

static void read_cookie(struct sim_world *world, struct sim_thief *thief, const struct sim_datagram *datagram, uint32_t victim)
{
    static const uint8_t label[8] = {'c', 'o', 'o', 'k', 'i', 'e', '-', '-'};
    const struct sim_watch *watch = &world->watch;
    uint8_t key[32], opened[32];
    struct wrn_hash hash = {
        .first = label, .first_length = 8, .second = world->public_keys[datagram->node], .second_length = 32, .out = key};
    struct wrn_xaead aead = {
        .key = key, .nonce = datagram->data + 8, .aad = thief->mac1[victim], .aad_length = 16, .data = opened, .length = 16};

    memcpy(opened, datagram->data + 32, sizeof opened);
    watch->crypto->hash(watch->crypto_context, &hash, 1);
    watch->crypto->xopen(watch->crypto_context, &aead, 1);
    if (!aead.good)
        return;
    memcpy(thief->cookie, opened, sizeof thief->cookie);
    thief->victim = datagram->destination;
    thief->has_cookie = true;
    SIM_MARK(world, "cookie_stolen");
}

void sim_thieves_see(struct sim_world *world, const struct sim_datagram *datagram, uint32_t to)
{
    for (struct sim_thief *thief = world->thieves; thief; thief = thief->next) {
        const struct sim_event *event = &world->plan->events[thief->event];
        const uint64_t *victims = world->plan->numbers + event->first_b, *target = world->plan->numbers + event->first_a;

        for (uint32_t i = 0; i < event->count_b && world->now < event->until; i++) {
            const bool asks = datagram->node == victims[i] && to == *target && datagram->cause != SIM_CAUSE_ATTACK;

            if (asks &&
                ((datagram->length == 148 && datagram->data[0] == 1) || (datagram->length == 92 && datagram->data[0] == 2)))
                memcpy(thief->mac1[i], datagram->data + datagram->length - 32, sizeof thief->mac1[i]);
            if (datagram->node == *target && to == victims[i] && datagram->length == 64 && datagram->data[0] == 3)
                read_cookie(world, thief, datagram, i);
        }
    }
}

bool sim_thief_sign(struct sim_world *world, uint32_t number, uint8_t message[148], struct wrn_endpoint *source)
{
    const struct sim_event *event = &world->plan->events[number];
    const struct sim_thief *thief = world->thieves;
    struct wrn_mac mac = {.key_length = 16, .data = message, .length = 132, .out = message + 132, .out_length = 16};

    while (thief && thief->event != number)
        thief = thief->next;
    if (!thief || !thief->has_cookie)
        return false;
    mac.key = thief->cookie;
    world->watch.crypto->mac(world->watch.crypto_context, &mac, 1);
    *source = event->as == SIM_AS_SELF ? world->places[event->node].outer : thief->victim;
    if (event->as == SIM_AS_PORT)
        source->port = (uint16_t)(source->port == UINT16_MAX ? 1 : source->port + 1);
    SIM_MARK(world, "cookie_used");
    return true;
}
