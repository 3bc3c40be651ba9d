/* Keys as text under libsodium's names: the second opinion that harnesses hold the readers of keys against. */
#include "sodium.h"

#include <stdlib.h>
#include <string.h>

static const char hex[] = "0123456789abcdef";
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* What a character is worth, or -1. */
static int worth(const char *alphabet, char character)
{
    const char *at = character ? strchr(alphabet, character) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

static int hex_worth(char character)
{
    return worth(hex, character >= 'A' && character <= 'F' ? (char)(character - 'A' + 'a') : character);
}

/* How libsodium ends: without a place for the end, all of the text must have been read; what is refused has no length. */
static int ended(int result, size_t count, size_t *length, const char *at, const char *last, const char **end)
{
    if (!end && at != last)
        result = -1;
    if (end)
        *end = at;
    if (length)
        *length = result ? 0 : count;
    return result;
}

int sodium_hex2bin(unsigned char *out, size_t most, const char *text, size_t size, const char *skip, size_t *length,
                   const char **end)
{
    size_t digits = 0;
    if (skip)
        abort();
    while (digits < size && hex_worth(text[digits]) >= 0)
        digits++;
    int result = digits % 2 ? -1 : 0;
    digits -= digits % 2;
    if (digits / 2 > most) {
        digits = most * 2;
        result = -1;
    }
    for (size_t i = 0; i < digits / 2; i++)
        out[i] = (unsigned char)(hex_worth(text[2 * i]) << 4 | hex_worth(text[2 * i + 1]));
    return ended(result, digits / 2, length, text + digits, text + size, end);
}

char *sodium_bin2hex(char *out, size_t most, const unsigned char *bytes, size_t count)
{
    if (most / 2 < count || most <= 2 * count)
        abort();
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = hex[bytes[i] >> 4];
        out[2 * i + 1] = hex[bytes[i] & 15];
    }
    out[2 * count] = 0;
    return out;
}

int sodium_base642bin(unsigned char *out, size_t most, const char *text, size_t size, const char *skip, size_t *length,
                      const char **end, int variant)
{
    size_t   at = 0, count = 0;
    unsigned bits = 0, held = 0;
    if (skip || variant != sodium_base64_VARIANT_ORIGINAL)
        abort();
    for (int value; at < size && (value = worth(base64, text[at])) >= 0; at++) {
        held = (held << 6 | (unsigned)value) & 0xfff;
        if ((bits += 6) < 8)
            continue;
        bits -= 8;
        if (count == most)
            return ended(-1, 0, length, text + at, text + size, end);
        out[count++] = (unsigned char)(held >> bits);
    }
    int result = bits > 4 || held & ((1U << bits) - 1) ? -1 : 0; /* half a byte, or bits that no byte takes */
    for (unsigned pads = bits / 2; !result && pads; pads--, at++)
        if (at == size || text[at] != '=')
            return ended(-1, 0, length, text + at, text + size, end);
    return ended(result, count, length, text + at, text + size, end);
}

char *sodium_bin2base64(char *out, size_t most, const unsigned char *bytes, size_t count, int variant)
{
    if (variant != sodium_base64_VARIANT_ORIGINAL || most / 4 < (count + 2) / 3 || most <= (count + 2) / 3 * 4)
        abort();
    char *to = out;
    for (size_t i = 0; i < count; i += 3) {
        unsigned left = count - i < 3 ? (unsigned)(count - i) : 3, word = 0;
        for (unsigned k = 0; k < 3; k++)
            word = word << 8 | (k < left ? bytes[i + k] : 0U);
        for (unsigned k = 0; k < 4; k++)
            *to++ = k <= left ? base64[word >> (18 - 6 * k) & 63] : '=';
    }
    *to = 0;
    return out;
}
