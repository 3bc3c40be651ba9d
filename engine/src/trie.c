#include "trie.h"

#include "arena.h"
#include "bytes.h"

#define PREFIXES_MAX (UINT32_C(1) << 30)

/* Every link and owner is kept as its number plus one, so that 0 is none and fresh memory is an empty trie. Subtracting one turns
 * none into WRNI_NONE. A node without owner has two children, always; that is why 2 * prefixes - 1 nodes suffice. */

struct key { uint64_t high, low; };

struct node {
    struct key key;        /* masked; IPv4 stands in the upper 32 bits of high */
    uint32_t   child[2];   /* child[0] of a free node chains the free ones */
    uint32_t   owner;
    uint32_t   next, back; /* the owner's list */
    uint8_t    length;
    uint8_t    family;
    uint8_t    reserved[2];
};

struct wrni_trie {
    uint32_t prefixes, owners;
    uint32_t nodes; /* room for */
    uint32_t high;  /* nodes from here on have never been used */
    uint32_t spare; /* first free node below */
    uint32_t used;  /* nodes */
    uint32_t count; /* owned prefixes */
    uint32_t root[2];
    uint32_t reserved;
};

struct list { uint32_t first, last; };

_Static_assert(sizeof(struct node) <= 40, "a node's size is a promise");

struct layout { size_t nodes, lists, size; };

static struct layout layout_for(uint32_t prefixes, uint32_t owners)
{
    struct wrni_arena arena = {0};
    struct layout     layout;
    wrni_carve(&arena, 1, sizeof(struct wrni_trie));
    layout.nodes = wrni_carve(&arena, 2 * (size_t)prefixes, sizeof(struct node));
    layout.lists = wrni_carve(&arena, owners, sizeof(struct list));
    layout.size = arena.overflow ? SIZE_MAX : arena.used;
    return layout;
}

static struct node *nodes_of(const struct wrni_trie *trie)
{
    /* Constant: the header's size, aligned. */
    return (struct node *)(void *)((unsigned char *)trie + ((sizeof *trie + WRNI_ALIGN - 1) & ~(size_t)(WRNI_ALIGN - 1)));
}

static struct node *node_at(const struct wrni_trie *trie, uint32_t link)
{
    return nodes_of(trie) + (link - 1);
}

static struct list *lists_of(const struct wrni_trie *trie)
{
    return (struct list *)(void *)((unsigned char *)trie + layout_for(trie->prefixes, trie->owners).lists);
}

size_t wrni_trie_size(uint32_t prefixes, uint32_t owners)
{
    if (prefixes > PREFIXES_MAX)
        return SIZE_MAX;
    return layout_for(prefixes, owners).size;
}

void wrni_trie_init(struct wrni_trie *trie, uint32_t prefixes, uint32_t owners)
{
    WRNI_ASSERT(prefixes <= PREFIXES_MAX);
    memset(trie, 0, wrni_trie_size(prefixes, owners));
    trie->prefixes = prefixes;
    trie->owners = owners;
    trie->nodes = 2 * prefixes;
}

void wrni_trie_copy(struct wrni_trie *to, const struct wrni_trie *from)
{
    WRNI_ASSERT(to->prefixes >= from->prefixes && to->owners >= from->owners);
    wrni_trie_init(to, to->prefixes, to->owners);
    to->high = from->high;
    to->spare = from->spare;
    to->used = from->used;
    to->count = from->count;
    memcpy(to->root, from->root, sizeof to->root);
    memcpy(nodes_of(to), nodes_of(from), from->high * sizeof(struct node));
    memcpy(lists_of(to), lists_of(from), from->owners * sizeof(struct list));
}

uint32_t wrni_trie_count(const struct wrni_trie *trie)
{
    return trie->count;
}

uint32_t wrni_trie_capacity(const struct wrni_trie *trie)
{
    return trie->prefixes;
}

uint32_t wrni_trie_nodes(const struct wrni_trie *trie)
{
    return trie->used;
}

/* Keys: 128 bits from the left. */

static uint64_t load64(const uint8_t *p)
{
    return (uint64_t)wrni_load_be32(p) << 32 | wrni_load_be32(p + 4);
}

static struct key load(uint8_t family, const uint8_t *address)
{
    if (family == 4)
        return (struct key){(uint64_t)wrni_load_be32(address) << 32, 0};
    return (struct key){load64(address), load64(address + 8)};
}

/* The upper `length` bits, 0..64. */
static uint64_t upper(uint64_t word, unsigned length)
{
    return length == 0 ? 0 : word & (UINT64_MAX << (64 - length));
}

