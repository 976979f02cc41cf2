/* Loaded into the server before its own libraries: lets one call on a file below FAULTY_FOLDER fail.
 *
 * The file that FAULTY_ORDER names holds three numbers of 32 bits, shared with the test: which call, the
 * error, and how many of these calls are let through first. The last goes down with each, and below zero
 * once the fault was had. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NONE, OPEN, WRITE, SYNC };

static volatile int *order;
static const char *folder;

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("FAULTY_ORDER");
    folder = getenv("FAULTY_FOLDER");
    int file = name && folder ? open(name, O_RDWR) : -1;
    if (file >= 0) {
        void *map = mmap(NULL, 12, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        order = map == MAP_FAILED ? NULL : map;
    }
}

static int below(const char *path) {
    return path && strncmp(path, folder, strlen(folder)) == 0;
}

/* Whether this call is the one that fails. */
static int fails(int call, const char *path, int fd) {
    if (!order || order[0] != call) return 0;
    char link[64], name[PATH_MAX];
    if (!path) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, name, sizeof name - 1);
        if (length < 0) return 0;
        name[length] = 0;
        path = name;
    }
    if (!below(path) || __sync_fetch_and_sub(&order[2], 1) != 0) return 0;
    errno = order[1];
    return 1;
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

#define OPENS(name) \
    int name(const char *path, int flags, ...) { \
        REAL(int, name, const char *, int, ...); \
        va_list rest; \
        va_start(rest, flags); \
        int mode = va_arg(rest, int); \
        va_end(rest); \
        return fails(OPEN, path, -1) ? -1 : real(path, flags, mode); \
    }
OPENS(open)
OPENS(open64)

#define WRITES(name, ...) REAL(ssize_t, name, int, const void *, size_t, ##__VA_ARGS__)
ssize_t write(int fd, const void *data, size_t size) {
    WRITES(write);
    return fails(WRITE, NULL, fd) ? -1 : real(fd, data, size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    WRITES(pwrite, off_t);
    return fails(WRITE, NULL, fd) ? -1 : real(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    WRITES(pwrite64, off64_t);
    return fails(WRITE, NULL, fd) ? -1 : real(fd, data, size, at);
}

int fsync(int fd) {
    REAL(int, fsync, int);
    return fails(SYNC, NULL, fd) ? -1 : real(fd);
}
int fdatasync(int fd) {
    REAL(int, fdatasync, int);
    return fails(SYNC, NULL, fd) ? -1 : real(fd);
}
