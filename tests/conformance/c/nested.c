/* Lists, structs and maps, to text, and made of numbers. */
#include "functions.h"

static void show_number(struct arrowbox_bytes *text, const struct ArrowArray *numbers, int64_t at) {
    if (arrowbox_is_null(numbers, at)) arrowbox_bytes_printf(text, "-");
    else arrowbox_bytes_printf(text, "%lld", (long long)ARROWBOX_VALUES(int64_t, numbers)[at]);
}

static void show_text(struct arrowbox_bytes *text, const struct arrowbox_texts *texts, int64_t at) {
    arrowbox_text value = {"-", 1};
    if (!arrowbox_text_is_null(texts, at)) value = arrowbox_text_at(texts, at);
    arrowbox_bytes_add(text, value.data, value.length);
}

static void mark(struct arrowbox_bytes *text, bool wanted, const char *sign) {
    if (wanted) arrowbox_bytes_add(text, sign, 1);
}

typedef int show(struct arrowbox_bytes *text, const struct ArrowSchema *schema, const struct ArrowArray *column,
                 int64_t row);

/* The text of each value. */
static int shown(struct arrowbox_call *call, struct ArrowArray *result, show *value) {
    const struct ArrowArray *column = arrowbox_column(call, 0);
    struct arrowbox_builder *texts = arrowbox_builder(arrowbox_schema("u"));
    struct arrowbox_bytes text = {NULL, 0, 0};
    for (int64_t row = 0; row < call->batch.rows; row++) {
        text.length = 0;
        if (arrowbox_is_null(column, row)) {
            arrowbox_append_null(texts);
            continue;
        }
        if (value(&text, call->batch.schemas[0], column, row)) return ARROWBOX_ERROR;
        arrowbox_append_text(texts, (arrowbox_text){text.data ? text.data : "", text.length});
    }
    arrowbox_bytes_free(&text);
    return arrowbox_finish(texts, result);
}

static int show_list(struct arrowbox_bytes *text, const struct ArrowSchema *schema, const struct ArrowArray *lists,
                     int64_t row) {
    int64_t begin, end;
    (void)schema;
    items_of(lists, row, &begin, &end);
    for (int64_t at = begin; at < end; at++) {
        mark(text, at > begin, ",");
        show_number(text, lists->children[0], at);
    }
    return ARROWBOX_OK;
}

static int show_pair(struct arrowbox_bytes *text, const struct ArrowSchema *schema, const struct ArrowArray *pairs,
                     int64_t row) {
    struct arrowbox_texts texts;
    if (arrowbox_texts(schema->children[1], pairs->children[1], &texts)) return ARROWBOX_ERROR;
    show_number(text, pairs->children[0], pairs->offset + row);
    mark(text, true, ":");
    show_text(text, &texts, pairs->offset + row);
    return ARROWBOX_OK;
}

static int show_counts(struct arrowbox_bytes *text, const struct ArrowSchema *schema, const struct ArrowArray *maps,
                       int64_t row) {
    const struct ArrowArray *entries = maps->children[0];
    struct arrowbox_texts keys;
    int64_t begin, end;
    if (arrowbox_texts(schema->children[0]->children[0], entries->children[0], &keys)) return ARROWBOX_ERROR;
    items_of(maps, row, &begin, &end);
    for (int64_t at = begin; at < end; at++) {
        mark(text, at > begin, ",");
        show_text(text, &keys, entries->offset + at);
        mark(text, true, "=");
        show_number(text, entries->children[1], entries->offset + at);
    }
    return ARROWBOX_OK;
}

static int show_items(struct arrowbox_bytes *text, const struct ArrowSchema *schema, const struct ArrowArray *lists,
                      int64_t row) {
    const struct ArrowArray *items = lists->children[0], *tags = items->children[1];
    struct arrowbox_texts texts;
    int64_t begin, end, first, last;
    if (arrowbox_texts(schema->children[0]->children[1]->children[0], tags->children[0], &texts)) return ARROWBOX_ERROR;
    items_of(lists, row, &begin, &end);
    for (int64_t at = begin; at < end; at++) {
        mark(text, at > begin, ",");
        if (arrowbox_is_null(items, at)) {
            mark(text, true, "-");
            continue;
        }
        show_number(text, items->children[0], items->offset + at);
        mark(text, true, "[");
        if (arrowbox_is_null(tags, items->offset + at)) {
            mark(text, true, "-");
        } else {
            items_of(tags, items->offset + at, &first, &last);
            for (int64_t tag = first; tag < last; tag++) {
                mark(text, tag > first, "/");
                show_text(text, &texts, tag);
            }
        }
        mark(text, true, "]");
    }
    return ARROWBOX_OK;
}

