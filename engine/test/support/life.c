#include "life.h"

#include <stdlib.h>
#include <string.h>

static bool road(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    struct life *life = context;
    (void)net;
    (void)from;
    datagram->at += rng_below(&life->road, 40) * WRN_MILLISECOND;
    datagram->tos = (uint8_t)rng_next(&life->road);
    if (rng_below(&life->road, 20) == 0)
        datagram->bytes[rng_below(&life->road, datagram->length)] ^= 1;
    return rng_below(&life->road, 10) != 0;
}

void life_begin(struct life *life, uint64_t seed, const struct wrn_limits *limits)
{
    struct wrn_config config;
    wrn_config_default(&config);
    config.limits = *limits;
    config.load_burst = 20;
    config.load_rate = 2;
    *life = (struct life){.rng = {seed}, .road = {seed ^ 77}};
    life->net = net_new_with(LIFE_HOSTS, 5 * WRN_MILLISECOND, &config, &wrn_crypto_sodium);
    for (unsigned a = 0; a < LIFE_HOSTS; a++)
        for (unsigned b = 0; b < a; b++) {
            net_connect(life->net, a, b);
            life->there[a][b] = life->there[b][a] = true;
        }
    life->net->tap = road;
    life->net->tap_context = life;
}

void life_end(struct life *life) { net_free(life->net); }

static void change(struct life *life, unsigned host, unsigned other)
{
    struct net            *net = life->net;
    struct wrn_peer_change change = {.mask = (uint32_t)rng_next(&life->rng) & (WRN_CHANGE_PINNED | WRN_CHANGE_KEEPALIVE),
                                     .keepalive_s = (uint16_t)(rng_below(&life->rng, 4) * 9),
                                     .pinned = rng_below(&life->rng, 4) == 0,
                                     .endpoint = net->host[other].address};
    change.mask |=
        (uint32_t[]){0, WRN_CHANGE_ENDPOINT, WRN_CHANGE_ENDPOINT, WRN_CHANGE_FORGET_ENDPOINT}[rng_below(&life->rng, 4)];
    (void)wrn_peer_set(net->host[host].engine, net->now, net->host[host].peers[other], &change);
}

static void both_preshared(struct life *life, unsigned host, unsigned other)
{
    struct net            *net = life->net;
    struct wrn_peer_change change = {.mask = WRN_CHANGE_PRESHARED_KEY};
    rng_bytes(&life->rng, change.preshared_key, 32);
    (void)wrn_peer_set(net->host[host].engine, net->now, net->host[host].peers[other], &change);
    (void)wrn_peer_set(net->host[other].engine, net->now, net->host[other].peers[host], &change);
}

static void remove_or_add(struct life *life, unsigned host, unsigned other)
{
    struct net *net = life->net;
    if (life->there[host][other]) {
        assert_int_equal(wrn_peer_remove(net->host[host].engine, net->now, net->host[host].peers[other]), WRN_OK);
        net->host[host].peers[other].generation = 0;
    } else {
        net_introduce(net, host, other, true);
    }
    life->there[host][other] = !life->there[host][other];
}

static void garbage(struct life *life, unsigned host)
{
    uint8_t  bytes[200] = {0};
    uint32_t length = (uint32_t[]){148, 92, 64, 32, 48, 200}[rng_below(&life->rng, 6)];
    rng_bytes(&life->rng, bytes, length);
    memset(bytes + 1, 0, 3);
    bytes[0] = (uint8_t)rng_below(&life->rng, 6);
    net_inject(life->net, host, &life->net->host[rng_below(&life->rng, LIFE_HOSTS)].address, bytes, length);
}

/* A step for the whole device of a host. */
static void device(struct life *life, unsigned host)
{
    struct wrn_engine *engine = life->net->host[host].engine;
    wrn_time           now = life->net->now;
    uint8_t            bytes[32];
    switch (rng_below(&life->rng, 8)) {
    case 0:
        wrn_report_load(engine, now);
        break;
    case 1:
        (void)wrn_set_up(engine, now, rng_below(&life->rng, 3) != 0);
        break;
    case 2:
        wrn_forget_sessions(engine, now);
        break;
    case 3:
        wrn_forget_paths(engine);
        break;
    case 4:
        rng_bytes(&life->rng, bytes, sizeof bytes);
        wrn_engine_stir(engine, bytes);
        break;
    case 5:
        (void)wrn_set_mtu(engine, (uint16_t)(rng_below(&life->rng, 3) * 700));
        break;
    case 6:
        wrn_wall(engine, now, 1700000000 + now / WRN_SECOND, rng_below(&life->rng, 1000000000));
        break;
    default:
        life->net->host[host].address.port = (uint16_t)(1000 + rng_below(&life->rng, 3));
    }
}

