#define _GNU_SOURCE

#include "aim.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define DATA 0x04000000         /* the first four bytes of a message with data, as the program loads them */
#define LIFE (200 * WRN_SECOND) /* of a session, and of the handshake before it */

/* The number of the socket; one that there is not, for what is not in the table. */
static int load_program(const struct tun_table *table)
{
    const struct bpf_insn program[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_6, .src_reg = BPF_REG_1}, /* where loads find the datagram */
        {.code = BPF_LD | BPF_ABS | BPF_W, .imm = 0},
        {.code = BPF_JMP32 | BPF_JNE | BPF_K, .dst_reg = BPF_REG_0, .off = 18, .imm = DATA},
        {.code = BPF_LD | BPF_ABS | BPF_W, .imm = 4},
        {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_8, .src_reg = BPF_REG_0},
        TUN_TABLE_FIND(table->fd),
        {.code = BPF_ALU | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = -1},
        {.code = BPF_JMP | BPF_EXIT},
    };
    return tun_table_program(program, sizeof program / sizeof program[0]);
}

void tun_aim_open(struct tun_aim *aim)
{
    *aim = (struct tun_aim){.program = -1};
    if (!tun_table_open(&aim->table))
        return;
    aim->entered_at = calloc(TUN_TABLE_PLACES, sizeof aim->entered_at[0]);
    if (aim->entered_at)
        aim->program = load_program(&aim->table);
}

void tun_aim_close(struct tun_aim *aim)
{
    tun_table_close(&aim->table);
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

static void enter(struct tun_aim *aim, wrn_time now, uint32_t index, unsigned lane)
{
    uint32_t place = tun_table_place(index);
    if (aim->entered_at[place] != 0 && now < aim->entered_at[place] + LIFE)
        return;
    aim->entered_at[place] = now;
    aim->table.entries[place] = tun_table_entry(index, lane);
}

void tun_aim_at(struct tun_aim *aim, wrn_time now, const struct wrn_packet *packets, size_t count, unsigned lanes)
{
    for (size_t i = 0; i < count && aim->program >= 0; i++) {
        const uint8_t *message = packets[i].data + packets[i].offset;
        if (packets[i].verdict == WRN_SEND && packets[i].length >= 8 && (message[0] == 1 || message[0] == 2))
            enter(aim, now, tun_table_word(message + 4), packets[i].peer.slot % lanes);
    }
}
