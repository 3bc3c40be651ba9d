/*
 * The stand-in (fuzz/stand_in, its names here starting with stand_) against libsodium itself: the same results, bytes, lengths and
 * ends, on random arguments near what is right. Exit code 0, or an abort that says which function differs.
 */
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned char byte;

int   stand_scalarmult(byte *, const byte *, const byte *);
int   stand_base(byte *, const byte *);
int   stand_seal(byte *, unsigned long long *, const byte *, unsigned long long, const byte *, unsigned long long, const byte *,
                 const byte *, const byte *);
int   stand_open(byte *, unsigned long long *, byte *, const byte *, unsigned long long, const byte *, unsigned long long,
                 const byte *, const byte *);
int   stand_xseal(byte *, unsigned long long *, const byte *, unsigned long long, const byte *, unsigned long long, const byte *,
                  const byte *, const byte *);
int   stand_xopen(byte *, unsigned long long *, byte *, const byte *, unsigned long long, const byte *, unsigned long long,
                  const byte *, const byte *);
int   stand_hex2bin(byte *, size_t, const char *, size_t, const char *, size_t *, const char **);
char *stand_bin2hex(char *, size_t, const byte *, size_t);
int   stand_base642bin(byte *, size_t, const char *, size_t, const char *, size_t *, const char **, int);
char *stand_bin2base64(char *, size_t, const byte *, size_t, int);

enum { ROUNDS = 20000, LONGEST = 70 };

static uint64_t state = 1;

static unsigned pick(unsigned count)
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (unsigned)(state >> 33) % count;
}

static void fill(byte *out, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (byte)pick(256);
}

static void same(bool yes, const char *what, const char *about)
{
    if (yes)
        return;
    fprintf(stderr, "stand-in: %s differs from libsodium's: %s\n", what, about);
    abort();
}

static void points(void)
{
    byte secret[32], point[32] = {0}, mine[32], right[32];
    for (unsigned i = 0; i < 50; i++) {
        fill(secret, 32);
        if (i)
            fill(point, 32);
        bool good = crypto_scalarmult(right, secret, point) == 0;
        same((stand_scalarmult(mine, secret, point) == 0) == good && (!good || !memcmp(mine, right, 32)), "crypto_scalarmult", "");
        crypto_scalarmult_base(right, secret);
        same(!stand_base(mine, secret) && !memcmp(mine, right, 32), "crypto_scalarmult_base", "");
    }
}

static void boxes(bool extended)
{
    byte               key[32], nonce[24] = {0}, aad[32], plain[LONGEST] = {0}, mine[LONGEST + 16], right[LONGEST + 16];
    byte               opened[LONGEST] = {0};
    unsigned long long length, right_length;
    size_t             size = pick(LONGEST + 1), aad_size = pick(33);
    fill(key, 32);
    fill(nonce + (extended ? 0 : 4), extended ? 24 : 8);
    fill(aad, 32);
    fill(plain, size);
    (extended ? crypto_aead_xchacha20poly1305_ietf_encrypt : crypto_aead_chacha20poly1305_ietf_encrypt)(
        right, &right_length, plain, size, aad, aad_size, NULL, nonce, key);
    (extended ? stand_xseal : stand_seal)(mine, &length, plain, size, aad, aad_size, NULL, nonce, key);
    same(length == right_length && !memcmp(mine, right, size + 16), "encrypt", extended ? "xchacha20" : "chacha20");
    bool spoil = pick(2), cut = !pick(8);
    mine[pick((unsigned)size + 16)] ^= (byte)spoil;
    int result = (extended ? stand_xopen : stand_open)(opened, &length, NULL, mine, cut ? 15 : size + 16, aad, aad_size, nonce, key);
    same(result == (spoil || cut ? -1 : 0) && (result || (length == size && !memcmp(opened, plain, size))), "decrypt",
         extended ? "xchacha20" : "chacha20");
}

/* Text that is nearly right. */
static size_t text(char *out, const char *alphabet, const char *others)
{
    size_t size = pick(LONGEST), letters = strlen(alphabet);
    for (size_t i = 0; i < size; i++)
        out[i] = alphabet[pick((unsigned)letters)];
    for (unsigned spoil = pick(3); size && spoil; spoil--)
        out[pick(4) ? size - 1 - pick(size < 3 ? (unsigned)size : 3) : pick((unsigned)size)] = others[pick((unsigned)strlen(others))];
    out[size] = 0;
    return size;
}

static void readers(void)
{
    char        line[LONGEST + 1];
    byte        mine[LONGEST] = {0}, right[LONGEST] = {0};
    size_t      length = 0, right_length = 0, most = pick(4) ? LONGEST : pick(40);
    const char *end = NULL, *right_end = NULL;
    bool        ends = pick(2);

    size_t size = text(line, "0123456789abcdefABCDEF", "gG :/@`=");
    int    good = sodium_hex2bin(right, most, line, size, NULL, &right_length, ends ? &right_end : NULL);
    same(stand_hex2bin(mine, most, line, size, NULL, &length, ends ? &end : NULL) == good, "sodium_hex2bin", line);
    same(good || (length == right_length && !memcmp(mine, right, length) && end == right_end), "sodium_hex2bin's bytes", line);

    size = text(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", "====-_ @[`{");
    good = sodium_base642bin(right, most, line, size, NULL, &right_length, ends ? &right_end : NULL, sodium_base64_VARIANT_ORIGINAL);
    same(stand_base642bin(mine, most, line, size, NULL, &length, ends ? &end : NULL, 1) == good, "sodium_base642bin", line);
    same(good || (length == right_length && !memcmp(mine, right, length) && end == right_end), "sodium_base642bin's bytes", line);
}

static void writers(void)
{
    byte   bytes[LONGEST];
    char   mine[2 * LONGEST + 1], right[2 * LONGEST + 1];
    size_t size = pick(LONGEST + 1);
    fill(bytes, sizeof bytes);
    sodium_bin2hex(right, sizeof right, bytes, size);
    same(!strcmp(stand_bin2hex(mine, sizeof mine, bytes, size), right), "sodium_bin2hex", right);
    sodium_bin2base64(right, sizeof right, bytes, size, sodium_base64_VARIANT_ORIGINAL);
    same(!strcmp(stand_bin2base64(mine, sizeof mine, bytes, size, 1), right), "sodium_bin2base64", right);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    points();
    for (unsigned i = 0; i < ROUNDS; i++) {
        boxes(i % 2);
        readers();
        writers();
    }
    return 0;
}
