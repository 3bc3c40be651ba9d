#ifndef TEST_WATCH_H
#define TEST_WATCH_H

/*
 * The universal oracles (PROTOCOL section 23) at every datagram that leaves an engine of a net:
 *
 *   1  no (key, nonce) twice, no counter beyond the last
 *   4  initiations of one peer at least 5 s apart
 *   5  no data but under `current`, and as responder only after something came under it
 *   8  no key of 180 s or more
 *
 * and, when asked, 7: after a tick every deadline is ahead. A test's own tap goes in w->tap.
 */

#include "net.h"

enum { WATCH_KEYS = 8192 };

struct watch {
    struct net *net;
    bool (*tap)(struct net *net, unsigned from, struct net_datagram *datagram, void *context);
    void    *tap_context;
    wrn_time initiated[NET_HOSTS][NET_HOSTS]; /* WRN_NEVER: not yet, or pardoned */
    uint64_t key[WATCH_KEYS], next[WATCH_KEYS];
    size_t   keys, datagrams;
};

void watch_begin(struct watch *w, struct net *net);
void watch_pardon(struct watch *w, unsigned host); /* down/up, new key, or a new engine: its next initiations may come at once */
void watch_ahead(const struct net *net);           /* oracle 7 now, for every host */
void watch_end(const struct watch *w);             /* every packet was delivered at most once */

#endif
