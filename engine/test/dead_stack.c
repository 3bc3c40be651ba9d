/*
 * Secrets do not stay on the stack (P-161). Every call of two engines that shake hands runs on a stack of our own, painted
 * before; after it, and whenever it asks for cryptography, what lies below is dead and is searched for eight bytes in a row of
 * any secret: private keys, ephemerals, Diffie-Hellman results, chaining keys, hashes, session keys, one-time keys, key stream,
 * generators, cookies. They are known from the engines' memories before and after, and from a provider that watches the portable
 * one. Built static, because a dynamic linker spills registers at its first calls; without sanitizers, optimised, by gcc and by
 * clang, because what the compiler leaves there is the question. A call that leaves one on purpose is found first.
 */

#include "dead_stack.h"

#include <stdio.h>
#include <string.h>

#include "portable/portable.h"
#include "warren/inspect.h"
#include "warren/uapi.h"

enum { BUFFER = 2048 };

static uint8_t memory[2][1 << 20], buffer[2][BUFFER];
static struct wrn_config config;
static struct wrn_packet packet;
static struct wrn_peer peers[2];
static struct wrn_peer_change change;
static wrn_time now;
static unsigned who;
static uint8_t key[32];
static char text[BUFFER];
static size_t length;
static bool up_to_it;
static uint8_t initiation[148]; /* the newest */

static void work_init(void)
{
    up_to_it = wrn_engine_init(&engines[who], memory[who], sizeof memory[who], &config, now) == WRN_OK;
    wrn_engine_attach(engines[who], &watching, NULL, 0);
}

static void work_key(void)
{
    up_to_it = wrn_set_private_key(engines[who], now, key) == WRN_OK;
}
static void work_add(void)
{
    up_to_it = wrn_peer_add(engines[who], now, key, &peers[who]) == WRN_OK;
}
static void work_set(void)
{
    up_to_it = wrn_peer_set(engines[who], now, peers[who], &change) == WRN_OK;
}
static void work_up(void)
{
    up_to_it = wrn_set_up(engines[who], now, true) == WRN_OK;
}
static void work_down(void)
{
    up_to_it = wrn_set_up(engines[who], now, false) == WRN_OK;
}
static void work_stir(void)
{
    wrn_engine_stir(engines[who], key);
}
static void work_remove(void)
{
    up_to_it = wrn_peer_remove(engines[who], now, peers[who]) == WRN_OK;
}
static void work_tun(void)
{
    wrn_tun_input(engines[who], now, &packet, 1);
}
static void work_net(void)
{
    wrn_net_input(engines[who], now, &packet, 1);
}
static void work_output(void)
{
    up_to_it = wrn_net_output(engines[who], now, &packet, 1) == 1;
}
static void work_advance(void)
{
    wrn_advance(engines[who], now);
}
static void work_digest(void)
{
    wrn_digest(engines[who], WRN_PART_ALL, key);
}

static void work_get(void)
{
    struct wrn_uapi_get get = {0};
    up_to_it = wrn_uapi_get(engines[who], &get, text, sizeof text, &length) == WRN_OK;
}

static void work_check(void)
{
    struct wrn_uapi_set set;
    up_to_it = wrn_uapi_check(engines[who], text, length, &set) == WRN_OK;
}

static void work_apply(void)
{
    wrn_uapi_apply(engines[who], now, text, length);
}

static void work_move(void)
{
    struct wrn_limits larger;
    wrn_engine_limits(engines[who], &larger);
    up_to_it = wrn_engine_move(&engines[who], memory[1 - who], sizeof memory[0], &larger) == WRN_OK;
}

/* What a careless call looks like. The pointer may be any, so the copy is made. */
static void work_careless(void)
{
    uint8_t copy[1024];
    memcpy(copy, key, 32);
    const uint8_t *volatile somewhere = copy;
    up_to_it = *(const volatile uint8_t *)somewhere == key[0];
}

static void must(const char *name, void (*work)(void))
{
    up_to_it = false;
    search(name, work);
    require(up_to_it, name);
}

static void draw(uint8_t out[32], uint8_t name)
{
    const uint8_t seed[32] = {name, 0x77};
    struct wrn_mac operation = {.key = seed, .key_length = 32, .out = out, .out_length = 32};
    wrn_crypto_portable.mac(NULL, &operation, 1);
}

static struct wrn_endpoint address(unsigned of)
{
    return (struct wrn_endpoint){{192, 0, 2, (uint8_t)of}, 51820, 4, 0, 0};
}

