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
    {"schema", command_schema, "print every key of a scenario file"},
    {"key", command_key, "make keys in the formats of wg: gen, pub, psk"},
    {"bench", command_bench, "measure the engine beside the raw primitives it is made of"},
    {"diff", command_diff, "the first diverging event of two traces"},
    {"swarm", command_swarm, "random worlds, watched by every invariant"},
    {"shrink", command_shrink, "a smaller world that fails in the same way"},
    {"import", command_import, "configuration files of wg or wg-quick as a scenario"},
    {"explain", command_explain, "what a key, an event, a claim, an invariant or a mark means"},
    {"sweep", command_sweep, "many runs into one table"},
    {"replay", command_replay, "make the calls of a recording again, to the first that differs"},
    {NULL, NULL, NULL},
};

static const char doc[] =
    "A WireGuard protocol engine and the virtual network it is raised in.\v"
    "Commands:\n"
    "  run     run a scenario: real handshakes and data in a virtual network\n"
    "  check   validate a scenario and print what it resolves to; runs nothing\n"
    "  schema  print every key of a scenario file\n"
    "  key     make keys in the formats of wg: gen, pub, psk\n"
    "  bench   measure the engine beside the raw primitives it is made of\n"
    "  diff    the first diverging event of two traces\n"
    "  swarm   random worlds, watched by every invariant\n"
    "  shrink  a smaller world that fails in the same way\n"
    "  sweep   many runs into one table\n"
    "  replay  make the calls of a recording again, to the first that differs\n"
    "  import  configuration files of wg or wg-quick as a scenario\n"
    "  explain what a key, an event, a claim, an invariant or a mark means\n"
    "\n"
    "Examples:\n"
    "  warren run corpora/scenarios/two-peers.yaml\n"
    "  warren run corpora/scenarios/hub-50.yaml --seed 9 --set paths.lte.loss=10% --quiet --json -\n"
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

/* The option that a word names, in full or as far as it is unique to argp; null when there is none. */
static const struct argp_option *find_option(const struct argp *argp, const char *word)
{
    size_t length = strcspn(word + 2, "=");
    for (const struct argp_option *option = argp->options; option && (option->name || option->key); option++) {
        if (word[1] == '-' ? option->name && strncmp(option->name, word + 2, length) == 0 : option->key == word[1])
            return option;
    }
    return NULL;
}

/* What argp stumbled over, in words. Its own messages take two lines and lack what would be right. */
_Noreturn static void refuse_arguments(const struct argp *argp, const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-' || !argv[i][1])
            continue;
        const struct argp_option *option = find_option(argp, argv[i]);
        bool value = strchr(argv[i], '=') != NULL || (argv[i][1] != '-' && argv[i][2]);
        if (!option)
            usage_error(name, "'%s' is no option of this command; see %s --help", argv[i], name);
        if (option->arg && !value && ++i == argc)
            usage_error(name, "'%s' lacks its value; --%s %s", argv[i - 1], option->name, option->arg);
        if (!option->arg && value)
            usage_error(name, "'%s' takes no value; --%s alone", argv[i], option->name);
    }
    usage_error(name, "these arguments make no sense together; see %s --help", name);
}

/* argp prints no help while its errors are switched off. Without options of its own (the front), words behind the first that is
 * no option are a sub-command's. */
static void answer_help(const struct argp *argp, char *name, int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (!argp->options && argv[i][0] != '-')
            return;
        bool usage = strcmp(argv[i], "--usage") == 0;
        if (!usage && strcmp(argv[i], "--help") != 0 && strcmp(argv[i], "-?") != 0)
            continue;
        argp_help(argp, stdout, usage ? ARGP_HELP_USAGE : ARGP_HELP_STD_HELP & ~(unsigned)ARGP_HELP_EXIT_OK, name);
        close_output(name, "standard output", stdout);
        exit(EXIT_GOOD);
    }
}

void parse_arguments(const struct argp *argp, const char *name, int argc, char **argv, void *input)
{
    char first[64];
    snprintf(first, sizeof first, "%s", name);
    argv[0] = first;
    answer_help(argp, first, argc, argv);
    int problem = argp_parse(argp, argc, argv, ARGP_NO_ERRS | ARGP_IN_ORDER, NULL, input);
    if (problem == ENOMEM)
        usage_error(name, "out of memory; a machine with more");
    if (problem)
        refuse_arguments(argp, name, argc, argv);
}

/* The commands that there are: "run, check and key" with " and " as the last joint. */
static const char *built(const char *joint, char out[160])
{
    size_t length = 0, left = 0;
    for (const struct command *command = commands; command->name; command++)
        left += command->run != NULL;
    for (const struct command *command = commands; command->name; command++)
        if (command->run && length < 160)
            length += (size_t)snprintf(out + length, 160 - length, "%s%s", command->name,
                                       --left > 1 ? ", " : left ? joint : "");
    return out;
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
    char list[160];
    if (argc < 1)
        return EXIT_USAGE;
    parse_arguments(&argp, "warren", argc, argv, &front);
    if (!front.argc)
        usage_error("warren", "no command; one of %s (see warren --help)", built(", ", list));
    for (const struct command *command = commands; command->name; command++) {
        if (strcmp(command->name, front.argv[0]) != 0)
            continue;
        if (!command->run)
            usage_error("warren", "'%s' (%s) is not built yet; %s are", command->name, command->summary,
                        built(" and ", list));
        return command->run(front.argc, front.argv);
    }
    const char *guess = closest(front.argv[0]);
    usage_error("warren", "'%s' is no command; %s%s%s", front.argv[0],
                guess ? "did you mean '" : built(" or ", list), guess ? guess : "", guess ? "'?" : "");
}
