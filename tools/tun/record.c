#define _GNU_SOURCE

#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

#define DIGEST_EVERY 1024u /* calls */

static bool put(void *context, const uint8_t *bytes, size_t length)
{
    const struct tun_record *record = context;
    while (length > 0) {
        ssize_t wrote = write(record->file, bytes, length);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0) {
            tun_log(TUN_ERROR, "the recording ends here: %s", strerror(errno));
            return false;
        }
        bytes += wrote;
        length -= (size_t)wrote;
    }
    return true;
}

int tun_record_open(struct tun_record *record, const char *path, const char *interface)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return errno;
    if (fchmod(file, 0600) != 0) {
        int error = errno;
        close(file);
        return error;
    }
    *record = (struct tun_record){.on = true, .file = file};
    wrn_recording_begin(&record->recording, put, record, DIGEST_EVERY);
    wrn_recorder_begin(&record->recorder, &record->recording, interface);
    return 0;
}

struct wrn_recorder *tun_recorder(struct tun_record *record)
{
    return record->on ? &record->recorder : NULL;
}

void tun_record_close(struct tun_record *record)
{
    if (!record->on)
        return;
    (void)wrn_recording_end(&record->recording); /* put has said what is wrong */
    close(record->file);
    record->on = false;
}
