#define _GNU_SOURCE

#include "request.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "capture.h"
#include "lanes.h"
#include "log.h"

#define GET_CHUNK 16384u
#define SET "set=1\n"
#define PEER "public_key="
#define SLICE_PEERS 64u /* about half a millisecond of them */
#define SLICE_PEERS_OF_LANES 31u /* of so many, and our own, the engine knows exactly what orders they need */

/* Names of interfaces as scopes, in [fe80::1%eth0]:5, become numbers. Written into a copy. 0, or what to answer: no such interface, no
 * memory. */
static int number_scopes(const char *request, size_t length, struct tun_text *out)
{
    const char *end = request + length;
    while (request < end) {
        const char *line_end = memchr(request, '\n', (size_t)(end - request));
        line_end = line_end ? line_end + 1 : end;
        const char *percent = memchr(request, '%', (size_t)(line_end - request));
        const char *close = percent ? memchr(percent, ']', (size_t)(line_end - percent)) : NULL;
        char name[IF_NAMESIZE] = "", number[16];
        if (!tun_text_room(out, (size_t)(line_end - request) + sizeof number))
            return ENOMEM;
        size_t copied = (size_t)(line_end - request);
        bool named = close && (size_t)(close - percent) <= sizeof name && close > percent + 1 &&
                     strspn(percent + 1, "0123456789") < (size_t)(close - percent - 1);
        if (named) {
            memcpy(name, percent + 1, (size_t)(close - percent - 1));
            unsigned index = if_nametoindex(name);
            if (index == 0)
                return WRN_UAPI_EINVAL;
            copied = (size_t)(percent + 1 - request);
            memcpy(out->bytes + out->length, request, copied);
            out->length += copied;
            out->length += (size_t)snprintf(out->bytes + out->length, sizeof number, "%u", index);
            request = close;
            copied = (size_t)(line_end - request);
        }
        memcpy(out->bytes + out->length, request, copied);
        out->length += copied;
        request = line_end;
    }
    return 0;
}

/* Port and mark, before anything of the engine (P-126). */
static int set_sockets(struct tun_sockets *sockets, struct tun_lanes *lanes, const struct wrn_uapi_set *set)
{
    uint16_t port = set->has_listen_port ? set->listen_port : sockets->port;
    uint32_t mark = set->has_fwmark ? set->fwmark : sockets->mark;
    if (!sockets->open) {
        sockets->port = port;
        sockets->mark = mark;
        return 0;
    }
    if (port == sockets->port && mark == sockets->mark)
        return 0;
    tun_lanes_halt(lanes);
    int error = port != sockets->port ? tun_sockets_open(sockets, port, mark) : tun_sockets_mark(sockets, mark);
    tun_lanes_resume(lanes);
    return error;
}

/* Whether the engine takes it; it grows for it, and `twice` is asked again. 0 or what to answer. Orders to lanes need room for what is
 * applied at once, not for what comes in slices. */
static int check(struct tun_house *house, const char *text, size_t length, bool twice, struct wrn_uapi_set *found)
{
    struct wrn_limits limits;
    tun_house_ready(house);
    wrn_engine_limits(house->engine, &limits);
    enum wrn_status status = wrn_rec_uapi_check(house->record, house->engine, text, length, found);
    if (!twice)
        found->needed.orders = limits.orders;
    if (status == WRN_NO_ROOM && tun_house_grow(house, &found->needed) == WRN_OK)
        status = twice ? wrn_rec_uapi_check(house->record, house->engine, text, length, found) : WRN_OK;
    else if (status == WRN_NO_ROOM)
        found->error = ENOMEM;
    if (status == WRN_OK)
        return 0;
    tun_log(TUN_ERROR, "a request is refused at line %zu: %s", found->line, found->what ? found->what : wrn_status_name(status));
    return found->error ? found->error : WRN_UAPI_OTHER;
}

static void apply(struct tun_subject *subject, const char *text, size_t length)
{
    struct tun_house *house = subject->house;
    wrn_time now = tun_now();
    tun_capture_request(text, length);
    tun_house_ready(house);
    wrn_rec_uapi_apply(house->record, house->engine, now, text, length);
    subject->changed = true;
}

/* Where the lines end that begin at `at` and have so many peers; with all of them, at the blank line. */
static size_t slice_end(const struct tun_subject *subject, const struct tun_text *text, size_t at)
{
    unsigned peers = 0, most = subject->house->lanes ? SLICE_PEERS_OF_LANES : SLICE_PEERS;
    const char *end = text->bytes + text->length - 1, *line = text->bytes + at;
    while (line < end && (strncmp(line, PEER, strlen(PEER)) != 0 || peers++ < most))
        line = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1;
    return (size_t)(line - text->bytes);
}

