/* Functions that make a table of files: a split being read. */
#include "internal.h"

struct reading_split *split_open(struct opened *opened) {
    struct reading_split *reading = must_zero(1, sizeof *reading);
    reading->opened = opened;
    opened->owners++;
    reading->left = -1;
    reading->cursor = must_zero(1, opened->public.function->reader.size);
    production_init(&reading->made, opened->result, NULL);
    return reading;
}

int split_next(struct reading_split *reading, struct wire *result, bool *there) {
    struct production *made = &reading->made;
    const struct arrowbox_reader *reader = &reading->opened->public.function->reader;
    *there = false;
    if (reading->left == 0) return ARROWBOX_OK;
    if (!production_is_ready(made)) {
        made->projection = reading->request.projection;
        made->n_projection = reading->request.n_projection;
        production_begin(made);
        while (!reading->done && !production_is_full(made)) {
            int read = reader->next(&reading->opened->public, &reading->split, &reading->request, reading->cursor,
                                    &made->rows);
            if (read < 0 || failure_is_there()) return ARROWBOX_ERROR;
            if (read != ARROWBOX_MORE) reading->done = true;
        }
        if (production_finish(made)) return ARROWBOX_ERROR;
    }
    if (production_send(made, result, there)) return ARROWBOX_ERROR;
    if (*there && reading->left > 0)
        reading->left = (int64_t)result->rows < reading->left ? reading->left - (int64_t)result->rows : 0;
    return ARROWBOX_OK;
}

void split_close(struct reading_split *reading) {
    const struct arrowbox_reader *reader = &reading->opened->public.function->reader;
    if (reader->end) reader->end(reading->cursor);
    production_free(&reading->made);
    received_release(&reading->values);
    arena_free(&reading->arena);
    free(reading->cursor);
    opened_close(reading->opened);
    free(reading);
}
