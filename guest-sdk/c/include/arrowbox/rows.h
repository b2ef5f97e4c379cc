/*
 * Functions of rows: a C function of values becomes a function of columns, with the loop around it.
 *
 *     static int64_t gcd(int64_t a, int64_t b) { … }
 *     ARROWBOX_SCALAR(gcd, "The greatest common divisor of two numbers.", int64, (int64, a), (int64, b));
 *     ARROWBOX_EXPORT(&gcd_function);
 *
 * | here | Arrow | C |
 * |---|---|---|
 * | int8 … uint64, float32, float64 | the same | int8_t … uint64_t, float, double |
 * | boolean | boolean | bool |
 * | text | utf8, large utf8, utf8 view, dictionaries of them | arrowbox_text |
 * | binary | the same of binary | arrowbox_text |
 * | maybe_int64, … | the same | arrowbox_maybe_int64, …: `value` and `valid` |
 *
 * Where an argument is null that is no maybe_, the result is null and the function is not called. An error is said
 * with `arrowbox_fail`; the row is found by calling the function again, so that loops stay free of branches.
 * Up to eight arguments.
 */
#ifndef ARROWBOX_ROWS_H
#define ARROWBOX_ROWS_H

#ifndef ARROWBOX_H
#error "include arrowbox.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What the macros stand on; nothing of it is for authors ------------------------------------------ */

struct arrowbox__argument {
    const void *values;
    const uint8_t *validity;
    int64_t offset;
    int64_t stride;
    struct arrowbox_texts texts;
};

struct arrowbox__loop {
    int64_t rows;
    /* Rows in which all arguments are there; NULL if all are. */
    const uint8_t *valid;
    bool dense;
    bool nothing;
};

struct arrowbox__results {
    void *values;
    uint8_t *validity;
    struct ArrowArray *array;
    char format;
    int64_t rows;
    /* Of text: the bytes, and where the next ones go. There are not more than an offset can count. */
    char *bytes;
    size_t length, capacity;
};

extern bool arrowbox__failed;

int arrowbox__argument(struct arrowbox_call *call, int64_t index, const char *type, bool strict,
                       struct arrowbox__loop *loop, struct arrowbox__argument *argument);
int64_t arrowbox__run(const struct arrowbox__loop *loop, int64_t row, bool *valid);
void arrowbox__results(struct arrowbox__results *results, const struct arrowbox__loop *loop, int64_t rows, char format,
                       struct ArrowArray *array);
void arrowbox__skip(struct arrowbox__results *results, int64_t begin, int64_t end);
void arrowbox__null(struct arrowbox__results *results, int64_t row);
void arrowbox__put_bytes(struct arrowbox__results *results, int64_t row, arrowbox_text value);
int arrowbox__finish(struct arrowbox__results *results);
void arrowbox__try_again(void);
int arrowbox__not_again(void);
int arrowbox__failed_at(int64_t row);

#define ARROWBOX__FIXED_TYPE(token, type)                                                              \
    typedef type arrowbox__c_##token;                                                                  \
    typedef struct arrowbox_maybe_##token {                                                            \
        type value;                                                                                    \
        bool valid;                                                                                    \
    } arrowbox_maybe_##token;                                                                          \
    typedef arrowbox_maybe_##token arrowbox__c_maybe_##token;                                          \
    static inline type arrowbox__dense_##token(const struct arrowbox__argument *a, int64_t row) {      \
        return ((const type *)a->values)[row];                                                         \
    }                                                                                                  \
    static inline type arrowbox__at_##token(const struct arrowbox__argument *a, int64_t row) {         \
        return ((const type *)a->values)[row * a->stride];                                             \
    }                                                                                                  \
    ARROWBOX__MAYBE_TYPE(token)                                                                        \
    static inline void arrowbox__put_##token(struct arrowbox__results *r, int64_t row, type value) {   \
        ((type *)r->values)[row] = value;                                                              \
    }