static void take_in(const char *name, unsigned at, enum wrn_verdict verdict)
{
    who = at;
    packet.remote = address(1 - at);
    search(name, work_net);
    require(packet.verdict == (uint8_t)verdict, name);
}

static void give_out(const char *name, unsigned at)
{
    who = at;
    packet = (struct wrn_packet){.data = buffer[at], .capacity = BUFFER};
    must(name, work_output);
}

static void inner_packet(const char *name, unsigned from, enum wrn_verdict verdict)
{
    who = from;
    memset(buffer[from], 0, BUFFER);
    packet = (struct wrn_packet){.data = buffer[from], .capacity = BUFFER, .offset = WRN_HEADROOM, .length = 100};
    uint8_t *inner = buffer[from] + WRN_HEADROOM;
    inner[0] = 0x45;
    inner[3] = 100;
    inner[12] = inner[16] = 10;
    inner[15] = (uint8_t)from;
    inner[19] = (uint8_t)(1 - from);
    search(name, work_tun);
    require(packet.verdict == (uint8_t)verdict, name);
}

static void begin(void)
{
    static uint8_t secret[2][32], preshared[32];
    static struct wrni_drbg root;
    wrn_config_default(&config);
    config.limits.peers = 2;
    draw(preshared, 9);
    for (who = 0; who < 2; who++) {
        draw(config.entropy, (uint8_t)(1 + who));
        learn("the entropy", config.entropy, 32);
        wrni_drbg_init(&root, config.entropy, 0, (const uint8_t[32]){0});
        learn_generator("the generator that all grows from", root.key, NULL); /* it draws seeds of tables, and the seed */
        must("wrn_engine_init", work_init);
        draw(secret[who], (uint8_t)(3 + who));
        memcpy(key, secret[who], 32);
        learn("the private key as it was given", key, 32);
        must("wrn_set_private_key", work_key);
        must("wrn_set_up", work_up);
        learn_public(engines[who]->identity.mac1_key);
        wrn_wall(engines[who], now, 1700000000, 0);
    }
    for (who = 0; who < 2; who++) {
        (void)wrn_public_key(engines[1 - who], key);
        must("wrn_peer_add", work_add);
        change = (struct wrn_peer_change){.mask = WRN_CHANGE_PRESHARED_KEY | WRN_CHANGE_ENDPOINT, .endpoint = address(1 - who)};
        memcpy(change.preshared_key, preshared, 32);
        must("wrn_peer_set", work_set);
        struct wrn_prefix prefix = {{10, 0, 0, (uint8_t)(1 - who)}, 4, 32};
        require(wrn_allowed_add(engines[who], peers[who], &prefix, NULL) == WRN_OK, "no prefix");
    }
}

/* One handshake begun by `from`, whose packet waits; a key confirmed, data both ways. */
static void shake_hands(unsigned from)
{
    unsigned to = 1 - from;
    inner_packet("wrn_tun_input without a session", from, WRN_TAKEN);
    give_out("wrn_net_output of an initiation", from);
    memcpy(initiation, packet.data + packet.offset, sizeof initiation);
    take_in("wrn_net_input of an initiation", to, WRN_SEND);
    take_in("wrn_net_input of a response", from, WRN_TAKEN);
    give_out("wrn_net_output of what was staged", from);
    take_in("wrn_net_input of data that confirms", to, WRN_DELIVER);
    inner_packet("wrn_tun_input", to, WRN_SEND);
    take_in("wrn_net_input of data", from, WRN_DELIVER);
}

static void cookies(void)
{
    wrn_report_load(engines[1], now);
    inner_packet("wrn_tun_input without a session", 0, WRN_TAKEN);
    give_out("wrn_net_output of an initiation", 0);
    take_in("wrn_net_input under load", 1, WRN_SEND);
    require(packet.length == 64, "no cookie reply");
    take_in("wrn_net_input of a cookie reply", 0, WRN_TAKEN);
    now += 6 * WRN_SECOND;
    who = 0;
    search("wrn_advance to a retry", work_advance);
    wrn_report_load(engines[1], now);
    give_out("wrn_net_output of an initiation with a mac2", 0);
    take_in("wrn_net_input of an initiation with a mac2", 1, WRN_SEND);
    require(packet.length == 92, "the cookie did not help");
    packet.data[packet.offset + 50] ^= 1;
    wrni_cookie_stamp((struct wrni_provider){&wrn_crypto_portable, NULL}, &(struct wrni_jar){.has_cookie = false},
                      engines[0]->identity.mac1_key, WRNI_RESPONSE, packet.data + packet.offset, now);
    take_in("wrn_net_input of a forged response", 0, WRN_DROP);
    require(packet.reason == WRN_REASON_HANDSHAKE, "the forged response is refused for another reason");
}

