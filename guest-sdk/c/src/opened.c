/* How functions are found and begin to serve a place in a query. */
#include "internal.h"

static const char *const kinds[] = {
    "scalar function", "aggregate function", "window function",
    "table function",  "map over batches",   "map over groups",
    "map over groups of two tables", "reader", "writer",
};

bool kind_gives_one_value(enum arrowbox_kind kind) {
    return kind == ARROWBOX_SCALAR_FUNCTION || kind == ARROWBOX_AGGREGATE_FUNCTION || kind == ARROWBOX_WINDOW_FUNCTION;
}

static bool kind_takes_values(enum arrowbox_kind kind) {
    return kind_gives_one_value(kind) || kind == ARROWBOX_TABLE_FUNCTION;
}

/* A struct of one field, or of columns; a column without a name has that of the function. */
static struct ArrowSchema *result_fields(struct arena *arena, const struct arrowbox_function *function,
                                         const char *text) {
    struct ArrowSchema *fields;
    if (kind_gives_one_value(function->kind)) {
        struct ArrowSchema *field = schema_parse_field(arena, text, function->name);
        if (!field) return NULL;
        fields = schema_make(arena, "+s", 2, "", 0, 0, 1, false);
        fields->children[0] = field;
    } else if (!(fields = schema_parse(arena, text, NULL))) {
        return NULL;
    }
    for (int64_t i = 0; i < fields->n_children; i++)
        if (!fields->children[i]->name[0]) fields->children[i]->name = function->name;
    return fields;
}

int function_signature(const struct arrowbox_function *function, struct arena *arena, struct ArrowSchema **arguments,
                       bool *variadic, struct ArrowSchema **result) {
    const char *declared = function->arguments;
    bool none = function->kind == ARROWBOX_READER || function->kind == ARROWBOX_WRITER;
    if (!declared) declared = none ? "" : "arguments:*...";
    if (!(*arguments = schema_parse(arena, declared, variadic))) return ARROWBOX_ERROR;
    *result = NULL;
    if (function->result && !(*result = result_fields(arena, function, function->result))) return ARROWBOX_ERROR;
    return ARROWBOX_OK;
}

static bool accepts(const struct ArrowSchema *declared, bool variadic, const struct ArrowSchema *given) {
    int64_t fixed = declared->n_children - variadic;
    if (variadic ? given->n_children < fixed : given->n_children != fixed) return false;
    for (int64_t i = 0; i < given->n_children; i++)
        if (!schema_accepts(declared->children[i < fixed ? i : fixed], given->children[i])) return false;
    return true;
}

static const struct arrowbox_function *find(const struct opening *opening, struct arena *arena,
                                            const struct ArrowSchema *given) {
    bool named = false;
    for (const struct arrowbox_function *const *each = arrowbox_library; *each; each++) {
        const struct arrowbox_function *function = *each;
        if (function->kind != opening->kind || strlen(function->name) != opening->name_length ||
            memcmp(function->name, opening->name, opening->name_length))
            continue;
        named = true;
        struct ArrowSchema *arguments, *result;
        bool variadic = false;
        if (function_signature(function, arena, &arguments, &variadic, &result)) return NULL;
        bool no_arguments = function->kind == ARROWBOX_READER || function->kind == ARROWBOX_WRITER;
        if (no_arguments || accepts(arguments, variadic, given)) return function;
    }
    if (!named) {
        arrowbox_fail("no such %s: %.*s", kinds[opening->kind], (int)opening->name_length, opening->name);
        return NULL;
    }
    struct arrowbox_bytes types = {NULL, 0, 0};
    for (int64_t i = 0; i < given->n_children; i++)
        arrowbox_bytes_printf(&types, "%s%s", i ? ", " : "", schema_text(arena, given->children[i]));
    arrowbox_fail("%.*s has no signature for (%.*s)", (int)opening->name_length, opening->name, (int)types.length,
                  types.data ? types.data : "");
    arrowbox_bytes_free(&types);
    return NULL;
}

/* The host makes null what strict functions give for nulls, if they are scalar and all of the same name are strict. */
static bool has_to_mask(const struct arrowbox_function *function) {
    if (function->nulls != ARROWBOX_STRICT) return false;
    if (function->kind == ARROWBOX_WINDOW_FUNCTION) return true;
    for (const struct arrowbox_function *const *each = arrowbox_library; *each; each++)
        if ((*each)->nulls != ARROWBOX_STRICT && (*each)->kind == function->kind &&
            !strcmp((*each)->name, function->name))
            return true;
    return false;
}

static int take_result(struct opened *opened, struct ArrowSchema *fields) {
    return fields && (opened->result = columns_make(&opened->arena, fields)) ? ARROWBOX_OK : ARROWBOX_ERROR;
}

int arrowbox_result(struct arrowbox_opened *public, const char *text) {
    struct opened *opened = (struct opened *)(void *)public;
    return take_result(opened, result_fields(&opened->arena, public->function, text));
}

int arrowbox_result_schema(struct arrowbox_opened *public, const struct ArrowSchema *schema) {
    struct opened *opened = (struct opened *)(void *)public;
    struct ArrowSchema *copy = schema_copy(&opened->arena, schema);
    if (!kind_gives_one_value(public->function->kind)) return take_result(opened, copy);
    struct ArrowSchema *fields = schema_make(&opened->arena, "+s", 2, "", 0, 0, 1, false);
    copy->name = public->function->name;
    fields->children[0] = copy;
    return take_result(opened, fields);
}

void *arrowbox_keep(struct arrowbox_opened *public, size_t bytes) {
    struct opened *opened = (struct opened *)(void *)public;
    void *kept = arena_take(&opened->arena, bytes, 16);
    if (bytes > 0) memset(kept, 0, bytes);
    return kept;
}

