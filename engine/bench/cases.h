#ifndef BENCH_CASES_H
#define BENCH_CASES_H

#include "bench.h"

void *seal_begin(const struct bench_case *self);
void *seal_ipsecmb_begin(const struct bench_case *self);
void *seal_boringssl_begin(const struct bench_case *self);
void *seal_crowd_begin(const struct bench_case *self);
void *seal_alone_begin(const struct bench_case *self);
void *seal_random_begin(const struct bench_case *self);
void  seal_run(void *state);
void  raw_seal_run(void *state);
void  seal_end(void *state);

void *open_begin(const struct bench_case *self);
void  open_run(void *state);
void  raw_open_run(void *state);
void  open_end(void *state);

void *handshake_begin(const struct bench_case *self);
void  handshake_run(void *state);
void  handshake_end(void *state);
void *raw_handshake_begin(const struct bench_case *self);
void  raw_handshake_run(void *state);
void  raw_handshake_end(void *state);
void  raw_dh_run(void *state);

void *lookup_begin(const struct bench_case *self);
void  lookup_run(void *state);
void  lookup_end(void *state);
void *timer_begin(const struct bench_case *self);
void  timer_run(void *state);
void  timer_end(void *state);

#endif
