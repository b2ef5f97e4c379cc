import assert from 'node:assert/strict';
import test from 'node:test';
import { Batch, Vector, float64, groupedMap, int32, int64, mapBatches, nullable, scalar, struct, table, utf8 } from 'arrowbox-sdk';
import * as testing from 'arrowbox-sdk/testing';

const sizes = groupedMap({ returns: int64.number }, (group) => [group.length]);
const counted = (type, values) => testing.groupedMap(sizes, Batch.from({ key: type }, values.map((key) => ({ key }))), 'key').map(({ tested }) => tested);

/** Types of keys, their values, and how many rows each group has. */
for (const [type, values, expected] of [
  [nullable(utf8), [null, 'null', null], [2, 1]],
  [struct({ a: int64 }), [{ a: 1n }, { a: 2n }, { a: 1n }], [2, 1]],
  [nullable(float64), [NaN, 1, NaN, 0, -0, Infinity, null, -Infinity], [2, 1, 2, 1, 1, 1]],
  [int32, [1, 2, 1], [2, 1]],
]) {
  test(`groups of ${type}`, () => assert.deepEqual(counted(type, values), expected));
}

test('rows are as the definition says, whatever their columns are called', () => {
  const f = table({ args: [int64], returns: { parent: int64.number, x: utf8 } }, (x) => [{ parent: Number(x), x: 'a' }]);
  assert.deepEqual(testing.table(f, [5n]), [{ parent: 5, x: 'a' }]);
  const plain = table({ args: [int64], returns: int64.number }, (x) => [Number(x)]);
  assert.deepEqual(testing.table(plain, [5n]), [{ tested: 5 }]);
});

test('a function without arguments has one row', () => {
  assert.deepEqual(testing.scalar(scalar({ args: {}, returns: int64 }, () => 7n), []), [7n]);
});

test('values behind a table of a definition without arguments are vectors', () => {
  const f = mapBatches({ returns: { x: int64 } }, class { push() {} });
  const batch = Batch.from({ x: int64 }, []);
  assert.throws(() => testing.mapBatches(f, [batch], { args: [5n] }), { message: 'the definition declares no arguments: give a Vector for each' });
  assert.deepEqual(testing.mapBatches(f, [batch], { args: [Vector.from(int64, [5n])] }), []);
});
