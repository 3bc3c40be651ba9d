#ifndef FUZZ_LANED_REPORTS_H
#define FUZZ_LANED_REPORTS_H

#include "laned.h"

/*
 * What control makes of reports, when a plan has ended and everybody has a session. Peers are removed on the way: nothing comes after.
 *
 *   lane-report   a report tells of what was received and sent before it, and timers are not armed as of then, or in another order;
 *                 one of a peer that is gone, or that comes while the interface is down, changed something
 *   lane-event    nobody is told where a peer is now, or is told so when control says otherwise
 *   lane-begin    a lane begins while it must not, or is refused; or knows something else than control
 *   lane-busy     a call that has no room for its orders is not refused; lane-error: or it has changed something
 *   lane-index    the index of a session that its lane does not know yet is taken to be free (P-51)
 *   lane-stale    a job of a peer that is gone is sent, delivered, or wishes for a handshake of the one in its slot
 */
void laned_judge_reports(struct laned *);

#endif
