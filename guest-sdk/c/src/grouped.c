/* Functions from all rows of a key to rows. Many groups come at once; one can go on in the next call. */
#include "internal.h"

static struct columns *keys_of(struct opened *opened) {
    const struct arrowbox_opened *public = &opened->public;
    struct ArrowSchema *keys = schema_make(&opened->arena, "+s", 2, "", 0, 0, public->n_keys, false);
    for (int64_t i = 0; i < public->n_keys; i++) {
        const struct ArrowSchema *first = public->inputs[0]->children[public->keys[0][i]];
        keys->children[i] = schema_copy(&opened->arena, first);
        if (opened->n_inputs == 2) {
            const struct ArrowSchema *other = public->inputs[1]->children[public->keys[1][i]];
            if (!schema_same_type(first, other)) {
                arrowbox_fail("the keys of the tables are not of the same types");
                return NULL;
            }
            /* What only this table can have is null in a key is so in the result. */
            keys->children[i]->flags |= other->flags & ARROW_FLAG_NULLABLE;
        }
    }
    return columns_make(&opened->arena, keys);
}

int grouped_open(struct opened *opened) {
    const struct arrowbox_function *function = opened->public.function;
    int64_t wanted = function->kind == ARROWBOX_GROUPED_MAP ? 1 : 2;
    if (opened->n_inputs != wanted)
        return arrowbox_fail("%s can not be called with %lld tables", function->name, (long long)opened->n_inputs);
    struct columns *keys = keys_of(opened);
    if (!keys) return ARROWBOX_ERROR;
    for (int64_t i = 0; i < keys->schema->n_children; i++)
        if (arrowbox_find(opened->result->schema, keys->schema->children[i]->name) >= 0)
            return arrowbox_fail("\"%s\" is a column of the key and a column of what the function gives: rename one "
                                 "of them",
                                 keys->schema->children[i]->name);
    production_init(&opened->made, opened->result, keys);
    return ARROWBOX_OK;
}

void grouped_close(struct opened *opened) {
    free(opened->offsets[0]);
    free(opened->offsets[1]);
    arena_free(&opened->held_arena);
    arena_free(&opened->first_arena);
}

/* Adds a group of what came to that which goes on. */
static void hold(struct opened *opened, int64_t group) {
    for (int64_t i = 0; i < opened->n_inputs; i++) {
        const struct arrowbox_batch *batch = &opened->pushed[i].batch;
        if (!opened->is_held) {
            opened->held[i] = arena_take(&opened->held_arena, (size_t)(batch->n_columns + 1) * sizeof(void *), 16);
            for (int64_t c = 0; c < batch->n_columns; c++)
                opened->held[i][c] = builder_make(&opened->held_arena, opened->inputs[i]->type->children[c]);
            opened->held_rows[i] = 0;
        }
        uint32_t begin = opened->offsets[i][group], end = opened->offsets[i][group + 1];
        for (int64_t c = 0; c < batch->n_columns; c++) {
            builder_forget_source(opened->held[i][c]);
            for (uint32_t row = begin; row < end; row++)
                arrowbox_append_from(opened->held[i][c], batch->columns[c], row, 1);
        }
        opened->held_rows[i] += end - begin;
    }
    opened->is_held = true;
}

/* What was held is whole: it is the first group. */
static int end_held(struct opened *opened) {
    struct arena whole = opened->held_arena;
    opened->held_arena = opened->first_arena;
    arena_reset(&opened->held_arena);
    opened->first_arena = whole;
    struct arena *before = arena_now;
    arena_now = &opened->first_arena;
    int result = ARROWBOX_OK;
    for (int64_t i = 0; !result && i < opened->n_inputs; i++) {
        struct arrowbox_batch *first = &opened->first[i];
        first->rows = opened->held_rows[i];
        first->n_columns = opened->inputs[i]->type->n_children;
        first->schemas = opened->inputs[i]->schema->children;
        first->columns = arena_take(arena_now, (size_t)(first->n_columns + 1) * sizeof(struct ArrowArray *), 16);
        for (int64_t c = 0; !result && c < first->n_columns; c++) {
            /* Builders were made in an arena of another address. */
            first->columns[c] = arena_take(arena_now, sizeof(struct ArrowArray), 16);
            builder_move(opened->held[i][c], arena_now);
            result = arrowbox_finish(opened->held[i][c], first->columns[c]);
        }
    }
    arena_now = before;
    opened->is_held = false;
    opened->has_first = true;
    return result;
}

