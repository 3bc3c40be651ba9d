#ifndef TUN_HOUSE_H
#define TUN_HOUSE_H

/*
 * The engine where it lives: its memory, its clock, its entropy. The memory is one mapping, kept out of core dumps and
 * grown by moving. With lanes outside, what changes the engine's configuration waits until they have taken the orders before it.
 */

#include <stddef.h>

#include "crew.h"
#include "warren/record.h"
#include "warren/warren.h"

#define TUN_LANES_MOST 16u
#define TUN_MANAGERS_MOST (1 + (TUN_LANES_MOST > TUN_CREW_MOST ? TUN_LANES_MOST : TUN_CREW_MOST))

struct tun_lanes;

struct tun_house {
    struct wrn_engine *engine;
    struct wrn_recorder *record; /* null: no recording; whoever calls the engine calls it through this */
    void              *memory;
    size_t             size;
    const struct wrn_crypto *crypto;
    void              *context;   /* of crypto: of ipsec-mb, a crew, or null */
    void              *managers[TUN_MANAGERS_MOST]; /* of ipsec-mb, one for each thread, or none; a lane's is behind its number */
    struct tun_crew    crew;      /* when more threads than one seal and open */
    struct tun_lanes  *lanes;     /* null: the engine is its own */
    wrn_time           wall_at, stir_at; /* when to do it again */
    wrn_time           asleep;           /* what CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC: time spent suspended */
};

wrn_time tun_now(void);
/* 0, ENOMEM, or EOPNOTSUPP: the provider does not run here. `provider`: the name of who seals and opens packets; null is the fastest
 * that runs here. `threads`: so many do it, 1 to TUN_CREW_MOST; those beside the calling one begin with tun_house_start. `lanes`: 1,
 * or as many as will be outside, up to TUN_LANES_MOST, and one thread then. Keeps record, which may be null. */
int tun_house_open(struct tun_house *house, struct wrn_recorder *record, const char *provider, unsigned threads, unsigned lanes);
void tun_house_start(struct tun_house *house);
void tun_house_close(struct tun_house *house); /* wipes */
/* The engine is busy with no orders: it takes the next change. */
void tun_house_ready(struct tun_house *house);
/* What is due every second: wall time; entropy every minute; sessions forgotten after suspend (P-139). */
void tun_house_tick(struct tun_house *house, wrn_time now);
/* At least `needed` in every limit, and something to spare. WRN_NO_ROOM: the machine or the limits do not have it. */
enum wrn_status tun_house_grow(struct tun_house *house, const struct wrn_limits *needed);
/* The inner MTU (P-97); staged packets of that length get room. */
void tun_house_mtu(struct tun_house *house, uint32_t mtu);

#endif
