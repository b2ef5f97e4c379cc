/*
 * Write functions for Arrowbox in C or C++.
 *
 * A library is a table of functions: ARROWBOX_EXPORT lists them. A function of rows is an ordinary C function
 * under a macro that writes the loop (`arrowbox/rows.h`); a function of columns gets `struct ArrowArray` and
 * gives one. Memory that `arrowbox_alloc` gives stays until the host comes again, so that a result can point
 * into it, into the arguments, or into anything that lives longer.
 *
 * One header for C11 and C++17 and above. Nothing throws, nothing is called from two threads.
 */
#ifndef ARROWBOX_H
#define ARROWBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arrowbox/arrow.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What callbacks return -------------------------------------------------------------------------- */

/* Done, and well. */
#define ARROWBOX_OK 0
/* There is more: the callback is called again when somebody wants it. */
#define ARROWBOX_MORE 1
/* What `arrowbox_fail` returns. */
#define ARROWBOX_ERROR (-1)

/* Ends the query with this message. `return arrowbox_fail("…");` The first message of a call counts. */
int arrowbox_fail(const char *format, ...) __attribute__((__format__(__printf__, 1, 2)));

/* As `arrowbox_fail`, and names the row of the batch, counted from zero. */
int arrowbox_fail_at(int64_t row, const char *format, ...) __attribute__((__format__(__printf__, 2, 3)));

/* ---- Text, memory, log ------------------------------------------------------------------------------ */

/* Text (utf8) or bytes, without a zero at the end. */
typedef struct arrowbox_text {
    const char *data;
    size_t length;
} arrowbox_text;

/* The text of a C string. */
arrowbox_text arrowbox_text_of(const char *text);

bool arrowbox_text_is(arrowbox_text text, const char *other);

/*
 * `bytes` bytes at a multiple of 64, which stay until the host enters again: the place for results. It never
 * gives NULL: where memory is short the query ends. What was there before is still in it.
 */
void *arrowbox_alloc(size_t bytes);

/* As `arrowbox_alloc`, of zeros. */
void *arrowbox_zeroed(size_t bytes);

/*
 * Place for at most `bytes` bytes of the text that a function of rows returns next. What is written there is
 * part of the result already: returning it copies nothing.
 */
char *arrowbox_room(size_t bytes);

enum arrowbox_level { ARROWBOX_TRACE, ARROWBOX_DEBUG, ARROWBOX_INFO, ARROWBOX_WARN, ARROWBOX_LOG_ERROR };

/* A line for whoever watches the query. `printf` writes lines of level info, `stderr` of level warn. */
void arrowbox_log(enum arrowbox_level level, const char *format, ...)
    __attribute__((__format__(__printf__, 2, 3)));

/* Ends the instance, and the query with this message and place. `assert` and `abort` come here too. */
#define arrowbox_panic(message) arrowbox_panic_at((message), __FILE__, __LINE__)
#ifdef __cplusplus
[[noreturn]]
#else
_Noreturn
#endif
void arrowbox_panic_at(const char *message, const char *file, int line);

/* Nanoseconds since 1970. Needs the grant `clock`. */
int64_t arrowbox_now(void);

/* Bytes that nobody can foretell. Needs the grant `random`. */
void arrowbox_random(void *into, size_t bytes);

/* ---- Options ---------------------------------------------------------------------------------------- */

/* What the statement that made a function known said: `OPTIONS (param.mode = 'strict', data.words = 'w.txt')`. */
struct arrowbox_options;

/* The value of `param.<key>`, or NULL. It stays as long as the function is open. */
const char *arrowbox_param(const struct arrowbox_options *options, const char *key);

/* Refuses every option but these; the list ends with NULL. */
int arrowbox_only(const struct arrowbox_options *options, ...);

/* Whether there is `data.<name>`. */
bool arrowbox_has_data(const struct arrowbox_options *options, const char *name);

/* All bytes of `data.<name>`, as long as the function is open, with a zero behind them. */
int arrowbox_read_data(struct arrowbox_options *options, const char *name, arrowbox_text *bytes);

