// Windows.

import { int64, nullable, window } from 'arrowbox-sdk';
import { refuse } from './aggregates.ts';

/** The sum of a partition up to each row; null where the value is. Refuses 666. */
export const runningTotal = window({ args: { value: int64 }, returns: int64 }, class {
  sum = 0n;

  next(value: bigint) {
    refuse(value);
    return (this.sum += value);
  }
});

/** How much each value of a partition is above the least. */
export const aboveLeast = window.columns({ args: { values: nullable(int64) }, returns: nullable(int64) },
  (values) => values.subtract(values.min() as bigint | null));
