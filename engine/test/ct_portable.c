/*
 * The portable provider, BLAKE2s, the key derivation and the comparisons take constant time (P-162, P-37): secrets are marked
 * undefined, so a branch or an address that depends on one is an error of valgrind's memory checker. What an attacker sees anyway
 * is marked defined first: ciphertexts, tags, outcomes. With the argument "control" a secret is branched on and then looked up in
 * a table, and the checker must report both.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <valgrind/memcheck.h>

#include "blake2s.h"
#include "bytes.h"
#include "kdf.h"

#define LONGEST 1500

static void secret(void *memory, size_t length)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(memory, length);
}

static void published(void *memory, size_t length)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(memory, length);
}

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "ct_portable: %s\n", what);
    exit(1);
}

/* Secrets were really undefined on the way in and reached the way out: else the checker looks at nothing. */
static void tainted(const void *memory, size_t length, const char *what)
{
    uint8_t bits[LONGEST + 16];
    require(VALGRIND_GET_VBITS(memory, bits, length) == 1, "the checker tells no bits");
    require(!wrni_is_zero(bits, length), what);
}

static void pattern(uint8_t *out, size_t length, uint8_t start)
{
    for (size_t i = 0; i < length; i++)
        out[i] = (uint8_t)(start + 29 * i);
}

/* RFC 7748 section 6.1: Alice's secret and Bob's point. The point is secret too: who talks to whom is hidden. */
static void p162_dh_takes_constant_time(void)
{
    static const uint8_t expected[32] = {
        0x4a, 0x5d, 0x9d, 0x5b, 0xa4, 0xce, 0x2d, 0xe1, 0x72, 0x8e, 0x3b, 0xf4, 0x80, 0x35, 0x0f, 0x25,
        0xe0, 0x7e, 0x21, 0xc9, 0x47, 0xd1, 0x9e, 0x33, 0x76, 0xf0, 0x9b, 0x3c, 0x1e, 0x16, 0x17, 0x42,
    };
    uint8_t key[32] = {
        0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d, 0x3c, 0x16, 0xc1, 0x72, 0x51, 0xb2, 0x66, 0x45,
        0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0, 0x99, 0x2a, 0xb1, 0x77, 0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a,
    };
    uint8_t point[32] = {
        0xde, 0x9e, 0xdb, 0x7d, 0x7b, 0x7d, 0xc1, 0xb4, 0xd3, 0x5b, 0x61, 0xc2, 0xec, 0xe4, 0x35, 0x37,
        0x3f, 0x83, 0x43, 0xc8, 0x5b, 0x78, 0x67, 0x4d, 0xad, 0xfc, 0x7e, 0x14, 0x6f, 0x88, 0x2b, 0x4f,
    };
    uint8_t out[32];
    struct wrn_dh op = {.secret = key, .point = point, .out = out};
    secret(key, sizeof key);
    secret(point, sizeof point);
    wrn_crypto_portable.dh(NULL, &op, 1);
    tainted(out, sizeof out, "dh lost its secret");
    published(out, sizeof out);
    published(&op.good, sizeof op.good);
    require(op.good && memcmp(out, expected, sizeof out) == 0, "dh is wrong");
}

static void p162_seal_and_open_take_constant_time(size_t length, size_t aad_length, bool tampered)
{
    static uint8_t data[LONGEST + 16], plain[LONGEST], aad[64];
    uint8_t key[32];
    struct wrn_aead op = {.key = key, .counter = 7, .aad = aad, .aad_length = aad_length, .data = data, .length = length};
    pattern(key, sizeof key, 1);
    pattern(plain, length, 2);
    pattern(data, length, 2);
    pattern(aad, aad_length, 3);
    secret(key, sizeof key);
    secret(data, length);
    secret(aad, aad_length);
    wrn_crypto_portable.seal(NULL, &op, 1);
    tainted(data, length + 16, "seal lost its secret");
    published(data, length + 16);
    data[length + 3] ^= tampered;
    wrn_crypto_portable.open(NULL, &op, 1);
    require(op.good == !tampered, "open is wrong");
    published(data, length);
    require(tampered ? wrni_is_zero(data, length) : memcmp(data, plain, length) == 0, "open left the wrong bytes");
}

