/* expect: claims, their windows, and whether they can be answered at all. */

#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/world.h"
#include "text.h"

enum { NUMBER = 1, SHARE = 2, NOT = 4, BARE = 8, PEERS = 16, FLOWS = 32, ECHOES = 64, RATE = 128, TIME = 256, ASKS = 512,
       ANSWERS = 1024 };

/* What each claim may be: compared with a number or a share, negated, bare (at least once); and what must exist for it. */
static const struct {
    const char *word;
    uint32_t    kind, may;
} claims[] = {
    {"delivered", SIM_EXPECT_DELIVERED, NUMBER | SHARE | BARE | FLOWS},
    {"echo", SIM_EXPECT_ECHOED, NUMBER | SHARE | BARE | FLOWS | ECHOES},
    {"up", SIM_EXPECT_UP, NOT | BARE | PEERS},
    {"session", SIM_EXPECT_SESSION, NOT | BARE | PEERS},
    {"handshakes", SIM_EXPECT_HANDSHAKES, NUMBER | PEERS},
    {"initiations", SIM_EXPECT_INITIATIONS, NUMBER | PEERS},
    {"gave_up", SIM_EXPECT_GAVE_UP, NUMBER | PEERS},
    {"datagrams", SIM_EXPECT_DATAGRAMS, NUMBER},
    {"completed", SIM_EXPECT_COMPLETED, NUMBER | SHARE | BARE | ASKS},
    {"goodput", SIM_EXPECT_GOODPUT, RATE | FLOWS},
    {"latency", SIM_EXPECT_LATENCY, TIME | FLOWS},
    {"response", SIM_EXPECT_RESPONSE, TIME | ANSWERS},
};

#define CLAIMS (sizeof claims / sizeof claims[0])

static bool bad_claim(struct scn_build *build, const struct scn_node *node, const char *text)
{
    return scn_fail(&build->reader, node,
                    "'%.100s' is no claim; such as delivered(a->b) >= 90%%, not up(a->b), gave_up(a->b) == 1, mark.NAME >= 1",
                    text);
}

/* False, and said, when the word was probably meant to be a claim. */
static bool known_claim(struct scn_build *build, const struct scn_node *node, const char *text, size_t length)
{
    const char *names[CLAIMS + 1] = {NULL};
    char word[40];
    for (size_t i = 0; i < CLAIMS; i++)
        names[i] = claims[i].word;
    snprintf(word, sizeof word, "%.*s", (int)(length < 39 ? length : 39), text);
    const char *guess = scn_guess(word, names);
    return !guess || scn_fail(&build->reader, node, "unknown claim '%s'; did you mean '%s'?", word, guess);
}

/* " >= 90%" behind a claim. `form`: what it is compared with, NUMBER, SHARE, RATE or TIME; 0 without a comparison. */
static bool read_comparison(const char *text, struct sim_expect *expect, uint32_t *form)
{
    static const struct {
        const char *sign;
        uint32_t    compare;
    } signs[] = {{">=", SIM_AT_LEAST}, {"<=", SIM_AT_MOST}, {"==", SIM_EQUAL}, {">", SIM_MORE}, {"<", SIM_LESS}};
    text += strspn(text, " ");
    *form = 0;
    if (!*text)
        return true;
    size_t i = 0;
    while (i < 5 && strncmp(text, signs[i].sign, strlen(signs[i].sign)) != 0)
        i++;
    if (i == 5)
        return false;
    text += strlen(signs[i].sign);
    text += strspn(text, " ");
    expect->compare = signs[i].compare;
    const char *end;
    *form = scn_whole(text, &expect->value)      ? NUMBER
            : scn_bitrate(text, &expect->value)  ? RATE
            : scn_duration(text, &expect->value) ? TIME
                                                 : SHARE;
    expect->share = *form == SHARE;
    if (*form != SHARE)
        return true;
    return scn_decimal(text, &end, 10000, &expect->value) && strcmp(end, "%") == 0 && expect->value <= 1000000;
}

#define MARKS_MOST 255u

