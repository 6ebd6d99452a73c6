/* Stands between a server and the C library, and has files and the clock fail as a control file says.
 *
 * Built by the torture test with the machine's compiler and loaded with LD_PRELOAD, so that the server is the very
 * binary that is shipped. The control file is memory that both sides share; `control.rs` is its counterpart.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

struct control {
    volatile int64_t fail_syncs;   /* So many syncs of the ledger fail; below zero: all. */
    volatile int64_t fail_main;    /* So many syncs of its main file fail, besides. */
    volatile int64_t slow_sync_us; /* How long each sync of the ledger takes. */
    volatile int64_t disk_full;    /* Whether nothing in the data folder can be written. */
    volatile int64_t clock_us;     /* What is added to the time of day. */
    volatile int64_t failed;       /* How many calls were made to fail. */
    volatile int64_t failed_at_us; /* When the first one was, since it was set to 0; by the true clock. */
    volatile int64_t log_written;  /* Where the ledger's write-ahead log ends. */
    volatile int64_t log_synced;   /* Up to where it was synced. */
    volatile uint8_t pages[65536]; /* What became of each page of the ledger's main file: */
};

enum { SYNCED, WRITTEN, SYNCING, LOST };
enum { PAGE_BYTES = 8192 };

static struct control *control;
/* How often the log began anew. */
static volatile int64_t logs;

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_pwrite64)(int, const void *, size_t, off64_t);
static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void prepare(void) {
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite");
    real_pwrite64 = dlsym(RTLD_NEXT, "pwrite64");
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    const char *path = getenv("TORTURE_CONTROL");
    int file = path ? open(path, O_RDWR) : -1;
    if (file < 0) return;
    void *shared = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared != MAP_FAILED) control = shared;
    close(file);
}

static int has_name(int file, const char *part) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return strstr(path, part) != NULL;
}

static void note_failure(void) {
    struct timespec now;
    real_clock_gettime(CLOCK_REALTIME, &now);
    __sync_bool_compare_and_swap(&control->failed_at_us, 0, (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    __sync_fetch_and_add(&control->failed, 1);
}

/* Whoever was synced last need not have ended last: one thread appends, another moves the log into the file. */
static void note_synced(int64_t upto, int64_t log) {
    int64_t known = control->log_synced;
    while (log == logs && known < upto && !__sync_bool_compare_and_swap(&control->log_synced, known, upto))
        known = control->log_synced;
}

static void turn_pages(uint8_t from, uint8_t into) {
    for (size_t page = 0; page < sizeof control->pages; page++)
        __sync_bool_compare_and_swap(&control->pages[page], from, into);
}

/* Whether one of so many that are to fail is this one. */
static int is_one_of(volatile int64_t *many) {
    int64_t left = *many;
    while (left > 0 && !__sync_bool_compare_and_swap(many, left, left - 1)) left = *many;
    return left != 0;
}

static int sync_through(int file, int (*real)(int)) {
    if (!control || !has_name(file, "/ledger.db")) return real(file);
    int64_t slow = control->slow_sync_us;
    if (slow > 0) usleep((useconds_t)slow);
    int is_log = has_name(file, "/ledger.db-wal");
    int is_main = !is_log && !has_name(file, "/ledger.db-");
    if (is_main) turn_pages(WRITTEN, SYNCING);
    if (is_one_of(&control->fail_syncs) || (is_main && is_one_of(&control->fail_main))) {
        /* The system takes what it could not write for written: a later sync does not bring it to the disk. */
        if (is_main) turn_pages(SYNCING, LOST);
        note_failure();
        errno = EIO;
        return -1;
    }
    int64_t log = logs, written = control->log_written;
    int result = real(file);
    if (result == 0 && is_log) note_synced(written, log);
    if (result == 0 && is_main) turn_pages(SYNCING, SYNCED);
    return result;
}

int fsync(int file) { return sync_through(file, real_fsync); }
int fdatasync(int file) { return sync_through(file, real_fdatasync); }

static int refuses(int file) {
    if (!control || !control->disk_full || !has_name(file, "/data/")) return 0;
    /* Its space was written when the process started: a full disk takes what is written over that. */
    if (has_name(file, "/data/inflight")) return 0;
    note_failure();
    errno = ENOSPC;
    return 1;
}

static void note_pages(ssize_t wrote, int64_t at) {
    for (int64_t page = at / PAGE_BYTES; page * PAGE_BYTES < at + wrote; page++)
        if (page < (int64_t)sizeof control->pages) control->pages[page] = WRITTEN;
}

static void note_write(int file, ssize_t wrote, int64_t at) {
    if (!control || wrote <= 0 || !has_name(file, "/ledger.db")) return;
    if (!has_name(file, "/ledger.db-")) note_pages(wrote, at);
    if (!has_name(file, "/ledger.db-wal")) return;
    /* A write at the start begins the log anew: what lies behind it belongs to the past. */
    if (at == 0) {
        control->log_written = 0;
        __sync_fetch_and_add(&logs, 1);
        control->log_synced = 0;
    }
    if (at + wrote > control->log_written) control->log_written = at + wrote;
}

ssize_t write(int file, const void *bytes, size_t count) {
    if (file > 2 && refuses(file)) return -1;
    int64_t at = control && file > 2 ? lseek(file, 0, SEEK_CUR) : -1;
    ssize_t wrote = real_write(file, bytes, count);
    if (at >= 0) note_write(file, wrote, at);
    return wrote;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    if (refuses(file)) return -1;
    ssize_t wrote = real_pwrite(file, bytes, count, at);
    note_write(file, wrote, at);
    return wrote;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    if (refuses(file)) return -1;
    ssize_t wrote = real_pwrite64(file, bytes, count, at);
    note_write(file, wrote, at);
    return wrote;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = real_clock_gettime(clock, now);
    if (result == 0 && control && clock == CLOCK_REALTIME) {
        int64_t nanos = now->tv_nsec + (control->clock_us % 1000000) * 1000;
        now->tv_sec += control->clock_us / 1000000;
        if (nanos < 0) { nanos += 1000000000; now->tv_sec -= 1; }
        if (nanos >= 1000000000) { nanos -= 1000000000; now->tv_sec += 1; }
        now->tv_nsec = nanos;
    }
    return result;
}
