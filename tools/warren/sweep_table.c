/* The file of a sweep: SQLite, one writer. What is in it is described in warren-sweep(1). */

#define _POSIX_C_SOURCE 200809L

#include "sweep.h"

#include <inttypes.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define APPLICATION 0x57524e53 /* "WRNS" */
#define FORMAT 1

static const char schema[] =
    "CREATE TABLE about(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE cells(cell INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, digest TEXT NOT NULL);"
    "CREATE TABLE axes(cell INTEGER NOT NULL REFERENCES cells, axis TEXT NOT NULL, path TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY(cell, axis, path)) WITHOUT ROWID;"
    "CREATE TABLE runs(run INTEGER PRIMARY KEY, cell INTEGER NOT NULL REFERENCES cells, seed INTEGER NOT NULL,"
    " world_seed INTEGER NOT NULL, failed INTEGER NOT NULL, failure TEXT, simulated_ns INTEGER, events INTEGER,"
    " datagrams INTEGER, ties INTEGER, initiations INTEGER, delivered INTEGER, violations INTEGER, unheld INTEGER,"
    " trace_hash TEXT, control_hash TEXT, wall_ns INTEGER, UNIQUE(cell, seed));"
    "CREATE TABLE expectations(run INTEGER NOT NULL REFERENCES runs, number INTEGER NOT NULL, text TEXT NOT NULL,"
    " seeds_ppm INTEGER, held INTEGER NOT NULL, measured TEXT NOT NULL, PRIMARY KEY(run, number)) WITHOUT ROWID;"
    "CREATE TABLE invariants(run INTEGER NOT NULL REFERENCES runs, id TEXT NOT NULL, checked INTEGER NOT NULL,"
    " violated INTEGER NOT NULL, PRIMARY KEY(run, id)) WITHOUT ROWID;"
    "CREATE TABLE drops(run INTEGER NOT NULL REFERENCES runs, reason TEXT NOT NULL, count INTEGER NOT NULL,"
    " PRIMARY KEY(run, reason)) WITHOUT ROWID;"
    "CREATE TABLE marks(run INTEGER NOT NULL REFERENCES runs, mark TEXT NOT NULL, count INTEGER NOT NULL,"
    " PRIMARY KEY(run, mark)) WITHOUT ROWID;"
    "CREATE TABLE nodes(run INTEGER NOT NULL REFERENCES runs, node TEXT NOT NULL, datagrams_sent INTEGER NOT NULL,"
    " datagrams_received INTEGER NOT NULL, bytes_sent INTEGER NOT NULL, bytes_received INTEGER NOT NULL,"
    " inner_sent INTEGER NOT NULL, inner_delivered INTEGER NOT NULL, handshakes INTEGER NOT NULL,"
    " initiations INTEGER NOT NULL, dh INTEGER NOT NULL, drops INTEGER NOT NULL, PRIMARY KEY(run, node)) WITHOUT ROWID;";

enum statement { ADD_RUN, ADD_CLAIM, ADD_RULE, ADD_DROP, ADD_MARK, ADD_NODE, STATEMENTS };

static const char *const inserts[STATEMENTS] = {
    [ADD_RUN] = "INSERT OR IGNORE INTO runs VALUES(NULL,?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)",
    [ADD_CLAIM] = "INSERT INTO expectations VALUES(?1,?2,?3,?4,?5,?6)",
    [ADD_RULE] = "INSERT INTO invariants VALUES(?1,?2,?3,?4)",
    [ADD_DROP] = "INSERT INTO drops VALUES(?1,?2,?3)",
    [ADD_MARK] = "INSERT INTO marks VALUES(?1,?2,?3)",
    [ADD_NODE] = "INSERT INTO nodes VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
};

struct table {
    const char   *name, *file;
    sqlite3      *base;
    sqlite3_stmt *inserts[STATEMENTS];
    bool          open; /* a transaction is */
};

