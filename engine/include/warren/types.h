#ifndef WARREN_TYPES_H
#define WARREN_TYPES_H

/*
 * The nouns. Every struct here is a plain value; nothing points into the engine.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Nanoseconds on the host's monotonic clock (one that counts suspend), any epoch. */
typedef uint64_t wrn_time;
#define WRN_NEVER UINT64_MAX
#define WRN_SECOND UINT64_C(1000000000)
#define WRN_MILLISECOND UINT64_C(1000000)

/* The one symbol the engine asks of its host besides memcpy, memmove, memset, memcmp. Called on a mistake of ours or a misuse
 * that no status can express; never on anything from the wire. Must not return. */
#ifdef __cplusplus
[[noreturn]] void wrn_panic(const char *what, const char *file, int line);
#else
_Noreturn void wrn_panic(const char *what, const char *file, int line);
#endif

/* What a configuration call answers. Anything but WRN_OK has changed nothing. */
enum wrn_status {
    WRN_OK = 0,
    WRN_BAD_ARGUMENT, /* a value outside its range: family, prefix length, mask bit, limit */
    WRN_BAD_MEMORY,   /* memory null, misaligned (16 bytes) or too small */
    WRN_NO_ROOM,      /* a limit of struct wrn_limits is reached: grow with wrn_engine_move and try again */
    WRN_STALE,        /* the peer handle names a peer that is gone */
    WRN_NOT_FOUND,    /* no such peer or prefix */
    WRN_EXISTS,       /* a peer with this public key is there already */
    WRN_OWN_KEY,      /* the public key is our own */
    WRN_BUSY,         /* lanes have orders waiting: drain them first */
    WRN_CHANGED,      /* the configuration changed under a running walk: start it again */
    WRN_BAD_SYNTAX,   /* a request's text */
    WRN_STATUS_COUNT
};

/* A peer is named by slot and generation. A handle of a removed peer is refused, not followed. */
struct wrn_peer { uint32_t slot, generation; };

/* An outer address. `host` is an opaque path token of the host (interface, local address, IPv6 scope): carried along, kept with
 * the endpoint, zeroed where the protocol says to forget the sticky source (P-119). IPv4 uses address[0..4), the rest is zero. */
struct wrn_endpoint {
    uint8_t  address[16];
    uint16_t port;   /* host byte order */
    uint8_t  family; /* 4 or 6; 0 = none */
    uint8_t  reserved;
    uint32_t host;
};

/* An allowed IP. Host bits are masked when it is taken. */
struct wrn_prefix {
    uint8_t address[16];
    uint8_t family; /* 4 or 6 */
    uint8_t length; /* bits: 0..32 or 0..128 */
};

enum wrn_verdict {
    WRN_UNSEEN = 0, /* not handed in yet */
    WRN_SEND,       /* tun: a datagram for `remote`, in place. net: an answer for `remote`, in place */
    WRN_DELIVER,    /* net: plaintext for the tun side */
    WRN_TAKEN,      /* consumed or staged; the buffer is free */
    WRN_HOLD,       /* tun: right peer, no session, no stage slot: offer again after that peer's session event */
    WRN_PASS,       /* belongs to lane `lane` (or WRN_LANE_CONTROL): move it there */
    WRN_DROP,       /* refused, see `reason` */
    WRN_VERDICT_COUNT
};

#define WRN_LANE_CONTROL 255u /* the lane number of the engine proper */
#define WRN_LANES_MAX 64u

