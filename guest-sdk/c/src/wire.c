/* Between what crosses (wit/arrow.wit) and arrays. */
#include "internal.h"

static const uint64_t nothing[8];

struct columns *columns_make(struct arena *arena, struct ArrowSchema *schema) {
    struct type *type = type_of(arena, schema);
    if (!type) return NULL;
    struct columns *columns = arena_take(arena, sizeof *columns, 16);
    columns->schema = schema;
    columns->type = type;
    return columns;
}

/* ---- Receiving -------------------------------------------------------------------------------------- */

/* What the arrays of a batch lie in; it goes when the last of them is released. */
struct holder {
    int64_t owners;
    size_t n_regions;
    struct region **regions;
    char *next;
};

static void holder_drop(struct holder *holder) {
    if (--holder->owners > 0) return;
    for (size_t i = 0; i < holder->n_regions; i++) region_drop(holder->regions[i]);
    free(holder);
}

static void release_array(struct ArrowArray *array) {
    for (int64_t i = 0; i < array->n_children; i++)
        if (array->children[i]->release) array->children[i]->release(array->children[i]);
    if (array->dictionary && array->dictionary->release) array->dictionary->release(array->dictionary);
    struct holder *holder = array->private_data;
    array->release = NULL;
    holder_drop(holder);
}

struct reading {
    const struct wire *wire;
    struct holder *holder;
    size_t node, buffer, variadic;
    bool owned;
};

static void *take(struct reading *reading, size_t bytes) {
    char *taken = reading->holder->next;
    reading->holder->next += (bytes + 15) & ~(size_t)15;
    return taken;
}

static int short_of(const char *what) { return arrowbox_fail("the batch has too few %s for its schema", what); }

static int take_buffer(struct reading *reading, const void **buffer, size_t *length) {
    if (reading->buffer == reading->wire->n_buffers) return short_of("buffers");
    const struct wire_buffer *from = &reading->wire->buffers[reading->buffer++];
    *length = from->length;
    if (from->length == 0) {
        *buffer = nothing;
        return ARROWBOX_OK;
    }
    *buffer = from->data;
    if (!reading->owned) return ARROWBOX_OK;
    struct holder *holder = reading->holder;
    struct region *region =
        region_claim((uintptr_t)from->data, from->length, holder->regions, holder->n_regions);
    if (!region)
        return arrowbox_fail("%zu bytes at %p are not in a region that was allocated for this call", from->length,
                             from->data);
    for (size_t i = 0; i < holder->n_regions; i++)
        if (holder->regions[i] == region) return ARROWBOX_OK;
    holder->regions[holder->n_regions++] = region;
    return ARROWBOX_OK;
}

