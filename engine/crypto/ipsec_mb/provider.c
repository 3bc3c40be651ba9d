#include "bytes.h"
#include "ipsec_mb/ipsec_mb.h"
#include "warren/crypto.h"

/* ChaCha20-Poly1305 is the library's where there is a context; everything else is sodium's. */

static void seal(void *context, struct wrn_aead *operations, size_t count)
{
    if (context)
        wrni_ipsecmb_seal(context, operations, count);
    else
        wrn_crypto_sodium.seal(NULL, operations, count);
}

static void open(void *context, struct wrn_aead *operations, size_t count)
{
    if (context)
        wrni_ipsecmb_open(context, operations, count);
    else
        wrn_crypto_sodium.open(NULL, operations, count);
}

static void dh(void *context, struct wrn_dh *operations, size_t count)
{
    (void)context;
    wrn_crypto_sodium.dh(NULL, operations, count);
}

static void xseal(void *context, struct wrn_xaead *operations, size_t count)
{
    (void)context;
    wrn_crypto_sodium.xseal(NULL, operations, count);
}

static void xopen(void *context, struct wrn_xaead *operations, size_t count)
{
    (void)context;
    wrn_crypto_sodium.xopen(NULL, operations, count);
}

static void hash(void *context, struct wrn_hash *operations, size_t count)
{
    (void)context;
    wrn_crypto_sodium.hash(NULL, operations, count);
}

static void mac(void *context, struct wrn_mac *operations, size_t count)
{
    (void)context;
    wrn_crypto_sodium.mac(NULL, operations, count);
}

const struct wrn_crypto wrn_crypto_ipsecmb = {
    .name = "ipsec-mb",
    .dh = dh,
    .seal = seal,
    .open = open,
    .xseal = xseal,
    .xopen = xopen,
    .hash = hash,
    .mac = mac,
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
