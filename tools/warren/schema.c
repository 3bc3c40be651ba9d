/* warren schema: every key of a scenario file, from the rows that read it. */

#include "load.h"

#include <jansson.h>
#include <string.h>

static const char doc[] = "Print every key that a scenario may have: type, default, meaning.\v"
                          "Examples:\n"
                          "  warren schema | less\n"
                          "  warren schema --json | jq '.[] | select(.section == \"timeline\")'\n"
                          "  warren schema --json-schema > warren.schema.json   # for editors; then in a scenario:\n"
                          "                               # yaml-language-server: $schema=warren.schema.json";

enum form { FORM_TABLE, FORM_ROWS, FORM_SCHEMA };

static const struct argp_option options[] = {{"json", 'j', NULL, 0, "the rows as JSON", 0},
                                             {"json-schema", 's', NULL, 0, "as JSON Schema (draft 2020-12), for editors", 0},
                                             {0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    enum form *form = state->input;
    if (key == ARGP_KEY_ARG)
        usage_error("warren schema", "'%s' is one word too many; warren schema takes none", argument);
    if (key != 'j' && key != 's')
        return ARGP_ERR_UNKNOWN;
    *form = key == 'j' ? FORM_ROWS : FORM_SCHEMA;
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
                              json_pack("{s:s, s:s, s:s, s:s, s:s?, s:b, s:b, s:s, s:s, s:s, s:s}", "section", key.section, "key",
                                        key.name, "place", key.place, "type", key.type, "default",
                                        key.fallback && key.fallback[0] ? key.fallback : NULL, "required",
                                        key.fallback && !key.fallback[0], "built", (int)key.built, "doc", key.doc, "values",
                                        key.right, "range", key.range, "example", key.example));
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
}

/* JSON Schema. --------------------------------------------------------------------------------------------------------------- */

static json_t *reference(const char *section)
{
    char text[64];
    snprintf(text, sizeof text, "#/$defs/%.40s", section);
    return json_pack("{s:s}", "$ref", text);
}

/* What stands below a key that is a section of its own. */
static json_t *below(const struct sim_scenario_key *key)
{
    static const struct { const char *name, *form, *section; } sections[] = {
        {"limits", "one", "limits"},   {"paths", "map", "path"},       {"nats", "map", "nat"},
        {"nodes", "map", "node"},      {"tunnels", "list", "tunnel"},  {"traffic", "list", "traffic"},
        {"timeline", "list", "timeline"}, {"expect", "list", "expect"}, {"up", "one", "path"}, {"down", "one", "path"},
    };
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        if (strcmp(sections[i].name, key->name) != 0)
            continue;
        json_t *of = reference(sections[i].section);
        if (sections[i].form[0] == 'o')
            return of;
        if (sections[i].form[0] == 'l')
            return json_pack("{s:s, s:o}", "type", "array", "items", of);
        return json_pack("{s:s, s:o}", "type", "object", "additionalProperties",
                         json_pack("{s:[o, {s:s}]}", "anyOf", of, "type", "null"));
    }
    return json_object(); /* a selector, a list of addresses: anything */
}

static json_t *property(const struct sim_scenario_key *key)
{
    json_t *made;
    if (key->choices) {
        json_t *words = json_array();
        for (const char *at = key->choices; *at; at += strcspn(at, " "), at += strspn(at, " "))
            if (*at != '!')
                json_array_append_new(words, json_stringn(at, strcspn(at, " ")));
        made = json_pack("{s:o}", "enum", words);
    } else if (strcmp(key->type, "section") == 0) {
        made = below(key);
    } else if (strcmp(key->type, "number") == 0) {
        made = json_pack("{s:s}", "type", "integer");
        if (key->most) {
            json_object_set_new(made, "minimum", json_integer((json_int_t)key->least));
            json_object_set_new(made, "maximum", json_integer((json_int_t)key->most));
        }
    } else if (strcmp(key->type, "boolean") == 0) {
        made = json_pack("{s:s}", "type", "boolean");
    } else {
        made = json_pack("{s:[s, s, s]}", "type", "string", "number", "boolean");
    }
    json_object_set_new(made, "description", json_sprintf("%s%s%s", key->doc, key->right[0] ? "; " : "", key->right));
    if (key->fallback && key->fallback[0])
        json_object_set_new(made, "default", json_string(key->fallback));
    if (key->example[0] && strcmp(key->type, "section") != 0 && strcmp(key->type, "boolean") != 0
        && strcmp(key->type, "number") != 0)
        json_object_set_new(made, "examples", json_pack("[s]", key->example));
    return made;
}

static void print_schema(void)
{
    struct sim_scenario_key key;
    json_t *all = json_object();
    for (size_t i = 0; sim_scenario_schema(i, &key); i++) {
        json_t *section = json_object_get(all, key.section);
        if (!section) {
            section = json_pack("{s:s, s:b, s:{}, s:[]}", "type", "object", "additionalProperties", 0, "properties", "required");
            json_object_set_new(all, key.section, section);
        }
        if (!key.built)
            continue;
        json_object_set_new(json_object_get(section, "properties"), key.name, property(&key));
        if (key.fallback && !key.fallback[0])
            json_array_append_new(json_object_get(section, "required"), json_string(key.name));
    }
    json_t *root = json_pack("{s:s, s:s, s:s, s:o}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
                             "warren scenario", "$ref", "#/$defs/scenario", "$defs", all);
    json_dumpf(root, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(root);
}

int command_schema(int argc, char **argv)
{
    static const struct argp argp = {.options = options, .parser = parse, .doc = doc};
    enum form form = FORM_TABLE;
    parse_arguments(&argp, "warren schema", argc, argv, &form);
    if (form == FORM_ROWS)
        print_json();
    else if (form == FORM_SCHEMA)
        print_schema();
    else
        print_table();
    close_output("warren schema", "standard output", stdout);
    return EXIT_GOOD;
}
