#ifndef TUN_LOG_H
#define TUN_LOG_H

/*
 * What the driver says while it runs: lines on stderr, or to syslog once it is a daemon. No key is ever in one. A burst is cut:
 * TUN_LOG_BURST lines, then TUN_LOG_RATE a second; how many were left out is said with the next one.
 */

#include <stdint.h>

#define TUN_LOG_BURST 50u
#define TUN_LOG_RATE 5u

enum tun_level { TUN_SILENT, TUN_ERROR, TUN_VERBOSE };

void tun_log_open(enum tun_level level, const char *interface);
void tun_log_to_syslog(void);
void tun_log(enum tun_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Lines that a burst left out, since the start. */
uint64_t tun_log_left_out(void);

#endif
