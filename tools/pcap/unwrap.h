#ifndef WARREN_UNWRAP_H
#define WARREN_UNWRAP_H

/*
 * From a captured frame to the UDP datagram in it: link layer, VLAN tags, IPv4 or IPv6, UDP. Nothing is assumed of the bytes.
 */

#include "warren/types.h"

/* Link types of captures (LINKTYPE_*). */
enum unwrap_link {
    UNWRAP_NULL = 0,       /* BSD loopback: the family in the writer's byte order */
    UNWRAP_ETHERNET = 1,
    UNWRAP_RAW_BSD = 12,   /* raw IP, as some systems number it */
    UNWRAP_RAW = 101,
    UNWRAP_LOOP = 108,     /* OpenBSD loopback: the family in network order */
    UNWRAP_COOKED = 113,   /* Linux cooked */
    UNWRAP_IPV4 = 228,
    UNWRAP_IPV6 = 229,
    UNWRAP_COOKED2 = 276,  /* Linux cooked v2 */
};

enum unwrap_found {
    UNWRAP_DATAGRAM,
    UNWRAP_NO_IP,     /* another protocol, or a header that is none */
    UNWRAP_NO_UDP,
    UNWRAP_FRAGMENT,  /* of an IP packet */
    UNWRAP_SHORT,     /* the capture kept less than there was */
};

struct unwrapped {
    struct wrn_endpoint source, destination;
    const uint8_t      *data; /* within the frame */
    uint32_t            length;
    uint8_t             tos;
};

bool unwrap_knows(int link);
/* `length` bytes were kept of a frame. */
enum unwrap_found unwrap(int link, const uint8_t *frame, size_t length, struct unwrapped *out);

#endif
