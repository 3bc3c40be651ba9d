/* Seeds of uapi: requests as wg sends them, several on a connection, and one for each reason to refuse;
 * and lines of support/confmodel.h. */
#include "confmodel.h"
#include "seed.h"

#include <string.h>

#define A "188515093e952f5f22e865cef3012e72f8b5f0b598ac0309d5dacce3b70fcf52\n"
#define B "c4c8e984c5322c8184c72265b92b250fdb63688705f504ba003c88f03393cf28\n"

enum { VERSION = 1, STRUCTURED = 1, UP = 2, END = 16, LINES = 24 };

/* Two bytes for a line, one for the end of a request. */
static void lines(const char *name, unsigned flags, const struct conf_line *line, unsigned count)
{
    struct seed seed = {.size = 0};
    seed_u8(&seed, VERSION);
    seed_u8(&seed, STRUCTURED | flags);
    for (unsigned i = 0; i < count; i++) {
        seed_u8(&seed, line[i].kind);
        if (line[i].kind < END)
            seed_u8(&seed, line[i].value);
    }
    seed_end(&seed, "uapi", "%s", name);
}

static void structured(void)
{
    static const struct { const char *name; unsigned flags, count; struct conf_line line[LINES];
    } requests[] = {
        {"lines-device",
         0,
         6,
         {{CONF_PRIVATE_KEY, 0}, {CONF_LISTEN_PORT, 2}, {CONF_FWMARK, 1}, {END, 0}, {CONF_FWMARK, 3}, {CONF_REPLACE_PEERS, 0}}},
        {"lines-peer",
         UP,
         7,
         {{CONF_PUBLIC_KEY, 1},
          {CONF_PRESHARED_KEY, 2},
          {CONF_ENDPOINT, 4},
          {CONF_KEEPALIVE, 2},
          {CONF_REPLACE_ALLOWED, 0},
          {CONF_ALLOWED, 1},
          {CONF_ALLOWED, 8}}},
        {"lines-prefix-moves",
         0,
         7,
         {{CONF_PUBLIC_KEY, 1},
          {CONF_ALLOWED, 1},
          {CONF_ALLOWED, 2},
          {CONF_PUBLIC_KEY, 2},
          {CONF_ALLOWED, 2},
          {END, 0},
          {CONF_PUBLIC_KEY, 1}}},
        {"lines-prefix-taken",
         0,
         8,
         {{CONF_PUBLIC_KEY, 1},
          {CONF_ALLOWED, 3},
          {CONF_PUBLIC_KEY, 2},
          {CONF_DISALLOWED, 3},
          {END, 0},
          {CONF_PUBLIC_KEY, 1},
          {CONF_DISALLOWED, 3},
          {CONF_VERSION, 0}}},
        {"lines-update-only",
         0,
         6,
         {{CONF_PUBLIC_KEY, 1},
          {CONF_UPDATE_ONLY, 0},
          {CONF_ALLOWED, 5},
          {CONF_PUBLIC_KEY, 2},
          {CONF_ALLOWED, 5},
          {CONF_VERSION, 0}}},
        {"lines-removed",
         0,
         6,
         {{CONF_PUBLIC_KEY, 1}, {CONF_ALLOWED, 11}, {END, 0}, {CONF_PUBLIC_KEY, 1}, {CONF_REMOVE, 0}, {CONF_PUBLIC_KEY, 1}}},
        {"lines-own-key",
         UP,
         6,
         {{CONF_PUBLIC_KEY, 3}, {CONF_ALLOWED, 6}, {END, 0}, {CONF_PRIVATE_KEY, 3}, {CONF_PUBLIC_KEY, 3}, {CONF_ALLOWED, 7}}},
        {"lines-wrong-late",
         0,
         6,
         {{CONF_PUBLIC_KEY, 1}, {CONF_ALLOWED, 1}, {END, 0}, {CONF_PUBLIC_KEY, 1}, {CONF_REMOVE, 0}, {CONF_WRONG, 14}}},
        {"lines-misplaced", 0, 5, {{CONF_KEEPALIVE, 1}, {END, 0}, {CONF_PUBLIC_KEY, 1}, {CONF_LISTEN_PORT, 1}, {CONF_WRONG, 1}}},
    };
    for (unsigned i = 0; i < sizeof requests / sizeof requests[0]; i++)
        lines(requests[i].name, requests[i].flags, requests[i].line, requests[i].count);
}

void seeds_of_uapi(void)
{
    static const struct { const char *name, *text;
    } requests[] = {
        {"get", "get=1\n\n"},
        {"get-with-lines", "get=1\nx=1\n\n"},
        {"device", "set=1\nprivate_key=" A "listen_port=51820\nfwmark=77\nreplace_peers=true\n\n"},
        {"peers", "set=1\npublic_key=" A "preshared_key=" B "endpoint=192.0.2.1:5\npersistent_keepalive_interval=25\n"
                  "replace_allowed_ips=true\nallowed_ip=10.0.0.1/8\nallowed_ip=fd00::1/64\npublic_key=" B
                  "endpoint=[fe80::1%2]:5\nprotocol_version=1\nallowed_ip=10.0.0.0/8\n\n"},
        {"three-requests",
         "set=1\npublic_key=" A "allowed_ip=10.0.0.0/8\n\nget=1\n\nset=1\npublic_key=" A "allowed_ip=-10.0.0.0/8\n\n"},
        {"removed", "set=1\npublic_key=" A "\nset=1\npublic_key=" A "remove=true\npublic_key=" B "update_only=true\n\n"},
        {"update-only-then-new", "set=1\npublic_key=" A "update_only=true\npublic_key=" B "allowed_ip=10.0.0.0/8\n\n"},
        {"flags-then-none",
         "set=1\npublic_key=" A "allowed_ip=10.0.0.0/8\npublic_key=" B "allowed_ip=::/0\n\nset=1\npublic_key=" A
         "replace_allowed_ips=true\npublic_key=" B "persistent_keepalive_interval=5\n\nset=1\npublic_key=" A
         "remove=true\npublic_key=" B "preshared_key=" A "\n"},
        {"long-public-key", "set=1\npublic_key=00" A "\n"},
        {"long-private-key", "set=1\nprivate_key=00" A "\n"},
        {"own-key", "set=1\nprivate_key=" A "public_key=" A "\n"},
        {"no-equals", "set=1\nprivate_key\n\n"},
        {"unknown-key", "set=1\nnothing=1\n\n"},
        {"bad-late", "set=1\npublic_key=" A "allowed_ip=10.0.0.0/8\nallowed_ip=10.0.0.0/33\n\n"},
        {"incomplete", "set=1\npublic_key=" A},
    };
    for (unsigned i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct seed seed = {.size = 0};
        seed_u8(&seed, VERSION);
        seed_u8(&seed, 0);
        seed_bytes(&seed, requests[i].text, strlen(requests[i].text));
        seed_end(&seed, "uapi", "%s", requests[i].name);
    }
    structured();
}
