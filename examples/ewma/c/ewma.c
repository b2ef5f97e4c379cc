/* Smoothed series: a window function that goes from row to row. */
#include <arrowbox.h>

/* The average of a partition so far. */
struct ewma {
    double mean;
    bool begun;
};

static bool next(struct ewma *ewma, arrowbox_maybe_float64 value, double alpha, double *mean) {
    if (!(alpha > 0.0 && alpha <= 1.0)) {
        arrowbox_fail("alpha is %g: it has to be above 0 and not above 1", alpha);
        return false;
    }
    if (value.valid) {
        ewma->mean = ewma->begun ? alpha * value.value + (1.0 - alpha) * ewma->mean : value.value;
        ewma->begun = true;
    }
    *mean = ewma->mean;
    return ewma->begun;
}

ARROWBOX_NEXT(next_rows, next, struct ewma, float64, (maybe_float64, value), (float64, alpha))

static const struct arrowbox_function ewma = {
    .name = "ewma",
    .kind = ARROWBOX_WINDOW_FUNCTION,
    .arguments = "value:g; alpha:g",
    .result = "g",
    .documentation = "The exponentially weighted moving average: each value counts `1 - alpha` times as much as the "
                     "one after it.\n\n"
                     "`alpha` is above 0 and not above 1. The average begins with the first value; where a value is "
                     "null it stays as it is. Null before the first value.",
    .window = {.size = sizeof(struct ewma), .next = next_rows},
};

ARROWBOX_EXPORT(&ewma);
