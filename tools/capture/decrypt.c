#include "decrypt.h"

#include <stdlib.h>
#include <string.h>

#include "chain.h"

#define SHAKES 1024u   /* handshakes kept: the newest */
#define SESSIONS 4096u /* session ends kept: the newest */

struct shake {
    bool     there, known; /* known: the keys were here */
    uint32_t sender, responder; /* indices; responder once answered */
    uint8_t  hash[32], chain[32], ephemeral[32], mac1[16], answer_mac1[16];
    uint8_t  initiator[32], answerer[32]; /* static public keys */
    const struct key_pair *ei, *si, *sr;  /* those of which we have the private half */
    bool     has_answer, has_answerer, has_initiator;
};

struct session {
    bool     there, known;
    bool     has_from, has_to;
    uint32_t receiver; /* index */
    uint8_t  key[32], from[32], to[32];
};

struct decrypter {
    const struct keys       *keys;
    const struct wrn_crypto *crypto;
    void                    *context;
    struct shake             shakes[SHAKES];
    struct session           sessions[SESSIONS];
    uint32_t                 next_shake, next_session;
    struct chain             by_sender, by_receiver; /* of shakes, of sessions */
    uint32_t                 shake_links[SHAKES], session_links[SESSIONS];
    const uint8_t           *last_recipient;
    bool                     has_cookie;
    uint8_t                  cookie[16], cookie_of[32]; /* the newest, and whose: the static public key of its giver */
    uint8_t                  plain[65536];
};

static uint32_t le32(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }
static uint64_t le64(const uint8_t *p) { return le32(p) | (uint64_t)le32(p + 4) << 32; }

/* Primitives. ----------------------------------------------------------------------------------------------------------------- */

static void hash(const struct decrypter *d, const void *a, size_t a_length, const void *b, size_t b_length, uint8_t out[32])
{
    struct wrn_hash operation = {a, a_length, b, b_length, out};
    d->crypto->hash(d->context, &operation, 1);
}

static void mac(const struct decrypter *d, const uint8_t *key, size_t key_length, const uint8_t *data, size_t length, uint8_t out[16])
{
    struct wrn_mac operation = {key, key_length, data, length, out, 16, NULL};
    d->crypto->mac(d->context, &operation, 1);
}

static void hmac(const struct decrypter *d, const uint8_t key[32], const uint8_t *data, size_t length, uint8_t out[32])
{
    uint8_t inner[64], outer[64], middle[32];
    for (unsigned i = 0; i < 64; i++) {
        inner[i] = (uint8_t)((i < 32 ? key[i] : 0) ^ 0x36);
        outer[i] = (uint8_t)((i < 32 ? key[i] : 0) ^ 0x5c);
    }
    hash(d, inner, sizeof inner, data, length, middle);
    hash(d, outer, sizeof outer, middle, sizeof middle, out);
}

/* KDF1 to KDF3: outs that are null are not asked for. */
static void kdf(const struct decrypter *d, const uint8_t chain[32], const uint8_t *input, size_t length, uint8_t *one, uint8_t *two,
                uint8_t *three)
{
    uint8_t  root[32], last[33];
    uint8_t *outs[3] = {one, two, three};
    hmac(d, chain, input, length, root);
    for (uint8_t i = 0; i < 3 && outs[i]; i++) {
        last[i ? 32 : 0] = (uint8_t)(i + 1);
        hmac(d, root, last, i ? 33 : 1, last);
        memcpy(outs[i], last, 32);
    }
}

static bool dh(const struct decrypter *d, const uint8_t secret[32], const uint8_t point[32], uint8_t out[32])
{
    struct wrn_dh operation = {.secret = secret, .point = point, .out = out};
    d->crypto->dh(d->context, &operation, 1);
    return operation.good;
}

