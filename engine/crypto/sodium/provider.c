#include <sodium.h>

#include "../hashes.h"
#include "bytes.h"
#include "sodium/primitives.h"

void wrni_sodium_dh(void *context, struct wrn_dh *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        struct wrn_dh *op = &operations[i];
        op->good = crypto_scalarmult_curve25519(op->out, op->secret, op->point) == 0;
        if (!op->good)
            memset(op->out, 0, WRN_KEY_BYTES); /* a refused point leaves it as it was (P-19) */
    }
}

static void counter_nonce(uint8_t nonce[12], uint64_t counter)
{
    wrni_store_le32(nonce, 0);
    wrni_store_le64(nonce + 4, counter);
}

void wrni_sodium_seal(void *context, struct wrn_aead *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        struct wrn_aead *op = &operations[i];
        uint8_t nonce[12];
        counter_nonce(nonce, op->counter);
        (void)crypto_aead_chacha20poly1305_ietf_encrypt_detached(op->data, op->data + op->length, NULL, op->data, op->length,
                                                                 op->aad, op->aad_length, NULL, nonce, op->key);
        op->good = true;
    }
}

void wrni_sodium_open(void *context, struct wrn_aead *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        struct wrn_aead *op = &operations[i];
        uint8_t nonce[12];
        counter_nonce(nonce, op->counter);
        op->good = crypto_aead_chacha20poly1305_ietf_decrypt_detached(op->data, NULL, op->data, op->length,
                                                                      op->data + op->length, op->aad, op->aad_length, nonce,
                                                                      op->key) == 0;
        if (!op->good)
            memset(op->data, 0, op->length);
    }
}

void wrni_sodium_xseal(void *context, struct wrn_xaead *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        struct wrn_xaead *op = &operations[i];
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt_detached(op->data, op->data + op->length, NULL, op->data, op->length,
                                                                  op->aad, op->aad_length, NULL, op->nonce, op->key);
        op->good = true;
    }
}

void wrni_sodium_xopen(void *context, struct wrn_xaead *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        struct wrn_xaead *op = &operations[i];
        op->good = crypto_aead_xchacha20poly1305_ietf_decrypt_detached(op->data, NULL, op->data, op->length,
                                                                       op->data + op->length, op->aad, op->aad_length,
                                                                       op->nonce, op->key) == 0;
        if (!op->good)
            memset(op->data, 0, op->length);
    }
}

const struct wrn_crypto wrn_crypto_sodium = {
    .name = "sodium",
    .dh = wrni_sodium_dh,
    .seal = wrni_sodium_seal,
    .open = wrni_sodium_open,
    .xseal = wrni_sodium_xseal,
    .xopen = wrni_sodium_xopen,
    .hash = wrni_provide_hash,
    .mac = wrni_provide_mac,
};