static int open_kind(struct opened *opened, const struct opening *opening) {
    struct arrowbox_opened *public = &opened->public;
    const struct arrowbox_function *function = public->function;
    if (function->result && take_result(opened, result_fields(&opened->arena, function, function->result)))
        return ARROWBOX_ERROR;
    /* What a function without a name for its mistake looks like. */
    bool there = false;
    switch (function->kind) {
    case ARROWBOX_SCALAR_FUNCTION: there = function->scalar.call != NULL; break;
    case ARROWBOX_AGGREGATE_FUNCTION:
        there = function->aggregate.update && function->aggregate.merge && function->aggregate.evaluate;
        break;
    case ARROWBOX_WINDOW_FUNCTION: there = function->window.next || function->window.evaluate; break;
    case ARROWBOX_TABLE_FUNCTION: there = function->table.next != NULL; break;
    case ARROWBOX_MAP_BATCHES: there = function->map.push != NULL; break;
    case ARROWBOX_GROUPED_MAP:
    case ARROWBOX_COGROUPED_MAP: there = function->grouped.map != NULL; break;
    case ARROWBOX_READER: there = function->reader.plan && function->reader.next; break;
    case ARROWBOX_WRITER: there = function->writer.write && function->writer.finish; break;
    }
    if (!there) return arrowbox_fail("%s lacks callbacks that a %s needs", function->name, kinds[function->kind]);
    if (opening->arguments && !kind_takes_values(function->kind)) {
        struct ArrowSchema *fields = opening->fields(opening->from, 2, &opened->arena);
        struct columns *columns = fields ? columns_make(&opened->arena, fields) : NULL;
        if (!columns || receive(columns, opening->arguments, true, &opened->arguments)) return ARROWBOX_ERROR;
        if (opened->arguments.batch.rows != 1)
            return arrowbox_fail("there are %lld rows of values where one is agreed",
                                 (long long)opened->arguments.batch.rows);
        public->arguments = opened->arguments.batch;
    }
    opened->masks = has_to_mask(function);
    if (function->open ? function->open(public) : arrowbox_only(public->options, NULL)) return ARROWBOX_ERROR;
    if (failure_is_there()) return ARROWBOX_ERROR;
    if (!opened->result && function->kind != ARROWBOX_WRITER)
        return arrowbox_fail("%s does not say what it returns: `.result` or `arrowbox_result` does", function->name);
    if (function->kind == ARROWBOX_AGGREGATE_FUNCTION && aggregate_open(opened)) return ARROWBOX_ERROR;
    if (function->kind == ARROWBOX_WINDOW_FUNCTION) opened->partition = arrowbox_keep(public, function->window.size);
    if (function->kind == ARROWBOX_TABLE_FUNCTION) {
        struct ArrowSchema *row = schema_parse(&opened->arena, "row:I!", NULL);
        production_init(&opened->made, opened->result, columns_make(&opened->arena, row));
        opened->cursor = arrowbox_keep(public, function->table.size);
    }
    if (function->kind == ARROWBOX_MAP_BATCHES) production_init(&opened->made, opened->result, NULL);
    if (function->kind == ARROWBOX_GROUPED_MAP || function->kind == ARROWBOX_COGROUPED_MAP) return grouped_open(opened);
    return ARROWBOX_OK;
}

struct opened *opened_open(const struct opening *opening) {
    struct opened *opened = must_zero(1, sizeof *opened);
    struct arrowbox_opened *public = &opened->public;
    opened->owners = 1;
    public->options = opening->options;
    public->n_keys = opening->n_keys;
    opened->n_inputs = opening->n_inputs;
    bool failed = opening->n_inputs > 2;
    for (int i = 0; i < 2; i++)
        if (opening->keys[i]) {
            uint32_t *keys = arrowbox_keep(public, (size_t)opening->n_keys * sizeof *keys);
            if (opening->n_keys > 0) memcpy(keys, opening->keys[i], (size_t)opening->n_keys * sizeof *keys);
            public->keys[i] = keys;
        }
    for (int i = 0; !failed && i < opening->n_inputs; i++) {
        public->inputs[i] = opening->fields(opening->from, i, &opened->arena);
        failed = !public->inputs[i] || !(opened->inputs[i] = columns_make(&opened->arena, public->inputs[i]));
    }
    if (!failed) {
        struct ArrowSchema *given = public->inputs[0];
        if (!kind_takes_values(opening->kind) && opening->arguments)
            given = opening->fields(opening->from, 2, &opened->arena);
        failed = !given && opening->kind != ARROWBOX_READER;
        if (!failed) public->function = find(opening, &opened->arena, given);
        failed = !public->function || open_kind(opened, opening);
    }
    if (!failed) return opened;
    if (!failure_is_there()) arrowbox_fail("%.*s can not be opened", (int)opening->name_length, opening->name);
    opened_close(opened);
    return NULL;
}

void opened_close(struct opened *opened) {
    if (--opened->owners > 0) return;
    const struct arrowbox_function *function = opened->public.function;
    if (function && function->kind == ARROWBOX_AGGREGATE_FUNCTION) aggregate_close(opened);
    if (function && function->kind == ARROWBOX_WINDOW_FUNCTION) window_close(opened);
    if (function && function->kind == ARROWBOX_TABLE_FUNCTION) table_close(opened);
    if (function && function->close) function->close(&opened->public);
    if (opened->made.columns) production_free(&opened->made);
    received_release(&opened->pushed[0]);
    received_release(&opened->pushed[1]);
    received_release(&opened->arguments);
    grouped_close(opened);
    options_free(opened->public.options);
    arena_free(&opened->arena);
    free(opened);
}
