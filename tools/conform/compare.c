#include "play.h"

#include <string.h>

#include "fields.h"

#define EARLY_NS           ((int64_t)(400 * WRN_MILLISECOND))  /* jitters of up to 333 ms on either side (P-68) */
#define LATE_NS            ((int64_t)(1000 * WRN_MILLISECOND)) /* and the kernel's timers, up to 512 ms late (P-80) */
#define KEEPALIVE_EARLY_NS ((int64_t)(100 * WRN_MILLISECOND))
#define KEEPALIVE_LATE_NS  ((int64_t)(1350 * WRN_MILLISECOND)) /* an eighth of 10 s, and a little */
#define EIGHTH_NS          ((int64_t)(125 * WRN_MILLISECOND))  /* of each second of a persistent keepalive */

void differs(struct side *side, const struct happening *happening, const char *field, const char *meaning,
             const uint8_t *captured, const uint8_t *engine, uint32_t length)
{
    struct conform_difference difference = {.side = &side->report,
                                            .frame = happening->datagram->number,
                                            .time_ns = happening->datagram->time_ns,
                                            .type = happening->type,
                                            .field = field,
                                            .meaning = meaning,
                                            .captured = captured,
                                            .engine = engine,
                                            .length = length};
    if (happening->listener->difference)
        happening->listener->difference(happening->listener->context, &difference);
}

bool compare(struct side *side, const struct happening *happening, const uint8_t *engine, uint32_t length)
{
    struct field field;
    bool same = length == happening->length;

    if (!same)
        differs(side, happening, "length", "P-2 to P-5, P-97: the length of the message", NULL, NULL, 0);
    for (unsigned i = 0; length == happening->length && field_of(happening->type, length, i, &field); i++) {
        if (memcmp(happening->message + field.at, engine + field.at, field.length) == 0)
            continue;
        same = false;
        differs(side, happening, field.name, field.meaning, happening->message + field.at, engine + field.at, field.length);
    }
    uint64_t *count = same ? side->report.equal : side->report.different;
    count[happening->type]++;
    return same;
}

void timed(struct side *side, const struct happening *happening, enum conform_due due, wrn_time due_at, uint32_t persistent_s)
{
    struct conform_timer *timer = &side->report.timers[due];
    struct conform_moment moment = {.side = &side->report, .frame = happening->datagram->number, .due = due};
    bool keepalive = due == CONFORM_KEEPALIVE;
    int64_t late_most = keepalive ? KEEPALIVE_LATE_NS : LATE_NS;

    if (keepalive && persistent_s * EIGHTH_NS + KEEPALIVE_EARLY_NS > late_most)
        late_most = persistent_s * EIGHTH_NS + KEEPALIVE_EARLY_NS;
    moment.late_ns = (int64_t)(happening->at - due_at);
    moment.in_time = moment.late_ns <= late_most && moment.late_ns >= -(keepalive ? KEEPALIVE_EARLY_NS : EARLY_NS);
    timer->earliest_ns = !timer->count || moment.late_ns < timer->earliest_ns ? moment.late_ns : timer->earliest_ns;
    timer->latest_ns = !timer->count || moment.late_ns > timer->latest_ns ? moment.late_ns : timer->latest_ns;
    timer->count++;
    timer->out_of_time += !moment.in_time;
    if (happening->listener->moment)
        happening->listener->moment(happening->listener->context, &moment);
}
