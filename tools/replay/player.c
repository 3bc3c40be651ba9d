#include "player.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "warren/inspect.h"

static size_t get(void *context, uint8_t *bytes, size_t length)
{
    struct player *player = context;
    return fread(bytes, 1, length, player->file);
}

static void *take(void *context, size_t size)
{
    struct player *player = context;
    if (size > player->limit - player->taken)
        return NULL;
    void *memory = aligned_alloc(16, (size + 15) & ~(size_t)15);
    player->taken += memory ? size : 0;
    return memory;
}

static void give(void *context, void *memory, size_t size)
{
    struct player *player = context;
    player->taken -= size;
    free(memory);
}

static const struct wrn_crypto *provider(void *context, const char *name, void **provider_context)
{
    struct player *player = context;
    bool           toy = strcmp(name, "toy") == 0;
    *provider_context = toy ? &player->toy : player->real_context;
    return toy ? &sim_toy : strcmp(name, "real") == 0 ? player->real : NULL;
}

/* Public keys in toy worlds are those of the real curve. */
static void secret(void *context, const char *name, const uint8_t key[32])
{
    static const uint8_t base[32] = {9};
    struct player       *player = context;
    uint8_t              public_key[32];
    struct wrn_dh        operation = {.secret = key, .point = base, .out = public_key};

    if (strcmp(name, "toy") != 0)
        return;
    if (2 * (player->toys + 1) > player->toy.size) {
        struct sim_toy larger = {.size = player->toy.size ? 2 * player->toy.size : 64};
        larger.keys = calloc(larger.size, sizeof *larger.keys);
        if (!larger.keys)
            return; /* what it computes then differs, and is reported */
        for (uint32_t i = 0; i < player->toy.size; i++)
            if (player->toy.keys[i].used)
                sim_toy_learn(&larger, player->toy.keys[i].secret, player->toy.keys[i].public_key);
        free(player->toy.keys);
        player->toy = larger;
    }
    player->real->dh(player->real_context, &operation, 1);
    sim_toy_learn(&player->toy, key, public_key);
    player->toys++;
}

bool player_begin(struct player *player, FILE *file, const struct wrn_crypto *real, void *real_context, size_t limit)
{
    struct wrn_replay_host host = {.context = player, .get = get, .take = take, .give = give, .provider = provider, .secret = secret};
    *player = (struct player){.file = file, .real = real, .real_context = real_context, .limit = limit};
    player->replay = wrn_replay_begin(&host);
    return player->replay != NULL;
}

enum wrn_replay_state player_run(struct player *player, uint32_t calls)
{
    enum wrn_replay_state state = WRN_REPLAY_GOING;
    while (calls-- > 0 && state == WRN_REPLAY_GOING)
        state = wrn_replay_step(player->replay);
    return state;
}

void player_end(struct player *player)
{
    wrn_replay_end(player->replay);
    free(player->toy.keys);
}

int player_exit(enum wrn_replay_state state)
{
    switch (state) {
    case WRN_REPLAY_DIFFERS:
        return 1;
    case WRN_REPLAY_BAD:
        return 2;
    case WRN_REPLAY_NO_MEMORY:
    case WRN_REPLAY_NO_PROVIDER:
        return 3;
    default:
        return 0;
    }
}

void player_value(char out[80], enum wrn_replay_kind kind, const struct wrn_replay_value *value)
{
    unsigned number = value->number > UINT8_MAX ? UINT8_MAX : (unsigned)value->number;
    switch (kind) {
    case WRN_REPLAY_VERDICT:
        snprintf(out, 80, "%s", wrn_verdict_name(number));
        break;
    case WRN_REPLAY_REASON:
        snprintf(out, 80, "%s", wrn_reason_name(number));
        break;
    case WRN_REPLAY_STATUS:
        snprintf(out, 80, "%s", wrn_status_name(number));
        break;
    case WRN_REPLAY_TIME:
        if (value->number == WRN_NEVER)
            snprintf(out, 80, "never");
        else
            snprintf(out, 80, "%" PRIu64 ".%09" PRIu64 " s", value->number / WRN_SECOND, value->number % WRN_SECOND);
        break;
    case WRN_REPLAY_BYTES:
        for (uint32_t i = 0; i < value->length && i < 32; i++)
            snprintf(out + 2 * (size_t)i, 3, "%02x", value->bytes[i]);
        break;
    default:
        snprintf(out, 80, "%" PRIu64, value->number);
    }
}

static void print_difference(FILE *out, const struct wrn_replay_report *report)
{
    char expected[80] = "", actual[80] = "";
    player_value(expected, report->kind, &report->expected);
    player_value(actual, report->kind, &report->actual);
    fprintf(out, "call %" PRIu64 " differs: %s of engine '%s' at its time %" PRIu64 ".%09" PRIu64 " s", report->calls,
            report->function, report->engine_name, report->now / WRN_SECOND, report->now % WRN_SECOND);
    if (report->index != UINT32_MAX)
        fprintf(out, ", number %u", report->index);
    fprintf(out, ": %s: %s in the recording, %s here", report->what, expected, actual);
}

void player_print(FILE *out, const char *name, const struct wrn_replay_report *report)
{
    fprintf(out, "%s: ", name);
    switch (report->state) {
    case WRN_REPLAY_DIFFERS:
        print_difference(out, report);
        return;
    case WRN_REPLAY_BAD:
        fprintf(out, "byte %" PRIu64 ": %s; %s", report->at, report->what, report->right);
        if (report->calls)
            fprintf(out, " (the %" PRIu64 " calls before it are equal)", report->calls);
        return;
    case WRN_REPLAY_NO_MEMORY:
        fprintf(out, "call %" PRIu64 " needs %zu bytes of memory; a machine with more, or a higher limit", report->calls,
                report->needed);
        return;
    case WRN_REPLAY_NO_PROVIDER:
        fprintf(out, "engine '%s' computes with '%s', which is not here; a recording with the provider real or toy",
                report->engine_name, report->what);
        return;
    default:
        fprintf(out, "%" PRIu64 " calls of %" PRIu32 " engines, %" PRIu64 " digests: all equal", report->calls, report->engines,
                report->digests);
        if (report->state == WRN_REPLAY_CUT)
            fprintf(out, "; no end mark: the host was stopped");
    }
}
