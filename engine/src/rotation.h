#ifndef WRNI_ROTATION_H
#define WRNI_ROTATION_H

/*
 * Floor 3. The three places of a peer's sessions, and the four operations on them (P-54 to P-57, P-60).
 *
 *   operation                         previous        current    next
 *   ------------------------------    ------------    -------    -----
 *   initiated (valid response)
 *     with a next                     next            new        none      the old current is destroyed
 *     without                         current         new        none
 *   responded (response sent)         none            same       new       the old next is destroyed
 *   confirmed (data under next)       current         next       none
 *   cleared                           none            none       none
 *
 * What loses its place is wiped at once. Receiving works in all three places, sending in current only.
 */

#include "session.h"

enum wrni_place { WRNI_PREVIOUS, WRNI_CURRENT, WRNI_NEXT, WRNI_PLACES };

#define WRNI_NOWHERE 3u

struct wrni_rotation {
    struct wrni_session bodies[WRNI_PLACES];
    uint8_t             place[WRNI_PLACES]; /* which body stands here, or WRNI_NOWHERE */
};

void wrni_rotation_init(struct wrni_rotation *rotation);
/* The body that a new session may be written into: the operation is done, its place is set, body and *body's window are the
 * caller's to fill. */
struct wrni_session *wrni_rotation_initiated(struct wrni_rotation *rotation);
struct wrni_session *wrni_rotation_responded(struct wrni_rotation *rotation);
void                 wrni_rotation_confirmed(struct wrni_rotation *rotation); /* there is a next */
void                 wrni_rotation_clear(struct wrni_rotation *rotation);

struct wrni_session *wrni_rotation_at(struct wrni_rotation *rotation, enum wrni_place place); /* null: nobody */
struct wrni_session *wrni_rotation_find(struct wrni_rotation *rotation, uint32_t local_index);
uint32_t             wrni_rotation_body(const struct wrni_rotation *rotation, const struct wrni_session *session); /* 0..2 */
uint8_t              wrni_rotation_cells(const struct wrni_rotation *rotation); /* a bit for each cell in use */

#endif
