#include "requests.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "uapi_plan.h"

/* Random requests against a model that is as simple as possible: an array of peers with an array of prefixes each. What check
 * says about room is held to what the model really used. */

/* FEW fit among the peers that check follows one by one, KEYS do not. */
enum { KEYS = 48, FEW = 12, SECTIONS = 80, PREFIXES = 20, LIST = 64, OPS = 6 };
_Static_assert(FEW < WRNI_MENTIONS && KEYS > WRNI_MENTIONS, "both sides of the border are visited");

struct model_peer { bool there; unsigned psk, endpoint, keepalive, prefixes, list[PREFIXES]; };

struct model {
    struct model_peer peer[KEYS];
    unsigned          own; /* number of the identity plus one; 0: none */
    unsigned          peers, most_peers, prefixes, most_prefixes;
};

/* Peer n has the public key of secret n, so that any of them may become ourselves. */
static char secrets[KEYS][65], publics[KEYS][65], clamped[KEYS][65];

static void make_keys(void)
{
    for (unsigned i = 0; i < KEYS; i++) {
        uint8_t key[32], public_key[32];
        some_key(i + 1, key);
        sodium_bin2hex(secrets[i], 65, key, 32);
        crypto_scalarmult_curve25519_base(public_key, key);
        sodium_bin2hex(publics[i], 65, public_key, 32);
        wrni_clamp(key);
        sodium_bin2hex(clamped[i], 65, key, 32);
    }
}

static void prefix_text(unsigned n, char text[LIST])
{
    if (n % 2)
        (void)snprintf(text, LIST, "10.%u.0.0/%u", n, 16 + n % 8);
    else
        (void)snprintf(text, LIST, "fd00:%x::/%u", n + 1, 32 + n % 8);
}

static void endpoint_text(unsigned n, char text[LIST])
{
    (void)snprintf(text, LIST, n % 2 ? "192.0.2.%u:%u" : "[fe80::%x%%%u]:7", n, n);
}

/* The model's operations. */

static bool drop_prefix(struct model *model, struct model_peer *peer, unsigned n)
{
    for (unsigned i = 0; i < peer->prefixes; i++) {
        if (peer->list[i] != n)
            continue;
        memmove(peer->list + i, peer->list + i + 1, (peer->prefixes - i - 1) * sizeof *peer->list);
        peer->prefixes--;
        model->prefixes--;
        return true;
    }
    return false;
}

static void add_prefix(struct model *model, struct model_peer *peer, unsigned n)
{
    for (unsigned i = 0; i < KEYS; i++)
        (void)drop_prefix(model, &model->peer[i], n);
    peer->list[peer->prefixes++] = n;
    if (++model->prefixes > model->most_prefixes)
        model->most_prefixes = model->prefixes;
}

static void drop_peer(struct model *model, unsigned n)
{
    if (!model->peer[n].there)
        return;
    model->prefixes -= model->peer[n].prefixes;
    model->peer[n] = (struct model_peer){.there = false};
    model->peers--;
}

/* A request as structs, then as text and onto the model. */

struct op { unsigned prefix; bool remove; };

struct section {
    unsigned  key, psk, endpoint, keepalive, ops; /* 0: not said; else its value plus one */
    bool      remove, update_only, replace;
    struct op op[OPS];
};

struct asked {
    bool replace_peers;
    unsigned own, sections;
    struct section section[SECTIONS];
}; /* own: 0, 1 none, number plus 2 */

static void section_text(const struct section *section, struct text *text)
{
    char word[LIST];
    text_add(text, "public_key=%s\n", publics[section->key]);
    if (section->remove)
        text_add(text, "remove=true\n");
    if (section->update_only)
        text_add(text, "update_only=true\n");
    if (section->psk)
        text_add(text, "preshared_key=%s\n", secrets[section->psk - 1]);
    if (section->endpoint) {
        endpoint_text(section->endpoint, word);
        text_add(text, "endpoint=%s\n", word);
    }
    if (section->keepalive)
        text_add(text, "persistent_keepalive_interval=%u\n", section->keepalive - 1);
    if (section->replace)
        text_add(text, "replace_allowed_ips=true\n");
    for (unsigned i = 0; i < section->ops; i++) {
        prefix_text(section->op[i].prefix, word);
        text_add(text, "allowed_ip=%s%s\n", section->op[i].remove ? "-" : "", word);
    }
}

static void device_text(const struct asked *asked, struct text *text)
{
    if (asked->own)
        text_add(text, "private_key=%s\n",
                 asked->own == 1 ? "0000000000000000000000000000000000000000000000000000000000000000" : secrets[asked->own - 2]);
    if (asked->replace_peers)
        text_add(text, "replace_peers=true\n");
}

