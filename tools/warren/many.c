#define _POSIX_C_SOURCE 200809L

#include "many.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outcome.h"
#include "pool.h"

#define CHECKS 64u

struct check { char id[8]; uint64_t checked, violated; };

struct many {
    const struct many_request *request;
    struct text   text;
    FILE         *out;
    struct tally *tallies; /* of every claim, in the scenario's order */
    size_t        tally_count, questions; /* questions: claims about a share of seeds */
    uint64_t      ran, failed, first_failed, begun, last;
    json_t       *runs;
    struct check  checks[CHECKS]; /* sums, by invariant */
    size_t        check_count;
    struct sim_tries tries;       /* of L10, which only many worlds can break */
};

static void work(void *context, uint64_t task, struct pack *out)
{
    struct many *many = context;
    struct sim_scenario_error error;
    struct sim_scenario *scenario =
        read_scenario(many->request->source, &many->text, many->request->first + task, NULL, 0, &error);
    if (!scenario) {
        fprintf(stderr, "%s\n", error.text);
        exit(EXIT_MACHINE);
    }
    outcome_run(many->request->name, scenario, many->request->provider, out);
    sim_scenario_close(scenario);
}

static bool decided(const struct many *many)
{
    bool open = false;
    for (size_t i = 0; i < many->tally_count; i++)
        open = open || (many->tallies[i].of_seeds && sim_share_verdict(&many->tallies[i].share) == SIM_OPEN);
    return many->questions && !open;
}

static void plain_line(struct many *many)
{
    uint64_t wall = wall_ns();
    if (many->request->quiet || wall - many->begun < 2 * WRN_SECOND || wall - many->last < 10 * WRN_SECOND)
        return;
    fflush(many->out);
    fprintf(stderr, "%" PRIu64 " of %" PRIu64 " seeds, %" PRIu64 " failed\n", many->ran,
            many->request->last - many->request->first + 1, many->failed);
    many->last = wall;
}

static void tell(struct many *many, uint64_t seed, const struct outcome *outcome, const char *not_held)
{
    char hash[65];
    hash_text(outcome->trace_hash, hash);
    if (!many->request->quiet) {
        fprintf(many->out, "seed %" PRIu64 ": %s%s", seed, outcome->failed ? "FAILED: " : "held", outcome->failure);
        fprintf(many->out, not_held[0] ? "; not in this one: %s\n" : "\n", not_held);
    }
    if (many->request->json)
        json_array_append_new(many->runs, json_pack("{s:I, s:b, s:s, s:s, s:I}", "seed", (json_int_t)seed, "failed",
                                                    (int)outcome->failed, "what", outcome->failure, "trace_hash", hash,
                                                    "wall_ns", (json_int_t)outcome->wall_ns));
    plain_line(many);
}

static void take_checks(struct many *many, struct pack *in)
{
    uint64_t count = unpack_number(in);
    for (uint64_t i = 0; i < count; i++) {
        const char *id = unpack_text(in);
        uint64_t checked = unpack_number(in), violated = unpack_number(in);
        if (i >= CHECKS)
            continue;
        if (i == many->check_count)
            snprintf(many->checks[many->check_count++].id, sizeof many->checks[i].id, "%s", id);
        many->checks[i].checked += checked;
        many->checks[i].violated += violated;
    }
}

static bool take(void *context, uint64_t task, struct pack *in, const char *died)
{
    struct many *many = context;
    uint64_t seed = many->request->first + task;
    struct outcome outcome = {.failed = died != NULL};
    struct claim claim;
    char not_held[SIM_TEXT_BYTES] = "";
    if (died)
        snprintf(outcome.failure, sizeof outcome.failure, "%s", died);
    else
        outcome_head(in, &outcome);
    uint64_t count = died ? 0 : unpack_number(in);
    if (!many->tallies && count)
        many->tallies = calloc(count, sizeof *many->tallies);
    for (uint64_t i = 0; i < count; i++) {
        outcome_claim(in, &claim);
        if (i == many->tally_count) {
            tally_begin(&many->tallies[many->tally_count++], claim.text, claim.of_seeds, claim.seeds);
            many->questions += claim.of_seeds && claim.seeds > 0;
        }
        sim_share_add(&many->tallies[i].share, claim.held == 1);
        if (claim.of_seeds && claim.held != 1 && !not_held[0])
            snprintf(not_held, sizeof not_held, "%s", claim.text);
    }
    for (size_t i = 0; died && i < many->tally_count; i++)
        sim_share_add(&many->tallies[i].share, false);
    if (!died) {
        take_checks(many, in);
        sim_tries_add(&many->tries, &outcome.tries);
    }
    many->ran++;
    if (outcome.failed && !many->failed++)
        many->first_failed = seed;
    tell(many, seed, &outcome, not_held);
    return !decided(many);
}

static const char *verdict_word(const struct tally *tally)
{
    static const char *const words[] = {[SIM_OPEN] = "OPEN", [SIM_HELD] = "held", [SIM_BROKEN] = "BROKEN"};
    return words[sim_share_verdict(&tally->share)];
}

static bool good(const struct many *many)
{
    bool all = many->failed == 0 && !sim_tries_implausible(&many->tries);
    for (size_t i = 0; i < many->tally_count; i++)
        all = all && (!many->tallies[i].of_seeds || sim_share_verdict(&many->tallies[i].share) == SIM_HELD);
    return all;
}

