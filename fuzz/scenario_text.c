/*
 * scenario_text: scenario files, read and checked, written and read again; and beside the text the binary form of the plan.
 *
 * Input: the text of a file. The files that it names are below a folder that does not exist. Whoever asks for more nodes than 16 at
 * once is turned away: a short text may ask for a million, and pairs of all with all.
 *
 * Oracles:
 *   scenario-place    an error in another form than "file:line:column: error: ...", or at a place that the file does not have
 *   scenario-written  what was read cannot be written, or what is written does not read as what it was written from
 *   scenario-short    the short form does not
 *   scenario-same     the same text again is another plan
 *   scenario-code     the binary form of a plan does not read as itself, or makes another text
 *   scenario-cell     a sweep: a cell of it fails in another form than "--set PATH=VALUE: error: ..." or at a place of the file
 *   scenario-memory   a file takes more than its size explains, or some of it stays (with a sanitizer that counts)
 */
#include "fuzz.h"
#include "scenario/scenario.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST = 4096, NODES = 16, CODE = 1 << 22, MEMORY = 8 << 20 };

#define NAME "no/such/folder.yaml"

/* Of the address sanitizer's runtime: bytes that malloc has given and not got back. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

/* libfyaml 0.7.12 does not give everything back when a quoted scalar breaks off. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libfyaml"; }

static bool is_of_library(const struct sim_scenario_error *error) { return strstr(error->text, "; YAML as in the scenarios"); }

static size_t held(void) { return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes() : 0; }

static uint8_t code[2][CODE];

static void *take(void *context, size_t size)
{
    (void)context;
    void *memory = malloc(size ? size : 1);
    if (!memory)
        abort();
    return memory;
}

static void give(void *context, void *memory, size_t size)
{
    (void)context, (void)size;
    free(memory);
}

static const struct sim_host host = {NULL, take, give};

/* Errors. -------------------------------------------------------------------------------------------------------------------- */

/* Lines as YAML 1.2 has them. */
static const char *line_end(const char *at, const char *end)
{
    while (at < end && *at != '\n' && *at != '\r')
        at++;
    return at;
}

static void judge_error(const char *text, size_t size, const struct sim_scenario_error *error)
{
    const char *at = text, *end = text + size, *stop = line_end(at, end);
    char        head[96];
    for (uint32_t line = 1; line < error->line; line++, stop = line_end(at, end)) {
        FUZZ_CHECK(stop < end, "scenario-place", "line %u of %u: %s", error->line, line, error->text);
        at = stop + (*stop == '\r' && end - stop > 1 && stop[1] == '\n' ? 2 : 1);
    }
    uint32_t width = 0;
    for (const char *c = at; c < stop; c++)
        width += ((unsigned char)*c & 0xc0) != 0x80;
    FUZZ_CHECK(!error->line || (error->column && error->column <= width + 1), "scenario-place", "%u:%u of a line of %u: %s",
               error->line, error->column, width, error->text);
    snprintf(head, sizeof head, error->line ? "%s:%u:%u: error: " : "%s: error: ", NAME, error->line, error->column);
    FUZZ_CHECK(!strncmp(error->text, head, strlen(head)) && error->text[strlen(head)], "scenario-place", "%s is not %s...",
               error->text, head);
    for (const char *c = error->text; *c; c++)
        FUZZ_CHECK((unsigned char)*c >= ' ' && *c != 127, "scenario-place", "a byte %u in a message", (unsigned char)*c);
    FUZZ_CHECK(!error->machine, "scenario-place", "no mistake of the machine: %s", error->text);
}

/* Text and code. ------------------------------------------------------------------------------------------------------------- */

static struct sim_scenario *read(const char *text, size_t size, struct sim_scenario_error *error)
{
    static const struct sim_scenario_options options = {.file = NAME};
    uint8_t             *exact = fuzz_exact((const uint8_t *)text, size);
    struct sim_scenario *scenario = sim_scenario_read(&options, (const char *)exact, size, error);
    fuzz_free(exact);
    return scenario;
}

static struct sim_scenario *read_again(const char *text, size_t size, const char *oracle)
{
    struct sim_scenario_error error;
    struct sim_scenario      *scenario = read(text, size, &error);
    FUZZ_CHECK(scenario, oracle, "%s\n%.*s", error.text, (int)size, text);
    return scenario;
}

typedef char *writer(const struct sim_plan *, const struct sim_always *, size_t, struct sim_message *);

static char *write_as(writer *write, const struct sim_plan *plan, const struct sim_scenario *claims, const char *oracle)
{
    struct sim_message       message;
    size_t                   count;
    const struct sim_always *always = sim_scenario_always(claims, &count);
    char                    *text = write(plan, always, count, &message);
    FUZZ_CHECK(text, oracle, "%s", message.text);
    return text;
}

static char *written(const struct sim_scenario *scenario)
{
    return write_as(sim_scenario_write, sim_scenario_plan(scenario), scenario, "scenario-written");
}

static size_t encode(const struct sim_scenario *scenario, unsigned which)
{
    size_t size = sim_plan_encode(sim_scenario_plan(scenario), code[which], CODE);
    FUZZ_CHECK(size <= CODE, "scenario-code", "%zu bytes", size);
    return size;
}

