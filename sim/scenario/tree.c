/* libfyaml's events into a tree. The library is only the parser: it never resolves, never types, and its messages are the last
 * resort for plain syntax errors. */

#include "tree.h"

#include "text.h"

#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Text that YAML allows and a scenario needs: UTF-8 without control characters. Checked first, so that the parser sees no others.
 */
static size_t utf8_length(const unsigned char *at, size_t left)
{
    if (at[0] < 0x80)
        return (at[0] >= ' ' && at[0] != 127) || at[0] == '\n' || at[0] == '\t' || (at[0] == '\r' && left > 1 && at[1] == '\n');
    size_t length = at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : at[0] >= 0xe0 && at[0] < 0xf0 ? 3 : at[0] >= 0xf0 && at[0] < 0xf5 ? 4 : 0;
    if (length == 0 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf0 && at[1] < 0x90)
        || (at[0] == 0xf4 && at[1] > 0x8f))
        return 0;
    /* U+2028, U+2029 and U+0085 are line breaks to some and not to others, as is a carriage return alone. */
    if ((at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0xa8 || at[2] == 0xa9)) || (at[0] == 0xc2 && at[1] < 0xa0))
        return 0;
    return length;
}

static bool check_text(struct scn_reader *reader)
{
    const unsigned char *text = (const unsigned char *)reader->source->text;
    const size_t size = reader->source->size;
    uint32_t line = 1, column = 1;
    for (size_t i = 0; i < size;) {
        size_t length = utf8_length(text + i, size - i);
        if (length == 0)
            return scn_fail_at(reader, line, column, "byte 0x%02x is no text; UTF-8 without control characters", text[i]);
        if (text[i] == '\t' && column == 1)
            return scn_fail_at(reader, line, column, "a line begins with a tab; indent with spaces");
        column = text[i] == '\n' ? 1 : column + 1;
        line += text[i] == '\n';
        i += length;
    }
    return true;
}

struct scn_node *scn_append(struct scn_reader *reader, struct scn_node *parent, enum scn_kind kind)
{
    struct scn_node *node = scn_alloc(reader, sizeof *node);
    if (!node)
        return NULL;
    node->kind = kind;
    node->source = reader->source;
    if (parent) {
        *(parent->last ? &parent->last->next : &parent->first) = node;
        parent->last = node;
        parent->count++;
    }
    return node;
}

struct scn_node *scn_child(const struct scn_node *map, const char *key)
{
    for (struct scn_node *node = map->kind == SCN_MAP ? map->first : NULL; node; node = node->next)
        if (strcmp(node->key, key) == 0)
            return node;
    return NULL;
}

struct scn_node *scn_nth(const struct scn_node *list, uint64_t index)
{
    struct scn_node *node = list->first;
    while (node && index--)
        node = node->next;
    return node;
}

/* The state of building: open containers and a key that waits for its value. */
struct builder {
    struct scn_node *open[SCN_DEPTH];
    uint32_t         depth;
    const char      *key;
    uint32_t         key_line, key_column;
    struct scn_node *root;
};

static void place(const struct fy_event *event, uint32_t *line, uint32_t *column)
{
    struct fy_event copy = *event;
    const struct fy_mark *mark = fy_event_start_mark(&copy);
    *line = mark && mark->line >= 0 ? (uint32_t)mark->line + 1 : 1;
    *column = mark && mark->column >= 0 ? (uint32_t)mark->column + 1 : 1;
}

static bool take_key(struct scn_reader *reader, struct builder *build, const struct fy_event *event, const char *text,
                     size_t length)
{
    place(event, &build->key_line, &build->key_column);
    if (length == 0 || length > 80)
        return scn_fail_at(reader, build->key_line, build->key_column, "a key of %zu characters; 1 to 80", length);
    build->key = scn_copy(reader, text, length);
    struct scn_node *map = build->open[build->depth - 1];
    const struct scn_slot *other = build->key ? scn_table_find(&reader->keys, map, build->key) : NULL;
    if (other)
        return scn_fail_at(reader, build->key_line, build->key_column, "'%s' stands here a second time; line %u has it already",
                           build->key, other->number);
    return build->key
           && scn_table_add(reader, &reader->keys,
                            (struct scn_slot){.space = map, .name = build->key, .number = build->key_line});
}

static struct scn_node *add(struct scn_reader *reader, struct builder *build, const struct fy_event *event, enum scn_kind kind)
{
    uint32_t line, column;
    place(event, &line, &column);
    if (++reader->nodes > SCN_NODES) {
        scn_fail_at(reader, line, column, "more than %u values; use 'count:' for many nodes of one kind", SCN_NODES);
        return NULL;
    }
    struct scn_node *parent = build->depth ? build->open[build->depth - 1] : NULL;
    if (!parent && build->root) {
        scn_fail_at(reader, line, column, "a second document; one scenario per file");
        return NULL;
    }
    struct scn_node *node = scn_append(reader, parent, kind);
    if (!node)
        return NULL;
    node->line = line;
    node->column = column;
    if (parent && parent->kind == SCN_MAP) {
        node->key = build->key;
        node->key_line = build->key_line;
        node->key_column = build->key_column;
        build->key = NULL;
    } else if (!parent) {
        build->root = node;
    }
    return node;
}

