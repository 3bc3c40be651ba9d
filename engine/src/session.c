#include "session.h"

bool wrni_session_sendable(struct wrni_session *session, wrn_time now)
{
    if (session->may_send && (wrni_expired(session->birth, WRNI_REJECT_AFTER_TIME, now) || session->sent >= WRNI_REJECT_SEND))
        session->may_send = false;
    return session->may_send;
}

bool wrni_session_receivable(const struct wrni_session *session, const struct wrni_window *window, wrn_time now)
{
    return !wrni_expired(session->birth, WRNI_REJECT_AFTER_TIME, now) && window->next < WRNI_WINDOW_LIMIT;
}

bool wrni_session_stale_sender(const struct wrni_session *session, uint64_t sent, wrn_time now)
{
    if (sent > WRNI_REKEY_AFTER_MESSAGES)
        return true;
    if (!session->may_send)
        return false;
    return session->initiator && wrni_expired(session->birth, WRNI_REKEY_AFTER_TIME, now);
}

bool wrni_session_stale_receiver(struct wrni_session *session, wrn_time now)
{
    uint64_t age = WRNI_REJECT_AFTER_TIME - WRNI_KEEPALIVE_TIMEOUT - WRNI_REKEY_TIMEOUT;
    if (session->rekey_asked || !session->may_send || !session->initiator || !wrni_expired(session->birth, age, now))
        return false;
    session->rekey_asked = true;
    return true;
}
