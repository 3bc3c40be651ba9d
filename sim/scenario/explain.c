/* The rows once more, for people: what a key takes, and what the words mean that rows only name. */

#include "build.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

/* Where a section stands in a file. */
static const char *const places[][2] = {
    {"scenario", ""},   {"limits", "limits"},     {"path", "paths.NAME"},      {"nat", "nats.NAME"}, {"node", "nodes.NAME"},
    {"tunnel", "tunnels.N"}, {"traffic", "traffic.N"}, {"timeline", "timeline.N"}, {"expect", "expect.N"}, {NULL, NULL},
};

static const char *place_of(const char *section)
{
    size_t i = 0;
    while (places[i][0] && strcmp(places[i][0], section) != 0)
        i++;
    return places[i][0] ? places[i][1] : section;
}

/* "paths.NAME.loss: 2%", in one line of a file. */
static const char *const examples[SCN_TYPES] = {
    [SCN_T_TEXT] = "some text",        [SCN_T_NAME] = "lte",
    [SCN_T_BOOL] = "true",             [SCN_T_WHOLE] = "20",
    [SCN_T_DURATION] = "2m30s",        [SCN_T_SECONDS] = "25s",
    [SCN_T_SHIFT] = "-5m",             [SCN_T_SIZE] = "200B",
    [SCN_T_RATE] = "1000pps",          [SCN_T_CHANCE] = "0.4%",
    [SCN_T_DRAW] = "normal(45ms 12ms)", [SCN_T_LOSS] = "gilbert(p=0.4% r=30% good=0% bad=60%)",
    [SCN_T_BITRATE] = "8mbps",         [SCN_T_QUEUE] = "codel(5ms 100ms)",
    [SCN_T_CORRUPT] = "0.1%",          [SCN_T_SKEW] = "uniform(-50ppm 50ppm)",
    [SCN_T_ADDRESS] = "203.0.113.1:51820", [SCN_T_KEY] = "true",
    [SCN_T_TYPES] = "initiation response", [SCN_T_DATE] = "\"2026-01-01T00:00:00Z\"",
};

/* What a type cannot show. */
static const char *const shown[][3] = {
    {"scenario", "warren", "1"},
    {"scenario", "include", "[profiles/isp.yaml]"},
    {"scenario", "limits", "{window: 256, staging: 8}"},
    {"scenario", "paths", "{lte: {delay: 45ms, loss: 2%}}"},
    {"scenario", "nats", "{home: {filter: address-port, idle: uniform(30s 120s)}}"},
    {"scenario", "nodes", "{hub: {}, spoke: {count: 50, peer: hub}}"},
    {"scenario", "tunnels", "[{node: left, peer: right}, {node: right, peer: left}]"},
    {"scenario", "traffic", "[{from: spoke.all, to: hub, send: 200B, every: 1s}]"},
    {"scenario", "timeline", "[{at: 2m, do: roam, who: laptop}]"},
    {"scenario", "expect", "[{always: safety.all}]"},
    {"path", "up", "{delay: 45ms, rate: 8mbps}"},
    {"path", "down", "{delay: 40ms, rate: 40mbps}"},
    {"nat", "ports", "2000-2999"},
    {"nat", "behind", "cgn"},
    {"nat", "address", "198.51.100.1"},
    {"node", "inner", "[10.0.0.2, \"fd00::2\"]"},
    {"node", "nat", "mix(home=4 cgn=1)"},
    {"node", "peer", "hub"},
    {"node", "limits", "{load: 20pps}"},
    {"node", "spoof", "198.51.100.0/24"},
    {"tunnel", "node", "spoke.all"},
    {"tunnel", "peer", "hub"},
    {"tunnel", "allowed", "[10.0.0.0/8, \"fd00::/8\"]"},
    {"traffic", "from", "spoke.10-19"},
    {"traffic", "to", "hub"},
    {"timeline", "id", "storm"},
    {"timeline", "who", "spoke.all"},
    {"timeline", "nat", "home"},
    {"timeline", "split", "spoke.10-19 | hub"},
    {"timeline", "of", "hub"},
    {"timeline", "from", "flooder"},
    {"timeline", "to", "hub"},
    {"expect", "always", "safety.all"},
    {"expect", "that", "delivered(spoke.all->hub) >= 90%"},
    {"expect", "sometimes", "mark.cookie_reply_sent"},
    {"expect", "after", "partition"},
    {"expect", "during", "9m30s..stop"},
    {NULL, NULL, NULL},
};

