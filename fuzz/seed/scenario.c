/* Seeds of scenario_text: each section once, and mistakes of each layer: of YAML, of keys, of values, of the world. */
#include "seed.h"

#include <string.h>

#define HEAD "warren: 1\nstop: 1m\n"
#define TWO HEAD "nodes:\n  a: {peer: b}\n  b: {}\n"

void seeds_of_scenario(void)
{
    static const struct { const char *name, *text;
    } files[] = {
        {"two", TWO "traffic:\n  - {from: a, to: b, send: 100B, every: 1s}\nexpect:\n  - {always: safety.all}\n"},
        {"paths", HEAD "paths:\n  far: {delay: normal(20ms 5ms), loss: 1%, mtu: 1400, larger: fragment}\n"
                       "  lossy: {extends: far, up: {loss: gilbert(p=1% r=10% good=0% bad=50%)}, rate: 10mbps,\n"
                       "    queue: droptail(10 packets)}\n"
                       "nodes:\n  a: {peer: b, path: far}\n  b: {path: lossy}\n"},
        {"nats", HEAD "nats:\n  home: {map: endpoint, filter: address-port, idle: uniform(1m 2m)}\n"
                      "  cgn: {shared: true, hairpin: true}\n"
                      "nodes:\n  a: {count: 3, peer: b, nat: mix(home=2 cgn=1)}\n  b: {}\n"},
        {"tunnels", HEAD "nodes:\n  a: {}\n  b: {inner: [10.1.0.1, \"fd01::1\"], start: down}\n"
                         "tunnels:\n  - {node: a, peer: b, allowed: [10.0.0.0/8, \"::/0\"], keepalive: 25s, psk: true}\n"},
        {"timeline", TWO "timeline:\n  - {at: 10s, do: partition, split: a | b, for: 5s}\n"
                         "  - {at: 20s, do: down, who: a}\n  - {at: 30s, do: up, who: a}\n"},
        {"sweep", TWO "sweep:\n  keepalive: {set: nodes.a.keepalive, to: [5s, 25s]}\n"},
        {"mark", TWO "expect:\n  - {always: S4}\n  - {that: mark.response_sent >= 1}\n"},
        {"limits", HEAD "limits: {peers: 4, prefixes: 8, window: 512, sources: 16}\n"
                        "nodes:\n  a: {peer: b, limits: {staging: 1}}\n  b: {}\n"},
        {"attacks", TWO "  m: {role: attacker}\ntimeline:\n"
                        "  - {at: 1s, do: misbehave, who: a, to: b, seal: source, every: 1s, count: 6, id: lies}\n"
                        "  - {at: 2s, do: record, who: m, of: b, for: 5s}\n  - {at: 9s, do: replay, who: m, every: 1s, count: 3}\n"
                        "  - {at: 10s, do: tamper, who: m, of: b, types: data, share: 50%, for: 5s}\n"
                        "  - {at: 20s, do: delay, who: m, of: b, hold: 2s, count: 2}\n  - {at: 30s, do: compromise, who: m, of: b}\n"
                        "  - {at: 40s, do: flood, from: m, to: b, rate: 10pps, for: 1s}\n"
                        "  - {at: 45s, do: steal, who: m, of: a, to: b, rate: 10pps, for: 1s}\n"},
        {"settings", TWO "timeline:\n  - {at: 1s, do: set, who: a, port: 51821}\n  - {at: 2s, do: set, who: b, key: true}\n"
                         "  - {at: 3s, do: set, who: a, peer: b, learn: true, psk: true, both: true, endpoint: current}\n"
                         "  - {at: 4s, do: set, who: b, peer: a, endpoint: 203.0.113.1:51820, allowed: [10.0.0.1], keepalive: 5s}\n"
                         "  - {at: 5s, do: set, who: b, peer: a, allow: [10.9.0.0/16], endpoint: none}\n"
                         "  - {at: 6s, do: set, who: b, peer: a, disallow: [10.9.0.0/16]}\n  - {at: 7s, do: set, who: a, mtu: 1280}\n"
                         "  - {at: 8s, do: remove-peer, who: a, peer: b}\n  - {at: 9s, do: add-peer, who: a, peer: b}\n"},
        {"moves", TWO "timeline:\n  - {at: 1s, do: roam, who: a, address: 203.0.113.9:4}\n"
                      "  - {at: 2s, do: set, who: b, peer: a, endpoint: current}\n  - {at: 3s, do: reboot, who: a, for: 5s}\n"
                      "  - {at: 20s, do: clock-step, who: b, clock: -1h}\n  - {at: 30s, do: suspend, who: a, for: 10s}\n"
                      "  - {at: 50s, do: pause, who: b, for: 1s}\n  - {at: 55s, do: crash, who: a}\n"},
        {"means-nothing", TWO "timeline:\n  - {at: 1s, do: heal, split: a | b}\n"},
        {"lists", HEAD "paths:\n  far: {loss: list(2 3 7), rate: list(5 10 10 15)}\nnodes:\n  a: {peer: b, path: far}\n  b: {}\n"},
        {"list-of-losses-falls", HEAD "paths:\n  far: {loss: list(3 2)}\n"},
        {"list-of-moments-falls", HEAD "paths:\n  far: {rate: list(10 5)}\n"},
        {"list-of-moments-of-nothing", HEAD "paths:\n  far: {rate: list(0 0)}\n"},
        {"trace-that-is-not-there", HEAD "paths:\n  far: {rate: trace(no.trace)}\n"},
        {"crlf", "warren: 1\r\nstop: 1m\r\nnodes:\r\n  a: {}\r\n  b: {peer: c}\r\n"},
        {"empty", ""},
        {"no-version", "stop: 1m\nwarren: 1\n"},
        {"half-a-map", HEAD "nodes: {a: {\n"},
        {"anchor", HEAD "nodes:\n  a: &x {}\n  b: *x\n"},
        {"tab", HEAD "nodes:\n\ta: {}\n"},
        {"twice", HEAD "stop: 2m\n"},
        {"include", HEAD "include: [profiles/isp.yaml]\n"},
        {"include-above", HEAD "include: [../isp.yaml]\n"},
        {"unknown-key", HEAD "nodes:\n  a: {pear: b}\n"},
        {"unknown-node", HEAD "nodes:\n  a: {peer: c}\n"},
        {"unknown-mark", TWO "expect:\n  - {that: mark.respons_sent >= 1}\n"},
        {"too-long", "warren: 1\nstop: 101y\n"},
        {"wide", HEAD "name: \"\xc3\xa4\xc3\xb6\xe2\x82\xac\" oops\n"},
        {"not-utf8", HEAD "name: \"\xff\xfe\"\n"},
    };
    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct seed seed = {.size = 0};
        seed_bytes(&seed, files[i].text, strlen(files[i].text));
        seed_end(&seed, "scenario_text", "%s", files[i].name);
    }
}
