#define _GNU_SOURCE

#include "request.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "capture.h"
#include "log.h"

#define GET_CHUNK 16384u

/* Names of interfaces as scopes, in [fe80::1%eth0]:5, become numbers. Written into a copy. False: no such interface. */
static bool number_scopes(const char *request, size_t length, struct tun_text *out)
{
    const char *end = request + length;
    while (request < end) {
        const char *line_end = memchr(request, '\n', (size_t)(end - request));
        line_end = line_end ? line_end + 1 : end;
        const char *percent = memchr(request, '%', (size_t)(line_end - request));
        const char *close = percent ? memchr(percent, ']', (size_t)(line_end - percent)) : NULL;
        char name[IF_NAMESIZE] = "", number[16];
        if (!tun_text_room(out, (size_t)(line_end - request) + sizeof number))
            return false;
        size_t copied = (size_t)(line_end - request);
        bool named = close && (size_t)(close - percent) <= sizeof name && close > percent + 1 &&
                     strspn(percent + 1, "0123456789") < (size_t)(close - percent - 1);
        if (named) {
            memcpy(name, percent + 1, (size_t)(close - percent - 1));
            unsigned index = if_nametoindex(name);
            if (index == 0)
                return false;
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
    return true;
}

/* Port and mark, before anything of the engine (P-126). */
static int set_sockets(struct tun_sockets *sockets, const struct wrn_uapi_set *set)
{
    uint16_t port = set->has_listen_port ? set->listen_port : sockets->port;
    uint32_t mark = set->has_fwmark ? set->fwmark : sockets->mark;
    if (!sockets->open) {
        sockets->port = port;
        sockets->mark = mark;
        return 0;
    }
    if (set->has_listen_port && port != sockets->port)
        return tun_sockets_open(sockets, port, mark);
    return mark != sockets->mark ? tun_sockets_mark(sockets, mark) : 0;
}

static int set(struct tun_subject *subject, const char *text, size_t length)
{
    struct tun_house *house = subject->house;
    struct wrn_uapi_set found;
    uint16_t port = subject->sockets->port;
    uint32_t mark = subject->sockets->mark;
    enum wrn_status status = wrn_rec_uapi_check(house->record, house->engine, text, length, &found);
    if (status == WRN_NO_ROOM && tun_house_grow(house, &found.needed) == WRN_OK)
        status = wrn_rec_uapi_check(house->record, house->engine, text, length, &found);
    if (status != WRN_OK) {
        tun_log(TUN_ERROR, "a request is refused at line %zu: %s", found.line, found.what ? found.what : wrn_status_name(status));
        return found.error ? found.error : WRN_UAPI_OTHER;
    }
    int error = set_sockets(subject->sockets, &found);
    if (error) {
        tun_log(TUN_ERROR, "port %u with mark %" PRIu32 " cannot be had: %s", found.listen_port, found.fwmark, strerror(error));
        return WRN_UAPI_EADDRINUSE;
    }
    wrn_time now = tun_now();
    tun_capture_request(text, length);
    wrn_rec_uapi_apply(house->record, house->engine, now, text, length);
    if (port != subject->sockets->port || mark != subject->sockets->mark)
        (void)wrn_rec_forget_paths(house->record, house->engine);
    subject->changed = true;
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
    do {
        if (!tun_text_room(out, GET_CHUNK) ||
            wrn_uapi_get(subject->house->engine, &state, out->bytes + out->length, GET_CHUNK, &written) != WRN_OK)
            return false;
        out->length += written;
    } while (written > 0);
    return true;
}

bool tun_request(void *context, char *request, size_t length, struct tun_text *out)
{
    struct tun_subject *subject = context;
    size_t whole;
    enum wrn_uapi_kind kind = wrn_uapi_kind(request, length, &whole);
    if (kind == WRN_UAPI_GET)
        return get(subject, out);
    if (kind == WRN_UAPI_BAD_GET && whole == strlen(TUN_STATUS_REQUEST) && memcmp(request, TUN_STATUS_REQUEST, whole) == 0)
        return tun_status_write(&subject->status, out) && put_answer(0, out);
    if (kind == WRN_UAPI_BAD_GET)
        return put_answer(-WRN_UAPI_EINVAL, out);
    struct tun_text text = {0};
    int error = number_scopes(request, length, &text) ? set(subject, text.bytes, text.length) : WRN_UAPI_EINVAL;
    tun_text_free(&text);
    return put_answer(error, out);
}
