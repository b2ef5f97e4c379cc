/* Functions of every kind, called as a host calls them. */
#include "tests.h"

static int64_t add_one(int64_t x) { return x + 1; }
ARROWBOX_SCALAR(add_one, "One more.", int64, (int64, x));
static arrowbox_text twice(arrowbox_text text, arrowbox_maybe_int64 n) {
    if (n.valid && n.value == 13) arrowbox_fail("thirteen");
    char *room = arrowbox_room(2 * text.length);
    if (text.length > 0) memcpy(room, text.data, text.length), memcpy(room + text.length, text.data, text.length);
    arrowbox_text result = {room, 2 * text.length};
    return result;
}
ARROWBOX_SCALAR(twice, "Twice.", text, (text, text), (maybe_int64, n));
/* Named as what is in the macros could be. */
static int64_t call(int64_t array) { return array; }
ARROWBOX_SCALAR(call, "What comes.", int64, (int64, array));
static bool array(int64_t call, int64_t *result) {
    *result = call;
    return call != 0;
}
ARROWBOX_SCALAR_OR_NULL(array, "What comes.", int64, (int64, call));
/* Gives a value for each row, whatever comes: strict for numbers, not so for texts, and strict as a window. */
static int ones(struct arrowbox_call *call, struct ArrowArray *result) {
    int64_t *values = arrowbox_fixed(result, call->batch.rows, 8);
    for (int64_t row = 0; row < call->batch.rows; row++) values[row] = 1;
    return ARROWBOX_OK;
}
static const struct arrowbox_function strict_ones = {
    .name = "ones", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "x:l; text:*u", .result = "l", .nulls = ARROWBOX_STRICT,
    .scalar = {.call = ones}};
static const struct arrowbox_function all_ones = {
    .name = "ones", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "text:*u", .result = "l", .scalar = {.call = ones}};
static const struct arrowbox_function strict_window = {
    .name = "ones", .kind = ARROWBOX_WINDOW_FUNCTION, .arguments = "text:*u", .result = "l", .nulls = ARROWBOX_STRICT,
    .window = {.evaluate = ones}};
struct sum {
    int64_t sum;
    arrowbox_text last;
};
static void states(struct sum *sum, int64_t x) { sum->sum += x; }
static int merge(void *to, const void *from) {
    ((struct sum *)to)->sum += ((const struct sum *)from)->sum;
    return ARROWBOX_OK;
}
static bool total(const struct sum *sum, int64_t *result) {
    *result = sum->sum;
    return sum->sum != 0;
}
ARROWBOX_UPDATE(update, states, struct sum, (int64, x))
ARROWBOX_EVALUATE(results, total, struct sum, int64)
static const struct arrowbox_field fields[] = {ARROWBOX_FIELD(struct sum, int64, sum), ARROWBOX_FIELD(struct sum, text, last)};
static const struct arrowbox_function sums = {
    .name = "sum", .kind = ARROWBOX_AGGREGATE_FUNCTION, .arguments = "x:l", .result = "l",
    .aggregate = {.size = sizeof(struct sum), .fields = fields, .n_fields = 2, .update = update, .merge = merge, .evaluate = results}};
/* A state that owns something. */
struct owner {
    int64_t sum;
    int64_t *owned;
};
static int begun, ended;
static void begin_owner(void *state, struct arrowbox_opened *opened) {
    (void)opened;
    ((struct owner *)state)->owned = must_zero(1, sizeof(int64_t));
    begun++;
}
static void end_owner(void *state) {
    free(((struct owner *)state)->owned);
    ended++;
}
static void add_owned(struct owner *owner, int64_t x) { owner->sum += x + *owner->owned; }
static int merge_owned(void *to, const void *from) {
    add_owned(to, ((const struct owner *)from)->sum + *((const struct owner *)from)->owned);
    return ARROWBOX_OK;
}
static bool owned_total(const struct owner *owner, int64_t *result) {
    *result = owner->sum + *owner->owned;
    return true;
}
ARROWBOX_UPDATE(update_owners, add_owned, struct owner, (int64, x))
ARROWBOX_EVALUATE(owner_results, owned_total, struct owner, int64)
static const struct arrowbox_field owner_fields[] = {ARROWBOX_FIELD(struct owner, int64, sum)};
static const struct arrowbox_function owners = {
    .name = "owners", .kind = ARROWBOX_AGGREGATE_FUNCTION, .arguments = "x:l", .result = "l",
    .aggregate = {.size = sizeof(struct owner), .fields = owner_fields, .n_fields = 1, .begin = begin_owner,
                  .update = update_owners, .merge = merge_owned, .evaluate = owner_results, .end = end_owner}};
