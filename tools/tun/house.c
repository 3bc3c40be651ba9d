#define _GNU_SOURCE

#include "house.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "capture.h"
#include "lanes.h"
#include "log.h"
#include "memory.h"

#define STAGE_SLOTS 512u
#define MOST_PEERS (UINT32_C(1) << 20)
#define MOST_PREFIXES (UINT32_C(1) << 24)
#define MOST_ORDERS (UINT32_C(1) << 16)
#define ORDERS 1024u

static wrn_time read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (wrn_time)now.tv_sec * WRN_SECOND + (wrn_time)now.tv_nsec;
}

wrn_time tun_now(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

/* Never negative: the clock that may be ahead is read last. */
static wrn_time time_asleep(void)
{
    wrn_time awake = read_clock(CLOCK_MONOTONIC);
    return tun_now() - awake;
}

/* A manager for each thread, or none at all. */
static bool make_managers(struct tun_house *house, unsigned threads)
{
    size_t size = wrn_ipsecmb_size();
    for (unsigned i = 0; size > 0 && i < threads; i++) {
        void *memory = tun_memory_take(size);
        house->managers[i] = wrn_ipsecmb_init(memory, size);
        if (!house->managers[i]) {
            tun_memory_give(memory, size);
            return false;
        }
    }
    return size > 0;
}

static void drop_managers(struct tun_house *house)
{
    for (unsigned i = 0; i < TUN_MANAGERS_MOST; i++) {
        if (house->managers[i]) {
            wrn_ipsecmb_wipe(house->managers[i]);
            munmap(house->managers[i], wrn_ipsecmb_size());
            house->managers[i] = NULL;
        }
    }
}

/* The one of that name; without a name the fastest that runs here. Null: it does not. */
static const struct wrn_crypto *find_crypto(struct tun_house *house, const char *name, unsigned threads)
{
    bool any = name == NULL, boringssl = wrn_boringssl_runs();
    if (any || strcmp(name, wrn_crypto_ipsecmb.name) == 0) {
        bool made = make_managers(house, threads);
        if (made && (!any || !boringssl || wrn_ipsecmb_wide(house->managers[0])))
            return &wrn_crypto_ipsecmb;
        drop_managers(house);
    }
    if (boringssl && (any || strcmp(name, wrn_crypto_boringssl.name) == 0))
        return &wrn_crypto_boringssl;
    return any || strcmp(name, wrn_crypto_sodium.name) == 0 ? &wrn_crypto_sodium : NULL;
}

/* By one thread, or by a crew. */
static bool choose_crypto(struct tun_house *house, const char *name, unsigned threads, unsigned lanes)
{
    house->crypto = find_crypto(house, name, lanes > 1 ? 1 + lanes : threads);
    if (!house->crypto)
        return false;
    house->context = house->managers[0];
    tun_log(TUN_VERBOSE, "packets are sealed and opened by %s", house->crypto->name);
    if (threads > 1) {
        tun_crew_open(&house->crew, house->crypto, house->managers, threads);
        house->crypto = &tun_crew_crypto;
        house->context = &house->crew;
    }
    house->crypto = tun_capture_crypto(house->crypto);
    return true;
}

void tun_house_start(struct tun_house *house)
{
    if (house->crew.threads > 1)
        tun_log(TUN_VERBOSE, "%u threads seal and open", 1 + tun_crew_start(&house->crew));
}

static void attach(struct tun_house *house)
{
    wrn_rec_engine_attach(house->record, house->engine, house->crypto, &house->context, 1, "real");
}

int tun_house_open(struct tun_house *house, struct wrn_recorder *record, const char *provider, unsigned threads, unsigned lanes)
{
    struct wrn_config config;
    *house = (struct tun_house){.record = record};
    if (sodium_init() < 0 || !choose_crypto(house, provider, threads, lanes))
        return EOPNOTSUPP;
    wrn_config_default(&config);
    config.limits.stage_slots = STAGE_SLOTS;
    config.limits.lanes = lanes;
    if (lanes > 1)
        config.limits.orders = ORDERS;
    config.mtu = 0;
    randombytes_buf(config.entropy, sizeof config.entropy);
    house->size = wrn_engine_size(&config.limits);
    house->memory = tun_memory_take(house->size);
    wrn_time now = tun_now();
    bool good = house->memory
                && wrn_rec_engine_init(record, &house->engine, house->memory, house->size, &config, now) == WRN_OK;
    sodium_memzero(&config, sizeof config);
    if (!good)
        return ENOMEM;
    attach(house);
    house->asleep = time_asleep();
    house->stir_at = now + 60 * WRN_SECOND;
    tun_house_tick(house, now);
    return 0;
}

void tun_house_close(struct tun_house *house)
{
    if (house->crew.threads > 1)
        tun_crew_close(&house->crew);
    drop_managers(house);
    if (!house->engine)
        return;
    wrn_rec_engine_wipe(house->record, house->engine);
    munmap(house->memory, house->size);
    *house = (struct tun_house){0};
}

void tun_house_ready(struct tun_house *house)
{
    if (house->lanes)
        tun_lanes_ready(house->lanes);
}

void tun_house_tick(struct tun_house *house, wrn_time now)
{
    if (now < house->wall_at)
        return;
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    wrn_rec_wall(house->record, house->engine, now, (uint64_t)wall.tv_sec, (uint32_t)wall.tv_nsec);
    house->wall_at = now + WRN_SECOND;
    wrn_time asleep = time_asleep();
    bool woke = asleep > house->asleep + WRN_SECOND;
    if (woke) {
        tun_log(TUN_VERBOSE, "the machine was suspended: every session starts anew");
        tun_house_ready(house);
        (void)wrn_rec_forget_sessions(house->record, house->engine, now);
        house->asleep = asleep;
    }
    if (woke || now >= house->stir_at) {
        uint8_t entropy[32];
        randombytes_buf(entropy, sizeof entropy);
        wrn_rec_engine_stir(house->record, house->engine, entropy);
        sodium_memzero(entropy, sizeof entropy);
        house->stir_at = now + 60 * WRN_SECOND;
    }
}

/* Twice what there is, or what is needed; never beyond what a limit can be, but for the refusal of the engine. */
static uint32_t spare(uint32_t now, uint32_t needed, uint32_t most)
{
    if (needed <= now)
        return now;
    uint32_t twice = now > most / 2 ? most : 2 * now;
    return needed > twice ? needed : twice;
}

enum wrn_status tun_house_grow(struct tun_house *house, const struct wrn_limits *needed)
{
    struct wrn_limits limits, before;
    wrn_engine_limits(house->engine, &limits);
    before = limits;
    limits.peers = spare(limits.peers, needed->peers, MOST_PEERS);
    limits.prefixes = spare(limits.prefixes, needed->prefixes, MOST_PREFIXES);
    limits.orders = spare(limits.orders, needed->orders, MOST_ORDERS);
    if (needed->stage_bytes > limits.stage_bytes)
        limits.stage_bytes = needed->stage_bytes;
    if (memcmp(&before, &limits, sizeof limits) == 0)
        return WRN_OK;
    size_t size = wrn_engine_size(&limits);
    void *memory = size ? tun_memory_take(size) : NULL;
    if (!memory || (house->lanes && !tun_lanes_reserve(house->lanes, &limits))) {
        tun_memory_give(memory, size);
        return WRN_NO_ROOM;
    }
    tun_house_ready(house);
    enum wrn_status status = wrn_rec_engine_move(house->record, &house->engine, memory, size, &limits);
    if (status != WRN_OK) {
        munmap(memory, size);
        return status;
    }
    attach(house);
    munmap(house->memory, house->size);
    house->memory = memory;
    house->size = size;
    if (house->lanes)
        tun_lanes_move(house->lanes, &limits);
    tun_log(TUN_VERBOSE, "the engine grew to %u peers and %u allowed IPs", limits.peers, limits.prefixes);
    return WRN_OK;
}

void tun_house_mtu(struct tun_house *house, uint32_t mtu)
{
    struct wrn_limits limits;
    if (mtu > UINT16_MAX)
        mtu = UINT16_MAX;
    tun_house_ready(house);
    (void)wrn_rec_set_mtu(house->record, house->engine, (uint16_t)mtu);
    wrn_engine_limits(house->engine, &limits);
    if (mtu <= limits.stage_bytes)
        return;
    limits.stage_bytes = mtu;
    if (tun_house_grow(house, &limits) != WRN_OK)
        tun_log(TUN_ERROR, "no memory to let packets of %u bytes wait for a session", mtu);
}
