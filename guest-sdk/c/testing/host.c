/*
 * In place of a host, in tests that run on the machine itself: with no files, no data, no clock and no randomness.
 * What is logged goes to standard error.
 */
#include <stdio.h>

#include "../src/internal.h"

void host_log(int level, const char *message, size_t length) {
    (void)level;
    fprintf(stderr, "%.*s\n", (int)length, message);
}
void host_panicked(const char *message, size_t length, const char *place, size_t place_length) {
    fprintf(stderr, "panicked at %.*s: %.*s\n", (int)place_length, place, (int)length, message);
}

int64_t host_now(void) { return 946684800000000000; }
void host_random(void *into, size_t bytes) { memset(into, 0, bytes); }

int host_data_size(const char *name, uint64_t *size) {
    (void)size;
    return arrowbox_fail("there is no data.%s in a test", name);
}
int host_data_read(const char *name, uint64_t offset, uint32_t length, void *into, size_t *read) {
    (void)offset, (void)length, (void)into, (void)read;
    return arrowbox_fail("there is no data.%s in a test", name);
}

int host_files(const struct arrowbox_file **files, int64_t *n_files) {
    *files = NULL;
    *n_files = 0;
    return ARROWBOX_OK;
}
int host_read(arrowbox_text path, uint64_t offset, void *into, uint32_t length, uint32_t *read) {
    (void)offset, (void)into, (void)length, (void)read;
    return arrowbox_fail("there is no file %.*s in a test", (int)path.length, path.data);
}

int host_create(const char *path, int32_t *file) {
    (void)file;
    return arrowbox_fail("%s can not be made in a test", path);
}
int host_write(int32_t file, const void *data, uint32_t length) {
    (void)file, (void)data, (void)length;
    return ARROWBOX_OK;
}
int host_finish(int32_t file, uint64_t *bytes) {
    (void)file;
    *bytes = 0;
    return ARROWBOX_OK;
}
void host_drop(int32_t file) { (void)file; }
