#include "plan_code.h"

#include "base.h"

/* The rows of a plan, field by field. */

void sim_code_bytes(struct sim_coder *coder, void *bytes, size_t length)
{
    if (coder->in) {
        if (coder->short_of || coder->size - coder->at < length) {
            coder->short_of = true;
            memset(bytes, 0, length);
            return;
        }
        memcpy(bytes, coder->in + coder->at, length);
    } else if (coder->out) {
        memcpy(coder->out + coder->at, bytes, length);
    }
    coder->at += length;
}

void sim_code_64(struct sim_coder *coder, uint64_t *x)
{
    uint8_t bytes[8];

    sim_store64(bytes, *x);
    sim_code_bytes(coder, bytes, sizeof bytes);
    if (coder->in)
        *x = sim_load64(bytes);
}

void sim_code_32(struct sim_coder *coder, uint32_t *x)
{
    uint8_t bytes[4];

    sim_store32(bytes, *x);
    sim_code_bytes(coder, bytes, sizeof bytes);
    if (coder->in)
        *x = sim_load32(bytes);
}

static void code_16(struct sim_coder *coder, uint16_t *x)
{
    uint8_t bytes[2] = {(uint8_t)*x, (uint8_t)(*x >> 8)};

    sim_code_bytes(coder, bytes, sizeof bytes);
    if (coder->in)
        *x = (uint16_t)(bytes[0] | bytes[1] << 8);
}

static void code_bool(struct sim_coder *coder, bool *x)
{
    uint8_t byte = *x;

    sim_code_bytes(coder, &byte, 1);
    if (coder->in) {
        coder->short_of |= byte > 1;
        *x = byte == 1;
    }
}

static void code_signed(struct sim_coder *coder, int64_t *x)
{
    uint64_t bits = (uint64_t)*x;

    sim_code_64(coder, &bits);
    *x = bits <= INT64_MAX ? (int64_t)bits : -(int64_t)(UINT64_MAX - bits) - 1;
}

static void code_draw(struct sim_coder *coder, struct sim_draw *draw)
{
    sim_code_32(coder, &draw->kind);
    sim_code_64(coder, &draw->a);
    sim_code_64(coder, &draw->b);
}

static void code_endpoint(struct sim_coder *coder, struct wrn_endpoint *endpoint)
{
    sim_code_bytes(coder, endpoint->address, sizeof endpoint->address);
    code_16(coder, &endpoint->port);
    sim_code_bytes(coder, &endpoint->family, 1);
    sim_code_bytes(coder, &endpoint->reserved, 1);
    sim_code_32(coder, &endpoint->host);
}

static void code_half(struct sim_coder *coder, struct sim_half *half)
{
    code_draw(coder, &half->delay);
    sim_code_32(coder, &half->loss.kind);
    sim_code_32(coder, &half->loss.chance);
    sim_code_32(coder, &half->loss.first);
    sim_code_32(coder, &half->loss.count);
    sim_code_32(coder, &half->loss.n);
    sim_code_32(coder, &half->loss.m);
    sim_code_32(coder, &half->loss.recover);
    sim_code_32(coder, &half->loss.good);
    sim_code_32(coder, &half->loss.bad);
    sim_code_32(coder, &half->duplicate);
    sim_code_32(coder, &half->reorder);
    code_draw(coder, &half->late);
    sim_code_32(coder, &half->corrupt.chance);
    sim_code_32(coder, &half->corrupt.bits);
    sim_code_64(coder, &half->rate.ps_per_byte);
    sim_code_32(coder, &half->rate.first);
    sim_code_32(coder, &half->rate.count);
    sim_code_32(coder, &half->queue.kind);
    sim_code_32(coder, &half->queue.packets);
    sim_code_64(coder, &half->queue.bytes);
    sim_code_64(coder, &half->queue.target);
    sim_code_64(coder, &half->queue.interval);
    code_bool(coder, &half->queue.ecn);
}

