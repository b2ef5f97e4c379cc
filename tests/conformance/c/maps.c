/* Functions from tables to tables. */
#include "functions.h"

/* The place of the column `v`. */
static int64_t column_v(const struct arrowbox_opened *opened) { return arrowbox_find(opened->inputs[0], "v"); }

static int open_scaled(struct arrowbox_opened *opened) {
    int64_t *by = arrowbox_keep(opened, sizeof *by);
    opened->state = by;
    if (arrowbox_only(opened->options, NULL)) return ARROWBOX_ERROR;
    if (column_v(opened) < 0) return arrowbox_fail("there is no column v");
    if (opened->arguments.n_columns < 1) return arrowbox_fail("the factor is missing");
    if (arrowbox_get_int64(opened->arguments.schemas[0], opened->arguments.columns[0], 0, "the factor", by))
        return ARROWBOX_ERROR;
    return refuse(*by);
}

static int scale(struct arrowbox_call *call, struct arrowbox_rows *out) {
    const struct ArrowArray *v = arrowbox_column(call, column_v(call->opened));
    for (int64_t row = 0; row < call->batch.rows; row++) {
        arrowbox_append_from(out->columns[0], v, row, 1);
        if (arrowbox_is_null(v, row)) arrowbox_append_null(out->columns[1]);
        else arrowbox_append_int64(out->columns[1], ARROWBOX_VALUES(int64_t, v)[row] * *(const int64_t *)call->state);
        arrowbox_end_row(out);
    }
    return ARROWBOX_OK;
}
const struct arrowbox_function scaled_function = {
    .name = "scaled", .kind = ARROWBOX_MAP_BATCHES, .arguments = "by:l", .result = "v:l; scaled:l",
    .documentation = "The column `v`, and it times the argument. Refuses 666.", .open = open_scaled,
    .map = {.push = scale}};

struct tally {
    int64_t rows, sum;
};

static int open_tally(struct arrowbox_opened *opened) {
    opened->state = arrowbox_keep(opened, sizeof(struct tally));
    if (column_v(opened) < 0) return arrowbox_fail("there is no column v");
    return arrowbox_only(opened->options, NULL);
}

static int add(struct arrowbox_call *call, struct arrowbox_rows *out) {
    struct tally *tally = call->state;
    const struct ArrowArray *v = arrowbox_column(call, column_v(call->opened));
    (void)out;
    for (int64_t row = 0; row < call->batch.rows; row++) {
        if (arrowbox_is_null(v, row)) continue;
        if (refuse(ARROWBOX_VALUES(int64_t, v)[row])) return ARROWBOX_ERROR;
        tally->sum += ARROWBOX_VALUES(int64_t, v)[row];
    }
    tally->rows += call->batch.rows;
    return ARROWBOX_OK;
}

static int tell(struct arrowbox_opened *opened, struct arrowbox_rows *out) {
    const struct tally *tally = opened->state;
    arrowbox_append_int64(out->columns[0], tally->rows);
    arrowbox_append_int64(out->columns[1], tally->sum);
    arrowbox_end_row(out);
    return ARROWBOX_OK;
}
const struct arrowbox_function tally_function = {
    .name = "tally", .kind = ARROWBOX_MAP_BATCHES, .result = "rows:l!; sum:l!",
    .documentation = "One row at the end: how many rows there were, and the sum of their column `v`. Refuses 666.",
    .open = open_tally, .map = {.push = add, .finish = tell}};

static int open_span(struct arrowbox_opened *opened) {
    if (column_v(opened) < 0) return arrowbox_fail("there is no column v");
    return arrowbox_only(opened->options, NULL);
}

static int span(struct arrowbox_opened *opened, const struct arrowbox_group *group, struct arrowbox_rows *out) {
    const struct ArrowArray *v = group->batch->columns[column_v(opened)];
    int64_t low = INT64_MAX, high = INT64_MIN, there = 0;
    for (int64_t row = group->start; row < group->start + group->length; row++) {
        if (arrowbox_is_null(v, row)) continue;
        int64_t value = ARROWBOX_VALUES(int64_t, v)[row];
        if (refuse(value)) return ARROWBOX_ERROR;
        low = value < low ? value : low;
        high = value > high ? value : high;
        there++;
    }
    if (there > 0) {
        arrowbox_append_int64(out->columns[0], low);
        arrowbox_append_int64(out->columns[1], high);
    } else {
        arrowbox_append_null(out->columns[0]);
        arrowbox_append_null(out->columns[1]);
    }
    arrowbox_append_int64(out->columns[2], group->length);
    arrowbox_end_row(out);
    return ARROWBOX_OK;
}
const struct arrowbox_function span_of_function = {
    .name = "span_of", .kind = ARROWBOX_GROUPED_MAP, .result = "low:l; high:l; rows:l!",
    .documentation = "The least and the greatest value of the column `v` of a group, and how many rows it has.",
    .open = open_span, .grouped = {.map = span}};

static int surplus(struct arrowbox_opened *opened, const struct arrowbox_group *groups, struct arrowbox_rows *out) {
    (void)opened;
    arrowbox_append_int64(out->columns[0], groups[0].length - groups[1].length);
    arrowbox_end_row(out);
    return ARROWBOX_OK;
}
const struct arrowbox_function surplus_function = {
    .name = "surplus", .kind = ARROWBOX_COGROUPED_MAP, .result = "surplus:l!",
    .documentation = "How many rows more a key has in the left table.", .grouped = {.map = surplus}};
