/*
 * ratelimit_cookie: who may make us work: load, cookies, and tokens of sources (gate, cookie and bucket), and the jar that keeps
 * what others make us show.
 *
 * Input: version 0, capacity of the table of sources, rate, burst, where time begins; then operations of 6 bytes, 64 at most:
 * what, source, 32 bits of argument.
 *
 *   0..3  a message of this source: no mac2, by its cookie, its cookie before that, that of another source, or a spoilt one
 *   4  time  5  time to an edge  6  the host says: loaded  7  load is looked at  8  a message of ours  9  a cookie for it
 *   10  the table grows  11  a source asks for a token; by a highest byte 0x80 as many others as the table has places
 *
 * Addresses are few: IPv4 ones with two ports each, and IPv6 ones, some of one /64. Oracles:
 *   ratelimit-load     under load, or not, otherwise than the bucket of messages says (P-39, 1 s after the last refusal)
 *   ratelimit-passage  a message gets another answer than load, mac2 and token say (P-40)
 *   ratelimit-token    a source gets a token, or none, otherwise than 20 in a second and 5 at once say (P-41)
 *   ratelimit-table    more sources are kept than there is room for, or others (P-42)
 *   ratelimit-crowd    a large table refuses while it is half empty, or keeps less than five sixths when it is full
 *   ratelimit-reply    a cookie reply does not open for the message that it answers (P-32)
 *   ratelimit-cookie   a source has another cookie under the same secret, or the same under the next, or that of another (P-30,
 * P-31) ratelimit-jar      a cookie is kept or used when it must not be, or not when it must (P-34, P-36) ratelimit-mac      mac1
 * or mac2 of ours is not what the rules make it (P-28)
 */
#include "crypto.h"
#include "fuzz.h"
#include "gate.h"
#include "straight.h"
#include "whole.h"
#include "wire.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { OPERATIONS = 64, SOURCES = 16, MEMORY = 16384, TABLE = 256, WINS = 2, CROWDS = 2 };
enum { CROWD = 256, NAMES = SOURCES / 2 + 8 * CROWD }; /* sources: two places each, then those of crowds */

/* A bucket as the rules have it: what it holds, in ns. */
struct bucket { uint64_t holds; wrn_time last; };

/* One source: an IPv4 address, or the upper half of an IPv6 address; by its number (below). */
static struct { bool there; struct bucket bucket; } table[NAMES];

/* A cookie that a source was given, and under which secret. */
struct won { bool there; unsigned secret; uint8_t cookie[16]; };

static struct {
    wrn_time now, born, loaded_until;
    uint32_t rate, burst, capacity;
    bool     loaded, drawn;
    unsigned secret; /* number of it */
    struct bucket load;
    wrn_time      lived; /* when it was looked which are over */
    unsigned      entries, crowds;
    struct won    won[SOURCES][WINS];
    uint32_t      serial;
    /* the jar's side */
    bool     has_mac1, has_cookie;
    wrn_time cookie_at;
    uint8_t  mac1[16], cookie[16], reply[64];
} w;

static uint16_t entry[TABLE]; /* the sources that are in the table, in the order in which they came */

static struct wrni_gate           gate;
static struct wrni_jar            jar;
static struct wrni_identity       us;
static const struct wrni_provider provider = {&fuzz_crypto, NULL};
static _Alignas(8) uint8_t        tables[2][MEMORY];
static unsigned                   grown; /* the table that is in use */
static uint8_t                    them[32]; /* the public key of whom the jar is about */
static uint8_t                    seed[32]; /* of the gate's secrets */
static struct wrn_endpoint        places[SOURCES];

static struct wrni_sources *sources(void) { return (struct wrni_sources *)(void *)tables[grown]; }

/* Rules. --------------------------------------------------------------------------------------------------------------------- */

static void fill(struct bucket *bucket, uint64_t most)
{
    uint64_t passed = w.now > bucket->last ? w.now - bucket->last : 0;
    bucket->last += passed;
    bucket->holds = passed >= most || bucket->holds + passed > most ? most : bucket->holds + passed;
}

static bool take(struct bucket *bucket, uint64_t price, uint64_t most)
{
    fill(bucket, most);
    if (bucket->holds < price)
        return false;
    bucket->holds -= price;
    return true;
}

static bool passed(wrn_time since, uint64_t span) { return w.now >= since && w.now - since >= span; }

/* P-39: a message more than the rate allows is load, for a second. */
static void count_message(void)
{
    uint64_t price = w.rate ? WRN_SECOND / w.rate : UINT64_MAX;
    if (w.burst && take(&w.load, price, w.rate ? price * w.burst : 0))
        return;
    w.loaded = true;
    w.loaded_until = w.now + WRN_SECOND;
}

