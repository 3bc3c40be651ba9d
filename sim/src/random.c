#include "sim/random.h"

#include "base.h"
#include "hash.h"
#include "tables.h"

#define TWELVE_LN_2 545113u /* in 1/65536 */
#define LOG2_E 94548u       /* in 1/65536 */
#define PARETO_CUT (UINT64_C(16) << 16) /* a power of two, in 1/65536 */

void sim_derive(uint8_t out[32], uint64_t seed, const char *purpose, const char *identity)
{
    struct sim_blake blake;
    uint8_t bytes[8];

    sim_store64(bytes, seed);
    sim_blake_begin(&blake);
    sim_blake_add(&blake, bytes, sizeof bytes);
    sim_blake_add(&blake, purpose, strlen(purpose) + 1); /* the zero keeps the two words apart */
    sim_blake_add(&blake, identity, strlen(identity) + 1);
    sim_blake_end(&blake, out);
}

void sim_stream_init(struct sim_stream *stream, uint64_t seed, const char *purpose, const char *identity)
{
    uint8_t key[32];

    sim_derive(key, seed, purpose, identity);
    stream->k0 = sim_load64(key);
    stream->k1 = sim_load64(key + 8);
}

uint64_t sim_value(const struct sim_stream *stream, uint64_t n)
{
    return sim_sip_word(stream->k0, stream->k1, n);
}

/* The high half of value * bound, without 128-bit arithmetic. */
static uint64_t high_product(uint64_t x, uint64_t y)
{
    uint64_t xl = x & UINT32_MAX, xh = x >> 32, yl = y & UINT32_MAX, yh = y >> 32;
    uint64_t middle = (xl * yl >> 32) + (xh * yl & UINT32_MAX) + xl * yh;

    /* xl * yh + two 32-bit terms does not overflow */
    return xh * yh + (xh * yl >> 32) + (middle >> 32);
}

uint64_t sim_below(const struct sim_stream *stream, uint64_t n, uint64_t bound)
{
    return high_product(sim_value(stream, n), bound);
}

bool sim_chance(const struct sim_stream *stream, uint64_t n, uint32_t chance)
{
    return chance == SIM_CERTAIN || sim_value(stream, n) >> 32 < chance;
}

static uint64_t scaled(uint64_t x, uint64_t factor)
{
    return (x >> 16) * factor + ((x & 0xffff) * factor >> 16);
}

static uint64_t normal(uint64_t value, uint64_t mean, uint64_t deviation)
{
    uint64_t offset = scaled(deviation, sim_normal[value >> 53]);

    if (value & 1)
        return mean + offset;
    return offset < mean ? mean - offset : 0;
}

/* Mean 1, in 1/65536. */
static uint64_t exponential(uint64_t value)
{
    uint64_t factor = 0;

    for (unsigned tries = 0; tries < 5 && value >> 52 == 0; tries++) {
        factor += TWELVE_LN_2;
        value <<= 12;
    }
    return factor + sim_exponential[value >> 52];
}

/* least * e^(x / shape) with x exponential: a power of two whose exponent is cut in whole and fraction. */
static uint64_t pareto(uint64_t value, uint64_t least, uint64_t thousandths)
{
    uint64_t power = (exponential(value) * LOG2_E >> 16) * 1000 / thousandths;

    if (power > PARETO_CUT)
        power = PARETO_CUT;
    return scaled(least, (uint64_t)sim_power[(power & 0xffff) >> 6] << (power >> 16));
}

uint64_t sim_duration(const struct sim_stream *stream, uint64_t n, const struct sim_draw *draw)
{
    switch (draw->kind) {
    case SIM_UNIFORM:
        return draw->b > draw->a ? draw->a + sim_below(stream, n, draw->b - draw->a) : draw->a;
    case SIM_NORMAL:
        return normal(sim_value(stream, n), draw->a, draw->b);
    case SIM_EXPONENTIAL:
        return scaled(draw->a, exponential(sim_value(stream, n)));
    case SIM_PARETO:
        return pareto(sim_value(stream, n), draw->a, draw->b);
    default:
        return draw->a;
    }
}
