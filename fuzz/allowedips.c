/*
 * allowedips: prefixes of both families come, move and go, against a plain list of them (trie).
 *
 * Input: version 0, room (1 to 24 prefixes), then operations of 8 bytes, 96 at most: what, owner (0 to 3), length, five of
 * address. An address is IPv4, IPv6 with the bytes far apart, or IPv4 mapped into IPv6, by the top bits of the owner's byte.
 *
 *   0 to 2  insert    3  remove    4  remove an owner    5  look up    6  look up a prefix    7  go on in a larger copy
 *
 * Oracles:
 *   trie-insert   room was refused or found against the rule, or the owner before is another (P-110)
 *   trie-remove   removed what the owner does not have, or did not remove what it has (P-113)
 *   trie-lookup   another owner than that of the longest prefix
 *   trie-exact    another owner than the prefix has
 *   trie-list     an owner's list has not each of its prefixes once, masked, in order of insertion
 *   trie-count    another number of prefixes
 *   trie-nodes    another number of nodes than these prefixes need, in whatever order they came (G-62)
 */
#include "fuzz.h"
#include "trie.h"
#include "whole.h"

#include <string.h>

enum { OPERATIONS = 96, OWNERS = 4, ROOM = 24, GROWN = 48 };

/* The upper bits of a prefix, the rest zeros; IPv4 stands in the upper 32 of `high`. */
struct key { uint64_t high, low; };

struct entry {
    struct key key;
    uint32_t owner;
    struct wrn_prefix masked;
};

/* A prefix among all others, for the order that a dictionary has: who begins like another comes behind it. */
struct word { struct key key; uint8_t family, length; };

static struct {
    struct entry entry[GROWN]; /* in order of insertion */
    struct word word[GROWN];   /* sorted */
    unsigned count, room;
} list;

static uint64_t load64(const uint8_t *from)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < 8; i++)
        word = word << 8 | from[i];
    return word;
}

static struct key whole(uint8_t family, const uint8_t *address)
{
    if (family == 4)
        return (struct key){(uint64_t)address[0] << 56 | (uint64_t)address[1] << 48 | (uint64_t)address[2] << 40 |
                                (uint64_t)address[3] << 32, 0};
    return (struct key){load64(address), load64(address + 8)};
}

/* What is not among the first `length` bits becomes zero. */
static struct key cut(struct key key, unsigned length)
{
    if (length < 64)
        return (struct key){length ? key.high & UINT64_MAX << (64 - length) : 0, 0};
    return (struct key){key.high, length > 64 ? key.low & UINT64_MAX << (128 - length) : 0};
}

static bool same(struct key a, struct key b) { return a.high == b.high && a.low == b.low; }

/* How many leading bits are the same, at most `most`. */
static unsigned common(struct key a, struct key b, unsigned most)
{
    unsigned bits = 128;
    if (a.high != b.high)
        bits = (unsigned)__builtin_clzll(a.high ^ b.high);
    else if (a.low != b.low)
        bits = 64 + (unsigned)__builtin_clzll(a.low ^ b.low);
    return bits < most ? bits : most;
}

static struct key key_of(const struct wrn_prefix *prefix)
{
    return cut(whole(prefix->family, prefix->address), prefix->length);
}

static unsigned find(const struct wrn_prefix *prefix)
{
    struct key key = key_of(prefix);
    unsigned   at = 0;
    while (at < list.count && !(same(list.entry[at].key, key) && list.entry[at].masked.length == prefix->length &&
                                list.entry[at].masked.family == prefix->family))
        at++;
    return at;
}

static bool before(const struct word *a, const struct word *b)
{
    if (a->family != b->family)
        return a->family < b->family;
    if (!same(a->key, b->key))
        return a->key.high != b->key.high ? a->key.high < b->key.high : a->key.low < b->key.low;
    return a->length < b->length;
}

/* The place of a word: of the first that does not come before it. */
static unsigned place_of(const struct word *word, unsigned count)
{
    unsigned at = 0;
    while (at < count && before(&list.word[at], word))
        at++;
    return at;
}

static struct word word_of(const struct entry *entry)
{
    return (struct word){entry->key, entry->masked.family, entry->masked.length};
}

static void take_out(unsigned at)
{
    struct word word = word_of(&list.entry[at]);
    unsigned    from = place_of(&word, list.count);
    list.count--;
    memmove(&list.entry[at], &list.entry[at + 1], (list.count - at) * sizeof list.entry[0]);
    memmove(&list.word[from], &list.word[from + 1], (list.count - from) * sizeof list.word[0]);
}

static struct wrn_prefix masked(const struct wrn_prefix *prefix)
{
    struct wrn_prefix out = {.family = prefix->family, .length = prefix->length};
    unsigned bytes = prefix->length / 8, rest = prefix->length % 8;
    memcpy(out.address, prefix->address, bytes);
    if (rest)
        out.address[bytes] = (uint8_t)(prefix->address[bytes] & 0xff00 >> rest);
    return out;
}

