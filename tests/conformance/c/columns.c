/* Functions of whole columns. */
#include "functions.h"

static int add_one(struct arrowbox_call *call, struct ArrowArray *result) {
    const int64_t *values = ARROWBOX_VALUES(int64_t, arrowbox_column(call, 0));
    int64_t *more = arrowbox_fixed(result, call->batch.rows, sizeof *more);
    for (int64_t row = 0; row < call->batch.rows; row++) more[row] = (int64_t)((uint64_t)values[row] + 1);
    return ARROWBOX_OK;
}
const struct arrowbox_function add_one_function = {
    .name = "add_one", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "x:l", .result = "l",
    .documentation = "One more.", .nulls = ARROWBOX_STRICT, .scalar = {.call = add_one}};

static int at_most(struct arrowbox_call *call, struct ArrowArray *result) {
    const struct ArrowArray *x = arrowbox_column(call, 0), *limit = arrowbox_column(call, 1);
    int64_t *values = arrowbox_fixed(result, call->batch.rows, sizeof *values);
    uint8_t *valid = arrowbox_validity(result);
    for (int64_t row = 0; row < call->batch.rows; row++) {
        values[row] = ARROWBOX_VALUES(int64_t, x)[row];
        if (arrowbox_is_null(x, row)) arrowbox_clear_bit(valid, row);
        else if (!arrowbox_is_null(limit, row) && values[row] > ARROWBOX_VALUES(int64_t, limit)[row])
            values[row] = ARROWBOX_VALUES(int64_t, limit)[row];
    }
    return ARROWBOX_OK;
}
const struct arrowbox_function at_most_function = {
    .name = "at_most", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "x:l; limit:l", .result = "l",
    .documentation = "The values, and the limit where they are greater.", .scalar = {.call = at_most}};

/* Of the letters that the cases have. */
static int initial(struct arrowbox_call *call, struct ArrowArray *result) {
    struct arrowbox_texts texts;
    struct arrowbox_builder *initials = arrowbox_builder(arrowbox_schema("u"));
    if (arrowbox_texts(call->batch.schemas[0], arrowbox_column(call, 0), &texts)) return ARROWBOX_ERROR;
    for (int64_t row = 0; row < call->batch.rows; row++) {
        if (arrowbox_text_is_null(&texts, row)) {
            arrowbox_append_null(initials);
            continue;
        }
        arrowbox_text text = arrowbox_text_at(&texts, row);
        char first[4];
        size_t length = text.length > 0;
        while (length < text.length && length < 4 && ((unsigned char)text.data[length] & 0xc0) == 0x80) length++;
        memcpy(first, text.data, length);
        if (length == 1 && first[0] >= 'a' && first[0] <= 'z') first[0] = (char)(first[0] - 32);
        if (length == 2 && memcmp(first, "é", 2) == 0) memcpy(first, "É", 2);
        arrowbox_append_text(initials, (arrowbox_text){first, length});
    }
    return arrowbox_finish(initials, result);
}
const struct arrowbox_function initial_function = {
    .name = "initial", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "text:*u", .result = "u",
    .documentation = "The first character in capitals.", .scalar = {.call = initial}};

static int nulls_in(struct arrowbox_call *call, struct ArrowArray *result) {
    const struct ArrowArray *values = arrowbox_column(call, 0);
    int64_t *nulls = arrowbox_fixed(result, call->batch.rows, sizeof *nulls);
    for (int64_t row = 0; row < call->batch.rows; row++) nulls[row] = arrowbox_is_null(values, row);
    return ARROWBOX_OK;
}
const struct arrowbox_function nulls_in_function = {
    .name = "nulls_in", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "values:*", .result = "l",
    .documentation = "One where the value is null and zero elsewhere.", .scalar = {.call = nulls_in}};
