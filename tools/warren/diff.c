/* warren diff: two trace files, line beside line, to the first event that is not the same. Memory is two lines and a few more. */

#define _POSIX_C_SOURCE 200809L

#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define NAME "warren diff"
#define LINE_BYTES (256u * 1024) /* a header with all the --set there may be; events are shorter than 300 bytes */
#define KEPT 3u                  /* events before the first difference that are shown */
#define KEPT_BYTES 320u

struct trace {
    const char *path;
    FILE       *file;
    uint64_t    line; /* of the file, from 1 */
    size_t      length;
    json_t     *header;
    char        text[LINE_BYTES];
};

struct request {
    const char *paths[2];
    size_t      count;
    bool        quiet;
};

struct kept { /* the last events that are the same, as a ring */
    char     lines[KEPT][KEPT_BYTES];
    uint64_t count;
};

static const struct argp_option options[] = {{"quiet", 'q', NULL, 0, "print nothing; the exit code tells", 0}, {0}};

static const char doc[] =
    "Compare two trace files of warren run --trace: the first diverging event, its node and its field.\v"
    "Examples:\n"
    "  warren run demo.yaml --trace a --quiet; warren run demo.yaml --seed 2 --trace b --quiet; warren diff a b\n"
    "  warren run demo.yaml --trace - --quiet | warren diff a -\n"
    "\n"
    "Scenario, seed and build may differ: they are named, and only events decide.\n"
    "Exit codes: 0 the same events; 1 other events; 2 bad usage, or not a whole trace file.";

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct request *request = state->input;
    switch (key) {
    case 'q':
        request->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (request->count == 2)
            usage_error(NAME, "'%s' is one word too many; two trace files", argument);
        request->paths[request->count++] = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

_Noreturn static void bad_line(const struct trace *trace, const char *why)
{
    usage_error(NAME, "%s:%" PRIu64 ": %s; a whole file of warren run --trace", trace->path, trace->line, why);
}

/* The next line without its newline; false at the end of the file. */
static bool next_line(struct trace *trace)
{
    trace->line++;
    if (!fgets(trace->text, sizeof trace->text, trace->file)) {
        if (ferror(trace->file))
            usage_error(NAME, "%s: cannot be read: %s; a trace file", trace->path, strerror(errno));
        return false;
    }
    trace->length = strlen(trace->text);
    if (!trace->length || trace->text[trace->length - 1] != '\n')
        bad_line(trace, "this line has no end");
    trace->text[--trace->length] = '\0';
    return true;
}

static json_t *parse_line(const struct trace *trace)
{
    json_error_t error;
    json_t *line = json_loadb(trace->text, trace->length, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(line))
        bad_line(trace, "no JSON object");
    return line;
}

static void open_trace(struct trace *trace, const char *path)
{
    *trace = (struct trace){.path = path, .file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb")};
    if (!trace->file)
        usage_error(NAME, "%s: cannot be read: %s; a trace file", path, strerror(errno));
    if (!next_line(trace))
        bad_line(trace, "an empty file");
    trace->header = parse_line(trace);
    if (json_integer_value(json_object_get(trace->header, "warren_trace")) != 1)
        bad_line(trace, "no header of a trace");
}

static void close_trace(struct trace *trace)
{
    json_decref(trace->header);
    if (trace->file != stdin)
        fclose(trace->file);
}

/* An event line says its number first; the last line has none. */
static bool is_event(const struct trace *trace, uint64_t number)
{
    char begin[40];
    int length = snprintf(begin, sizeof begin, "{\"number\":%" PRIu64 ",", number);
    if (strncmp(trace->text, begin, (size_t)length) == 0)
        return true;
    json_t *line = parse_line(trace);
    bool last = json_is_string(json_object_get(line, "chain"));
    if (!last && json_integer_value(json_object_get(line, "number")) != (json_int_t)number)
        bad_line(trace, "not the event that comes next");
    json_decref(line);
    return !last;
}

static const char *value_text(const json_t *value, char out[80])
{
    if (!value)
        return "nothing";
    if (json_is_integer(value))
        snprintf(out, 80, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else
        snprintf(out, 80, "%s", json_is_string(value) ? json_string_value(value) : "?");
    return out;
}

/* A field that neither line has is no difference. */
static bool same_field(const json_t *a, const json_t *b, const char *field)
{
    const json_t *left = json_object_get(a, field), *right = json_object_get(b, field);
    return left == right || json_equal(left, right);
}

static void print_header(const struct trace *a, const struct trace *b)
{
    static const char *const fields[] = {"scenario", "seed", "build", "stop_ns"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const json_t *left = json_object_get(a->header, fields[i]), *right = json_object_get(b->header, fields[i]);
        char x[80], y[80];
        if (!same_field(a->header, b->header, fields[i]))
            printf("%s differs: %s and %s\n", fields[i], value_text(left, x), value_text(right, y));
    }
}

static void print_kept(const struct kept *kept)
{
    uint64_t shown = kept->count < KEPT ? kept->count : KEPT;
    if (shown)
        printf("before it, the same in both:\n");
    for (uint64_t i = kept->count - shown; i < kept->count; i++)
        printf("  %s\n", kept->lines[i % KEPT]);
}

/* In the order in which one explains the other: when, who, what, and only then with which contents. */
static int differ(const struct request *request, const struct trace *a, const struct trace *b, uint64_t number,
                  const struct kept *kept)
{
    static const char *const fields[] = {"time_ns", "node", "kind", "length", "verdict", "reason", "digest"};
    json_t *left = parse_line(a), *right = parse_line(b);
    const char *found = NULL;
    for (size_t i = 0; i < sizeof fields / sizeof *fields && !found; i++)
        if (!same_field(left, right, fields[i]))
            found = fields[i];
    if (found && !request->quiet) {
        char x[80], y[80], time[80], node[80];
        printf("event %" PRIu64 " differs at %s ns, node %s, in %s: %s and %s\n", number,
               value_text(json_object_get(left, "time_ns"), time), value_text(json_object_get(left, "node"), node), found,
               value_text(json_object_get(left, found), x), value_text(json_object_get(right, found), y));
        printf("  %s:%" PRIu64 ": %s\n  %s:%" PRIu64 ": %s\n", a->path, a->line, a->text, b->path, b->line, b->text);
        print_kept(kept);
    }
    json_decref(left);
    json_decref(right);
    return found ? EXIT_FAILED : EXIT_GOOD;
}

static int one_ends(const struct request *request, const struct trace *shorter, const struct trace *longer, uint64_t number,
                    const struct kept *kept)
{
    if (!request->quiet) {
        json_t *line = parse_line(longer);
        char time[80], node[80];
        printf("event %" PRIu64 " is only in %s: at %s ns, node %s; %s ends before it\n  %s:%" PRIu64 ": %s\n", number,
               longer->path, value_text(json_object_get(line, "time_ns"), time),
               value_text(json_object_get(line, "node"), node), shorter->path, longer->path, longer->line, longer->text);
        json_decref(line);
        print_kept(kept);
    }
    return EXIT_FAILED;
}

static int both_end(const struct request *request, const struct trace *a, const struct trace *b, uint64_t number)
{
    json_t *left = parse_line(a), *right = parse_line(b);
    const char *x = json_string_value(json_object_get(left, "chain")), *y = json_string_value(json_object_get(right, "chain"));
    bool same = strcmp(x, y) == 0;
    if (!request->quiet && same)
        printf("the same: %" PRIu64 " events, trace hash %s\n", number, x);
    else if (!request->quiet)
        printf("%" PRIu64 " events are the same in every field, but the chains differ: %s and %s\n", number, x, y);
    json_decref(left);
    json_decref(right);
    return same ? EXIT_GOOD : EXIT_FAILED;
}

static int compare(const struct request *request, struct trace *a, struct trace *b)
{
    static struct kept kept;
    for (uint64_t number = 0;; number++) {
        if (!next_line(a))
            bad_line(a, "the last line is missing");
        if (!next_line(b))
            bad_line(b, "the last line is missing");
        bool in_a = is_event(a, number), in_b = is_event(b, number);
        if (!in_a && !in_b)
            return both_end(request, a, b, number);
        if (in_a != in_b)
            return one_ends(request, in_a ? b : a, in_a ? a : b, number, &kept);
        if (strcmp(a->text, b->text) != 0 && differ(request, a, b, number, &kept) != EXIT_GOOD)
            return EXIT_FAILED;
        snprintf(kept.lines[kept.count++ % KEPT], KEPT_BYTES, "%.*s", (int)KEPT_BYTES - 1, a->text);
    }
}

int command_diff(int argc, char **argv)
{
    static const struct argp argp = {.options = options, .parser = parse, .args_doc = "A B", .doc = doc};
    struct request request = {0};
    parse_arguments(&argp, NAME, argc, argv, &request);
    if (request.count < 2)
        usage_error(NAME, "%s; two files of warren run --trace", request.count ? "one trace file" : "no trace files");
    if (strcmp(request.paths[0], "-") == 0 && strcmp(request.paths[1], "-") == 0)
        usage_error(NAME, "both are standard input; a file for one of them");
    struct trace *a = malloc(sizeof *a), *b = malloc(sizeof *b);
    if (!a || !b) {
        fputs(NAME ": out of memory; a machine with more\n", stderr);
        return EXIT_MACHINE;
    }
    open_trace(a, request.paths[0]);
    open_trace(b, request.paths[1]);
    if (!request.quiet)
        print_header(a, b);
    int code = compare(&request, a, b);
    close_trace(a);
    close_trace(b);
    free(a);
    free(b);
    close_output(NAME, "standard output", stdout);
    return code;
}
