/* warren replay: a recording's calls again, on the machine at hand, to the first that differs; a capture is replay_capture.c's. */

#define _POSIX_C_SOURCE 200809L

#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "player.h"
#include "reader.h"

#define NAME "warren replay"
#define CALLS_AT_ONCE 2000u
#define MEMORY_MIB 1024u

enum { OPTION_MEMORY = 0x200, OPTION_KEYS, OPTION_INNER, OPTION_CONFORM, OPTION_SCENARIO };

static const struct argp_option options[] = {
    {"json", OPTION_JSON, "FILE", 0, "write the result; - is standard output", 0},
    {"provider", OPTION_PROVIDER, "NAME", 0,
     PROVIDER_HELP, 0},
    {"memory", OPTION_MEMORY, "MIB", 0, "what the engines may take in all (default 1024)", 0},
    {"keys", OPTION_KEYS, "FILE", 0, "of a capture: its keys, in the key-log format that Wireshark reads", 0},
    {"write-inner", OPTION_INNER, "FILE", 0, "of a capture: write what the tunnels carried, as pcapng", 0},
    {"conform", OPTION_CONFORM, NULL, 0, "of a capture: play each side whose keys are here; compare every byte it says", 0},
    {"to-scenario", OPTION_SCENARIO, "FILE", 0, "of a capture: write it as a world that warren run plays", 0},
    {"quiet", 'q', NULL, 0, "print nothing; the exit code tells", 0},
    {0},
};

static const char doc[] =
    "Make the calls of a recording (.wtr) again, compare everything that comes back, and name the first difference. Of a capture "
    "(pcap, pcapng): list each WireGuard datagram, and what its keys tell of it.\v"
    "Examples:\n"
    "  warren run demo.yaml --record demo.wtr --quiet && warren replay demo.wtr\n"
    "  warren replay demo.wtr --provider portable\n"
    "  warren replay demo.wtr --quiet --json - | jq .difference\n"
    "  warren replay wireguard.pcap --keys wireguard.keys --write-inner inside.pcapng\n"
    "  warren replay wireguard.pcap --keys wireguard.keys --conform\n"
    "  warren replay wireguard.pcap --keys wireguard.keys --to-scenario seen.yaml && warren run seen.yaml --seed 7\n"
    "\n"
    "A recording from any host replays on any machine. It holds every key: keep it as you keep them.\n"
    "Exit codes: 0 all equal, or nothing forged; 1 a call or a byte differs, or a datagram is not authentic; 2 bad usage or input; "
    "3 the machine lacks memory or a provider.";

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct replay_request *request = state->input;
    char           *end;
    switch (key) {
    case OPTION_JSON:
        request->json = argument;
        return 0;
    case OPTION_KEYS:
        request->keys = argument;
        return 0;
    case OPTION_INNER:
        request->inner = argument;
        return 0;
    case OPTION_SCENARIO:
        request->scenario = argument;
        return 0;
    case OPTION_CONFORM:
        request->conform = true;
        return 0;
    case OPTION_PROVIDER:
        request->provider_name = argument;
        return 0;
    case OPTION_MEMORY:
        errno = 0;
        request->memory = strtoul(argument, &end, 10);
        if (errno || *end || *argument < '0' || *argument > '9' || !request->memory || request->memory > SIZE_MAX >> 20)
            usage_error(NAME, "--memory '%s' is no number of MiB; such as 1024", argument);
        return 0;
    case 'q':
        request->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (request->path)
            usage_error(NAME, "'%s' is one word too many; one recording or capture", argument);
        request->path = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* As progress.c: one live line at a terminal, else a plain one each ten seconds, and nothing before two seconds. */
static void show(struct progress *progress, const struct wrn_replay_report *report, uint64_t size)
{
    uint64_t wall = wall_ns(), ran = wall - progress->begun;
    uint64_t pause = progress->live ? 200 * WRN_MILLISECOND : progress->last == progress->begun ? 0 : 10 * WRN_SECOND;
    if (progress->quiet || ran < 2 * WRN_SECOND || wall - progress->last < pause)
        return;
    fprintf(stderr, "%s%" PRIu64 " calls, all equal  %" PRIu64 " calls/s", progress->live ? "\r" : "", report->calls,
            report->calls * 1000 / (ran / WRN_MILLISECOND));
    if (size)
        fprintf(stderr, "  %" PRIu64 "%%  left %" PRIu64 " s", report->offset * 100 / size,
                (size - report->offset) / (report->offset / (ran / WRN_MILLISECOND) + 1) / 1000);
    fputs(progress->live ? "\033[K" : "\n", stderr);
    fflush(stderr);
    progress->drawn = progress->live;
    progress->last = wall;
}

static json_t *difference_json(const struct wrn_replay_report *report)
{
    char expected[80] = "", actual[80] = "";
    if (report->state != WRN_REPLAY_DIFFERS)
        return json_null();
    player_value(expected, report->kind, &report->expected);
    player_value(actual, report->kind, &report->actual);
    return json_pack("{s:I, s:s, s:s, s:I, s:o, s:s, s:s, s:s}", "call", (json_int_t)report->calls, "engine", report->engine_name,
                     "function", report->function, "now_ns", (json_int_t)report->now, "index",
                     report->index == UINT32_MAX ? json_null() : json_integer(report->index), "what", report->what, "recorded",
                     expected, "here", actual);
}

static void write_json(const struct replay_request *request, const struct wrn_replay_report *report, uint64_t wall)
{
    static const char *const states[] = {"going", "equal", "cut", "differs", "bad", "no memory", "no provider"};
    FILE   *file = open_output(NAME, request->json, false);
    json_t *root = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o}", "recording", request->path, "state", states[report->state],
                             "engines", (json_int_t)report->engines, "calls", (json_int_t)report->calls, "digests",
                             (json_int_t)report->digests, "bytes", (json_int_t)report->offset, "wall_ns", (json_int_t)wall,
                             "difference", difference_json(report));
    if (root)
        json_dumpf(root, file, JSON_INDENT(2));
    json_decref(root);
    fputc('\n', file);
    close_output(NAME, request->json, file);
}