void sim_code_path(struct sim_coder *coder, void *item)
{
    struct sim_path *path = item;

    sim_code_bytes(coder, path->name, sizeof path->name);
    code_half(coder, &path->up);
    code_half(coder, &path->down);
    sim_code_32(coder, &path->mtu);
    code_bool(coder, &path->fragment);
}

static void code_limits(struct sim_coder *coder, struct wrn_limits *limits)
{
    sim_code_32(coder, &limits->peers);
    sim_code_32(coder, &limits->prefixes);
    sim_code_32(coder, &limits->window_bits);
    sim_code_32(coder, &limits->stage_slots);
    sim_code_32(coder, &limits->stage_share);
    sim_code_32(coder, &limits->stage_bytes);
    sim_code_32(coder, &limits->sources);
    sim_code_32(coder, &limits->lanes);
    sim_code_32(coder, &limits->orders);
}

void sim_code_prefix(struct sim_coder *coder, void *item)
{
    struct wrn_prefix *prefix = item;

    sim_code_bytes(coder, prefix->address, sizeof prefix->address);
    sim_code_bytes(coder, &prefix->family, 1);
    sim_code_bytes(coder, &prefix->length, 1);
}

void sim_code_node(struct sim_coder *coder, void *item)
{
    struct sim_node *node = item;
    int64_t skew = node->skew_ppb;

    sim_code_bytes(coder, node->name, sizeof node->name);
    sim_code_32(coder, &node->role);
    sim_code_32(coder, &node->path);
    sim_code_32(coder, &node->nat);
    code_endpoint(coder, &node->outer);
    sim_code_bytes(coder, node->inner4, sizeof node->inner4);
    sim_code_bytes(coder, node->inner6, sizeof node->inner6);
    code_bool(coder, &node->has_inner4);
    code_bool(coder, &node->has_inner6);
    code_bool(coder, &node->starts_down);
    code_bool(coder, &node->has_clock);
    code_16(coder, &node->mtu);
    code_signed(coder, &node->clock_offset_ns);
    code_signed(coder, &skew);
    coder->short_of |= skew > INT32_MAX || skew < -INT32_MAX;
    node->skew_ppb = coder->short_of ? 0 : (int32_t)skew;
    sim_code_bytes(coder, node->private_key, sizeof node->private_key);
    sim_code_32(coder, &node->load_rate);
    sim_code_32(coder, &node->load_burst);
    code_limits(coder, &node->limits);
    sim_code_32(coder, &node->host);
    sim_code_32(coder, &node->over);
    sim_code_prefix(coder, &node->spoof);
}

void sim_code_peer(struct sim_coder *coder, void *item)
{
    struct sim_peer *peer = item;

    sim_code_32(coder, &peer->node);
    sim_code_32(coder, &peer->peer);
    code_bool(coder, &peer->has_psk);
    code_bool(coder, &peer->endpoint_known);
    code_bool(coder, &peer->absent);
    sim_code_bytes(coder, peer->psk, sizeof peer->psk);
    code_16(coder, &peer->keepalive_s);
    sim_code_32(coder, &peer->first_prefix);
    sim_code_32(coder, &peer->prefix_count);
}

void sim_code_flow(struct sim_coder *coder, void *item)
{
    struct sim_flow *flow = item;

    sim_code_32(coder, &flow->identity);
    sim_code_32(coder, &flow->from);
    sim_code_32(coder, &flow->to);
    sim_code_32(coder, &flow->size);
    code_bool(coder, &flow->ipv6);
    code_bool(coder, &flow->echo);
    code_bool(coder, &flow->ecn);
    code_draw(coder, &flow->every);
    sim_code_64(coder, &flow->start);
    sim_code_64(coder, &flow->stop);
    sim_code_64(coder, &flow->count);
    sim_code_32(coder, &flow->kind);
    code_draw(coder, &flow->sizes);
    code_draw(coder, &flow->on);
    code_draw(coder, &flow->off);
    code_draw(coder, &flow->request);
    code_draw(coder, &flow->response);
    sim_code_64(coder, &flow->timeout);
    sim_code_64(coder, &flow->bytes);
    sim_code_32(coder, &flow->congestion);
    sim_code_32(coder, &flow->first);
    sim_code_32(coder, &flow->rows);
    code_bool(coder, &flow->repeat);
}

