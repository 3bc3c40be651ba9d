#define _GNU_SOURCE

#include "table.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BYTES (TUN_TABLE_PLACES * sizeof(uint64_t))

static int call(int command, union bpf_attr *attributes)
{
    return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

bool tun_table_open(struct tun_table *table)
{
    union bpf_attr attributes = {.map_type = BPF_MAP_TYPE_ARRAY,
                                 .key_size = sizeof(uint32_t),
                                 .value_size = sizeof(uint64_t),
                                 .max_entries = TUN_TABLE_PLACES,
                                 .map_flags = BPF_F_MMAPABLE};
    *table = (struct tun_table){.fd = call(BPF_MAP_CREATE, &attributes)};
    if (table->fd < 0)
        return false;
    void *entries = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, table->fd, 0);
    if (entries == MAP_FAILED) {
        tun_table_close(table);
        return false;
    }
    table->entries = entries;
    return true;
}

void tun_table_close(struct tun_table *table)
{
    if (table->entries)
        munmap((void *)(uintptr_t)table->entries, BYTES);
    if (table->fd >= 0)
        close(table->fd);
    *table = (struct tun_table){.fd = -1};
}

uint32_t tun_table_word(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

uint32_t tun_table_place(uint32_t key)
{
    return (key * (uint32_t)TUN_TABLE_SPREAD) >> (32 - TUN_TABLE_BITS);
}

uint64_t tun_table_entry(uint32_t key, unsigned lane)
{
    return (uint64_t)key << 32 | (lane + 1);
}

int tun_table_program(const struct bpf_insn *program, size_t count)
{
    static const char licence[] = "Dual MIT/GPL";
    union bpf_attr attributes = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
                                 .insn_cnt = (uint32_t)count,
                                 .insns = (uint64_t)(uintptr_t)program,
                                 .license = (uint64_t)(uintptr_t)licence};
    return call(BPF_PROG_LOAD, &attributes);
}