static void judge_text(const char *text, const char *other, const char *oracle)
{
    size_t at = 0;
    while (text[at] && text[at] == other[at])
        at++;
    size_t line = at;
    while (line && text[line - 1] != '\n')
        line--;
    FUZZ_CHECK(!text[at] && !other[at], oracle, "%.200s\nread as\n%.200s", text + line, other + line);
}

static void judge_code(const struct sim_scenario *scenario, const char *text)
{
    struct sim_message message;
    struct sim_plan    plan;
    size_t             size = encode(scenario, 0);
    FUZZ_CHECK(sim_plan_decode(&plan, code[0], size, &host, &message), "scenario-code", "%s", message.text);
    FUZZ_CHECK(sim_plan_encode(&plan, code[1], CODE) == size && !memcmp(code[0], code[1], size), "scenario-code",
               "it reads as another");
    char *again = write_as(sim_scenario_write, &plan, scenario, "scenario-code");
    judge_text(text, again, "scenario-code");
    free(again);
    sim_plan_release(&plan, &host);
}

static void judge_same(const struct sim_scenario *scenario, const char *text, size_t size)
{
    struct sim_scenario *again = read_again(text, size, "scenario-same");
    size_t               length = encode(scenario, 0);
    FUZZ_CHECK(encode(again, 1) == length && !memcmp(code[0], code[1], length), "scenario-same", "%zu bytes", length);
    sim_scenario_close(again);
}

/* `text` is the whole form; `form`, it or the short one, reads as what it says. */
static void judge_written(const char *form, const char *text, const char *oracle)
{
    struct sim_scenario *second = read_again(form, strlen(form), oracle);
    char                *again = written(second);
    judge_text(text, again, oracle);
    sim_scenario_close(second);
    free(again);
}

/* Is there a "count", and behind it a number that is too large? */
static bool asks_for_many(const char *text, size_t size)
{
    for (size_t i = 0; i + 5 < size; i++) {
        if (memcmp(text + i, "count", 5))
            continue;
        size_t   at = i + 5;
        unsigned number = 0;
        while (at < size && (unsigned)(text[at] - '0') > 9 && at < i + 12)
            at++;
        for (; at < size && (unsigned)(text[at] - '0') <= 9 && number <= NODES; at++)
            number = 10 * number + (unsigned)(text[at] - '0');
        if (number > NODES)
            return true;
    }
    return false;
}

/* One value of an axis, put in as a cell of the grid has it. */
static void judge_cell(const char *path, const char *value, const char *text, size_t size)
{
    struct sim_scenario_error error;
    char                      set[600], head[640];
    const char               *sets[] = {set};
    if (snprintf(set, sizeof set, "%s=%s", path, value) >= (int)sizeof set)
        return;
    const struct sim_scenario_options options = {.file = NAME, .sets = sets, .set_count = 1};
    struct sim_scenario              *cell = asks_for_many(set, strlen(set)) ? NULL : sim_scenario_read(&options, text, size, &error);
    if (!cell && !asks_for_many(set, strlen(set)) && strncmp(error.text, NAME ":", strlen(NAME ":"))) {
        snprintf(head, sizeof head, "--set %.60s", set);
        FUZZ_CHECK(!strncmp(error.text, head, strlen(head)), "scenario-cell", "%s is not %s...", error.text, head);
    }
    if (cell)
        sim_scenario_close(cell);
}

static void judge_cells(const struct sim_scenario *scenario, const char *text, size_t size)
{
    size_t                 count;
    bool                   zip;
    const struct sim_axis *axes = sim_scenario_axes(scenario, &count, &zip);
    for (size_t i = 0; i < count && i < 2; i++)
        for (size_t value = 0; value < axes[i].value_count && value < 2; value++)
            judge_cell(axes[i].paths[0], axes[i].values[value], text, size);
}

static void judge(const struct sim_scenario *scenario, const char *text, size_t size)
{
    char *whole = written(scenario);
    char *brief = write_as(sim_scenario_write_short, sim_scenario_plan(scenario), scenario, "scenario-short");
    judge_same(scenario, text, size);
    judge_cells(scenario, text, size);
    judge_code(scenario, whole);
    judge_written(whole, whole, "scenario-written");
    judge_written(brief, whole, "scenario-short");
    free(whole);
    free(brief);
}

/* Bytes that stay. */
static size_t read_once(const char *text, size_t size)
{
    struct sim_scenario_error error;
    size_t                    before = held();
    struct sim_scenario      *scenario = read(text, size, &error);
    size_t                    taken = held() - before;
    FUZZ_CHECK(held() < before || taken <= MEMORY, "scenario-memory", "%zu bytes for %zu", taken, size);
    bool excused = !scenario && is_of_library(&error);
    if (scenario) {
        judge(scenario, text, size);
        sim_scenario_close(scenario);
    } else {
        judge_error(text, size, &error);
    }
    return excused ? 0 : held() - before;
}

/* What stays stays each time. Once only it may be another's: of the fuzzer's own thread that just begins. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    if (size > LONGEST || asks_for_many(text, size) || read_once(text, size) == 0)
        return 0;
    size_t stay = read_once(text, size);
    FUZZ_CHECK(stay == 0, "scenario-memory", "%zu bytes stay", stay);
    return 0;
}
