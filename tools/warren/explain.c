/* warren explain: one word of the scenario language, or of the report. */

#include "load.h"

#include <stdlib.h>
#include <string.h>

#include "sim/world.h"

#define NAME "warren explain"
#define NAMES_MAX 512

static const char doc[] = "Say what a key, an event, a claim, an invariant or a mark means.\v"
                          "Examples:\n"
                          "  warren explain paths.loss\n"
                          "  warren explain timeline.do.flood\n"
                          "  warren explain keepalive\n"
                          "  warren explain expect.that.delivered\n"
                          "  warren explain S8\n"
                          "  warren explain mark.cookie_reply_sent\n"
                          "\n"
                          "Paths of --set work too: warren explain paths.lte.up.delay";

static error_t parse(int key, char *argument, struct argp_state *state)
{
    const char **word = state->input;
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (*word)
        usage_error(NAME, "'%s' is one word too many; one key", argument);
    *word = argument;
    return 0;
}

/* The default, which for some keys stands at the end of their doc: [none]. */
static void print_default(const struct sim_scenario_key *key)
{
    const char *open = strrchr(key->doc, '[');
    size_t length = strlen(key->doc);
    if (key->fallback && !key->fallback[0])
        puts("  default   none: it must be there");
    else if (key->fallback)
        printf("  default   %s\n", key->fallback);
    else if (open && key->doc[length - 1] == ']')
        printf("  default   %.*s\n", (int)(strlen(open) - 2), open + 1);
}

static void print_key(const struct sim_scenario_key *key)
{
    size_t length = strlen(key->doc);
    const char *open = key->doc[length - 1] == ']' && !key->fallback ? strrchr(key->doc, '[') : NULL;
    if (open && open > key->doc)
        length = (size_t)(open - 1 - key->doc);
    printf("%s%s%s\n  %.*s\n", key->place, key->place[0] ? "." : "", key->name, (int)length, key->doc);
    if (!key->built) {
        puts("  not built yet: it is refused");
        return;
    }
    if (key->choices) {
        printf("  values   ");
        for (const char *at = key->choices; *at; at += strcspn(at, " "), at += strspn(at, " "))
            if (*at != '!')
                printf(" %.*s", (int)strcspn(at, " "), at);
        putchar('\n');
    } else {
        printf("  type      %s\n", key->type);
        if (key->right[0])
            printf("  values    %s\n", key->right);
    }
    print_default(key);
    if (key->range[0])
        printf("  range     %s\n", key->range);
    if (key->example[0])
        printf("  example   %s: %s\n", key->name, key->example);
}

static int trimmed(const char *words)
{
    size_t length = strlen(words);
    while (length && words[length - 1] == ' ')
        length--;
    return (int)length;
}

static void print_word(const struct sim_scenario_word *word)
{
    printf("%s.%s\n  %s\n", word->event ? "timeline.N.do" : "expect.N.that", word->word, word->doc);
    if (word->event)
        printf("  needs     at%s%.*s\n  may have  id%s%.*s\n", word->needs[0] ? " " : "", trimmed(word->needs), word->needs,
               word->may[0] ? " " : "", trimmed(word->may), word->may);
    if (word->example[0])
        printf("  example   - %s\n", word->example);
}

/* Is `part` the section, by its own name or by that of its place: path, paths? */
static bool is_section(const struct sim_scenario_key *key, const char *part)
{
    size_t length = strcspn(key->place, ".");
    return strcmp(key->section, part) == 0 || (length && strlen(part) == length && memcmp(key->place, part, length) == 0);
}

static bool print_section(const char *part)
{
    struct sim_scenario_key key;
    bool any = false;
    for (size_t i = 0; sim_scenario_schema(i, &key); i++) {
        if (!is_section(&key, part))
            continue;
        if (!any)
            printf("%s\n", key.place[0] ? key.place : "a scenario");
        any = true;
        printf("  %-14s %s\n", key.name, key.built ? key.doc : "not built yet");
    }
    return any;
}

