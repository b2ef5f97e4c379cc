/* Arrays: small things that authors do with them. */
#include "internal.h"

/* Memory of an arena needs nobody to give it back. */
static void forget(struct ArrowArray *array) { array->release = NULL; }

void array_borrow(struct ArrowArray *array, int64_t length, int64_t n_buffers, int64_t n_children) {
    memset(array, 0, sizeof *array);
    array->length = length;
    array->n_buffers = n_buffers;
    array->n_children = n_children;
    array->release = forget;
    if (n_buffers > 0) {
        array->buffers = arena_take(arena_now, (size_t)n_buffers * sizeof(void *), 16);
        memset(array->buffers, 0, (size_t)n_buffers * sizeof(void *));
    }
    if (n_children > 0) array->children = arena_take(arena_now, (size_t)n_children * sizeof(struct ArrowArray *), 16);
}

void *arrowbox_fixed(struct ArrowArray *array, int64_t length, size_t width) {
    array_borrow(array, length, 2, 0);
    void *values = arrowbox_alloc(must_fit(length, width));
    array->buffers[1] = values;
    return values;
}

uint8_t *arrowbox_validity(struct ArrowArray *array) {
    size_t bytes = must_fit((array->offset + array->length + 7) / 8, 1);
    uint8_t *bits = arrowbox_alloc(bytes);
    if (bytes > 0) memset(bits, 0xff, bytes);
    array->buffers[0] = bits;
    array->null_count = -1;
    return bits;
}

void arrowbox_slice(const struct ArrowArray *of, int64_t start, int64_t length, struct ArrowArray *array) {
    *array = *of;
    array->offset += start;
    array->length = length;
    array->null_count = of->null_count == 0 ? 0 : of->null_count == of->length ? length : -1;
    array->release = forget;
    array->private_data = NULL;
}

/* Of a dictionary, whose keys are of this format. */
static int64_t key_at(char format, const struct ArrowArray *keys, int64_t row) {
    const void *values = keys->buffers[1];
    int64_t at = keys->offset + row;
    switch (format) {
    case 'c': return ((const int8_t *)values)[at];
    case 'C': return ((const uint8_t *)values)[at];
    case 's': return ((const int16_t *)values)[at];
    case 'S': return ((const uint16_t *)values)[at];
    case 'i': return ((const int32_t *)values)[at];
    case 'I': return ((const uint32_t *)values)[at];
    default: return ((const int64_t *)values)[at];
    }
}

bool batch_has_null(const struct arrowbox_batch *batch, int64_t row) {
    for (int64_t i = 0; i < batch->n_columns; i++) {
        const struct ArrowArray *column = batch->columns[i];
        int64_t at = column->length == 1 && batch->rows != 1 ? 0 : row;
        if (arrowbox_is_null(column, at)) return true;
        if (column->dictionary &&
            arrowbox_is_null(column->dictionary, key_at(batch->schemas[i]->format[0], column, at)))
            return true;
    }
    return false;
}

bool arrowbox_passes(enum arrowbox_comparison comparison, int order) {
    switch (comparison) {
    case ARROWBOX_EQUAL: return order == 0;
    case ARROWBOX_NOT_EQUAL: return order != 0;
    case ARROWBOX_LESS: return order < 0;
    case ARROWBOX_LESS_OR_EQUAL: return order <= 0;
    case ARROWBOX_GREATER: return order > 0;
    case ARROWBOX_GREATER_OR_EQUAL: return order >= 0;
    case ARROWBOX_IS_NULL: return false;
    default: return true;
    }
}

/* ---- Text ------------------------------------------------------------------------------------------- */

int arrowbox_texts(const struct ArrowSchema *schema, const struct ArrowArray *array, struct arrowbox_texts *texts) {
    memset(texts, 0, sizeof *texts);
    texts->array = texts->values = array;
    if (schema->dictionary) {
        texts->keys = schema->format[0];
        texts->values = array->dictionary;
        schema = schema->dictionary;
    }
    const char *format = schema->format;
    if (!strcmp(format, "u") || !strcmp(format, "z")) texts->layout = 0;
    else if (!strcmp(format, "U") || !strcmp(format, "Z")) texts->layout = 1;
    else if (!strcmp(format, "vu") || !strcmp(format, "vz")) texts->layout = 2;
    else if (!strncmp(format, "w:", 2)) {
        texts->layout = 3;
        texts->width = atoi(format + 2);
    } else return arrowbox_fail("an array of type `%s` is no text and no binary", format);
    return ARROWBOX_OK;
}

bool arrowbox_text_is_null(const struct arrowbox_texts *texts, int64_t row) {
    if (arrowbox_is_null(texts->array, row)) return true;
    return texts->keys && arrowbox_is_null(texts->values, key_at(texts->keys, texts->array, row));
}

