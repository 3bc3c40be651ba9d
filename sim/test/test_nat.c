#include "boxes.h"

/* Boxes against what RFC 4787 says. */

static struct sim_memory memory;

static int begin(void **state)
{
    (void)state;
    sim_memory_begin(&memory, &test_host);
    return 0;
}

static int end(void **state)
{
    (void)state;
    sim_memory_end(&memory);
    return 0;
}

/* The outside port that a packet from inside leaves with. */
static uint16_t out(struct sim_nat_box *box, wrn_time now, struct wrn_endpoint inside, struct wrn_endpoint remote)
{
    assert_int_equal(sim_nat_out(box, now, &inside, &remote), SIM_NAT_PASSED);
    if (sim_nat_translates(box->rules, inside.family))
        assert_memory_equal(inside.address, box->rules->address, 4);
    return inside.port;
}

static enum sim_nat_verdict in(struct sim_nat_box *box, wrn_time now, struct wrn_endpoint remote, uint16_t port)
{
    struct wrn_endpoint to = outside(box, port);

    return sim_nat_in(box, now, &remote, &to);
}

static void mapping_depends_on_what_the_rules_say(void **state)
{
    static const bool same[3][3] = {{true, true, true}, {true, true, false}, {true, false, false}};
    const struct wrn_endpoint me = at(10, 5, 4000), remotes[3] = {at(20, 1, 53), at(20, 1, 54), at(20, 2, 53)};

    (void)state;
    for (uint32_t map = SIM_NAT_ENDPOINT; map <= SIM_NAT_ADDRESS_PORT; map++) {
        struct sim_nat rules = home;
        struct sim_nat_box box;

        rules.map = map;
        box = box_of(&rules, &memory);
        for (unsigned i = 0; i < 3; i++)
            assert_int_equal(out(&box, 1, me, remotes[i]) == 4000, same[map][i]);
        assert_int_equal(box.mappings, 1 + map);
    }
}

static void filtering_is_independent_of_mapping(void **state)
{
    static const enum sim_nat_verdict expected[3][3] = {
        {SIM_NAT_PASSED, SIM_NAT_PASSED, SIM_NAT_PASSED},
        {SIM_NAT_PASSED, SIM_NAT_PASSED, SIM_NAT_FILTERED},
        {SIM_NAT_PASSED, SIM_NAT_FILTERED, SIM_NAT_FILTERED},
    };
    const struct wrn_endpoint remotes[3] = {at(20, 1, 53), at(20, 1, 54), at(20, 2, 53)};

    (void)state;
    for (uint32_t map = SIM_NAT_ENDPOINT; map <= SIM_NAT_ADDRESS_PORT; map++)
        for (uint32_t filter = SIM_NAT_ENDPOINT; filter <= SIM_NAT_ADDRESS_PORT; filter++) {
            struct sim_nat rules = home;
            struct sim_nat_box box;
            uint16_t port;

            rules.map = map;
            rules.filter = filter;
            box = box_of(&rules, &memory);
            port = out(&box, 1, at(10, 5, 4000), remotes[0]);
            for (unsigned i = 0; i < 3; i++)
                assert_int_equal(in(&box, 2, remotes[i], port), expected[filter][i]);
            assert_int_equal(in(&box, 2, remotes[0], (uint16_t)(port + 1)), SIM_NAT_NO_MAPPING);
        }
}

static void a_mapping_lives_until_it_was_idle_and_not_longer(void **state)
{
    const struct wrn_endpoint me = at(10, 5, 4000), hub = at(20, 1, 53);
    struct sim_nat_box box = box_of(&home, &memory);

    (void)state;
    out(&box, 0, me, hub);
    assert_int_equal(in(&box, IDLE - 1, hub, 4000), SIM_NAT_PASSED);
    assert_int_equal(in(&box, IDLE, hub, 4000), SIM_NAT_NO_MAPPING); /* what came in did not refresh */
    out(&box, IDLE, me, hub);
    out(&box, 2 * IDLE - 1, me, hub);
    assert_int_equal(in(&box, 3 * IDLE - 2, hub, 4000), SIM_NAT_PASSED);
}

