/* Seeds of uapi: requests as wg sends them, several on a connection, and one for each reason to refuse;
 * and lines of support/confmodel.h. */
#include "confmodel.h"
#include "seed.h"

#include <stdio.h>
#include <string.h>

#define A "188515093e952f5f22e865cef3012e72f8b5f0b598ac0309d5dacce3b70fcf52\n"
#define B "c4c8e984c5322c8184c72265b92b250fdb63688705f504ba003c88f03393cf28\n"

enum { VERSION = 1, STRUCTURED = 1, UP = 2, LANES = 4, END = 16, LINES = 24 };

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

static void text_end(struct seed *seed, const char *name)
{
    seed_bytes(seed, "\n", 1);
    seed_end(seed, "uapi", "%s", name);
}

static void text_begin(struct seed *seed, unsigned flags)
{
    *seed = (struct seed){.size = 0};
    seed_u8(seed, VERSION);
    seed_u8(seed, flags);
    seed_bytes(seed, "set=1\n", 6);
}

/* A peer whose key is that number, and its lines. */
static void peer(struct seed *seed, unsigned number, const char *rest)
{
    char line[78];
    int  length = snprintf(line, sizeof line, "public_key=%064x\n", number);
    seed_bytes(seed, line, (size_t)length);
    seed_bytes(seed, rest, strlen(rest));
}

/* Requests that name more peers than a plan keeps (uapi_plan.h), or need more room than there is. */
static void crowds(void)
{
    static const struct { const char *name, *there, *last, *told;
    } ends[] = {
        {"crowd-removes", "", "remove=true\n", ""},
        {"crowd-replaces", "", "update_only=true\nreplace_allowed_ips=true\nallowed_ip=10.1.0.0/16\n", ""},
        {"crowd-makes", "", "replace_allowed_ips=true\nallowed_ip=10.1.0.0/16\nallowed_ip=192.0.2.0/24\n", ""},
        {"crowd-then-known", "allowed_ip=10.1.0.0/16\n", "update_only=true\n",
         "replace_allowed_ips=true\nallowed_ip=10.2.0.0/16\n"},
        {"crowd-then-taken", "allowed_ip=10.1.0.0/16\n", "allowed_ip=10.1.0.0/16\n", ""},
        {"crowd-then-removed", "allowed_ip=10.1.0.0/16\n", "update_only=true\nallowed_ip=10.1.0.0/16\n", "remove=true\n"},
    };
    struct seed seed;
    for (unsigned i = 0; i < 2 * sizeof ends / sizeof ends[0]; i++) {
        char name[32];
        bool lanes = i % 2;
        text_begin(&seed, (lanes ? LANES : 0) | UP);
        peer(&seed, 1, ends[i / 2].there);
        seed_bytes(&seed, "\nset=1\n", 7);
        for (unsigned other = 0; other < 32; other++)
            peer(&seed, 100 + other, "update_only=true\n");
        peer(&seed, 2, ends[i / 2].last);
        if (*ends[i / 2].told)
            peer(&seed, 1, ends[i / 2].told);
        (void)snprintf(name, sizeof name, "%s%s", ends[i / 2].name, lanes ? "-lanes" : "");
        text_end(&seed, name);
    }
    text_begin(&seed, 0);
    for (unsigned i = 1; i < 12; i++)
        peer(&seed, i, "");
    text_end(&seed, "more-than-limits");
    for (unsigned lanes = 0; lanes < 2; lanes++) {
        text_begin(&seed, lanes ? LANES : 0);
        for (unsigned i = 1; i < 8; i++)
            peer(&seed, i, i % 2 ? "allowed_ip=10.1.0.0/16\nallowed_ip=10.2.0.0/16\n"
                                 : "replace_allowed_ips=true\nallowed_ip=10.1.0.0/16\n");
        text_end(&seed, lanes ? "handed-on-lanes" : "handed-on");
    }
}

/* What each kind of line orders of the lanes, and little else. */
static void lanes(void)
{
    static const char peers[] = "set=1\npublic_key=" A "allowed_ip=10.0.0.0/8\nallowed_ip=11.0.0.0/8\nallowed_ip=12.0.0.0/8\n"
                                "allowed_ip=13.0.0.0/8\nallowed_ip=14.0.0.0/8\npublic_key=" B "allowed_ip=::/1\n\n";
    static const struct { const char *name, *text; } requests[] = {
        {"remove", "set=1\npublic_key=" A "remove=true\npublic_key=" B "remove=true\n\n"},
        {"minus", "set=1\npublic_key=" A "allowed_ip=-10.0.0.0/8\nallowed_ip=-11.0.0.0/8\nallowed_ip=-12.0.0.0/8\n"
                  "allowed_ip=-13.0.0.0/8\nallowed_ip=-14.0.0.0/8\n\n"},
        {"replace", "set=1\npublic_key=" A "replace_allowed_ips=true\nallowed_ip=20.0.0.0/8\nallowed_ip=21.0.0.0/8\n"
                    "allowed_ip=22.0.0.0/8\npublic_key=" A "replace_allowed_ips=true\n\n"},
        {"none", "set=1\nreplace_peers=true\n\n"},
    };
    for (unsigned i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct seed seed = {.size = 0};
        seed_u8(&seed, VERSION);
        seed_u8(&seed, LANES | UP);
        seed_bytes(&seed, peers, strlen(peers));
        seed_bytes(&seed, requests[i].text, strlen(requests[i].text));
        seed_end(&seed, "uapi", "lanes-%s", requests[i].name);
    }
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
        {"half-a-key", "set=1\npublic_key=" A "remov=true\n\n"},
        {"half-a-value", "set=1\npublic_key=" A "remove=tru\n\n"},
        {"prefix-too-long", "set=1\npublic_key=" A "allowed_ip=::/129\n\n"},
        {"no-equals", "set=1\nprivate_key\n\n"},
        {"unknown-key", "set=1\nnothing=1\n\n"},
        {"bad-late", "set=1\npublic_key=" A "allowed_ip=10.0.0.0/8\nallowed_ip=10.0.0.0/33\n\n"},
        {"incomplete", "set=1\npublic_key=" A},
        {"robbed", "set=1\npublic_key=" A "allowed_ip=10.0.0.0/8\nallowed_ip=11.0.0.0/8\n\nset=1\npublic_key=" B
                   "allowed_ip=10.0.0.0/8\npublic_key=" A "replace_allowed_ips=true\nallowed_ip=12.0.0.0/8\n\n"},
        {"mapped", "set=1\npublic_key=" A "endpoint=[::ffff:192.0.2.1]:5\nallowed_ip=::ffff:192.0.2.0/120\n\n"},
        {"dotted-behind-seven", "set=1\npublic_key=" A "allowed_ip=1:2:3:4:5:6:7:1.2.3.4/128\n\n"},
        {"endpoint-of-nothing", "set=1\npublic_key=" A "endpoint=\n\n"},
        {"endpoint-without-port", "set=1\npublic_key=" A "endpoint=[::1]\n\n"},
    };
    for (unsigned i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct seed seed = {.size = 0};
        seed_u8(&seed, VERSION);
        seed_u8(&seed, 0);
        seed_bytes(&seed, requests[i].text, strlen(requests[i].text));
        seed_end(&seed, "uapi", "%s", requests[i].name);
    }
    lanes();
    structured();
    crowds();
}
