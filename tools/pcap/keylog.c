#include "keylog.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 80u

static size_t put_line(char out[LINE_BYTES], const char *kind, const uint8_t key[32])
{
    char text[45];
    sodium_bin2base64(text, sizeof text, key, 32, sodium_base64_VARIANT_ORIGINAL);
    int length = snprintf(out, LINE_BYTES, "%s = %s\n", kind, text);
    sodium_memzero(text, sizeof text);
    return (size_t)length;
}

void keylog_static(struct pcapng *out, const char *kind, const uint8_t key[32])
{
    char text[LINE_BYTES];
    put_line(text, kind, key);
    pcapng_secrets(out, text);
    sodium_memzero(text, sizeof text);
}

void keylog_ephemeral(struct pcapng *out, const uint8_t key[32], const uint8_t *preshared)
{
    char   text[2 * LINE_BYTES];
    size_t length = put_line(text, "LOCAL_EPHEMERAL_PRIVATE_KEY", key);
    if (preshared)
        put_line(text + length, "PRESHARED_KEY", preshared);
    pcapng_secrets(out, text);
    sodium_memzero(text, sizeof text);
}

/* What passes a provider. ------------------------------------------------------------------------------------------------------ */

static bool same(const uint8_t a[32], const uint8_t b[32]) { return memcmp(a, b, 32) == 0; }

/* The row of this peer; the number of rows: there is none. */
static size_t row_of(const struct keylog *log, const uint8_t peer[32])
{
    size_t at = 0;
    while (at < log->count && !same(log->rows[at].peer, peer))
        at++;
    return at;
}

static bool grow(struct keylog *log)
{
    size_t             room = 2 * log->room + 16;
    struct keylog_row *larger = calloc(room, sizeof *larger);

    if (!larger)
        return false;
    if (log->count) {
        memcpy(larger, log->rows, log->count * sizeof *larger);
        sodium_memzero(log->rows, log->count * sizeof *larger);
    }
    free(log->rows);
    log->rows = larger;
    log->room = room;
    return true;
}

bool keylog_preshared(struct keylog *log, const uint8_t peer[32], const uint8_t key[32])
{
    size_t at = row_of(log, peer);

    if (sodium_is_zero(key, 32)) {
        if (at < log->count) {
            log->rows[at] = log->rows[--log->count];
            sodium_memzero(&log->rows[log->count], sizeof *log->rows);
        }
        return true;
    }
    if (at == log->room && !grow(log))
        return false;
    log->count += at == log->count;
    memcpy(log->rows[at].peer, peer, 32);
    memcpy(log->rows[at].key, key, 32);
    return true;
}

void keylog_watch(struct keylog *log, struct pcapng *out, const struct wrn_dh *operation)
{
    static const uint8_t base[32] = {9};

    if (same(operation->point, base)) {
        memcpy(log->ephemeral, operation->secret, sizeof log->ephemeral);
        keylog_ephemeral(out, log->ephemeral, NULL);
    } else if (same(operation->secret, log->ephemeral)) {
        size_t at = row_of(log, operation->point);
        if (at < log->count)
            keylog_ephemeral(out, log->ephemeral, log->rows[at].key);
    }
}

void keylog_end(struct keylog *log)
{
    if (log->rows)
        sodium_memzero(log->rows, log->count * sizeof *log->rows);
    free(log->rows);
    sodium_memzero(log, sizeof *log);
}
