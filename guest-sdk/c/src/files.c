/* Files that a reader was given, and files that a writer makes. */
#include "internal.h"

#define MOST_AT_ONCE ((uint32_t)16 << 20)
#define LINES_AT_ONCE ((size_t)1 << 20)
#define LONGEST_LINE ((size_t)16 << 20)
#define GATHERED ((size_t)256 << 10)

int arrowbox_files(const struct arrowbox_file **files, int64_t *n_files) { return host_files(files, n_files); }

int arrowbox_read(arrowbox_text path, uint64_t offset, void *into, size_t length, size_t *read) {
    *read = 0;
    while (length > *read) {
        size_t left = length - *read;
        uint32_t now = 0;
        if (host_read(path, offset + *read, (char *)into + *read, left < MOST_AT_ONCE ? (uint32_t)left : MOST_AT_ONCE,
                      &now))
            return ARROWBOX_ERROR;
        if (now == 0) break;
        *read += now;
    }
    return ARROWBOX_OK;
}

/* ---- Splits ----------------------------------------------------------------------------------------- */

static arrowbox_text kept(struct arena *arena, arrowbox_text text) {
    char *copy = arena_take(arena, text.length + 1, 1);
    if (text.length > 0) memcpy(copy, text.data, text.length);
    arrowbox_text result = {copy, text.length};
    return result;
}

void arrowbox_add_split(struct arrowbox_splits *splits, const struct arrowbox_split *split) {
    if (splits->length == splits->capacity) {
        splits->capacity = splits->capacity ? 2 * splits->capacity : 16;
        splits->splits = must_grow(splits->splits, splits->capacity * sizeof *splits->splits);
    }
    struct arrowbox_split copy = *split;
    copy.token = kept(splits->arena, split->token);
    if (split->path.data) copy.path = kept(splits->arena, split->path);
    splits->splits[splits->length++] = copy;
}

int arrowbox_split_files(struct arrowbox_splits *splits, uint64_t bytes) {
    const struct arrowbox_file *files;
    int64_t n_files;
    if (bytes == 0) return arrowbox_fail("splits of no bytes have no end");
    if (arrowbox_files(&files, &n_files)) return ARROWBOX_ERROR;
    for (int64_t i = 0; i < n_files; i++) {
        uint64_t size = files[i].size;
        uint64_t parts = size / bytes + (size % bytes > 0);
        uint64_t each = parts > 0 ? size / parts + (size % parts > 0) : 0;
        for (uint64_t at = 0; at < size; at += each) {
            struct arrowbox_split split = {{"", 0}, files[i].path, at, each < size - at ? each : size - at, -1};
            arrowbox_add_split(splits, &split);
        }
    }
    return ARROWBOX_OK;
}

/* ---- Lines ------------------------------------------------------------------------------------------ */

static int fill(struct arrowbox_lines *lines, const struct arrowbox_split *split) {
    if (lines->begin > 0) {
        memmove(lines->buffer, lines->buffer + lines->begin, lines->end - lines->begin);
        lines->end -= lines->begin;
        lines->begin = 0;
    }
    if (lines->capacity - lines->end < LINES_AT_ONCE / 2) {
        size_t capacity = lines->capacity ? 2 * lines->capacity : LINES_AT_ONCE;
        lines->buffer = must_grow(lines->buffer, capacity);
        lines->capacity = capacity;
    }
    size_t read;
    size_t wanted = lines->capacity - lines->end;
    if (arrowbox_read(split->path, lines->position, lines->buffer + lines->end, wanted, &read)) return ARROWBOX_ERROR;
    lines->position += read;
    lines->end += read;
    if (read < wanted) lines->ended = true;
    return ARROWBOX_OK;
}

int arrowbox_next_line(struct arrowbox_lines *lines, const struct arrowbox_split *split, arrowbox_text *line,
                       bool *there) {
    if (!lines->buffer) {
        /* A line that begins in front of the split is not of it; its end shows where the first one begins. */
        lines->skip = split->offset > 0;
        lines->position = split->offset - (lines->skip ? 1 : 0);
        lines->limit = split->offset + split->length;
        if (fill(lines, split)) return ARROWBOX_ERROR;
    }
    for (size_t searched = 0;;) {
        uint64_t begins_at = lines->position - (lines->end - lines->begin);
        if (!lines->skip && begins_at >= lines->limit) break;
        char *begin = lines->buffer + lines->begin;
        size_t length = lines->end - lines->begin;
        char *end = length > searched ? memchr(begin + searched, '\n', length - searched) : NULL;
        if (!end) {
            searched = length;
            if (length > LONGEST_LINE)
                return arrowbox_fail("a line of %.*s is longer than %zu bytes", (int)split->path.length,
                                     split->path.data, LONGEST_LINE);
            if (!lines->ended) {
                if (fill(lines, split)) return ARROWBOX_ERROR;
                continue;
            }
            if (length == 0 || lines->skip) break;
            end = begin + length;
        }
        lines->begin += (size_t)(end - begin) + (end < begin + length ? 1 : 0);
        searched = 0;
        if (lines->skip) {
            lines->skip = false;
            continue;
        }
        line->data = begin;
        line->length = (size_t)(end - begin);
        *there = true;
        return ARROWBOX_OK;
    }
    *there = false;
    return ARROWBOX_OK;
}

void arrowbox_lines_free(struct arrowbox_lines *lines) {
    free(lines->buffer);
    memset(lines, 0, sizeof *lines);
}

/* ---- Files being made ------------------------------------------------------------------------------- */

struct arrowbox_output {
    int32_t file;
    char *gathered;
    size_t length;
};

int arrowbox_create(const char *path, struct arrowbox_output **output) {
    int32_t file;
    *output = NULL;
    if (host_create(path, &file)) return ARROWBOX_ERROR;
    *output = must_zero(1, sizeof **output);
    (*output)->file = file;
    return ARROWBOX_OK;
}

static int give(struct arrowbox_output *output, const char *data, size_t length) {
    while (length > 0) {
        uint32_t piece = length < MOST_AT_ONCE ? (uint32_t)length : MOST_AT_ONCE;
        if (host_write(output->file, data, piece)) return ARROWBOX_ERROR;
        data += piece;
        length -= piece;
    }
    return ARROWBOX_OK;
}

static int drain(struct arrowbox_output *output) {
    size_t length = output->length;
    output->length = 0;
    return give(output, output->gathered, length);
}

int arrowbox_write(struct arrowbox_output *output, const void *data, size_t length) {
    if (length > GATHERED - output->length) {
        if (drain(output)) return ARROWBOX_ERROR;
        if (length >= GATHERED) return give(output, data, length);
    }
    if (!output->gathered) output->gathered = must_allocate(GATHERED);
    if (length > 0) memcpy(output->gathered + output->length, data, length);
    output->length += length;
    return ARROWBOX_OK;
}

int arrowbox_close(struct arrowbox_output *output, uint64_t *bytes) {
    uint64_t written = 0;
    int result = drain(output);
    if (!result) result = host_finish(output->file, &written);
    host_drop(output->file);
    free(output->gathered);
    free(output);
    if (bytes) *bytes = written;
    return result;
}
