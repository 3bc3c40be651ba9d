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

static bool is(const char *name, const struct wrn_crypto *crypto)
{
    return name && strcmp(name, crypto->name) == 0;
}

/* Of those that need libsodium; without a name the fastest. */
static const struct wrn_crypto *find(struct provider *provider, const char *name)
{
    bool boringssl = wrn_boringssl_runs();
    if (!name || is(name, &wrn_crypto_ipsecmb)) {
        if (open_ipsecmb(provider) && (name || !boringssl || wrn_ipsecmb_wide(provider->context)))
            return &wrn_crypto_ipsecmb;
        provider_close(provider);
    }
    if (boringssl && (!name || is(name, &wrn_crypto_boringssl)))
        return &wrn_crypto_boringssl;
    return !name || is(name, &wrn_crypto_sodium) ? &wrn_crypto_sodium : NULL;
}

void provider_open(struct provider *provider, const char *command, const char *name)
{
    bool started = sodium_init() >= 0;

    *provider = (struct provider){.crypto = &wrn_crypto_portable};
    if (is(name, &wrn_crypto_portable))
        return;
    if (name && !is(name, &wrn_crypto_ipsecmb) && !is(name, &wrn_crypto_boringssl) && !is(name, &wrn_crypto_sodium))
        usage_error(command, "--provider '%s' is unknown; ipsec-mb, boringssl, sodium or portable", name);
    if (!started)
        absent(command, "libsodium cannot start on this machine; run and replay need it not with --provider portable");
    provider->crypto = find(provider, name);
    if (!provider->crypto && is(name, &wrn_crypto_boringssl))
        absent(command, "boringssl does not run here, which needs a build with its library; --provider sodium");
    if (!provider->crypto)
        absent(command, "ipsec-mb does not run here, which needs a build with its library and a processor with AVX2; "
                        "--provider sodium");
}

void provider_close(struct provider *provider)
{
    wrn_ipsecmb_wipe(provider->context);
    free(provider->context);
    *provider = (struct provider){0};
}
