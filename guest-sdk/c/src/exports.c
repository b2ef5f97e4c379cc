/* What the host calls: the exports of the contract, through the bindings that are generated from wit/. */
#include "internal.h"
#include "native.h"

typedef arrowbox_udf_arrow_schema_t wit_schema;
typedef arrowbox_udf_arrow_batch_t wit_batch;
typedef arrowbox_udf_types_error_t wit_error;
typedef arrowbox_udf_types_options_t wit_options;

/* ---- Between the types of the bindings and ours -------------------------------------------------------- */

static native_string_t owned(const char *text, size_t length) {
    native_string_t string = {(uint8_t *)copy_text(text, length), length};
    return string;
}

static bool failed(wit_error *error) {
    struct failure failure = failure_take();
    error->message.ptr = (uint8_t *)failure.message;
    error->message.len = strlen(failure.message);
    error->row.is_some = failure.row >= 0;
    error->row.val = failure.row >= 0 ? (uint64_t)failure.row : 0;
    return false;
}

static const struct {
    int ours, theirs;
} flags[] = {
    {ARROW_FLAG_NULLABLE, ARROWBOX_UDF_ARROW_FIELD_FLAGS_NULLABLE},
    {ARROW_FLAG_DICTIONARY_ORDERED, ARROWBOX_UDF_ARROW_FIELD_FLAGS_DICTIONARY_ORDERED},
    {ARROW_FLAG_MAP_KEYS_SORTED, ARROWBOX_UDF_ARROW_FIELD_FLAGS_MAP_KEYS_SORTED},
};

static const char *read_metadata(struct arena *arena, const native_list_tuple2_string_string_t *metadata) {
    size_t bytes = 4;
    for (size_t i = 0; i < metadata->len; i++) bytes += 8 + metadata->ptr[i].f0.len + metadata->ptr[i].f1.len;
    char *written = arena_take(arena, bytes, 4), *at = written + 4;
    int32_t count = (int32_t)metadata->len;
    memcpy(written, &count, 4);
    for (size_t i = 0; i < metadata->len; i++) {
        const native_string_t parts[] = {metadata->ptr[i].f0, metadata->ptr[i].f1};
        for (int p = 0; p < 2; p++) {
            int32_t length = (int32_t)parts[p].len;
            memcpy(at, &length, 4);
            if (length > 0) memcpy(at + 4, parts[p].ptr, parts[p].len);
            at += 4 + length;
        }
    }
    return written;
}

static struct ArrowSchema *read_field(const wit_schema *schema, size_t *next, struct arena *arena) {
    if (*next == schema->len) {
        arrowbox_fail("the schema ends within a field");
        return NULL;
    }
    const arrowbox_udf_arrow_field_t *field = &schema->ptr[(*next)++];
    if (field->children > schema->len) {
        arrowbox_fail("the schema ends within a field");
        return NULL;
    }
    int64_t set = 0;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (field->flags & flags[i].theirs) set |= flags[i].ours;
    struct ArrowSchema *made =
        schema_make(arena, (const char *)field->format.ptr, field->format.len, (const char *)field->name.ptr,
                    field->name.len, set, field->children, field->dictionary);
    if (field->metadata.len > 0) made->metadata = read_metadata(arena, &field->metadata);
    for (int64_t i = 0; i < made->n_children; i++)
        if (!(made->children[i] = read_field(schema, next, arena))) return NULL;
    if (field->dictionary && !(made->dictionary = read_field(schema, next, arena))) return NULL;
    return made;
}

/* A struct of the top-level fields. */
static struct ArrowSchema *read_schema(const wit_schema *schema, struct arena *arena) {
    struct ArrowSchema *fields = schema_make(arena, "+s", 2, "", 0, 0, (int64_t)schema->len, false);
    size_t next = 0;
    int64_t count = 0;
    while (next < schema->len)
        if (!(fields->children[count++] = read_field(schema, &next, arena))) return NULL;
    fields->n_children = count;
    return fields;
}

static size_t count_fields(const struct ArrowSchema *schema) {
    size_t count = 1;
    for (int64_t i = 0; i < schema->n_children; i++) count += count_fields(schema->children[i]);
    return count + (schema->dictionary ? count_fields(schema->dictionary) : 0);
}

static void write_field(const struct ArrowSchema *field, wit_schema *schema) {
    arrowbox_udf_arrow_field_t *to = &schema->ptr[schema->len++];
    memset(to, 0, sizeof *to);
    to->name = owned(field->name, strlen(field->name));
    to->format = owned(field->format, strlen(field->format));
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (field->flags & flags[i].ours) to->flags |= (arrowbox_udf_arrow_field_flags_t)flags[i].theirs;
    to->children = (uint32_t)field->n_children;
    to->dictionary = field->dictionary != NULL;
    if (field->metadata) {
        const char *at = field->metadata;
        int32_t count, length;
        memcpy(&count, at, 4);
        at += 4;
        to->metadata.len = (size_t)count;
        to->metadata.ptr = must_allocate((size_t)count * sizeof *to->metadata.ptr);
        for (int32_t i = 0; i < 2 * count; i++) {
            memcpy(&length, at, 4);
            native_string_t text = owned(at + 4, (size_t)length);
            if (i % 2) to->metadata.ptr[i / 2].f1 = text;
            else to->metadata.ptr[i / 2].f0 = text;
            at += 4 + length;
        }
    }
    for (int64_t i = 0; i < field->n_children; i++) write_field(field->children[i], schema);
    if (field->dictionary) write_field(field->dictionary, schema);
}

/* The children of a struct; NULL is none. */
static void write_schema(const struct ArrowSchema *fields, wit_schema *schema) {
    schema->ptr = NULL;
    schema->len = 0;
    if (!fields || fields->n_children == 0) return;
    schema->ptr = must_allocate((count_fields(fields) - 1) * sizeof *schema->ptr);
    for (int64_t i = 0; i < fields->n_children; i++) write_field(fields->children[i], schema);
}

