/*
 * keys_text: keys, numbers, addresses, endpoints and prefixes as text, read and written (uapi_text, wgconf's keys).
 *
 * Input: any text; all readers get all of it. Its first 16 bytes are an address, too, and its first 32 a key, to be written.
 *
 * Oracles; the other opinion is libsodium's on keys, the C library's on numbers and addresses:
 *   text-hex        a key of 64 hex digits, nothing else, with the same value (G-104); zeros on refusal
 *   text-base64     a key of 44 characters of base64 with no bit unused, nothing else, in a configuration file
 *   text-number     decimal digits up to a bound, nothing else
 *   text-address    an address as inet_pton takes it
 *   text-endpoint   1.2.3.4:5, [v6]:5 and [v6%2]:5, nothing else (P-146)
 *   text-prefix     address/length, nothing else
 *   text-refused    a refusal has given something away
 *   text-written    what is written is not what is right, or does not read as the same value
 */
#include "fuzz.h"
#include "uapi_text.h"
#include "wgconf.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <string.h>

enum { LONGEST = 128 };

static struct wrni_word word_of(const char *text, size_t size) { return (struct wrni_word){text, size}; }

static bool right_number(const char *text, size_t size, uint32_t most, uint32_t *number)
{
    uint64_t value = 0;
    size_t   zeros = 0;
    while (zeros < size && text[zeros] == '0')
        zeros++;
    if (!size || size - zeros > 10)
        return false;
    for (size_t i = 0; i < size; i++) {
        const char *digit = memchr("0123456789", text[i], 10);
        if (!digit)
            return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *number = (uint32_t)value;
    return value <= most;
}

static bool right_address(const char *text, size_t size, uint8_t address[16], uint8_t *family)
{
    char copy[LONGEST + 1];
    if (memchr(text, 0, size))
        return false;
    memcpy(copy, text, size);
    copy[size] = 0;
    memset(address, 0, 16);
    *family = memchr(text, ':', size) ? 6 : 4;
    return inet_pton(*family == 6 ? AF_INET6 : AF_INET, copy, address) == 1;
}

static bool right_endpoint(const char *text, size_t size, struct wrn_endpoint *out)
{
    const char *end = text + size, *colon = end, *percent;
    uint32_t    port, scope = 0;
    while (colon > text && colon[-1] != ':')
        colon--;
    if (colon == text || !right_number(colon, (size_t)(end - colon), 65535, &port))
        return false;
    end = colon - 1;
    bool six = end - text >= 2 && text[0] == '[' && end[-1] == ']';
    if (six) {
        text++;
        end--;
        percent = memchr(text, '%', (size_t)(end - text));
        if (percent && !right_number(percent + 1, (size_t)(end - percent - 1), UINT32_MAX, &scope))
            return false;
        end = percent ? percent : end;
    }
    memset(out, 0, sizeof *out);
    out->port = (uint16_t)port;
    out->host = scope;
    return right_address(text, (size_t)(end - text), out->address, &out->family) && six == (out->family == 6);
}

static bool right_prefix(const char *text, size_t size, struct wrn_prefix *out)
{
    const char *slash = memchr(text, '/', size);
    uint32_t    length;
    memset(out, 0, sizeof *out);
    if (!slash || !right_address(text, (size_t)(slash - text), out->address, &out->family))
        return false;
    if (!right_number(slash + 1, size - (size_t)(slash - text) - 1, out->family == 4 ? 32 : 128, &length))
        return false;
    out->length = (uint8_t)length;
    return true;
}

/* As inet_ntop, but for ::1.2.3.4, which RFC 5952 writes in hexadecimal. */
static void written(const uint8_t address[16], uint8_t family, char out[64])
{
    static const uint8_t none[12];
    unsigned             high = address[12] * 256u + address[13], low = address[14] * 256u + address[15];
    if (family == 6 && !memcmp(address, none, 12) && high)
        snprintf(out, 64, "::%x:%x", high, low);
    else if (!inet_ntop(family == 6 ? AF_INET6 : AF_INET, address, out, 64))
        fuzz_fail("text-written", "no room");
}

static void same_text(const char *got, const char *end, const char *right)
{
    size_t size = strlen(right);
    FUZZ_CHECK((size_t)(end - got) == size && !memcmp(got, right, size), "text-written", "%.*s for %s", (int)(end - got), got,
               right);
}

static void judge_key(const char *text, size_t size)
{
    uint8_t     key[32], right[32], zeros[32] = {0};
    char        again[80], lower[65];
    const char *end;
    size_t      length;
    bool        good = sodium_hex2bin(right, 32, text, size, NULL, &length, &end) == 0 && size == 64 && end == text + 64;
    memset(key, 0xaa, 32);
    FUZZ_CHECK(wrni_read_key(word_of(text, size), key) == good, "text-hex", "%.*s is %d", (int)size, text, good);
    FUZZ_CHECK(!memcmp(key, good ? right : zeros, 32), "text-hex", "%.*s has another value", (int)size, text);
    if (!good)
        return;
    sodium_bin2hex(lower, sizeof lower, right, 32);
    same_text(again, wrni_write_key(again, key), lower);
}

/* libsodium 1.0.18 takes bytes above 127 for characters of base64. */
static bool plain(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] < ' ' || text[i] > '~')
            return false;
    return true;
}

