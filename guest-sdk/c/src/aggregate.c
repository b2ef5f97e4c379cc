/* Functions that give a value for each group of rows. */
#include "internal.h"

static const struct arrowbox_aggregate *function_of(const struct opened *opened) {
    return &opened->public.function->aggregate;
}

/* The columns of a batch behind that which says of which group each row is. */
static struct columns *behind_group(struct opened *opened, const struct ArrowSchema *fields) {
    struct ArrowSchema *all = schema_make(&opened->arena, "+s", 2, "", 0, 0, fields->n_children + 1, false);
    all->children[0] = schema_make(&opened->arena, "I", 1, "group", 5, 0, 0, false);
    for (int64_t i = 0; i < fields->n_children; i++) all->children[i + 1] = fields->children[i];
    return columns_make(&opened->arena, all);
}

int aggregate_open(struct opened *opened) {
    const struct arrowbox_aggregate *function = function_of(opened);
    struct ArrowSchema *fields =
        schema_make(&opened->arena, "+s", 2, "", 0, 0, (int64_t)function->n_fields, false);
    if (function->n_fields == 0) return arrowbox_fail("%s has a state of no fields", opened->public.function->name);
    for (size_t i = 0; i < function->n_fields; i++) {
        const struct arrowbox_field *field = &function->fields[i];
        if (strlen(field->format) != 1 || !strchr("bcCsSiIlLfguz", field->format[0]))
            return arrowbox_fail("the member %s of a state is of type `%s`, which states do not have", field->name,
                                 field->format);
        fields->children[i] =
            schema_make(&opened->arena, field->format, 1, field->name, strlen(field->name), 0, 0, false);
    }
    opened->state_columns = columns_make(&opened->arena, fields);
    opened->grouped_rows = behind_group(opened, opened->public.inputs[0]);
    opened->grouped_states = behind_group(opened, fields);
    return opened->state_columns && opened->grouped_rows && opened->grouped_states ? ARROWBOX_OK : ARROWBOX_ERROR;
}

static void begin(const struct opened *opened, void *states, int64_t count) {
    const struct arrowbox_aggregate *function = function_of(opened);
    memset(states, 0, (size_t)count * function->size);
    if (function->begin)
        for (int64_t i = 0; i < count; i++)
            function->begin((char *)states + (size_t)i * function->size, (struct arrowbox_opened *)(uintptr_t)&opened->public);
}

static void end(const struct opened *opened, char *states, int64_t count) {
    const struct arrowbox_aggregate *function = function_of(opened);
    if (function->end)
        for (int64_t i = 0; i < count; i++) function->end(states + (size_t)i * function->size);
}

void aggregate_close(struct opened *opened) {
    end(opened, opened->states, opened->n_states);
    free(opened->states);
}

/* New groups begin with the state of no rows. */
static int grow(struct opened *opened, uint64_t groups) {
    size_t size = function_of(opened)->size;
    if (groups <= (uint64_t)opened->n_states) return ARROWBOX_OK;
    if (groups > SIZE_MAX / 2 / (size + 1)) return arrowbox_fail("%llu groups are too many", (unsigned long long)groups);
    if ((int64_t)groups > opened->states_capacity) {
        int64_t capacity = 2 * opened->states_capacity;
        if (capacity < (int64_t)groups) capacity = (int64_t)groups;
        opened->states = must_grow(opened->states, (size_t)capacity * size);
        opened->states_capacity = capacity;
    }
    begin(opened, opened->states + (size_t)opened->n_states * size, (int64_t)groups - opened->n_states);
    opened->n_states = (int64_t)groups;
    return ARROWBOX_OK;
}