/* Of the wire, for one call. Lists of the batch are given back by the caller. */
static void read_batch(const wit_batch *batch, struct wire *wire) {
    memset(wire, 0, sizeof *wire);
    wire->rows = batch->rows;
    /* The same two numbers. */
    wire->nodes = (struct wire_node *)(void *)batch->nodes.ptr;
    wire->n_nodes = batch->nodes.len;
    wire->variadic = batch->variadic.ptr;
    wire->n_variadic = batch->variadic.len;
    wire->n_buffers = batch->buffers.len;
    wire->buffers = arena_take(arena_now, (batch->buffers.len + 1) * sizeof *wire->buffers, 8);
    for (size_t i = 0; i < batch->buffers.len; i++) {
        const arrowbox_udf_arrow_buffer_t *buffer = &batch->buffers.ptr[i];
        bool span = buffer->tag == ARROWBOX_UDF_ARROW_BUFFER_SPAN;
        /* Bytes are of the portable lane: they lie in no region, which is said when they are claimed. */
        wire->buffers[i].data = span ? (const void *)(uintptr_t)buffer->val.span.address : buffer->val.bytes.ptr;
        wire->buffers[i].length = span ? buffer->val.span.length : buffer->val.bytes.len;
    }
}

static struct wire sent;

/* Nodes and variadic counts go as they are; they are freed when the host has read them. */
static void write_batch(wit_batch *batch) {
    batch->rows = sent.rows;
    batch->nodes.ptr = (arrowbox_udf_arrow_node_t *)(void *)sent.nodes;
    batch->nodes.len = sent.n_nodes;
    batch->variadic.ptr = sent.variadic;
    batch->variadic.len = sent.n_variadic;
    batch->buffers.ptr = must_allocate(sent.n_buffers * sizeof *batch->buffers.ptr);
    batch->buffers.len = sent.n_buffers;
    for (size_t i = 0; i < sent.n_buffers; i++) {
        arrowbox_udf_arrow_buffer_t *buffer = &batch->buffers.ptr[i];
        buffer->tag = ARROWBOX_UDF_ARROW_BUFFER_SPAN;
        buffer->val.span.address = (uint32_t)(uintptr_t)sent.buffers[i].data;
        buffer->val.span.length = (uint32_t)sent.buffers[i].length;
    }
    /* Lists of no elements are not freed by the bindings. */
    if (sent.n_nodes == 0) free(sent.nodes);
    if (sent.n_variadic == 0) free(sent.variadic);
    if (sent.n_buffers == 0) free(batch->buffers.ptr);
    free(sent.buffers);
    memset(&sent, 0, sizeof sent);
}

static bool give(int result, wit_batch *batch, wit_error *error) {
    if (result) {
        wire_clear(&sent);
        return failed(error);
    }
    write_batch(batch);
    return true;
}

/* What the host passed in a call is not needed any more. */
static void batch_done(wit_batch *batch) { arrowbox_udf_arrow_batch_free(batch); }

static struct arrowbox_options *read_options(wit_options *options) {
    struct arrowbox_options *read = must_zero(1, sizeof *read);
    read->n_parameters = options->parameters.len;
    read->parameters = must_zero(read->n_parameters, sizeof *read->parameters);
    for (size_t i = 0; i < read->n_parameters; i++) {
        native_tuple2_string_string_t *pair = &options->parameters.ptr[i];
        read->parameters[i].key = copy_text((const char *)pair->f0.ptr, pair->f0.len);
        read->parameters[i].value = copy_text((const char *)pair->f1.ptr, pair->f1.len);
    }
    read->n_data = options->data.len;
    read->data = must_zero(read->n_data, sizeof *read->data);
    for (size_t i = 0; i < read->n_data; i++)
        read->data[i].name = copy_text((const char *)options->data.ptr[i].ptr, options->data.ptr[i].len);
    arrowbox_udf_types_options_free(options);
    return read;
}

struct source {
    wit_schema *inputs[3];
};

static struct ArrowSchema *fields_of(void *from, int which, struct arena *arena) {
    wit_schema *schema = ((struct source *)from)->inputs[which];
    return schema ? read_schema(schema, arena) : schema_make(arena, "+s", 2, "", 0, 0, 0, false);
}

/* Opens a function of values, or a reader or writer. */
static struct opened *open_values(enum arrowbox_kind kind, native_string_t *name, wit_schema *schema,
                                  wit_options *options) {
    enter();
    struct source source = {{schema, NULL, NULL}};
    struct opening opening;
    memset(&opening, 0, sizeof opening);
    opening.kind = kind;
    opening.name = (const char *)name->ptr;
    opening.name_length = name->len;
    opening.options = read_options(options);
    opening.fields = fields_of;
    opening.from = &source;
    opening.n_inputs = schema ? 1 : 0;
    struct opened *opened = opened_open(&opening);
    native_string_free(name);
    if (schema) arrowbox_udf_arrow_schema_free(schema);
    return opened;
}

static void result_of(void *self, wit_schema *schema) {
    enter();
    write_schema(((struct opened *)self)->result->schema, schema);
}

static void drop(void *self) {
    enter();
    opened_close(self);
}

/* The bindings (wit-bindgen-c 0.61) give destructors names with underscores, and components look for hyphens. */
#define DESTRUCTOR(interface, resource, type, type_name, close)                                                  \
    __attribute__((__export_name__("arrowbox:udf/" interface "@0.1.0#[dtor]" resource))) void                    \
        arrowbox__drop_##type(type *self);                                                                      \
    void arrowbox__drop_##type(type *self) { close(self); }                                                     \
    void type_name##_destructor(type *self) { close(self); }

/* ---- memory, library ----------------------------------------------------------------------------------- */

uint32_t exports_arrowbox_udf_memory_allocate(uint32_t length, uint32_t align) {
    enter();
    return (uint32_t)region_allocate(length, align);
}

