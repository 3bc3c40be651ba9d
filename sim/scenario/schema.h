#ifndef SIM_SCENARIO_SCHEMA_H
#define SIM_SCENARIO_SCHEMA_H

/*
 * One row per key. The same rows read scenarios, print themselves and name what was probably meant.
 */

#include "sim/plan.h"
#include "tree.h"

enum scn_type {
    SCN_T_TEXT,        /* const char * */
    SCN_T_NAME,        /* const char * */
    SCN_T_BOOL,        /* bool */
    SCN_T_WHOLE,       /* uint64_t */
    SCN_T_DURATION,    /* wrn_time */
    SCN_T_SECONDS,     /* uint64_t, whole seconds; 0 = none */
    SCN_T_SHIFT,       /* int64_t, ns: a duration with a sign; INT64_MAX = none */
    SCN_T_WALL,        /* struct sim_wall */
    SCN_T_SIZE,        /* uint64_t */
    SCN_T_RATE,        /* uint64_t per second */
    SCN_T_CHANCE,      /* uint32_t */
    SCN_T_SHARE,       /* uint32_t, millionths */
    SCN_T_DRAW,        /* struct sim_draw, of ns */
    SCN_T_SIZES,       /* struct sim_draw, of bytes */
    SCN_T_LOSS,        /* struct sim_loss */
    SCN_T_BITRATE,     /* struct sim_rate */
    SCN_T_QUEUE,       /* struct sim_queue_rule */
    SCN_T_CORRUPT,     /* struct sim_corrupt */
    SCN_T_SKEW,        /* struct scn_skew */
    SCN_T_ADDRESS,     /* struct wrn_endpoint */
    SCN_T_KEY,         /* struct scn_secret */
    SCN_T_TYPES,       /* uint32_t mask of message types */
    SCN_T_DATE,        /* uint64_t seconds since 1970 */
    SCN_T_CHOICE,      /* uint32_t, index in the words of `choices` */
    SCN_T_ANY,         /* struct scn_node *: read by the section itself */
    SCN_T_NOT_BUILT,
    SCN_TYPES
};

struct scn_skew { int32_t least, most; };

struct scn_secret {
    uint32_t kind; /* 0 none, 1 derived from the seed, 2 given */
    uint8_t  key[32];
};

struct scn_key {
    const char   *name;
    enum scn_type type;
    size_t        offset;
    const char   *fallback; /* null: stays zero; "": must be there */
    uint64_t      least, most;
    const char   *choices;  /* words, separated by spaces */
    const char   *doc;
};

struct scn_section {
    const char           *name; /* "path" */
    const struct scn_key *keys; /* ends with a null name */
};

/* Fill `out` from a map. `of` names the thing in messages ("node 'spoke'"). With `defaults` false keys that are not there leave
 * `out` alone; with `strict` false keys that are unknown or of type ANY are left alone too. */
bool scn_read_map(struct scn_reader *reader, struct scn_node *map, const struct scn_section *section, const char *of, void *out,
                  bool defaults, bool strict);

/* One value, by its row. */
bool scn_read_value(struct scn_reader *reader, const struct scn_node *node, const struct scn_key *key, const char *text,
                    void *out);

/* What a type is called, and what a right value looks like ("" for choices and sections). */
const char *scn_type_name(enum scn_type type);
const char *scn_type_right(enum scn_type type);

bool scn_read_date(const char *text, uint64_t *seconds);

/* "; did you mean 'x'?" or "; one of a b c" */
void scn_suggest(char *out, size_t size, const char *text, const char *const *names);

/* Growing arrays in the reader's memory. Space for one more, zeroed; null when there is no memory or more than SIM_ITEMS_MAX. */
void *scn_more(struct scn_reader *reader, struct scn_array *array, size_t size);

/* Loss lists go to the plan's numbers. */
bool scn_read_loss(struct scn_reader *reader, const struct scn_node *node, const char *text, struct sim_loss *loss);
bool scn_read_gilbert(struct scn_reader *reader, const struct scn_node *node, const char *text, struct sim_loss *loss);
/* And so do traces, from files below the folder of the scenario. */
bool scn_read_rate(struct scn_reader *reader, const struct scn_node *node, const char *text, struct sim_rate *rate);
bool scn_read_queue(struct scn_reader *reader, const struct scn_node *node, const char *text, struct sim_queue_rule *queue);
bool scn_read_corrupt(struct scn_reader *reader, const struct scn_node *node, const char *text, struct sim_corrupt *corrupt);
/* The text of a file below the folder of the scenario, for free(); null after an error about `key` that says the file's form. */
char *scn_read_near(struct scn_reader *reader, const struct scn_node *node, const char *key, const char *name, const char *form);
/* A half path that has been read: a queue belongs to a rate. `written`: where its queue stands, or null. */
bool scn_finish_half(struct scn_reader *reader, const struct scn_node *written, struct sim_half *half);

extern const struct scn_section scn_sections[];

#endif
