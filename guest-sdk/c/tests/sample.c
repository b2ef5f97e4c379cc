/* One function of each kind, the reference functions, and every way to go wrong. `check.sh` says what they give. */
#include <arrowbox.h>
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Rows ---------------------------------------------------------------------------------------------- */

static int64_t add_one(int64_t x) { return (int64_t)((uint64_t)x + 1); }
ARROWBOX_SCALAR(add_one, "One more.", int64, (int64, x));

static int64_t gcd(int64_t a, int64_t b) {
    uint64_t x = a < 0 ? -(uint64_t)a : (uint64_t)a, y = b < 0 ? -(uint64_t)b : (uint64_t)b;
    while (y != 0) {
        uint64_t rest = x % y;
        x = y;
        y = rest;
    }
    return (int64_t)x;
}
ARROWBOX_SCALAR(gcd, "The greatest common divisor of two numbers.", int64, (int64, a), (int64, b));

static double haversine(double lat1, double lon1, double lat2, double lon2) {
    const double degree = 0.017453292519943295;
    double phi1 = lat1 * degree, phi2 = lat2 * degree;
    double half_phi = sin((phi2 - phi1) / 2.0), half_lambda = sin((lon2 - lon1) * degree / 2.0);
    double h = half_phi * half_phi + cos(phi1) * cos(phi2) * half_lambda * half_lambda;
    h = h < 0.0 ? 0.0 : h > 1.0 ? 1.0 : h;
    return 2.0 * 6371.0088 * atan2(sqrt(h), sqrt(1.0 - h));
}
ARROWBOX_SCALAR(haversine, "The distance between two places on Earth, in kilometres.", float64, (float64, lat1),
                (float64, lon1), (float64, lat2), (float64, lon2));

static int64_t collatz(int64_t n) {
    int64_t steps = 0;
    for (uint64_t x = n < 1 ? 1 : (uint64_t)n; x != 1; steps++) x = x % 2 == 0 ? x / 2 : 3 * x + 1;
    return steps;
}
ARROWBOX_SCALAR(collatz, "How many steps it takes to one.", int64, (int64, n));

/* Of ASCII; other letters stay as they are. */
static arrowbox_text upper(arrowbox_text text) {
    char *room = arrowbox_room(text.length);
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        room[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
    }
    arrowbox_text result = {room, text.length};
    return result;
}
ARROWBOX_SCALAR(upper, "The text in capitals.", text, (text, text));

/* Places are counted in characters, from one. */
static arrowbox_text sub_str(arrowbox_text text, int64_t start, int64_t length) {
    int64_t end = length < 0 ? start : start > INT64_MAX - length ? INT64_MAX : start + length, at = 0;
    size_t begin = text.length, stop = text.length;
    for (size_t i = 0; i < text.length; i++) {
        if (((unsigned char)text.data[i] & 0xc0) == 0x80) continue;
        at++;
        if (at >= start && begin == text.length && at < end) begin = i;
        if (at >= end) {
            stop = i;
            break;
        }
    }
    arrowbox_text result = {text.data + begin, stop > begin ? stop - begin : 0};
    return result;
}
ARROWBOX_SCALAR(sub_str, "So many characters of a text from a place on.", text, (text, text), (int64, start),
                (int64, length));

static bool root(double x, double *result) {
    *result = sqrt(x);
    return x >= 0.0;
}
ARROWBOX_SCALAR_OR_NULL(root, "The square root, null where there is none.", float64, (float64, x));

static arrowbox_text describe(arrowbox_maybe_int64 number, arrowbox_maybe_text text, bool flag) {
    char line[128];
    int length = snprintf(line, sizeof line, "%s:%lld %s:%.*s %s", number.valid ? "some" : "none",
                          (long long)(number.valid ? number.value : 0), text.valid ? "some" : "none",
                          (int)text.value.length, text.value.data, flag ? "yes" : "no");
    char *room = arrowbox_room((size_t)length);
    memcpy(room, line, (size_t)length);
    arrowbox_text result = {room, (size_t)length};
    return result;
}
ARROWBOX_SCALAR(describe, "What came.", text, (maybe_int64, number), (maybe_text, text), (boolean, flag));

static bool is_even(int32_t x) { return x % 2 == 0; }
ARROWBOX_SCALAR(is_even, "Whether two divides it.", boolean, (int32, x));