/* The whole of it is good, and the engine has room for it: only then is anything changed. */
static int set(struct tun_subject *subject, struct tun_text *text)
{
    struct wrn_uapi_set found;
    uint16_t port = subject->sockets->port;
    uint32_t mark = subject->sockets->mark;
    bool sliced = slice_end(subject, text, strlen(SET)) < text->length - 1; /* then each slice is checked again */
    int error = check(subject->house, text->bytes, text->length, !sliced, &found);
    if (error)
        return error;
    error = set_sockets(subject->sockets, subject->house->lanes, &found);
    if (error) {
        tun_log(TUN_ERROR, "port %u with mark %" PRIu32 " cannot be had: %s", found.listen_port, found.fwmark, strerror(error));
        return error;
    }
    if (port != subject->sockets->port || mark != subject->sockets->mark) {
        tun_house_ready(subject->house);
        (void)wrn_rec_forget_paths(subject->house->record, subject->house->engine);
        subject->changed = true;
    }
    if (sliced) {
        subject->work = (struct tun_work){.text = *text, .at = strlen(SET)};
        *text = (struct tun_text){0};
        return 0;
    }
    apply(subject, text->bytes, text->length);
    return 0;
}

static bool put_answer(int error, struct tun_text *out)
{
    if (!tun_text_room(out, WRN_UAPI_ANSWER))
        return false;
    out->length += wrn_uapi_answer(error, out->bytes + out->length, WRN_UAPI_ANSWER);
    return true;
}

/* The whole answer before the first byte goes out: nothing changes in between. */
static bool get(const struct tun_subject *subject, struct tun_text *out)
{
    struct wrn_uapi_get state = {.listen_port = subject->sockets->port, .fwmark = subject->sockets->mark};
    size_t written;
    if (subject->house->lanes)
        tun_lanes_settle(subject->house->lanes, tun_now());
    do {
        if (!tun_text_room(out, GET_CHUNK) ||
            wrn_uapi_get(subject->house->engine, &state, out->bytes + out->length, GET_CHUNK, &written) != WRN_OK)
            return false;
        out->length += written;
    } while (written > 0);
    return true;
}

enum tun_answered tun_request(void *context, char *request, size_t length, struct tun_text *out)
{
    struct tun_subject *subject = context;
    size_t whole;
    enum wrn_uapi_kind kind = wrn_uapi_kind(request, length, &whole);
    if (kind == WRN_UAPI_GET)
        return get(subject, out) ? TUN_ANSWERED : TUN_REFUSED;
    if (kind == WRN_UAPI_BAD_GET && whole == strlen(TUN_STATUS_REQUEST) && memcmp(request, TUN_STATUS_REQUEST, whole) == 0)
        return tun_status_write(&subject->status, out) && put_answer(0, out) ? TUN_ANSWERED : TUN_REFUSED;
    if (kind == WRN_UAPI_BAD_GET)
        return put_answer(-WRN_UAPI_EINVAL, out) ? TUN_ANSWERED : TUN_REFUSED;
    struct tun_text text = {0};
    int error = number_scopes(request, length, &text);
    if (error == 0)
        error = set(subject, &text);
    tun_text_free(&text);
    if (subject->work.text.length > 0)
        return TUN_LATER;
    return put_answer(error, out) ? TUN_ANSWERED : TUN_REFUSED;
}

/* Each slice is a request of its own, made in place: its head stands in what was done before, and one byte behind it is kept aside. */
bool tun_request_work(struct tun_subject *subject, struct tun_text *out)
{
    struct tun_work *work = &subject->work;
    struct wrn_uapi_set found;
    size_t end = slice_end(subject, &work->text, work->at), length = end + 1 + strlen(SET) - work->at;
    char *slice = work->text.bytes + work->at - strlen(SET), kept = work->text.bytes[end];
    memcpy(slice, SET, strlen(SET));
    work->text.bytes[end] = '\n';
    int error = check(subject->house, slice, length, true, &found);
    if (error == 0)
        apply(subject, slice, length);
    work->text.bytes[end] = kept;
    work->at = end;
    if (error == 0 && end < work->text.length - 1)
        return false;
    tun_request_drop(subject);
    (void)put_answer(error, out); /* without memory for it the client is told by the end of the connection */
    return true;
}

void tun_request_drop(struct tun_subject *subject)
{
    tun_text_free(&subject->work.text);
}
