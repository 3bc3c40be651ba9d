#define _GNU_SOURCE

#include "ring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *map(int fd, size_t size, off_t what)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, what);
    return at == MAP_FAILED ? NULL : at;
}

static uint32_t value(const uint8_t *base, uint32_t offset)
{
    uint32_t number;
    memcpy(&number, base + offset, sizeof number);
    return number;
}

/* Requests and completions in one mapping: IORING_FEAT_SINGLE_MMAP, of Linux 5.4. It lasts as long as the program. */
static int map_all(struct ring *ring, const struct io_uring_params *params)
{
    size_t submitted = params->sq_off.array + params->sq_entries * sizeof(uint32_t);
    size_t completed = params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe);
    uint8_t *base = map(ring->fd, submitted > completed ? submitted : completed, IORING_OFF_SQ_RING);
    ring->requests = map(ring->fd, params->sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
    if (!base || !ring->requests)
        return errno;
    ring->head = (void *)(base + params->sq_off.head);
    ring->tail = (void *)(base + params->sq_off.tail);
    ring->state = (void *)(base + params->sq_off.flags);
    ring->mask = value(base, params->sq_off.ring_mask);
    ring->done_head = (void *)(base + params->cq_off.head);
    ring->done_tail = (void *)(base + params->cq_off.tail);
    ring->done_mask = value(base, params->cq_off.ring_mask);
    ring->completions = (void *)(base + params->cq_off.cqes);
    for (uint32_t i = 0; i < params->sq_entries; i++)
        memcpy(base + params->sq_off.array + i * sizeof i, &i, sizeof i);
    return 0;
}

int ring_open(struct ring *ring, unsigned entries, unsigned flags)
{
    struct io_uring_params params = {.flags = flags | IORING_SETUP_CQSIZE, .cq_entries = 4 * entries, .sq_thread_idle = 100};
    *ring = (struct ring){.flags = flags};
    ring->fd = (int)syscall(__NR_io_uring_setup, entries, &params);
    if (ring->fd < 0)
        return errno;
    return params.features & IORING_FEAT_SINGLE_MMAP ? map_all(ring, &params) : ENOSYS;
}

int ring_files(const struct ring *ring, const int *files, unsigned count)
{
    return syscall(__NR_io_uring_register, ring->fd, IORING_REGISTER_FILES, files, count) == 0 ? 0 : errno;
}

struct io_uring_sqe *ring_request(struct ring *ring)
{
    while (ring->next - atomic_load_explicit(ring->head, memory_order_acquire) > ring->mask)
        (void)ring_enter(ring, 0);
    struct io_uring_sqe *request = &ring->requests[ring->next++ & ring->mask];
    memset(request, 0, sizeof *request);
    return request;
}

int ring_enter(struct ring *ring, unsigned wait)
{
    unsigned count = ring->next - ring->told, flags = IORING_ENTER_GETEVENTS;
    atomic_store_explicit(ring->tail, ring->next, memory_order_release);
    if (ring->flags & IORING_SETUP_SQPOLL) { /* its thread sees the requests by itself, if it is awake */
        atomic_thread_fence(memory_order_seq_cst);
        ring->told = ring->next;
        if (atomic_load_explicit(ring->state, memory_order_relaxed) & IORING_SQ_NEED_WAKEUP)
            flags |= IORING_ENTER_SQ_WAKEUP;
        else if (wait == 0)
            return 0;
    }
    long taken = syscall(__NR_io_uring_enter, ring->fd, count, wait, flags, NULL, 0);
    if (taken < 0)
        return errno;
    if (!(ring->flags & IORING_SETUP_SQPOLL))
        ring->told += (uint32_t)taken;
    return 0;
}

const struct io_uring_cqe *ring_completion(const struct ring *ring)
{
    uint32_t head = atomic_load_explicit(ring->done_head, memory_order_relaxed);
    if (head == atomic_load_explicit(ring->done_tail, memory_order_acquire))
        return NULL;
    return &ring->completions[head & ring->done_mask];
}

void ring_seen(struct ring *ring)
{
    atomic_store_explicit(ring->done_head, atomic_load_explicit(ring->done_head, memory_order_relaxed) + 1, memory_order_release);
}

static void *memory(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

int ring_buffers_open(struct ring *ring, struct ring_buffers *buffers, uint16_t group, uint32_t count, uint32_t size)
{
    *buffers = (struct ring_buffers){.ring = memory(count * sizeof(struct io_uring_buf)), .size = size, .count = count};
    buffers->bytes = memory((size_t)count * size);
    if (!buffers->ring || !buffers->bytes)
        return ENOMEM;
    struct io_uring_buf_reg order = {.ring_addr = (uintptr_t)buffers->ring, .ring_entries = count, .bgid = group};
    if (syscall(__NR_io_uring_register, ring->fd, IORING_REGISTER_PBUF_RING, &order, 1) != 0)
        return errno;
    for (uint32_t i = 0; i < count; i++)
        ring_buffer_give(buffers, i);
    return 0;
}

uint8_t *ring_buffer(const struct ring_buffers *buffers, uint32_t number)
{
    return buffers->bytes + (size_t)number * buffers->size;
}

void ring_buffer_give(struct ring_buffers *buffers, uint32_t number)
{
    struct io_uring_buf *buffer = &buffers->ring->bufs[buffers->tail & (buffers->count - 1)];
    buffer->addr = (uintptr_t)ring_buffer(buffers, number);
    buffer->len = buffers->size;
    buffer->bid = (uint16_t)number;
    buffers->tail++;
    atomic_store_explicit((_Atomic uint16_t *)&buffers->ring->tail, buffers->tail, memory_order_release);
}
