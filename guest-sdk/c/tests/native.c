/*
 * Runs the library outside of a sandbox, with a host made of a few lines, so that address sanitizers see it:
 *
 *     guest-sdk/c/tests/native.sh
 */
#include <setjmp.h>

#include "tests.h"

/* ---- A host ---------------------------------------------------------------------------------------------- */

static struct arrowbox_bytes logged;

void host_log(int level, const char *message, size_t length) {
    arrowbox_bytes_printf(&logged, "%d:", level);
    arrowbox_bytes_add(&logged, message, length);
    arrowbox_bytes_add(&logged, "\n", 1);
}
static jmp_buf panic;
static bool panic_is_wanted;

void host_panicked(const char *message, size_t length, const char *place, size_t place_length) {
    if (panic_is_wanted) longjmp(panic, 1);
    printf("panicked at %.*s: %.*s\n", (int)place_length, place, (int)length, message);
}
int64_t host_now(void) { return 0; }
void host_random(void *into, size_t bytes) { memset(into, 7, bytes); }
int host_data_size(const char *name, uint64_t *size) {
    *size = strlen(name);
    return ARROWBOX_OK;
}
int host_data_read(const char *name, uint64_t offset, uint32_t length, void *into, size_t *read) {
    memcpy(into, name + offset, length);
    *read = length;
    return ARROWBOX_OK;
}

static const char *file = "one\ntwo\n\nfour\r\nfive and six\nlast";

int host_files(const struct arrowbox_file **files, int64_t *n_files) {
    struct arrowbox_file *all = arrowbox_alloc(sizeof *all);
    all->path = arrowbox_text_of("a.txt");
    all->size = strlen(file);
    *files = all;
    *n_files = 1;
    return ARROWBOX_OK;
}
int host_read(arrowbox_text path, uint64_t offset, void *into, uint32_t length, uint32_t *read) {
    size_t left = offset < strlen(file) ? strlen(file) - (size_t)offset : 0;
    CHECK(arrowbox_text_is(path, "a.txt"));
    *read = left < length ? (uint32_t)left : length;
    memcpy(into, file + (left ? offset : 0), *read);
    return ARROWBOX_OK;
}

static size_t written;
int host_create(const char *path, int32_t *created) {
    if (!strcmp(path, "no")) return arrowbox_fail("there is no such place");
    *created = 3;
    return ARROWBOX_OK;
}
int host_write(int32_t to, const void *data, uint32_t length) {
    char *copy = copy_text(data, length);
    CHECK(to == 3);
    free(copy);
    written += length;
    return ARROWBOX_OK;
}
int host_finish(int32_t to, uint64_t *bytes) {
    (void)to;
    *bytes = written;
    return ARROWBOX_OK;
}
void host_drop(int32_t dropped) { (void)dropped; }

void send_back(const struct wire *sent, struct wire *wire) {
    *wire = *sent;
    wire->buffers = must_allocate((sent->n_buffers + 1) * sizeof *wire->buffers);
    size_t total = 0;
    for (size_t i = 0; i < sent->n_buffers; i++) total += (sent->buffers[i].length + 63) / 64 * 64;
    uintptr_t region = region_allocate(total, 64);
    for (size_t i = 0, at = 0; i < sent->n_buffers; i++) {
        size_t length = sent->buffers[i].length;
        if (length > 0) memcpy((char *)region + at, sent->buffers[i].data, length);
        wire->buffers[i].data = (char *)region + at;
        wire->buffers[i].length = length;
        at += (length + 63) / 64 * 64;
    }
}

/* ---- Values of every layout -------------------------------------------------------------------------------- */

static unsigned seed = 1;
static unsigned dice(unsigned sides) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 16) % sides;
}

