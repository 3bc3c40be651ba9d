#include "cases.h"

#include "world.h"

/* Sealing and opening: `a` bytes of inner packet, in batches of `b`. */

struct sealing {
    struct wrn_engine *engine;
    struct bench_pair  pair;
    uint32_t           length, batch, peers;
    uint32_t           draw;
    bool               random;
    struct wrn_packet  packets[BENCH_BATCH];
    struct wrn_aead    aeads[BENCH_BATCH];
    void              *manager; /* of ipsec-mb, or null */
    uint8_t            key[32];
    uint8_t            buffers[BENCH_BATCH][BENCH_BUFFER];
};

static struct sealing *sealing_new(const struct bench_case *self, uint32_t peers, bool random)
{
    struct sealing *s = calloc(1, sizeof *s);
    s->length = self->a;
    s->batch = self->b;
    s->peers = peers;
    s->random = random;
    if (peers) {
        s->engine = bench_crowd(peers);
    } else {
        bench_pair_make(&s->pair, &wrn_crypto_sodium);
        s->engine = s->pair.a;
    }
    for (uint32_t i = 0; i < BENCH_BATCH; i++)
        bench_plaintext(s->buffers[i] + WRN_HEADROOM, s->length, peers ? 0x0a000000u + peers / 2 : 0x0a000002u);
    return s;
}

void *seal_begin(const struct bench_case *self) { return sealing_new(self, 0, false); }
void *seal_crowd_begin(const struct bench_case *self) { return sealing_new(self, 100000, false); }
void *seal_alone_begin(const struct bench_case *self) { return sealing_new(self, 1, false); }
void *seal_random_begin(const struct bench_case *self) { return sealing_new(self, 100000, true); }

/* By another provider, where this machine has it; where not, it is sodium still. */
void *seal_boringssl_begin(const struct bench_case *self)
{
    struct sealing *s = sealing_new(self, 0, false);
    void *context = NULL;
    wrn_engine_attach(s->engine, &wrn_crypto_boringssl, &context, 1);
    return s;
}

void *seal_ipsecmb_begin(const struct bench_case *self)
{
    struct sealing *s = sealing_new(self, 0, false);
    size_t size = wrn_ipsecmb_size();
    s->manager = size ? aligned_alloc(64, size) : NULL;
    void *context = wrn_ipsecmb_init(s->manager, size);
    wrn_engine_attach(s->engine, &wrn_crypto_ipsecmb, &context, 1);
    return s;
}

void seal_run(void *state)
{
    struct sealing *s = state;
    for (uint32_t i = 0; i < s->batch; i++) {
        uint8_t *ip = s->buffers[i] + WRN_HEADROOM; /* what was sealed in place becomes a packet again */
        ip[0] = 0x45;
        ip[1] = 0;
        if (s->random)
            s->draw = s->draw * 1664525u + 1013904223u;
        wrni_store_be32(ip + 16, !s->peers ? 0x0a000002u : 0x0a000000u + (s->random ? (s->draw >> 8) % s->peers : s->peers / 2));
        s->packets[i] =
            (struct wrn_packet){.data = s->buffers[i], .capacity = BENCH_BUFFER, .offset = WRN_HEADROOM, .length = s->length};
    }
    wrn_tun_input(s->engine, s->pair.now, s->packets, s->batch);
    if (s->packets[s->batch - 1].verdict != WRN_SEND)
        wrn_panic("the benchmark seals", __FILE__, __LINE__);
}

void raw_seal_run(void *state)
{
    struct sealing *s = state;
    for (uint32_t i = 0; i < s->batch; i++)
        s->aeads[i] = (struct wrn_aead){
            .key = s->key, .counter = s->draw++, .data = s->buffers[i] + WRN_HEADROOM, .length = (s->length + 15) / 16 * 16};
    if (s->length == 1420) /* the MTU caps padding */
        for (uint32_t i = 0; i < s->batch; i++)
            s->aeads[i].length = 1420;
    wrn_crypto_sodium.seal(NULL, s->aeads, s->batch);
}

void seal_end(void *state)
{
    struct sealing *s = state;
    if (s->peers)
        free(s->engine);
    else
        bench_pair_free(&s->pair);
    free(s->manager);
    free(s);
}

/* Opening: a stock of datagrams, sealed once; when it is used up the receiver's image from before is put back (law 5). */

enum { STOCK = 4096 };

struct opening {
    struct bench_pair pair;
    uint8_t          *image, *stock;
    size_t            image_size;
    uint32_t          length, batch, at, sealed;
    uint8_t           key[32];
    struct wrn_packet packets[BENCH_BATCH];
    struct wrn_aead   aeads[BENCH_BATCH];
    uint8_t           buffers[BENCH_BATCH][BENCH_BUFFER];
};

void *open_begin(const struct bench_case *self)
{
    struct opening *o = calloc(1, sizeof *o);
    o->length = self->a;
    o->batch = self->b;
    bench_pair_make(&o->pair, &wrn_crypto_sodium);
    o->stock = malloc((size_t)STOCK * BENCH_BUFFER);
    for (uint32_t i = 0; i < STOCK; i++) {
        uint8_t          *at = o->stock + (size_t)i * BENCH_BUFFER;
        struct wrn_packet packet = {.data = at, .capacity = BENCH_BUFFER, .offset = WRN_HEADROOM, .length = o->length};
        bench_plaintext(at + WRN_HEADROOM, o->length, 0x0a000002);
        wrn_tun_input(o->pair.a, o->pair.now, &packet, 1);
        o->sealed = packet.length;
    }
    memcpy(o->key, wrni_rotation_at(&wrni_flow_at(o->pair.a, 0)->rotation, WRNI_CURRENT)->send_key, 32);
    o->image_size = o->pair.b->size;
    o->image = malloc(o->image_size);
    memcpy(o->image, o->pair.b, o->image_size);
    return o;
}

static const uint8_t *next_datagram(struct opening *o)
{
    if (o->at == STOCK) {
        o->at = 0;
        memcpy(o->pair.b, o->image, o->image_size);
    }
    return o->stock + (size_t)o->at++ * BENCH_BUFFER;
}

void open_run(void *state)
{
    struct opening *o = state;
    for (uint32_t i = 0; i < o->batch; i++) {
        memcpy(o->buffers[i], next_datagram(o), o->sealed);
        o->packets[i] = (struct wrn_packet){.data = o->buffers[i], .capacity = BENCH_BUFFER, .length = o->sealed};
        o->packets[i].remote = (struct wrn_endpoint){.address = {192, 0, 2, 1}, .family = 4, .port = 51820};
    }
    wrn_net_input(o->pair.b, o->pair.now, o->packets, o->batch);
    if (o->packets[o->batch - 1].verdict != WRN_DELIVER)
        wrn_panic("the benchmark opens", __FILE__, __LINE__);
}

void raw_open_run(void *state)
{
    struct opening *o = state;
    for (uint32_t i = 0; i < o->batch; i++) {
        memcpy(o->buffers[i], next_datagram(o), o->sealed);
        o->aeads[i] = (struct wrn_aead){.key = o->key,
                                        .counter = wrni_load_le64(o->buffers[i] + 8),
                                        .data = o->buffers[i] + 16,
                                        .length = o->sealed - 32};
    }
    wrn_crypto_sodium.open(NULL, o->aeads, o->batch);
    if (!o->aeads[o->batch - 1].good)
        wrn_panic("the benchmark opens", __FILE__, __LINE__);
}

void open_end(void *state)
{
    struct opening *o = state;
    bench_pair_free(&o->pair);
    free(o->stock);
    free(o->image);
    free(o);
}
