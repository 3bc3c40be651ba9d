#ifndef TEST_PEEK_H
#define TEST_PEEK_H

/*
 * White-box access to the engines of a net: to preset what would take ages, and to read what no public view shows.
 */

#include "net.h"
#include "state.h"

static inline struct wrni_peer *peek_peer(const struct net *net, unsigned host, unsigned who)
{
    return wrni_peer_at(net->host[host].engine, net->host[host].peers[who].slot);
}

static inline struct wrni_flow *peek_flow(const struct net *net, unsigned host, unsigned who)
{
    return wrni_flow_at(net->host[host].engine, net->host[host].peers[who].slot);
}

static inline struct wrni_timers *peek_timers(const struct net *net, unsigned host, unsigned who)
{
    return &peek_peer(net, host, who)->timers;
}

static inline struct wrni_session *peek_session(const struct net *net, unsigned host, unsigned who, enum wrni_place place)
{
    return wrni_rotation_at(&peek_flow(net, host, who)->rotation, place);
}

static inline struct wrni_window *peek_window(const struct net *net, unsigned host, unsigned who, enum wrni_place place)
{
    struct wrni_flow    *flow = peek_flow(net, host, who);
    struct wrni_session *session = wrni_rotation_at(&flow->rotation, place);
    return session ? wrni_lane_window(wrni_inline_lane(net->host[host].engine), net->host[host].peers[who].slot,
                                      wrni_rotation_body(&flow->rotation, session))
                   : NULL;
}

/* After timers were written: the heap learns of it. */
static inline void peek_touch(const struct net *net, unsigned host, unsigned who)
{
    wrni_touch(net->host[host].engine, net->host[host].peers[who].slot);
}

/* Timers again as if nothing had ever happened, the interval apart. */
static inline void peek_quiet(const struct net *net, unsigned host, unsigned who)
{
    wrni_timers_stop(peek_timers(net, host, who));
    peek_touch(net, host, who);
}

/* Take the oldest datagram off the wire. */
static inline struct net_datagram *peek_catch(struct net *net)
{
    assert_true(net->flying > 0);
    struct net_datagram *datagram = net->flight[0];
    net->flying--;
    memmove(net->flight, net->flight + 1, net->flying * sizeof *net->flight);
    return datagram;
}

/* Hand a datagram in, and nothing more: no output, no events. Its verdict. */
static inline uint8_t peek_take(struct net *net, unsigned host, const struct net_datagram *datagram)
{
    uint8_t           buffer[NET_BYTES];
    struct wrn_packet packet = {.data = buffer, .capacity = NET_BYTES, .length = datagram->length, .remote = datagram->from};
    memcpy(buffer, datagram->bytes, datagram->length);
    wrn_net_input(net->host[host].engine, net->now, &packet, 1);
    net_last_reason = packet.reason;
    return packet.verdict;
}

/* Any plaintext under a session of `from` towards `who`, as `from` itself would send it. Its length on the wire. */
static inline uint32_t peek_seal(const struct net *net, unsigned from, unsigned who, enum wrni_place place, const void *plain,
                                 uint32_t length, uint8_t out[NET_BYTES])
{
    struct wrn_packet packet = {.data = out, .capacity = NET_BYTES, .offset = WRN_HEADROOM, .length = length};
    struct wrn_job    job;
    memset(out, 0, WRN_HEADROOM);
    if (length)
        memcpy(out + WRN_HEADROOM, plain, length);
    wrni_plan_seal(peek_session(net, from, who, place), &packet, &job, 0);
    wrn_crypt(net->host[from].engine->crypto, net->host[from].engine->context, &job, 1);
    return length + 32;
}

#endif
