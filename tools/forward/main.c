/*
 * warren-forward: a tunnel without a protocol, by epoll or by io_uring. tools/bench-io measures with it what warren-tun's input
 * and output cost.
 */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward.h"
#include "ring.h"

#define COOP (IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SINGLE_ISSUER)

static const struct way {
    const char *name, *what;
    bool        ring, batch;
    unsigned    flags;
} ways[] = {
    {"epoll", "epoll, read and writev, recvmmsg and sendmmsg, as warren-tun", false, false, 0},
    {"batch", "the same, but reads and writes of the device many at a time, through a ring", false, true, 0},
    {"ring",
     "everything through a ring: multishot read and recvmsg with provided buffers, registered descriptors;\n"
     "               writes and sends go with the call that waits for more",
     true, false, 0},
    {"ring-coop", "the same with IORING_SETUP_COOP_TASKRUN: nothing interrupts the thread", true, false, COOP},
    {"ring-defer", "the same with IORING_SETUP_DEFER_TASKRUN: completions are made when they are waited for", true, false,
     IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SINGLE_ISSUER},
    {"ring-sqpoll", "the same with IORING_SETUP_SQPOLL: a thread of the kernel looks for requests", true, false,
     IORING_SETUP_SQPOLL | IORING_SETUP_SINGLE_ISSUER},
};

static void usage(void)
{
    printf("usage: warren-forward --device NAME --port PORT --to ADDRESS --by WAY\n\n"
           "Packets of the tun device NAME go as they are, in UDP datagrams, from PORT to the same port of the IPv4 ADDRESS, "
           "where the\n"
           "same program puts them into a device; nothing is encrypted. For measuring: tools/bench-io makes namespaces, devices "
           "and\n"
           "traffic. The device is there and up already (ip tuntap add NAME mode tun vnet_hdr). Prints \"ready\", and at SIGTERM "
           "how\n"
           "many packets were lost.\n\n"
           "WAY is one of\n");
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        printf("  %-11s  %s\n", ways[i].name, ways[i].what);
    printf("\nExit codes: 0 ended by a signal; 1 the device or the socket failed; 2 bad usage; 3 the kernel lacks something, or "
           "may not.\n");
}

static _Noreturn void refuse(const char *what, const char *value)
{
    fprintf(stderr, "warren-forward: %s %s; warren-forward --help\n", what, value ? value : "is missing");
    exit(2);
}

static const struct way *find_way(const char *name)
{
    for (size_t i = 0; name && i < sizeof ways / sizeof ways[0]; i++) {
        if (strcmp(ways[i].name, name) == 0)
            return &ways[i];
    }
    refuse("--by takes one of the ways that --help lists; this", name);
}

static uint16_t read_port(const char *text)
{
    char *end = NULL;
    unsigned long port = text ? strtoul(text, &end, 10) : 0;
    if (!text || *end || port == 0 || port > 65535)
        refuse("--port takes a number from 1 to 65535; this", text);
    return (uint16_t)port;
}

static void stop(int number)
{
    (void)number;
    fwd_stop = 1;
}

/* What the kernel lacks, or may not do here, is not a failure of what is measured. */
static int fail(const char *what, int error, const char *needs)
{
    fprintf(stderr, "warren-forward: %s: %s; %s\n", what, strerror(error), needs);
    return error == ENOSYS || error == EPERM || error == EINVAL || error == ENOMEM ? 3 : 1;
}

int main(int count, char **arguments)
{
    static const struct option options[] = {{"device", required_argument, NULL, 'd'}, {"port", required_argument, NULL, 'p'},
                                            {"to", required_argument, NULL, 't'},     {"by", required_argument, NULL, 'b'},
                                            {"help", no_argument, NULL, 'h'},         {0}};
    const char *given[128] = {0};
    struct sockaddr_in other = {.sin_family = AF_INET};
    struct sigaction action = {.sa_handler = stop};
    static struct fwd fwd;
    for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        if (option == '?')
            return 2;
        given[option] = optarg ? optarg : "";
    }
    if (given['h']) {
        usage();
        return 0;
    }
    if (optind < count)
        refuse("there are no arguments but options; this", arguments[optind]);
    if (!given['d'])
        refuse("--device", NULL);
    if (!given['t'] || inet_pton(AF_INET, given['t'], &other.sin_addr) != 1)
        refuse("--to takes an IPv4 address; this", given['t']);
    const struct way *way = find_way(given['b']);
    uint16_t port = read_port(given['p']);
    other.sin_port = htons(port);
    int error = fwd_open(&fwd, given['d'], port, &other);
    if (error)
        return fail(given['d'], error, "it needs root, a tun device made with vnet_hdr, and a port that is free");
    sigaction(SIGTERM, &action, NULL);
    error = way->ring ? fwd_run_ring(&fwd, way->flags) : fwd_run_epoll(&fwd, way->batch);
    if (error)
        return fail(way->name, error,
                    "a ring needs Linux 6.7, and that neither kernel.io_uring_disabled nor a filter forbids it");
    printf("lost %" PRIu64 "\n", fwd.lost);
    return 0;
}
