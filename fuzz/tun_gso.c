/*
 * H-19 tun_gso: large packets of the tun device (tools/offload): a head and a frame as the kernel gives them, and lists of
 * packets.
 *
 * Input: a byte says which. Even: a head of 10 bytes, the frame's length (2 bytes), then its first bytes; the rest follows a
 * pattern. Odd: the flow (a byte of bits, the payload's length in 2), then operations that each make packets of it, next in
 * sequence or not; checksums are made right unless an operation spoils them. A first byte of 0xfe and above: as large as packets
 * can be. Every packet lies in memory of exactly its size. Oracles: gso-verdict   a head is taken that does not fit the frame, or
 * refused though it does gso-piece     a piece that differs from what the rule in this file makes, checksums and all gso-longest
 * a piece longer than it was said that any would be gso-end       more pieces than the payload has, or fewer gso-join      a
 * packet is joined that does not go on where the one before it ended, or left out though it does gso-head      the head of a
 * joined packet, its lengths or its checksums are not right gso-identity  what was joined and cut again is not the list it was
 * Sees offload-forgets-the-end, offload-joins-a-gap, offload-keeps-the-number, offload-reads-behind, offload-trusts-checksums.
 */
#include "fuzz.h"

#include "offload.h"
#include "sum.h"

#include <string.h>

enum { NUMBER = 4, TTL = 8, SUM = 10, FIN = 1, PSH = 8, ACK = 16, CWR = 128, TCP = 6, UDP = 17 };
enum { LIST = 96, LARGE_OPERATIONS = 3, PIECES = 64, NEEDS = 1 };
/* Most inputs are of packets that are quickly looked at. */
enum { SMALL_FRAME = 640, SMALL_PAYLOAD = 64, SMALL_RUN = 8, SMALL_LIST = 16, SMALL_OPERATIONS = 16 };

struct words { uint32_t flags, type, header, segment, start, offset; };

static uint32_t get16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }

static uint32_t get32(const uint8_t *p) { return get16(p) << 16 | get16(p + 2); }