static bool read_mark(struct scn_build *build, const struct scn_node *node, const char *text, struct sim_expect *expect)
{
    char name[SIM_NAME_BYTES], suggestion[300];
    const char *names[MARKS_MOST + 1];
    size_t length = strcspn(text + 5, " <>="), count = 0;
    uint32_t form;
    expect->kind = SIM_EXPECT_MARK;
    snprintf(name, sizeof name, "%.*s", (int)(length < 40 ? length : 40), text + 5);
    if (!sim_mark_is(name)) {
        for (const char *one = ""; count < MARKS_MOST && (one = sim_mark_after(one)) != NULL;)
            names[count++] = one;
        names[count] = NULL;
        scn_suggest(suggestion, sizeof suggestion, name, names);
        return scn_fail(&build->reader, node, "unknown mark '%s'%s", name, suggestion);
    }
    scn_copy_name(expect->name, name);
    if (!read_comparison(text + 5 + length, expect, &form) || (form && form != NUMBER))
        return bad_claim(build, node, text);
    if (!form)
        expect->value = 1; /* SIM_AT_LEAST */
    return true;
}

/* Nobody twice on one side: a claim would count a pair twice. */
static bool are_different(struct scn_build *build, const struct scn_node *node, uint32_t first, uint32_t count)
{
    uint32_t last = 0;
    bool rising = true; /* as one selector gives them */
    for (uint32_t i = 0; i < count; i++) {
        uint32_t now = scn_selected(build, first + i);
        rising = rising && (i == 0 || now > last);
        last = now;
    }
    uint8_t *seen = rising ? NULL : scn_alloc(&build->reader, build->nodes.count);
    if (rising || !seen)
        return rising;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t now = scn_selected(build, first + i);
        if (seen[now]++)
            return scn_fail(&build->reader, node, "'%s' is named twice on one side; once", scn_node_at(build, now)->name);
    }
    return true;
}

/* a->b inside the parentheses; every node of a with every node of b. */
static bool read_pairs(struct scn_build *build, const struct scn_node *node, const char *text, size_t length,
                       struct sim_expect *expect)
{
    uint32_t first_from, from, first_to, to, kept = build->reader.numbers.count;
    char *inside = scn_copy(&build->reader, text, length);
    char *arrow = inside ? strstr(inside, "->") : NULL;
    if (!arrow)
        return inside && bad_claim(build, node, node->text);
    *arrow = '\0';
    if (!scn_select_text(build, node, inside, &first_from, &from) || !scn_select_text(build, node, arrow + 2, &first_to, &to))
        return false;
    if (!are_different(build, node, first_from, from) || !are_different(build, node, first_to, to))
        return false;
    expect->first = build->pairs.count;
    for (uint32_t i = 0; i < from; i++)
        for (uint32_t j = 0; j < to; j++) {
            uint32_t a = scn_selected(build, first_from + i), b = scn_selected(build, first_to + j);
            struct sim_pair *pair = a == b ? NULL : scn_more(&build->reader, &build->pairs, sizeof *pair);
            if (a != b && !pair)
                return false;
            if (pair)
                *pair = (struct sim_pair){a, b};
        }
    build->reader.numbers.count = kept;
    expect->count = build->pairs.count - expect->first;
    return expect->count || scn_fail(&build->reader, node, "a claim about a node and itself; two nodes");
}

static int by_pair(const void *a, const void *b)
{
    const struct sim_pair *left = a, *right = b;
    if (left->from != right->from)
        return left->from < right->from ? -1 : 1;
    return left->to < right->to ? -1 : left->to > right->to;
}

/* What traffic serves a claim: any, what is echoed, what can be completed, what is answered in any way. */
static unsigned served_by(uint32_t may)
{
    return may & ECHOES ? 1 : may & ASKS ? 2 : may & ANSWERS ? 3 : 0;
}

static bool serves(const struct sim_flow *flow, unsigned set)
{
    bool asks = flow->kind == SIM_FLOW_REQUESTS || (flow->kind == SIM_FLOW_BULK && flow->bytes);
    return set == 0 || (set == 1 && flow->echo) || (set == 2 && asks) || (set == 3 && (asks || flow->echo));
}

