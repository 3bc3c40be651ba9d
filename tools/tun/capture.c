#define _GNU_SOURCE

#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "datagram.h"
#include "keylog.h"
#include "log.h"
#include "warren/warren.h"

#define BUFFER_BYTES (1u << 20)
#define BLOCK_BYTES (1u << 17) /* no packet is longer, with what is around it */

enum { OUTSIDE, INSIDE };

static struct {
    struct tun_capture_counts counts;
    int               fd;
    uint64_t          written; /* bytes of the file: whole blocks */
    FILE             *memory;  /* writes to `buffer`, which is written out in whole blocks */
    struct pcapng     out;
    struct wrn_crypto crypto;
    const struct wrn_crypto *real;
    struct keylog     keys;
    uint8_t           peer[32]; /* whom the lines of a request are about */
} state;

static uint8_t buffer[BUFFER_BYTES];
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER; /* of everything here: several threads carry packets */

static void give_up(int error)
{
    tun_log(TUN_ERROR, "the capture ends here, after %llu packets: %s", (unsigned long long)state.counts.packets,
            strerror(error));
    (void)!ftruncate(state.fd, (off_t)state.written);
    state.counts.on = false;
    fclose(state.memory);
    close(state.fd);
    sodium_memzero(buffer, sizeof buffer);
}

static void flush(void)
{
    const uint8_t *at = buffer;
    size_t left = (size_t)ftell(state.memory), all = left;
    while (left > 0) {
        ssize_t wrote = write(state.fd, at, left);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0) {
            give_up(errno);
            return;
        }
        at += wrote;
        left -= (size_t)wrote;
    }
    state.written += all;
    rewind(state.memory);
}

/* After each block: the buffer goes to the file while there is still room for a block. */
static void settle(void)
{
    fflush(state.memory);
    if ((size_t)ftell(state.memory) > BUFFER_BYTES - BLOCK_BYTES)
        flush();
}

