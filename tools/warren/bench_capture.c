/*
 * What reading a large capture costs, beside the AEAD alone: a world in which one peer sends 1420 bytes every millisecond, both ends
 * captured, is listed and held against the engine by this program itself. A data packet is one datagram at one end: listing
 * opens it once; conforming seals or opens it once in the engine, beside opening it to know what it says.
 */

#define _GNU_SOURCE

#include "bench_capture.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "command.h"

#define NAME        "warren bench"
#define SELF        "/proc/self/exe"
#define RAW         "raw-open/1420"
#define TURNS       5
#define A_SECOND    2000u /* data packets: a thousand datagrams at two ends */
#define MIB_100_S   297u  /* of pcapng in a hundred seconds */

static const char WORLD[] = "warren: 1\n"
                            "name: a large capture\n"
                            "stop: %us\n"
                            "paths:\n"
                            "  wire: {delay: 1ms}\n"
                            "nodes:\n"
                            "  left: {path: wire, peer: right}\n"
                            "  right: {path: wire}\n"
                            "traffic:\n"
                            "  - {from: left, to: right, send: 1420B, every: 1ms}\n";

static const struct reading {
    const char *name, *provider, *option; /* null: the fastest, and none */
    double      target;
} readings[] = {{"capture/list", NULL, NULL, 1.5},
                {"capture/list-sodium", "--provider=sodium", NULL, 1.5},
                {"capture/conform", NULL, "--conform", 3.0},
                {"capture/conform-sodium", "--provider=sodium", "--conform", 3.0}};

enum { READINGS = sizeof readings / sizeof readings[0] };

struct place { char folder[64], world[80], capture[80]; };

const char *bench_capture_name(size_t number) { return number < READINGS ? readings[number].name : NULL; }

static void leave(const struct place *place)
{
    unlink(place->world);
    unlink(place->capture);
    rmdir(place->folder);
}

static void enter(struct place *place, unsigned seconds)
{
    const char *parent = getenv("TMPDIR");
    snprintf(place->folder, sizeof place->folder, "%s/warren-bench-XXXXXX", parent && strlen(parent) < 32 ? parent : "/tmp");
    if (!mkdtemp(place->folder))
        usage_error(NAME, "%s: %s; a folder for a large file (TMPDIR)", place->folder, strerror(errno));
    snprintf(place->world, sizeof place->world, "%s/world.yaml", place->folder);
    snprintf(place->capture, sizeof place->capture, "%s/x.pcapng", place->folder);
    FILE *file = fopen(place->world, "w");
    if (!file || fprintf(file, WORLD, seconds) < 0 || fclose(file) != 0) {
        leave(place);
        usage_error(NAME, "%s: %s", place->world, strerror(errno));
    }
}

/* Processor nanoseconds of this program with these words, and the most memory it had; false: it fails. */
static bool spent(const char *const words[], double *ns, long *kib)
{
    extern char **environ;
    struct rusage usage;
    pid_t         child;
    int           status;

    if (posix_spawn(&child, SELF, NULL, NULL, (char *const *)(uintptr_t)words, environ) != 0 ||
        wait4(child, &status, 0, &usage) != child)
        return false;
    *ns = 1e9 * (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
          1e3 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    *kib = usage.ru_maxrss > *kib ? usage.ru_maxrss : *kib;
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_GOOD;
}

/* By processor time too, since it is compared with processes. */
static double raw_ns(const struct bench_case *raw)
{
    struct timespec before, after;
    void           *state = raw->begin(raw);

    raw->run(state);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    for (uint32_t i = 0; i < raw->iterations; i++)
        raw->run(state);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    raw->end(state);
    return (1e9 * (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec)) / raw->iterations / raw->items;
}

static const struct bench_case *raw_case(void)
{
    size_t i = 0;
    while (strcmp(bench_cases[i].name, RAW) != 0)
        i++;
    return &bench_cases[i];
}

static bool measure(const struct place *place, const bool wanted[READINGS], struct bench_capture_result results[READINGS])
{
    const char *const make[] = {"warren", "run", place->world, "--quiet", "--pcap", place->capture, NULL};
    double            ns;
    long              unused = 0;

    if (!spent(make, &ns, &unused))
        return false;
    for (int turn = 0; turn < TURNS; turn++) {
        for (size_t i = 0; i < READINGS; i++) {
            struct bench_capture_result *result = &results[i];
            const char *words[7] = {"warren", "replay", place->capture, "--quiet"};
            size_t      at = 4;
            if (readings[i].provider)
                words[at++] = readings[i].provider;
            words[at] = readings[i].option;
            if (!wanted[i])
                continue;
            double raw = raw_ns(raw_case());
            if (!spent(words, &ns, &result->kib))
                return false;
            result->ns = turn == 0 || ns < result->ns ? ns : result->ns;
            result->raw_ns = turn == 0 || raw < result->raw_ns ? raw : result->raw_ns;
        }
    }
    return true;
}

size_t bench_capture(const bool wanted[], unsigned mib, void (*tell)(const struct bench_capture_result *, void *), void *context)
{
    struct bench_capture_result results[READINGS] = {0};
    struct place                place;
    unsigned                    seconds = mib * 100 / MIB_100_S + 1;
    size_t                      count = 0;

    enter(&place, seconds);
    bool good = measure(&place, wanted, results);
    struct stat about;
    if (good && stat(place.capture, &about) != 0)
        good = false;
    leave(&place);
    if (!good) {
        fprintf(stderr, NAME ": the capture cannot be made, or does not read\n");
        exit(EXIT_FAILED);
    }
    for (size_t i = 0; i < READINGS; i++) {
        if (!wanted[i])
            continue;
        results[i].name = readings[i].name;
        results[i].target = readings[i].target;
        results[i].baseline = RAW;
        results[i].bytes = (uint64_t)about.st_size;
        results[i].ns /= (double)seconds * A_SECOND;
        results[i].ratio = results[i].ns / results[i].raw_ns;
        tell(&results[i], context);
        count++;
    }
    return count;
}
