/* The loops around functions of rows (arrowbox/rows.h), and columns with a value for each row. */
#include "internal.h"

static bool is_constant(const struct arrowbox_call *call, const struct ArrowArray *array) {
    return array->length == 1 && call->batch.rows != 1;
}

struct ArrowArray *arrowbox_column(struct arrowbox_call *call, int64_t index) {
    struct ArrowArray *array = call->batch.columns[index];
    if (!is_constant(call, array)) return array;
    struct arrowbox_builder *builder = arrowbox_builder(call->batch.schemas[index]);
    arrowbox_append_from(builder, array, 0, call->batch.rows);
    struct ArrowArray *expanded = arena_take(arena_now, sizeof *expanded, 16);
    if (arrowbox_finish(builder, expanded)) arrowbox_panic_at(failure_take().message, NULL, 0);
    return expanded;
}

/* ---- Arguments -------------------------------------------------------------------------------------- */

/* As many bytes as there are whole words of bits. */
static size_t words_of(int64_t rows) { return must_fit((rows + 63) / 64, 8) / 8; }

static void and_row(struct arrowbox__loop *loop, int64_t row) {
    if (!loop->valid) {
        uint8_t *bits = arrowbox_alloc(words_of(loop->rows) * 8);
        memset(bits, 0xff, words_of(loop->rows) * 8);
        loop->valid = bits;
    }
    arrowbox_clear_bit((uint8_t *)(uintptr_t)loop->valid, row);
}

/* Only rows where these bits are set. */
static void and_bits(struct arrowbox__loop *loop, const uint8_t *bits, int64_t offset) {
    int64_t rows = loop->rows;
    bool first = !loop->valid;
    uint8_t *valid = first ? arrowbox_alloc(words_of(rows) * 8) : (uint8_t *)(uintptr_t)loop->valid;
    loop->valid = valid;
    if (first) memset(valid, 0, words_of(rows) * 8);
    size_t bytes = (size_t)((rows + 7) / 8);
    const uint8_t *from = bits + offset / 8;
    int shift = (int)(offset % 8);
    size_t last = rows > 0 ? (size_t)((offset + rows - 1) / 8 - offset / 8) : 0;
    for (size_t i = 0; i < bytes; i++) {
        unsigned byte = (unsigned)from[i] >> shift;
        if (shift && i + 1 <= last) byte |= (unsigned)from[i + 1] << (8 - shift);
        valid[i] = first ? (uint8_t)byte : valid[i] & (uint8_t)byte;
    }
}

int arrowbox__argument(struct arrowbox_call *call, int64_t index, const char *type, bool strict,
                       struct arrowbox__loop *loop, struct arrowbox__argument *argument) {
    if (index >= call->batch.n_columns)
        return arrowbox_fail("the function takes %lld arguments or more, and %lld came", (long long)index + 1,
                             (long long)call->batch.n_columns);
    const struct ArrowArray *array = call->batch.columns[index];
    const struct ArrowSchema *schema = call->batch.schemas[index];
    memset(argument, 0, sizeof *argument);
    bool constant = is_constant(call, array);
    argument->stride = constant ? 0 : 1;
    if (constant) loop->dense = false;
    bool is_text = type[0] == '*';
    if (is_text) {
        if (arrowbox_texts(schema, array, &argument->texts)) return ARROWBOX_ERROR;
        if (!argument->texts.keys && argument->texts.layout == 0)
            argument->values = (const int32_t *)array->buffers[1] + array->offset;
    } else {
        if (strcmp(schema->format, type) || schema->dictionary)
            return arrowbox_fail("argument %lld (counted from zero) is of type `%s` where `%s` is agreed",
                                 (long long)index, schema->format, type);
        static const char widths[] = "c1C1s2S2i4I4f4l8L8g8";
        const char *width = strchr(widths, type[0]);
        argument->values = array->buffers[1];
        if (width) argument->values = (const char *)argument->values + array->offset * (width[1] - '0');
    }
    argument->offset = array->offset;
    argument->validity = array->null_count != 0 ? array->buffers[0] : NULL;
    if (!strict) return ARROWBOX_OK;
    if (constant) {
        bool null = is_text ? arrowbox_text_is_null(&argument->texts, 0) : arrowbox_is_null(array, 0);
        if (null) loop->nothing = true;
        return ARROWBOX_OK;
    }
    if (argument->validity) and_bits(loop, argument->validity, array->offset);
    if (is_text && argument->texts.keys && argument->texts.values->null_count != 0)
        for (int64_t row = 0; row < loop->rows; row++)
            if (arrowbox_text_is_null(&argument->texts, row)) and_row(loop, row);
    return ARROWBOX_OK;
}

