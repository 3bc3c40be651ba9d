#ifndef WARREN_READER_H
#define WARREN_READER_H

/*
 * Reading captures: pcap by libpcap, pcapng by ourselves, frame by frame in bounded memory, down to the UDP datagrams in them.
 */

#include <stdio.h>

#include "unwrap.h"

struct reader_counts {
    uint64_t frames, datagrams;
    uint64_t no_ip, no_udp, fragments, cut; /* why the others are none */
    uint64_t back;                          /* frames earlier than the one before */
};

struct reader_datagram {
    uint64_t         number;  /* of the frame, from 1, as Wireshark counts */
    uint64_t         time_ns; /* since 1970 */
    uint32_t         interface; /* of a pcapng; else 0 */
    struct unwrapped found;
};

struct reader;

/* pcap or pcapng, by the first bytes? The file is left at its beginning. Needs a file that can be rewound. */
bool reader_is_capture(FILE *file);
/* The key log in a pcapng file's secrets blocks, piece by piece; the file is left at its beginning. False: `take` said stop. */
bool reader_secrets(FILE *file, bool (*take)(void *context, const char *text, size_t length), void *context);
/* Takes the file over. Null: `error` says why not. */
struct reader *reader_open(FILE *file, char error[256]);
/* The next datagram; 0: the end; -1: the file is spoilt, error says how. What is none is counted. */
int  reader_next(struct reader *reader, struct reader_datagram *datagram, char error[256]);
/* How far into the file, in bytes, about. */
uint64_t reader_offset(const struct reader *reader);
const struct reader_counts *reader_counts(const struct reader *reader);
void reader_close(struct reader *reader);

#endif