void life_step(struct life *life)
{
    struct net *net = life->net;
    unsigned    host = rng_below(&life->rng, LIFE_HOSTS), other = (host + 1 + rng_below(&life->rng, LIFE_HOSTS - 1)) % LIFE_HOSTS;
    uint32_t    draw = rng_below(&life->rng, 100);

    if (draw < 50)
        net_send(net, host, other, 28 + rng_below(&life->rng, 1400));
    else if (draw < 70)
        net_run(net, net->now + rng_below(&life->rng, 60) * WRN_MILLISECOND);
    else if (draw < 84)
        net_run(net, net->now + rng_below(&life->rng, 8000) * WRN_MILLISECOND);
    else if (draw < 86)
        net_run(net, net->now + rng_below(&life->rng, 200) * WRN_SECOND);
    else if (draw < 90)
        garbage(life, host);
    else if (draw < 93)
        change(life, host, other);
    else if (draw < 94)
        both_preshared(life, host, other);
    else if (draw < 96)
        remove_or_add(life, host, other);
    else
        device(life, host);
}

uint64_t life_log(const struct life *life)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < life->net->sents; i++) {
        const struct net_sent *sent = &life->net->sent[i];
        const uint64_t         words[4] = {sent->at, sent->from | (uint64_t)sent->type << 8 | (uint64_t)sent->length << 16,
                                           sent->counter, sent->to.port | (uint64_t)sent->to.address[3] << 16};
        for (unsigned word = 0; word < 4; word++)
            hash = (hash ^ words[word]) * UINT64_C(0x100000001b3);
    }
    for (size_t i = 0; i < life->net->delivereds; i++) {
        const struct net_delivered *delivered = &life->net->delivered[i];
        hash = (hash ^ delivered->at) * UINT64_C(0x100000001b3);
        hash = (hash ^ delivered->id ^ (uint64_t)delivered->to << 32) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static size_t size_of(const struct wrn_engine *engine)
{
    struct wrn_limits limits;
    wrn_engine_limits(engine, &limits);
    return wrn_engine_size(&limits);
}

static void *memory_of(size_t size)
{
    void *memory = aligned_alloc(16, (size + 15) & ~(size_t)15);
    assert_non_null(memory);
    memset(memory, 0xc3, size);
    return memory;
}

void life_hop(struct life *life, unsigned host)
{
    struct net_host *h = &life->net->host[host];
    size_t           size = size_of(h->engine);
    void            *memory = memory_of(size);
    memcpy(memory, h->memory, size);
    memset(h->memory, 0x5a, size);
    free(h->memory);
    h->memory = memory;
    h->engine = memory;
    wrn_engine_attach(h->engine, &wrn_crypto_sodium, NULL, 1);
}

void life_grow(struct life *life, unsigned host, struct rng *rng)
{
    struct net_host *h = &life->net->host[host];
    size_t           before = size_of(h->engine), after;
    wrn_engine_limits(h->engine, &h->config.limits);
    h->config.limits.peers += rng_below(rng, 4) == 0;
    h->config.limits.prefixes += rng_below(rng, 2);
    h->config.limits.stage_slots += rng_below(rng, 4) == 0;
    h->config.limits.stage_bytes += rng_below(rng, 4) == 0;
    h->config.limits.sources += rng_below(rng, 3);
    after = wrn_engine_size(&h->config.limits);
    void          *memory = memory_of(after);
    const uint8_t *old = h->memory;
    uint8_t        left = 0;
    assert_int_equal(wrn_engine_move(&h->engine, memory, after, &h->config.limits), WRN_OK);
    for (size_t i = 0; i < before; i++)
        left |= old[i];
    assert_int_equal(left, 0);
    free(h->memory);
    h->memory = memory;
    assert_ptr_equal(h->engine, memory);
    wrn_engine_attach(h->engine, &wrn_crypto_sodium, NULL, 1);
}
