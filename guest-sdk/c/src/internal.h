/* What the parts of the library share. Nothing here is for authors of functions. */
#ifndef ARROWBOX_INTERNAL_H
#define ARROWBOX_INTERNAL_H

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "arrowbox.h"

/* Names that are not in the way of those of authors. */
#define arena_take arrowbox__arena_take
#define arena_grow arrowbox__arena_grow
#define arena_reset arrowbox__arena_reset
#define arena_free arrowbox__arena_free
#define arena_now arrowbox__arena_now
#define must_allocate arrowbox__must_allocate
#define must_zero arrowbox__must_zero
#define must_grow arrowbox__must_grow
#define must_fit arrowbox__must_fit
#define must_extend arrowbox__must_extend
#define copy_text arrowbox__copy_text
#define enter arrowbox__enter
#define region_allocate arrowbox__region_allocate
#define region_release arrowbox__region_release
#define region_claim arrowbox__region_claim
#define region_drop arrowbox__region_drop
#define failure_take arrowbox__failure_take
#define failure_clear arrowbox__failure_clear
#define failure_is_there arrowbox__failure_is_there
#define failure_drop_row arrowbox__failure_drop_row
#define text_mend arrowbox__text_mend
#define log_write arrowbox__log_write
#define host_log arrowbox__host_log
#define host_panicked arrowbox__host_panicked
#define host_now arrowbox__host_now
#define host_random arrowbox__host_random
#define host_data_size arrowbox__host_data_size
#define host_data_read arrowbox__host_data_read
#define host_files arrowbox__host_files
#define host_read arrowbox__host_read
#define host_create arrowbox__host_create
#define host_write arrowbox__host_write
#define host_finish arrowbox__host_finish
#define host_drop arrowbox__host_drop
#define type_of arrowbox__type_of
#define schema_make arrowbox__schema_make
#define schema_copy arrowbox__schema_copy
#define schema_parse arrowbox__schema_parse
#define schema_parse_field arrowbox__schema_parse_field
#define schema_accepts arrowbox__schema_accepts
#define schema_same_type arrowbox__schema_same_type
#define schema_text arrowbox__schema_text
#define columns_make arrowbox__columns_make
#define receive arrowbox__receive
#define received_release arrowbox__received_release
#define send arrowbox__send
#define wire_clear arrowbox__wire_clear
#define array_borrow arrowbox__array_borrow
#define batch_has_null arrowbox__batch_has_null
#define builder_make arrowbox__builder_make
#define builder_move arrowbox__builder_move
#define builder_forget_source arrowbox__builder_forget_source
#define options_free arrowbox__options_free
#define production_init arrowbox__production_init
#define production_free arrowbox__production_free
#define production_is_ready arrowbox__production_is_ready
#define production_begin arrowbox__production_begin
#define production_rows arrowbox__production_rows
#define production_is_full arrowbox__production_is_full
#define production_finish arrowbox__production_finish
#define production_send arrowbox__production_send
#define opened_open arrowbox__opened_open
#define opened_close arrowbox__opened_close
#define function_signature arrowbox__function_signature
#define kind_gives_one_value arrowbox__kind_gives_one_value
#define values_forget arrowbox__values_forget
#define results_forget arrowbox__results_forget
#define scalar_invoke arrowbox__scalar_invoke
#define window_evaluate arrowbox__window_evaluate
#define window_push arrowbox__window_push
#define window_close arrowbox__window_close
#define aggregate_open arrowbox__aggregate_open
#define aggregate_close arrowbox__aggregate_close
#define aggregate_update arrowbox__aggregate_update
#define aggregate_merge arrowbox__aggregate_merge
#define aggregate_convert arrowbox__aggregate_convert
#define aggregate_state arrowbox__aggregate_state
#define aggregate_evaluate arrowbox__aggregate_evaluate
#define table_push arrowbox__table_push
#define table_close arrowbox__table_close
#define map_push arrowbox__map_push
#define map_finish arrowbox__map_finish
#define tables_next arrowbox__tables_next
#define grouped_open arrowbox__grouped_open
#define grouped_close arrowbox__grouped_close
#define grouped_push arrowbox__grouped_push
#define grouped_fill arrowbox__grouped_fill
#define split_open arrowbox__split_open
#define split_next arrowbox__split_next
#define split_close arrowbox__split_close
#define partition_open arrowbox__partition_open
#define partition_write arrowbox__partition_write
#define partition_finish arrowbox__partition_finish
#define partition_close arrowbox__partition_close

/* ---- memory.c --------------------------------------------------------------------------------------- */

/* Memory that is given back all at once. */
struct arena {
    struct chunk *chunks;
    char *next, *end;
};

