#define _POSIX_C_SOURCE 200809L

#include "requests.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "state.h"

/* What a get says, in whatever pieces; and how little stack both directions take. */

#define S WRN_SECOND
#define SECRET "4040404040404040404040404040404040404040404040404040404040404040"
#define KEY_A "0101010101010101010101010101010101010101010101010101010101010101"
#define KEY_B "0202020202020202020202020202020202020202020202020202020202020202"
#define NOTHING "0000000000000000000000000000000000000000000000000000000000000000"

static void p145_an_empty_engine_says_only_that_all_is_well(void **state)
{
    (void)state;
    struct request_host host;
    host_open(&host, NULL);
    char *all = get_text(host.engine, 0);
    assert_string_equal(all, "errno=0\n\n");
    free(all);
    host_close(&host);
}

static void p145_the_hosts_own_values(void **state)
{
    (void)state;
    struct request_host host;
    struct wrn_uapi_get get = {.listen_port = 51820, .fwmark = UINT32_MAX};
    char                out[WRN_UAPI_CHUNK];
    size_t              written;
    static const char   expected[] = "private_key=" SECRET "\nlisten_port=51820\nfwmark=4294967295\nerrno=0\n\n";
    host_open(&host, NULL);
    set_must(host.engine, 0, "private_key=" SECRET "\n");
    assert_int_equal(wrn_uapi_get(host.engine, &get, out, sizeof out, &written), WRN_OK);
    assert_int_equal(written, sizeof expected - 1);
    assert_memory_equal(out, expected, written);
    for (unsigned i = 0; i < 3; i++) { /* at the end it stays at the end */
        assert_int_equal(wrn_uapi_get(host.engine, &get, out, sizeof out, &written), WRN_OK);
        assert_int_equal(written, 0);
    }
    host_close(&host);
}

static void p145_the_private_key_is_shown_clamped_and_round_trips(void **state)
{
    (void)state;
    struct request_host host;
    host_open(&host, NULL);
    set_must(host.engine, 0, "private_key=ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\n");
    assert_true(get_has(host.engine, "private_key=f8ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f\n"));
    host_close(&host);
}

static void p145_a_peer_in_use(void **state)
{
    (void)state;
    struct net *net = net_new(2, 10 * WRN_MILLISECOND);
    struct text expected = {0};
    uint8_t     key[32], secret[32];
    net_connect(net, 0, 1);
    net_send(net, 0, 1, 100);
    net_run(net, 1 * S);
    struct wrn_peer_info info;
    net_info(net, 0, 1, &info);
    net_public_key(net, 1, key);
    memset(secret, 0x40, 32);
    assert_true(info.rx_bytes > 0 && info.tx_bytes > 0);
    text_key(&expected, "private_key", secret);
    text_key(&expected, "public_key", key);
    text_add(&expected, "preshared_key=" NOTHING "\nprotocol_version=1\nendpoint=192.0.2.2:51820\n");
    text_add(&expected, "last_handshake_time_sec=1700000000\nlast_handshake_time_nsec=20000000\n");
    text_add(&expected, "tx_bytes=%llu\nrx_bytes=%llu\n", (unsigned long long)info.tx_bytes, (unsigned long long)info.rx_bytes);
    text_add(&expected, "persistent_keepalive_interval=0\nallowed_ip=10.0.0.2/32\nallowed_ip=fd00::2/128\nerrno=0\n\n");
    char *all = get_text(net->host[0].engine, 0);
    assert_string_equal(all, expected.at);
    free(all);
    text_free(&expected);
    net_free(net);
}

