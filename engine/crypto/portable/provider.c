#include "../hashes.h"
#include "bytes.h"
#include "portable.h"

/* An X25519 goes deeper than one of these reaches. It must have a frame of its own, where an X25519 has been: as a part of its
 * caller's, for which a compiler could take it, it would lie above that. */
static void wipe_deep_below(void)
{
    uint8_t here[1024];
    wrni_wipe_below();
    wrni_wipe(here, sizeof here);
}

static void dh(void *context, struct wrn_dh *operations, size_t count)
{
    void (*volatile wipe)(void) = wipe_deep_below;
    (void)context;
    for (size_t i = 0; i < count; i++)
        operations[i].good = wrni_x25519(operations[i].out, operations[i].secret, operations[i].point);
    wipe();
}

/* P-13 */
static void counter_nonce(uint8_t nonce[12], uint64_t counter)
{
    wrni_store_le32(nonce, 0);
    wrni_store_le64(nonce + 4, counter);
}

static void seal(void *context, struct wrn_aead *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        struct wrn_aead *op = &operations[i];
        uint8_t nonce[12];
        counter_nonce(nonce, op->counter);
        wrni_aead_seal(op->key, nonce, op->aad, op->aad_length, op->data, op->length);
        op->good = true;
    }
    wrni_wipe_below();
}

static void open(void *context, struct wrn_aead *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        struct wrn_aead *op = &operations[i];
        uint8_t nonce[12];
        counter_nonce(nonce, op->counter);
        op->good = wrni_aead_open(op->key, nonce, op->aad, op->aad_length, op->data, op->length);
    }
    wrni_wipe_below();
}

/* draft-irtf-cfrg-xchacha section 2.3 */
static void extend(const struct wrn_xaead *op, uint8_t key[32], uint8_t nonce[12])
{
    wrni_hchacha(key, op->key, op->nonce);
    wrni_store_le32(nonce, 0);
    memcpy(nonce + 4, op->nonce + 16, 8);
}

static void xseal(void *context, struct wrn_xaead *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        struct wrn_xaead *op = &operations[i];
        uint8_t key[32], nonce[12];
        extend(op, key, nonce);
        wrni_aead_seal(key, nonce, op->aad, op->aad_length, op->data, op->length);
        wrni_wipe(key, sizeof key);
        op->good = true;
    }
    wrni_wipe_below();
}

static void xopen(void *context, struct wrn_xaead *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        struct wrn_xaead *op = &operations[i];
        uint8_t key[32], nonce[12];
        extend(op, key, nonce);
        op->good = wrni_aead_open(key, nonce, op->aad, op->aad_length, op->data, op->length);
        wrni_wipe(key, sizeof key);
    }
    wrni_wipe_below();
}

const struct wrn_crypto wrn_crypto_portable = {
    .name = "portable",
    .dh = dh,
    .seal = seal,
    .open = open,
    .xseal = xseal,
    .xopen = xopen,
    .hash = wrni_provide_hash,
    .mac = wrni_provide_mac,
};