/* Why a packet was dropped. Each is a counter (P-160). */
enum wrn_reason {
    WRN_REASON_NONE = 0,
    /* the datagram as such */
    WRN_REASON_DOWN,        /* the interface is down (P-138) */
    WRN_REASON_TYPE,        /* unknown type or a reserved byte set (P-1) */
    WRN_REASON_LENGTH,      /* wrong length for its type (P-6) */
    WRN_REASON_ROOM,        /* the packet's buffer lacks headroom or tailroom, or its range is nonsense */
    /* handshakes */
    WRN_REASON_NO_IDENTITY, /* we have no private key (P-21) */
    WRN_REASON_MAC1,        /* P-29 */
    WRN_REASON_RATE,        /* valid mac2, but this source has no token left (P-40) */
    WRN_REASON_UNKNOWN_PEER,/* the static key in it is nobody's */
    WRN_REASON_HANDSHAKE,   /* authentication failed, or a zero DH result (P-19) */
    WRN_REASON_STAMP,       /* replayed or older timestamp (P-46) */
    WRN_REASON_FLOOD,       /* less than 20 ms after the previous initiation (P-45) */
    WRN_REASON_UNSOLICITED, /* a response or cookie reply that nothing of ours waits for */
    WRN_REASON_COOKIE,      /* a cookie reply that does not open, or a second one (P-34) */
    WRN_REASON_LANE_BUSY,   /* a lane's orders are full: the handshake cannot be installed */
    /* data from the net */
    WRN_REASON_INDEX,       /* the receiver index names no session */
    WRN_REASON_EXPIRED,     /* the session is older than 180 s or past its last counter (P-59) */
    WRN_REASON_AUTH,        /* the tag does not verify */
    WRN_REASON_REPLAY,      /* seen already, or too old for the window (P-61) */
    WRN_REASON_INNER_VERSION, /* neither IPv4 nor IPv6, or too short for its header (P-103) */
    WRN_REASON_INNER_LENGTH,  /* its length field does not fit (P-103) */
    WRN_REASON_INNER_SOURCE,  /* its source is not this peer's by longest prefix (P-105) */
    /* data from the tun side */
    WRN_REASON_NO_ROUTE,    /* no allowed IP holds the destination (P-88) */
    WRN_REASON_NO_ENDPOINT, /* the peer's address is not known (P-88) */
    WRN_REASON_STAGED_OUT,  /* the oldest staged packet made room for a newer one (P-82) */
    WRN_REASON_PURGED,      /* staged, and the peer gave up, went down or was removed (P-84) */
    WRN_REASON_TOO_LONG,    /* longer than a stage slot, or than a datagram can be */
    WRN_REASON_COUNT
};

/* One packet, worked on in place. Live bytes are data[offset .. offset + length).
 *   tun side in:  at least 16 bytes of headroom before the live bytes, and tailroom for padding and tag (WRN_TAILROOM is enough)
 *   net side in:  the datagram; answers are written over it
 *   net output:   an empty buffer: offset and length are set by the engine, WRN_OUTPUT_BYTES hold any message that is not staged
 */
struct wrn_packet {
    uint8_t *data;
    uint32_t capacity, offset, length;
    uint16_t mtu;     /* of this packet's route, 0 = the interface's (P-97) */
    uint8_t  verdict; /* enum wrn_verdict */
    uint8_t  reason;  /* enum wrn_reason */
    uint8_t  tos;     /* the outer TOS byte: read on the net side in, set on the way out (P-94, P-95) */
    uint8_t  lane;    /* with WRN_PASS */
    uint8_t  reserved[2];
    struct wrn_endpoint remote; /* source when coming in, destination when going out */
    struct wrn_peer     peer;   /* whom it came from or goes to; slot UINT32_MAX when unknown */
    void               *user;   /* never read */
};

#define WRN_HEADROOM 16u
#define WRN_TAILROOM 31u
#define WRN_OUTPUT_BYTES 148u

/* Every table's size, fixed at init, raised by wrn_engine_move. wrn_limits_default gives the values in brackets. */
struct wrn_limits {
    uint32_t peers;        /* 1 .. 2^20 [16] */
    uint32_t prefixes;     /* allowed IPs in all, 1 .. 2^24 [64] */
    uint32_t window_bits;  /* replay bitmap: a power of two, 128 .. 65536; accepts window_bits - 64 behind the newest [8192] */
    uint32_t stage_slots;  /* packets waiting for a session, all peers together; 0 is legal: such packets get WRN_HOLD [128] */
    uint32_t stage_share;  /* of one peer, at most; the oldest is dropped for a newer one [128] (P-82) */
    uint32_t stage_bytes;  /* of one staged packet, at most 65535 [1536] */
    uint32_t sources;      /* rate-limited sources under load [1024] (P-42) */
    uint32_t lanes;        /* 1 = inline: the engine is its own lane. 2 .. 64: lanes outside [1] */
    uint32_t orders;       /* waiting for each outside lane, 16 .. 2^16; unused with one lane [256] */
};

#ifdef __cplusplus
}
#endif

#endif
