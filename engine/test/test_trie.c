/* Allowed IPs against a list that compares bit by bit, and the shapes that broke others. */

#include "block.h"
#include "random.h"

#include "trie.h"

enum { MOST = 512, OWNERS = 9 };

/* The oracle: prefixes in the order in which their owners got them. */
struct naive {
    struct { struct wrn_prefix prefix; uint32_t owner; } list[MOST];
    uint32_t count, capacity;
};

static bool bit_of(const uint8_t *address, unsigned bit)
{
    return address[bit / 8] >> (7 - bit % 8) & 1;
}

static bool holds(const struct wrn_prefix *prefix, uint8_t family, const uint8_t *address)
{
    if (prefix->family != family)
        return false;
    for (unsigned i = 0; i < prefix->length; i++) {
        if (bit_of(prefix->address, i) != bit_of(address, i))
            return false;
    }
    return true;
}

static uint32_t naive_find(const struct naive *naive, const struct wrn_prefix *prefix)
{
    for (uint32_t i = 0; i < naive->count; i++) {
        const struct wrn_prefix *other = &naive->list[i].prefix;
        if (other->length == prefix->length && holds(prefix, other->family, other->address))
            return i;
    }
    return WRNI_NONE;
}

static uint32_t naive_owner(const struct naive *naive, uint32_t at)
{
    return at == WRNI_NONE ? WRNI_NONE : naive->list[at].owner;
}

static void naive_drop(struct naive *naive, uint32_t at)
{
    naive->count--;
    memmove(&naive->list[at], &naive->list[at + 1], (naive->count - at) * sizeof naive->list[0]);
}

static bool naive_insert(struct naive *naive, const struct wrn_prefix *prefix, uint32_t owner, uint32_t *previous)
{
    uint32_t at = naive_find(naive, prefix);
    *previous = naive_owner(naive, at);
    if (at == WRNI_NONE && naive->count == naive->capacity)
        return false;
    if (at != WRNI_NONE)
        naive_drop(naive, at);
    naive->list[naive->count].prefix = *prefix;
    naive->list[naive->count++].owner = owner;
    return true;
}

static uint32_t naive_lookup(const struct naive *naive, uint8_t family, const uint8_t *address)
{
    uint32_t best = WRNI_NONE;
    for (uint32_t i = 0; i < naive->count; i++) {
        if (holds(&naive->list[i].prefix, family, address) &&
            (best == WRNI_NONE || naive->list[i].prefix.length > naive->list[best].prefix.length))
            best = i;
    }
    return naive_owner(naive, best);
}

static void mask_host_bits(struct wrn_prefix *prefix)
{
    for (unsigned i = prefix->length; i < 128; i++)
        prefix->address[i / 8] &= (uint8_t)~(0x80u >> i % 8);
}

/* Both, side by side. */
struct world { struct wrni_trie *trie; struct naive naive; };

static void world_new(struct world *world, uint32_t prefixes)
{
    memset(world, 0, sizeof *world);
    world->naive.capacity = prefixes;
    world->trie = block_new(wrni_trie_size(prefixes, OWNERS));
    wrni_trie_init(world->trie, prefixes, OWNERS);
}

static bool insert(struct world *world, const struct wrn_prefix *prefix, uint32_t owner)
{
    uint32_t had = 77, naive_had = 78;
    bool     good = wrni_trie_insert(world->trie, prefix, owner, &had);
    assert_true(naive_insert(&world->naive, prefix, owner, &naive_had) == good);
    assert_int_equal(had, naive_had);
    return good;
}

static bool removed(struct world *world, const struct wrn_prefix *prefix, uint32_t owner)
{
    uint32_t at = naive_find(&world->naive, prefix);
    bool     good = wrni_trie_remove(world->trie, prefix, owner);
    assert_true(good == (at != WRNI_NONE && world->naive.list[at].owner == owner));
    if (good)
        naive_drop(&world->naive, at);
    return good;
}

static void remove_owner(struct world *world, uint32_t owner)
{
    wrni_trie_remove_owner(world->trie, owner);
    for (uint32_t i = world->naive.count; i-- > 0;) {
        if (world->naive.list[i].owner == owner)
            naive_drop(&world->naive, i);
    }
}

