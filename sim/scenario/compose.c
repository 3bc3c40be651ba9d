/* One scenario from several files: profiles that it includes, and storms that the command line lays over it. */

#include "tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool scn_is_near(const char *name)
{
    return name[0] && name[0] != '/' && !strstr(name, "..") && !strchr(name, '\\');
}

char *scn_beside(struct scn_reader *reader, const struct scn_source *source, const char *name)
{
    const char *slash = strrchr(source->name, '/');
    size_t folder = slash ? (size_t)(slash + 1 - source->name) : 0, length = strlen(name);
    char *path = scn_alloc(reader, folder + length + 1);
    if (path) {
        memcpy(path, source->name, folder);
        memcpy(path + folder, name, length + 1);
    }
    return path;
}

bool scn_load(struct scn_reader *reader, const char *name, struct scn_source *source, const char **why)
{
    FILE *file = fopen(name, "rb");
    char *text = file ? malloc(SCN_FILE_BYTES + 1) : NULL;
    *why = !file ? strerror(errno) : "out of memory";
    if (text) {
        size_t size = fread(text, 1, SCN_FILE_BYTES + 1, file);
        *why = ferror(file) ? strerror(errno) : "out of memory";
        source->name = name;
        source->text = ferror(file) ? NULL : scn_copy(reader, text, size);
        source->size = size;
    }
    free(text);
    if (file)
        fclose(file);
    return text && source->text;
}

static struct scn_node *parse_file(struct scn_reader *reader, struct scn_source *source)
{
    struct scn_node *root = scn_parse(reader, source);
    if (!root)
        return NULL;
    root->source = source;
    if (root->first && strcmp(root->first->key, "warren") == 0 && root->first->kind == SCN_TEXT
        && strcmp(root->first->text, "1") == 0)
        return root;
    scn_fail_key(reader, root->first ? root->first : root, "the first key is not 'warren: 1', the format version");
    return NULL;
}

static bool has_word(const char *words, const char *word)
{
    char between[80];
    snprintf(between, sizeof between, " %.70s ", word);
    return strstr(words, between) != NULL;
}

static bool check_keys(struct scn_reader *reader, const struct scn_node *root, const char *words, const char *what)
{
    for (const struct scn_node *node = root->first->next; node; node = node->next)
        if (!has_word(words, node->key))
            return scn_fail_key(reader, node, "'%s' in %s; only%.*s", node->key, what, (int)strlen(words) - 1, words);
    return true;
}

static void join(struct scn_node *into, struct scn_node *from, bool front)
{
    if (!from->first)
        return;
    if (front) {
        from->last->next = into->first;
        into->last = into->last ? into->last : from->last;
        into->first = from->first;
    } else {
        *(into->last ? &into->last->next : &into->first) = from->first;
        into->last = from->last;
    }
    into->count += from->count;
}

/* Names are unique whatever file they stand in. Limits are single values: those of the including file win. */
static bool join_names(struct scn_reader *reader, struct scn_node *into, struct scn_node *from, bool front)
{
    bool limits = front && strcmp(into->key, "limits") == 0;
    struct scn_node kept = {.kind = SCN_MAP};
    for (struct scn_node *node = from->first, *next; node; node = next) {
        next = node->next;
        node->next = NULL;
        const struct scn_slot *there = scn_table_find(&reader->keys, into, node->key);
        if (there && !limits) {
            const struct scn_node *mine = scn_child(into, node->key), *later = front ? mine : node, *first = front ? node : mine;
            return scn_fail_key(reader, later, "'%s' stands here a second time; %.300s:%u has it already", node->key,
                                first->source->name, first->key_line);
        }
        if (there)
            continue;
        if (!scn_table_add(reader, &reader->keys, (struct scn_slot){.space = into, .name = node->key, .number = node->key_line}))
            return false;
        *(kept.last ? &kept.last->next : &kept.first) = node;
        kept.last = node;
        kept.count++;
    }
    join(into, &kept, front);
    return true;
}

static bool is_empty(const struct scn_node *node)
{
    return node->kind == SCN_TEXT && !node->text[0];
}

