import assert from 'node:assert/strict';
import test from 'node:test';
import { Batch, Vector, float64, nullable, utf8 } from 'arrowbox-sdk';
import { groupedMap, load } from 'arrowbox-sdk/testing';

const { linearRegression } = await load(new URL('linear-regression.ts', import.meta.url));

const points = (...rows) => Batch.from({ g: utf8, x: nullable(float64), y: nullable(float64) }, rows.map(([g, x, y]) => ({ g, x, y })));

test('points of a line give it, and points with a null are none', () => {
  const lines = groupedMap(linearRegression, points(['a', 1, 1], ['b', 3, 3], ['a', 2, 3], ['a', null, 9], ['a', 3, 5]), 'g');
  assert.deepEqual(lines, [
    { g: 'a', slope: 2, intercept: -1, r2: 1, n: 3 },
    { g: 'b', slope: null, intercept: null, r2: null, n: 1 },
  ]);
});

test('a group that comes in pieces is one', () => {
  const rows = points(['a', 1, 2], ['a', 2, 1], ['a', 3, 4], ['a', 4, 3], ['a', 5, 5]);
  const [line] = groupedMap(linearRegression, rows, 'g', { piece: 2 });
  assert.ok(Math.abs(line.slope - 0.8) < 1e-15 && Math.abs(line.r2 - 0.64) < 1e-15, JSON.stringify(line));
});

test('other columns are named', () => {
  const rows = Batch.from({ g: utf8, a: float64, b: float64 }, [{ g: 'x', a: 1, b: 2 }, { g: 'x', a: 2, b: 4 }]);
  const args = (...names) => ({ args: names.map((name) => Vector.from(utf8, [name])) });
  assert.equal(groupedMap(linearRegression, rows, 'g', args('a', 'b'))[0].slope, 2);
  assert.throws(() => groupedMap(linearRegression, rows, 'g'), /the table has no column "x": name the columns/);
  assert.throws(() => groupedMap(linearRegression, rows, 'g', args('a')), /takes the names of two columns or none, and not 1 arguments/);
  assert.throws(() => groupedMap(linearRegression, rows, 'g', args('a', 'g')), /the column "g" is Utf8: linear_regression takes Float64/);
});
