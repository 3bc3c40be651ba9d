/* warren check: read, resolve, print; run nothing. */

#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "load.h"
#include "sweep.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define NAME "warren check"

struct check_options {
    struct source source;
    const char   *plan, *json, *resolved;
    bool          all, quiet;
};

static const struct argp_option options[] = {
    {"set", OPTION_SET, "PATH=VALUE", 0, "override one value, such as paths.lte.loss=5%", 0},
    {"with", OPTION_WITH, "FILE", 0, "lay a file over it: more timeline, traffic, expectations, nodes and profiles", 0},
    {"seed", OPTION_SEED, "N", 0, "instead of the scenario's", 0},
    {"plan", OPTION_PLAN, "FILE", 0, "write the resolved scenario as a binary plan (see warren-plan)", 0},
    {"json", OPTION_JSON, "FILE", 0, "write it as JSON; - is standard output", 0},
    {"resolved", OPTION_RESOLVED, "FILE", 0, "write it as a scenario with all defaults and draws written out", 0},
    {"all", 'a', NULL, 0, "print every line of long sections", 0},
    {"quiet", 'q', NULL, 0, "print nothing", 0},
    {0},
};

static const char doc[] =
    "Validate a scenario and print what it resolves to. Runs nothing.\v"
    "Examples:\n"
    "  warren check corpora/scenarios/hub-50.yaml\n"
    "  warren check demo.yaml --set nodes.spoke.count=3 --all\n"
    "  warren check two-peers.yaml --plan two-peers.plan --quiet\n"
    "\n"
    "A plan is the same on every machine, and holds every private key of the scenario.\n"
    "Exit codes: 0 a right scenario; 2 a wrong one: one line on stderr says where, what and what would be right.";

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct check_options *check = state->input;
    switch (key) {
    case OPTION_PLAN:
        check->plan = argument;
        return 0;
    case OPTION_JSON:
        check->json = argument;
        return 0;
    case OPTION_RESOLVED:
        check->resolved = argument;
        return 0;
    case 'a':
        check->all = true;
        return 0;
    case 'q':
        check->quiet = true;
        return 0;
    default:
        return parse_source(NAME, &check->source, key, argument);
    }
}

static void write_plan(const struct sim_plan *plan, const char *path)
{
    size_t size = sim_plan_encode(plan, NULL, 0);
    uint8_t *bytes = malloc(size);
    if (!bytes) {
        fputs(NAME ": out of memory\n", stderr);
        exit(EXIT_MACHINE);
    }
    sim_plan_encode(plan, bytes, size);
    FILE *file = open_output(NAME, path, true);
    fwrite(bytes, 1, size, file);
    close_output(NAME, path, file);
    free(bytes);
}

/* Text. ---------------------------------------------------------------------------------------------------------------------- */

bool shown(FILE *out, bool all, uint32_t i, uint32_t count)
{
    if (all || i < SHOWN || count <= SHOWN + 1)
        return true;
    if (i == SHOWN)
        fprintf(out, "  ... and %u more (--all)\n", count - i);
    return false;
}

static void half_text(const struct sim_plan *plan, const struct sim_half *half, char *out, size_t size)
{
    char delay[64], loss[64], duplicate[32], reorder[32], rate[160], corrupt[32];
    int length;
    draw_text(&half->delay, delay);
    loss_text(plan, &half->loss, loss);
    chance_text(half->duplicate, duplicate);
    chance_text(half->reorder, reorder);
    length = snprintf(out, size, "delay %s, loss %s%s%s%s%s", delay, loss, half->duplicate ? ", duplicate " : "",
             half->duplicate ? duplicate : "", half->reorder ? ", reorder " : "", half->reorder ? reorder : "");
    rate_text(half, rate);
    if (rate[0] && length > 0 && (size_t)length < size)
        length += snprintf(out + length, size - (size_t)length, ", %s", rate);
    chance_text(half->corrupt.chance, corrupt);
    if (half->corrupt.chance && length > 0 && (size_t)length < size)
        snprintf(out + length, size - (size_t)length, ", corrupt %s in runs of %u", corrupt, half->corrupt.bits);
}

