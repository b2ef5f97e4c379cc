/* Windows. */
#include "functions.h"

static bool run(int64_t *total, int64_t value, int64_t *sum) {
    refuse(value);
    *sum = *total += value;
    return true;
}
ARROWBOX_NEXT(running_rows, run, int64_t, int64, (int64, value))
const struct arrowbox_function running_total_function = {
    .name = "running_total", .kind = ARROWBOX_WINDOW_FUNCTION, .arguments = "value:l", .result = "l",
    .documentation = "The sum of a partition up to each row; null where the value is. Refuses 666.",
    .window = {.size = sizeof(int64_t), .next = running_rows}};

static int above_least(struct arrowbox_call *call, struct ArrowArray *result) {
    const struct ArrowArray *column = arrowbox_column(call, 0);
    const int64_t *values = ARROWBOX_VALUES(int64_t, column);
    int64_t *above = arrowbox_fixed(result, call->batch.rows, sizeof *above), least = INT64_MAX;
    uint8_t *valid = arrowbox_validity(result);
    for (int64_t row = 0; row < call->batch.rows; row++)
        if (!arrowbox_is_null(column, row) && values[row] < least) least = values[row];
    for (int64_t row = 0; row < call->batch.rows; row++) {
        above[row] = 0;
        if (arrowbox_is_null(column, row)) arrowbox_clear_bit(valid, row);
        else above[row] = values[row] - least;
    }
    return ARROWBOX_OK;
}
const struct arrowbox_function above_least_function = {
    .name = "above_least", .kind = ARROWBOX_WINDOW_FUNCTION, .arguments = "values:l", .result = "l",
    .documentation = "How much each value of a partition is above the least.", .window = {.evaluate = above_least}};