static void append_any(struct arrowbox_builder *builder, const struct ArrowSchema *schema, const struct type *type) {
    static const char letters[] = "a text that is a little longer than what a view holds itself";
    char fixed[64];
    for (size_t i = 0; i < sizeof fixed; i++) fixed[i] = (char)dice(256);
    if ((schema->flags & ARROW_FLAG_NULLABLE) && dice(4) == 0) {
        arrowbox_append_null(builder);
        return;
    }
    arrowbox_text text = {letters + dice(8), dice(40)};
    switch (type->layout) {
    case LAYOUT_NULL: arrowbox_append_null(builder); return;
    case LAYOUT_BITS: arrowbox_append_bool(builder, dice(2)); return;
    case LAYOUT_FIXED: arrowbox_append_fixed(builder, fixed); return;
    case LAYOUT_BYTES:
    case LAYOUT_VIEWS: arrowbox_append_text(builder, text); return;
    case LAYOUT_DICTIONARY:
        text.length = text.length % 12;
        if (type->children[0]->layout == LAYOUT_FIXED) arrowbox_append_fixed(builder, fixed);
        else arrowbox_append_text(builder, text);
        return;
    case LAYOUT_LIST:
    case LAYOUT_LIST_VIEW:
        for (unsigned i = dice(5); i > 0; i--) append_any(arrowbox_child(builder, 0), schema->children[0], type->children[0]);
        arrowbox_append_nested(builder);
        return;
    case LAYOUT_FIXED_LIST:
        for (int64_t i = 0; i < type->size; i++) append_any(arrowbox_child(builder, 0), schema->children[0], type->children[0]);
        arrowbox_append_nested(builder);
        return;
    case LAYOUT_STRUCT:
        for (int64_t i = 0; i < type->n_children; i++)
            append_any(arrowbox_child(builder, i), schema->children[i], type->children[i]);
        arrowbox_append_nested(builder);
        return;
    case LAYOUT_SPARSE_UNION:
    case LAYOUT_DENSE_UNION: {
        int ids[] = {5, 2};
        int id = ids[dice(2)];
        append_any(arrowbox_child(builder, type->child_of[id]), schema->children[type->child_of[id]],
                   type->children[type->child_of[id]]);
        arrowbox_append_union(builder, id);
        return;
    }
    case LAYOUT_RUNS: CHECK(false);
    }
}

/* Values as bytes, so that two arrays can be compared whatever their offsets are. */
static void print(struct arrowbox_bytes *out, const struct type *type, const struct ArrowArray *array, int64_t row) {
    int64_t at = array->offset + row;
    if (type_has_validity(type) && arrowbox_is_null(array, row)) {
        arrowbox_bytes_add(out, "null;", 5);
        return;
    }
    switch (type->layout) {
    case LAYOUT_NULL: arrowbox_bytes_add(out, "null;", 5); return;
    case LAYOUT_BITS: arrowbox_bytes_printf(out, "%d;", arrowbox_bit(array->buffers[1], at)); return;
    case LAYOUT_FIXED: arrowbox_bytes_add(out, (const char *)array->buffers[1] + at * type->width, (size_t)type->width); return;
    case LAYOUT_BYTES:
    case LAYOUT_VIEWS: {
        struct arrowbox_texts texts = {array, array, type->layout == LAYOUT_VIEWS ? 2 : type->width == 8, 0, 0};
        arrowbox_text text = arrowbox_text_at(&texts, row);
        arrowbox_bytes_printf(out, "%zu:", text.length);
        arrowbox_bytes_add(out, text.data, text.length);
        return;
    }
    case LAYOUT_DICTIONARY: {
        int64_t key = type->width == 1 ? ((const int8_t *)array->buffers[1])[at] : ((const int32_t *)array->buffers[1])[at];
        print(out, type->children[0], array->dictionary, key);
        return;
    }
    case LAYOUT_LIST:
    case LAYOUT_LIST_VIEW: {
        bool wide = type->width == 8;
        int64_t begin = wide ? ((const int64_t *)array->buffers[1])[at] : ((const int32_t *)array->buffers[1])[at];
        int64_t end = type->layout == LAYOUT_LIST
                          ? (wide ? ((const int64_t *)array->buffers[1])[at + 1] : ((const int32_t *)array->buffers[1])[at + 1])
                          : begin + (wide ? ((const int64_t *)array->buffers[2])[at] : ((const int32_t *)array->buffers[2])[at]);
        arrowbox_bytes_add(out, "[", 1);
        for (int64_t i = begin; i < end; i++) print(out, type->children[0], array->children[0], i);
        arrowbox_bytes_add(out, "]", 1);
        return;
    }
    case LAYOUT_FIXED_LIST:
        for (int64_t i = 0; i < type->size; i++) print(out, type->children[0], array->children[0], at * type->size + i);
        return;
    case LAYOUT_STRUCT:
        for (int64_t i = 0; i < type->n_children; i++) print(out, type->children[i], array->children[i], at);
        return;
    case LAYOUT_SPARSE_UNION:
    case LAYOUT_DENSE_UNION: {
        int id = ((const int8_t *)array->buffers[0])[at];
        int64_t child = type->child_of[id];
        arrowbox_bytes_printf(out, "<%d>", id);
        print(out, type->children[child], array->children[child],
              type->layout == LAYOUT_SPARSE_UNION ? at : ((const int32_t *)array->buffers[1])[at]);
        return;
    }
    case LAYOUT_RUNS: {
        int64_t run = 0;
        const struct ArrowArray *ends = array->children[0];
        while (ARROWBOX_VALUES(int32_t, ends)[run] <= at) run++;
        print(out, type->children[1], array->children[1], run);
        return;
    }
    }
}

