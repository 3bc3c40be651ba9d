/* warren-tun: arguments, environment, and the way into the background. */

#define _GNU_SOURCE

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver.h"
#include "capture.h"
#include "fence.h"
#include "log.h"
#include "show.h"

#define EXIT_USAGE 2
#define EXIT_MACHINE 3
#define DEFAULT_MTU 1420

enum {
    NO_TUN_OFFLOAD = 256,
    NO_UDP_GSO,
    NO_UDP_GRO,
    PROVIDER,
    THREADS,
    LANES,
    STAY_AWAKE,
    RECORD,
    CAPTURE,
    CAPTURE_KEYS,
    STATUS,
    JSON,
    METRICS
};

const char *argp_program_version = "warren-tun " WRN_VERSION;

static const char doc[] =
    "A userspace WireGuard for Linux: makes the interface IFNAME and waits for wg to configure it.\v"
    "It returns when interface and control socket (" TUN_RUN_FOLDER
    "/IFNAME.sock) are ready, and goes on in the background until\n"
    "the interface is deleted, the socket is removed, or SIGTERM.\n"
    "\n"
    "Examples:\n"
    "  warren-tun wg0 && wg setconf wg0 wg0.conf && ip link set wg0 up\n"
    "  WG_QUICK_USERSPACE_IMPLEMENTATION=warren-tun wg-quick up ./wg0.conf\n"
    "  LOG_LEVEL=verbose warren-tun -f wg0\n"
    "  warren-tun --status wg0\n"
    "\n"
    "Environment:\n"
    "  LOG_LEVEL                 silent, error (default), or verbose (also: debug)\n"
    "  WG_PROCESS_FOREGROUND=1   as -f\n"
    "  WG_TUN_FD, WG_UAPI_FD     descriptors, already open, of the tun device and of the listening control socket\n"
    "  WG_TUN_NAME_FILE          a file to write the interface's name to\n"
    "\n"
    "Exit codes: 0 all good; 2 bad usage; 3 the machine lacks something (privilege, device), named.";

struct options {
    const char *interface, *provider, *record, *capture;
    bool        capture_keys;
    bool        status, json, metrics; /* ask the driver that runs */
    bool        foreground, tun_offload, udp_gso, udp_gro;
    unsigned    threads, lanes, awake_us;
    int         tun_fd, uapi_fd;
    enum tun_level level;
};

static _Noreturn void refuse(int code, const char *what, const char *right)
{
    fprintf(stderr, "warren-tun: %s; %s\n", what, right);
    exit(code);
}

static unsigned number_of(const char *text, unsigned least, unsigned most, const char *what, const char *right)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || number < least || number > most)
        refuse(EXIT_USAGE, what, right);
    return (unsigned)number;
}

/* Those that we may use, as far as lanes go. */
static unsigned processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < (int)TUN_LANES_MOST ? (unsigned)count : TUN_LANES_MOST;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case 'f':
        options->foreground = true;
        return 0;
    case NO_TUN_OFFLOAD:
        options->tun_offload = false;
        return 0;
    case NO_UDP_GSO:
        options->udp_gso = false;
        return 0;
    case NO_UDP_GRO:
        options->udp_gro = false;
        return 0;
    case PROVIDER:
        options->provider = argument;
        return 0;
    case THREADS:
        options->threads = number_of(argument, 1, TUN_CREW_MOST, "--threads is no number of threads", "1 to 16");
        return 0;
    case LANES:
        options->lanes = strcmp(argument, "auto") == 0
                             ? processors()
                             : number_of(argument, 1, TUN_LANES_MOST, "--lanes is no number of lanes", "1 to 16, or auto");
        return 0;
    case STAY_AWAKE:
        options->awake_us = number_of(argument, 0, TUN_AWAKE_US_MOST, "--stay-awake is no time", "0 to 1000 microseconds");
        return 0;
    case RECORD:
        options->record = argument;
        return 0;
    case CAPTURE:
        options->capture = argument;
        return 0;
    case CAPTURE_KEYS:
        options->capture_keys = true;
        return 0;
    case STATUS:
        options->status = true;
        return 0;
    case JSON:
        options->json = true;
        return 0;
    case METRICS:
        options->metrics = true;
        return 0;
    case ARGP_KEY_ARG:
        if (options->interface)
            refuse(EXIT_USAGE, "more than one interface", "one name: warren-tun [-f] IFNAME");
        options->interface = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        refuse(EXIT_USAGE, "no interface", "its name: warren-tun [-f] IFNAME");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int descriptor(const char *variable)
{
    const char *text = getenv(variable);
    char *end, what[160];
    if (!text || !*text)
        return -1;
    long number = strtol(text, &end, 10);
    if (*end || number < 0 || number > INT_MAX || fcntl((int)number, F_GETFD) < 0) {
        snprintf(what, sizeof what, "%s=%.64s names no open descriptor", variable, text);
        refuse(EXIT_USAGE, what, "the number of one that is open");
    }
    return (int)number;
}

