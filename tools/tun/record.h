#ifndef TUN_RECORD_H
#define TUN_RECORD_H

/* Every call of the engine in a file (.wtr), for warren replay. IT CONTAINS ALL KEYS AND ALL TRAFFIC. */

#include "warren/record.h"

struct tun_record {
    bool                 on;
    int                  file;
    struct wrn_recording recording;
    struct wrn_recorder  recorder;
};

/* The file is made anew, for its owner only. 0 or an errno. Keeps record, which must not move. */
int  tun_record_open(struct tun_record *record, const char *path, const char *interface);
/* What the engine is called through: null when nothing is recorded. */
struct wrn_recorder *tun_recorder(struct tun_record *record);
void tun_record_close(struct tun_record *record); /* after the engine is gone */

#endif
