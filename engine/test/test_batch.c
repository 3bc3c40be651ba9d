#include "life.h"

#include <stdlib.h>
#include <string.h>

#include "state.h"

/*
 * Law 2: how a run of packets is cut into batches changes no verdict, no byte, no event and no digest.
 *
 * Host 0 is the hub. What the others send to it is kept back, mixed with replays, forgeries and garbage, and handed in as one
 * run: packet by packet to the hub itself, cut at random to copies of its image. Then all must agree, and their outputs too.
 */

enum { COPIES = 4, RUN_MAX = 96, KEPT = 256, OUTPUTS = 256, EVENTS = 64 };

struct kept { struct wrn_endpoint from; uint32_t length; uint8_t tos; uint8_t bytes[NET_BYTES]; };

struct hub {
    struct net  *net;
    struct rng   rng;
    struct kept *kept; /* datagrams for the hub, a ring of the newest */
    size_t       keeps;
    size_t       verdicts[WRN_VERDICT_COUNT];
};

/* One packet and its buffer. */
struct parcel { struct wrn_packet packet; uint8_t bytes[NET_BYTES]; };
struct batch {
    struct wrn_engine *engine;
    struct parcel *run, *out;
    size_t outs, events;
    struct wrn_event event[EVENTS];
    uint8_t digest[32];
};

static bool keep_back(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    struct hub *hub = context;
    if (memcmp(datagram->to.address, net->host[0].address.address, 16) != 0)
        return true;
    struct kept *kept = &hub->kept[hub->keeps++ % KEPT];
    *kept = (struct kept){.from = datagram->from, .length = datagram->length, .tos = (uint8_t)rng_next(&hub->rng)};
    kept->from.port = (uint16_t)(kept->from.port + (rng_below(&hub->rng, 8) == 0)); /* a NAT moves */
    memcpy(kept->bytes, datagram->bytes, datagram->length);
    (void)from;
    return false;
}

static size_t size_of(const struct net *net) { return wrn_engine_size(&net->host[0].config.limits); }

static struct wrn_engine *copy_of(const struct net *net)
{
    size_t size = size_of(net);
    void  *memory = aligned_alloc(16, (size + 15) & ~(size_t)15);
    assert_non_null(memory);
    memcpy(memory, net->host[0].memory, size);
    wrn_engine_attach(memory, &wrn_crypto_sodium, NULL, 1);
    return memory;
}

/* A run of datagrams: the newest kept ones in disorder, replays of old ones, forged and cut ones. */
static size_t draw_net(struct hub *hub, struct parcel *run)
{
    size_t count = 1 + rng_below(&hub->rng, RUN_MAX);
    size_t known = hub->keeps < KEPT ? hub->keeps : KEPT, recent = known < 24 ? known : 24;
    for (size_t i = 0; i < count; i++) {
        struct parcel *p = &run[i];
        struct kept    kept = {.length = 148};
        if (known) {
            size_t back =
                1 + (rng_below(&hub->rng, 4) ? rng_below(&hub->rng, (uint32_t)recent) : rng_below(&hub->rng, (uint32_t)known));
            kept = hub->kept[(hub->keeps - back) % KEPT];
        }
        if (rng_below(&hub->rng, 8) == 0)
            kept.bytes[rng_below(&hub->rng, kept.length)] ^= (uint8_t)(1u << rng_below(&hub->rng, 8));
        if (rng_below(&hub->rng, 16) == 0)
            kept.length = rng_below(&hub->rng, kept.length + 1);
        memcpy(p->bytes, kept.bytes, NET_BYTES);
        p->packet = (struct wrn_packet){
            .data = p->bytes, .capacity = NET_BYTES, .length = kept.length, .remote = kept.from, .tos = kept.tos};
        if (rng_below(&hub->rng, 50) == 0)
            p->packet.offset = (uint32_t)rng_next(&hub->rng);
    }
    return count;
}