void exports_arrowbox_udf_memory_release(uint32_t address) {
    enter();
    region_release(address);
}

/* Ends the instance where a function of the library can not be described. */
static void wanted(int result, const struct arrowbox_function *function) {
    if (!result) return;
    struct arrowbox_bytes message = {NULL, 0, 0};
    arrowbox_bytes_printf(&message, "%s: %s", function->name, failure_take().message);
    arrowbox_bytes_add(&message, "", 1);
    int number = 1;
    while (arrowbox_library[number - 1] != function) number++;
    arrowbox_panic_at(message.data, "ARROWBOX_EXPORT", number);
}

static void add_grants(arrowbox_udf_types_function_t *described, const char *grants) {
    while (grants && *grants) {
        size_t length = strcspn(grants, ", ");
        bool known = length == 0;
        for (size_t i = 0; i < described->grants.len; i++)
            known |= described->grants.ptr[i].len == length && !memcmp(described->grants.ptr[i].ptr, grants, length);
        if (!known) {
            described->grants.ptr =
                must_grow(described->grants.ptr, (described->grants.len + 1) * sizeof *described->grants.ptr);
            described->grants.ptr[described->grants.len++] = owned(grants, length);
        }
        grants += length;
        grants += strspn(grants, ", ");
    }
}

static void describe_function(const struct arrowbox_function *function, arrowbox_udf_types_list_function_t *all) {
    size_t length = strlen(function->name);
    arrowbox_udf_types_function_t *described = NULL;
    for (size_t i = 0; i < all->len && !described; i++)
        if (all->ptr[i].kind == (int)function->kind && all->ptr[i].name.len == length &&
            !memcmp(all->ptr[i].name.ptr, function->name, length))
            described = &all->ptr[i];
    bool strict = function->nulls == ARROWBOX_STRICT;
    const char *documentation = function->documentation ? function->documentation : "";
    if (!described) {
        described = &all->ptr[all->len++];
        memset(described, 0, sizeof *described);
        described->name = owned(function->name, length);
        described->kind = (arrowbox_udf_types_kind_t)function->kind;
        described->volatility = (arrowbox_udf_types_volatility_t)function->volatility;
        described->nulls = strict ? ARROWBOX_UDF_TYPES_NULL_HANDLING_STRICT : ARROWBOX_UDF_TYPES_NULL_HANDLING_CALLED;
        described->documentation = owned(documentation, strlen(documentation));
    }
    /* Several of one name: as volatile as the most volatile, and it sees nulls if one of them does. */
    if (described->volatility < (int)function->volatility)
        described->volatility = (arrowbox_udf_types_volatility_t)function->volatility;
    if (!strict) described->nulls = ARROWBOX_UDF_TYPES_NULL_HANDLING_CALLED;
    if (described->documentation.len == 0 && documentation[0]) {
        native_string_free(&described->documentation);
        described->documentation = owned(documentation, strlen(documentation));
    }
    add_grants(described, function->grants);

    struct ArrowSchema *arguments, *result;
    bool variadic = false;
    wanted(function_signature(function, arena_now, &arguments, &variadic, &result), function);
    described->signatures.ptr =
        must_grow(described->signatures.ptr, (described->signatures.len + 1) * sizeof *described->signatures.ptr);
    arrowbox_udf_types_signature_t *signature = &described->signatures.ptr[described->signatures.len++];
    write_schema(arguments, &signature->arguments);
    signature->variadic = variadic;
    bool here = kind_gives_one_value(function->kind) || function->kind == ARROWBOX_TABLE_FUNCTION;
    write_schema(here ? result : NULL, &signature->result);
    /* A function that says of a type what the host can not read would be found out when it is too late. */
    if (result && !type_of(arena_now, result)) wanted(ARROWBOX_ERROR, function);
}

void exports_arrowbox_udf_library_describe(exports_arrowbox_udf_library_description_t *description) {
    enter();
    size_t count = 0;
    while (arrowbox_library[count]) count++;
    const char *sdk = "arrowbox-sdk 0.1.0 (c)";
    description->sdk = owned(sdk, strlen(sdk));
    description->functions.ptr = must_allocate(count * sizeof *description->functions.ptr);
    description->functions.len = 0;
    for (size_t i = 0; i < count; i++) describe_function(arrowbox_library[i], &description->functions);
}

/* ---- scalar -------------------------------------------------------------------------------------------- */

bool exports_arrowbox_udf_scalar_static_scalar_function_open(
    native_string_t *name, exports_arrowbox_udf_scalar_schema_t *arguments,
    exports_arrowbox_udf_scalar_options_t *options, exports_arrowbox_udf_scalar_own_scalar_function_t *ret,
    exports_arrowbox_udf_scalar_error_t *err) {
    struct opened *opened = open_values(ARROWBOX_SCALAR_FUNCTION, name, arguments, options);
    if (!opened) return failed(err);
    *ret = exports_arrowbox_udf_scalar_scalar_function_new((exports_arrowbox_udf_scalar_scalar_function_t *)opened);
    return true;
}

void exports_arrowbox_udf_scalar_method_scalar_function_result(
    exports_arrowbox_udf_scalar_borrow_scalar_function_t self, exports_arrowbox_udf_scalar_schema_t *ret) {
    result_of(self, ret);
}

bool exports_arrowbox_udf_scalar_method_scalar_function_invoke(
    exports_arrowbox_udf_scalar_borrow_scalar_function_t self, exports_arrowbox_udf_scalar_batch_t *arguments,
    exports_arrowbox_udf_scalar_batch_t *ret, exports_arrowbox_udf_scalar_error_t *err) {
    enter();
    struct wire wire;
    read_batch(arguments, &wire);
    int result = scalar_invoke((struct opened *)self, &wire, &sent);
    batch_done(arguments);
    return give(result, ret, err);
}

DESTRUCTOR("scalar", "scalar-function", exports_arrowbox_udf_scalar_scalar_function_t,
           exports_arrowbox_udf_scalar_scalar_function, drop)