static void print_repeat(const struct many *many, uint64_t seed)
{
    const struct source *source = many->request->source;
    fprintf(many->out, "again: warren run '%s' --seed %" PRIu64, source->file, seed);
    for (size_t i = 0; i < source->with_count; i++)
        fprintf(many->out, " --with '%s'", source->withs[i]);
    for (size_t i = 0; i < source->set_count; i++)
        fprintf(many->out, " --set '%s'", source->sets[i]);
    fputc('\n', many->out);
}

static void report(const struct many *many)
{
    uint64_t asked = many->request->last - many->request->first + 1, wall = (wall_ns() - many->begun) / WRN_MILLISECOND;
    fprintf(many->out, "\n%" PRIu64 " of %" PRIu64 " seeds in %" PRIu64 ".%03" PRIu64 " s%s\n", many->ran, asked, wall / 1000,
            wall % 1000, many->ran < asked ? ": every claim about seeds is decided" : "");
    for (size_t i = 0; i < many->tally_count; i++) {
        const struct tally *tally = &many->tallies[i];
        char counts[80];
        tally_text(tally, counts);
        fprintf(many->out, "  %-6s %-58s %s%s\n", tally->of_seeds ? verdict_word(tally) : "", tally->text, counts,
                tally->of_seeds ? " (99%)" : "");
        if (tally->of_seeds && sim_share_verdict(&tally->share) == SIM_OPEN)
            fprintf(many->out, "         not decided; that takes more seeds, at the least %" PRIu64 " that all hold\n",
                    sim_share_fewest(tally->share.wanted));
    }
    const unsigned k = sim_tries_implausible(&many->tries);
    if (k)
        fprintf(many->out, "FAILED: L10 loss alone leaves so many handshakes not up after %u tries less than once in 10^9\n", k);
    if (many->failed)
        fprintf(many->out, "FAILED: %" PRIu64 " of %" PRIu64 " seeds, the first is %" PRIu64 "\n", many->failed, many->ran,
                many->first_failed);
    else if (!k)
        fputs(good(many) ? "held\n" : "FAILED: a claim about seeds is not shown to hold\n", many->out);
    if (many->failed)
        print_repeat(many, many->first_failed);
}

/* By id: how often it was checked, and broken; L10 by what all worlds together show. */
static json_t *checks_json(const struct many *many)
{
    json_t *object = json_object();
    for (size_t i = 0; i < many->check_count; i++) {
        const struct check *check = &many->checks[i];
        bool implausible = strcmp(check->id, "L10") == 0 && sim_tries_implausible(&many->tries);
        json_object_set_new(object, check->id, json_pack("{s:I, s:I}", "checked", (json_int_t)check->checked, "violated",
                                                         (json_int_t)check->violated + implausible));
    }
    return object;
}

static void write_json(const struct many *many)
{
    const struct many_request *request = many->request;
    json_t *claims = json_array();
    for (size_t i = 0; i < many->tally_count; i++) {
        const struct tally *tally = &many->tallies[i];
        uint32_t low, high;
        sim_share_interval(&tally->share, &low, &high);
        json_t *one = json_pack("{s:s, s:I, s:I, s:I, s:I}", "text", tally->text, "seeds", (json_int_t)tally->share.seeds, "held",
                                (json_int_t)tally->share.held, "low_ppm", (json_int_t)low, "high_ppm", (json_int_t)high);
        if (tally->of_seeds)
            json_object_update_new(one, json_pack("{s:I, s:s}", "seeds_ppm", (json_int_t)tally->share.wanted, "verdict",
                                                  verdict_word(tally)));
        json_array_append_new(claims, one);
    }
    json_t *root = json_pack("{s:s, s:s, s:I, s:I, s:I, s:b, s:O, s:o, s:o}", "file", request->source->file, "build",
                             build_name(), "first_seed", (json_int_t)request->first, "seeds", (json_int_t)many->ran, "failed",
                             (json_int_t)many->failed, "held", (int)good(many), "runs", many->runs, "expectations", claims,
                             "invariants", checks_json(many));
    FILE *file = open_output(request->name, request->json, false);
    json_dumpf(root, file, JSON_INDENT(2));
    fputc('\n', file);
    close_output(request->name, request->json, file);
    json_decref(root);
}

int many_run(const struct many_request *request)
{
    struct many many = {.request = request, .text = load_text(request->name, request->source), .begun = wall_ns()};
    const struct pool pool = {.name = request->name, .jobs = request->jobs, .tasks = request->last - request->first + 1,
                              .context = &many, .work = work, .take = take};
    many.out = request->json && strcmp(request->json, "-") == 0 ? stderr : stdout;
    many.last = many.begun;
    many.runs = json_array();
    pool_run(&pool);
    if (!request->quiet) {
        report(&many);
        if (many.out == stdout)
            close_output(request->name, "standard output", stdout);
    }
    if (request->json)
        write_json(&many);
    int code = good(&many) ? EXIT_GOOD : EXIT_FAILED;
    for (size_t i = 0; i < many.tally_count; i++)
        free(many.tallies[i].text);
    free(many.tallies);
    json_decref(many.runs);
    free(many.text.bytes);
    return code;
}
