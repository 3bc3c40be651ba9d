#include "boxes.h"

/* Boxes against a model that keeps lists and looks through all of them. */

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

struct permit { struct wrn_endpoint remote; wrn_time used; };

struct modelled {
    struct wrn_endpoint inside, remote;
    uint16_t port;
    wrn_time used;
    struct permit permits[64];
    unsigned count;
};

static struct {
    struct modelled list[256];
    unsigned        count;
} model;

static bool covers(uint32_t depends, const struct wrn_endpoint *a, const struct wrn_endpoint *b)
{
    if (depends == SIM_NAT_ADDRESS)
        return a->family == b->family && memcmp(a->address, b->address, 16) == 0;
    return depends != SIM_NAT_ADDRESS_PORT || sim_same_endpoint(a, b);
}

static struct modelled *mapped(const struct sim_nat *rules, wrn_time now, const struct wrn_endpoint *inside,
                               const struct wrn_endpoint *remote)
{
    for (unsigned i = 0; i < model.count; i++)
        if (now < model.list[i].used + rules->idle.a && sim_same_endpoint(&model.list[i].inside, inside)
            && (inside->family == 6 || covers(rules->map, &model.list[i].remote, remote)))
            return &model.list[i];
    return NULL;
}

static struct modelled *owner(const struct sim_nat *rules, wrn_time now, const struct wrn_endpoint *destination)
{
    bool whole = destination->family == 6 || rules->map == SIM_NAT_NONE;

    for (unsigned i = 0; i < model.count; i++)
        if (now < model.list[i].used + rules->idle.a && model.list[i].inside.family == destination->family
            && (whole ? sim_same_endpoint(&model.list[i].inside, destination) : model.list[i].port == destination->port))
            return &model.list[i];
    return NULL;
}

static struct permit *permitted(const struct sim_nat *rules, wrn_time now, struct modelled *mapping,
                                const struct wrn_endpoint *remote)
{
    for (unsigned i = 0; i < mapping->count; i++)
        if (now < mapping->permits[i].used + rules->idle.a && covers(rules->filter, &mapping->permits[i].remote, remote))
            return &mapping->permits[i];
    return NULL;
}

static unsigned free_ports(const struct sim_nat *rules, wrn_time now, int parity)
{
    unsigned count = 0;

    for (uint16_t port = rules->first_port; port <= rules->last_port; port++) {
        struct wrn_endpoint there = at(198, 0, port);

        count += (parity < 0 || (port & 1) == parity) && !owner(rules, now, &there);
    }
    return count;
}

static void check_port(const struct sim_nat *rules, wrn_time now, const struct wrn_endpoint *inside,
                       const struct wrn_endpoint *source)
{
    struct wrn_endpoint own = at(198, 0, inside->port);
    bool in_range = own.port >= rules->first_port && own.port <= rules->last_port;

    assert_in_range(source->port, rules->first_port, rules->last_port);
    assert_null(owner(rules, now, source));
    if (rules->preserve && in_range && !owner(rules, now, &own))
        assert_int_equal(source->port, own.port);
    else if (rules->parity && free_ports(rules, now, own.port & 1) > 0)
        assert_int_equal(source->port & 1, own.port & 1);
}

static void clean(const struct sim_nat *rules, wrn_time now)
{
    for (unsigned i = 0; i < model.count;)
        if (now >= model.list[i].used + rules->idle.a)
            model.list[i] = model.list[--model.count];
        else
            i++;
}

static void model_out(struct sim_nat_box *box, wrn_time now, const struct wrn_endpoint *inside, const struct wrn_endpoint *remote)
{
    const struct sim_nat *rules = box->rules;
    bool translated = inside->family == 4 && rules->map != SIM_NAT_NONE;
    struct modelled *mapping = mapped(rules, now, inside, remote);
    struct wrn_endpoint source = *inside;
    enum sim_nat_verdict verdict = sim_nat_out(box, now, &source, remote);
    struct permit *permit;

    if (!mapping && translated && free_ports(rules, now, -1) == 0) {
        assert_int_equal(verdict, SIM_NAT_NO_PORT);
        return;
    }
    assert_int_equal(verdict, SIM_NAT_PASSED);
    if (!mapping) {
        if (translated)
            check_port(rules, now, inside, &source);
        clean(rules, now);
        assert_true(model.count < 256);
        mapping = &model.list[model.count++];
        *mapping = (struct modelled){.inside = *inside, .remote = *remote, .port = source.port};
    }
    assert_int_equal(source.port, translated ? mapping->port : inside->port);
    assert_true(translated ? memcmp(source.address, rules->address, 4) == 0 : sim_same_endpoint(&source, inside));
    mapping->used = now;
    permit = permitted(rules, now, mapping, remote);
    if (!permit) {
        assert_true(mapping->count < 64);
        permit = &mapping->permits[mapping->count++];
        permit->remote = *remote;
    }
    permit->used = now;
    for (unsigned i = 0; i < mapping->count;)
        if (now >= mapping->permits[i].used + rules->idle.a)
            mapping->permits[i] = mapping->permits[--mapping->count];
        else
            i++;
}

