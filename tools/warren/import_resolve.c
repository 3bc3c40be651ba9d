/* What the files say together: outer and inner addresses, and which packets find their way. */

#include "import.h"

#include <arpa/inet.h>
#include <string.h>

/* Outer addresses. ----------------------------------------------------------------------------------------------------------- */

static bool same_outer(const struct wrn_endpoint *a, const struct wrn_endpoint *b)
{
    return a->family == b->family && a->port == b->port && memcmp(a->address, b->address, 16) == 0;
}

static bool is_free(const struct import *import, const struct wrn_endpoint *outer)
{
    for (uint32_t i = 0; i < import->node_count; i++)
        if (same_outer(&import->nodes[i].outer, outer))
            return false;
    return true;
}

/* An address of 198.51.100.0/24, which nobody has, and on from there. */
static void stand_in(const struct import *import, struct wrn_endpoint *outer, uint16_t port)
{
    for (uint32_t i = 1;; i++) {
        struct wrn_endpoint made = {
            .address = {198, 51, (uint8_t)(100 + i / 255), (uint8_t)(1 + (i - 1) % 255)}, .family = 4, .port = port};
        if (is_free(import, &made)) {
            *outer = made;
            return;
        }
    }
}

/* Where the others look for it; else where it listens; else nowhere in particular. */
static void find_outer(struct import *import, uint32_t n)
{
    struct import_node *node = &import->nodes[n];
    for (uint32_t i = 0; i < import->side_count; i++) {
        const struct wgconf_peer *conf = import->sides[i].conf;
        if (import->sides[i].peer != n || !conf || !conf->host[0])
            continue;
        struct wrn_endpoint said = {.family = strchr(conf->host, ':') ? 6 : 4, .port = conf->port};
        if (inet_pton(said.family == 6 ? AF_INET6 : AF_INET, conf->host, said.address) == 1 && is_free(import, &said)) {
            node->outer = said;
            node->host[0] = '\0';
            return;
        }
        if (!node->outer.family) {
            stand_in(import, &node->outer, conf->port);
            memcpy(node->host, conf->host, sizeof node->host);
        }
    }
    if (!node->outer.family && node->conf.listen_port)
        stand_in(import, &node->outer, node->conf.listen_port);
}

/* Inner addresses. ----------------------------------------------------------------------------------------------------------- */

static struct wrn_prefix *inner_of(struct import_node *node, unsigned family)
{
    return family == 4 ? &node->inner4 : &node->inner6;
}

static bool is_inner(const struct import *import, unsigned family, const uint8_t *address)
{
    for (uint32_t i = 0; i < import->node_count; i++) {
        const struct wrn_prefix *inner = inner_of(&import->nodes[i], family);
        if (inner->family == family && memcmp(inner->address, address, family == 4 ? 4 : 16) == 0)
            return true;
    }
    return false;
}

static void take(struct import_node *node, const struct wrn_prefix *prefix)
{
    struct wrn_prefix *inner = inner_of(node, prefix->family);
    if (inner->family)
        return;
    *inner = *prefix;
    inner->length = prefix->family == 4 ? 32 : 128;
}

/* One that leads to it: an address alone, else the first free one of a network that is not everything. */
static void take_allowed(struct import *import, uint32_t n, bool alone)
{
    struct import_node *node = &import->nodes[n];
    for (uint32_t i = 0; i < import->side_count; i++) {
        const struct wgconf_peer *conf = import->sides[i].peer == n ? import->sides[i].conf : NULL;
        for (uint32_t j = 0; conf && j < conf->allowed_count; j++) {
            struct wrn_prefix prefix = conf->allowed[j];
            unsigned whole = prefix.family == 4 ? 32 : 128;
            if (alone ? prefix.length != whole : prefix.length == 0 || prefix.length + 2u > whole)
                continue;
            for (unsigned bit = prefix.length; bit < whole; bit++)
                prefix.address[bit / 8] &= (uint8_t)~(0x80u >> bit % 8);
            uint8_t *last = &prefix.address[whole / 8 - 1];
            for (unsigned k = 0; !alone && k < 254 && (k == 0 || is_inner(import, prefix.family, prefix.address)); k++)
                ++*last;
            if (!is_inner(import, prefix.family, prefix.address))
                take(node, &prefix);
        }
    }
}

