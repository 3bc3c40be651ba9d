/*
 * The portable provider is constant-time: secrets are marked undefined, every operation runs, and the memory checker reports any
 * branch or address that depends on one. With the argument "control" a secret is branched on, which it must report.
 */

#include <stdio.h>
#include <string.h>
#include <valgrind/memcheck.h>

#include "warren/crypto.h"

static uint8_t key[32], point[32], data[1500 + 16], nonce[24], out[32];

static void secret(void *bytes, size_t length)
{
    memset(bytes, 0x5c, length);
    (void)VALGRIND_MAKE_MEM_UNDEFINED(bytes, length);
}

static void published(void *bytes, size_t length) { (void)VALGRIND_MAKE_MEM_DEFINED(bytes, length); }

static void exchange(void)
{
    secret(key, sizeof key);
    memset(point, 9, sizeof point);
    struct wrn_dh dh = {key, point, out, false};
    wrn_crypto_portable.dh(NULL, &dh, 1);
    published(&dh.good, sizeof dh.good);
    secret(point, sizeof point); /* the static key of a peer is hidden from observers */
    wrn_crypto_portable.dh(NULL, &dh, 1);
    published(&dh.good, sizeof dh.good);
}

static void seal_and_open(size_t length)
{
    secret(key, sizeof key);
    secret(data, sizeof data);
    struct wrn_aead aead = {key, 7, nonce, 5, data, length, false};
    wrn_crypto_portable.seal(NULL, &aead, 1);
    published(data, length + 16); /* it goes on the wire */
    for (int forged = 1; forged >= 0; forged--) {
        data[length] ^= (uint8_t)forged;
        wrn_crypto_portable.open(NULL, &aead, 1);
        published(&aead.good, sizeof aead.good);
        published(data, sizeof data);
    }
    secret(data, sizeof data);
    struct wrn_xaead xaead = {key, nonce, nonce, 16, data, length, false};
    wrn_crypto_portable.xseal(NULL, &xaead, 1);
    published(data, length + 16);
    wrn_crypto_portable.xopen(NULL, &xaead, 1);
    published(&xaead.good, sizeof xaead.good);
}

static void hash_and_mac(void)
{
    secret(key, sizeof key);
    secret(data, sizeof data);
    struct wrn_hash hash = {data, 100, key, 32, out};
    wrn_crypto_portable.hash(NULL, &hash, 1);
    struct wrn_mac mac = {key, 32, data, 100, out, 16};
    wrn_crypto_portable.mac(NULL, &mac, 1);
}

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "control") == 0) {
        secret(key, sizeof key);
        if (key[3] & 1)
            puts("branched");
        return 0;
    }
    exchange();
    for (size_t length = 0; length < 200; length += 13)
        seal_and_open(length);
    seal_and_open(1420);
    hash_and_mac();
    return 0;
}
