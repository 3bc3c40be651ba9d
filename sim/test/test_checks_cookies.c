#include "cookies.h"
#include "feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* S18 and S19 can fail, each part of them, and hold in a storm with a real engine. */

#define S WRN_SECOND

static const uint8_t secret[32] = {7, 1, 7};

static int begin(void **state)
{
    feed_begin(state);
    feed_plan.nodes[1].load_rate = feed_plan.nodes[1].load_burst = 1;
    feed_watch.crypto = &wrn_crypto_sodium;
    memcpy(feed_watch.sides[0].public_key, feed_watch.public_keys[1], 32);
    return 0;
}

static void mac(const uint8_t *key, size_t key_length, const uint8_t *data, size_t length, uint8_t out[16])
{
    struct wrn_mac operation = {
        .key = key, .key_length = key_length, .data = data, .length = length, .out = out, .out_length = 16};

    wrn_crypto_sodium.mac(NULL, &operation, 1);
}

static void cookie_of(const struct wrn_endpoint *source, uint8_t out[16])
{
    uint8_t input[6];

    memcpy(input, source->address, 4);
    input[4] = (uint8_t)(source->port >> 8);
    input[5] = (uint8_t)source->port;
    mac(secret, 32, input, sizeof input, out);
}

/* An initiation from a, for which b multiplies; proven: with mac2 of a's cookie. */
static struct sim_seen initiation(wrn_time at, bool proven)
{
    struct sim_seen seen = feed_message(SIM_SEEN_ARRIVED, 1, at, 1, 148);
    uint8_t cookie[16];

    seen.verdict = WRN_DROP;
    seen.reason = WRN_REASON_HANDSHAKE;
    seen.pair = SIM_NONE;
    seen.computed = 2;
    cookie_of(&seen.remote, cookie);
    if (proven)
        mac(cookie, 16, feed_wire, 132, feed_wire + 132);
    return seen;
}

/* b's tokens that cost nothing. */
static void use_up(wrn_time at)
{
    for (unsigned i = 0; i < 2; i++)
        feed(initiation(at, false));
    feed_whole(SIM_S18);
}

static void s18_without_mac2(void **state)
{
    (void)state;
    use_up(0);
    feed(initiation(S - 1, false));
    feed_broken(SIM_S18);
}

static void s18_load_is_a_rate(void **state)
{
    (void)state;
    use_up(0);
    feed(initiation(S, false));
    feed_whole(SIM_S18);
    feed(initiation(S, false));
    feed_broken(SIM_S18);
}

static void s18_one_source_too_often(void **state)
{
    (void)state;
    sim_cookie_secret(&feed_watch, 1, secret, 0, 0);
    use_up(0);
    for (unsigned i = 0; i < 5; i++)
        feed(initiation(0, true));
    feed(initiation(50 * WRN_MILLISECOND, true));
    feed_whole(SIM_S18);
    feed(initiation(99 * WRN_MILLISECOND, true));
    feed_broken(SIM_S18);
}

static void s18_cookie_of_another_port(void **state)
{
    struct sim_seen seen;

    (void)state;
    sim_cookie_secret(&feed_watch, 1, secret, 0, 0);
    use_up(0);
    seen = initiation(0, true);
    seen.remote.port++;
    feed(seen);
    feed_broken(SIM_S18);
}

static void s19_secret_too_old(void **state)
{
    (void)state;
    sim_cookie_secret(&feed_watch, 1, secret, 0, 0);
    sim_cookie_secret(&feed_watch, 1, secret, 0, 120 * S - 1);
    feed_whole(SIM_S19);
    sim_cookie_secret(&feed_watch, 1, secret, 0, 120 * S);
    feed_broken(SIM_S19);
}

static void s19_old_cookie_taken(void **state)
{
    (void)state;
    sim_cookie_secret(&feed_watch, 1, secret, 0, 0);
    use_up(120 * S);
    feed_whole(SIM_S19);
    feed(initiation(120 * S, true));
    feed_broken(SIM_S19);
}

static void reply(const struct wrn_endpoint *cookie_for)
{
    struct sim_seen seen = feed_message(SIM_SEEN_SENT, 1, 0, 3, 64);
    uint8_t cookie[16];

    seen.cause = SIM_CAUSE_ANSWER;
    seen.pair = SIM_NONE;
    seen.asked_length = 148;
    sim_cookie_secret(&feed_watch, 1, secret, 0, 0);
    cookie_of(cookie_for, cookie);
    sim_cookie_sealed(&feed_watch, 1, cookie);
    feed(seen);
}

static void s19_reply_bound_to_the_port(void **state)
{
    struct wrn_endpoint source = feed_plan.nodes[0].outer;

    (void)state;
    reply(&source);
    feed_whole(SIM_S19);
    source.port++;
    reply(&source);
    feed_broken(SIM_S19);
}

