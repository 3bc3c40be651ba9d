#include "state.h"

static void describe(const struct wrn_engine *engine, struct wrn_event *event)
{
    memset(event, 0, sizeof *event);
    event->peer.slot = WRNI_NONE;
    memcpy(event->stamp, engine->stamp_newest, sizeof event->stamp);
    event->under_load = engine->gate.loaded;
}

size_t wrn_events(struct wrn_engine *engine, struct wrn_event *events, size_t count)
{
    struct wrni_list *list = wrni_events_of(engine);
    size_t            given = 0;

    if (engine->events && count) {
        describe(engine, &events[given]);
        events[given++].bits = engine->events;
        engine->events = 0;
    }
    while (given < count) {
        uint32_t slot = wrni_list_first(list);
        if (slot == WRNI_NONE)
            break;
        describe(engine, &events[given]);
        events[given].peer = (struct wrn_peer){slot, wrni_slot_at(engine, slot)->generation};
        events[given].bits = wrni_peer_at(engine, slot)->events;
        events[given].endpoint = wrni_flow_at(engine, slot)->endpoint;
        wrni_peer_at(engine, slot)->events = 0;
        wrni_list_remove(list, slot);
        given++;
    }
    return given;
}
