#ifndef SIM_SCENARIO_TEXT_H
#define SIM_SCENARIO_TEXT_H

/*
 * From text to numbers, without floats. Every function takes zero-terminated text, uses all of it or refuses, and changes its
 * result only on success.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "warren/types.h"

/* Decimal text times a unit, exactly: "1.5" with unit 1000 is 1500; what does not come out even or fit is refused. `end` is set
 * behind the number. */
bool scn_decimal(const char *text, const char **end, uint64_t unit, uint64_t *value);

bool scn_whole(const char *text, uint64_t *value);         /* 51820 */
bool scn_duration(const char *text, wrn_time *value);      /* 25s 1.5ms 9m30s */
bool scn_size(const char *text, uint64_t *value);          /* 200B 64kB 1MiB */
bool scn_bitrate(const char *text, uint64_t *value);       /* 8mbps, in bits per second */
bool scn_packet_rate(const char *text, uint64_t *value);   /* 20kpps, in packets per second */
bool scn_ppm(const char *text, int32_t *value);            /* -50ppm, in parts per billion */
/* 0.4% 1/10000 none: of 2^32, rounded to nearest. 100% is 2^32. */
bool scn_probability(const char *text, uint64_t *value);
bool scn_bool(const char *text, bool *value);              /* true false */
bool scn_address(const char *text, struct wrn_endpoint *value);  /* 203.0.113.1:51820 [2001:db8::1]:51820 */
bool scn_prefix(const char *text, struct wrn_prefix *value);     /* 10.0.0.0/8 fd00::/8 or a plain address */
bool scn_key(const char *text, uint8_t value[32]);         /* base64 as wg prints it */
bool scn_name(const char *text);                           /* letter, then letters, digits, - and _ */

/* A call such as normal(45ms 12ms): its name and up to `max` arguments, copied into `buffer` and cut there. Text without
 * parentheses is a call without arguments. Returns the number of arguments, or -1. */
#define SCN_CALL_BYTES 128u
int scn_call(const char *text, char buffer[SCN_CALL_BYTES], const char **name, const char *arguments[], int max);

/* The known name that `text` was probably meant to be, or null. `names` ends with null. */
const char *scn_guess(const char *text, const char *const *names);

#endif