/* Every node of a scenario has one address of each family: one that nobody uses, from ranges for documentation. */
static void make_up(struct import *import, uint32_t n)
{
    struct import_node *node = &import->nodes[n];
    const uint32_t number = n + 1;
    if (!node->inner4.family) {
        node->inner4 = (struct wrn_prefix){
            .address = {192, 0, (uint8_t)(2 + number / 256), (uint8_t)number}, .family = 4, .length = 32};
        node->made_up4 = true;
    }
    if (!node->inner6.family) {
        node->inner6 = (struct wrn_prefix){
            .address = {0x20, 0x01, 0x0d, 0xb8, [14] = (uint8_t)(number >> 8), [15] = (uint8_t)number}, .family = 6, .length = 128};
        node->made_up6 = true;
    }
}

void import_resolve(struct import *import)
{
    for (uint32_t i = 0; i < import->side_count; i++) {
        struct import_side *side = &import->sides[i];
        const struct import_side *other = import_side_of(import, side->peer, side->node);
        if (side->conf && other)
            side->other = other->conf ? other->conf : side->conf;
    }
    for (uint32_t n = 0; n < import->node_count; n++)
        find_outer(import, n);
    for (uint32_t n = 0; n < import->node_count; n++) {
        struct import_node *node = &import->nodes[n];
        for (uint32_t i = 0; i < node->conf.address_count; i++)
            if (!is_inner(import, node->conf.addresses[i].family, node->conf.addresses[i].address))
                take(node, &node->conf.addresses[i]);
    }
    for (uint32_t n = 0; n < import->node_count; n++)
        take_allowed(import, n, true);
    for (uint32_t n = 0; n < import->node_count; n++)
        take_allowed(import, n, false);
    for (uint32_t n = 0; n < import->node_count; n++)
        make_up(import, n);
}

/* Routes. -------------------------------------------------------------------------------------------------------------------- */

static bool holds(const struct wrn_prefix *prefix, const struct wrn_prefix *address)
{
    for (unsigned bit = 0; bit < prefix->length; bit++)
        if ((prefix->address[bit / 8] ^ address->address[bit / 8]) & 0x80u >> bit % 8)
            return false;
    return prefix->family == address->family;
}

/* The peer that a node sends to this address by: the longest prefix, of equal ones the last. */
static uint32_t leads_to(const struct import *import, uint32_t node, const struct wrn_prefix *address)
{
    uint32_t best = import->node_count;
    int length = -1;
    for (uint32_t i = 0; i < import->side_count; i++) {
        const struct import_side *side = &import->sides[i];
        if (side->node != node)
            continue;
        if (!side->conf) { /* made up: the addresses of that one */
            const struct import_node *peer = &import->nodes[side->peer];
            const struct wrn_prefix *inner = address->family == 4 ? &peer->inner4 : &peer->inner6;
            if (holds(inner, address))
                best = side->peer, length = 128;
            continue;
        }
        for (uint32_t j = 0; j < side->conf->allowed_count; j++)
            if (holds(&side->conf->allowed[j], address) && side->conf->allowed[j].length >= length) {
                best = side->peer;
                length = side->conf->allowed[j].length;
            }
    }
    return best;
}

bool import_routes(const struct import *import, uint32_t from, uint32_t to, unsigned family)
{
    const struct import_node *a = &import->nodes[from], *b = &import->nodes[to];
    return leads_to(import, from, family == 4 ? &b->inner4 : &b->inner6) == to
           && leads_to(import, to, family == 4 ? &a->inner4 : &a->inner6) == from;
}