/* Peers of every kind: long lines, no lines, many allowed IPs, none. */
static void furnish(struct request_host *host, uint32_t peers, uint32_t prefixes)
{
    struct text text = {0};
    text_add(&text, "private_key=" SECRET "\nreplace_peers=true\n");
    for (uint32_t i = 0; i < peers; i++) {
        uint8_t key[32];
        some_key(i, key);
        text_key(&text, "public_key", key);
        if (i % 3 == 0)
            text_key(&text, "preshared_key", key);
        if (i % 3 == 1)
            text_add(&text, "endpoint=[fe80:ffff:ffff:ffff:ffff:ffff:ffff:%x%%%u]:65535\n", i, UINT32_MAX - i);
        if (i % 2)
            text_add(&text, "persistent_keepalive_interval=%u\n", i);
        for (uint32_t j = 0; j < prefixes && i % 4 != 3; j++)
            text_add(&text, "allowed_ip=fd00:%x:%x:ffff:ffff:ffff:ffff:ffff/128\n", i, j + 1);
    }
    set_growing(host, 0, text.at);
    text_free(&text);
}

static unsigned lines_with(const char *all, const char *name)
{
    unsigned count = 0;
    for (const char *at = all; *at; at = strchr(at, '\n') + 1)
        count += !strncmp(at, name, strlen(name));
    return count;
}

static void p136_g61_every_buffer_size_gives_the_same_bytes(void **state)
{
    (void)state;
    struct request_host host;
    host_open(&host, NULL);
    furnish(&host, 9, 7);
    char *whole = get_text(host.engine, 1 << 20);
    assert_int_equal(lines_with(whole, "public_key="), 9);
    assert_int_equal(lines_with(whole, "allowed_ip="), 7 * 7);
    for (size_t size = WRN_UAPI_CHUNK; size < WRN_UAPI_CHUNK + 400; size++) {
        char *pieces = get_text(host.engine, size);
        assert_string_equal(pieces, whole);
        free(pieces);
    }
    free(whole);
    host_close(&host);
}

static void p136_g61_each_of_many_is_listed_once(void **state)
{
    (void)state;
    struct request_host host;
    host_open(&host, NULL);
    furnish(&host, 2, 20000);
    char *all = get_text(host.engine, 4096);
    assert_int_equal(lines_with(all, "allowed_ip="), 40000);
    char    *seen = calloc(2, 20000);
    unsigned i, j;
    assert_non_null(seen);
    for (const char *at = all; *at; at = strchr(at, '\n') + 1) {
        char *end;
        if (strncmp(at, "allowed_ip=", strlen("allowed_ip=")) != 0)
            continue;
        i = (unsigned)strtoul(at + strlen("allowed_ip=fd00:"), &end, 16);
        j = (unsigned)strtoul(end + 1, NULL, 16) - 1;
        assert_true(i < 2 && j < 20000 && !seen[i * 20000 + j]);
        seen[i * 20000 + j] = 1;
    }
    free(seen);
    free(all);
    host_close(&host);
}

static void p136_a_get_notices_that_the_configuration_changed(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "private_key=" KEY_A "\n", "public_key=" KEY_A "\n", "public_key=" KEY_B "\nremove=true\n",
        "public_key=" KEY_B "\nallowed_ip=10.0.0.0/8\n", "public_key=" KEY_B "\nallowed_ip=-11.0.0.0/8\n",
        "public_key=" KEY_B "\nreplace_allowed_ips=true\n", "public_key=" KEY_B "\nendpoint=1.1.1.1:1\n",
        "public_key=" KEY_B "\npersistent_keepalive_interval=1\n", "replace_peers=true\n"};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct request_host host;
        struct wrn_uapi_get get = {0};
        char                out[WRN_UAPI_CHUNK];
        size_t              written;
        host_open(&host, NULL);
        set_must(host.engine, 0, "private_key=" SECRET "\npublic_key=" KEY_B "\nallowed_ip=11.0.0.0/8\n");
        assert_int_equal(wrn_uapi_get(host.engine, &get, out, sizeof out, &written), WRN_OK);
        assert_true(written > 0);
        set_must(host.engine, 0, changes[i]);
        assert_int_equal(wrn_uapi_get(host.engine, &get, out, sizeof out, &written), WRN_CHANGED);
        assert_int_equal(written, 0);
        char *again = get_text(host.engine, 0); /* from the start it works */
        free(again);
        host_close(&host);
    }
}

