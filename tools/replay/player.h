#ifndef TOOLS_PLAYER_H
#define TOOLS_PLAYER_H

/*
 * A host for replays of recordings: a file, memory up to a limit, the real provider of the caller's choice and the toy one. Needs
 * nothing but libc, so that the same code runs in the program warren and on any processor an emulator offers.
 */

#include <stdio.h>

#include "sim/toy.h"
#include "warren/replay.h"

struct player {
    FILE                    *file;
    const struct wrn_crypto *real;
    void                    *real_context;
    size_t                   limit; /* bytes of memory in all */
    struct sim_toy           toy;
    uint32_t                 toys; /* secrets learnt */
    size_t                   taken;
    struct wrn_replay       *replay;
};

/* False: no memory. file, real and its context stay the caller's. */
bool player_begin(struct player *player, FILE *file, const struct wrn_crypto *real, void *real_context, size_t limit);
/* Some calls on; the state as wrn_replay_step gives it. */
enum wrn_replay_state player_run(struct player *player, uint32_t calls);
void player_end(struct player *player);

/* One line without its end: what came of it. The file's name comes first. */
void player_print(FILE *out, const char *name, const struct wrn_replay_report *report);
void player_value(char out[80], enum wrn_replay_kind kind, const struct wrn_replay_value *value);
/* 0, 1, 2 or 3, as every program of ours ends. */
int  player_exit(enum wrn_replay_state state);

#endif