static void check_lookup(const struct world *world, uint8_t family, const uint8_t *address)
{
    assert_int_equal(wrni_trie_lookup(world->trie, family, address), naive_lookup(&world->naive, family, address));
}

/* Each owner's list: same prefixes, same order, host bits masked; and the counts. */
static void check_lists(const struct world *world)
{
    uint32_t trees = 0, walked = 0;
    for (uint32_t owner = 0; owner < OWNERS; owner++) {
        uint32_t node = wrni_trie_first(world->trie, owner);
        for (uint32_t i = 0; i < world->naive.count; i++) {
            struct wrn_prefix expected = world->naive.list[i].prefix, got;
            trees |= expected.family == 4 ? 1 : 2;
            if (world->naive.list[i].owner != owner)
                continue;
            mask_host_bits(&expected);
            assert_true(wrni_trie_owned(world->trie, node, owner));
            assert_false(wrni_trie_owned(world->trie, node, (owner + 1) % OWNERS));
            memset(&got, 0xff, sizeof got);
            wrni_trie_prefix(world->trie, node, &got);
            assert_memory_equal(&got, &expected, sizeof got);
            node = wrni_trie_next(world->trie, node);
            walked++;
        }
        assert_int_equal(node, WRNI_NONE);
    }
    assert_int_equal(walked, world->naive.count);
    assert_int_equal(wrni_trie_count(world->trie), world->naive.count);
    uint32_t families = trees == 3 ? 2 : 1;
    assert_true(wrni_trie_nodes(world->trie) <= (world->naive.count == 0 ? 0 : 2 * world->naive.count - families));
    assert_true(wrni_trie_nodes(world->trie) >= world->naive.count);
}

static void empty(struct world *world)
{
    for (uint32_t owner = 0; owner < OWNERS; owner++)
        remove_owner(world, owner);
    check_lists(world);
    assert_int_equal(wrni_trie_nodes(world->trie), 0);
    free(world->trie);
}

/* Addresses that share long beginnings: a few bases with a few bits turned, mostly. */
static void draw_address(struct rng *rng, const struct naive *naive, uint8_t family, uint8_t address[16])
{
    unsigned bits = family == 4 ? 32 : 128;
    memset(address, rng_below(rng, 4) == 0 ? 0xff : 0, 16);
    if (rng_below(rng, 8) == 0)
        rng_bytes(rng, address, 16);
    else if (naive->count > 0 && rng_below(rng, 4) != 0)
        memcpy(address, naive->list[rng_below(rng, naive->count)].prefix.address, 16);
    for (uint32_t turns = rng_below(rng, 4); turns > 0; turns--) {
        unsigned bit = rng_below(rng, bits);
        address[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
    }
    if (family == 4)
        memset(address + 4, 0, 12);
}

static struct wrn_prefix draw_prefix(struct rng *rng, const struct naive *naive)
{
    struct wrn_prefix prefix;
    memset(&prefix, 0, sizeof prefix);
    prefix.family = rng_below(rng, 2) == 0 ? 4 : 6;
    prefix.length = (uint8_t)rng_below(rng, prefix.family == 4 ? 33 : 129);
    draw_address(rng, naive, prefix.family, prefix.address);
    if (naive->count > 0 && rng_below(rng, 5) == 0)
        prefix = naive->list[rng_below(rng, naive->count)].prefix;
    return prefix;
}

static void grow(struct world *world, uint32_t prefixes)
{
    struct wrni_trie *larger = block_new(wrni_trie_size(prefixes, OWNERS));
    wrni_trie_init(larger, prefixes, OWNERS);
    wrni_trie_copy(larger, world->trie);
    memset(world->trie, 0x5a, wrni_trie_size(world->naive.capacity, OWNERS));
    free(world->trie);
    world->trie = larger;
    world->naive.capacity = prefixes;
    assert_int_equal(wrni_trie_capacity(larger), prefixes);
}

static void random_operations(uint32_t capacity, uint64_t seed, unsigned steps)
{
    static struct world world;
    struct rng          rng = {seed};
    world_new(&world, capacity);
    uint32_t inserts = 0; /* how many of a hundred steps insert, changing as we go */
    for (unsigned step = 0; step < steps; step++) {
        if (step % 100 == 0)
            inserts = rng_below(&rng, 2) == 0 ? 80 : 30;
        uint32_t          owner = rng_below(&rng, OWNERS), what = rng_below(&rng, 100);
        struct wrn_prefix prefix = draw_prefix(&rng, &world.naive);
        uint32_t          at = naive_find(&world.naive, &prefix);
        assert_int_equal(wrni_trie_exact(world.trie, &prefix), naive_owner(&world.naive, at));
        if (what < inserts)
            insert(&world, &prefix, owner);
        else if (what < 96)
            removed(&world, &prefix, at != WRNI_NONE && what % 4 != 0 ? world.naive.list[at].owner : owner);
        else if (what == 96)
            remove_owner(&world, owner);
        else if (what == 97)
            world.trie = block_moved(world.trie, wrni_trie_size(world.naive.capacity, OWNERS));
        else if (what == 98 && world.naive.capacity < MOST - 3)
            grow(&world, world.naive.capacity + rng_below(&rng, 3));
        for (unsigned i = 0; i < 4; i++) {
            uint8_t address[16], family = i % 2 == 0 ? 4 : 6;
            draw_address(&rng, &world.naive, family, address);
            check_lookup(&world, family, address);
        }
        if (step % 16 == 0)
            check_lists(&world);
    }
    empty(&world);
}

static void p110_p111_p113_p115_g33_g62_trie_is_a_list(void **state)
{
    (void)state;
    static const uint32_t capacities[] = {1, 2, 3, 5, 16, 60, 200, 450};
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        for (uint64_t seed = 0; seed < 3; seed++)
            random_operations(capacities[i], 40 * i + seed, 1500);
    }
}

