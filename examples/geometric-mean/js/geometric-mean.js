// The geometric mean: an aggregate whose state is a product.

import { aggregate, float64, int64, nullable, uint64 } from 'arrowbox-sdk';
import { Product } from './product.js';

/**
 * The geometric mean: the n-th root of the product of n numbers.
 *
 * Zero if one of them is zero; not a number if one is negative, infinite or not a number itself. Null if there
 * are none.
 */
export const geometricMean = aggregate(
  {
    args: { value: float64 },
    state: { significand: float64, exponent: int64.number, positive: uint64.number, zero: uint64.number, other: uint64.number },
    returns: nullable(float64),
  },
  class GeometricMean extends Product {
    positive = 0;
    /** Counted, since a product can not be divided by them again. */
    zero = 0;
    /** As zeros: those that have no geometric mean. */
    other = 0;

    update(value) {
      if (value > 0 && value < Infinity) {
        this.multiply(value);
        this.positive += 1;
      } else if (value === 0) this.zero += 1;
      else this.other += 1;
    }

    retract(value) {
      if (value > 0 && value < Infinity) {
        this.divide(value);
        this.positive -= 1;
      } else if (value === 0) this.zero -= 1;
      else this.other -= 1;
    }

    merge(other) {
      this.multiplyBy(other);
      this.positive += other.positive;
      this.zero += other.zero;
      this.other += other.other;
    }

    evaluate() {
      if (this.other > 0) return NaN;
      if (this.zero > 0) return 0;
      return this.positive > 0 ? this.root(this.positive) : null;
    }
  },
);
