/* What came, value by value, of each type. */
#include "functions.h"

#define SAME(type_, c_type)                                                                \
    static bool same_##type_(arrowbox_maybe_##type_ value, c_type *result) {               \
        *result = value.value;                                                             \
        return value.valid;                                                                \
    }                                                                                      \
    ARROWBOX_SCALAR_OR_NULL(same_##type_, "What came.", type_, (maybe_##type_, value))

SAME(boolean, bool);
SAME(int8, int8_t);
SAME(int16, int16_t);
SAME(int32, int32_t);
SAME(int64, int64_t);
SAME(uint8, uint8_t);
SAME(uint16, uint16_t);
SAME(uint32, uint32_t);
SAME(uint64, uint64_t);
SAME(float32, float);
SAME(float64, double);
SAME(text, arrowbox_text);
SAME(binary, arrowbox_text);

/* Of other types: a builder takes each value. */
static int copy(struct arrowbox_call *call, struct ArrowArray *result) {
    const struct ArrowArray *column = arrowbox_column(call, 0);
    struct arrowbox_builder *builder = arrowbox_builder(call->batch.schemas[0]);
    for (int64_t row = 0; row < call->batch.rows; row++) arrowbox_append_from(builder, column, row, 1);
    return arrowbox_finish(builder, result);
}

#define COPIED(type_, format)                                                              \
    const struct arrowbox_function same_##type_##_function = {                             \
        .name = "same_" #type_, .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "value:" format, .result = format, \
        .documentation = "What came.", .scalar = {.call = copy}}

COPIED(float16, "e");
COPIED(date, "tdD");
COPIED(date_millis, "tdm");
COPIED(time, "ttu");
COPIED(timestamp, "tsu:");
COPIED(utc, "tsu:UTC");
COPIED(duration, "tDu");
COPIED(interval, "tin");
COPIED(decimal, "d:20,4");
COPIED(list, LIST);
COPIED(struct, PAIR);
COPIED(map, COUNTS);
COPIED(nested, ITEMS);

static int open_any(struct arrowbox_opened *opened) {
    return arrowbox_only(opened->options, NULL) || arrowbox_result_schema(opened, opened->inputs[0]->children[0]);
}

const struct arrowbox_function same_any_function = {
    .name = "same_any", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "values:*",
    .documentation = "What came, of any type.", .open = open_any, .scalar = {.call = copy}};