static int read_array(struct reading *reading, const struct type *type, struct ArrowArray *array) {
    if (reading->node == reading->wire->n_nodes) return short_of("nodes");
    const struct wire_node *node = &reading->wire->nodes[reading->node++];
    memset(array, 0, sizeof *array);
    array->length = (int64_t)node->length;
    array->null_count = type->layout == LAYOUT_NULL ? array->length : (int64_t)node->null_count;
    array->release = release_array;
    array->private_data = reading->holder;
    reading->holder->owners++;

    const void *validity = NULL;
    size_t length;
    if (type_has_validity(type)) {
        if (take_buffer(reading, &validity, &length)) return ARROWBOX_ERROR;
        if (length == 0) {
            validity = NULL;
            array->null_count = 0;
        }
    }
    int64_t fixed = 0; /* Buffers besides validity. */
    uint64_t views = 0;
    switch (type->layout) {
    case LAYOUT_BITS:
    case LAYOUT_FIXED:
    case LAYOUT_LIST:
    case LAYOUT_SPARSE_UNION:
    case LAYOUT_DICTIONARY: fixed = 1; break;
    case LAYOUT_BYTES:
    case LAYOUT_LIST_VIEW:
    case LAYOUT_DENSE_UNION: fixed = 2; break;
    case LAYOUT_VIEWS:
        if (reading->variadic == reading->wire->n_variadic) return short_of("variadic counts");
        views = reading->wire->variadic[reading->variadic++];
        if (views > reading->wire->n_buffers - reading->buffer) return short_of("buffers");
        fixed = 1 + (int64_t)views;
        break;
    default: break;
    }
    int64_t before = type_has_validity(type) ? 1 : 0;
    array->n_buffers = before + fixed + (type->layout == LAYOUT_VIEWS);
    array->buffers = take(reading, (size_t)array->n_buffers * sizeof(void *));
    if (before) array->buffers[0] = validity;
    int64_t *lengths =
        type->layout == LAYOUT_VIEWS ? take(reading, (size_t)views * sizeof(int64_t)) : NULL;
    for (int64_t i = 0; i < fixed; i++) {
        if (take_buffer(reading, &array->buffers[before + i], &length)) return ARROWBOX_ERROR;
        if (lengths && i > 0) lengths[i - 1] = (int64_t)length;
    }
    if (lengths) array->buffers[array->n_buffers - 1] = lengths;

    if (type->layout == LAYOUT_DICTIONARY) {
        array->dictionary = take(reading, sizeof(struct ArrowArray));
        return read_array(reading, type->children[0], array->dictionary);
    }
    if (type->n_children > 0) {
        array->children = take(reading, (size_t)type->n_children * sizeof(struct ArrowArray *));
        for (int64_t i = 0; i < type->n_children; i++) {
            array->children[i] = take(reading, sizeof(struct ArrowArray));
            if (read_array(reading, type->children[i], array->children[i])) return ARROWBOX_ERROR;
        }
    }
    array->n_children = type->n_children;
    return ARROWBOX_OK;
}

int receive(const struct columns *columns, const struct wire *wire, bool owned, struct received *received) {
    size_t n_columns = (size_t)columns->type->n_children;
    /* Every piece is rounded up to 16 bytes: an array has itself, its buffers, its children, lengths of views. */
    size_t bytes = sizeof(struct holder) + n_columns * sizeof(void *) +
                   columns->type->n_arrays * (sizeof(struct ArrowArray) + sizeof(void *) + 112) +
                   wire->n_buffers * (2 * sizeof(void *) + sizeof(int64_t)) + 256;
    struct holder *holder = must_allocate(bytes);
    holder->owners = 1;
    holder->n_regions = 0;
    holder->next = (char *)holder + ((sizeof *holder + 15) & ~(size_t)15);
    struct reading reading = {wire, holder, 0, 0, 0, owned};
    holder->regions = take(&reading, (wire->n_buffers + 1) * sizeof(struct region *));
    received->holder = holder;
    received->batch.rows = (int64_t)wire->rows;
    received->batch.n_columns = 0;
    received->batch.schemas = columns->schema->children;
    received->batch.columns = take(&reading, n_columns * sizeof(struct ArrowArray *));
    for (size_t i = 0; i < n_columns; i++) {
        struct ArrowArray *array = take(&reading, sizeof *array);
        if (reading.node == wire->n_nodes) {
            received_release(received);
            return short_of("nodes");
        }
        int read = read_array(&reading, columns->type->children[i], array);
        if (read) {
            /* What was made of it is not whole: the holder is given up as it is. */
            holder->owners = 1;
            received_release(received);
            return ARROWBOX_ERROR;
        }
        received->batch.columns[received->batch.n_columns++] = array;
    }
    return ARROWBOX_OK;
}

void received_release(struct received *received) {
    if (!received->holder) return;
    struct holder *holder = received->holder;
    if (holder->owners > 1)
        for (int64_t i = 0; i < received->batch.n_columns; i++) {
            struct ArrowArray *array = received->batch.columns[i];
            if (array->release) array->release(array);
        }
    received->holder = NULL;
    received->batch.n_columns = 0;
    holder_drop(holder);
}

/* ---- Sending ---------------------------------------------------------------------------------------- */