static int take(struct opened *opened, int64_t input, const struct wire *rows, const uint32_t *offsets,
                size_t n_offsets) {
    bool fits = n_offsets > 0 && offsets[n_offsets - 1] <= rows->rows;
    for (size_t i = 1; fits && i < n_offsets; i++) fits = offsets[i - 1] <= offsets[i];
    if (!fits) return arrowbox_fail("the offsets of the groups are not those of the rows");
    opened->offsets[input] = must_allocate(n_offsets * sizeof *offsets);
    memcpy(opened->offsets[input], offsets, n_offsets * sizeof *offsets);
    return receive(opened->inputs[input], rows, true, &opened->pushed[input]);
}

int grouped_push(struct opened *opened, const struct wire *inputs, uint32_t *const *offsets, const size_t *n_offsets,
                 size_t n_inputs, bool continued) {
    if (opened->next < opened->n_groups || opened->has_first || production_is_ready(&opened->made))
        return arrowbox_fail("groups came before the rows of the last ones were taken");
    if ((int64_t)n_inputs != opened->n_inputs || (n_inputs == 2 && n_offsets[0] != n_offsets[1]))
        return arrowbox_fail("groups of %zu tables came where %lld are agreed", n_inputs, (long long)opened->n_inputs);
    for (int64_t i = 0; i < opened->n_inputs; i++) {
        received_release(&opened->pushed[i]);
        free(opened->offsets[i]);
        opened->offsets[i] = NULL;
    }
    for (int64_t i = 0; i < opened->n_inputs; i++)
        if (take(opened, i, &inputs[i], offsets[i], n_offsets[i])) return ARROWBOX_ERROR;
    int64_t number = (int64_t)n_offsets[0] - 1, begin = 0;
    if (opened->is_held) {
        if (number > 0) {
            hold(opened, 0);
            begin = 1;
        }
        if (!(continued && number <= 1) && end_held(opened)) return ARROWBOX_ERROR;
    }
    opened->n_groups = number;
    if (continued && begin < number) hold(opened, --opened->n_groups);
    opened->next = begin < opened->n_groups ? begin : opened->n_groups;
    return ARROWBOX_OK;
}

static int map(struct opened *opened, const struct arrowbox_group *groups) {
    struct production *made = &opened->made;
    int64_t before = production_rows(made);
    int result = opened->public.function->grouped.map(&opened->public, groups, &made->rows);
    if (result < 0 || failure_is_there()) return ARROWBOX_ERROR;
    if (result == ARROWBOX_MORE)
        return arrowbox_fail("a map over groups gives all rows of a group at once, and not ARROWBOX_MORE");
    int64_t added = production_rows(made) - before;
    if (added == 0) return ARROWBOX_OK;
    int64_t side = groups[0].length > 0 ? 0 : 1;
    if (side == opened->n_inputs || groups[side].length == 0)
        return arrowbox_fail("a group has no rows in any table");
    for (int64_t i = 0; i < opened->public.n_keys; i++)
        arrowbox_append_from(made->before[i], groups[side].batch->columns[opened->public.keys[side][i]],
                             groups[side].start, added);
    return ARROWBOX_OK;
}

int grouped_fill(struct opened *opened) {
    struct arrowbox_group groups[2];
    memset(groups, 0, sizeof groups);
    if (opened->has_first) {
        for (int64_t i = 0; i < opened->n_inputs; i++) {
            groups[i].batch = &opened->first[i];
            groups[i].start = 0;
            groups[i].length = opened->first[i].rows;
        }
        opened->has_first = false;
        if (map(opened, groups)) return ARROWBOX_ERROR;
    }
    while (opened->next < opened->n_groups && !production_is_full(&opened->made)) {
        int64_t at = opened->next++;
        for (int64_t i = 0; i < opened->n_inputs; i++) {
            groups[i].batch = &opened->pushed[i].batch;
            groups[i].start = opened->offsets[i][at];
            groups[i].length = opened->offsets[i][at + 1] - opened->offsets[i][at];
        }
        if (map(opened, groups)) return ARROWBOX_ERROR;
    }
    return ARROWBOX_OK;
}