/* Addresses written as text would be: four numbers, or eight hexadecimal groups. */
static struct wrn_prefix ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint8_t length)
{
    struct wrn_prefix prefix = {{a, b, c, d}, 4, length};
    return prefix;
}

static struct wrn_prefix ip6(uint16_t a, uint16_t b, uint16_t g, uint16_t h, uint8_t length)
{
    struct wrn_prefix prefix = {{(uint8_t)(a >> 8), (uint8_t)a, (uint8_t)(b >> 8), (uint8_t)b, 0, 0, 0, 0, 0, 0, 0, 0,
                                 (uint8_t)(g >> 8), (uint8_t)g, (uint8_t)(h >> 8), (uint8_t)h}, 6, length};
    return prefix;
}

static uint32_t owner_of(const struct world *world, struct wrn_prefix where)
{
    check_lookup(world, where.family, where.address);
    return wrni_trie_lookup(world->trie, where.family, where.address);
}

enum { A, B, C, D, E };

static void p110_p115_scripted_ipv4(void **state)
{
    (void)state;
    static struct world world;
    world_new(&world, 40);
    assert_int_equal(owner_of(&world, ip4(10, 0, 0, 1, 32)), WRNI_NONE);
    const struct { struct wrn_prefix prefix; uint32_t owner; } routes[] = {
        {ip4(10, 20, 30, 0, 24), A},  {ip4(10, 20, 30, 44, 32), B}, {ip4(10, 20, 0, 0, 16), C},
        {ip4(172, 30, 7, 64, 27), D}, {ip4(172, 30, 7, 80, 27), C}, /* host bits: the same prefix, moved */
        {ip4(203, 0, 113, 9, 30), E}, {ip4(203, 0, 113, 12, 30), A}, {ip4(224, 0, 0, 0, 3), B},
        {ip4(128, 0, 0, 0, 1), D},    {ip4(10, 20, 30, 128, 25), D},
    };
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        assert_true(insert(&world, &routes[i].prefix, routes[i].owner));
    const struct { struct wrn_prefix where; uint32_t owner; } answers[] = {
        {ip4(10, 20, 30, 20, 32), A},  {ip4(10, 20, 30, 44, 32), B},  {ip4(10, 20, 30, 45, 32), A},
        {ip4(10, 20, 200, 1, 32), C},  {ip4(10, 20, 29, 255, 32), C}, {ip4(10, 20, 30, 127, 32), A},
        {ip4(10, 20, 30, 128, 32), D}, {ip4(10, 20, 31, 0, 32), C},   {ip4(10, 21, 0, 0, 32), WRNI_NONE},
        {ip4(172, 30, 7, 63, 32), D},  {ip4(172, 30, 7, 64, 32), C},  {ip4(172, 30, 7, 95, 32), C},
        {ip4(172, 30, 7, 96, 32), D},  {ip4(203, 0, 113, 7, 32), D},  {ip4(203, 0, 113, 8, 32), E},
        {ip4(203, 0, 113, 11, 32), E}, {ip4(203, 0, 113, 15, 32), A}, {ip4(203, 0, 113, 16, 32), D},
        {ip4(223, 255, 255, 255, 32), D}, {ip4(224, 0, 0, 0, 32), B}, {ip4(255, 255, 255, 255, 32), B},
        {ip4(127, 255, 255, 255, 32), WRNI_NONE}, {ip4(0, 0, 0, 0, 32), WRNI_NONE},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        assert_int_equal(owner_of(&world, answers[i].where), answers[i].owner);
    struct wrn_prefix all = ip4(1, 2, 3, 4, 0);
    insert(&world, &all, E);
    assert_int_equal(owner_of(&world, ip4(0, 0, 0, 0, 32)), E);
    assert_int_equal(owner_of(&world, ip4(10, 21, 0, 0, 32)), E);
    assert_int_equal(owner_of(&world, ip6(0, 0, 0, 0, 128)), WRNI_NONE); /* the families are apart */
    remove_owner(&world, D);
    assert_int_equal(owner_of(&world, ip4(10, 20, 30, 128, 32)), A);
    assert_int_equal(owner_of(&world, ip4(172, 30, 7, 96, 32)), E);
    assert_int_equal(owner_of(&world, ip4(172, 30, 7, 64, 32)), C);
    check_lists(&world);
    empty(&world);
}

static void p110_p115_scripted_ipv6(void **state)
{
    (void)state;
    static struct world world;
    world_new(&world, 40);
    const struct { struct wrn_prefix prefix; uint32_t owner; } routes[] = {
        {ip6(0x2001, 0xdb8, 0, 0, 32), A},    {ip6(0x2001, 0xdb8, 0, 0x10, 128), B}, {ip6(0x2001, 0xdb8, 0xab, 0xcd, 112), C},
        {ip6(0x2001, 0xdb8, 0, 0, 64), D},    {ip6(0x2001, 0xdb8, 0, 0, 65), E},     {ip6(0xfe80, 0, 0, 0, 10), B},
        {ip6(0x2001, 0xdb9, 0, 1, 127), C},   {ip6(0, 0, 0, 0, 0), A},               {ip6(0, 0, 0, 0, 0), D},
        {ip6(0x2001, 0xdb8, 0, 0x20, 123), D},
    };
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        assert_true(insert(&world, &routes[i].prefix, routes[i].owner));
    struct wrn_prefix upper_half = ip6(0x2001, 0xdb8, 0, 1, 128);
    upper_half.address[8] = 0x80;
    struct wrn_prefix next_net = ip6(0x2001, 0xdb8, 0, 1, 128);
    next_net.address[7] = 1;
    const struct { struct wrn_prefix where; uint32_t owner; } answers[] = {
        {ip6(0x2001, 0xdb8, 0, 0x10, 128), B}, {ip6(0x2001, 0xdb8, 0, 0x11, 128), E}, {ip6(0x2001, 0xdb8, 0xab, 0, 128), C},
        {upper_half, D}, {next_net, A}, {ip6(0x2001, 0xdb9, 0, 1, 128), C}, {ip6(0x2001, 0xdb9, 0, 2, 128), D},
        {ip6(0xfebf, 0xffff, 0, 0, 128), B}, {ip6(0xfec0, 0, 0, 0, 128), D}, {ip6(0, 0, 0, 0, 128), D},
        {ip6(0x2001, 0xdb8, 0, 0x3f, 128), D}, {ip6(0x2001, 0xdb8, 0, 0x40, 128), E}, {ip6(0x2001, 0xdb8, 0xac, 0, 128), E},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        assert_int_equal(owner_of(&world, answers[i].where), answers[i].owner);
    assert_int_equal(owner_of(&world, ip4(0, 0, 0, 0, 32)), WRNI_NONE);
    remove_owner(&world, E);
    remove_owner(&world, A);
    assert_int_equal(owner_of(&world, next_net), D);
    check_lists(&world);
    empty(&world);
}

/* G-7 is about asking who owns a source; this is the answer it needs. */
static void g7_more_specific_prefix_wins(void **state)
{
    (void)state;
    static struct world world;
    struct wrn_prefix   wide = ip4(10, 0, 0, 0, 8), narrow = ip4(10, 1, 0, 0, 16);
    world_new(&world, 2);
    assert_true(insert(&world, &wide, A) && insert(&world, &narrow, B));
    assert_int_equal(owner_of(&world, ip4(10, 1, 2, 3, 32)), B);
    assert_int_equal(owner_of(&world, ip4(10, 2, 2, 3, 32)), A);
    empty(&world);
}

static void p113_another_owners_prefix_stays(void **state)
{
    (void)state;
    static struct world world;
    struct wrn_prefix   prefix = ip4(10, 1, 0, 0, 16), branch = ip4(10, 0, 0, 0, 14), sibling = ip4(10, 2, 0, 0, 16);
    world_new(&world, 4);
    assert_true(insert(&world, &prefix, A) && insert(&world, &sibling, A));
    assert_false(removed(&world, &prefix, B));
    assert_false(wrni_trie_remove(world.trie, &prefix, OWNERS));
    assert_false(wrni_trie_remove(world.trie, &prefix, WRNI_NONE));
    assert_false(wrni_trie_remove(world.trie, &branch, WRNI_NONE)); /* a node is there, but nobody's */
    assert_int_equal(wrni_trie_exact(world.trie, &branch), WRNI_NONE);
    assert_int_equal(wrni_trie_nodes(world.trie), 3);
    assert_true(removed(&world, &prefix, A));
    assert_int_equal(wrni_trie_nodes(world.trie), 1);
    empty(&world);
}

/* Insert in `order` the prefixes of all lengths of one address, walk all of it, remove in another order. */
static void chain(uint8_t family, uint64_t seed)
{
    static struct world world;
    struct rng          rng = {seed};
    unsigned            bits = family == 4 ? 32 : 128;
    struct wrn_prefix   all[129];
    uint8_t             address[16];
    world_new(&world, bits + 1);
    rng_bytes(&rng, address, 16);
    for (unsigned length = 0; length <= bits; length++) {
        memset(&all[length], 0, sizeof all[length]);
        memcpy(all[length].address, address, family == 4 ? 4 : 16);
        all[length].family = family;
        all[length].length = (uint8_t)length;
    }
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = bits; i > 0 && seed % 3 == pass; i--) {
            unsigned          k = rng_below(&rng, i + 1);
            struct wrn_prefix swap = all[i];
            all[i] = all[k];
            all[k] = swap;
        }
        for (unsigned i = 0; i <= bits; i++) {
            uint32_t owner = all[i].length % OWNERS;
            assert_true(pass == 0 ? insert(&world, &all[i], owner) : removed(&world, &all[i], owner));
            for (unsigned length = 0; length <= bits; length++) {
                uint8_t other[16]; /* differs right after `length` bits */
                memcpy(other, address, 16);
                other[length / 8 % 16] ^= (uint8_t)(0x80u >> length % 8);
                check_lookup(&world, family, other);
            }
            check_lookup(&world, family, address);
            check_lists(&world);
            assert_int_equal(wrni_trie_nodes(world.trie), pass == 0 ? i + 1 : bits - i);
        }
    }
    empty(&world);
}

