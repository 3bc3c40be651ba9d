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

#define SCN_FILE_BYTES (1u << 20)
#define SCN_DEPTH 8u
#define SCN_NODES 50000u
#define SCN_TEXT_BYTES 4096u

enum scn_kind { SCN_TEXT, SCN_MAP, SCN_LIST };

struct scn_node {
    enum scn_kind    kind;
    uint32_t         line, column; /* from 1 */
    const char      *set;          /* the --set that put it here, or null */
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
    const char       *file; /* as errors name it */
    char             *source;
    size_t            size;
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

/* Parse reader->source. Null after an error. */
struct scn_node *scn_parse(struct scn_reader *reader);

/* PATH=VALUE, PATH like nodes.spoke.keepalive or traffic.0.every. The last name may be new, the ones before it must exist. */
bool scn_set(struct scn_reader *reader, struct scn_node *root, const char *assignment);

struct scn_node *scn_child(const struct scn_node *map, const char *key);
struct scn_node *scn_nth(const struct scn_node *list, uint64_t index);
struct scn_node *scn_append(struct scn_reader *reader, struct scn_node *parent, enum scn_kind kind);

#endif
