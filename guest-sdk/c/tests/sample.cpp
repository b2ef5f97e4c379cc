// The same header from C++: functions, an aggregate, and objects that are constructed before the first call.
#include <arrowbox.h>

#include <cmath>

static double hypotenuse(double a, double b) { return std::sqrt(a * a + b * b); }
ARROWBOX_SCALAR(hypotenuse, "The longest side.", float64, (float64, a), (float64, b));

template <typename T>
struct Sum {
    T total;
    static void add(Sum *sum, T value) { sum->total += value; }
    static bool get(const Sum *sum, T *total) {
        *total = sum->total;
        return true;
    }
    static int merge(void *to, const void *from) {
        static_cast<Sum *>(to)->total += static_cast<const Sum *>(from)->total;
        return ARROWBOX_OK;
    }
};

ARROWBOX_UPDATE(update, Sum<int64_t>::add, Sum<int64_t>, (int64, value))
ARROWBOX_EVALUATE(results, Sum<int64_t>::get, Sum<int64_t>, int64)
static const arrowbox_field fields[] = {ARROWBOX_FIELD(Sum<int64_t>, int64, total)};
static const arrowbox_function my_sum = {
    .name = "my_sum",
    .kind = ARROWBOX_AGGREGATE_FUNCTION,
    .arguments = "value:l",
    .result = "l",
    .documentation = "The sum.",
    .aggregate = {.size = sizeof(Sum<int64_t>), .fields = fields, .n_fields = 1, .update = update,
                  .merge = Sum<int64_t>::merge, .evaluate = results},
};

struct Greeting {
    const char *word;
    Greeting() : word("constructed") {}
};
static Greeting greeting;
static arrowbox_text word(int64_t) { return arrowbox_text_of(greeting.word); }
ARROWBOX_SCALAR(word, "What a constructor said.", text, (int64, any));

ARROWBOX_EXPORT(&hypotenuse_function, &my_sum, &word_function);