static const struct arrowbox_function window_owners = {
    .name = "owners", .kind = ARROWBOX_WINDOW_FUNCTION, .arguments = "x:l", .result = "l",
    .window = {.size = sizeof(struct owner), .begin = begin_owner, .next = ones, .end = end_owner}};
/* Two rows for each, in two calls. */
static int next_owned(struct arrowbox_call *call, int64_t row, void *cursor, struct arrowbox_rows *out) {
    struct owner *owner = cursor;
    bool first = !owner->owned;
    if (first) begin_owner(cursor, call->opened);
    arrowbox_append_int64(out->columns[0], row);
    arrowbox_end_row(out);
    return first ? ARROWBOX_MORE : row == 7 ? arrowbox_fail("seven") : ARROWBOX_OK;
}
static const struct arrowbox_function table_owners = {
    .name = "owners", .kind = ARROWBOX_TABLE_FUNCTION, .arguments = "x:l", .result = "row:l",
    .table = {.size = sizeof(struct owner), .next = next_owned, .end = end_owner}};
static int map(struct arrowbox_opened *opened, const struct arrowbox_group *groups, struct arrowbox_rows *out) {
    (void)opened;
    arrowbox_append_int64(out->columns[0], groups->length);
    arrowbox_end_row(out);
    return ARROWBOX_OK;
}
static const struct arrowbox_function count = {
    .name = "count", .kind = ARROWBOX_GROUPED_MAP, .result = "n:l", .grouped = {.map = map}};
/* Puts the texts of a group behind one another. */
static struct arrowbox_bytes joined;
static int join(struct arrowbox_opened *opened, const struct arrowbox_group *groups, struct arrowbox_rows *out) {
    (void)opened, (void)out;
    struct arrowbox_texts texts;
    if (arrowbox_texts(groups->batch->schemas[1], groups->batch->columns[1], &texts)) return ARROWBOX_ERROR;
    for (int64_t i = 0; i < groups->length; i++) {
        arrowbox_text text = arrowbox_text_at(&texts, groups->start + i);
        arrowbox_bytes_add(&joined, text.data, text.length);
    }
    return ARROWBOX_OK;
}
static const struct arrowbox_function join_all = {
    .name = "join", .kind = ARROWBOX_GROUPED_MAP, .result = "n:l", .grouped = {.map = join}};
static int pass(struct arrowbox_call *call, struct arrowbox_rows *out) {
    return arrowbox_give(out, call->batch.rows, call->batch.columns);
}
static int same_columns(struct arrowbox_opened *opened) { return arrowbox_result_schema(opened, opened->inputs[0]); }
static const struct arrowbox_function pass_on = {
    .name = "pass", .kind = ARROWBOX_MAP_BATCHES, .open = same_columns, .map = {.push = pass}};

/* The numbers below each, as a batch. */
static int below(struct arrowbox_call *call, int64_t row, void *cursor, struct arrowbox_rows *out) {
    (void)cursor;
    int64_t length = ARROWBOX_VALUES(int64_t, call->batch.columns[0])[row];
    struct ArrowArray *array = arrowbox_alloc(sizeof *array);
    int64_t *values = arrowbox_fixed(array, length, 8);
    for (int64_t i = 0; i < length; i++) values[i] = i;
    return arrowbox_give(out, length, &array);
}
static const struct arrowbox_function below_each = {
    .name = "below", .kind = ARROWBOX_TABLE_FUNCTION, .arguments = "n:l", .result = "i:l", .table = {.next = below}};