static void print_paths(FILE *out, const struct sim_plan *plan)
{
    fprintf(out, "\nPaths (between a node and the core of the network): %u\n", plan->path_count);
    for (uint32_t i = 0; i < plan->path_count; i++) {
        char up[512], down[512];
        const struct sim_path *path = &plan->paths[i];
        half_text(plan, &path->up, up, sizeof up);
        half_text(plan, &path->down, down, sizeof down);
        if (strcmp(up, down) == 0)
            fprintf(out, "  %-12s %s", path->name, up);
        else
            fprintf(out, "  %-12s up: %s; down: %s", path->name, up, down);
        if (path->mtu)
            fprintf(out, ", mtu %u%s", path->mtu, path->fragment ? ", larger in pieces" : "");
        fputc('\n', out);
    }
}

static void inner_text(const struct sim_node *node, char out[96])
{
    char four[INET_ADDRSTRLEN] = "", six[INET6_ADDRSTRLEN] = "";
    if (node->has_inner4)
        inet_ntop(AF_INET, node->inner4, four, sizeof four);
    if (node->has_inner6)
        inet_ntop(AF_INET6, node->inner6, six, sizeof six);
    snprintf(out, 96, "%s%s%s", four, four[0] && six[0] ? " " : "", six);
}

static void print_nodes(FILE *out, const struct sim_plan *plan, bool all)
{
    fprintf(out, "\nNodes: %u\n", plan->node_count);
    for (uint32_t i = 0; i < plan->node_count && shown(out, all, i, plan->node_count); i++) {
        const struct sim_node *node = &plan->nodes[i];
        char outer[64], inner[96];
        address_text(&node->outer, outer);
        inner_text(node, inner);
        fprintf(out, "  %-12s %-22s path %-10s %s", node->name, outer, plan->paths[node->path].name,
                node->role == SIM_ROLE_ATTACKER ? "attacker" : inner);
        if (node->nat)
            fprintf(out, ", nat %s", plan->nats[node->nat - 1].name);
        if (node->over)
            fprintf(out, ", nested over %s", plan->nodes[node->over - 1].name);
        else if (node->host)
            fprintf(out, ", interface of %s", plan->nodes[node->host - 1].name);
        if (node->skew_ppb)
            fprintf(out, ", clock %+dppb", node->skew_ppb);
        fputs(node->starts_down ? ", starts down\n" : "\n", out);
    }
}

static void print_nats(FILE *out, const struct sim_plan *plan, bool all)
{
    static const char *const depends[] = {"endpoint", "address", "address-port", "none"};
    if (plan->nat_count == 0)
        return;
    fprintf(out, "\nNats (where paths meet the core): %u\n", plan->nat_count);
    for (uint32_t i = 0; i < plan->nat_count && shown(out, all, i, plan->nat_count); i++) {
        const struct sim_nat *nat = &plan->nats[i];
        char idle[64], address[INET_ADDRSTRLEN] = "filters only";
        draw_text(&nat->idle, idle);
        if (nat->map != SIM_NAT_NONE)
            inet_ntop(AF_INET, nat->address, address, sizeof address);
        fprintf(out, "  %-17s %-15s map %s, filter %s, idle %s, refresh %s", nat->name, address, depends[nat->map & 3],
                depends[nat->filter & 3], idle, nat->refresh == SIM_NAT_BOTH ? "both" : "outbound");
        if (nat->map != SIM_NAT_NONE)
            fprintf(out, ", ports %u-%u%s%s", nat->first_port, nat->last_port, nat->preserve ? " preserved" : " drawn",
                    nat->parity ? " by parity" : "");
        fputs(nat->hairpin ? ", hairpin" : "", out);
        fprintf(out, "%s%s\n", nat->behind ? ", behind " : "", nat->behind ? plan->nats[nat->behind - 1].name : "");
    }
}

