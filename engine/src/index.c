#include "index.h"

#include "bytes.h"

#define ROUNDS 4u

struct sip { uint32_t v0, v1, v2, v3; };

static uint32_t rotate(uint32_t x, unsigned by)
{
    return x << by | x >> (32 - by);
}

static void sip_rounds(struct sip *s, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        s->v0 += s->v1;
        s->v1 = rotate(s->v1, 5) ^ s->v0;
        s->v0 = rotate(s->v0, 16);
        s->v2 += s->v3;
        s->v3 = rotate(s->v3, 8) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotate(s->v3, 7) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotate(s->v1, 13) ^ s->v2;
        s->v2 = rotate(s->v2, 16);
    }
}

static struct sip sip_start(const struct wrni_index_key *key)
{
    return (struct sip){key->words[0], key->words[1], UINT32_C(0x6c796765) ^ key->words[0], UINT32_C(0x74656462) ^ key->words[1]};
}

static void sip_word(struct sip *s, uint32_t word)
{
    s->v3 ^= word;
    sip_rounds(s, 2);
    s->v0 ^= word;
}

static uint32_t sip_end(struct sip *s, uint32_t last)
{
    sip_word(s, last);
    s->v2 ^= 0xff;
    sip_rounds(s, 4);
    return s->v1 ^ s->v3;
}

uint32_t wrni_halfsip(const struct wrni_index_key *key, const uint8_t *data, size_t length)
{
    struct sip s = sip_start(key);
    uint32_t   last = (uint32_t)(length & 0xff) << 24;
    for (; length >= 4; length -= 4, data += 4)
        sip_word(&s, wrni_load_le32(data));
    for (unsigned i = 0; i < length; i++)
        last |= (uint32_t)data[i] << (8 * i);
    return sip_end(&s, last);
}

/* HalfSipHash of the three bytes (half, half, round): they fit the closing word, so one block does. */
static uint32_t mix(const struct wrni_index_key *key, uint32_t round, uint32_t half)
{
    struct sip s = sip_start(key);
    return sip_end(&s, UINT32_C(3) << 24 | round << 16 | half) & 0xffff;
}

uint32_t wrni_index_make(const struct wrni_index_key *key, uint32_t slot, uint32_t generation)
{
    WRNI_ASSERT(slot >> WRNI_INDEX_SLOT_BITS == 0 && generation >> WRNI_INDEX_GENERATION_BITS == 0);
    uint32_t value = slot << WRNI_INDEX_GENERATION_BITS | generation;
    uint32_t left = value >> 16, right = value & 0xffff;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t next = left ^ mix(key, round, right);
        left = right;
        right = next;
    }
    return left << 16 | right;
}

void wrni_index_open(const struct wrni_index_key *key, uint32_t index, uint32_t *slot, uint32_t *generation)
{
    uint32_t left = index >> 16, right = index & 0xffff;
    for (uint32_t round = ROUNDS; round-- > 0;) {
        uint32_t previous = right ^ mix(key, round, left);
        right = left;
        left = previous;
    }
    uint32_t value = left << 16 | right;
    *slot = value >> WRNI_INDEX_GENERATION_BITS;
    *generation = value & ((UINT32_C(1) << WRNI_INDEX_GENERATION_BITS) - 1);
}