static void forgeries(void)
{
    static uint8_t again[148];
    now += 20 * WRN_SECOND;
    memcpy(again, initiation, sizeof again);
    packet = (struct wrn_packet){.data = again, .capacity = sizeof again, .length = sizeof again};
    take_in("wrn_net_input of an initiation that came before", 1, WRN_DROP);
    require(packet.reason == WRN_REASON_STAMP, "the old initiation is refused for another reason");
    inner_packet("wrn_tun_input", 0, WRN_SEND);
    packet.data[packet.offset + packet.length - 1] ^= 1;
    take_in("wrn_net_input of forged data", 1, WRN_DROP);
}

static void text_protocol(void)
{
    who = 0;
    must("wrn_uapi_get", work_get);
    draw(key, 20);
    learn("a private key as it was given", key, 32);
    learn_text("a private key as text", key);
    char *at = text + sprintf(text, "set=1\nprivate_key=");
    for (unsigned i = 0; i < 32; i++)
        at += sprintf(at, "%02x", key[i]);
    at += sprintf(at, "\npublic_key=");
    for (unsigned i = 0; i < 32; i++)
        at += sprintf(at, "%02x", engines[1]->identity.public_key[i]);
    draw(key, 21);
    learn("a preshared key as it was given", key, 32);
    learn_text("a preshared key as text", key);
    at += sprintf(at, "\npreshared_key=");
    for (unsigned i = 0; i < 32; i++)
        at += sprintf(at, "%02x", key[i]);
    at += sprintf(at, "\n\n");
    length = (size_t)(at - text);
    must("wrn_uapi_check", work_check);
    search("wrn_uapi_apply", work_apply);
    text[length - 3] = 'x';
    search("wrn_uapi_check of a key that is none", work_check);
    require(!up_to_it, "a key with a wrong digit is taken");
}

/* Rooms on their own: within a call, what one leaves may be under the next one's feet. */

static const struct wrni_provider watched = {&watching, NULL};
static struct wrni_identity identities[2];
static struct wrni_handshake pending;
static struct wrni_reading reading;
static struct wrni_remote remotes[2];
static struct wrni_checker checker;
static uint8_t agreed[32], preshared_key[32], ephemerals[2][32], stamp[12], messages[2][148], chain[32], ends_of[2][32];

static void work_identity(void)
{
    wrni_identity_set(watched, &identities[who], key);
    up_to_it = identities[who].present;
}

static void work_write_initiation(void)
{
    up_to_it = wrni_noise_write_initiation(watched, &identities[0], &remotes[1], ephemerals[0], stamp, messages[0], &pending);
}

static void work_open_static(void)
{
    up_to_it = wrni_noise_open_static(watched, &identities[1], messages[0], &reading, key);
}

static void work_open_stamp(void)
{
    up_to_it = wrni_noise_open_stamp(watched, &reading, &remotes[0], messages[0], stamp);
}

static void work_write_response(void)
{
    up_to_it = wrni_noise_write_response(watched, &reading, &remotes[0], ephemerals[1], messages[1], chain);
}

static void work_read_response(void)
{
    up_to_it = wrni_noise_read_response(watched, &identities[0], &pending, &remotes[1], messages[1], chain);
}

static void work_split(void)
{
    wrni_noise_split(watched, chain, ends_of[0], ends_of[1]);
}

static void work_mac2(void)
{
    struct wrn_endpoint from = address(0);
    (void)wrni_mac2_valid(watched, &checker, WRNI_INITIATION, messages[0], &from, now);
}

static void work_draw(void)
{
    static struct wrni_drbg drbg;
    memcpy(drbg.key, chain, 32);
    (void)wrni_drbg_below(&drbg, 1000);
}

/* Primitives without what their provider wipes below them. */

static void work_x25519(void)
{
    up_to_it = wrni_x25519(agreed, ephemerals[0], identities[1].public_key);
}

static void work_aead(void)
{
    static const uint8_t nonce[12] = {[4] = 1};
    wrni_aead_seal(chain, nonce, NULL, 0, messages[1], length);
    up_to_it = wrni_aead_open(chain, nonce, NULL, 0, messages[1], length);
}

static void primitives(void)
{
    learn("an ephemeral", ephemerals[0], 32);
    must("wrni_x25519", work_x25519);
    draw(chain, 50);
    learn("a key", chain, 32);
    learn_stream(chain, 1, 70);
    for (length = 0; length <= 70; length += 35)
        must("wrni_aead_seal and wrni_aead_open", work_aead);
}