/* ---- aggregate ----------------------------------------------------------------------------------------- */

bool exports_arrowbox_udf_aggregate_static_accumulator_open(
    native_string_t *name, exports_arrowbox_udf_aggregate_schema_t *arguments,
    exports_arrowbox_udf_aggregate_options_t *options, exports_arrowbox_udf_aggregate_own_accumulator_t *ret,
    exports_arrowbox_udf_aggregate_error_t *err) {
    struct opened *opened = open_values(ARROWBOX_AGGREGATE_FUNCTION, name, arguments, options);
    if (!opened) return failed(err);
    *ret = exports_arrowbox_udf_aggregate_accumulator_new((exports_arrowbox_udf_aggregate_accumulator_t *)opened);
    return true;
}

void exports_arrowbox_udf_aggregate_method_accumulator_result(
    exports_arrowbox_udf_aggregate_borrow_accumulator_t self, exports_arrowbox_udf_aggregate_schema_t *ret) {
    result_of(self, ret);
}

void exports_arrowbox_udf_aggregate_method_accumulator_state_schema(
    exports_arrowbox_udf_aggregate_borrow_accumulator_t self, exports_arrowbox_udf_aggregate_schema_t *ret) {
    enter();
    write_schema(((struct opened *)self)->state_columns->schema, ret);
}

bool exports_arrowbox_udf_aggregate_method_accumulator_retractable(
    exports_arrowbox_udf_aggregate_borrow_accumulator_t self) {
    enter();
    return ((struct opened *)self)->public.function->aggregate.retract != NULL;
}

static bool take(void *self, wit_batch *rows, uint64_t groups, wit_error *error, int what) {
    enter();
    struct wire wire;
    read_batch(rows, &wire);
    int result = what == 2 ? aggregate_merge(self, &wire, groups) : aggregate_update(self, &wire, groups, what == 1);
    batch_done(rows);
    return result ? failed(error) : true;
}

bool exports_arrowbox_udf_aggregate_method_accumulator_update(
    exports_arrowbox_udf_aggregate_borrow_accumulator_t self, exports_arrowbox_udf_aggregate_batch_t *rows,
    uint64_t groups, exports_arrowbox_udf_aggregate_error_t *err) {
    return take(self, rows, groups, err, 0);
}

bool exports_arrowbox_udf_aggregate_method_accumulator_retract(
    exports_arrowbox_udf_aggregate_borrow_accumulator_t self, exports_arrowbox_udf_aggregate_batch_t *rows,
    uint64_t groups, exports_arrowbox_udf_aggregate_error_t *err) {
    return take(self, rows, groups, err, 1);
}

bool exports_arrowbox_udf_aggregate_method_accumulator_merge(
    exports_arrowbox_udf_aggregate_borrow_accumulator_t self, exports_arrowbox_udf_aggregate_batch_t *states,
    uint64_t groups, exports_arrowbox_udf_aggregate_error_t *err) {
    return take(self, states, groups, err, 2);
}

bool exports_arrowbox_udf_aggregate_method_accumulator_convert(
    exports_arrowbox_udf_aggregate_borrow_accumulator_t self, exports_arrowbox_udf_aggregate_batch_t *arguments,
    exports_arrowbox_udf_aggregate_batch_t *ret, exports_arrowbox_udf_aggregate_error_t *err) {
    enter();
    struct wire wire;
    read_batch(arguments, &wire);
    int result = aggregate_convert((struct opened *)self, &wire, &sent);
    batch_done(arguments);
    return give(result, ret, err);
}

static uint64_t count_of(const exports_arrowbox_udf_aggregate_emit_t *emit) {
    return emit->tag == EXPORTS_ARROWBOX_UDF_AGGREGATE_EMIT_ALL ? UINT64_MAX : emit->val.first;
}

bool exports_arrowbox_udf_aggregate_method_accumulator_state(
    exports_arrowbox_udf_aggregate_borrow_accumulator_t self, exports_arrowbox_udf_aggregate_emit_t *emit,
    exports_arrowbox_udf_aggregate_batch_t *ret, exports_arrowbox_udf_aggregate_error_t *err) {
    enter();
    return give(aggregate_state((struct opened *)self, count_of(emit), &sent), ret, err);
}

bool exports_arrowbox_udf_aggregate_method_accumulator_evaluate(
    exports_arrowbox_udf_aggregate_borrow_accumulator_t self, exports_arrowbox_udf_aggregate_emit_t *emit,
    exports_arrowbox_udf_aggregate_batch_t *ret, exports_arrowbox_udf_aggregate_error_t *err) {
    enter();
    return give(aggregate_evaluate((struct opened *)self, count_of(emit), true, &sent), ret, err);
}

bool exports_arrowbox_udf_aggregate_method_accumulator_peek(
    exports_arrowbox_udf_aggregate_borrow_accumulator_t self, exports_arrowbox_udf_aggregate_batch_t *ret,
    exports_arrowbox_udf_aggregate_error_t *err) {
    enter();
    return give(aggregate_evaluate((struct opened *)self, UINT64_MAX, false, &sent), ret, err);
}

/* A name without a hyphen. */
void exports_arrowbox_udf_aggregate_accumulator_destructor(exports_arrowbox_udf_aggregate_accumulator_t *self) {
    drop(self);
}

/* ---- window -------------------------------------------------------------------------------------------- */

bool exports_arrowbox_udf_window_static_window_function_open(
    native_string_t *name, exports_arrowbox_udf_window_schema_t *arguments,
    exports_arrowbox_udf_window_options_t *options, exports_arrowbox_udf_window_own_window_function_t *ret,
    exports_arrowbox_udf_window_error_t *err) {
    struct opened *opened = open_values(ARROWBOX_WINDOW_FUNCTION, name, arguments, options);
    if (!opened) return failed(err);
    *ret = exports_arrowbox_udf_window_window_function_new((exports_arrowbox_udf_window_window_function_t *)opened);
    return true;
}

