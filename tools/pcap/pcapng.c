#include "pcapng.h"

#include <string.h>

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
    BLOCK_SECRETS = 10,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    LINK_RAW_IP = 101,
    SECRETS_WIREGUARD = 0x57474b4c, /* "WGKL" */

    OPTION_COMMENT = 1,
    OPTION_APPLICATION = 4, /* of a section */
    OPTION_NAME = 2,        /* of an interface */
    OPTION_DESCRIPTION = 3,
    OPTION_RESOLUTION = 9,
};

static size_t padded(size_t length) { return (length + 3) & ~(size_t)3; }

static void put(struct pcapng *out, const void *bytes, size_t length)
{
    if (!out->failed && length && fwrite(bytes, 1, length, out->file) != length)
        out->failed = true;
}

static void put16(struct pcapng *out, uint16_t value)
{
    uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
    put(out, bytes, sizeof bytes);
}

static void put32(struct pcapng *out, uint32_t value)
{
    put16(out, (uint16_t)value);
    put16(out, (uint16_t)(value >> 16));
}

static void put_padded(struct pcapng *out, const void *bytes, size_t length)
{
    static const uint8_t zeros[4] = {0};
    put(out, bytes, length);
    put(out, zeros, padded(length) - length);
}

static size_t option_size(const char *text) { return text ? 4 + padded(strlen(text)) : 0; }

static void put_option(struct pcapng *out, uint16_t code, const char *text)
{
    if (!text)
        return;
    put16(out, code);
    put16(out, (uint16_t)strlen(text));
    put_padded(out, text, strlen(text));
}

void pcapng_begin(struct pcapng *out, FILE *file, const char *application)
{
    uint32_t size = (uint32_t)(28 + option_size(application) + 4);
    *out = (struct pcapng){.file = file};
    put32(out, BLOCK_SECTION);
    put32(out, size);
    put32(out, BYTE_ORDER_MAGIC);
    put16(out, 1);
    put16(out, 0);
    put32(out, UINT32_MAX); /* section length: not given */
    put32(out, UINT32_MAX);
    put_option(out, OPTION_APPLICATION, application);
    put32(out, 0);
    put32(out, size);
}

uint32_t pcapng_interface(struct pcapng *out, const char *name, const char *description)
{
    uint32_t size = (uint32_t)(20 + option_size(name) + option_size(description) + 8 + 4);
    put32(out, BLOCK_INTERFACE);
    put32(out, size);
    put16(out, LINK_RAW_IP);
    put16(out, 0);
    put32(out, 0); /* no snap length */
    put_option(out, OPTION_NAME, name);
    put_option(out, OPTION_DESCRIPTION, description);
    put16(out, OPTION_RESOLUTION);
    put16(out, 1);
    put32(out, 9); /* 10^-9 s, padding included */
    put32(out, 0);
    put32(out, size);
    return out->interfaces++;
}

void pcapng_secrets(struct pcapng *out, const char *key_log)
{
    size_t   length = strlen(key_log);
    uint32_t size = (uint32_t)(20 + padded(length));
    put32(out, BLOCK_SECRETS);
    put32(out, size);
    put32(out, SECRETS_WIREGUARD);
    put32(out, (uint32_t)length);
    put_padded(out, key_log, length);
    put32(out, size);
}

void pcapng_packet(struct pcapng *out, uint32_t interface, uint64_t time_ns, const uint8_t *data, size_t length, const char *comment)
{
    uint32_t size = (uint32_t)(32 + padded(length) + (comment ? option_size(comment) + 4 : 0));
    put32(out, BLOCK_PACKET);
    put32(out, size);
    put32(out, interface);
    put32(out, (uint32_t)(time_ns >> 32));
    put32(out, (uint32_t)time_ns);
    put32(out, (uint32_t)length);
    put32(out, (uint32_t)length);
    put_padded(out, data, length);
    if (comment) {
        put_option(out, OPTION_COMMENT, comment);
        put32(out, 0);
    }
    put32(out, size);
}