/* ---- Schemas ---------------------------------------------------------------------------------------- */

/*
 * Types are written as in the Arrow C Data Interface: `l` int64, `g` float64, `u` utf8, `b` boolean, `tdD` a
 * date, `tsu:UTC` a timestamp, `d:38,10` a decimal. Fields have names before and semicolons between them, children
 * in parentheses, the values of a dictionary in brackets, and `!` behind what is never null:
 *
 *     id:l!; tags:+l(item:u); place:+s(lat:g!; lon:g!); colour:i[u]; counts:+m(entries:+s(key:u!; value:l)!)
 *
 * Arguments can also be `*` (any type), `*u` (text, however it is laid out) and `*z` (binary); `...` behind the
 * last one says that it can stand any number of times. A result of one value needs no name.
 */

struct ArrowSchema *arrowbox_schema(const char *text);

/* Of a list of fields, as children of a struct. */
struct ArrowSchema *arrowbox_fields(const char *text);

/* ---- Functions -------------------------------------------------------------------------------------- */

enum arrowbox_kind {
    ARROWBOX_SCALAR_FUNCTION,
    ARROWBOX_AGGREGATE_FUNCTION,
    ARROWBOX_WINDOW_FUNCTION,
    ARROWBOX_TABLE_FUNCTION,
    ARROWBOX_MAP_BATCHES,
    ARROWBOX_GROUPED_MAP,
    ARROWBOX_COGROUPED_MAP,
    ARROWBOX_READER,
    ARROWBOX_WRITER
};

enum arrowbox_volatility { ARROWBOX_IMMUTABLE, ARROWBOX_STABLE, ARROWBOX_VOLATILE };

enum arrowbox_nulls {
    /* The function sees nulls. */
    ARROWBOX_CALLED,
    /* Where an argument is null the result is null, whatever the function computes there. */
    ARROWBOX_STRICT
};

/* Columns of equal length. */
struct arrowbox_batch {
    int64_t rows;
    int64_t n_columns;
    struct ArrowArray **columns;
    struct ArrowSchema **schemas;
};

/* A function at one place in a query. */
struct arrowbox_opened {
    const struct arrowbox_function *function;
    struct arrowbox_options *options;
    /* The fields of the arguments of values; of a table's rows for kinds that take tables. A cogrouped map has
     * two tables. Each is a struct whose children are the columns. */
    struct ArrowSchema *inputs[2];
    /* The columns of each table that make the key. */
    const uint32_t *keys[2];
    int64_t n_keys;
    /* What stands behind the table in the call: one row. */
    struct arrowbox_batch arguments;
    /* For the function itself. What `arrowbox_keep` gave needs no `close`. */
    void *state;
};

/* `bytes` zeros that stay as long as the function is open. */
void *arrowbox_keep(struct arrowbox_opened *opened, size_t bytes);

/* The type of the result (of one value), or its columns, where it was not said before: to be called by `open`. */
int arrowbox_result(struct arrowbox_opened *opened, const char *text);

/* As `arrowbox_result`, of a schema, which is copied: a field, or a struct of the columns. */
int arrowbox_result_schema(struct arrowbox_opened *opened, const struct ArrowSchema *schema);

/* A call with a batch. A column of length one in a batch of another number of rows is a constant. */
struct arrowbox_call {
    struct arrowbox_opened *opened;
    void *state;
    struct arrowbox_batch batch;
};

/* The column `index` with a value for each row, also where it is a constant. */
struct ArrowArray *arrowbox_column(struct arrowbox_call *call, int64_t index);

/* States of groups, for the rows of a batch: that of row `i` is `arrowbox_state(states, i)`. */
struct arrowbox_states {
    void *base;
    size_t size;
    int64_t length;
    /* Of each row, or of all of them if `one`; NULL if row `i` is of group `i`. */
    const uint32_t *groups;
    bool one;
};

static inline void *arrowbox_state(const struct arrowbox_states *states, int64_t row) {
    size_t group = states->groups ? states->groups[states->one ? 0 : row] : (size_t)row;
    return (char *)states->base + group * states->size;
}