static struct key mask(struct key key, unsigned length)
{
    return (struct key){upper(key.high, length < 64 ? length : 64), upper(key.low, length > 64 ? length - 64 : 0)};
}

/* Whether the key begins with the node's prefix. The shifts stay below 64 for lengths 0 and 128, too. */
static bool begins(struct key key, const struct node *node)
{
    unsigned length = node->length;
    uint64_t high = key.high ^ node->key.high;
    if (length < 64)
        return high >> 1 >> (63 - length) == 0;
    uint64_t low = key.low ^ node->key.low;
    return (high | (length == 128 ? low : low >> 1 >> (127 - length))) == 0;
}

/* The bit after `length` bits; any answer for 128, where no child is. */
static unsigned bit(struct key key, unsigned length)
{
    return (unsigned)((length < 64 ? key.high : key.low) >> (~length & 63)) & 1;
}

static unsigned leading_zeros(uint64_t word)
{
    unsigned count = 0;
    for (unsigned step = 32; step != 0; step /= 2) {
        if (word >> (64 - step) == 0) {
            count += step;
            word <<= step;
        }
    }
    return count + (word == 0);
}

static unsigned common(struct key a, struct key b)
{
    return a.high != b.high ? leading_zeros(a.high ^ b.high) : 64 + leading_zeros(a.low ^ b.low);
}

static unsigned tree_of(uint8_t family)
{
    return family == 6;
}

static void check(const struct wrn_prefix *prefix)
{
    WRNI_ASSERT((prefix->family == 4 && prefix->length <= 32) || (prefix->family == 6 && prefix->length <= 128));
}

uint32_t wrni_trie_lookup(const struct wrni_trie *trie, uint8_t family, const uint8_t *address)
{
    struct key key = load(family, address);
    uint32_t   link = trie->root[tree_of(family)], best = 0;
    while (link != 0) {
        const struct node *node = node_at(trie, link);
        if (!begins(key, node))
            break;
        if (node->owner != 0)
            best = node->owner;
        link = node->child[bit(key, node->length)];
    }
    return best - 1;
}

/* Nodes in and out of the pool. */

static uint32_t take_node(struct wrni_trie *trie, struct key key, unsigned length, uint8_t family)
{
    uint32_t link = trie->spare;
    if (link != 0) {
        trie->spare = node_at(trie, link)->child[0];
    } else {
        WRNI_ASSERT(trie->high < trie->nodes);
        link = ++trie->high;
    }
    struct node *node = node_at(trie, link);
    memset(node, 0, sizeof *node);
    node->key = mask(key, length);
    node->length = (uint8_t)length;
    node->family = family;
    trie->used++;
    return link;
}

static void free_node(struct wrni_trie *trie, uint32_t link)
{
    struct node *node = node_at(trie, link);
    memset(node, 0, sizeof *node);
    node->child[0] = trie->spare;
    trie->spare = link;
    trie->used--;
}

/* Owners and their lists. */

static void own(struct wrni_trie *trie, uint32_t link, uint32_t owner)
{
    struct node *node = node_at(trie, link);
    struct list *list = lists_of(trie) + owner;
    node->owner = owner + 1;
    node->next = 0;
    node->back = list->last;
    if (list->last != 0)
        node_at(trie, list->last)->next = link;
    else
        list->first = link;
    list->last = link;
    trie->count++;
}

static void disown(struct wrni_trie *trie, uint32_t link)
{
    struct node *node = node_at(trie, link);
    struct list *list = lists_of(trie) + (node->owner - 1);
    if (node->back != 0)
        node_at(trie, node->back)->next = node->next;
    else
        list->first = node->next;
    if (node->next != 0)
        node_at(trie, node->next)->back = node->back;
    else
        list->last = node->back;
    node->owner = node->next = node->back = 0;
    trie->count--;
}

/* Put a new node for the prefix where `*place` is: above, beside or in place of what hangs there. Its link. */
static uint32_t hang(struct wrni_trie *trie, uint32_t *place, struct key key, const struct wrn_prefix *prefix)
{
    uint32_t link = take_node(trie, key, prefix->length, prefix->family), old = *place;
    if (old == 0) {
        *place = link;
        return link;
    }
    struct key other = node_at(trie, old)->key;
    unsigned   shared = common(key, other);
    if (shared >= prefix->length) {
        node_at(trie, link)->child[bit(other, prefix->length)] = old;
        *place = link;
        return link;
    }
    uint32_t     fork = take_node(trie, key, shared, prefix->family);
    struct node *node = node_at(trie, fork);
    node->child[bit(key, shared)] = link;
    node->child[bit(other, shared)] = old;
    *place = fork;
    return link;
}