void exports_arrowbox_udf_window_method_window_function_result(
    exports_arrowbox_udf_window_borrow_window_function_t self, exports_arrowbox_udf_window_schema_t *ret) {
    result_of(self, ret);
}

bool exports_arrowbox_udf_window_method_window_function_incremental(
    exports_arrowbox_udf_window_borrow_window_function_t self) {
    enter();
    return ((struct opened *)self)->public.function->window.next != NULL;
}

bool exports_arrowbox_udf_window_method_window_function_evaluate(
    exports_arrowbox_udf_window_borrow_window_function_t self, exports_arrowbox_udf_window_batch_t *partition,
    exports_arrowbox_udf_window_batch_t *ret, exports_arrowbox_udf_window_error_t *err) {
    enter();
    struct wire wire;
    read_batch(partition, &wire);
    int result = window_evaluate((struct opened *)self, &wire, &sent);
    batch_done(partition);
    return give(result, ret, err);
}

bool exports_arrowbox_udf_window_method_window_function_push(
    exports_arrowbox_udf_window_borrow_window_function_t self, exports_arrowbox_udf_window_batch_t *rows, bool first,
    exports_arrowbox_udf_window_batch_t *ret, exports_arrowbox_udf_window_error_t *err) {
    enter();
    struct wire wire;
    read_batch(rows, &wire);
    int result = window_push((struct opened *)self, &wire, first, &sent);
    batch_done(rows);
    return give(result, ret, err);
}

DESTRUCTOR("window", "window-function", exports_arrowbox_udf_window_window_function_t,
           exports_arrowbox_udf_window_window_function, drop)

/* ---- table --------------------------------------------------------------------------------------------- */

bool exports_arrowbox_udf_table_static_table_function_open(
    native_string_t *name, exports_arrowbox_udf_table_schema_t *arguments,
    exports_arrowbox_udf_table_options_t *options, exports_arrowbox_udf_table_own_table_function_t *ret,
    exports_arrowbox_udf_table_error_t *err) {
    struct opened *opened = open_values(ARROWBOX_TABLE_FUNCTION, name, arguments, options);
    if (!opened) return failed(err);
    *ret = exports_arrowbox_udf_table_table_function_new((exports_arrowbox_udf_table_table_function_t *)opened);
    return true;
}

void exports_arrowbox_udf_table_method_table_function_result(
    exports_arrowbox_udf_table_borrow_table_function_t self, exports_arrowbox_udf_table_schema_t *ret) {
    result_of(self, ret);
}

static bool push(void *self, wit_batch *rows, wit_error *error, int (*pushed)(struct opened *, const struct wire *)) {
    enter();
    struct wire wire;
    read_batch(rows, &wire);
    int result = pushed(self, &wire);
    batch_done(rows);
    return result ? failed(error) : true;
}

static bool next(void *self, bool *is_some, wit_batch *batch, wit_error *error) {
    enter();
    int result = tables_next(self, &sent, is_some);
    if (!result && !*is_some) {
        wire_clear(&sent);
        return true;
    }
    return give(result, batch, error);
}

bool exports_arrowbox_udf_table_method_table_function_push(exports_arrowbox_udf_table_borrow_table_function_t self,
                                                           exports_arrowbox_udf_table_batch_t *arguments,
                                                           exports_arrowbox_udf_table_error_t *err) {
    return push(self, arguments, err, table_push);
}

bool exports_arrowbox_udf_table_method_table_function_next(exports_arrowbox_udf_table_borrow_table_function_t self,
                                                           exports_arrowbox_udf_table_option_batch_t *ret,
                                                           exports_arrowbox_udf_table_error_t *err) {
    return next(self, &ret->is_some, &ret->val, err);
}

DESTRUCTOR("table", "table-function", exports_arrowbox_udf_table_table_function_t,
           exports_arrowbox_udf_table_table_function, drop)

/* ---- map-batches --------------------------------------------------------------------------------------- */

static struct opened *open_tables(enum arrowbox_kind kind, native_string_t *name, wit_schema **inputs,
                                  int64_t n_inputs, native_list_u32_t *keys, wit_schema *schema, wit_batch *arguments,
                                  wit_options *options) {
    enter();
    struct source source = {{NULL, NULL, schema}};
    struct wire wire;
    struct opening opening;
    memset(&opening, 0, sizeof opening);
    opening.kind = kind;
    opening.name = (const char *)name->ptr;
    opening.name_length = name->len;
    opening.options = read_options(options);
    opening.fields = fields_of;
    opening.from = &source;
    opening.n_inputs = n_inputs;
    for (int64_t i = 0; i < n_inputs && i < 2; i++) {
        source.inputs[i] = inputs[i];
        if (!keys) continue;
        opening.keys[i] = keys[i].len > 0 ? keys[i].ptr : (const uint32_t *)(const void *)"\0\0\0";
        opening.n_keys = (int64_t)keys[i].len;
    }
    read_batch(arguments, &wire);
    opening.arguments = &wire;
    struct opened *opened = opened_open(&opening);
    native_string_free(name);
    arrowbox_udf_arrow_schema_free(schema);
    batch_done(arguments);
    return opened;
}

bool exports_arrowbox_udf_map_batches_static_batch_mapper_open(
    native_string_t *name, exports_arrowbox_udf_map_batches_schema_t *input,
    exports_arrowbox_udf_map_batches_schema_t *schema, exports_arrowbox_udf_map_batches_batch_t *arguments,
    exports_arrowbox_udf_map_batches_options_t *options, exports_arrowbox_udf_map_batches_own_batch_mapper_t *ret,
    exports_arrowbox_udf_map_batches_error_t *err) {
    struct opened *opened = open_tables(ARROWBOX_MAP_BATCHES, name, &input, 1, NULL, schema, arguments, options);
    arrowbox_udf_arrow_schema_free(input);
    if (!opened) return failed(err);
    *ret = exports_arrowbox_udf_map_batches_batch_mapper_new((exports_arrowbox_udf_map_batches_batch_mapper_t *)opened);
    return true;
}

