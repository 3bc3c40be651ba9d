/* What a person watches: handshakes as they happen, data as it first gets through, losses, refusals, what the timeline does. Of
 * each kind the first lines only, unless all are asked for. */

#include "run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "warren/engine.h"
#include "warren/inspect.h"

enum line {
    LINE_INITIATION, LINE_RESPONSE, LINE_SESSION, LINE_RETRY, LINE_GAVE_UP, LINE_COOKIE, LINE_LOST, LINE_REFUSED, LINE_DELIVERED,
    LINE_DATA_LOST, LINE_KEEPALIVE, LINE_ROAMED, LINE_ZEROED, LINE_LOAD, LINE_TIMELINE, LINES
};

/* How lines of a kind are called, their colour, and how many are shown. */
static const struct {
    const char *name, *colour;
    uint32_t    first;
} lines[LINES] = {
    [LINE_INITIATION] = {"initiations", "36", 30},    [LINE_RESPONSE] = {"responses", "36", 30},
    [LINE_SESSION] = {"sessions", "32", 40},          [LINE_RETRY] = {"retries", "33", 0},
    [LINE_GAVE_UP] = {"give-ups", "31", 20},          [LINE_COOKIE] = {"cookie replies", "35", 10},
    [LINE_LOST] = {"lost handshakes", "33", 20},      [LINE_REFUSED] = {"refusals", "35", 8},
    [LINE_DELIVERED] = {"deliveries", "0", 6},        [LINE_DATA_LOST] = {"lost data", "33", 6},
    [LINE_KEEPALIVE] = {"keepalives", "0", 4},        [LINE_ROAMED] = {"learned addresses", "34", 10},
    [LINE_ZEROED] = {"zeroed keys", "0", 10},         [LINE_LOAD] = {"load changes", "35", 10},
    [LINE_TIMELINE] = {"timeline", "1", UINT32_MAX},
};

/* What is known of one direction of a tunnel. */
struct pair {
    bool     met;      /* had a session before */
    uint32_t attempts; /* initiations since the last session */
};

struct log {
    const struct sim_plan *plan;
    FILE            *out;
    bool             silent, verbose, colour;
    struct progress *progress;
    struct names    *names;
    struct pair     *pairs;
    uint64_t         shown[LINES];
    struct log_totals totals;
    /* The datagram whose verdict comes next. */
    uint32_t         at_node, from_node, type, length;
    uint64_t         delivered;
};

struct log *log_open(const struct sim_plan *plan, FILE *out, bool silent, bool verbose, bool colour, struct progress *progress)
{
    struct log *log = calloc(1, sizeof *log);
    if (!log)
        return NULL;
    *log = (struct log){.plan = plan,
                        .out = out,
                        .silent = silent,
                        .verbose = verbose,
                        .colour = colour,
                        .progress = progress,
                        .names = names_open(plan),
                        .pairs = calloc(plan->peer_count + 1u, sizeof *log->pairs),
                        .at_node = SIM_NONE};
    if (log->names && log->pairs)
        return log;
    log_close(log);
    return NULL;
}

void log_close(struct log *log)
{
    if (!log)
        return;
    names_close(log->names);
    free(log->pairs);
    free(log);
}

struct log_totals log_totals(const struct log *log)
{
    return log->totals;
}