#define ADD(wire, list, count, capacity, value)                                            \
    do {                                                                                   \
        if ((wire)->count == (wire)->capacity) {                                           \
            (wire)->capacity = (wire)->capacity ? 2 * (wire)->capacity : 8;                \
            (wire)->list = must_grow((wire)->list, (wire)->capacity * sizeof *(wire)->list); \
        }                                                                                  \
        (wire)->list[(wire)->count++] = (value);                                           \
    } while (0)

static void add_node(struct wire *wire, int64_t length, int64_t nulls) {
    struct wire_node node = {(uint64_t)length, (uint64_t)nulls};
    ADD(wire, nodes, n_nodes, nodes_capacity, node);
}

static void add_buffer(struct wire *wire, const void *data, size_t length) {
    struct wire_buffer buffer = {length > 0 ? data : nothing, length};
    ADD(wire, buffers, n_buffers, buffers_capacity, buffer);
}

void wire_clear(struct wire *wire) {
    free(wire->nodes);
    free(wire->buffers);
    free(wire->variadic);
    memset(wire, 0, sizeof *wire);
}

/* Bits from the first bit of a byte on. */
static void add_bits(struct wire *wire, const uint8_t *bits, int64_t first, int64_t length) {
    size_t bytes = (size_t)((length + 7) / 8);
    if (first % 8 == 0) {
        add_buffer(wire, bits + first / 8, bytes);
        return;
    }
    uint8_t *copy = arrowbox_alloc(bytes);
    int shift = (int)(first % 8);
    const uint8_t *from = bits + first / 8;
    size_t last = (size_t)((first + length - 1) / 8 - first / 8);
    for (size_t i = 0; i < bytes; i++) {
        unsigned both = (unsigned)from[i] >> shift;
        if (i + 1 <= last) both |= (unsigned)from[i + 1] << (8 - shift);
        copy[i] = (uint8_t)both;
    }
    add_buffer(wire, copy, bytes);
}

static int64_t count_nulls(const uint8_t *bits, int64_t first, int64_t length) {
    int64_t set = 0, at = first, end = first + length;
    for (; at < end && at % 64 != 0; at++) set += arrowbox_bit(bits, at);
    for (; at + 64 <= end; at += 64) {
        uint64_t word;
        memcpy(&word, bits + at / 8, 8);
        set += __builtin_popcountll(word);
    }
    for (; at < end; at++) set += arrowbox_bit(bits, at);
    return length - set;
}

static int64_t offset_at(const void *offsets, int width, int64_t index) {
    return width == 4 ? ((const int32_t *)offsets)[index] : ((const int64_t *)offsets)[index];
}

static int64_t run_end(const struct type *type, const struct ArrowArray *ends, int64_t index) {
    const void *values = ends->buffers[1];
    index += ends->offset;
    return type->children[0]->width == 2   ? ((const int16_t *)values)[index]
           : type->children[0]->width == 4 ? ((const int32_t *)values)[index]
                                           : ((const int64_t *)values)[index];
}

/* Buffers that an array of the type has; -1 if it depends. */
static int64_t buffers_of(const struct type *type) {
    switch (type->layout) {
    case LAYOUT_NULL:
    case LAYOUT_RUNS: return 0;
    case LAYOUT_STRUCT:
    case LAYOUT_FIXED_LIST:
    case LAYOUT_SPARSE_UNION: return 1;
    case LAYOUT_BITS:
    case LAYOUT_FIXED:
    case LAYOUT_LIST:
    case LAYOUT_DENSE_UNION:
    case LAYOUT_DICTIONARY: return 2;
    case LAYOUT_BYTES:
    case LAYOUT_LIST_VIEW: return 3;
    default: return -1;
    }
}

