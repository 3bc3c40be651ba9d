#include "requests.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void text_reserve(struct text *text, size_t more)
{
    if (text->length + more <= text->room)
        return;
    text->room = 2 * (text->length + more);
    text->at = realloc(text->at, text->room);
    assert_non_null(text->at);
}

void text_add(struct text *text, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int length = vsnprintf(NULL, 0, format, list);
    va_end(list);
    assert_true(length >= 0);
    text_reserve(text, (size_t)length + 1);
    va_start(list, format);
    (void)vsnprintf(text->at + text->length, (size_t)length + 1, format, list);
    va_end(list);
    text->length += (size_t)length;
}

void text_key(struct text *text, const char *name, const uint8_t key[32])
{
    char hex[65];
    sodium_bin2hex(hex, sizeof hex, key, 32);
    text_add(text, "%s=%s\n", name, hex);
}

void text_free(struct text *text)
{
    free(text->at);
    *text = (struct text){0};
}

static void *memory_for(const struct wrn_limits *limits, size_t *size)
{
    *size = wrn_engine_size(limits);
    assert_true(*size > 0);
    void *memory = aligned_alloc(16, (*size + 15) & ~(size_t)15);
    assert_non_null(memory);
    return memory;
}

void host_open(struct request_host *host, const struct wrn_limits *limits)
{
    size_t size;
    assert_true(sodium_init() >= 0);
    wrn_config_default(&host->config);
    if (limits)
        host->config.limits = *limits;
    host->memory = memory_for(&host->config.limits, &size);
    assert_int_equal(wrn_engine_init(&host->engine, host->memory, size, &host->config, 0), WRN_OK);
    wrn_engine_attach(host->engine, &wrn_crypto_sodium, NULL, 1);
    wrn_wall(host->engine, 0, 1700000000, 0);
}

void host_open_small(struct request_host *host)
{
    struct wrn_limits limits;
    wrn_limits_default(&limits);
    limits.peers = 1;
    limits.prefixes = 1;
    host_open(host, &limits);
}

void host_open_lanes(struct request_host *host, uint32_t orders)
{
    struct wrn_limits limits;
    wrn_limits_default(&limits);
    limits.peers = 64;
    limits.prefixes = 512;
    limits.lanes = 2;
    limits.orders = orders;
    host_open(host, &limits);
    assert_int_equal(wrn_set_up(host->engine, 0, true), WRN_OK);
}

void host_close(struct request_host *host) { free(host->memory); }

void host_grow(struct request_host *host, const struct wrn_limits *limits)
{
    size_t size;
    void  *memory = memory_for(limits, &size);
    assert_int_equal(wrn_engine_move(&host->engine, memory, size, limits), WRN_OK);
    free(host->memory);
    host->memory = memory;
    wrn_engine_attach(host->engine, &wrn_crypto_sodium, NULL, 1);
}

/* In a block of its exact size, so that reading beyond it is seen. */
static char *whole(const char *text, size_t *length)
{
    size_t inside = strlen(text);
    char  *request = malloc(inside + 7);
    assert_non_null(request);
    memcpy(request, "set=1\n", 6);
    memcpy(request + 6, text, inside);
    request[inside + 6] = '\n';
    *length = inside + 7;
    return request;
}

enum wrn_status set_text(struct wrn_engine *engine, wrn_time now, const char *text, struct wrn_uapi_set *set)
{
    struct wrn_uapi_set own;
    size_t              length;
    char               *request = whole(text, &length);
    uint8_t             before[32], after[32];

    digest_of(engine, before);
    enum wrn_status status = wrn_uapi_check(engine, request, length, set ? set : &own);
    digest_of(engine, after);
    assert_memory_equal(before, after, 32);
    if (status == WRN_OK)
        wrn_uapi_apply(engine, now, request, length);
    free(request);
    return status;
}

void set_must(struct wrn_engine *engine, wrn_time now, const char *text)
{
    struct wrn_uapi_set set;
    if (set_text(engine, now, text, &set) != WRN_OK)
        fail_msg("line %zu: %s", set.line, set.what);
    assert_int_equal(set.error, 0);
    assert_int_equal(set.line, 0);
    assert_null(set.what);
}

void set_growing(struct request_host *host, wrn_time now, const char *text)
{
    struct wrn_uapi_set set;
    enum wrn_status     status = set_text(host->engine, now, text, &set);
    if (status == WRN_NO_ROOM) {
        host_grow(host, &set.needed);
        status = set_text(host->engine, now, text, &set);
    }
    assert_int_equal(status, WRN_OK);
}

char *get_text(const struct wrn_engine *engine, size_t size)
{
    struct wrn_uapi_get get = {0};
    struct text         all = {0};
    size_t              written;

    size = size ? size : WRN_UAPI_CHUNK;
    char *chunk = malloc(size);
    assert_non_null(chunk);
    for (;;) {
        assert_int_equal(wrn_uapi_get(engine, &get, chunk, size, &written), WRN_OK);
        assert_true(written <= size);
        if (!written)
            break;
        assert_int_equal(chunk[written - 1], '\n');
        text_add(&all, "%.*s", (int)written, chunk);
    }
    free(chunk);
    assert_non_null(all.at);
    return all.at;
}

bool get_has(const struct wrn_engine *engine, const char *part)
{
    char *all = get_text(engine, 0);
    bool  has = strstr(all, part) != NULL;
    free(all);
    return has;
}

void drain_orders(struct wrn_engine *engine)
{
    struct wrn_order  orders[16];
    struct wrn_limits limits;
    wrn_engine_limits(engine, &limits);
    for (unsigned lane = 0; lane < limits.lanes; lane++)
        while (wrn_orders(engine, lane, orders, 16))
            continue;
}

void digest_of(const struct wrn_engine *engine, uint8_t digest[32]) { wrn_digest(engine, WRN_PART_ALL, digest); }

void some_key(uint32_t n, uint8_t key[32])
{
    for (unsigned i = 0; i < 32; i++)
        key[i] = (uint8_t)(0x11 * (i + 1) + n * (2 * i + 3) + (n >> (i % 4 * 8)));
    key[0] = (uint8_t)n;
    key[1] = (uint8_t)(n >> 8);
    key[2] = (uint8_t)(n >> 16);
}
