#include "boringssl/boringssl.h"
#include "sodium/primitives.h"

/* Where the library was not there when this was built. */

bool wrn_boringssl_runs(void)
{
    return false;
}

void wrni_boringssl_seal(void *context, struct wrn_aead *operations, size_t count)
{
    wrni_sodium_seal(context, operations, count);
}

void wrni_boringssl_open(void *context, struct wrn_aead *operations, size_t count)
{
    wrni_sodium_open(context, operations, count);
}