static void read_environment(struct options *options)
{
    const char *level = getenv("LOG_LEVEL"), *foreground = getenv("WG_PROCESS_FOREGROUND");
    options->foreground |= foreground && strcmp(foreground, "1") == 0;
    options->tun_fd = descriptor("WG_TUN_FD");
    options->uapi_fd = descriptor("WG_UAPI_FD");
    options->level = TUN_ERROR;
    if (level && (strcmp(level, "verbose") == 0 || strcmp(level, "debug") == 0))
        options->level = TUN_VERBOSE;
    else if (level && strcmp(level, "silent") == 0)
        options->level = TUN_SILENT;
}

static void check_name(const char *name)
{
    size_t length = strlen(name);
    bool good = length > 0 && length < IF_NAMESIZE && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
    for (size_t i = 0; i < length; i++)
        good = good && !isspace((unsigned char)name[i]) && name[i] != '/' && name[i] != ':';
    if (!good)
        refuse(EXIT_USAGE, "this cannot be an interface's name", "1 to 15 characters without blanks, slashes and colons");
}

static void check_provider(const char *name)
{
    if (name && strcmp(name, wrn_crypto_ipsecmb.name) != 0 && strcmp(name, wrn_crypto_boringssl.name) != 0 &&
        strcmp(name, wrn_crypto_sodium.name) != 0)
        refuse(EXIT_USAGE, "--provider is none of them", "ipsec-mb, boringssl or sodium");
}

static void check_lanes(const struct options *options)
{
    if (options->lanes == 1)
        return;
    if (options->threads > 1)
        refuse(EXIT_USAGE, "--lanes and --threads are both more than one", "one of them: lanes seal and open by themselves");
    if (options->record)
        refuse(EXIT_USAGE, "--record-with-all-keys with more than one lane", "--lanes 1: a recording is of one lane");
}

static void open_device(struct tun_driver *driver, const struct options *options)
{
    char what[160];
    int error = options->tun_fd >= 0 ? tun_device_take(&driver->device, options->tun_fd)
                                     : tun_device_open(&driver->device, options->interface, options->tun_offload, options->lanes > 1);
    if (error == 0 && options->tun_fd < 0)
        error = tun_device_set_mtu(&driver->device, DEFAULT_MTU);
    if (error == 0)
        return;
    if (options->tun_fd >= 0) {
        snprintf(what, sizeof what, "WG_TUN_FD=%d: %s", options->tun_fd, strerror(error));
        refuse(EXIT_MACHINE, what, "a tun device made with IFF_TUN and IFF_NO_PI");
    }
    snprintf(what, sizeof what, "%s: the interface cannot be made: %s", options->interface, strerror(error));
    refuse(EXIT_MACHINE, what,
           error == EBUSY                       ? "a name that no interface has"
           : error == EPERM || error == EACCES  ? "root, or CAP_NET_ADMIN and access to /dev/net/tun"
           : error == ENOENT || error == ENODEV ? "/dev/net/tun (modprobe tun)"
                                                : "a machine with tun devices, and a name that it takes");
}

