#include <openssl/aead.h>

#include "base.h"
#include "boringssl/boringssl.h"
#include "bytes.h"

#define NONCE_BYTES 12u
#define DEAD_BYTES  4096u /* the library's functions take a half of it */

bool wrn_boringssl_runs(void)
{
    return true;
}

static void put_nonce(uint8_t nonce[NONCE_BYTES], uint64_t counter)
{
    wrni_store_le32(nonce, 0);
    wrni_store_le64(nonce + 4, counter); /* P-13 */
}

/* The key is copied into the context: it needs no memory of its own. */
static void begin(EVP_AEAD_CTX *context, const struct wrn_aead *op, uint8_t nonce[NONCE_BYTES])
{
    WRNI_ASSERT(EVP_AEAD_CTX_init(context, EVP_aead_chacha20_poly1305(), op->key, WRN_KEY_BYTES, WRN_TAG_BYTES, NULL));
    put_nonce(nonce, op->counter);
}

static __attribute__((noinline)) void seal(struct wrn_aead *operations, size_t count)
{
    EVP_AEAD_CTX context;
    uint8_t      nonce[NONCE_BYTES];
    for (size_t i = 0, length; i < count; i++) {
        struct wrn_aead *op = &operations[i];
        begin(&context, op, nonce);
        op->good = EVP_AEAD_CTX_seal(&context, op->data, &length, op->length + WRN_TAG_BYTES, nonce, NONCE_BYTES, op->data,
                                     op->length, op->aad, op->aad_length) == 1;
        WRNI_ASSERT(op->good);
    }
    wrni_wipe(&context, sizeof context);
}

static __attribute__((noinline)) void open(struct wrn_aead *operations, size_t count)
{
    EVP_AEAD_CTX context;
    uint8_t      nonce[NONCE_BYTES];
    for (size_t i = 0, length; i < count; i++) {
        struct wrn_aead *op = &operations[i];
        begin(&context, op, nonce);
        op->good = EVP_AEAD_CTX_open(&context, op->data, &length, op->length, nonce, NONCE_BYTES, op->data,
                                     op->length + WRN_TAG_BYTES, op->aad, op->aad_length) == 1;
        if (!op->good)
            memset(op->data, 0, op->length);
    }
    wrni_wipe(&context, sizeof context);
}

/* The library leaves there what it spills: the key, and those of the authenticator. */
static __attribute__((noinline, no_sanitize_address)) void wipe_dead_stack(void)
{
    uint8_t dead[DEAD_BYTES];
    wrni_wipe(dead, sizeof dead);
}

void wrni_boringssl_seal(void *context, struct wrn_aead *operations, size_t count)
{
    (void)context;
    seal(operations, count);
    wipe_dead_stack();
}

void wrni_boringssl_open(void *context, struct wrn_aead *operations, size_t count)
{
    (void)context;
    open(operations, count);
    wipe_dead_stack();
}