/* Two ways of calling it. */
static float half_float(float x) { return x / 2; }
ARROWBOX_ROWS(half_float_rows, half_float, float32, (float32, x))
static const struct arrowbox_function half_of_float = {
    .name = "half", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "x:f", .result = "f",
    .documentation = "Half of it.", .nulls = ARROWBOX_STRICT, .scalar = {.call = half_float_rows}};
static int64_t half_int(int64_t x) { return x / 2; }
ARROWBOX_ROWS(half_int_rows, half_int, int64, (int64, x))
static const struct arrowbox_function half_of_int = {
    .name = "half", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "x:l", .result = "l",
    .nulls = ARROWBOX_STRICT, .scalar = {.call = half_int_rows}};

/* ---- Columns ------------------------------------------------------------------------------------------- */

static int open_same(struct arrowbox_opened *opened) {
    return arrowbox_only(opened->options, NULL) || arrowbox_result_schema(opened, opened->inputs[0]->children[0]);
}

static int same(struct arrowbox_call *call, struct ArrowArray *result) {
    *result = *arrowbox_column(call, 0);
    return ARROWBOX_OK;
}
static const struct arrowbox_function identity = {
    .name = "same", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "value:*", .documentation = "What came.",
    .open = open_same, .scalar = {.call = same}};

/* Every value is copied by a builder. */
static int copy(struct arrowbox_call *call, struct ArrowArray *result) {
    const struct ArrowArray *column = arrowbox_column(call, 0);
    struct arrowbox_builder *builder = arrowbox_builder(call->batch.schemas[0]);
    for (int64_t row = 0; row < call->batch.rows; row++) arrowbox_append_from(builder, column, row, 1);
    return arrowbox_finish(builder, result);
}
static const struct arrowbox_function copied = {
    .name = "copied", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "value:*", .documentation = "What came, copied.",
    .open = open_same, .scalar = {.call = copy}};

/* A list of the numbers up to each, and the sum of lists. */
static int up_to(struct arrowbox_call *call, struct ArrowArray *result) {
    const struct ArrowArray *column = arrowbox_column(call, 0);
    struct arrowbox_builder *lists = arrowbox_builder(arrowbox_schema("+l(item:l)"));
    for (int64_t row = 0; row < call->batch.rows; row++) {
        if (arrowbox_is_null(column, row)) {
            arrowbox_append_null(lists);
            continue;
        }
        for (int64_t i = 1; i <= ARROWBOX_VALUES(int64_t, column)[row]; i++)
            arrowbox_append_int64(arrowbox_child(lists, 0), i);
        arrowbox_append_nested(lists);
    }
    return arrowbox_finish(lists, result);
}
static const struct arrowbox_function lists = {
    .name = "up_to", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "n:l", .result = "+l(item:l)",
    .documentation = "The numbers from one on.", .scalar = {.call = up_to}};

/* Any number of arguments. */
static int count_nulls(struct arrowbox_call *call, struct ArrowArray *result) {
    int64_t *counts = arrowbox_fixed(result, call->batch.rows, sizeof *counts);
    for (int64_t row = 0; row < call->batch.rows; row++) {
        counts[row] = 0;
        for (int64_t i = 0; i < call->batch.n_columns; i++)
            counts[row] += arrowbox_is_null(arrowbox_column(call, i), row);
    }
    return ARROWBOX_OK;
}
static const struct arrowbox_function variadic = {
    .name = "count_nulls", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "values:*...", .result = "l!",
    .documentation = "How many of them are null.", .scalar = {.call = count_nulls}};

/* ---- Options, grants ----------------------------------------------------------------------------------- */

struct greeting {
    const char *word;
    arrowbox_text names;
};

static int open_greet(struct arrowbox_opened *opened) {
    struct greeting *greeting = arrowbox_keep(opened, sizeof *greeting);
    if (arrowbox_only(opened->options, "word", "names", NULL)) return ARROWBOX_ERROR;
    greeting->word = arrowbox_param(opened->options, "word");
    if (!greeting->word) return arrowbox_fail("param.word is missing");
    if (arrowbox_has_data(opened->options, "names") &&
        arrowbox_read_data(opened->options, "names", &greeting->names))
        return ARROWBOX_ERROR;
    opened->state = greeting;
    return ARROWBOX_OK;
}

