#include "state.h"
#include "uapi_text.h"
#include "warren/uapi.h"

/* A get, one line at a time (P-145). The state says which line is next; a line that is left out costs no room. */

enum stage {
    BEGIN,
    PRIVATE_KEY,
    LISTEN_PORT,
    FWMARK,
    NEXT_PEER,
    PUBLIC_KEY,
    PRESHARED_KEY,
    PROTOCOL_VERSION,
    ENDPOINT,
    HANDSHAKE_SECONDS,
    HANDSHAKE_NANOSECONDS,
    TX_BYTES,
    RX_BYTES,
    KEEPALIVE,
    ALLOWED_IP,
    ERRNO,
    END
};

static char *numbered(char *at, const char *name, uint64_t number)
{
    return wrni_write_text(wrni_write_number(wrni_write_text(at, name), number), "\n");
}

static char *keyed(char *at, const char *name, const uint8_t key[32])
{
    return wrni_write_text(wrni_write_key(wrni_write_text(at, name), key), "\n");
}

static char *device_line(const struct wrn_engine *engine, struct wrn_uapi_get *get, char *at)
{
    switch (get->stage++) {
    case PRIVATE_KEY:
        return engine->identity.present ? keyed(at, "private_key=", engine->identity.secret) : at;
    case LISTEN_PORT:
        return get->listen_port ? numbered(at, "listen_port=", get->listen_port) : at;
    default:
        return get->fwmark ? numbered(at, "fwmark=", get->fwmark) : at;
    }
}

static char *endpoint_line(char *at, const struct wrn_endpoint *endpoint)
{
    if (!endpoint->family)
        return at;
    return wrni_write_text(wrni_write_endpoint(wrni_write_text(at, "endpoint="), endpoint), "\n");
}

static char *allowed_line(const struct wrn_engine *engine, struct wrn_uapi_get *get, char *at)
{
    struct wrn_prefix prefix;
    if (!wrn_allowed_next(engine, get->peer, &get->cursor, &prefix)) {
        get->stage = NEXT_PEER;
        return at;
    }
    return wrni_write_text(wrni_write_prefix(wrni_write_text(at, "allowed_ip="), &prefix), "\n");
}

static char *peer_line(const struct wrn_engine *engine, struct wrn_uapi_get *get, char *at)
{
    const struct wrni_peer *peer = wrni_peer_at(engine, get->peer.slot);
    const struct wrni_flow *flow = wrni_flow_at(engine, get->peer.slot);

    switch (get->stage++) {
    case PUBLIC_KEY:
        return keyed(at, "public_key=", peer->public_key);
    case PRESHARED_KEY:
        return keyed(at, "preshared_key=", peer->preshared_key);
    case PROTOCOL_VERSION:
        return wrni_write_text(at, "protocol_version=1\n");
    case ENDPOINT:
        return endpoint_line(at, &flow->endpoint);
    case HANDSHAKE_SECONDS:
        return numbered(at, "last_handshake_time_sec=", peer->handshake_seconds);
    case HANDSHAKE_NANOSECONDS:
        return numbered(at, "last_handshake_time_nsec=", peer->handshake_nanoseconds);
    case TX_BYTES:
        return numbered(at, "tx_bytes=", flow->tx_bytes);
    case RX_BYTES:
        return numbered(at, "rx_bytes=", flow->rx_bytes);
    default:
        return numbered(at, "persistent_keepalive_interval=", peer->timers.persistent_s);
    }
}

static char *line(const struct wrn_engine *engine, struct wrn_uapi_get *get, char *at)
{
    if (get->stage == ALLOWED_IP)
        return allowed_line(engine, get, at);
    if (get->stage < NEXT_PEER)
        return device_line(engine, get, at);
    if (get->stage > NEXT_PEER && get->stage < ERRNO)
        return peer_line(engine, get, at);
    if (get->stage == NEXT_PEER) {
        get->stage = wrn_peer_next(engine, &get->peer) ? PUBLIC_KEY : ERRNO;
        get->cursor = 0;
        return at;
    }
    get->stage = END;
    return wrni_write_text(at, "errno=0\n\n");
}

enum wrn_status wrn_uapi_get(const struct wrn_engine *engine, struct wrn_uapi_get *get, char *out, size_t size, size_t *written)
{
    char *at = out;

    *written = 0;
    if (size < WRN_UAPI_CHUNK)
        return WRN_BAD_ARGUMENT;
    if (get->stage == BEGIN) {
        get->stage = PRIVATE_KEY;
        get->peer.slot = WRNI_NONE;
        get->generation = engine->generation;
    }
    if (get->stage != END && get->generation != engine->generation)
        return WRN_CHANGED;
    while (get->stage != END && size - (size_t)(at - out) >= WRNI_TEXT_MAX)
        at = line(engine, get, at);
    *written = (size_t)(at - out);
    return WRN_OK;
}
