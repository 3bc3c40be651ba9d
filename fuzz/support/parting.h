#ifndef FUZZ_PARTING_H
#define FUZZ_PARTING_H

/*
 * What is tried on copies of an engine when a plan has ended, so that the engine itself goes on as if nothing was:
 *
 *   batch          datagrams handed in at once, or output asked for at once, are not what they are one by one (law 2)
 *   nowhere        a packet from an address of no family moved a peer there
 *   poor-buffer    output is longer than its buffer, or what did not fit in is counted nowhere
 *   unsent-effect  taking back what is of nobody changed more than a counter
 *   index-gone     an index is a peer's that is not there any more, or of a session that nobody sees
 *   low-order      an initiation in the name of a peer with such a key is answered (P-19),
 *                  or one to it leaves, or is tried again at once
 *   last-stamp     behind the last stamp there is another one, or behind any other than the next (P-47)
 *   granted        an initiation that another one overtook comes at another time than the pause after it (P-69, P-168)
 *   request-late   a request of the text protocol comes before what has become due
 *   told-new       see told.h; owing: see pair.h
 *   scope          a path is forgotten that is part of an address, or another one is not (P-119, P-121)
 *   no-room        events without room for one, or a packet beyond any datagram, changed something
 */

#include "pair.h"

void pair_part(const struct pair *pair, unsigned side);

#endif
