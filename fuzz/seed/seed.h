#ifndef SEED_H
#define SEED_H

/*
 * Seeds: inputs made on purpose, by a program, each with a name that says what it is. A harness's seeds are written by a function
 * here or in a file beside; a table in main.c has them all.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An input in the making. */
struct seed { uint8_t bytes[8192]; size_t size; };

void seed_u8(struct seed *, unsigned value);
void seed_u16(struct seed *, unsigned value); /* little-endian */
void seed_u32(struct seed *, uint32_t value);
void seed_u64(struct seed *, uint64_t value);
void seed_bytes(struct seed *, const void *data, size_t size);

/* corpora/fuzz/<harness>/seed/<name>, name as by printf; the seed is empty again. */
void seed_end(struct seed *, const char *harness, const char *name, ...) __attribute__((format(printf, 3, 4)));

void seeds_of_api_misuse(void);
void seeds_of_capfile(void);
void seeds_of_gso(void);
void seeds_of_raw(void);
void seeds_of_said(void);
void seeds_of_crypto(void);
void seeds_of_entropy(void);
void seeds_of_keypairs(void);
void seeds_of_lanes(void);
void seeds_of_shelves(void);
void seeds_of_limits(void);
void seeds_of_noise(void);
void seeds_of_ratelimit(void);
void seeds_of_scenario(void);
void seeds_of_schedule(void);
void seeds_of_text(void);
void seeds_of_timers(void);
void seeds_of_uapi(void);
void seeds_of_unreachable(void);
void seeds_of_wgconf(void);

#endif