static bool open_container(struct scn_reader *reader, struct builder *build, const struct fy_event *event, enum scn_kind kind)
{
    uint32_t line, column;
    place(event, &line, &column);
    if (build->depth == SCN_DEPTH)
        return scn_fail_at(reader, line, column, "nested deeper than %u levels; nothing in a scenario needs that", SCN_DEPTH);
    if (build->depth && build->open[build->depth - 1]->kind == SCN_MAP && !build->key)
        return scn_fail_at(reader, line, column, "a map or list as a key; a plain name");
    struct scn_node *node = add(reader, build, event, kind);
    if (node)
        build->open[build->depth++] = node;
    return node != NULL;
}

static bool take_scalar(struct scn_reader *reader, struct builder *build, const struct fy_event *event)
{
    size_t length = 0;
    const char *text = event->scalar.value ? fy_token_get_text(event->scalar.value, &length) : "";
    uint32_t line, column;
    place(event, &line, &column);
    if (!text)
        text = "", length = 0;
    if (length > SCN_TEXT_BYTES)
        return scn_fail_at(reader, line, column, "a value of %zu bytes; at most %u", length, SCN_TEXT_BYTES);
    if (memchr(text, '\0', length))
        return scn_fail_at(reader, line, column, "a NUL inside a value; plain text");
    if (build->depth && build->open[build->depth - 1]->kind == SCN_MAP && !build->key)
        return take_key(reader, build, event, text, length);
    struct scn_node *node = add(reader, build, event, SCN_TEXT);
    if (!node)
        return false;
    node->text = scn_copy(reader, text, length);
    if (length == 0 && node->key) { /* nothing stands there: point at its key */
        node->line = node->key_line;
        node->column = node->key_column;
    }
    return node->text != NULL;
}

static bool refuse_marks(struct scn_reader *reader, const struct fy_event *event, const struct fy_token *anchor,
                         const struct fy_token *tag)
{
    uint32_t line, column;
    place(event, &line, &column);
    if (anchor)
        return scn_fail_at(reader, line, column,
                           "an anchor before this value (&name); write the value out, or 'extends' in a path");
    if (tag)
        return scn_fail_at(reader, line, column,
                           "a tag before this value (!name); values are typed by their key, so leave it away");
    return true;
}

static bool take_event(struct scn_reader *reader, struct builder *build, const struct fy_event *event)
{
    uint32_t line, column;
    switch (event->type) {
    case FYET_MAPPING_START:
        return refuse_marks(reader, event, event->mapping_start.anchor, event->mapping_start.tag)
               && open_container(reader, build, event, SCN_MAP);
    case FYET_SEQUENCE_START:
        return refuse_marks(reader, event, event->sequence_start.anchor, event->sequence_start.tag)
               && open_container(reader, build, event, SCN_LIST);
    case FYET_SCALAR:
        return refuse_marks(reader, event, event->scalar.anchor, event->scalar.tag) && take_scalar(reader, build, event);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        build->depth -= build->depth > 0;
        return true;
    case FYET_ALIAS:
        place(event, &line, &column);
        return scn_fail_at(reader, line, column, "an alias (*name); write the value out, or 'extends' in a path");
    default:
        return true;
    }
}

/* What ends too early is missing behind the last line, by the library: without a line feed there, that line is not in the file. */
static void into_file(const struct scn_source *source, uint32_t *line, uint32_t *column)
{
    uint32_t last = 1, width = 0;
    for (size_t i = 0; i < source->size; i++) {
        bool feed = source->text[i] == '\n';
        last += feed;
        width = feed ? 0 : width + (((unsigned char)source->text[i] & 0xc0) != 0x80);
    }
    if (*line > last) {
        *line = last;
        *column = width + 1;
    }
}

static void syntax_error(struct scn_reader *reader, struct fy_diag *diag)
{
    void *cursor = NULL;
    for (;;) {
        const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &cursor);
        if (!error)
            break;
        if (error->type != FYET_ERROR || !error->msg)
            continue;
        uint32_t line = error->line > 0 ? (uint32_t)error->line : 1, column = error->column > 0 ? (uint32_t)error->column : 1;
        into_file(reader->source, &line, &column);
        scn_fail_at(reader, line, column, "%s; YAML as in the scenarios that ship", error->msg);
        return;
    }
    scn_fail_at(reader, 1, 1, "this is no YAML; a map that begins with 'warren: 1'");
}