/* The pairs of all flows in order, so that a claim about many asks each in a few steps. */
static bool order_flows(struct scn_build *build)
{
    const struct sim_flow *flows = build->flows.items;
    uint32_t count = build->flows.count;
    for (unsigned set = 0; set < SCN_FLOW_SETS && !build->flowing[set].pairs; set++) {
        struct scn_flowing *flowing = &build->flowing[set];
        flowing->pairs = scn_alloc(&build->reader, (count + 1u) * sizeof *flowing->pairs);
        if (!flowing->pairs)
            return false;
        for (uint32_t i = 0; i < count; i++)
            if (serves(&flows[i], set))
                flowing->pairs[flowing->count++] = (struct sim_pair){flows[i].from, flows[i].to};
        qsort(flowing->pairs, flowing->count, sizeof *flowing->pairs, by_pair);
    }
    return true;
}

static bool has_flow(const struct scn_build *build, const struct sim_pair *pair, uint32_t may)
{
    const struct scn_flowing *flowing = &build->flowing[served_by(may)];
    return bsearch(pair, flowing->pairs, flowing->count, sizeof *pair, by_pair) != NULL;
}

/* A claim that nothing could ever answer is a mistake of its writer. */
static bool answerable(struct scn_build *build, const struct scn_node *node, const struct sim_expect *expect, uint32_t may)
{
    const struct sim_pair *pairs = (const struct sim_pair *)build->pairs.items + expect->first;
    bool flow = !(may & (FLOWS | ASKS | ANSWERS));
    if (!flow && !order_flows(build))
        return false;
    for (uint32_t i = 0; i < expect->count; i++) {
        const char *a = scn_node_at(build, pairs[i].from)->name, *b = scn_node_at(build, pairs[i].to)->name;
        if (may & PEERS && !scn_are_peers(build, pairs[i].from, pairs[i].to))
            return scn_fail(&build->reader, node, "'%s' and '%s' are no peers of each other; nodes with a tunnel between them", a,
                            b);
        flow = flow || has_flow(build, &pairs[i], may);
    }
    return flow || scn_fail(&build->reader, node, "no traffic%s goes that way; add it, or claim something else",
                            may & ECHOES    ? " with echo: true"
                            : may & ASKS    ? " with requests, or bulk that ends,"
                            : may & ANSWERS ? " that is answered (request, echo, or bulk that ends)"
                                            : "");
}

/* .p99 behind latency: which part of the times. */
static bool read_part(struct scn_build *build, const struct scn_node *node, const char *word, const char *text, size_t length,
                      struct sim_expect *expect)
{
    char part[16] = "";
    const char *end = "";
    uint64_t value = 0;
    if (length > 1 && length < sizeof part)
        memcpy(part, text + 1, length - 1);
    if (strcmp(part, "max") == 0)
        value = 1000000;
    else if (part[0] == 'p' && !scn_decimal(part + 1, &end, 10000, &value))
        value = 0;
    if (value == 0 || value > 1000000 || *end)
        return scn_fail(&build->reader, node, "%s of which part? %s.p50 (the median), %s.p99, %s.max", word, word, word, word);
    expect->part = (uint32_t)value;
    return true;
}

/* Is it compared with what it is? */
static bool fits(struct scn_build *build, const struct scn_node *node, const char *word, uint32_t may, uint32_t form)
{
    if (may & (RATE | TIME) && form != (may & (RATE | TIME)))
        return scn_fail(&build->reader, node, "%s is compared with a %s; such as %s", word, may & RATE ? "rate" : "time",
                        may & RATE ? "goodput(a->b) >= 8mbps" : "latency.p99(a->b) <= 200ms");
    if (form && !(may & (NUMBER | RATE | TIME)))
        return scn_fail(&build->reader, node, "%s is not a number; %s(a->b) or not %s(a->b)", word, word, word);
    if (!form && !(may & BARE))
        return scn_fail(&build->reader, node, "%s lacks a comparison; such as %s(a->b) >= 1", word, word);
    if (form == SHARE && !(may & SHARE))
        return scn_fail(&build->reader, node, "%s has no share; a number such as %s(a->b) >= 1", word, word);
    if ((form == RATE || form == TIME) && !(may & form))
        return scn_fail(&build->reader, node, "%s is a number without a unit; such as %s(a->b) >= 1", word, word);
    return true;
}

