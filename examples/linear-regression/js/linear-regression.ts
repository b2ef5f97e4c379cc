// Lines through the points of groups: a function of all rows of a key.

import { FunctionError, float64, groupedMap, nullable, uint64, utf8, type Batch, type OfGroups } from 'arrowbox-sdk';
import { fit } from './line.ts';

/**
 * The line through the points of each group, by ordinary least squares: `slope`, `intercept`, `r2` and `n`.
 *
 * The points are the columns `x` and `y`, or those whose names stand behind the function, of type double. Where one of
 * the two is null there is no point. `slope`, `intercept` and `r2` are null where no line is the best, and `r2` where
 * all y are equal.
 */
export const linearRegression = groupedMap(
  { returns: { slope: nullable(float64), intercept: nullable(float64), r2: nullable(float64), n: uint64.number } },
  class {
    x: number;
    y: number;

    constructor(call: OfGroups) {
      if (call.length !== 0 && call.length !== 2) {
        throw new FunctionError(`linear_regression takes the names of two columns or none, and not ${call.length} arguments`);
      }
      const [x, y] = call.length === 0 ? ['x', 'y'] : [call.argument(0, utf8), call.argument(1, utf8)];
      this.x = column(call, x);
      this.y = column(call, y);
    }

    map(group: Batch) {
      const [x, y] = this.points(group);
      const line = fit(x, y);
      return [{ slope: line?.slope ?? null, intercept: line?.intercept ?? null, r2: line?.r2 ?? null, n: x.length }];
    }

    /** The x and the y of the points: where they lie, or without those that have a null. */
    points(group: Batch): [Float64Array, Float64Array] {
      const [x, y] = [group.column(this.x), group.column(this.y)];
      if (x.nullCount === 0 && y.nullCount === 0) return [x.values, y.values];
      const rows = Array.from({ length: group.length }, (_, row) => row).filter((row) => !x.isNull(row) && !y.isNull(row));
      const pick = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]);
      return [pick(x.values), pick(y.values)];
    }
  },
);

/** The number of a column of this name. */
function column(call: OfGroups, name: string): number {
  const index = call.input.findIndex((field) => field.name === name);
  if (index < 0) {
    throw new FunctionError(`the table has no column ${JSON.stringify(name)}: name the columns of x and y behind the function`);
  }
  const { type } = call.input[index];
  if (type.format !== float64.format) {
    throw new FunctionError(`the column ${JSON.stringify(name)} is ${type}: linear_regression takes Float64, so cast it to double`);
  }
  return index;
}
