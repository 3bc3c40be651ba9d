/* Seeds of uapi: requests as wg sends them, several on a connection, and one for each reason to refuse. */
#include "seed.h"

#include <string.h>

#define A "188515093e952f5f22e865cef3012e72f8b5f0b598ac0309d5dacce3b70fcf52\n"
#define B "c4c8e984c5322c8184c72265b92b250fdb63688705f504ba003c88f03393cf28\n"

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
        {"flags-then-none", "set=1\npublic_key=" A "allowed_ip=10.0.0.0/8\npublic_key=" B "allowed_ip=::/0\n\nset=1\npublic_key=" A
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
        seed_bytes(&seed, requests[i].text, strlen(requests[i].text));
        seed_end(&seed, "uapi", "%s", requests[i].name);
    }
}