static void say(struct log *log, enum line line, wrn_time time, uint32_t node, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static void say(struct log *log, enum line line, wrn_time time, uint32_t node, const char *format, ...)
{
    va_list list;
    uint64_t count = log->shown[line]++;
    uint32_t first = lines[line].first;
    if (log->silent || (!log->verbose && (first == 0 || count > first)))
        return;
    progress_clear(log->progress);
    uint64_t microseconds = time / 1000;
    if (!log->verbose && count == first) {
        fprintf(log->out, "%11s  further %s are not shown (--verbose shows all)\n", "", lines[line].name);
        return;
    }
    fprintf(log->out, "%4" PRIu64 ".%06" PRIu64 "  ", microseconds / 1000000, microseconds % 1000000);
    if (log->colour)
        fprintf(log->out, "\033[%sm", lines[line].colour);
    fprintf(log->out, "%-10s ", node < log->plan->node_count ? log->plan->nodes[node].name : "");
    va_start(list, format);
    vfprintf(log->out, format, list);
    va_end(list);
    fputs(log->colour ? "\033[0m\n" : "\n", log->out);
}

static const char *name_of(const struct log *log, uint32_t node)
{
    return node < log->plan->node_count ? log->plan->nodes[node].name : "?";
}

static struct pair *pair_of(const struct log *log, uint32_t node, uint32_t peer)
{
    uint32_t place = names_peer(log->plan, node, peer);
    return place == SIM_NONE ? NULL : &log->pairs[place];
}

/* Type of a datagram: 1 to 4, 0 for anything else. */
static uint32_t type_of(const struct sim_tap *tap)
{
    return tap->length && tap->data[0] >= 1 && tap->data[0] <= 4 ? tap->data[0] : 0;
}

static const char *const words[] = {"datagram", "initiation", "response", "cookie reply", "data"};

static uint32_t attempt_of(struct log *log, struct pair *pair)
{
    log->totals.initiations++;
    return pair ? ++pair->attempts : 1;
}

/* Boxes hide addresses; the simulator knows better, but for what an engine sends to nobody in particular. */
static uint32_t other_of(const struct log *log, const struct sim_tap *tap)
{
    return tap->other != SIM_NONE ? tap->other : names_find(log->names, tap->side == SIM_UP ? &tap->destination : &tap->source);
}

static void sent(struct log *log, const struct sim_tap *tap, uint32_t type)
{
    uint32_t peer = other_of(log, tap);
    const struct sim_node *node = &log->plan->nodes[tap->node];
    if (node->role == SIM_ROLE_ATTACKER)
        return; /* its doings are the timeline's */
    struct pair *pair = pair_of(log, tap->node, peer);
    if (type == 1) {
        uint32_t attempt = attempt_of(log, pair);
        if (attempt > 1)
            say(log, LINE_INITIATION, tap->time, tap->node, "initiation -> %s, attempt %u", name_of(log, peer), attempt);
        else
            say(log, LINE_INITIATION, tap->time, tap->node, "initiation -> %s%s", name_of(log, peer),
                pair && pair->met ? ", a rekey" : "");
    } else if (type == 2) {
        say(log, LINE_RESPONSE, tap->time, tap->node, "response   -> %s", name_of(log, peer));
    } else if (type == 3) {
        log->totals.cookies++;
        say(log, LINE_COOKIE, tap->time, tap->node, "cookie reply -> %s: under load, prove your address", name_of(log, peer));
    } else if (type == 4 && tap->length == 32) {
        say(log, LINE_KEEPALIVE, tap->time, tap->node, "keepalive  -> %s", name_of(log, peer));
    }
}

static void lost(struct log *log, const struct sim_tap *tap, uint32_t type)
{
    uint32_t other = other_of(log, tap);
    uint32_t attempt = 0;
    if (type == 1 && tap->side == SIM_UP && log->plan->nodes[tap->node].role == SIM_ROLE_PEER && !strstr(tap->why, "host")
        && !strstr(tap->why, "partition"))
        attempt = attempt_of(log, pair_of(log, tap->node, other)); /* lost at once: nobody told of its sending */
    if (log->silent)
        return;
    if (attempt)
        say(log, LINE_LOST, tap->time, tap->node, "initiation to %s, attempt %u, lost on the way: %s", name_of(log, other),
            attempt, tap->why);
    else
        say(log, type >= 1 && type <= 3 ? LINE_LOST : LINE_DATA_LOST, tap->time, tap->node, "%s %s %s lost on the way: %s",
            words[type], tap->side == SIM_UP ? "to" : "from", name_of(log, other), tap->why);
}

void log_tap(struct log *log, const struct sim_tap *tap)
{
    uint32_t type = type_of(tap);
    if (tap->lost) {
        lost(log, tap, type);
    } else if (tap->side == SIM_UP) {
        if (type && (type != 4 || tap->length == 32))
            sent(log, tap, type);
    } else {
        log->at_node = tap->node;
        log->type = type;
        log->length = tap->length;
        log->from_node = type == 2 || !log->silent ? other_of(log, tap) : SIM_NONE;
    }
}

/* A response that its initiator takes completes a handshake. */
static void completed(struct log *log, wrn_time time, uint32_t node, uint32_t peer)
{
    struct pair *mine = pair_of(log, node, peer), *theirs = pair_of(log, peer, node);
    bool again = mine && mine->met;
    log->totals.completed++;
    log->totals.rekeys += again;
    say(log, LINE_SESSION, time, node, again ? "rekeyed with %s" : "session with %s", name_of(log, peer));
    if (mine)
        *mine = (struct pair){.met = true};
    if (theirs)
        theirs->met = true;
}

static void arrived(struct log *log, const struct sim_trace *trace)
{
    bool known = log->at_node == trace->node;
    log->at_node = SIM_NONE;
    if (trace->verdict == WRN_DROP) {
        log->totals.refused++;
        say(log, LINE_REFUSED, trace->time, trace->node, "refuses %s from %s: %s", known ? words[log->type] : "datagram",
            known ? name_of(log, log->from_node) : "?", wrn_reason_name(trace->reason));
    } else if (known && log->type == 2 && trace->verdict == WRN_TAKEN) {
        completed(log, trace->time, trace->node, log->from_node);
    }
}

static void engine_event(struct log *log, const struct sim_trace *trace)
{
    uint32_t bits = trace->length;
    if (bits & WRN_EVENT_RETRY) {
        log->totals.retries++;
        say(log, LINE_RETRY, trace->time, trace->node, "no answer within 5 s, tries again");
    }
    if (bits & WRN_EVENT_GAVE_UP) {
        log->totals.gave_up++;
        say(log, LINE_GAVE_UP, trace->time, trace->node, "gives up: 20 initiations unanswered, waiting packets are dropped");
    }
    if (bits & WRN_EVENT_ENDPOINT)
        say(log, LINE_ROAMED, trace->time, trace->node, "learns where a peer is");
    if (bits & WRN_EVENT_LOST)
        say(log, LINE_ZEROED, trace->time, trace->node, "zeroes the keys of a peer");
    if (bits & WRN_EVENT_LOAD)
        say(log, LINE_LOAD, trace->time, trace->node, "load changes");
}

/* Where a node is after that event of the timeline. */
static struct wrn_endpoint address_after(const struct sim_plan *plan, uint32_t number)
{
    const struct sim_event *last = &plan->events[number];
    struct wrn_endpoint now = plan->nodes[last->node].outer;
    wrn_time at = 0;
    for (uint32_t i = 0; i < plan->event_count; i++) {
        const struct sim_event *event = &plan->events[i];
        if (event->kind == SIM_DO_ROAM && event->node == last->node && event->at >= at && event->at <= last->at) {
            now = event->address;
            at = event->at;
        }
    }
    if (last->kind == SIM_DO_SET)
        now.port = (uint16_t)last->value;
    return now;
}

static void timeline(struct log *log, const struct sim_trace *trace)
{
    char text[800];
    if (trace->length >= log->plan->event_count)
        return;
    const struct sim_event *event = &log->plan->events[trace->length];
    if (event->kind == SIM_DO_ROAM || (event->kind == SIM_DO_SET && event->set == SIM_SET_PORT)) {
        const struct wrn_endpoint address = address_after(log->plan, trace->length);
        names_move(log->names, event->node, &address);
    }
    event_text(log->plan, event, text, sizeof text);
    say(log, LINE_TIMELINE, trace->time, SIM_NONE, "timeline: %s", text);
}

void log_trace(struct log *log, const struct sim_trace *trace)
{
    switch (trace->kind) {
    case SIM_KIND_INNER_OUT:
        say(log, LINE_DELIVERED, trace->time, trace->node, "gets inner packet %" PRIu64 ", %u bytes", ++log->delivered,
            trace->length);
        break;
    case SIM_KIND_ARRIVED:
        arrived(log, trace);
        break;
    case SIM_KIND_EVENT:
        engine_event(log, trace);
        break;
    case SIM_KIND_TIMELINE:
        timeline(log, trace);
        break;
    default:
        break;
    }
}