static struct arrowbox_bytes printed(const struct type *type, const struct ArrowArray *array, int64_t start, int64_t length) {
    struct arrowbox_bytes out = {NULL, 0, 0};
    for (int64_t i = 0; i < length; i++) print(&out, type, array, start + i);
    return out;
}

static void same(struct arrowbox_bytes a, struct arrowbox_bytes b) {
    CHECK(a.length == b.length && (a.length == 0 || !memcmp(a.data, b.data, a.length)));
    arrowbox_bytes_free(&a);
    arrowbox_bytes_free(&b);
}

static const char *const types[] = {
    "n", "b", "c", "S", "i", "L", "e", "f", "g", "d:38,10", "d:5,1,256", "w:7", "tdD", "tdm", "tts", "ttu", "tsu:UTC",
    "tDn", "tiM", "tiD", "tin", "u", "z", "U", "Z", "vu", "vz", "i[u]", "c[vu]", "i[g]", "+l(item:l)", "+L(item:u)",
    "+vl(item:u)", "+vL(item:b)", "+w:3(item:s)", "+w:0(item:s)", "+s(a:l!; b:u; c:b)", "+s", "+m(entries:+s(key:u!; value:l)!)",
    "+us:5,2(a:l; b:u)", "+ud:5,2(a:l; b:u)", "+l(item:+s(a:+l(item:vu); b:+w:2(item:d:9,2)))", "+s(a:+ud:5,2(a:b; b:+l(item:c)))",
    "+l(item:i[u])",
};

