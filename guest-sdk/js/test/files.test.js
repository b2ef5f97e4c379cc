// Readers, writers, and what stands behind tables in a call.

import assert from 'node:assert/strict';
import test from 'node:test';
import * as sdk from 'arrowbox-sdk';
import { Batch, SinkFile, Vector, binary, float64, int32, int64, lines, list, mapBatches, nullable, reader, utf8, writer } from 'arrowbox-sdk';
import { mapBatches as mapping, read, withFiles, write } from 'arrowbox-sdk/testing';
import { readFormat } from '../src/schema.js';

const FILES = { 'a.txt': 'x' };
const one = [{ path: 'a.txt', offset: 0, length: 1 }];

/** A reader of these rows, which does all filters itself. */
const rowsOf = (schema, rows, splits = one) => reader({ name: 'r' }, class {
  schema = schema;
  exactness() { return 'exact'; }
  plan() { return splits; }
  *read(split, request) { for (const row of rows) if (request.passes(row)) yield row; }
});

/** A type, its values in rows, a comparison, a value as Arrow has it, and how many rows pass. */
for (const [type, values, comparison, value, expected] of [
  [int64.number, [1, 5, 9], 'equal', 5n, 1],
  [int64.number, [1, 5, 9], 'not-equal', 5n, 2],
  [int64.number, [1, 5, 9], 'less', 2n ** 60n, 3],
  [int64, [1n, 5n], 'greater-or-equal', 5n, 1],
  [utf8, ['￿', '𝒳', 'a'], 'less', '𝒳', 2],
  [binary, [Uint8Array.of(1), Uint8Array.of(1, 2), Uint8Array.of(2)], 'equal', Uint8Array.of(1), 1],
  [binary, [Uint8Array.of(1), Uint8Array.of(1, 2), Uint8Array.of(2)], 'greater', Uint8Array.of(1), 2],
  [float64, [NaN, 1], 'equal', NaN, 1],
  [float64, [NaN, 1], 'greater', 5, 1],
  [float64, [-0, 0, 1], 'equal', 0, 2],
  [float64, [-0, 0, -1], 'less', 0, 1],
  [sdk.timestamp('us').date, [new Date(-1), new Date(5)], 'less', 0n, 1],
  [sdk.date.date, [new Date('1969-12-31T23:00Z'), new Date('1970-01-02')], 'equal', -1, 1],
  [nullable(int32), [1, null, undefined], 'is-null', null, 2],
  [nullable(int32), [1, null, undefined], 'is-not-null', null, 1],
]) {
  test(`a filter of ${type} as ${type.as}: ${comparison} ${String(value)}`, () => {
    const f = rowsOf({ x: type }, values.map((x) => ({ x })));
    assert.equal(read(f, FILES, { filters: [{ column: 'x', comparison, value }] }).length, expected);
  });
}

test('a filter of values that have no order here is an error', () => {
  const f = rowsOf({ x: list(int32) }, [{ x: [1] }]);
  assert.throws(() => read(f, FILES, { filters: [{ column: 'x', comparison: 'equal', value: [1] }] }), /the column "x" has values that `passes` can not compare/);
});

test('columns of a reader have any name, and rows can be one object', () => {
  const f = reader({ name: 'r' }, class {
    schema = [{ name: 'b', type: utf8 }, { name: '2', type: int32 }, { name: '1', type: int32 }];
    plan() { return one; }
    *read() {
      const row = {};
      for (let i = 0; i < 3; i++) yield Object.assign(row, { b: `b${i}`, 2: i, 1: -i });
    }
  });
  assert.deepEqual(read(f, FILES), [{ b: 'b0', 2: 0, 1: -0 }, { b: 'b1', 2: 1, 1: -1 }, { b: 'b2', 2: 2, 1: -2 }].map((row) => ({ ...row, 1: row[1] + 0 })));
  assert.deepEqual(read(f, FILES, { columns: ['1', 'b'] })[1], { 1: -1, b: 'b1' });
  assert.equal(read(f, FILES, { columns: [] }).length, 3);
});

