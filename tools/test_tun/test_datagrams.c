/* Packets through real sockets of the loopback, where the kernel now and then refuses: sendmmsg is wrapped. */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <poll.h>

#include "log.h"
#include "sockets.h"

#define PACKETS 40u
#define BYTES 1200u

static struct {
    bool     no_segments; /* EIO, as of a device that cannot cut: messages of more than one datagram */
    unsigned refuse;      /* the next so many messages */
    int      error;
    unsigned calls;
} kernel;

int __real_sendmmsg(int fd, struct mmsghdr *heads, unsigned count, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *heads, unsigned count, int flags);

static int refusal(const struct msghdr *head)
{
    if (kernel.refuse > 0) {
        kernel.refuse--;
        return kernel.error;
    }
    return kernel.no_segments && head->msg_iovlen > 1 ? EIO : 0;
}

/* As the kernel: what went before the refused one is sent; the error comes when that is the first. */
int __wrap_sendmmsg(int fd, struct mmsghdr *heads, unsigned count, int flags)
{
    kernel.calls++;
    for (unsigned i = 0; i < count; i++) {
        int error = refusal(&heads[i].msg_hdr);
        if (error && i > 0) {
            kernel.refuse += error != EIO;
            return (int)i;
        }
        if (error) {
            errno = error;
            return -1;
        }
        if (__real_sendmmsg(fd, &heads[i], 1, flags) != 1)
            return i > 0 ? (int)i : -1;
    }
    return (int)count;
}

struct ends {
    struct tun_paths   paths;
    struct tun_sockets near, far;
    struct tun_inbox  *inbox;
    uint8_t          (*bytes)[BYTES];
    struct wrn_packet  packets[PACKETS];
};

static int begin(void **state)
{
    struct ends *ends = calloc(1, sizeof *ends);
    ends->inbox = malloc(sizeof *ends->inbox);
    ends->bytes = calloc(PACKETS, BYTES);
    tun_log_open(TUN_SILENT, "test");
    tun_paths_init(&ends->paths);
    tun_sockets_init(&ends->near, &ends->paths);
    tun_sockets_init(&ends->far, &ends->paths);
    memset(&kernel, 0, sizeof kernel);
    *state = ends;
    return tun_sockets_open(&ends->near, 0, 0) || tun_sockets_open(&ends->far, 0, 0);
}

static int end(void **state)
{
    struct ends *ends = *state;
    tun_sockets_close(&ends->near);
    tun_sockets_close(&ends->far);
    free(ends->inbox);
    free(ends->bytes);
    free(ends);
    return 0;
}

static uint32_t length_of(size_t number)
{
    return number % 10 == 9 ? 333 : BYTES; /* the last of a message may be shorter */
}

static void make_packets(struct ends *ends, uint8_t tos)
{
    for (size_t i = 0; i < PACKETS; i++) {
        memset(ends->bytes[i], (int)i, BYTES);
        ends->packets[i] = (struct wrn_packet){.data = ends->bytes[i], .capacity = BYTES, .length = length_of(i), .tos = tos,
                                               .verdict = WRN_SEND,
                                               .remote = {.address = {127, 0, 0, 1}, .port = ends->far.port, .family = 4}};
    }
}

/* The next datagram that is there, of messages that may be several. */
static size_t receive(struct ends *ends, uint8_t tos, size_t next)
{
    struct pollfd wait = {.fd = ends->far.fd[0], .events = POLLIN};
    if (poll(&wait, 1, 2000) != 1)
        fail_msg("datagram %zu does not come", next);
    size_t messages = tun_sockets_receive(&ends->far, 0, ends->inbox);
    for (size_t i = 0; i < messages; i++) {
        const struct tun_message *message = &ends->inbox->messages[i];
        assert_int_equal(message->remote.port, ends->near.port);
        assert_memory_equal(message->remote.address, ((uint8_t[4]){127, 0, 0, 1}), 4);
        assert_true(message->remote.host & TUN_PATH_BIT);
        assert_int_equal(message->tos, tos);
        for (uint32_t at = 0, length; at < message->length; at += length, next++) {
            uint32_t left = message->length - at;
            length = left < message->segment ? left : message->segment;
            assert_int_equal(length, length_of(next));
            for (uint32_t j = 0; j < length; j++)
                assert_int_equal(message->data[at + j], next);
        }
    }
    return next;
}

static void some_come(struct ends *ends, size_t count, uint8_t tos)
{
    size_t next = 0;
    make_packets(ends, tos);
    tun_sockets_send(&ends->near, ends->packets, count);
    for (size_t i = 0; i < count; i++)
        assert_null(ends->packets[i].user);
    while (next < count)
        next = receive(ends, tos, next);
    assert_int_equal(next, count);
    assert_int_equal(ends->near.unsent, 0);
}

static void all_come(struct ends *ends, uint8_t tos)
{
    some_come(ends, PACKETS, tos);
}

static void many_go_as_few(void **state)
{
    all_come(*state, 0);
    assert_int_equal(kernel.calls, 1);
    assert_true(((struct ends *)*state)->near.gso);
}

/* Of one alone the kernel tells less than of many in one; what it wrote then is no bound for what it may write next. */
static void one_after_the_other_is_told_in_full(void **state)
{
    for (unsigned round = 0; round < 5; round++) {
        some_come(*state, 1, (uint8_t)(round << 2));
        all_come(*state, (uint8_t)(round << 2));
    }
}

static void p157_without_segments_each_goes_alone_and_none_is_lost(void **state)
{
    struct ends *ends = *state;
    kernel.no_segments = true;
    all_come(ends, 0);
    assert_false(ends->near.gso);
    unsigned calls = kernel.calls;
    all_come(ends, 4); /* from now on nobody asks for segments */
    assert_int_equal(kernel.calls, calls + 1);
}

/* A datagram alone is lost with its error; those round it are not, and the driver hears which it was. */
static void what_is_refused_alone_is_told(void **state)
{
    struct ends *ends = *state;
    ends->near.gso = false;
    make_packets(ends, 0);
    kernel.refuse = 1;
    kernel.error = EPERM;
    tun_sockets_send(&ends->near, ends->packets, 3);
    assert_non_null(ends->packets[0].user);
    assert_null(ends->packets[1].user);
    assert_null(ends->packets[2].user);
    assert_int_equal(ends->near.unsent, 1);
    for (size_t next = 1; next < 3;)
        next = receive(ends, 0, next);
}

/* Whoever has another's descriptors knows what they are marked with: the capture asks for a route with it. */
static void what_is_lent_has_its_mark(void **state)
{
    struct ends *ends = *state;
    struct tun_sockets lent;
    tun_sockets_init(&lent, &ends->paths);
    tun_sockets_follow(&lent, &ends->near, false);
    assert_true(lent.lent && lent.fd[0] == ends->near.fd[0] && lent.mark == 0);
    ends->near.mark = 7;
    tun_sockets_follow(&lent, &ends->near, false);
    assert_int_equal(lent.mark, 7);
    tun_sockets_close(&lent);
    all_come(ends, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_go_as_few, begin, end),
        cmocka_unit_test_setup_teardown(one_after_the_other_is_told_in_full, begin, end),
        cmocka_unit_test_setup_teardown(p157_without_segments_each_goes_alone_and_none_is_lost, begin, end),
        cmocka_unit_test_setup_teardown(what_is_refused_alone_is_told, begin, end),
        cmocka_unit_test_setup_teardown(what_is_lent_has_its_mark, begin, end)};
    return cmocka_run_group_tests_name("tun.datagrams", tests, NULL, NULL);
}
