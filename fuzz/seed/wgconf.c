/* Seeds of wgconf: files as people have them, and each mistake that a lax reader takes. */
#include "seed.h"

#include <string.h>

#define A "GIUVCT6VL18i6GXO8wEucvi18LWYrAMJ1drM47cPz1I="
#define B "xMjphMUyLIGExyJltyslD9tjaIcF9QS6ADyI8DOTzyg="
#define PEER "[Interface]\n[Peer]\nPublicKey=" A "\n"

void seeds_of_wgconf(void)
{
    static const struct { const char *name, *text;
    } files[] = {
        {"server", "# the hub\n[Interface]\nAddress = 10.8.0.1/24, fd08::1/64\nListenPort = 51820\nPrivateKey = " A "\nFwMark = 0x4d\n"
                   "Table = off\nPostUp = iptables -A FORWARD -i %i -j ACCEPT # forward\nMTU = 1400\n\n[Peer]\nPublicKey = " B
                   "\nPresharedKey = " A "\nAllowedIPs = 10.8.0.2/32,fd08::2/128\n"},
        {"client", "[interface]\r\nprivatekey=" A "\r\nAddress = 10.8.0.2\r\nDNS = 10.8.0.1\r\n[Peer]\r\nPublicKey = " B
                   "\r\nAllowedIPs = 0.0.0.0/0, ::/0\r\nEndpoint = vpn.example.com:51820\r\nPersistentKeepalive = 25\r\n"},
        {"two-peers", PEER "AllowedIPs=10.0.0.0/8\nAllowedIPs=10.1.0.0/16\nEndpoint=[2001:db8::1]:5\n[Peer]\nAllowedIPs=10.0.0.0/8\n"
                      "Endpoint=192.0.2.1:7\nPublicKey=" B "\n"},
        {"same-peer", PEER "PersistentKeepalive=9\n[Peer]\nPublicKey=" A "\nPersistentKeepalive=0\n"},
        {"own-key", PEER "[Peer]\nPublicKey=" B "\n"},
        {"no-interface", "[Peer]\nPublicKey=" A "\n"},
        {"two-interfaces", "[Interface]\n[Interface]\n"},
        {"no-section", "MTU=1400\n[Interface]\n"},
        {"no-key", "[Interface]\n[Peer]\nAllowedIPs=10.0.0.0/8\n"},
        {"wrong-section", "[Interface]\nPublicKey=" A "\n"},
        {"twice", "[Interface]\nMTU=1400\nMTU=1400\n"},
        {"save", "[Interface]\nSaveConfig=true\n"},
        {"mark-x", "[Interface]\nFwMark=0x\n"},
        {"mark-xx", "[Interface]\nFwMark=0xx1\n"},
        {"mark-33-bits", "[Interface]\nFwMark=4294967296\n"},
        {"mark-65-bits", "[Interface]\nFwMark=0x10000000000000001\n"},
        {"mark-off", "[Interface]\nFwMark=Off\n"},
        {"port-17-bits", "[Interface]\nListenPort=65536\n"},
        {"key-bits-unused", "[Interface]\nPrivateKey=GIUVCT6VL18i6GXO8wEucvi18LWYrAMJ1drM47cPz1J=\n"},
        {"keepalive-off", PEER "PersistentKeepalive=off\n"},
        {"endpoint-port-0", PEER "Endpoint=192.0.2.1:0\n"},
        {"endpoint-scope", PEER "Endpoint=[fe80::1%2]:5\n"},
        {"endpoint-bare", PEER "Endpoint=2001:db8::1:5\n"},
        {"allowed-nothing", PEER "AllowedIPs=\n"},
        {"allowed-comma", PEER "AllowedIPs=10.0.0.0/8,\n"},
        {"allowed-33", PEER "AllowedIPs=10.0.0.0/33\n"},
        {"no-equals", "[Interface]\nMTU\n"},
        {"no-value", "[Interface]\nDNS=\n"},
        {"no-such-key", "[Interface]\nAdress=10.0.0.1\n"},
        {"no-newline", PEER "AllowedIPs=::/0"},
    };
    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct seed seed = {.size = 0};
        seed_bytes(&seed, files[i].text, strlen(files[i].text));
        seed_end(&seed, "wgconf", "%s", files[i].name);
    }
    struct seed seed = {.size = 0};
    seed_bytes(&seed, "[Interface]\n\0MTU=1\n", 19);
    seed_end(&seed, "wgconf", "nul");
}