bool wrni_trie_insert(struct wrni_trie *trie, const struct wrn_prefix *prefix, uint32_t owner, uint32_t *previous)
{
    check(prefix);
    WRNI_ASSERT(owner < trie->owners);
    struct key key = mask(load(prefix->family, prefix->address), prefix->length);
    uint32_t  *place = &trie->root[tree_of(prefix->family)];
    uint32_t   link = 0;
    while (*place != 0) {
        struct node *node = node_at(trie, *place);
        if (node->length > prefix->length || !begins(key, node))
            break;
        if (node->length == prefix->length) {
            link = *place;
            break;
        }
        place = &node->child[bit(key, node->length)];
    }
    uint32_t had = link != 0 ? node_at(trie, link)->owner : 0;
    if (previous != NULL)
        *previous = had - 1;
    if (had == 0 && trie->count == trie->prefixes)
        return false;
    if (had != 0)
        disown(trie, link);
    own(trie, link != 0 ? link : hang(trie, place, key, prefix), owner);
    return true;
}

/* The places that hold a node's link and, for all but the root, its parent's. */
struct path { uint32_t *place, *above; };

static struct path find(const struct wrni_trie *trie, uint8_t family, struct key key, unsigned length)
{
    struct path path = {(uint32_t *)&trie->root[tree_of(family)], NULL};
    while (*path.place != 0) {
        struct node *node = node_at(trie, *path.place);
        if (node->length > length || !begins(key, node))
            break;
        if (node->length == length)
            return path;
        path.above = path.place;
        path.place = &node->child[bit(key, node->length)];
    }
    return (struct path){NULL, NULL};
}

/* Take the owner away, and with it every node that has lost its reason. */
static void cut(struct wrni_trie *trie, struct path path)
{
    uint32_t     link = *path.place;
    struct node *node = node_at(trie, link);
    disown(trie, link);
    if (node->child[0] != 0 && node->child[1] != 0)
        return;
    uint32_t only = node->child[0] | node->child[1];
    *path.place = only;
    free_node(trie, link);
    if (only != 0 || path.above == NULL)
        return;
    uint32_t     parent_link = *path.above;
    struct node *parent = node_at(trie, parent_link);
    if (parent->owner == 0) {
        *path.above = parent->child[0] | parent->child[1];
        free_node(trie, parent_link);
    }
}

bool wrni_trie_remove(struct wrni_trie *trie, const struct wrn_prefix *prefix, uint32_t owner)
{
    check(prefix);
    struct key  key = mask(load(prefix->family, prefix->address), prefix->length);
    struct path path = find(trie, prefix->family, key, prefix->length);
    if (path.place == NULL || owner >= trie->owners || node_at(trie, *path.place)->owner != owner + 1)
        return false;
    cut(trie, path);
    return true;
}

void wrni_trie_remove_owner(struct wrni_trie *trie, uint32_t owner)
{
    WRNI_ASSERT(owner < trie->owners);
    for (uint32_t link; (link = lists_of(trie)[owner].first) != 0;) {
        const struct node *node = node_at(trie, link);
        cut(trie, find(trie, node->family, node->key, node->length));
    }
}

uint32_t wrni_trie_exact(const struct wrni_trie *trie, const struct wrn_prefix *prefix)
{
    check(prefix);
    struct key  key = mask(load(prefix->family, prefix->address), prefix->length);
    struct path path = find(trie, prefix->family, key, prefix->length);
    return path.place != NULL ? node_at(trie, *path.place)->owner - 1 : WRNI_NONE;
}

uint32_t wrni_trie_first(const struct wrni_trie *trie, uint32_t owner)
{
    WRNI_ASSERT(owner < trie->owners);
    return lists_of(trie)[owner].first - 1;
}

uint32_t wrni_trie_next(const struct wrni_trie *trie, uint32_t node)
{
    WRNI_ASSERT(node < trie->high);
    return nodes_of(trie)[node].next - 1;
}

void wrni_trie_prefix(const struct wrni_trie *trie, uint32_t node, struct wrn_prefix *out)
{
    WRNI_ASSERT(node < trie->high);
    const struct node *from = nodes_of(trie) + node;
    memset(out, 0, sizeof *out);
    out->family = from->family;
    out->length = from->length;
    wrni_store_be32(out->address, (uint32_t)(from->key.high >> 32));
    if (from->family == 6) {
        wrni_store_be32(out->address + 4, (uint32_t)from->key.high);
        wrni_store_be64(out->address + 8, from->key.low);
    }
}

bool wrni_trie_owned(const struct wrni_trie *trie, uint32_t node, uint32_t owner)
{
    return node < trie->high && owner < trie->owners && nodes_of(trie)[node].owner == owner + 1;
}
