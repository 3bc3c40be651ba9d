#ifndef TUN_TABLE_H
#define TUN_TABLE_H

/*
 * Which lane a key belongs to, as a table that BPF programs look into and the driver writes to without a call. A key has one place:
 * while another key has it, it is not found.
 */

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TUN_TABLE_BITS 16
#define TUN_TABLE_PLACES (1u << TUN_TABLE_BITS)
#define TUN_TABLE_SPREAD 0x1e3779b1

struct tun_table {
    int                fd;      /* -1: there is none */
    volatile uint64_t *entries; /* the key, and behind it the lane's number plus one; 0: nobody's */
};

bool tun_table_open(struct tun_table *table); /* false: the kernel (before Linux 5.5) does not have it, or not for us */
void tun_table_close(struct tun_table *table);
uint32_t tun_table_word(const uint8_t *at); /* as the programs load it */
uint32_t tun_table_place(uint32_t key);
uint64_t tun_table_entry(uint32_t key, unsigned lane);
/* A descriptor of the program, or -1. */
int tun_table_program(const struct bpf_insn *program, size_t count);

/* Instructions: if the key in register 8 has a lane, that is the program's result; otherwise it goes on behind them. */
#define TUN_TABLE_FIND(table_fd)                                                                                               \
    {.code = BPF_ALU | BPF_MOV | BPF_X, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_8},                                           \
    {.code = BPF_ALU | BPF_MUL | BPF_K, .dst_reg = BPF_REG_0, .imm = TUN_TABLE_SPREAD},                                        \
    {.code = BPF_ALU | BPF_RSH | BPF_K, .dst_reg = BPF_REG_0, .imm = 32 - TUN_TABLE_BITS},                                     \
    {.code = BPF_STX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_10, .src_reg = BPF_REG_0, .off = -4},                               \
    {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_10},                                        \
    {.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -4},                                                    \
    {.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = (table_fd)},                \
    {.code = 0}, /* the one before is of two */                                                                                \
    {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem},                                                             \
    {.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = 6, .imm = 0},                                             \
    {.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_0},                                          \
    {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1},                                         \
    {.code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = BPF_REG_1, .imm = 32},                                                    \
    {.code = BPF_JMP32 | BPF_JNE | BPF_X, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_8, .off = 2},                               \
    {.code = BPF_ALU | BPF_SUB | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},                                                       \
    {.code = BPF_JMP | BPF_EXIT}

#endif