static bool read_claim(struct scn_build *build, const struct scn_node *node, const char *text, struct sim_expect *expect)
{
    const char *at = text;
    uint32_t form;
    if (strncmp(text, "mark.", 5) == 0)
        return read_mark(build, node, text, expect);
    expect->negated = strncmp(at, "not ", 4) == 0;
    at += expect->negated ? 4 : 0;
    const char *open = strchr(at, '('), *close = open ? strchr(open, ')') : NULL;
    size_t i = 0, length = open ? (size_t)(open - at) : 0, word = strcspn(at, ".(");
    while (open && i < CLAIMS && (strlen(claims[i].word) != word || memcmp(claims[i].word, at, word) != 0))
        i++;
    if (close && i == CLAIMS && !known_claim(build, node, at, word))
        return false;
    if (!close || i == CLAIMS || (word < length && !(claims[i].may & TIME)) || !read_comparison(close + 1, expect, &form))
        return bad_claim(build, node, text);
    uint32_t may = claims[i].may;
    expect->kind = claims[i].kind;
    if (expect->negated && !(may & NOT))
        return scn_fail(&build->reader, node, "'not' with %s; compare it instead, such as %s%s(a->b) %s", claims[i].word,
                        claims[i].word, may & TIME ? ".p99" : "", may & TIME ? "> 200ms" : may & RATE ? "< 8mbps" : "== 0");
    if (may & TIME && !read_part(build, node, claims[i].word, at + word, length - word, expect))
        return false;
    if (!fits(build, node, claims[i].word, may, form))
        return false;
    if (!form)
        expect->value = 1;
    return read_pairs(build, node, open + 1, (size_t)(close - open - 1), expect) && answerable(build, node, expect, may);
}

/* Windows. ------------------------------------------------------------------------------------------------------------------- */

static const struct scn_span *find_span(struct scn_build *build, const struct scn_node *node, const char *name)
{
    const struct scn_span *spans = build->spans.items;
    const char *names[256];
    char suggestion[400];
    size_t count = 0;
    for (uint32_t i = 0; i < build->spans.count; i++) {
        if (count < 255)
            names[count++] = spans[i].name;
        if (strcmp(spans[i].name, name) != 0)
            continue;
        if (spans[i].times > 1) {
            scn_fail(&build->reader, node, "'%.64s' happens %u times; give the event you mean an 'id'", name, spans[i].times);
            return NULL;
        }
        return &spans[i];
    }
    names[count] = NULL;
    scn_suggest(suggestion, sizeof suggestion, name, names);
    scn_fail(&build->reader, node, "no event '%.64s'%s", name, count ? suggestion : "; an event of the timeline, or a time");
    return NULL;
}

/* 9m30s..stop */
static bool read_window(struct scn_build *build, const struct scn_node *node, const char *text, struct sim_expect *expect)
{
    const char *dots = strstr(text, "..");
    char *begin = scn_copy(&build->reader, text, (size_t)(dots - text));
    if (!begin)
        return false;
    expect->end = build->top.stop;
    if (!scn_duration(begin, &expect->begin) || (strcmp(dots + 2, "stop") != 0 && !scn_duration(dots + 2, &expect->end))
        || expect->begin > expect->end)
        return scn_fail(&build->reader, node, "during: '%.60s' is no window; an event with 'for', 2m..5m or 9m30s..stop", text);
    return true;
}

static bool read_during(struct scn_build *build, const struct scn_node *map, const char *text, struct sim_expect *expect)
{
    const struct scn_node *node = scn_where(map, "during");
    if (strstr(text, ".."))
        return read_window(build, node, text, expect);
    const struct scn_span *span = find_span(build, node, text);
    if (!span)
        return false;
    if (span->begin == span->end)
        return scn_fail(&build->reader, node, "during: '%.60s' has no 'for'; an event that lasts, or a window such as 2m..5m",
                        text);
    expect->begin = span->begin;
    expect->end = span->end;
    return true;
}