void sim_code_event(struct sim_coder *coder, void *item)
{
    struct sim_event *event = item;

    sim_code_bytes(coder, event->name, sizeof event->name);
    sim_code_64(coder, &event->at);
    sim_code_64(coder, &event->until);
    sim_code_32(coder, &event->kind);
    sim_code_32(coder, &event->node);
    sim_code_32(coder, &event->path);
    sim_code_32(coder, &event->nat);
    sim_code_32(coder, &event->side);
    sim_code_32(coder, &event->types);
    sim_code_32(coder, &event->count);
    sim_code_64(coder, &event->every);
    code_bool(coder, &event->one_way);
    code_bool(coder, &event->keep_stamp);
    sim_code_32(coder, &event->first_a);
    sim_code_32(coder, &event->count_a);
    sim_code_32(coder, &event->first_b);
    sim_code_32(coder, &event->count_b);
    code_endpoint(coder, &event->address);
    sim_code_32(coder, &event->rate);
    code_bool(coder, &event->mac1);
    sim_code_32(coder, &event->change);
    sim_code_32(coder, &event->chance);
    sim_code_32(coder, &event->as);
    sim_code_32(coder, &event->wall.kind);
    code_signed(coder, &event->wall.shift_ns);
    sim_code_64(coder, &event->wall.date_s);
    code_bool(coder, &event->counts);
    sim_code_32(coder, &event->set);
    sim_code_32(coder, &event->peer);
    sim_code_32(coder, &event->value);
    sim_code_32(coder, &event->first_prefix);
    sim_code_32(coder, &event->prefix_count);
    sim_code_bytes(coder, event->key, sizeof event->key);
}

void sim_code_expect(struct sim_coder *coder, void *item)
{
    struct sim_expect *expect = item;

    sim_code_bytes(coder, expect->text, sizeof expect->text);
    sim_code_bytes(coder, expect->name, sizeof expect->name);
    sim_code_32(coder, &expect->kind);
    sim_code_32(coder, &expect->compare);
    code_bool(coder, &expect->negated);
    code_bool(coder, &expect->share);
    code_bool(coder, &expect->of_seeds);
    sim_code_32(coder, &expect->seeds);
    sim_code_64(coder, &expect->value);
    sim_code_32(coder, &expect->part);
    sim_code_64(coder, &expect->begin);
    sim_code_64(coder, &expect->end);
    sim_code_32(coder, &expect->first);
    sim_code_32(coder, &expect->count);
}

void sim_code_pair(struct sim_coder *coder, void *item)
{
    struct sim_pair *pair = item;

    sim_code_32(coder, &pair->from);
    sim_code_32(coder, &pair->to);
}

void sim_code_nat(struct sim_coder *coder, void *item)
{
    struct sim_nat *nat = item;

    sim_code_bytes(coder, nat->name, sizeof nat->name);
    sim_code_32(coder, &nat->behind);
    sim_code_32(coder, &nat->map);
    sim_code_32(coder, &nat->filter);
    sim_code_32(coder, &nat->refresh);
    code_draw(coder, &nat->idle);
    code_bool(coder, &nat->preserve);
    code_bool(coder, &nat->parity);
    code_bool(coder, &nat->hairpin);
    code_16(coder, &nat->first_port);
    code_16(coder, &nat->last_port);
    sim_code_bytes(coder, nat->address, sizeof nat->address);
}

void sim_code_number(struct sim_coder *coder, void *item)
{
    sim_code_64(coder, item);
}
