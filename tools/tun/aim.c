#define _GNU_SOURCE

#include "aim.h"

#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BITS 16
#define ENTRIES (1u << BITS)
#define BYTES (ENTRIES * sizeof(uint64_t))
#define SPREAD 0x1e3779b1
#define DATA 0x04000000 /* the first four bytes of a message with data, as the program loads them */
#define LIFE (200 * WRN_SECOND) /* of a session, and of the handshake before it */

/* A table's entry: the index, and behind it the lane's number plus one. */
static uint32_t place_of(uint32_t index)
{
    return (index * (uint32_t)SPREAD) >> (32 - BITS);
}

static uint32_t load(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int call(int command, union bpf_attr *attributes)
{
    return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

/* The number of the socket; one that there is not, for what is not in the table. */
static int load_program(int table)
{
    const struct bpf_insn program[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_6, .src_reg = BPF_REG_1}, /* where loads find the datagram */
        {.code = BPF_LD | BPF_ABS | BPF_W, .imm = 0},
        {.code = BPF_JMP32 | BPF_JNE | BPF_K, .dst_reg = BPF_REG_0, .off = 15, .imm = DATA},
        {.code = BPF_LD | BPF_ABS | BPF_W, .imm = 4},
        {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_7, .src_reg = BPF_REG_0},
        {.code = BPF_ALU | BPF_MUL | BPF_K, .dst_reg = BPF_REG_0, .imm = SPREAD},
        {.code = BPF_ALU | BPF_RSH | BPF_K, .dst_reg = BPF_REG_0, .imm = 32 - BITS},
        {.code = BPF_STX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_10, .src_reg = BPF_REG_0, .off = -4},
        {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_10},
        {.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -4},
        {.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = table},
        {0}, /* the instruction before is of two */
        {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem},
        {.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = 4, .imm = 0},
        {.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_0},
        {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1},
        {.code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = BPF_REG_1, .imm = 32},
        {.code = BPF_JMP32 | BPF_JEQ | BPF_X, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_7, .off = 2},
        {.code = BPF_ALU | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = -1},
        {.code = BPF_JMP | BPF_EXIT},
        {.code = BPF_ALU | BPF_SUB | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
        {.code = BPF_JMP | BPF_EXIT},
    };
    static const char licence[] = "Dual MIT/GPL";
    union bpf_attr attributes = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
                                 .insn_cnt = sizeof program / sizeof program[0],
                                 .insns = (uint64_t)(uintptr_t)program,
                                 .license = (uint64_t)(uintptr_t)licence};
    return call(BPF_PROG_LOAD, &attributes);
}

void tun_aim_open(struct tun_aim *aim)
{
    union bpf_attr attributes = {.map_type = BPF_MAP_TYPE_ARRAY,
                                 .key_size = sizeof(uint32_t),
                                 .value_size = sizeof(uint64_t),
                                 .max_entries = ENTRIES,
                                 .map_flags = BPF_F_MMAPABLE};
    *aim = (struct tun_aim){.program = -1};
    int table = call(BPF_MAP_CREATE, &attributes);
    if (table < 0)
        return;
    void *entries = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, table, 0);
    aim->entered_at = calloc(ENTRIES, sizeof aim->entered_at[0]);
    if (entries != MAP_FAILED)
        aim->entries = entries;
    if (aim->entries && aim->entered_at)
        aim->program = load_program(table);
    close(table);
}

void tun_aim_close(struct tun_aim *aim)
{
    if (aim->entries)
        munmap((void *)(uintptr_t)aim->entries, BYTES);
    free(aim->entered_at);
    if (aim->program >= 0)
        close(aim->program);
    *aim = (struct tun_aim){.program = -1};
}

void tun_aim_attach(const struct tun_aim *aim, int socket)
{
    if (aim->program >= 0 && socket >= 0)
        (void)setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &aim->program, sizeof aim->program);
}

static void enter(struct tun_aim *aim, wrn_time now, uint32_t index, uint32_t lane)
{
    uint32_t place = place_of(index);
    if (aim->entered_at[place] != 0 && now < aim->entered_at[place] + LIFE)
        return;
    aim->entered_at[place] = now;
    aim->entries[place] = (uint64_t)index << 32 | (lane + 1);
}

void tun_aim_at(struct tun_aim *aim, wrn_time now, const struct wrn_packet *packets, size_t count, unsigned lanes)
{
    for (size_t i = 0; i < count && aim->program >= 0; i++) {
        const uint8_t *message = packets[i].data + packets[i].offset;
        if (packets[i].verdict == WRN_SEND && packets[i].length >= 8 && (message[0] == 1 || message[0] == 2))
            enter(aim, now, load(message + 4), packets[i].peer.slot % lanes);
    }
}
