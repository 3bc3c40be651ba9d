#include <pthread.h>

#include "lanes.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

/* One fat peer over many cores: plan, crypt in any order and any batch, settle in order, is the direct call. */

enum { RUN = 40, BYTES = 256 };

/* An engine with two lanes and one fat peer in lane 0, with a session made by hand. */
struct fat {
    struct wrn_engine *engine;
    struct wrn_lane   *lane;
    void              *memory, *lane_memory;
    size_t             lane_size;
    struct wrn_peer    peer;
    uint32_t           index[4]; /* of sessions, by cell */
};

static const uint8_t        ours[32] = {1}, theirs[32] = {2};
static const struct wrn_endpoint there = {.address = {192, 0, 2, 7}, .family = 4, .port = 7};

static void order(struct fat *fat, wrn_time now, enum wrni_order_kind kind)
{
    struct wrn_order made = {.kind = kind, .slot = fat->peer.slot, .generation = fat->peer.generation};
    wrn_lane_order(fat->lane, now, &made, 1);
}

/* Session number `cell`: keys of its own. The other side has the mirror image, under the same index. */
static void session(struct fat *fat, wrn_time birth, unsigned cell, bool initiator)
{
    struct wrn_order made = {.kind = initiator ? WRNI_ORDER_INITIATED : WRNI_ORDER_RESPONDED,
                             .slot = fat->peer.slot,
                             .generation = fat->peer.generation,
                             .cell = (uint8_t)cell,
                             .birth = birth};
    fat->index[cell] = wrni_index_make(&wrni_inline_lane(fat->engine)->key, fat->peer.slot * 4 + cell, 5);
    made.local_index = made.remote_index = fat->index[cell];
    memcpy(initiator ? made.send_key : made.receive_key, ours, 32);
    memcpy(initiator ? made.receive_key : made.send_key, theirs, 32);
    made.send_key[31] = made.receive_key[31] = (uint8_t)cell;
    wrn_lane_order(fat->lane, birth, &made, 1);
}

static void fat_new(struct fat *fat)
{
    struct wrn_config config;
    struct wrn_prefix all = {.family = 4};
    struct wrn_order  orders[8];
    assert_true(sodium_init() >= 0);
    memset(fat, 0, sizeof *fat);
    wrn_config_default(&config);
    config.limits.lanes = 2;
    config.limits.window_bits = 128;
    size_t size = wrn_engine_size(&config.limits);
    fat->memory = aligned_alloc(16, (size + 15) & ~(size_t)15);
    assert_int_equal(wrn_engine_init(&fat->engine, fat->memory, size, &config, 0), WRN_OK);
    wrn_engine_attach(fat->engine, &wrn_crypto_sodium, NULL, 1);
    fat->lane_size = wrn_lane_size(&config.limits);
    fat->lane_memory = aligned_alloc(16, (fat->lane_size + 15) & ~(size_t)15);
    assert_int_equal(wrn_lane_init(&fat->lane, fat->lane_memory, fat->lane_size, fat->engine, 0), WRN_OK);
    wrn_lane_attach(fat->lane, &wrn_crypto_sodium, NULL);
    assert_int_equal(wrn_set_up(fat->engine, 0, true), WRN_OK);
    assert_int_equal(wrn_peer_add(fat->engine, 0, theirs, &fat->peer), WRN_OK);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = there};
    assert_int_equal(wrn_peer_set(fat->engine, 0, fat->peer, &change), WRN_OK);
    assert_int_equal(wrn_allowed_add(fat->engine, fat->peer, &all, NULL), WRN_OK);
    size_t count = wrn_orders(fat->engine, 0, orders, 8);
    wrn_lane_order(fat->lane, 0, orders, count);
}

static void fat_free(struct fat *fat)
{
    free(fat->memory);
    free(fat->lane_memory);
}

/* Packets. ------------------------------------------------------------------------------------------------------------------- */

struct run { uint8_t bytes[RUN][BYTES]; struct wrn_packet packet[RUN]; };

