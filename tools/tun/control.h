#ifndef TUN_CONTROL_H
#define TUN_CONTROL_H

/*
 * The socket that wg talks to: /var/run/wireguard/NAME.sock (P-142). Several clients, requests in pieces, one after the other; what a
 * client sent is wiped when it was done.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TUN_CLIENTS 64u
#define TUN_REQUEST_MOST (UINT32_C(1) << 28)
#define TUN_RUN_FOLDER "/var/run/wireguard"

/* Bytes that may be secret: they are wiped wherever they leave. */
struct tun_text {
    char  *bytes;
    size_t length, room;
};

bool tun_text_room(struct tun_text *text, size_t more);
void tun_text_cut(struct tun_text *text, size_t length); /* the first bytes go */
void tun_text_free(struct tun_text *text);

struct tun_client {
    int             fd; /* -1: free */
    struct tun_text in, out;
    size_t          sent, scanned;
    bool            closing;
    bool            waits; /* for the answer to a request that is being worked through */
};

struct tun_control {
    int   fd, watch; /* watch: inotify on the folder, -1 without */
    bool  full;      /* no descriptor for another client: to be tried again later */
    char  path[108];
    dev_t device;
    ino_t inode;
    struct tun_client clients[TUN_CLIENTS];
};

enum tun_answered { TUN_ANSWERED, TUN_LATER, TUN_REFUSED };

/* A whole request, blank line included: what to answer goes to the end of `out`, now or later. TUN_REFUSED: close. */
typedef enum tun_answered tun_answer(void *context, char *request, size_t length, struct tun_text *out);

/* 0, EADDRINUSE (somebody answers there), or another errno. fd >= 0: the listening socket, given by who started us. */
int  tun_control_open(struct tun_control *control, const char *name, int fd);
void tun_control_close(struct tun_control *control);
/* The new client, or null. */
struct tun_client *tun_control_accept(struct tun_control *control);
/* Reads, answers, writes as far as it goes. The client may be free after it; not so while it waits, when it must not be served. */
void tun_control_serve(struct tun_client *client, tun_answer *answer, void *context);
/* The answer it waits for is in `out`: goes on with what it sent since, as above. */
void tun_control_resume(struct tun_client *client, tun_answer *answer, void *context);
/* Is the socket still in its place? Somebody who removed it wants us to end. */
bool tun_control_there(struct tun_control *control);

#endif