/* Where the result goes: what is wrong with the input or the machine is one line on stderr. */
static void tell(const struct replay_request *request, const struct wrn_replay_report *report)
{
    bool  trouble = player_exit(report->state) > EXIT_FAILED;
    FILE *out = trouble || (request->json && strcmp(request->json, "-") == 0) ? stderr : stdout;
    if (request->quiet && !trouble)
        return;
    if (trouble)
        fputs(NAME ": ", out);
    player_print(out, request->path, report);
    fputc('\n', out);
    if (out == stdout)
        close_output(NAME, "standard output", stdout);
}

static int replay_recording(const struct replay_request *request, FILE *file)
{
    struct progress          progress = {.live = isatty(STDERR_FILENO), .quiet = request->quiet};
    struct wrn_replay_report report;
    struct player            player;
    struct stat              about;
    if (request->keys || request->inner || request->conform || request->scenario)
        usage_error(NAME, "%s: not a capture; --keys, --write-inner, --conform and --to-scenario are for pcap and pcapng",
                    request->path);
    uint64_t size = fstat(fileno(file), &about) == 0 && S_ISREG(about.st_mode) ? (uint64_t)about.st_size : 0;
    if (!player_begin(&player, file, request->provider.crypto, request->provider.context, request->memory << 20)) {
        fputs(NAME ": out of memory; a machine with more\n", stderr);
        return EXIT_MACHINE;
    }
    progress.begun = progress.last = wall_ns();
    enum wrn_replay_state state;
    do {
        state = player_run(&player, CALLS_AT_ONCE);
        wrn_replay_report(player.replay, &report);
        show(&progress, &report, size);
    } while (state == WRN_REPLAY_GOING);
    progress_clear(&progress);
    if (ferror(file))
        usage_error(NAME, "%s: cannot be read: %s; a recording", request->path, strerror(errno));
    tell(request, &report);
    if (request->json)
        write_json(request, &report, wall_ns() - progress.begun);
    player_end(&player);
    if (file != stdin)
        fclose(file);
    return player_exit(state);
}

static int replay_any(const struct replay_request *request, FILE *file)
{
    if (file == stdin || !reader_is_capture(file))
        return replay_recording(request, file);
    if (request->conform && request->inner)
        usage_error(NAME, "--write-inner is for the list of a capture; without --conform");
    if (request->scenario && (request->conform || request->inner || request->json))
        usage_error(NAME, "--to-scenario writes a scenario only; without --conform, --write-inner and --json");
    if (request->scenario)
        return replay_scenario(request, file);
    return request->conform ? replay_conform(request, file) : replay_capture(request, file);
}

int command_replay(int argc, char **argv)
{
    static const struct argp argp = {.options = options, .parser = parse, .args_doc = "RECORDING", .doc = doc};
    struct replay_request    request = {.memory = MEMORY_MIB};
    parse_arguments(&argp, NAME, argc, argv, &request);
    if (!request.path)
        usage_error(NAME, "no recording; a file of warren run --record, or a capture");
    provider_open(&request.provider, NAME, request.provider_name);
    FILE *file = strcmp(request.path, "-") == 0 ? stdin : fopen(request.path, "rb");
    if (!file)
        usage_error(NAME, "%s: cannot be read: %s; a recording or capture", request.path, strerror(errno));
    int code = replay_any(&request, file);
    provider_close(&request.provider);
    return code;
}