static void open_control(struct tun_driver *driver, const struct options *options)
{
    char what[200];
    int error = tun_control_open(&driver->control, driver->device.name, options->uapi_fd);
    if (error == 0)
        return;
    snprintf(what, sizeof what, "%s/%s.sock: %s", TUN_RUN_FOLDER, driver->device.name, strerror(error));
    refuse(EXIT_MACHINE, what,
           error == EADDRINUSE ? "a name that no other driver serves" : "a folder where a socket can be made, as root can");
}

static void open_record(struct tun_driver *driver, const char *path)
{
    char what[160];
    int error = tun_record_open(&driver->record, path, driver->device.name);
    if (error) {
        snprintf(what, sizeof what, "%.100s: %s", path, strerror(error));
        refuse(EXIT_MACHINE, what, "a place for the recording where a file can be made, no symbolic link");
    }
    tun_log(TUN_ERROR, "everything is recorded in %s, ALL KEYS AND ALL TRAFFIC: whoever reads it reads the tunnel", path);
}

static void open_capture(const char *interface, const char *path, bool keys)
{
    char what[160];
    int error = tun_capture_open(path, interface, keys);
    if (error) {
        snprintf(what, sizeof what, "%.100s: %s", path, strerror(error));
        refuse(EXIT_MACHINE, what, "a place for the capture where a file can be made, no symbolic link");
    }
    tun_log(TUN_ERROR, keys ? "all traffic is captured in %s WITH ALL KEYS: whoever reads it reads the tunnel"
                            : "all traffic is captured in %s, that of the inside in the clear", path);
}

static void start_threads(struct tun_driver *driver)
{
    int error = tun_driver_start(driver);
    if (error == 0)
        return;
    tun_driver_close(driver);
    refuse(EXIT_MACHINE, strerror(error), "a machine that gives as many threads as there are lanes");
}

static void write_name(const char *name)
{
    const char *path = getenv("WG_TUN_NAME_FILE");
    FILE *file = path && *path ? fopen(path, "we") : NULL;
    if (file) {
        fprintf(file, "%s\n", name);
        fclose(file);
    }
}

/* The parent waits for a byte of the child: ready. Without it, the child's exit code is the parent's. */
static int go_background(void)
{
    int ready[2], status;
    char byte;
    if (pipe2(ready, O_CLOEXEC) != 0)
        refuse(EXIT_MACHINE, strerror(errno), "room for a pipe");
    pid_t child = fork();
    if (child < 0)
        refuse(EXIT_MACHINE, strerror(errno), "room for a process");
    if (child == 0) {
        close(ready[0]);
        setsid();
        return ready[1];
    }
    close(ready[1]);
    ssize_t got;
    do
        got = read(ready[0], &byte, 1);
    while (got < 0 && errno == EINTR);
    if (got == 1)
        _exit(0);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_MACHINE);
}

