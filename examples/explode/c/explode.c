/* The parts of texts: a table function, which gives rows for each row. */
#include <arrowbox.h>
#include <string.h>

/* The text from the first `part` in `text` on, or NULL. */
static const char *find(arrowbox_text text, arrowbox_text part) {
    for (size_t at = 0; at + part.length <= text.length; at++) {
        const char *found = memchr(text.data + at, part.data[0], text.length - part.length - at + 1);
        if (!found) return NULL;
        if (!memcmp(found, part.data, part.length)) return found;
        at = (size_t)(found - text.data);
    }
    return NULL;
}

static int next(struct arrowbox_call *call, int64_t row, void *cursor, struct arrowbox_rows *out) {
    struct ArrowArray **columns = call->batch.columns;
    struct arrowbox_texts texts[2];
    arrowbox_text values[2];
    (void)cursor;
    for (int i = 0; i < 2; i++) {
        if (arrowbox_texts(call->batch.schemas[i], columns[i], &texts[i])) return ARROWBOX_ERROR;
        values[i] = arrowbox_text_at(&texts[i], columns[i]->length == 1 ? 0 : row);
    }
    arrowbox_text rest = values[0], delimiter = values[1];
    if (delimiter.length == 0) return arrowbox_fail("the delimiter is empty: nothing is between two of them");
    for (int64_t index = 1;; index++) {
        const char *end = find(rest, delimiter);
        arrowbox_text part = {rest.data, end ? (size_t)(end - rest.data) : rest.length};
        arrowbox_append_int64(out->columns[0], index);
        arrowbox_append_text(out->columns[1], part);
        arrowbox_end_row(out);
        if (!end) return ARROWBOX_OK;
        rest.length -= part.length + delimiter.length;
        rest.data = end + delimiter.length;
    }
}

static const struct arrowbox_function explode = {
    .name = "explode",
    .kind = ARROWBOX_TABLE_FUNCTION,
    .arguments = "text:*u; delimiter:*u",
    .result = "index:l!; part:u!",
    .documentation = "The parts of a text between delimiters, in their order: `index`, from one, and `part`.\n\n"
                     "A text without a delimiter is one part, an empty one too; parts can be empty. Null has no parts.",
    .nulls = ARROWBOX_STRICT,
    .table = {.next = next},
};

ARROWBOX_EXPORT(&explode);