static bool read_after(struct scn_build *build, const struct scn_node *map, const char *text, struct sim_expect *expect)
{
    const struct scn_node *node = scn_where(map, "after");
    if (text[0] >= '0' && text[0] <= '9')
        return scn_duration(text, &expect->begin)
               || scn_fail(&build->reader, node, "after: '%.60s' is neither a time nor an event; such as 2m or partition", text);
    const struct scn_span *span = find_span(build, node, text);
    if (!span)
        return false;
    if (span->open)
        return scn_fail(&build->reader, node, "after: '%.60s' has no 'for' and so no end; give it one, or write a time", text);
    expect->begin = span->end;
    return true;
}

static bool read_times(struct scn_build *build, const struct scn_node *map, const struct scn_expect *raw,
                       struct sim_expect *expect)
{
    bool at = scn_child(map, "at") != NULL;
    expect->begin = 0;
    expect->end = build->top.stop;
    if ((at && (raw->during || raw->after || raw->within)) || (raw->during && (raw->after || raw->within)))
        return scn_fail(&build->reader, map, "more than one window; 'at', or 'during', or 'after' with 'within'");
    if (at)
        expect->begin = expect->end = raw->at;
    if (raw->during && !read_during(build, map, raw->during, expect))
        return false;
    if (raw->after && !read_after(build, map, raw->after, expect))
        return false;
    if (raw->within)
        expect->end = expect->begin + raw->within;
    const char *key = at ? "at" : raw->during ? "during" : raw->within ? "within" : "after";
    return scn_before_stop(build, scn_where(map, key), "this expectation ends at",
                           expect->end > expect->begin ? expect->end : expect->begin);
}

/* Is anything sent that a claim about packets could count? */
static bool has_traffic(struct scn_build *build, const struct sim_expect *expect)
{
    const struct sim_flow *flows = build->flows.items;
    struct sim_pair *pairs = scn_alloc(&build->reader, expect->count * sizeof *pairs);
    if (!pairs)
        return true; /* the reading has failed already */
    memcpy(pairs, (const struct sim_pair *)build->pairs.items + expect->first, expect->count * sizeof *pairs);
    qsort(pairs, expect->count, sizeof *pairs, by_pair);
    for (uint32_t i = 0; i < build->flows.count; i++) {
        struct sim_pair pair = {flows[i].from, flows[i].to};
        if (flows[i].start <= expect->end && flows[i].stop >= expect->begin
            && bsearch(&pair, pairs, expect->count, sizeof *pairs, by_pair))
            return true;
    }
    return false;
}

/* As written, window included. */
static void write_text(char out[SIM_TEXT_BYTES], const char *claim, const struct scn_expect *raw, const struct scn_node *map)
{
    char time[32], window[96] = "";
    if (scn_child(map, "at")) {
        sim_scenario_time_text(raw->at, time);
        snprintf(window, sizeof window, " at %s", time);
    } else if (raw->during) {
        snprintf(window, sizeof window, " during %.40s", raw->during);
    } else if (raw->within) {
        sim_scenario_time_text(raw->within, time);
        snprintf(window, sizeof window, " within %s%s%.30s", time, raw->after ? " after " : "", raw->after ? raw->after : "");
    } else if (raw->after) {
        snprintf(window, sizeof window, " after %.40s", raw->after);
    }
    size_t length = (size_t)snprintf(out, SIM_TEXT_BYTES, "%.63s%s", claim, window);
    if (scn_child(map, "seeds"))
        snprintf(out + length, SIM_TEXT_BYTES - length, raw->seeds ? " in %.20s of seeds" : ", only measured",
                 scn_child(map, "seeds")->text);
}