static int greet(struct arrowbox_call *call, struct ArrowArray *result) {
    const struct greeting *greeting = call->state;
    struct arrowbox_builder *builder = arrowbox_builder(arrowbox_schema("u"));
    for (int64_t row = 0; row < call->batch.rows; row++) {
        struct arrowbox_bytes line = {NULL, 0, 0};
        arrowbox_bytes_printf(&line, "%s %.*s", greeting->word, (int)greeting->names.length, greeting->names.data);
        arrowbox_text text = {line.data, line.length};
        arrowbox_append_text(builder, text);
        arrowbox_bytes_free(&line);
    }
    return arrowbox_finish(builder, result);
}
static const struct arrowbox_function greeter = {
    .name = "greet", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "any:*", .result = "u",
    .documentation = "Greets.", .open = open_greet, .scalar = {.call = greet}};

static int year(struct arrowbox_call *call, struct ArrowArray *result) {
    int64_t *years = arrowbox_fixed(result, call->batch.rows, sizeof *years);
    time_t now = time(NULL);
    struct tm *parts = gmtime(&now);
    for (int64_t row = 0; row < call->batch.rows; row++) years[row] = parts->tm_year + 1900;
    return ARROWBOX_OK;
}
static const struct arrowbox_function this_year = {
    .name = "this_year", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "", .result = "l",
    .documentation = "The year.", .volatility = ARROWBOX_VOLATILE, .grants = "clock", .scalar = {.call = year}};

static int64_t chat(int64_t x) {
    printf("value %lld\n", (long long)x);
    arrowbox_log(ARROWBOX_WARN, "again %lld", (long long)x);
    return x;
}
ARROWBOX_SCALAR(chat, "Says what comes.", int64, (int64, x));

/* A line that is too long for the log, of characters of two bytes, and a message that ends within one. */
static int64_t babbles(int64_t x) {
    printf("x");
    for (int i = 0; i < 300; i++) printf("é");
    printf("\n");
    if (x == 0) arrowbox_fail("cut: %.3s", "éé");
    return x;
}
ARROWBOX_SCALAR(babbles, "Says what is hard to hear.", int64, (int64, x));

/* ---- Going wrong --------------------------------------------------------------------------------------- */

static int64_t positive(int64_t x) {
    if (x < 1) arrowbox_fail("a positive number is wanted, and this is %lld", (long long)x);
    return x;
}
ARROWBOX_SCALAR(positive, "What comes, if it is positive.", int64, (int64, x));

static arrowbox_text lower_case(arrowbox_text text) {
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] >= 'A' && text.data[i] <= 'Z') arrowbox_fail("there is a capital in it");
    return text;
}
ARROWBOX_SCALAR(lower_case, "What comes, if it has no capitals.", text, (text, text));

static int64_t asserts(int64_t x) {
    assert(x < 3);
    return x;
}
ARROWBOX_SCALAR(asserts, "Asserts that it is less than three.", int64, (int64, x));

static int64_t aborts(int64_t x) {
    if (x > 2) abort();
    return x;
}
ARROWBOX_SCALAR(aborts, "Aborts.", int64, (int64, x));

static int64_t exits(int64_t x) {
    if (x > 2) exit(3);
    return x;
}
ARROWBOX_SCALAR(exits, "Exits.", int64, (int64, x));

static int64_t divides(int64_t x, int64_t y) { return x / y; }
ARROWBOX_SCALAR(divides, "Divides, by zero too.", int64, (int64, x), (int64, y));

static int64_t spins(int64_t x) {
    for (volatile int64_t i = x;; i++)
        ;
}
ARROWBOX_SCALAR(spins, "Never ends.", int64, (int64, x));

static int64_t hoards(int64_t x) {
    for (;;) memset(arrowbox_alloc(1 << 20), (int)x, 1 << 20);
}
ARROWBOX_SCALAR(hoards, "Takes all memory.", int64, (int64, x));

static int64_t deep(int64_t x) {
    volatile char frame[1024];
    frame[x & 1023] = 1;
    return deep(x + 1) + frame[0];
}
ARROWBOX_SCALAR(deep, "Calls itself without end.", int64, (int64, x));

static int short_result(struct arrowbox_call *call, struct ArrowArray *result) {
    (void)call;
    int64_t *values = arrowbox_fixed(result, 1, sizeof *values);
    values[0] = 1;
    return ARROWBOX_OK;
}
static const struct arrowbox_function wrong_length = {
    .name = "wrong_length", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "x:l", .result = "l",
    .documentation = "Gives one value.", .scalar = {.call = short_result}};