/* Keys of that name, in one section or (null) in all. */
static size_t print_keys(const char *section, const char *name)
{
    struct sim_scenario_key key;
    size_t count = 0;
    for (size_t i = 0; sim_scenario_schema(i, &key); i++)
        if (strcmp(key.name, name) == 0 && (!section || is_section(&key, section))) {
            printf("%s", count ? "\n" : "");
            print_key(&key);
            count++;
        }
    return count;
}

/* Events and claims of that name; `which`: 'e', 'c', or 0 for both. */
static size_t print_words(const char *name, char which)
{
    struct sim_scenario_word word;
    size_t count = 0;
    for (size_t i = 0; sim_scenario_word(i, &word); i++)
        if (strcmp(word.word, name) == 0 && (!which || word.event == (which == 'e'))) {
            print_word(&word);
            count++;
        }
    return count;
}

static bool print_invariant(const char *name)
{
    struct sim_invariant row;
    for (size_t i = 0; sim_rule_row(i, &row); i++)
        if (strcmp(row.id, name) == 0) {
            printf("%s\n  %s\n  %s, %s\n  bound     %s\n", row.id, row.meaning,
                   name[0] == 'S'   ? "safety: checked after every event"
                   : name[0] == 'L' ? "liveness: a deadline that is armed when something promises it"
                                    : "of the simulator itself: checked after every event",
                   "in every world unless 'checks' says less", row.bound);
            if (name[0] != 'T')
                printf("  example   - {always: %s}\n", row.id);
            return true;
        }
    return false;
}

static bool print_mark(const char *name)
{
    for (size_t i = 0; sim_mark_name(i); i++)
        if (strcmp(sim_mark_name(i), name) == 0) {
            printf("mark.%s\n  a place worth reaching, counted over the whole run and reported also when it never was\n"
                   "  example   - {sometimes: mark.%s}\n",
                   name, name);
            return true;
        }
    return false;
}

static _Noreturn void unknown(const char *text, const char *last)
{
    const char *names[NAMES_MAX];
    struct sim_scenario_key key;
    struct sim_scenario_word word;
    size_t count = 0;
    for (size_t i = 0; sim_scenario_schema(i, &key) && count < NAMES_MAX - 1; i++)
        names[count++] = key.name;
    for (size_t i = 0; sim_scenario_word(i, &word) && count < NAMES_MAX - 1; i++)
        names[count++] = word.word;
    for (size_t i = 0; sim_mark_name(i) && count < NAMES_MAX - 1; i++)
        names[count++] = sim_mark_name(i);
    names[count] = NULL;
    const char *guess = sim_scenario_guess(last, names);
    usage_error(NAME, "'%s' is nothing that can be explained; %s%s%s", text,
                guess ? "did you mean '" : "warren schema prints every key",
                guess ? guess : "", guess ? "'?" : "");
}

int command_explain(int argc, char **argv)
{
    static const struct argp argp = {.parser = parse, .args_doc = "KEY", .doc = doc};
    const char *text = NULL;
    parse_arguments(&argp, NAME, argc, argv, &text);
    if (!text || !*text)
        usage_error(NAME, "no key; such as paths.loss, timeline.do.flood, S8 or mark.session");
    const char *dot = strrchr(text, '.'), *last = dot ? dot + 1 : text;
    char first[64];
    snprintf(first, sizeof first, "%.*s", (int)strcspn(text, "."), text);
    bool found;
    if (strcmp(first, "mark") == 0 && dot) {
        found = print_mark(text + 5);
    } else if (!dot) {
        found = print_invariant(text) || print_section(text);
        if (!found) {
            size_t keys = print_keys(NULL, text);
            found = print_words(text, 0) + keys > 0;
        }
    } else {
        bool event = strcmp(first, "timeline") == 0 || strcmp(first, "do") == 0, claim = !event && strstr(text, "that.") != NULL;
        found = (event || claim) && print_words(last, event ? 'e' : 'c');
        char before[64]; /* nodes.hub.limits.window is a key of limits */
        snprintf(before, sizeof before, "%.*s", (int)(dot - text), text);
        const char *behind = strrchr(before, '.');
        found = found || print_keys(first, last) || (behind && print_keys(behind + 1, last));
    }
    if (!found)
        unknown(text, last);
    close_output(NAME, "standard output", stdout);
    return EXIT_GOOD;
}
