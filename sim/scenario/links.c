/* What a half path does, in words: rate, queue, corrupt, and the loss of gilbert(...). */

#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static bool read_chance(const char *text, uint32_t *chance)
{
    uint64_t value;
    if (!scn_probability(text, &value))
        return false;
    *chance = value > SIM_CERTAIN ? SIM_CERTAIN : (uint32_t)value;
    return true;
}

/* gilbert(p=0.4% r=30% good=0% bad=60%): good and bad may be left out. */
bool scn_read_gilbert(struct scn_reader *reader, const struct scn_node *node, const char *text, struct sim_loss *loss)
{
    struct sim_loss read = {.kind = SIM_LOSS_GILBERT, .bad = SIM_CERTAIN};
    const struct {
        const char *name;
        uint32_t   *chance;
    } words[] = {{"p=", &read.chance}, {"r=", &read.recover}, {"good=", &read.good}, {"bad=", &read.bad}};
    char buffer[SCN_CALL_BYTES];
    const char *name, *arguments[4];
    unsigned given = 0;
    int count = scn_call(text, buffer, &name, arguments, 4);
    bool right = count >= 2 && strcmp(name, "gilbert") == 0;
    for (int i = 0; right && i < count; i++) {
        size_t j = 0;
        while (j < 4 && strncmp(arguments[i], words[j].name, strlen(words[j].name)) != 0)
            j++;
        right = j < 4 && !(given & 1u << j) && read_chance(arguments[i] + strlen(words[j].name), words[j].chance);
        given |= 1u << j;
    }
    if (!right || (given & 3) != 3)
        return scn_fail(reader, node, "loss: '%.100s' is no gilbert; gilbert(p=0.4%% r=30%% good=0%% bad=60%%), p: good to bad, "
                                      "r: back, then what each state loses", text);
    *loss = read;
    return true;
}

/* A list of ms: one per line, as mahimahi has them, or within list(...). */
static bool read_moments(struct scn_reader *reader, const struct scn_node *node, const char *name, const char *at,
                         char separator, char last, struct sim_rate *rate)
{
    uint64_t before = 0;
    rate->first = reader->numbers.count;
    for (; *at != last; rate->count++) {
        const char *end;
        uint64_t value;
        if (!scn_decimal(at, &end, 1, &value) || memchr(at, '.', (size_t)(end - at)) || (*end != last && *end != separator)
            || value < before)
            return scn_fail(reader, node, "rate: value %u of '%.100s' is no moment; whole ms that never go back, one per line",
                            rate->count + 1, name);
        uint64_t *place = scn_more(reader, &reader->numbers, sizeof *place);
        if (!place)
            return false;
        *place = before = value;
        at = end + (*end == separator);
    }
    if (before == 0 || before > UINT32_MAX)
        return scn_fail(reader, node, "rate: '%.100s' ends at %s; a round of 1 ms to 49 days", name,
                        before ? "more than 49 days" : "0 ms");
    return true;
}

static bool read_trace(struct scn_reader *reader, const struct scn_node *node, const char *name, struct sim_rate *rate)
{
    char *text = scn_read_near(reader, node, "rate", name, "one ms per line");
    bool good = text && read_moments(reader, node, name, text, '\n', '\0', rate);
    free(text);
    return good;
}

bool scn_read_rate(struct scn_reader *reader, const struct scn_node *node, const char *text, struct sim_rate *rate)
{
    struct sim_rate read = {0};
    char buffer[SCN_CALL_BYTES];
    const char *name, *argument;
    uint64_t bits;
    if (strncmp(text, "trace(", 6) == 0 && scn_call(text, buffer, &name, &argument, 1) == 1) {
        if (!read_trace(reader, node, argument, &read))
            return false;
    } else if (strncmp(text, "list(", 5) == 0 && text[strlen(text) - 1] == ')') {
        if (!read_moments(reader, node, text, text + 5, ' ', ')', &read))
            return false;
    } else if (scn_bitrate(text, &bits) && bits > 0) {
        read.ps_per_byte = (SIM_SLOWEST_PS + bits / 2) / bits;
        if (read.ps_per_byte == 0)
            return scn_fail(reader, node, "rate: %.100s is out of range; 1bps to 8000gbps", text);
    } else if (strcmp(text, "none") != 0) {
        return scn_fail(reader, node, "rate: '%.100s' is no rate; none, a number with a unit (bps kbps mbps gbps) such as 8mbps, "
                                      "trace(FILE) or list(5 10 15)", text);
    }
    *rate = read;
    return true;
}

