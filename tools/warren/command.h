#ifndef WARREN_COMMAND_H
#define WARREN_COMMAND_H

/*
 * The program warren: one row per sub-command, and what all of them share.
 *
 * A command gets its own arguments (argv[0] is its name) and returns the exit code of the whole program. Exit codes are a
 * contract:
 */

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

enum exit_code {
    EXIT_GOOD = 0,    /* everything held */
    EXIT_FAILED = 1,  /* a checked thing failed */
    EXIT_USAGE = 2,   /* bad usage or bad input: one line on stderr */
    EXIT_MACHINE = 3, /* the machine lacks something, named */
};

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* null: named in the contract, not built yet */
    const char *summary;
};

extern const struct command commands[]; /* ends with a null name */

int command_run(int argc, char **argv);
int command_check(int argc, char **argv);
int command_schema(int argc, char **argv);
int command_key(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_diff(int argc, char **argv);
int command_swarm(int argc, char **argv);
int command_shrink(int argc, char **argv);
int command_replay(int argc, char **argv);
int command_import(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_sweep(int argc, char **argv);

/* Parse with argp: --help, --usage and --version answer and exit; a wrong option is one line on stderr and exit 2. `name` is
 * how the command is called ("warren run"). */
void parse_arguments(const struct argp *argp, const char *name, int argc, char **argv, void *input);

/* One line on stderr, then exit 2. */
_Noreturn void usage_error(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Name and digits of what this binary is, for traces and JSON. */
const char *build_name(void);

/* Standard output for "-", else a new file (mode 0600 when `secret`). Exits with 2 when it cannot be opened. */
FILE *open_output(const char *name, const char *path, bool secret);
/* Flushes and closes; exits with 3 when the disk is full or the like. */
void close_output(const char *name, const char *path, FILE *file);

#endif
