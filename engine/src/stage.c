#include "stage.h"

#include "bytes.h"

struct slot {
    uint32_t next; /* plus one; 0 = last */
    uint32_t length;
    uint16_t mtu;
    uint8_t  pad[6];
};

static size_t stride(uint32_t bytes) { return (sizeof(struct slot) + (size_t)bytes + 15u) & ~(size_t)15u; }

static struct slot *slot_at(const struct wrni_stage *stage, uint32_t id)
{
    WRNI_ASSERT(id < stage->slots);
    return (struct slot *)(void *)((uint8_t *)(uintptr_t)(stage + 1) + (size_t)id * stride(stage->bytes));
}

size_t wrni_stage_size(uint32_t slots, uint32_t bytes)
{
    if (slots && stride(bytes) > (SIZE_MAX - sizeof(struct wrni_stage)) / slots)
        return SIZE_MAX;
    return sizeof(struct wrni_stage) + (size_t)slots * stride(bytes);
}

void wrni_stage_init(struct wrni_stage *stage, uint32_t slots, uint32_t share, uint32_t bytes)
{
    memset(stage, 0, wrni_stage_size(slots, bytes));
    stage->slots = slots;
    stage->share = share;
    stage->bytes = bytes;
}

void wrni_stage_copy(struct wrni_stage *to, const struct wrni_stage *from)
{
    WRNI_ASSERT(to->slots >= from->slots && to->bytes >= from->bytes);
    to->used = from->used;
    to->free = from->free;
    to->high = from->high;
    for (uint32_t i = 0; i < from->high; i++)
        memcpy(slot_at(to, i), slot_at(from, i), stride(from->bytes));
}

static uint32_t allocate(struct wrni_stage *stage)
{
    if (stage->free) {
        uint32_t id = stage->free - 1;
        stage->free = slot_at(stage, id)->next;
        stage->used++;
        return id;
    }
    if (stage->high == stage->slots)
        return WRNI_NONE;
    stage->used++;
    return stage->high++;
}

enum wrni_stage_result wrni_stage_put(struct wrni_stage *stage, struct wrni_queue *queue, const uint8_t *data, uint32_t length,
                                      uint16_t mtu)
{
    WRNI_ASSERT(length <= stage->bytes);
    enum wrni_stage_result result = WRNI_STAGED;
    if (stage->share == 0)
        return WRNI_STAGE_FULL;
    if (queue->count >= stage->share || (queue->count && !stage->free && stage->high == stage->slots)) {
        wrni_stage_pop(stage, queue);
        result = WRNI_STAGED_OVER_OLDEST;
    }
    uint32_t id = allocate(stage);
    if (id == WRNI_NONE)
        return WRNI_STAGE_FULL;
    struct slot *slot = slot_at(stage, id);
    slot->next = 0;
    slot->length = length;
    slot->mtu = mtu;
    memcpy(slot + 1, data, length);
    if (queue->count)
        slot_at(stage, queue->tail)->next = id + 1;
    else
        queue->head = id;
    queue->tail = id;
    queue->count++;
    return result;
}

static void describe(const struct slot *slot, struct wrni_staged *out)
{
    out->length = slot->length;
    out->mtu = slot->mtu;
    out->data = (const uint8_t *)(slot + 1);
}

bool wrni_stage_peek(const struct wrni_stage *stage, const struct wrni_queue *queue, struct wrni_staged *out)
{
    if (!queue->count)
        return false;
    describe(slot_at(stage, queue->head), out);
    return true;
}

void wrni_stage_pop(struct wrni_stage *stage, struct wrni_queue *queue)
{
    WRNI_ASSERT(queue->count);
    uint32_t     id = queue->head;
    struct slot *slot = slot_at(stage, id);
    uint32_t     next = slot->next;
    wrni_wipe(slot, stride(stage->bytes));
    slot->next = stage->free;
    stage->free = id + 1;
    stage->used--;
    queue->count--;
    queue->head = next ? next - 1 : 0;
    if (!queue->count)
        queue->tail = 0;
}

uint32_t wrni_stage_purge(struct wrni_stage *stage, struct wrni_queue *queue)
{
    uint32_t dropped = queue->count;
    while (queue->count)
        wrni_stage_pop(stage, queue);
    return dropped;
}

uint32_t wrni_stage_walk(const struct wrni_stage *stage, const struct wrni_queue *queue, uint32_t id, struct wrni_staged *out)
{
    if (!queue->count)
        return WRNI_NONE;
    if (id == WRNI_NONE) {
        id = queue->head;
    } else {
        uint32_t next = slot_at(stage, id)->next;
        if (!next || id == queue->tail)
            return WRNI_NONE;
        id = next - 1;
    }
    describe(slot_at(stage, id), out);
    return id;
}
