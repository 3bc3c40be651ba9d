/* Seeds of entropy: all that is drawn, by each entropy; drawn again after a stir, after a peer came back, behind an old secret.
 */
#include "seed.h"

enum { SEND, CALL, TIME, STIR, LOADED, BACK };
enum { MS_1, MS_19, S_1, S_5, S_20, S_119, S_120, S_600 };

static void step(struct seed *seed, unsigned what, unsigned a, unsigned b)
{
    seed_u8(seed, what);
    seed_u8(seed, a);
    seed_u8(seed, b);
}

static void begin(struct seed *seed, unsigned entropy)
{
    seed->size = 0;
    seed_u8(seed, 0);
    seed_u8(seed, entropy);
}

/* One of everything, by both peers. */
static void everything(struct seed *seed)
{
    for (unsigned peer = 0; peer < 2; peer++) {
        step(seed, SEND, peer, 0);
        step(seed, CALL, peer, 2);
        step(seed, TIME, S_5, 0);
        step(seed, LOADED, peer, 3 + peer);
        step(seed, TIME, S_1, 0);
    }
}

void seeds_of_entropy(void)
{
    struct seed seed;
    for (unsigned entropy = 0; entropy < 4; entropy++) {
        begin(&seed, entropy);
        everything(&seed);
        seed_end(&seed, "entropy", "drawn-%u", entropy);
    }
    begin(&seed, 0);
    everything(&seed);
    step(&seed, STIR, 1, 0);
    everything(&seed);
    seed_end(&seed, "entropy", "stirred");
    begin(&seed, 0);
    step(&seed, STIR, 0, 0);
    step(&seed, STIR, 1, 0);
    everything(&seed);
    seed_end(&seed, "entropy", "stirred-first");
    for (unsigned peer = 0; peer < 2; peer++) {
        begin(&seed, 1);
        step(&seed, SEND, peer, 0);
        step(&seed, STIR, 2, 0);
        step(&seed, BACK, peer, 0);
        step(&seed, SEND, peer, 0);
        step(&seed, BACK, peer, 0);
        step(&seed, SEND, peer, 0);
        step(&seed, CALL, peer, 1);
        seed_end(&seed, "entropy", "back-%u", peer);
    }
    begin(&seed, 2);
    step(&seed, LOADED, 0, 1);
    step(&seed, STIR, 3, 0);
    step(&seed, TIME, S_119, 0);
    step(&seed, LOADED, 0, 1);
    step(&seed, TIME, S_20, 0);
    step(&seed, LOADED, 1, 1);
    seed_end(&seed, "entropy", "next-secret");
    begin(&seed, 3);
    step(&seed, SEND, 0, 0);
    for (unsigned i = 0; i < 10; i++)
        step(&seed, TIME, S_5, 0);
    seed_end(&seed, "entropy", "retries");
}
