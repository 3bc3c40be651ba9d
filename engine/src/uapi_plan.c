#include "uapi_plan.h"

static struct wrni_trie *trie_of(const struct wrni_plan *plan) { return wrni_lane_trie(wrni_inline_lane(plan->engine)); }

static struct wrni_mention *mention_of_slot(struct wrni_plan *plan, uint32_t slot)
{
    for (uint32_t i = 0; i < plan->mentions; i++)
        if (plan->mention[i].slot == slot)
            return &plan->mention[i];
    if (plan->mentions == WRNI_MENTIONS)
        return NULL;
    struct wrni_mention *mention = &plan->mention[plan->mentions++];
    *mention = (struct wrni_mention){.slot = slot, .here = true};
    return mention;
}

static struct wrni_mention *mention_of_key(struct wrni_plan *plan, const struct wrni_section *section)
{
    for (uint32_t i = 0; i < plan->mentions; i++)
        if (plan->mention[i].slot == WRNI_NONE && !memcmp(plan->mention[i].key, section->public_key, 32))
            return &plan->mention[i];
    if (plan->mentions == WRNI_MENTIONS)
        return NULL;
    struct wrni_mention *mention = &plan->mention[plan->mentions++];
    *mention = (struct wrni_mention){.slot = WRNI_NONE};
    memcpy(mention->key, section->public_key, 32);
    return mention;
}

static uint32_t list_of(const struct wrni_plan *plan, uint32_t slot)
{
    uint32_t count = 0;
    for (uint32_t node = wrni_trie_first(trie_of(plan), slot); node != WRNI_NONE; node = wrni_trie_next(trie_of(plan), node))
        count++;
    return count;
}

static void empty(struct wrni_plan *plan, struct wrni_mention *mention)
{
    if (mention->slot == WRNI_NONE || mention->emptied || mention->robbed)
        return;
    plan->prefixes -= list_of(plan, mention->slot);
    mention->emptied = true;
}

static void leave(struct wrni_plan *plan, struct wrni_mention *mention)
{
    plan->orders++;
    if (!mention || !mention->here)
        return;
    empty(plan, mention);
    mention->listed = true; /* gone with its peer, by one order */
    mention->added = 0;
    mention->here = false;
    plan->peers--;
}

/* The identity that the sections will meet, and the peer that must go for it (P-128). */
static void plan_identity(struct wrni_plan *plan, const struct wrni_device *device)
{
    const struct wrn_engine *engine = plan->engine;
    struct wrni_identity     identity = engine->identity;

    if (device->has_private_key && !wrni_equal(device->private_key, identity.secret, 32)) {
        wrni_identity_set(wrni_provider_of(engine), &identity, device->private_key);
        plan->orders += 4;
    }
    plan->has_own = identity.present;
    memcpy(plan->own, identity.public_key, 32);
    wrni_wipe(&identity, sizeof identity);
    if (!plan->has_own || plan->all_gone)
        return;
    uint32_t slot = wrni_keymap_find(wrni_keymap_of(engine), wrni_keys_of(engine), plan->own);
    if (slot != WRNI_NONE)
        leave(plan, mention_of_slot(plan, slot));
}

void wrni_plan_begin(struct wrni_plan *plan, const struct wrn_engine *engine, const struct wrni_device *device)
{
    memset(plan, 0, sizeof *plan);
    plan->engine = engine;
    plan->all_gone = device->replace_peers;
    if (plan->all_gone) {
        plan->orders = engine->peers;
    } else {
        plan->peers = plan->most_peers = engine->peers;
        plan->prefixes = plan->most_prefixes = wrni_trie_count(trie_of(plan));
    }
    plan_identity(plan, device);
}

static void plan_list(struct wrni_plan *plan, struct wrni_mention *mention)
{
    if (!mention) {
        plan->any_list = true;
        return;
    }
    if (!mention->listed && mention->slot != WRNI_NONE)
        plan->orders += list_of(plan, mention->slot);
    mention->listed = true;
    plan->orders += mention->added;
    mention->added = 0;
    empty(plan, mention);
}

static void plan_prefix(struct wrni_plan *plan, struct wrni_mention *mention, const struct wrn_prefix *prefix, bool remove)
{
    plan->orders++;
    if (remove)
        return;
    if (mention)
        mention->added++;
    else
        plan->orders++; /* to remove it again */
    uint32_t owner = plan->all_gone ? WRNI_NONE : wrni_trie_exact(trie_of(plan), prefix);
    struct wrni_mention *from = owner == WRNI_NONE ? NULL : mention_of_slot(plan, owner);
    if (owner == WRNI_NONE || (from && from->emptied))
        plan->prefixes++;
    else if (from && from != mention)
        from->robbed = true;
    if (plan->prefixes > plan->most_prefixes)
        plan->most_prefixes = plan->prefixes;
}

void wrni_plan_section(struct wrni_plan *plan, struct wrni_section *section)
{
    const struct wrn_engine *engine = plan->engine;
    struct wrn_prefix        prefix;
    uint32_t                 slot = WRNI_NONE;
    bool                     remove;

    if (plan->has_own && !memcmp(section->public_key, plan->own, 32))
        return;
    if (!plan->all_gone)
        slot = wrni_keymap_find(wrni_keymap_of(engine), wrni_keys_of(engine), section->public_key);
    struct wrni_mention *mention = slot == WRNI_NONE ? mention_of_key(plan, section) : mention_of_slot(plan, slot);
    bool                 here = mention ? mention->here : slot != WRNI_NONE;
    if (section->remove) {
        leave(plan, mention);
        return;
    }
    if (!here && section->update_only && mention)
        return;
    plan->orders += 4;
    if (!here && !section->update_only) {
        plan->peers++;
        if (mention)
            mention->here = true;
        if (plan->peers > plan->most_peers)
            plan->most_peers = plan->peers;
    }
    if (section->replace_allowed)
        plan_list(plan, mention);
    while (wrni_section_allowed(section, &prefix, &remove))
        plan_prefix(plan, mention, &prefix, remove);
}

static void raise(uint32_t *limit, uint64_t wanted, enum wrn_status *status)
{
    if (wanted <= *limit)
        return;
    *limit = wanted > UINT32_MAX ? UINT32_MAX : (uint32_t)wanted;
    *status = WRN_NO_ROOM;
}

enum wrn_status wrni_plan_end(struct wrni_plan *plan, struct wrn_limits *needed)
{
    enum wrn_status status = WRN_OK;

    *needed = plan->engine->limits;
    raise(&needed->peers, plan->most_peers, &status);
    raise(&needed->prefixes, plan->most_prefixes, &status);
    if (wrni_inline(plan->engine))
        return status;
    if (plan->any_list)
        plan->orders += wrni_trie_count(trie_of(plan));
    raise(&needed->orders, plan->orders, &status);
    if (status == WRN_OK && !wrni_orders_room(plan->engine, (uint32_t)plan->orders))
        return WRN_BUSY;
    return status;
}