static int check(const struct type *type, const struct ArrowSchema *schema, const struct ArrowArray *array,
                 int64_t start, int64_t length) {
    const char *name = schema->name ? schema->name : "";
    int64_t buffers = buffers_of(type);
    int64_t children = type->layout == LAYOUT_DICTIONARY ? 0 : type->n_children;
    if (!array) return arrowbox_fail("an array of type `%s` is missing (%s)", schema->format, name);
    if (array->length < 0 || array->offset < 0)
        return arrowbox_fail("an array of type `%s` has a negative length or offset (%s)", schema->format, name);
    if (array->n_children != children || !array->dictionary != (type->layout != LAYOUT_DICTIONARY) ||
        (buffers >= 0 ? array->n_buffers != buffers : array->n_buffers < 3))
        return arrowbox_fail(
            "an array of type `%s` has %lld buffers, %lld children and %s dictionary, and this has %lld, %lld and %s: "
            "it is of another type (%s)",
            schema->format, (long long)buffers, (long long)children, type->layout == LAYOUT_DICTIONARY ? "a" : "no",
            (long long)array->n_buffers, (long long)array->n_children, array->dictionary ? "one" : "none", name);
    if (start + length > array->length)
        return arrowbox_fail("an array of type `%s` has %lld values where %lld are agreed (%s)", schema->format,
                             (long long)array->length, (long long)(start + length), name);
    if (length > 0)
        for (int64_t i = type_has_validity(type) ? 1 : 0; i < array->n_buffers; i++)
            if (!array->buffers[i] && !(type->layout == LAYOUT_BYTES && i == 2) &&
                !(type->layout == LAYOUT_VIEWS && i > 1))
                return arrowbox_fail("an array of type `%s` has no buffer %lld (%s)", schema->format, (long long)i,
                                     name);
    return ARROWBOX_OK;
}

static int send_runs(const struct type *type, const struct ArrowSchema *schema, const struct ArrowArray *array,
                     int64_t first, int64_t length, struct wire *wire) {
    const struct ArrowArray *ends = array->children[0];
    if (check(type->children[0], schema->children[0], ends, 0, ends->length)) return ARROWBOX_ERROR;
    int64_t begin = 0, end;
    while (begin < ends->length && run_end(type, ends, begin) <= first) begin++;
    for (end = begin; length > 0 && end < ends->length;)
        if (run_end(type, ends, end++) >= first + length) break;
    if (length > 0 && (end == begin || run_end(type, ends, end - 1) < first + length))
        return arrowbox_fail("the runs of `%s` end before its %lld values do", schema->name, (long long)length);
    int width = type->children[0]->width;
    int64_t count = end - begin;
    char *adjusted = arrowbox_alloc((size_t)(count * width));
    for (int64_t i = 0; i < count; i++) {
        int64_t at = run_end(type, ends, begin + i) - first;
        if (at > length) at = length;
        if (width == 2) ((int16_t *)(void *)adjusted)[i] = (int16_t)at;
        else if (width == 4) ((int32_t *)(void *)adjusted)[i] = (int32_t)at;
        else ((int64_t *)(void *)adjusted)[i] = at;
    }
    add_node(wire, count, 0);
    add_buffer(wire, NULL, 0);
    add_buffer(wire, adjusted, (size_t)(count * width));
    return send(type->children[1], schema->children[1], array->children[1], begin, count, wire);
}

