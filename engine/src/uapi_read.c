#include "uapi_read.h"

#include "bytes.h"
#include "warren/uapi.h"

#define OPERATION 6u /* bytes of "set=1\n" */

static bool may_begin(const char *text, size_t size, const char *operation)
{
    return !memcmp(text, operation, size < OPERATION ? size : OPERATION);
}

enum wrn_uapi_kind wrn_uapi_kind(const char *text, size_t size, size_t *length)
{
    *length = 0;
    if (!size)
        return WRN_UAPI_INCOMPLETE;
    bool get = may_begin(text, size, "get=1\n");
    if (!get && !may_begin(text, size, "set=1\n"))
        return WRN_UAPI_UNKNOWN;
    for (size_t i = OPERATION; i < size; i++) {
        if (text[i] != '\n' || text[i - 1] != '\n')
            continue;
        *length = i + 1;
        return !get ? WRN_UAPI_SET : i == OPERATION ? WRN_UAPI_GET : WRN_UAPI_BAD_GET;
    }
    return WRN_UAPI_INCOMPLETE;
}

static bool fail(struct wrni_request *request, int error, const char *what)
{
    request->error = error;
    request->what = what;
    return false;
}

static bool value(struct wrni_request *request, bool good, const char *what)
{
    return good || fail(request, WRN_UAPI_EINVAL, what);
}

bool wrni_request_begin(struct wrni_request *request, const char *text, size_t length)
{
    size_t whole;
    *request = (struct wrni_request){.at = text, .end = text, .line = 1};
    if (wrn_uapi_kind(text, length, &whole) != WRN_UAPI_SET || whole != length)
        return fail(request, WRN_UAPI_EPROTO, "a set begins with the line set=1 and ends with its first blank line");
    request->at = text + OPERATION;
    request->end = text + length - 1; /* the blank line is of no more use */
    request->line = 2;
    return true;
}

/* One line, `key=value`; only the first `=` divides (P-148, G-30). */
struct pair { struct wrni_word key, value; };

static bool split(const char *at, const char *end, struct pair *pair, const char **next)
{
    const char *line_end = at, *equals = NULL;
    for (; line_end < end && *line_end != '\n'; line_end++)
        if (*line_end == '=' && !equals)
            equals = line_end;
    *next = line_end < end ? line_end + 1 : end;
    if (!equals)
        return false;
    pair->key = (struct wrni_word){at, (size_t)(equals - at)};
    pair->value = (struct wrni_word){equals + 1, (size_t)(line_end - equals - 1)};
    return true;
}

/* False at the end, or on an error. The line stays until `next` is taken over. */
static bool peek(struct wrni_request *request, struct pair *pair, const char **next)
{
    if (request->error || request->at == request->end)
        return false;
    return split(request->at, request->end, pair, next) || fail(request, WRN_UAPI_EPROTO, "a line is key=value");
}

static void take(struct wrni_request *request, const char *next)
{
    request->at = next;
    request->line++;
}

static bool flag(struct wrni_request *request, struct wrni_word word, bool *out)
{
    *out = true;
    return value(request, wrni_word_is(word, "true"), "the only value of this key is true");
}

static bool number16(struct wrni_request *request, struct wrni_word word, uint16_t *out, const char *what)
{
    uint32_t number = 0;
    bool     good = wrni_read_number(word, UINT16_MAX, &number);
    *out = (uint16_t)number;
    return value(request, good, what);
}

static bool device_line(struct wrni_request *request, struct wrni_device *device, const struct pair *pair)
{
    if (wrni_word_is(pair->key, "private_key")) {
        device->has_private_key = true;
        return value(request, wrni_read_key(pair->value, device->private_key), "private_key is 64 hex digits");
    }
    if (wrni_word_is(pair->key, "listen_port")) {
        device->has_listen_port = true;
        return number16(request, pair->value, &device->listen_port, "listen_port is a number from 0 to 65535");
    }
    if (wrni_word_is(pair->key, "fwmark")) {
        device->has_fwmark = true;
        device->fwmark = 0;
        return value(request, !pair->value.length || wrni_read_number(pair->value, UINT32_MAX, &device->fwmark),
                     "fwmark is a decimal number below 2^32, 0 or nothing for none");
    }
    if (wrni_word_is(pair->key, "replace_peers"))
        return flag(request, pair->value, &device->replace_peers);
    return value(request, false, "before the first public_key: private_key, listen_port, fwmark or replace_peers");
}

