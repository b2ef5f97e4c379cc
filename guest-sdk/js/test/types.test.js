import assert from 'node:assert/strict';
import test from 'node:test';
import * as sdk from 'arrowbox-sdk';
import { Batch, Vector, nullable } from 'arrowbox-sdk';
import { aggregate, scalar as run } from 'arrowbox-sdk/testing';
import { decode, encode } from '../src/vector.js';
import { readSchema, writeSchema } from '../src/schema.js';
import { readFormat } from '../src/schema.js';

const { bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16, float32, float64, utf8, binary } = sdk;
const bytes = (...all) => Uint8Array.from(all);

/** Types, and values of them. */
const CASES = [
  [bool, [true, false, true]],
  [int8, [-128, 0, 127]], [int16, [-32768, 1, 32767]], [int32, [-2147483648, 7, 2147483647]],
  [int64, [-(2n ** 63n), 0n, 2n ** 63n - 1n]], [int64.number, [-5, 2147483648, Number.MAX_SAFE_INTEGER]],
  [uint8, [0, 255]], [uint16, [0, 65535]], [uint32, [0, 4294967295]], [uint64, [0n, 2n ** 64n - 1n]], [uint64.number, [0, 4294967296, 3000000000]],
  [float16, [0.5, -65504, Infinity]], [float32, [1.5, -0.25, NaN]], [float64, [Math.PI, -0, Infinity]],
  [utf8, ['', 'plain', 'grüße', '日本語', '🦀 and 𝒳', 'x'.repeat(1000)]], [binary, [bytes(), bytes(0, 255, 7)]],
  [sdk.date, [0, -1, 20000]], [sdk.date.date, [new Date('1969-12-31'), new Date('2024-02-29')]], [sdk.dateMillis, [86400000n]],
  [sdk.timestamp('s'), [1n]], [sdk.timestamp('us', 'UTC'), [-1n, 1700000000000000n]], [sdk.timestamp('ms', 'Europe/Zurich').date, [new Date(1234567890123)]],
  [sdk.timestamp('ns').date, [new Date(-1), new Date(5)]], [sdk.time('s'), [86399]], [sdk.time('us'), [1n]], [sdk.duration('ms'), [-5n]],
  [sdk.intervalYearMonth, [14]], [sdk.intervalDayTime, [{ days: -1, milliseconds: 5 }]], [sdk.intervalMonthDayNano, [{ months: 1, days: -2, nanoseconds: 3n }]],
  [sdk.decimal(4, 2), [1230n, -9999n]], [sdk.decimal(38), [10n ** 38n - 1n, -(10n ** 38n) + 1n]], [sdk.decimal(76, 3, 256), [-(10n ** 75n), 1n]],
  [sdk.decimal(9, 0, 32), [-999999999n]], [sdk.decimal(18, 0, 64), [10n ** 17n]],
  [sdk.list(int64), [[], [1n, 2n], [3n]]], [sdk.list(nullable(utf8)), [['a', null], []]], [sdk.list(sdk.list(int32)), [[[1], []], [[2, 3]]]],
  [sdk.fixedSizeList(float64, 2), [[1, 2], [3, 4]]], [sdk.fixedSizeBinary(3), [bytes(1, 2, 3)]],
  [sdk.struct({ a: int64, b: nullable(utf8) }), [{ a: 1n, b: 'x' }, { a: 2n, b: null }]],
  [sdk.struct({ inner: sdk.struct({ list: sdk.list(bool) }) }), [{ inner: { list: [true, false] } }]],
  [sdk.map(utf8, int64), [new Map(), new Map([['a', 1n], ['b', 2n]])]],
];

const crossed = (vector) => {
  const schema = writeSchema([{ name: 'x', type: vector.type }]);
  const wire = encode([vector], vector.length);
  assert.equal(wire.nodes[0].length, BigInt(vector.length));
  return decode(wire, readSchema(schema))[0].as(vector.type);
};

