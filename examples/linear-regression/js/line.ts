// Lines by ordinary least squares.

/** The line with the smallest sum of squared vertical distances to some points. */
export interface Line {
  slope: number;
  intercept: number;
  /** Which part of the variance of `y` the line explains, from zero to one; null where `y` has none. */
  r2: number | null;
}

/** The mean, which is exact where all numbers are equal. */
function mean(numbers: Float64Array): number {
  const first = numbers[0];
  let sum = 0;
  for (const number of numbers) sum += number - first;
  return first + sum / numbers.length;
}

/**
 * The line of the points `(x[i], y[i])`. Undefined where there is no single best one: for fewer than two points, and for
 * points above one another.
 */
export function fit(x: Float64Array, y: Float64Array): Line | undefined {
  // Squares of the distances from the mean, taken in a second pass, do not cancel as sums of squares do.
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i] - meanX, y[i] - meanY];
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  if (x.length < 2 || xx === 0) return undefined;
  const slope = xy / xx;
  const part = slope * (xy / yy);
  return { slope, intercept: meanY - slope * meanX, r2: yy > 0 ? (part > 1 ? 1 : part) : null };
}
