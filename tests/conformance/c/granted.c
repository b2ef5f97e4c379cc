/* Options, data and grants. */
#include "functions.h"

static int open_times(struct arrowbox_opened *opened) {
    int64_t *by = arrowbox_keep(opened, sizeof *by);
    if (arrowbox_only(opened->options, "by", NULL)) return ARROWBOX_ERROR;
    const char *said = arrowbox_param(opened->options, "by");
    char *end;
    *by = said ? strtoll(said, &end, 10) : 1;
    if (said && (end == said || *end)) return arrowbox_fail("param.by is no number: %s", said);
    opened->state = by;
    return ARROWBOX_OK;
}

static int times(struct arrowbox_call *call, struct ArrowArray *result) {
    const int64_t *values = ARROWBOX_VALUES(int64_t, arrowbox_column(call, 0)), *by = call->state;
    int64_t *products = arrowbox_fixed(result, call->batch.rows, sizeof *products);
    for (int64_t row = 0; row < call->batch.rows; row++) products[row] = values[row] * *by;
    return ARROWBOX_OK;
}
const struct arrowbox_function times_function = {
    .name = "times", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "x:l", .result = "l",
    .documentation = "`x` times `param.by`.", .nulls = ARROWBOX_STRICT, .open = open_times, .scalar = {.call = times}};

static int open_censored(struct arrowbox_opened *opened) {
    arrowbox_text *words = arrowbox_keep(opened, sizeof *words);
    if (arrowbox_only(opened->options, "words", NULL)) return ARROWBOX_ERROR;
    if (!arrowbox_has_data(opened->options, "words")) return arrowbox_fail("data.words is missing");
    opened->state = words;
    return arrowbox_read_data(opened->options, "words", words);
}

/* Adds a text with `***` in place of a word. */
static void without(struct arrowbox_bytes *out, arrowbox_text text, const char *word, size_t length) {
    for (size_t at = 0; at < text.length;) {
        if (text.length - at >= length && memcmp(text.data + at, word, length) == 0) {
            arrowbox_bytes_add(out, "***", 3);
            at += length;
        } else {
            arrowbox_bytes_add(out, text.data + at++, 1);
        }
    }
}

static int censored(struct arrowbox_call *call, struct ArrowArray *result) {
    const arrowbox_text *words = call->state;
    struct arrowbox_texts texts;
    struct arrowbox_builder *clean = arrowbox_builder(arrowbox_schema("u"));
    if (arrowbox_texts(call->batch.schemas[0], arrowbox_column(call, 0), &texts)) return ARROWBOX_ERROR;
    for (int64_t row = 0; row < call->batch.rows; row++) {
        if (arrowbox_text_is_null(&texts, row)) {
            arrowbox_append_null(clean);
            continue;
        }
        arrowbox_text text = arrowbox_text_at(&texts, row);
        struct arrowbox_bytes bytes[2] = {{NULL, 0, 0}, {NULL, 0, 0}};
        int into = 0;
        for (const char *word = words->data, *all = word + words->length; word < all;) {
            size_t length = strcspn(word, "\n");
            bytes[into].length = 0;
            without(&bytes[into], text, word, length);
            text = (arrowbox_text){bytes[into].data, bytes[into].length};
            into = 1 - into;
            word += length + 1;
        }
        arrowbox_append_text(clean, text);
        arrowbox_bytes_free(&bytes[0]);
        arrowbox_bytes_free(&bytes[1]);
    }
    return arrowbox_finish(clean, result);
}
const struct arrowbox_function censored_function = {
    .name = "censored", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "text:*u", .result = "u",
    .documentation = "The text with `***` in place of the words in `data.words`.", .open = open_censored,
    .scalar = {.call = censored}};

static int this_year(struct arrowbox_call *call, struct ArrowArray *result) {
    int64_t *years = arrowbox_fixed(result, call->batch.rows, sizeof *years);
    for (int64_t row = 0; row < call->batch.rows; row++) years[row] = 1970 + arrowbox_now() / 31556952000000000;
    return ARROWBOX_OK;
}
const struct arrowbox_function this_year_function = {
    .name = "this_year", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "", .result = "l",
    .documentation = "The year, roughly.", .volatility = ARROWBOX_VOLATILE, .grants = "clock",
    .scalar = {.call = this_year}};

static int64_t draw(int64_t bytes) {
    void *drawn = malloc((size_t)bytes + 1);
    if (!drawn) abort();
    arrowbox_random(drawn, (size_t)bytes);
    free(drawn);
    return bytes;
}
ARROWBOX_ROWS(drawn_rows, draw, int64, (int64, bytes))
const struct arrowbox_function drawn_function = {
    .name = "drawn", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "bytes:l", .result = "l",
    .documentation = "How many bytes that nobody can foretell were drawn.", .volatility = ARROWBOX_VOLATILE,
    .nulls = ARROWBOX_STRICT, .grants = "random", .scalar = {.call = drawn_rows}};
