/* Seeds of rx_*_raw: each kind of message by the book in each snapshot, and one for each reason to refuse it. */
#include "seed.h"

#include <string.h>

#include "points.h"
#include "straight.h"
#include "world.h"

enum { TYPE = 1, LENGTH = 2, INDEX = 4, MAC1 = 8, MAC2 = 16, BODY = 32, AGAIN = 64, OTHER = 128 };

static void head(struct seed *seed, unsigned snapshot, unsigned source, unsigned repairs, unsigned time)
{
    seed->size = 0;
    seed_u8(seed, snapshot);
    seed_u8(seed, source);
    seed_u8(seed, repairs);
    seed_u8(seed, time);
}

static void initiations(void)
{
    struct seed seed;
    uint8_t     message[FUZZ_INITIATION], ephemeral[32];
    fuzz_entropy(7, ephemeral);
    for (unsigned snapshot = 0; snapshot < FUZZ_SNAPSHOTS; snapshot++) {
        head(&seed, snapshot, 0, BODY, 0);
        seed_bytes(&seed, ephemeral, 32);
        seed_u16(&seed, 200 << 8);
        seed_end(&seed, "rx_init_raw", "honest-%02u", snapshot);
        head(&seed, snapshot, 2, TYPE | LENGTH | MAC1, 0);
        seed_bytes(&seed, ephemeral, 32);
        seed_end(&seed, "rx_init_raw", "mac1-only-%02u", snapshot);
    }
    struct fuzz_world *world = fuzz_world(FUZZ_S0_IDLE);
    (void)fuzz_call(world, FUZZ_B, ephemeral, 9, 1800000000, message);
    head(&seed, FUZZ_S0_IDLE, 1, 0, 0);
    seed_bytes(&seed, message, sizeof message);
    seed_end(&seed, "rx_init_raw", "whole");
    head(&seed, FUZZ_S0_IDLE, 1, AGAIN, 0);
    seed_bytes(&seed, message, sizeof message);
    seed_end(&seed, "rx_init_raw", "twice");
    head(&seed, FUZZ_S0_IDLE, 1, 0, 0);
    seed_bytes(&seed, message, sizeof message - 1);
    seed_end(&seed, "rx_init_raw", "short");
    head(&seed, FUZZ_S0_IDLE, 1, 0, 0);
    seed_bytes(&seed, message, sizeof message);
    seed_u8(&seed, 0);
    seed_end(&seed, "rx_init_raw", "long");
    message[130] ^= 1;
    head(&seed, FUZZ_S0_IDLE, 1, 0, 0);
    seed_bytes(&seed, message, sizeof message);
    seed_end(&seed, "rx_init_raw", "wrong-mac1");
    message[90] ^= 1;
    head(&seed, FUZZ_S0_IDLE, 1, MAC1, 0);
    seed_bytes(&seed, message, sizeof message);
    seed_end(&seed, "rx_init_raw", "wrong-stamp-tag");
    message[41] ^= 1;
    head(&seed, FUZZ_S0_IDLE, 1, MAC1, 0);
    seed_bytes(&seed, message, sizeof message);
    seed_end(&seed, "rx_init_raw", "wrong-static-tag");
    for (unsigned i = 0; i < FUZZ_POINTS; i++) {
        memcpy(message + 8, fuzz_points[i], 32);
        head(&seed, FUZZ_S0_IDLE, 1, MAC1, 0);
        seed_bytes(&seed, message, sizeof message);
        seed_end(&seed, "rx_init_raw", "low-order-%02u", i);
    }
    head(&seed, FUZZ_S7_LOADED, 0, BODY | MAC1 | MAC2, 0);
    seed_bytes(&seed, ephemeral, 32);
    seed_end(&seed, "rx_init_raw", "loaded-mac2");
    head(&seed, FUZZ_S7_LOADED, 0, BODY | MAC1 | MAC2, 4 * 30);
    seed_bytes(&seed, ephemeral, 32);
    seed_end(&seed, "rx_init_raw", "load-is-over");
}

