#ifndef WARREN_BENCH_CAPTURE_H
#define WARREN_BENCH_CAPTURE_H

/* The cases of warren bench that read a large capture. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_CAPTURE_MIB 120u /* of the capture, when nobody says */

struct bench_capture_result {
    const char *name, *baseline;
    double      ns, raw_ns, ratio, target; /* per data packet, by processor time: the best of five turns */
    uint64_t    bytes;                     /* of the capture */
    long        kib;                       /* of memory, at most */
};

const char *bench_capture_name(size_t number); /* null: there are no more */
/* Measures those wanted, by number; exits when the capture cannot be made or read. Returns how many were told. */
size_t bench_capture(const bool wanted[], unsigned mib, void (*tell)(const struct bench_capture_result *, void *), void *context);

#endif
