/*
 * A harness without a fuzzer, by any compiler: over files, folders and, for `-`, what stands on the standard input.
 *
 *   replay-HARNESS [--reached] [--seconds N] [--record FILE] FILE|FOLDER|-...
 *
 * --reached prints how often each reason to drop and each message in each snapshot came, where the harness counts (fuzz_reached).
 * --record writes what the engines of one input were asked and gave, for warren replay, where the harness can (fuzz_record).
 * An input that fails is named, with its rendering where the harness has one. Exit codes: 0 none failed; 1 one did; 2 bad usage
 * or nothing to read. In folders, hidden files and renderings (NAME.txt beside NAME) are passed over.
 */
#define _POSIX_C_SOURCE 200809L
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_MOST = 4096, SECONDS = 20, INPUT_MOST = 16 << 20 };

/* Both are optional in a harness; so is the counting of coverage, which begins when set-up is over. */
#pragma weak LLVMFuzzerInitialize
#pragma weak fuzz_render
#pragma weak fuzz_record
#pragma weak fuzz_reached
void __llvm_profile_reset_counters(void);
#pragma weak __llvm_profile_reset_counters

static struct {
    const char    *name;
    const uint8_t *data;
    size_t         size, count;
    unsigned       seconds;
} now = {.seconds = SECONDS};

static void refuse(const char *name, const char *what)
{
    fprintf(stderr, "replay-%s: %s: %s; replay-%s [--reached] [--seconds N] [--record FILE] FILE|FOLDER|-... is right\n",
            FUZZ_HARNESS, name, what, FUZZ_HARNESS);
    exit(2);
}

/* The process is lost: what is told here need not be safe in a signal, only likely to come through. */
static void failed(int signal)
{
    if (signal == SIGALRM)
        fprintf(stderr, "oracle: timeout: no end within %u s\n", now.seconds);
    else if (signal != SIGABRT)
        fprintf(stderr, "oracle: signal-%d: the harness was stopped\n", signal);
    fprintf(stderr, "replay-%s: %s: failed (%zu bytes)\n", FUZZ_HARNESS, now.name, now.size);
    if (fuzz_render)
        fuzz_render(stderr, now.data, now.size);
    fflush(stderr);
    _exit(1);
}

static void try_input(const char *name, const uint8_t *data, size_t size)
{
    uint8_t *exact = fuzz_exact(data, size);
    now.name = name;
    now.data = exact;
    now.size = size;
    alarm(now.seconds);
    LLVMFuzzerTestOneInput(exact, size);
    alarm(0);
    now.count++;
    fuzz_free(exact);
}

static void try_stream(const char *name, FILE *file)
{
    uint8_t *data = malloc(INPUT_MOST);
    if (!file || !data)
        refuse(name, strerror(errno));
    size_t size = fread(data, 1, INPUT_MOST, file);
    if (ferror(file))
        refuse(name, strerror(errno));
    if (size == INPUT_MOST)
        refuse(name, "more than 16 MB are no input");
    try_input(name, data, size);
    free(data);
}

static void try_file(const char *name)
{
    FILE *file = fopen(name, "rb");
    try_stream(name, file);
    fclose(file);
}

static bool exists(const char *name)
{
    struct stat about;
    return stat(name, &about) == 0;
}

static bool is_rendering(char *name)
{
    size_t length = strlen(name);
    if (length < 5 || strcmp(name + length - 4, ".txt"))
        return false;
    name[length - 4] = '\0';
    bool beside = exists(name);
    name[length - 4] = '.';
    return beside;
}

static void try_folder(const char *folder)
{
    struct dirent **entries;
    int             count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0)
        refuse(folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        char        name[PATH_MOST];
        struct stat about;
        if (entries[i]->d_name[0] != '.' &&
            snprintf(name, sizeof name, "%s/%s", folder, entries[i]->d_name) < (int)sizeof name && stat(name, &about) == 0 &&
            S_ISREG(about.st_mode) && !is_rendering(name))
            try_file(name);
        free(entries[i]);
    }
    free(entries);
}

static void try_name(const char *name)
{
    struct stat about;
    if (!strcmp(name, "-"))
        try_stream("standard input", stdin);
    else if (stat(name, &about) != 0)
        refuse(name, strerror(errno));
    else if (S_ISDIR(about.st_mode))
        try_folder(name);
    else
        try_file(name);
}

static FILE *open_record(const char *name)
{
    int file = fuzz_record ? open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (!fuzz_record)
        refuse("--record", "this harness has no recorder; a failing input is rendered as text");
    FILE *out = file >= 0 ? fdopen(file, "wb") : NULL;
    if (!out)
        refuse(name, strerror(errno));
    return out;
}

int main(int argc, char **argv)
{
    int  first = 1;
    bool reached = argc > 1 && !strcmp(argv[1], "--reached");
    const char *record = NULL;
    for (first += reached; argc > first + 1 && !strncmp(argv[first], "--", 2); first += 2) {
        if (!strcmp(argv[first], "--seconds"))
            now.seconds = (unsigned)strtoul(argv[first + 1], NULL, 10);
        else if (!strcmp(argv[first], "--record"))
            record = argv[first + 1];
        else
            refuse(argv[first], "unknown option");
    }
    if (argc <= first || !now.seconds)
        refuse(argc > 1 ? argv[argc - 1] : "nothing", "no input");
    signal(SIGABRT, failed);
    signal(SIGALRM, failed);
    signal(SIGFPE, failed);
    if (record && argc != first + 1)
        refuse("--record", "a recording is of one input");
    FILE *out = record ? open_record(record) : NULL;
    if (out)
        fuzz_record(out);
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    if (__llvm_profile_reset_counters)
        __llvm_profile_reset_counters();
    for (int i = first; i < argc; i++)
        try_name(argv[i]);
    if (!now.count)
        refuse(argv[first], "holds no input");
    if (out && fclose(out) != 0)
        refuse(record, strerror(errno));
    if (reached && fuzz_reached)
        fuzz_reached(stdout);
    printf("%s: %zu inputs\n", FUZZ_HARNESS, now.count);
    return 0;
}