/* P-31: at its first use when it is 120 s old. */
static void use_secret(void)
{
    if (w.drawn && !(w.now > w.born && passed(w.born, 120 * WRN_SECOND)))
        return;
    w.drawn = true;
    w.born = w.now;
    w.secret++;
}

/* Only time takes sources out. */
static unsigned live(void)
{
    unsigned count = 0;
    if (w.lived == w.now)
        return w.entries;
    for (unsigned i = 0; i < w.entries; i++)
        if (passed(table[entry[i]].bucket.last, WRN_SECOND))
            table[entry[i]].there = false;
        else
            entry[count++] = entry[i];
    w.lived = w.now;
    w.entries = count;
    return count;
}

static void forget_newest(void) { table[entry[--w.entries]].there = false; }

/* P-41, P-42. Beyond 64 places a table may be full for a source before it is full, but not before it is half full: its places are
 * searched from one that the address decides. */
static bool may_pass(unsigned name, bool *unsure)
{
    unsigned count = live();
    *unsure = false;
    if (!table[name].there) {
        if (count == w.capacity)
            return false;
        *unsure = count >= 64 && count >= w.capacity / 2;
        table[name].there = true;
        table[name].bucket = (struct bucket){250 * WRN_MILLISECOND, w.now};
        entry[w.entries++] = (uint16_t)name;
    }
    return take(&table[name].bucket, 50 * WRN_MILLISECOND, 250 * WRN_MILLISECOND);
}

/* Two ports of an address are one source, and so are two addresses of a /64: each two that follow each other. */
static unsigned name_of(unsigned source) { return source / 2; }

/* Messages of others. -------------------------------------------------------------------------------------------------------- */

enum proof { NONE, OWN, BEFORE, OTHERS, SPOILT, PROOFS };

struct message { uint8_t bytes[FUZZ_INITIATION]; size_t length; enum wrni_kind kind; bool right, proves; };

/* From that source, with that in the place of mac2; and whether it is right. */
static void make(struct message *message, unsigned source, enum proof proof, uint32_t argument)
{
    const struct won *won =
        &w.won[proof == OTHERS ? (source + 1 + argument / 64 % (SOURCES - 1)) % SOURCES : source][proof == BEFORE];
    message->kind = argument & 32 ? WRNI_RESPONSE : WRNI_INITIATION;
    message->length = message->kind == WRNI_INITIATION ? FUZZ_INITIATION : FUZZ_RESPONSE;
    memset(message->bytes, 0, sizeof message->bytes);
    message->bytes[0] = (uint8_t)message->kind;
    fuzz_put32(message->bytes + 4, argument);
    fuzz_put32(message->bytes + 12, w.serial++);
    message->proves = proof != NONE && won->there;
    fuzz_macs(message->bytes, message->length, us.public_key, message->proves ? won->cookie : NULL);
    if (proof == SPOILT)
        message->bytes[message->length - 1 - argument / 64 % 16] ^= (uint8_t)(1u << argument / 1024 % 8);
    message->proves |= proof == SPOILT;
    message->right = false;
    if (message->proves && w.loaded) {
        use_secret();
        message->right = (proof == OWN || proof == BEFORE) && won->there && won->secret == w.secret;
    }
}

static void take_reply(const struct message *message, unsigned source)
{
    uint8_t reply[FUZZ_COOKIE], cookie[16];
    wrni_cookie_reply(provider, &gate.checker, &us, message->kind, message->bytes, &places[source], w.now, reply);
    use_secret();
    FUZZ_CHECK(fuzz_get32(reply) == 3 && fuzz_get32(reply + 4) == fuzz_get32(message->bytes + 4) &&
                   fuzz_open_cookie(reply, us.public_key, message->bytes + message->length - 32, cookie), "ratelimit-reply",
               "it does not open");
    struct won *won = w.won[source];
    for (unsigned i = 0; i < SOURCES; i++) {
        bool same = w.won[i][0].there && fuzz_same(w.won[i][0].cookie, cookie, 16);
        bool should = i == source && w.won[i][0].there && w.won[i][0].secret == w.secret;
        FUZZ_CHECK(same == should, "ratelimit-cookie", "source %u has %s cookie that %u had", source, same ? "the" : "not the",
                   i);
    }
    if (won[0].there && won[0].secret != w.secret)
        won[1] = won[0];
    won[0] = (struct won){.there = true, .secret = w.secret};
    memcpy(won[0].cookie, cookie, 16);
}

static void check_load(void)
{
    if (w.loaded && w.now >= w.loaded_until)
        w.loaded = false;
    bool was = gate.loaded, changed = wrni_gate_settle(&gate, w.now);
    FUZZ_CHECK(changed == (was != gate.loaded) && gate.loaded == w.loaded, "ratelimit-load", "%sloaded, %s told",
               gate.loaded ? "" : "not ", changed ? "and" : "not");
}