/* Made by a builder, sent from any row on, received, copied by another builder: always the same values. */
static void round_trip(const char *text, bool runs) {
    enter();
    struct arena arena = {NULL, NULL, NULL};
    struct ArrowSchema *field = schema_parse_field(&arena, text, "x");
    CHECK(field);
    struct ArrowSchema *fields = schema_make(&arena, "+s", 2, "", 0, 0, 1, false);
    fields->children[0] = field;
    struct columns *columns = columns_make(&arena, fields);
    CHECK(columns);
    const struct type *type = columns->type->children[0];
    struct arrowbox_builder *builder = arrowbox_builder(field);
    int64_t rows = dice(70);
    if (runs) {
        struct arrowbox_builder *values = arrowbox_builder(field->children[1]);
        struct ArrowArray from;
        for (int i = 0; i < 3; i++) append_any(values, field->children[1], type->children[1]);
        CHECK(!arrowbox_finish(values, &from));
        int32_t ends[] = {4, 5, 1000};
        struct ArrowArray end_array, whole;
        memcpy(arrowbox_fixed(&end_array, 3, 4), ends, sizeof ends);
        array_borrow(&whole, 100, 0, 2);
        whole.children[0] = &end_array;
        whole.children[1] = &from;
        for (int64_t i = 0; i < rows; i++) arrowbox_append_from(builder, &whole, i, 1);
    } else {
        for (int64_t i = 0; i < rows; i++) append_any(builder, field, type);
    }
    struct ArrowArray made;
    CHECK(arrowbox_length(builder) == rows);
    CHECK(!arrowbox_finish(builder, &made));
    CHECK(made.length == rows && arrowbox_length(builder) == 0);

    int64_t start = rows ? dice((unsigned)rows) : 0, length = rows - start ? dice((unsigned)(rows - start) + 1) : 0;
    struct wire sent, wire;
    memset(&sent, 0, sizeof sent);
    CHECK(!send(type, field, &made, start, length, &sent));
    sent.rows = (uint64_t)length;
    send_back(&sent, &wire);
    struct received received;
    CHECK(!receive(columns, &wire, true, &received));
    const struct ArrowArray *came = received.batch.columns[0];
    CHECK(came->length == length && came->offset == 0);
    same(printed(type, &made, start, length), printed(type, came, 0, length));

    struct ArrowArray copied, moved = *received.batch.columns[0];
    for (int64_t i = 0; i < length; i++) arrowbox_append_from(builder, came, i, 1 + i % 2);
    CHECK(!arrowbox_finish(builder, &copied));
    for (int64_t i = 0, at = 0; i < length; i++)
        for (int64_t k = 0; k <= i % 2; k++, at++) same(printed(type, came, i, 1), printed(type, &copied, at, 1));
    /* A column that was moved lives on. */
    received.batch.columns[0]->release = NULL;
    received_release(&received);
    enter();
    moved.release(&moved);
    CHECK(!moved.release);

    /* What comes short is said, whatever is missing. */
    for (size_t nodes = 0; nodes <= wire.n_nodes; nodes++)
        for (size_t buffers = 0; buffers <= wire.n_buffers; buffers++) {
            if (nodes == wire.n_nodes && buffers == wire.n_buffers) continue;
            struct wire shorter = wire;
            shorter.n_nodes = nodes;
            shorter.n_buffers = buffers;
            if (!receive(columns, &shorter, false, &received)) received_release(&received);
            enter();
        }
    free(wire.buffers);
    wire_clear(&sent);
    arena_free(&arena);
}

/* ---- Files, schemas -------------------------------------------------------------------------------------- */

/* However a file is cut, each line is read once. */
static void lines(void) {
    for (uint64_t bytes = 1; bytes < 40; bytes++) {
        enter();
        struct arrowbox_splits splits = {NULL, 0, 0, arena_now};
        CHECK(!arrowbox_split_files(&splits, bytes));
        struct arrowbox_bytes all = {NULL, 0, 0};
        for (size_t i = 0; i < splits.length; i++) {
            struct arrowbox_lines read;
            memset(&read, 0, sizeof read);
            arrowbox_text line;
            bool there = true;
            while (there) {
                CHECK(!arrowbox_next_line(&read, &splits.splits[i], &line, &there));
                if (there) arrowbox_bytes_printf(&all, "%.*s\n", (int)line.length, line.data);
            }
            arrowbox_lines_free(&read);
        }
        CHECK(all.length == strlen(file) + 1 && !memcmp(all.data, file, strlen(file)));
        arrowbox_bytes_free(&all);
        free(splits.splits);
    }
}