static void model_section(struct model *model, const struct section *section)
{
    struct model_peer *peer = &model->peer[section->key];
    if (model->own == section->key + 1 || (!peer->there && (section->remove || section->update_only)))
        return;
    if (section->remove) {
        drop_peer(model, section->key);
        return;
    }
    if (!peer->there && ++model->peers > model->most_peers)
        model->most_peers = model->peers;
    peer->there = true;
    peer->psk = section->psk ? section->psk : peer->psk;
    peer->endpoint = section->endpoint ? section->endpoint : peer->endpoint;
    peer->keepalive = section->keepalive ? section->keepalive - 1 : peer->keepalive;
    if (section->replace) {
        model->prefixes -= peer->prefixes;
        peer->prefixes = 0;
    }
    for (unsigned i = 0; i < section->ops; i++) {
        if (section->op[i].remove)
            (void)drop_prefix(model, peer, section->op[i].prefix);
        else
            add_prefix(model, peer, section->op[i].prefix);
    }
}

static void model_device(struct model *model, const struct asked *asked)
{
    model->most_peers = model->most_prefixes = 0;
    for (unsigned i = 0; i < KEYS && asked->replace_peers; i++)
        drop_peer(model, i);
    if (asked->own)
        model->own = asked->own - 1;
    if (model->own)
        drop_peer(model, model->own - 1);
    model->most_peers = model->peers;
    model->most_prefixes = model->prefixes;
}

static void model_apply(struct model *model, const struct asked *asked)
{
    model_device(model, asked);
    for (unsigned i = 0; i < asked->sections; i++)
        model_section(model, &asked->section[i]);
}

/* What a get should say of one peer, between its public_key and the next. */
static void expected_peer(const struct model *model, unsigned n, struct text *text)
{
    const struct model_peer *peer = &model->peer[n];
    char                     word[LIST];
    text_add(text, "public_key=%s\npreshared_key=%s\nprotocol_version=1\n", publics[n],
             peer->psk ? secrets[peer->psk - 1] : "0000000000000000000000000000000000000000000000000000000000000000");
    if (peer->endpoint) {
        endpoint_text(peer->endpoint, word);
        text_add(text, "endpoint=%s\n", word);
    }
    text_add(text,
             "last_handshake_time_sec=0\nlast_handshake_time_nsec=0\ntx_bytes=0\nrx_bytes=0\npersistent_keepalive_interval=%u\n",
             peer->keepalive);
    for (unsigned i = 0; i < peer->prefixes; i++) {
        prefix_text(peer->list[i], word);
        text_add(text, "allowed_ip=%s\n", word);
    }
}

static void assert_model(const struct wrn_engine *engine, const struct model *model)
{
    char  *all = get_text(engine, 0);
    size_t length = strlen("errno=0\n\n");
    if (model->own) {
        struct text text = {0};
        text_add(&text, "private_key=%s\n", clamped[model->own - 1]);
        assert_int_equal(strncmp(all, text.at, text.length), 0);
        length += text.length;
        text_free(&text);
    }
    for (unsigned i = 0; i < KEYS; i++) {
        struct text text = {0};
        if (!model->peer[i].there)
            continue;
        expected_peer(model, i, &text);
        const char *at = strstr(all, text.at);
        if (!at)
            fail_msg("not said:\n%s\nbut:\n%s", text.at, all);
        length += text.length;
        text_free(&text);
    }
    assert_int_equal(strlen(all), length); /* and nothing else */
    free(all);
}

/* Draws. `tame` requests are those whose bound is exact: nothing is taken singly or moves from peer to peer, nothing new twice.
 */
static void draw(struct rng *rng, struct asked *asked, unsigned most, bool tame)
{
    unsigned keys = most == SECTIONS ? KEYS : FEW;
    memset(asked, 0, sizeof *asked);
    asked->replace_peers = !rng_below(rng, 10);
    if (!rng_below(rng, 4))
        asked->own = 1 + rng_below(rng, keys + 1);
    asked->sections = rng_below(rng, most);
    for (unsigned i = 0; i < asked->sections; i++) {
        struct section *section = &asked->section[i];
        section->key = rng_below(rng, keys);
        section->remove = !rng_below(rng, 5);
        section->update_only = !rng_below(rng, 5);
        section->replace = !rng_below(rng, 3);
        if (!rng_below(rng, 3))
            section->psk = 1 + rng_below(rng, keys);
        if (!rng_below(rng, 3))
            section->endpoint = 1 + rng_below(rng, 9);
        if (!rng_below(rng, 3))
            section->keepalive = 1 + rng_below(rng, 3);
        section->ops = rng_below(rng, OPS + 1);
        for (unsigned j = 0; j < section->ops; j++)
            section->op[j] = (struct op){rng_below(rng, PREFIXES), !rng_below(rng, 5)};
        if (!tame)
            continue;
        section->ops = section->key < PREFIXES / 2 && i < 1 ? 2 : 0;
        for (unsigned j = 0; j < section->ops; j++) /* a peer's own two */
            section->op[j] = (struct op){2 * section->key % PREFIXES + j, false};
    }
}

