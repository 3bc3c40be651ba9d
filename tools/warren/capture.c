/*
 * A capture of a world: one interface per node, and the keys beside the packets.
 *
 * The engine gives no secret away. Static keys are the scenario's; of ephemeral and preshared ones the world tells, as they are used.
 */

#include "run.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "datagram.h"
#include "keylog.h"

struct capture {
    struct pcapng          out;
    FILE                  *file;
    const char            *path;
    const struct sim_plan *plan;
    uint8_t                packet[65535];
};

struct capture *capture_open(const char *name, const char *path, const struct sim_plan *plan)
{
    struct capture *capture = calloc(1, sizeof *capture);
    if (!capture)
        return NULL;
    capture->plan = plan;
    capture->path = path;
    capture->file = open_output(name, path, true);
    pcapng_begin(&capture->out, capture->file, build_name());
    for (uint32_t i = 0; i < plan->node_count; i++) {
        pcapng_interface(&capture->out, plan->nodes[i].name, plan->paths[plan->nodes[i].path].name);
        if (plan->nodes[i].role == SIM_ROLE_PEER)
            keylog_static(&capture->out, "LOCAL_STATIC_PRIVATE_KEY", plan->nodes[i].private_key);
    }
    for (uint32_t i = 0; i < plan->event_count; i++) /* another private key, from the beginning: it does no harm */
        if (plan->events[i].kind == SIM_DO_SET && plan->events[i].set == SIM_SET_KEY &&
            !sodium_is_zero(plan->events[i].key, 32))
            keylog_static(&capture->out, "LOCAL_STATIC_PRIVATE_KEY", plan->events[i].key);
    return capture;
}

void capture_ephemeral(struct capture *capture, const uint8_t key[32], const uint8_t *preshared)
{
    keylog_ephemeral(&capture->out, key, preshared);
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
    free(capture);
}