for (const [type, values] of CASES) {
  test(`${type} as ${type.as} crosses the boundary: values, nulls, none, slices`, () => {
    const maybe = nullable(type);
    const withNulls = [null, ...values.flatMap((value) => [value, null]), ...Array.from({ length: 20 }, () => values[0])];
    for (const some of [values, withNulls, [], [null]]) {
      const vector = Vector.from(maybe, some);
      assert.equal(vector.nullCount, some.filter((value) => value === null).length);
      assert.deepEqual(crossed(vector).toArray(), some);
      for (const [offset, length] of [[1, 3], [3, 100], [2, 0]]) {
        assert.deepEqual(crossed(vector.slice(offset, length)).toArray(), some.slice(offset, offset + length), `slice(${offset}, ${length})`);
      }
    }
  });

  test(`${type} as ${type.as} is an argument and a result of rows`, () => {
    const same = sdk.scalar({ args: { x: nullable(type) }, returns: nullable(type) }, (x) => x);
    const some = [...values, null, values[0]];
    assert.deepEqual(run(same, [some]), some);
    const strict = sdk.scalar({ args: { x: type }, returns: type }, (x) => {
      assert.notEqual(x, null);
      return x;
    });
    assert.deepEqual(run(strict, [some]), some);
    assert.deepEqual(run(strict, [[]]), []);
    assert.deepEqual(run(strict, [[null, null]]), [null, null]);
  });

  test(`${type} as ${type.as} passes a function of vectors`, () => {
    const same = sdk.scalar.vectors({ args: { x: nullable(type) }, returns: nullable(type) }, (x) => x);
    const some = [...values, null];
    assert.deepEqual(run(same, [some]), some);
  });
}

test('text in any layout is text', () => {
  const upper = sdk.scalar({ args: { text: utf8 }, returns: utf8 }, (text) => text.toUpperCase());
  const values = ['short', 'grüße', null, 'longer than twelve bytes', ''];
  const dictionary = readFormat('i', { nullable: true, dictionary: utf8 }).with({ as: 'string' });
  for (const type of [utf8, readFormat('U'), readFormat('vu'), dictionary]) {
    const vector = crossed(Vector.from(nullable(type), values));
    assert.deepEqual(vector.toArray(), values, String(type));
    assert.deepEqual(run(upper, [vector]), ['SHORT', 'GRÜSSE', null, 'LONGER THAN TWELVE BYTES', ''], String(type));
  }
});

test('lists in any layout are lists', () => {
  const item = [{ name: 'item', type: nullable(int64) }];
  for (const format of ['+l', '+L', '+vl', '+vL']) {
    const vector = Vector.from(readFormat(format, { fields: item, nullable: true }), [[1n, null], null, [], [2n]]);
    assert.deepEqual(crossed(vector).toArray(), [[1n, null], null, [], [2n]], format);
    assert.deepEqual(crossed(vector.slice(2)).toArray(), [[], [2n]], format);
  }
});

test('constants stand for every row', () => {
  const add = sdk.scalar({ args: { x: int64, y: nullable(int64), text: utf8 }, returns: utf8 }, (x, y, text) => `${x}${y}${text}`);
  const constant = (type, value) => Vector.from(nullable(type), [value]);
  const rows = Vector.from(int64, [1n, 2n, 3n]);
  assert.deepEqual(run(add, [rows, constant(int64, 7n), constant(utf8, '!')]), ['17!', '27!', '37!']);
  assert.deepEqual(run(add, [rows, constant(int64, null), constant(utf8, '!')]), ['1null!', '2null!', '3null!']);
  assert.deepEqual(run(add, [rows, constant(int64, 7n), constant(utf8, null)]), [null, null, null]);
});

test('what a function does to the value of a constant is not seen in other rows', () => {
  const push = sdk.scalar({ args: { items: sdk.list(int64), bytes: binary, x: int64 }, returns: int64 }, (items, some, x) => {
    items.push(x);
    some[0]++;
    return BigInt(items.length * 10 + some[0]);
  });
  const constants = [Vector.from(sdk.list(int64), [[1n]]), Vector.from(binary, [bytes(0)])];
  assert.deepEqual(run(push, [...constants, [1n, 2n, 3n]]), [21n, 21n, 21n]);
});

test('any number of arguments', () => {
  const greatest = sdk.scalar({ args: { first: int64, values: nullable(int64) }, returns: nullable(int64), variadic: true },
    (first, ...values) => values.reduce((best, value) => (value > best ? value : best), first));
  assert.deepEqual(run(greatest, [[1n, 2n], [5n, null], [3n, 4n]]), [5n, 4n]);
  assert.deepEqual(run(greatest, [[1n, 2n]]), [1n, 2n]);
});

