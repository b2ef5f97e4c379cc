/*
 * What the C library asks of an operating system that is not there. A component of the native lane imports nothing
 * of WASI: these stand in for what its C library would import, and only those that are used are linked.
 */
#include <errno.h>
#include <stdio.h>

#include "internal.h"

/* The numbers of preview 1 that are answered with. */
enum { SUCCESS = 0, BAD_FILE = 8, NOT_SUPPORTED = 58 };

_Noreturn void __assert_fail(const char *expression, const char *file, int line, const char *function);
_Noreturn void __assert_fail(const char *expression, const char *file, int line, const char *function) {
    char message[256];
    snprintf(message, sizeof message, "assertion failed: %s (in %s)", expression, function);
    arrowbox_panic_at(message, file, line);
}

_Noreturn void abort(void);
_Noreturn void abort(void) { arrowbox_panic_at("abort() was called", NULL, 0); }

/* ---- In place of imports --------------------------------------------------------------------------------- */

#define STANDS_FOR(name) int32_t name
#define IMPORT(name) __imported_wasi_snapshot_preview1_##name

struct vector {
    const char *data;
    size_t length;
};

STANDS_FOR(IMPORT(fd_write))(int32_t file, int32_t vectors, int32_t count, int32_t written) {
    const struct vector *vector = (const struct vector *)(uintptr_t)vectors;
    size_t total = 0;
    if (file != 1 && file != 2) return BAD_FILE;
    for (int32_t i = 0; i < count; i++) {
        log_write(file == 2 ? ARROWBOX_WARN : ARROWBOX_INFO, vector[i].data, vector[i].length);
        total += vector[i].length;
    }
    *(size_t *)(uintptr_t)written = total;
    return SUCCESS;
}

/* A terminal, which is what makes the C library write whole lines. */
STANDS_FOR(IMPORT(fd_fdstat_get))(int32_t file, int32_t status) {
    if (file < 0 || file > 2) return BAD_FILE;
    memset((void *)(uintptr_t)status, 0, 24);
    *(uint8_t *)(uintptr_t)status = 2;
    return SUCCESS;
}

STANDS_FOR(IMPORT(fd_close))(int32_t file) {
    (void)file;
    return BAD_FILE;
}

STANDS_FOR(IMPORT(fd_seek))(int32_t file, int64_t offset, int32_t whence, int32_t place) {
    (void)file, (void)offset, (void)whence, (void)place;
    return BAD_FILE;
}

STANDS_FOR(IMPORT(fd_read))(int32_t file, int32_t vectors, int32_t count, int32_t read) {
    (void)file, (void)vectors, (void)count, (void)read;
    return BAD_FILE;
}

STANDS_FOR(IMPORT(fd_prestat_get))(int32_t file, int32_t status) {
    (void)file, (void)status;
    return BAD_FILE;
}

STANDS_FOR(IMPORT(fd_prestat_dir_name))(int32_t file, int32_t path, int32_t length) {
    (void)file, (void)path, (void)length;
    return BAD_FILE;
}

STANDS_FOR(IMPORT(path_open))(int32_t a, int32_t b, int32_t c, int32_t d, int32_t e, int64_t f, int64_t g, int32_t h,
                              int32_t i) {
    (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h, (void)i;
    return BAD_FILE;
}

STANDS_FOR(IMPORT(environ_sizes_get))(int32_t count, int32_t bytes) {
    *(size_t *)(uintptr_t)count = *(size_t *)(uintptr_t)bytes = 0;
    return SUCCESS;
}

STANDS_FOR(IMPORT(environ_get))(int32_t environment, int32_t buffer) {
    (void)environment, (void)buffer;
    return SUCCESS;
}

STANDS_FOR(IMPORT(sched_yield))(void) { return SUCCESS; }

/* `time` and `clock_gettime` need the grant `clock`. */
STANDS_FOR(IMPORT(clock_time_get))(int32_t clock, int64_t precision, int32_t time) {
    (void)precision;
    if (clock != 0 && clock != 1) return NOT_SUPPORTED;
    *(int64_t *)(uintptr_t)time = host_now();
    return SUCCESS;
}

STANDS_FOR(IMPORT(clock_res_get))(int32_t clock, int32_t resolution) {
    (void)clock;
    *(int64_t *)(uintptr_t)resolution = 1;
    return SUCCESS;
}

/* `getentropy` needs the grant `random`. */
STANDS_FOR(IMPORT(random_get))(int32_t into, int32_t bytes) {
    host_random((void *)(uintptr_t)into, (size_t)bytes);
    return SUCCESS;
}

_Noreturn void IMPORT(proc_exit)(int32_t code);
_Noreturn void IMPORT(proc_exit)(int32_t code) {
    char message[64];
    snprintf(message, sizeof message, "exit(%d) was called", (int)code);
    arrowbox_panic_at(message, NULL, 0);
}

/* ---- The same by the names that Zig's own part of its C library has for them ------------------------------- */

#define ALSO(name) \
    extern __typeof__(IMPORT(name)) arrowbox__##name __asm__(#name "|wasi_snapshot_preview1") \
        __attribute__((__alias__("__imported_wasi_snapshot_preview1_" #name)))

ALSO(fd_write);
ALSO(fd_fdstat_get);
ALSO(fd_close);
ALSO(fd_seek);
ALSO(fd_read);
ALSO(fd_prestat_get);
ALSO(fd_prestat_dir_name);
ALSO(path_open);
ALSO(environ_sizes_get);
ALSO(environ_get);
ALSO(sched_yield);
ALSO(clock_time_get);
ALSO(clock_res_get);
ALSO(random_get);
ALSO(proc_exit);
