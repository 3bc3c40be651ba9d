#ifndef WRNI_UAPI_READ_H
#define WRNI_UAPI_READ_H

/*
 * Floor 2. A set request, read twice: by check, which finds the errors, and by apply, which meets none. A section is one peer's
 * lines; its allowed IPs stay text, so that no request needs more memory than another (P-150, G-31).
 *
 *     begin, device, then section until it says false; within a section allowed until it says false.
 */

#include "uapi_text.h"
#include "warren/engine.h"

struct wrni_request {
    const char *at, *end;
    size_t      line; /* of what stands at `at`, from 1 */
    int         error; /* enum wrn_uapi_errno; the request is then read no further */
    const char *what;
};

struct wrni_device {
    bool     has_private_key, has_listen_port, has_fwmark, replace_peers;
    uint16_t listen_port;
    uint32_t fwmark;
    uint8_t  private_key[32];
};

/* Of repeated lines the last wins (P-148). */
struct wrni_section {
    uint8_t                public_key[32];
    bool                   remove, update_only, replace_allowed;
    struct wrn_peer_change change;
    const char            *at, *end; /* its lines that allowed has not seen */
};

bool wrni_request_begin(struct wrni_request *request, const char *text, size_t length); /* false: no set, or not whole */
bool wrni_request_device(struct wrni_request *request, struct wrni_device *device);     /* false: error. Wipe it after use */
bool wrni_request_section(struct wrni_request *request, struct wrni_section *section);  /* false: the end, or error. Wipe it */
/* The next allowed IP of a section that was read without error, in order; *remove: it has a minus (P-113). */
bool wrni_section_allowed(struct wrni_section *section, struct wrn_prefix *prefix, bool *remove);

#endif
