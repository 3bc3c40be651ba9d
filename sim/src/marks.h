#ifndef SIM_MARKS_H
#define SIM_MARKS_H

/*
 * Things worth reaching. One line where it happens is all that a mark takes:
 *
 *     SIM_MARK(world, "cookie_reply_sent");
 *
 * and it is in the report of every run, reached or not. For that each line leaves its name in a section of the program that only
 * marks are in, between two symbols that the linker defines. C has no other way to know of code that never ran; gcc and clang for
 * ELF have this one, and it stays in this header and marks.c. Entries are constant: hits are counted in the world, by place in the
 * section, and whatever leaves the simulator is sorted by name, so that the order of linking is nowhere to be seen. Lines of one
 * name are one mark. The engine's drop reasons are marks too, by their own names.
 */

#include <stddef.h>
#include <stdint.h>

/* Entries stand side by side without a gap: their size is what compilers align the largest of small objects to. */
#define SIM_MARK_SIZE 32u

struct sim_mark { _Alignas(SIM_MARK_SIZE) char name[SIM_MARK_SIZE]; };

struct sim_world;

#define SIM_MARK(world, word) SIM_MARK_TIMES(world, word, 1)
#define SIM_MARK_TIMES(world, word, times)                                                                                       \
    do {                                                                                                                         \
        static const struct sim_mark sim_mark_here __attribute__((section("wrn_marks"), used)) = {word};                         \
        sim_mark_hit(world, &sim_mark_here, times);                                                                              \
    } while (0)

void   sim_mark_hit(struct sim_world *world, const struct sim_mark *mark, uint64_t times);
void   sim_mark_reason(struct sim_world *world, unsigned reason, uint64_t times); /* of the engine, not 0 */
size_t sim_mark_places(void);                                     /* counters that a world needs */
uint64_t sim_mark_hits(const struct sim_world *world, const char *name);

#endif
