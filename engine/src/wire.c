#include "wire.h"

enum wrni_kind wrni_wire_kind(const uint8_t *data, size_t length, uint8_t *reason)
{
    /* One word, so that a reserved byte makes the type unknown (P-1). */
    uint32_t type = length < 4 ? 0 : wrni_load_le32(data);
    bool     fits;

    switch (type) {
    case WRNI_INITIATION:
        fits = length == WRNI_INITIATION_BYTES;
        break;
    case WRNI_RESPONSE:
        fits = length == WRNI_RESPONSE_BYTES;
        break;
    case WRNI_COOKIE:
        fits = length == WRNI_COOKIE_BYTES;
        break;
    case WRNI_DATA:
        fits = length >= WRNI_DATA_OVERHEAD; /* any length above: not every peer pads (P-7) */
        break;
    default:
        *reason = WRN_REASON_TYPE;
        return WRNI_UNKNOWN;
    }
    if (!fits) {
        *reason = WRN_REASON_LENGTH;
        return WRNI_UNKNOWN;
    }
    return (enum wrni_kind)type;
}

size_t wrni_wire_mac1_at(enum wrni_kind kind)
{
    WRNI_ASSERT(kind == WRNI_INITIATION || kind == WRNI_RESPONSE);
    return kind == WRNI_INITIATION ? WRNI_INIT_MAC1 : WRNI_RESP_MAC1;
}

uint32_t wrni_wire_padding(uint32_t length, uint32_t mtu)
{
    uint32_t unit = mtu != 0 && length > mtu ? length % mtu : length;
    uint32_t padding = (16 - unit % 16) % 16;

    if (mtu != 0 && padding > mtu - unit)
        padding = mtu - unit;
    return padding;
}

bool wrni_link_local(const struct wrn_endpoint *endpoint)
{
    return endpoint->family == 6 && endpoint->address[0] == 0xfe && (endpoint->address[1] & 0xc0) == 0x80;
}
