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

#include <string.h>

enum { OPERATIONS = 96, OWNERS = 4, ROOM = 24, GROWN = 48 };

struct entry {
    struct wrn_prefix prefix;
    uint32_t owner;
};

static struct {
    struct entry entry[GROWN];
    unsigned count, room;
} list; /* in order of insertion */

/* How many leading bits are the same, at most `most`. */
static unsigned common(const uint8_t *a, const uint8_t *b, unsigned most)
{
    unsigned same = 0;
    while (same + 8 <= most && a[same / 8] == b[same / 8])
        same += 8;
    if (same < most)
        same += (unsigned)__builtin_clz((unsigned)(a[same / 8] ^ b[same / 8]) << 24 | 1u << 16);
    return same < most ? same : most;
}

static bool equal(const struct wrn_prefix *a, const struct wrn_prefix *b)
{
    return a->family == b->family && a->length == b->length && common(a->address, b->address, a->length) == a->length;
}

static unsigned find(const struct wrn_prefix *prefix)
{
    for (unsigned i = 0; i < list.count; i++)
        if (equal(&list.entry[i].prefix, prefix))
            return i;
    return list.count;
}

static void take_out(unsigned at)
{
    list.count--;
    memmove(&list.entry[at], &list.entry[at + 1], (list.count - at) * sizeof list.entry[0]);
}

static uint32_t longest(uint8_t family, const uint8_t *address)
{
    uint32_t owner = UINT32_MAX;
    int best = -1;
    for (unsigned i = 0; i < list.count; i++) {
        const struct wrn_prefix *prefix = &list.entry[i].prefix;
        if (prefix->family == family && prefix->length > best &&
            common(prefix->address, address, prefix->length) == prefix->length) {
            best = prefix->length;
            owner = list.entry[i].owner;
        }
    }
    return owner;
}

static struct wrn_prefix masked(const struct wrn_prefix *prefix)
{
    struct wrn_prefix out = {.family = prefix->family, .length = prefix->length};
    unsigned whole = prefix->length / 8, rest = prefix->length % 8;
    memcpy(out.address, prefix->address, whole);
    if (rest)
        out.address[whole] = (uint8_t)(prefix->address[whole] & 0xff00 >> rest);
    return out;
}

/* A node for each prefix, and one for each place where two part ways that is no prefix itself. */
static unsigned nodes_needed(void)
{
    struct wrn_prefix node[2 * GROWN];
    unsigned count = 0;
    for (unsigned i = 0; i < list.count; i++)
        node[count++] = list.entry[i].prefix;
    for (unsigned i = 0; i < list.count; i++)
        for (unsigned j = i + 1; j < list.count; j++) {
            const struct wrn_prefix *a = &list.entry[i].prefix, *b = &list.entry[j].prefix;
            struct wrn_prefix fork = *a;
            unsigned known = 0;
            if (a->family != b->family)
                continue;
            fork.length = (uint8_t)common(a->address, b->address, a->length < b->length ? a->length : b->length);
            while (known < count && !equal(&node[known], &fork))
                known++;
            if (known == count)
                node[count++] = fork;
        }
    return count;
}

static void judge_list(const struct wrni_trie *trie, uint32_t owner)
{
    uint32_t node = wrni_trie_first(trie, owner);
    for (unsigned i = 0; i < list.count; i++) {
        if (list.entry[i].owner != owner)
            continue;
        struct wrn_prefix got, right = masked(&list.entry[i].prefix);
        FUZZ_CHECK(node != WRNI_NONE && wrni_trie_owned(trie, node, owner), "trie-list", "owner %u ends early", owner);
        memset(&got, 0xaa, sizeof got);
        wrni_trie_prefix(trie, node, &got);
        FUZZ_CHECK(!memcmp(&got, &right, sizeof got), "trie-list", "owner %u has /%u for /%u", owner, got.length, right.length);
        node = wrni_trie_next(trie, node);
    }
    FUZZ_CHECK(node == WRNI_NONE, "trie-list", "owner %u goes on", owner);
}

static void judge(const struct wrni_trie *trie)
{
    FUZZ_CHECK(wrni_trie_count(trie) == list.count, "trie-count", "%u for %u", wrni_trie_count(trie), list.count);
    FUZZ_CHECK(wrni_trie_capacity(trie) == list.room, "trie-count", "room for %u", wrni_trie_capacity(trie));
    unsigned needed = nodes_needed();
    FUZZ_CHECK(wrni_trie_nodes(trie) == needed, "trie-nodes", "%u for %u", wrni_trie_nodes(trie), needed);
    for (uint32_t owner = 0; owner < OWNERS; owner++)
        judge_list(trie, owner);
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
    list.entry[list.count++] = (struct entry){*prefix, owner};
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
    uint8_t *exact = fuzz_exact(prefix->address, prefix->family == 4 ? 4 : 16);
    uint32_t owner = wrni_trie_lookup(trie, prefix->family, exact), right = longest(prefix->family, exact);
    fuzz_free(exact);
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
        if (i % 8 == 0)
            judge(trie);
    }
    judge(trie);
    for (uint32_t owner = 0; owner < OWNERS; owner++)
        remove_owner(trie, owner);
    judge(trie);
    fuzz_free(trie);
    return 0;
}
