// The functions that benchmarks call in a component.

import { int64, scalar, utf8 } from 'arrowbox-sdk';
import * as plain from './plain.js';

/** One more. */
export const addOne = scalar({ args: [int64], returns: int64 }, plain.addOne);

/** One more. The engine adds, where the column is. */
export const addOneColumn = scalar.columns({ args: [int64], returns: int64 }, (x) => x.add(1));

/** The greatest common divisor of two numbers. */
export const gcd = scalar({ args: [int64, int64], returns: int64 }, plain.gcd);

/** Upper case. */
export const upper = scalar({ args: [utf8], returns: utf8 }, plain.upper);