static void p162_xseal_and_xopen_take_constant_time(size_t length, bool tampered)
{
    static uint8_t data[LONGEST + 16], plain[LONGEST];
    uint8_t key[32], nonce[24], aad[16];
    struct wrn_xaead op = {.key = key, .nonce = nonce, .aad = aad, .aad_length = sizeof aad, .data = data, .length = length};
    pattern(key, sizeof key, 1);
    pattern(nonce, sizeof nonce, 4);
    pattern(plain, length, 2);
    pattern(data, length, 2);
    pattern(aad, sizeof aad, 3);
    secret(key, sizeof key);
    secret(data, length);
    wrn_crypto_portable.xseal(NULL, &op, 1);
    tainted(data, length + 16, "xseal lost its secret");
    published(data, length + 16);
    data[length] ^= tampered;
    wrn_crypto_portable.xopen(NULL, &op, 1);
    require(op.good == !tampered, "xopen is wrong");
    published(data, length);
    require(tampered ? wrni_is_zero(data, length) : memcmp(data, plain, length) == 0, "xopen left the wrong bytes");
}

static void p162_hash_mac_and_kdf_take_constant_time(size_t length)
{
    static uint8_t data[LONGEST];
    uint8_t key[32], out[32], chain[32], second[32], third[32];
    uint8_t *const outs[3] = {chain, second, third};
    struct wrn_hash hash = {.first = key, .first_length = sizeof key, .second = data, .second_length = length, .out = out};
    struct wrn_mac mac = {.key = key, .key_length = 32, .data = data, .length = length, .out = out, .out_length = 16};
    pattern(key, sizeof key, 1);
    pattern(data, length, 2);
    pattern(chain, sizeof chain, 3);
    secret(key, sizeof key);
    secret(data, length);
    secret(chain, sizeof chain);
    wrn_crypto_portable.hash(NULL, &hash, 1);
    tainted(out, 32, "hash lost its secret");
    wrn_crypto_portable.mac(NULL, &mac, 1);
    tainted(out, 16, "mac lost its secret");
    wrni_kdf((struct wrni_provider){&wrn_crypto_portable, NULL}, chain, data, length, outs, 3);
    tainted(third, 32, "kdf lost its secret");
}

static void p37_comparing_takes_constant_time(void)
{
    for (size_t length = 0; length <= 33; length++) {
        uint8_t a[33], b[33];
        pattern(a, sizeof a, 1);
        memcpy(b, a, sizeof b);
        for (size_t differs = 0; differs <= length; differs++) {
            if (differs < length)
                b[differs] ^= 1;
            secret(a, sizeof a);
            secret(b, sizeof b);
            bool equal = wrni_equal(a, b, length), zero = wrni_is_zero(a, length);
            published(&equal, sizeof equal);
            published(&zero, sizeof zero);
            published(a, sizeof a);
            published(b, sizeof b);
            require(equal == (differs == length), "equal is wrong");
            require(zero == (length == 0), "is_zero is wrong");
            memcpy(b, a, sizeof b);
        }
    }
}

/* What a careless comparison of macs looks like. */
static int leak_branch(const uint8_t *a, const uint8_t *b, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (a[i] != b[i])
            return (int)i;
    }
    return -1;
}

/* What a cipher with a table looks like. */
static int leak_index(const uint8_t *a, size_t length)
{
    static uint8_t table[256];
    int sum = 0;
    pattern(table, sizeof table, 9);
    for (size_t i = 0; i < length; i++)
        sum += table[a[i]];
    return sum;
}

static int control(void)
{
    uint8_t a[16], b[16];
    volatile int result;
    pattern(a, sizeof a, 1);
    pattern(b, sizeof b, 1);
    secret(a, sizeof a);
    result = leak_branch(a, b, sizeof a);
    secret(a, sizeof a);
    result = leak_index(a, sizeof a);
    (void)result;
    return 0;
}

int main(int count, char **arguments)
{
    static const size_t lengths[] = {0, 1, 15, 16, 17, 63, 64, 65, 128, 1420};
    if (RUNNING_ON_VALGRIND == 0) {
        (void)fprintf(stderr, "ct_portable: says nothing without valgrind\n");
        return 2;
    }
    if (count == 2 && strcmp(arguments[1], "control") == 0)
        return control();
    p162_dh_takes_constant_time();
    p37_comparing_takes_constant_time();
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        for (unsigned tampered = 0; tampered < 2; tampered++) {
            p162_seal_and_open_take_constant_time(lengths[i], 0, tampered == 1);
            p162_seal_and_open_take_constant_time(lengths[i], 33, tampered == 1);
            p162_xseal_and_xopen_take_constant_time(lengths[i], tampered == 1);
        }
        p162_hash_mac_and_kdf_take_constant_time(lengths[i]);
    }
    return 0;
}
