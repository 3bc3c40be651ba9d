#include "../hashes.h"
#include "boringssl/boringssl.h"
#include "sodium/primitives.h"

/* ChaCha20-Poly1305 is the library's; everything else is sodium's. */
const struct wrn_crypto wrn_crypto_boringssl = {
    .name = "boringssl",
    .dh = wrni_sodium_dh,
    .seal = wrni_boringssl_seal,
    .open = wrni_boringssl_open,
    .xseal = wrni_sodium_xseal,
    .xopen = wrni_sodium_xopen,
    .hash = wrni_provide_hash,
    .mac = wrni_provide_mac,
};