static int number(struct arrowbox_call *call, struct ArrowArray *result) {
    memset(arrowbox_fixed(result, call->batch.rows, 8), 0, (size_t)call->batch.rows * 8);
    return ARROWBOX_OK;
}
static const struct arrowbox_function wrong_type = {
    .name = "wrong_type", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "x:l", .result = "u",
    .documentation = "Gives numbers where it promised text.", .scalar = {.call = number}};

static int nothing(struct arrowbox_call *call, struct ArrowArray *result) {
    (void)call, (void)result;
    return ARROWBOX_ERROR;
}
static const struct arrowbox_function says_nothing = {
    .name = "says_nothing", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "x:l", .result = "l",
    .documentation = "Fails and says nothing.", .scalar = {.call = nothing}};

/* ---- Aggregates ---------------------------------------------------------------------------------------- */

struct weighted {
    double products, products_rest, weights, weights_rest;
    uint64_t rows;
};

static void add(double *rounded, double *rest, double number) {
    double sum = *rounded + number, taken = sum - *rounded;
    *rest += (*rounded - (sum - taken)) + (number - taken);
    *rounded = sum;
}

static void weigh(struct weighted *state, double value, double weight) {
    if (weight < 0.0) {
        arrowbox_fail("the weight %g is negative: weights are numbers from zero on", weight);
        return;
    }
    if (weight == 0.0) return;
    add(&state->products, &state->products_rest, value * weight);
    add(&state->weights, &state->weights_rest, weight);
    state->rows++;
}

static void unweigh(struct weighted *state, double value, double weight) {
    if (weight == 0.0) return;
    add(&state->products, &state->products_rest, -value * weight);
    add(&state->weights, &state->weights_rest, -weight);
    state->rows--;
}

static int merge_weighted(void *to, const void *from) {
    struct weighted *state = to;
    const struct weighted *other = from;
    add(&state->products, &state->products_rest, other->products);
    add(&state->weights, &state->weights_rest, other->weights);
    state->products_rest += other->products_rest;
    state->weights_rest += other->weights_rest;
    state->rows += other->rows;
    return ARROWBOX_OK;
}

static bool mean_of(const struct weighted *state, double *mean) {
    *mean = (state->products + state->products_rest) / (state->weights + state->weights_rest);
    return state->rows > 0;
}

ARROWBOX_UPDATE(weigh_rows, weigh, struct weighted, (float64, value), (float64, weight))
ARROWBOX_UPDATE(unweigh_rows, unweigh, struct weighted, (float64, value), (float64, weight))
ARROWBOX_EVALUATE(means, mean_of, struct weighted, float64)

static const struct arrowbox_field weighted_fields[] = {
    ARROWBOX_FIELD(struct weighted, float64, products), ARROWBOX_FIELD(struct weighted, float64, products_rest),
    ARROWBOX_FIELD(struct weighted, float64, weights),  ARROWBOX_FIELD(struct weighted, float64, weights_rest),
    ARROWBOX_FIELD(struct weighted, uint64, rows),
};

static const struct arrowbox_function weighted_mean = {
    .name = "weighted_mean", .kind = ARROWBOX_AGGREGATE_FUNCTION, .arguments = "value:g; weight:g", .result = "g",
    .documentation = "The mean of numbers, each of which counts as much as its weight.",
    .aggregate = {.size = sizeof(struct weighted), .fields = weighted_fields, .n_fields = 5, .update = weigh_rows,
                  .retract = unweigh_rows, .merge = merge_weighted, .evaluate = means}};

/* A state that owns memory: the longest text. */
struct longest {
    arrowbox_text text;
    bool there;
};

static void keep_longest(struct longest *state, arrowbox_text text) {
    if (state->there && text.length <= state->text.length) return;
    free((void *)(uintptr_t)state->text.data);
    char *copied = malloc(text.length + 1);
    if (!copied) abort();
    memcpy(copied, text.data, text.length);
    state->text.data = copied;
    state->text.length = text.length;
    state->there = true;
}

static int merge_longest(void *to, const void *from) {
    const struct longest *other = from;
    if (other->there) keep_longest(to, other->text);
    return ARROWBOX_OK;
}

static bool longest_of(const struct longest *state, arrowbox_text *text) {
    *text = state->text;
    return state->there;
}