/* Where check asks for more than the model used, at least nothing of it was too little; and after growing it holds. */
static void one_request(struct request_host *host, struct model *model, const struct asked *asked, bool tame)
{
    struct text         text = {0};
    struct wrn_uapi_set set;
    struct wrn_limits   limits;
    text_add(&text, "%s", "");
    device_text(asked, &text);
    for (unsigned i = 0; i < asked->sections; i++)
        section_text(&asked->section[i], &text);
    wrn_engine_limits(host->engine, &limits);
    model_apply(model, asked);
    enum wrn_status status = set_text(host->engine, 0, text.at, &set);
    assert_true(set.needed.peers >= model->most_peers && set.needed.prefixes >= model->most_prefixes);
    if (tame) {
        assert_int_equal(set.needed.peers, model->most_peers > limits.peers ? model->most_peers : limits.peers);
        assert_int_equal(set.needed.prefixes, model->most_prefixes > limits.prefixes ? model->most_prefixes : limits.prefixes);
    }
    assert_int_equal(status, memcmp(&set.needed, &limits, sizeof limits) ? WRN_NO_ROOM : WRN_OK);
    if (status == WRN_NO_ROOM) {
        assert_int_equal(set.error, WRN_UAPI_OTHER);
        host_grow(host, &set.needed);
        assert_int_equal(set_text(host->engine, 0, text.at, &set), WRN_OK);
    }
    text_free(&text);
    assert_model(host->engine, model);
}

static void random_requests(unsigned worlds, unsigned requests, unsigned most, bool tame)
{
    for (unsigned world = 0; world < worlds; world++) {
        struct rng          rng = {world};
        struct request_host host;
        struct model        model = {0};
        struct asked        asked;
        host_open_small(&host);
        for (unsigned i = 0; i < requests; i++) {
            draw(&rng, &asked, most, tame);
            one_request(&host, &model, &asked, tame);
        }
        host_close(&host);
    }
}

static void p126_p127_p129_p130_g29_random_requests_do_what_the_model_does(void **state)
{
    (void)state;
    make_keys();
    random_requests(80, 12, 8, false);
}

static void p127_long_random_requests_never_run_out_of_room(void **state)
{
    (void)state;
    make_keys();
    random_requests(50, 6, SECTIONS, false);
}

static void p127_what_is_needed_is_exact_for_tame_requests(void **state)
{
    (void)state;
    make_keys();
    random_requests(120, 12, 6, true);
}

/* k sections in one set, or k sets. */
static void p151_g23_g77_sections_together_or_one_by_one(void **state)
{
    (void)state;
    make_keys();
    for (unsigned world = 0; world < 100; world++) {
        struct rng          rng = {1000 + world};
        struct request_host together, apart;
        struct asked        asked;
        host_open(&together, NULL);
        host_open(&apart, NULL);
        assert_int_equal(wrn_set_up(together.engine, 0, true), WRN_OK);
        assert_int_equal(wrn_set_up(apart.engine, 0, true), WRN_OK);
        for (unsigned i = 0; i < 5; i++) {
            struct text text = {0}, part = {0};
            uint8_t     a[32], b[32];
            draw(&rng, &asked, 8, false);
            text_add(&text, "%s", "");
            device_text(&asked, &text);
            set_growing(&apart, i * WRN_SECOND, text.at);
            for (unsigned j = 0; j < asked.sections; j++) {
                section_text(&asked.section[j], &text);
                section_text(&asked.section[j], &part);
                set_growing(&apart, i * WRN_SECOND, part.at);
                text_free(&part);
            }
            set_growing(&together, i * WRN_SECOND, text.at);
            digest_of(together.engine, a);
            digest_of(apart.engine, b);
            assert_memory_equal(a, b, 32);
            text_free(&text);
        }
        host_close(&together);
        host_close(&apart);
    }
}

