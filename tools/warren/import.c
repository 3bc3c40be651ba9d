/* warren import: the network one has, as a scenario. */

#include "command.h"
#include "import.h"

#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "warren/crypto.h"

#define NAME "warren import"
#define FILES 4096

struct options {
    const char *files[FILES], *out;
    uint32_t    count;
};

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "write the scenario there (mode 0600: it holds the private keys), not to standard output", 0},
    {0},
};

static const char doc[] =
    "Turn configuration files of wg or wg-quick into a scenario.\v"
    "Give the files of all hosts that you have: peers are matched by public key. A peer without a file becomes a node with a\n"
    "key of its own. What the files do not say (delays, names of hosts) is made up, with a comment that says so.\n"
    "\n"
    "Examples:\n"
    "  warren import hub.conf laptop.conf phone.conf -o home.yaml && warren run home.yaml\n"
    "  warren import /etc/wireguard/wg0.conf | less\n"
    "\n"
    "The result holds the private keys of the files. Exit codes: 0 written; 2 a bad file, with its place.";

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *given = state->input;
    if (key == 'o') {
        given->out = argument;
        return 0;
    }
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (given->count == FILES)
        usage_error(NAME, "more than %d files; fewer", FILES);
    given->files[given->count++] = argument;
    return 0;
}

void import_error(const char *file, uint32_t line, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fflush(stdout);
    fprintf(stderr, "%s:%u:1: error: ", file, line);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    exit(EXIT_USAGE);
}

static _Noreturn void no_memory(void)
{
    fputs(NAME ": out of memory\n", stderr);
    exit(EXIT_MACHINE);
}

/* The message, the line, and a caret; never a line with a key in it. */
static _Noreturn void refuse(const char *file, const char *text, size_t size, const struct wgconf_error *error)
{
    if (!error->text[0])
        no_memory();
    fprintf(stderr, "%s:%u:%u: error: %s\n", file, error->line, error->column, error->text);
    for (uint32_t line = 1; line < error->line && text; line++) {
        const char *next = memchr(text, '\n', size);
        size -= next ? (size_t)(next + 1 - text) : size;
        text = next ? next + 1 : NULL;
    }
    const char *end = text ? memchr(text, '\n', size) : NULL;
    size_t length = end ? (size_t)(end - text) : text ? size : 0;
    bool plain = length > 0 && length < 200;
    for (size_t i = 0; plain && i < length; i++)
        plain = !(length - i >= 3 && strncasecmp(text + i, "key", 3) == 0);
    for (size_t i = 0; plain && i < length; i++)
        plain = text[i] == '\r' || ((unsigned char)text[i] >= ' ' && text[i] != 127);
    if (plain)
        fprintf(stderr, "    %.*s\n    %*s^\n", (int)length, text, (int)error->column - 1, "");
    exit(EXIT_USAGE);
}

static char *read_file(const char *name, size_t *size)
{
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
    char *text = file ? malloc(WGCONF_BYTES + 2) : NULL;
    if (!file) {
        fprintf(stderr, "%s: error: cannot be read: %s; a configuration of wg or wg-quick\n", name, strerror(errno));
        exit(EXIT_USAGE);
    }
    if (!text)
        no_memory();
    *size = fread(text, 1, WGCONF_BYTES + 1, file);
    if (file != stdin)
        fclose(file);
    return text;
}

static struct import_node *add_node(struct import *import)
{
    if (import->node_count == import->node_room) {
        import->node_room = import->node_room ? 2 * import->node_room : 16;
        import->nodes = realloc(import->nodes, import->node_room * sizeof *import->nodes);
        if (!import->nodes)
            no_memory();
    }
    struct import_node *node = &import->nodes[import->node_count++];
    memset(node, 0, sizeof *node);
    return node;
}

static struct import_side *add_side(struct import *import)
{
    if (import->side_count == import->side_room) {
        import->side_room = import->side_room ? 2 * import->side_room : 16;
        import->sides = realloc(import->sides, import->side_room * sizeof *import->sides);
        if (!import->sides)
            no_memory();
    }
    struct import_side *side = &import->sides[import->side_count++];
    memset(side, 0, sizeof *side);
    return side;
}

/* Names. --------------------------------------------------------------------------------------------------------------------- */

static bool is_taken(const struct import *import, const struct import_node *of)
{
    for (uint32_t i = 0; i < import->node_count; i++)
        if (&import->nodes[i] != of && strcmp(import->nodes[i].name, of->name) == 0)
            return true;
    return strcmp(of->name, "none") == 0 || strcmp(of->name, "all") == 0;
}

/* A part of a path as a node may be called. */
static void clean(char out[IMPORT_NAME], const char *text, size_t length)
{
    size_t kept = 0;
    for (size_t i = 0; i < length && kept < IMPORT_NAME - 8; i++) {
        char c = text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), other = (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (kept == 0 && !letter)
            out[kept++] = 'n';
        out[kept++] = letter || other ? c : '-';
    }
    out[kept] = '\0';
    if (!kept)
        memcpy(out, "node", 5);
}