/* The states of the rows of a batch whose first column says of which group each is. */
static int states_of(struct opened *opened, const struct arrowbox_batch *batch, struct arrowbox_states *states) {
    const struct ArrowArray *column = batch->columns[0];
    const uint32_t *groups = ARROWBOX_VALUES(uint32_t, column);
    bool one = column->length == 1 && batch->rows != 1;
    if (column->null_count > 0 || (!one && column->length != batch->rows))
        return arrowbox_fail("there are %lld groups, %lld of them null, for %lld rows", (long long)column->length,
                             (long long)column->null_count, (long long)batch->rows);
    uint32_t last = 0;
    for (int64_t i = 0; i < column->length; i++) last = groups[i] > last ? groups[i] : last;
    if (column->length > 0 && last >= (uint64_t)opened->n_states)
        return arrowbox_fail("a row is of group %u, and there are %lld groups", last, (long long)opened->n_states);
    states->base = opened->states;
    states->size = function_of(opened)->size;
    states->length = opened->n_states;
    states->groups = groups;
    states->one = one;
    return ARROWBOX_OK;
}

static struct arrowbox_call behind(struct opened *opened, const struct arrowbox_batch *batch) {
    struct arrowbox_call call = {&opened->public, opened->public.state, *batch};
    call.batch.columns++;
    call.batch.schemas++;
    call.batch.n_columns--;
    return call;
}

int aggregate_update(struct opened *opened, const struct wire *rows, uint64_t groups, bool retract) {
    const struct arrowbox_aggregate *function = function_of(opened);
    struct received received;
    struct arrowbox_states states;
    if (retract && !function->retract)
        return arrowbox_fail("%s can not take rows back: it has no `retract`", opened->public.function->name);
    if (grow(opened, groups) || receive(opened->grouped_rows, rows, true, &received)) return ARROWBOX_ERROR;
    int result = states_of(opened, &received.batch, &states);
    if (!result) {
        struct arrowbox_call call = behind(opened, &received.batch);
        result = (retract ? function->retract : function->update)(&call, &states);
    }
    received_release(&received);
    return result || failure_is_there() ? ARROWBOX_ERROR : ARROWBOX_OK;
}

int aggregate_merge(struct opened *opened, const struct wire *rows, uint64_t groups) {
    const struct arrowbox_aggregate *function = function_of(opened);
    struct received received;
    struct arrowbox_states states;
    if (grow(opened, groups) || receive(opened->grouped_states, rows, true, &received)) return ARROWBOX_ERROR;
    int result = states_of(opened, &received.batch, &states);
    struct arrowbox_call call = behind(opened, &received.batch);
    struct arrowbox_texts *texts = arena_take(arena_now, function->n_fields * sizeof *texts, 16);
    for (size_t i = 0; !result && i < function->n_fields; i++) {
        const struct ArrowArray *column = call.batch.columns[i];
        if (column->null_count > 0)
            result = arrowbox_fail("this is no state of %s: the column %s has %lld nulls", opened->public.function->name,
                                   function->fields[i].name, (long long)column->null_count);
        else if (strchr("uz", function->fields[i].format[0]))
            result = arrowbox_texts(call.batch.schemas[i], column, &texts[i]);
    }
    /* What comes is put into copies of a state of no rows, which then ends as it began. */
    char *none = arena_take(arena_now, function->size, 16), *other = arena_take(arena_now, function->size, 16);
    begin(opened, none, 1);
    for (int64_t row = 0; !result && row < call.batch.rows; row++) {
        memcpy(other, none, function->size);
        for (size_t i = 0; i < function->n_fields; i++) {
            const struct ArrowArray *column = call.batch.columns[i];
            int64_t at = column->length == 1 ? 0 : row;
            void *member = other + function->fields[i].offset;
            const char *values = column->buffers[1];
            size_t place = (size_t)(column->offset + at);
            switch (function->fields[i].format[0]) {
            case 'b': *(bool *)member = arrowbox_bit(values, (int64_t)place); break;
            case 'u': case 'z': *(arrowbox_text *)member = arrowbox_text_at(&texts[i], at); break;
            case 'c': case 'C': memcpy(member, values + place, 1); break;
            case 's': case 'S': memcpy(member, values + place * 2, 2); break;
            case 'i': case 'I': case 'f': memcpy(member, values + place * 4, 4); break;
            default: memcpy(member, values + place * 8, 8); break;
            }
        }
        result = function->merge(arrowbox_state(&states, row), other);
        if (failure_is_there()) result = ARROWBOX_ERROR;
    }
    end(opened, none, 1);
    received_release(&received);
    return result ? ARROWBOX_ERROR : ARROWBOX_OK;
}