/* A member of a state that is a column when the engine sends or spills it. `format` is `b` (a bool), an integer,
 * `f`, `g`, or `u` or `z` (an `arrowbox_text`). */
struct arrowbox_field {
    const char *name;
    const char *format;
    size_t offset;
};

/* Rows that a function makes: one builder for each column of the result. */
struct arrowbox_rows {
    /* NULL where nobody wants the column: appending to it does nothing. */
    struct arrowbox_builder **columns;
    int64_t n_columns;
    /* That are whole. */
    int64_t rows;
};

/* All rows of one key, of one table: rows `start` to `start + length` of the columns. */
struct arrowbox_group {
    const struct arrowbox_batch *batch;
    int64_t start;
    int64_t length;
};

enum arrowbox_exactness { ARROWBOX_EXACT, ARROWBOX_INEXACT, ARROWBOX_UNSUPPORTED };

enum arrowbox_comparison {
    ARROWBOX_EQUAL,
    ARROWBOX_NOT_EQUAL,
    ARROWBOX_LESS,
    ARROWBOX_LESS_OR_EQUAL,
    ARROWBOX_GREATER,
    ARROWBOX_GREATER_OR_EQUAL,
    ARROWBOX_IS_NULL,
    ARROWBOX_IS_NOT_NULL
};

/* `column comparison value`; the value is the one row of an array. */
struct arrowbox_filter {
    int64_t column;
    enum arrowbox_comparison comparison;
    const struct ArrowArray *value;
    const struct ArrowSchema *schema;
};

/* Whether a value passes that is less than (-1), equal to (0) or greater than (1) that of the filter. */
bool arrowbox_passes(enum arrowbox_comparison comparison, int order);

struct arrowbox_request {
    /* Columns of the table, in the order wanted. */
    const uint32_t *projection;
    int64_t n_projection;
    /* Those that are not `ARROWBOX_UNSUPPORTED`. */
    const struct arrowbox_filter *filters;
    int64_t n_filters;
    /* So many rows are enough; -1 if all are wanted. */
    int64_t limit;
};

/* A part of the table of a reader. */
struct arrowbox_split {
    /* What `read` needs to find it again. */
    arrowbox_text token;
    /* The part of a file that it begins in; no path if there is none. */
    arrowbox_text path;
    uint64_t offset;
    uint64_t length;
    /* About how many rows it has; -1 if nobody knows. */
    int64_t rows;
};

struct arrowbox_splits;

/* Adds a split; what it points to is copied. */
void arrowbox_add_split(struct arrowbox_splits *splits, const struct arrowbox_split *split);

/* Adds splits of all files, of about `bytes` bytes each, for files that can be cut anywhere (lines). */
int arrowbox_split_files(struct arrowbox_splits *splits, uint64_t bytes);

/* A function that gives one value for each row. */
struct arrowbox_scalar {
    /* Fills `result` with a value for each row: `arrowbox_fixed`, or a builder. */
    int (*call)(struct arrowbox_call *call, struct ArrowArray *result);
};

/* A function that gives one value for each group. */
struct arrowbox_aggregate {
    /* Of the state of one group, in bytes. */
    size_t size;
    const struct arrowbox_field *fields;
    size_t n_fields;
    /* Makes a state of zeros the state of no rows; NULL if it is that already. */
    void (*begin)(void *state, struct arrowbox_opened *opened);
    int (*update)(struct arrowbox_call *call, const struct arrowbox_states *states);
    /* The inverse of `update`, if there is one. */
    int (*retract)(struct arrowbox_call *call, const struct arrowbox_states *states);
    /* `other` is a state that `begin` made, with the fields of another: what those point to ends with the call. */
    int (*merge)(void *state, const void *other);
    int (*evaluate)(struct arrowbox_call *call, const struct arrowbox_states *states, struct ArrowArray *result);
    /* A state is forgotten: frees what it owns. Can be NULL. */
    void (*end)(void *state);
};