static void inbound_refreshes_only_where_the_rules_say_both(void **state)
{
    const struct wrn_endpoint me = at(10, 5, 4000), hub = at(20, 1, 53), stranger = at(20, 2, 53);
    struct sim_nat rules = home;
    struct sim_nat_box box;

    (void)state;
    rules.refresh = SIM_NAT_BOTH;
    box = box_of(&rules, &memory);
    out(&box, 0, me, hub);
    for (wrn_time now = IDLE - 1; now < 10 * IDLE; now += IDLE - 1) {
        assert_int_equal(in(&box, now, stranger, 4000), SIM_NAT_FILTERED); /* who is refused refreshes nothing */
        assert_int_equal(in(&box, now, hub, 4000), SIM_NAT_PASSED);
    }
    assert_int_equal(in(&box, 11 * IDLE, hub, 4000), SIM_NAT_NO_MAPPING);
}

/* The mapping stays open by talking to another; the permission does not. */
static void a_permission_is_idle_by_itself(void **state)
{
    const struct wrn_endpoint me = at(10, 5, 4000), hub = at(20, 1, 53), other = at(20, 2, 53);
    struct sim_nat_box box = box_of(&home, &memory);

    (void)state;
    out(&box, 0, me, hub);
    out(&box, IDLE / 2, me, other);
    assert_int_equal(in(&box, IDLE, hub, 4000), SIM_NAT_FILTERED);
    assert_int_equal(in(&box, IDLE, other, 4000), SIM_NAT_PASSED);
}

static void the_idle_time_is_drawn_per_box(void **state)
{
    struct sim_nat rules[40];
    unsigned differ = 0;
    uint64_t first = 0;

    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        struct sim_nat_box box;

        rules[i] = home;
        rules[i].idle = (struct sim_draw){SIM_UNIFORM, 30 * WRN_SECOND, 120 * WRN_SECOND};
        rules[i].name[4] = (char)('A' + i);
        box = box_of(&rules[i], &memory);
        assert_in_range(box.idle, 30 * WRN_SECOND, 120 * WRN_SECOND);
        differ += box.idle != first;
        first = first ? first : box.idle;
        assert_int_equal(box.idle, box_of(&rules[i], &memory).idle);
    }
    assert_true(differ > 35);
}

static void ports_are_preserved_while_they_are_free(void **state)
{
    struct sim_nat rules = home;
    struct sim_nat_box box = box_of(&rules, &memory);

    (void)state;
    assert_int_equal(out(&box, 1, at(10, 5, 4000), at(20, 1, 53)), 4000);
    assert_int_not_equal(out(&box, 1, at(10, 6, 4000), at(20, 1, 53)), 4000);
    assert_int_equal(out(&box, 1, at(10, 6, 4001), at(20, 1, 53)), 4001);
    assert_in_range(out(&box, 1, at(10, 6, 80), at(20, 1, 53)), 1024, 65535); /* not of the range: another */
    assert_int_equal(out(&box, 1 + IDLE, at(10, 6, 4000), at(20, 1, 53)), 4000); /* free again */
    rules.preserve = false;
    box = box_of(&rules, &memory);
    assert_int_not_equal(out(&box, 1, at(10, 5, 4000), at(20, 1, 53)), 4000);
}

static void parity_is_kept_while_it_can_be(void **state)
{
    struct sim_nat rules = home;
    struct sim_nat_box box;

    (void)state;
    rules.preserve = false;
    rules.parity = true;
    rules.first_port = 1025;
    rules.last_port = 1033; /* five odd, four even */
    box = box_of(&rules, &memory);
    for (uint8_t i = 0; i < 4; i++)
        assert_int_equal(out(&box, 1, at(10, i, 4000), at(20, 1, 53)) & 1, 0);
    assert_int_equal(out(&box, 1, at(10, 4, 4000), at(20, 1, 53)) & 1, 1); /* no even one is left */
    for (uint8_t i = 5; i < 9; i++)
        assert_int_equal(out(&box, 1, at(10, i, 4001), at(20, 1, 53)) & 1, 1);
    assert_int_equal(box.taken[0], 4);
    assert_int_equal(box.taken[1], 5);
}

