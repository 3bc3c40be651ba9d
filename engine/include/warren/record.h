#ifndef WARREN_RECORD_H
#define WARREN_RECORD_H

/*
 * Recordings: what a host asked of its engines, and what came back, as a stream of bytes (.wtr).
 *
 * By law 1 a recording from any host replays on any other, on any processor (warren/replay.h). A recording holds the engines of one
 * host side by side. Each begins at wrn_engine_init and has configuration, entropy and every call: IT CONTAINS ALL SECRETS. A file
 * of it is made with mode 0600.
 *
 * The host calls wrn_rec_X(recorder, engine, ...) wherever it would call wrn_X(engine, ...). A null recorder is no recording: the
 * call goes straight through. One call around the recorder and the replay differs; what only reads may be called directly, and is
 * here where its answer is worth comparing. Engines with outside lanes, and copies of images, are not recorded.
 *
 * The bytes. A head of nine: 0x89 w t r CR LF 0x1a LF, and the version. Then frames: a kind (1 byte), the engine's number, the
 * body's length, the body, and four bytes of a check that chains all frames. Numbers are LEB128, times the difference to the
 * engine's last one as zigzag. A frame `call` (function, arguments) is written before the engine is called, so that a crash leaves
 * the call that crashed; a frame `back` follows when the function gives something back. What comes back is written value by value,
 * and bytes by their 64-bit hash: a replay can name what differs. The digest of the engine's state is a call like any other, made
 * by the recorder after every so many calls. A frame `end` closes the file; without it the host was stopped.
 */

#include "warren/engine.h"
#include "warren/uapi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WRN_RECORD_VERSION 1u
#define WRN_RECORD_BATCH 64u            /* packets or events in one recorded call; larger batches are cut (law 2) */
#define WRN_RECORD_NAME_BYTES 64u       /* of an engine or a provider, with its zero */
#define WRN_RECORD_FRAME_MAX (1u << 24) /* bytes of one body */
#define WRN_RECORD_PACKET_MAX (1u << 18) /* offset + length of a packet */
#define WRN_RECORD_BUFFER 1024u

struct wrn_recording_hash { uint64_t v[4], word, length; };

/* One file. Private but for `failed`: null, or why the recording stopped; the engines go on all the same. */
struct wrn_recording {
    bool (*put)(void *context, const uint8_t *bytes, size_t length);
    void       *context;
    const char *failed;
    uint64_t    chain, calls;
    struct wrn_recording_hash hash;
    uint32_t    engines, every, fill;
    uint8_t     buffer[WRN_RECORD_BUFFER];
};

/* One engine of it. Private. */
struct wrn_recorder {
    struct wrn_recording *recording;
    uint32_t              number, since;
    wrn_time              now;
};

/* Needs   put, which takes every byte in order and gives false when it cannot.
 * Gives   a recording with its head written; a digest after every `every` calls of an engine (0: never).
 * Keeps   put and context, until wrn_recording_end. One thread at a time. */
void wrn_recording_begin(struct wrn_recording *recording, bool (*put)(void *context, const uint8_t *bytes, size_t length),
                         void *context, uint32_t every);
/* True: the whole recording was put. Wipes its buffer. */
bool wrn_recording_end(struct wrn_recording *recording);

/* A new engine of the recording; the name is cut to WRN_RECORD_NAME_BYTES - 1. Keeps recording. After wrn_rec_engine_wipe the same
 * recorder takes a next wrn_rec_engine_init. */
void wrn_recorder_begin(struct wrn_recorder *recorder, struct wrn_recording *recording, const char *name);

/* The engine's functions. `provider` names what computes: "real" for every provider of the real primitives, since they agree. */

enum wrn_status wrn_rec_engine_init(struct wrn_recorder *recorder, struct wrn_engine **engine, void *memory, size_t size,
                                    const struct wrn_config *config, wrn_time now);
