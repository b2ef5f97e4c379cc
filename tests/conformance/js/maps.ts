// Functions from tables to tables.

import { Batch, Column, cogroupedMap, groupedMap, int64, mapBatches, nullable } from 'arrowbox-sdk';
import { refuse } from './aggregates.ts';

/** The column `v`, and it times the argument. Refuses 666. */
export const scaled = mapBatches.columns({ args: { by: int64 }, returns: { v: nullable(int64), scaled: nullable(int64) } }, class {
  by: bigint;

  constructor(call: { arguments: { by: bigint } }) {
    this.by = call.arguments.by;
    refuse(this.by);
  }

  push(rows: Batch<Column>) {
    const v = rows.column('v');
    return new Batch({ v, scaled: v.multiply(this.by) });
  }
});

const sum = { rows: int64, sum: int64 };

/** One row at the end: how many rows there were, and the sum of their column `v`. Refuses 666. */
export const tally = mapBatches({ returns: sum }, class {
  rows = 0n;
  sum = 0n;

  push(rows: Batch) {
    for (const value of rows.column('v')) {
      if (value === null) continue;
      refuse(value);
      this.sum += value;
    }
    this.rows += BigInt(rows.length);
  }

  finish() {
    return Batch.from(sum, [{ rows: this.rows, sum: this.sum }]);
  }
});

/** The least and the greatest value of the column `v` of a group, and how many rows it has. Refuses 666. */
export const spanOf = groupedMap({ returns: { low: nullable(int64), high: nullable(int64), rows: int64 } }, (group) => {
  let [low, high]: (bigint | null)[] = [null, null];
  for (const value of group.column('v')) {
    if (value === null) continue;
    refuse(value);
    if (low === null || value < low) low = value;
    if (high === null || value > high) high = value;
  }
  return [{ low, high, rows: BigInt(group.length) }];
});

/** How many rows more a key has in the left table. */
export const surplus = cogroupedMap({ returns: int64 }, (left, right) => [BigInt(left.length - right.length)]);