/* The rows for which a strict function is called. */
static int row_number(struct arrowbox_call *call, int64_t row, void *cursor, struct arrowbox_rows *out) {
    (void)call, (void)cursor;
    arrowbox_append_int64(out->columns[0], row);
    arrowbox_end_row(out);
    return ARROWBOX_OK;
}
static const struct arrowbox_function strict_rows = {
    .name = "strict", .kind = ARROWBOX_TABLE_FUNCTION, .arguments = "text:*u", .result = "row:l", .nulls = ARROWBOX_STRICT,
    .table = {.next = row_number}};

/* Two columns, of which one has more values than there are rows. */
static int give_uneven(struct arrowbox_call *call, struct arrowbox_rows *out) {
    struct ArrowArray *other = arrowbox_alloc(sizeof *other);
    memset(arrowbox_fixed(other, call->batch.rows + 1, 8), 0, (size_t)(call->batch.rows + 1) * 8);
    struct ArrowArray *columns[] = {call->batch.columns[0], other};
    return arrowbox_give(out, call->batch.rows, columns);
}
static const struct arrowbox_function uneven = {
    .name = "uneven", .kind = ARROWBOX_MAP_BATCHES, .result = "a:l; b:l", .map = {.push = give_uneven}};

/* A row, and then the batch. */
static int row_then_batch(struct arrowbox_call *call, struct arrowbox_rows *out) {
    bool *begun = call->state;
    if (*begun) return arrowbox_give(out, call->batch.rows, call->batch.columns);
    *begun = true;
    arrowbox_append_int64(out->columns[0], -1);
    arrowbox_end_row(out);
    return ARROWBOX_MORE;
}
static int open_row_then_batch(struct arrowbox_opened *opened) {
    opened->state = arrowbox_keep(opened, sizeof(bool));
    return ARROWBOX_OK;
}
static const struct arrowbox_function mixed = {
    .name = "mixed", .kind = ARROWBOX_MAP_BATCHES, .result = "x:l", .open = open_row_then_batch, .map = {.push = row_then_batch}};

/* A batch of nothing and one of two columns, whose arrays count how often they are released. */
static int released;
static void count_release(struct ArrowArray *array) {
    array->release = NULL;
    released++;
}
static int plan_nothing(struct arrowbox_opened *opened, const struct arrowbox_request *request,
                        struct arrowbox_splits *splits) {
    (void)opened, (void)request, (void)splits;
    return ARROWBOX_OK;
}
static int give_two(struct arrowbox_opened *opened, const struct arrowbox_split *split,
                    const struct arrowbox_request *request, void *cursor, struct arrowbox_rows *out) {
    (void)opened, (void)split, (void)request;
    int64_t *calls = cursor, length = (*calls)++;
    struct ArrowArray *columns[2];
    for (int i = 0; i < 2; i++) {
        columns[i] = arrowbox_alloc(sizeof **columns);
        int64_t *values = arrowbox_fixed(columns[i], length, 8);
        if (length > 0) values[0] = i;
        columns[i]->release = count_release;
    }
    return arrowbox_give(out, length, columns) ? ARROWBOX_ERROR : length == 0 ? ARROWBOX_MORE : ARROWBOX_OK;
}
static const struct arrowbox_function two_columns = {
    .name = "two", .kind = ARROWBOX_READER, .result = "a:l; b:l",
    .reader = {.plan = plan_nothing, .size = sizeof(int64_t), .next = give_two}};

/* Texts that fill what is kept for them, one that happens to lie behind that, and longer ones. */
enum { FULL = 500, TEXTS = 1000, SHORT = 16, LONG = 200 };
static char letters[LONG];
static arrowbox_text filled(int64_t row) {
    arrowbox_text text = {letters, row <= FULL ? SHORT : LONG};
    if (row == FULL) text.data = memset(arrowbox_alloc(SHORT), 'b', SHORT);
    return text;
}
ARROWBOX_SCALAR(filled, "Texts.", text, (int64, row));
static arrowbox_text trimmed(arrowbox_text text) {
    char *room = arrowbox_room(text.length);
    memcpy(room, text.data, text.length);
    arrowbox_text result = {room + 1, text.length - 1};
    return result;
}
ARROWBOX_SCALAR(trimmed, "All but the first letter.", text, (text, text));