/* With LOG_LEVEL set, somebody wants to read on at stderr; else what is wrong goes to syslog. */
static int open_background(void)
{
    if (!getenv("LOG_LEVEL"))
        tun_log_to_syslog();
    if (chdir("/") != 0)
        tun_log(TUN_VERBOSE, "no root folder: %s", strerror(errno));
    return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static void leave_terminal(int ready, int null)
{
    bool keep = getenv("LOG_LEVEL") != NULL;
    for (int fd = 0; null >= 0 && fd < 3; fd++) {
        if (fd == 0 || !keep)
            (void)dup2(null, fd);
    }
    if (null > 2)
        close(null);
    if (write(ready, "", 1) != 1)
        tun_log(TUN_ERROR, "who started this is gone");
    close(ready);
}

int main(int argc, char **argv)
{
    static const struct argp_option rows[] = {
        {"foreground", 'f', NULL, 0, "stay in the foreground, with the log on stderr", 0},
        {"no-tun-offload", NO_TUN_OFFLOAD, NULL, 0, "packets of the interface go one by one (no TSO, no USO)", 1},
        {"no-udp-gso", NO_UDP_GSO, NULL, 0, "datagrams go out one by one (no UDP_SEGMENT)", 1},
        {"no-udp-gro", NO_UDP_GRO, NULL, 0, "datagrams come in one by one (no UDP_GRO)", 1},
        {"provider", PROVIDER, "NAME", 0, "who seals and opens packets: ipsec-mb, boringssl, sodium [the fastest that runs here]", 1},
        {"threads", THREADS, "N", 0, "so many threads seal and open packets [1]", 1},
        {"lanes", LANES, "N", 0, "so many threads carry packets, each those of other peers; auto: one for each processor [1]", 1},
        {"stay-awake", STAY_AWAKE, "US", 0, "after a lone packet it stays awake for so many microseconds; 0: it does not [100]", 1},
        {"record-with-all-keys", RECORD, "FILE", 0,
         "write every call of the engine to FILE, for warren replay: ALL KEYS AND ALL TRAFFIC are in it", 2},
        {"capture", CAPTURE, "FILE", 0, "write datagrams and the packets in them to FILE (pcapng)", 2},
        {"capture-with-all-keys", CAPTURE_KEYS, NULL, 0,
         "with --capture: ALL KEYS stand in FILE too, so that datagrams can be opened", 2},
        {"status", STATUS, NULL, 0,
         "print what the driver of IFNAME, which runs, says of itself: drops by reason, figures by lane", 3},
        {"json", JSON, NULL, 0, "with --status: as JSON", 3},
        {"metrics", METRICS, NULL, 0, "the same as OpenMetrics text, for a scraper", 3},
        {NULL, 0, NULL, 0, NULL, 0}};
    static const struct argp argp = {rows, parse, "IFNAME", doc, NULL, NULL, NULL};
    static struct tun_driver driver;
    struct options options = {.tun_offload = true, .udp_gso = true, .udp_gro = true, .threads = 1, .lanes = 1,
                              .awake_us = TUN_AWAKE_US};
    int ready = -1;
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    read_environment(&options);
    check_name(options.interface);
    if (options.json && !options.status)
        refuse(EXIT_USAGE, "--json without --status", "warren-tun --status --json IFNAME");
    if (options.capture_keys && !options.capture)
        refuse(EXIT_USAGE, "--capture-with-all-keys without --capture",
               "warren-tun --capture FILE --capture-with-all-keys IFNAME");
    if (options.status && options.metrics)
        refuse(EXIT_USAGE, "--status and --metrics", "one of them");
    if (options.status || options.metrics)
        return tun_show(options.interface, options.metrics ? TUN_METRICS : options.json ? TUN_JSON : TUN_PLAIN);
    check_provider(options.provider);
    check_lanes(&options);
    signal(SIGPIPE, SIG_IGN);
    if (!options.foreground)
        ready = go_background();
    tun_log_open(options.level, options.interface);
    tun_fence_memory();
    tun_wait_briefly();
    open_device(&driver, &options);
    tun_log_open(options.level, driver.device.name);
    open_control(&driver, &options);
    tun_paths_init(&driver.paths);
    tun_sockets_init(&driver.sockets, &driver.paths);
    driver.sockets.gso = options.udp_gso;
    driver.sockets.gro = options.udp_gro;
    driver.provider = options.provider;
    driver.threads = options.threads;
    driver.lane_count = options.lanes;
    driver.wait.awake = options.awake_us * UINT64_C(1000);
    if (options.record)
        open_record(&driver, options.record);
    if (options.capture)
        open_capture(driver.device.name, options.capture, options.capture_keys);
    int error = tun_driver_open(&driver);
    if (error) {
        tun_driver_close(&driver);
        if (error == EOPNOTSUPP)
            refuse(EXIT_MACHINE, "this provider does not run here", "another, or no --provider: the fastest that does");
        refuse(EXIT_MACHINE, strerror(error), "a machine with epoll, netlink and memory to spare");
    }
    write_name(driver.device.name);
    int null = ready >= 0 ? open_background() : -1;
    error = tun_fence_drop();
    if (error == 0) {
        start_threads(&driver);
        error = tun_fence_close();
    }
    if (error) {
        tun_driver_close(&driver);
        refuse(EXIT_MACHINE, strerror(error), "a kernel with seccomp, and the right to drop capabilities");
    }
    if (ready >= 0)
        leave_terminal(ready, null);
    tun_driver_run(&driver);
    tun_driver_close(&driver);
    return 0;
}
