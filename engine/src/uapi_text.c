#include "uapi_text.h"

#include "bytes.h"
#include "wire.h"

bool wrni_word_is(struct wrni_word word, const char *text)
{
    for (size_t i = 0; i < word.length; i++)
        if (!text[i] || text[i] != word.text[i])
            return false;
    return !text[word.length];
}

/* The first place of a character, or the length. */
static size_t find(struct wrni_word word, char wanted)
{
    size_t at = 0;
    while (at < word.length && word.text[at] != wanted)
        at++;
    return at;
}

static struct wrni_word before(struct wrni_word word, size_t at) { return (struct wrni_word){word.text, at}; }

static struct wrni_word behind(struct wrni_word word, size_t at)
{
    return (struct wrni_word){word.text + at + 1, word.length - at - 1};
}

/* Keys. A branch or a table on a nibble would tell it to the cache. ---------------------------------------------------------- */

/* 0..15, or 255 in *bad. */
static unsigned nibble(char character, unsigned *bad)
{
    unsigned c = (unsigned char)character;
    unsigned digit = c ^ 48u, letter = (c & ~32u) - 55u;
    unsigned is_digit = (digit - 10u) >> 8 & 255u, is_letter = ((letter - 10u) ^ (letter - 16u)) >> 8 & 255u;
    *bad |= ~(is_digit | is_letter) & 255u;
    return (is_digit & digit) | (is_letter & letter);
}

bool wrni_read_key(struct wrni_word word, uint8_t key[32])
{
    unsigned bad = 0;
    memset(key, 0, 32);
    if (word.length != 64)
        return false;
    for (unsigned i = 0; i < 32; i++) {
        unsigned high = nibble(word.text[2 * i], &bad);
        key[i] = (uint8_t)(high << 4 | nibble(word.text[2 * i + 1], &bad));
    }
    if (bad)
        wrni_wipe(key, 32);
    return !bad;
}

static char hex_digit(unsigned value) { return (char)(87u + value + ((value - 10u) >> 8 & ~38u)); }

char *wrni_write_key(char *at, const uint8_t key[32])
{
    for (unsigned i = 0; i < 32; i++) {
        *at++ = hex_digit(key[i] >> 4);
        *at++ = hex_digit(key[i] & 15u);
    }
    return at;
}

/* Numbers. ------------------------------------------------------------------------------------------------------------------- */

bool wrni_read_number(struct wrni_word word, uint32_t most, uint32_t *number)
{
    uint64_t value = 0;
    for (size_t i = 0; i < word.length; i++) {
        char c = word.text[i];
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (unsigned)(c - '0');
        if (value > most)
            return false;
    }
    *number = (uint32_t)value;
    return word.length != 0;
}

char *wrni_write_number(char *at, uint64_t number)
{
    char     digits[20];
    unsigned count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    while (count)
        *at++ = digits[--count];
    return at;
}

char *wrni_write_text(char *at, const char *text)
{
    while (*text)
        *at++ = *text++;
    return at;
}

/* Addresses. ----------------------------------------------------------------------------------------------------------------- */

static bool read_v4(struct wrni_word word, uint8_t *address)
{
    for (unsigned i = 0; i < 4; i++) {
        size_t           end = find(word, '.');
        struct wrni_word part = before(word, end);
        uint32_t         value;
        bool             last = end == word.length;
        if (last != (i == 3) || part.length > 3 || !wrni_read_number(part, 255, &value))
            return false;
        if (part.length > 1 && part.text[0] == '0') /* some read it as octal */
            return false;
        address[i] = (uint8_t)value;
        if (!last)
            word = behind(word, end);
    }
    return true;
}

static bool read_group(struct wrni_word word, uint8_t *out)
{
    unsigned value = 0, bad = 0;
    if (word.length < 1 || word.length > 4)
        return false;
    for (size_t i = 0; i < word.length; i++)
        value = value << 4 | nibble(word.text[i], &bad);
    wrni_store_be16(out, (uint16_t)value);
    return !bad;
}

/* Groups, with `::` for at least one of zeros, and perhaps dotted decimals for the last two. */
static bool read_v6(struct wrni_word word, uint8_t address[16])
{
    enum { NO_GAP = 17 };
    uint8_t  bytes[16];
    unsigned filled = 0, gap = NO_GAP;

    if (word.length >= 2 && word.text[0] == ':' && word.text[1] == ':') {
        gap = 0;
        word = behind(word, 1);
    } else if (!word.length) {
        return false;
    }
    while (word.length) {
        size_t           end = find(word, ':');
        struct wrni_word part = before(word, end);
        bool             last = end == word.length;
        if (last && find(part, '.') < part.length) {
            if (filled > 12 || !read_v4(part, bytes + filled))
                return false;
            filled += 4;
            break;
        }
        if (filled == 16 || !read_group(part, bytes + filled))
            return false;
        filled += 2;
        if (last)
            break;
        word = behind(word, end);
        if (!word.length)
            return false;
        if (word.text[0] == ':') {
            if (gap != NO_GAP)
                return false;
            gap = filled;
            word = behind(word, 0);
        }
    }
    if (gap == NO_GAP ? filled != 16 : filled > 14)
        return false;
    if (gap > filled)
        gap = filled;
    memset(address, 0, 16);
    memcpy(address, bytes, gap);
    memcpy(address + 16 - (filled - gap), bytes + gap, filled - gap);
    return true;
}