static void end_longest(void *state) { free((void *)(uintptr_t)((struct longest *)state)->text.data); }

ARROWBOX_UPDATE(longest_rows, keep_longest, struct longest, (text, text))
ARROWBOX_EVALUATE(longest_results, longest_of, struct longest, text)

static const struct arrowbox_field longest_fields[] = {
    ARROWBOX_FIELD(struct longest, text, text),
    ARROWBOX_FIELD(struct longest, boolean, there),
};
static const struct arrowbox_function longest = {
    .name = "longest", .kind = ARROWBOX_AGGREGATE_FUNCTION, .arguments = "text:*u", .result = "u",
    .documentation = "The longest text.",
    .aggregate = {.size = sizeof(struct longest), .fields = longest_fields, .n_fields = 2, .update = longest_rows,
                  .merge = merge_longest, .evaluate = longest_results, .end = end_longest}};

/* ---- Windows ------------------------------------------------------------------------------------------- */

struct running {
    int64_t sum;
};

static bool run(struct running *state, int64_t value, int64_t *sum) {
    *sum = state->sum += value;
    return true;
}
ARROWBOX_NEXT(running_rows, run, struct running, int64, (int64, value))
static const struct arrowbox_function running_sum = {
    .name = "running_sum", .kind = ARROWBOX_WINDOW_FUNCTION, .arguments = "value:l", .result = "l",
    .documentation = "The sum so far.", .window = {.size = sizeof(struct running), .next = running_rows}};

static int center(struct arrowbox_call *call, struct ArrowArray *result) {
    const struct ArrowArray *column = arrowbox_column(call, 0);
    const double *values = ARROWBOX_VALUES(double, column);
    double *centered = arrowbox_fixed(result, call->batch.rows, sizeof *centered), sum = 0.0;
    for (int64_t row = 0; row < call->batch.rows; row++) sum += values[row];
    for (int64_t row = 0; row < call->batch.rows; row++) centered[row] = values[row] - sum / (double)call->batch.rows;
    return ARROWBOX_OK;
}
static const struct arrowbox_function centered = {
    .name = "centered", .kind = ARROWBOX_WINDOW_FUNCTION, .arguments = "value:g", .result = "g",
    .documentation = "The values less their mean.", .window = {.evaluate = center}};

/* ---- Tables -------------------------------------------------------------------------------------------- */

/* A few numbers at a time, without end. */
static int count_from(struct arrowbox_call *call, int64_t row, void *cursor, struct arrowbox_rows *out) {
    int64_t *counted = cursor;
    const struct ArrowArray *first = call->batch.columns[0];
    for (int i = 0; i < 1000; i++) {
        arrowbox_append_int64(out->columns[0],
                              ARROWBOX_VALUES(int64_t, first)[first->length == 1 ? 0 : row] + (*counted)++);
        arrowbox_end_row(out);
    }
    return ARROWBOX_MORE;
}
static const struct arrowbox_function counting = {
    .name = "count_from", .kind = ARROWBOX_TABLE_FUNCTION, .arguments = "first:l", .result = "l!",
    .documentation = "Numbers, without end if nobody wants fewer.", .nulls = ARROWBOX_STRICT,
    .table = {.size = sizeof(int64_t), .next = count_from}};

/* All rows at once: more than go into a batch. */
static int many(struct arrowbox_call *call, int64_t row, void *cursor, struct arrowbox_rows *out) {
    (void)cursor;
    const struct ArrowArray *count = call->batch.columns[0];
    char text[32];
    for (int64_t i = 0; i < ARROWBOX_VALUES(int64_t, count)[count->length == 1 ? 0 : row]; i++) {
        arrowbox_text label = {text, (size_t)snprintf(text, sizeof text, "row %lld", (long long)i)};
        arrowbox_append_int64(out->columns[0], i);
        if (i % 3 == 0) arrowbox_append_null(out->columns[1]);
        else arrowbox_append_text(out->columns[1], label);
        arrowbox_end_row(out);
    }
    return ARROWBOX_OK;
}
static const struct arrowbox_function many_rows = {
    .name = "many", .kind = ARROWBOX_TABLE_FUNCTION, .arguments = "count:l", .result = "n:l!; label:u",
    .documentation = "So many rows.", .nulls = ARROWBOX_STRICT, .table = {.next = many}};

