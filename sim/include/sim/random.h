#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

/*
 * Randomness without order: a stream is named, and its n-th value is a function of the name and n.
 *
 * key = BLAKE2s(seed, purpose, identity), value n = SipHash-2-4(key, n). Asking for value 7 before value 3, or never for value 3,
 * changes nothing. No floats: distributions go through integer tables.
 */

#include "sim/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sim_stream { uint64_t k0, k1; };

/* purpose is a short word ("loss", "delay"); identity names what it is about ("spoke.3 up"). */
void     sim_stream_init(struct sim_stream *stream, uint64_t seed, const char *purpose, const char *identity);
uint64_t sim_value(const struct sim_stream *stream, uint64_t n);
uint64_t sim_below(const struct sim_stream *stream, uint64_t n, uint64_t bound); /* 0 <= x < bound; 0 when bound is 0 */
bool     sim_chance(const struct sim_stream *stream, uint64_t n, uint32_t chance);
uint64_t sim_duration(const struct sim_stream *stream, uint64_t n, const struct sim_draw *draw);

/* 32 bytes of key material for a name: private keys ("key", "hub"), preshared keys ("psk", "hub spoke.3"), entropy. */
void sim_derive(uint8_t out[32], uint64_t seed, const char *purpose, const char *identity);

#ifdef __cplusplus
}
#endif

#endif