static void plain(struct run *run, unsigned i, uint32_t length)
{
    uint8_t *ip = run->bytes[i] + WRN_HEADROOM;
    memset(run->bytes[i], 0, BYTES);
    ip[0] = 0x45;
    ip[3] = (uint8_t)length;
    ip[20] = (uint8_t)i;
    run->packet[i] = (struct wrn_packet){.data = run->bytes[i], .capacity = BYTES, .offset = WRN_HEADROOM, .length = length};
}

static void plain_run(struct run *run)
{
    for (unsigned i = 0; i < RUN; i++)
        plain(run, i, 28 + i * 3);
}

static void copy_run(struct run *to, const struct run *from)
{
    *to = *from;
    for (unsigned i = 0; i < RUN; i++)
        to->packet[i].data = to->bytes[i];
}

static void same_run(const struct run *a, const struct run *b)
{
    assert_memory_equal(a->bytes, b->bytes, sizeof a->bytes);
    for (unsigned i = 0; i < RUN; i++) {
        assert_int_equal(a->packet[i].verdict, b->packet[i].verdict);
        assert_int_equal(a->packet[i].reason, b->packet[i].reason);
        assert_int_equal(a->packet[i].offset, b->packet[i].offset);
        assert_int_equal(a->packet[i].length, b->packet[i].length);
        assert_int_equal(a->packet[i].tos, b->packet[i].tos);
        assert_memory_equal(&a->packet[i].peer, &b->packet[i].peer, sizeof a->packet[i].peer);
        assert_memory_equal(&a->packet[i].remote, &b->packet[i].remote, sizeof a->packet[i].remote);
    }
}

/* Crypt in a random order, in random batches, from moved jobs. */
static void crypt_anyhow(struct rng *rng, struct wrn_job *jobs, size_t count)
{
    size_t         order_of[RUN];
    struct wrn_job elsewhere[RUN];
    for (size_t i = 0; i < count; i++)
        order_of[i] = i;
    for (size_t i = count; i > 1; i--) {
        size_t j = rng_below(rng, (uint32_t)i), swapped = order_of[i - 1];
        order_of[i - 1] = order_of[j];
        order_of[j] = swapped;
    }
    for (size_t done = 0; done < count;) {
        size_t batch = 1 + rng_below(rng, (uint32_t)(count - done));
        for (size_t i = 0; i < batch; i++)
            elsewhere[i] = jobs[order_of[done + i]];
        wrn_crypt(&wrn_crypto_sodium, NULL, elsewhere, batch);
        for (size_t i = 0; i < batch; i++)
            jobs[order_of[done + i]] = elsewhere[i];
        done += batch;
    }
}

static void no_key_left(const struct wrn_job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_true(jobs[i].kind == 0 && wrni_is_zero(jobs[i].key, 32));
}

/* The same. ------------------------------------------------------------------------------------------------------------------ */

static void law8_p83_planned_sending_is_direct_sending(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct fat     direct, planned;
        struct run     a, b;
        struct wrn_job jobs[RUN];
        struct rng     rng = {seed};
        fat_new(&direct);
        fat_new(&planned);
        session(&direct, 0, 0, true);
        session(&planned, 0, 0, true);
        for (unsigned round = 0; round < 2; round++) {
            plain_run(&a);
            a.packet[7].data[WRN_HEADROOM] = 0x15; /* no packet at all: settled by the plan */
            a.packet[9].capacity = WRN_HEADROOM + a.packet[9].length;
            copy_run(&b, &a);
            memset(jobs, 0, sizeof jobs);
            wrn_lane_tun_input(direct.lane, 121 * WRN_SECOND, a.packet, RUN);
            wrn_lane_plan_tun(planned.lane, 121 * WRN_SECOND, b.packet, jobs, RUN);
            crypt_anyhow(&rng, jobs, RUN);
            wrn_lane_settle(planned.lane, 121 * WRN_SECOND, jobs, RUN);
            same_run(&a, &b);
            no_key_left(jobs, RUN);
            assert_memory_equal(direct.lane, planned.lane, direct.lane_size);
        }
        fat_free(&direct);
        fat_free(&planned);
    }
}