test('a reader whose limit is reached ends', () => {
  let ended = 0;
  const f = reader({ name: 'r' }, class {
    schema = { x: int32 };
    plan() { return one; }
    *read() {
      try {
        for (let x = 0; ; x++) yield { x };
      } finally {
        ended++;
      }
    }
  });
  assert.equal(read(f, FILES, { limit: 5 }).length, 8192);
  assert.equal(ended, 1);
});

for (const [split, message] of [
  [5, 'a split is 5, and an object such as { path, offset, length } is wanted'],
  [{ token: 'abc' }, 'the token of a split is "abc", and a Uint8Array is wanted'],
  [{ path: 'a.txt', offset: -1, length: 1 }, 'the offset of a split of a.txt is -1, and a whole number from 0 on is wanted'],
  [{ path: 'a.txt', length: 0.5 }, 'the length of a split of a.txt is 0.5, and a whole number from 0 on is wanted'],
  [{ rows: NaN }, 'a split has NaN rows'],
]) {
  test(`refused: ${message}`, () => assert.throws(() => read(rowsOf({ x: int32 }, [], [split]), FILES), { message }));
}

test('a split of no bytes has no lines, and nothing begins before a file', () => withFiles({ 'a.txt': 'a\nb\n' }, () => {
  assert.deepEqual([...lines({ path: 'a.txt', offset: 0, length: 0 }), ...lines({ path: 'a.txt', offset: 2, length: 0 })], []);
  assert.throws(() => sdk.readFile('a.txt', -1), { message: 'the offset in a.txt is -1, and a whole number from 0 on is wanted' });
  assert.throws(() => [...lines({ path: 'a.txt', offset: -1 })], /the offset in a\.txt is -1/);
}));

test('bytes that were written can be used again', () => {
  const f = writer({}, class {
    partition() {
      const [file, bytes] = [new SinkFile('a'), new Uint8Array(1)];
      return {
        write(batch) {
          for (const { x } of batch) {
            bytes[0] = x;
            file.write(bytes);
          }
        },
        finish() { file.finish(); },
      };
    }
  });
  assert.deepEqual([...write(f, [Batch.from({ x: int32 }, [{ x: 1 }, { x: 2 }, { x: 3 }])]).get('a')], [1, 2, 3]);
});

/** What an argument behind a table is, and as what it is asked for. */
for (const [vector, type, expected] of [
  [Vector.from(nullable(sdk.nothing), [null]), nullable(int64), null],
  [Vector.from(nullable(sdk.nothing), [null]), int64, /argument 0 \(counted from zero\) is null/],
  [Vector.from(nullable(int64), [null]), int64, /argument 0 \(counted from zero\) is null/],
  [Vector.from(readFormat('c', { nullable: true, dictionary: utf8 }).with({ as: 'string' }), ['x']), utf8, 'x'],
  [Vector.from(readFormat('vu', {}), ['x']), utf8, 'x'],
  [Vector.from(list(utf8), [['x']]), list(int64), /argument 0 \(counted from zero\) is List\(Utf8\), and not to be had as List\(Int64\)/],
  [Vector.from(int64, [1n]), float64, /is Int64, and not to be had as Float64/],
  [Vector.from(int64, [1n]), sdk.any, 1n],
  [Vector.from(int64, [1n]), int64.number, 1],
]) {
  test(`an argument that is ${vector.type}, as ${type}${type.nullable ? ' or null' : ''}`, () => {
    let seen;
    const f = mapBatches({ returns: { x: int64 } }, class {
      constructor(call) { seen = call.argument(0, type); }
      push() {}
    });
    const called = () => mapping(f, [Batch.from({ x: int64 }, [])], { args: [vector] });
    if (expected instanceof RegExp) assert.throws(called, expected);
    else {
      called();
      assert.deepEqual(seen, expected);
    }
  });
}

test('a batch of what a generator gives has its rows', () => {
  function* rows() {
    yield { x: 1n };
    yield { x: 2n };
  }
  assert.equal(Batch.from({ x: int64 }, rows()).length, 2);
});

test('nothing begins before the first row', () => {
  const vector = Vector.from(int64, [1n, 2n]);
  assert.throws(() => vector.slice(-1), { message: 'the row that a slice begins with is -1, and a whole number from 0 on is wanted' });
  assert.throws(() => vector.slice(0.5), /is 0\.5, and a whole number/);
  assert.deepEqual(vector.slice(5).toArray(), []);
});
