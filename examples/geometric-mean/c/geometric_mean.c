/* The geometric mean: an aggregate whose state is a product. */
#include <arrowbox.h>
#include <math.h>
#include <string.h>

/* What is known of the numbers of a group. */
struct mean {
    /* The product of the positive numbers is this times two to the power of `exponent`. */
    double significand;
    int64_t exponent;
    uint64_t positive;
    /* Counted, since a product can not be divided by them again. */
    uint64_t zero;
    /* As zeros: those that have no geometric mean. */
    uint64_t other;
};

/* A positive finite number as a significand from one to two and an exponent of two. */
static double split(double number, int64_t *exponent) {
    uint64_t bits;
    *exponent = 0;
    memcpy(&bits, &number, 8);
    if (bits >> 52 == 0) {
        /* Subnormal: 54 places up it is not. */
        number *= 0x1p54;
        *exponent = -54;
        memcpy(&bits, &number, 8);
    }
    *exponent += (int64_t)(bits >> 52) - 1023;
    bits = (bits & 0xfffffffffffffu) | 0x3ff0000000000000u;
    memcpy(&number, &bits, 8);
    return number;
}

/* Brings the significand between one and two. */
static void normalise(struct mean *mean) {
    int64_t exponent;
    mean->significand = split(mean->significand, &exponent);
    mean->exponent += exponent;
}

static void begin(void *state, struct arrowbox_opened *opened) {
    (void)opened;
    ((struct mean *)state)->significand = 1.0;
}

static void update(struct mean *mean, double value) {
    if (value > 0.0 && value < INFINITY) {
        int64_t exponent;
        mean->significand *= split(value, &exponent);
        mean->exponent += exponent;
        mean->positive++;
        if (mean->significand > 0x1p512) normalise(mean);
    } else if (value == 0.0) {
        mean->zero++;
    } else {
        mean->other++;
    }
}

static void retract(struct mean *mean, double value) {
    if (value > 0.0 && value < INFINITY) {
        int64_t exponent;
        mean->significand /= split(value, &exponent);
        mean->exponent -= exponent;
        mean->positive--;
        if (mean->significand < 0x1p-512) normalise(mean);
    } else if (value == 0.0) {
        mean->zero--;
    } else {
        mean->other--;
    }
}

static int merge(void *state, const void *from) {
    struct mean *mean = state, other = *(const struct mean *)from;
    normalise(mean);
    normalise(&other);
    mean->significand *= other.significand;
    mean->exponent += other.exponent;
    mean->positive += other.positive;
    mean->zero += other.zero;
    mean->other += other.other;
    return ARROWBOX_OK;
}

static bool evaluate(const struct mean *state, double *result) {
    struct mean mean = *state;
    *result = mean.other > 0 ? NAN : 0.0;
    if (mean.other > 0 || mean.zero > 0) return true;
    if (mean.positive == 0) return false;
    normalise(&mean);
    /* Whole powers of two are split off, which is exact; what is left for the logarithm is less than two. */
    int64_t n = (int64_t)mean.positive, whole = mean.exponent / n, rest = mean.exponent % n;
    if (rest < 0) {
        rest += n;
        whole--;
    }
    *result = scalbn(exp2((log2(mean.significand) + (double)rest) / (double)n), (int)whole);
    return true;
}

ARROWBOX_UPDATE(update_rows, update, struct mean, (float64, value))
ARROWBOX_UPDATE(retract_rows, retract, struct mean, (float64, value))
ARROWBOX_EVALUATE(results, evaluate, struct mean, float64)

static const struct arrowbox_field fields[] = {
    ARROWBOX_FIELD(struct mean, float64, significand), ARROWBOX_FIELD(struct mean, int64, exponent),
    ARROWBOX_FIELD(struct mean, uint64, positive),     ARROWBOX_FIELD(struct mean, uint64, zero),
    ARROWBOX_FIELD(struct mean, uint64, other),
};

static const struct arrowbox_function geometric_mean = {
    .name = "geometric_mean",
    .kind = ARROWBOX_AGGREGATE_FUNCTION,
    .arguments = "value:g",
    .result = "g",
    .documentation = "The geometric mean: the n-th root of the product of n numbers.\n\n"
                     "Zero if one of them is zero; not a number if one is negative, infinite or not a number itself. "
                     "Null if there are none.",
    .aggregate = {.size = sizeof(struct mean),
                  .fields = fields,
                  .n_fields = sizeof fields / sizeof *fields,
                  .begin = begin,
                  .update = update_rows,
                  .retract = retract_rows,
                  .merge = merge,
                  .evaluate = results},
};

ARROWBOX_EXPORT(&geometric_mean);
