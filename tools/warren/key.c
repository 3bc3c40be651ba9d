/* warren key: what `wg genkey`, `wg pubkey` and `wg genpsk` do. */

#define _DEFAULT_SOURCE

#include "command.h"

#include <ctype.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "warren/crypto.h"
#include "wgconf.h"

#define TEXT_BYTES 45u /* 44 characters and the zero */

struct key_options {
    const char *verb;
};

static const char doc[] = "Make keys in the formats of wg: base64, one line.\v"
                          "  gen   a new private key\n"
                          "  pub   the public key of the private key on standard input\n"
                          "  psk   a new preshared key\n"
                          "\n"
                          "Examples:\n"
                          "  (umask 077; warren key gen > private)\n"
                          "  warren key pub < private\n"
                          "  warren key gen | tee private | warren key pub > public";

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct key_options *options = state->input;
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (options->verb)
        usage_error("warren key", "'%s' is one word too many; gen, pub or psk", argument);
    options->verb = argument;
    return 0;
}

/* A key in a file that everybody may read deserves a word, as wg says it. */
static void warn_of_readers(void)
{
    struct stat status;
    if (fstat(fileno(stdout), &status) == 0 && S_ISREG(status.st_mode) && status.st_mode & S_IRWXO)
        fputs("Warning: writing to world accessible file.\nConsider setting the umask to 077 and trying again.\n", stderr);
}

static void print_key(uint8_t key[32])
{
    char text[TEXT_BYTES];
    sodium_bin2base64(text, sizeof text, key, 32, sodium_base64_VARIANT_ORIGINAL);
    puts(text);
    sodium_memzero(text, sizeof text);
    sodium_memzero(key, 32);
    close_output("warren key", "standard output", stdout);
}

static int generate(bool clamp)
{
    uint8_t key[32];
    warn_of_readers();
    if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key) {
        fprintf(stderr, "warren key: getrandom: %s; a kernel that has it\n", strerror(errno));
        return EXIT_MACHINE;
    }
    if (clamp) {
        key[0] &= 248;
        key[31] = (uint8_t)((key[31] & 127) | 64);
    }
    print_key(key);
    return EXIT_GOOD;
}

static int public_key(void)
{
    static const uint8_t base[32] = {9};
    uint8_t key[32], result[32];
    char text[TEXT_BYTES] = {0};
    bool good = fread(text, 1, TEXT_BYTES - 1, stdin) == TEXT_BYTES - 1;
    while (good) {
        int trailing = getchar();
        if (trailing == EOF)
            break;
        if (trailing && !isspace(trailing))
            usage_error("warren", "Trailing characters found after key; one key of 44 characters and nothing else");
    }
    good = good && wgconf_key(text, TEXT_BYTES - 1, key);
    sodium_memzero(text, sizeof text);
    if (!good)
        usage_error("warren", "Key is not the correct length or format; 44 characters of base64, as warren key gen prints");
    struct wrn_dh dh = {.secret = key, .point = base, .out = result};
    wrn_crypto_sodium.dh(NULL, &dh, 1);
    sodium_memzero(key, sizeof key);
    print_key(result);
    return EXIT_GOOD;
}

int command_key(int argc, char **argv)
{
    static const struct argp argp = {.parser = parse, .args_doc = "gen|pub|psk", .doc = doc};
    struct key_options options = {0};
    parse_arguments(&argp, "warren key", argc, argv, &options);
    if (!options.verb)
        usage_error("warren key", "no verb; gen, pub or psk");
    bool psk = strcmp(options.verb, "psk") == 0;
    bool gen = strcmp(options.verb, "gen") == 0;
    if (!psk && !gen && strcmp(options.verb, "pub") != 0)
        usage_error("warren key", "'%s' is no verb; gen, pub or psk", options.verb);
    if (sodium_init() < 0) {
        fputs("warren key: libsodium cannot start on this machine; a newer one\n", stderr);
        return EXIT_MACHINE;
    }
    return psk || gen ? generate(gen) : public_key();
}
