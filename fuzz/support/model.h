#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

/* Between the parts of a world: what a datagram should become, and what follows from it. */

#include "world.h"

enum fuzz_effect { FUZZ_NOTHING, FUZZ_ASKS_COOKIE, FUZZ_ANSWERED, FUZZ_COMPLETED, FUZZ_TAKES_COOKIE, FUZZ_DATA };

struct fuzz_verdict {
    uint8_t          verdict, reason;
    uint8_t          effect;
    uint8_t          dh, aead; /* at most */
    unsigned         peer;     /* FUZZ_PEERS: none */
    unsigned         place;
    uint64_t         counter;
    struct fuzz_hand hand;
    uint8_t          stamp[12], send[32], receive[32], cookie[16];
    uint8_t          plain[FUZZ_PACKET];
    uint32_t         length; /* of what is delivered */
    uint32_t         bytes;  /* that its peer is said to have sent (P-108) */
};

void fuzz_judge(struct fuzz_world *world, const uint8_t *data, size_t size, unsigned source, struct fuzz_verdict *out);

bool fuzz_session_usable(const struct fuzz_session *session, wrn_time now); /* for receiving: P-59 */
struct fuzz_session *fuzz_session_of(struct fuzz_world *world, uint32_t local, unsigned *peer, unsigned *place);
bool fuzz_index_live(const struct fuzz_world *world, uint32_t index);

/* Accepted: the model after it. `message` is what the engine wrote over it, if it answered. */
void fuzz_follow(struct fuzz_world *world, const struct fuzz_verdict *verdict, const uint8_t *data, unsigned source,
                 const struct wrn_packet *packet);
void fuzz_gone(const struct fuzz_world *world, struct fuzz_session *session); /* wiped */

/* The engine's memory beside an older copy of it: equal but for accounts? */
bool fuzz_silent(struct wrn_engine *engine, uint8_t *before);

/* Two engines, or one and an older copy of it: equal in these parts (WRN_PART_...), whatever their memories hold beside? */
bool fuzz_same_state(const struct wrn_engine *a, const struct wrn_engine *b, unsigned parts);

/* A data message that leaves: this plaintext, padded, under the next counter. */
void fuzz_out_data(struct fuzz_world *world, struct fuzz_peer *peer, const struct wrn_packet *packet, const uint8_t *plain,
                   uint32_t length, uint32_t mtu);
uint32_t fuzz_staged_in_all(const struct fuzz_world *world); /* packets that wait */
bool fuzz_same_place(const struct wrn_endpoint *a, const struct wrn_endpoint *b);

size_t fuzz_memory(void); /* of the engine, in bytes */

/* How long a plaintext is with its padding (P-97). */
uint32_t fuzz_padded(uint32_t length, uint32_t mtu);

#endif