/* a's initiation with that mac1, and a cookie reply to it. */
static void ask(wrn_time at, uint8_t mac1)
{
    struct sim_seen seen = feed_message(SIM_SEEN_SENT, 0, at, 1, 148);

    feed_wire[116] = mac1;
    feed(seen);
}

static void answer(wrn_time at, uint8_t mac1)
{
    static const uint8_t label[8] = {'c', 'o', 'o', 'k', 'i', 'e', '-', '-'};
    struct sim_seen seen = feed_message(SIM_SEEN_ARRIVED, 0, at, 3, 64);
    uint8_t key[32], aad[16] = {mac1};
    struct wrn_hash hash = {
        .first = label, .first_length = 8, .second = feed_watch.public_keys[1], .second_length = 32, .out = key};
    struct wrn_xaead aead = {
        .key = key, .nonce = feed_wire + 8, .aad = aad, .aad_length = 16, .data = feed_wire + 32, .length = 16};

    memset(feed_wire + 32, 0x5a, 16);
    wrn_crypto_sodium.hash(NULL, &hash, 1);
    wrn_crypto_sodium.xseal(NULL, &aead, 1);
    feed(seen);
}

static void s19_reply_to_nothing(void **state)
{
    (void)state;
    answer(0, 1);
    feed_broken(SIM_S19);
}

static void s19_reply_to_an_older_message(void **state)
{
    (void)state;
    ask(0, 1);
    ask(6 * S, 2);
    answer(6 * S, 2);
    feed_whole(SIM_S19);
    ask(12 * S, 3);
    answer(12 * S, 2);
    feed_broken(SIM_S19);
}

static void s19_reply_taken_twice(void **state)
{
    (void)state;
    ask(0, 1);
    answer(0, 1);
    feed_whole(SIM_S19);
    answer(S, 1);
    feed_broken(SIM_S19);
}

static void show(wrn_time at)
{
    struct sim_seen seen = feed_message(SIM_SEEN_SENT, 0, at, 1, 148);
    uint8_t cookie[16];

    memset(cookie, 0x5a, sizeof cookie);
    mac(cookie, 16, feed_wire, 132, feed_wire + 132);
    feed(seen);
}

static void s19_mac2_of_no_cookie(void **state)
{
    (void)state;
    show(0);
    feed_broken(SIM_S19);
}

static void s19_mac2_of_an_old_cookie(void **state)
{
    (void)state;
    ask(0, 1);
    answer(0, 1);
    show(120 * S - 1);
    feed_whole(SIM_S19);
    show(120 * S);
    feed_broken(SIM_S19);
}

/* A storm that lasts longer than a secret, and an honest peer that comes and goes in it. */
static void a_real_engine_in_a_storm(void **state)
{
    static struct small_plan small;
    struct sim_event *event;
    struct ran ran;
    uint32_t attacker;

    (void)state;
    plan_two(&small, "storm", 300 * S);
    plan_flow(&small, 0, 1, S, S, 0);
    small.nodes[1].load_rate = small.nodes[1].load_burst = 10;
    attacker = plan_node(&small, "mallory");
    small.nodes[attacker].role = SIM_ROLE_ATTACKER;
    event = plan_event(&small, SIM_DO_FLOOD, 0, attacker);
    event->types = 1u << 1;
    event->mac1 = true;
    event->rate = 50;
    event->until = WRN_NEVER;
    event->count_a = 1;
    small.numbers[0] = 1;
    small.plan.number_count = 1;
    plan_sort(&small);
    ran = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    assert_lawful(&ran);
    assert_true(checked(&ran, "S18") >= 10);
    assert_true(checked(&ran, "S19") >= 10000);
    run_end(&ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(s18_without_mac2, begin, feed_end),
        cmocka_unit_test_setup_teardown(s18_load_is_a_rate, begin, feed_end),
        cmocka_unit_test_setup_teardown(s18_one_source_too_often, begin, feed_end),
        cmocka_unit_test_setup_teardown(s18_cookie_of_another_port, begin, feed_end),
        cmocka_unit_test_setup_teardown(s19_secret_too_old, begin, feed_end),
        cmocka_unit_test_setup_teardown(s19_old_cookie_taken, begin, feed_end),
        cmocka_unit_test_setup_teardown(s19_reply_bound_to_the_port, begin, feed_end),
        cmocka_unit_test_setup_teardown(s19_reply_to_nothing, begin, feed_end),
        cmocka_unit_test_setup_teardown(s19_reply_to_an_older_message, begin, feed_end),
        cmocka_unit_test_setup_teardown(s19_reply_taken_twice, begin, feed_end),
        cmocka_unit_test_setup_teardown(s19_mac2_of_no_cookie, begin, feed_end),
        cmocka_unit_test_setup_teardown(s19_mac2_of_an_old_cookie, begin, feed_end),
        cmocka_unit_test(a_real_engine_in_a_storm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