static void judge_base64(const char *text, size_t size)
{
    char                line[LONGEST + 32] = "[Interface]\nPrivateKey=";
    uint8_t             right[64];
    const char         *end;
    size_t              length = 0, head = strlen(line);
    struct wgconf       conf;
    struct wgconf_error error;
    if (strchr(" \t\r", text[0]) || strchr(" \t\r", text[size - 1]) || memchr(text, '\n', size) || memchr(text, '#', size))
        return; /* means something else in a file */
    bool good = size == 44 && plain(text, size) &&
                !sodium_base642bin(right, sizeof right, text, size, NULL, &length, &end, sodium_base64_VARIANT_ORIGINAL) &&
                length == 32 && end == text + 44;
    memcpy(line + head, text, size);
    bool read = wgconf_read(&conf, line, head + size, &error);
    FUZZ_CHECK(read == good, "text-base64", "%.*s is %d", (int)size, text, good);
    if (read) {
        FUZZ_CHECK(conf.has_key && !memcmp(conf.private_key, right, 32), "text-base64", "%.*s has another value", (int)size,
                   text);
        wgconf_free(&conf);
    }
}

static void judge_number(const char *text, size_t size)
{
    static const uint32_t bounds[] = {0, 32, 128, 255, 65535, UINT32_MAX};
    for (unsigned i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        uint32_t number = 77, right = 0;
        bool     good = right_number(text, size, bounds[i], &right);
        FUZZ_CHECK(wrni_read_number(word_of(text, size), bounds[i], &number) == good, "text-number", "%.*s up to %u", (int)size,
                   text, bounds[i]);
        FUZZ_CHECK(number == (good ? right : 77), good ? "text-number" : "text-refused", "%.*s is %u", (int)size, text, number);
    }
}

static void judge_address(const uint8_t *address, uint8_t family)
{
    char    text[64], right[64];
    uint8_t again[16], read = 0;
    char   *end = wrni_write_address(text, address, family);
    written(address, family, right);
    same_text(text, end, right);
    FUZZ_CHECK(wrni_read_address(word_of(text, (size_t)(end - text)), again, &read) && read == family &&
                   !memcmp(again, address, family == 4 ? 4 : 16),
               "text-written", "%s reads as another", right);
}

static void judge_places(const char *text, size_t size)
{
    struct wrn_endpoint endpoint, right_end, untouched_end;
    struct wrn_prefix   prefix, right_pre, untouched_pre;
    uint8_t             address[16], right[16], family, right_family;
    char                again[128], host[64], line[128];

    bool good = right_address(text, size, right, &right_family);
    FUZZ_CHECK(wrni_read_address(word_of(text, size), address, &family) == good, "text-address", "%.*s is %d", (int)size, text,
               good);
    FUZZ_CHECK(!good || (family == right_family && !memcmp(address, right, 16)), "text-address", "%.*s is another", (int)size,
               text);

    memset(&endpoint, 0x55, sizeof endpoint);
    untouched_end = endpoint;
    good = right_endpoint(text, size, &right_end);
    FUZZ_CHECK(wrni_read_endpoint(word_of(text, size), &endpoint) == good, "text-endpoint", "%.*s is %d", (int)size, text, good);
    FUZZ_CHECK(!memcmp(&endpoint, good ? &right_end : &untouched_end, sizeof endpoint), good ? "text-endpoint" : "text-refused",
               "%.*s", (int)size, text);
    if (good) {
        bool local = right_end.family == 6 && right_end.address[0] == 0xfe && right_end.address[1] / 64 == 2;
        written(right_end.address, right_end.family, host);
        if (right_end.host && local)
            snprintf(line, sizeof line, "[%s%%%u]:%u", host, right_end.host, right_end.port);
        else
            snprintf(line, sizeof line, right_end.family == 6 ? "[%s]:%u" : "%s:%u", host, right_end.port);
        same_text(again, wrni_write_endpoint(again, &endpoint), line);
    }

    memset(&prefix, 0x55, sizeof prefix);
    untouched_pre = prefix;
    good = right_prefix(text, size, &right_pre);
    FUZZ_CHECK(wrni_read_prefix(word_of(text, size), &prefix) == good, "text-prefix", "%.*s is %d", (int)size, text, good);
    FUZZ_CHECK(!memcmp(&prefix, good ? &right_pre : &untouched_pre, sizeof prefix), good ? "text-prefix" : "text-refused", "%.*s",
               (int)size, text);
    if (good) {
        written(right_pre.address, right_pre.family, host);
        snprintf(line, sizeof line, "%s/%u", host, right_pre.length);
        same_text(again, wrni_write_prefix(again, &prefix), line);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    uint8_t           key[32], address[16] = {0};
    char              hex[80], right[65];

    fuzz_fill(&bytes, key, 32);
    memcpy(address, key, 4);
    judge_address(address, 4);
    judge_address(key, 6);
    sodium_bin2hex(right, sizeof right, key, 32);
    same_text(hex, wrni_write_key(hex, key), right);
    if (!size || size > LONGEST)
        return 0;
    uint8_t    *exact = fuzz_exact(data, size);
    const char *text = (const char *)exact;
    judge_key(text, size);
    judge_base64(text, size);
    judge_number(text, size);
    judge_places(text, size);
    fuzz_free(exact);
    return 0;
}
