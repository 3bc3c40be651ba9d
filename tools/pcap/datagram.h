#ifndef WARREN_DATAGRAM_H
#define WARREN_DATAGRAM_H

/* An IP and UDP header around a datagram, checksums included, as a capture shows it. */

#include "warren/types.h"

#define DATAGRAM_HEADERS 48u /* at most: IPv6 and UDP */

/* Returns the length of the packet, or 0 when it does not fit `size` or the datagram is too long for IP. Both ends must be of one
 * family. */
size_t datagram_wrap(uint8_t *out, size_t size, const struct wrn_endpoint *source, const struct wrn_endpoint *destination,
                     uint8_t tos, const uint8_t *data, size_t length);

#endif
