#define _GNU_SOURCE

#include "steer.h"

#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(size, at) {.code = BPF_LD | BPF_ABS | (size), .imm = SKF_NET_OFF + (at)} /* into 0, or the program ends with 0 */
#define MIX_IN {.code = BPF_ALU64 | BPF_XOR | BPF_X, .dst_reg = BPF_REG_7, .src_reg = BPF_REG_0}
#define MOVE(to, from) {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (to), .src_reg = (from)}

/* Both addresses into one number; the kernel takes it modulo the queues. */
static const struct bpf_insn program[] = {
    MOVE(BPF_REG_6, BPF_REG_1), /* where loads find the packet */
    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_7},
    LOAD(BPF_B, 0),
    {.code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = BPF_REG_0, .imm = 4},
    {.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = 5, .imm = 6},
    LOAD(BPF_W, 12), MIX_IN, LOAD(BPF_W, 16), MIX_IN,
    {.code = BPF_JMP | BPF_JA, .off = 16},
    LOAD(BPF_W, 8), MIX_IN, LOAD(BPF_W, 12), MIX_IN, LOAD(BPF_W, 16), MIX_IN, LOAD(BPF_W, 20), MIX_IN,
    LOAD(BPF_W, 24), MIX_IN, LOAD(BPF_W, 28), MIX_IN, LOAD(BPF_W, 32), MIX_IN, LOAD(BPF_W, 36), MIX_IN,
    {.code = BPF_ALU | BPF_MUL | BPF_K, .dst_reg = BPF_REG_7, .imm = 0x1e3779b1}, /* low bits spread to high ones */
    {.code = BPF_ALU | BPF_RSH | BPF_K, .dst_reg = BPF_REG_7, .imm = 16},
    MOVE(BPF_REG_0, BPF_REG_7),
    {.code = BPF_JMP | BPF_EXIT},
};

bool tun_steer(int device)
{
    static const char licence[] = "Dual MIT/GPL";
    union bpf_attr load = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
                           .insn_cnt = sizeof program / sizeof program[0],
                           .insns = (uint64_t)(uintptr_t)program,
                           .license = (uint64_t)(uintptr_t)licence};
    int loaded = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
    if (loaded < 0)
        return false;
    bool good = ioctl(device, TUNSETSTEERINGEBPF, &loaded) == 0;
    close(loaded);
    return good;
}
