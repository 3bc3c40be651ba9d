#ifndef FUZZ_H
#define FUZZ_H

/*
 * What every harness leans on. A harness is one file fuzz/<name>.c with LLVMFuzzerTestOneInput: it reads its input by total
 * decoders (every byte string means something), and judges by oracles. An oracle has an id that never changes: failures are told
 * apart by it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Optional, in the harness: one-time work before the first input, and an input as text for a reader. */
int  LLVMFuzzerInitialize(int *argc, char ***argv);
void fuzz_render(FILE *out, const uint8_t *data, size_t size);
/* Optional, in a harness that can write its engines' calls (warren/record.h): where to, from the next input on; null: nowhere. */
void fuzz_record(FILE *out);

/* Optional, in a harness that counts what it has reached (support/reached.h): as lines "reached WHAT NAME NUMBER". */
void fuzz_reached(FILE *out);

/* The line "oracle: <id>: <text>" on stderr, and abort(). */
_Noreturn void fuzz_fail(const char *oracle, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define FUZZ_CHECK(condition, oracle, ...) ((condition) ? (void)0 : fuzz_fail(oracle, __VA_ARGS__))

/* Something of the harness itself that cannot fail: the oracle "setup". */
static inline void fuzz_setup(bool good, const char *what) { FUZZ_CHECK(good, "setup", "%s", what); }

/* These bytes on top of a log that tells two runs apart (FNV-1a). */
static inline uint64_t fuzz_log(uint64_t log, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        log = (log ^ bytes[i]) * UINT64_C(0x100000001b3);
    return log;
}

/* An input that is being read. Whoever reads beyond its end gets zeros. */
struct fuzz_bytes {
    const uint8_t *at;
    size_t         left;
};

uint8_t  fuzz_u8(struct fuzz_bytes *);
uint16_t fuzz_u16(struct fuzz_bytes *); /* all little-endian */
uint32_t fuzz_u32(struct fuzz_bytes *);
uint64_t fuzz_u64(struct fuzz_bytes *);
uint32_t fuzz_pick(struct fuzz_bytes *, uint32_t count);                   /* 0..count-1; of two bytes when count is above 256 */
void     fuzz_fill(struct fuzz_bytes *, void *to, size_t size);            /* the next bytes, then zeros */
const uint8_t *fuzz_take(struct fuzz_bytes *, size_t wanted, size_t *got); /* what is left of as many bytes, in place */

/* Memory of exactly that size, and a copy in such, so that a read behind it is noticed. Never null; fuzz_free gives it back. */
void    *fuzz_room(size_t size);
uint8_t *fuzz_exact(const uint8_t *data, size_t size);
void     fuzz_free(void *);

/* How many bytes are zero before the first that is not: `size`, and all are. */
size_t fuzz_zeros(const uint8_t *memory, size_t size);

/* The same 32 bytes for the same number, on every machine: entropy and secrets of engines. */
void fuzz_entropy(uint64_t number, uint8_t out[32]);

#endif