/* Open `length` bytes and a tag into out, which has room for both. */
static bool open_box(const struct decrypter *d, const uint8_t key[32], uint64_t counter, const uint8_t *aad, size_t aad_length,
                     const uint8_t *sealed, size_t length, uint8_t *out)
{
    struct wrn_aead operation = {.key = key, .counter = counter, .aad = aad, .aad_length = aad_length, .data = out, .length = length};
    memcpy(out, sealed, length + WRN_TAG_BYTES);
    d->crypto->open(d->context, &operation, 1);
    return operation.good;
}

/* Whose keys. ----------------------------------------------------------------------------------------------------------------- */

static const struct key_pair *pair_of(const struct key_pair *pairs, size_t count, const uint8_t public_key[32])
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(pairs[i].public_key, public_key, 32) == 0)
            return &pairs[i];
    return NULL;
}

static bool mac1_for(const struct decrypter *d, const uint8_t public_key[32], const uint8_t *message, size_t at)
{
    uint8_t key[32], right[16];
    hash(d, "mac1----", 8, public_key, 32, key);
    mac(d, key, sizeof key, message, at, right);
    return memcmp(right, message + at, sizeof right) == 0;
}

/* Who is meant by a mac1, of all the public keys we know of: often the one that was meant before. */
static const uint8_t *recipient(struct decrypter *d, const uint8_t *message, size_t at)
{
    if (d->last_recipient && mac1_for(d, d->last_recipient, message, at))
        return d->last_recipient;
    for (size_t i = 0; i < d->keys->static_count; i++)
        if (mac1_for(d, d->keys->statics[i].public_key, message, at))
            return d->last_recipient = d->keys->statics[i].public_key;
    for (size_t i = 0; i < d->keys->remote_count; i++)
        if (mac1_for(d, d->keys->remotes[i], message, at))
            return d->last_recipient = d->keys->remotes[i];
    return NULL;
}

static enum opened_mac mac2_of(const struct decrypter *d, const uint8_t *message, size_t at, const uint8_t *whose)
{
    static const uint8_t zeros[16];
    uint8_t              right[16];
    if (memcmp(message + at + 16, zeros, sizeof zeros) == 0)
        return MAC_ABSENT;
    if (!d->has_cookie || !whose || memcmp(d->cookie_of, whose, 32) != 0)
        return MAC_UNKNOWN;
    mac(d, d->cookie, sizeof d->cookie, message, at + 16, right);
    return memcmp(right, message + at + 16, sizeof right) == 0 ? MAC_GOOD : MAC_WRONG;
}

static void fail(struct opened *opened, const char *why)
{
    opened->why = why;
    opened->failed = true;
}

/* Handshakes. ----------------------------------------------------------------------------------------------------------------- */

static void mix_hash(const struct decrypter *d, uint8_t state[32], const uint8_t *data, size_t length)
{
    hash(d, state, 32, data, length, state);
}

static void begin_transcript(const struct decrypter *d, struct shake *shake, const uint8_t *message)
{
    static const char construction[] = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s", identifier[] = "WireGuard v1 zx2c4 Jason@zx2c4.com";
    hash(d, construction, sizeof construction - 1, NULL, 0, shake->chain);
    hash(d, shake->chain, 32, identifier, sizeof identifier - 1, shake->hash);
    mix_hash(d, shake->hash, shake->answerer, 32);
    mix_hash(d, shake->hash, message + 8, 32);
    kdf(d, shake->chain, message + 8, 32, shake->chain, NULL, NULL);
}

