/* warren schema: every key of a scenario file, from the rows that read it. */

#include "load.h"

#include <jansson.h>
#include <string.h>

static const char doc[] = "Print every key that a scenario may have: type, default, meaning.\v"
                          "Examples:\n"
                          "  warren schema | less\n"
                          "  warren schema --json | jq '.[] | select(.section == \"timeline\")'";

static const struct argp_option options[] = {{"json", 'j', NULL, 0, "as JSON", 0}, {0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    bool *json = state->input;
    if (key == ARGP_KEY_ARG)
        usage_error("warren schema", "'%s' is one word too many; warren schema takes none", argument);
    if (key != 'j')
        return ARGP_ERR_UNKNOWN;
    *json = true;
    return 0;
}

/* In words: what happens when the key is not there. */
static const char *absent(const struct sim_scenario_key *key)
{
    return !key->built ? "" : !key->fallback ? "" : key->fallback[0] ? key->fallback : "(required)";
}

static void print_table(void)
{
    struct sim_scenario_key key;
    const char *section = "";
    for (size_t i = 0; sim_scenario_schema(i, &key); i++) {
        if (strcmp(section, key.section) != 0)
            printf("%s%s\n", i ? "\n" : "", key.section);
        section = key.section;
        if (key.built)
            printf("  %-14s %-18.60s %-22s %s\n", key.name, strchr(key.type, ' ') && strlen(key.type) > 18 ? "word" : key.type,
                   absent(&key), key.doc);
        else
            printf("  %-14s not built yet: %s\n", key.name, key.doc);
    }
}

static void print_json(void)
{
    struct sim_scenario_key key;
    json_t *all = json_array();
    for (size_t i = 0; sim_scenario_schema(i, &key); i++)
        json_array_append_new(all,
                              json_pack("{s:s, s:s, s:s, s:s?, s:b, s:b, s:s}", "section", key.section, "key", key.name, "type",
                                        key.type, "default", key.fallback && key.fallback[0] ? key.fallback : NULL, "required",
                                        key.fallback && !key.fallback[0], "built", (int)key.built, "doc", key.doc));
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
}

int command_schema(int argc, char **argv)
{
    static const struct argp argp = {.options = options, .parser = parse, .doc = doc};
    bool json = false;
    parse_arguments(&argp, "warren schema", argc, argv, &json);
    if (json)
        print_json();
    else
        print_table();
    close_output("warren schema", "standard output", stdout);
    return EXIT_GOOD;
}
