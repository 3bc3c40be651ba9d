#ifndef SIM_TEST_BOXES_H
#define SIM_TEST_BOXES_H

/* Boxes and endpoints for their tests. */

#include "nat.h"

#include "base.h"
#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define IDLE (30 * WRN_SECOND)

static inline struct wrn_endpoint at(uint8_t net, uint8_t host, uint16_t port)
{
    return (struct wrn_endpoint){.address = {net, 0, 0, host}, .family = 4, .port = port};
}

static inline struct wrn_endpoint at6(uint8_t host, uint16_t port)
{
    return (struct wrn_endpoint){.address = {0x20, 1, [15] = host}, .family = 6, .port = port};
}

static const struct sim_nat home = {
    .name = "home", .map = SIM_NAT_ENDPOINT, .filter = SIM_NAT_ADDRESS_PORT, .idle = {SIM_FIXED, IDLE, 0}, .preserve = true,
    .first_port = 1024, .last_port = 65535, .address = {198, 51, 100, 1},
};

static inline struct sim_nat_box box_of(const struct sim_nat *rules, struct sim_memory *memory)
{
    struct sim_nat_box box;

    assert_true(sim_nat_begin(&box, rules, 7, memory));
    return box;
}

static inline struct wrn_endpoint outside(const struct sim_nat_box *box, uint16_t port)
{
    struct wrn_endpoint endpoint = {.family = 4, .port = port};

    memcpy(endpoint.address, box->rules->address, 4);
    return endpoint;
}

#endif