bool wrni_read_address(struct wrni_word word, uint8_t address[16], uint8_t *family)
{
    *family = find(word, ':') < word.length ? 6 : 4;
    if (*family == 6)
        return read_v6(word, address);
    memset(address, 0, 16);
    return read_v4(word, address);
}

bool wrni_read_endpoint(struct wrni_word word, struct wrn_endpoint *endpoint)
{
    bool             bracket = word.length && word.text[0] == '[';
    struct wrni_word inside = bracket ? behind(word, 0) : word;
    size_t           end = find(inside, bracket ? ']' : ':');
    uint32_t         port, scope = 0;

    if (end == inside.length)
        return false;
    struct wrni_word address = before(inside, end), rest = behind(inside, end);
    if (bracket) {
        if (!rest.length || rest.text[0] != ':')
            return false;
        rest = behind(rest, 0);
        size_t percent = find(address, '%');
        if (percent < address.length) {
            if (!wrni_read_number(behind(address, percent), UINT32_MAX, &scope))
                return false;
            address = before(address, percent);
        }
    }
    struct wrn_endpoint read = {.host = scope};
    if (!wrni_read_address(address, read.address, &read.family) || bracket != (read.family == 6) ||
        !wrni_read_number(rest, UINT16_MAX, &port))
        return false;
    read.port = (uint16_t)port;
    *endpoint = read;
    return true;
}

bool wrni_read_prefix(struct wrni_word word, struct wrn_prefix *prefix)
{
    struct wrn_prefix read = {.family = 0};
    size_t            slash = find(word, '/');
    uint32_t          length;

    if (slash == word.length || !wrni_read_address(before(word, slash), read.address, &read.family) ||
        !wrni_read_number(behind(word, slash), read.family == 4 ? 32 : 128, &length))
        return false;
    read.length = (uint8_t)length;
    *prefix = read;
    return true;
}

static char *write_v4(char *at, const uint8_t *address)
{
    for (unsigned i = 0; i < 4; i++) {
        if (i)
            *at++ = '.';
        at = wrni_write_number(at, address[i]);
    }
    return at;
}

static char *write_group(char *at, unsigned value)
{
    bool begun = false;
    for (unsigned shift = 16; shift;) {
        shift -= 4;
        unsigned digit = value >> shift & 15u;
        begun = begun || digit || !shift;
        if (begun)
            *at++ = hex_digit(digit);
    }
    return at;
}

/* The longest run of zero groups, the first among equals, at least two long: *first and *behind it (8, 8: none). */
static void zero_run(const uint8_t address[16], unsigned *first, unsigned *end)
{
    *first = *end = 8;
    for (unsigned i = 0, run = 0; i < 8; i++) {
        run = wrni_load_be16(address + 2 * i) ? 0 : run + 1;
        if (run > 1 && run > *end - *first) {
            *end = i + 1;
            *first = i + 1 - run;
        }
    }
}

static char *write_v6(char *at, const uint8_t address[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    unsigned             first, end;

    if (!memcmp(address, mapped, sizeof mapped))
        return write_v4(wrni_write_text(at, "::ffff:"), address + 12);
    zero_run(address, &first, &end);
    for (unsigned i = 0; i < 8; i++) {
        if (i == first) {
            at = wrni_write_text(at, "::");
            i = end - 1;
            continue;
        }
        if (i && i != end)
            *at++ = ':';
        at = write_group(at, wrni_load_be16(address + 2 * i));
    }
    return at;
}

char *wrni_write_address(char *at, const uint8_t address[16], uint8_t family)
{
    return family == 4 ? write_v4(at, address) : write_v6(at, address);
}

char *wrni_write_endpoint(char *at, const struct wrn_endpoint *endpoint)
{
    if (endpoint->family == 6)
        *at++ = '[';
    at = wrni_write_address(at, endpoint->address, endpoint->family);
    if (endpoint->family == 6) {
        if (endpoint->host && wrni_link_local(endpoint)) {
            *at++ = '%';
            at = wrni_write_number(at, endpoint->host);
        }
        *at++ = ']';
    }
    *at++ = ':';
    return wrni_write_number(at, endpoint->port);
}

char *wrni_write_prefix(char *at, const struct wrn_prefix *prefix)
{
    at = wrni_write_address(at, prefix->address, prefix->family);
    *at++ = '/';
    return wrni_write_number(at, prefix->length);
}