int64_t arrowbox__run(const struct arrowbox__loop *loop, int64_t row, bool *valid) {
    if (loop->nothing || !loop->valid) {
        *valid = !loop->nothing;
        return loop->rows;
    }
    *valid = arrowbox_bit(loop->valid, row);
    while (row < loop->rows) {
        uint64_t word;
        memcpy(&word, loop->valid + row / 64 * 8, 8);
        uint64_t others = (*valid ? ~word : word) >> (row % 64);
        if (others) {
            row += __builtin_ctzll(others);
            return row < loop->rows ? row : loop->rows;
        }
        row = (row / 64 + 1) * 64;
    }
    return loop->rows;
}

/* ---- Results ---------------------------------------------------------------------------------------- */

/* Of text: whose bytes `arrowbox_room` gives. */
static struct arrowbox__results *being_made;

void results_forget(void) { being_made = NULL; }

static bool is_text(char format) { return format == 'u' || format == 'z'; }

static size_t width_of(char format) {
    switch (format) {
    case 'c': case 'C': return 1;
    case 's': case 'S': return 2;
    case 'i': case 'I': case 'f': return 4;
    default: return 8;
    }
}

void arrowbox__results(struct arrowbox__results *results, const struct arrowbox__loop *loop, int64_t rows, char format,
                       struct ArrowArray *array) {
    memset(results, 0, sizeof *results);
    results->array = array;
    results->format = format;
    results->rows = rows;
    if (is_text(format)) {
        array_borrow(array, rows, 3, 0);
        results->values = arrowbox_alloc(must_fit(rows + 1, 4));
        *(int32_t *)results->values = 0;
    } else if (format == 'b') {
        array_borrow(array, rows, 2, 0);
        results->values = arrowbox_zeroed(words_of(rows) * 8);
    } else {
        array_borrow(array, rows, 2, 0);
        results->values = arrowbox_alloc(must_fit(rows, width_of(format)));
    }
    array->buffers[1] = results->values;
    if (loop && loop->nothing) {
        results->validity = arrowbox_zeroed(words_of(rows) * 8);
    } else if (loop && loop->valid) {
        results->validity = arrowbox_alloc(words_of(rows) * 8);
        memcpy(results->validity, loop->valid, words_of(rows) * 8);
    }
    being_made = is_text(format) ? results : NULL;
}

static void zero(struct arrowbox__results *results, int64_t begin, int64_t end) {
    if (is_text(results->format)) {
        int32_t *offsets = results->values;
        for (int64_t row = begin; row < end; row++) offsets[row + 1] = (int32_t)results->length;
    } else if (results->format != 'b') {
        size_t width = width_of(results->format);
        memset((char *)results->values + (size_t)begin * width, 0, (size_t)(end - begin) * width);
    }
}

void arrowbox__skip(struct arrowbox__results *results, int64_t begin, int64_t end) { zero(results, begin, end); }

void arrowbox__null(struct arrowbox__results *results, int64_t row) {
    if (!results->validity) {
        results->validity = arrowbox_alloc(words_of(results->rows) * 8);
        memset(results->validity, 0xff, words_of(results->rows) * 8);
    }
    arrowbox_clear_bit(results->validity, row);
    zero(results, row, row + 1);
}

/* For no more than the offsets of the results can count. */
static void grow(struct arrowbox__results *results, size_t bytes) {
    size_t capacity = must_extend(results->capacity, results->length, bytes);
    if (capacity < 64) capacity = 64;
    /* As if the rows to come were like those before. */
    if (results->capacity == 0 && (size_t)results->rows * 8 > capacity) capacity = (size_t)results->rows * 8;
    if (capacity > INT32_MAX) capacity = INT32_MAX;
    results->bytes = results->bytes ? arena_grow(arena_now, results->bytes, results->capacity, capacity)
                                    : arena_take(arena_now, capacity, 64);
    results->capacity = capacity;
}

char *arrowbox_room(size_t bytes) {
    struct arrowbox__results *results = being_made;
    if (!results) return arrowbox_alloc(bytes);
    if (results->capacity - results->length < bytes) {
        if (bytes > (size_t)INT32_MAX - results->length) return arrowbox_alloc(bytes);
        grow(results, bytes);
    }
    return results->bytes + results->length;
}

void arrowbox__put_bytes(struct arrowbox__results *results, int64_t row, arrowbox_text value) {
    if (value.length > 0) {
        if (value.length > (size_t)INT32_MAX - results->length) {
            arrowbox_fail("a result of text has more than 2 GiB");
            value.length = 0;
        }
        /* It can lie where it goes, or a little behind: in what `arrowbox_room` gave. */
        if (results->capacity - results->length < value.length) grow(results, value.length);
        memmove(results->bytes + results->length, value.data, value.length);
        results->length += value.length;
    }
    ((int32_t *)results->values)[row + 1] = (int32_t)results->length;
}

int arrowbox__finish(struct arrowbox__results *results) {
    being_made = NULL;
    struct ArrowArray *array = results->array;
    if (is_text(results->format)) array->buffers[2] = results->bytes ? results->bytes : (const void *)results->values;
    if (results->validity) {
        array->buffers[0] = results->validity;
        array->null_count = -1;
    }
    return failure_is_there() ? ARROWBOX_ERROR : ARROWBOX_OK;
}