static size_t draw_tun(struct hub *hub, struct parcel *run)
{
    size_t count = 1 + rng_below(&hub->rng, RUN_MAX);
    for (size_t i = 0; i < count; i++) {
        uint32_t length = rng_below(&hub->rng, 12) ? 28 + rng_below(&hub->rng, 200) : rng_below(&hub->rng, 1500);
        uint8_t *ip = run[i].bytes + WRN_HEADROOM;
        rng_bytes(&hub->rng, run[i].bytes, 64);
        memset(ip, 0, 20);
        ip[0] = rng_below(&hub->rng, 30) ? 0x45 : 0x15;
        ip[1] = (uint8_t)rng_next(&hub->rng);
        ip[2] = (uint8_t)(length >> 8);
        ip[3] = (uint8_t)length;
        ip[12] = ip[16] = 10;
        ip[15] = 1;
        ip[19] = (uint8_t)(1 + rng_below(&hub->rng, 5));
        run[i].packet = (struct wrn_packet){.data = run[i].bytes, .capacity = NET_BYTES, .offset = WRN_HEADROOM, .length = length,
                                            .mtu = (uint16_t)(rng_below(&hub->rng, 3) * 100)};
    }
    return count;
}

static void hand_in(struct batch *b, wrn_time now, bool net_side, size_t count, size_t most, struct rng *rng)
{
    struct wrn_packet packets[RUN_MAX];
    for (size_t done = 0; done < count;) {
        size_t part = most == 1 ? 1 : 1 + rng_below(rng, (uint32_t)most);
        if (part > count - done)
            part = count - done;
        for (size_t i = 0; i < part; i++)
            packets[i] = b->run[done + i].packet;
        if (net_side)
            wrn_net_input(b->engine, now, packets, part);
        else
            wrn_tun_input(b->engine, now, packets, part);
        for (size_t i = 0; i < part; i++)
            b->run[done + i].packet = packets[i];
        done += part;
    }
}

static void take_out(struct batch *b, wrn_time now, size_t most, struct rng *rng)
{
    b->outs = 0;
    for (;;) {
        struct wrn_packet packets[32];
        size_t            asked = most == 1 ? 1 : 1 + rng_below(rng, (uint32_t)most);
        for (size_t i = 0; i < asked; i++)
            packets[i] = (struct wrn_packet){.data = b->out[b->outs + i].bytes, .capacity = NET_BYTES};
        size_t given = wrn_net_output(b->engine, now, packets, asked);
        for (size_t i = 0; i < given; i++)
            b->out[b->outs + i].packet = packets[i];
        b->outs += given;
        assert_true(b->outs + 32 <= OUTPUTS);
        if (given < asked)
            break;
    }
    b->events = wrn_events(b->engine, b->event, EVENTS);
    wrn_digest(b->engine, WRN_PART_ALL, b->digest);
}

static void assert_same_packet(const struct wrn_packet *a, const struct wrn_packet *b)
{
    assert_int_equal(a->verdict, b->verdict);
    assert_int_equal(a->reason, b->reason);
    assert_memory_equal(&a->peer, &b->peer, sizeof a->peer);
    if (a->verdict != WRN_SEND && a->verdict != WRN_DELIVER)
        return;
    assert_int_equal(a->offset, b->offset);
    assert_int_equal(a->length, b->length);
    assert_int_equal(a->tos, b->tos);
    assert_memory_equal(&a->remote, &b->remote, sizeof a->remote);
    assert_memory_equal(a->data + a->offset, b->data + b->offset, a->length);
}

static void assert_same_batch(const struct batch *a, const struct batch *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_same_packet(&a->run[i].packet, &b->run[i].packet);
    assert_int_equal(a->outs, b->outs);
    for (size_t i = 0; i < a->outs; i++)
        assert_same_packet(&a->out[i].packet, &b->out[i].packet);
    assert_int_equal(a->events, b->events);
    assert_memory_equal(a->event, b->event, a->events * sizeof a->event[0]);
    assert_memory_equal(a->digest, b->digest, 32);
}

/* What the hub sent arrives at once. */
static void forward(struct hub *hub, const struct batch *b, size_t count)
{
    struct net *net = hub->net;
    for (size_t i = 0; i < count + b->outs; i++) {
        const struct wrn_packet *packet = i < count ? &b->run[i].packet : &b->out[i - count].packet;
        hub->verdicts[packet->verdict] += i < count;
        for (unsigned host = 1; host < net->hosts && packet->verdict == WRN_SEND; host++)
            if (packet->remote.address[3] == host + 1 && rng_below(&hub->rng, 10))
                net_inject(net, host, &net->host[0].address, packet->data + packet->offset, packet->length);
    }
}

static struct batch batch_of(struct wrn_engine *engine, const struct parcel *run)
{
    struct batch b = {.engine = engine, .run = calloc(RUN_MAX, sizeof *b.run), .out = calloc(OUTPUTS, sizeof *b.out)};
    assert_true(b.run && b.out);
    memcpy(b.run, run, RUN_MAX * sizeof *run);
    for (size_t i = 0; i < RUN_MAX; i++)
        b.run[i].packet.data = b.run[i].bytes;
    return b;
}