int send(const struct type *type, const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t start,
         int64_t length, struct wire *wire) {
    if (check(type, schema, array, start, length)) return ARROWBOX_ERROR;
    int64_t first = array->offset + start;
    int64_t nulls = 0;
    const uint8_t *validity = type_has_validity(type) && array->n_buffers > 0 ? array->buffers[0] : NULL;
    if (type->layout == LAYOUT_NULL) nulls = length;
    else if (validity && array->null_count != 0) nulls = count_nulls(validity, first, length);
    add_node(wire, length, nulls);
    if (type_has_validity(type)) {
        if (nulls > 0) add_bits(wire, validity, first, length);
        else add_buffer(wire, NULL, 0);
    }
    const void *values = array->n_buffers > 1 ? array->buffers[1] : NULL;
    switch (type->layout) {
    case LAYOUT_NULL: return ARROWBOX_OK;
    case LAYOUT_BITS:
        if (length > 0) add_bits(wire, values, first, length);
        else add_buffer(wire, NULL, 0);
        return ARROWBOX_OK;
    case LAYOUT_FIXED:
        if (length == 0) add_buffer(wire, NULL, 0);
        else add_buffer(wire, (const char *)values + first * type->width, (size_t)(length * type->width));
        return ARROWBOX_OK;
    case LAYOUT_DICTIONARY:
        if (length == 0) add_buffer(wire, NULL, 0);
        else add_buffer(wire, (const char *)values + first * type->width, (size_t)(length * type->width));
        return send(type->children[0], schema->dictionary, array->dictionary, 0, array->dictionary->length, wire);
    case LAYOUT_BYTES: {
        if (length == 0 && !values) {
            add_buffer(wire, nothing, (size_t)type->width);
            add_buffer(wire, NULL, 0);
            return ARROWBOX_OK;
        }
        int64_t end = offset_at(values, type->width, first + length);
        if (end < 0) return arrowbox_fail("an offset of `%s` is negative", schema->name);
        add_buffer(wire, (const char *)values + first * type->width, (size_t)((length + 1) * type->width));
        add_buffer(wire, array->buffers[2], array->buffers[2] ? (size_t)end : 0);
        return ARROWBOX_OK;
    }
    case LAYOUT_VIEWS: {
        int64_t count = array->n_buffers - 3;
        const int64_t *lengths = array->buffers[array->n_buffers - 1];
        if (length == 0) add_buffer(wire, NULL, 0);
        else add_buffer(wire, (const char *)values + first * 16, (size_t)(length * 16));
        for (int64_t i = 0; i < count; i++) add_buffer(wire, array->buffers[2 + i], (size_t)lengths[i]);
        ADD(wire, variadic, n_variadic, variadic_capacity, (uint64_t)count);
        return ARROWBOX_OK;
    }
    case LAYOUT_LIST: {
        const struct ArrowArray *child = array->children[0];
        int64_t end = 0;
        if (length == 0 && !values) {
            add_buffer(wire, nothing, (size_t)type->width);
        } else {
            end = offset_at(values, type->width, first + length);
            if (end < 0) return arrowbox_fail("an offset of `%s` is negative", schema->name);
            add_buffer(wire, (const char *)values + first * type->width, (size_t)((length + 1) * type->width));
        }
        return send(type->children[0], schema->children[0], child, 0, end, wire);
    }
    case LAYOUT_LIST_VIEW:
        for (int i = 1; i <= 2; i++)
            add_buffer(wire, length ? (const char *)array->buffers[i] + first * type->width : NULL,
                       (size_t)(length * type->width));
        return send(type->children[0], schema->children[0], array->children[0], 0, array->children[0]->length, wire);
    case LAYOUT_FIXED_LIST:
        return send(type->children[0], schema->children[0], array->children[0], first * type->size,
                    length * type->size, wire);
    case LAYOUT_STRUCT:
        for (int64_t i = 0; i < type->n_children; i++)
            if (send(type->children[i], schema->children[i], array->children[i], first, length, wire))
                return ARROWBOX_ERROR;
        return ARROWBOX_OK;
    case LAYOUT_SPARSE_UNION:
    case LAYOUT_DENSE_UNION: {
        add_buffer(wire, length ? (const char *)array->buffers[0] + first : NULL, (size_t)length);
        bool dense = type->layout == LAYOUT_DENSE_UNION;
        if (dense) add_buffer(wire, length ? (const char *)values + first * 4 : NULL, (size_t)(length * 4));
        for (int64_t i = 0; i < type->n_children; i++) {
            const struct ArrowArray *child = array->children[i];
            if (send(type->children[i], schema->children[i], child, dense ? 0 : first,
                     dense ? child->length : length, wire))
                return ARROWBOX_ERROR;
        }
        return ARROWBOX_OK;
    }
    case LAYOUT_RUNS: return send_runs(type, schema, array, first, length, wire);
    }
    return ARROWBOX_OK;
}
