/* What a function says when it can not go on. */
#include <stdio.h>

#include "internal.h"

bool arrowbox__failed;

static struct failure failure = {NULL, -1};
/* What was said before a function of rows was tried again. */
static char *said_before;

static int fail(int64_t row, const char *format, va_list values) {
    arrowbox__failed = true;
    if (failure.message) return ARROWBOX_ERROR;
    va_list again;
    va_copy(again, values);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) {
        failure.message = copy_text(format, strlen(format));
    } else {
        failure.message = must_allocate((size_t)length + 1);
        vsnprintf(failure.message, (size_t)length + 1, format, values);
    }
    failure.row = row;
    return ARROWBOX_ERROR;
}

int arrowbox_fail(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fail(-1, format, values);
    va_end(values);
    return ARROWBOX_ERROR;
}

int arrowbox_fail_at(int64_t row, const char *format, ...) {
    va_list values;
    va_start(values, format);
    fail(row, format, values);
    va_end(values);
    return ARROWBOX_ERROR;
}

bool failure_is_there(void) { return failure.message != NULL; }

void failure_drop_row(void) { failure.row = -1; }

void failure_clear(void) {
    free(failure.message);
    free(said_before);
    failure.message = said_before = NULL;
    failure.row = -1;
    arrowbox__failed = false;
}

struct failure failure_take(void) {
    struct failure taken = failure;
    failure.message = NULL;
    failure_clear();
    if (!taken.message) {
        const char *text = "the function failed and said nothing: `arrowbox_fail` says what is wrong";
        taken.message = copy_text(text, strlen(text));
    }
    return taken;
}

void arrowbox__try_again(void) {
    free(said_before);
    said_before = failure.message;
    failure.message = NULL;
    arrowbox__failed = false;
}

int arrowbox__not_again(void) {
    failure.message = said_before;
    said_before = NULL;
    arrowbox__failed = true;
    return ARROWBOX_ERROR;
}

int arrowbox__failed_at(int64_t row) {
    if (failure.row < 0) failure.row = row;
    return ARROWBOX_ERROR;
}

void arrowbox_log(enum arrowbox_level level, const char *format, ...) {
    char line[1024];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(line, sizeof line, format, values);
    va_end(values);
    if (length < 0) return;
    if ((size_t)length >= sizeof line) length = (int)sizeof line - 1;
    host_log((int)level, line, (size_t)length);
}

void arrowbox_panic_at(const char *message, const char *file, int line) {
    char place[256] = "an unknown place";
    if (file) snprintf(place, sizeof place, "%s:%d", file, line);
    size_t length = strlen(place);
    host_panicked(message, strlen(message), place, length);
    __builtin_trap();
}

int64_t arrowbox_now(void) { return host_now(); }

void arrowbox_random(void *into, size_t bytes) { host_random(into, bytes); }

arrowbox_text arrowbox_text_of(const char *text) {
    arrowbox_text result = {text, strlen(text)};
    return result;
}

bool arrowbox_text_is(arrowbox_text text, const char *other) {
    return text.length == strlen(other) && (text.length == 0 || memcmp(text.data, other, text.length) == 0);
}