static void example_of(const struct scn_section *section, const struct scn_key *key, char out[80])
{
    const char *text = examples[key->type] ? examples[key->type] : "";
    if (key->type == SCN_T_CHOICE) {
        snprintf(out, 80, "%.*s", (int)strcspn(key->choices, " "), key->choices);
        return;
    }
    const char *open = strrchr(key->doc, '['); /* a default in brackets is an example too */
    if (key->type == SCN_T_WHOLE && open && open[1] >= '0' && open[1] <= '9') {
        snprintf(out, 80, "%.*s", (int)strspn(open + 1, "0123456789"), open + 1);
        return;
    }
    for (size_t i = 0; shown[i][0]; i++)
        if (strcmp(shown[i][0], section->name) == 0 && strcmp(shown[i][1], key->name) == 0)
            text = shown[i][2];
    snprintf(out, 80, "%s", text);
}

static void range_of(const struct scn_key *key, char out[80])
{
    char least[32], most[32];
    out[0] = '\0';
    if (key->most == 0 || key->type == SCN_T_CHOICE)
        return;
    if (key->type == SCN_T_DURATION) {
        sim_scenario_time_text(key->least, least);
        sim_scenario_time_text(key->most, most);
    } else {
        snprintf(least, sizeof least, "%llu", (unsigned long long)key->least);
        snprintf(most, sizeof most, "%llu", (unsigned long long)key->most);
    }
    snprintf(out, 80, "%s to %s", least, most);
}

bool sim_scenario_schema(size_t number, struct sim_scenario_key *out)
{
    for (const struct scn_section *section = scn_sections; section->name; section++) {
        for (const struct scn_key *key = section->keys; key->name; key++) {
            if (number--)
                continue;
            *out = (struct sim_scenario_key){.section = section->name,
                                             .place = place_of(section->name),
                                             .name = key->name,
                                             .fallback = key->fallback,
                                             .doc = key->doc,
                                             .type = key->type == SCN_T_CHOICE ? key->choices : scn_type_name(key->type),
                                             .right = scn_type_right(key->type),
                                             .choices = key->type == SCN_T_CHOICE ? key->choices : NULL,
                                             .least = key->least,
                                             .most = key->type == SCN_T_CHOICE ? 0 : key->most,
                                             .built = key->type != SCN_T_NOT_BUILT};
            range_of(key, out->range);
            example_of(section, key, out->example);
            return true;
        }
    }
    return false;
}

/* Words. --------------------------------------------------------------------------------------------------------------------- */