test('typed arrays lie over the buffers', () => {
  const add = sdk.scalar.vectors({ args: { x: float64 }, returns: float64 }, (x) => x.values.map((value) => value + 1));
  assert.deepEqual(run(add, [[1, 2.5]]), [2, 3.5]);
  const lengths = sdk.scalar.vectors({ args: { text: utf8 }, returns: int32 }, (text) => {
    const { offsets } = text;
    return Int32Array.from({ length: text.length }, (_, row) => offsets[row + 1] - offsets[row]);
  });
  assert.deepEqual(run(lengths, [['a', '', 'ä']]), [1, 0, 2]);
  const unchanged = sdk.scalar.vectors({ args: { x: sdk.any }, returns: sdk.sameAsFirst }, (x) => x);
  assert.deepEqual(run(unchanged, [Vector.from(sdk.struct({ a: utf8 }), [{ a: 'x' }])]), [{ a: 'x' }]);
});

test('a batch has columns, rows and parts', () => {
  const batch = Batch.from({ a: int64.number, b: nullable(utf8) }, [{ a: 1, b: 'x' }, { a: 2, b: null }]);
  assert.deepEqual(batch.toArray(), [{ a: 1, b: 'x' }, { a: 2, b: null }]);
  assert.deepEqual(batch.select(['b']).slice(1).toArray(), [{ b: null }]);
  assert.throws(() => batch.column('c'), /there is no column "c"; there are "a", "b"/);
  assert.throws(() => batch.values('b'), /the column "b" has 1 nulls in 2 rows/);
});

test('numbers of 64 bits that JavaScript does not have exactly are none, whatever their low half is', () => {
  for (const [type, values] of [[sdk.uint64, [2n ** 64n - 1n, 2n ** 64n - 2n ** 31n, 2n ** 63n]], [int64, [-(2n ** 63n), 2n ** 63n - 1n, -(2n ** 53n)]]]) {
    const text = sdk.scalar({ args: { x: type.number }, returns: utf8 }, String);
    for (const value of values) assert.throws(() => run(text, [Vector.from(type, [value])]), { message: new RegExp(`^${value} is no number`) });
    assert.deepEqual(run(text, [Vector.from(type, [2n ** 31n, 2n ** 32n - 1n, 2n ** 53n - 1n])]), ['2147483648', '4294967295', '9007199254740991']);
  }
});

test('a vector has what the definition says, also within lists', () => {
  const lengths = sdk.scalar.vectors({ args: { x: sdk.list(int64.number), y: sdk.struct({ at: sdk.date.date }) }, returns: float64 },
    (x, y) => x.toArray().map((items, row) => items.reduce((sum, item) => sum + item, 0) + y.get(row).at.getTime()));
  assert.deepEqual(run(lengths, [[[1, 2], [3]], [{ at: new Date(0) }, { at: new Date(86400000) }]]), [3, 86400003]);
});

test('halves are numbers where they are read, and have no typed array', () => {
  const half = Vector.from(float16, [1.5, -2]);
  assert.deepEqual(half.toArray(), [1.5, -2]);
  assert.throws(() => half.values, /a column of Float16 has no values that JavaScript has an array of/);
  const wrong = sdk.scalar.vectors({ args: { x: float16 }, returns: float16 }, () => Uint16Array.of(1));
  assert.throws(() => run(wrong, [half.slice(0, 1)]), /the function returned a Uint16Array; a Vector, no typed array or an array of values is wanted/);
  const constant = sdk.scalar.vectors({ args: { x: float16, y: int64 }, returns: float16 }, (x) => x.toArray());
  assert.deepEqual(run(constant, [half.slice(0, 1), [1n, 2n]]), [1.5, 1.5]);
});

test('an argument of any type has the values that came', () => {
  const last = sdk.aggregate({ args: { x: sdk.any }, state: { text: utf8 }, returns: utf8 }, class {
    text = '';
    update(x) { this.text = JSON.stringify(x); }
    merge(other) { this.text = other.text; }
    evaluate() { return this.text; }
  });
  assert.deepEqual(aggregate(last, [Vector.from(sdk.list(int32), [[1], [1, 2]])]), ['[1,2]']);
});

test('bytes of a result can be used again', () => {
  const scratch = new Uint8Array(2);
  const same = sdk.scalar({ args: { x: int32 }, returns: nullable(binary) }, (x) => {
    if (x === 0) return null;
    scratch[0] = x;
    return scratch.subarray(0, x % 2 === 1 ? 1 : 2);
  });
  assert.deepEqual(run(same, [[1, 2, 0, 3]]), [bytes(1), bytes(2, 0), null, bytes(3)]);
});