#define SHOWN(name_, type, value)                                                                            \
    static int name_##_rows(struct arrowbox_call *call, struct ArrowArray *result) { return shown(call, result, value); } \
    const struct arrowbox_function name_##_function = {                                                      \
        .name = #name_, .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "values:" type, .result = "u",        \
        .scalar = {.call = name_##_rows}}

SHOWN(list_text, LIST, show_list);
SHOWN(struct_text, PAIR, show_pair);
SHOWN(map_text, COUNTS, show_counts);
SHOWN(nested_text, ITEMS, show_items);

/* One value of a nested type, of a number. */
typedef void make(struct arrowbox_builder *builder, int64_t n);

static int made(struct arrowbox_call *call, struct ArrowArray *result, const char *type, make *value) {
    const struct ArrowArray *column = arrowbox_column(call, 0);
    struct arrowbox_builder *builder = arrowbox_builder(arrowbox_schema(type));
    for (int64_t row = 0; row < call->batch.rows; row++) {
        int64_t n = arrowbox_is_null(column, row) ? -1 : ARROWBOX_VALUES(int64_t, column)[row];
        if (n < 0) {
            arrowbox_append_null(builder);
            continue;
        }
        value(builder, n);
        arrowbox_append_nested(builder);
    }
    return arrowbox_finish(builder, result);
}

static void number_or_null(struct arrowbox_builder *builder, bool there, int64_t number) {
    if (there) arrowbox_append_int64(builder, number);
    else arrowbox_append_null(builder);
}

static void letter(struct arrowbox_builder *builder, const char *format, int64_t number) {
    struct arrowbox_bytes text = {NULL, 0, 0};
    arrowbox_bytes_printf(&text, format, (long long)number);
    arrowbox_append_text(builder, (arrowbox_text){text.data, text.length});
    arrowbox_bytes_free(&text);
}

static void make_list(struct arrowbox_builder *lists, int64_t n) {
    for (int64_t item = 0; item < n % 5; item++) number_or_null(arrowbox_child(lists, 0), item != 2, item);
}

static void make_pair(struct arrowbox_builder *pairs, int64_t n) {
    number_or_null(arrowbox_child(pairs, 0), n % 3 != 0, n);
    if (n % 5 != 0) letter(arrowbox_child(pairs, 1), "n%lld", n);
    else arrowbox_append_null(arrowbox_child(pairs, 1));
}

static void make_counts(struct arrowbox_builder *maps, int64_t n) {
    struct arrowbox_builder *entries = arrowbox_child(maps, 0);
    for (int64_t item = 0; item < n % 4; item++) {
        arrowbox_append_text(arrowbox_child(entries, 0), (arrowbox_text){"abc" + item, 1});
        number_or_null(arrowbox_child(entries, 1), item != 1, item);
        arrowbox_append_nested(entries);
    }
}

static void make_items(struct arrowbox_builder *lists, int64_t n) {
    struct arrowbox_builder *items = arrowbox_child(lists, 0), *tags = arrowbox_child(items, 1);
    for (int64_t item = 0; item < n % 3; item++) {
        arrowbox_append_int64(arrowbox_child(items, 0), item);
        for (int64_t tag = 0; tag < item; tag++) letter(arrowbox_child(tags, 0), "t%lld", tag);
        arrowbox_append_nested(tags);
        arrowbox_append_nested(items);
    }
}

#define MADE(name_, type, value)                                                                             \
    static int name_##_rows(struct arrowbox_call *call, struct ArrowArray *result) {                         \
        return made(call, result, type, value);                                                              \
    }                                                                                                        \
    const struct arrowbox_function name_##_function = {                                                      \
        .name = #name_, .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "n:l", .result = type,                \
        .scalar = {.call = name_##_rows}}

MADE(number_list, LIST, make_list);
MADE(number_struct, PAIR, make_pair);
MADE(number_map, COUNTS, make_counts);
MADE(number_nested, ITEMS, make_items);