static void put16(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

/* Of the addresses, the protocol and the length. */
static uint32_t sum_before(const uint8_t *ip, uint32_t protocol, uint32_t length)
{
    uint8_t  rest[4] = {(uint8_t)(length >> 8), (uint8_t)length, 0, (uint8_t)protocol};
    uint32_t addresses = ip[0] >> 4 == 4 ? internet_sum(0, ip + 12, 8) : internet_sum(0, ip + 8, 32);
    return internet_sum(addresses, rest, 4);
}

/* Lengths and checksums of a whole packet whose transport begins at `at`. Of UDP no sum is zero: that would mean none. */
static void finish(uint8_t *ip, uint32_t at, uint32_t length, bool tcp)
{
    uint8_t *transport = ip + at, *field = transport + (tcp ? 16 : 6);
    if (ip[0] >> 4 == 4) {
        put16(ip + 2, length);
        put16(ip + SUM, 0);
        put16(ip + SUM, 0xffff - internet_sum(0, ip, at));
    } else {
        put16(ip + 4, length - 40);
    }
    if (!tcp)
        put16(transport + 4, length - at);
    put16(field, 0);
    uint32_t made = 0xffff - internet_sum(sum_before(ip, tcp ? TCP : UDP, length - at), transport, length - at);
    put16(field, made || tcp ? made : 0xffff);
}

static struct words words_of(const uint8_t head[TUN_HEAD_BYTES])
{
    uint16_t word[4];
    memcpy(word, head + 2, sizeof word);
    return (struct words){head[0], head[1], word[0], word[1], word[2], word[3]};
}

/* Cutting. ------------------------------------------------------------------------------------------------------------------- */

/* How many bytes come before the payload; 0 when head and frame do not fit. */
static uint32_t header_of(const struct words *words, const uint8_t *frame, uint32_t length)
{
    bool     tcp = words->type == 1 || words->type == 4, v4 = frame[0] >> 4 == 4, v6 = frame[0] >> 4 == 6;
    uint32_t at = words->start, least = tcp ? 20 : 8;
    if (!(words->flags & NEEDS) || (!tcp && words->type != 5) || (!v4 && !v6) || words->segment == 0)
        return 0;
    if ((words->type == 1 && !v4) || (words->type == 4 && !v6) || words->offset != (tcp ? 16u : 6u))
        return 0;
    if (v4 ? at < 20 || at != 4 * (frame[0] & 15u) : at < 40)
        return 0;
    if (at + least > length || (tcp && frame[at + 12] >> 4 < 5))
        return 0;
    uint32_t header = at + (tcp ? 4u * (frame[at + 12] >> 4) : 8);
    return header < length && header + words->segment <= TUN_LARGE_BYTES ? header : 0;
}

static bool fits(const struct words *words, const uint8_t *frame, uint32_t length)
{
    if (length == 0)
        return false;
    if (words->type == 0)
        return !(words->flags & NEEDS) || words->start + words->offset + 2 <= length;
    return header_of(words, frame, length) != 0;
}

/* Piece `number` as it must be; its length. */
static uint32_t expect(const struct words *words, const uint8_t *frame, uint32_t length, uint32_t number, uint8_t *out)
{
    if (words->type == 0) {
        memcpy(out, frame, length);
        if (words->flags & NEEDS) {
            uint32_t made = 0xffff - internet_sum(0, out + words->start, length - words->start);
            put16(out + words->start + words->offset, made ? made : 0xffff);
        }
        return length;
    }
    uint32_t header = header_of(words, frame, length), from = header + number * words->segment, at = words->start;
    uint32_t payload = length - from < words->segment ? length - from : words->segment;
    bool     tcp = words->type != 5;
    memcpy(out, frame, header);
    memcpy(out + header, frame + from, payload);
    if (frame[0] >> 4 == 4)
        put16(out + NUMBER, get16(frame + NUMBER) + number);
    if (tcp) {
        uint32_t sequence = get32(frame + at + 4) + number * words->segment;
        put16(out + at + 4, sequence >> 16);
        put16(out + at + 6, sequence);
        if (from + payload != length)
            out[at + 13] &= (uint8_t)~(FIN | PSH);
        if (number)
            out[at + 13] &= (uint8_t)~CWR;
    }
    finish(out, at, header + payload, tcp);
    return header + payload;
}

static void cut(const uint8_t head[TUN_HEAD_BYTES], const uint8_t *frame, uint32_t length)
{
    static uint8_t   expected[TUN_LARGE_BYTES];
    struct words     words = words_of(head);
    struct tun_split split;
    bool             taken = tun_split_begin(&split, head, frame, length), right = fits(&words, frame, length);
    FUZZ_CHECK(taken == right, "gso-verdict", "type %u of %u bytes: taken %d, should be %d", words.type, length, taken, right);
    if (!taken)
        return;
    uint32_t count = 1, piece;
    if (words.type)
        count = (length - header_of(&words, frame, length) + words.segment - 1) / words.segment;
    if (count > PIECES) /* it would take too long */
        return;
    uint8_t *out = fuzz_room(split.longest);
    for (uint32_t i = 0; i < count; i++) {
        piece = tun_split_next(&split, out);
        FUZZ_CHECK(piece != 0, "gso-end", "%u pieces of %u", i, count);
        FUZZ_CHECK(piece <= split.longest, "gso-longest", "piece %u has %u bytes, not %u at most", i, piece, split.longest);
        uint32_t wanted = expect(&words, frame, length, i, expected);
        FUZZ_CHECK(piece == wanted && memcmp(out, expected, piece) == 0, "gso-piece", "piece %u of %u, %u bytes, should be %u", i,
                   count, piece, wanted);
    }
    FUZZ_CHECK(tun_split_next(&split, out) == 0, "gso-end", "more than %u pieces", count);
    fuzz_free(out);
}

static void read_frame(struct fuzz_bytes *in, bool large)
{
    uint8_t  head[TUN_HEAD_BYTES];
    uint16_t word[4];
    head[0] = fuzz_u8(in);
    head[1] = fuzz_u8(in) % 8;
    for (unsigned i = 0; i < 4; i++)
        word[i] = fuzz_u16(in);
    memcpy(head + 2, word, sizeof word);
    uint32_t length = fuzz_u16(in) % (large ? TUN_LARGE_BYTES + 1 : SMALL_FRAME);
    size_t   given;
    const uint8_t *from = fuzz_take(in, length, &given);
    uint8_t *frame = fuzz_room(length);
    if (given)
        memcpy(frame, from, given);
    pattern(frame + given, length - given, (uint32_t)given);
    cut(head, frame, length);
    fuzz_free(frame);
}

/* Joining. ------------------------------------------------------------------------------------------------------------------- */

/* What may be joined, by another way than looking at fields: the packet must be what cutting would give back. */
struct shape { bool plain, v4, tcp; uint32_t at, header, payload; };

struct made { uint8_t *bytes; uint32_t length; bool seen; struct shape shape; };

static struct {
    struct made packet[LIST];
    size_t      count;
} list;

/* The flow that packets are made of, and what the next operation changes. */
struct flow {
    bool     v6, udp, whole;
    uint32_t options, segment, sequence, number, port;
    uint32_t edit_at, edit_by; /* before the checksums are made */
};

static struct made *make(struct flow *flow, uint32_t payload, uint32_t flags)
{
    static uint8_t packet[TUN_LARGE_BYTES];
    uint32_t at = flow->v6 ? 40 : 20, header = at + (flow->udp ? 8 : 20 + flow->options), length = header + payload;
    if (list.count == LIST || length > TUN_LARGE_BYTES)
        return NULL;
    memset(packet, 0, header);
    packet[0] = flow->v6 ? 0x60 : 0x45;
    packet[flow->v6 ? 7 : TTL] = 64;
    packet[flow->v6 ? 6 : 9] = flow->udp ? UDP : TCP;
    memcpy(packet + (flow->v6 ? 8 : 12), "\12\1\2\3\12\4\5\6", 8);
    if (!flow->v6) {
        put16(packet + NUMBER, flow->number++);
        packet[6] = flow->whole ? 0x40 : 0;
    }
    put16(packet + at, flow->port);
    put16(packet + at + 2, 80);
    if (!flow->udp) {
        put16(packet + at + 4, flow->sequence >> 16);
        put16(packet + at + 6, flow->sequence);
        packet[at + 12] = (uint8_t)((20 + flow->options) / 4 << 4);
        packet[at + 13] = (uint8_t)flags;
        memset(packet + at + 20, 1, flow->options);
    }
    pattern(packet + header, payload, flow->sequence);
    if (flow->edit_by)
        packet[flow->edit_at % header] ^= (uint8_t)flow->edit_by;
    finish(packet, at, length, !flow->udp);
    flow->edit_by = 0;
    flow->sequence += payload;
    struct made *made = &list.packet[list.count++];
    *made = (struct made){.bytes = fuzz_exact(packet, length), .length = length};
    return made;
}

/* A byte that nobody made the checksums for, or the end missing. */
static void spoil(struct made *made, uint32_t at, uint32_t by)
{
    if (!made)
        return;
    if (at < 200) {
        made->bytes[at % made->length] ^= (uint8_t)by;
        return;
    }
    uint32_t left = by < made->length ? made->length - by : 1;
    uint8_t *shorter = fuzz_exact(made->bytes, left);
    fuzz_free(made->bytes);
    *made = (struct made){.bytes = shorter, .length = left};
}

static void operate(struct flow *flow, struct fuzz_bytes *in, bool large)
{
    uint32_t what = fuzz_u8(in), a = fuzz_u8(in);
    switch (what % 8) {
    case 0:
        for (uint32_t i = 0; i < 1 + a % (large ? 80 : SMALL_RUN); i++)
            (void)make(flow, flow->segment, ACK);
        break;
    case 1:
        (void)make(flow, flow->segment - a % (flow->segment + 1), ACK);
        break;
    case 2:
        (void)make(flow, flow->segment + a, ACK);
        break;
    case 3:
        (void)make(flow, flow->segment, a);
        break;
    case 4:
        flow->edit_at = a;
        flow->edit_by = fuzz_u8(in);
        break;
    case 5:
        spoil(make(flow, flow->segment, ACK), a, fuzz_u8(in));
        break;
    case 6:
        flow->port ^= a;
        break;
    default:
        flow->sequence += a & 15;
        flow->number += a >> 4;
    }
}

static struct shape look_at(const struct made *made, bool udp_too)
{
    const uint8_t *p = made->bytes;
    uint32_t       length = made->length;
    struct shape   shape = {.v4 = p[0] == 0x45, .at = p[0] == 0x45 ? 20 : 40};
    if ((!shape.v4 && p[0] >> 4 != 6) || length < shape.at + 9 || (shape.v4 ? get16(p + 2) : 40 + get16(p + 4)) != length)
        return shape;
    if (shape.v4 && (internet_sum(0, p, 20) != 0xffff || (get16(p + 6) != 0 && get16(p + 6) != 0x4000)))
        return shape;
    uint32_t       protocol = p[shape.v4 ? 9 : 6], rest = length - shape.at;
    const uint8_t *transport = p + shape.at;
    shape.tcp = protocol == TCP;
    if (shape.tcp && (rest < 21 || transport[12] % 16 || (transport[13] != ACK && transport[13] != (ACK | PSH))))
        return shape;
    if (!shape.tcp && (protocol != UDP || !udp_too || get16(transport + 4) != rest || get16(transport + 6) == 0))
        return shape;
    uint32_t own = shape.tcp ? 4u * (transport[12] >> 4) : 8;
    if ((shape.tcp && own < 20) || own >= rest || internet_sum(sum_before(p, protocol, rest), transport, rest) != 0xffff)
        return shape;
    shape.plain = true;
    shape.header = shape.at + own;
    shape.payload = rest - own;
    return shape;
}

/* Once for each packet: what is joined changes none of them. */
static struct shape shape_of(struct made *made, bool udp_too)
{
    if (!made->seen)
        made->shape = look_at(made, udp_too);
    made->seen = true;
    return made->shape;
}

/* Checksums may differ in how they write zero. The number of a packet that is never cut means nothing: it may be another. */
static bool equal(const struct made *a, const uint8_t *b, uint32_t length, const struct shape *shape)
{
    uint8_t  header[128];
    uint32_t field = shape->at + (shape->tcp ? 16 : 6);
    if (a->length != length || (shape->v4 && internet_sum(0, b, 20) != 0xffff))
        return false;
    memcpy(header, a->bytes, shape->header);
    if (shape->v4) {
        memcpy(header + SUM, b + SUM, 2);
        if (header[6] & 0x40)
            memcpy(header + NUMBER, b + NUMBER, 2);
    }
    if (get16(a->bytes + field) % 0xffff == get16(b + field) % 0xffff)
        memcpy(header + field, b + field, 2);
    return memcmp(header, b, shape->header) == 0 &&
           memcmp(a->bytes + shape->header, b + shape->header, length - shape->header) == 0;
}

/* Would cutting the packet that begins with `first` give `next` as its piece of that number? Its own lengths and checksums are right,
 * or it would not be plain, and of its bytes behind the header cutting would make the same sums: the rest of the header decides. */
static bool goes_on(const struct made *first, const struct made *next, const struct shape *shape, uint32_t number)
{
    uint8_t  header[128];
    uint32_t at = shape->at, length_at = shape->v4 ? 2 : 4, sum_at = at + (shape->tcp ? 16 : 6);
    memcpy(header, first->bytes, shape->header);
    memcpy(header + length_at, next->bytes + length_at, 2);
    memcpy(header + sum_at, next->bytes + sum_at, 2);
    if (shape->v4) {
        memcpy(header + SUM, next->bytes + SUM, 2);
        put16(header + NUMBER, get16(first->bytes + NUMBER) + number);
        if (next->bytes[6] & 0x40) /* it is never cut: its number may be any */
            memcpy(header + NUMBER, next->bytes + NUMBER, 2);
    }
    if (shape->tcp) {
        uint32_t sequence = get32(first->bytes + at + 4) + number * shape->payload;
        put16(header + at + 4, sequence >> 16);
        put16(header + at + 6, sequence);
        header[at + 13] = next->bytes[at + 13];
    } else {
        memcpy(header + at + 4, next->bytes + at + 4, 2);
    }
    return memcmp(header, next->bytes, shape->header) == 0;
}

/* How many packets from `from` on become one. */
static size_t group(size_t from, bool udp_too)
{
    struct made       *first = &list.packet[from];
    struct shape       shape = shape_of(first, udp_too);
    uint32_t           total = first->length;
    size_t             count = 1;
    bool               open = shape.plain && !(shape.tcp && first->bytes[shape.at + 13] & PSH);
    while (open && from + count < list.count && count < TUN_JOIN_MOST) {
        struct made       *next = &list.packet[from + count];
        struct shape       other = shape_of(next, udp_too);
        if (!other.plain || other.v4 != shape.v4 || other.tcp != shape.tcp || other.header != shape.header ||
            other.payload > shape.payload || total + other.payload > TUN_LARGE_BYTES ||
            !goes_on(first, next, &shape, (uint32_t)count))
            break;
        total += other.payload;
        open = other.payload == shape.payload && !(shape.tcp && next->bytes[shape.at + 13] & PSH);
        count++;
    }
    return count;
}

/* Of several packets in one: what the kernel reads in the head, and in the headers. */
static void check_head(const uint8_t head[TUN_HEAD_BYTES], const uint8_t *packet, uint32_t length, const struct shape *shape)
{
    struct words   words = words_of(head);
    const uint8_t *transport = packet + shape->at;
    uint32_t       rest = length - shape->at, offset = shape->tcp ? 16 : 6;
    FUZZ_CHECK(words.flags == NEEDS && words.type == (!shape->tcp ? 5u : shape->v4 ? 1u : 4u) && words.header == shape->header &&
                   words.segment == shape->payload && words.start == shape->at && words.offset == offset,
               "gso-head", "%u %u %u %u %u %u", words.flags, words.type, words.header, words.segment, words.start, words.offset);
    FUZZ_CHECK((shape->v4 ? get16(packet + 2) : get16(packet + 4) + 40) == length &&
                   (!shape->v4 || internet_sum(0, packet, 20) == 0xffff),
               "gso-head", "the IP header is not right for %u bytes", length);
    FUZZ_CHECK(shape->tcp || get16(transport + 4) == rest, "gso-head", "the UDP header is not right for %u bytes", length);
    FUZZ_CHECK(get16(transport + offset) == sum_before(packet, shape->tcp ? TCP : UDP, rest), "gso-head",
               "the sum of the pseudo header of %u bytes", length);
}

/* The packets from `from` on, that are one now. */
static void cut_again(const uint8_t head[TUN_HEAD_BYTES], const uint8_t *packet, uint32_t length, size_t from, size_t count,
                      const struct shape *shape)
{
    struct tun_split split;
    FUZZ_CHECK(tun_split_begin(&split, head, packet, length), "gso-identity", "%zu packets in one are no large packet", count);
    uint8_t *out = fuzz_room(split.longest);
    for (size_t i = 0; i < count; i++) {
        uint32_t piece = tun_split_next(&split, out);
        FUZZ_CHECK(count == 1 ? piece == list.packet[from].length && memcmp(out, list.packet[from].bytes, piece) == 0
                              : equal(&list.packet[from + i], out, piece, shape),
                   "gso-identity", "packet %zu of %zu came back as %u bytes, not %u, or others", i, count, piece,
                   list.packet[from + i].length);
    }
    FUZZ_CHECK(tun_split_next(&split, out) == 0, "gso-identity", "more than %zu packets came back", count);
    fuzz_free(out);
}

static size_t join(size_t from, bool udp_too)
{
    static uint8_t large[TUN_LARGE_BYTES];
    struct made   *first = &list.packet[from];
    struct shape   shape = shape_of(first, udp_too);
    size_t         count = group(from, udp_too), i = 1;
    uint8_t       *begin = fuzz_exact(first->bytes, first->length), head[TUN_HEAD_BYTES];
    uint32_t       length = first->length, skip = 0;
    struct tun_join joined;
    tun_join_begin(&joined, begin, first->length, udp_too);
    for (; from + i < list.count && tun_join_add(&joined, list.packet[from + i].bytes, list.packet[from + i].length, &skip);
         i++) {
        FUZZ_CHECK(i < count, "gso-join", "packet %zu is joined with the %zu before it", from + i, i);
        FUZZ_CHECK(skip == shape.header, "gso-join", "%u bytes of header, not %u", skip, shape.header);
        memcpy(large + length, list.packet[from + i].bytes + skip, list.packet[from + i].length - skip);
        length += list.packet[from + i].length - skip;
    }
    FUZZ_CHECK(i == count && joined.count == count, "gso-join", "%zu packets from %zu on are joined, not %zu", i, from, count);
    tun_join_end(&joined, head);
    memcpy(large, begin, first->length);
    fuzz_free(begin);
    if (count > 1)
        check_head(head, large, length, &shape);
    cut_again(head, large, length, from, count, &shape);
    return count;
}

static void read_list(struct fuzz_bytes *in, bool large)
{
    uint32_t    bits = fuzz_u8(in);
    struct flow flow = {.v6 = bits & 1, .udp = bits & 2, .whole = bits & 4, .options = 4 * (bits >> 4 & 7), .port = 1000};
    flow.segment = fuzz_u16(in) % (large ? 1461u : SMALL_PAYLOAD);
    flow.sequence = 0 - 3 * flow.segment; /* around the end of the numbers soon */
    flow.number = 0xfffe;
    list.count = 0;
    for (unsigned i = 0;
         in->left && i < (large ? LARGE_OPERATIONS : SMALL_OPERATIONS) && list.count < (large ? LIST : SMALL_LIST); i++)
        operate(&flow, in, large);
    for (size_t at = 0; at < list.count;)
        at += join(at, bits & 8);
    for (size_t i = 0; i < list.count; i++)
        fuzz_free(list.packet[i].bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 2048)
        return 0;
    struct fuzz_bytes in = {data + 1, size - 1};
    if (data[0] & 1)
        read_list(&in, data[0] >= 0xfe);
    else
        read_frame(&in, data[0] >= 0xfe);
    return 0;
}
