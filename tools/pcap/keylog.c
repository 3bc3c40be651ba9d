#include "keylog.h"

#include <sodium.h>
#include <string.h>

#define LINE_BYTES 80u

void keylog_preshared(struct keylog *log, const uint8_t key[32])
{
    for (unsigned i = 0; i < log->preshared_count; i++)
        if (memcmp(log->preshared[i], key, 32) == 0)
            return;
    if (log->preshared_count < KEYLOG_PRESHARED_MOST)
        memcpy(log->preshared[log->preshared_count++], key, 32);
}

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

void keylog_ephemeral(const struct keylog *log, struct pcapng *out, const uint8_t key[32])
{
    char   text[LINE_BYTES * (KEYLOG_PRESHARED_MOST + 1)];
    size_t length = put_line(text, "LOCAL_EPHEMERAL_PRIVATE_KEY", key);
    for (unsigned i = 0; i < log->preshared_count; i++)
        length += put_line(text + length, "PRESHARED_KEY", log->preshared[i]);
    pcapng_secrets(out, text);
    sodium_memzero(text, sizeof text);
}

bool keylog_makes(const struct wrn_dh *operation)
{
    static const uint8_t base[32] = {9};
    return memcmp(operation->point, base, sizeof base) == 0;
}
