#include "drbg.h"

#include "blake2s.h"
#include "bytes.h"

/* The first byte of what is hashed tells the uses of one key apart. */
enum { NEXT_KEY = 0, OUTPUT = 1, STIR = 2 };

static void derive(const uint8_t key[32], uint8_t use, const uint8_t *more, uint8_t out[32])
{
    struct wrni_blake2s state;
    wrni_blake2s_init(&state, 32, key, 32);
    wrni_blake2s_add(&state, &use, 1);
    if (more != NULL)
        wrni_blake2s_add(&state, more, 32);
    wrni_blake2s_end(&state, out);
    wrni_wipe_below();
}

void wrni_drbg_init(struct wrni_drbg *drbg, const uint8_t entropy[32], uint8_t purpose, const uint8_t identity[32])
{
    derive(entropy, purpose, identity, drbg->key);
}

void wrni_drbg_stir(struct wrni_drbg *drbg, const uint8_t entropy[32])
{
    uint8_t old[32];
    memcpy(old, drbg->key, sizeof old);
    derive(old, STIR, entropy, drbg->key);
    wrni_wipe(old, sizeof old);
}

void wrni_drbg_bytes(struct wrni_drbg *drbg, uint8_t *out, size_t length)
{
    WRNI_ASSERT(length <= 32);
    static const uint8_t next_use = NEXT_KEY, output_use = OUTPUT;
    uint8_t              drawn[32];
    struct wrni_blake2s  next, output;
    wrni_blake2s_init(&next, 32, drbg->key, 32);
    wrni_blake2s_settle(&next); /* both begin with the key */
    output = next;
    wrni_blake2s_add(&next, &next_use, 1);
    wrni_blake2s_add(&output, &output_use, 1);
    wrni_blake2s_end(&next, drbg->key);
    wrni_blake2s_end(&output, drawn);
    wrni_wipe_below();
    memcpy(out, drawn, length);
    wrni_wipe(drawn, sizeof drawn);
}

uint32_t wrni_drbg_below(struct wrni_drbg *drbg, uint32_t bound)
{
    WRNI_ASSERT(bound != 0);
    uint8_t drawn[8];
    wrni_drbg_bytes(drbg, drawn, sizeof drawn);
    /* The upper half of the 96-bit product of a 64-bit draw and the bound. */
    uint64_t low = (uint64_t)wrni_load_le32(drawn) * bound;
    uint64_t high = (uint64_t)wrni_load_le32(drawn + 4) * bound;
    wrni_wipe(drawn, sizeof drawn);
    return (uint32_t)((high + (low >> 32)) >> 32);
}