void *arena_take(struct arena *arena, size_t bytes, size_t align);
/* More place for what was taken last, or a copy of it. */
void *arena_grow(struct arena *arena, void *taken, size_t bytes, size_t more);
/* Everything is free again; a little is kept for next time. */
void arena_reset(struct arena *arena);
void arena_free(struct arena *arena);

/* Where `arrowbox_alloc` takes from; the arena of the entry if nothing else was said. */
extern struct arena *arena_now;

/* As malloc, calloc and realloc, but never NULL. */
void *must_allocate(size_t bytes);
void *must_zero(size_t count, size_t bytes);
void *must_grow(void *memory, size_t bytes);
/* The bytes of so many values, if memory can have as many. */
size_t must_fit(int64_t count, size_t width);
/* The capacity, twice what it was if it can be, that has place for `bytes` behind `length`. */
size_t must_extend(size_t capacity, size_t length, size_t bytes);
char *copy_text(const char *text, size_t length);

/* Begins whatever the host calls: the last result is dead from here on. */
void enter(void);

/* A place that the host writes a batch into. */
struct region;

uintptr_t region_allocate(size_t length, size_t align);
void region_release(uintptr_t address);
/* The region that has these bytes, with one more owner; NULL if there is none. `claimed` are those that the batch
 * being read has taken already. */
struct region *region_claim(uintptr_t address, size_t length, struct region **claimed, size_t n_claimed);
void region_drop(struct region *region);

/* ---- error.c ---------------------------------------------------------------------------------------- */

struct failure {
    char *message;
    int64_t row; /* -1 if there is none. */
};

/* What was said with `arrowbox_fail`, which is forgotten then. The caller frees the message. */
struct failure failure_take(void);
void failure_clear(void);
bool failure_is_there(void);
void failure_drop_row(void);

/* The host takes UTF-8 alone: puts a question mark in place of each byte that is none. */
void text_mend(char *text, size_t length);
/* What is printed: a line is logged when it ends. */
void log_write(int level, const char *data, size_t length);

/* ---- host.c, or a stand-in ---------------------------------------------------------------------------- */

void host_log(int level, const char *message, size_t length);
void host_panicked(const char *message, size_t length, const char *place, size_t place_length);
int64_t host_now(void);
void host_random(void *into, size_t bytes);
int host_data_size(const char *name, uint64_t *size);
int host_data_read(const char *name, uint64_t offset, uint32_t length, void *into, size_t *read);
int host_files(const struct arrowbox_file **files, int64_t *n_files);
int host_read(arrowbox_text path, uint64_t offset, void *into, uint32_t length, uint32_t *read);
int host_create(const char *path, int32_t *file);
int host_write(int32_t file, const void *data, uint32_t length);
int host_finish(int32_t file, uint64_t *bytes);
void host_drop(int32_t file);

/* ---- type.c ----------------------------------------------------------------------------------------- */

enum layout {
    LAYOUT_NULL,
    LAYOUT_BITS,
    LAYOUT_FIXED,
    LAYOUT_BYTES,
    LAYOUT_VIEWS,
    LAYOUT_LIST,
    LAYOUT_LIST_VIEW,
    LAYOUT_FIXED_LIST,
    LAYOUT_STRUCT,
    LAYOUT_SPARSE_UNION,
    LAYOUT_DENSE_UNION,
    LAYOUT_RUNS,
    LAYOUT_DICTIONARY,
};

/* How arrays of a type lie in memory. */
struct type {
    enum layout layout;
    /* In bytes: of a value, of an offset, of a dictionary's keys. */
    int width;
    /* Of lists of fixed size. */
    int64_t size;
    /* This and all below it. */
    size_t n_arrays;
    int64_t n_children;
    /* A dictionary has one: its values. */
    struct type **children;
    /* Of a union: which child has a type id; -1 if none. */
    int8_t child_of[128];
    char format;
};

/* NULL, and a failure, where it is none. */
struct type *type_of(struct arena *arena, const struct ArrowSchema *schema);

static inline bool type_has_validity(const struct type *type) {
    return type->layout != LAYOUT_NULL && type->layout != LAYOUT_SPARSE_UNION &&
           type->layout != LAYOUT_DENSE_UNION && type->layout != LAYOUT_RUNS;
}

/* ---- schema.c --------------------------------------------------------------------------------------- */

struct ArrowSchema *schema_make(struct arena *arena, const char *format, size_t format_length, const char *name,
                                size_t name_length, int64_t flags, int64_t n_children, bool dictionary);