static void a_box_without_ports_refuses_and_recovers(void **state)
{
    struct sim_nat rules = home;
    struct wrn_endpoint me = at(10, 200, 4000), hub = at(20, 1, 53);
    struct sim_nat_box box;

    (void)state;
    rules.first_port = 2000;
    rules.last_port = 2007;
    box = box_of(&rules, &memory);
    for (uint8_t i = 0; i < 8; i++)
        out(&box, i, at(10, i, 4000), hub);
    assert_int_equal(sim_nat_out(&box, 10, &me, &hub), SIM_NAT_NO_PORT);
    assert_int_equal(me.port, 4000);
    out(&box, 11, at(10, 3, 4000), hub); /* who has a port keeps it */
    assert_int_equal(sim_nat_out(&box, IDLE - 1, &me, &hub), SIM_NAT_NO_PORT);
    assert_int_equal(sim_nat_out(&box, IDLE, &me, &hub), SIM_NAT_PASSED);
}

static void hairpins_carry_the_outside_source(void **state)
{
    struct sim_nat rules = home;
    struct wrn_endpoint from = at(10, 5, 4000), to = at(198, 1, 5000);
    struct sim_nat_box box = box_of(&rules, &memory);

    (void)state;
    to = outside(&box, 5000);
    assert_int_equal(sim_nat_turn(&box, 1, &from, &to), SIM_NAT_NO_HAIRPIN);
    assert_int_equal(box.live, 0);
    rules.hairpin = true;
    assert_int_equal(sim_nat_turn(&box, 1, &from, &to), SIM_NAT_NO_MAPPING);
    from = at(10, 5, 4000);
    out(&box, 2, at(10, 6, 5000), outside(&box, 4000)); /* the other side speaks too: now both are let in */
    assert_int_equal(sim_nat_turn(&box, 3, &from, &to), SIM_NAT_PASSED);
    assert_true(from.port == 4000 && memcmp(from.address, rules.address, 4) == 0);
    assert_true(to.port == 5000 && to.address[0] == 10 && to.address[3] == 6);
}

static void a_reboot_forgets_everything_but_the_idle_time(void **state)
{
    struct sim_nat rules = home;
    struct sim_nat_box box;
    uint16_t before;
    uint64_t idle;

    (void)state;
    rules.preserve = false;
    box = box_of(&rules, &memory);
    idle = box.idle;
    before = out(&box, 1, at(10, 5, 4000), at(20, 1, 53));
    sim_nat_reboot(&box);
    assert_int_equal(box.live + box.mappings + box.taken[0] + box.taken[1], 0);
    assert_int_equal(in(&box, 2, at(20, 1, 53), before), SIM_NAT_NO_MAPPING);
    assert_int_not_equal(out(&box, 3, at(10, 5, 4000), at(20, 1, 53)), before);
    assert_int_equal(box.idle, idle);
}

static void ipv6_is_filtered_and_never_translated(void **state)
{
    struct wrn_endpoint me = at6(5, 4000), hub = at6(1, 53), other = at6(2, 53), to = me;
    struct sim_nat_box box = box_of(&home, &memory);

    (void)state;
    assert_int_equal(sim_nat_in(&box, 0, &hub, &to), SIM_NAT_NO_MAPPING);
    assert_int_equal(sim_nat_out(&box, 0, &me, &hub), SIM_NAT_PASSED);
    assert_true(sim_same_endpoint(&me, &to));
    assert_int_equal(sim_nat_in(&box, 1, &hub, &to), SIM_NAT_PASSED);
    assert_true(sim_same_endpoint(&me, &to));
    assert_int_equal(sim_nat_in(&box, 1, &other, &to), SIM_NAT_FILTERED);
    assert_int_equal(sim_nat_in(&box, IDLE, &hub, &to), SIM_NAT_NO_MAPPING);
    assert_int_equal(box.taken[0] + box.taken[1], 0);
}

