#ifndef SIM_SCENARIO_TREE_H
#define SIM_SCENARIO_TREE_H

/*
 * A scenario file as a tree of text with positions.
 *
 * The law: nothing is typed here. Every scalar stays the text that stands in the file, so that `off`, `1970-01-01` and `07` are
 * what the writer wrote; the schema gives it a type. Anchors, aliases and tags are refused while the file is read, before they
 * could grow anything; size, depth and number of nodes are capped.
 *
 *     map   -> entries in file order, each with the position of its key
 *     list  -> entries in file order
 *     text  -> zero-terminated, no NUL inside
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenario/scenario.h"

#define SCN_FILE_BYTES (4u << 20)
#define SCN_DEPTH 8u
#define SCN_NODES 250000u /* of all files that make one scenario */
#define SCN_INCLUDES 8u   /* files that include files that include files */
#define SCN_TEXT_BYTES 65536u

enum scn_kind { SCN_TEXT, SCN_MAP, SCN_LIST };

/* One file. */
struct scn_source {
    const char              *name; /* as errors name it, and as it is opened */
    const char              *text;
    size_t                   size;
    bool                     open;      /* its includes are being read */
    const struct scn_source *from;      /* the file that includes it, or null */
    uint32_t                 from_line; /* and where */
    struct scn_source       *next;
};

struct scn_node {
    enum scn_kind    kind;
    uint32_t         line, column; /* from 1; with a --set the column in its text */
    const char      *set;          /* the --set that put it here, or null */
    const struct scn_source *source; /* null: the scenario itself */
    const char      *key;          /* its name in the map around it, or null */
    uint32_t         key_line, key_column;
    const char      *text;
    struct scn_node *first, *last, *next;
    uint32_t         count; /* of entries */
    bool             used;  /* the schema has read it */
};

struct scn_block;

/* One reading: source, memory and the first error. */
struct scn_reader {
    struct scn_source *source;  /* the scenario itself; while a file is parsed, that file */
    struct scn_source *sources; /* every file but the scenario itself */
    struct scn_table {          /* names: see scn_table_find */
        struct scn_slot *slots;
        uint32_t         room, count;
    } keys;
    struct scn_block *blocks;
    uint32_t          nodes;
    struct sim_scenario_error *error;
    bool              failed;
    struct scn_array { void *items; uint32_t count, room; } numbers; /* the plan's: loss lists and groups */
};

/* Zeroed memory that lives as long as the reader. Ends the program's reading with an error when there is none: returns null then.
 */
void *scn_alloc(struct scn_reader *reader, size_t size);
char *scn_copy(struct scn_reader *reader, const char *text, size_t length);
void  scn_free(struct scn_reader *reader);

/* Record the first error and return false, always. `node` may be null (the file as a whole). */
bool scn_fail(struct scn_reader *reader, const struct scn_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, pointing at a node's key. */
bool scn_fail_key(struct scn_reader *reader, const struct scn_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool scn_fail_at(struct scn_reader *reader, uint32_t line, uint32_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Null after an error. */
struct scn_node *scn_parse(struct scn_reader *reader, struct scn_source *source);

/* What `include` names goes before what is in the scenario, what options->withs names behind it. */
bool scn_compose(struct scn_reader *reader, struct scn_node *root, const struct sim_scenario_options *options);

/* A file as scenarios open files: false with the reason in `why`, and nothing taken. */
bool scn_load(struct scn_reader *reader, const char *name, struct scn_source *source, const char **why);
/* The file `name` as seen from a file: in the folder of that one. */
char *scn_beside(struct scn_reader *reader, const struct scn_source *source, const char *name);
/* Below the folder of the scenario: what a scenario names cannot be just any file of its reader. */
bool scn_is_near(const char *name);

/* Names within a space (a map, or the kind of thing they name). */
struct scn_slot {
    const void *space;
    const char *name; /* null: empty */
    const void *item;
    uint32_t    number;
};

const struct scn_slot *scn_table_find(const struct scn_table *table, const void *space, const char *name);
/* False without memory. Keeps `name`; which of two equal names is found is not said. */
bool scn_table_add(struct scn_reader *reader, struct scn_table *table, struct scn_slot slot);

/* To what PATH of a --set names; the last name may be new, then it is made unless `out` is null. Errors point at `where`. */
bool scn_reach(struct scn_reader *reader, struct scn_node *root, const struct scn_node *where, const char *path, size_t length,
               struct scn_node **out);

/* PATH=VALUE, PATH like nodes.spoke.keepalive or traffic.0.every. The last name may be new, the ones before it must exist. */
bool scn_set(struct scn_reader *reader, struct scn_node *root, const char *assignment);

struct scn_node *scn_child(const struct scn_node *map, const char *key);
struct scn_node *scn_nth(const struct scn_node *list, uint64_t index);
struct scn_node *scn_append(struct scn_reader *reader, struct scn_node *parent, enum scn_kind kind);

#endif