static void print_tunnels(FILE *out, const struct sim_plan *plan, bool all)
{
    fprintf(out, "\nTunnels, one line per side: %u\n", plan->peer_count);
    for (uint32_t i = 0; i < plan->peer_count && shown(out, all, i, plan->peer_count); i++) {
        const struct sim_peer *peer = &plan->peers[i];
        fprintf(out, "  %-12s -> %-12s allowed", plan->nodes[peer->node].name, plan->nodes[peer->peer].name);
        for (uint32_t j = 0; j < peer->prefix_count && j < 4; j++) {
            char prefix[64];
            prefix_text(&plan->prefixes[peer->first_prefix + j], prefix);
            fprintf(out, " %s", prefix);
        }
        if (peer->prefix_count > 4)
            fprintf(out, " and %u more", peer->prefix_count - 4);
        fputs(peer->endpoint_known ? "; endpoint known" : "; endpoint learned", out);
        if (peer->keepalive_s)
            fprintf(out, "; keepalive %us", peer->keepalive_s);
        fputs(peer->absent ? "; added later" : "", out);
        fputs(peer->has_psk ? "; psk\n" : "\n", out);
    }
}

static void print_traffic(FILE *out, const struct sim_plan *plan, bool all)
{
    fprintf(out, "\nTraffic: %u\n", plan->flow_count);
    for (uint32_t i = 0; i < plan->flow_count && shown(out, all, i, plan->flow_count); i++)
        print_flow(out, plan, &plan->flows[i]);
}

static void print_timeline(FILE *out, const struct sim_plan *plan, bool all)
{
    fprintf(out, "\nTimeline: %u\n", plan->event_count);
    for (uint32_t i = 0; i < plan->event_count && shown(out, all, i, plan->event_count); i++) {
        const struct sim_event *event = &plan->events[i];
        char at[32], until[32], text[800];
        sim_scenario_time_text(event->at, at);
        event_text(plan, event, text, sizeof text);
        fprintf(out, "  %-10s %s", at, text);
        if (event->until != WRN_NEVER) {
            sim_scenario_time_text(event->until, until);
            fprintf(out, ", until %s", until);
        }
        fputc('\n', out);
    }
}

static void print_expectations(FILE *out, const struct sim_scenario *scenario)
{
    const struct sim_plan *plan = sim_scenario_plan(scenario);
    size_t count;
    const struct sim_always *always = sim_scenario_always(scenario, &count);
    fprintf(out, "\nExpectations: %zu\n", count + plan->expect_count);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "  %s\n", always[i].text);
    for (uint32_t i = 0; i < plan->expect_count; i++) {
        char begin[32], end[32];
        sim_scenario_time_text(plan->expects[i].begin, begin);
        sim_scenario_time_text(plan->expects[i].end, end);
        fprintf(out, "  %s  [%s..%s]\n", plan->expects[i].text, begin, end);
    }
}

/* Every cell is read, so that what a value of a sweep does wrong is said before anything is printed. */
static void read_sweep(const struct check_options *check, const struct sim_scenario *scenario, struct grid *grid)
{
    const struct sweep_request request = {.source = check->source};
    size_t count;
    bool zip;
    sim_scenario_axes(scenario, &count, &zip);
    if (!count || strcmp(check->source.file, "-") == 0)
        return;
    struct text text = load_text(NAME, &check->source);
    grid_make(NAME, grid, &request, &text);
    free(text.bytes);
}

static void print_sweep(FILE *out, const struct grid *grid)
{
    if (!grid->axis_count)
        return;
    fprintf(out, "\nSweep: %zu cells%s\n", grid->cell_count, grid->zip ? ", the lists side by side" : "");
    for (size_t i = 0; i < grid->axis_count; i++) {
        fprintf(out, "  %-12s", grid->axes[i].name);
        for (size_t j = 0; j < grid->axes[i].path_count; j++)
            fprintf(out, " %s", grid->axes[i].paths[j]);
        fputs(" to", out);
        for (size_t j = 0; j < grid->axes[i].value_count; j++)
            fprintf(out, " %s", grid->axes[i].values[j]);
        fputc('\n', out);
    }
}

/* JSON. ---------------------------------------------------------------------------------------------------------------------- */

static json_t *nodes_json(const struct sim_plan *plan)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < plan->node_count; i++) {
        const struct sim_node *node = &plan->nodes[i];
        char outer[64], inner[96];
        address_text(&node->outer, outer);
        inner_text(node, inner);
        json_array_append_new(all,
                              json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:i, s:i}", "name", node->name, "role",
                                        node->role == SIM_ROLE_PEER ? "peer" : "attacker", "outer", outer, "inner", inner, "path",
                                        plan->paths[node->path].name, "nat",
                                        node->nat ? plan->nats[node->nat - 1].name : NULL, "mtu", (int)node->mtu, "skew_ppb",
                                        (int)node->skew_ppb));
    }
    return all;
}

