#ifndef TUN_SHOW_H
#define TUN_SHOW_H

/* What a driver that runs says of itself (status.h), for a reader, as JSON, or as OpenMetrics text. */

enum tun_form { TUN_PLAIN, TUN_JSON, TUN_METRICS };

/* On stdout. The program's exit code; what is wrong is said on stderr. */
int tun_show(const char *interface, enum tun_form form);

#endif