static void p112_g33_g63_chains_of_every_length(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 6; seed++) {
        chain(4, seed);
        chain(6, seed);
    }
}

/* Host routes only, full to the last prefix: as many branches as can be. */
static void p111_a_full_pool_always_has_its_nodes(void **state)
{
    (void)state;
    static struct world world;
    struct rng          rng = {31};
    for (unsigned round = 0; round < 40; round++) {
        world_new(&world, 1 + rng_below(&rng, 60));
        for (unsigned i = 0; world.naive.count < world.naive.capacity; i++) {
            struct wrn_prefix host = ip4((uint8_t)rng_next(&rng), (uint8_t)rng_next(&rng), 1, (uint8_t)i, 32);
            if (round % 2 == 0 && i % 2 == 0)
                host = ip6((uint16_t)rng_next(&rng), 1, 2, (uint16_t)i, 128);
            assert_true(insert(&world, &host, rng_below(&rng, OWNERS)));
        }
        uint32_t nodes = wrni_trie_nodes(world.trie);
        struct wrn_prefix more = ip4(0, 0, 0, 0, 0), same = world.naive.list[0].prefix;
        assert_false(insert(&world, &more, 0)); /* no room */
        assert_int_equal(wrni_trie_nodes(world.trie), nodes);
        assert_true(insert(&world, &same, 1)); /* moving needs none */
        check_lists(&world);
        empty(&world);
    }
}

