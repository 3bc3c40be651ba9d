#include "walk.h"

#include <string.h>

void wrni_rec_put(struct wrn_recording *recording, const uint8_t *bytes, size_t length)
{
    wrni_rec_sip_add(&recording->hash, bytes, length);
    while (length > 0 && !recording->failed) {
        size_t room = WRN_RECORD_BUFFER - recording->fill, part = length < room ? length : room;
        memcpy(recording->buffer + recording->fill, bytes, part);
        recording->fill += (uint32_t)part;
        bytes += part;
        length -= part;
        if (recording->fill < WRN_RECORD_BUFFER)
            continue;
        if (!recording->put(recording->context, recording->buffer, recording->fill))
            recording->failed = "the host could not write";
        recording->fill = 0;
    }
}

size_t wrni_rec_number_bytes(uint64_t number, uint8_t out[10])
{
    size_t length = 0;
    for (; number >= 128; number >>= 7)
        out[length++] = (uint8_t)(number | 128);
    out[length++] = (uint8_t)number;
    return length;
}

bool wrni_rec_number(const uint8_t **at, const uint8_t *end, uint64_t *number)
{
    *number = 0;
    for (unsigned i = 0; i < 10 && *at + i < end; i++) {
        uint8_t byte = (*at)[i];
        if ((i == 9 && byte > 1) || (i > 0 && byte == 0))
            return false;
        *number |= (uint64_t)(byte & 127u) << 7 * i;
        if (byte < 128) {
            *at += i + 1;
            return true;
        }
    }
    return false;
}

static void differ(struct wrni_rec_walk *walk, const char *what, enum wrn_replay_kind kind)
{
    walk->differs = true;
    walk->what = what;
    walk->what_index = walk->index;
    walk->kind = kind;
}

static bool next_number(struct wrni_rec_walk *walk, uint64_t most, uint64_t *number)
{
    if (!wrni_rec_number(&walk->at, walk->end, number))
        wrni_rec_wrong(walk, "a number that is cut short, or not in its shortest form");
    else if (*number > most)
        wrni_rec_wrong(walk, "a number too large for its place");
    return !walk->wrong;
}

/* Every number goes through here. */
static void number(struct wrni_rec_walk *walk, const char *what, enum wrn_replay_kind kind, uint64_t most, uint64_t *value)
{
    uint8_t  bytes[10];
    uint64_t found;

    if (!wrni_rec_good(walk))
        return;
    if (walk->mode == WRNI_REC_COUNT) {
        walk->count += wrni_rec_number_bytes(*value, bytes);
    } else if (walk->mode == WRNI_REC_WRITE) {
        wrni_rec_put(walk->out, bytes, wrni_rec_number_bytes(*value, bytes));
    } else if (next_number(walk, most, &found)) {
        if (walk->mode == WRNI_REC_READ) {
            *value = found;
        } else if (found != *value) {
            differ(walk, what, kind);
            walk->expected.number = found;
            walk->actual.number = *value;
        }
    }
}

void wrni_rec_u64(struct wrni_rec_walk *walk, const char *what, uint64_t *value)
{
    number(walk, what, WRN_REPLAY_NUMBER, UINT64_MAX, value);
}

void wrni_rec_u32(struct wrni_rec_walk *walk, const char *what, uint32_t *value)
{
    uint64_t wide = *value;
    number(walk, what, WRN_REPLAY_NUMBER, UINT32_MAX, &wide);
    *value = (uint32_t)wide;
}

void wrni_rec_u16(struct wrni_rec_walk *walk, const char *what, uint16_t *value)
{
    uint64_t wide = *value;
    number(walk, what, WRN_REPLAY_NUMBER, UINT16_MAX, &wide);
    *value = (uint16_t)wide;
}

void wrni_rec_named(struct wrni_rec_walk *walk, enum wrn_replay_kind kind, const char *what, uint8_t *value)
{
    uint64_t wide = *value;
    number(walk, what, kind, UINT8_MAX, &wide);
    *value = (uint8_t)wide;
}

void wrni_rec_u8(struct wrni_rec_walk *walk, const char *what, uint8_t *value)
{
    wrni_rec_named(walk, WRN_REPLAY_NUMBER, what, value);
}

void wrni_rec_bool(struct wrni_rec_walk *walk, const char *what, bool *value)
{
    uint64_t wide = *value;
    number(walk, what, WRN_REPLAY_NUMBER, 1, &wide);
    *value = wide != 0;
}