static void run_parser(struct scn_reader *reader, struct builder *build, struct fy_parser *parser, struct fy_diag *diag)
{
    if (fy_parser_set_string(parser, reader->source->text, reader->source->size) != 0) {
        scn_fail(reader, NULL, "out of memory; a smaller scenario");
        return;
    }
    for (;;) {
        struct fy_event *event = fy_parser_parse(parser);
        if (!event)
            break;
        bool good = take_event(reader, build, event);
        fy_parser_event_free(parser, event);
        if (!good)
            return;
    }
    if (fy_parser_get_stream_error(parser) || fy_diag_got_error(diag))
        syntax_error(reader, diag);
}

static struct scn_node *parse(struct scn_reader *reader)
{
    if (reader->source->size > SCN_FILE_BYTES) {
        scn_fail(reader, NULL, "%zu bytes; at most %u", reader->source->size, SCN_FILE_BYTES);
        return NULL;
    }
    if (!check_text(reader))
        return NULL;
    struct builder build = {0};
    struct fy_diag_cfg quiet;
    fy_diag_cfg_default(&quiet);
    quiet.fp = NULL;
    quiet.output_fn = NULL;
    quiet.colorize = false;
    struct fy_diag *diag = fy_diag_create(&quiet);
    if (diag)
        fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg config = {
        .search_path = "", .flags = FYPCF_QUIET | FYPCF_JSON_NONE | FYPCF_DISABLE_MMAP_OPT, .diag = diag};
    struct fy_parser *parser = diag ? fy_parser_create(&config) : NULL;
    if (parser)
        run_parser(reader, &build, parser, diag);
    else
        scn_fail(reader, NULL, "out of memory; a smaller scenario");
    if (parser)
        fy_parser_destroy(parser);
    if (diag)
        fy_diag_destroy(diag);
    if (!reader->failed && (!build.root || build.root->kind != SCN_MAP || build.depth))
        scn_fail_at(reader, 1, 1, "no scenario here; a map that begins with 'warren: 1'");
    return reader->failed ? NULL : build.root;
}

struct scn_node *scn_parse(struct scn_reader *reader, struct scn_source *source)
{
    struct scn_source *before = reader->source;
    reader->source = source;
    struct scn_node *root = parse(reader);
    reader->source = before;
    return root;
}

/* The value of a --set: text, or a flow list or map through the same parser. */
static bool set_value(struct scn_reader *reader, struct scn_node *node, const char *assignment, const char *value)
{
    struct scn_node *key = node;
    node->set = assignment;
    node->line = 0;
    node->column = (uint32_t)(value - assignment) + 1;
    if (value[0] == '[' || value[0] == '{')
        return scn_fail(reader, key, "a list or map; only single values can be set");
    node->kind = SCN_TEXT;
    node->first = node->last = NULL;
    node->count = 0;
    node->text = value;
    return true;
}

/* Of the first names in a map, the one that was probably meant. */
static const char *guess_child(const struct scn_node *map, const char *name)
{
    const char *names[256];
    size_t count = 0;
    for (const struct scn_node *child = map->first; child && map->kind == SCN_MAP && count < 255; child = child->next)
        names[count++] = child->key;
    names[count] = NULL;
    return scn_guess(name, names);
}

bool scn_reach(struct scn_reader *reader, struct scn_node *root, const struct scn_node *where, const char *path, size_t length,
               struct scn_node **out)
{
    struct scn_node *node = root, mark = *where;
    for (const char *at = path, *last = path + length; at <= last;) {
        const char *dot = memchr(at, '.', (size_t)(last - at));
        const char *end = dot ? dot : last;
        char *name = scn_copy(reader, at, (size_t)(end - at));
        mark.column = where->column + (where->set ? (uint32_t)(at - path) : 0);
        if (!name)
            return false;
        struct scn_node *child = NULL;
        if (node->kind == SCN_LIST && name[0] >= '0' && name[0] <= '9' && strlen(name) < 6)
            child = scn_nth(node, strtoull(name, NULL, 10));
        else
            child = scn_child(node, name);
        if (!child && !dot && node->kind == SCN_MAP && name[0]) {
            if (!out)
                return true;
            child = scn_append(reader, node, SCN_TEXT);
            if (!child)
                return false;
            child->key = name;
            child->key_column = mark.column;
        }
        const char *guess = child ? NULL : guess_child(node, name);
        if (guess)
            return scn_fail(reader, &mark, "no '%s' in this scenario; did you mean '%s'?", name, guess);
        if (!child)
            return scn_fail(reader, &mark,
                            "no '%s' in this scenario; a path like nodes.NAME.KEY, paths.NAME.KEY or traffic.0.KEY", name);
        node = child;
        at = end + 1;
    }
    if (out)
        *out = node;
    return true;
}

bool scn_set(struct scn_reader *reader, struct scn_node *root, const char *assignment)
{
    struct scn_node mark = {.set = assignment, .column = 1}, *node;
    const char *equals = strchr(assignment, '=');
    if (!equals || equals == assignment)
        return scn_fail(reader, &mark, "no PATH=VALUE; for example --set paths.lte.loss=5%%");
    return scn_reach(reader, root, &mark, assignment, (size_t)(equals - assignment), &node)
           && set_value(reader, node, assignment, equals + 1);
}