/* e, es, s, ss, {t} */
static void read_initiation(struct decrypter *d, struct shake *shake, const uint8_t *message, struct opened *opened)
{
    uint8_t shared[32], key[32], box[64];

    begin_transcript(d, shake, message);
    bool agreed = shake->ei ? dh(d, shake->ei->secret, shake->answerer, shared) : dh(d, shake->sr->secret, message + 8, shared);
    kdf(d, shake->chain, shared, 32, shake->chain, key, NULL);
    if (!agreed || !open_box(d, key, 0, shake->hash, 32, message + 40, 32, box)) {
        fail(opened, "the static key in it does not open");
        return;
    }
    memcpy(shake->initiator, box, 32);
    shake->has_initiator = true;
    opened->from = shake->initiator;
    mix_hash(d, shake->hash, message + 40, 48);
    shake->si = pair_of(d->keys->statics, d->keys->static_count, shake->initiator);
    if (!shake->si && !shake->sr) {
        opened->why = "no key: the initiator's static private key";
        return;
    }
    agreed = shake->si ? dh(d, shake->si->secret, shake->answerer, shared) : dh(d, shake->sr->secret, shake->initiator, shared);
    kdf(d, shake->chain, shared, 32, shake->chain, key, NULL);
    if (!agreed || !open_box(d, key, 0, shake->hash, 32, message + 88, 12, box)) {
        fail(opened, "the stamp in it does not open");
        return;
    }
    mix_hash(d, shake->hash, message + 88, 28);
    memcpy(opened->stamp, box, sizeof opened->stamp);
    opened->has_stamp = true;
    shake->known = true;
}

static void take_initiation(struct decrypter *d, const uint8_t *message, struct opened *opened)
{
    uint32_t       row = d->next_shake++ % SHAKES;
    struct shake  *shake = &d->shakes[row];
    const uint8_t *to = recipient(d, message, 116);

    if (shake->there)
        chain_remove(&d->by_sender, d->shake_links, row, shake->sender);
    chain_add(&d->by_sender, d->shake_links, row, le32(message + 4));
    *shake = (struct shake){.there = true, .sender = le32(message + 4)};
    opened->has_sender = true;
    opened->sender = shake->sender;
    opened->mac1 = to ? MAC_GOOD : MAC_UNKNOWN;
    opened->mac2 = mac2_of(d, message, 116, to);
    memcpy(shake->ephemeral, message + 8, 32);
    memcpy(shake->mac1, message + 116, 16);
    if (!to) {
        opened->why = "no key: its mac1 is for nobody whose public key is here";
        return;
    }
    memcpy(shake->answerer, to, 32);
    shake->has_answerer = true;
    opened->to = shake->answerer;
    shake->ei = pair_of(d->keys->ephemerals, d->keys->ephemeral_count, shake->ephemeral);
    shake->sr = pair_of(d->keys->statics, d->keys->static_count, to);
    if (shake->ei || shake->sr)
        read_initiation(d, shake, message, opened);
    else
        opened->why = "no key: neither the initiator's ephemeral nor the responder's static private key";
}

/* psk, {}: does it open with this preshared key? Null: none. */
static bool opens_with(const struct decrypter *d, const uint8_t *message, const uint8_t base[32], const uint8_t hashed[32],
                       const uint8_t *preshared, uint8_t chain[32])
{
    static const uint8_t none[32];
    uint8_t              tau[32], key[32], box[16], state[32];

    memcpy(state, hashed, 32);
    kdf(d, base, preshared ? preshared : none, 32, chain, tau, key);
    mix_hash(d, state, tau, 32);
    return open_box(d, key, 0, state, 32, message + 44, 0, box);
}

/* e, ee, se, psk, {}: with the preshared keys that stand behind these ephemeral ones, with none, and with all there are. */
static bool read_response(const struct decrypter *d, const struct shake *shake, const uint8_t *message, const struct key_pair *er,
                          uint8_t chain[32], const uint8_t **preshared)
{
    const struct key_pair *ephemerals[2] = {er, shake->ei};
    uint8_t                hashed[32], ee[32], se[32], base[32];

    memcpy(hashed, shake->hash, 32);
    memcpy(base, shake->chain, 32);
    mix_hash(d, hashed, message + 12, 32);
    kdf(d, base, message + 12, 32, base, NULL, NULL);
    bool good = er ? dh(d, er->secret, shake->ephemeral, ee) && dh(d, er->secret, shake->initiator, se)
                   : dh(d, shake->ei->secret, message + 12, ee) && dh(d, shake->si->secret, message + 12, se);
    if (!good)
        return false;
    kdf(d, base, ee, 32, base, NULL, NULL);
    kdf(d, base, se, 32, base, NULL, NULL);
    for (unsigned i = 0; i < 2; i++) {
        size_t row = ephemerals[i] ? ephemerals[i]->preshared : 0;
        *preshared = row ? d->keys->preshared[row - 1] : NULL;
        if (row && opens_with(d, message, base, hashed, *preshared, chain))
            return true;
    }
    for (size_t row = 0; row <= d->keys->preshared_count; row++) {
        *preshared = row ? d->keys->preshared[row - 1] : NULL;
        if (opens_with(d, message, base, hashed, *preshared, chain))
            return true;
    }
    *preshared = NULL;
    return false;
}

