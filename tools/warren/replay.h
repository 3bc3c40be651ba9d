#ifndef WARREN_REPLAY_COMMAND_H
#define WARREN_REPLAY_COMMAND_H

/* The two halves of warren replay: recordings of our own hosts, and captures of anybody's traffic. */

#include "keys.h"
#include "provider.h"
#include "run.h"

struct replay_request {
    const char     *path, *json, *keys, *inner, *scenario, *provider_name; /* provider_name: null is the fastest */
    size_t          memory; /* MiB, for a recording's engines */
    bool            quiet, conform;
    struct provider provider;
};

/* Takes the file over, which is a capture by its first bytes. Returns the exit code. */
int replay_capture(const struct replay_request *request, FILE *file);

/* Keys of a capture: those of --keys, and those in its own secrets blocks. Exits when they are spoilt. */
void replay_keys(const struct replay_request *request, FILE *file, struct keys *keys);
/* The same capture against the engine. Takes the file over. */
int replay_conform(const struct replay_request *request, FILE *file);
/* The same capture as a scenario, written to request->scenario. */
int replay_scenario(const struct replay_request *request, FILE *file);

extern const char *const replay_types[5]; /* names of message types */

/* A line now and then while a long file is read. */
void replay_progress(struct progress *progress, uint64_t offset, uint64_t size, uint64_t datagrams);
void replay_progress_begin(struct progress *progress, const struct replay_request *request, FILE *file, uint64_t *size);

#endif
