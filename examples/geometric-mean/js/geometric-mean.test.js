import assert from 'node:assert/strict';
import test from 'node:test';
import { aggregate, laws } from 'arrowbox-sdk/testing';
import { geometricMean } from './geometric-mean.js';
import { split } from './product.js';

const near = (a, b) => a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= 1e-14 * Math.abs(b);

for (const [values, mean] of [
  [[1, 3, 9], 3], [[2, 8], 4], [[5, null], 5], [[], null], [[null], null], [[1, 0, 3], 0], [[1, -1], NaN], [[1, Infinity], NaN], [[0, NaN], NaN],
  [new Array(1000).fill(1e300), 1e300], [new Array(1000).fill(5e-324), 5e-324], [[1e308, 1e-308], 1],
]) {
  test(`of ${values.length} numbers, such as ${values[0]}: ${mean}`, () => {
    const [result] = aggregate(geometricMean, [values], { groups: new Array(values.length).fill(0) });
    assert.ok(values.length === 0 ? result === undefined : near(result, mean), `${result}`);
  });
}

test('numbers are split', () => {
  for (const [number, significand, exponent] of [[1, 1, 0], [0.75, 1.5, -1], [10, 1.25, 3], [5e-324, 1, -1074], [2 ** -1022 * 0.75, 1.5, -1023]]) {
    assert.deepEqual(split(number), [significand, exponent]);
  }
});

test('it keeps the laws of aggregates', () => laws(geometricMean, [[1.5, 2, 0.25, 1e300, 1e-300, 3, null, 7]], { same: near }));

test('what is taken out again was never there', () => {
  const mean = new geometricMean();
  for (const value of [2, 8, 0, -1]) mean.update(value);
  for (const value of [0, -1]) mean.retract(value);
  assert.equal(mean.evaluate(), 4);
});