/* States as columns. */
static int send_states(struct opened *opened, const char *states, int64_t count, struct wire *wire) {
    const struct arrowbox_aggregate *function = function_of(opened);
    const struct columns *columns = opened->state_columns;
    wire->rows = (uint64_t)count;
    for (size_t i = 0; i < function->n_fields; i++) {
        struct arrowbox_builder *builder = builder_make(arena_now, columns->type->children[i]);
        const char *member = states + function->fields[i].offset;
        char format = function->fields[i].format[0];
        for (int64_t row = 0; row < count; row++, member += function->size) {
            if (format == 'b') arrowbox_append_bool(builder, *(const bool *)member);
            else if (format == 'u' || format == 'z') arrowbox_append_text(builder, *(const arrowbox_text *)member);
            else arrowbox_append_fixed(builder, member);
        }
        struct ArrowArray array;
        if (arrowbox_finish(builder, &array) ||
            send(columns->type->children[i], columns->schema->children[i], &array, 0, count, wire))
            return ARROWBOX_ERROR;
    }
    return ARROWBOX_OK;
}

int aggregate_convert(struct opened *opened, const struct wire *rows, struct wire *wire) {
    const struct arrowbox_aggregate *function = function_of(opened);
    struct received received;
    if (receive(opened->inputs[0], rows, true, &received)) return ARROWBOX_ERROR;
    int64_t count = received.batch.rows;
    char *converted = arena_take(arena_now, must_fit(count, function->size), 16);
    begin(opened, converted, count);
    struct arrowbox_states states = {converted, function->size, count, NULL, false};
    struct arrowbox_call call = {&opened->public, opened->public.state, received.batch};
    int result = function->update(&call, &states);
    if (failure_is_there()) result = ARROWBOX_ERROR;
    if (!result) result = send_states(opened, converted, count, wire);
    end(opened, converted, count);
    received_release(&received);
    return result ? ARROWBOX_ERROR : ARROWBOX_OK;
}

static int counted(const struct opened *opened, uint64_t *count) {
    if (*count == UINT64_MAX) *count = (uint64_t)opened->n_states;
    if (*count > (uint64_t)opened->n_states)
        return arrowbox_fail("%llu groups are asked for, and there are %lld", (unsigned long long)*count,
                             (long long)opened->n_states);
    return ARROWBOX_OK;
}

static void forget(struct opened *opened, int64_t count) {
    size_t size = function_of(opened)->size;
    end(opened, opened->states, count);
    opened->n_states -= count;
    if (opened->n_states == 0) {
        free(opened->states);
        opened->states = NULL;
        opened->states_capacity = 0;
    } else {
        memmove(opened->states, opened->states + (size_t)count * size, (size_t)opened->n_states * size);
    }
}

int aggregate_state(struct opened *opened, uint64_t count, struct wire *wire) {
    if (counted(opened, &count) || send_states(opened, opened->states, (int64_t)count, wire)) return ARROWBOX_ERROR;
    forget(opened, (int64_t)count);
    return ARROWBOX_OK;
}

int aggregate_evaluate(struct opened *opened, uint64_t count, bool forget_them, struct wire *wire) {
    const struct arrowbox_aggregate *function = function_of(opened);
    if (counted(opened, &count)) return ARROWBOX_ERROR;
    struct arrowbox_states states = {opened->states, function->size, (int64_t)count, NULL, false};
    struct arrowbox_call call = {&opened->public, opened->public.state, {(int64_t)count, 0, NULL, NULL}};
    struct ArrowArray array;
    memset(&array, 0, sizeof array);
    if (function->evaluate(&call, &states, &array) || failure_is_there()) {
        /* A row would be that of a group, which nobody can find. */
        failure_drop_row();
        return ARROWBOX_ERROR;
    }
    if (array.length != (int64_t)count)
        return arrowbox_fail("the function returned %lld values for %lld groups", (long long)array.length,
                             (long long)count);
    wire->rows = count;
    const struct columns *columns = opened->result;
    if (send(columns->type->children[0], columns->schema->children[0], &array, 0, array.length, wire))
        return ARROWBOX_ERROR;
    if (forget_them) forget(opened, (int64_t)count);
    return ARROWBOX_OK;
}
