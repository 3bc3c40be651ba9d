/* Fills the template of warren-scenario(5): the rows that read scenarios are the page's tables, so that the two cannot drift apart.
 * Usage: warren-manual TEMPLATE > PAGE */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/scenario.h"
#include "sim/world.h"

/* Text that roff leaves alone. */
static void put(const char *text)
{
    for (const char *at = text; *at; at++) {
        if (at == text && (*at == '.' || *at == '\''))
            fputs("\\&", stdout);
        fputs(*at == '\\' ? "\\e" : *at == '-' ? "\\-" : (char[]){*at, '\0'}, stdout);
    }
}

static void put_entry(const char *name, const char *doc)
{
    fputs(".TP\n.B ", stdout);
    put(name);
    putchar('\n');
    put(doc);
    putchar('\n');
}

static void put_line(const char *label, const char *text)
{
    if (!text || !text[0])
        return;
    printf(".br\n%s: ", label);
    put(text);
    putchar('\n');
}

static void put_keys(void)
{
    struct sim_scenario_key key;
    const char *section = "";
    for (size_t i = 0; sim_scenario_schema(i, &key); i++) {
        if (strcmp(section, key.section) != 0) {
            fputs(".SS ", stdout);
            put(key.place[0] ? key.place : "The whole file");
            putchar('\n');
        }
        section = key.section;
        put_entry(key.name, key.doc);
        if (!key.built) {
            put_line("Not built yet", "it is refused");
            continue;
        }
        if (strcmp(key.type, "section") != 0)
            put_line(key.choices ? "One of" : "Type", key.type);
        put_line("Default", key.fallback && !key.fallback[0] ? "none, it must be there" : key.fallback);
        put_line("Range", key.range);
        put_line("Example", key.example);
    }
}

/* What each type takes, once. */
static void put_types(void)
{
    struct sim_scenario_key key, before;
    for (size_t i = 0; sim_scenario_schema(i, &key); i++) {
        bool known = key.choices || !key.right[0];
        for (size_t j = 0; j < i && !known; j++)
            known = sim_scenario_schema(j, &before) && strcmp(before.type, key.type) == 0;
        if (!known)
            put_entry(key.type, key.right);
    }
}

static void put_words(bool event)
{
    struct sim_scenario_word word;
    for (size_t i = 0; sim_scenario_word(i, &word); i++) {
        if (word.event != event)
            continue;
        put_entry(word.word, word.doc);
        put_line("Needs", word.needs);
        put_line("May have", word.may);
        put_line("Example", word.example);
    }
}

static void put_invariants(void)
{
    struct sim_invariant row;
    for (size_t i = 0; sim_rule_row(i, &row); i++) {
        put_entry(row.id, row.meaning);
        put_line("Bound", row.bound);
    }
}

static void put_marks(void)
{
    for (size_t i = 0; sim_mark_name(i); i++) {
        fputs(i ? ", " : "", stdout);
        put(sim_mark_name(i));
        fputs(i % 6 == 5 ? "\n" : "", stdout);
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    char line[1024];
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (!file) {
        fputs("warren-manual: no template; warren-manual TEMPLATE\n", stderr);
        return 2;
    }
    while (fgets(line, sizeof line, file)) {
        if (strcmp(line, "@KEYS@\n") == 0)
            put_keys();
        else if (strcmp(line, "@TYPES@\n") == 0)
            put_types();
        else if (strcmp(line, "@EVENTS@\n") == 0)
            put_words(true);
        else if (strcmp(line, "@CLAIMS@\n") == 0)
            put_words(false);
        else if (strcmp(line, "@INVARIANTS@\n") == 0)
            put_invariants();
        else if (strcmp(line, "@MARKS@\n") == 0)
            put_marks();
        else
            fputs(line, stdout);
    }
    fclose(file);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 3;
}
