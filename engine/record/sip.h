#ifndef WRNI_REC_SIP_H
#define WRNI_REC_SIP_H

/* SipHash-2-4 over bytes that come in pieces: the check of frames, and the hash of what came back. It finds accidents; it is no
 * defence against somebody who wants a recording to say something else. */

#include "warren/record.h"

void     wrni_rec_sip_begin(struct wrn_recording_hash *hash, uint64_t key0, uint64_t key1);
void     wrni_rec_sip_add(struct wrn_recording_hash *hash, const uint8_t *bytes, size_t length);
uint64_t wrni_rec_sip_end(struct wrn_recording_hash *hash);
uint64_t wrni_rec_sip(const uint8_t *bytes, size_t length); /* at once, with a zero key */

#endif
