/* Collects values of any type. */
#include "internal.h"

struct grown {
    char *data;
    size_t length, capacity;
};

struct arrowbox_builder {
    const struct type *type;
    struct arena *arena;
    int64_t length;
    int64_t nulls;
    struct grown validity;
    /* Values, keys, offsets, views, or type ids; and what stands behind them: bytes, sizes, or offsets of a union. */
    struct grown values, more;
    struct arrowbox_builder **children;
    /* Items of lists so far. */
    int64_t items;
    /* The keys of a dictionary that was copied from. */
    const void *source;
    int64_t source_length;
    int64_t *keys;
};

static void *add(struct arrowbox_builder *builder, struct grown *grown, size_t bytes) {
    if (grown->capacity - grown->length < bytes) {
        size_t capacity = must_extend(grown->capacity, grown->length, bytes);
        if (capacity < 256) capacity = 256;
        grown->data = grown->data ? arena_grow(builder->arena, grown->data, grown->capacity, capacity)
                                  : arena_take(builder->arena, capacity, 64);
        grown->capacity = capacity;
    }
    void *added = grown->data + grown->length;
    grown->length += bytes;
    return added;
}

static void add_index(struct arrowbox_builder *builder, struct grown *grown, int64_t value, int width) {
    void *at = add(builder, grown, (size_t)width);
    switch (width) {
    case 1: *(int8_t *)at = (int8_t)value; break;
    case 2: *(int16_t *)at = (int16_t)value; break;
    case 4: *(int32_t *)at = (int32_t)value; break;
    default: *(int64_t *)at = value; break;
    }
}

struct arrowbox_builder *builder_make(struct arena *arena, const struct type *type) {
    struct arrowbox_builder *builder = arena_take(arena, sizeof *builder, 16);
    memset(builder, 0, sizeof *builder);
    builder->type = type;
    builder->arena = arena;
    if (type->n_children > 0) {
        builder->children = arena_take(arena, (size_t)type->n_children * sizeof(void *), 16);
        for (int64_t i = 0; i < type->n_children; i++) builder->children[i] = builder_make(arena, type->children[i]);
    }
    if (type->layout == LAYOUT_BYTES || type->layout == LAYOUT_LIST)
        add_index(builder, &builder->values, 0, type->width);
    return builder;
}

void builder_move(struct arrowbox_builder *builder, struct arena *arena) {
    builder->arena = arena;
    for (int64_t i = 0; i < builder->type->n_children; i++) builder_move(builder->children[i], arena);
}

void builder_forget_source(struct arrowbox_builder *builder) {
    builder->source = NULL;
    for (int64_t i = 0; i < builder->type->n_children; i++) builder_forget_source(builder->children[i]);
}

struct arrowbox_builder *arrowbox_builder(const struct ArrowSchema *schema) {
    struct type *type = type_of(arena_now, schema);
    if (!type) arrowbox_panic_at(failure_take().message, NULL, 0);
    return builder_make(arena_now, type);
}

int64_t arrowbox_length(const struct arrowbox_builder *builder) { return builder->length; }

struct arrowbox_builder *arrowbox_child(struct arrowbox_builder *builder, int64_t index) {
    if (!builder) return NULL;
    if (index < 0 || index >= builder->type->n_children || builder->type->layout == LAYOUT_DICTIONARY)
        arrowbox_panic_at("arrowbox_child: the type has no such child", NULL, 0);
    return builder->children[index];
}

static void put_bit(struct arrowbox_builder *builder, struct grown *bits, int64_t index, bool value) {
    while ((int64_t)bits->length * 8 <= index) *(uint8_t *)add(builder, bits, 1) = 0;
    if (value) arrowbox_set_bit((uint8_t *)bits->data, index);
}

/* One more value is there, valid or null. */
static void advance(struct arrowbox_builder *builder, bool valid) {
    if (type_has_validity(builder->type)) {
        if (!valid && builder->nulls == 0)
            for (int64_t i = 0; i < builder->length; i++) put_bit(builder, &builder->validity, i, true);
        if (!valid || builder->nulls > 0) put_bit(builder, &builder->validity, builder->length, valid);
        if (!valid) builder->nulls++;
    }
    builder->length++;
}

