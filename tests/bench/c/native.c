/*
 * Runs the functions without a component: `native <folder>`.
 *
 * Each line that comes is a function and how many rounds it is to run over the columns that lie in the folder; each line
 * that goes is how many nanoseconds that took. The first one says what runs. The result lies beside the columns.
 */
#include <arrowbox.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The functions themselves are all that is wanted of their sources. */
#undef ARROWBOX_SCALAR
#define ARROWBOX_SCALAR(...) struct nothing
#undef ARROWBOX_EXPORT
#define ARROWBOX_EXPORT(...) struct nothing
#include "../../../examples/geometric-mean/c/geometric_mean.c"
#include "functions.c"

struct buffer {
    char *data;
    size_t length;
};

/* Where the text of the next row goes. */
static char *room;

char *arrowbox_room(size_t bytes) {
    (void)bytes;
    return room;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static struct buffer made(size_t length) {
    struct buffer buffer = {malloc(length), length};
    if (buffer.data == NULL) fail("memory");
    return buffer;
}

static struct buffer run_add_one(const struct buffer *columns) {
    struct buffer result = made(columns[0].length);
    const int64_t *x = (const int64_t *)columns[0].data;
    int64_t *out = (int64_t *)result.data;
    for (size_t i = 0; i < columns[0].length / 8; i++) out[i] = add_one(x[i]);
    return result;
}

static struct buffer run_gcd(const struct buffer *columns) {
    struct buffer result = made(columns[0].length);
    const int64_t *a = (const int64_t *)columns[0].data, *b = (const int64_t *)columns[1].data;
    int64_t *out = (int64_t *)result.data;
    for (size_t i = 0; i < columns[0].length / 8; i++) out[i] = gcd(a[i], b[i]);
    return result;
}

static struct buffer run_upper(const struct buffer *columns) {
    struct buffer result = made(columns[1].length), ends = made(columns[0].length);
    const int32_t *offsets = (const int32_t *)columns[0].data;
    int32_t *out = (int32_t *)ends.data;
    room = result.data;
    out[0] = 0;
    for (size_t i = 0; i + 1 < columns[0].length / 4; i++) {
        arrowbox_text text = {columns[1].data + offsets[i], (size_t)(offsets[i + 1] - offsets[i])};
        room += upper(text).length;
        out[i + 1] = (int32_t)(room - result.data);
    }
    free(ends.data);
    return result;
}

static struct buffer run_geometric_mean(const struct buffer *columns) {
    struct buffer result = made(sizeof(double));
    const double *x = (const double *)columns[0].data;
    struct mean state = {0};
    begin(&state, NULL);
    for (size_t i = 0; i < columns[0].length / 8; i++) update(&state, x[i]);
    evaluate(&state, (double *)result.data);
    return result;
}

static const struct {
    const char *name;
    struct buffer (*run)(const struct buffer *columns);
    int columns;
} runs[] = {
    {"add_one", run_add_one, 1},
    {"gcd", run_gcd, 2},
    {"upper", run_upper, 2},
    {"geometric_mean", run_geometric_mean, 1},
};

static struct buffer file(const char *folder, const char *function, int number) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s/argument-%d", folder, function, number);
    FILE *from = fopen(path, "rb");
    if (from == NULL || fseek(from, 0, SEEK_END) != 0) fail(path);
    struct buffer buffer = made((size_t)ftell(from));
    rewind(from);
    if (fread(buffer.data, 1, buffer.length, from) != buffer.length) fail(path);
    fclose(from);
    return buffer;
}

static void keep(const char *folder, const char *function, struct buffer result) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s/result", folder, function);
    FILE *to = fopen(path, "wb");
    if (to == NULL || fwrite(result.data, 1, result.length, to) != result.length) fail(path);
    fclose(to);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void measure(const char *folder, size_t run, long rounds) {
    struct buffer columns[2] = {{0}}, result = {0};
    const char *name = runs[run].name;
    for (int i = 0; i < runs[run].columns; i++) columns[i] = file(folder, name, i);
    int64_t began = now();
    for (long round = 0; round < rounds; round++) {
        free(result.data);
        result = runs[run].run(columns);
    }
    printf("%lld\n", (long long)(now() - began));
    keep(folder, name, result);
    free(result.data);
    for (int i = 0; i < runs[run].columns; i++) free(columns[i].data);
}

int main(int count, char **arguments) {
    char name[64];
    long rounds;
    if (count != 2) return 2;
    printf("%s, native\n", __VERSION__);
    fflush(stdout);
    while (scanf("%63s %ld", name, &rounds) == 2) {
        for (size_t run = 0; run < sizeof runs / sizeof *runs; run++) {
            if (strcmp(name, runs[run].name) == 0) measure(arguments[1], run, rounds);
        }
        fflush(stdout);
    }
    return 0;
}
