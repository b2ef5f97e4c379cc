/* Aggregates. */
#include "functions.h"

struct total {
    int64_t sum, count;
};

static void add(struct total *total, int64_t value) {
    refuse(value);
    total->sum += value;
    total->count++;
}

static void take_out(struct total *total, int64_t value) {
    total->sum -= value;
    total->count--;
}

static int merge_totals(void *to, const void *from) {
    struct total *total = to;
    const struct total *other = from;
    total->sum += other->sum;
    total->count += other->count;
    return ARROWBOX_OK;
}

static bool sum_of(const struct total *total, int64_t *sum) {
    *sum = total->sum;
    return total->count > 0;
}

ARROWBOX_UPDATE(add_rows, add, struct total, (int64, value))
ARROWBOX_UPDATE(take_out_rows, take_out, struct total, (int64, value))
ARROWBOX_EVALUATE(sums, sum_of, struct total, int64)

static const struct arrowbox_field total_fields[] = {
    ARROWBOX_FIELD(struct total, int64, sum),
    ARROWBOX_FIELD(struct total, int64, count),
};
const struct arrowbox_function total_function = {
    .name = "total", .kind = ARROWBOX_AGGREGATE_FUNCTION, .arguments = "value:l", .result = "l",
    .documentation = "The sum of numbers, null if there are none. Refuses 666.",
    .aggregate = {.size = sizeof(struct total), .fields = total_fields, .n_fields = 2, .update = add_rows,
                  .retract = take_out_rows, .merge = merge_totals, .evaluate = sums}};

/* A text that the state owns. */
struct held {
    arrowbox_text text;
    bool there;
};

static void hold(struct held *held, const char *data, size_t length) {
    char *copied = malloc(length + 1);
    if (!copied) abort();
    memcpy(copied, data, length);
    free((void *)(uintptr_t)held->text.data);
    held->text = (arrowbox_text){copied, length};
    held->there = true;
}

static void let_go(void *held) { free((void *)(uintptr_t)((struct held *)held)->text.data); }

static const struct arrowbox_field held_fields[] = {
    ARROWBOX_FIELD(struct held, text, text),
    ARROWBOX_FIELD(struct held, boolean, there),
};

static int64_t characters(arrowbox_text text) {
    int64_t count = 0;
    for (size_t i = 0; i < text.length; i++) count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}

static void keep_longest(struct held *held, arrowbox_text text) {
    if (held->there) {
        int64_t more = characters(text) - characters(held->text);
        size_t shorter = text.length < held->text.length ? text.length : held->text.length;
        int order = memcmp(text.data, held->text.data, shorter);
        if (more < 0 || (more == 0 && (order > 0 || (order == 0 && text.length >= held->text.length)))) return;
    }
    hold(held, text.data, text.length);
}

static int merge_longest(void *to, const void *from) {
    const struct held *other = from;
    if (other->there) keep_longest(to, other->text);
    return ARROWBOX_OK;
}

static bool longest_of(const struct held *held, arrowbox_text *text) {
    *text = held->text;
    return held->there;
}

ARROWBOX_UPDATE(longest_rows, keep_longest, struct held, (text, text))
ARROWBOX_EVALUATE(longest_results, longest_of, struct held, text)
const struct arrowbox_function longest_function = {
    .name = "longest", .kind = ARROWBOX_AGGREGATE_FUNCTION, .arguments = "text:*u", .result = "u",
    .documentation = "The text of the most characters; of several the least.",
    .aggregate = {.size = sizeof(struct held), .fields = held_fields, .n_fields = 2, .update = longest_rows,
                  .merge = merge_longest, .evaluate = longest_results, .end = let_go}};

static void append(struct held *held, arrowbox_text text, const char *end) {
    struct arrowbox_bytes all = {NULL, 0, 0};
    arrowbox_bytes_add(&all, held->text.data ? held->text.data : "", held->text.length);
    arrowbox_bytes_add(&all, text.data, text.length);
    arrowbox_bytes_add(&all, end, strlen(end));
    hold(held, all.data ? all.data : "", all.length);
    arrowbox_bytes_free(&all);
}

static void join(struct held *held, arrowbox_text text) { append(held, text, ";"); }

static int merge_joined(void *to, const void *from) {
    const struct held *other = from;
    if (other->there) append(to, other->text, "");
    return ARROWBOX_OK;
}

static bool joined_of(const struct held *held, arrowbox_text *text) {
    *text = held->there ? held->text : arrowbox_text_of("");
    return true;
}

ARROWBOX_UPDATE(joined_rows, join, struct held, (text, text))
ARROWBOX_EVALUATE(joined_results, joined_of, struct held, text)
const struct arrowbox_function joined_function = {
    .name = "joined", .kind = ARROWBOX_AGGREGATE_FUNCTION, .arguments = "text:*u", .result = "u",
    .documentation = "All texts in their order, with `;` behind each.",
    .aggregate = {.size = sizeof(struct held), .fields = held_fields, .n_fields = 2, .update = joined_rows,
                  .merge = merge_joined, .evaluate = joined_results, .end = let_go}};

struct balance {
    int64_t sum;
};

static int64_t number_of(arrowbox_maybe_int64 value) { return value.valid ? value.value : -1; }
static void credit(struct balance *balance, arrowbox_maybe_int64 value) { balance->sum += number_of(value); }
static void debit(struct balance *balance, arrowbox_maybe_int64 value) { balance->sum -= number_of(value); }

static int merge_balances(void *to, const void *from) {
    ((struct balance *)to)->sum += ((const struct balance *)from)->sum;
    return ARROWBOX_OK;
}

static bool balance_of(const struct balance *balance, int64_t *sum) {
    *sum = balance->sum;
    return true;
}

ARROWBOX_UPDATE(credit_rows, credit, struct balance, (maybe_int64, value))
ARROWBOX_UPDATE(debit_rows, debit, struct balance, (maybe_int64, value))
ARROWBOX_EVALUATE(balances, balance_of, struct balance, int64)

static const struct arrowbox_field balance_fields[] = {ARROWBOX_FIELD(struct balance, int64, sum)};
const struct arrowbox_function balance_function = {
    .name = "balance", .kind = ARROWBOX_AGGREGATE_FUNCTION, .arguments = "value:l", .result = "l",
    .documentation = "The sum of numbers, less one for each null.",
    .aggregate = {.size = sizeof(struct balance), .fields = balance_fields, .n_fields = 1, .update = credit_rows,
                  .retract = debit_rows, .merge = merge_balances, .evaluate = balances}};

static void list(struct held *held, arrowbox_maybe_text text) {
    append(held, text.valid ? text.value : arrowbox_text_of("-"), ";");
}

ARROWBOX_UPDATE(listed_rows, list, struct held, (maybe_text, text))
const struct arrowbox_function listed_function = {
    .name = "listed", .kind = ARROWBOX_AGGREGATE_FUNCTION, .arguments = "text:*u", .result = "u",
    .documentation = "All texts in their order, `-` for null, with `;` behind each.",
    .aggregate = {.size = sizeof(struct held), .fields = held_fields, .n_fields = 2, .update = listed_rows,
                  .merge = merge_joined, .evaluate = joined_results, .end = let_go}};