#define ARROWBOX__MAYBE_TYPE(token)                                                                    \
    static inline arrowbox_maybe_##token arrowbox__at_maybe_##token(const struct arrowbox__argument *a, \
                                                                    int64_t row) {                     \
        arrowbox_maybe_##token maybe;                                                                  \
        maybe.value = arrowbox__at_##token(a, row);                                                    \
        maybe.valid = a->validity == NULL || arrowbox_bit(a->validity, a->offset + row * a->stride);   \
        return maybe;                                                                                  \
    }                                                                                                  \
    static inline arrowbox_maybe_##token arrowbox__dense_maybe_##token(const struct arrowbox__argument *a, \
                                                                       int64_t row) {                  \
        return arrowbox__at_maybe_##token(a, row);                                                     \
    }

ARROWBOX__FIXED_TYPE(int8, int8_t)
ARROWBOX__FIXED_TYPE(int16, int16_t)
ARROWBOX__FIXED_TYPE(int32, int32_t)
ARROWBOX__FIXED_TYPE(int64, int64_t)
ARROWBOX__FIXED_TYPE(uint8, uint8_t)
ARROWBOX__FIXED_TYPE(uint16, uint16_t)
ARROWBOX__FIXED_TYPE(uint32, uint32_t)
ARROWBOX__FIXED_TYPE(uint64, uint64_t)
ARROWBOX__FIXED_TYPE(float32, float)
ARROWBOX__FIXED_TYPE(float64, double)

typedef bool arrowbox__c_boolean;
typedef struct arrowbox_maybe_boolean {
    bool value;
    bool valid;
} arrowbox_maybe_boolean;
typedef arrowbox_maybe_boolean arrowbox__c_maybe_boolean;
static inline bool arrowbox__at_boolean(const struct arrowbox__argument *a, int64_t row) {
    return arrowbox_bit(a->values, a->offset + row * a->stride);
}
static inline bool arrowbox__dense_boolean(const struct arrowbox__argument *a, int64_t row) {
    return arrowbox_bit(a->values, a->offset + row);
}
ARROWBOX__MAYBE_TYPE(boolean)
static inline void arrowbox__put_boolean(struct arrowbox__results *r, int64_t row, bool value) {
    ((uint8_t *)r->values)[row >> 3] |= (uint8_t)((unsigned)value << (row & 7));
}

#define ARROWBOX__TEXT_TYPE(token)                                                                     \
    typedef arrowbox_text arrowbox__c_##token;                                                         \
    typedef struct arrowbox_maybe_##token {                                                            \
        arrowbox_text value;                                                                           \
        bool valid;                                                                                    \
    } arrowbox_maybe_##token;                                                                          \
    typedef arrowbox_maybe_##token arrowbox__c_maybe_##token;                                          \
    static inline arrowbox_text arrowbox__at_##token(const struct arrowbox__argument *a, int64_t row) { \
        return arrowbox_text_at(&a->texts, row * a->stride);                                           \
    }                                                                                                  \
    static inline arrowbox_text arrowbox__dense_##token(const struct arrowbox__argument *a, int64_t row) { \
        if (a->values) {                                                                               \
            const int32_t *offsets = (const int32_t *)a->values + row;                                 \
            arrowbox_text text;                                                                        \
            text.data = (const char *)a->texts.array->buffers[2] + offsets[0];                         \
            text.length = (size_t)(offsets[1] - offsets[0]);                                           \
            return text;                                                                               \
        }                                                                                              \
        return arrowbox_text_at(&a->texts, row);                                                       \
    }                                                                                                  \
    static inline arrowbox_maybe_##token arrowbox__at_maybe_##token(const struct arrowbox__argument *a, \
                                                                    int64_t row) {                     \
        arrowbox_maybe_##token maybe;                                                                  \
        maybe.valid = !arrowbox_text_is_null(&a->texts, row * a->stride);                              \
        maybe.value.data = "";                                                                         \
        maybe.value.length = 0;                                                                        \
        if (maybe.valid) maybe.value = arrowbox__at_##token(a, row);                                   \
        return maybe;                                                                                  \
    }                                                                                                  \
    static inline arrowbox_maybe_##token arrowbox__dense_maybe_##token(const struct arrowbox__argument *a, \
                                                                       int64_t row) {                  \
        return arrowbox__at_maybe_##token(a, row);                                                     \
    }                                                                                                  \
    static inline void arrowbox__put_##token(struct arrowbox__results *r, int64_t row, arrowbox_text value) { \
        if (value.data != r->bytes + r->length || value.length > r->capacity - r->length) {            \
            arrowbox__put_bytes(r, row, value);                                                        \
            return;                                                                                    \
        }                                                                                              \
        /* It was made where it stays. */                                                              \
        r->length += value.length;                                                                     \
        ((int32_t *)r->values)[row + 1] = (int32_t)r->length;                                          \
    }