ARROWBOX_EXPORT(&window_owners, &table_owners, &owners, &strict_ones, &all_ones, &strict_window, &strict_rows, &join_all, &call_function, &array_function, &filled_function, &trimmed_function, &add_one_function, &twice_function, &sums, &count, &pass_on, &below_each, &uneven, &mixed, &two_columns);

static struct ArrowSchema *fields_of(void *from, int which, struct arena *arena) {
    return schema_parse(arena, ((const char **)from)[which], NULL);
}

static struct opened *open_it(enum arrowbox_kind kind, const char *name, const char *input) {
    enter();
    static struct wire nothing;
    nothing.rows = 1;
    const char *inputs[] = {input, "", ""};
    static const uint32_t keys[] = {0};
    struct opening opening;
    memset(&opening, 0, sizeof opening);
    opening.kind = kind;
    opening.name = name;
    opening.name_length = strlen(name);
    opening.options = must_zero(1, sizeof *opening.options);
    opening.fields = fields_of;
    opening.from = inputs;
    opening.n_inputs = 1;
    opening.keys[0] = keys;
    opening.n_keys = 1;
    opening.arguments = kind >= ARROWBOX_MAP_BATCHES ? &nothing : NULL;
    return opened_open(&opening);
}

/* Columns of numbers, `n % 5 == 0` null, or of texts. */
static void make_batch(const char *text, int64_t rows, struct wire *wire) {
    struct arena arena = {NULL, NULL, NULL};
    struct ArrowSchema *schema = schema_parse(&arena, text, NULL);
    struct type *type = type_of(&arena, schema);
    struct wire sent;
    memset(&sent, 0, sizeof sent);
    sent.rows = (uint64_t)rows;
    for (int64_t i = 0; i < type->n_children; i++) {
        struct arrowbox_builder *builder = arrowbox_builder(schema->children[i]);
        struct ArrowArray array;
        for (int64_t row = 0; row < rows; row++) {
            bool nullable = schema->children[i]->flags & ARROW_FLAG_NULLABLE;
            if (nullable && row % 5 == 0) arrowbox_append_null(builder);
            else if (type->children[i]->layout == LAYOUT_FIXED) arrowbox_append_int64(builder, nullable ? row : row / 10);
            else arrowbox_append_text(builder, arrowbox_text_of("some text"));
        }
        CHECK(!arrowbox_finish(builder, &array));
        CHECK(!send(type->children[i], schema->children[i], &array, 0, rows, &sent));
    }
    send_back(&sent, wire);
    free(sent.buffers);
    arena_free(&arena);
}

/* A batch of columns of numbers, all the same. */
static void make_numbers(const int64_t *values, size_t rows, size_t columns, struct wire *wire) {
    struct wire_buffer buffers[4] = {{NULL, 0}, {values, 8 * rows}, {NULL, 0}, {values, 8 * rows}};
    struct wire numbers;
    memset(&numbers, 0, sizeof numbers);
    numbers.rows = rows;
    numbers.nodes = must_zero(columns, sizeof *numbers.nodes);
    numbers.n_nodes = columns;
    for (size_t i = 0; i < columns; i++) numbers.nodes[i].length = rows;
    numbers.buffers = buffers;
    numbers.n_buffers = 2 * columns;
    send_back(&numbers, wire);
}

/* The values of the last column of what comes, which is of numbers, up to `most`; how many there are. */
static size_t take_numbers(struct opened *opened, int64_t *values, size_t most) {
    struct wire sent;
    memset(&sent, 0, sizeof sent);
    size_t count = 0;
    for (bool there = true; there;) {
        enter();
        CHECK(!tables_next(opened, &sent, &there));
        for (uint64_t row = 0; there && row < sent.rows; row++, count++)
            if (count < most) values[count] = ((const int64_t *)sent.buffers[sent.n_buffers - 1].data)[row];
        wire_clear(&sent);
    }
    return count;
}