/* The host's own calls end it as well: not only what comes as text. */
static void p136_a_get_notices_every_call(void **state)
{
    static const struct wrn_prefix prefix = {{11}, 4, 8}, other = {{12}, 4, 8};
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        struct request_host    host;
        struct wrn_uapi_get    get = {0};
        struct wrn_peer        peer = {UINT32_MAX, 0}, made;
        struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = 9};
        char                   out[WRN_UAPI_CHUNK];
        size_t                 written;
        const uint8_t          key[32] = {5};
        host_open(&host, NULL);
        set_must(host.engine, 0, "private_key=" SECRET "\npublic_key=" KEY_B "\nallowed_ip=11.0.0.0/8\n");
        assert_true(wrn_peer_next(host.engine, &peer));
        assert_int_equal(wrn_uapi_get(host.engine, &get, out, sizeof out, &written), WRN_OK);
        switch (i) {
        case 0: assert_int_equal(wrn_set_private_key(host.engine, 0, key), WRN_OK); break;
        case 1: assert_int_equal(wrn_peer_add(host.engine, 0, key, &made), WRN_OK); break;
        case 2: assert_int_equal(wrn_peer_remove(host.engine, 0, peer), WRN_OK); break;
        case 3: assert_int_equal(wrn_peer_set(host.engine, 0, peer, &change), WRN_OK); break;
        case 4: assert_int_equal(wrn_allowed_add(host.engine, peer, &other, NULL), WRN_OK); break;
        case 5: assert_int_equal(wrn_allowed_remove(host.engine, peer, &prefix), WRN_OK); break;
        case 6: assert_int_equal(wrn_allowed_replace(host.engine, peer, &other, 1), WRN_OK); break;
        default: assert_int_equal(wrn_allowed_remove(host.engine, peer, &other), WRN_NOT_FOUND); /* no change */
        }
        assert_int_equal(wrn_uapi_get(host.engine, &get, out, sizeof out, &written), i < 7 ? WRN_CHANGED : WRN_OK);
        host_close(&host);
    }
}

static void p136_a_get_goes_on_while_the_engine_grows(void **state)
{
    (void)state;
    struct request_host host;
    host_open(&host, NULL);
    furnish(&host, 9, 7);
    char               *whole = get_text(host.engine, 0);
    struct wrn_uapi_get get = {0};
    struct text         all = {0};
    size_t              written;
    char                out[WRN_UAPI_CHUNK];
    do {
        struct wrn_limits limits;
        assert_int_equal(wrn_uapi_get(host.engine, &get, out, sizeof out, &written), WRN_OK);
        text_add(&all, "%.*s", (int)written, out);
        wrn_engine_limits(host.engine, &limits);
        limits.peers++;
        limits.prefixes++;
        host_grow(&host, &limits);
    } while (written);
    assert_string_equal(all.at, whole);
    free(whole);
    text_free(&all);
    host_close(&host);
}

static void p145_a_buffer_too_small_is_refused(void **state)
{
    (void)state;
    struct request_host host;
    struct wrn_uapi_get get = {0};
    char                out[WRN_UAPI_CHUNK];
    size_t              written = 1;
    host_open(&host, NULL);
    assert_int_equal(wrn_uapi_get(host.engine, &get, out, WRN_UAPI_CHUNK - 1, &written), WRN_BAD_ARGUMENT);
    assert_int_equal(written, 0);
    host_close(&host);
}

