#ifndef TOOLS_KEYS_H
#define TOOLS_KEYS_H

/*
 * Keys for a capture, in the key-log format that Wireshark reads: one `NAME = BASE64` a line, # comments, spaces where one likes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_pair {
    uint8_t secret[32], public_key[32];
    size_t  preshared; /* of an ephemeral key: 1 + the row of the last one behind it; 0: none is */
};

struct keys {
    struct key_pair *statics, *ephemerals;
    uint8_t        (*remotes)[32], (*preshared)[32];
    size_t static_count, ephemeral_count, remote_count, preshared_count;
};

/* Add what a text says. False: `error` says where and what ("file:line:column: ..."), and what would be right. Keys that are there
 * already are not added twice. */
bool keys_read(struct keys *keys, const char *name, const char *text, size_t length, char error[256]);
void keys_free(struct keys *keys); /* wipes */

#endif
