#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "peek.h"

static uint64_t load(const uint8_t *bytes, unsigned length)
{
    uint64_t value = 0;
    while (length--)
        value = value << 8 | bytes[length];
    return value;
}

static void nonce(struct watch *w, const struct wrni_session *session, uint64_t counter)
{
    uint64_t key = load(session->send_key, 8);
    size_t   at = w->keys;
    while (at && w->key[at - 1] != key)
        at--;
    if (!at) {
        assert_true(w->keys < WATCH_KEYS);
        w->key[w->keys++] = key;
        at = w->keys;
        w->next[at - 1] = 0;
    }
    assert_true(counter >= w->next[at - 1]);
    assert_true(counter < UINT64_MAX - 8192);
    w->next[at - 1] = counter + 1;
}

static void data(struct watch *w, unsigned from, const struct net_datagram *datagram)
{
    uint32_t remote = (uint32_t)load(datagram->bytes + 4, 4);
    for (unsigned who = 0; who < w->net->hosts; who++) {
        if (!w->net->host[from].peers[who].generation)
            continue;
        const struct wrni_session *session = peek_session(w->net, from, who, WRNI_CURRENT);
        if (!session || session->remote_index != remote)
            continue;
        assert_true(session->may_send);
        assert_true(session->birth + 180 * WRN_SECOND > w->net->now);
        assert_true(session->initiator || peek_window(w->net, from, who, WRNI_CURRENT)->next > 0);
        nonce(w, session, load(datagram->bytes + 8, 8));
        return;
    }
    fail_msg("data under no current session");
}

static unsigned addressee(const struct net *net, const struct net_datagram *datagram)
{
    for (unsigned i = 0; i < net->hosts; i++)
        if (!memcmp(net->host[i].address.address, datagram->to.address, 16))
            return i;
    return 0;
}

static bool watch_tap(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    struct watch *w = context;
    w->datagrams++;
    if (datagram->bytes[0] == 4)
        data(w, from, datagram);
    if (datagram->bytes[0] == 1) {
        wrn_time *last = &w->initiated[from][addressee(net, datagram)];
        assert_true(*last == WRN_NEVER || net->now - *last >= 5 * WRN_SECOND);
        *last = net->now;
    }
    return !w->tap || w->tap(net, from, datagram, w->tap_context);
}

void watch_begin(struct watch *w, struct net *net)
{
    memset(w, 0, sizeof *w);
    w->net = net;
    for (unsigned i = 0; i < NET_HOSTS; i++)
        watch_pardon(w, i);
    net->tap = watch_tap;
    net->tap_context = w;
}

void watch_pardon(struct watch *w, unsigned host)
{
    for (unsigned i = 0; i < NET_HOSTS; i++)
        w->initiated[host][i] = WRN_NEVER;
}

void watch_ahead(const struct net *net)
{
    for (unsigned i = 0; i < net->hosts; i++)
        assert_true(wrn_deadline(net->host[i].engine) > net->now);
}

void watch_end(const struct watch *w)
{
    uint8_t *seen = calloc(w->net->next_id + 1, 1);
    assert_non_null(seen);
    for (size_t i = 0; i < w->net->delivereds; i++) {
        assert_true(w->net->delivered[i].id <= w->net->next_id);
        assert_int_equal(seen[w->net->delivered[i].id]++, 0);
    }
    free(seen);
}
