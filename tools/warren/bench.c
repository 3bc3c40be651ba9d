/* warren bench: fixed work, one table, ratios to the raw primitives measured in the same run. */

#include "command.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "bench_capture.h"
#include "load.h"
#include "provider.h"
#include "sim_bench.h"

struct request {
    const char *filter, *json;
    bool        quiet, list;
    unsigned    mib;
};

enum { BENCH_JSON = 0x100, BENCH_LIST, BENCH_MIB };

static const struct argp_option options[] = {
    {"json", BENCH_JSON, "FILE", 0, "write the results as JSON; - is standard output, and then there is no table", 0},
    {"list", BENCH_LIST, NULL, 0, "name the cases and measure nothing", 0},
    {"mib", BENCH_MIB, "N", 0, "size of the capture that capture/ reads (120; 1024 takes a minute)", 0},
    {"quiet", 'q', NULL, 0, "no table", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *request = state->input;
    switch (key) {
    case BENCH_JSON:
        request->json = arg;
        return 0;
    case BENCH_LIST:
        request->list = true;
        return 0;
    case BENCH_MIB:
        request->mib = (unsigned)parse_count("warren bench", "mib", arg, 65536);
        return 0;
    case 'q':
        request->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (request->filter)
            usage_error("warren bench", "one FILTER at most, and '%s' is a second one", arg);
        request->filter = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    options,
    parse,
    "[FILTER]",
    "Measure the engine (sealing and opening packets, handshakes, tables, memory per peer), the simulator (sim) and the reading of "
    "captures (capture).\v"
    "Each case takes turns with its baseline, the raw primitive doing the same on the same bytes, and the best turn of each "
    "counts: "
    "ratios hold on a noisy machine where single figures do not. FILTER is a part of a case's name; the simulator's begin with "
    "sim/, are told by processor time, and say which checks ran; those that begin with capture/ make a large capture in TMPDIR, "
    "and are told by processor time per data packet.\n\n"
    "Examples:\n"
    "  warren bench\n"
    "  warren bench seal/1420\n"
    "  warren bench sim\n"
    "  warren bench capture --mib 1024\n"
    "  warren bench --quiet --json bench.json handshake\n\n"
    "Exit codes: 0 measured, whatever the figures; 2 bad usage; 3 the machine lacks libsodium.",
    NULL,
    NULL,
    NULL};

static void tell(const struct bench_result *result, void *context)
{
    const struct bench_case *c = result->of;
    char                     ratio[32] = "", target[32] = "";
    if (*(const bool *)context)
        return;
    if (c->baseline)
        snprintf(ratio, sizeof ratio, "%.2f x", result->ratio);
    if (c->target > 0)
        snprintf(target, sizeof target, "%s %.2f", result->ratio <= c->target ? "<=" : "MISSES", c->target);
    printf("%-20s %12.1f ns %10.0f /s  %9s  %-14s %-12s per %s\n", c->name, result->ns, 1e9 / result->ns, ratio,
           c->baseline ? c->baseline : "", target, c->what);
    fflush(stdout);
}

static bool wanted(const char *filter, const char *name)
{
    return !filter || strstr(name, filter) != NULL;
}

static void tell_sim(const struct sim_bench_result *r)
{
    char target[32] = "", checks[24] = "";
    bool met = r->at_most ? r->value <= r->target : r->value >= r->target;
    if (r->target > 0)
        snprintf(target, sizeof target, "%s%s %g", met ? "" : "MISSES ", r->at_most ? "<=" : ">=", r->target);
    if (r->checks)
        snprintf(checks, sizeof checks, "checks %s", r->checks);
    printf("%-24s %10.2f %-12s %-14s %-12s %10.2f by %s\n", r->name, r->value, r->unit, target, checks, r->base, r->baseline);
    fflush(stdout);
}

/* Appends a row for each of the simulator's cases that is wanted; a case that cannot be measured is a failure of ours. */
static size_t measure_sim(const char *filter, const struct provider *provider, bool silent, json_t *rows)
{
    const struct sim_bench_provider by = {provider->crypto, provider->context};
    struct sim_bench_result r;
    const char             *name;
    size_t                  count = 0;
    for (size_t i = 0; (name = sim_bench_name(i)) != NULL; i++) {
        if (!wanted(filter, name))
            continue;
        if (!sim_bench_measure(i, &by, &r))
            exit(EXIT_FAILED);
        if (!silent && count == 0)
            printf("worlds of the simulator compute by %s\n", provider->crypto->name);
        if (!silent)
            tell_sim(&r);
        json_array_append_new(rows, json_pack("{s:s, s:s, s:f, s:s, s:f, s:f, s:b, s:s?, s:s}", "name", r.name, "unit", r.unit,
                                              "value", r.value, "baseline", r.baseline, "baseline_value", r.base, "target", r.target,
                                              "target_is_most", (int)r.at_most, "checks", r.checks, "provider",
                                              provider->crypto->name));
        count++;
    }
    return count;
}

struct telling { bool silent; json_t *rows; };

static void tell_capture(const struct bench_capture_result *r, void *context)
{
    const struct telling *telling = context;
    char                  target[32];

    json_array_append_new(telling->rows,
                          json_pack("{s:s, s:f, s:s, s:f, s:f, s:f, s:I, s:I}", "name", r->name, "ns", r->ns, "baseline", r->baseline,
                                    "baseline_ns", r->raw_ns, "ratio", r->ratio, "target", r->target, "capture_bytes",
                                    (json_int_t)r->bytes, "memory_kib", (json_int_t)r->kib));
    if (telling->silent)
        return;
    snprintf(target, sizeof target, "%s %.2f", r->ratio <= r->target ? "<=" : "MISSES", r->target);
    printf("%-22s %10.1f ns %10.0f /s  %7.2f x  %-14s %-12s per data packet, %.0f MiB of pcapng, %.1f MiB of memory\n", r->name,
           r->ns, 1e9 / r->ns, r->ratio, r->baseline, target, (double)r->bytes / (1 << 20), (double)r->kib / 1024);
}

static size_t measure_capture(const struct request *request, bool silent, json_t *rows)
{
    struct telling telling = {silent, rows};
    bool           which[16] = {false}, any = false;
    const char    *name;

    for (size_t i = 0; (name = bench_capture_name(i)) != NULL; i++)
        any |= which[i] = wanted(request->filter, name);
    return any ? bench_capture(which, request->mib, tell_capture, &telling) : 0;
}

static void write_json(const struct request *request, const struct bench_result *results, size_t count, json_t *sim, json_t *capture)
{
    json_t *root = json_object(), *cases = json_array(), *memory = json_object();
    for (size_t i = 0; i < count; i++) {
        const struct bench_case *c = results[i].of;
        json_t                  *row = json_object();
        json_object_set_new(row, "name", json_string(c->name));
        json_object_set_new(row, "item", json_string(c->what));
        json_object_set_new(row, "ns", json_real(results[i].ns));
        json_object_set_new(row, "per_second", json_real(1e9 / results[i].ns));
        if (c->baseline) {
            json_object_set_new(row, "baseline", json_string(c->baseline));
            json_object_set_new(row, "ratio", json_real(results[i].ratio));
        }
        if (c->target > 0)
            json_object_set_new(row, "target", json_real(c->target));
        json_array_append_new(cases, row);
    }
    json_object_set_new(memory, "window_8192", json_integer((json_int_t)bench_peer_bytes(8192)));
    json_object_set_new(memory, "window_256", json_integer((json_int_t)bench_peer_bytes(256)));
    json_object_set_new(root, "build", json_string(build_name()));
    json_object_set_new(root, "cases", cases);
    json_object_set_new(root, "bytes_per_peer", memory);
    json_object_set(root, "sim", sim);
    json_object_set(root, "capture", capture);
    FILE *file = open_output("warren bench", request->json, false);
    json_dumpf(root, file, JSON_INDENT(2));
    fputc('\n', file);
    close_output("warren bench", request->json, file);
    json_decref(root);
}

static int list(const char *filter)
{
    for (size_t i = 0; i < bench_case_count; i++)
        if (wanted(filter, bench_cases[i].name))
            printf("%-20s per %s\n", bench_cases[i].name, bench_cases[i].what);
    for (size_t i = 0; sim_bench_name(i); i++)
        if (wanted(filter, sim_bench_name(i)))
            puts(sim_bench_name(i));
    for (size_t i = 0; bench_capture_name(i); i++)
        if (wanted(filter, bench_capture_name(i)))
            printf("%-22s per data packet\n", bench_capture_name(i));
    return EXIT_GOOD;
}

int command_bench(int argc, char **argv)
{
    struct request request = {.mib = BENCH_CAPTURE_MIB};
    parse_arguments(&argp, "warren bench", argc, argv, &request);
    if (request.list)
        return list(request.filter);
    struct provider provider; /* of worlds */
    provider_open(&provider, "warren bench", NULL);
    bool   silent = request.quiet || (request.json && !strcmp(request.json, "-"));
    size_t size = bench_case_count;
    struct bench_result *results = calloc(size, sizeof *results);
    if (!results)
        usage_error("warren bench", "no memory");
    size_t measured = bench_measure(request.filter, results, size, tell, &silent), count = measured;
    if (count > 0 && !silent)
        printf("%-20s %12zu bytes with a window of 8192 bits (<= 4096), %zu with 256 (<= 1126)\n", "memory per idle peer",
               bench_peer_bytes(8192), bench_peer_bytes(256));
    json_t *sim = json_array(), *capture = json_array();
    count += measure_sim(request.filter, &provider, silent, sim);
    if (count + measure_capture(&request, silent, capture) == 0)
        usage_error("warren bench", "no case has '%s' in its name; warren bench --list names them", request.filter);
    if (request.json)
        write_json(&request, results, measured, sim, capture);
    json_decref(sim);
    json_decref(capture);
    free(results);
    provider_close(&provider);
    return EXIT_GOOD;
}
