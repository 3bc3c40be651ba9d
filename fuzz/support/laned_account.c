#include "laned_account.h"

#include "straight.h"

/* A slot's row, of whoever lives there now; null: the packet is of somebody before, or of nobody. */
static struct laned_account *account_of(struct laned *world, struct wrn_peer peer)
{
    if (peer.slot >= LANED_SLOTS || peer.generation < world->account[peer.slot].generation)
        return NULL;
    struct laned_account *account = &world->account[peer.slot];
    if (peer.generation > account->generation)
        *account = (struct laned_account){.generation = peer.generation};
    return account;
}

/* Keepalives and responses are taken, and count; cookie replies do not. An initiation counts though it cannot be answered. */
void laned_came(struct laned *world, const struct wrn_packet *packet, uint32_t length)
{
    struct laned_account *account = account_of(world, packet->peer);
    bool                  counts = packet->verdict == WRN_DELIVER || packet->verdict == WRN_SEND ||
                  (packet->verdict == WRN_TAKEN && length != FUZZ_COOKIE) || packet->reason == WRN_REASON_HANDSHAKE;
    if (account && counts)
        account->rx_bytes += length;
}

void laned_left(struct laned *world, const struct wrn_packet *packet)
{
    struct laned_account *account = account_of(world, packet->peer);
    if (account)
        account->tx_bytes += packet->length;
}

/* Control takes back no more than it was told of. */
void laned_taken_back(struct laned *world, const struct wrn_packet *packet)
{
    struct laned_account *account = account_of(world, packet->peer);
    struct wrn_peer_info  info;
    if (account && wrn_peer_info(world->engine, packet->peer, &info) == WRN_OK)
        account->tx_bytes -= info.tx_bytes < packet->length ? info.tx_bytes : packet->length;
}

void laned_accounts(const struct laned *world)
{
    struct wrn_peer      peer = {UINT32_MAX, 0};
    struct wrn_peer_info info;
    while (wrn_peer_next(world->engine, &peer)) {
        static const struct laned_account none;
        const struct laned_account *should = peer.slot < LANED_SLOTS ? &world->account[peer.slot] : &none;
        if (should->generation != peer.generation)
            should = &none;
        FUZZ_CHECK(wrn_peer_info(world->engine, peer, &info) == WRN_OK && info.rx_bytes == should->rx_bytes &&
                       info.tx_bytes == should->tx_bytes,
                   "lane-account", "slot %u: %llu bytes came and %llu left, %llu and %llu are counted", peer.slot,
                   (unsigned long long)should->rx_bytes, (unsigned long long)should->tx_bytes,
                   (unsigned long long)info.rx_bytes, (unsigned long long)info.tx_bytes);
    }
}