/* Every section of `from` into that of `into`. */
static bool merge(struct scn_reader *reader, struct scn_node *into, struct scn_node *from, bool front)
{
    for (struct scn_node *section = from->first->next, *next; section; section = next) {
        next = section->next;
        if (strcmp(section->key, "include") == 0 || is_empty(section))
            continue;
        struct scn_node *there = scn_child(into, section->key);
        if (!there) {
            section->next = NULL;
            into->last->next = section;
            into->last = section;
            into->count++;
            continue;
        }
        if (is_empty(there)) { /* "paths:" and nothing behind it */
            there->kind = section->kind;
            there->source = section->source;
        }
        if (there->kind != section->kind || section->kind == SCN_TEXT)
            return scn_fail(reader, section, "%s is no %s, as it is in %.300s; the same in both", section->key,
                            there->kind == SCN_MAP ? "map" : "list", there->source->name);
        if (section->kind == SCN_MAP ? !join_names(reader, there, section, front) : (join(there, section, front), false))
            return false;
    }
    return true;
}

static bool take_includes(struct scn_reader *reader, struct scn_node *root, struct scn_source *source, uint32_t depth);

/* The file behind one entry of `include`, into `all`. */
static bool take_include(struct scn_reader *reader, struct scn_node *all, const struct scn_node *entry,
                         struct scn_source *source, uint32_t depth)
{
    const char *why;
    if (entry->kind != SCN_TEXT || !scn_is_near(entry->text))
        return scn_fail(reader, entry, "include: '%.100s' is not below the folder of this file; a name without '..'",
                        entry->kind == SCN_TEXT ? entry->text : "");
    if (depth > SCN_INCLUDES)
        return scn_fail(reader, entry, "include: more than %u files deep; fewer", SCN_INCLUDES);
    char *name = scn_beside(reader, source, entry->text);
    struct scn_source *file = name ? scn_alloc(reader, sizeof *file) : NULL;
    if (!file)
        return false;
    bool circle = strcmp(source->name, name) == 0;
    for (const struct scn_source *other = reader->sources; other; other = other->next) {
        circle = circle || (strcmp(other->name, name) == 0 && other->open);
        if (strcmp(other->name, name) == 0 && !other->open)
            return true; /* by another way already */
    }
    if (circle || strcmp(reader->source->name, name) == 0)
        return scn_fail(reader, entry, "include: '%.100s' includes itself, by this; no circles", entry->text);
    if (!scn_load(reader, name, file, &why))
        return scn_fail(reader, entry, "include: '%.100s' cannot be read: %s; a file with paths, nats, limits", entry->text, why);
    file->from = source;
    file->from_line = entry->line;
    file->open = true;
    file->next = reader->sources;
    reader->sources = file;
    struct scn_node *root = parse_file(reader, file);
    bool good = root && check_keys(reader, root, " include paths nats limits ", "an included file")
                && take_includes(reader, root, file, depth) && merge(reader, all, root, false);
    file->open = false;
    return good;
}

static bool take_includes(struct scn_reader *reader, struct scn_node *root, struct scn_source *source, uint32_t depth)
{
    const struct scn_node *list = scn_child(root, "include");
    if (!list)
        return true;
    if (list->kind != SCN_LIST)
        return scn_fail(reader, list, "include is no list; [profiles/isp.yaml]");
    struct scn_node all = {.kind = SCN_MAP, .source = source}, version = {.kind = SCN_TEXT, .text = "1", .key = "warren"};
    all.first = all.last = &version;
    for (const struct scn_node *entry = list->first; entry; entry = entry->next)
        if (!take_include(reader, &all, entry, source, depth + 1))
            return false;
    return merge(reader, root, &all, true);
}

bool scn_compose(struct scn_reader *reader, struct scn_node *root, const struct sim_scenario_options *options)
{
    if (!take_includes(reader, root, reader->source, 0))
        return false;
    for (size_t i = 0; i < options->with_count; i++) {
        struct scn_source *file = scn_alloc(reader, sizeof *file);
        const char *why;
        if (!file)
            return false;
        file->name = options->withs[i];
        if (!scn_load(reader, options->withs[i], file, &why)) {
            struct scn_node nothing = {.source = file};
            return scn_fail(reader, &nothing, "cannot be read: %s; a file for --with", why);
        }
        struct scn_node *over = parse_file(reader, file);
        if (!over
            || !check_keys(reader, over, " name include paths nats nodes traffic timeline expect ", "a file for --with")
            || !take_includes(reader, over, file, 0))
            return false;
        struct scn_node *name = over->first->next; /* its name is for readers */
        if (name && strcmp(name->key, "name") == 0)
            over->first->next = name->next;
        if (!merge(reader, root, over, false))
            return false;
    }
    return true;
}
