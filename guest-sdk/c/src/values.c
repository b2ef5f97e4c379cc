/* Functions that give a value for each row: scalar and window functions. */
#include "internal.h"

/* The arguments of the last call: its result can lie in them. */
static struct received last;

void values_forget(void) { received_release(&last); }

static bool can_have_null(const struct arrowbox_batch *batch) {
    for (int64_t i = 0; i < batch->n_columns; i++) {
        const struct ArrowArray *column = batch->columns[i];
        if (column->null_count != 0 || (column->dictionary && column->dictionary->null_count != 0)) return true;
    }
    return false;
}

/* Makes null what has an argument that is. */
static void mask(const struct arrowbox_batch *batch, struct ArrowArray *array) {
    uint8_t *valid = NULL;
    for (int64_t row = 0; row < batch->rows; row++) {
        if (!batch_has_null(batch, row)) continue;
        if (!valid) {
            /* What there is can be that of an argument. */
            size_t bytes = (size_t)array->n_buffers * sizeof *array->buffers;
            array->buffers = memcpy(arrowbox_alloc(bytes), array->buffers, bytes);
            const void *before = array->null_count != 0 ? array->buffers[0] : NULL;
            valid = arrowbox_validity(array);
            if (before) memcpy(valid, before, (size_t)((array->offset + array->length + 7) / 8));
        }
        arrowbox_clear_bit(valid, array->offset + row);
    }
}

static int run(struct opened *opened, const struct wire *arguments, void *state,
               int (*callback)(struct arrowbox_call *, struct ArrowArray *), struct wire *result) {
    if (receive(opened->inputs[0], arguments, true, &last)) return ARROWBOX_ERROR;
    struct arrowbox_call call = {&opened->public, state, last.batch};
    struct ArrowArray array;
    memset(&array, 0, sizeof array);
    if (callback(&call, &array) || failure_is_there()) return ARROWBOX_ERROR;
    if (array.length != call.batch.rows)
        return arrowbox_fail("the function returned %lld values for %lld rows", (long long)array.length,
                             (long long)call.batch.rows);
    result->rows = (uint64_t)call.batch.rows;
    const struct columns *columns = opened->result;
    if (opened->masks && array.n_buffers > 0 && type_has_validity(columns->type->children[0]) &&
        can_have_null(&call.batch))
        mask(&call.batch, &array);
    return send(columns->type->children[0], columns->schema->children[0], &array, 0, array.length, result);
}

int scalar_invoke(struct opened *opened, const struct wire *arguments, struct wire *result) {
    const struct arrowbox_function *function = opened->public.function;
    return run(opened, arguments, opened->public.state, function->scalar.call, result);
}

static void begin(struct opened *opened, void *state) {
    const struct arrowbox_window *window = &opened->public.function->window;
    if (window->size > 0) memset(state, 0, window->size);
    if (window->begin) window->begin(state, &opened->public);
}

int window_evaluate(struct opened *opened, const struct wire *partition, struct wire *result) {
    const struct arrowbox_window *window = &opened->public.function->window;
    if (window->evaluate) return run(opened, partition, opened->public.state, window->evaluate, result);
    void *state = arrowbox_alloc(window->size);
    begin(opened, state);
    int given = run(opened, partition, state, window->next, result);
    if (window->end) window->end(state);
    return given;
}

int window_push(struct opened *opened, const struct wire *rows, bool first, struct wire *result) {
    const struct arrowbox_window *window = &opened->public.function->window;
    if (!window->next) return arrowbox_fail("%s needs a whole partition at once", opened->public.function->name);
    if (first || !opened->has_partition) {
        window_close(opened);
        begin(opened, opened->partition);
        opened->has_partition = true;
    }
    return run(opened, rows, opened->partition, window->next, result);
}

void window_close(struct opened *opened) {
    const struct arrowbox_window *window = &opened->public.function->window;
    if (opened->has_partition && window->end) window->end(opened->partition);
    opened->has_partition = false;
}