/* get -> set -> get on another engine: the configuration comes over whole. What a set does not take is left out. */
static void p145_p146_a_get_can_be_set(void **state)
{
    (void)state;
    struct request_host host, other;
    struct text         text = {0};
    host_open(&host, NULL);
    host_open(&other, NULL);
    furnish(&host, 12, 5);
    char *all = get_text(host.engine, 0);
    for (const char *at = all, *end; *at && strncmp(at, "errno", 5) != 0; at = end) {
        end = strchr(at, '\n') + 1;
        if (strncmp(at, "last_", 5) != 0 && strncmp(at, "tx_", 3) != 0 && strncmp(at, "rx_", 3) != 0)
            text_add(&text, "%.*s", (int)(end - at), at);
    }
    set_growing(&other, 0, text.at);
    char *again = get_text(other.engine, 0);
    assert_string_equal(all, again);
    free(all);
    free(again);
    text_free(&text);
    host_close(&host);
    host_close(&other);
}

/* Stack. A thread of its own on memory of ours, so that what is left behind can be read. ------------------------------------- */

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREAD_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_THREAD__) || defined(THREAD_SANITIZER)
enum { STACK = 1024 * 1024 }; /* it keeps things of its own there */
#else
enum { STACK = 64 * 1024 };
#endif

static void on_small_stack(void *(*run)(void *), void *argument, uint8_t **stack)
{
    pthread_attr_t attributes;
    pthread_t      thread;
    *stack = aligned_alloc(4096, STACK);
    assert_non_null(*stack);
    memset(*stack, 0, STACK);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, *stack, STACK), 0);
    assert_int_equal(pthread_create(&thread, &attributes, run, argument), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_attr_destroy(&attributes), 0);
}

struct job {
    struct wrn_engine  *engine;
    const char         *text;
    size_t              length;
    struct wrn_uapi_set set;
    enum wrn_status     status;
    size_t              got;
    char                out[WRN_UAPI_CHUNK];
};

static void *check(void *argument)
{
    struct job *job = argument;
    job->status = wrn_uapi_check(job->engine, job->text, job->length, &job->set);
    return NULL;
}

static void *apply(void *argument)
{
    struct job *job = argument;
    wrn_uapi_apply(job->engine, 0, job->text, job->length);
    return NULL;
}

static void *get(void *argument)
{
    struct job         *job = argument;
    struct wrn_uapi_get walk = {0};
    size_t              written;
    job->got = 0;
    do {
        job->status = wrn_uapi_get(job->engine, &walk, job->out, sizeof job->out, &written);
        job->got += written;
    } while (written);
    return NULL;
}

static void p150_g31_a_hundred_thousand_allowed_ips_on_a_small_stack(void **state)
{
    (void)state;
    enum { PREFIXES = 100000 };
    struct request_host host;
    struct text         text = {0};
    struct job          job;
    uint8_t            *stack;
    host_open(&host, NULL);
    text_add(&text, "set=1\nprivate_key=" SECRET "\npublic_key=" KEY_A "\nreplace_allowed_ips=true\n");
    for (unsigned i = 0; i < PREFIXES; i++)
        text_add(&text, "allowed_ip=10.%u.%u.%u/32\n", i >> 16, i >> 8 & 255, i & 255);
    text_add(&text, "\n");
    job = (struct job){.engine = host.engine, .text = text.at, .length = text.length};
    on_small_stack(check, &job, &stack);
    free(stack);
    assert_int_equal(job.status, WRN_NO_ROOM);
    assert_int_equal(job.set.needed.prefixes, PREFIXES);
    host_grow(&host, &job.set.needed);
    job.engine = host.engine;
    on_small_stack(check, &job, &stack);
    free(stack);
    assert_int_equal(job.status, WRN_OK);
    on_small_stack(apply, &job, &stack);
    free(stack);
    on_small_stack(get, &job, &stack);
    free(stack);
    assert_int_equal(job.status, WRN_OK);
    struct wrn_engine_view view;
    wrn_inspect_engine(host.engine, &view);
    assert_int_equal(view.prefixes, PREFIXES);
    assert_true(job.got > PREFIXES * strlen("allowed_ip=10.0.0.0/32\n"));
    text_free(&text);
    host_close(&host);
}

