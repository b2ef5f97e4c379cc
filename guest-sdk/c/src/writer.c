/* Functions that put a table somewhere: a partition being written. */
#include "internal.h"

struct partition *partition_open(struct opened *opened, uint32_t number) {
    const struct arrowbox_writer *writer = &opened->public.function->writer;
    struct partition *partition = must_zero(1, sizeof *partition);
    partition->opened = opened;
    opened->owners++;
    partition->state = must_zero(1, writer->size);
    if (writer->begin && (writer->begin(&opened->public, number, partition->state) || failure_is_there())) {
        partition_close(partition);
        return NULL;
    }
    return partition;
}

static int finished(void) { return arrowbox_fail("the partition has finished already"); }

int partition_write(struct partition *partition, const struct wire *rows) {
    struct opened *opened = partition->opened;
    struct received received;
    if (partition->finished) return finished();
    if (receive(opened->inputs[0], rows, true, &received)) return ARROWBOX_ERROR;
    struct arrowbox_call call = {&opened->public, partition->state, received.batch};
    int result = opened->public.function->writer.write(&call);
    received_release(&received);
    return result || failure_is_there() ? ARROWBOX_ERROR : ARROWBOX_OK;
}

int partition_finish(struct partition *partition, struct arrowbox_bytes *manifest) {
    struct opened *opened = partition->opened;
    if (partition->finished) return finished();
    partition->finished = true;
    int result = opened->public.function->writer.finish(&opened->public, partition->state, manifest);
    return result || failure_is_there() ? ARROWBOX_ERROR : ARROWBOX_OK;
}

void partition_close(struct partition *partition) {
    free(partition->state);
    opened_close(partition->opened);
    free(partition);
}