/* A function that gives one value for each row of an ordered partition: one of the two. */
struct arrowbox_window {
    /* Of the state of a partition, in bytes, for `next`. */
    size_t size;
    void (*begin)(void *state, struct arrowbox_opened *opened);
    /* The next rows of a partition; `call->state` is that of the partition. */
    int (*next)(struct arrowbox_call *call, struct ArrowArray *result);
    /* A whole partition. */
    int (*evaluate)(struct arrowbox_call *call, struct ArrowArray *result);
    /* A state is forgotten: frees what it owns, in which no result lies. Can be NULL. */
    void (*end)(void *state);
};

/* A function that gives rows for each row of arguments. */
struct arrowbox_table {
    /* Of what `next` keeps while it is called for one row of arguments, in bytes; zeros at first. */
    size_t size;
    /* Adds rows for the row `row` of the arguments; ARROWBOX_MORE if there are more. */
    int (*next)(struct arrowbox_call *call, int64_t row, void *cursor, struct arrowbox_rows *out);
    /* `next` is not called for this row any more: frees what the cursor owns, in which nothing lies that was given.
     * Can be NULL. */
    void (*end)(void *cursor);
};

/* A function from batches to batches, which keeps what it learns. */
struct arrowbox_map {
    /* ARROWBOX_MORE: it is called again with the same batch. */
    int (*push)(struct arrowbox_call *call, struct arrowbox_rows *out);
    /* There is no more input. Can be NULL. */
    int (*finish)(struct arrowbox_opened *opened, struct arrowbox_rows *out);
};

/* A function from all rows of a key to rows. The columns of the key come before those of `result` by themselves. */
struct arrowbox_grouped {
    /* `groups` has one entry for each table. */
    int (*map)(struct arrowbox_opened *opened, const struct arrowbox_group *groups, struct arrowbox_rows *out);
};

/* A function that makes a table of files. */
struct arrowbox_reader {
    /* How much of a filter it does itself. Can be NULL: nothing. */
    enum arrowbox_exactness (*exactness)(struct arrowbox_opened *opened, const struct arrowbox_filter *filter);
    int (*plan)(struct arrowbox_opened *opened, const struct arrowbox_request *request,
                struct arrowbox_splits *splits);
    /* Of what `next` keeps while it reads one split, in bytes; zeros at first. */
    size_t size;
    /* Adds the next rows of a split; ARROWBOX_MORE if there are more. Columns that nobody wants are left out by
     * themselves. */
    int (*next)(struct arrowbox_opened *opened, const struct arrowbox_split *split,
                const struct arrowbox_request *request, void *cursor, struct arrowbox_rows *out);
    /* A split was read, or nobody wants more of it. Can be NULL. */
    void (*end)(void *cursor);
};

/* Bytes that grow. */
struct arrowbox_bytes {
    char *data;
    size_t length;
    size_t capacity;
};

void arrowbox_bytes_add(struct arrowbox_bytes *bytes, const void *data, size_t length);
void arrowbox_bytes_printf(struct arrowbox_bytes *bytes, const char *format, ...)
    __attribute__((__format__(__printf__, 2, 3)));
void arrowbox_bytes_free(struct arrowbox_bytes *bytes);

/* A function that puts a table somewhere. */
struct arrowbox_writer {
    /* Of a partition, in bytes; zeros at first. */
    size_t size;
    int (*begin)(struct arrowbox_opened *opened, uint32_t partition, void *state);
    int (*write)(struct arrowbox_call *call);
    /* Ends a partition, and adds to `manifest` what `commit` needs to know. */
    int (*finish)(struct arrowbox_opened *opened, void *state, struct arrowbox_bytes *manifest);
    /* What each partition said. Can be NULL. */
    int (*commit)(struct arrowbox_opened *opened, const arrowbox_text *manifests, int64_t n_manifests);
};

