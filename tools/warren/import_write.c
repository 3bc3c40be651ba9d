/* The scenario of an imported network, with a comment wherever something is made up. */

#include "import.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <string.h>

static void put_key(FILE *out, const uint8_t key[32])
{
    char text[48];
    sodium_bin2base64(text, sizeof text, key, 32, sodium_base64_VARIANT_ORIGINAL);
    fputs(text, out);
    sodium_memzero(text, sizeof text);
}

static void put_address(FILE *out, const struct wrn_prefix *prefix, bool length)
{
    char text[INET6_ADDRSTRLEN] = "";
    uint8_t address[16];
    memcpy(address, prefix->address, 16);
    for (unsigned bit = prefix->length; length && bit < 128; bit++)
        address[bit / 8] &= (uint8_t)~(0x80u >> bit % 8);
    inet_ntop(prefix->family == 6 ? AF_INET6 : AF_INET, address, text, sizeof text);
    fprintf(out, "\"%s", text);
    if (length)
        fprintf(out, "/%u", prefix->length);
    fputc('"', out);
}

/* Text of a file as a comment: one line, and nothing that steers a terminal. */
static void put_text(FILE *out, const char *text)
{
    for (; *text; text++)
        fputc((unsigned char)*text < ' ' || (unsigned char)*text >= 127 ? '?' : *text, out);
}

static void put_head(FILE *out, const struct import *import)
{
    fputs("warren: 1\n# Imported from", out);
    for (uint32_t i = 0; i < import->node_count; i++)
        if (import->nodes[i].file) {
            fputc(' ', out);
            put_text(out, import->nodes[i].file);
        }
    fputs("\n# It holds the private keys of these files: keep it as secret as they are.\n"
          "# Delays, losses and traffic are a beginning; 'warren schema' and 'warren explain KEY' say what there is.\n"
          "name: imported network\nstop: 5m\npaths:\n  internet: {delay: 20ms}\nnodes:\n",
          out);
}

/* What else the files say of this node, and what this file says instead. */
static void put_comments(FILE *out, const struct import *import, uint32_t n)
{
    const struct import_node *node = &import->nodes[n];
    if (!node->file) {
        fputs("  # no file has the public key ", out);
        put_key(out, node->public_key);
        fputs("; this node has another one, and answers who knows it\n", out);
    }
    for (uint32_t i = 0; i < node->conf.note_count; i++) {
        fputs("  # ", out);
        put_text(out, node->file);
        fprintf(out, ":%u: %s = ", node->conf.notes[i].line, node->conf.notes[i].key);
        put_text(out, node->conf.notes[i].value);
        fputs(" (means nothing here)\n", out);
    }
    if (node->host[0])
        fprintf(out, "  # its address stands for %s\n", node->host);
    if (node->conf.listen_port && node->outer.port != node->conf.listen_port)
        fprintf(out, "  # it listens on %u, and the others look for it on %u\n", node->conf.listen_port, node->outer.port);
    if (node->made_up4 || node->made_up6)
        fprintf(out, "  # its inner %s is made up\n",
                node->made_up4 && node->made_up6 ? "addresses are made up: IPv4 and IPv6, each" : node->made_up4 ? "IPv4 address"
                                                                                                               : "IPv6 address");
    if (node->conf.address_count > 2)
        fprintf(out, "  # of its %u addresses one of each family is used\n", node->conf.address_count);
}

static void put_node(FILE *out, const struct import *import, uint32_t n)
{
    const struct import_node *node = &import->nodes[n];
    put_comments(out, import, n);
    fprintf(out, "  %s:\n    path: internet\n", node->name);
    if (node->outer.family) {
        char text[INET6_ADDRSTRLEN] = "";
        bool six = node->outer.family == 6;
        inet_ntop(six ? AF_INET6 : AF_INET, node->outer.address, text, sizeof text);
        fprintf(out, six ? "    listen: \"[%s]:%u\"\n" : "    listen: %s:%u\n", text, node->outer.port);
    }
    fputs("    inner: [", out);
    put_address(out, &node->inner4, false);
    fputs(", ", out);
    put_address(out, &node->inner6, false);
    fputs("]\n", out);
    if (node->conf.mtu)
        fprintf(out, "    mtu: %u\n", node->conf.mtu);
    if (node->file) {
        fputs("    key: ", out);
        put_key(out, node->conf.private_key);
        fputc('\n', out);
    }
}

static void put_side(FILE *out, const struct import *import, const struct import_side *side)
{
    const struct import_node *node = &import->nodes[side->node], *peer = &import->nodes[side->peer];
    const struct wgconf_peer *conf = side->conf, *secret = conf ? conf : side->other;
    if (!side->other)
        fprintf(out, "  # %s does not know %s: they will have no session\n", peer->name, node->name);
    fprintf(out, "  - node: %s\n    peer: %s\n    allowed: [", node->name, peer->name);
    if (conf) {
        for (uint32_t i = 0; i < conf->allowed_count; i++) {
            fputs(i ? ", " : "", out);
            put_address(out, &conf->allowed[i], true);
        }
    } else {
        put_address(out, &peer->inner4, true);
        fputs(", ", out);
        put_address(out, &peer->inner6, true);
    }
    fprintf(out, "]\n    endpoint: %s\n", conf ? (conf->host[0] ? "known" : "none") : peer->outer.family ? "known" : "none");
    if (conf && conf->keepalive_s)
        fprintf(out, "    keepalive: %us\n", conf->keepalive_s);
    if (secret->has_psk) {
        fputs("    psk: ", out);
        put_key(out, secret->psk);
        fputc('\n', out);
    }
}

/* Can this side begin? */
static bool begins(const struct import *import, const struct import_side *side)
{
    return side && side->other && (side->conf ? side->conf->host[0] != '\0' : import->nodes[side->peer].outer.family != 0);
}

/* A packet a second along each tunnel that can work, from whoever can begin. */
static void put_traffic(FILE *out, const struct import *import)
{
    bool any = false;
    for (uint32_t i = 0; i < import->side_count; i++) {
        const struct import_side *side = &import->sides[i], *other = import_side_of(import, side->peer, side->node);
        if (!begins(import, side) || (begins(import, other) && side->node > side->peer))
            continue;
        bool four = import_routes(import, side->node, side->peer, 4), six = import_routes(import, side->node, side->peer, 6);
        fputs(any ? "" : "traffic:\n", out);
        any = true;
        const char *a = import->nodes[side->node].name, *b = import->nodes[side->peer].name;
        if (four || six)
            fprintf(out, "  - {from: %s, to: %s, send: 200B, every: 1s, echo: true%s}\n", a, b, four ? "" : ", ipv6: true");
        else
            fprintf(out, "  # none between %s and %s: their allowed IPs do not lead there and back\n", a, b);
    }
}

void import_write(FILE *out, const struct import *import)
{
    put_head(out, import);
    for (uint32_t n = 0; n < import->node_count; n++)
        put_node(out, import, n);
    fputs(import->side_count ? "tunnels:\n" : "", out);
    for (uint32_t i = 0; i < import->side_count; i++)
        put_side(out, import, &import->sides[i]);
    put_traffic(out, import);
    fputs("expect:\n  - {always: safety.all}\n", out);
}