/* Lanes outside: orders that do not fit are said before, and what check counts is never less than what apply gives. */

static void p127_orders_to_lanes_are_counted(void **state)
{
    (void)state;
    make_keys();
    unsigned busy = 0, grown = 0;
    for (unsigned world = 0; world < 80; world++) {
        struct rng          rng = {2000 + world};
        struct request_host host;
        struct model        model = {0};
        struct asked        asked;
        host_open_lanes(&host, 16);
        for (unsigned i = 0; i < 10; i++) {
            struct text         text = {0};
            struct wrn_uapi_set set;
            draw(&rng, &asked, world % 2 ? SECTIONS : 5, false);
            text_add(&text, "%s", "");
            device_text(&asked, &text);
            for (unsigned j = 0; j < asked.sections; j++)
                section_text(&asked.section[j], &text);
            enum wrn_status status = set_text(host.engine, i * WRN_SECOND, text.at, &set);
            busy += status == WRN_BUSY;
            grown += status == WRN_NO_ROOM;
            if (status != WRN_OK)
                drain_orders(host.engine);
            if (status == WRN_NO_ROOM)
                host_grow(&host, &set.needed);
            if (status != WRN_OK)
                assert_int_equal(set_text(host.engine, i * WRN_SECOND, text.at, &set), WRN_OK);
            model_apply(&model, &asked);
            assert_model(host.engine, &model);
            text_free(&text);
        }
        host_close(&host);
    }
    assert_true(busy > 20 && grown > 20);
}

static void p150_any_bytes_are_survived(void **state)
{
    (void)state;
    static const char *const words[] = {"private_key=",
                                        "listen_port=",
                                        "fwmark=",
                                        "replace_peers=",
                                        "public_key=",
                                        "remove=",
                                        "update_only=",
                                        "preshared_key=",
                                        "endpoint=",
                                        "persistent_keepalive_interval=",
                                        "replace_allowed_ips=",
                                        "allowed_ip=",
                                        "protocol_version=",
                                        "true",
                                        "true\n",
                                        "\n",
                                        "\n",
                                        "1",
                                        "=",
                                        "10.0.0.0/8\n",
                                        "::/0\n",
                                        "-",
                                        "[::1]:5\n",
                                        "1.2.3.4:5\n",
                                        "\r",
                                        "x"};
    struct rng rng = {150};
    make_keys();
    struct request_host host;
    host_open(&host, NULL);
    unsigned taken = 0;
    for (unsigned i = 0; i < 20000; i++) {
        struct text text = {0};
        text_add(&text, "%s", rng_below(&rng, 20) ? "set=1\n" : "");
        for (uint32_t more = rng_below(&rng, 12); more; more--) {
            if (!rng_below(&rng, 3))
                text_add(&text, "public_key=%s\n", publics[rng_below(&rng, KEYS)]);
            else
                text_add(&text, "%s", words[rng_below(&rng, sizeof words / sizeof *words)]);
        }
        text_add(&text, "%s", rng_below(&rng, 20) ? "\n\n" : "");
        if (!rng_below(&rng, 4) && text.length)
            text.at[rng_below(&rng, (uint32_t)text.length)] = (char)rng_below(&rng, 256);
        char *block = malloc(text.length ? text.length : 1);
        assert_non_null(block);
        memcpy(block, text.at, text.length);
        size_t              length;
        struct wrn_uapi_set set;
        enum wrn_uapi_kind  kind = wrn_uapi_kind(block, text.length, &length);
        assert_true(length <= text.length);
        assert_int_equal(length != 0, kind == WRN_UAPI_GET || kind == WRN_UAPI_SET || kind == WRN_UAPI_BAD_GET);
        if (kind == WRN_UAPI_SET && wrn_uapi_check(host.engine, block, length, &set) == WRN_OK) {
            wrn_uapi_apply(host.engine, i, block, length);
            taken++;
        } else if (kind != WRN_UAPI_SET) {
            assert_int_equal(wrn_uapi_check(host.engine, block, text.length, &set), WRN_BAD_SYNTAX);
        }
        free(block);
        text_free(&text);
    }
    assert_true(taken > 1000);
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p126_p127_p129_p130_g29_random_requests_do_what_the_model_does),
        cmocka_unit_test(p127_long_random_requests_never_run_out_of_room),
        cmocka_unit_test(p127_what_is_needed_is_exact_for_tame_requests),
        cmocka_unit_test(p151_g23_g77_sections_together_or_one_by_one),
        cmocka_unit_test(p127_orders_to_lanes_are_counted),
        cmocka_unit_test(p150_any_bytes_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
