#define _GNU_SOURCE

#include "steer.h"

#include <linux/filter.h>
#include <linux/if_tun.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LOAD(size, at) {.code = BPF_LD | BPF_ABS | (size), .imm = SKF_NET_OFF + (at)} /* into 0, or the program ends with 0 */
#define MOVE(to, from) {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (to), .src_reg = (from)}
#define MIX(to, from) {.code = BPF_ALU64 | BPF_XOR | BPF_X, .dst_reg = (to), .src_reg = (from)}
#define TIMES(to) {.code = BPF_ALU | BPF_MUL | BPF_K, .dst_reg = (to), .imm = TUN_TABLE_SPREAD}
#define PLUS(to, from) {.code = BPF_ALU | BPF_ADD | BPF_X, .dst_reg = (to), .src_reg = (from)}

enum { RESULT = BPF_REG_0, PACKET = BPF_REG_6, BOTH = BPF_REG_7, KEY = BPF_REG_8 };

/* The key is the destination, of IPv6 a number made of it. */
static uint32_t key_of(const struct wrn_prefix *prefix)
{
    uint32_t key = 0;
    for (unsigned word = 0; word < (prefix->family == 4 ? 1u : 4u); word++)
        key = key * (uint32_t)TUN_TABLE_SPREAD + tun_table_word(prefix->address + 4 * word);
    return key;
}

static int load_program(const struct tun_table *table)
{
    const struct bpf_insn program[] = {
        MOVE(PACKET, BPF_REG_1), /* where loads find it */
        LOAD(BPF_B, 0),
        {.code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = RESULT, .imm = 4},
        {.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = RESULT, .off = 5, .imm = 6},
        LOAD(BPF_W, 12), MOVE(BOTH, RESULT),
        LOAD(BPF_W, 16), MOVE(KEY, RESULT),
        {.code = BPF_JMP | BPF_JA, .off = 19},
        LOAD(BPF_W, 8), MOVE(BOTH, RESULT), LOAD(BPF_W, 12), MIX(BOTH, RESULT), LOAD(BPF_W, 16), MIX(BOTH, RESULT),
        LOAD(BPF_W, 20), MIX(BOTH, RESULT),
        LOAD(BPF_W, 24), MOVE(KEY, RESULT), TIMES(KEY), LOAD(BPF_W, 28), PLUS(KEY, RESULT), TIMES(KEY),
        LOAD(BPF_W, 32), PLUS(KEY, RESULT), TIMES(KEY), LOAD(BPF_W, 36), PLUS(KEY, RESULT),
        TUN_TABLE_FIND(table->fd),
        MIX(BOTH, KEY), TIMES(BOTH),
        {.code = BPF_ALU | BPF_RSH | BPF_K, .dst_reg = BOTH, .imm = 16}, /* the kernel takes it modulo the queues */
        MOVE(RESULT, BOTH),
        {.code = BPF_JMP | BPF_EXIT},
    };
    return tun_table_program(program, sizeof program / sizeof program[0]);
}

bool tun_steer_open(struct tun_steer *steer, int device)
{
    *steer = (struct tun_steer){.table.fd = -1};
    if (!tun_table_open(&steer->table))
        return false;
    steer->wanted = calloc(TUN_TABLE_PLACES, sizeof steer->wanted[0]);
    int loaded = steer->wanted ? load_program(&steer->table) : -1;
    if (loaded < 0)
        return false;
    bool good = ioctl(device, TUNSETSTEERINGEBPF, &loaded) == 0;
    close(loaded);
    return good;
}

void tun_steer_close(struct tun_steer *steer)
{
    tun_table_close(&steer->table);
    free(steer->wanted);
    *steer = (struct tun_steer){.table.fd = -1};
}

/* Of two keys with one place the one that is there stays. */
static void want(struct tun_steer *steer, const struct wrn_prefix *prefix, unsigned lane)
{
    uint32_t key = key_of(prefix), place = tun_table_place(key);
    uint64_t entry = tun_table_entry(key, lane);
    if (steer->wanted[place] == 0 || steer->table.entries[place] == entry)
        steer->wanted[place] = entry;
}

void tun_steer_follow(struct tun_steer *steer, const struct wrn_engine *engine, unsigned lanes)
{
    struct wrn_peer peer = {.slot = UINT32_MAX};
    struct wrn_prefix prefix;
    if (!steer->wanted)
        return;
    memset(steer->wanted, 0, TUN_TABLE_PLACES * sizeof steer->wanted[0]);
    while (wrn_peer_next(engine, &peer)) {
        uint32_t cursor = 0;
        while (wrn_allowed_next(engine, peer, &cursor, &prefix)) {
            if (prefix.length == (prefix.family == 4 ? 32 : 128))
                want(steer, &prefix, peer.slot % lanes);
        }
    }
    for (uint32_t place = 0; place < TUN_TABLE_PLACES; place++) {
        if (steer->table.entries[place] != steer->wanted[place])
            steer->table.entries[place] = steer->wanted[place];
    }
}
