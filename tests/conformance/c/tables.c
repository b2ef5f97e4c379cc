/* Table functions. */
#include "functions.h"

/* Where the value of a row is: a column of one value is a constant. */
static int64_t place_of(const struct arrowbox_call *call, int64_t index, int64_t row) {
    return call->batch.columns[index]->length == 1 ? 0 : row;
}

static int64_t number(const struct arrowbox_call *call, int64_t index, int64_t row) {
    return ARROWBOX_VALUES(int64_t, call->batch.columns[index])[place_of(call, index, row)];
}

static int series(struct arrowbox_call *call, int64_t row, void *cursor, struct arrowbox_rows *out) {
    int64_t *given = cursor, first = number(call, 0, row), last = number(call, 1, row);
    if (refuse(first)) return ARROWBOX_ERROR;
    for (int i = 0; i < 1000; i++) {
        if (first + *given > last) return ARROWBOX_OK;
        arrowbox_append_int64(out->columns[0], first + (*given)++);
        arrowbox_end_row(out);
    }
    return ARROWBOX_MORE;
}
const struct arrowbox_function series_function = {
    .name = "series", .kind = ARROWBOX_TABLE_FUNCTION, .arguments = "first:l; last:l", .result = "l!",
    .documentation = "The numbers from `first` to `last`. Refuses to begin with 666.", .nulls = ARROWBOX_STRICT,
    .table = {.size = sizeof(int64_t), .next = series}};

static int pieces(struct arrowbox_call *call, int64_t row, void *cursor, struct arrowbox_rows *out) {
    struct arrowbox_texts texts, marks;
    (void)cursor;
    if (arrowbox_texts(call->batch.schemas[0], call->batch.columns[0], &texts) ||
        arrowbox_texts(call->batch.schemas[1], call->batch.columns[1], &marks))
        return ARROWBOX_ERROR;
    arrowbox_text text = arrowbox_text_at(&texts, place_of(call, 0, row));
    arrowbox_text by = arrowbox_text_at(&marks, place_of(call, 1, row));
    for (int64_t place = 0, begin = 0;; place++) {
        size_t end = (size_t)begin;
        while (end + by.length <= text.length && memcmp(text.data + end, by.data, by.length) != 0) end++;
        bool last = end + by.length > text.length;
        if (last) end = text.length;
        arrowbox_append_int64(out->columns[0], place);
        arrowbox_append_text(out->columns[1], (arrowbox_text){text.data + begin, end - (size_t)begin});
        arrowbox_end_row(out);
        if (last) return ARROWBOX_OK;
        begin = (int64_t)(end + by.length);
    }
}
const struct arrowbox_function pieces_function = {
    .name = "pieces", .kind = ARROWBOX_TABLE_FUNCTION, .arguments = "text:*u; by:*u", .result = "place:l!; piece:u!",
    .documentation = "The pieces of a text, from zero on.", .nulls = ARROWBOX_STRICT, .table = {.next = pieces}};

static int count_from(struct arrowbox_call *call, int64_t row, void *cursor, struct arrowbox_rows *out) {
    int64_t *counted = cursor;
    for (int i = 0; i < 1000; i++) {
        arrowbox_append_int64(out->columns[0], number(call, 0, row) + (*counted)++);
        arrowbox_end_row(out);
    }
    return ARROWBOX_MORE;
}
const struct arrowbox_function count_from_function = {
    .name = "count_from", .kind = ARROWBOX_TABLE_FUNCTION, .arguments = "first:l", .result = "l!",
    .documentation = "Numbers without end.", .nulls = ARROWBOX_STRICT,
    .table = {.size = sizeof(int64_t), .next = count_from}};
