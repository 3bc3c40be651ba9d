#include "sim/share.h"

#define ALL SIM_SHARE_ALL
#define TOP (UINT64_C(1) << 63)
#define RARE 100u /* one in how many verdicts may be wrong */

/* mantissa * 2^exponent, the mantissa at least 2^63, or 0. Every operation rounds up. */
struct number {
    uint64_t mantissa;
    int64_t  exponent;
};

/* high * 2^32 + low, and something behind it or not. high >= 2^31. */
static struct number rounded(uint64_t high, uint32_t low, bool rest, int64_t exponent)
{
    unsigned zeros = 0;

    while (!(high << zeros & TOP))
        zeros++;
    const uint64_t kept = zeros ? high << zeros | low >> (32 - zeros) : high;
    const uint32_t lost = (uint32_t)((uint64_t)low << zeros);
    struct number number = {kept, exponent + 32 - (int64_t)zeros};

    if ((lost || rest) && ++number.mantissa == 0)
        number = (struct number){TOP, number.exponent + 1};
    return number;
}

static struct number times(struct number number, uint32_t factor)
{
    if (!number.mantissa || !factor)
        return (struct number){0, 0};
    const uint64_t low = (number.mantissa & UINT32_MAX) * factor;

    return rounded((number.mantissa >> 32) * factor + (low >> 32), (uint32_t)low, false, number.exponent);
}

static struct number over(struct number number, uint32_t divisor)
{
    if (!number.mantissa)
        return number;
    const uint64_t rest = number.mantissa % divisor << 32;

    return rounded(number.mantissa / divisor, (uint32_t)(rest / divisor), rest % divisor != 0, number.exponent - 32);
}

static bool excluded(struct number ratio)
{
    const struct number scaled = times(ratio, RARE);

    return !scaled.mantissa || scaled.exponent < -63 || (scaled.exponent == -63 && scaled.mantissa == TOP);
}

static const struct number one = {TOP, -63};

/* From (n + 1) C(n, k) p^k (1 - p)^(n - k) to the same with one more seed, that had the outcome of `same` others before. */
static struct number next(struct number ratio, uint64_t seeds, uint64_t same, uint32_t chance)
{
    ratio = times(ratio, (uint32_t)seeds + 2);
    ratio = over(ratio, (uint32_t)same + 1);
    return over(times(ratio, chance), ALL);
}

static struct number ratio_at(const struct sim_share *share, uint32_t chance)
{
    struct number ratio = one;

    for (uint64_t i = 0; i < share->held; i++)
        ratio = next(ratio, i, i, chance);
    for (uint64_t i = share->held; i < share->seeds; i++)
        ratio = next(ratio, i, i - share->held, ALL - chance);
    return ratio;
}

void sim_share_begin(struct sim_share *share, uint32_t wanted)
{
    *share = (struct sim_share){.wanted = wanted < ALL ? wanted : ALL, .mantissa = one.mantissa, .exponent = one.exponent};
}

void sim_share_add(struct sim_share *share, bool held)
{
    struct number ratio = {share->mantissa, share->exponent};

    if (share->seeds >= SIM_SHARE_SEEDS)
        return;
    ratio = next(ratio, share->seeds, held ? share->held : share->seeds - share->held,
                 held ? share->wanted : ALL - share->wanted);
    share->mantissa = ratio.mantissa;
    share->exponent = ratio.exponent;
    share->seeds++;
    share->held += held;
}

enum sim_verdict sim_share_verdict(const struct sim_share *share)
{
    if (share->wanted == 0)
        return SIM_HELD;
    if (!excluded((struct number){share->mantissa, share->exponent}))
        return SIM_OPEN;
    return share->held * ALL > share->seeds * share->wanted ? SIM_HELD : SIM_BROKEN;
}

/* Between a share that is not excluded and the end of the scale: the excluded one next to the others, or that end. */
static uint32_t edge(const struct sim_share *share, uint32_t inside, uint32_t end)
{
    if (!excluded(ratio_at(share, end)))
        return end;
    while (inside < end ? end - inside > 1 : inside - end > 1) {
        const uint32_t middle = inside < end ? inside + (end - inside) / 2 : end + (inside - end) / 2;

        if (excluded(ratio_at(share, middle)))
            end = middle;
        else
            inside = middle;
    }
    return end;
}

void sim_share_interval(const struct sim_share *share, uint32_t *low, uint32_t *high)
{
    const uint32_t middle = share->seeds ? (uint32_t)(share->held * ALL / share->seeds) : ALL / 2;

    *low = edge(share, middle, 0);
    *high = edge(share, middle, ALL);
}

uint64_t sim_share_fewest(uint32_t wanted)
{
    struct sim_share share;

    sim_share_begin(&share, wanted);
    while (wanted < ALL && sim_share_verdict(&share) != SIM_HELD)
        sim_share_add(&share, true);
    return share.seeds;
}