/* laptop.conf is laptop. wg0.conf is of anybody: there the folder says who it is, unless it is the usual one. */
static void name_node(const struct import *import, struct import_node *node, const char *file)
{
    const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file, *dot = strrchr(base, '.');
    char plain[IMPORT_NAME];
    clean(node->name, base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
    const char *begin = slash;
    while (begin && begin > file && begin[-1] != '/')
        begin--;
    bool anybody = strncmp(node->name, "wg", 2) == 0 && strspn(node->name + 2, "0123456789") == strlen(node->name + 2);
    if ((anybody || is_taken(import, node)) && begin < slash && strncmp(begin, "wireguard/", 10) != 0 && begin[0] != '.')
        clean(node->name, begin, (size_t)(slash - begin));
    memcpy(plain, node->name, sizeof plain);
    for (unsigned i = 2; is_taken(import, node); i++)
        snprintf(node->name, sizeof node->name, "%.24s-%u", plain, i);
}

/* Files. --------------------------------------------------------------------------------------------------------------------- */

static void public_key(const uint8_t secret[32], uint8_t out[32])
{
    static const uint8_t base[32] = {9};
    struct wrn_dh dh = {.secret = secret, .point = base, .out = out};
    wrn_crypto_sodium.dh(NULL, &dh, 1);
}

static uint32_t find_key(const struct import *import, const uint8_t key[32])
{
    uint32_t i = 0;
    while (i < import->node_count && memcmp(import->nodes[i].public_key, key, 32) != 0)
        i++;
    return i;
}

static void read_one(struct import *import, const char *file)
{
    struct wgconf_error error;
    struct wgconf conf;
    uint8_t key[32];
    size_t size;
    char *text = read_file(file, &size);
    if (!wgconf_read(&conf, text, size, &error))
        refuse(file, text, size, &error);
    free(text);
    if (!conf.has_key)
        import_error(file, 1, "[Interface] lacks PrivateKey; peers are matched by it");
    public_key(conf.private_key, key);
    uint32_t other = find_key(import, key);
    if (other < import->node_count)
        import_error(file, 1, "the PrivateKey of %s stands here too; each host has its own", import->nodes[other].file);
    struct import_node *node = add_node(import);
    node->file = file;
    node->conf = conf;
    memcpy(node->public_key, key, 32);
    name_node(import, node, file);
}

/* The sides that files say, and for peers without a file a node. */
static void read_sides(struct import *import)
{
    uint32_t files = import->node_count, unknown = 0;
    for (uint32_t n = 0; n < files; n++) {
        for (uint32_t i = 0; i < import->nodes[n].conf.peer_count; i++) {
            const struct wgconf_peer *conf = &import->nodes[n].conf.peers[i];
            uint32_t peer = find_key(import, conf->public_key);
            for (uint32_t j = 0; j < i; j++)
                if (memcmp(import->nodes[n].conf.peers[j].public_key, conf->public_key, 32) == 0)
                    import_error(import->nodes[n].file, conf->line, "line %u has this peer already; once",
                                 import->nodes[n].conf.peers[j].line);
            if (peer == n)
                import_error(import->nodes[n].file, conf->line, "this peer is the host itself; leave it out");
            if (peer == import->node_count) {
                struct import_node *node = add_node(import);
                memcpy(node->public_key, conf->public_key, 32);
                do
                    snprintf(node->name, sizeof node->name, "unknown-%u", ++unknown);
                while (is_taken(import, node));
            }
            *add_side(import) = (struct import_side){.node = n, .peer = peer, .conf = conf};
        }
    }
    /* Who has no file answers whoever knows it. */
    uint32_t said = import->side_count;
    for (uint32_t n = files; n < import->node_count; n++)
        for (uint32_t i = 0; i < said; i++)
            if (import->sides[i].peer == n) {
                const struct wgconf_peer *conf = import->sides[i].conf;
                uint32_t node = import->sides[i].node;
                *add_side(import) = (struct import_side){.node = n, .peer = node, .other = conf};
            }
}

const struct import_side *import_side_of(const struct import *import, uint32_t node, uint32_t peer)
{
    for (uint32_t i = 0; i < import->side_count; i++)
        if (import->sides[i].node == node && import->sides[i].peer == peer)
            return &import->sides[i];
    return NULL;
}

int command_import(int argc, char **argv)
{
    static const struct argp argp = {.options = options, .parser = parse, .args_doc = "FILE...", .doc = doc};
    static struct options given;
    struct import import = {0};
    given = (struct options){.out = "-"};
    parse_arguments(&argp, NAME, argc, argv, &given);
    if (!given.count)
        usage_error(NAME, "no file; configurations of wg or wg-quick, such as hub.conf laptop.conf");
    if (sodium_init() < 0) {
        fputs(NAME ": libsodium cannot start on this machine; a newer one\n", stderr);
        return EXIT_MACHINE;
    }
    for (uint32_t i = 0; i < given.count; i++)
        read_one(&import, given.files[i]);
    read_sides(&import);
    import_resolve(&import);
    FILE *out = open_output(NAME, given.out, true);
    import_write(out, &import);
    close_output(NAME, given.out, out);
    for (uint32_t i = 0; i < import.node_count; i++)
        wgconf_free(&import.nodes[i].conf);
    free(import.nodes);
    free(import.sides);
    return EXIT_GOOD;
}