static void end_list(struct arrowbox_builder *builder, bool valid) {
    const struct type *type = builder->type;
    int64_t items = builder->children[0]->length;
    if (type->layout == LAYOUT_LIST) {
        add_index(builder, &builder->values, items, type->width);
    } else if (type->layout == LAYOUT_LIST_VIEW) {
        add_index(builder, &builder->values, builder->items, type->width);
        add_index(builder, &builder->more, items - builder->items, type->width);
    }
    builder->items = items;
    advance(builder, valid);
}

static void add_run(struct arrowbox_builder *builder, int64_t times) {
    builder->length += times;
    struct arrowbox_builder *ends = builder->children[0];
    add_index(ends, &ends->values, builder->length, ends->type->width);
    ends->length++;
}

void arrowbox_append_null(struct arrowbox_builder *builder) {
    if (!builder) return;
    const struct type *type = builder->type;
    switch (type->layout) {
    case LAYOUT_NULL: break;
    case LAYOUT_BITS: put_bit(builder, &builder->values, builder->length, false); break;
    case LAYOUT_FIXED:
    case LAYOUT_VIEWS:
    case LAYOUT_DICTIONARY: memset(add(builder, &builder->values, (size_t)type->width), 0, (size_t)type->width); break;
    case LAYOUT_BYTES: add_index(builder, &builder->values, (int64_t)builder->more.length, type->width); break;
    case LAYOUT_LIST:
    case LAYOUT_LIST_VIEW: end_list(builder, false); return;
    case LAYOUT_FIXED_LIST:
        for (int64_t i = 0; i < type->size; i++) arrowbox_append_null(builder->children[0]);
        break;
    case LAYOUT_STRUCT:
        for (int64_t i = 0; i < type->n_children; i++) arrowbox_append_null(builder->children[i]);
        break;
    case LAYOUT_SPARSE_UNION:
    case LAYOUT_DENSE_UNION:
        for (int id = 0; id < 128; id++)
            if (type->child_of[id] == 0) {
                arrowbox_append_null(builder->children[0]);
                arrowbox_append_union(builder, id);
                return;
            }
        return;
    case LAYOUT_RUNS:
        arrowbox_append_null(builder->children[1]);
        add_run(builder, 1);
        return;
    }
    advance(builder, false);
}

static _Noreturn void other(const char *what) {
    char message[160];
    size_t length = 0;
    const char *parts[] = {"this value can not be appended to a builder of another type: ", what, NULL};
    for (const char **part = parts; *part; part++)
        for (const char *c = *part; *c && length + 1 < sizeof message;) message[length++] = *c++;
    message[length] = 0;
    arrowbox_panic_at(message, NULL, 0);
}

void arrowbox_append_fixed(struct arrowbox_builder *builder, const void *value) {
    if (!builder) return;
    if (builder->type->layout == LAYOUT_DICTIONARY) {
        struct arrowbox_builder *values = builder->children[0];
        arrowbox_append_fixed(values, value);
        add_index(builder, &builder->values, values->length - 1, builder->type->width);
    } else if (builder->type->layout == LAYOUT_FIXED) {
        memcpy(add(builder, &builder->values, (size_t)builder->type->width), value, (size_t)builder->type->width);
    } else {
        other("arrowbox_append_fixed");
    }
    advance(builder, true);
}

void arrowbox_append_bool(struct arrowbox_builder *builder, bool value) {
    if (!builder) return;
    if (builder->type->layout != LAYOUT_BITS) other("arrowbox_append_bool");
    put_bit(builder, &builder->values, builder->length, value);
    advance(builder, true);
}

void arrowbox_append_int64(struct arrowbox_builder *builder, int64_t value) {
    if (!builder) return;
    if (builder->type->layout != LAYOUT_FIXED || builder->type->width > 8 || !strchr("cCsSiIlLt", builder->type->format))
        other("arrowbox_append_int64");
    add_index(builder, &builder->values, value, builder->type->width);
    advance(builder, true);
}

void arrowbox_append_uint64(struct arrowbox_builder *builder, uint64_t value) {
    arrowbox_append_int64(builder, (int64_t)value);
}

void arrowbox_append_float64(struct arrowbox_builder *builder, double value) {
    if (!builder) return;
    if (builder->type->layout != LAYOUT_FIXED || !strchr("fg", builder->type->format)) other("arrowbox_append_float64");
    if (builder->type->format == 'g') {
        memcpy(add(builder, &builder->values, 8), &value, 8);
    } else {
        float narrow = (float)value;
        memcpy(add(builder, &builder->values, 4), &narrow, 4);
    }
    advance(builder, true);
}