/* A run of datagrams as it may come: replays in the same run, forgeries, an unknown index, a confirmation in the middle. */
static void datagrams(struct fat *sender, struct run *run, struct rng *rng)
{
    plain_run(run);
    wrn_lane_tun_input(sender->lane, 10, run->packet, RUN);
    for (unsigned i = 0; i < RUN; i++) {
        assert_int_equal(run->packet[i].verdict, WRN_SEND);
        struct wrn_packet *packet = &run->packet[i];
        *packet = (struct wrn_packet){
            .data = packet->data, .capacity = BYTES, .offset = packet->offset, .length = packet->length, .remote = there};
        uint32_t what = rng_below(rng, 8), other = rng_below(rng, RUN);
        if (what == 0 && other < i) {
            memcpy(run->bytes[i], run->bytes[other], BYTES);
            packet->length = run->packet[other].length;
        } else if (what == 1) {
            packet->data[packet->offset + packet->length - 1] ^= 1;
        } else if (what == 2) {
            packet->data[packet->offset + 5] ^= 1;
        }
    }
}

static void law8_p61_p62_planned_receiving_is_direct_receiving(void **state)
{
    uint64_t seen[WRN_REASON_COUNT] = {0};
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct fat     sender, direct, planned;
        struct run     a, b;
        struct wrn_job jobs[RUN];
        struct rng     rng = {seed};
        fat_new(&sender);
        fat_new(&direct);
        fat_new(&planned);
        session(&sender, 0, 0, true);
        session(&direct, 0, 0, false); /* still to be confirmed */
        session(&planned, 0, 0, false);
        for (unsigned round = 0; round < 3; round++) {
            datagrams(&sender, &a, &rng);
            copy_run(&b, &a);
            memset(jobs, 0, sizeof jobs);
            wrn_lane_net_input(direct.lane, 20, a.packet, RUN);
            wrn_lane_plan_net(planned.lane, 20, b.packet, jobs, RUN);
            crypt_anyhow(&rng, jobs, RUN);
            wrn_lane_settle(planned.lane, 20, jobs, RUN);
            same_run(&a, &b);
            no_key_left(jobs, RUN);
            assert_memory_equal(direct.lane, planned.lane, direct.lane_size);
            for (unsigned i = 0; i < RUN; i++)
                seen[b.packet[i].reason]++;
        }
        fat_free(&sender);
        fat_free(&direct);
        fat_free(&planned);
    }
    assert_true(seen[WRN_REASON_NONE] && seen[WRN_REASON_REPLAY] && seen[WRN_REASON_AUTH] && seen[WRN_REASON_INDEX]);
}

/* Each worker takes every third job of a plan, while the others take theirs. */
struct worker { struct wrn_job *jobs; unsigned number; };

static void *work(void *context)
{
    const struct worker *worker = context;
    for (unsigned i = worker->number; i < RUN; i += 3)
        wrn_crypt(&wrn_crypto_sodium, NULL, &worker->jobs[i], 1);
    return NULL;
}

