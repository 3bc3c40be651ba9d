#include "uapi_plan.h"
#include "warren/uapi.h"

/* A set: check counts, apply does. Both walk the same text in the same order (P-126, P-130). */

static enum wrn_status refuse(struct wrn_uapi_set *set, enum wrn_status status, int error, size_t line, const char *what)
{
    set->error = error;
    set->line = line;
    set->what = what;
    return status;
}

static void tell_host(struct wrn_uapi_set *set, const struct wrni_device *device)
{
    set->has_listen_port = device->has_listen_port;
    set->listen_port = device->listen_port;
    set->has_fwmark = device->has_fwmark;
    set->fwmark = device->fwmark;
}

enum wrn_status wrn_uapi_check(const struct wrn_engine *engine, const char *text, size_t length, struct wrn_uapi_set *set)
{
    struct wrni_request request;
    struct wrni_device  device;
    struct wrni_section section;
    struct wrni_plan    plan;

    memset(set, 0, sizeof *set);
    set->needed = engine->limits;
    if (!wrni_request_begin(&request, text, length))
        return refuse(set, WRN_BAD_SYNTAX, request.error, request.line, request.what);
    if (wrni_request_device(&request, &device)) {
        tell_host(set, &device);
        wrni_plan_begin(&plan, engine, &device);
        while (wrni_request_section(&request, &section))
            wrni_plan_section(&plan, &section);
        wrni_wipe(&section, sizeof section);
    }
    wrni_wipe(&device, sizeof device);
    if (request.error)
        return refuse(set, WRN_BAD_SYNTAX, request.error, request.line, request.what);
    enum wrn_status status = wrni_plan_end(&plan, &set->needed);
    if (status == WRN_NO_ROOM)
        return refuse(set, status, WRN_UAPI_OTHER, 0, "the engine's limits are too small for this");
    if (status == WRN_BUSY)
        return refuse(set, status, WRN_UAPI_OTHER, 0, "the lanes have orders waiting");
    return status;
}

static void must(bool good)
{
    if (!good)
        wrn_panic("apply takes only what check has just said yes to", __FILE__, __LINE__);
}

static void apply_device(struct wrn_engine *engine, const struct wrni_device *device)
{
    struct wrn_peer peer = {WRNI_NONE, 0};
    while (device->replace_peers && wrn_peer_next(engine, &peer))
        must(wrn_peer_remove(engine, engine->now, peer) == WRN_OK);
    if (device->has_private_key)
        must(wrn_set_private_key(engine, engine->now, device->private_key) == WRN_OK);
}

/* Whom a section means: false if nobody, which is no error (P-129). */
static bool whom(struct wrn_engine *engine, const struct wrni_section *section, struct wrn_peer *peer)
{
    enum wrn_status status = wrn_peer_find(engine, section->public_key, peer);
    if (status == WRN_NOT_FOUND && !section->remove && !section->update_only) {
        status = wrn_peer_add(engine, engine->now, section->public_key, peer);
        must(status == WRN_OK || status == WRN_OWN_KEY);
    }
    return status == WRN_OK;
}

/* What has become due, before anything else is changed. With lanes outside, timers would take the room for orders that check has
 * seen: there they wait for the next call. */
static void run_due(struct wrn_engine *engine)
{
    if (wrni_inline(engine))
        wrni_run_due(engine);
}

static void apply_section(struct wrn_engine *engine, struct wrni_section *section)
{
    struct wrn_peer   peer;
    struct wrn_prefix prefix;
    bool              remove;

    if (!whom(engine, section, &peer))
        return;
    if (section->remove) {
        must(wrn_peer_remove(engine, engine->now, peer) == WRN_OK);
        return;
    }
    if (section->replace_allowed)
        must(wrn_allowed_replace(engine, peer, NULL, 0) == WRN_OK);
    while (wrni_section_allowed(section, &prefix, &remove)) {
        if (remove)
            must(wrn_allowed_remove(engine, peer, &prefix) != WRN_BUSY); /* not this peer's: nothing happens (P-113) */
        else
            must(wrn_allowed_add(engine, peer, &prefix, NULL) == WRN_OK);
    }
    must(wrni_orders_room(engine, 3));
    wrni_peer_change(engine, peer.slot, &section->change); /* and what follows a section: staged packets go (P-151, G-77) */
}

void wrn_uapi_apply(struct wrn_engine *engine, wrn_time now, const char *text, size_t length)
{
    struct wrni_request request;
    struct wrni_device  device;
    struct wrni_section section;

    (void)wrni_clock(engine, now);
    run_due(engine);
    must(wrni_request_begin(&request, text, length));
    must(wrni_request_device(&request, &device));
    apply_device(engine, &device);
    wrni_wipe(&device, sizeof device);
    run_due(engine);
    while (wrni_request_section(&request, &section)) {
        apply_section(engine, &section);
        run_due(engine);
    }
    must(!request.error);
    wrni_wipe(&section, sizeof section);
}

size_t wrn_uapi_answer(int error, char *out, size_t size)
{
    char *at = out;
    if (size < WRN_UAPI_ANSWER)
        return 0;
    at = wrni_write_text(at, "errno=");
    if (error > 0)
        *at++ = '-';
    at = wrni_write_number(at, error < 0 ? 0u - (unsigned)error : (unsigned)error);
    at = wrni_write_text(at, "\n\n");
    return (size_t)(at - out);
}