void arrowbox_append_text(struct arrowbox_builder *builder, arrowbox_text value) {
    if (!builder) return;
    const struct type *type = builder->type;
    if (type->layout == LAYOUT_BYTES) {
        if (type->width == 4 && value.length > (size_t)INT32_MAX - builder->more.length)
            arrowbox_fail("a column of text has more than 2 GiB");
        else if (value.length > 0)
            memcpy(add(builder, &builder->more, value.length), value.data, value.length);
        add_index(builder, &builder->values, (int64_t)builder->more.length, type->width);
    } else if (type->layout == LAYOUT_VIEWS) {
        struct {
            int32_t length;
            char inside[12];
        } view = {(int32_t)value.length, {0}};
        if (value.length > INT32_MAX || (value.length > 12 && value.length > INT32_MAX - builder->more.length)) {
            arrowbox_fail("a column of text has more than 2 GiB");
            view.length = 0;
        } else if (value.length <= 12) {
            if (value.length > 0) memcpy(view.inside, value.data, value.length);
        } else {
            int32_t place[2] = {0, (int32_t)builder->more.length};
            memcpy(view.inside, value.data, 4);
            memcpy(view.inside + 4, place, 8);
            memcpy(add(builder, &builder->more, value.length), value.data, value.length);
        }
        memcpy(add(builder, &builder->values, 16), &view, 16);
    } else if (type->layout == LAYOUT_DICTIONARY) {
        struct arrowbox_builder *values = builder->children[0];
        arrowbox_append_text(values, value);
        add_index(builder, &builder->values, values->length - 1, type->width);
    } else {
        other("arrowbox_append_text");
    }
    advance(builder, true);
}

void arrowbox_append_nested(struct arrowbox_builder *builder) {
    if (!builder) return;
    switch (builder->type->layout) {
    case LAYOUT_LIST:
    case LAYOUT_LIST_VIEW: end_list(builder, true); return;
    case LAYOUT_FIXED_LIST:
    case LAYOUT_STRUCT: advance(builder, true); return;
    default: other("arrowbox_append_nested");
    }
}

void arrowbox_append_union(struct arrowbox_builder *builder, int type_id) {
    if (!builder) return;
    const struct type *type = builder->type;
    bool dense = type->layout == LAYOUT_DENSE_UNION;
    if ((!dense && type->layout != LAYOUT_SPARSE_UNION) || type_id < 0 || type_id > 127 || type->child_of[type_id] < 0)
        other("arrowbox_append_union");
    add_index(builder, &builder->values, type_id, 1);
    if (dense) {
        add_index(builder, &builder->more, builder->children[type->child_of[type_id]]->length - 1, 4);
    } else {
        for (int64_t i = 0; i < type->n_children; i++)
            while (builder->children[i]->length <= builder->length) arrowbox_append_null(builder->children[i]);
    }
    builder->length++;
}

static int64_t index_at(const void *values, int width, bool is_signed, int64_t at) {
    switch (width) {
    case 1: return is_signed ? ((const int8_t *)values)[at] : ((const uint8_t *)values)[at];
    case 2: return is_signed ? ((const int16_t *)values)[at] : ((const uint16_t *)values)[at];
    case 4: return is_signed ? ((const int32_t *)values)[at] : (int64_t)((const uint32_t *)values)[at];
    default: return ((const int64_t *)values)[at];
    }
}

/* So many values a dictionary can have. */
static int64_t most_values(const struct type *type) {
    int bits = 8 * type->width - (strchr("csil", type->format) != NULL);
    return bits < 63 ? (int64_t)1 << bits : INT64_MAX;
}