ARROWBOX__TEXT_TYPE(text)
ARROWBOX__TEXT_TYPE(binary)

#ifdef __cplusplus
}
#endif

/* The type of an argument, whether it keeps the function from seeing nulls, and the type of a result. */
#define ARROWBOX__ARGUMENT_int8 "c"
#define ARROWBOX__ARGUMENT_int16 "s"
#define ARROWBOX__ARGUMENT_int32 "i"
#define ARROWBOX__ARGUMENT_int64 "l"
#define ARROWBOX__ARGUMENT_uint8 "C"
#define ARROWBOX__ARGUMENT_uint16 "S"
#define ARROWBOX__ARGUMENT_uint32 "I"
#define ARROWBOX__ARGUMENT_uint64 "L"
#define ARROWBOX__ARGUMENT_float32 "f"
#define ARROWBOX__ARGUMENT_float64 "g"
#define ARROWBOX__ARGUMENT_boolean "b"
#define ARROWBOX__ARGUMENT_text "*u"
#define ARROWBOX__ARGUMENT_binary "*z"
#define ARROWBOX__ARGUMENT_maybe_int8 "c"
#define ARROWBOX__ARGUMENT_maybe_int16 "s"
#define ARROWBOX__ARGUMENT_maybe_int32 "i"
#define ARROWBOX__ARGUMENT_maybe_int64 "l"
#define ARROWBOX__ARGUMENT_maybe_uint8 "C"
#define ARROWBOX__ARGUMENT_maybe_uint16 "S"
#define ARROWBOX__ARGUMENT_maybe_uint32 "I"
#define ARROWBOX__ARGUMENT_maybe_uint64 "L"
#define ARROWBOX__ARGUMENT_maybe_float32 "f"
#define ARROWBOX__ARGUMENT_maybe_float64 "g"
#define ARROWBOX__ARGUMENT_maybe_boolean "b"
#define ARROWBOX__ARGUMENT_maybe_text "*u"
#define ARROWBOX__ARGUMENT_maybe_binary "*z"

#define ARROWBOX__STRICT_int8 1
#define ARROWBOX__STRICT_int16 1
#define ARROWBOX__STRICT_int32 1
#define ARROWBOX__STRICT_int64 1
#define ARROWBOX__STRICT_uint8 1
#define ARROWBOX__STRICT_uint16 1
#define ARROWBOX__STRICT_uint32 1
#define ARROWBOX__STRICT_uint64 1
#define ARROWBOX__STRICT_float32 1
#define ARROWBOX__STRICT_float64 1
#define ARROWBOX__STRICT_boolean 1
#define ARROWBOX__STRICT_text 1
#define ARROWBOX__STRICT_binary 1
#define ARROWBOX__STRICT_maybe_int8 0
#define ARROWBOX__STRICT_maybe_int16 0
#define ARROWBOX__STRICT_maybe_int32 0
#define ARROWBOX__STRICT_maybe_int64 0
#define ARROWBOX__STRICT_maybe_uint8 0
#define ARROWBOX__STRICT_maybe_uint16 0
#define ARROWBOX__STRICT_maybe_uint32 0
#define ARROWBOX__STRICT_maybe_uint64 0
#define ARROWBOX__STRICT_maybe_float32 0
#define ARROWBOX__STRICT_maybe_float64 0
#define ARROWBOX__STRICT_maybe_boolean 0
#define ARROWBOX__STRICT_maybe_text 0
#define ARROWBOX__STRICT_maybe_binary 0

#define ARROWBOX__RESULT_int8 "c"
#define ARROWBOX__RESULT_int16 "s"
#define ARROWBOX__RESULT_int32 "i"
#define ARROWBOX__RESULT_int64 "l"
#define ARROWBOX__RESULT_uint8 "C"
#define ARROWBOX__RESULT_uint16 "S"
#define ARROWBOX__RESULT_uint32 "I"
#define ARROWBOX__RESULT_uint64 "L"
#define ARROWBOX__RESULT_float32 "f"
#define ARROWBOX__RESULT_float64 "g"
#define ARROWBOX__RESULT_boolean "b"
#define ARROWBOX__RESULT_text "u"
#define ARROWBOX__RESULT_binary "z"

