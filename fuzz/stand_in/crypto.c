/* Primitives under libsodium's names, by the provider portable. */
#include "sodium.h"
#include "warren/crypto.h"

#include <stdlib.h>
#include <string.h>

enum { TAG = WRN_TAG_BYTES };

int sodium_init(void) { return 0; }

int crypto_scalarmult(unsigned char out[32], const unsigned char secret[32], const unsigned char point[32])
{
    struct wrn_dh one = {secret, point, out, false};
    wrn_crypto_portable.dh(NULL, &one, 1);
    return one.good ? 0 : -1;
}

int crypto_scalarmult_base(unsigned char out[32], const unsigned char secret[32])
{
    static const unsigned char base[32] = {9};
    return crypto_scalarmult(out, secret, base);
}

/* An operation's arguments. */
struct sealed {
    const unsigned char *aad, *nonce, *key;
    size_t               aad_length, nonce_length;
};

/* In place, of so many bytes before the tag. */
static bool run(unsigned char *data, size_t length, const struct sealed *with, bool open)
{
    if (with->nonce_length == WRN_XNONCE_BYTES) {
        struct wrn_xaead one = {with->key, with->nonce, with->aad, with->aad_length, data, length, false};
        (open ? wrn_crypto_portable.xopen : wrn_crypto_portable.xseal)(NULL, &one, 1);
        return one.good;
    }
    static const unsigned char zeros[4];
    uint64_t                   counter = 0;
    for (unsigned i = 12; i-- > 4;)
        counter = counter << 8 | with->nonce[i];
    if (memcmp(with->nonce, zeros, 4))
        abort();
    struct wrn_aead one = {with->key, counter, with->aad, with->aad_length, data, length, false};
    (open ? wrn_crypto_portable.open : wrn_crypto_portable.seal)(NULL, &one, 1);
    return one.good;
}

static int encrypt(unsigned char *out, unsigned long long *out_length, const unsigned char *plain, size_t length,
                   const struct sealed *with)
{
    if (length)
        memmove(out, plain, length);
    run(out, length, with, false);
    if (out_length)
        *out_length = length + TAG;
    return 0;
}

/* Beside, because what is opened may have no room for a tag. */
static int decrypt(unsigned char *plain, unsigned long long *plain_length, const unsigned char *text, size_t length,
                   const struct sealed *with)
{
    if (length < TAG)
        return -1;
    unsigned char *beside = malloc(length);
    if (!beside)
        abort();
    memcpy(beside, text, length);
    bool good = run(beside, length - TAG, with, true);
    if (length > TAG)
        memcpy(plain, beside, length - TAG);
    if (plain_length)
        *plain_length = good ? length - TAG : 0;
    free(beside);
    return good ? 0 : -1;
}

int crypto_aead_chacha20poly1305_ietf_encrypt(unsigned char *out, unsigned long long *out_length, const unsigned char *plain,
                                              unsigned long long length, const unsigned char *aad, unsigned long long aad_length,
                                              const unsigned char *none, const unsigned char nonce[12],
                                              const unsigned char key[32])
{
    (void)none;
    return encrypt(out, out_length, plain, (size_t)length, &(struct sealed){aad, nonce, key, (size_t)aad_length, 12});
}

int crypto_aead_chacha20poly1305_ietf_decrypt(unsigned char *plain, unsigned long long *plain_length, unsigned char *none,
                                              const unsigned char *text, unsigned long long length, const unsigned char *aad,
                                              unsigned long long aad_length, const unsigned char nonce[12],
                                              const unsigned char key[32])
{
    (void)none;
    return decrypt(plain, plain_length, text, (size_t)length, &(struct sealed){aad, nonce, key, (size_t)aad_length, 12});
}

int crypto_aead_xchacha20poly1305_ietf_encrypt(unsigned char *out, unsigned long long *out_length, const unsigned char *plain,
                                               unsigned long long length, const unsigned char *aad, unsigned long long aad_length,
                                               const unsigned char *none, const unsigned char nonce[24],
                                               const unsigned char key[32])
{
    (void)none;
    return encrypt(out, out_length, plain, (size_t)length,
                   &(struct sealed){aad, nonce, key, (size_t)aad_length, WRN_XNONCE_BYTES});
}

int crypto_aead_xchacha20poly1305_ietf_decrypt(unsigned char *plain, unsigned long long *plain_length, unsigned char *none,
                                               const unsigned char *text, unsigned long long length, const unsigned char *aad,
                                               unsigned long long aad_length, const unsigned char nonce[24],
                                               const unsigned char key[32])
{
    (void)none;
    return decrypt(plain, plain_length, text, (size_t)length,
                   &(struct sealed){aad, nonce, key, (size_t)aad_length, WRN_XNONCE_BYTES});
}
