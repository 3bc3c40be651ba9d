#include "plain.h"

#include <stdlib.h>
#include <string.h>

static void begin(struct plain *p, uint32_t length)
{
    assert_true(length <= sizeof p->bytes - WRN_HEADROOM - WRN_TAILROOM);
    memset(p, 0, sizeof *p);
    p->packet = (struct wrn_packet){.data = p->bytes, .capacity = sizeof p->bytes, .offset = WRN_HEADROOM, .length = length};
}

static void put32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

void plain_ipv4(struct plain *p, uint32_t source, uint32_t destination, uint32_t length, uint32_t number)
{
    uint8_t *ip = p->bytes + WRN_HEADROOM;
    begin(p, length);
    ip[0] = 0x45;
    ip[2] = (uint8_t)(length >> 8);
    ip[3] = (uint8_t)length;
    ip[9] = 17;
    put32(ip + 12, source);
    put32(ip + 16, destination);
    put32(ip + 20, number);
}

void plain_ipv6(struct plain *p, uint8_t source, uint8_t destination, uint32_t length)
{
    uint8_t *ip = p->bytes + WRN_HEADROOM;
    begin(p, length);
    ip[0] = 0x60;
    ip[4] = (uint8_t)((length - 40) >> 8);
    ip[5] = (uint8_t)(length - 40);
    ip[6] = 17;
    ip[8] = ip[24] = 0xfd;
    ip[23] = source;
    ip[39] = destination;
}

uint8_t plain_in(struct net *net, unsigned host, struct plain *p)
{
    wrn_tun_input(net->host[host].engine, net->now, &p->packet, 1);
    return p->packet.verdict;
}

uint8_t plain_on(struct net *net, unsigned from, unsigned to, const struct wrn_packet *packet)
{
    return net_inject(net, to, &net->host[from].address, packet->data + packet->offset, packet->length);
}

struct net *plain_pair(const struct wrn_config *config)
{
    struct wrn_config plain;
    wrn_config_default(&plain);
    struct net *net = net_new_with(2, WRN_MILLISECOND, config ? config : &plain, &wrn_crypto_sodium);
    net_connect(net, 0, 1);
    uint32_t id = net_send(net, 0, 1, 40);
    net_run(net, WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    return net;
}

void net_lose(struct net *net)
{
    while (net->flying)
        free(net->flight[--net->flying]);
}

uint64_t plain_reason(const struct net *net, unsigned host, enum wrn_reason reason)
{
    struct wrn_counters counters;
    wrn_counters(net->host[host].engine, &counters);
    return counters.reasons[reason];
}
