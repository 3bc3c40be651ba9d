#include "base.h"
#include "parts.h"

/* Handshakes, keepalives and small data; data; anything. */
static const uint32_t sizes[3] = {256, 2048, SIM_PACKET_BYTES};

struct sim_datagram *sim_datagram_take(struct sim_world *world, uint32_t length)
{
    uint8_t class = length <= sizes[0] ? 0 : length <= sizes[1] ? 1 : 2;
    struct sim_datagram *datagram = world->free_datagrams[class];
    uint8_t *data;

    if (length > sizes[class])
        return NULL;
    if (datagram) {
        world->free_datagrams[class] = datagram->next;
        data = datagram->data;
        memset(datagram, 0, sizeof *datagram);
    } else {
        datagram = sim_take(&world->memory, sizeof *datagram + sizes[class]);
        if (!datagram)
            return NULL;
        data = (uint8_t *)(datagram + 1);
    }
    datagram->data = data;
    datagram->length = length;
    datagram->size_class = class;
    return datagram;
}

void sim_datagram_give(struct sim_world *world, struct sim_datagram *datagram)
{
    datagram->next = world->free_datagrams[datagram->size_class];
    world->free_datagrams[datagram->size_class] = datagram;
}
