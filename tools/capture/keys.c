#include "keys.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wgconf.h"

enum kind { LOCAL_STATIC, REMOTE_STATIC, LOCAL_EPHEMERAL, PRESHARED, KINDS };

static const char *const names[KINDS] = {"LOCAL_STATIC_PRIVATE_KEY", "REMOTE_STATIC_PUBLIC_KEY", "LOCAL_EPHEMERAL_PRIVATE_KEY",
                                         "PRESHARED_KEY"};

/* A row of `size` bytes more: there is room for the next power of two of them. The old rows are wiped. */
static void *grown(void *rows, size_t count, size_t size)
{
    if (count & (count - 1))
        return rows;
    void *larger = calloc(2 * count + 1, size);
    if (!larger)
        abort();
    if (count) {
        memcpy(larger, rows, count * size);
        sodium_memzero(rows, count * size);
    }
    free(rows);
    return larger;
}

/* Both return 1 + its row. */
static size_t add_pair(struct key_pair **pairs, size_t *count, const uint8_t key[32])
{
    for (size_t i = *count; i-- > 0;)
        if (memcmp((*pairs)[i].secret, key, 32) == 0)
            return i + 1;
    *pairs = grown(*pairs, *count, sizeof **pairs);
    memcpy((*pairs)[*count].secret, key, 32);
    crypto_scalarmult_curve25519_base((*pairs)[*count].public_key, key);
    return ++*count;
}

static size_t add_key(uint8_t (**rows)[32], size_t *count, const uint8_t key[32])
{
    for (size_t i = 0; i < *count; i++)
        if (memcmp((*rows)[i], key, 32) == 0)
            return i + 1;
    *rows = grown(*rows, *count, sizeof **rows);
    memcpy((*rows)[*count], key, 32);
    return ++*count;
}

/* `ephemeral`: 1 + the row of the one read last in this text, or 0. */
static void add(struct keys *keys, enum kind kind, const uint8_t key[32], size_t *ephemeral)
{
    if (kind == LOCAL_STATIC) {
        (void)add_pair(&keys->statics, &keys->static_count, key);
    } else if (kind == LOCAL_EPHEMERAL) {
        *ephemeral = add_pair(&keys->ephemerals, &keys->ephemeral_count, key);
    } else if (kind == REMOTE_STATIC) {
        (void)add_key(&keys->remotes, &keys->remote_count, key);
    } else {
        size_t row = add_key(&keys->preshared, &keys->preshared_count, key);
        if (*ephemeral)
            keys->ephemerals[*ephemeral - 1].preshared = row;
    }
}

static size_t spaces(const char *text, size_t length)
{
    size_t count = 0;
    while (count < length && (text[count] == ' ' || text[count] == '\t' || text[count] == '\r'))
        count++;
    return count;
}

static bool refuse(char error[256], const char *name, size_t line, size_t column, const char *what)
{
    snprintf(error, 256, "%.80s:%zu:%zu: %.130s", name, line, column + 1, what);
    return false;
}

static bool read_line(struct keys *keys, size_t *ephemeral, const char *name, size_t line, const char *text, size_t length,
                      char error[256])
{
    size_t   at = spaces(text, length), word = 0, used = 0;
    uint8_t  key[32];
    unsigned kind = 0;

    if (at == length || text[at] == '#')
        return true;
    while (at + word < length && text[at + word] != '=' && !spaces(text + at + word, 1))
        word++;
    while (kind < KINDS && (strlen(names[kind]) != word || memcmp(names[kind], text + at, word) != 0))
        kind++;
    if (kind == KINDS)
        return refuse(error, name, line, at, "no key is called so; LOCAL_STATIC_PRIVATE_KEY, REMOTE_STATIC_PUBLIC_KEY, "
                                             "LOCAL_EPHEMERAL_PRIVATE_KEY or PRESHARED_KEY");
    at += word;
    at += spaces(text + at, length - at);
    if (at == length || text[at] != '=')
        return refuse(error, name, line, at, "no = behind the name; NAME = KEY");
    at++;
    at += spaces(text + at, length - at);
    for (used = 0; at + used < length && !spaces(text + at + used, 1);)
        used++;
    if (!wgconf_key(text + at, used, key))
        return refuse(error, name, line, at, "no key; 44 characters of base64");
    at += used;
    if (at + spaces(text + at, length - at) != length)
        return refuse(error, name, line, at, "more behind the key; one key a line");
    add(keys, (enum kind)kind, key, ephemeral);
    sodium_memzero(key, sizeof key);
    return true;
}

bool keys_read(struct keys *keys, const char *name, const char *text, size_t length, char error[256])
{
    size_t line = 0, ephemeral = 0;
    while (length > 0) {
        const char *end = memchr(text, '\n', length);
        size_t      used = end ? (size_t)(end - text) : length;
        if (!read_line(keys, &ephemeral, name, ++line, text, used, error))
            return false;
        used += end != NULL;
        text += used;
        length -= used;
    }
    return true;
}

void keys_free(struct keys *keys)
{
    if (keys->static_count)
        sodium_memzero(keys->statics, keys->static_count * sizeof *keys->statics);
    if (keys->ephemeral_count)
        sodium_memzero(keys->ephemerals, keys->ephemeral_count * sizeof *keys->ephemerals);
    if (keys->preshared_count)
        sodium_memzero(keys->preshared, keys->preshared_count * sizeof *keys->preshared);
    free(keys->statics);
    free(keys->ephemerals);
    free(keys->remotes);
    free(keys->preshared);
    *keys = (struct keys){0};
}