static void owned_takes_any_number(void **state)
{
    (void)state;
    static struct world world;
    struct wrn_prefix   prefix = ip4(10, 0, 0, 0, 8);
    world_new(&world, 4);
    static const uint32_t odd[] = {0, 1, 7, 8, 9, 1000, UINT32_MAX - 1, UINT32_MAX};
    for (unsigned pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
            for (size_t k = 0; k < sizeof odd / sizeof *odd; k++)
                assert_true(wrni_trie_owned(world.trie, odd[i], odd[k]) == (pass == 1 && odd[i] == 0 && odd[k] == 7));
        }
        if (pass == 0)
            insert(&world, &prefix, 7);
        else
            remove_owner(&world, 7);
    }
    empty(&world);
}

/* P-114: addresses in a packet stand anywhere. The undefined-behaviour sanitizer and strict machines look on. */
static void p114_addresses_need_no_alignment(void **state)
{
    (void)state;
    static struct world world;
    struct wrn_prefix   four = ip4(10, 1, 2, 3, 32), six = ip6(0x2001, 0xdb8, 3, 4, 128);
    world_new(&world, 2);
    assert_true(insert(&world, &four, A) && insert(&world, &six, B));
    for (size_t shift = 0; shift < 16; shift++) {
        uint8_t *exact = block_new(shift + 16);
        memcpy(exact + shift, six.address, 16);
        assert_int_equal(wrni_trie_lookup(world.trie, 6, exact + shift), B);
        memcpy(exact + shift + 12, four.address, 4);
        assert_int_equal(wrni_trie_lookup(world.trie, 4, exact + shift + 12), A); /* reads four bytes, not more */
        free(exact);
    }
    empty(&world);
}

