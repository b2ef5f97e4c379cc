/* Every way to go wrong. */
#include "functions.h"

static int64_t said_no(int64_t x) {
    if (x == 3) arrowbox_fail("three is too much");
    return x;
}
ARROWBOX_SCALAR(said_no, "Says no to three, in words of its own.", int64, (int64, x));

static int64_t breaks(int64_t x) {
    if (x == 3) arrowbox_panic("three is too much");
    return x;
}
ARROWBOX_SCALAR(breaks, "What the language does when a program goes on no more.", int64, (int64, x));

static int64_t asserts(int64_t x) {
    assert(x != 3);
    return x;
}
ARROWBOX_SCALAR(asserts, "Asserts that it is not three.", int64, (int64, x));

static int64_t deep(int64_t x) {
    volatile char frame[1024];
    frame[x & 1023] = 1;
    return deep(x + 1) + frame[0];
}
ARROWBOX_SCALAR(deep, "Calls itself without end.", int64, (int64, x));

static int64_t hoards(int64_t x) {
    for (;;) memset(arrowbox_alloc(1 << 20), (int)x, 1 << 20);
}
ARROWBOX_SCALAR(hoards, "Takes all memory.", int64, (int64, x));

static int64_t spins(int64_t x) {
    for (volatile int64_t i = x;; i++)
        ;
}
ARROWBOX_SCALAR(spins, "Never ends.", int64, (int64, x));

static int text_for_numbers(struct arrowbox_call *call, struct ArrowArray *result) {
    struct arrowbox_builder *texts = arrowbox_builder(arrowbox_schema("u"));
    for (int64_t row = 0; row < call->batch.rows; row++) arrowbox_append_text(texts, arrowbox_text_of("text"));
    return arrowbox_finish(texts, result);
}
const struct arrowbox_function wrong_type_function = {
    .name = "wrong_type", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "x:l", .result = "l",
    .documentation = "Gives text where it promised numbers.", .scalar = {.call = text_for_numbers}};

static int one_value(struct arrowbox_call *call, struct ArrowArray *result) {
    (void)call;
    *(int64_t *)arrowbox_fixed(result, 1, sizeof(int64_t)) = 1;
    return ARROWBOX_OK;
}
const struct arrowbox_function wrong_length_function = {
    .name = "wrong_length", .kind = ARROWBOX_SCALAR_FUNCTION, .arguments = "x:l", .result = "l",
    .documentation = "Gives one value, however many rows there are.", .scalar = {.call = one_value}};