static void given_batches(void) {
    static const int64_t numbers[] = {0, 2, 3};
    int64_t found[8];
    struct wire wire, sent;
    memset(&sent, 0, sizeof sent);
    bool there;

    /* A batch of no rows is not the end. */
    struct opened *opened = open_it(ARROWBOX_TABLE_FUNCTION, "below", "n:l");
    CHECK(opened);
    make_numbers(numbers, 3, 1, &wire);
    CHECK(!table_push(opened, &wire));
    wire_clear(&wire);
    CHECK(take_numbers(opened, found, 8) == 5);
    CHECK(found[0] == 0 && found[1] == 1 && found[2] == 0 && found[4] == 2);
    opened_close(opened);

    /* What was built comes before what was given. */
    opened = open_it(ARROWBOX_MAP_BATCHES, "mixed", "x:l");
    CHECK(opened);
    make_numbers(numbers, 3, 1, &wire);
    CHECK(!map_push(opened, &wire));
    wire_clear(&wire);
    CHECK(take_numbers(opened, found, 8) == 4);
    CHECK(found[0] == -1 && found[1] == 0 && found[2] == 2 && found[3] == 3);
    opened_close(opened);

    /* What does not fit stays with whom it belongs to. */
    opened = open_it(ARROWBOX_MAP_BATCHES, "uneven", "a:l; b:l");
    CHECK(opened);
    make_numbers(numbers, 3, 2, &wire);
    CHECK(!map_push(opened, &wire));
    wire_clear(&wire);
    CHECK(tables_next(opened, &sent, &there));
    struct failure failure = failure_take();
    CHECK(strstr(failure.message, "3 rows was given with a column of 4 values"));
    free(failure.message);
    opened_close(opened);

    /* One of the columns is wanted, and both are given. */
    opened = open_it(ARROWBOX_READER, "two", "");
    CHECK(opened);
    struct reading_split *split = split_open(opened);
    static const uint32_t projection[] = {1};
    split->request.projection = projection;
    split->request.n_projection = 1;
    CHECK(!split_next(split, &sent, &there) && there);
    CHECK(sent.rows == 1 && sent.n_buffers == 2 && *(const int64_t *)sent.buffers[1].data == 1);
    wire_clear(&sent);
    split_close(split);
    opened_close(opened);
    CHECK(released == 4);
}

/* Keys of which every other one is that of a null. */
static void make_nulls(size_t rows, struct wire *wire) {
    int32_t *keys = must_allocate(4 * rows);
    for (size_t i = 0; i < rows; i++) keys[i] = i % 2;
    static const uint8_t valid = 1;
    static const int32_t offsets[] = {0, 1, 1};
    struct wire_buffer buffers[] = {{NULL, 0}, {keys, 4 * rows}, {&valid, 1}, {offsets, sizeof offsets}, {"a", 1}};
    struct wire sent;
    memset(&sent, 0, sizeof sent);
    sent.rows = rows;
    sent.nodes = must_zero(2, sizeof *sent.nodes);
    sent.n_nodes = 2;
    sent.nodes[0].length = rows;
    sent.nodes[1].length = 2;
    sent.nodes[1].null_count = 1;
    sent.buffers = buffers;
    sent.n_buffers = 5;
    send_back(&sent, wire);
    free(keys);
}

static void nulls_of_dictionaries(void) {
    struct wire wire;
    int64_t found[8];
    struct opened *opened = open_it(ARROWBOX_TABLE_FUNCTION, "strict", "text:i[u]");
    CHECK(opened);
    make_nulls(5, &wire);
    CHECK(!table_push(opened, &wire));
    wire_clear(&wire);
    CHECK(take_numbers(opened, found, 8) == 3);
    CHECK(found[0] == 0 && found[1] == 2 && found[2] == 4);
    opened_close(opened);
}