static void memory_is_small_and_sizes_do_not_wrap(void **state)
{
    (void)state;
    assert_true(wrni_trie_size(1000, 10) <= 2000 * 40 + 10 * 8 + 64);
    assert_true(wrni_trie_size(UINT32_MAX, 1) == SIZE_MAX);
    size_t            size = wrni_trie_size(5, 5);
    unsigned char    *a = block_new(size), *b = block_new(size);
    memset(b, 0, size);
    wrni_trie_init((struct wrni_trie *)(void *)a, 5, 5);
    wrni_trie_init((struct wrni_trie *)(void *)b, 5, 5);
    assert_memory_equal(a, b, size);
    free(a);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p110_p111_p113_p115_g33_g62_trie_is_a_list),
        cmocka_unit_test(p110_p115_scripted_ipv4),
        cmocka_unit_test(p110_p115_scripted_ipv6),
        cmocka_unit_test(g7_more_specific_prefix_wins),
        cmocka_unit_test(p113_another_owners_prefix_stays),
        cmocka_unit_test(p112_g33_g63_chains_of_every_length),
        cmocka_unit_test(p111_a_full_pool_always_has_its_nodes),
        cmocka_unit_test(owned_takes_any_number),
        cmocka_unit_test(p114_addresses_need_no_alignment),
        cmocka_unit_test(memory_is_small_and_sizes_do_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
