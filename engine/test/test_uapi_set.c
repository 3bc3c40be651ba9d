#include "requests.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "random.h"

/* What a set request may say, what it is refused for, and in which order it is done. */

#define S WRN_SECOND
#define KEY_A "0101010101010101010101010101010101010101010101010101010101010101"
#define KEY_B "0202020202020202020202020202020202020202020202020202020202020202"
#define PEER_A "public_key=" KEY_A "\n"
#define PEER_B "public_key=" KEY_B "\n"
#define SECRET "4040404040404040404040404040404040404040404040404040404040404040"

static enum wrn_uapi_kind kind_of(const char *text, size_t size, size_t *length)
{
    char *block = malloc(size ? size : 1);
    assert_non_null(block);
    memcpy(block, text, size);
    enum wrn_uapi_kind kind = wrn_uapi_kind(block, size, length);
    free(block);
    return kind;
}

static void p143_kinds_of_requests(void **state)
{
    (void)state;
    static const struct { const char *text; enum wrn_uapi_kind kind; size_t length;
    } cases[] = {
        {"", WRN_UAPI_INCOMPLETE, 0},
        {"g", WRN_UAPI_INCOMPLETE, 0},
        {"set=1", WRN_UAPI_INCOMPLETE, 0},
        {"get=1\n", WRN_UAPI_INCOMPLETE, 0},
        {"get=1\n\n", WRN_UAPI_GET, 7},
        {"set=1\n\n", WRN_UAPI_SET, 7},
        {"get=1\n\nset=1\n\n", WRN_UAPI_GET, 7},
        {"set=1\na=b\n\nget=1\n\n", WRN_UAPI_SET, 11},
        {"set=1\na=b\n", WRN_UAPI_INCOMPLETE, 0},
        {"get=1\na=b\n\n", WRN_UAPI_BAD_GET, 11},
        {"get=1\n \n\n", WRN_UAPI_BAD_GET, 9},
        {"\n", WRN_UAPI_UNKNOWN, 0},
        {"x", WRN_UAPI_UNKNOWN, 0},
        {"get=2\n\n", WRN_UAPI_UNKNOWN, 0},
        {"get=1x", WRN_UAPI_UNKNOWN, 0},
        {"set=0\n\n", WRN_UAPI_UNKNOWN, 0},
        {"GET=1\n\n", WRN_UAPI_UNKNOWN, 0},
        {"get=1\r\n\r\n", WRN_UAPI_UNKNOWN, 0},
        {" get=1\n\n", WRN_UAPI_UNKNOWN, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t             length = 99;
        enum wrn_uapi_kind kind = kind_of(cases[i].text, strlen(cases[i].text), &length);
        if (kind != cases[i].kind || length != cases[i].length)
            fail_msg("case %zu: kind %d, length %zu", i, (int)kind, length);
    }
}

static const char LONG_SET[] =
    "set=1\nprivate_key=" SECRET "\nlisten_port=5\n" PEER_A "endpoint=1.2.3.4:5\nallowed_ip=10.0.0.0/8\n"
    "preshared_key=" KEY_B "\n" PEER_B "allowed_ip=::/0\n\n";

static void p143_p149_a_request_cut_short_is_incomplete_and_no_set(void **state)
{
    (void)state;
    struct request_host host;
    size_t              whole = sizeof LONG_SET - 1, length;
    uint8_t             before[32], after[32];
    host_open(&host, NULL);
    digest_of(host.engine, before);
    for (size_t cut = 0; cut < whole; cut++) {
        struct wrn_uapi_set set;
        char               *block = malloc(cut + 1);
        assert_non_null(block);
        memcpy(block, LONG_SET, cut);
        assert_int_equal(kind_of(LONG_SET, cut, &length), WRN_UAPI_INCOMPLETE);
        assert_int_equal(length, 0);
        assert_int_equal(wrn_uapi_check(host.engine, block, cut, &set), WRN_BAD_SYNTAX);
        assert_int_equal(set.error, WRN_UAPI_EPROTO);
        free(block);
    }
    struct wrn_uapi_set set;
    assert_int_equal(kind_of(LONG_SET, whole, &length), WRN_UAPI_SET);
    assert_int_equal(length, whole);
    assert_int_equal(wrn_uapi_check(host.engine, LONG_SET, whole, &set), WRN_OK);
    assert_int_equal(wrn_uapi_check(host.engine, LONG_SET, whole + 1, &set), WRN_BAD_SYNTAX); /* not more than one */
    digest_of(host.engine, after);
    assert_memory_equal(before, after, 32);
    host_close(&host);
}

static void p144_p148_answers(void **state)
{
    (void)state;
    static const struct { int error; const char *text; } cases[] = {
        {WRN_UAPI_OK, "errno=0\n\n"}, {WRN_UAPI_EINVAL, "errno=-22\n\n"}, {WRN_UAPI_EPROTO, "errno=-71\n\n"},
        {WRN_UAPI_EIO, "errno=-5\n\n"}, {WRN_UAPI_EADDRINUSE, "errno=-98\n\n"}, {WRN_UAPI_OTHER, "errno=-55\n\n"},
        {-WRN_UAPI_EINVAL, "errno=22\n\n"}, {INT32_MIN, "errno=2147483648\n\n"}, {INT32_MAX, "errno=-2147483647\n\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char   out[WRN_UAPI_ANSWER];
        size_t length = wrn_uapi_answer(cases[i].error, out, sizeof out);
        assert_int_equal(length, strlen(cases[i].text));
        assert_memory_equal(out, cases[i].text, length);
    }
    assert_int_equal(wrn_uapi_answer(0, NULL, WRN_UAPI_ANSWER - 1), 0);
}

/* Each is refused, in this line, with this errno. The lines before it are good, so that it is seen that they did nothing. */
static void p127_p135_p146_p148_bad_input(void **state)
{
    (void)state;
    static const struct { const char *text; int error; size_t line;
    } cases[] = {
        {"nonsense\n", WRN_UAPI_EPROTO, 2},
        {"listen_port\n", WRN_UAPI_EPROTO, 2},
        {"\r\n", WRN_UAPI_EPROTO, 2},
        {PEER_A "remove\n", WRN_UAPI_EPROTO, 3},
        {PEER_A "allowed_ip=10.0.0.0/8\nx\n", WRN_UAPI_EPROTO, 4},
        {"colour=red\n", WRN_UAPI_EINVAL, 2},
        {"=\n", WRN_UAPI_EINVAL, 2},
        {"=1\n", WRN_UAPI_EINVAL, 2},
        {" listen_port=1\n", WRN_UAPI_EINVAL, 2},
        {"listen_port =1\n", WRN_UAPI_EINVAL, 2},
        {"private_key=\n", WRN_UAPI_EINVAL, 2},
        {"private_key=" SECRET "00\n", WRN_UAPI_EINVAL, 2},
        {"private_key=" SECRET "\nlisten_port=65536\n", WRN_UAPI_EINVAL, 3},
        {"listen_port=\n", WRN_UAPI_EINVAL, 2},
        {"listen_port=1=1\n", WRN_UAPI_EINVAL, 2},
        {"fwmark=0x10\n", WRN_UAPI_EINVAL, 2},
        {"fwmark=4294967296\n", WRN_UAPI_EINVAL, 2},
        {"fwmark=off\n", WRN_UAPI_EINVAL, 2},
        {"replace_peers=1\n", WRN_UAPI_EINVAL, 2},
        {"replace_peers=false\n", WRN_UAPI_EINVAL, 2},
        {"replace_peers=\n", WRN_UAPI_EINVAL, 2},
        {"set=1\n", WRN_UAPI_EINVAL, 2},
        {"errno=0\n", WRN_UAPI_EINVAL, 2},
        {"endpoint=1.2.3.4:5\n", WRN_UAPI_EINVAL, 2},
        {"allowed_ip=10.0.0.0/8\n", WRN_UAPI_EINVAL, 2},
        {"public_key=\n", WRN_UAPI_EINVAL, 2},
        {"public_key=0\n", WRN_UAPI_EINVAL, 2},
        {PEER_A "private_key=" SECRET "\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "listen_port=5\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "fwmark=5\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "replace_peers=true\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "remove=yes\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "remove=true\nremove=false\n", WRN_UAPI_EINVAL, 4},
        {PEER_A "update_only=TRUE\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "replace_allowed_ips=0\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "preshared_key=00\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "endpoint=example.org:5\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "endpoint=\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "persistent_keepalive_interval=65536\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "persistent_keepalive_interval=off\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "allowed_ip=10.0.0.0\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "allowed_ip=10.0.0.0/33\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "allowed_ip=-\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "allowed_ip=+10.0.0.0/8\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "protocol_version=0\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "protocol_version=2\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "protocol_version=01\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "protocol_version=\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "tx_bytes=0\n", WRN_UAPI_EINVAL, 3},
        {PEER_A "remove=true\nendpoint=x\n", WRN_UAPI_EINVAL, 4}, /* wrong is wrong, even where nobody looks */
        {PEER_A "update_only=true\nallowed_ip=x\n", WRN_UAPI_EINVAL, 4},
        {"private_key=" SECRET "\nreplace_peers=true\n" PEER_A "allowed_ip=10.0.0.0/8\n" PEER_B "endpoint=1\n", WRN_UAPI_EINVAL,
         7},
        {PEER_A PEER_B "bad\ncolour=red\n", WRN_UAPI_EPROTO, 4}, /* the first error counts */
        {PEER_A PEER_B "colour=red\nbad\n", WRN_UAPI_EINVAL, 4},
    };
    struct request_host host;
    host_open(&host, NULL);
    set_must(host.engine, 0, "private_key=" KEY_B "\n" PEER_B "allowed_ip=10.0.0.0/24\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) { /* set_text compares the digests */
        struct wrn_uapi_set set;
        enum wrn_status     status = set_text(host.engine, 0, cases[i].text, &set);
        if (status != WRN_BAD_SYNTAX || set.error != cases[i].error || set.line != cases[i].line || !set.what)
            fail_msg("case %zu: status %d, errno %d, line %zu", i, (int)status, set.error, set.line);
    }
    host_close(&host);
}

/* What a set does to the configuration is what a get says after it. */
static void assert_get(const struct wrn_engine *engine, const char *expected)
{
    char *all = get_text(engine, 0);
    assert_string_equal(all, expected);
    free(all);
}

#define DULL "last_handshake_time_sec=0\nlast_handshake_time_nsec=0\ntx_bytes=0\nrx_bytes=0\n"
#define NO_PSK "preshared_key=0000000000000000000000000000000000000000000000000000000000000000\nprotocol_version=1\n"

static void p130_p145_p146_p147_as_wg_sends_it(void **state)
{
    (void)state;
    struct request_host host;
    host_open(&host, NULL);
    set_must(host.engine, 0,
             "private_key=" SECRET "\nlisten_port=51820\nfwmark=0\nreplace_peers=true\n" PEER_A "preshared_key=" KEY_B
             "\nendpoint=[fe80::1%2]:5\npersistent_keepalive_interval=25\nreplace_allowed_ips=true\nallowed_ip=10.1.2.3/8\n"
             "allowed_ip=fd00::/8\n" PEER_B "replace_allowed_ips=true\n");
    assert_get(host.engine, "private_key=" SECRET "\n" PEER_A "preshared_key=" KEY_B
                            "\nprotocol_version=1\nendpoint=[fe80::1%2]:5\n" DULL "persistent_keepalive_interval=25\n"
                            "allowed_ip=10.0.0.0/8\nallowed_ip=fd00::/8\n" PEER_B NO_PSK DULL "persistent_keepalive_interval=0\n"
                            "errno=0\n\n");
    host_close(&host);
}

static void p146_p148_the_last_of_repeated_lines_wins(void **state)
{
    (void)state;
    struct request_host host;
    struct wrn_uapi_set set;
    host_open(&host, NULL);
    assert_int_equal(set_text(host.engine, 0,
                              "private_key=" KEY_A "\nlisten_port=1\nfwmark=9\nprivate_key=" SECRET
                              "\nlisten_port=2\nfwmark=\n" PEER_A
                              "endpoint=[::1%7]:1\nendpoint=1.1.1.1:1\npersistent_keepalive_interval=1\npreshared_key=" KEY_A
                              "\npreshared_key=" KEY_B "\npersistent_keepalive_interval=2\n",
                              &set),
                     WRN_OK);
    assert_true(set.has_listen_port && set.has_fwmark);
    assert_int_equal(set.listen_port, 2);
    assert_int_equal(set.fwmark, 0);
    assert_get(host.engine, "private_key=" SECRET "\n" PEER_A "preshared_key=" KEY_B
                            "\nprotocol_version=1\nendpoint=1.1.1.1:1\n" DULL "persistent_keepalive_interval=2\nerrno=0\n\n");
    host_close(&host);
}

static void p146_what_is_the_hosts_is_handed_to_it(void **state)
{
    (void)state;
    struct request_host host;
    struct wrn_uapi_set set;
    host_open(&host, NULL);
    assert_int_equal(set_text(host.engine, 0, "", &set), WRN_OK);
    assert_false(set.has_listen_port || set.has_fwmark);
    assert_int_equal(set_text(host.engine, 0, "listen_port=0\nfwmark=4294967295\n", &set), WRN_OK);
    assert_true(set.has_listen_port && set.has_fwmark);
    assert_int_equal(set.listen_port, 0);
    assert_int_equal(set.fwmark, UINT32_MAX);
    host_close(&host);
}

static void p148_g30_only_the_first_equals_sign_divides(void **state)
{
    (void)state;
    struct request_host host;
    struct wrn_uapi_set set;
    host_open(&host, NULL);
    /* No key of ours takes a value with `=`, so it must be the value that is wrong, not the line or the key. */
    assert_int_equal(set_text(host.engine, 0, "listen_port=1=2\n", &set), WRN_BAD_SYNTAX);
    assert_int_equal(set.error, WRN_UAPI_EINVAL);
    assert_non_null(strstr(set.what, "listen_port"));
    assert_int_equal(set_text(host.engine, 0, PEER_A "preshared_key==" KEY_B "\n", &set), WRN_BAD_SYNTAX);
    assert_non_null(strstr(set.what, "preshared_key"));
    assert_int_equal(set_text(host.engine, 0, PEER_A "endpoint=a=b=c=d\n", &set), WRN_BAD_SYNTAX);
    assert_non_null(strstr(set.what, "endpoint"));
    host_close(&host);
}

static void hex_of(const uint8_t key[32], char hex[65]) { sodium_bin2hex(hex, 65, key, 32); }

static void public_of(const char *secret_hex, char hex[65])
{
    uint8_t secret[32], public_key[32];
    assert_int_equal(sodium_hex2bin(secret, 32, secret_hex, 64, NULL, NULL, NULL), 0);
    crypto_scalarmult_curve25519_base(public_key, secret);
    hex_of(public_key, hex);
}

static void p126_the_interface_first_whatever_the_order_of_its_lines(void **state)
{
    (void)state;
    static const char *const lines[4] = {"fwmark=7\n", "listen_port=8\n", "replace_peers=true\n", "private_key=" SECRET "\n"};
    char own[65];
    public_of(SECRET, own);
    for (unsigned order = 0; order < 24; order++) {
        struct request_host host;
        struct text         text = {0};
        host_open(&host, NULL);
        /* One peer has the key that becomes ours, another goes with replace_peers and comes back bare. */
        text_add(&text, "public_key=%s\nallowed_ip=10.0.0.0/8\n" PEER_A "allowed_ip=11.0.0.0/8\nendpoint=1.1.1.1:1\n", own);
        set_must(host.engine, 0, text.at);
        text_free(&text);
        unsigned left[4] = {0, 1, 2, 3}, code = order;
        for (unsigned i = 4; i; i--) {
            unsigned pick = code % i;
            code /= i;
            text_add(&text, "%s", lines[left[pick]]);
            left[pick] = left[i - 1];
        }
        text_add(&text, PEER_A "allowed_ip=12.0.0.0/8\npublic_key=%s\nallowed_ip=13.0.0.0/8\n", own);
        set_must(host.engine, 0, text.at);
        assert_get(host.engine, "private_key=" SECRET "\n" PEER_A NO_PSK DULL "persistent_keepalive_interval=0\n"
                                "allowed_ip=12.0.0.0/8\nerrno=0\n\n");
        text_free(&text);
        host_close(&host);
    }
}

static void p128_the_peer_with_our_new_key_goes(void **state)
{
    (void)state;
    struct request_host host;
    struct text         text = {0};
    char                own[65];
    public_of(SECRET, own);
    host_open(&host, NULL);
    text_add(&text, "public_key=%s\nallowed_ip=10.0.0.0/8\n" PEER_A "allowed_ip=11.0.0.0/8\n", own);
    set_must(host.engine, 0, text.at);
    assert_true(get_has(host.engine, own));
    set_must(host.engine, 0, "private_key=" SECRET "\n");
    assert_false(get_has(host.engine, own));
    assert_false(get_has(host.engine, "allowed_ip=10.0.0.0/8"));
    assert_true(get_has(host.engine, "allowed_ip=11.0.0.0/8"));
    /* Without identity nobody is ourselves. */
    set_must(host.engine, 0, text.at);
    assert_false(get_has(host.engine, own));
    text_add(&text, "allowed_ip=12.0.0.0/8\n");
    struct text all = {0};
    text_add(&all, "private_key=0000000000000000000000000000000000000000000000000000000000000000\n%s", text.at);
    set_must(host.engine, 0, all.at);
    assert_true(get_has(host.engine, own));
    assert_false(get_has(host.engine, "private_key"));
    text_free(&text);
    text_free(&all);
    host_close(&host);
}

static void p128_the_same_key_again_is_no_change(void **state)
{
    (void)state;
    struct net *net = net_new(2, 10 * WRN_MILLISECOND);
    uint8_t     before[32], after[32];
    net_connect(net, 0, 1);
    net_send(net, 0, 1, 100);
    net_run(net, 1 * S);
    wrn_advance(net->host[0].engine, net->now);
    net_digest(net, 0, WRN_PART_ALL, before);
    struct wrn_uapi_get get = {0};
    char                text[WRN_UAPI_CHUNK + 1] = "";
    size_t              written;
    assert_int_equal(wrn_uapi_get(net->host[0].engine, &get, text, WRN_UAPI_CHUNK, &written), WRN_OK);
    strchr(text, '\n')[1] = 0;
    set_must(net->host[0].engine, net->now, text);
    net_digest(net, 0, WRN_PART_ALL, after);
    assert_memory_equal(before, after, 32);
    net_free(net);
}

static void p129_sections_that_mean_nobody(void **state)
{
    (void)state;
    struct request_host host;
    struct text         text = {0};
    uint8_t             before[32], after[32];
    char                own[65];
    public_of(SECRET, own);
    host_open(&host, NULL);
    set_must(host.engine, 0, "private_key=" SECRET "\n" PEER_B "allowed_ip=10.0.0.0/8\n");
    digest_of(host.engine, before);
    set_must(host.engine, 0, PEER_A "remove=true\n");
    set_must(host.engine, 0, PEER_A "update_only=true\nallowed_ip=10.0.0.0/8\nendpoint=1.1.1.1:1\nreplace_allowed_ips=true\n");
    set_must(host.engine, 0, PEER_A "allowed_ip=10.0.0.0/8\nupdate_only=true\n"); /* wherever the line stands */
    set_must(host.engine, 0, PEER_A "update_only=true\nremove=true\n");
    text_add(&text, "public_key=%s\nallowed_ip=10.0.0.0/8\nendpoint=1.1.1.1:1\n", own);
    set_must(host.engine, 0, text.at);
    digest_of(host.engine, after);
    assert_memory_equal(before, after, 32);
    set_must(host.engine, 0, PEER_B "update_only=true\nallowed_ip=11.0.0.0/8\n"); /* known: done */
    assert_true(get_has(host.engine, "allowed_ip=11.0.0.0/8"));
    set_must(host.engine, 0, PEER_B "update_only=true\nremove=true\n");
    assert_false(get_has(host.engine, "public_key"));
    text_free(&text);
    host_close(&host);
}

static void p129_g23_flags_of_a_section_end_with_it(void **state)
{
    (void)state;
    struct request_host host;
    host_open(&host, NULL);
    set_must(host.engine, 0,
             PEER_A "update_only=true\nremove=true\nreplace_allowed_ips=true\nendpoint=1.1.1.1:1\npreshared_key=" KEY_B
                    "\npersistent_keepalive_interval=3\n" PEER_B "allowed_ip=10.0.0.0/8\n");
    assert_get(host.engine, PEER_B NO_PSK DULL "persistent_keepalive_interval=0\nallowed_ip=10.0.0.0/8\nerrno=0\n\n");
    host_close(&host);
}

static void p130_the_list_is_replaced_before_it_grows_wherever_the_line_stands(void **state)
{
    (void)state;
    struct request_host host;
    host_open(&host, NULL);
    set_must(host.engine, 0, PEER_A "allowed_ip=10.0.0.0/8\nallowed_ip=11.0.0.0/8\n");
    set_must(host.engine, 0, PEER_A "allowed_ip=12.0.0.0/8\nreplace_allowed_ips=true\nallowed_ip=11.0.0.0/8\n");
    assert_get(host.engine, PEER_A NO_PSK DULL "persistent_keepalive_interval=0\nallowed_ip=12.0.0.0/8\nallowed_ip=11.0.0.0/8\n"
                            "errno=0\n\n");
    set_must(host.engine, 0, PEER_A "replace_allowed_ips=true\n");
    assert_false(get_has(host.engine, "allowed_ip"));
    host_close(&host);
}

static void p113_p146_a_minus_takes_away_what_is_this_peers(void **state)
{
    (void)state;
    struct request_host host;
    host_open(&host, NULL);
    set_must(host.engine, 0,
             PEER_A "allowed_ip=10.0.0.0/8\nallowed_ip=::/0\n" PEER_B "allowed_ip=-10.0.0.0/8\nallowed_ip=-9.0.0.0/8\n");
    assert_true(get_has(host.engine, "allowed_ip=10.0.0.0/8\nallowed_ip=::/0\n"));
    set_must(host.engine, 0, PEER_A "allowed_ip=-10.1.1.1/8\nallowed_ip=11.0.0.0/8\nallowed_ip=-11.0.0.0/8\n");
    assert_false(get_has(host.engine, "allowed_ip=10.0.0.0/8"));
    assert_false(get_has(host.engine, "allowed_ip=11.0.0.0/8"));
    assert_true(get_has(host.engine, "allowed_ip=::/0"));
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p143_kinds_of_requests),
        cmocka_unit_test(p143_p149_a_request_cut_short_is_incomplete_and_no_set),
        cmocka_unit_test(p144_p148_answers),
        cmocka_unit_test(p127_p135_p146_p148_bad_input),
        cmocka_unit_test(p130_p145_p146_p147_as_wg_sends_it),
        cmocka_unit_test(p146_p148_the_last_of_repeated_lines_wins),
        cmocka_unit_test(p146_what_is_the_hosts_is_handed_to_it),
        cmocka_unit_test(p148_g30_only_the_first_equals_sign_divides),
        cmocka_unit_test(p126_the_interface_first_whatever_the_order_of_its_lines),
        cmocka_unit_test(p128_the_peer_with_our_new_key_goes),
        cmocka_unit_test(p128_the_same_key_again_is_no_change),
        cmocka_unit_test(p129_sections_that_mean_nobody),
        cmocka_unit_test(p129_g23_flags_of_a_section_end_with_it),
        cmocka_unit_test(p130_the_list_is_replaced_before_it_grows_wherever_the_line_stands),
        cmocka_unit_test(p113_p146_a_minus_takes_away_what_is_this_peers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
