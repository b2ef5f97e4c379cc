/* What the functions have in common. */
#ifndef FUNCTIONS_H
#define FUNCTIONS_H

#include <arrowbox.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LIST "+l(item:l)"
#define PAIR "+s(number:l; text:u)"
#define COUNTS "+m(entries:+s(keys:u!; values:l)!)"
#define ITEMS "+l(item:+s(number:l; tags:+l(item:u)))"

/* What functions of every kind say of this number. */
static inline int refuse(int64_t value) { return value == 666 ? arrowbox_fail("666 is refused") : ARROWBOX_OK; }

/* The first item of a list or a map, and the one behind the last. */
static inline void items_of(const struct ArrowArray *lists, int64_t row, int64_t *begin, int64_t *end) {
    const int32_t *offsets = ARROWBOX_VALUES(int32_t, lists) + row;
    *begin = offsets[0];
    *end = offsets[1];
}

#define EACH(of)                                                                                                      \
    of(same_boolean) of(same_int8) of(same_int16) of(same_int32) of(same_int64) of(same_uint8) of(same_uint16)        \
    of(same_uint32) of(same_uint64) of(same_float16) of(same_float32) of(same_float64) of(same_text) of(same_binary)  \
    of(same_date) of(same_date_millis) of(same_time) of(same_timestamp) of(same_utc) of(same_duration)                \
    of(same_interval) of(same_decimal) of(same_list) of(same_struct) of(same_map) of(same_nested) of(same_any)        \
    of(date_number) of(number_date) of(time_number) of(number_time) of(timestamp_number) of(number_timestamp)         \
    of(utc_number) of(number_utc) of(duration_number) of(number_duration) of(decimal_number) of(number_decimal)       \
    of(list_text) of(number_list) of(struct_text) of(number_struct) of(map_text) of(number_map) of(nested_text)       \
    of(number_nested) of(gcd) of(halved) of(shout) of(turned) of(or_zero) of(if_positive) of(sum_all)                 \
    of(twice_number) of(twice_float) of(twice_text) of(add_one) of(at_most) of(initial) of(nulls_in) of(times)        \
    of(censored) of(this_year) of(drawn) of(total) of(longest) of(joined) of(balance) of(listed) of(running_total) of(above_least)           \
    of(series) of(pieces) of(count_from) of(scaled) of(tally) of(span_of) of(surplus) of(text_lines) of(line_files)   \
    of(said_no) of(breaks) of(asserts) of(deep) of(hoards) of(spins) of(wrong_type) of(wrong_length)

#define DECLARED(name) extern const struct arrowbox_function name##_function;
EACH(DECLARED)

#endif
