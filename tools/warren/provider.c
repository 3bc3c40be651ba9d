#include "provider.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

#define ALIGNMENT 64u /* of the context of ipsec-mb */

static _Noreturn void absent(const char *command, const char *what)
{
    fprintf(stderr, "%s: %s\n", command, what);
    exit(EXIT_MACHINE);
}

/* False: built without the library, or the processor has not what it needs. */
static bool open_ipsecmb(struct provider *provider)
{
    size_t size = wrn_ipsecmb_size();
    void  *memory = size ? aligned_alloc(ALIGNMENT, size) : NULL;

    provider->context = wrn_ipsecmb_init(memory, size);
    if (!provider->context)
        free(memory);
    return provider->context != NULL;
}

void provider_open(struct provider *provider, const char *command, const char *name)
{
    bool started = sodium_init() >= 0;

    *provider = (struct provider){.crypto = &wrn_crypto_portable};
    if (name && strcmp(name, wrn_crypto_portable.name) == 0)
        return;
    if (name && strcmp(name, wrn_crypto_ipsecmb.name) != 0 && strcmp(name, wrn_crypto_sodium.name) != 0)
        usage_error(command, "--provider '%s' is unknown; ipsec-mb, sodium or portable", name);
    if (!started)
        absent(command, "libsodium cannot start on this machine; run and replay need it not with --provider portable");
    provider->crypto = &wrn_crypto_sodium;
    if (name && strcmp(name, wrn_crypto_sodium.name) == 0)
        return;
    if (open_ipsecmb(provider))
        provider->crypto = &wrn_crypto_ipsecmb;
    else if (name)
        absent(command, "ipsec-mb does not run here, which needs a build with its library and a processor with AVX2; "
                        "--provider sodium");
}

void provider_close(struct provider *provider)
{
    wrn_ipsecmb_wipe(provider->context);
    free(provider->context);
    *provider = (struct provider){0};
}