static void strict_overloads(void) {
    struct wire wire, sent;
    memset(&sent, 0, sizeof sent);
    struct opened *opened = open_it(ARROWBOX_SCALAR_FUNCTION, "ones", "x:l; text:u");
    CHECK(opened);
    make_batch("x:l; text:u", 7, &wire);
    CHECK(!scalar_invoke(opened, &wire, &sent));
    CHECK(sent.nodes[0].null_count == 2 && (*(const uint8_t *)sent.buffers[0].data & 0x7f) == 0x5e);
    wire_clear(&sent);
    wire_clear(&wire);
    opened_close(opened);

    opened = open_it(ARROWBOX_SCALAR_FUNCTION, "ones", "text:i[u]");
    CHECK(opened);
    make_nulls(7, &wire);
    CHECK(!scalar_invoke(opened, &wire, &sent));
    CHECK(sent.nodes[0].null_count == 0);
    wire_clear(&sent);
    wire_clear(&wire);
    opened_close(opened);

    opened = open_it(ARROWBOX_WINDOW_FUNCTION, "ones", "text:i[u]");
    CHECK(opened);
    make_nulls(7, &wire);
    CHECK(!window_evaluate(opened, &wire, &sent));
    CHECK(sent.nodes[0].null_count == 3 && (*(const uint8_t *)sent.buffers[0].data & 0x7f) == 0x55);
    wire_clear(&sent);
    wire_clear(&wire);
    opened_close(opened);
}

/* What is empty everywhere is so in a part of it. */
static void slices(void) {
    struct ArrowArray nulls, slice;
    memset(&nulls, 0, sizeof nulls);
    nulls.length = nulls.null_count = 4;
    arrowbox_slice(&nulls, 1, 2, &slice);
    CHECK(slice.length == 2 && arrowbox_is_null(&slice, 1));
}

/* Rows of one key, with texts of a dictionary of keys of one byte: each two letters, in order. */
static void make_dictionary(const char *letters, struct wire *wire) {
    static const int64_t keys[128];
    size_t rows = strlen(letters) / 2;
    char values[128];
    int32_t offsets[129];
    for (size_t i = 0; i <= rows; i++) values[i % 128] = (char)i, offsets[i] = 2 * (int32_t)i;
    struct wire_buffer buffers[] = {{NULL, 0}, {keys, 8 * rows}, {NULL, 0}, {values, rows},
                                    {NULL, 0}, {offsets, 4 * rows + 4}, {letters, 2 * rows}};
    struct wire sent;
    memset(&sent, 0, sizeof sent);
    sent.rows = rows;
    sent.nodes = must_zero(3, sizeof *sent.nodes);
    sent.n_nodes = 3;
    for (int i = 0; i < 3; i++) sent.nodes[i].length = rows;
    sent.buffers = buffers;
    sent.n_buffers = 7;
    send_back(&sent, wire);
}

/* A group that comes with several dictionaries. */
static void join_dictionaries(const char *const *letters, size_t times) {
    struct wire wire, sent;
    memset(&sent, 0, sizeof sent);
    arrowbox_bytes_free(&joined);
    struct opened *opened = open_it(ARROWBOX_GROUPED_MAP, "join", "k:l; s:c[u]");
    CHECK(opened);
    struct arrowbox_bytes all = {NULL, 0, 0};
    for (size_t i = 0; i < times; i++) {
        uint32_t offsets[] = {0, (uint32_t)strlen(letters[i]) / 2}, *of_all[] = {offsets};
        size_t n_offsets = 2;
        bool there;
        arrowbox_bytes_add(&all, letters[i], strlen(letters[i]));
        enter();
        make_dictionary(letters[i], &wire);
        CHECK(!grouped_push(opened, &wire, of_all, &n_offsets, 1, i + 1 < times));
        wire_clear(&wire);
        enter();
        CHECK(!tables_next(opened, &sent, &there) && !there);
        wire_clear(&sent);
    }
    CHECK(joined.length == all.length && !memcmp(joined.data, all.data, all.length));
    arrowbox_bytes_free(&all);
    opened_close(opened);
}

