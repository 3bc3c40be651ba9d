#include "sip.h"

static uint64_t turn(uint64_t x, unsigned by) { return x << by | x >> (64 - by); }

static void rounds(uint64_t v[4], unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        v[0] += v[1];
        v[1] = turn(v[1], 13) ^ v[0];
        v[0] = turn(v[0], 32);
        v[2] += v[3];
        v[3] = turn(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = turn(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = turn(v[1], 17) ^ v[2];
        v[2] = turn(v[2], 32);
    }
}

static void absorb(struct wrn_recording_hash *hash, uint64_t word)
{
    hash->v[3] ^= word;
    rounds(hash->v, 2);
    hash->v[0] ^= word;
}

void wrni_rec_sip_begin(struct wrn_recording_hash *hash, uint64_t key0, uint64_t key1)
{
    *hash = (struct wrn_recording_hash){
        .v = {key0 ^ UINT64_C(0x736f6d6570736575), key1 ^ UINT64_C(0x646f72616e646f6d), key0 ^ UINT64_C(0x6c7967656e657261),
              key1 ^ UINT64_C(0x7465646279746573)}};
}

static void add_byte(struct wrn_recording_hash *hash, uint8_t byte)
{
    hash->word |= (uint64_t)byte << 8 * (hash->length++ % 8);
    if (hash->length % 8 != 0)
        return;
    absorb(hash, hash->word);
    hash->word = 0;
}

static uint64_t load(const uint8_t *bytes)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < 8; i++)
        word |= (uint64_t)bytes[i] << 8 * i;
    return word;
}

void wrni_rec_sip_add(struct wrn_recording_hash *hash, const uint8_t *bytes, size_t length)
{
    for (; length > 0 && hash->length % 8 != 0; length--)
        add_byte(hash, *bytes++);
    for (; length >= 8; length -= 8, bytes += 8, hash->length += 8)
        absorb(hash, load(bytes));
    for (; length > 0; length--)
        add_byte(hash, *bytes++);
}

uint64_t wrni_rec_sip_end(struct wrn_recording_hash *hash)
{
    absorb(hash, hash->word | hash->length << 56);
    hash->v[2] ^= 0xff;
    rounds(hash->v, 4);
    return hash->v[0] ^ hash->v[1] ^ hash->v[2] ^ hash->v[3];
}

uint64_t wrni_rec_sip(const uint8_t *bytes, size_t length)
{
    struct wrn_recording_hash hash;
    wrni_rec_sip_begin(&hash, 0, 0);
    wrni_rec_sip_add(&hash, bytes, length);
    return wrni_rec_sip_end(&hash);
}