/* Which of the values is equal to one of an array; -1 if none is, or if they are nested. */
static int64_t find(const struct arrowbox_builder *values, const struct ArrowArray *array, int64_t row) {
    const struct type *type = values->type;
    if (type->layout != LAYOUT_FIXED && type->layout != LAYOUT_BYTES && type->layout != LAYOUT_VIEWS) return -1;
    int layout = type->layout == LAYOUT_FIXED ? 3 : type->layout == LAYOUT_VIEWS ? 2 : type->width == 8;
    const void *buffers[] = {values->validity.data, values->values.data, values->more.data};
    struct ArrowArray made;
    memset(&made, 0, sizeof made);
    made.length = values->length;
    made.null_count = values->nulls;
    made.n_buffers = 3;
    made.buffers = buffers;
    struct arrowbox_texts here = {&made, &made, layout, type->width, 0}, there = {array, array, layout, type->width, 0};
    bool null = arrowbox_is_null(array, row);
    arrowbox_text wanted = {NULL, 0};
    if (!null) wanted = arrowbox_text_at(&there, row);
    for (int64_t i = 0; i < values->length; i++) {
        arrowbox_text text = arrowbox_text_at(&here, i);
        if (null != arrowbox_is_null(&made, i)) continue;
        if (null || (text.length == wanted.length && (text.length == 0 || !memcmp(text.data, wanted.data, text.length))))
            return i;
    }
    return -1;
}

/* The key here of a key of the array's dictionary. */
static int64_t key_of(struct arrowbox_builder *builder, const struct ArrowArray *dictionary, int64_t key) {
    if (builder->source != (const void *)dictionary->buffers || builder->source_length != dictionary->length) {
        builder->source = (const void *)dictionary->buffers;
        builder->source_length = dictionary->length;
        builder->keys = arena_take(builder->arena, must_fit(dictionary->length, sizeof(int64_t)), 16);
        for (int64_t i = 0; i < dictionary->length; i++) builder->keys[i] = -1;
    }
    struct arrowbox_builder *values = builder->children[0];
    /* The same value can come with every dictionary: it is looked for where there are no more keys. */
    if (builder->keys[key] < 0 && values->length >= most_values(builder->type))
        builder->keys[key] = find(values, dictionary, key);
    if (builder->keys[key] < 0) {
        builder->keys[key] = values->length;
        arrowbox_append_from(values, dictionary, key, 1);
    }
    return builder->keys[key];
}

static void append_once(struct arrowbox_builder *builder, const struct ArrowArray *array, int64_t row) {
    const struct type *type = builder->type;
    int64_t at = array->offset + row;
    switch (type->layout) {
    case LAYOUT_NULL: arrowbox_append_null(builder); return;
    case LAYOUT_BITS: arrowbox_append_bool(builder, arrowbox_bit(array->buffers[1], at)); return;
    case LAYOUT_FIXED:
        arrowbox_append_fixed(builder, (const char *)array->buffers[1] + at * type->width);
        return;
    case LAYOUT_BYTES:
    case LAYOUT_VIEWS: {
        struct arrowbox_texts texts = {array, array, type->layout == LAYOUT_VIEWS ? 2 : type->width == 8, 0, 0};
        arrowbox_append_text(builder, arrowbox_text_at(&texts, row));
        return;
    }
    case LAYOUT_LIST:
    case LAYOUT_LIST_VIEW: {
        int64_t begin = index_at(array->buffers[1], type->width, true, at);
        int64_t end = type->layout == LAYOUT_LIST ? index_at(array->buffers[1], type->width, true, at + 1)
                                                  : begin + index_at(array->buffers[2], type->width, true, at);
        for (int64_t i = begin; i < end; i++) arrowbox_append_from(builder->children[0], array->children[0], i, 1);
        end_list(builder, true);
        return;
    }
    case LAYOUT_FIXED_LIST:
        for (int64_t i = 0; i < type->size; i++)
            arrowbox_append_from(builder->children[0], array->children[0], at * type->size + i, 1);
        advance(builder, true);
        return;
    case LAYOUT_STRUCT:
        for (int64_t i = 0; i < type->n_children; i++)
            arrowbox_append_from(builder->children[i], array->children[i], at, 1);
        advance(builder, true);
        return;
    case LAYOUT_SPARSE_UNION:
    case LAYOUT_DENSE_UNION: {
        int id = ((const int8_t *)array->buffers[0])[at];
        int64_t child = type->child_of[id];
        int64_t place = type->layout == LAYOUT_SPARSE_UNION ? at : ((const int32_t *)array->buffers[1])[at];
        arrowbox_append_from(builder->children[child], array->children[child], place, 1);
        arrowbox_append_union(builder, id);
        return;
    }
    case LAYOUT_DICTIONARY: {
        int64_t key = index_at(array->buffers[1], type->width, strchr("csil", type->format) != NULL, at);
        add_index(builder, &builder->values, key_of(builder, array->dictionary, key), type->width);
        advance(builder, true);
        return;
    }
    case LAYOUT_RUNS: return;
    }
}