/* Home inside, carrier outside: a packet out and its answer back; and either box can be the one that forgets. */
static void boxes_stack(void **state)
{
    struct sim_nat carrier = home, own = home;
    struct wrn_endpoint from = at(10, 5, 4000), hub = at(20, 1, 53), to;
    struct sim_nat_box inner, outer;

    (void)state;
    carrier.map = SIM_NAT_ADDRESS_PORT;
    carrier.preserve = false;
    carrier.idle.a = IDLE / 3;
    carrier.name[0] = 'c';
    own.address[0] = 100;
    inner = box_of(&own, &memory);
    outer = box_of(&carrier, &memory);
    assert_int_equal(sim_nat_out(&inner, 0, &from, &hub), SIM_NAT_PASSED);
    assert_true(from.address[0] == 100 && from.port == 4000);
    assert_int_equal(sim_nat_out(&outer, 0, &from, &hub), SIM_NAT_PASSED);
    assert_int_equal(from.address[0], 198);
    to = from;
    assert_int_equal(sim_nat_in(&outer, 1, &hub, &to), SIM_NAT_PASSED);
    assert_true(to.address[0] == 100 && to.port == 4000);
    assert_int_equal(sim_nat_in(&inner, 1, &hub, &to), SIM_NAT_PASSED);
    assert_true(to.address[0] == 10 && to.address[3] == 5 && to.port == 4000);
    to = from;
    assert_int_equal(sim_nat_in(&outer, IDLE / 3, &hub, &to), SIM_NAT_NO_MAPPING);
    to = at(100, 1, 4000);
    memcpy(to.address, own.address, 4);
    assert_int_equal(sim_nat_in(&inner, IDLE / 3, &hub, &to), SIM_NAT_PASSED);
}

/* Ports drawn for one host do not depend on whether another is there. */
static void draws_belong_to_who_asks(void **state)
{
    struct sim_nat rules = home;
    struct sim_nat_box alone, crowded;

    (void)state;
    rules.preserve = false;
    alone = box_of(&rules, &memory);
    crowded = box_of(&rules, &memory);
    for (uint8_t i = 0; i < 20; i++) {
        out(&crowded, i, at(10, 77, 4000), at(20, i, 53));
        assert_int_equal(out(&alone, i, at(10, i, 4000), at(20, 1, 53)), out(&crowded, i, at(10, i, 4000), at(20, 1, 53)));
    }
}

static void thousands_of_mappings(void **state)
{
    struct sim_nat rules = home;
    struct sim_nat_box box;

    (void)state;
    rules.map = SIM_NAT_ADDRESS_PORT;
    box = box_of(&rules, &memory);
    for (unsigned round = 0; round < 3; round++) {
        wrn_time now = round * 2 * IDLE;

        for (uint16_t i = 0; i < 5000; i++)
            out(&box, now + i, at(10, (uint8_t)i, 4000), at(20, (uint8_t)(i >> 8), i));
        assert_int_equal(box.mappings, 5000);
        assert_int_equal(box.live, 10000);
    }
    assert_int_equal(box.entries.count, 10000); /* what expired is used again */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mapping_depends_on_what_the_rules_say),
        cmocka_unit_test(filtering_is_independent_of_mapping),
        cmocka_unit_test(a_mapping_lives_until_it_was_idle_and_not_longer),
        cmocka_unit_test(inbound_refreshes_only_where_the_rules_say_both),
        cmocka_unit_test(a_permission_is_idle_by_itself),
        cmocka_unit_test(the_idle_time_is_drawn_per_box),
        cmocka_unit_test(ports_are_preserved_while_they_are_free),
        cmocka_unit_test(parity_is_kept_while_it_can_be),
        cmocka_unit_test(a_box_without_ports_refuses_and_recovers),
        cmocka_unit_test(hairpins_carry_the_outside_source),
        cmocka_unit_test(a_reboot_forgets_everything_but_the_idle_time),
        cmocka_unit_test(ipv6_is_filtered_and_never_translated),
        cmocka_unit_test(boxes_stack),
        cmocka_unit_test(draws_belong_to_who_asks),
        cmocka_unit_test(thousands_of_mappings),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
