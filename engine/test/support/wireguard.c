#include "wireguard.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME WARREN_CORPORA "/vectors/wireguard.json"

static _Noreturn void bad(const char *what, const char *name)
{
    (void)fprintf(stderr, "%s: %s: %s\n", FILE_NAME, name, what);
    exit(EXIT_FAILURE);
}

static const json_t *member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    if (value == NULL)
        bad("missing", name);
    return value;
}

static unsigned nibble(char digit, const char *name)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = digit == '\0' ? NULL : strchr(digits, digit);

    if (at == NULL)
        bad("not hex", name);
    return (unsigned)(at - digits);
}

static size_t decode(const json_t *value, const char *name, uint8_t *out, size_t room)
{
    const char *text = json_string_value(value);
    size_t      length;

    if (text == NULL)
        bad("not a string", name);
    length = strlen(text) / 2;
    if (length > room || strlen(text) % 2 != 0)
        bad("not of the expected length", name);
    for (size_t i = 0; i < length; i++)
        out[i] = (uint8_t)(nibble(text[2 * i], name) << 4 | nibble(text[2 * i + 1], name));
    return length;
}

static void bytes(const json_t *object, const char *name, uint8_t *out, size_t length)
{
    if (decode(member(object, name), name, out, length) != length)
        bad("not of the expected length", name);
}

static uint64_t number(const json_t *object, const char *name)
{
    const json_t *value = member(object, name);

    if (!json_is_integer(value) || json_integer_value(value) < 0)
        bad("not a number", name);
    return (uint64_t)json_integer_value(value);
}

static uint32_t number32(const json_t *object, const char *name)
{
    uint64_t value = number(object, name);

    if (value > UINT32_MAX)
        bad("beyond 32 bits", name);
    return (uint32_t)value;
}

static size_t count(const json_t *object, const char *name, size_t room)
{
    const json_t *array = member(object, name);

    if (!json_is_array(array) || json_array_size(array) == 0 || json_array_size(array) > room)
        bad("not an array of the expected size", name);
    return json_array_size(array);
}

static void read_kdf(const json_t *from, struct vector_kdf *to)
{
    bytes(from, "key", to->key, 32);
    to->input_length = decode(member(from, "input"), "input", to->input, sizeof to->input);
    if (count(from, "outputs", 3) != 3)
        bad("not three", "outputs");
    for (size_t i = 0; i < 3; i++)
        if (decode(json_array_get(member(from, "outputs"), i), "outputs", to->outputs[i], 32) != 32)
            bad("not of the expected length", "outputs");
}

static void read_datagram(const json_t *from, struct vector_datagram *to)
{
    const char *who = json_string_value(member(from, "from")), *counter = json_string_value(member(from, "counter"));
    char       *end;

    if (who == NULL || (strcmp(who, "initiator") != 0 && strcmp(who, "responder") != 0))
        bad("neither initiator nor responder", "from");
    to->from_initiator = strcmp(who, "initiator") == 0;
    if (counter == NULL)
        bad("not a string", "counter");
    to->counter = strtoumax(counter, &end, 10);
    if (end == counter || *end != '\0')
        bad("not a number", "counter");
    to->length = decode(member(from, "plaintext"), "plaintext", to->plaintext, sizeof to->plaintext);
    bytes(from, "datagram", to->datagram, to->length + 32);
}

static bool held(const json_t *from, const char *name, uint8_t cookie[16])
{
    if (json_is_null(member(from, name)))
        return false;
    bytes(from, name, cookie, 16);
    return true;
}

