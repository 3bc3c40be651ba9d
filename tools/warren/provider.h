#ifndef WARREN_PROVIDER_H
#define WARREN_PROVIDER_H

/* Who computes: a provider of the engine's, and its context. What comes out is the same by each of them. */

#include "warren/crypto.h"

/* One thread at a time; a process forked from the one that opened it has its own. */
struct provider {
    const struct wrn_crypto *crypto;
    void                    *context; /* of ipsec-mb; else null */
};

#define PROVIDER_HELP "ipsec-mb, boringssl, sodium or portable (default: the fastest that runs here); the results are the same"

/* By its name; null: the fastest that runs here. Exits with 2 when no provider is called so, with 3 when it does not run here. */
void provider_open(struct provider *provider, const char *command, const char *name);
void provider_close(struct provider *provider); /* wipes */

#endif