static const char *const events[][3] = {
    {"drop", "loses the next datagrams of a type that leave a node, or come to it",
     "{at: 10s, do: drop, who: right, types: response, count: 2}"},
    {"partition", "nothing passes between two groups, or in one direction",
     "{at: 6m, do: partition, split: spoke.10-19 | hub, for: 100s}"},
    {"heal", "ends all partitions", "{at: 7m, do: heal}"},
    {"path", "a node is behind another path from then on, or for a while", "{at: 1m, do: path, who: laptop, path: hotel, for: 30s}"},
    {"roam", "a node gets another outer address, and perhaps another path and box",
     "{at: 2m, do: roam, who: laptop, path: hotel, nat: cgn}"},
    {"down", "an interface goes down: what its engine holds is erased", "{at: 1m, do: down, who: spoke.3, for: 20s}"},
    {"up", "an interface comes up", "{at: 2m, do: up, who: late}"},
    {"crash", "an engine is gone, with everything it knew", "{at: 1m, do: crash, who: hub}"},
    {"reboot", "an engine starts anew, with or without its newest timestamp",
     "{at: 9m, do: reboot, who: spoke.7, for: 10s, stamp: lose}"},
    {"clock-step", "a node's wall clock jumps", "{at: 5m, do: clock-step, who: laptop, clock: +1h}"},
    {"suspend", "a machine sleeps: nothing runs, datagrams are lost; with counts: false its monotonic clock stands still too",
     "{at: 2m, do: suspend, who: laptop, for: 10m}"},
    {"pause", "a process stands still and its clocks go on; what comes in waits", "{at: 2m, do: pause, who: hub, for: 3s}"},
    {"resume", "ends a suspend or a pause", "{at: 3m, do: resume, who: laptop}"},
    {"set", "a running node gets another configuration", "{at: 2m, do: set, who: hub, peer: spoke.1, keepalive: 10s}"},
    {"add-peer", "a running node gets a peer, one whose tunnel says start: absent", "{at: 2m, do: add-peer, who: hub, peer: spoke.9}"},
    {"remove-peer", "a running node loses a peer, with its sessions", "{at: 3m, do: remove-peer, who: hub, peer: spoke.9}"},
    {"record", "an attacker keeps a copy of the datagrams to and from some nodes",
     "{at: 0s, do: record, who: mallory, of: hub, for: 2m}"},
    {"replay", "an attacker sends what it recorded once more", "{at: 3m, do: replay, who: mallory, types: handshake, every: 10ms}"},
    {"nat-reboot", "boxes forget everything they have mapped", "{at: 10m, do: nat-reboot, nat: home}"},
    {"flood", "an attacker sends noise in the form of one message type",
     "{at: 4m, do: flood, from: flooder, to: hub, kind: initiation, mac1: valid, rate: 20kpps, for: 60s}"},
    {NULL, NULL, NULL},
};

static const char *const claims[][3] = {
    {"delivered", "inner packets sent in the window that reach the far end: a number, or a share of those sent",
     "{that: delivered(spoke.all->hub) >= 90%, during: flood}"},
    {"echo", "inner packets sent in the window that are sent back and arrive, of traffic with echo: true",
     "{that: echo(laptop->hub), within: 1s, after: roam}"},
    {"up", "each pair: the second accepts transport data of the first in the window",
     "{that: up(a->b), within: 6s, after: partition}"},
    {"session", "each pair: at the end of the window the first has a session to send with", "{that: not session(a->b), at: 9m}"},
    {"handshakes", "handshakes completed in the window with the first as initiator, all pairs together",
     "{that: handshakes(a->b) == 3}"},
    {"initiations", "initiations sent in the window, all pairs together", "{that: initiations(a->b) <= 20, during: 1m..3m}"},
    {"gave_up", "times that the first gave up on the second in the window", "{that: gave_up(a->b) == 1}"},
    {"datagrams", "datagrams sent in the window from the first to the second, all pairs together",
     "{that: datagrams(a->b) <= 100, during: 5m..stop}"},
    {NULL, NULL, NULL},
};

static const char *column(const char *const table[][3], const char *word, size_t which)
{
    for (size_t i = 0; table[i][0]; i++)
        if (strcmp(table[i][0], word) == 0)
            return table[i][which];
    return "";
}

bool sim_scenario_word(size_t number, struct sim_scenario_word *out)
{
    const char *word, *needs = "", *may = "";
    size_t count = 0;
    for (uint32_t i = 0; scn_act(i, &word, &needs, &may); i++)
        if (word && count++ == number) {
            *out = (struct sim_scenario_word){.word = word, .event = true, .needs = needs, .may = may,
                                              .doc = column(events, word, 1), .example = column(events, word, 2)};
            return true;
        }
    for (uint32_t i = 0; (word = scn_claim(i)) != NULL; i++)
        if (count++ == number) {
            *out = (struct sim_scenario_word){.word = word, .needs = "", .may = "", .doc = column(claims, word, 1),
                                              .example = column(claims, word, 2)};
            return true;
        }
    return false;
}

const char *sim_scenario_guess(const char *text, const char *const *names)
{
    return scn_guess(text, names);
}