static bool add_always(struct scn_build *build, const struct scn_node *map, const char *text)
{
    const struct scn_node *node = scn_where(map, "always");
    const char *id = strcmp(text, "safety.all") == 0 ? "S" : strcmp(text, "liveness.all") == 0 ? "L" : text;
    uint64_t number = 0;
    bool known = id != text;
    if (!known && (id[0] == 'S' || id[0] == 'L' || id[0] == 'T') && scn_whole(id + 1, &number))
        known = number >= 1 && number <= (id[0] == 'S' ? 27u : id[0] == 'L' ? 17u : 2u);
    if (!known)
        return scn_fail(&build->reader, node,
                        "always: '%.60s' is unknown; safety.all, liveness.all, or one of S1 to S27, L1 to L17, T1, T2", text);
    if (build->top.checks == SIM_CHECKS_NONE)
        return scn_fail(&build->reader, node, "always: nothing is checked with checks: none; checks: full");
    struct sim_always *always = scn_more(&build->reader, &build->always, sizeof *always);
    if (!always)
        return false;
    snprintf(always->text, sizeof always->text, "always %.100s", text);
    snprintf(always->id, sizeof always->id, "%.7s", id);
    return true;
}

static bool read_expect(struct scn_build *build, struct scn_node *map)
{
    struct scn_expect raw = {0};
    struct sim_expect read = {0};
    if (!scn_read_map(&build->reader, map, &scn_section_expect, "this expectation", &raw, true, true))
        return false;
    if (!!raw.always + !!raw.that + !!raw.sometimes != 1)
        return scn_fail(&build->reader, map,
                        "an expectation is one of always, that, sometimes; - {that: delivered(a->b) >= 90%%}");
    if ((raw.always || raw.sometimes) && (raw.after || raw.during || raw.within || scn_child(map, "at")))
        return scn_fail(&build->reader, map, "'%s' counts the whole run; leave the window away",
                        raw.always ? "always" : "sometimes");
    if (raw.always && scn_child(map, "seeds"))
        return scn_fail(&build->reader, scn_where(map, "seeds"), "an invariant holds in every run; leave 'seeds' away");
    if (raw.always)
        return add_always(build, map, raw.always);
    const char *claim = raw.that ? raw.that : raw.sometimes;
    const struct scn_node *node = scn_where(map, raw.that ? "that" : "sometimes");
    if (raw.sometimes && strncmp(claim, "mark.", 5) != 0)
        return scn_fail(&build->reader, node, "sometimes: '%.60s' is no mark; mark.NAME", claim);
    if (!read_claim(build, node, claim, &read) || !read_times(build, map, &raw, &read))
        return false;
    if ((read.kind == SIM_EXPECT_DELIVERED || read.kind == SIM_EXPECT_ECHOED) && !has_traffic(build, &read))
        return scn_fail(&build->reader, map, "no traffic goes that way in this window; another one, or traffic that does");
    if (read.kind == SIM_EXPECT_MARK && (raw.after || raw.during || raw.within || scn_child(map, "at")))
        return scn_fail(&build->reader, map, "a mark counts over the whole run; leave the window away");
    if (read.kind == SIM_EXPECT_GOODPUT && read.end <= read.begin)
        return scn_fail(&build->reader, map, "goodput at an instant; a window such as during: 10s..20s");
    read.of_seeds = scn_child(map, "seeds") != NULL;
    read.seeds = raw.seeds;
    char shown[64];
    snprintf(shown, sizeof shown, "%s%.50s", raw.sometimes ? "sometimes " : "", claim);
    write_text(read.text, shown, &raw, map);
    struct sim_expect *expect = scn_more(&build->reader, &build->expects, sizeof *expect);
    if (expect)
        *expect = read;
    return expect != NULL;
}

bool scn_build_expect(struct scn_build *build)
{
    struct scn_node *expect = build->top.expect;
    if (expect && expect->kind != SCN_LIST)
        return scn_fail(&build->reader, expect, "expect is no list; - {that: delivered(a->b) >= 90%%}");
    for (struct scn_node *map = expect ? expect->first : NULL; map; map = map->next)
        if (!read_expect(build, map))
            return false;
    return true;
}

const char *scn_claim(uint32_t number)
{
    return number < CLAIMS ? claims[number].word : NULL;
}