void exports_arrowbox_udf_map_batches_method_batch_mapper_result(
    exports_arrowbox_udf_map_batches_borrow_batch_mapper_t self, exports_arrowbox_udf_map_batches_schema_t *ret) {
    result_of(self, ret);
}

bool exports_arrowbox_udf_map_batches_method_batch_mapper_push(
    exports_arrowbox_udf_map_batches_borrow_batch_mapper_t self, exports_arrowbox_udf_map_batches_batch_t *rows,
    exports_arrowbox_udf_map_batches_error_t *err) {
    return push(self, rows, err, map_push);
}

bool exports_arrowbox_udf_map_batches_method_batch_mapper_finish(
    exports_arrowbox_udf_map_batches_borrow_batch_mapper_t self, exports_arrowbox_udf_map_batches_error_t *err) {
    enter();
    return map_finish((struct opened *)self) ? failed(err) : true;
}

bool exports_arrowbox_udf_map_batches_method_batch_mapper_next(
    exports_arrowbox_udf_map_batches_borrow_batch_mapper_t self, exports_arrowbox_udf_map_batches_option_batch_t *ret,
    exports_arrowbox_udf_map_batches_error_t *err) {
    return next(self, &ret->is_some, &ret->val, err);
}

DESTRUCTOR("map-batches", "batch-mapper", exports_arrowbox_udf_map_batches_batch_mapper_t,
           exports_arrowbox_udf_map_batches_batch_mapper, drop)

/* ---- grouped ------------------------------------------------------------------------------------------- */

bool exports_arrowbox_udf_grouped_static_group_mapper_open(
    native_string_t *name, exports_arrowbox_udf_grouped_list_schema_t *inputs, native_list_list_u32_t *keys,
    exports_arrowbox_udf_grouped_schema_t *schema, exports_arrowbox_udf_grouped_batch_t *arguments,
    exports_arrowbox_udf_grouped_options_t *options, exports_arrowbox_udf_grouped_own_group_mapper_t *ret,
    exports_arrowbox_udf_grouped_error_t *err) {
    wit_schema *tables[2] = {inputs->ptr, inputs->ptr + 1};
    enum arrowbox_kind kind = inputs->len == 1 ? ARROWBOX_GROUPED_MAP : ARROWBOX_COGROUPED_MAP;
    struct opened *opened = NULL;
    if (keys->len != inputs->len || inputs->len > 2 || (keys->len == 2 && keys->ptr[0].len != keys->ptr[1].len)) {
        enter();
        arrowbox_fail("%zu tables came with the keys of %zu", inputs->len, keys->len);
    } else {
        opened = open_tables(kind, name, tables, (int64_t)inputs->len, keys->ptr, schema, arguments, options);
    }
    exports_arrowbox_udf_grouped_list_schema_free(inputs);
    native_list_list_u32_free(keys);
    if (!opened) return failed(err);
    *ret = exports_arrowbox_udf_grouped_group_mapper_new((exports_arrowbox_udf_grouped_group_mapper_t *)opened);
    return true;
}

/* The columns of the key come first. */
void exports_arrowbox_udf_grouped_method_group_mapper_result(exports_arrowbox_udf_grouped_borrow_group_mapper_t self,
                                                             exports_arrowbox_udf_grouped_schema_t *ret) {
    enter();
    struct opened *opened = (struct opened *)self;
    const struct ArrowSchema *keys = opened->made.before_columns->schema, *rows = opened->result->schema;
    struct ArrowSchema *all = schema_make(arena_now, "+s", 2, "", 0, 0, keys->n_children + rows->n_children, false);
    for (int64_t i = 0; i < all->n_children; i++)
        all->children[i] = i < keys->n_children ? keys->children[i] : rows->children[i - keys->n_children];
    write_schema(all, ret);
}

bool exports_arrowbox_udf_grouped_method_group_mapper_push(exports_arrowbox_udf_grouped_borrow_group_mapper_t self,
                                                           exports_arrowbox_udf_grouped_list_groups_t *inputs,
                                                           bool continued, exports_arrowbox_udf_grouped_error_t *err) {
    enter();
    struct wire wires[2];
    uint32_t *offsets[2] = {NULL, NULL};
    size_t n_offsets[2] = {0, 0};
    for (size_t i = 0; i < inputs->len && i < 2; i++) {
        read_batch(&inputs->ptr[i].rows, &wires[i]);
        offsets[i] = inputs->ptr[i].offsets.ptr;
        n_offsets[i] = inputs->ptr[i].offsets.len;
    }
    int result = grouped_push((struct opened *)self, wires, offsets, n_offsets, inputs->len, continued);
    exports_arrowbox_udf_grouped_list_groups_free(inputs);
    return result ? failed(err) : true;
}

bool exports_arrowbox_udf_grouped_method_group_mapper_next(exports_arrowbox_udf_grouped_borrow_group_mapper_t self,
                                                           exports_arrowbox_udf_grouped_option_batch_t *ret,
                                                           exports_arrowbox_udf_grouped_error_t *err) {
    return next(self, &ret->is_some, &ret->val, err);
}

DESTRUCTOR("grouped", "group-mapper", exports_arrowbox_udf_grouped_group_mapper_t,
           exports_arrowbox_udf_grouped_group_mapper, drop)

/* ---- reader -------------------------------------------------------------------------------------------- */

bool exports_arrowbox_udf_reader_static_table_reader_open(native_string_t *name,
                                                          exports_arrowbox_udf_reader_options_t *options,
                                                          exports_arrowbox_udf_reader_own_table_reader_t *ret,
                                                          exports_arrowbox_udf_reader_error_t *err) {
    struct opened *opened = open_values(ARROWBOX_READER, name, NULL, options);
    if (!opened) return failed(err);
    *ret = exports_arrowbox_udf_reader_table_reader_new((exports_arrowbox_udf_reader_table_reader_t *)opened);
    return true;
}