bool wrni_request_device(struct wrni_request *request, struct wrni_device *device)
{
    struct pair pair;
    const char *next;

    memset(device, 0, sizeof *device);
    while (peek(request, &pair, &next)) {
        if (wrni_word_is(pair.key, "public_key"))
            return true;
        if (!device_line(request, device, &pair))
            return false;
        take(request, next);
    }
    return !request->error;
}

static bool is_allowed_ip(struct wrni_word key) { return wrni_word_is(key, "allowed_ip"); }

static bool read_allowed(struct wrni_word word, struct wrn_prefix *prefix, bool *remove)
{
    *remove = word.length && word.text[0] == '-';
    if (*remove)
        word = (struct wrni_word){word.text + 1, word.length - 1};
    return wrni_read_prefix(word, prefix);
}

static bool change_line(struct wrni_request *request, struct wrn_peer_change *change, const struct pair *pair)
{
    if (wrni_word_is(pair->key, "preshared_key")) {
        change->mask |= WRN_CHANGE_PRESHARED_KEY;
        return value(request, wrni_read_key(pair->value, change->preshared_key), "preshared_key is 64 hex digits");
    }
    if (wrni_word_is(pair->key, "endpoint")) {
        change->mask |= WRN_CHANGE_ENDPOINT;
        return value(request, wrni_read_endpoint(pair->value, &change->endpoint),
                     "endpoint is 1.2.3.4:5, [2001:db8::1]:5 or [fe80::1%2]:5, with numbers only");
    }
    if (wrni_word_is(pair->key, "persistent_keepalive_interval")) {
        change->mask |= WRN_CHANGE_KEEPALIVE;
        return number16(request, pair->value, &change->keepalive_s,
                        "persistent_keepalive_interval is seconds from 0 to 65535");
    }
    if (wrni_word_is(pair->key, "protocol_version")) /* P-135 */
        return value(request, wrni_word_is(pair->value, "1"), "the only protocol_version is 1");
    return value(request, false, "this key is not one of a peer");
}

static bool section_line(struct wrni_request *request, struct wrni_section *section, const struct pair *pair)
{
    struct wrn_prefix prefix;
    bool              remove;

    if (is_allowed_ip(pair->key))
        return value(request, read_allowed(pair->value, &prefix, &remove),
                     "allowed_ip is an address/length, perhaps with a minus before it");
    if (wrni_word_is(pair->key, "remove"))
        return flag(request, pair->value, &section->remove);
    if (wrni_word_is(pair->key, "update_only"))
        return flag(request, pair->value, &section->update_only);
    if (wrni_word_is(pair->key, "replace_allowed_ips"))
        return flag(request, pair->value, &section->replace_allowed);
    return change_line(request, &section->change, pair);
}

bool wrni_request_section(struct wrni_request *request, struct wrni_section *section)
{
    struct pair pair;
    const char *next;

    memset(section, 0, sizeof *section); /* nothing of the section before is left (G-23) */
    if (!peek(request, &pair, &next))
        return false;
    /* whoever read the lines before stopped at a public_key */
    if (!value(request, wrni_read_key(pair.value, section->public_key), "public_key is 64 hex digits"))
        return false;
    take(request, next);
    section->at = section->end = next;
    while (peek(request, &pair, &next) && !wrni_word_is(pair.key, "public_key")) {
        if (!section_line(request, section, &pair))
            return false;
        take(request, next);
        section->end = next;
    }
    return !request->error;
}

bool wrni_section_allowed(struct wrni_section *section, struct wrn_prefix *prefix, bool *remove)
{
    struct pair pair;
    while (section->at != section->end) {
        bool good = split(section->at, section->end, &pair, &section->at);
        if (good && is_allowed_ip(pair.key))
            return read_allowed(pair.value, prefix, remove);
    }
    return false;
}
