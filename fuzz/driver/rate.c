/*
 * How many inputs a harness takes in a second: its corpora in memory, again and again, in processor time, beside a fixed loop of
 * cryptography in the same run, so that a slow machine does not look like a slow harness.
 *
 *   rate-HARNESS SECONDS FOLDER...      one line of JSON
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { PACKET = 1420, PACKETS = 16, PATH_MOST = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

struct input { uint8_t *data; size_t size; };
struct inputs { struct input *at; size_t count, bytes; };

static void refuse(const char *what, const char *name)
{
    fprintf(stderr, "rate: %s: %s; rate-HARNESS SECONDS FOLDER... is right\n", name, what);
    exit(2);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void read_file(struct inputs *inputs, const char *path, size_t size)
{
    FILE         *file = fopen(path, "rb");
    struct input *grown = realloc(inputs->at, (inputs->count + 1) * sizeof *grown);
    uint8_t      *data = malloc(size ? size : 1);
    if (!file || !grown || !data || fread(data, 1, size, file) != size)
        refuse("cannot be read", path);
    fclose(file);
    inputs->at = grown;
    inputs->at[inputs->count++] = (struct input){data, size};
    inputs->bytes += size;
}

static void read_folder(struct inputs *inputs, const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        refuse("is no folder", path);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char        name[PATH_MOST];
        struct stat about;
        if (snprintf(name, sizeof name, "%s/%s", path, entry->d_name) < (int)sizeof name && stat(name, &about) == 0 &&
            S_ISREG(about.st_mode))
            read_file(inputs, name, (size_t)about.st_size);
    }
    closedir(folder);
}

/* Turns of the fixed loop in a second. */
static double crypto_rate(double seconds)
{
    uint8_t secret[32] = {1}, point[32] = {9}, shared[32], key[32] = {2}, nonce[12] = {0}, packet[PACKET + 16] = {0};
    double  begun = now(), passed = 0;
    long    turns = 0;
    for (; passed < seconds; turns++, passed = now() - begun) {
        if (crypto_scalarmult(shared, secret, point) != 0)
            refuse("libsodium refuses the base point", "crypto");
        for (int i = 0; i < PACKETS; i++)
            crypto_aead_chacha20poly1305_ietf_encrypt(packet, NULL, packet, PACKET, NULL, 0, NULL, nonce, key);
        secret[1] = shared[0];
    }
    return (double)turns / passed;
}

static double harness_rate(const struct inputs *inputs, double seconds)
{
    double begun = now(), passed = 0;
    long   turns = 0;
    for (size_t i = 0; i < inputs->count; i++) /* warm */
        LLVMFuzzerTestOneInput(inputs->at[i].data, inputs->at[i].size);
    for (begun = now(); passed < seconds; passed = now() - begun)
        for (size_t i = 0; i < inputs->count; i++, turns++)
            LLVMFuzzerTestOneInput(inputs->at[i].data, inputs->at[i].size);
    return (double)turns / passed;
}

int main(int argc, char **argv)
{
    static struct inputs inputs; /* lives as long as the program: no leak */
    double               seconds = argc > 2 ? strtod(argv[1], NULL) : 0;
    if (seconds <= 0)
        refuse("no time or no folder", argc > 1 ? argv[1] : "nothing");
    for (int i = 2; i < argc; i++)
        read_folder(&inputs, argv[i]);
    if (!inputs.count)
        refuse("holds no input", argv[2]);
    if (sodium_init() < 0)
        return 3;
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    double crypto = crypto_rate(seconds / 4), harness = harness_rate(&inputs, seconds);
    printf("{\"inputs\": %zu, \"mean_bytes\": %.1f, \"rate\": %.1f, \"crypto\": %.1f, \"share\": %.4f}\n", inputs.count,
           (double)inputs.bytes / (double)inputs.count, harness, crypto, harness / crypto);
    return 0;
}