static void read_handshake(const json_t *from, struct vector_handshake *to)
{
    const json_t *first = member(from, "after_initiation"), *second = member(from, "after_response");

    bytes(from, "initiator_static_private", to->initiator_secret, 32);
    bytes(from, "initiator_static_public", to->initiator_public, 32);
    bytes(from, "initiator_ephemeral_private", to->initiator_ephemeral, 32);
    bytes(from, "responder_static_private", to->responder_secret, 32);
    bytes(from, "responder_static_public", to->responder_public, 32);
    bytes(from, "responder_ephemeral_private", to->responder_ephemeral, 32);
    bytes(from, "preshared_key", to->preshared_key, 32);
    to->unix_seconds = number(from, "unix_seconds");
    to->nanoseconds = number32(from, "nanoseconds");
    bytes(from, "tai64n", to->stamp, 12);
    to->initiator_index = number32(from, "initiator_index");
    to->responder_index = number32(from, "responder_index");
    to->initiator_has_cookie = held(from, "cookie_held_by_initiator", to->initiator_cookie);
    to->responder_has_cookie = held(from, "cookie_held_by_responder", to->responder_cookie);
    bytes(from, "initiation", to->initiation, 148);
    bytes(first, "k_es", to->k_es, 32);
    bytes(first, "k_ss", to->k_ss, 32);
    bytes(first, "chaining_key", to->initiation_chain, 32);
    bytes(first, "hash", to->initiation_hash, 32);
    bytes(from, "response", to->response, 92);
    bytes(second, "chaining_key", to->response_chain, 32);
    bytes(second, "hash", to->response_hash, 32);
    bytes(second, "initiator_sends_with", to->initiator_sends, 32);
    bytes(second, "responder_sends_with", to->responder_sends, 32);
    if (count(from, "transport", 8) != 8)
        bad("not eight", "transport");
    for (size_t i = 0; i < 8; i++)
        read_datagram(json_array_get(member(from, "transport"), i), &to->datagrams[i]);
}

static void read_cookie(const json_t *from, struct vector_cookie *to)
{
    bytes(from, "replier_static_public", to->replier_public, 32);
    to->message_length = decode(member(from, "triggering_message"), "triggering_message", to->message, sizeof to->message);
    bytes(from, "mac1", to->mac1, 16);
    to->receiver = number32(from, "receiver_index");
    bytes(from, "nonce", to->nonce, 24);
    bytes(from, "cookie", to->cookie, 16);
    bytes(from, "cookie_reply", to->reply, 64);
}

static void read_stamp(const json_t *from, struct vector_stamp *to)
{
    to->unix_seconds = number(from, "unix_seconds");
    to->nanoseconds = number32(from, "nanoseconds");
    bytes(from, "tai64n_exact", to->exact, 12);
    bytes(from, "tai64n_whitened", to->whitened, 12);
}

static void read_all(const json_t *root, struct wireguard *all)
{
    const json_t *constants = member(root, "constants");

    bytes(constants, "initial_chaining_key", all->initial_chain, 32);
    bytes(constants, "initial_hash", all->initial_hash, 32);
    all->kdfs = count(root, "kdf", 16);
    for (size_t i = 0; i < all->kdfs; i++)
        read_kdf(json_array_get(member(root, "kdf"), i), &all->kdf[i]);
    all->handshakes = count(root, "handshakes", 32);
    for (size_t i = 0; i < all->handshakes; i++)
        read_handshake(json_array_get(member(root, "handshakes"), i), &all->handshake[i]);
    all->cookies = count(root, "cookies", 32);
    for (size_t i = 0; i < all->cookies; i++)
        read_cookie(json_array_get(member(root, "cookies"), i), &all->cookie[i]);
    all->stamps = count(root, "stamps", 16);
    for (size_t i = 0; i < all->stamps; i++)
        read_stamp(json_array_get(member(root, "stamps"), i), &all->stamp[i]);
}

const struct wireguard *wireguard(void)
{
    static struct wireguard all;
    static bool             done;
    json_error_t            error;
    json_t                 *root;

    if (done)
        return &all;
    root = json_load_file(FILE_NAME, 0, &error);
    if (root == NULL)
        bad(error.text, "load");
    read_all(root, &all);
    json_decref(root);
    done = true;
    return &all;
}
