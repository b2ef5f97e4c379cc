/* A reader and a writer. */
#include "functions.h"

static int refuse_line(arrowbox_text line) {
    return arrowbox_text_is(line, "666") ? arrowbox_fail("666 is refused") : ARROWBOX_OK;
}

static int open_lines(struct arrowbox_opened *opened) {
    uint64_t *bytes = arrowbox_keep(opened, sizeof *bytes);
    if (arrowbox_only(opened->options, "split", NULL)) return ARROWBOX_ERROR;
    const char *split = arrowbox_param(opened->options, "split");
    *bytes = split ? strtoull(split, NULL, 10) : 1000000;
    opened->state = bytes;
    return ARROWBOX_OK;
}

static enum arrowbox_exactness exactness(struct arrowbox_opened *opened, const struct arrowbox_filter *filter) {
    (void)opened;
    return filter->column == 1 ? ARROWBOX_EXACT : ARROWBOX_UNSUPPORTED;
}

static int plan(struct arrowbox_opened *opened, const struct arrowbox_request *request, struct arrowbox_splits *splits) {
    (void)request;
    return arrowbox_split_files(splits, *(const uint64_t *)opened->state);
}

static int read_lines(struct arrowbox_opened *opened, const struct arrowbox_split *split,
                      const struct arrowbox_request *request, void *cursor, struct arrowbox_rows *out) {
    (void)opened;
    for (int i = 0; i < 1000; i++) {
        arrowbox_text line;
        bool there, passes = true;
        if (arrowbox_next_line(cursor, split, &line, &there)) return ARROWBOX_ERROR;
        if (!there) return ARROWBOX_OK;
        if (refuse_line(line)) return ARROWBOX_ERROR;
        int64_t bytes = (int64_t)line.length, value;
        for (int64_t f = 0; f < request->n_filters; f++) {
            const struct arrowbox_filter *filter = &request->filters[f];
            if (arrowbox_get_int64(filter->schema, filter->value, 0, "the value of the filter", &value))
                return ARROWBOX_ERROR;
            passes &= arrowbox_passes(filter->comparison, (bytes > value) - (bytes < value));
        }
        if (!passes) continue;
        arrowbox_append_text(out->columns[0], line);
        arrowbox_append_int64(out->columns[1], bytes);
        arrowbox_end_row(out);
    }
    return ARROWBOX_MORE;
}

static void end_lines(void *cursor) { arrowbox_lines_free(cursor); }

const struct arrowbox_function text_lines_function = {
    .name = "text_lines", .kind = ARROWBOX_READER, .result = "line:u; bytes:l",
    .documentation = "The lines of files, and how many bytes each has. Refuses 666.", .open = open_lines,
    .reader = {.exactness = exactness, .plan = plan, .size = sizeof(struct arrowbox_lines), .next = read_lines,
               .end = end_lines}};

struct part {
    struct arrowbox_output *output;
    int64_t rows;
};

static int begin_part(struct arrowbox_opened *opened, uint32_t partition, void *state) {
    struct arrowbox_bytes path = {NULL, 0, 0};
    (void)opened;
    arrowbox_bytes_printf(&path, "lines/%u.csv", partition);
    arrowbox_bytes_add(&path, "", 1);
    int created = arrowbox_create(path.data, &((struct part *)state)->output);
    arrowbox_bytes_free(&path);
    return created;
}

static int write_part(struct arrowbox_call *call) {
    struct part *part = call->state;
    struct arrowbox_texts texts;
    if (arrowbox_texts(call->batch.schemas[0], call->batch.columns[0], &texts)) return ARROWBOX_ERROR;
    for (int64_t row = 0; row < call->batch.rows; row++) {
        if (arrowbox_text_is_null(&texts, row)) continue;
        arrowbox_text line = arrowbox_text_at(&texts, row);
        if (refuse_line(line) || arrowbox_write(part->output, line.data, line.length) ||
            arrowbox_write(part->output, "\n", 1))
            return ARROWBOX_ERROR;
        part->rows++;
    }
    return ARROWBOX_OK;
}

static int finish_part(struct arrowbox_opened *opened, void *state, struct arrowbox_bytes *manifest) {
    struct part *part = state;
    (void)opened;
    arrowbox_bytes_printf(manifest, "%lld", (long long)part->rows);
    return arrowbox_close(part->output, NULL);
}

static int commit(struct arrowbox_opened *opened, const arrowbox_text *manifests, int64_t n_manifests) {
    struct arrowbox_output *output;
    struct arrowbox_bytes text = {NULL, 0, 0};
    int64_t rows = 0;
    (void)opened;
    for (int64_t i = 0; i < n_manifests; i++) {
        int64_t of_part = 0;
        for (size_t at = 0; at < manifests[i].length; at++) of_part = 10 * of_part + (manifests[i].data[at] - '0');
        rows += of_part;
    }
    if (arrowbox_create("rows.txt", &output)) return ARROWBOX_ERROR;
    arrowbox_bytes_printf(&text, "%lld\n", (long long)rows);
    int written = arrowbox_write(output, text.data, text.length);
    arrowbox_bytes_free(&text);
    return arrowbox_close(output, NULL) || written ? ARROWBOX_ERROR : ARROWBOX_OK;
}
const struct arrowbox_function line_files_function = {
    .name = "line_files", .kind = ARROWBOX_WRITER, .documentation = "The texts of the first column, a line each.",
    .writer = {.size = sizeof(struct part), .begin = begin_part, .write = write_part, .finish = finish_part,
               .commit = commit}};