void wrn_rec_engine_attach(struct wrn_recorder *recorder, struct wrn_engine *engine, const struct wrn_crypto *crypto,
                           void *const contexts[], size_t lanes, const char *provider);
enum wrn_status wrn_rec_engine_move(struct wrn_recorder *recorder, struct wrn_engine **engine, void *memory, size_t size,
                                    const struct wrn_limits *larger);
void wrn_rec_engine_stir(struct wrn_recorder *recorder, struct wrn_engine *engine, const uint8_t entropy[32]);
void wrn_rec_engine_wipe(struct wrn_recorder *recorder, struct wrn_engine *engine);
void wrn_rec_wall(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, uint64_t unix_seconds, uint32_t nanoseconds);
enum wrn_status wrn_rec_stamp_restore(struct wrn_recorder *recorder, struct wrn_engine *engine, const uint8_t stamp[12]);

void wrn_rec_tun_input(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, struct wrn_packet *packets,
                       size_t count);
void wrn_rec_net_input(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, struct wrn_packet *packets,
                       size_t count);
void wrn_rec_advance(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now);
size_t wrn_rec_net_output(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, struct wrn_packet *packets,
                          size_t count);
wrn_time wrn_rec_deadline(struct wrn_recorder *recorder, struct wrn_engine *engine);
size_t wrn_rec_events(struct wrn_recorder *recorder, struct wrn_engine *engine, struct wrn_event *events, size_t count);
void wrn_rec_net_unsent(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, const struct wrn_packet *packets,
                        size_t count);

enum wrn_status wrn_rec_set_private_key(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, const uint8_t key[32]);
enum wrn_status wrn_rec_set_up(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, bool up);
enum wrn_status wrn_rec_set_mtu(struct wrn_recorder *recorder, struct wrn_engine *engine, uint16_t mtu);
enum wrn_status wrn_rec_set_load(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, uint32_t rate,
                                 uint32_t burst);
void wrn_rec_report_load(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now);
enum wrn_status wrn_rec_forget_sessions(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now);
enum wrn_status wrn_rec_forget_paths(struct wrn_recorder *recorder, struct wrn_engine *engine);
enum wrn_status wrn_rec_peer_add(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, const uint8_t public_key[32],
                                 struct wrn_peer *peer);
enum wrn_status wrn_rec_peer_remove(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, struct wrn_peer peer);
enum wrn_status wrn_rec_peer_set(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, struct wrn_peer peer,
                                 const struct wrn_peer_change *change);
enum wrn_status wrn_rec_allowed_add(struct wrn_recorder *recorder, struct wrn_engine *engine, struct wrn_peer peer,
                                    const struct wrn_prefix *prefix, struct wrn_peer *previous);
enum wrn_status wrn_rec_allowed_remove(struct wrn_recorder *recorder, struct wrn_engine *engine, struct wrn_peer peer,
                                       const struct wrn_prefix *prefix);
enum wrn_status wrn_rec_allowed_replace(struct wrn_recorder *recorder, struct wrn_engine *engine, struct wrn_peer peer,
                                        const struct wrn_prefix *prefixes, size_t count);
enum wrn_status wrn_rec_staged_purge(struct wrn_recorder *recorder, struct wrn_engine *engine, struct wrn_peer peer);
enum wrn_status wrn_rec_uapi_check(struct wrn_recorder *recorder, struct wrn_engine *engine, const char *text, size_t length,
                                   struct wrn_uapi_set *set);
void wrn_rec_uapi_apply(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, const char *text, size_t length);

/* What only reads. */
enum wrn_status wrn_rec_peer_info(struct wrn_recorder *recorder, struct wrn_engine *engine, struct wrn_peer peer,
                                  struct wrn_peer_info *info);
void wrn_rec_counters(struct wrn_recorder *recorder, struct wrn_engine *engine, struct wrn_counters *counters);
void wrn_rec_digest(struct wrn_recorder *recorder, struct wrn_engine *engine, unsigned parts, uint8_t digest[32]);

#ifdef __cplusplus
}
#endif

#endif
