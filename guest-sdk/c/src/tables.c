/* Functions that give rows for values, and batches for batches. What comes is kept, and the function is called when
 * somebody asks for rows. */
#include "internal.h"

static void forget_pushed(struct opened *opened) {
    received_release(&opened->pushed[0]);
    opened->has_pushed = false;
    opened->next = 0;
}

static int push(struct opened *opened, const struct wire *rows) {
    /* Somebody had enough of what came before. */
    opened->made.sent = opened->made.ready_rows;
    forget_pushed(opened);
    if (receive(opened->inputs[0], rows, true, &opened->pushed[0])) return ARROWBOX_ERROR;
    opened->has_pushed = true;
    return ARROWBOX_OK;
}

void table_close(struct opened *opened) {
    const struct arrowbox_table *table = &opened->public.function->table;
    if (!opened->has_cursor) return;
    if (table->end) table->end(opened->cursor);
    memset(opened->cursor, 0, table->size);
    opened->has_cursor = false;
}

int table_push(struct opened *opened, const struct wire *arguments) {
    table_close(opened);
    return push(opened, arguments);
}

int map_push(struct opened *opened, const struct wire *rows) { return push(opened, rows); }

int map_finish(struct opened *opened) {
    forget_pushed(opened);
    opened->finishing = true;
    return ARROWBOX_OK;
}

/* Calls the function for rows of arguments until there is a batch. */
static int fill_table(struct opened *opened) {
    const struct arrowbox_function *function = opened->public.function;
    struct production *made = &opened->made;
    struct arrowbox_call call = {&opened->public, opened->public.state, opened->pushed[0].batch};
    while (opened->has_pushed && opened->next < call.batch.rows && !production_is_full(made)) {
        int64_t row = opened->next, before = production_rows(made);
        int result = ARROWBOX_OK;
        if (function->nulls != ARROWBOX_STRICT || !batch_has_null(&call.batch, row)) {
            opened->has_cursor = true;
            result = function->table.next(&call, row, opened->cursor, &made->rows);
        }
        if (result < 0 || failure_is_there()) return arrowbox__failed_at(row);
        uint32_t parent = (uint32_t)row;
        for (int64_t i = production_rows(made); i > before; i--) arrowbox_append_fixed(made->before[0], &parent);
        if (result != ARROWBOX_MORE) {
            opened->next++;
            table_close(opened);
        }
    }
    return ARROWBOX_OK;
}

/* Calls the function with the batch that came, or at the end, until there is a batch. */
static int fill_map(struct opened *opened) {
    const struct arrowbox_map *map = &opened->public.function->map;
    struct production *made = &opened->made;
    while ((opened->has_pushed || opened->finishing) && !production_is_full(made)) {
        int result = ARROWBOX_OK;
        if (opened->has_pushed) {
            struct arrowbox_call call = {&opened->public, opened->public.state, opened->pushed[0].batch};
            result = map->push(&call, &made->rows);
        } else if (map->finish) {
            result = map->finish(&opened->public, &made->rows);
        }
        if (result < 0 || failure_is_there()) return ARROWBOX_ERROR;
        if (result != ARROWBOX_MORE) opened->has_pushed = opened->finishing = false;
    }
    return ARROWBOX_OK;
}

int tables_next(struct opened *opened, struct wire *result, bool *there) {
    struct production *made = &opened->made;
    if (!production_is_ready(made)) {
        production_begin(made);
        enum arrowbox_kind kind = opened->public.function->kind;
        int filled = kind == ARROWBOX_TABLE_FUNCTION ? fill_table(opened)
                     : kind == ARROWBOX_MAP_BATCHES  ? fill_map(opened)
                                                     : grouped_fill(opened);
        if (filled || production_finish(made)) return ARROWBOX_ERROR;
    }
    return production_send(made, result, there);
}
