#include "ipsec_mb/ipsec_mb.h"
#include "sodium/primitives.h"

/* Where the library was not there when this was built: no context is ever given, so none is ever used. */

size_t wrn_ipsecmb_size(void)
{
    return 0;
}

void *wrni_ipsecmb_init_with(void *memory, size_t size, enum wrni_ipsecmb_width width)
{
    (void)memory, (void)size, (void)width;
    return NULL;
}

void wrni_ipsecmb_seal(void *context, struct wrn_aead *operations, size_t count)
{
    wrni_sodium_seal(context, operations, count);
}

void wrni_ipsecmb_open(void *context, struct wrn_aead *operations, size_t count)
{
    wrni_sodium_open(context, operations, count);
}

bool wrn_ipsecmb_wide(const void *context)
{
    (void)context;
    return false;
}