static void crypt_side_by_side(struct wrn_job *jobs)
{
    struct worker workers[3];
    pthread_t     threads[3];
    for (unsigned i = 0; i < 3; i++) {
        workers[i] = (struct worker){jobs, i};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void law8_p83_g71_workers_crypt_side_by_side(void **state)
{
    struct fat     sender, direct, planned;
    struct run     a, b;
    struct wrn_job jobs[RUN] = {0};
    struct rng     rng = {5};
    (void)state;
    fat_new(&sender);
    fat_new(&direct);
    fat_new(&planned);
    session(&sender, 0, 0, true);
    session(&direct, 0, 0, false);
    session(&planned, 0, 0, false);
    for (unsigned round = 0; round < 20; round++) {
        datagrams(&sender, &a, &rng);
        copy_run(&b, &a);
        wrn_lane_net_input(direct.lane, 20, a.packet, RUN);
        wrn_lane_plan_net(planned.lane, 20, b.packet, jobs, RUN);
        crypt_side_by_side(jobs);
        wrn_lane_settle(planned.lane, 20, jobs, RUN);
        same_run(&a, &b);
        plain_run(&a);
        copy_run(&b, &a);
        wrn_lane_tun_input(direct.lane, 20, a.packet, RUN);
        wrn_lane_plan_tun(planned.lane, 20, b.packet, jobs, RUN);
        crypt_side_by_side(jobs);
        wrn_lane_settle(planned.lane, 20, jobs, RUN);
        same_run(&a, &b);
        assert_memory_equal(direct.lane, planned.lane, direct.lane_size);
    }
    fat_free(&sender);
    fat_free(&direct);
    fat_free(&planned);
}

/* Between plan and settle. --------------------------------------------------------------------------------------------------- */

static void all_dropped(struct run *run, unsigned reason)
{
    for (unsigned i = 0; i < RUN; i++) {
        assert_int_equal(run->packet[i].verdict, WRN_DROP);
        assert_int_equal(run->packet[i].reason, reason);
    }
}

static void planned_run(struct fat *fat, struct run *run, struct wrn_job *jobs, bool tun)
{
    if (tun)
        wrn_lane_plan_tun(fat->lane, 20, run->packet, jobs, RUN);
    else
        wrn_lane_plan_net(fat->lane, 20, run->packet, jobs, RUN);
    wrn_crypt(&wrn_crypto_sodium, NULL, jobs, RUN);
}

static void p59_p60_sessions_gone_before_settle_drop(void **state)
{
    static const enum wrni_order_kind ends[] = {WRNI_ORDER_CLEAR, WRNI_ORDER_GONE, WRNI_ORDER_CLEAR_ALL, WRNI_ORDER_UP};
    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        struct fat     sender, fat;
        struct run     run;
        struct wrn_job jobs[RUN] = {0};
        struct rng     rng = {77};
        bool           tun = i % 2, aged = i >= 8;
        fat_new(&sender);
        fat_new(&fat);
        session(&sender, 0, 0, true);
        session(&fat, 0, 0, tun);
        if (tun)
            plain_run(&run);
        else
            datagrams(&sender, &run, &rng);
        for (unsigned k = 0; k < RUN && !tun; k++) /* only good ones here */
            run.packet[k] = k ? (struct wrn_packet){.data = run.bytes[k], .capacity = BYTES, .length = 0} : run.packet[k];
        planned_run(&fat, &run, jobs, tun);
        if (!aged)
            order(&fat, 20, ends[i / 2]);
        wrn_lane_settle(fat.lane, aged ? 180 * WRN_SECOND : 21, jobs, RUN);
        if (tun)
            all_dropped(&run, aged ? WRN_REASON_EXPIRED : WRN_REASON_INDEX);
        assert_int_equal(run.packet[0].verdict, WRN_DROP);
        assert_int_equal(run.packet[0].reason, aged ? WRN_REASON_EXPIRED : WRN_REASON_INDEX);
        struct wrn_report report; /* nothing was sent or received, as far as anybody hears */
        while (wrn_lane_reports(fat.lane, &report, 1))
            assert_false(report.flags & (WRNI_REPORT_SENT_DATA | WRNI_REPORT_RECEIVED | WRNI_REPORT_CONFIRMED));
        no_key_left(jobs, RUN);
        fat_free(&sender);
        fat_free(&fat);
    }
}

/* The nonces of a dropped plan are not used again, though another session has come in between. */
static void p83_nonces_of_a_plan_are_never_taken_back(void **state)
{
    struct fat     fat;
    struct run     run, later;
    struct wrn_job jobs[RUN];
    (void)state;
    fat_new(&fat);
    session(&fat, 0, 0, true);
    plain_run(&run);
    plain_run(&later);
    wrn_lane_plan_tun(fat.lane, 20, run.packet, jobs, RUN);
    wrn_lane_tun_input(fat.lane, 20, later.packet, 3); /* the lane goes on meanwhile */
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(wrni_load_le64(later.packet[i].data + later.packet[i].offset + 8), RUN + i);
    wrn_lane_settle(fat.lane, 21, jobs, RUN); /* nobody crypted them: plaintext stays here */
    all_dropped(&run, WRN_REASON_AUTH);
    wrn_lane_tun_input(fat.lane, 22, later.packet + 3, 1);
    assert_int_equal(wrni_load_le64(later.packet[3].data + later.packet[3].offset + 8), RUN + 3);
    fat_free(&fat);
}

/* A plan under current and previous is settled after a rekey: what was sealed is still good, a session that lost its place is not. */
static void p54_p55_plans_survive_one_rekey_and_not_two(void **state)
{
    (void)state;
    for (unsigned rekeys = 1; rekeys <= 2; rekeys++) {
        struct fat     fat;
        struct run     run;
        struct wrn_job jobs[RUN];
        fat_new(&fat);
        session(&fat, 0, 0, true);
        plain_run(&run);
        planned_run(&fat, &run, jobs, true);
        for (unsigned i = 1; i <= rekeys; i++)
            session(&fat, 20, i, true);
        wrn_lane_settle(fat.lane, 21, jobs, RUN);
        if (rekeys == 2)
            all_dropped(&run, WRN_REASON_INDEX);
        else
            assert_int_equal(run.packet[RUN - 1].verdict, WRN_SEND);
        fat_free(&fat);
    }
}

/* Jobs hold nothing of the lane's memory: it may grow under a plan. */
static void law5_plans_survive_a_move_of_the_lane(void **state)
{
    struct fat        fat;
    struct run        run;
    struct wrn_job    jobs[RUN];
    struct wrn_limits larger;
    (void)state;
    fat_new(&fat);
    session(&fat, 0, 0, true);
    plain_run(&run);
    wrn_lane_plan_tun(fat.lane, 20, run.packet, jobs, RUN);
    wrn_engine_limits(fat.engine, &larger);
    larger.peers = 99;
    size_t size = wrn_lane_size(&larger);
    void  *memory = aligned_alloc(16, (size + 15) & ~(size_t)15);
    assert_int_equal(wrn_lane_move(&fat.lane, memory, size, &larger), WRN_OK);
    free(fat.lane_memory);
    fat.lane_memory = memory;
    wrn_crypt(&wrn_crypto_sodium, NULL, jobs, RUN);
    wrn_lane_settle(fat.lane, 21, jobs, RUN);
    for (unsigned i = 0; i < RUN; i++)
        assert_int_equal(run.packet[i].verdict, WRN_SEND);
    fat_free(&fat);
}

/* P-65, P-64: near the end of the counters a plan stops where the limit is, in 64 bits. */
static void p64_p65_p91_a_plan_ends_at_the_last_counter(void **state)
{
    struct fat     fat;
    struct run     run;
    struct wrn_job jobs[RUN];
    uint32_t       id;
    (void)state;
    fat_new(&fat);
    session(&fat, 0, 0, true);
    struct wrni_flow *flow = wrni_lane_find(fat.lane, fat.peer.slot, &id);
    wrni_rotation_at(&flow->rotation, WRNI_CURRENT)->sent = UINT64_MAX - 8192u - 5; /* REJECT is 2^64 - 8193 */
    plain_run(&run);
    planned_run(&fat, &run, jobs, true);
    wrn_lane_settle(fat.lane, 21, jobs, RUN);
    for (unsigned i = 0; i < RUN; i++) {
        assert_int_equal(run.packet[i].verdict, i < 5 ? WRN_SEND : WRN_TAKEN);
        if (i < 5)
            assert_true(wrni_load_le64(run.packet[i].data + run.packet[i].offset + 8) == UINT64_MAX - 8192u - 5 + i);
    }
    fat_free(&fat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(law8_p83_planned_sending_is_direct_sending),
        cmocka_unit_test(law8_p61_p62_planned_receiving_is_direct_receiving),
        cmocka_unit_test(law8_p83_g71_workers_crypt_side_by_side),
        cmocka_unit_test(p59_p60_sessions_gone_before_settle_drop),
        cmocka_unit_test(p83_nonces_of_a_plan_are_never_taken_back),
        cmocka_unit_test(p54_p55_plans_survive_one_rekey_and_not_two),
        cmocka_unit_test(law5_plans_survive_a_move_of_the_lane),
        cmocka_unit_test(p64_p65_p91_a_plan_ends_at_the_last_counter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