struct ArrowSchema *schema_copy(struct arena *arena, const struct ArrowSchema *schema);
/* A struct of fields; `variadic` if NULL must not say `...`. NULL, and a failure, where the text is none. */
struct ArrowSchema *schema_parse(struct arena *arena, const char *text, bool *variadic);
/* One field, whose name is `name` where it says none. */
struct ArrowSchema *schema_parse_field(struct arena *arena, const char *text, const char *name);
bool schema_accepts(const struct ArrowSchema *declared, const struct ArrowSchema *given);
bool schema_same_type(const struct ArrowSchema *a, const struct ArrowSchema *b);
/* For people; taken from the arena. */
const char *schema_text(struct arena *arena, const struct ArrowSchema *schema);

/* ---- wire.c ----------------------------------------------------------------------------------------- */

struct wire_node {
    uint64_t length, null_count;
};

struct wire_buffer {
    const void *data;
    size_t length;
};

/* What crosses: see wit/arrow.wit. */
struct wire {
    uint64_t rows;
    struct wire_node *nodes;
    size_t n_nodes, nodes_capacity;
    struct wire_buffer *buffers;
    size_t n_buffers, buffers_capacity;
    uint64_t *variadic;
    size_t n_variadic, variadic_capacity;
};

/* A batch that came, whose arrays own it together. */
struct received {
    struct arrowbox_batch batch;
    struct holder *holder;
};

/* The schemas of the columns of a table or of arguments. */
struct columns {
    struct ArrowSchema *schema;
    struct type *type; /* A struct. */
};

struct columns *columns_make(struct arena *arena, struct ArrowSchema *schema);

/* Arrays of what came, over the buffers. `owned` says whether the buffers lie in regions. */
int receive(const struct columns *columns, const struct wire *wire, bool owned, struct received *received);
/* Gives back every column that nobody moved. */
void received_release(struct received *received);

/* Appends rows `start` to `start + length` of an array; an error where it is none of the type. */
int send(const struct type *type, const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t start,
         int64_t length, struct wire *wire);
void wire_clear(struct wire *wire);

/* ---- array.c ---------------------------------------------------------------------------------------- */

/* Of memory that belongs to nobody but an arena. */
void array_borrow(struct ArrowArray *array, int64_t length, int64_t n_buffers, int64_t n_children);
/* Whether a column is null in this row: by itself, or by what a dictionary has for it. */
bool batch_has_null(const struct arrowbox_batch *batch, int64_t row);

/* ---- builder.c -------------------------------------------------------------------------------------- */

struct arrowbox_builder *builder_make(struct arena *arena, const struct type *type);
/* What it takes from now on comes from this arena. */
void builder_move(struct arrowbox_builder *builder, struct arena *arena);
/* The arrays that were copied from are gone: another dictionary can lie where theirs did. */
void builder_forget_source(struct arrowbox_builder *builder);

/* ---- options.c, files.c ----------------------------------------------------------------------------- */

struct text_pair {
    char *key, *value;
};

struct blob {
    char *name;
    char *bytes;
    size_t length;
};

struct arrowbox_options {
    struct text_pair *parameters;
    size_t n_parameters;
    struct blob *data;
    size_t n_data;
};

void options_free(struct arrowbox_options *options);

struct arrowbox_splits {
    struct arrowbox_split *splits;
    size_t length, capacity;
    struct arena *arena;
};

/* ---- production.c ----------------------------------------------------------------------------------- */

/* Rows that a function makes, in batches that are not too large. */
struct production {
    struct arrowbox_rows rows; /* First: authors have a pointer to it. */
    struct arena arena;
    /* Of the result: a struct. */
    const struct columns *columns;
    /* Which columns are wanted, or all. */
    const uint32_t *projection;
    int64_t n_projection;
    /* What was given behind the rows that were built until then: every column, wanted or not. */
    struct ArrowArray *given;
    int64_t given_rows, built;
    /* Columns before those of the result: the row of the arguments, or a key. */
    struct arrowbox_builder **before;
    const struct columns *before_columns;
    /* Made and not handed out. */
    struct ArrowArray *ready;
    int64_t ready_rows, sent;
};

void production_init(struct production *production, const struct columns *columns, const struct columns *before);
void production_free(struct production *production);
/* Whether there are rows that were made and not handed out. */
bool production_is_ready(const struct production *production);
/* Begins a batch: the arena is that of the production from here on. */
void production_begin(struct production *production);
/* Rows so far. */
int64_t production_rows(const struct production *production);
/* Whether there are enough for a batch. */
bool production_is_full(const struct production *production);
int production_finish(struct production *production);
/* The next rows, as far as they go into one batch. */
int production_send(struct production *production, struct wire *wire, bool *there);