static void p150_g31_one_endless_line(void **state)
{
    (void)state;
    struct request_host host;
    struct job          job;
    uint8_t            *stack;
    size_t              length = 4 << 20;
    char               *text = malloc(length);
    assert_non_null(text);
    host_open(&host, NULL);
    memset(text, 'f', length);
    memcpy(text, "set=1\nprivate_key=", 18);
    memset(text + length - 2, '\n', 2);
    job = (struct job){.engine = host.engine, .text = text, .length = length};
    on_small_stack(check, &job, &stack);
    free(stack);
    assert_int_equal(job.status, WRN_BAD_SYNTAX);
    assert_int_equal(job.set.line, 2);
    free(text);
    host_close(&host);
}

/* Instrumented code keeps copies of its own, or keeps locals elsewhere: only a plain build can tell. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { PLAIN_BUILD = 0 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { PLAIN_BUILD = 0 };
#else
enum { PLAIN_BUILD = 1 };
#endif
#else
enum { PLAIN_BUILD = 1 };
#endif

static bool left_behind(const uint8_t *stack, const uint8_t *secret)
{
    for (size_t i = 0; PLAIN_BUILD && i + 16 <= STACK; i++)
        if (!memcmp(stack + i, secret, 16) || !memcmp(stack + i, secret + 16, 16))
            return true;
    return false;
}

/* Binary secrets in requests that are taken, that are refused, and in answers. */
static void p150_no_secret_stays_on_the_stack(void **state)
{
    (void)state;
    static const char *const endings[] = {"\n", "endpoint=1.1.1.1:1\n\n", "bad\n\n", "preshared_key=0\n\n", "public_key=0\n\n",
                                          "public_key=" KEY_A "\n\n", "remove=true\n\n"};
    uint8_t secret[32], psk[32];
    for (unsigned i = 0; i < 32; i++) {
        secret[i] = (uint8_t)(i * 7 + 0x38);
        psk[i] = (uint8_t)(i * 5 + 0x91);
    }
    secret[0] &= 248;
    secret[31] = (uint8_t)((secret[31] & 127) | 64);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        struct request_host host;
        struct text         text = {0};
        uint8_t            *stack;
        host_open(&host, NULL);
        text_add(&text, "set=1\n");
        text_key(&text, "private_key", secret);
        text_add(&text, "public_key=" KEY_B "\n");
        text_key(&text, "preshared_key", psk);
        text_add(&text, "%s", endings[i]);
        struct job job = {.engine = host.engine, .text = text.at, .length = text.length};
        on_small_stack(check, &job, &stack);
        assert_false(left_behind(stack, secret) || left_behind(stack, psk));
        free(stack);
        if (job.status == WRN_OK) {
            on_small_stack(apply, &job, &stack);
            assert_false(left_behind(stack, secret) || left_behind(stack, psk));
            free(stack);
            on_small_stack(get, &job, &stack);
            assert_false(left_behind(stack, secret) || left_behind(stack, psk));
            free(stack);
        }
        text_free(&text);
        host_close(&host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p145_an_empty_engine_says_only_that_all_is_well),
        cmocka_unit_test(p145_the_hosts_own_values),
        cmocka_unit_test(p145_the_private_key_is_shown_clamped_and_round_trips),
        cmocka_unit_test(p145_a_peer_in_use),
        cmocka_unit_test(p136_g61_every_buffer_size_gives_the_same_bytes),
        cmocka_unit_test(p136_g61_each_of_many_is_listed_once),
        cmocka_unit_test(p136_a_get_notices_that_the_configuration_changed),
        cmocka_unit_test(p136_a_get_notices_every_call),
        cmocka_unit_test(p136_a_get_goes_on_while_the_engine_grows),
        cmocka_unit_test(p145_a_buffer_too_small_is_refused),
        cmocka_unit_test(p145_p146_a_get_can_be_set),
        cmocka_unit_test(p150_g31_a_hundred_thousand_allowed_ips_on_a_small_stack),
        cmocka_unit_test(p150_g31_one_endless_line),
        cmocka_unit_test(p150_no_secret_stays_on_the_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
