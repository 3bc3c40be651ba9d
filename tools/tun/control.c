#define _GNU_SOURCE

#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"
#include "warren/uapi.h"

#define CHUNK 65536u

bool tun_text_room(struct tun_text *text, size_t more)
{
    if (text->room - text->length >= more)
        return true;
    size_t room = 2 * text->room + more;
    char *bytes = malloc(room);
    if (!bytes)
        return false;
    if (text->length)
        memcpy(bytes, text->bytes, text->length);
    if (text->bytes)
        sodium_memzero(text->bytes, text->length);
    free(text->bytes);
    text->bytes = bytes;
    text->room = room;
    return true;
}

void tun_text_cut(struct tun_text *text, size_t length)
{
    size_t left = text->length - length;
    memmove(text->bytes, text->bytes + length, left);
    sodium_memzero(text->bytes + left, length);
    text->length = left;
}

void tun_text_free(struct tun_text *text)
{
    if (text->bytes)
        sodium_memzero(text->bytes, text->length);
    free(text->bytes);
    *text = (struct tun_text){0};
}

static void close_client(struct tun_client *client)
{
    close(client->fd);
    tun_text_free(&client->in);
    tun_text_free(&client->out);
    *client = (struct tun_client){.fd = -1};
}

/* Whoever answers there is alive: its place is not taken. A socket that nobody listens to is left over from one that was killed.
 */
static int clear_place(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno;
    int error = connect(fd, (const void *)address, sizeof *address) == 0 || errno == EAGAIN ? EADDRINUSE : 0;
    close(fd);
    if (error == 0 && unlink(address->sun_path) != 0 && errno != ENOENT)
        error = errno;
    return error;
}

static int listen_at(struct tun_control *control)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat status;
    mode_t mask = umask(022);
    int error = mkdir(TUN_RUN_FOLDER, 0755) == 0 || errno == EEXIST ? 0 : errno;
    umask(mask);
    if (error)
        return error;
    memcpy(address.sun_path, control->path, sizeof control->path);
    error = clear_place(&address);
    if (error)
        return error;
    control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (control->fd < 0)
        return errno;
    mask = umask(0177);
    error = bind(control->fd, (void *)&address, sizeof address) == 0 ? 0 : errno;
    umask(mask);
    if (error == 0 && (listen(control->fd, 32) != 0 || stat(control->path, &status) != 0))
        error = errno;
    if (error) {
        close(control->fd);
        control->fd = -1;
        return error;
    }
    control->device = status.st_dev;
    control->inode = status.st_ino;
    control->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (control->watch >= 0)
        (void)inotify_add_watch(control->watch, TUN_RUN_FOLDER, IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF);
    return 0;
}

int tun_control_open(struct tun_control *control, const char *name, int fd)
{
    *control = (struct tun_control){.fd = fd, .watch = -1};
    for (size_t i = 0; i < TUN_CLIENTS; i++)
        control->clients[i].fd = -1;
    if (fd >= 0)
        return fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? 0 : errno;
    snprintf(control->path, sizeof control->path, "%s/%s.sock", TUN_RUN_FOLDER, name);
    return listen_at(control);
}

bool tun_control_there(struct tun_control *control)
{
    struct stat status;
    char events[4096];
    if (control->watch < 0)
        return true;
    while (read(control->watch, events, sizeof events) > 0)
        continue;
    return stat(control->path, &status) == 0 && status.st_ino == control->inode && status.st_dev == control->device;
}

void tun_control_close(struct tun_control *control)
{
    for (size_t i = 0; i < TUN_CLIENTS; i++) {
        if (control->clients[i].fd >= 0)
            close_client(&control->clients[i]);
    }
    if (control->path[0] && control->fd >= 0 && tun_control_there(control))
        (void)unlink(control->path);
    if (control->fd >= 0)
        close(control->fd);
    if (control->watch >= 0)
        close(control->watch);
    control->fd = control->watch = -1;
}

struct tun_client *tun_control_accept(struct tun_control *control)
{
    struct tun_client *client = NULL;
    for (size_t i = 0; i < TUN_CLIENTS && !client; i++)
        client = control->clients[i].fd < 0 ? &control->clients[i] : NULL;
    int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        control->full = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        return NULL;
    }
    if (!client) {
        tun_log(TUN_ERROR, "more than %u clients at the control socket: one is sent away", TUN_CLIENTS);
        close(fd);
        return NULL;
    }
    *client = (struct tun_client){.fd = fd};
    return client;
}

/* Every whole request in the buffer. `scanned` bytes hold no blank line: they are not looked at again. */
static void answer_all(struct tun_client *client, tun_answer *answer, void *context)
{
    struct tun_text *in = &client->in;
    while (!client->closing && !client->waits && in->length > 0) {
        size_t from = client->scanned ? client->scanned - 1 : 0, length;
        bool look = client->scanned == 0 || memmem(in->bytes + from, in->length - from, "\n\n", 2);
        client->scanned = in->length;
        enum wrn_uapi_kind kind = look ? wrn_uapi_kind(in->bytes, in->length, &length) : WRN_UAPI_INCOMPLETE;
        if (kind == WRN_UAPI_INCOMPLETE) {
            client->closing = in->length > TUN_REQUEST_MOST;
            return;
        }
        enum tun_answered answered = kind == WRN_UAPI_UNKNOWN ? TUN_REFUSED : answer(context, in->bytes, length, &client->out);
        if (answered == TUN_REFUSED) {
            client->closing = true;
            return;
        }
        client->waits = answered == TUN_LATER;
        tun_text_cut(in, length);
        client->scanned = 0;
    }
}

/* Also of a client that will send nothing more. */
static void answer_rest(struct tun_client *client, tun_answer *answer, void *context)
{
    bool ending = client->closing;
    client->closing = false;
    answer_all(client, answer, context);
    client->closing |= ending;
}

static bool write_out(struct tun_client *client)
{
    while (client->sent < client->out.length) {
        ssize_t sent = send(client->fd, client->out.bytes + client->sent, client->out.length - client->sent, MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN || errno == EINTR;
        client->sent += (size_t)sent;
    }
    tun_text_free(&client->out);
    client->sent = 0;
    return true;
}

void tun_control_serve(struct tun_client *client, tun_answer *answer, void *context)
{
    bool open = true, more = true;
    while (more && !client->closing && !client->waits && client->out.length == 0) { /* an unsent answer holds requests back */
        if (!tun_text_room(&client->in, CHUNK)) {
            open = false;
            break;
        }
        ssize_t size = recv(client->fd, client->in.bytes + client->in.length, client->in.room - client->in.length, 0);
        if (size > 0)
            client->in.length += (size_t)size;
        else if (size == 0 || (errno != EAGAIN && errno != EINTR))
            client->closing = true; /* what is incomplete then is thrown away (P-149) */
        more = size > 0;
        answer_rest(client, answer, context);
        open = write_out(client);
        if (!open)
            break;
    }
    if (client->out.length)
        open = open && write_out(client);
    if (!client->waits && (!open || (client->closing && client->out.length == 0)))
        close_client(client);
}

void tun_control_resume(struct tun_client *client, tun_answer *answer, void *context)
{
    client->waits = false;
    answer_rest(client, answer, context);
    tun_control_serve(client, answer, context);
}