static int uneven(struct arrowbox_call *call, int64_t row, void *cursor, struct arrowbox_rows *out) {
    (void)call, (void)row, (void)cursor;
    arrowbox_append_int64(out->columns[0], 1);
    arrowbox_end_row(out);
    return ARROWBOX_OK;
}
static const struct arrowbox_function uneven_rows = {
    .name = "uneven", .kind = ARROWBOX_TABLE_FUNCTION, .arguments = "x:l", .result = "a:l; b:l",
    .documentation = "A row that is not whole.", .table = {.next = uneven}};

/* ---- From tables to tables ------------------------------------------------------------------------------- */

/* Every batch as it is, and how many rows there were at the end. */
struct seen {
    int64_t rows;
    bool told;
};

static int open_pass(struct arrowbox_opened *opened) {
    if (arrowbox_only(opened->options, NULL)) return ARROWBOX_ERROR;
    opened->state = arrowbox_keep(opened, sizeof(struct seen));
    return arrowbox_result_schema(opened, opened->inputs[0]);
}

static int pass(struct arrowbox_call *call, struct arrowbox_rows *out) {
    ((struct seen *)call->state)->rows += call->batch.rows;
    return arrowbox_give(out, call->batch.rows, call->batch.columns);
}
static const struct arrowbox_function pass_on = {
    .name = "pass_on", .kind = ARROWBOX_MAP_BATCHES, .documentation = "The rows as they are.", .open = open_pass,
    .map = {.push = pass}};

static int open_count(struct arrowbox_opened *opened) {
    opened->state = arrowbox_keep(opened, sizeof(struct seen));
    return arrowbox_only(opened->options, NULL);
}

static int count_batch(struct arrowbox_call *call, struct arrowbox_rows *out) {
    (void)out;
    ((struct seen *)call->state)->rows += call->batch.rows;
    return ARROWBOX_OK;
}

static int told_count(struct arrowbox_opened *opened, struct arrowbox_rows *out) {
    arrowbox_append_int64(out->columns[0], ((struct seen *)opened->state)->rows);
    arrowbox_end_row(out);
    return ARROWBOX_OK;
}
static const struct arrowbox_function count_all = {
    .name = "count_all", .kind = ARROWBOX_MAP_BATCHES, .result = "rows:l!", .documentation = "How many rows.",
    .open = open_count, .map = {.push = count_batch, .finish = told_count}};

/* The range of the second column. */
static int spread(struct arrowbox_opened *opened, const struct arrowbox_group *group, struct arrowbox_rows *out) {
    (void)opened;
    const int64_t *values = ARROWBOX_VALUES(int64_t, group->batch->columns[1]) + group->start;
    int64_t low = values[0], high = values[0];
    for (int64_t i = 1; i < group->length; i++) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    arrowbox_append_int64(out->columns[0], low);
    arrowbox_append_int64(out->columns[1], high);
    arrowbox_append_int64(out->columns[2], group->length);
    arrowbox_end_row(out);
    return ARROWBOX_OK;
}
static const struct arrowbox_function range_of = {
    .name = "range_of", .kind = ARROWBOX_GROUPED_MAP, .result = "low:l; high:l; n:l!",
    .documentation = "From where to where the second column goes.", .grouped = {.map = spread}};

static int surplus_of(struct arrowbox_opened *opened, const struct arrowbox_group *groups, struct arrowbox_rows *out) {
    (void)opened;
    arrowbox_append_int64(out->columns[0], groups[0].length - groups[1].length);
    arrowbox_end_row(out);
    return ARROWBOX_OK;
}
static const struct arrowbox_function surplus = {
    .name = "surplus", .kind = ARROWBOX_COGROUPED_MAP, .result = "surplus:l!",
    .documentation = "How many more rows a key has in the left table.", .grouped = {.map = surplus_of}};

/* ---- Files --------------------------------------------------------------------------------------------- */

static int plan(struct arrowbox_opened *opened, const struct arrowbox_request *request, struct arrowbox_splits *splits) {
    (void)opened, (void)request;
    return arrowbox_split_files(splits, 64);
}

static enum arrowbox_exactness exactness(struct arrowbox_opened *opened, const struct arrowbox_filter *filter) {
    (void)opened;
    return filter->column == 1 && filter->comparison <= ARROWBOX_GREATER_OR_EQUAL ? ARROWBOX_EXACT
                                                                                  : ARROWBOX_UNSUPPORTED;
}

