/* Rows that a function makes, in batches that are not too large. */
#include "internal.h"

/* Where a batch is long enough. */
#define ENOUGH_ROWS 8192
/* The rows of a batch, at most. */
#define MOST_ROWS 65536

void production_init(struct production *production, const struct columns *columns, const struct columns *before) {
    memset(production, 0, sizeof *production);
    production->columns = columns;
    production->before_columns = before;
    production->n_projection = -1;
}

static void release_given(struct production *production) {
    for (int64_t i = 0; production->given && i < production->columns->type->n_children; i++)
        if (production->given[i].release) production->given[i].release(&production->given[i]);
    production->given = NULL;
}

void production_free(struct production *production) {
    release_given(production);
    arena_free(&production->arena);
}

bool production_is_ready(const struct production *production) { return production->sent < production->ready_rows; }

void production_begin(struct production *production) {
    release_given(production);
    arena_reset(&production->arena);
    arena_now = &production->arena;
    const struct type *type = production->columns->type;
    struct arrowbox_rows *rows = &production->rows;
    rows->n_columns = type->n_children;
    rows->rows = 0;
    rows->columns = arena_take(arena_now, (size_t)(type->n_children + 1) * sizeof(void *), 16);
    for (int64_t i = 0; i < type->n_children; i++) {
        bool wanted = production->n_projection < 0;
        for (int64_t k = 0; k < production->n_projection; k++) wanted |= production->projection[k] == i;
        rows->columns[i] = wanted ? builder_make(arena_now, type->children[i]) : NULL;
    }
    if (production->before_columns) {
        const struct type *before = production->before_columns->type;
        production->before = arena_take(arena_now, (size_t)(before->n_children + 1) * sizeof(void *), 16);
        for (int64_t i = 0; i < before->n_children; i++)
            production->before[i] = builder_make(arena_now, before->children[i]);
    }
    production->ready = NULL;
    production->ready_rows = production->sent = production->given_rows = production->built = 0;
}

int64_t production_rows(const struct production *production) {
    return production->rows.rows + production->given_rows;
}

bool production_is_full(const struct production *production) {
    return production->given || production->rows.rows >= ENOUGH_ROWS;
}

void arrowbox_end_row(struct arrowbox_rows *rows) { rows->rows++; }

/* One array can stand for several columns: it is released once. */
static bool stands_before(struct ArrowArray *const *columns, int64_t index) {
    for (int64_t i = 0; i < index; i++)
        if (columns[i] == columns[index]) return true;
    return false;
}

int arrowbox_give(struct arrowbox_rows *rows, int64_t length, struct ArrowArray *const *columns) {
    struct production *production = (struct production *)(void *)rows;
    int64_t count = rows->n_columns;
    if (production->given)
        return arrowbox_fail("a batch was given beside another: return ARROWBOX_MORE between them");
    for (int64_t i = 0; i < count; i++)
        if (columns[i] && columns[i]->length != length)
            return arrowbox_fail("a batch of %lld rows was given with a column of %lld values", (long long)length,
                                 (long long)columns[i]->length);
    struct ArrowArray *given = arena_take(&production->arena, (size_t)(count + 1) * sizeof *given, 16);
    memset(given, 0, (size_t)count * sizeof *given);
    for (int64_t i = 0; i < count; i++) {
        if (!columns[i]) continue;
        given[i] = *columns[i];
        if (stands_before(columns, i)) given[i].release = NULL;
    }
    for (int64_t i = 0; i < count; i++)
        if (columns[i]) columns[i]->release = NULL;
    production->given = given;
    production->given_rows = length;
    production->built = rows->rows;
    /* Nothing to hand out, and more can come. */
    if (length == 0) release_given(production);
    return ARROWBOX_OK;
}

int production_finish(struct production *production) {
    int64_t rows = production_rows(production);
    const struct type *type = production->columns->type;
    if (!production->given) production->built = production->rows.rows;
    if (production->built < production->rows.rows)
        return arrowbox_fail("rows were ended behind a batch that was given: return ARROWBOX_MORE between them");
    struct ArrowArray *arrays = arena_take(&production->arena, (size_t)(type->n_children + 1) * sizeof *arrays, 16);
    for (int64_t i = 0; i < type->n_children; i++) {
        struct arrowbox_builder *builder = production->rows.columns[i];
        if (!builder) continue;
        if (arrowbox_length(builder) != production->built)
            return arrowbox_fail("column %lld (counted from zero) has %lld values, and %lld rows were ended: "
                                 "a value for each column comes before `arrowbox_end_row`",
                                 (long long)i, (long long)arrowbox_length(builder), (long long)production->built);
        if (arrowbox_finish(builder, &arrays[i])) return ARROWBOX_ERROR;
    }
    production->ready = arrays;
    production->ready_rows = rows;
    production->sent = 0;
    if (production->before_columns) {
        int64_t count = production->before_columns->type->n_children;
        struct ArrowArray *before = arena_take(&production->arena, (size_t)(count + 1) * sizeof *before, 16);
        for (int64_t i = 0; i < count; i++)
            if (arrowbox_finish(production->before[i], &before[i])) return ARROWBOX_ERROR;
        production->before = (struct arrowbox_builder **)(void *)before;
    }
    return failure_is_there() ? ARROWBOX_ERROR : ARROWBOX_OK;
}

int production_send(struct production *production, struct wire *wire, bool *there) {
    arena_now = &production->arena;
    *there = production_is_ready(production);
    if (!*there) return ARROWBOX_OK;
    int64_t begin = production->sent, built = production->built;
    bool given = begin >= built;
    int64_t left = (given ? production->ready_rows : built) - begin;
    int64_t length = left < MOST_ROWS ? left : MOST_ROWS;
    production->sent += length;
    wire->rows = (uint64_t)length;
    const struct columns *before = production->before_columns;
    const struct ArrowArray *arrays = (const struct ArrowArray *)(const void *)production->before;
    for (int64_t i = 0; before && i < before->type->n_children; i++)
        if (send(before->type->children[i], before->schema->children[i], &arrays[i], begin, length, wire))
            return ARROWBOX_ERROR;
    const struct columns *columns = production->columns;
    int64_t count = production->n_projection >= 0 ? production->n_projection : columns->type->n_children;
    for (int64_t i = 0; i < count; i++) {
        int64_t column = production->n_projection >= 0 ? production->projection[i] : i;
        const struct ArrowArray *array = given ? &production->given[column] : &production->ready[column];
        if (send(columns->type->children[column], columns->schema->children[column], array,
                 given ? begin - built : begin, length, wire))
            return ARROWBOX_ERROR;
    }
    return ARROWBOX_OK;
}