/* ---- opened.c and the kinds --------------------------------------------------------------------------- */

/* A function of the library at one place in a query. */
struct opened {
    struct arrowbox_opened public; /* First: authors have a pointer to it. */
    /* Itself, splits and partitions. */
    int owners;
    struct arena arena;
    struct columns *inputs[2];
    int64_t n_inputs;
    struct received arguments;
    /* A struct of the one field, or of the columns. */
    struct columns *result;
    /* The result is null where an argument is, and the host does not see to it. */
    bool masks;

    /* Aggregates: states of groups; rows and states with the group before them. */
    char *states;
    int64_t n_states, states_capacity;
    struct columns *state_columns, *grouped_rows, *grouped_states;

    /* Windows: the state of a partition. */
    void *partition;
    bool has_partition;

    /* Tables and maps. */
    struct production made;
    struct received pushed[2];
    uint32_t *offsets[2];
    int64_t n_groups, next;
    bool has_pushed, finishing;
    void *cursor;
    bool has_cursor;
    /* Grouped maps: a group that goes on, and one that is whole by now. */
    struct arena held_arena, first_arena;
    struct arrowbox_builder **held[2];
    int64_t held_rows[2];
    bool is_held, has_first;
    struct arrowbox_batch first[2];
};

/* What the host opens a function with. */
struct opening {
    enum arrowbox_kind kind;
    const char *name;
    size_t name_length;
    struct arrowbox_options *options; /* Belongs to what is opened. */
    /* Adds the fields of an input (0, 1) or of the arguments behind tables (2) to an arena. */
    struct ArrowSchema *(*fields)(void *from, int which, struct arena *arena);
    void *from;
    int64_t n_inputs;
    const uint32_t *keys[2];
    int64_t n_keys;
    const struct wire *arguments;
};

/* NULL, and a failure, if it can not be. */
struct opened *opened_open(const struct opening *opening);
void opened_close(struct opened *opened);

/* The arguments of a function, whether the last one is variadic, and its result, which can be NULL. */
int function_signature(const struct arrowbox_function *function, struct arena *arena, struct ArrowSchema **arguments,
                       bool *variadic, struct ArrowSchema **result);
bool kind_gives_one_value(enum arrowbox_kind kind);

/* rows.c: those of a function that failed */
void results_forget(void);

/* values.c */
void values_forget(void);
int scalar_invoke(struct opened *opened, const struct wire *arguments, struct wire *result);
int window_evaluate(struct opened *opened, const struct wire *partition, struct wire *result);
int window_push(struct opened *opened, const struct wire *rows, bool first, struct wire *result);
void window_close(struct opened *opened);

/* aggregate.c */
int aggregate_open(struct opened *opened);
void aggregate_close(struct opened *opened);
int aggregate_update(struct opened *opened, const struct wire *rows, uint64_t groups, bool retract);
int aggregate_merge(struct opened *opened, const struct wire *states, uint64_t groups);
int aggregate_convert(struct opened *opened, const struct wire *arguments, struct wire *result);
/* The first `count` groups, or all if it is UINT64_MAX; `forget` if they are not needed any more. */
int aggregate_state(struct opened *opened, uint64_t count, struct wire *result);
int aggregate_evaluate(struct opened *opened, uint64_t count, bool forget, struct wire *result);

/* tables.c */
int table_push(struct opened *opened, const struct wire *arguments);
void table_close(struct opened *opened);
int map_push(struct opened *opened, const struct wire *rows);
int map_finish(struct opened *opened);
int tables_next(struct opened *opened, struct wire *result, bool *there);

/* grouped.c */
int grouped_open(struct opened *opened);
void grouped_close(struct opened *opened);
int grouped_push(struct opened *opened, const struct wire *inputs, uint32_t *const *offsets, const size_t *n_offsets,
                 size_t n_inputs, bool continued);
int grouped_fill(struct opened *opened);

/* files of tables: reader.c */
struct reading_split {
    struct opened *opened;
    struct arena arena;
    struct production made;
    struct arrowbox_split split;
    struct arrowbox_request request;
    struct received values;
    void *cursor;
    bool done;
    int64_t left;
};

struct reading_split *split_open(struct opened *opened);
int split_next(struct reading_split *reading, struct wire *result, bool *there);
void split_close(struct reading_split *reading);

/* writer.c */
struct partition {
    struct opened *opened;
    void *state;
    bool finished;
};

struct partition *partition_open(struct opened *opened, uint32_t number);
int partition_write(struct partition *partition, const struct wire *rows);
int partition_finish(struct partition *partition, struct arrowbox_bytes *manifest);
void partition_close(struct partition *partition);

#endif