static struct shake *find_shake(struct decrypter *d, uint32_t sender)
{
    for (uint32_t row = chain_newest(&d->by_sender, sender); row != CHAIN_END; row = d->shake_links[row])
        if (d->shakes[row].sender == sender)
            return &d->shakes[row];
    return NULL;
}

/* What goes to this index; `answers`: from the answerer to the initiator. */
static void add_session(struct decrypter *d, const struct shake *shake, bool answers, uint32_t receiver, const uint8_t *key)
{
    uint32_t        row = d->next_session++ % SESSIONS;
    struct session *session = &d->sessions[row];
    if (session->there)
        chain_remove(&d->by_receiver, d->session_links, row, session->receiver);
    chain_add(&d->by_receiver, d->session_links, row, receiver);
    *session = (struct session){.there = true, .known = key != NULL, .receiver = receiver,
                                .has_from = answers ? shake->has_answerer : shake->has_initiator,
                                .has_to = answers ? shake->has_initiator : shake->has_answerer};
    memcpy(session->from, answers ? shake->answerer : shake->initiator, 32);
    memcpy(session->to, answers ? shake->initiator : shake->answerer, 32);
    if (key)
        memcpy(session->key, key, sizeof session->key);
}

static void take_response(struct decrypter *d, const uint8_t *message, struct opened *opened)
{
    struct shake          *shake = find_shake(d, le32(message + 8));
    const struct key_pair *er = pair_of(d->keys->ephemerals, d->keys->ephemeral_count, message + 12);
    const uint8_t         *to = NULL;
    uint8_t                chain[32], first[32], second[32];

    opened->has_sender = opened->has_receiver = true;
    opened->sender = le32(message + 4);
    opened->receiver = le32(message + 8);
    if (shake && shake->known && mac1_for(d, shake->initiator, message, 60))
        to = shake->initiator;
    else
        to = recipient(d, message, 60);
    opened->mac1 = to ? MAC_GOOD : shake && shake->known ? MAC_WRONG : MAC_UNKNOWN;
    opened->mac2 = mac2_of(d, message, 60, to);
    if (!shake) {
        opened->why = "no handshake seen: the initiation that it answers";
        return;
    }
    opened->from = shake->has_answerer ? shake->answerer : NULL;
    opened->to = shake->has_initiator ? shake->initiator : NULL;
    shake->responder = opened->sender;
    shake->has_answer = true;
    memcpy(shake->answer_mac1, message + 60, 16);
    if (!shake->known || (!er && !(shake->ei && shake->si))) {
        opened->why = shake->known ? "no key: an ephemeral private key of this handshake" : "no key: its initiation was not opened";
        add_session(d, shake, false, opened->sender, NULL);
        add_session(d, shake, true, opened->receiver, NULL);
        return;
    }
    if (!read_response(d, shake, message, er, chain, &opened->preshared)) {
        fail(opened, "authentication failed: another preshared key, or a changed message");
        return;
    }
    kdf(d, chain, NULL, 0, first, second, NULL);
    add_session(d, shake, false, opened->sender, first);
    add_session(d, shake, true, opened->receiver, second);
}

/* Cookies and data. ----------------------------------------------------------------------------------------------------------- */