static int read_lines(struct arrowbox_opened *opened, const struct arrowbox_split *split,
                      const struct arrowbox_request *request, void *cursor, struct arrowbox_rows *out) {
    (void)opened;
    for (int i = 0; i < 100; i++) {
        arrowbox_text line;
        bool there, passes = true;
        if (arrowbox_next_line(cursor, split, &line, &there)) return ARROWBOX_ERROR;
        if (!there) return ARROWBOX_OK;
        int64_t length = (int64_t)line.length, value;
        for (int64_t f = 0; f < request->n_filters; f++) {
            const struct arrowbox_filter *filter = &request->filters[f];
            if (arrowbox_get_int64(filter->schema, filter->value, 0, "the value of the filter", &value))
                return ARROWBOX_ERROR;
            passes &= arrowbox_passes(filter->comparison, (length > value) - (length < value));
        }
        if (!passes) continue;
        arrowbox_append_text(out->columns[0], line);
        arrowbox_append_int64(out->columns[1], length);
        arrowbox_end_row(out);
    }
    return ARROWBOX_MORE;
}

static void end_lines(void *cursor) { arrowbox_lines_free(cursor); }

static const struct arrowbox_function lines = {
    .name = "lines", .kind = ARROWBOX_READER, .result = "line:u!; length:l!", .documentation = "Each line of files.",
    .reader = {.exactness = exactness, .plan = plan, .size = sizeof(struct arrowbox_lines), .next = read_lines,
               .end = end_lines}};

struct part {
    struct arrowbox_output *output;
    int64_t rows;
};

static int begin_part(struct arrowbox_opened *opened, uint32_t partition, void *state) {
    char path[32];
    (void)opened;
    snprintf(path, sizeof path, "part-%u.txt", partition);
    return arrowbox_create(path, &((struct part *)state)->output);
}

static int write_part(struct arrowbox_call *call) {
    struct part *part = call->state;
    struct arrowbox_texts texts;
    if (arrowbox_texts(call->batch.schemas[0], call->batch.columns[0], &texts)) return ARROWBOX_ERROR;
    for (int64_t row = 0; row < call->batch.rows; row++) {
        arrowbox_text text = arrowbox_text_at(&texts, row);
        if (arrowbox_write(part->output, text.data, text.length) || arrowbox_write(part->output, "\n", 1))
            return ARROWBOX_ERROR;
    }
    part->rows += call->batch.rows;
    return ARROWBOX_OK;
}

static int finish_part(struct arrowbox_opened *opened, void *state, struct arrowbox_bytes *manifest) {
    struct part *part = state;
    uint64_t bytes;
    (void)opened;
    if (arrowbox_close(part->output, &bytes)) return ARROWBOX_ERROR;
    arrowbox_bytes_printf(manifest, "%lld rows in %llu bytes\n", (long long)part->rows, (unsigned long long)bytes);
    return ARROWBOX_OK;
}

static int commit(struct arrowbox_opened *opened, const arrowbox_text *manifests, int64_t n_manifests) {
    struct arrowbox_output *output;
    (void)opened;
    if (arrowbox_create("manifest.txt", &output)) return ARROWBOX_ERROR;
    for (int64_t i = 0; i < n_manifests; i++)
        if (arrowbox_write(output, manifests[i].data, manifests[i].length)) {
            arrowbox_close(output, NULL);
            return ARROWBOX_ERROR;
        }
    return arrowbox_close(output, NULL);
}
static const struct arrowbox_function text_files = {
    .name = "text_files", .kind = ARROWBOX_WRITER, .documentation = "A line of text for each row.",
    .writer = {.size = sizeof(struct part), .begin = begin_part, .write = write_part, .finish = finish_part,
               .commit = commit}};

ARROWBOX_EXPORT(&add_one_function, &gcd_function, &haversine_function, &collatz_function, &upper_function,
                &sub_str_function, &root_function, &describe_function, &is_even_function, &half_of_float, &half_of_int,
                &identity, &copied, &lists, &variadic, &greeter, &this_year, &chat_function, &babbles_function,
                &positive_function, &lower_case_function, &asserts_function, &aborts_function,
                &exits_function, &divides_function, &spins_function, &hoards_function, &deep_function,
                &wrong_length, &wrong_type, &says_nothing, &weighted_mean, &longest, &running_sum, &centered, &counting,
                &many_rows, &uneven_rows, &pass_on, &count_all, &range_of, &surplus, &lines, &text_files);
