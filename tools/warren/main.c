/* warren: the table of sub-commands and the way into them. */

#define _POSIX_C_SOURCE 200809L

#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "warren/warren.h"

const char *argp_program_version = "warren " WRN_VERSION;

const struct command commands[] = {
    {"run", command_run, "run a scenario: real handshakes and data in a virtual network"},
    {"check", command_check, "validate a scenario and print what it resolves to; runs nothing"},
    {"key", command_key, "make keys in the formats of wg: gen, pub, psk"},
    {"bench", command_bench, "measure the engine beside the raw primitives it is made of"},
    {"swarm", NULL, "random worlds"},
    {"sweep", NULL, "many runs into one table"},
    {"diff", NULL, "the first diverging event of two traces"},
    {"shrink", NULL, "the smallest world that still fails"},
    {"replay", NULL, "run a capture or recording against the engine"},
    {NULL, NULL, NULL},
};

static const char doc[] =
    "A WireGuard protocol engine and the virtual network it is raised in.\v"
    "Commands:\n"
    "  run     run a scenario: real handshakes and data in a virtual network\n"
    "  check   validate a scenario and print what it resolves to; runs nothing\n"
    "  key     make keys in the formats of wg: gen, pub, psk\n"
    "  bench   measure the engine beside the raw primitives it is made of\n"
    "\n"
    "Examples:\n"
    "  warren run corpora/scenarios/two-peers.yaml\n"
    "  warren run corpora/scenarios/hub-50.yaml --seed 9 --set paths.access.loss=10% --quiet --json -\n"
    "  warren check corpora/scenarios/demo.yaml\n"
    "  warren key gen | tee private | warren key pub\n"
    "  warren bench seal/1420\n"
    "  warren run --help\n"
    "\n"
    "Exit codes: 0 all good; 1 a checked thing failed; 2 bad usage or bad input; 3 the machine lacks something.";

void usage_error(const char *name, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fflush(stdout);
    fprintf(stderr, "%s: ", name);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    exit(EXIT_USAGE);
}

const char *build_name(void)
{
#if defined(__clang__)
    return "warren " WRN_VERSION " clang " __clang_version__;
#elif defined(__GNUC__)
    return "warren " WRN_VERSION " gcc " __VERSION__;
#else
    return "warren " WRN_VERSION;
#endif
}

FILE *open_output(const char *name, const char *path, bool secret)
{
    if (strcmp(path, "-") == 0)
        return stdout;
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0666);
    if (descriptor >= 0 && secret)
        (void)fchmod(descriptor, 0600);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "wb") : NULL;
    if (!file)
        usage_error(name, "%s: cannot be written: %s; a file in a folder that exists", path, strerror(errno));
    return file;
}

void close_output(const char *name, const char *path, FILE *file)
{
    bool bad = fflush(file) != 0 || ferror(file);
    if (file != stdout)
        bad = fclose(file) != 0 || bad;
    if (bad) {
        fprintf(stderr, "%s: %s: writing failed: %s; a place with room\n", name, path, strerror(errno));
        exit(EXIT_MACHINE);
    }
}

/* argp's own messages take two lines and lack what would be right, so they are switched off and the option is named here. */
void parse_arguments(const struct argp *argp, const char *name, int argc, char **argv, void *input)
{
    char first[64];
    snprintf(first, sizeof first, "%s", name);
    argv[0] = first;
    int index = argc;
    int problem = argp_parse(argp, argc, argv, ARGP_NO_ERRS | ARGP_IN_ORDER, &index, input);
    if (problem == ENOMEM)
        usage_error(name, "out of memory");
    if (problem) {
        const char *word = index > 1 && index <= argc ? argv[index - 1] : "?";
        usage_error(name, "'%s' is no option of this command, or lacks its value; see %s --help", word, name);
    }
}

struct front {
    int    argc;
    char **argv; /* from the command on */
};

static error_t parse_front(int key, char *argument, struct argp_state *state)
{
    struct front *front = state->input;
    (void)argument;
    if (key == ARGP_KEY_ARG) {
        front->argc = state->argc - state->next + 1;
        front->argv = state->argv + state->next - 1;
        state->next = state->argc;
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static const char *closest(const char *word)
{
    const char *best = NULL;
    size_t longest = 1;
    for (const struct command *command = commands; command->name; command++) {
        size_t same = 0;
        while (word[same] && word[same] == command->name[same])
            same++;
        if (command->run && same > longest) {
            longest = same;
            best = command->name;
        }
    }
    return best;
}

int main(int argc, char **argv)
{
    static const struct argp argp = {.parser = parse_front, .args_doc = "COMMAND [ARGUMENT...]", .doc = doc};
    struct front front = {0};
    argp_err_exit_status = EXIT_USAGE;
    if (argc < 1)
        return EXIT_USAGE;
    parse_arguments(&argp, "warren", argc, argv, &front);
    if (!front.argc)
        usage_error("warren", "no command; one of run, check, key (see warren --help)");
    for (const struct command *command = commands; command->name; command++) {
        if (strcmp(command->name, front.argv[0]) != 0)
            continue;
        if (!command->run)
            usage_error("warren", "'%s' is not built yet; run, check and key are", command->name);
        return command->run(front.argc, front.argv);
    }
    const char *guess = closest(front.argv[0]);
    usage_error("warren", "'%s' is no command; %s%s%s", front.argv[0], guess ? "did you mean '" : "run, check or key",
                guess ? guess : "", guess ? "'?" : "");
}