static void take_cookie(struct decrypter *d, const uint8_t *message, struct opened *opened)
{
    struct shake *shake = NULL;
    bool          answer = false;
    uint8_t       key[32], box[32];

    opened->has_receiver = true;
    opened->receiver = le32(message + 4);
    for (uint32_t i = 1; i <= SHAKES && i <= d->next_shake && !shake; i++) {
        struct shake *one = &d->shakes[(d->next_shake - i) % SHAKES];
        answer = one->has_answer && one->responder == opened->receiver;
        if (answer || one->sender == opened->receiver)
            shake = one;
    }
    if (!shake) {
        opened->why = "no handshake seen: the message that it answers";
        return;
    }
    if (answer ? !shake->known : !shake->has_answerer) {
        opened->why = "no key: the public key of its sender";
        return;
    }
    const uint8_t   *giver = answer ? shake->initiator : shake->answerer;
    opened->from = giver;
    if (answer ? shake->has_answerer : shake->has_initiator)
        opened->to = answer ? shake->answerer : shake->initiator;
    struct wrn_xaead operation = {.key = key, .nonce = message + 8, .aad = answer ? shake->answer_mac1 : shake->mac1, .aad_length = 16,
                                  .data = box, .length = 16};
    hash(d, "cookie--", 8, giver, 32, key);
    memcpy(box, message + 32, sizeof box);
    d->crypto->xopen(d->context, &operation, 1);
    if (!operation.good) {
        fail(opened, "the cookie in it does not open");
        return;
    }
    memcpy(d->cookie, box, sizeof d->cookie);
    memcpy(d->cookie_of, giver, sizeof d->cookie_of);
    d->has_cookie = true;
    opened->cookie = d->cookie;
}

static void take_data(struct decrypter *d, const uint8_t *message, uint32_t length, struct opened *opened)
{
    const char *why = "no handshake seen";

    opened->has_receiver = opened->has_counter = true;
    opened->receiver = le32(message + 4);
    opened->counter = le64(message + 8);
    for (uint32_t row = chain_newest(&d->by_receiver, opened->receiver); row != CHAIN_END; row = d->session_links[row]) {
        const struct session *session = &d->sessions[row];
        if (session->receiver != opened->receiver)
            continue;
        opened->from = session->has_from ? session->from : opened->from;
        opened->to = session->has_to ? session->to : opened->to;
        if (!session->known) {
            why = "no key: its handshake was not opened";
            continue;
        }
        opened->key = session->key;
        if (open_box(d, session->key, opened->counter, NULL, 0, message + 16, length - 32, d->plain)) {
            opened->inner = d->plain;
            opened->inner_length = length - 32;
            return;
        }
        opened->failed = true;
    }
    opened->why = opened->failed ? "authentication failed" : why;
}

void decrypter_take(struct decrypter *decrypter, const uint8_t *data, uint32_t length, struct opened *opened)
{
    static const uint8_t zeros[3];

    *opened = (struct opened){0};
    if (length < 32 || length > sizeof decrypter->plain || data[0] < 1 || data[0] > 4 || memcmp(data + 1, zeros, 3) != 0)
        return;
    if ((data[0] == 1 && length != 148) || (data[0] == 2 && length != 92) || (data[0] == 3 && length != 64))
        return;
    opened->type = data[0];
    if (data[0] == 1)
        take_initiation(decrypter, data, opened);
    else if (data[0] == 2)
        take_response(decrypter, data, opened);
    else if (data[0] == 3)
        take_cookie(decrypter, data, opened);
    else
        take_data(decrypter, data, length, opened);
}

struct decrypter *decrypter_begin(const struct keys *keys, const struct wrn_crypto *crypto, void *context)
{
    struct decrypter *decrypter = calloc(1, sizeof *decrypter);
    if (!decrypter)
        return NULL;
    decrypter->keys = keys;
    decrypter->crypto = crypto;
    decrypter->context = context;
    chain_begin(&decrypter->by_sender);
    chain_begin(&decrypter->by_receiver);
    return decrypter;
}

void decrypter_end(struct decrypter *decrypter)
{
    memset(decrypter, 0, sizeof *decrypter);
    free(decrypter);
}
