#ifndef TUN_FIGURES_H
#define TUN_FIGURES_H

/* The lines of an answer (status.h), taken apart, and the forms in which they are shown. */

#include <stdio.h>

#define TUN_FIGURES_MOST 4096u

struct tun_figure {
    const char *key, *which, *value; /* which: null where there is one */
    const char *lane;                /* null: of the whole driver */
};

struct tun_figures {
    struct tun_figure rows[TUN_FIGURES_MOST];
    unsigned          count;
};

void tun_figures_read(struct tun_figures *figures, char *answer); /* which it takes to pieces, and keeps */
void tun_figures_plain(const struct tun_figures *figures, FILE *out);
void tun_figures_json(const struct tun_figures *figures, FILE *out);
void tun_figures_metrics(const struct tun_figures *figures, FILE *out);

#endif