void arrowbox_append_from(struct arrowbox_builder *builder, const struct ArrowArray *array, int64_t row,
                          int64_t times) {
    if (!builder || times <= 0) return;
    const struct type *type = builder->type;
    if (type->layout == LAYOUT_RUNS) {
        const struct ArrowArray *ends = array->children[0];
        int64_t run = 0, at = array->offset + row, width = ends->length;
        while (width > 0) {
            int64_t half = width / 2;
            if (index_at(ends->buffers[1], type->children[0]->width, true, ends->offset + run + half) <= at) {
                run += half + 1;
                width -= half + 1;
            } else {
                width = half;
            }
        }
        arrowbox_append_from(builder->children[1], array->children[1], run, 1);
        add_run(builder, times);
        return;
    }
    bool null = type_has_validity(type) && arrowbox_is_null(array, row);
    for (int64_t i = 0; i < times; i++) {
        if (null) arrowbox_append_null(builder);
        else append_once(builder, array, row);
    }
}

int arrowbox_finish(struct arrowbox_builder *builder, struct ArrowArray *array) {
    const struct type *type = builder->type;
    static const int64_t n_buffers[] = {
        [LAYOUT_NULL] = 0,       [LAYOUT_BITS] = 2,       [LAYOUT_FIXED] = 2,  [LAYOUT_BYTES] = 3,
        [LAYOUT_VIEWS] = 4,      [LAYOUT_LIST] = 2,       [LAYOUT_LIST_VIEW] = 3, [LAYOUT_FIXED_LIST] = 1,
        [LAYOUT_STRUCT] = 1,     [LAYOUT_SPARSE_UNION] = 1, [LAYOUT_DENSE_UNION] = 2, [LAYOUT_RUNS] = 0,
        [LAYOUT_DICTIONARY] = 2,
    };
    static const uint64_t nothing[2];
    bool dictionary = type->layout == LAYOUT_DICTIONARY;
    array_borrow(array, builder->length, n_buffers[type->layout], dictionary ? 0 : type->n_children);
    array->null_count = type->layout == LAYOUT_NULL ? builder->length : builder->nulls;
    int at = 0;
    if (type_has_validity(type)) array->buffers[at++] = builder->nulls > 0 ? builder->validity.data : NULL;
    if (at < array->n_buffers) array->buffers[at++] = builder->values.data ? builder->values.data : (const void *)nothing;
    if (at < array->n_buffers) array->buffers[at++] = builder->more.data ? builder->more.data : (const void *)nothing;
    if (type->layout == LAYOUT_VIEWS) {
        int64_t *length = arena_take(builder->arena, sizeof *length, 8);
        *length = (int64_t)builder->more.length;
        array->buffers[3] = length;
    }
    if (dictionary) {
        if (builder->children[0]->length > most_values(type))
            return arrowbox_fail("a dictionary has %lld values, more than its keys can count",
                                 (long long)builder->children[0]->length);
        array->dictionary = arena_take(builder->arena, sizeof *array, 16);
        if (arrowbox_finish(builder->children[0], array->dictionary)) return ARROWBOX_ERROR;
    } else {
        for (int64_t i = 0; i < type->n_children; i++) {
            array->children[i] = arena_take(builder->arena, sizeof *array, 16);
            if (arrowbox_finish(builder->children[i], array->children[i])) return ARROWBOX_ERROR;
        }
    }
    if (type->layout == LAYOUT_STRUCT)
        for (int64_t i = 0; i < type->n_children; i++)
            if (array->children[i]->length != builder->length)
                return arrowbox_fail("a struct of %lld values has a member %lld (counted from zero) of %lld values",
                                     (long long)builder->length, (long long)i, (long long)array->children[i]->length);
    if (type->layout == LAYOUT_FIXED_LIST && array->children[0]->length != builder->length * type->size)
        return arrowbox_fail("%lld lists of %lld items each have %lld items", (long long)builder->length,
                             (long long)type->size, (long long)array->children[0]->length);
    struct grown none = {NULL, 0, 0};
    builder->validity = builder->values = builder->more = none;
    builder->length = builder->nulls = builder->items = 0;
    builder->source = NULL;
    if (type->layout == LAYOUT_BYTES || type->layout == LAYOUT_LIST)
        add_index(builder, &builder->values, 0, type->width);
    return failure_is_there() ? ARROWBOX_ERROR : ARROWBOX_OK;
}