#define ARROWBOX__PICK(a, b, c, d, e, f, g, h, name, ...) name
#define ARROWBOX__EACH(m, ...)                                                                         \
    ARROWBOX__PICK(__VA_ARGS__, ARROWBOX__E8, ARROWBOX__E7, ARROWBOX__E6, ARROWBOX__E5, ARROWBOX__E4,  \
                   ARROWBOX__E3, ARROWBOX__E2, ARROWBOX__E1, ~)(m, __VA_ARGS__)
#define ARROWBOX__E1(m, a) m a
#define ARROWBOX__E2(m, a, ...) m a ARROWBOX__E1(m, __VA_ARGS__)
#define ARROWBOX__E3(m, a, ...) m a ARROWBOX__E2(m, __VA_ARGS__)
#define ARROWBOX__E4(m, a, ...) m a ARROWBOX__E3(m, __VA_ARGS__)
#define ARROWBOX__E5(m, a, ...) m a ARROWBOX__E4(m, __VA_ARGS__)
#define ARROWBOX__E6(m, a, ...) m a ARROWBOX__E5(m, __VA_ARGS__)
#define ARROWBOX__E7(m, a, ...) m a ARROWBOX__E6(m, __VA_ARGS__)
#define ARROWBOX__E8(m, a, ...) m a ARROWBOX__E7(m, __VA_ARGS__)
#define ARROWBOX__LIST(m, ...)                                                                         \
    ARROWBOX__PICK(__VA_ARGS__, ARROWBOX__L8, ARROWBOX__L7, ARROWBOX__L6, ARROWBOX__L5, ARROWBOX__L4,  \
                   ARROWBOX__L3, ARROWBOX__L2, ARROWBOX__L1, ~)(m, __VA_ARGS__)
#define ARROWBOX__L1(m, a) m a
#define ARROWBOX__L2(m, a, ...) m a, ARROWBOX__L1(m, __VA_ARGS__)
#define ARROWBOX__L3(m, a, ...) m a, ARROWBOX__L2(m, __VA_ARGS__)
#define ARROWBOX__L4(m, a, ...) m a, ARROWBOX__L3(m, __VA_ARGS__)
#define ARROWBOX__L5(m, a, ...) m a, ARROWBOX__L4(m, __VA_ARGS__)
#define ARROWBOX__L6(m, a, ...) m a, ARROWBOX__L5(m, __VA_ARGS__)
#define ARROWBOX__L7(m, a, ...) m a, ARROWBOX__L6(m, __VA_ARGS__)
#define ARROWBOX__L8(m, a, ...) m a, ARROWBOX__L7(m, __VA_ARGS__)

