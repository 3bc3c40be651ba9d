/*
 * fuzz-seed: writes the seeds of harnesses, or with --check compares what is there.
 *
 *   fuzz-seed [--check] FOLDER      FOLDER is corpora/fuzz
 *
 * Exit codes: 0 good; 1 a seed is missing or differs (--check); 2 bad usage, or a file that cannot be written.
 */
#define _POSIX_C_SOURCE 200809L
#include "seed.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct { const char *folder; bool check; unsigned written, wrong; } own;

static _Noreturn void refuse(const char *what, const char *why)
{
    fprintf(stderr, "fuzz-seed: %s: %s; fuzz-seed [--check] FOLDER is right\n", what, why);
    exit(2);
}

void seed_bytes(struct seed *seed, const void *data, size_t size)
{
    if (size > sizeof seed->bytes - seed->size)
        refuse("a seed", "larger than 8192 bytes");
    if (size)
        memcpy(seed->bytes + seed->size, data, size);
    seed->size += size;
}

void seed_u64(struct seed *seed, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        seed_u8(seed, (unsigned)(value >> 8 * i) & 255);
}

void seed_u32(struct seed *seed, uint32_t value)
{
    seed_u16(seed, value & 0xffff);
    seed_u16(seed, value >> 16);
}

void seed_u16(struct seed *seed, unsigned value)
{
    seed_u8(seed, value & 255);
    seed_u8(seed, value >> 8 & 255);
}

void seed_u8(struct seed *seed, unsigned value) { seed_bytes(seed, &(uint8_t){(uint8_t)value}, 1); }

static bool same(const struct seed *seed, const char *path)
{
    static uint8_t there[sizeof seed->bytes + 1];
    FILE          *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t size = fread(there, 1, sizeof there, file);
    fclose(file);
    return size == seed->size && !memcmp(there, seed->bytes, size);
}

static void store(const struct seed *seed, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(seed->bytes, 1, seed->size, file) != seed->size || fclose(file))
        refuse(path, strerror(errno));
}

static void make_folder(const char *path)
{
    if (mkdir(path, 0777) && errno != EEXIST)
        refuse(path, strerror(errno));
}

void seed_end(struct seed *seed, const char *harness, const char *name, ...)
{
    char    path[1024];
    va_list arguments;
    int     length = snprintf(path, sizeof path, "%s/%s", own.folder, harness);
    if (length < 0 || length > 512)
        refuse(own.folder, "too long a name");
    if (!own.check)
        make_folder(path);
    length += snprintf(path + length, sizeof path - (size_t)length, "/seed");
    if (!own.check)
        make_folder(path);
    path[length++] = '/';
    va_start(arguments, name);
    vsnprintf(path + length, sizeof path - (size_t)length, name, arguments);
    va_end(arguments);
    if (!own.check)
        store(seed, path);
    else if (!same(seed, path) && ++own.wrong)
        fprintf(stderr, "%s: not what fuzz-seed makes; fuzz-seed %s writes it\n", path, own.folder);
    own.written++;
    seed->size = 0;
}

int main(int argc, char **argv)
{
    own.check = argc > 1 && !strcmp(argv[1], "--check");
    if (argc != 2 + own.check || argv[argc - 1][0] == '-')
        refuse(argc > 1 ? argv[argc - 1] : "nothing", "no folder");
    own.folder = argv[argc - 1];
    seeds_of_api_misuse();
    seeds_of_capfile();
    seeds_of_gso();
    seeds_of_raw();
    seeds_of_said();
    seeds_of_crypto();
    seeds_of_entropy();
    seeds_of_keypairs();
    seeds_of_lanes();
    seeds_of_shelves();
    seeds_of_limits();
    seeds_of_noise();
    seeds_of_ratelimit();
    seeds_of_scenario();
    seeds_of_schedule();
    seeds_of_text();
    seeds_of_timers();
    seeds_of_uapi();
    seeds_of_unreachable();
    seeds_of_wgconf();
    if (own.wrong)
        return 1;
    printf("%u seeds %s\n", own.written, own.check ? "are as they should be" : "written");
    return 0;
}
