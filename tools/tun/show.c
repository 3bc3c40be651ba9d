#define _GNU_SOURCE

#include "show.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "figures.h"
#include "status.h"

#define WAIT_MS 5000
#define ANSWER_MOST (1u << 20)
#define EXIT_MACHINE 3

static int missing(const char *interface, const char *what, const char *right)
{
    fprintf(stderr, "warren-tun: %s: %s; %s\n", interface, what, right);
    return EXIT_MACHINE;
}

static int no_driver(const char *interface, const char *path, int error)
{
    char what[256];
    snprintf(what, sizeof what, "no driver answers at %s: %s", path, strerror(error));
    return missing(interface, what,
                   error == EACCES || error == EPERM ? "root may ask it" : "the name of an interface that warren-tun serves");
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
    } else {
        memcpy(address.sun_path, path, strlen(path) + 1);
        if (connect(fd, (void *)&address, sizeof address) == 0)
            return fd;
    }
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* All that comes up to the line errno= and the blank line behind it. 0, or an errno; ETIMEDOUT after WAIT_MS. */
static int read_answer(int fd, char *answer, size_t size)
{
    long end = now_ms() + WAIT_MS;
    size_t length = 0;
    for (;;) {
        long left = end - now_ms();
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int polled = left > 0 ? poll(&ready, 1, (int)left) : 0;
        if (polled == 0)
            return ETIMEDOUT;
        if (polled < 0 && errno != EINTR)
            return errno;
        if (polled < 0)
            continue;
        ssize_t got = recv(fd, answer + length, size - length - 1, 0);
        if (got < 0)
            return errno;
        length += (size_t)got;
        answer[length] = 0;
        const char *last = strstr(answer, "errno=");
        if (last && strstr(last, "\n\n"))
            return 0;
        if (got == 0 || length + 1 == size)
            return EPROTO;
    }
}

/* 0, or the exit code. */
static int ask(const char *interface, char *answer)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s.sock", TUN_RUN_FOLDER, interface);
    int fd = connect_to(path);
    if (fd < 0)
        return no_driver(interface, path, errno);
    bool sent = send(fd, TUN_STATUS_REQUEST, strlen(TUN_STATUS_REQUEST), MSG_NOSIGNAL) == (ssize_t)strlen(TUN_STATUS_REQUEST);
    int error = sent ? read_answer(fd, answer, ANSWER_MOST) : errno;
    close(fd);
    if (error == ETIMEDOUT)
        return missing(interface, "its driver does not answer within 5 seconds", "one that runs, and is not stopped");
    if (error || strncmp(answer, "warren=1\n", strlen("warren=1\n")) != 0)
        return missing(interface, "its driver does not know this question", "warren-tun does; wg show asks others");
    return 0;
}

int tun_show(const char *interface, enum tun_form form)
{
    static char answer[ANSWER_MOST];
    struct tun_figures figures;
    int code = ask(interface, answer);
    if (code)
        return code;
    tun_figures_read(&figures, answer);
    if (form == TUN_JSON)
        tun_figures_json(&figures, stdout);
    else if (form == TUN_METRICS)
        tun_figures_metrics(&figures, stdout);
    else
        tun_figures_plain(&figures, stdout);
    if (fflush(stdout) != 0 || ferror(stdout))
        return missing(interface, strerror(errno), "an output that takes the answer");
    return 0;
}
