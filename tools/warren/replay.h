#ifndef WARREN_REPLAY_COMMAND_H
#define WARREN_REPLAY_COMMAND_H

/* The two halves of warren replay: recordings of our own hosts, and captures of anybody's traffic. */

#include "run.h"

struct replay_request {
    const char *path, *json, *keys, *inner;
    size_t      memory; /* MiB, for a recording's engines */
    bool        quiet, portable;
};

/* Takes the file over, which is a capture by its first bytes. Returns the exit code. */
int replay_capture(const struct replay_request *request, FILE *file);

#endif
