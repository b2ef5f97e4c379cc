/* Dates, times, lengths of time and decimals, to numbers and back. */
#include "functions.h"

#define MOMENT(type_, format, c_type, divisor)                                                                   \
    static int type_##_to_number(struct arrowbox_call *call, struct ArrowArray *result) {                        \
        const c_type *values = ARROWBOX_VALUES(c_type, arrowbox_column(call, 0));                                \
        int64_t *numbers = arrowbox_fixed(result, call->batch.rows, sizeof *numbers);                            \
        for (int64_t row = 0; row < call->batch.rows; row++) numbers[row] = (int64_t)(values[row] / (divisor));  \
        return ARROWBOX_OK;                                                                                      \
    }                                                                                                            \
    static int type_##_of_number(struct arrowbox_call *call, struct ArrowArray *result) {                        \
        const int64_t *numbers = ARROWBOX_VALUES(int64_t, arrowbox_column(call, 0));                             \
        c_type *values = arrowbox_fixed(result, call->batch.rows, sizeof *values);                               \
        for (int64_t row = 0; row < call->batch.rows; row++) values[row] = (c_type)numbers[row];                 \
        return ARROWBOX_OK;                                                                                      \
    }                                                                                                            \
    const struct arrowbox_function type_##_number_function = {                                                   \
        .name = #type_ "_number", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "value:" format, .result = "l", \
        .nulls = ARROWBOX_STRICT, .scalar = {.call = type_##_to_number}};                                        \
    const struct arrowbox_function number_##type_##_function = {                                                 \
        .name = "number_" #type_, .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "number:l", .result = format,   \
        .nulls = ARROWBOX_STRICT, .scalar = {.call = type_##_of_number}}

MOMENT(date, "tdD", int32_t, 1);
MOMENT(time, "ttu", int64_t, 1);
MOMENT(timestamp, "tsu:", int64_t, 1);
MOMENT(utc, "tsu:UTC", int64_t, 1);
MOMENT(duration, "tDu", int64_t, 1);
MOMENT(decimal, "d:20,4", __int128, 10000);