arrowbox_text arrowbox_text_at(const struct arrowbox_texts *texts, int64_t row) {
    const struct ArrowArray *values = texts->values;
    if (texts->keys) row = key_at(texts->keys, texts->array, row);
    int64_t at = values->offset + row;
    arrowbox_text text;
    switch (texts->layout) {
    case 0: {
        const int32_t *offsets = (const int32_t *)values->buffers[1] + at;
        text.data = (const char *)values->buffers[2] + offsets[0];
        text.length = (size_t)(offsets[1] - offsets[0]);
        return text;
    }
    case 1: {
        const int64_t *offsets = (const int64_t *)values->buffers[1] + at;
        text.data = (const char *)values->buffers[2] + offsets[0];
        text.length = (size_t)(offsets[1] - offsets[0]);
        return text;
    }
    case 2: {
        const char *view = (const char *)values->buffers[1] + at * 16;
        int32_t parts[4];
        memcpy(parts, view, 16);
        text.length = (size_t)parts[0];
        text.data = parts[0] <= 12 ? view + 4 : (const char *)values->buffers[2 + parts[2]] + parts[3];
        return text;
    }
    default:
        text.data = (const char *)values->buffers[1] + at * texts->width;
        text.length = (size_t)texts->width;
        return text;
    }
}

/* ---- Single values ---------------------------------------------------------------------------------- */

static int unfit(const struct ArrowSchema *schema, const char *what, const char *wanted) {
    return arrowbox_fail("%s is of type `%s` where %s is wanted", what, schema->format, wanted);
}

int arrowbox_get_int64(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row, const char *what,
                       int64_t *value) {
    const char *format = schema->format;
    if (schema->dictionary || !strchr("cCsSiIlLt", format[0]) || !format[0]) return unfit(schema, what, "an integer");
    if (arrowbox_is_null(array, row)) return arrowbox_fail("%s is null", what);
    int64_t at = array->offset + row;
    const void *values = array->buffers[1];
    char width = format[0];
    if (width == 't') {
        bool small = !strncmp(format, "tdD", 3) || !strncmp(format, "tts", 3) || !strncmp(format, "ttm", 3) ||
                     !strncmp(format, "tiM", 3);
        if (!strncmp(format, "tiD", 3) || !strncmp(format, "tin", 3)) return unfit(schema, what, "an integer");
        width = small ? 'i' : 'l';
    }
    switch (width) {
    case 'c': *value = ((const int8_t *)values)[at]; break;
    case 'C': *value = ((const uint8_t *)values)[at]; break;
    case 's': *value = ((const int16_t *)values)[at]; break;
    case 'S': *value = ((const uint16_t *)values)[at]; break;
    case 'i': *value = ((const int32_t *)values)[at]; break;
    case 'I': *value = ((const uint32_t *)values)[at]; break;
    case 'L':
        if (((const uint64_t *)values)[at] > INT64_MAX) return arrowbox_fail("%s is too large", what);
        /* fall through */
    default: *value = ((const int64_t *)values)[at]; break;
    }
    return ARROWBOX_OK;
}

int arrowbox_get_float64(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row,
                         const char *what, double *value) {
    if (!strcmp(schema->format, "g") || !strcmp(schema->format, "f")) {
        if (arrowbox_is_null(array, row)) return arrowbox_fail("%s is null", what);
        *value = schema->format[0] == 'g' ? ARROWBOX_VALUES(double, array)[row] : ARROWBOX_VALUES(float, array)[row];
        return ARROWBOX_OK;
    }
    int64_t integer;
    if (schema->dictionary || !strchr("cCsSiIlL", schema->format[0])) return unfit(schema, what, "a number");
    if (arrowbox_get_int64(schema, array, row, what, &integer)) return ARROWBOX_ERROR;
    *value = (double)integer;
    return ARROWBOX_OK;
}

int arrowbox_get_text(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row, const char *what,
                      arrowbox_text *value) {
    const char *format = schema->dictionary ? schema->dictionary->format : schema->format;
    struct arrowbox_texts texts;
    if (!strchr("uUzZ", format[format[0] == 'v']) || !format[0]) return unfit(schema, what, "text");
    if (arrowbox_texts(schema, array, &texts)) return ARROWBOX_ERROR;
    if (arrowbox_text_is_null(&texts, row)) return arrowbox_fail("%s is null", what);
    *value = arrowbox_text_at(&texts, row);
    return ARROWBOX_OK;
}

/* ---- Bytes that grow -------------------------------------------------------------------------------- */

static void make_room(struct arrowbox_bytes *bytes, size_t length) {
    if (bytes->capacity - bytes->length >= length) return;
    size_t capacity = must_extend(bytes->capacity, bytes->length, length);
    if (capacity < 32) capacity = 32;
    bytes->data = must_grow(bytes->data, capacity);
    bytes->capacity = capacity;
}

void arrowbox_bytes_add(struct arrowbox_bytes *bytes, const void *data, size_t length) {
    make_room(bytes, length);
    if (length > 0) memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
}

int vsnprintf(char *, size_t, const char *, va_list);

void arrowbox_bytes_printf(struct arrowbox_bytes *bytes, const char *format, ...) {
    va_list values, again;
    va_start(values, format);
    va_copy(again, values);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length > 0) {
        make_room(bytes, (size_t)length + 1);
        vsnprintf(bytes->data + bytes->length, (size_t)length + 1, format, values);
        bytes->length += (size_t)length;
    }
    va_end(values);
}

void arrowbox_bytes_free(struct arrowbox_bytes *bytes) {
    free(bytes->data);
    memset(bytes, 0, sizeof *bytes);
}
