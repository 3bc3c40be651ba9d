/*
 * A capture of a world: one interface per node, and the keys beside the packets.
 *
 * The engine gives no secret away. Static keys and preshared keys are the scenario's; ephemeral ones are seen by a provider that
 * wraps the real one: whatever is multiplied by the base point while the world runs.
 */

#include "run.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "datagram.h"
#include "keylog.h"

struct capture {
    struct pcapng            out;
    FILE                    *file;
    const char              *path;
    const struct sim_plan   *plan;
    const struct wrn_crypto *real;
    struct keylog            keys;
    uint8_t                  packet[65535];
};

static void wrap_dh(void *context, struct wrn_dh *operations, size_t count)
{
    struct capture *capture = context;
    capture->real->dh(NULL, operations, count);
    for (size_t i = 0; i < count; i++)
        if (keylog_makes(&operations[i]))
            keylog_ephemeral(&capture->keys, &capture->out, operations[i].secret);
}

static void wrap_seal(void *context, struct wrn_aead *operations, size_t count)
{
    ((struct capture *)context)->real->seal(NULL, operations, count);
}

static void wrap_open(void *context, struct wrn_aead *operations, size_t count)
{
    ((struct capture *)context)->real->open(NULL, operations, count);
}

static void wrap_xseal(void *context, struct wrn_xaead *operations, size_t count)
{
    ((struct capture *)context)->real->xseal(NULL, operations, count);
}

static void wrap_xopen(void *context, struct wrn_xaead *operations, size_t count)
{
    ((struct capture *)context)->real->xopen(NULL, operations, count);
}

static void wrap_hash(void *context, struct wrn_hash *operations, size_t count)
{
    ((struct capture *)context)->real->hash(NULL, operations, count);
}

static void wrap_mac(void *context, struct wrn_mac *operations, size_t count)
{
    ((struct capture *)context)->real->mac(NULL, operations, count);
}

const struct wrn_crypto capture_crypto = {
    .name = "capture", .dh = wrap_dh, .seal = wrap_seal, .open = wrap_open, .xseal = wrap_xseal, .xopen = wrap_xopen,
    .hash = wrap_hash, .mac = wrap_mac,
};

struct capture *capture_open(const char *name, const char *path, const struct sim_plan *plan, const struct wrn_crypto *real)
{
    struct capture *capture = calloc(1, sizeof *capture);
    if (!capture)
        return NULL;
    capture->plan = plan;
    capture->real = real;
    capture->path = path;
    capture->file = open_output(name, path, true);
    for (uint32_t i = 0; i < plan->peer_count; i++)
        if (plan->peers[i].has_psk)
            keylog_preshared(&capture->keys, plan->peers[i].psk);
    pcapng_begin(&capture->out, capture->file, build_name());
    for (uint32_t i = 0; i < plan->node_count; i++) {
        pcapng_interface(&capture->out, plan->nodes[i].name, plan->paths[plan->nodes[i].path].name);
        if (plan->nodes[i].role == SIM_ROLE_PEER)
            keylog_static(&capture->out, "LOCAL_STATIC_PRIVATE_KEY", plan->nodes[i].private_key);
    }
    return capture;
}

void capture_tap(struct capture *capture, const struct sim_tap *tap)
{
    char comment[80];
    if (tap->lost && (tap->side == SIM_DOWN || strstr(tap->why, "host") || strstr(tap->why, "partition")))
        return; /* its sending is in the capture already */
    size_t length =
        datagram_wrap(capture->packet, sizeof capture->packet, &tap->source, &tap->destination, 0, tap->data, tap->length);
    if (!length)
        return; /* from one address family to the other: no header can say that */
    snprintf(comment, sizeof comment, "lost on the way: %s", tap->lost ? tap->why : "");
    pcapng_packet(&capture->out, tap->node, capture->plan->epoch_s * WRN_SECOND + tap->time, capture->packet, length,
                  tap->lost ? comment : NULL);
}

void capture_close(const char *name, struct capture *capture)
{
    if (!capture)
        return;
    close_output(name, capture->path, capture->file);
    sodium_memzero(&capture->keys, sizeof capture->keys);
    free(capture);
}