_Noreturn static void broken(const struct table *table)
{
    fprintf(stderr, "%s: %s: %s; a place with room, that no other program locks\n", table->name, table->file,
            sqlite3_errmsg(table->base));
    exit(EXIT_MACHINE);
}

static void execute(struct table *table, const char *statement)
{
    if (sqlite3_exec(table->base, statement, NULL, NULL, NULL) != SQLITE_OK)
        broken(table);
}

static sqlite3_stmt *prepare(struct table *table, const char *text)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(table->base, text, -1, &statement, NULL) != SQLITE_OK)
        broken(table);
    return statement;
}

static bool row(struct table *table, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        broken(table);
    return code == SQLITE_ROW;
}

static void once(struct table *table, sqlite3_stmt *statement)
{
    row(table, statement);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

static void bind_number(sqlite3_stmt *statement, int at, uint64_t value)
{
    sqlite3_bind_int64(statement, at, value > INT64_MAX ? INT64_MAX : (sqlite3_int64)value);
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
}

static int64_t number_of(struct table *table, const char *text)
{
    sqlite3_stmt *statement = prepare(table, text);
    int64_t value = row(table, statement) ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return value;
}

/* Opening. ------------------------------------------------------------------------------------------------------------------- */

/* What this program is, to the byte: another build may do other things with the same scenario. */
static void build_digest(char out[65])
{
    crypto_generichash_state state;
    uint8_t bytes[16384], digest[32];
    FILE *self = fopen("/proc/self/exe", "rb");
    crypto_generichash_init(&state, NULL, 0, 32);
    crypto_generichash_update(&state, (const uint8_t *)build_name(), strlen(build_name()));
    for (size_t size; self && (size = fread(bytes, 1, sizeof bytes, self)) > 0;)
        crypto_generichash_update(&state, bytes, size);
    crypto_generichash_final(&state, digest, 32);
    if (self)
        fclose(self);
    hash_text(digest, out);
}

/* Has the file this value? An empty file takes it. */
static void about(struct table *table, const char *key, const char *value, const char *what)
{
    sqlite3_stmt *ask = prepare(table, "SELECT value FROM about WHERE key = ?1");
    bind_text(ask, 1, key);
    bool there = row(table, ask);
    if (there && what && strcmp((const char *)sqlite3_column_text(ask, 0), value) != 0)
        usage_error(table->name, "%s: holds runs of another %s; another --out, or remove the file", table->file, what);
    sqlite3_finalize(ask);
    if (there)
        return;
    sqlite3_stmt *tell = prepare(table, "INSERT INTO about VALUES(?1, ?2)");
    bind_text(tell, 1, key);
    bind_text(tell, 2, value);
    once(table, tell);
    sqlite3_finalize(tell);
}

static void open_file(struct table *table)
{
    if (sqlite3_open_v2(table->file, &table->base, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
        usage_error(table->name, "%s: cannot be opened: %s; a file in a folder that exists", table->file,
                    sqlite3_errmsg(table->base));
    sqlite3_busy_timeout(table->base, 10000);
    int code = sqlite3_exec(table->base, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
        usage_error(table->name, "%s: is no table of a sweep; another --out", table->file);
    if (code != SQLITE_OK)
        broken(table);
    int64_t application = number_of(table, "PRAGMA application_id");
    int64_t tables = number_of(table, "SELECT count(*) FROM sqlite_master");
    if (tables && application != APPLICATION)
        usage_error(table->name, "%s: is no table of a sweep; another --out", table->file);
    if (tables && number_of(table, "PRAGMA user_version") != FORMAT)
        usage_error(table->name, "%s: is the table of another version of this program; another --out", table->file);
    if (tables)
        return;
    char pragma[96];
    snprintf(pragma, sizeof pragma, "PRAGMA application_id = %d; PRAGMA user_version = %d;", APPLICATION, FORMAT);
    execute(table, pragma);
    execute(table, schema);
}

static void add_axes(struct table *table, const struct grid *grid, const struct cell *cell)
{
    sqlite3_stmt *add = prepare(table, "INSERT INTO axes VALUES(?1, ?2, ?3, ?4)");
    for (size_t i = 0; i < grid->axis_count; i++)
        for (size_t j = 0; j < grid->axes[i].path_count; j++) {
            bind_number(add, 1, cell->row);
            bind_text(add, 2, grid->axes[i].name);
            bind_text(add, 3, grid->axes[i].paths[j]);
            bind_text(add, 4, grid->axes[i].values[cell->values[i]]);
            once(table, add);
        }
    sqlite3_finalize(add);
}

static void place_cells(struct table *table, struct grid *grid)
{
    sqlite3_stmt *ask = prepare(table, "SELECT cell, digest FROM cells WHERE name = ?1");
    sqlite3_stmt *add = prepare(table, "INSERT INTO cells VALUES(NULL, ?1, ?2)");
    for (size_t i = 0; i < grid->cell_count; i++) {
        struct cell *cell = &grid->cells[i];
        char digest[65];
        hash_text(cell->digest, digest);
        bind_text(ask, 1, cell->name);
        if (row(table, ask)) {
            cell->row = (uint64_t)sqlite3_column_int64(ask, 0);
            if (strcmp((const char *)sqlite3_column_text(ask, 1), digest) != 0)
                usage_error(table->name, "%s: holds another world as '%.200s'; another --out, or remove the file", table->file,
                            cell->name);
        } else {
            bind_text(add, 1, cell->name);
            bind_text(add, 2, digest);
            once(table, add);
            cell->row = (uint64_t)sqlite3_last_insert_rowid(table->base);
            add_axes(table, grid, cell);
        }
        sqlite3_reset(ask);
    }
    sqlite3_finalize(ask);
    sqlite3_finalize(add);
}

/* runs with a column for each axis that the file has ever seen. */
static void make_view(struct table *table)
{
    sqlite3_stmt *ask = prepare(table, "SELECT DISTINCT axis FROM axes ORDER BY axis");
    sqlite3_str *text = sqlite3_str_new(table->base);
    sqlite3_str_appendall(text, "DROP VIEW IF EXISTS grid; CREATE VIEW grid AS SELECT cells.name AS cell_name");
    while (row(table, ask))
        sqlite3_str_appendf(text, ", (SELECT value FROM axes WHERE axes.cell = runs.cell AND axis = %Q LIMIT 1) AS \"%w\"",
                            sqlite3_column_text(ask, 0), sqlite3_column_text(ask, 0));
    sqlite3_str_appendall(text, ", runs.* FROM runs JOIN cells USING(cell)");
    sqlite3_finalize(ask);
    char *view = sqlite3_str_finish(text);
    if (!view)
        broken(table);
    execute(table, view);
    sqlite3_free(view);
}

struct table *table_open(const char *name, const struct sweep_request *request, struct grid *grid)
{
    struct table *table = calloc(1, sizeof *table);
    char base[65], build[65];
    if (!table)
        usage_error(name, "out of memory; a machine with more");
    table->name = name;
    table->file = request->out;
    open_file(table);
    hash_text(grid->base, base);
    build_digest(build);
    about(table, "build_digest", build, "build of warren");
    about(table, "scenario_digest", base, "scenario");
    about(table, "scenario", grid->scenario, NULL);
    about(table, "file", request->source.file, NULL);
    about(table, "build", build_name(), NULL);
    place_cells(table, grid);
    make_view(table);
    execute(table, "COMMIT");
    for (unsigned i = 0; i < STATEMENTS; i++)
        table->inserts[i] = prepare(table, inserts[i]);
    return table;
}

/* Writing. ------------------------------------------------------------------------------------------------------------------- */

static void add_head(struct table *table, const struct cell *cell, uint64_t seed, uint64_t world, const struct outcome *outcome,
                     const char *died)
{
    sqlite3_stmt *add = table->inserts[ADD_RUN];
    char hash[65];
    bind_number(add, 1, cell->row);
    bind_number(add, 2, seed);
    bind_number(add, 3, world);
    bind_number(add, 4, died || outcome->failed);
    if (died || outcome->failed)
        bind_text(add, 5, died ? died : outcome->failure);
    if (!died) {
        const uint64_t numbers[] = {outcome->simulated_ns, outcome->events,    outcome->datagrams,  outcome->ties,
                                    outcome->initiations,  outcome->delivered, outcome->violations, outcome->unheld};
        for (int i = 0; i < 8; i++)
            bind_number(add, 6 + i, numbers[i]);
        hash_text(outcome->trace_hash, hash);
        bind_text(add, 14, hash);
        hash_text(outcome->control_hash, hash);
        bind_text(add, 15, hash);
        bind_number(add, 16, outcome->wall_ns);
    }
    once(table, add);
}

static void add_claims(struct table *table, uint64_t run, struct pack *in)
{
    sqlite3_stmt *add = table->inserts[ADD_CLAIM];
    uint64_t count = unpack_number(in);
    for (uint64_t i = 0; i < count; i++) {
        struct claim claim;
        outcome_claim(in, &claim);
        bind_number(add, 1, run);
        bind_number(add, 2, i);
        bind_text(add, 3, claim.text);
        if (claim.of_seeds)
            bind_number(add, 4, claim.seeds);
        bind_number(add, 5, claim.held == 1);
        bind_text(add, 6, claim.measured);
        once(table, add);
    }
}

/* Names with `width` numbers each; those whose first number is zero are left out. */
static void add_named(struct table *table, enum statement which, uint64_t run, struct pack *in, int width, bool zeros)
{
    sqlite3_stmt *add = table->inserts[which];
    uint64_t count = unpack_number(in);
    for (uint64_t i = 0; i < count; i++) {
        bind_number(add, 1, run);
        bind_text(add, 2, unpack_text(in));
        bool some = zeros;
        for (int j = 0; j < width; j++) {
            uint64_t value = unpack_number(in);
            some = some || value;
            bind_number(add, 3 + j, value);
        }
        if (some)
            once(table, add);
    }
}

void table_add(struct table *table, const struct cell *cell, uint64_t seed, uint64_t world, struct pack *in, const char *died)
{
    struct outcome outcome = {0};
    if (!table->open)
        execute(table, "BEGIN IMMEDIATE");
    table->open = true;
    if (!died)
        outcome_head(in, &outcome);
    add_head(table, cell, seed, world, &outcome, died);
    if (died || sqlite3_changes(table->base) == 0) /* another sweep has written the same meanwhile */
        return;
    uint64_t run = (uint64_t)sqlite3_last_insert_rowid(table->base);
    add_claims(table, run, in);
    add_named(table, ADD_RULE, run, in, 2, false);
    add_named(table, ADD_DROP, run, in, 1, false);
    add_named(table, ADD_MARK, run, in, 1, false);
    add_named(table, ADD_NODE, run, in, 10, true);
}

void table_keep(struct table *table)
{
    if (table->open)
        execute(table, "COMMIT");
    table->open = false;
}

void table_close(struct table *table)
{
    table_keep(table);
    for (unsigned i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(table->inserts[i]);
    if (sqlite3_close(table->base) != SQLITE_OK)
        broken(table);
    free(table);
}

/* Reading. ------------------------------------------------------------------------------------------------------------------- */

void table_done(struct table *table, const struct sweep_request *request, const struct grid *grid, uint8_t *done)
{
    sqlite3_stmt *ask = prepare(table, "SELECT seed FROM runs WHERE cell = ?1 AND seed BETWEEN ?2 AND ?3");
    for (size_t i = 0; i < grid->cell_count; i++) {
        bind_number(ask, 1, grid->cells[i].row);
        bind_number(ask, 2, request->first);
        bind_number(ask, 3, request->last);
        while (row(table, ask)) {
            uint64_t task = ((uint64_t)sqlite3_column_int64(ask, 0) - request->first) * grid->cell_count + i;
            done[task / 8] |= (uint8_t)(1u << task % 8);
        }
        sqlite3_reset(ask);
    }
    sqlite3_finalize(ask);
}

static void sum_claims(struct table *table, const struct cell *cell, uint64_t first, uint64_t last, struct cell_sum *sum)
{
    sqlite3_stmt *ask = prepare(table, "SELECT number, text, seeds_ppm, held FROM expectations JOIN runs USING(run)"
                                       " WHERE cell = ?1 AND seed BETWEEN ?2 AND ?3 ORDER BY seed, number");
    bind_number(ask, 1, cell->row);
    bind_number(ask, 2, first);
    bind_number(ask, 3, last);
    while (row(table, ask)) {
        size_t number = (size_t)sqlite3_column_int64(ask, 0);
        if (number >= sum->tally_count) {
            struct tally *more = realloc(sum->tallies, (number + 1) * sizeof *more);
            if (!more)
                usage_error(table->name, "out of memory; a machine with more");
            sum->tallies = more;
            tally_begin(&sum->tallies[number], (const char *)sqlite3_column_text(ask, 1),
                        sqlite3_column_type(ask, 2) != SQLITE_NULL, (uint32_t)sqlite3_column_int64(ask, 2));
            sum->tally_count = number + 1;
        }
        sim_share_add(&sum->tallies[number].share, sqlite3_column_int64(ask, 3) != 0);
    }
    sqlite3_finalize(ask);
}

void table_sum(struct table *table, const struct cell *cell, uint64_t first, uint64_t last, struct cell_sum *sum)
{
    sqlite3_stmt *ask = prepare(table, "SELECT count(*), sum(failed), sum(trace_hash IS NULL) FROM runs"
                                       " WHERE cell = ?1 AND seed BETWEEN ?2 AND ?3");
    *sum = (struct cell_sum){0};
    bind_number(ask, 1, cell->row);
    bind_number(ask, 2, first);
    bind_number(ask, 3, last);
    uint64_t died = 0;
    if (row(table, ask)) {
        sum->runs = (uint64_t)sqlite3_column_int64(ask, 0);
        sum->failed = (uint64_t)sqlite3_column_int64(ask, 1);
        died = (uint64_t)sqlite3_column_int64(ask, 2);
    }
    sqlite3_finalize(ask);
    sum_claims(table, cell, first, last, sum);
    for (size_t i = 0; i < sum->tally_count; i++) /* a run that died held nothing */
        for (uint64_t j = 0; j < died; j++)
            sim_share_add(&sum->tallies[i].share, false);
}

void cell_sum_free(struct cell_sum *sum)
{
    for (size_t i = 0; i < sum->tally_count; i++)
        free(sum->tallies[i].text);
    free(sum->tallies);
}

void table_failures(struct table *table, uint64_t first, uint64_t last, unsigned most, void *context,
                    void (*tell)(void *context, uint64_t row, uint64_t world, const char *what))
{
    sqlite3_stmt *ask = prepare(table, "SELECT cell, world_seed, failure FROM runs WHERE failed AND seed BETWEEN ?1 AND ?2"
                                       " ORDER BY seed, cell LIMIT ?3");
    bind_number(ask, 1, first);
    bind_number(ask, 2, last);
    bind_number(ask, 3, most);
    while (row(table, ask))
        tell(context, (uint64_t)sqlite3_column_int64(ask, 0), (uint64_t)sqlite3_column_int64(ask, 1),
             (const char *)sqlite3_column_text(ask, 2));
    sqlite3_finalize(ask);
}