static bool read_limit(const char *const *arguments, int count, struct sim_queue_rule *queue)
{
    uint64_t packets;
    if (count == 1)
        return scn_size(arguments[0], &queue->bytes) && queue->bytes > 0;
    if (count != 2 || strcmp(arguments[1], "packets") != 0 || !scn_whole(arguments[0], &packets) || packets == 0
        || packets > UINT32_MAX)
        return false;
    queue->packets = (uint32_t)packets;
    return true;
}

bool scn_read_queue(struct scn_reader *reader, const struct scn_node *node, const char *text, struct sim_queue_rule *queue)
{
    static const struct {
        const char *name;
        uint32_t    packets;
    } kinds[SIM_DISCIPLINES] = {{"droptail", 1000}, {"codel", 1000}, {"fq_codel", 10240}};
    struct sim_queue_rule read = {.kind = SIM_DISCIPLINES};
    char buffer[SCN_CALL_BYTES];
    const char *name = "", *arguments[5];
    int count = scn_call(text, buffer, &name, arguments, 5), used = 0;
    if (strcmp(text, "none") == 0) {
        *queue = (struct sim_queue_rule){0};
        return true;
    }
    for (uint32_t i = 0; i < SIM_DISCIPLINES; i++)
        if (count >= 0 && strcmp(kinds[i].name, name) == 0)
            read.kind = i;
    bool right = read.kind < SIM_DISCIPLINES;
    if (right && read.kind != SIM_DROPTAIL) {
        read.target = 5 * WRN_MILLISECOND;
        read.interval = 100 * WRN_MILLISECOND;
        if (count > 0 && strcmp(arguments[count - 1], "ecn") == 0) {
            read.ecn = true;
            count--;
        }
        used = count >= 2 ? 2 : 0;
        right = used == 0 || (scn_duration(arguments[0], &read.target) && scn_duration(arguments[1], &read.interval));
        if (right && (read.target == 0 || read.interval < read.target || read.interval > SIM_INTERVAL_MOST))
            return scn_fail(reader, node, "queue: %.100s is out of range; 0 < target <= interval <= 4s", text);
    }
    if (!right || (count > used && !read_limit(arguments + used, count - used, &read)))
        return scn_fail(reader, node,
                        "queue: '%.100s' is no queue; none, droptail(64kB), codel(5ms 100ms) or fq_codel(5ms 100ms), "
                        "these perhaps with a limit and ecn too, such as 100 packets ecn", text);
    if (read.packets == 0 && read.bytes == 0)
        read.packets = kinds[read.kind].packets;
    *queue = read;
    return true;
}

/* 0.1%: one bit of one datagram in a thousand; run(0.1% 64): up to 64 bits in a row. */
bool scn_read_corrupt(struct scn_reader *reader, const struct scn_node *node, const char *text, struct sim_corrupt *corrupt)
{
    struct sim_corrupt read = {.bits = 1};
    char buffer[SCN_CALL_BYTES];
    const char *name, *arguments[2];
    uint64_t bits = 1;
    if (!read_chance(text, &read.chance)
        && (scn_call(text, buffer, &name, arguments, 2) != 2 || strcmp(name, "run") != 0
            || !read_chance(arguments[0], &read.chance) || !scn_whole(arguments[1], &bits) || bits == 0 || bits > 8 * 65535))
        return scn_fail(reader, node,
                        "corrupt: '%.100s' is no corruption; none, 0.1%% (single bits) or run(0.1%% 64) (up to that many bits in "
                        "a row)", text);
    read.bits = (uint32_t)bits;
    *corrupt = read;
    return true;
}

bool scn_finish_half(struct scn_reader *reader, const struct scn_node *written, struct sim_half *half)
{
    const bool slow = half->rate.ps_per_byte > 0 || half->rate.count > 0;
    const bool queues = half->queue.packets > 0 || half->queue.bytes > 0;
    if (queues && !slow && written)
        return scn_fail(reader, written, "queue: nothing waits without a rate; a rate too, such as 8mbps");
    if (!slow)
        half->queue = (struct sim_queue_rule){0};
    if (slow && !queues)
        half->queue = (struct sim_queue_rule){.packets = 1000};
    return true;
}
