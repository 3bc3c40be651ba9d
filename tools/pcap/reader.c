#define _DEFAULT_SOURCE /* libpcap's header uses u_int and the like */

#include "reader.h"

#include "blocks.h"
#include "window.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#define PCAPNG 0x0a0d0d0au
#define SECRETS_MAX (1u << 24) /* of one block */

struct reader {
    pcap_t              *pcap;   /* of a pcap file */
    struct blocks       *blocks; /* of a pcapng file */
    FILE                *file;   /* with blocks */
    int                  link;
    uint64_t             last_ns;
    struct reader_counts counts;
};

static uint32_t le32(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }
static uint32_t be32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

bool reader_is_capture(FILE *file)
{
    uint8_t  first[4];
    bool     whole = fread(first, 1, sizeof first, file) == sizeof first;
    uint32_t magic = le32(first), turned = be32(first);
    rewind(file);
    return whole && (magic == PCAPNG || magic == 0xa1b2c3d4 || turned == 0xa1b2c3d4 || magic == 0xa1b23c4d || turned == 0xa1b23c4d);
}

/* The key log of a secrets block: its body of `length` bytes. */
static bool secrets_block(const uint8_t *body, uint32_t length, bool big, bool (*take)(void *context, const char *text, size_t length),
                          void *context)
{
    if (length < 8)
        return true;
    uint32_t kind = big ? be32(body) : le32(body), used = big ? be32(body + 4) : le32(body + 4);
    if (kind != 0x57474b4c || used > length - 8) /* WireGuard's key log */
        return true;
    return take(context, (const char *)body + 8, used);
}

bool reader_secrets(FILE *file, bool (*take)(void *context, const char *text, size_t length), void *context)
{
    struct window  window;
    const uint8_t *head;
    bool           big = false, good = true;

    window_open(&window, file);
    while (good && (head = window_look(&window, 12)) != NULL) {
        if (le32(head) == PCAPNG)
            big = be32(head + 8) == 0x1a2b3c4d;
        else if (window.offset == 0)
            break; /* no pcapng */
        uint32_t kind = big ? be32(head) : le32(head), length = big ? be32(head + 4) : le32(head + 4);
        if (length < 12 || length % 4 != 0 || length > INT32_MAX)
            break;
        if (kind == 10 && length - 12 <= SECRETS_MAX && (head = window_look(&window, length)) != NULL)
            good = secrets_block(head + 8, length - 12, big, take, context);
        window_pass(&window, length);
    }
    window_close(&window);
    rewind(file);
    return good;
}

struct reader *reader_open(FILE *file, char error[256])
{
    char           why[PCAP_ERRBUF_SIZE] = "";
    uint8_t        first[4];
    struct reader *reader = calloc(1, sizeof *reader);

    if (!reader) {
        snprintf(error, 256, "out of memory");
        return NULL;
    }
    if (fread(first, 1, sizeof first, file) == sizeof first && le32(first) == PCAPNG)
        reader->blocks = blocks_open(file);
    rewind(file);
    reader->file = file;
    if (reader->blocks)
        return reader;
    reader->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why);
    if (!reader->pcap) {
        snprintf(error, 256, "%.200s", why);
        fclose(file);
        free(reader);
        return NULL;
    }
    reader->link = pcap_datalink(reader->pcap);
    if (!unwrap_knows(reader->link)) {
        const char *name = pcap_datalink_val_to_name(reader->link);
        snprintf(error, 256, "frames of link type %d (%s); Ethernet, raw IP, Linux cooked or loopback", reader->link,
                 name ? name : "unknown");
        reader_close(reader);
        return NULL;
    }
    return reader;
}

static void count(struct reader_counts *counts, enum unwrap_found found)
{
    counts->datagrams += found == UNWRAP_DATAGRAM;
    counts->no_ip += found == UNWRAP_NO_IP;
    counts->no_udp += found == UNWRAP_NO_UDP;
    counts->fragments += found == UNWRAP_FRAGMENT;
    counts->cut += found == UNWRAP_SHORT;
}

/* As pcap_next_ex and blocks_next: 1, 0 or -1. */
static int next_frame(struct reader *reader, struct blocks_frame *frame, char error[256])
{
    struct pcap_pkthdr *head;
    const u_char       *data;
    const char         *why = "";

    if (reader->blocks) {
        int got = blocks_next(reader->blocks, frame, &why);
        if (got < 0)
            snprintf(error, 256, "%s", why);
        return got;
    }
    int got = pcap_next_ex(reader->pcap, &head, &data);
    if (got != 1) {
        if (got == PCAP_ERROR)
            snprintf(error, 256, "%.200s", pcap_geterr(reader->pcap));
        return got == PCAP_ERROR ? -1 : 0;
    }
    *frame = (struct blocks_frame){data, head->caplen, (uint64_t)head->ts.tv_sec * WRN_SECOND + (uint64_t)head->ts.tv_usec,
                                   reader->link, 0};
    return 1;
}

int reader_next(struct reader *reader, struct reader_datagram *datagram, char error[256])
{
    struct blocks_frame frame;

    for (;;) {
        int got = next_frame(reader, &frame, error);
        if (got != 1)
            return got;
        datagram->time_ns = frame.time_ns;
        datagram->interface = frame.interface;
        reader->counts.back += datagram->time_ns < reader->last_ns;
        reader->last_ns = datagram->time_ns;
        datagram->number = ++reader->counts.frames;
        enum unwrap_found found =
            unwrap_knows(frame.link) ? unwrap(frame.link, frame.data, frame.length, &datagram->found) : UNWRAP_NO_IP;
        count(&reader->counts, found);
        if (found == UNWRAP_DATAGRAM)
            return 1;
    }
}

uint64_t reader_offset(const struct reader *reader)
{
    long at = reader->blocks ? (long)blocks_offset(reader->blocks) : ftell(pcap_file(reader->pcap));
    return at > 0 ? (uint64_t)at : 0;
}

const struct reader_counts *reader_counts(const struct reader *reader) { return &reader->counts; }

void reader_close(struct reader *reader)
{
    if (reader->pcap)
        pcap_close(reader->pcap);
    if (reader->blocks) {
        blocks_close(reader->blocks);
        fclose(reader->file);
    }
    free(reader);
}