struct arrowbox_function {
    const char *name;
    enum arrowbox_kind kind;
    /* Fields: see Schemas. NULL: any number of any type. */
    const char *arguments;
    /* A type or fields; NULL where `open` says it. */
    const char *result;
    /* For people. The first line is the summary. */
    const char *documentation;
    enum arrowbox_volatility volatility;
    enum arrowbox_nulls nulls;
    /* What it needs to be granted, with commas between: `clock`, `random`. */
    const char *grants;
    /* Serves a place in a query: looks at options and types. Can be NULL: no options are taken then. */
    int (*open)(struct arrowbox_opened *opened);
    /* Is called even if `open` failed or was not reached: `state` is NULL then, unless `open` has set it. */
    void (*close)(struct arrowbox_opened *opened);
    /* That of its kind. */
    struct arrowbox_scalar scalar;
    struct arrowbox_aggregate aggregate;
    struct arrowbox_window window;
    struct arrowbox_table table;
    struct arrowbox_map map;
    struct arrowbox_grouped grouped;
    struct arrowbox_reader reader;
    struct arrowbox_writer writer;
};

/* The functions of the library, with NULL behind them. Several of one name and kind are one function that can be
 * called in several ways. */
extern const struct arrowbox_function *const arrowbox_library[];

#ifdef __cplusplus
#define ARROWBOX_EXPORT(...) \
    extern "C" const struct arrowbox_function *const arrowbox_library[] = {__VA_ARGS__, nullptr}
#else
#define ARROWBOX_EXPORT(...) const struct arrowbox_function *const arrowbox_library[] = {__VA_ARGS__, NULL}
#endif

/* ---- Reading arrays --------------------------------------------------------------------------------- */

static inline bool arrowbox_bit(const void *bits, int64_t index) {
    return (((const uint8_t *)bits)[index >> 3] >> (index & 7)) & 1;
}

/* Whether the value at `row` is null, for types other than unions and runs, whose nulls are those of their children. A
 * key of a dictionary can stand for a null, too: `arrowbox_text_is_null` looks at that. */
static inline bool arrowbox_is_null(const struct ArrowArray *array, int64_t row) {
    if (array->n_buffers == 0) return array->length > 0 && array->null_count == array->length;
    return array->null_count != 0 && array->buffers[0] != NULL &&
           !arrowbox_bit(array->buffers[0], array->offset + row);
}

/* Values of a fixed width from the first row on. */
#define ARROWBOX_VALUES(type, array) ((const type *)(array)->buffers[1] + (array)->offset)

/* Text or bytes of any layout, dictionaries of them too. */
struct arrowbox_texts {
    const struct ArrowArray *array;
    const struct ArrowArray *values;
    /* 0: 32-bit offsets, 1: 64-bit offsets, 2: views, 3: fixed width. */
    int layout;
    int width;
    /* The format of a dictionary's keys, or zero. */
    char keys;
};

/* An error where it is none. */
int arrowbox_texts(const struct ArrowSchema *schema, const struct ArrowArray *array, struct arrowbox_texts *texts);

/* Is null where a dictionary's value is, too. */
bool arrowbox_text_is_null(const struct arrowbox_texts *texts, int64_t row);
arrowbox_text arrowbox_text_at(const struct arrowbox_texts *texts, int64_t row);

/* One value out of one row of values: `argument` of what stands behind a table, for instance. `what` names it in
 * errors: of another type, or null. */
int arrowbox_get_int64(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row, const char *what,
                       int64_t *value);
int arrowbox_get_float64(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row,
                         const char *what, double *value);
int arrowbox_get_text(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row, const char *what,
                      arrowbox_text *value);

/* The number of the column with this name, or -1. */
int64_t arrowbox_find(const struct ArrowSchema *fields, const char *name);
int64_t arrowbox_find_text(const struct ArrowSchema *fields, arrowbox_text name);

/* ---- Making arrays ---------------------------------------------------------------------------------- */

/* Makes `array` one of `length` values of `width` bytes without nulls, and returns the values: to be filled. */
void *arrowbox_fixed(struct ArrowArray *array, int64_t length, size_t width);

/* Gives `array` a validity bitmap, where all are valid at first, and returns it. */
uint8_t *arrowbox_validity(struct ArrowArray *array);

static inline void arrowbox_set_bit(uint8_t *bits, int64_t index) {
    bits[index >> 3] |= (uint8_t)(1u << (index & 7));
}
static inline void arrowbox_clear_bit(uint8_t *bits, int64_t index) {
    bits[index >> 3] &= (uint8_t)~(1u << (index & 7));
}