static void dictionaries(void) {
    static const char *const different[] = {"aabb", "ccdd", "eeff"};
    join_dictionaries(different, 3);
    /* More values than there are keys, if they are counted each time. */
    char many[201];
    for (int i = 0; i < 100; i++) many[2 * i] = (char)('a' + i / 10), many[2 * i + 1] = (char)('a' + i % 10);
    many[200] = 0;
    const char *const same[] = {many, many, many};
    join_dictionaries(same, 3);
    arrowbox_bytes_free(&joined);
}

static void states_that_own(void) {
    struct wire wire, sent;
    memset(&sent, 0, sizeof sent);
    struct opened *opened = open_it(ARROWBOX_AGGREGATE_FUNCTION, "owners", "x:l");
    CHECK(opened);
    make_batch("group:I!; x:l!", 40, &wire);
    CHECK(!aggregate_merge(opened, &wire, 4));
    wire_clear(&wire);
    enter();
    CHECK(!aggregate_evaluate(opened, 3, true, &sent));
    for (int64_t i = 0; i < 3; i++) CHECK(((const int64_t *)sent.buffers[1].data)[i] == 10 * i);
    wire_clear(&sent);
    opened_close(opened);
    CHECK(begun >= 4 && begun == ended);

    opened = open_it(ARROWBOX_WINDOW_FUNCTION, "owners", "x:l");
    CHECK(opened);
    for (int i = 0; i < 5; i++) {
        enter();
        make_batch("x:l", 10, &wire);
        if (i == 2) CHECK(!window_evaluate(opened, &wire, &sent));
        else CHECK(!window_push(opened, &wire, i % 2 == 0, &sent));
        wire_clear(&sent);
        wire_clear(&wire);
    }
    opened_close(opened);
    CHECK(begun == ended);

    int64_t found[8];
    opened = open_it(ARROWBOX_TABLE_FUNCTION, "owners", "x:l");
    CHECK(opened);
    make_batch("x:l", 3, &wire);
    CHECK(!table_push(opened, &wire));
    wire_clear(&wire);
    CHECK(take_numbers(opened, found, 8) == 6 && begun == ended);
    enter();
    make_batch("x:l", 8, &wire);
    CHECK(!table_push(opened, &wire));
    wire_clear(&wire);
    bool there;
    CHECK(tables_next(opened, &sent, &there));
    CHECK(begun == ended + 1);
    opened_close(opened);
    CHECK(begun == ended);
}

static void texts_in_place(void) {
    struct wire wire, sent;
    memset(&sent, 0, sizeof sent);
    memset(letters, 'a', sizeof letters);
    int64_t rows[TEXTS];
    for (int64_t i = 0; i < TEXTS; i++) rows[i] = i;
    struct opened *opened = open_it(ARROWBOX_SCALAR_FUNCTION, "filled", "row:l");
    CHECK(opened);
    make_numbers(rows, TEXTS, 1, &wire);
    CHECK(!scalar_invoke(opened, &wire, &sent));
    const int32_t *offsets = sent.buffers[1].data;
    const char *bytes = sent.buffers[2].data;
    for (int row = 0; row < TEXTS; row++) {
        CHECK(offsets[row + 1] - offsets[row] == (row <= FULL ? SHORT : LONG));
        for (int i = offsets[row]; i < offsets[row + 1]; i++) CHECK(bytes[i] == (row == FULL ? 'b' : 'a'));
    }
    wire_clear(&sent);
    wire_clear(&wire);
    opened_close(opened);

    opened = open_it(ARROWBOX_SCALAR_FUNCTION, "trimmed", "text:u!");
    CHECK(opened);
    make_batch("text:u!", 3, &wire);
    CHECK(!scalar_invoke(opened, &wire, &sent));
    CHECK(sent.buffers[2].length == 24 && !memcmp(sent.buffers[2].data, "ome textome textome text", 24));
    wire_clear(&sent);
    wire_clear(&wire);
    opened_close(opened);
}

