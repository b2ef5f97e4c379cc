/* Lines through the points of groups: a function of all rows of a key. */
#include <arrowbox.h>
#include <string.h>

/* Where the points are: the numbers of two columns. */
struct columns {
    int64_t of[2];
};

static int open(struct arrowbox_opened *opened) {
    struct columns *columns = arrowbox_keep(opened, sizeof *columns);
    const struct arrowbox_batch *arguments = &opened->arguments;
    arrowbox_text names[] = {{"x", 1}, {"y", 1}};
    if (arrowbox_only(opened->options, NULL)) return ARROWBOX_ERROR;
    if (arguments->n_columns != 0 && arguments->n_columns != 2)
        return arrowbox_fail("linear_regression takes the names of two columns or none, and not %lld arguments",
                             (long long)arguments->n_columns);
    for (int i = 0; i < 2; i++) {
        if (arguments->n_columns == 2 && arrowbox_get_text(arguments->schemas[i], arguments->columns[i], 0,
                                                           "the name of a column", &names[i]))
            return ARROWBOX_ERROR;
        columns->of[i] = arrowbox_find_text(opened->inputs[0], names[i]);
        if (columns->of[i] < 0)
            return arrowbox_fail("the table has no column \"%.*s\": name the columns of x and y behind the function",
                                 (int)names[i].length, names[i].data);
        const char *format = opened->inputs[0]->children[columns->of[i]]->format;
        if (strcmp(format, "g"))
            return arrowbox_fail("the column \"%.*s\" is of type `%s`: linear_regression takes doubles, so cast it",
                                 (int)names[i].length, names[i].data, format);
    }
    opened->state = columns;
    return ARROWBOX_OK;
}

/* The mean, which is exact where all numbers are equal. */
static double mean(const double *numbers, int64_t count) {
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++) sum += numbers[i] - numbers[0];
    return numbers[0] + sum / (double)count;
}

static int map(struct arrowbox_opened *opened, const struct arrowbox_group *group, struct arrowbox_rows *out) {
    const struct columns *columns = opened->state;
    const struct ArrowArray *arrays[] = {group->batch->columns[columns->of[0]], group->batch->columns[columns->of[1]]};
    const double *x = ARROWBOX_VALUES(double, arrays[0]) + group->start;
    const double *y = ARROWBOX_VALUES(double, arrays[1]) + group->start;
    int64_t count = group->length;
    if (arrays[0]->null_count != 0 || arrays[1]->null_count != 0) {
        /* The points of which nothing is null. */
        double *points = arrowbox_alloc(2 * (size_t)count * sizeof(double));
        count = 0;
        for (int64_t i = 0; i < group->length; i++) {
            if (arrowbox_is_null(arrays[0], group->start + i) || arrowbox_is_null(arrays[1], group->start + i)) continue;
            points[count] = x[i];
            points[group->length + count++] = y[i];
        }
        x = points;
        y = points + group->length;
    }
    /* Squares of the distances from the mean, taken in a second pass, do not cancel as sums of squares do. */
    double xx = 0.0, xy = 0.0, yy = 0.0, mean_x = 0.0, mean_y = 0.0;
    if (count > 0) {
        mean_x = mean(x, count);
        mean_y = mean(y, count);
    }
    for (int64_t i = 0; i < count; i++) {
        double dx = x[i] - mean_x, dy = y[i] - mean_y;
        xx += dx * dx;
        xy += dx * dy;
        yy += dy * dy;
    }
    bool line = count >= 2 && xx != 0.0;
    double slope = line ? xy / xx : 0.0;
    if (line) {
        double r2 = slope * (xy / yy);
        arrowbox_append_float64(out->columns[0], slope);
        arrowbox_append_float64(out->columns[1], mean_y - slope * mean_x);
        if (yy > 0.0) arrowbox_append_float64(out->columns[2], r2 > 1.0 ? 1.0 : r2);
        else arrowbox_append_null(out->columns[2]);
    } else {
        for (int i = 0; i < 3; i++) arrowbox_append_null(out->columns[i]);
    }
    arrowbox_append_uint64(out->columns[3], (uint64_t)count);
    arrowbox_end_row(out);
    return ARROWBOX_OK;
}

static const struct arrowbox_function linear_regression = {
    .name = "linear_regression",
    .kind = ARROWBOX_GROUPED_MAP,
    .result = "slope:g; intercept:g; r2:g; n:L!",
    .documentation = "The line through the points of each group, by ordinary least squares: `slope`, `intercept`, `r2` "
                     "and `n`.\n\n"
                     "The points are the columns `x` and `y`, or those whose names stand behind the function, of type "
                     "double. Where one of the two is null there is no point. `slope`, `intercept` and `r2` are null "
                     "where no line is the best, and `r2` where all y are equal.",
    .open = open,
    .grouped = {.map = map},
};

ARROWBOX_EXPORT(&linear_regression);
