// Functions of rows.

import { float64, int64, nullable, scalar, utf8 } from 'arrowbox-sdk';

/** The greatest common divisor of two numbers. */
export const gcd = scalar({ args: [int64, int64], returns: int64 }, (a, b) => {
  [a, b] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
});

export const halved = scalar({ args: { x: float64 }, returns: float64 }, (x) => x / 2);

export const shout = scalar({ args: { text: utf8 }, returns: utf8 }, (text) => `${text.replace(/[a-z]+/g, (part) => part.toUpperCase())}!`);

export const turned = scalar({ args: { text: utf8 }, returns: utf8 }, (text) => [...text].reverse().join(''));

export const orZero = scalar({ args: { x: nullable(int64) }, returns: int64 }, (x) => x ?? 0n);

export const ifPositive = scalar({ args: { x: int64 }, returns: nullable(int64) }, (x) => (x > 0n ? x : null));

export const sumAll = scalar({ args: [nullable(int64)], variadic: true, returns: int64 },
  (...values) => values.reduce<bigint>((sum, value) => sum + (value ?? 0n), 0n));

export const twice = [
  scalar({ args: { x: int64 }, returns: int64 }, (x) => 2n * x),
  scalar({ args: { x: float64 }, returns: float64 }, (x) => 2 * x),
  scalar({ args: { x: utf8 }, returns: utf8 }, (x) => x + x),
];