static void put_in(const struct wrn_prefix *prefix, uint32_t owner)
{
    struct entry *entry = &list.entry[list.count];
    *entry = (struct entry){key_of(prefix), owner, masked(prefix)};
    struct word word = word_of(entry);
    unsigned    at = place_of(&word, list.count);
    memmove(&list.word[at + 1], &list.word[at], (list.count - at) * sizeof list.word[0]);
    list.word[at] = word;
    list.count++;
}

static uint32_t longest(uint8_t family, const uint8_t *address)
{
    struct key key = whole(family, address);
    uint32_t   owner = UINT32_MAX;
    int        best = -1;
    for (const struct entry *one = list.entry; one < list.entry + list.count; one++)
        if (one->masked.family == family && one->masked.length > best && same(cut(key, one->masked.length), one->key)) {
            best = one->masked.length;
            owner = one->owner;
        }
    return owner;
}

/* A node for each prefix, and one for each place where two part ways that is no prefix itself. In the order of a dictionary these
 * are the places where two neighbours do, and which of them are there already is known by those that the last word begins with. */
static unsigned nodes_needed(void)
{
    uint8_t  above[2 * GROWN + 1]; /* lengths of the nodes that the last word begins with, itself too */
    unsigned depth = 0, count = 0;
    for (const struct word *one = list.word; one < list.word + list.count; one++) {
        if (one > list.word && one[-1].family == one->family) {
            unsigned fork = common(one[-1].key, one->key, one[-1].length < one->length ? one[-1].length : one->length);
            while (depth && above[depth - 1] > fork)
                depth--;
            if (!depth || above[depth - 1] < fork) {
                above[depth++] = (uint8_t)fork;
                count++;
            }
        } else {
            depth = 0;
        }
        above[depth++] = one->length;
        count++;
    }
    return count;
}

static void judge_numbers(const struct wrni_trie *trie)
{
    FUZZ_CHECK(wrni_trie_count(trie) == list.count, "trie-count", "%u for %u", wrni_trie_count(trie), list.count);
    FUZZ_CHECK(wrni_trie_capacity(trie) == list.room, "trie-count", "room for %u", wrni_trie_capacity(trie));
    unsigned needed = nodes_needed();
    FUZZ_CHECK(wrni_trie_nodes(trie) == needed, "trie-nodes", "%u for %u", wrni_trie_nodes(trie), needed);
}

/* The lists of all owners, side by side. */
static void judge(const struct wrni_trie *trie)
{
    uint32_t node[OWNERS];
    judge_numbers(trie);
    for (uint32_t owner = 0; owner < OWNERS; owner++)
        node[owner] = wrni_trie_first(trie, owner);
    for (const struct entry *one = list.entry; one < list.entry + list.count; one++) {
        struct wrn_prefix got;
        uint32_t          owner = one->owner;
        FUZZ_CHECK(node[owner] != WRNI_NONE && wrni_trie_owned(trie, node[owner], owner), "trie-list", "owner %u ends early",
                   owner);
        memset(&got, 0xaa, sizeof got);
        wrni_trie_prefix(trie, node[owner], &got);
        FUZZ_CHECK(fuzz_same(&got, &one->masked, sizeof got), "trie-list", "owner %u has /%u for /%u", owner, got.length,
                   one->masked.length);
        node[owner] = wrni_trie_next(trie, node[owner]);
    }
    for (uint32_t owner = 0; owner < OWNERS; owner++)
        FUZZ_CHECK(node[owner] == WRNI_NONE, "trie-list", "owner %u goes on", owner);
}

static void insert(struct wrni_trie *trie, const struct wrn_prefix *prefix, uint32_t owner)
{
    uint32_t previous = 0;
    unsigned at = find(prefix);
    bool old = at < list.count, done = wrni_trie_insert(trie, prefix, owner, &previous);

    FUZZ_CHECK(done == (old || list.count < list.room), "trie-insert", "%d with %u of %u", done, list.count, list.room);
    FUZZ_CHECK(previous == (old ? list.entry[at].owner : WRNI_NONE), "trie-insert", "was of %u", previous);
    if (!done)
        return;
    if (old)
        take_out(at);
    put_in(prefix, owner);
}

static void remove_one(struct wrni_trie *trie, const struct wrn_prefix *prefix, uint32_t owner)
{
    unsigned at = find(prefix);
    bool right = at < list.count && list.entry[at].owner == owner, done = wrni_trie_remove(trie, prefix, owner);
    FUZZ_CHECK(done == right, "trie-remove", "%d of owner %u", done, owner);
    if (right)
        take_out(at);
}

static void remove_owner(struct wrni_trie *trie, uint32_t owner)
{
    wrni_trie_remove_owner(trie, owner);
    for (unsigned i = list.count; i-- > 0;)
        if (list.entry[i].owner == owner)
            take_out(i);
}

