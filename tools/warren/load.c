/* Opening a scenario for a command, and a plan in words. */

#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"

error_t parse_source(const char *name, struct source *source, int key, char *argument)
{
    char *end;
    switch (key) {
    case OPTION_SET:
        if (source->set_count == SETS_MAX)
            usage_error(name, "more than %d --set; a scenario file with these values", SETS_MAX);
        source->sets[source->set_count++] = argument;
        return 0;
    case OPTION_WITH:
        if (source->with_count == WITHS_MAX)
            usage_error(name, "more than %d --with; one file that includes them", WITHS_MAX);
        source->withs[source->with_count++] = argument;
        return 0;
    case OPTION_SEED:
        source->seed = strtoull(argument, &end, 10);
        if (argument[0] < '0' || argument[0] > '9' || *end || source->seed > INT64_MAX)
            usage_error(name, "--seed '%s' is no seed; a whole number from 0 to 9223372036854775807", argument);
        source->has_seed = true;
        return 0;
    case ARGP_KEY_ARG:
        if (source->file)
            usage_error(name, "'%s' is one word too many; one scenario file", argument);
        source->file = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void parse_seeds(const char *name, const char *option, const char *text, uint64_t *first, uint64_t *last)
{
    char *end = NULL;
    bool good = *text >= '0' && *text <= '9';
    if (good)
        *first = *last = strtoull(text, &end, 10);
    if (good && strncmp(end, "..", 2) == 0 && end[2] >= '0' && end[2] <= '9')
        *last = strtoull(end + 2, &end, 10);
    if (!good || *end || *first > *last || *last > INT64_MAX)
        usage_error(name, "--%s '%s' are no seeds; such as 1..1000 or 7", option, text);
}

uint64_t parse_count(const char *name, const char *option, const char *text, uint64_t most)
{
    char *end;
    uint64_t value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || value < 1 || value > most)
        usage_error(name, "--%s '%s' is no such number; a whole one from 1 to %" PRIu64, option, text, most);
    return value;
}

/* As compilers do: the message, the line, and a caret under the place. A tab before it stays one, so that they line up. */
static void print_error(const struct sim_scenario_error *error)
{
    fprintf(stderr, "%s\n", error->text);
    if (error->caret) {
        uint32_t column = 1;
        fprintf(stderr, "    %s\n    ", error->source);
        for (const char *at = error->source; column < error->caret; at += *at != '\0')
            if (((unsigned char)*at & 0xc0) != 0x80) { /* not the rest of a character */
                fputc(*at == '\t' ? '\t' : ' ', stderr);
                column++;
            }
        fputs("^\n", stderr);
    }
    if (error->note[0])
        fprintf(stderr, "%s\n", error->note);
}

void refuse_scenario(const struct sim_scenario_error *error)
{
    fflush(stdout);
    print_error(error);
    exit(error->machine ? EXIT_MACHINE : EXIT_USAGE);
}

struct sim_scenario *load_scenario(const char *name, const struct source *source)
{
    if (!source->file)
        usage_error(name, "no scenario; a file such as corpora/scenarios/two-peers.yaml");
    struct sim_scenario_options options = {.file = source->file, .sets = source->sets, .set_count = source->set_count,
                                           .withs = source->withs, .with_count = source->with_count,
                                           .has_seed = source->has_seed, .seed = source->seed};
    struct sim_scenario_error error;
    struct sim_scenario *scenario = sim_scenario_open(&options, &error);
    if (!scenario)
        refuse_scenario(&error);
    return scenario;
}

struct text load_text(const char *name, const struct source *source)
{
    struct text text = {0};
    size_t room = 0;
    sim_scenario_close(load_scenario(name, source)); /* says what is wrong with the file */
    FILE *file = fopen(source->file, "rb");
    while (file && !feof(file) && !ferror(file)) {
        room += 65536;
        text.bytes = realloc(text.bytes, room);
        if (!text.bytes)
            break;
        text.size += fread(text.bytes + text.size, 1, room - text.size, file);
    }
    if (!file || !text.bytes || ferror(file)) {
        fprintf(stderr, "%s: %s: cannot be read again: %s\n", name, source->file, strerror(errno));
        exit(EXIT_MACHINE);
    }
    fclose(file);
    return text;
}

struct sim_scenario *read_scenario(const struct source *source, const struct text *text, uint64_t seed, const char *const *sets,
                                   size_t set_count, struct sim_scenario_error *error)
{
    const char *all[2 * SETS_MAX];
    memcpy(all, source->sets, source->set_count * sizeof *all);
    if (set_count)
        memcpy(all + source->set_count, sets, set_count * sizeof *all);
    struct sim_scenario_options options = {
        .file = source->file, .sets = all, .set_count = source->set_count + set_count, .withs = source->withs,
        .with_count = source->with_count, .has_seed = true, .seed = seed};
    return sim_scenario_read(&options, text->bytes, text->size, error);
}

void write_resolved(const char *name, const struct sim_scenario *scenario, const char *path)
{
    struct sim_message message;
    size_t count;
    const struct sim_always *always = sim_scenario_always(scenario, &count);
    char *text = sim_scenario_write(sim_scenario_plan(scenario), always, count, &message);
    if (!text) {
        fprintf(stderr, "%s: %s: the resolved scenario cannot be written: %s\n", name, path, message.text);
        exit(EXIT_MACHINE);
    }
    FILE *file = open_output(name, path, true); /* private keys that the scenario gives are in it */
    fputs(text, file);
    close_output(name, path, file);
    free(text);
}

static void *take(void *context, size_t size)
{
    (void)context;
    return malloc(size ? size : 1);
}

static void give(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

const struct sim_host heap_host = {.take = take, .give = give};

void address_text(const struct wrn_endpoint *address, char out[64])
{
    struct line line;
    line_begin(&line);
    line_endpoint(&line, address);
    snprintf(out, 64, "%s", line_text(&line));
}

void prefix_text(const struct wrn_prefix *prefix, char out[64])
{
    char text[INET6_ADDRSTRLEN] = "?";
    inet_ntop(prefix->family == 6 ? AF_INET6 : AF_INET, prefix->address, text, sizeof text);
    snprintf(out, 64, "%s/%u", text, prefix->length);
}

void draw_text(const struct sim_draw *draw, char out[64])
{
    static const char *const names[] = {"", "uniform", "normal", "exp", ""};
    char a[32], b[32];
    sim_scenario_time_text(draw->a, a);
    sim_scenario_time_text(draw->b, b);
    if (draw->kind == SIM_FIXED)
        snprintf(out, 64, "%s", a);
    else if (draw->kind == SIM_EXPONENTIAL)
        snprintf(out, 64, "exp(%s)", a);
    else if (draw->kind == SIM_PARETO)
        snprintf(out, 64, "pareto(%s %" PRIu64 ".%03" PRIu64 ")", a, draw->b / 1000, draw->b % 1000);
    else
        snprintf(out, 64, "%s(%.26s %.26s)", names[draw->kind % SIM_DRAW_KINDS], a, b);
}

/* Percent with four decimals, rounded, without the zeros behind. */
void chance_text(uint32_t chance, char out[32])
{
    if (chance == SIM_CERTAIN) {
        snprintf(out, 32, "100%%");
        return;
    }
    uint64_t parts = ((uint64_t)chance * 1000000 + (UINT64_C(1) << 31)) >> 32;
    int length = snprintf(out, 32, "%" PRIu64 ".%04" PRIu64, parts / 10000, parts % 10000);
    while (out[length - 1] == '0')
        length--;
    length -= out[length - 1] == '.';
    snprintf(out + length, 32 - (size_t)length, "%%");
}

void rate_text(const struct sim_half *half, char out[160])
{
    static const char *const names[SIM_DISCIPLINES] = {"droptail", "codel", "fq_codel"};
    const struct sim_queue_rule *queue = &half->queue;
    char target[32], interval[32];
    size_t length = 0;
    out[0] = '\0';
    if (half->rate.count)
        length = (size_t)snprintf(out, 160, "rate by a trace of %u moments", half->rate.count);
    else if (half->rate.ps_per_byte)
        length = (size_t)snprintf(out, 160, "rate %" PRIu64 "bps",
                                  (SIM_SLOWEST_PS + half->rate.ps_per_byte / 2) / half->rate.ps_per_byte);
    else
        return;
    sim_scenario_time_text(queue->target, target);
    sim_scenario_time_text(queue->interval, interval);
    length += (size_t)snprintf(out + length, 160 - length, ", queue %s(", names[queue->kind % SIM_DISCIPLINES]);
    if (queue->kind != SIM_DROPTAIL)
        length += (size_t)snprintf(out + length, 160 - length, "%.20s %.20s ", target, interval);
    if (queue->bytes)
        snprintf(out + length, 160 - length, "%" PRIu64 "B%s)", queue->bytes, queue->ecn ? " ecn" : "");
    else
        snprintf(out + length, 160 - length, "%u packets%s)", queue->packets, queue->ecn ? " ecn" : "");
}

void loss_text(const struct sim_plan *plan, const struct sim_loss *loss, char out[64])
{
    char chance[32];
    size_t length;
    switch (loss->kind) {
    case SIM_LOSS_CHANCE:
        chance_text(loss->chance, chance);
        snprintf(out, 64, "%s", chance);
        break;
    case SIM_LOSS_GILBERT:
        chance_text(loss->chance, chance);
        length = (size_t)snprintf(out, 64, "gilbert(p=%s", chance);
        chance_text(loss->recover, chance);
        length += (size_t)snprintf(out + length, 64 - length, " r=%s", chance);
        chance_text(loss->good, chance);
        length += (size_t)snprintf(out + length, 64 - length, " good=%s", chance);
        chance_text(loss->bad, chance);
        snprintf(out + length, 64 - length, " bad=%s)", chance);
        break;
    case SIM_LOSS_PATTERN:
        snprintf(out, 64, "%u of %u", loss->n, loss->m);
        break;
    case SIM_LOSS_LIST:
        length = (size_t)snprintf(out, 64, "list(");
        for (uint32_t i = 0; i < loss->count && length < 50; i++)
            length += (size_t)snprintf(out + length, 64 - length, i ? " %" PRIu64 : "%" PRIu64, plan->numbers[loss->first + i]);
        snprintf(out + (length < 58 ? length : 58), 64 - (length < 58 ? length : 58), length < 50 ? ")" : " ...)");
        break;
    default:
        snprintf(out, 64, "none");
    }
}

static void group_text(const struct sim_plan *plan, uint32_t first, uint32_t count, char *out, size_t size)
{
    size_t length = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < count && i < 4 && length < size; i++)
        length += (size_t)snprintf(out + length, size - length, "%s%s", i ? " " : "", plan->nodes[plan->numbers[first + i]].name);
    if (count > 4 && length < size)
        snprintf(out + length, size - length, " and %u more", count - 4);
}

static void types_text(uint32_t types, char out[64])
{
    static const char *const names[] = {"others", "initiation", "response", "cookie", "data"};
    size_t length = 0;
    if (types == SIM_TYPES_ALL) {
        snprintf(out, 64, "datagram");
        return;
    }
    out[0] = '\0';
    for (uint32_t i = 0; i < 5; i++)
        if (types & 1u << i)
            length += (size_t)snprintf(out + length, 64 - length, "%s%s", length ? " " : "", names[i]);
}

static void wall_text(const struct sim_wall *wall, char out[96])
{
    char time[32];
    uint64_t far = (uint64_t)(wall->shift_ns < 0 ? -wall->shift_ns : wall->shift_ns);
    sim_scenario_time_text(far, time);
    if (wall->kind == SIM_WALL_SHIFTED)
        snprintf(out, 96, "its wall clock goes %s %s", time, wall->shift_ns < 0 ? "back" : "forward");
    else if (wall->kind == SIM_WALL_SET)
        snprintf(out, 96, "its wall clock shows %" PRIu64 " s after 1970", wall->date_s);
    else
        snprintf(out, 96, "it does not know the time");
}

static void set_text(const struct sim_plan *plan, const struct sim_event *event, char *out, size_t size)
{
    static const char *const words[SIM_SETS] = {
        [SIM_SET_ADD] = "adds", [SIM_SET_REMOVE] = "removes", [SIM_SET_KEY] = "another private key",
        [SIM_SET_PEER_KEY] = "learns the public key of", [SIM_SET_PSK] = "another preshared key with",
        [SIM_SET_ENDPOINT] = "is told where to find", [SIM_SET_REPLACE] = "other allowed IPs of",
        [SIM_SET_ALLOW] = "more allowed IPs of", [SIM_SET_DISALLOW] = "fewer allowed IPs of",
        [SIM_SET_KEEPALIVE] = "another keepalive to", [SIM_SET_PORT] = "listens on port", [SIM_SET_MTU] = "mtu"};
    size_t length;
    if (event->set == SIM_SET_PORT || event->set == SIM_SET_MTU)
        length = (size_t)snprintf(out, size, "%s: %s %u", plan->nodes[event->node].name, words[event->set], event->value);
    else
        length = (size_t)snprintf(out, size, "%s: %s%s%s", plan->nodes[event->node].name, words[event->set % SIM_SETS],
                                  event->set == SIM_SET_KEY ? "" : " ",
                                  event->set == SIM_SET_KEY ? "" : plan->nodes[event->peer].name);
    for (uint32_t i = 0; i < event->prefix_count && i < 4 && length < size; i++) {
        char prefix[64];
        prefix_text(&plan->prefixes[event->first_prefix + i], prefix);
        length += (size_t)snprintf(out + length, size - length, " %s", prefix);
    }
    if (event->set == SIM_SET_KEEPALIVE && length < size)
        snprintf(out + length, size - length, ", %us", event->value);
}

static void attack_text(const struct sim_plan *plan, const struct sim_event *event, char *out, size_t size)
{
    char a[240], b[240], types[64];
    const char *who = plan->nodes[event->node].name;
    const char *as = event->as == SIM_AS_SELF ? "its own address"
                     : event->as == SIM_AS_PORT ? "another port"
                                                : "the sender's address";
    group_text(plan, event->first_a, event->count_a, a, sizeof a);
    group_text(plan, event->first_b, event->count_b, b, sizeof b);
    types_text(event->types, types);
    switch (event->kind) {
    case SIM_DO_TAMPER:
        snprintf(out, size, "%s: alters every %s of %s that it draws", who, types, a);
        break;
    case SIM_DO_DELAY:
        snprintf(out, size, "%s: holds every %s of %s that it draws, and sends it on from %s", who, types, a, as);
        break;
    case SIM_DO_THIEF:
        snprintf(out, size, "%s: floods %s with the cookies of %s, from %s", who, a, b,
                 event->as == SIM_AS_SENDER ? "theirs" : as);
        break;
    case SIM_DO_MISBEHAVE:
        snprintf(out, size, "%s: goes bad, %u times, towards %s", who, event->count, a);
        break;
    default:
        snprintf(out, size, "%s: gets the keys and the memory of %s", who, a);
    }
}

void event_text(const struct sim_plan *plan, const struct sim_event *event, char *out, size_t size)
{
    char a[240], b[240], types[64], address[64], wall[96];
    const char *who = event->node != SIM_NONE ? plan->nodes[event->node].name : "";
    types_text(event->types, types);
    wall_text(&event->wall, wall);
    switch (event->kind) {
    case SIM_DO_DROP_NEXT:
        snprintf(out, size, "%s: the next %u %s %s lost", who, event->count, types,
                 event->side == SIM_UP ? "sent get" : "coming in get");
        break;
    case SIM_DO_PARTITION:
        group_text(plan, event->first_a, event->count_a, a, sizeof a);
        group_text(plan, event->first_b, event->count_b, b, sizeof b);
        snprintf(out, size, "partition: nothing passes %s %s %s", a, event->one_way ? "->" : "|", b);
        break;
    case SIM_DO_HEAL:
        snprintf(out, size, "all partitions end");
        break;
    case SIM_DO_PATH:
        snprintf(out, size, "%s: path %s from now on", who, plan->paths[event->path].name);
        break;
    case SIM_DO_ROAM:
        address_text(&event->address, address);
        snprintf(out, size, "%s: roams to %s%s%s%s%s", who, address, event->path == SIM_NONE ? "" : ", path ",
                 event->path == SIM_NONE ? "" : plan->paths[event->path].name,
                 event->nat == 0 || event->nat == SIM_NONE ? "" : ", behind ",
                 event->nat == 0 || event->nat == SIM_NONE ? "" : plan->nats[event->nat - 1].name);
        break;
    case SIM_DO_NAT_REBOOT:
        snprintf(out, size, "nat %s%s forgets all it has mapped", event->nat == 0 ? "before " : "",
                 event->nat == 0 ? who : plan->nats[event->nat - 1].name);
        break;
    case SIM_DO_RECORD:
        group_text(plan, event->first_a, event->count_a, a, sizeof a);
        snprintf(out, size, "%s: records every %s of %s", who, types, a);
        break;
    case SIM_DO_REPLAY:
        snprintf(out, size, "%s: replays every %s it has", who, types);
        break;
    case SIM_DO_TAMPER:
    case SIM_DO_DELAY:
    case SIM_DO_THIEF:
    case SIM_DO_MISBEHAVE:
    case SIM_DO_COMPROMISE:
        attack_text(plan, event, out, size);
        break;
    case SIM_DO_RESTART:
        snprintf(out, size, "%s: starts anew, %s its newest timestamp%s%s", who, event->keep_stamp ? "knowing" : "without",
                 event->wall.kind == SIM_WALL_KEPT ? "" : ", ", event->wall.kind == SIM_WALL_KEPT ? "" : wall);
        break;
    case SIM_DO_SET:
        set_text(plan, event, out, size);
        break;
    case SIM_DO_CLOCK:
        snprintf(out, size, "%s: %s", who, wall);
        break;
    case SIM_DO_SUSPEND:
        snprintf(out, size, "%s: sleeps%s", who, event->counts ? "" : ", and its clock stands still");
        break;
    default:
        snprintf(out, size, "%s: %s", who,
                 event->kind == SIM_DO_DOWN    ? "interface down"
                 : event->kind == SIM_DO_UP    ? "interface up"
                 : event->kind == SIM_DO_CRASH ? "crashes"
                 : event->kind == SIM_DO_PAUSE ? "its process stands still"
                 : event->kind == SIM_DO_RESUME ? "goes on"
                                               : event->name);
    }
}
