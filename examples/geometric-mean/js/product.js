// Products that neither overflow nor vanish.

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);

/** Where a product's significand is brought back to the middle of what a number can hold. */
const LARGE = 2 ** 512;
const SMALL = 1 / LARGE;

/**
 * A positive finite number as a significand from one to two, and an exponent of two.
 * @returns {[number, number]}
 */
export function split(of) {
  number[0] = of;
  let exponent = (words[1] >>> 20) - 1023;
  if (exponent === -1023) {
    // Subnormal: 54 places up it is not.
    number[0] = of * 2 ** 54;
    exponent = (words[1] >>> 20) - 1023 - 54;
  }
  words[1] = (words[1] & 0xfffff) | (1023 << 20);
  return [number[0], exponent];
}

/**
 * A product of positive numbers, of any size: `significand · 2^exponent`.
 *
 * Each factor costs a multiplication and takes one rounding. The root of a product of n factors is so as exact as one
 * factor is, which sums of logarithms are not.
 */
export class Product {
  significand = 1;
  exponent = 0;

  multiply(factor) {
    const [significand, exponent] = split(factor);
    this.significand *= significand;
    this.exponent += exponent;
    if (this.significand > LARGE) this.normalise();
  }

  divide(factor) {
    const [significand, exponent] = split(factor);
    this.significand /= significand;
    this.exponent -= exponent;
    if (this.significand < SMALL) this.normalise();
  }

  multiplyBy(other) {
    this.normalise();
    const [significand, exponent] = split(other.significand);
    this.significand *= significand;
    this.exponent += other.exponent + exponent;
  }

  /** The number that, taken `n` times, gives this product. */
  root(n) {
    this.normalise();
    // Whole powers of two are split off, which is exact; what is left for the logarithm is less than two.
    const whole = Math.floor(this.exponent / n);
    const rest = this.exponent - whole * n;
    const power = 2 ** ((Math.log2(this.significand) + rest) / n);
    // In two steps, since 2^whole alone can be more than a number can hold.
    const half = Math.trunc(whole / 2);
    return power * 2 ** half * 2 ** (whole - half);
  }

  /** Brings the significand between one and two. */
  normalise() {
    const [significand, exponent] = split(this.significand);
    this.significand = significand;
    this.exponent += exponent;
  }
}