static void put(unsigned interface, const uint8_t *packet, size_t length)
{
    struct timespec now;
    if (!state.counts.on) {
        state.counts.missed++;
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    pcapng_packet(&state.out, interface, (uint64_t)now.tv_sec * WRN_SECOND + (uint64_t)now.tv_nsec, packet, length, NULL);
    state.counts.packets++;
    settle();
}

/* Never asked for, it costs a look. */
static bool wanted(void)
{
    return state.out.file != NULL;
}

void tun_capture_inside(const uint8_t *packet, size_t length)
{
    if (!wanted())
        return;
    pthread_mutex_lock(&turn);
    put(INSIDE, packet, length);
    pthread_mutex_unlock(&turn);
}

/* Which address the kernel would send from: it is asked by a socket that sends nothing. */
static void ask_local(const struct tun_sockets *sockets, const struct wrn_endpoint *remote, uint8_t address[16])
{
    union tun_address there;
    socklen_t size = tun_address_of(remote, &there);
    int fd = socket(there.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (sockets->mark)
        (void)setsockopt(fd, SOL_SOCKET, SO_MARK, &sockets->mark, sizeof sockets->mark);
    if (connect(fd, &there.any, size) == 0 && getsockname(fd, &there.any, &size) == 0)
        memcpy(address, remote->family == 4 ? (const void *)&there.v4.sin_addr : (const void *)&there.v6.sin6_addr,
               remote->family == 4 ? 4 : 16);
    close(fd);
}

/* Our end: the address that the remote's datagrams come to, or before the first came, the one that routing chooses. Readers tell
 * sessions apart by it. */
static struct wrn_endpoint local_of(const struct tun_sockets *sockets, const struct wrn_endpoint *remote)
{
    static struct wrn_endpoint asked, answer;
    struct wrn_endpoint local = {.family = remote->family, .port = sockets->port};
    struct tun_path path;
    if (tun_path_find(sockets->paths, remote->host, &path) && path.family == remote->family) {
        memcpy(local.address, path.local, sizeof local.address);
        return local;
    }
    if (memcmp(&asked, remote, sizeof asked) != 0 || answer.port != local.port) {
        ask_local(sockets, remote, local.address);
        asked = *remote;
        answer = local;
    }
    return answer;
}

void tun_capture_outside(const struct tun_sockets *sockets, const struct wrn_packet *packets, size_t count, bool out)
{
    static uint8_t datagram[TUN_RECEIVE_BYTES];
    if (!wanted())
        return;
    pthread_mutex_lock(&turn);
    for (size_t i = 0; i < count; i++) {
        const struct wrn_packet *packet = &packets[i];
        if (out && packet->verdict != WRN_SEND)
            continue;
        struct wrn_endpoint local = local_of(sockets, &packet->remote);
        size_t length = datagram_wrap(datagram, sizeof datagram, out ? &local : &packet->remote, out ? &packet->remote : &local,
                                      packet->tos, packet->data + packet->offset, packet->length);
        if (length)
            put(OUTSIDE, datagram, length);
    }
    pthread_mutex_unlock(&turn);
}

bool tun_capture_waits(void)
{
    if (!wanted())
        return false;
    pthread_mutex_lock(&turn);
    bool waits = state.counts.on && ftell(state.memory) > 0;
    pthread_mutex_unlock(&turn);
    return waits;
}

void tun_capture_flush(void)
{
    if (!wanted())
        return;
    pthread_mutex_lock(&turn);
    if (state.counts.on)
        flush();
    pthread_mutex_unlock(&turn);
}

void tun_capture_counts(struct tun_capture_counts *counts)
{
    pthread_mutex_lock(&turn);
    *counts = state.counts;
    pthread_mutex_unlock(&turn);
}

int tun_capture_open(const char *path, const char *interface, bool keys)
{
    char outside[64];
    state.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (state.fd < 0)
        return errno;
    state.memory = fchmod(state.fd, 0600) == 0 ? fmemopen(buffer, sizeof buffer, "w") : NULL;
    if (!state.memory) {
        int error = errno;
        close(state.fd);
        return error;
    }
    signal(SIGXFSZ, SIG_IGN); /* a limit of files is an error like a full disk */
    state.counts = (struct tun_capture_counts){.on = true, .keys = keys};
    snprintf(outside, sizeof outside, "%s-outside", interface);
    pcapng_begin(&state.out, state.memory, "warren-tun " WRN_VERSION);
    (void)pcapng_interface(&state.out, outside, "datagrams of the outside");
    (void)pcapng_interface(&state.out, interface, "packets of the inside");
    fflush(state.memory);
    flush();
    return state.counts.on ? 0 : ENOSPC;
}

void tun_capture_close(void)
{
    pthread_mutex_lock(&turn);
    if (state.counts.on)
        flush();
    if (state.counts.on) {
        fclose(state.memory);
        close(state.fd);
        sodium_memzero(buffer, sizeof buffer);
    }
    keylog_end(&state.keys);
    state.counts.on = false;
    state.out.file = NULL;
    pthread_mutex_unlock(&turn);
}

/* Keys ------------------------------------------------------------------------------------------------------------------- */

static void watch_dh(void *context, struct wrn_dh *operations, size_t count)
{
    state.real->dh(context, operations, count);
    pthread_mutex_lock(&turn);
    for (size_t i = 0; i < count && state.counts.on; i++) {
        keylog_watch(&state.keys, &state.out, &operations[i]);
        settle();
    }
    pthread_mutex_unlock(&turn);
}

const struct wrn_crypto *tun_capture_crypto(const struct wrn_crypto *real)
{
    if (!state.counts.keys)
        return real;
    state.real = real;
    state.crypto = *real;
    state.crypto.dh = watch_dh;
    return &state.crypto;
}

static bool is(const char *name, size_t length, const char *what)
{
    return length == strlen(what) && memcmp(name, what, length) == 0;
}

static void keep_line(const char *name, size_t length, const uint8_t key[32])
{
    static const struct { const char *name, *kind; } kinds[] = {{"private_key", "LOCAL_STATIC_PRIVATE_KEY"},
                                                                {"public_key", "REMOTE_STATIC_PUBLIC_KEY"}};
    if (is(name, length, "public_key"))
        memcpy(state.peer, key, sizeof state.peer);
    if (is(name, length, "preshared_key") && !keylog_preshared(&state.keys, state.peer, key))
        tun_log(TUN_ERROR, "no memory to keep a preshared key for the capture: what it is shared for does not open there");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && state.counts.on && !sodium_is_zero(key, 32); i++) {
        if (!is(name, length, kinds[i].name))
            continue;
        keylog_static(&state.out, kinds[i].kind, key);
        settle();
    }
}

void tun_capture_request(const char *request, size_t length)
{
    pthread_mutex_lock(&turn);
    for (const char *at = request, *end = request + length; at < end && state.counts.on && state.counts.keys;) {
        const char *next = memchr(at, '\n', (size_t)(end - at)), *value = memchr(at, '=', (size_t)(end - at));
        uint8_t key[32];
        next = next ? next + 1 : end;
        if (value && next - value == 66 && sodium_hex2bin(key, sizeof key, value + 1, 64, NULL, NULL, NULL) == 0)
            keep_line(at, (size_t)(value - at), key);
        sodium_memzero(key, sizeof key);
        at = next;
    }
    pthread_mutex_unlock(&turn);
}
