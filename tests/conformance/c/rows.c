/* Functions of rows. */
#include "functions.h"

static int64_t gcd(int64_t a, int64_t b) {
    a = a < 0 ? -a : a;
    b = b < 0 ? -b : b;
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}
ARROWBOX_SCALAR(gcd, "The greatest common divisor of two numbers.", int64, (int64, a), (int64, b));

static double halved(double x) { return x / 2; }
ARROWBOX_SCALAR(halved, "Half of it.", float64, (float64, x));

static arrowbox_text shout(arrowbox_text text) {
    char *room = arrowbox_room(text.length + 1);
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        room[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
    }
    room[text.length] = '!';
    return (arrowbox_text){room, text.length + 1};
}
ARROWBOX_SCALAR(shout, "The text in capitals, with a mark behind it.", text, (text, text));

static arrowbox_text turned(arrowbox_text text) {
    char *room = arrowbox_room(text.length);
    for (size_t begin = 0, end; begin < text.length; begin = end) {
        for (end = begin + 1; end < text.length && ((unsigned char)text.data[end] & 0xc0) == 0x80;) end++;
        memcpy(room + text.length - end, text.data + begin, end - begin);
    }
    return (arrowbox_text){room, text.length};
}
ARROWBOX_SCALAR(turned, "The characters of a text from the last to the first.", text, (text, text));

static int64_t or_zero(arrowbox_maybe_int64 x) { return x.valid ? x.value : 0; }
ARROWBOX_SCALAR(or_zero, "Zero in place of null.", int64, (maybe_int64, x));

static bool if_positive(int64_t x, int64_t *result) {
    *result = x;
    return x > 0;
}
ARROWBOX_SCALAR_OR_NULL(if_positive, "Null in place of what is not positive.", int64, (int64, x));

static int sum_of(struct arrowbox_call *call, struct ArrowArray *result) {
    int64_t *sums = arrowbox_fixed(result, call->batch.rows, sizeof *sums);
    memset(sums, 0, (size_t)call->batch.rows * sizeof *sums);
    for (int64_t i = 0; i < call->batch.n_columns; i++) {
        const struct ArrowArray *column = arrowbox_column(call, i);
        for (int64_t row = 0; row < call->batch.rows; row++)
            if (!arrowbox_is_null(column, row)) sums[row] += ARROWBOX_VALUES(int64_t, column)[row];
    }
    return ARROWBOX_OK;
}
const struct arrowbox_function sum_all_function = {
    .name = "sum_all", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "values:l...", .result = "l",
    .documentation = "The sum of any number of numbers; null counts as nothing.", .scalar = {.call = sum_of}};

/* Twice as much, of each type. */
static int64_t twice_number(int64_t x) { return 2 * x; }
ARROWBOX_ROWS(twice_numbers, twice_number, int64, (int64, x))
const struct arrowbox_function twice_number_function = {
    .name = "twice", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "x:l", .result = "l",
    .documentation = "Twice as much.", .nulls = ARROWBOX_STRICT, .scalar = {.call = twice_numbers}};

static double twice_float(double x) { return 2 * x; }
ARROWBOX_ROWS(twice_floats, twice_float, float64, (float64, x))
const struct arrowbox_function twice_float_function = {
    .name = "twice", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "x:g", .result = "g",
    .nulls = ARROWBOX_STRICT, .scalar = {.call = twice_floats}};

static arrowbox_text twice_text(arrowbox_text x) {
    char *room = arrowbox_room(2 * x.length);
    memcpy(room, x.data, x.length);
    memcpy(room + x.length, x.data, x.length);
    return (arrowbox_text){room, 2 * x.length};
}
ARROWBOX_ROWS(twice_texts, twice_text, text, (text, x))
const struct arrowbox_function twice_text_function = {
    .name = "twice", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "x:*u", .result = "u",
    .nulls = ARROWBOX_STRICT, .scalar = {.call = twice_texts}};