#define ARROWBOX__DECLARE(type, name)                                                                  \
    struct arrowbox__argument arrowbox__argument_##name;                                               \
    if (arrowbox__argument(arrowbox__call, arrowbox__next++, ARROWBOX__ARGUMENT_##type, ARROWBOX__STRICT_##type, \
                           &arrowbox__found, &arrowbox__argument_##name))                              \
        return ARROWBOX_ERROR;
#define ARROWBOX__COPY(type, name) const struct arrowbox__argument arrowbox__local_##name = arrowbox__argument_##name;
#define ARROWBOX__DENSE(type, name) arrowbox__dense_##type(&arrowbox__local_##name, arrowbox__row)
#define ARROWBOX__AT(type, name) arrowbox__at_##type(&arrowbox__local_##name, arrowbox__row)
#define ARROWBOX__AND_STRICT(type, name) &&ARROWBOX__STRICT_##type
#define ARROWBOX__NAMED(type, name) #name ":" ARROWBOX__ARGUMENT_##type ";"

#define ARROWBOX__BEGIN(...)                                                                           \
    int64_t arrowbox__next = 0;                                                                        \
    struct arrowbox__loop arrowbox__found = {arrowbox__call->batch.rows, NULL, true, false};           \
    ARROWBOX__EACH(ARROWBOX__DECLARE, __VA_ARGS__)                                                     \
    ARROWBOX__EACH(ARROWBOX__COPY, __VA_ARGS__)                                                        \
    const struct arrowbox__loop arrowbox__loop = arrowbox__found;                                      \
    (void)arrowbox__next

/* Runs a statement for each row for which the function is called, and `skip` for the other runs of rows. `loop` stands
 * before the loop over rows of which no argument is a constant. */
#define ARROWBOX__RUNS(loop_, dense_, strided_, skip_, check_)                                         \
    for (int64_t arrowbox__begin = 0, arrowbox__end; arrowbox__begin < arrowbox__loop.rows;            \
         arrowbox__begin = arrowbox__end) {                                                            \
        bool arrowbox__valid = true;                                                                   \
        arrowbox__end = arrowbox__run(&arrowbox__loop, arrowbox__begin, &arrowbox__valid);             \
        if (!arrowbox__valid) {                                                                        \
            skip_;                                                                                     \
            continue;                                                                                  \
        }                                                                                              \
        if (arrowbox__loop.dense)                                                                      \
            loop_                                                                                      \
            for (int64_t arrowbox__row = arrowbox__begin; arrowbox__row < arrowbox__end; arrowbox__row++) { \
                dense_;                                                                                \
            }                                                                                          \
        else                                                                                           \
            for (int64_t arrowbox__row = arrowbox__begin; arrowbox__row < arrowbox__end; arrowbox__row++) { \
                strided_;                                                                              \
            }                                                                                          \
        check_                                                                                         \
    }

#define ARROWBOX__FIND_ROW(again)                                                                      \
    if (arrowbox__failed) {                                                                            \
        arrowbox__try_again();                                                                         \
        for (int64_t arrowbox__row = arrowbox__begin; arrowbox__row < arrowbox__end; arrowbox__row++) { \
            again;                                                                                     \
            if (arrowbox__failed) return arrowbox__failed_at(arrowbox__row);                           \
        }                                                                                              \
        return arrowbox__not_again();                                                                  \
    }

/* ---- For authors -------------------------------------------------------------------------------------- */

/* `name`: the callback of columns of `result function(arguments)`. */
#define ARROWBOX_ROWS(callback, function, result, ...)                                                 \
    static int callback(struct arrowbox_call *arrowbox__call, struct ArrowArray *arrowbox__array) {    \
        ARROWBOX__BEGIN(__VA_ARGS__);                                                                  \
        struct arrowbox__results arrowbox__made;                                                       \
        arrowbox__results(&arrowbox__made, &arrowbox__loop, arrowbox__loop.rows,                       \
                          ARROWBOX__RESULT_##result[0], arrowbox__array);                              \
        ARROWBOX__RUNS(, arrowbox__put_##result(&arrowbox__made, arrowbox__row,                        \
                                              function(ARROWBOX__LIST(ARROWBOX__DENSE, __VA_ARGS__))), \
                       arrowbox__put_##result(&arrowbox__made, arrowbox__row,                          \
                                              function(ARROWBOX__LIST(ARROWBOX__AT, __VA_ARGS__))),    \
                       arrowbox__skip(&arrowbox__made, arrowbox__begin, arrowbox__end),                \
                       ARROWBOX__FIND_ROW((void)function(ARROWBOX__LIST(ARROWBOX__AT, __VA_ARGS__))))  \
        return arrowbox__finish(&arrowbox__made);                                                      \
    }

/* As ARROWBOX_ROWS, of `bool function(arguments, result *out)`: null where it returns false. */
#define ARROWBOX_ROWS_OR_NULL(callback, function, result, ...)                                         \
    static int callback(struct arrowbox_call *arrowbox__call, struct ArrowArray *arrowbox__array) {    \
        ARROWBOX__BEGIN(__VA_ARGS__);                                                                  \
        struct arrowbox__results arrowbox__made;                                                       \
        arrowbox__results(&arrowbox__made, &arrowbox__loop, arrowbox__loop.rows,                       \
                          ARROWBOX__RESULT_##result[0], arrowbox__array);                              \
        arrowbox__c_##result arrowbox__value;                                                          \
        ARROWBOX__RUNS(, if (function(ARROWBOX__LIST(ARROWBOX__DENSE, __VA_ARGS__), &arrowbox__value)) \
                           arrowbox__put_##result(&arrowbox__made, arrowbox__row, arrowbox__value);    \
                       else arrowbox__null(&arrowbox__made, arrowbox__row),                            \
                       if (function(ARROWBOX__LIST(ARROWBOX__AT, __VA_ARGS__), &arrowbox__value))      \
                           arrowbox__put_##result(&arrowbox__made, arrowbox__row, arrowbox__value);    \
                       else arrowbox__null(&arrowbox__made, arrowbox__row),                            \
                       arrowbox__skip(&arrowbox__made, arrowbox__begin, arrowbox__end),                \
                       ARROWBOX__FIND_ROW((void)function(ARROWBOX__LIST(ARROWBOX__AT, __VA_ARGS__),    \
                                                         &arrowbox__value)))                           \
        return arrowbox__finish(&arrowbox__made);                                                      \
    }

/* The arguments, as `struct arrowbox_function` has them, and whether they make the function strict. */
#define ARROWBOX_ARGUMENTS(...) ARROWBOX__EACH(ARROWBOX__NAMED, __VA_ARGS__)
#define ARROWBOX_NULLS(...)                                                                            \
    ((1 ARROWBOX__EACH(ARROWBOX__AND_STRICT, __VA_ARGS__)) ? ARROWBOX_STRICT : ARROWBOX_CALLED)

/* `<name>_function`, for ARROWBOX_EXPORT, which can stand in another file: an immutable function of rows without
 * options. */
#define ARROWBOX_SCALAR(function_, documentation_, result_, ...)                                       \
    ARROWBOX_ROWS(function_##_rows, function_, result_, __VA_ARGS__)                                   \
    ARROWBOX__SCALAR(function_, documentation_, result_, __VA_ARGS__)
#define ARROWBOX_SCALAR_OR_NULL(function_, documentation_, result_, ...)                               \
    ARROWBOX_ROWS_OR_NULL(function_##_rows, function_, result_, __VA_ARGS__)                           \
    ARROWBOX__SCALAR(function_, documentation_, result_, __VA_ARGS__)
#define ARROWBOX__SCALAR(function_, documentation_, result_, ...)                                      \
    extern const struct arrowbox_function function_##_function;                                        \
    const struct arrowbox_function function_##_function = {                                            \
        .name = #function_,                                                                            \
        .kind = ARROWBOX_SCALAR_FUNCTION,                                                              \
        .arguments = ARROWBOX_ARGUMENTS(__VA_ARGS__),                                                  \
        .result = ARROWBOX__RESULT_##result_,                                                          \
        .documentation = documentation_,                                                               \
        .nulls = ARROWBOX_NULLS(__VA_ARGS__),                                                          \
        .scalar = {.call = function_##_rows},                                                          \
    }

/* For `update` and `retract` of an aggregate, of `void function(state *, arguments)`. Pointers to a state end with the
 * call: it can be elsewhere in the next one. */
#define ARROWBOX_UPDATE(callback, function, state_type, ...)                                           \
    static int callback(struct arrowbox_call *arrowbox__call, const struct arrowbox_states *arrowbox__given) { \
        ARROWBOX__BEGIN(__VA_ARGS__);                                                                  \
        const struct arrowbox_states arrowbox__states = *arrowbox__given;                              \
        ARROWBOX__UPDATE_ONE(function, state_type, __VA_ARGS__)                                        \
        ARROWBOX__UPDATES(function, (state_type *)arrowbox_state(&arrowbox__states, arrowbox__row),    \
                          (void)0, __VA_ARGS__);                                                       \
        return ARROWBOX_OK;                                                                            \
    }

/* The host can stop a loop wherever it begins anew, and all that is at hand goes to memory there: so four rows at once. */
#ifdef __clang__
#define ARROWBOX__FOUR_ROWS _Pragma("clang loop unroll_count(4)")
#else
#define ARROWBOX__FOUR_ROWS
#endif
#define ARROWBOX__UPDATES(function, state, end, ...)                                                   \
    ARROWBOX__RUNS(ARROWBOX__FOUR_ROWS,                                                                \
                   function(state, ARROWBOX__LIST(ARROWBOX__DENSE, __VA_ARGS__));                      \
                   if (arrowbox__failed) { end; return arrowbox__failed_at(arrowbox__row); },          \
                   function(state, ARROWBOX__LIST(ARROWBOX__AT, __VA_ARGS__));                         \
                   if (arrowbox__failed) { end; return arrowbox__failed_at(arrowbox__row); }, (void)0, ) \
    end

/* A state of all rows is a variable while they change it. One of C++ can be more than its bytes, and stays. */
#ifdef __cplusplus
#define ARROWBOX__UPDATE_ONE(function, state_type, ...)
#else
#define ARROWBOX__UPDATE_ONE(function, state_type, ...)                                                \
    if (arrowbox__states.one) {                                                                        \
        state_type *const arrowbox__kept = (state_type *)arrowbox_state(&arrowbox__states, 0);         \
        state_type arrowbox__state = *arrowbox__kept;                                                  \
        ARROWBOX__UPDATES(function, &arrowbox__state, *arrowbox__kept = arrowbox__state, __VA_ARGS__); \
        return ARROWBOX_OK;                                                                            \
    }
#endif

/* For `evaluate` of an aggregate, of `bool function(const state *, result *out)`: null where it returns false. */
#define ARROWBOX_EVALUATE(callback, function, state_type, result)                                      \
    static int callback(struct arrowbox_call *arrowbox__call, const struct arrowbox_states *arrowbox__given, \
                        struct ArrowArray *arrowbox__array) {                                          \
        (void)arrowbox__call;                                                                          \
        struct arrowbox__results arrowbox__made;                                                       \
        arrowbox__results(&arrowbox__made, NULL, arrowbox__given->length, ARROWBOX__RESULT_##result[0],\
                          arrowbox__array);                                                            \
        for (int64_t arrowbox__row = 0; arrowbox__row < arrowbox__given->length; arrowbox__row++) {    \
            arrowbox__c_##result arrowbox__value;                                                      \
            if (function((const state_type *)arrowbox_state(arrowbox__given, arrowbox__row), &arrowbox__value)) \
                arrowbox__put_##result(&arrowbox__made, arrowbox__row, arrowbox__value);               \
            else                                                                                       \
                arrowbox__null(&arrowbox__made, arrowbox__row);                                        \
            if (arrowbox__failed) return ARROWBOX_ERROR;                                               \
        }                                                                                              \
        return arrowbox__finish(&arrowbox__made);                                                      \
    }

/* For `next` of a window function, of `bool function(state *, arguments, result *out)`: null where it returns
 * false. */
#define ARROWBOX_NEXT(callback, function, state_type, result, ...)                                     \
    static int callback(struct arrowbox_call *arrowbox__call, struct ArrowArray *arrowbox__array) {    \
        ARROWBOX__BEGIN(__VA_ARGS__);                                                                  \
        struct arrowbox__results arrowbox__made;                                                       \
        arrowbox__results(&arrowbox__made, &arrowbox__loop, arrowbox__loop.rows,                       \
                          ARROWBOX__RESULT_##result[0], arrowbox__array);                              \
        state_type *arrowbox__state = (state_type *)arrowbox__call->state;                             \
        arrowbox__c_##result arrowbox__value;                                                          \
        ARROWBOX__RUNS(, if (function(arrowbox__state, ARROWBOX__LIST(ARROWBOX__DENSE, __VA_ARGS__),   \
                                    &arrowbox__value))                                                 \
                           arrowbox__put_##result(&arrowbox__made, arrowbox__row, arrowbox__value);    \
                       else arrowbox__null(&arrowbox__made, arrowbox__row);                            \
                       if (arrowbox__failed) return arrowbox__failed_at(arrowbox__row),                \
                       if (function(arrowbox__state, ARROWBOX__LIST(ARROWBOX__AT, __VA_ARGS__),        \
                                    &arrowbox__value))                                                 \
                           arrowbox__put_##result(&arrowbox__made, arrowbox__row, arrowbox__value);    \
                       else arrowbox__null(&arrowbox__made, arrowbox__row);                            \
                       if (arrowbox__failed) return arrowbox__failed_at(arrowbox__row),                \
                       arrowbox__skip(&arrowbox__made, arrowbox__begin, arrowbox__end), )              \
        return arrowbox__finish(&arrowbox__made);                                                      \
    }

/* A member of a state, for `fields` of an aggregate: an integer, float32, float64, boolean, text or binary. */
#define ARROWBOX_FIELD(state_type, type, member) {#member, ARROWBOX__RESULT_##type, offsetof(state_type, member)}

#endif
