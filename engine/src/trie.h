#ifndef WRNI_TRIE_H
#define WRNI_TRIE_H

/*
 * Floor 1. Allowed IPs: a path-compressed binary trie from prefix to owner (a peer's slot), both families in one pool.
 *
 *            10.0.0.0/8 -> A                       a node: prefix, two children by index,
 *            /          \                          owner or none (a mere branch),
 *      10.0.0.0/9     10.128.0.0/9 -> B            and, when owned, its place in the owner's list
 *      (branch)
 *
 * Laws: longest prefix wins (P-110); host bits are masked on insert; an exact prefix has one owner, inserting it again moves it;
 * removing leaves no node behind (G-62): an empty trie uses no node; 2 * prefixes - 1 nodes per family suffice, so
 * `prefixes` insertions always fit. No recursion; walks are bounded by 129 nodes on a path (P-112). Loads are bytewise (P-114).
 * The owner's list runs in insertion order.
 */

#include "base.h"

struct wrni_trie;

size_t wrni_trie_size(uint32_t prefixes, uint32_t owners);
void   wrni_trie_init(struct wrni_trie *trie, uint32_t prefixes, uint32_t owners);
void   wrni_trie_copy(struct wrni_trie *to, const struct wrni_trie *from); /* to is initialised, at least as large */

uint32_t wrni_trie_count(const struct wrni_trie *trie);    /* owned prefixes */
uint32_t wrni_trie_capacity(const struct wrni_trie *trie); /* prefixes it was made for */
uint32_t wrni_trie_nodes(const struct wrni_trie *trie);    /* nodes in use, for tests */

/* The prefix must be valid (family 4 or 6, length within it). False when it is new and there is no room; then nothing changed.
 * `*previous` (may be null) becomes the owner it had, or WRNI_NONE. */
bool wrni_trie_insert(struct wrni_trie *trie, const struct wrn_prefix *prefix, uint32_t owner, uint32_t *previous);
/* Only if that very owner has it; false otherwise (P-113). */
bool wrni_trie_remove(struct wrni_trie *trie, const struct wrn_prefix *prefix, uint32_t owner);
void wrni_trie_remove_owner(struct wrni_trie *trie, uint32_t owner);

/* address: 4 or 16 bytes by family. The owner of the longest prefix that holds it, or WRNI_NONE. */
uint32_t wrni_trie_lookup(const struct wrni_trie *trie, uint8_t family, const uint8_t *address);
uint32_t wrni_trie_exact(const struct wrni_trie *trie, const struct wrn_prefix *prefix);

/* Walk an owner's prefixes: the first node or WRNI_NONE, the next one, a node's prefix, whether a node is the owner's. */
uint32_t wrni_trie_first(const struct wrni_trie *trie, uint32_t owner);
uint32_t wrni_trie_next(const struct wrni_trie *trie, uint32_t node);
void     wrni_trie_prefix(const struct wrni_trie *trie, uint32_t node, struct wrn_prefix *out);
bool     wrni_trie_owned(const struct wrni_trie *trie, uint32_t node, uint32_t owner); /* any number is safe as node */

#endif