static json_t *tunnels_json(const struct sim_plan *plan)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < plan->peer_count; i++) {
        const struct sim_peer *peer = &plan->peers[i];
        json_t *allowed = json_array();
        for (uint32_t j = 0; j < peer->prefix_count; j++) {
            char prefix[64];
            prefix_text(&plan->prefixes[peer->first_prefix + j], prefix);
            json_array_append_new(allowed, json_string(prefix));
        }
        json_array_append_new(all, json_pack("{s:s, s:s, s:o, s:b, s:b, s:i}", "node", plan->nodes[peer->node].name, "peer",
                                             plan->nodes[peer->peer].name, "allowed", allowed, "endpoint_known",
                                             (int)peer->endpoint_known, "psk", (int)peer->has_psk, "keepalive_s",
                                             (int)peer->keepalive_s));
    }
    return all;
}

static void write_json(const struct sim_scenario *scenario, const char *path)
{
    const struct sim_plan *plan = sim_scenario_plan(scenario);
    size_t count;
    const struct sim_always *always = sim_scenario_always(scenario, &count);
    json_t *claims = json_array(), *events = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(claims, json_string(always[i].text));
    for (uint32_t i = 0; i < plan->expect_count; i++)
        json_array_append_new(claims, json_string(plan->expects[i].text));
    for (uint32_t i = 0; i < plan->event_count; i++) {
        char text[800];
        event_text(plan, &plan->events[i], text, sizeof text);
        json_array_append_new(events, json_pack("{s:I, s:s, s:s}", "at_ns", (json_int_t)plan->events[i].at, "name",
                                                plan->events[i].name, "text", text));
    }
    json_t *root = json_pack("{s:s, s:I, s:I, s:o, s:o, s:i, s:o, s:o}", "scenario", plan->name, "seed", (json_int_t)plan->seed,
                             "stop_ns", (json_int_t)plan->stop, "nodes", nodes_json(plan), "tunnels", tunnels_json(plan), "flows",
                             (int)plan->flow_count, "timeline", events, "expectations", claims);
    FILE *file = open_output(NAME, path, false);
    json_dumpf(root, file, JSON_INDENT(2));
    fputc('\n', file);
    close_output(NAME, path, file);
    json_decref(root);
}

int command_check(int argc, char **argv)
{
    static const struct argp argp = {.options = options, .parser = parse, .args_doc = "SCENARIO", .doc = doc};
    struct check_options check = {0};
    parse_arguments(&argp, NAME, argc, argv, &check);
    struct sim_scenario *scenario = load_scenario(NAME, &check.source);
    const struct sim_plan *plan = sim_scenario_plan(scenario);
    struct grid grid = {0};
    read_sweep(&check, scenario, &grid);
    if (check.plan)
        write_plan(plan, check.plan);
    if (check.json)
        write_json(scenario, check.json);
    if (check.resolved)
        write_resolved(NAME, scenario, check.resolved);
    const char *const taken[] = {check.json, check.plan, check.resolved};
    bool quiet = check.quiet;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        quiet = quiet || (taken[i] && strcmp(taken[i], "-") == 0);
    if (!quiet) {
        char stop[32];
        sim_scenario_time_text(plan->stop, stop);
        printf("%s\nseed %" PRIu64 ", runs for %s\n", plan->name, plan->seed, stop);
        print_nodes(stdout, plan, check.all);
        print_paths(stdout, plan);
        print_nats(stdout, plan, check.all);
        print_tunnels(stdout, plan, check.all);
        print_traffic(stdout, plan, check.all);
        print_timeline(stdout, plan, check.all);
        print_expectations(stdout, scenario);
        print_sweep(stdout, &grid);
        print_warnings(stdout, plan, check.all);
        close_output(NAME, "standard output", stdout);
    }
    grid_free(&grid);
    sim_scenario_close(scenario);
    return EXIT_GOOD;
}
