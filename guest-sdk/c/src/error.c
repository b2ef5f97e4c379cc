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
    text_mend(taken.message, strlen(taken.message));
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

/* ---- Text that the host can take ------------------------------------------------------------------------ */

/* Bytes of the character that begins here; 0 if it is none, or not whole. */
static size_t character(const unsigned char *text, size_t length) {
    unsigned char first = text[0];
    size_t bytes = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (bytes > length) return 0;
    for (size_t i = 1; i < bytes; i++)
        if ((text[i] & 0xc0) != 0x80) return 0;
    /* Longer than it has to be, a surrogate, or beyond the last one. */
    if ((first == 0xe0 && text[1] < 0xa0) || (first == 0xed && text[1] > 0x9f) || (first == 0xf0 && text[1] < 0x90) ||
        (first == 0xf4 && text[1] > 0x8f))
        return 0;
    return bytes;
}

void text_mend(char *text, size_t length) {
    for (size_t at = 0; at < length;) {
        size_t bytes = character((const unsigned char *)text + at, length - at);
        if (bytes == 0) text[at] = '?';
        at += bytes > 0 ? bytes : 1;
    }
}

/* The length without a character that was cut. */
static size_t uncut(const char *text, size_t length) {
    for (size_t back = 1; back < 4 && back <= length; back++) {
        unsigned char byte = (unsigned char)text[length - back];
        if ((byte & 0xc0) == 0x80) continue;
        size_t bytes = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
        return bytes > back ? length - back : length;
    }
    return length;
}

void arrowbox_log(enum arrowbox_level level, const char *format, ...) {
    char line[1024];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(line, sizeof line, format, values);
    va_end(values);
    if (length < 0) return;
    size_t kept = (size_t)length < sizeof line ? (size_t)length : uncut(line, sizeof line - 1);
    text_mend(line, kept);
    host_log((int)level, line, kept);
}

/* A line that has not ended. */
static char begun[512];
static size_t begun_length;

static void log_line(int level, size_t length) {
    text_mend(begun, length);
    host_log(level, begun, length);
    begun_length -= length;
    memmove(begun, begun + length, begun_length);
}

void log_write(int level, const char *data, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (data[i] == '\n') {
            log_line(level, begun_length);
            continue;
        }
        if (begun_length == sizeof begun) log_line(level, uncut(begun, begun_length));
        begun[begun_length++] = data[i];
    }
}

void arrowbox_panic_at(const char *message, const char *file, int line) {
    static char said[1024];
    char place[256] = "an unknown place";
    size_t length = strlen(message);
    if (length > sizeof said) length = uncut(message, sizeof said);
    memcpy(said, message, length);
    text_mend(said, length);
    if (file) snprintf(place, sizeof place, "%s:%d", file, line);
    text_mend(place, strlen(place));
    host_panicked(said, length, place, strlen(place));
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