static void look_up(const struct wrni_trie *trie, const struct wrn_prefix *prefix)
{
    static uint8_t *exact[2]; /* rooms of exactly an address of each family */
    uint8_t       **of = &exact[prefix->family == 6];
    size_t          size = prefix->family == 4 ? 4 : 16;
    if (!*of)
        *of = fuzz_room(size);
    memcpy(*of, prefix->address, size);
    uint32_t owner = wrni_trie_lookup(trie, prefix->family, *of), right = longest(prefix->family, *of);
    FUZZ_CHECK(owner == right, "trie-lookup", "owner %u for %u", owner, right);
}

static struct wrni_trie *fresh(unsigned room)
{
    size_t size = wrni_trie_size(room, OWNERS);
    struct wrni_trie *trie = fuzz_room(size);
    memset((void *)trie, 0xaa, size);
    wrni_trie_init(trie, room, OWNERS);
    return trie;
}

static struct wrn_prefix prefix_of(uint8_t kind, uint8_t length, const uint8_t a[5])
{
    struct wrn_prefix prefix = {.family = kind & 64 ? 6 : 4};
    if (prefix.family == 4) {
        memcpy(prefix.address, a, 4);
        prefix.length = length % 33;
    } else if (kind & 128) {
        prefix.address[10] = prefix.address[11] = 0xff;
        memcpy(prefix.address + 12, a, 4);
        prefix.length = length % 129;
    } else {
        prefix.address[0] = a[0];
        prefix.address[7] = a[1];
        prefix.address[8] = a[2];
        prefix.address[14] = a[3];
        prefix.address[15] = a[4];
        prefix.length = length % 129;
    }
    return prefix;
}

static struct wrni_trie *perform(struct wrni_trie *trie, struct fuzz_bytes *bytes)
{
    uint8_t raw[8];
    fuzz_fill(bytes, raw, sizeof raw);
    struct wrn_prefix prefix = prefix_of(raw[1], raw[2], raw + 3);
    uint32_t owner = raw[1] % OWNERS;
    switch (raw[0] % 8) {
    case 3:
        remove_one(trie, &prefix, owner);
        break;
    case 4:
        remove_owner(trie, owner);
        break;
    case 5:
        look_up(trie, &prefix);
        break;
    case 6: {
        unsigned at = find(&prefix);
        uint32_t got = wrni_trie_exact(trie, &prefix), right = at < list.count ? list.entry[at].owner : WRNI_NONE;
        FUZZ_CHECK(got == right, "trie-exact", "owner %u for %u", got, right);
        break;
    }
    case 7: {
        if (list.room < ROOM)
            list.room += raw[2] % (GROWN - ROOM);
        struct wrni_trie *larger = fresh(list.room);
        wrni_trie_copy(larger, trie);
        fuzz_free(trie);
        trie = larger;
        break;
    }
    default:
        insert(trie, &prefix, owner);
    }
    look_up(trie, &prefix);
    return trie;
}

/* A prefix of each length: what differs before its end is outside, what differs behind it is inside, and it is told masked. */
static void judge_lengths(void)
{
    for (unsigned i = 0; i <= 32 + 1 + 128; i++) {
        struct wrni_trie *trie = fresh(1);
        struct wrn_prefix prefix = {.family = i <= 32 ? 4 : 6, .length = (uint8_t)(i <= 32 ? i : i - 33)}, told, right;
        unsigned          length = prefix.length, bits = prefix.family == 4 ? 32 : 128;
        memset(prefix.address, 0xff, bits / 8);
        FUZZ_CHECK(wrni_trie_insert(trie, &prefix, 0, NULL), "trie-insert", "one of %u bits is refused", length);
        wrni_trie_prefix(trie, wrni_trie_first(trie, 0), &told);
        right = masked(&prefix);
        FUZZ_CHECK(!memcmp(&told, &right, sizeof told), "trie-list", "one of %u bits is told as another", length);
        for (unsigned bit = 0; bit < bits; bit++) {
            uint8_t address[16];
            memcpy(address, prefix.address, sizeof address);
            address[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
            FUZZ_CHECK((wrni_trie_lookup(trie, prefix.family, address) == 0) == (bit >= length), "trie-lookup", "bit %u of %u", bit,
                       length);
        }
        fuzz_free(trie);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool       lengths;
    struct fuzz_bytes bytes = {data, size};
    (void)fuzz_u8(&bytes);
    if (!lengths)
        judge_lengths();
    lengths = true;
    list.count = 0;
    list.room = 1 + fuzz_pick(&bytes, ROOM);
    struct wrni_trie *trie = fresh(list.room);

    for (unsigned i = 0; i < OPERATIONS && bytes.left; i++) {
        trie = perform(trie, &bytes);
        if (i % 8 == 0 && bytes.left)
            judge(trie);
        else
            judge_numbers(trie);
    }
    judge(trie);
    for (uint32_t owner = 0; owner < OWNERS; owner++)
        remove_owner(trie, owner);
    judge(trie);
    fuzz_free(trie);
    return 0;
}