/* Near 0 on both sides: 0, -1, 1, -2, ... */
static uint64_t fold(uint64_t difference) { return difference >> 63 ? ~difference << 1 | 1 : difference << 1; }
static uint64_t unfold(uint64_t folded) { return folded & 1 ? ~(folded >> 1) : folded >> 1; }

void wrni_rec_time(struct wrni_rec_walk *walk, const char *what, wrn_time *value)
{
    uint64_t folded = fold(*value - walk->now);
    number(walk, what, WRN_REPLAY_TIME, UINT64_MAX, &folded);
    if (walk->mode == WRNI_REC_READ && wrni_rec_good(walk))
        *value = walk->now + unfold(folded);
    if (walk->differs && walk->what == what && walk->kind == WRN_REPLAY_TIME) {
        walk->expected.number = walk->now + unfold(walk->expected.number);
        walk->actual.number = *value;
    }
}

void wrni_rec_blob(struct wrni_rec_walk *walk, const uint8_t **bytes, size_t length)
{
    if (!wrni_rec_good(walk))
        return;
    if (walk->mode == WRNI_REC_COUNT) {
        walk->count += length;
    } else if (walk->mode == WRNI_REC_WRITE) {
        wrni_rec_put(walk->out, *bytes, length);
    } else if ((size_t)(walk->end - walk->at) < length) {
        wrni_rec_wrong(walk, "bytes that are cut short");
    } else {
        *bytes = walk->at;
        walk->at += length;
    }
}

void wrni_rec_bytes(struct wrni_rec_walk *walk, const char *what, uint8_t *bytes, size_t length)
{
    const uint8_t *place = bytes;
    wrni_rec_blob(walk, &place, length);
    if (!wrni_rec_good(walk) || length == 0)
        return;
    if (walk->mode == WRNI_REC_READ) {
        memcpy(bytes, place, length);
    } else if (walk->mode == WRNI_REC_COMPARE && memcmp(bytes, place, length) != 0) {
        differ(walk, what, WRN_REPLAY_BYTES);
        memcpy(walk->expected.bytes, place, length);
        memcpy(walk->actual.bytes, bytes, length);
        walk->expected.length = walk->actual.length = (uint32_t)length;
    }
}

void wrni_rec_hash(struct wrni_rec_walk *walk, const char *what, const uint8_t *bytes, size_t length)
{
    uint8_t out[8] = {0};
    if (walk->mode != WRNI_REC_COUNT && wrni_rec_good(walk)) {
        uint64_t hash = wrni_rec_sip(bytes, length);
        for (unsigned i = 0; i < 8; i++)
            out[i] = (uint8_t)(hash >> 8 * i);
    }
    wrni_rec_bytes(walk, what, out, sizeof out);
}

void wrni_rec_peer(struct wrni_rec_walk *walk, struct wrn_peer *peer)
{
    uint32_t slot = peer->slot + 1; /* nobody is 0 */
    wrni_rec_u32(walk, "peer's slot", &slot);
    peer->slot = slot - 1;
    wrni_rec_u32(walk, "peer's generation", &peer->generation);
}

/* 0: all zero. 4: IPv4, and nothing besides. 6: everything as it stands, sense or not. */
static uint8_t form_of(const struct wrn_endpoint *endpoint)
{
    static const struct wrn_endpoint none;
    static const uint8_t             zeros[12];

    if (endpoint->family == 4 && !endpoint->reserved && memcmp(endpoint->address + 4, zeros, sizeof zeros) == 0)
        return 4;
    return memcmp(endpoint->address, none.address, sizeof none.address) == 0 && !endpoint->port && !endpoint->family &&
                   !endpoint->reserved && !endpoint->host
               ? 0
               : 6;
}

void wrni_rec_endpoint(struct wrni_rec_walk *walk, struct wrn_endpoint *endpoint)
{
    uint8_t form = form_of(endpoint);
    wrni_rec_u8(walk, "endpoint's form", &form);
    if (walk->mode == WRNI_REC_READ)
        *endpoint = (struct wrn_endpoint){.family = form};
    if (form != 0 && form != 4 && form != 6)
        wrni_rec_wrong(walk, "an endpoint of a form that does not exist");
    if (!wrni_rec_good(walk) || form == 0)
        return;
    if (form == 6) {
        wrni_rec_u8(walk, "endpoint's family", &endpoint->family);
        wrni_rec_u8(walk, "endpoint's reserved byte", &endpoint->reserved);
    }
    wrni_rec_bytes(walk, "endpoint's address", endpoint->address, form == 4 ? 4 : 16);
    wrni_rec_u16(walk, "endpoint's port", &endpoint->port);
    wrni_rec_u32(walk, "endpoint's path", &endpoint->host);
}