void exports_arrowbox_udf_reader_method_table_reader_result(exports_arrowbox_udf_reader_borrow_table_reader_t self,
                                                            exports_arrowbox_udf_reader_schema_t *ret) {
    result_of(self, ret);
}

/* The filters, with values that `values` owns. */
static int read_filters(const exports_arrowbox_udf_reader_filters_t *filters, struct arena *arena,
                        struct received *values, const struct arrowbox_filter **read) {
    struct wire wire;
    struct ArrowSchema *schema = read_schema(&filters->schema, arena);
    struct columns *columns = schema ? columns_make(arena, schema) : NULL;
    if (!columns) return ARROWBOX_ERROR;
    read_batch(&filters->values, &wire);
    if (receive(columns, &wire, true, values)) return ARROWBOX_ERROR;
    if ((int64_t)filters->filters.len != values->batch.n_columns)
        return arrowbox_fail("%zu filters came with %lld values", filters->filters.len,
                             (long long)values->batch.n_columns);
    struct arrowbox_filter *all = arena_take(arena, (filters->filters.len + 1) * sizeof *all, 16);
    for (size_t i = 0; i < filters->filters.len; i++) {
        all[i].column = filters->filters.ptr[i].column;
        all[i].comparison = (enum arrowbox_comparison)filters->filters.ptr[i].comparison;
        all[i].value = values->batch.columns[i];
        all[i].schema = values->batch.schemas[i];
    }
    *read = all;
    return ARROWBOX_OK;
}

static int read_request(const exports_arrowbox_udf_reader_request_t *request, struct arena *arena,
                        struct received *values, struct arrowbox_request *read, int64_t n_columns) {
    uint32_t *projection = arena_take(arena, (request->projection.len + 1) * sizeof *projection, 4);
    for (size_t i = 0; i < request->projection.len; i++) {
        projection[i] = request->projection.ptr[i];
        if (projection[i] >= n_columns)
            return arrowbox_fail("column %u is wanted, and the table has %lld", projection[i], (long long)n_columns);
    }
    read->projection = projection;
    read->n_projection = (int64_t)request->projection.len;
    read->n_filters = (int64_t)request->filters.filters.len;
    read->limit = request->limit.is_some ? (int64_t)request->limit.val : -1;
    return read_filters(&request->filters, arena, values, &read->filters);
}

bool exports_arrowbox_udf_reader_method_table_reader_exactness(
    exports_arrowbox_udf_reader_borrow_table_reader_t self, exports_arrowbox_udf_reader_filters_t *filters,
    exports_arrowbox_udf_reader_list_exactness_t *ret, exports_arrowbox_udf_reader_error_t *err) {
    enter();
    struct opened *opened = (struct opened *)self;
    const struct arrowbox_reader *reader = &opened->public.function->reader;
    struct received values = {{0, 0, NULL, NULL}, NULL};
    const struct arrowbox_filter *read = NULL;
    int result = read_filters(filters, arena_now, &values, &read);
    ret->len = filters->filters.len;
    ret->ptr = ret->len > 0 ? must_allocate(ret->len) : NULL;
    for (size_t i = 0; !result && i < ret->len; i++) {
        enum arrowbox_exactness exactness =
            reader->exactness ? reader->exactness(&opened->public, &read[i]) : ARROWBOX_UNSUPPORTED;
        ret->ptr[i] = (exports_arrowbox_udf_reader_exactness_t)exactness;
    }
    received_release(&values);
    exports_arrowbox_udf_reader_filters_free(filters);
    if (!result && !failure_is_there()) return true;
    free(ret->ptr);
    return failed(err);
}

bool exports_arrowbox_udf_reader_method_table_reader_plan(exports_arrowbox_udf_reader_borrow_table_reader_t self,
                                                          exports_arrowbox_udf_reader_request_t *request,
                                                          exports_arrowbox_udf_reader_list_split_t *ret,
                                                          exports_arrowbox_udf_reader_error_t *err) {
    enter();
    struct opened *opened = (struct opened *)self;
    struct received values = {{0, 0, NULL, NULL}, NULL};
    struct arrowbox_request read;
    struct arrowbox_splits splits = {NULL, 0, 0, arena_now};
    int result = read_request(request, arena_now, &values, &read, opened->result->type->n_children);
    if (!result) result = opened->public.function->reader.plan(&opened->public, &read, &splits);
    received_release(&values);
    exports_arrowbox_udf_reader_request_free(request);
    if (result || failure_is_there()) {
        free(splits.splits);
        return failed(err);
    }
    ret->len = splits.length;
    ret->ptr = ret->len > 0 ? must_zero(ret->len, sizeof *ret->ptr) : NULL;
    for (size_t i = 0; i < splits.length; i++) {
        const struct arrowbox_split *split = &splits.splits[i];
        exports_arrowbox_udf_reader_split_t *to = &ret->ptr[i];
        to->token.ptr = (uint8_t *)copy_text(split->token.data, split->token.length);
        to->token.len = split->token.length;
        if (to->token.len == 0) free(to->token.ptr);
        if (split->path.data) {
            to->range.is_some = true;
            to->range.val.path = owned(split->path.data, split->path.length);
            to->range.val.offset = split->offset;
            to->range.val.length = split->length;
        }
        to->rows.is_some = split->rows >= 0;
        to->rows.val = (uint64_t)split->rows;
    }
    free(splits.splits);
    return true;
}