void functions(void) {
    slices();
    dictionaries();
    strict_overloads();
    nulls_of_dictionaries();
    states_that_own();
    texts_in_place();
    given_batches();
    struct wire wire, sent;
    memset(&sent, 0, sizeof sent);
    struct opened *opened = open_it(ARROWBOX_SCALAR_FUNCTION, "add_one", "x:l");
    CHECK(opened);
    for (int64_t rows = 0; rows < 300; rows += 37) {
        enter();
        make_batch("x:l", rows, &wire);
        CHECK(!scalar_invoke(opened, &wire, &sent));
        CHECK(sent.rows == (uint64_t)rows && sent.n_nodes == 1);
        for (int64_t i = 0; i < rows; i++) CHECK(i % 5 == 0 || ((const int64_t *)sent.buffers[1].data)[i] == i + 1);
        wire_clear(&sent);
        wire_clear(&wire);
    }
    opened_close(opened);
    CHECK(!open_it(ARROWBOX_SCALAR_FUNCTION, "add_one", "x:u"));
    struct failure failure = failure_take();
    CHECK(strstr(failure.message, "no signature"));
    free(failure.message);

    opened = open_it(ARROWBOX_SCALAR_FUNCTION, "twice", "text:vu; n:l");
    CHECK(opened);
    enter();
    make_batch("text:vu; n:l", 12, &wire);
    CHECK(!scalar_invoke(opened, &wire, &sent));
    wire_clear(&sent);
    wire_clear(&wire);
    enter();
    make_batch("text:vu; n:l", 50, &wire);
    CHECK(scalar_invoke(opened, &wire, &sent));
    failure = failure_take();
    CHECK(failure.row == 13 && !strcmp(failure.message, "thirteen"));
    free(failure.message);
    wire_clear(&sent);
    wire_clear(&wire);
    opened_close(opened);

    opened = open_it(ARROWBOX_AGGREGATE_FUNCTION, "sum", "x:l");
    CHECK(opened);
    for (int i = 0; i < 3; i++) {
        enter();
        make_batch("group:I!; x:l", 1000, &wire);
        CHECK(!aggregate_update(opened, &wire, 100, false));
        CHECK(aggregate_update(opened, &wire, 100, true));
        wire_clear(&wire);
        enter();
    }
    CHECK(!aggregate_evaluate(opened, UINT64_MAX, false, &sent));
    wire_clear(&sent);
    CHECK(!aggregate_state(opened, 30, &sent));
    CHECK(sent.rows == 30 && sent.n_nodes == 2);
    wire_clear(&sent);
    CHECK(aggregate_evaluate(opened, 71, true, &sent));
    enter();
    CHECK(!aggregate_evaluate(opened, 70, true, &sent));
    CHECK(sent.rows == 70);
    wire_clear(&sent);
    opened_close(opened);

    /* A group that goes on over three calls. */
    opened = open_it(ARROWBOX_GROUPED_MAP, "count", "k:l; s:u");
    CHECK(opened);
    int64_t total_rows = 0, groups = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t offsets[] = {0, 10, 20, 40}, *all[] = {offsets};
        size_t n_offsets = 4;
        enter();
        make_batch("k:l; s:u", 40, &wire);
        CHECK(!grouped_push(opened, &wire, all, &n_offsets, 1, i < 3));
        wire_clear(&wire);
        for (bool there = true; there;) {
            enter();
            CHECK(!tables_next(opened, &sent, &there));
            for (uint64_t row = 0; there && row < sent.rows; row++)
                total_rows += ((const int64_t *)sent.buffers[3].data)[row], groups++;
            wire_clear(&sent);
        }
    }
    CHECK(total_rows == 160 && groups == 9);
    opened_close(opened);

    opened = open_it(ARROWBOX_MAP_BATCHES, "pass", "k:l; s:u");
    CHECK(opened);
    for (int i = 0; i < 3; i++) {
        bool there;
        enter();
        make_batch("k:l; s:u", 100, &wire);
        CHECK(!map_push(opened, &wire));
        wire_clear(&wire);
        enter();
        CHECK(!tables_next(opened, &sent, &there) && there && sent.rows == 100);
        wire_clear(&sent);
        enter();
        CHECK(!tables_next(opened, &sent, &there) && !there);
        wire_clear(&sent);
    }
    opened_close(opened);
}
