/* The functions that benchmarks call in a component, and in a program of this machine. */
#include <arrowbox.h>

static int64_t add_one(int64_t x) {
    return (int64_t)((uint64_t)x + 1);
}

static int64_t gcd(int64_t a, int64_t b) {
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

static arrowbox_text upper(arrowbox_text text) {
    char *result = arrowbox_room(text.length);
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        result[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
    }
    return (arrowbox_text){result, text.length};
}

ARROWBOX_SCALAR(add_one, "One more.", int64, (int64, x));
ARROWBOX_SCALAR(gcd, "The greatest common divisor of two numbers.", int64, (int64, a), (int64, b));
ARROWBOX_SCALAR(upper, "Upper case, of the letters from A to Z.", text, (text, text));
ARROWBOX_EXPORT(&add_one_function, &gcd_function, &upper_function);