static void schemas(void) {
    const char *const wrong[] = {"", "x", "+l", "+l(item:l", "+l(a:l; b:l)", "i[", "tx", "w:", "+w:-1(item:l)", "l; l", "+us:200(a:l)"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        enter();
        struct arena arena = {NULL, NULL, NULL};
        struct ArrowSchema *schema = schema_parse_field(&arena, wrong[i], "x");
        CHECK(!schema || !type_of(&arena, schema));
        CHECK(failure_is_there());
        arena_free(&arena);
    }
    enter();
    struct ArrowSchema *schema = arrowbox_fields("id:l!; at:tsu:UTC; price:d:10,2; tags:+l(item:u); c:i[u]");
    CHECK(schema->n_children == 5 && !strcmp(schema->children[1]->format, "tsu:UTC"));
    CHECK(!strcmp(schema->children[2]->format, "d:10,2") && !strcmp(schema->children[4]->dictionary->format, "u"));
    CHECK(schema->children[0]->flags == 0 && arrowbox_find(schema, "tags") == 3 && arrowbox_find(schema, "x") == -1);
}

/* Whatever is said, the host gets UTF-8, and characters are not cut. */
static void words(void) {
    static const struct {
        const char *said, *heard;
    } messages[] = {
        {"\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
        {"\xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf", "\xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf"},
        {"\xc3", "?"},
        {"a\xe9z", "a?z"},
        {"\xc3\xa9\xc3", "\xc3\xa9?"},
        {"\xc0\x80 \xe0\x80\x80 \xed\xa0\x80 \xf4\x90\x80\x80 \xff", "?? ??? ??? ???? ?"},
    };
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        arrowbox_fail("%s", messages[i].said);
        struct failure failure = failure_take();
        CHECK(!strcmp(failure.message, messages[i].heard));
        free(failure.message);
    }
    char long_text[1200];
    for (int i = 0; i < 600; i++) memcpy(long_text + 2 * i, "\xc3\xa9", 2);
    struct arrowbox_bytes expected = {NULL, 0, 0};
    arrowbox_log(ARROWBOX_INFO, "%.*s", 1200, long_text);
    arrowbox_bytes_printf(&expected, "2:%.*s\n", 1022, long_text);
    log_write(ARROWBOX_WARN, "x", 1);
    log_write(ARROWBOX_WARN, long_text, 600);
    log_write(ARROWBOX_WARN, "\ny\n", 3);
    arrowbox_bytes_printf(&expected, "3:x%.*s\n3:%.*s\n3:y\n", 510, long_text, 90, long_text);
    same(logged, expected);
}

/* More bytes than a number can count are not few bytes. */
static void sizes(void) {
    enter();
    struct ArrowArray array;
    panic_is_wanted = true;
    if (!setjmp(panic)) {
        arrowbox_fixed(&array, (int64_t)1 << 61, 8);
        CHECK(false);
    }
    panic_is_wanted = false;
}

static void outputs(void) {
    static char large[1 << 20];
    struct arrowbox_output *output;
    enter();
    CHECK(arrowbox_create("no", &output));
    enter();
    CHECK(!arrowbox_create("a", &output));
    size_t all = 0;
    for (size_t length = 1; length < sizeof large; length = length * 3 + 1, all += 0) {
        CHECK(!arrowbox_write(output, large, length));
        all += length;
    }
    uint64_t bytes;
    CHECK(!arrowbox_close(output, &bytes));
    CHECK(bytes == all);
}

int main(void) {
    for (int round = 0; round < 200; round++)
        for (size_t i = 0; i < sizeof types / sizeof *types; i++) round_trip(types[i], false);
    for (int round = 0; round < 200; round++) round_trip("+r(run_ends:i!; values:u)", true);
    schemas();
    functions();
    lines();
    words();
    sizes();
    outputs();
    enter();
    printf("%zu types, 200 rounds each: well\n", sizeof types / sizeof *types + 1);
    return 0;
}
