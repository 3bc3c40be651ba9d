#include "../hashes.h"
#include "bytes.h"
#include "ipsec_mb/ipsec_mb.h"
#include "sodium/primitives.h"

/* ChaCha20-Poly1305 is the library's where there is a context; everything else is sodium's. */

static void seal(void *context, struct wrn_aead *operations, size_t count)
{
    (context ? wrni_ipsecmb_seal : wrni_sodium_seal)(context, operations, count);
}

static void open(void *context, struct wrn_aead *operations, size_t count)
{
    (context ? wrni_ipsecmb_open : wrni_sodium_open)(context, operations, count);
}

const struct wrn_crypto wrn_crypto_ipsecmb = {
    .name = "ipsec-mb",
    .dh = wrni_sodium_dh,
    .seal = seal,
    .open = open,
    .xseal = wrni_sodium_xseal,
    .xopen = wrni_sodium_xopen,
    .hash = wrni_provide_hash,
    .mac = wrni_provide_mac,
};

void *wrn_ipsecmb_init(void *memory, size_t size)
{
    void *context = wrni_ipsecmb_init_with(memory, size, WRNI_IPSECMB_AVX512);
    return context ? context : wrni_ipsecmb_init_with(memory, size, WRNI_IPSECMB_AVX2);
}

void wrn_ipsecmb_wipe(void *context)
{
    if (context)
        wrni_wipe(context, wrn_ipsecmb_size());
}