/* Makes `array` a second owner of nothing: rows `start` to `start + length` of another that lives long enough. */
void arrowbox_slice(const struct ArrowArray *of, int64_t start, int64_t length, struct ArrowArray *array);

/* Collects values of any type. */
struct arrowbox_builder;

struct arrowbox_builder *arrowbox_builder(const struct ArrowSchema *schema);
void arrowbox_append_null(struct arrowbox_builder *builder);
void arrowbox_append_bool(struct arrowbox_builder *builder, bool value);
/* Of an integer type of any width; also dates, times, timestamps, durations. */
void arrowbox_append_int64(struct arrowbox_builder *builder, int64_t value);
void arrowbox_append_uint64(struct arrowbox_builder *builder, uint64_t value);
/* float32 or float64. */
void arrowbox_append_float64(struct arrowbox_builder *builder, double value);
void arrowbox_append_text(struct arrowbox_builder *builder, arrowbox_text value);
/* A value of a fixed width, as it lies in memory: decimals, intervals, half floats, fixed size binary. */
void arrowbox_append_fixed(struct arrowbox_builder *builder, const void *value);
/* The value at `row` of an array of the same type, null if it is, `times` times. */
void arrowbox_append_from(struct arrowbox_builder *builder, const struct ArrowArray *array, int64_t row,
                          int64_t times);
/* Of a list, a struct, a map (whose child is a struct of key and value), a union. */
struct arrowbox_builder *arrowbox_child(struct arrowbox_builder *builder, int64_t index);
/* Ends a list or a map: its items are what was appended to the child since the last one. For a struct: a value of
 * each child was appended. */
void arrowbox_append_nested(struct arrowbox_builder *builder);
/* For a union: a value was appended to the child of this type id. */
void arrowbox_append_union(struct arrowbox_builder *builder, int type_id);
int64_t arrowbox_length(const struct arrowbox_builder *builder);
/* Makes an array of all that was appended; the builder is empty then. */
int arrowbox_finish(struct arrowbox_builder *builder, struct ArrowArray *array);

/* A value was appended to every column: the row is whole. */
void arrowbox_end_row(struct arrowbox_rows *rows);

/* Gives a whole batch, behind the rows that were ended before: an array for each column, NULL where nobody wants it.
 * They are moved, unless it is an error. One batch in one callback, and no rows behind it. */
int arrowbox_give(struct arrowbox_rows *rows, int64_t length, struct ArrowArray *const *columns);

/* ---- Files ------------------------------------------------------------------------------------------ */

struct arrowbox_file {
    arrowbox_text path;
    uint64_t size;
};

/* The files that a reader was given, in the order of their paths; as long as `arrowbox_alloc`. */
int arrowbox_files(const struct arrowbox_file **files, int64_t *n_files);

/* Reads at most `length` bytes into `into`, and says how many; fewer only at the end of the file. */
int arrowbox_read(arrowbox_text path, uint64_t offset, void *into, size_t length, size_t *read);

/* The lines of a split that `arrowbox_split_files` made: those that begin in it. */
struct arrowbox_lines {
    char *buffer;
    size_t capacity, begin, end;
    uint64_t position, limit;
    bool skip, ended;
};

/* The next line without its end; false if there is none. It stays until the next one. */
int arrowbox_next_line(struct arrowbox_lines *lines, const struct arrowbox_split *split, arrowbox_text *line,
                       bool *there);
void arrowbox_lines_free(struct arrowbox_lines *lines);

/* A file that a writer makes, which gathers 256 KiB before it gives them to the host. */
struct arrowbox_output;

int arrowbox_create(const char *path, struct arrowbox_output **output);
int arrowbox_write(struct arrowbox_output *output, const void *data, size_t length);
/* Ends the file, says how many bytes it has if `bytes` is not NULL, and frees `output` in any case. */
int arrowbox_close(struct arrowbox_output *output, uint64_t *bytes);

#ifdef __cplusplus
}
#endif

#include "arrowbox/rows.h"

#endif