static void end_batch(struct batch *b)
{
    free(b->run);
    free(b->out);
}

static void one_run(struct hub *hub, bool net_side)
{
    struct parcel *run = calloc(RUN_MAX, sizeof *run);
    struct net    *net = hub->net;
    struct rng     cut = {rng_next(&hub->rng)};
    assert_non_null(run);
    size_t       count = net_side ? draw_net(hub, run) : draw_tun(hub, run);
    struct batch whole[COPIES + 1];
    for (unsigned i = 1; i <= COPIES; i++)
        whole[i] = batch_of(copy_of(net), run);
    whole[0] = batch_of(net->host[0].engine, run);
    for (unsigned i = 0; i <= COPIES; i++) {
        static const size_t most[COPIES + 1] = {1, RUN_MAX, 20, 5, 2};
        hand_in(&whole[i], net->now, net_side, count, i == 1 ? RUN_MAX : most[i], &cut);
        take_out(&whole[i], net->now, most[i] < 32 ? most[i] : 32, &cut);
    }
    for (unsigned i = 1; i <= COPIES; i++) {
        assert_same_batch(&whole[0], &whole[i], count);
        free(whole[i].engine);
        end_batch(&whole[i]);
    }
    forward(hub, &whole[0], count);
    end_batch(&whole[0]);
    free(run);
}

static void others(struct hub *hub)
{
    struct net *net = hub->net;
    for (unsigned i = rng_below(&hub->rng, 12); i > 0; i--)
        net_send(net, 1 + rng_below(&hub->rng, net->hosts - 1), 0, 28 + rng_below(&hub->rng, 300));
    wrn_time step =
        (wrn_time[]){0, WRN_MILLISECOND, 300 * WRN_MILLISECOND, 6 * WRN_SECOND, 70 * WRN_SECOND}[rng_below(&hub->rng, 5)];
    net->now += rng_below(&hub->rng, 10) == 0 ? 2 * step : step;
    for (unsigned host = 1; host < net->hosts; host++)
        net_pump(net, host);
    if (rng_below(&hub->rng, 12) == 0)
        wrn_report_load(net->host[0].engine, net->now);
}

/* Near its last counters a session runs out in the middle of a batch. */
static void near_the_end(struct hub *hub)
{
    struct wrni_rotation *rotation = &wrni_flow_at(hub->net->host[0].engine, rng_below(&hub->rng, hub->net->hosts - 1))->rotation;
    struct wrni_session  *current = wrni_rotation_at(rotation, WRNI_CURRENT);
    if (current && rng_below(&hub->rng, 2))
        current->sent = WRNI_REJECT_SEND - rng_below(&hub->rng, 20);
    else if (current && current->sent < WRNI_REKEY_AFTER_MESSAGES)
        current->sent = WRNI_REKEY_AFTER_MESSAGES - rng_below(&hub->rng, 20);
}

static void law2_any_cutting_of_a_run_is_the_same_run(void **state)
{
    struct wrn_config config;
    (void)state;
    wrn_config_default(&config);
    config.limits = (struct wrn_limits){.peers = 5, .prefixes = 16, .window_bits = 256, .stage_slots = 8, .stage_share = 6,
                                        .stage_bytes = 1000, .sources = 64, .lanes = 1, .orders = 16};
    config.load_rate = 5;
    config.load_burst = 12;
    struct hub hub = {.kept = calloc(KEPT, sizeof *hub.kept)};
    for (uint64_t seed = 1; seed <= 6; seed++) {
        hub.net = net_new_with(5, 0, &config, &wrn_crypto_sodium);
        hub.rng.state = seed;
        hub.keeps = 0;
        for (unsigned host = 1; host < 5; host++)
            net_connect(hub.net, 0, host);
        hub.net->tap = keep_back;
        hub.net->tap_context = &hub;
        for (unsigned round = 0; round < 150; round++) {
            others(&hub);
            if (rng_below(&hub.rng, 40) == 0)
                near_the_end(&hub);
            one_run(&hub, rng_below(&hub.rng, 3) != 0);
        }
        net_free(hub.net);
    }
    for (unsigned verdict = WRN_SEND; verdict < WRN_VERDICT_COUNT; verdict++)
        assert_true(hub.verdicts[verdict] > 10 || verdict == WRN_PASS);
    free(hub.kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(law2_any_cutting_of_a_run_is_the_same_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