static void responses(void)
{
    struct seed seed;
    for (unsigned snapshot = 0; snapshot < FUZZ_SNAPSHOTS; snapshot++) {
        for (unsigned peer = FUZZ_A; peer <= FUZZ_B; peer++) {
            const struct fuzz_world *world = fuzz_world((enum fuzz_snapshot)snapshot);
            const struct fuzz_peer  *from = &world->peer[peer];
            uint8_t                  message[FUZZ_RESPONSE], ephemeral[32], keys[2][32];
            fuzz_entropy(60 + peer, ephemeral);
            if (!from->pending)
                continue;
            fuzz_respond(message, keys[0], keys[1], &from->hand, ephemeral, NULL, fuzz_us_public, from->psk, 77,
                         fuzz_get32(from->initiation + 4));
            head(&seed, snapshot, 2, MAC1 | (snapshot == FUZZ_S7_LOADED ? MAC2 : 0), 0);
            seed_bytes(&seed, message, sizeof message);
            seed_end(&seed, "rx_resp_raw", "honest-%02u-%u", snapshot, peer);
            message[50] ^= 1;
            head(&seed, snapshot, 2, MAC1 | AGAIN, 0);
            seed_bytes(&seed, message, sizeof message);
            seed_end(&seed, "rx_resp_raw", "wrong-tag-%02u-%u", snapshot, peer);
        }
        head(&seed, snapshot, 0, TYPE | LENGTH | INDEX | MAC1, 0);
        seed_end(&seed, "rx_resp_raw", "empty-%02u", snapshot);
    }
    head(&seed, FUZZ_S2_CURRENT, 0, TYPE | LENGTH | MAC1, 0);
    seed_end(&seed, "rx_resp_raw", "unsolicited");
}

static void cookies_and_data(void)
{
    struct seed seed;
    for (unsigned snapshot = 0; snapshot < FUZZ_SNAPSHOTS; snapshot++) {
        const struct fuzz_world *world = fuzz_world((enum fuzz_snapshot)snapshot);
        const struct fuzz_peer  *peer = &world->peer[FUZZ_A];
        uint8_t                  message[FUZZ_COOKIE], nonce[32], plain[64], data[96];
        fuzz_entropy(70, nonce);
        fuzz_seal_cookie(message, peer->pending ? fuzz_get32(peer->initiation + 4) : peer->session[WRN_CURRENT].local,
                         peer->public_key, nonce, nonce, peer->mac1);
        head(&seed, snapshot, 2, AGAIN, 0);
        seed_bytes(&seed, message, sizeof message);
        seed_end(&seed, "rx_cookie_raw", "honest-%02u", snapshot);
        head(&seed, snapshot, 2, TYPE | LENGTH | INDEX, 0);
        seed_end(&seed, "rx_cookie_raw", "empty-%02u", snapshot);
        head(&seed, snapshot, 2, TYPE | INDEX, 0);
        seed_bytes(&seed, plain, 0);
        seed_bytes(&seed, (uint8_t[33]){4, [32] = 1}, 33);
        seed_end(&seed, "rx_data_raw", "noise-%02u", snapshot);
        for (unsigned place = 0; place < 3; place++) {
            const struct fuzz_session *session = &peer->session[place];
            if (!session->there)
                continue;
            fuzz_inner(plain, sizeof plain, 4, FUZZ_A, true);
            fuzz_seal_data(data, session->receive, session->local, session->next, plain, sizeof plain);
            head(&seed, snapshot, 4 | 3 << 3, AGAIN, 4);
            seed_bytes(&seed, data, sizeof data);
            seed_end(&seed, "rx_data_raw", "honest-%02u-%u", snapshot, place);
        }
    }
}

void seeds_of_raw(void)
{
    initiations();
    responses();
    cookies_and_data();
}