static enum sim_nat_verdict model_in(struct sim_nat_box *box, wrn_time now, const struct wrn_endpoint *remote,
                                     const struct wrn_endpoint *destination)
{
    const struct sim_nat *rules = box->rules;
    struct modelled *mapping = owner(rules, now, destination);
    struct permit *permit = mapping ? permitted(rules, now, mapping, remote) : NULL;
    struct wrn_endpoint to = *destination;
    enum sim_nat_verdict verdict = sim_nat_in(box, now, remote, &to);

    if (!mapping) {
        assert_int_equal(verdict, SIM_NAT_NO_MAPPING);
    } else if (!permit && rules->filter != SIM_NAT_ENDPOINT) {
        assert_int_equal(verdict, SIM_NAT_FILTERED);
    } else {
        assert_int_equal(verdict, SIM_NAT_PASSED);
        assert_true(sim_same_endpoint(&to, &mapping->inside));
        if (rules->refresh == SIM_NAT_BOTH) {
            mapping->used = now;
            if (permit)
                permit->used = now;
        }
        return verdict;
    }
    assert_true(sim_same_endpoint(&to, destination));
    return verdict;
}

static void one_life(const struct sim_nat *rules, const struct sim_stream *draws, uint64_t seen[6])
{
    struct sim_nat_box box = box_of(rules, &memory);
    wrn_time now = 0;

    memset(&model, 0, sizeof model);
    for (uint64_t i = 0; i < 6000; i++) {
        uint64_t n = 8 * i;
        bool six = sim_below(draws, n, 5) == 0;
        uint8_t who = (uint8_t)sim_below(draws, n + 1, 4), whom = (uint8_t)sim_below(draws, n + 2, 3);
        uint16_t port = (uint16_t)(1998 + sim_below(draws, n + 3, 12)), far = (uint16_t)(50 + sim_below(draws, n + 4, 2));
        struct wrn_endpoint inside = six ? at6(who, port) : at(10, who, port);
        struct wrn_endpoint remote = six ? at6((uint8_t)(100 + whom), far) : at(20, whom, far);
        struct wrn_endpoint target = six || rules->map == SIM_NAT_NONE ? inside : outside(&box, port);

        now += sim_below(draws, n + 5, 4) ? sim_below(draws, n + 6, IDLE / 20) : 0;
        if (sim_below(draws, n + 7, 500) == 0) {
            sim_nat_reboot(&box);
            model.count = 0;
        } else if (sim_below(draws, n + 7, 2)) {
            model_out(&box, now, &inside, &remote);
        } else {
            seen[model_in(&box, now, &remote, &target)]++;
        }
        seen[SIM_NAT_NO_PORT] += box.taken[0] + box.taken[1] == 8;
    }
}

static void boxes_agree_with_lists(void **state)
{
    static const char numbers[] = "0123456789abcdef";
    uint64_t seen[6] = {0};

    (void)state;
    for (unsigned mix = 0; mix < 4 * 3 * 2 * 4; mix++) {
        struct sim_nat rules = home;
        struct sim_stream draws;
        char name[3] = {numbers[mix >> 4], numbers[mix & 15], 0};

        rules.map = mix % 4;
        rules.filter = mix / 4 % 3;
        rules.refresh = mix / 12 % 2;
        rules.preserve = mix / 24 & 1;
        rules.parity = mix / 48 & 1;
        rules.first_port = 2000;
        rules.last_port = 2007;
        sim_stream_init(&draws, 1, "life", name);
        one_life(&rules, &draws, seen);
    }
    for (unsigned i = SIM_NAT_PASSED; i <= SIM_NAT_NO_PORT; i++)
        assert_true(seen[i] > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(boxes_agree_with_lists)};

    return cmocka_run_group_tests(tests, begin, end);
}