bool exports_arrowbox_udf_reader_method_table_reader_read(exports_arrowbox_udf_reader_borrow_table_reader_t self,
                                                          exports_arrowbox_udf_reader_split_t *split,
                                                          exports_arrowbox_udf_reader_request_t *request,
                                                          exports_arrowbox_udf_reader_own_split_reader_t *ret,
                                                          exports_arrowbox_udf_reader_error_t *err) {
    enter();
    struct opened *opened = (struct opened *)self;
    struct reading_split *reading = split_open(opened);
    int result = read_request(request, &reading->arena, &reading->values, &reading->request,
                              opened->result->type->n_children);
    reading->left = reading->request.limit;
    char *token = arena_take(&reading->arena, split->token.len + 1, 8);
    if (split->token.len > 0) memcpy(token, split->token.ptr, split->token.len);
    token[split->token.len] = 0;
    reading->split.token.data = token;
    reading->split.token.length = split->token.len;
    reading->split.rows = split->rows.is_some ? (int64_t)split->rows.val : -1;
    if (split->range.is_some) {
        native_string_t *path = &split->range.val.path;
        char *copy = arena_take(&reading->arena, path->len + 1, 1);
        if (path->len > 0) memcpy(copy, path->ptr, path->len);
        copy[path->len] = 0;
        reading->split.path.data = copy;
        reading->split.path.length = path->len;
        reading->split.offset = split->range.val.offset;
        reading->split.length = split->range.val.length;
    }
    exports_arrowbox_udf_reader_split_free(split);
    exports_arrowbox_udf_reader_request_free(request);
    if (result) {
        split_close(reading);
        return failed(err);
    }
    *ret = exports_arrowbox_udf_reader_split_reader_new((exports_arrowbox_udf_reader_split_reader_t *)reading);
    return true;
}

bool exports_arrowbox_udf_reader_method_split_reader_next(exports_arrowbox_udf_reader_borrow_split_reader_t self,
                                                          exports_arrowbox_udf_reader_option_batch_t *ret,
                                                          exports_arrowbox_udf_reader_error_t *err) {
    enter();
    int result = split_next((struct reading_split *)self, &sent, &ret->is_some);
    if (!result && !ret->is_some) {
        wire_clear(&sent);
        return true;
    }
    return give(result, &ret->val, err);
}

static void drop_split(void *self) {
    enter();
    split_close(self);
}

DESTRUCTOR("reader", "table-reader", exports_arrowbox_udf_reader_table_reader_t,
           exports_arrowbox_udf_reader_table_reader, drop)
DESTRUCTOR("reader", "split-reader", exports_arrowbox_udf_reader_split_reader_t,
           exports_arrowbox_udf_reader_split_reader, drop_split)

/* ---- writer -------------------------------------------------------------------------------------------- */

bool exports_arrowbox_udf_writer_static_table_writer_open(native_string_t *name,
                                                          exports_arrowbox_udf_writer_schema_t *input,
                                                          exports_arrowbox_udf_writer_options_t *options,
                                                          exports_arrowbox_udf_writer_own_table_writer_t *ret,
                                                          exports_arrowbox_udf_writer_error_t *err) {
    struct opened *opened = open_values(ARROWBOX_WRITER, name, input, options);
    if (!opened) return failed(err);
    *ret = exports_arrowbox_udf_writer_table_writer_new((exports_arrowbox_udf_writer_table_writer_t *)opened);
    return true;
}

bool exports_arrowbox_udf_writer_method_table_writer_partition(
    exports_arrowbox_udf_writer_borrow_table_writer_t self, uint32_t number,
    exports_arrowbox_udf_writer_own_partition_writer_t *ret, exports_arrowbox_udf_writer_error_t *err) {
    enter();
    struct partition *partition = partition_open((struct opened *)self, number);
    if (!partition) return failed(err);
    *ret = exports_arrowbox_udf_writer_partition_writer_new((exports_arrowbox_udf_writer_partition_writer_t *)partition);
    return true;
}

bool exports_arrowbox_udf_writer_method_table_writer_commit(exports_arrowbox_udf_writer_borrow_table_writer_t self,
                                                            native_list_list_u8_t *manifests,
                                                            exports_arrowbox_udf_writer_error_t *err) {
    enter();
    struct opened *opened = (struct opened *)self;
    const struct arrowbox_writer *writer = &opened->public.function->writer;
    arrowbox_text *texts = arrowbox_alloc((manifests->len + 1) * sizeof *texts);
    for (size_t i = 0; i < manifests->len; i++) {
        texts[i].data = (const char *)manifests->ptr[i].ptr;
        texts[i].length = manifests->ptr[i].len;
    }
    int result = writer->commit ? writer->commit(&opened->public, texts, (int64_t)manifests->len) : ARROWBOX_OK;
    native_list_list_u8_free(manifests);
    return result || failure_is_there() ? failed(err) : true;
}

bool exports_arrowbox_udf_writer_method_partition_writer_write(
    exports_arrowbox_udf_writer_borrow_partition_writer_t self, exports_arrowbox_udf_writer_batch_t *rows,
    exports_arrowbox_udf_writer_error_t *err) {
    enter();
    struct wire wire;
    read_batch(rows, &wire);
    int result = partition_write((struct partition *)self, &wire);
    batch_done(rows);
    return result ? failed(err) : true;
}

bool exports_arrowbox_udf_writer_method_partition_writer_finish(
    exports_arrowbox_udf_writer_borrow_partition_writer_t self, native_list_u8_t *ret,
    exports_arrowbox_udf_writer_error_t *err) {
    enter();
    struct arrowbox_bytes manifest = {NULL, 0, 0};
    if (partition_finish((struct partition *)self, &manifest)) {
        arrowbox_bytes_free(&manifest);
        return failed(err);
    }
    ret->ptr = (uint8_t *)manifest.data;
    ret->len = manifest.length;
    if (ret->len == 0) free(manifest.data);
    return true;
}

static void drop_partition(void *self) {
    enter();
    partition_close(self);
}

DESTRUCTOR("writer", "table-writer", exports_arrowbox_udf_writer_table_writer_t,
           exports_arrowbox_udf_writer_table_writer, drop)
DESTRUCTOR("writer", "partition-writer", exports_arrowbox_udf_writer_partition_writer_t,
           exports_arrowbox_udf_writer_partition_writer, drop_partition)