/* Providers under two secrets each. */

static void work_provider_dh(void)
{
    struct wrn_dh op = {.secret = key, .point = identities[1].public_key, .out = agreed};
    wrn_crypto_portable.dh(NULL, &op, 1);
}

static void work_provider_seal(void)
{
    struct wrn_aead op = {.key = key, .counter = 1, .data = messages[1], .length = length};
    wrn_crypto_portable.seal(NULL, &op, 1);
}

static void work_provider_open(void)
{
    struct wrn_aead op = {.key = key, .counter = 1, .data = messages[1], .length = length};
    wrn_crypto_portable.open(NULL, &op, 1);
}

static void work_provider_xseal(void)
{
    struct wrn_xaead op = {.key = key, .nonce = messages[0], .data = messages[1], .length = length};
    wrn_crypto_portable.xseal(NULL, &op, 1);
}

static void work_provider_xopen(void)
{
    struct wrn_xaead op = {.key = key, .nonce = messages[0], .data = messages[1], .length = length};
    wrn_crypto_portable.xopen(NULL, &op, 1);
}

static void work_provider_hash(void)
{
    struct wrn_hash op = {.first = key, .first_length = 32, .second = key, .second_length = 32, .out = chain};
    wrn_crypto_portable.hash(NULL, &op, 1);
}

static void work_provider_mac(void)
{
    struct wrn_mac op = {.key = key, .key_length = 32, .data = key, .length = 32, .out = chain, .out_length = 16};
    wrn_crypto_portable.mac(NULL, &op, 1);
}

static void another_key(void)
{
    draw(key, (uint8_t)(key[0] ^ 0x55));
}

static void providers(void)
{
    search_difference("dh", work_provider_dh, another_key);
    search_difference("hash", work_provider_hash, another_key);
    search_difference("mac", work_provider_mac, another_key);
    for (length = 0; length <= 100; length += 50) {
        search_difference("seal", work_provider_seal, another_key);
        search_difference("open of what is forged", work_provider_open, another_key);
        search_difference("xseal", work_provider_xseal, another_key);
        search_difference("xopen of what is forged", work_provider_xopen, another_key);
    }
}

static void rooms(void)
{
    for (who = 0; who < 2; who++) {
        draw(key, (uint8_t)(40 + who));
        must("wrni_identity_set", work_identity);
        draw(ephemerals[who], (uint8_t)(42 + who));
    }
    require(wrni_dh((struct wrni_provider){&wrn_crypto_portable, NULL}, identities[0].secret, identities[1].public_key, agreed),
            "no agreement");
    draw(preshared_key, 44);
    learn("a preshared key", preshared_key, 32);
    learn("what two static keys agree on", agreed, 32);
    for (who = 0; who < 2; who++)
        remotes[who] = (struct wrni_remote){identities[who].public_key, preshared_key, agreed};
    must("wrni_noise_write_initiation", work_write_initiation);
    must("wrni_noise_open_static", work_open_static);
    must("wrni_noise_open_stamp", work_open_stamp);
    must("wrni_noise_write_response", work_write_response);
    must("wrni_noise_read_response", work_read_response);
    search("wrni_noise_split", work_split);
    messages[1][50] ^= 1;
    search("wrni_noise_read_response of a forged one", work_read_response);
    messages[0][50] ^= 1;
    search("wrni_noise_open_static of a forged one", work_open_static);
    messages[0][140] = 1;
    learn_generator("the generator of cookies", checker.drbg.key, NULL);
    search("wrni_mac2_valid", work_mac2);
    learn_generator("a generator", chain, "a draw");
    search("wrni_drbg_below", work_draw);
}

static void ends(void)
{
    draw(key, 30);
    learn("entropy stirred in", key, 32);
    who = 0;
    search("wrn_engine_stir", work_stir);
    search("wrn_digest", work_digest);
    must("wrn_set_up, down", work_down);
    must("wrn_peer_remove", work_remove);
    engines[1] = NULL; /* its memory is where the other moves to */
    must("wrn_engine_move", work_move);
}

int main(void)
{
    draw(key, 99);
    learn("a secret that is left on purpose", key, 32);
    require(search_quietly("a careless call", work_careless) != 0, "a secret that was left on purpose is not found");
    now = WRN_SECOND;
    begin();
    shake_hands(0);
    now += 30 * WRN_SECOND;
    forgeries();
    now += 170 * WRN_SECOND;
    shake_hands(1);
    now += 190 * WRN_SECOND;
    cookies();
    text_protocol();
    rooms();
    primitives();
    providers();
    ends();
    return search_found() != 0;
}