static void ask(unsigned source, enum proof proof, uint32_t argument)
{
    static const char *const names[] = {"free", "cookie", "denied"};
    struct message           message;
    bool                     unsure = false;
    enum wrni_passage        right = WRNI_PASSAGE_FREE;

    check_load();
    count_message();
    make(&message, source, proof, argument);
    if (w.loaded && !message.right)
        right = WRNI_PASSAGE_COOKIE;
    else if (w.loaded && !may_pass(name_of(source), &unsure))
        right = WRNI_PASSAGE_DENIED;
    enum wrni_passage passage =
        wrni_gate_pass(&gate, provider, sources(), message.kind, message.bytes, &places[source], w.now);
    if (unsure && passage == WRNI_PASSAGE_DENIED)
        forget_newest();
    else
        FUZZ_CHECK(passage == right, "ratelimit-passage", "%s, not %s", names[passage], names[right]);
    FUZZ_CHECK(gate.loaded == w.loaded, "ratelimit-load", "%sloaded", gate.loaded ? "" : "not ");
    if (passage == WRNI_PASSAGE_COOKIE)
        take_reply(&message, source);
}

static void ask_token(unsigned name, const struct wrn_endpoint *from)
{
    bool unsure, right = may_pass(name, &unsure), got = wrni_sources_allow(sources(), from, w.now);
    if (unsure && !got)
        forget_newest();
    else
        FUZZ_CHECK(got == right, "ratelimit-token", "source %u:%u:%u gets %s", from->address[3], from->address[6],
                   from->address[7], got ? "one" : "none");
}

/* As many strangers as there are places, and a few. Not often in one input: the engine looks through many places for each. */
static void crowd(unsigned number)
{
    struct wrn_endpoint from = {.address = {0x20, 2, [6] = (uint8_t)(number % 8)}, .family = 6};
    if (w.crowds++ == CROWDS)
        return;
    for (unsigned i = 0; i < w.capacity + 8; i++) {
        from.address[7] = (uint8_t)i;
        ask_token(SOURCES / 2 + number % 8 * CROWD + i, &from);
    }
    unsigned kept = live();
    FUZZ_CHECK(6 * kept >= 5 * w.capacity, "ratelimit-crowd", "%u sources of %u are kept", kept, w.capacity);
}

/* Messages of ours. ---------------------------------------------------------------------------------------------------------- */

static bool cookie_good(void) { return w.has_cookie && !passed(w.cookie_at, 115 * WRN_SECOND); }

static void stamp(uint32_t argument)
{
    uint8_t message[FUZZ_INITIATION] = {argument & 1 ? 2 : 1}, right[FUZZ_INITIATION], key[32];
    size_t  length = argument & 1 ? FUZZ_RESPONSE : FUZZ_INITIATION;
    fuzz_put32(message + 4, w.serial++);
    memcpy(right, message, sizeof right);
    fuzz_macs(right, length, them, cookie_good() ? w.cookie : NULL);
    memset(message + length - 32, 0xa5, 32); /* both macs are written whole, zeros too */
    wrni_mac1_key(provider, them, key);
    wrni_cookie_stamp(provider, &jar, key, argument & 1 ? WRNI_RESPONSE : WRNI_INITIATION, message, w.now);
    FUZZ_CHECK(fuzz_same(message, right, sizeof right), "ratelimit-mac", "%s a cookie", cookie_good() ? "with" : "without");
    memcpy(w.mac1, right + length - 32, 16);
    w.has_mac1 = true;
}

/* The reply to the newest message, the same again, or a spoilt one. */
static void give_cookie(uint32_t argument)
{
    uint8_t bytes[32], nonce[32], key[32], opened[16];
    bool    again = argument & 1, spoilt = argument & 2;
    fuzz_entropy(argument / 4 % 8, nonce);
    fuzz_entropy(10 + argument / 32 % 8, bytes);
    if (!again)
        fuzz_seal_cookie(w.reply, 1, them, nonce, bytes, w.mac1);
    if (spoilt)
        w.reply[8 + argument / 256 % 56] ^= 1;
    wrni_cookie_key(provider, them, key);
    bool right = w.has_mac1 && fuzz_open_cookie(w.reply, them, w.mac1, opened);
    FUZZ_CHECK(wrni_cookie_consume(provider, &jar, key, w.reply, w.now) == right, "ratelimit-jar", "%s",
               right ? "a cookie is not taken" : "what must not be taken is");
    if (!right)
        return;
    memcpy(w.cookie, opened, 16);
    w.cookie_at = w.now;
    w.has_cookie = true;
    w.has_mac1 = false;
}

/* Time. ---------------------------------------------------------------------------------------------------------------------- */

