#ifndef TEST_REQUESTS_H
#define TEST_REQUESTS_H

/*
 * The text protocol in tests: texts that grow, an engine that grows, set and get in one call.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "warren/warren.h"

struct text { char *at; size_t length, room; };

void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_key(struct text *text, const char *name, const uint8_t key[32]); /* name=hex\n */
void text_free(struct text *text);

/* An engine of its own: sodium, wall clock 1,700,000,000 s, down, without identity. */
struct request_host { struct wrn_engine *engine; void *memory; struct wrn_config config; };

void host_open(struct request_host *host, const struct wrn_limits *limits); /* null: the default */
void host_open_small(struct request_host *host);                 /* room for one peer and one prefix */
void host_open_lanes(struct request_host *host, uint32_t orders); /* two outside lanes, up */
void host_close(struct request_host *host);
void host_grow(struct request_host *host, const struct wrn_limits *limits);

/* Check, and apply if check says so. `text` has neither operation nor blank line: they are added. */
enum wrn_status set_text(struct wrn_engine *engine, wrn_time now, const char *text, struct wrn_uapi_set *set);
void            set_must(struct wrn_engine *engine, wrn_time now, const char *text);
void            set_growing(struct request_host *host, wrn_time now, const char *text); /* grown where it must */

/* The whole answer to a get, in chunks of `size`, or of WRN_UAPI_CHUNK for 0; ends in a zero byte; free it. */
char *get_text(const struct wrn_engine *engine, size_t size);
bool  get_has(const struct wrn_engine *engine, const char *part); /* somewhere in it */

void drain_orders(struct wrn_engine *engine); /* of all lanes, to nowhere */

void digest_of(const struct wrn_engine *engine, uint8_t digest[32]); /* all parts */

/* The key of number n: any 32 bytes, distinct. */
void some_key(uint32_t n, uint8_t key[32]);

#endif