static void pass_time(uint32_t argument)
{
    static const uint64_t units[] = {1, WRN_MILLISECOND / 100, WRN_MILLISECOND, WRN_SECOND / 10, WRN_SECOND, 60 * WRN_SECOND};
    uint64_t step = units[argument % 6] * (argument / 8 % 1024);
    w.now = step < WRN_NEVER - 2 * WRN_SECOND - w.now ? w.now + step : w.now;
}

static void go_to_edge(uint32_t argument)
{
    const wrn_time edges[] = {w.born + 120 * WRN_SECOND,
                              w.cookie_at + 115 * WRN_SECOND,
                              w.loaded_until,
                              w.now + 50 * WRN_MILLISECOND,
                              w.now + WRN_SECOND,
                              w.entries ? table[entry[argument / 64 % w.entries]].bucket.last + WRN_SECOND : w.now};
    wrn_time       to = edges[argument % 6] + (argument / 8 & 3) % 3 - 1;
    if (to > w.now && to < WRN_NEVER - 2 * WRN_SECOND)
        w.now = to;
}

static const uint32_t capacities[] = {1, 2, 3, 5, 8, 16, 64, 200};

/* Into the next larger table: nothing is forgotten. */
static void grow(void)
{
    unsigned at = 0;
    while (capacities[at] <= w.capacity && at + 1 < sizeof capacities / sizeof capacities[0])
        at++;
    const struct wrni_sources *from = sources();
    w.capacity = capacities[at];
    grown ^= 1;
    wrni_sources_init(sources(), w.capacity, 0);
    wrni_sources_copy(sources(), from);
}

static void perform(struct fuzz_bytes *bytes)
{
    unsigned what = fuzz_pick(bytes, 12), source = fuzz_u8(bytes) % SOURCES;
    uint32_t argument = fuzz_u32(bytes);
    switch (what) {
    case 4: pass_time(argument); break;
    case 5: go_to_edge(argument); break;
    case 6:
        wrni_gate_report(&gate, w.now);
        w.loaded = true;
        w.loaded_until = w.now + WRN_SECOND;
        break;
    case 7: check_load(); break;
    case 8: stamp(argument); break;
    case 9: give_cookie(argument); break;
    case 10: grow(); break;
    case 11:
        if (argument >> 24 == 0x80)
            crowd(source);
        else
            ask_token(name_of(source), &places[source]);
        break;
    default: ask(source, (enum proof)(argument % PROOFS), argument);
    }
    if (what >= 6 && what <= 9) /* neither time nor the table of sources is theirs to change */
        return;
    unsigned kept = wrni_sources_live(sources(), w.now), right = live();
    FUZZ_CHECK(kept == right && right <= w.capacity, "ratelimit-table", "%u sources are kept, not %u", kept, right);
}

static void prepare(void)
{
    uint8_t secret[32];
    if (sodium_init() < 0)
        abort();
    fuzz_entropy(1, secret);
    wrni_identity_set((struct wrni_provider){&fuzz_crypto, NULL}, &us, secret);
    fuzz_entropy(2, secret);
    fuzz_public(them, secret);
    fuzz_entropy(3, seed);
    for (unsigned i = 0; i < SOURCES; i++) {
        struct wrn_endpoint *place = &places[i];
        if (i < SOURCES / 2)
            *place = (struct wrn_endpoint){.address = {192, 0, 2, (uint8_t)(i / 2)}, .port = (uint16_t)(i & 1), .family = 4};
        else
            *place =
                (struct wrn_endpoint){.address = {0x20, 1, 0xd, 0xb8, [7] = (uint8_t)(i / 2), [15] = (uint8_t)i}, .family = 6};
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const wrn_time starts[] = {0, WRN_SECOND, UINT64_C(1) << 63, WRN_NEVER - 1000 * WRN_SECOND};
    static const uint32_t rates[] = {0, 1, 20, 1000, 1000000007, UINT32_MAX};
    struct fuzz_bytes     bytes = {data, size};
    if (!us.present)
        prepare();
    while (w.entries)
        forget_newest();
    memset(&w, 0, sizeof w);
    memset(&jar, 0, sizeof jar);
    grown = 0;
    (void)fuzz_u8(&bytes);
    w.capacity = capacities[fuzz_pick(&bytes, 8)];
    w.rate = rates[fuzz_pick(&bytes, 6)];
    w.burst = fuzz_pick(&bytes, 8);
    w.now = starts[fuzz_pick(&bytes, 4)];
    FUZZ_CHECK(wrni_sources_size(w.capacity) <= MEMORY, "snapshot", "the table of sources fits its memory");
    wrni_sources_init(sources(), w.capacity, 12345);
    wrni_gate_init(&gate, seed, w.rate, w.burst, w.now);
    w.load = (struct bucket){w.rate ? WRN_SECOND / w.rate * w.burst : 0, w.now};
    for (unsigned i = 0; i < OPERATIONS && bytes.left; i++)
        perform(&bytes);
    return 0;
}
