import assert from 'node:assert/strict';
import test from 'node:test';
import * as sdk from 'arrowbox-sdk';
import { FunctionError, Options, Vector, aggregate, float64, int32, int64, int8, list, nullable, scalar, table, uint64, utf8, window } from 'arrowbox-sdk';
import * as testing from 'arrowbox-sdk/testing';
import { Library } from '../src/library.js';
import { readFormat } from '../src/schema.js';

const rows = (returns, f, values = [1n, 2n], arg = int64) => () => testing.scalar(scalar({ args: { x: arg }, returns }, f), [values]);

test('an exception names its type, its place and its row', () => {
  assert.throws(rows(int64, (x) => {
    if (x === 2n) throw new RangeError('two is too much');
    return x;
  }), (thrown) => {
    assert.match(thrown.message, /^RangeError: two is too much \(.*errors\.test\.js:\d+:\d+\)$/);
    assert.equal(thrown.row, 1);
    return true;
  });
  assert.throws(rows(int64, (x) => x.nothing.here, [1n]), /^FunctionError: TypeError: .*here.*errors\.test\.js:20:/);
});

test('a FunctionError is its text alone, and what is no Error is named', () => {
  const text = (f, row = 0) => {
    try {
      rows(int64, f)();
    } catch (error) {
      assert.equal(error.row, row);
      return error.message;
    }
    return undefined;
  };
  assert.equal(text(() => { throw new FunctionError('the threshold is negative'); }), 'the threshold is negative');
  assert.equal(text(() => { throw new FunctionError('of another row', { row: 17 }); }, 17), 'of another row');
  assert.equal(text(() => { throw 'a text'; }), 'a text was thrown, which is no Error');
  assert.equal(text(() => { throw null; }), 'null was thrown, which is no Error');
  assert.match(text(() => { throw new Error('outer', { cause: new FunctionError('inner') }); }), /^Error: outer \(.*\): inner$/);
  const round = new Error('round');
  round.cause = new FunctionError('and round', { cause: round });
  assert.match(text(() => { throw round; }), /^Error: round \(.*\): and round$/);
  for (const row of [0.5, -1, NaN]) {
    assert.throws(rows(int64, () => { throw new FunctionError('of no row', { row }); }), { message: 'of no row', row: undefined });
  }
});

/** What a function returns, its declared type, and what is said of it. */
for (const [returned, type, message] of [
  [1, int64, 'the result is 1, and a bigint (int64) is declared'],
  [1n, int64.number, 'the result is 1n, and a number (int64.number) is declared'],
  [1.5, int64.number, 'the result is 1.5, which is no integer, and so no Int64'],
  [2n ** 63n, int64, 'the result is 9223372036854775808n, which does not fit Int64'],
  [-1n, uint64, 'the result is -1n, which does not fit UInt64'],
  [128, int8, 'the result is 128, which does not fit Int8'],
  [1.5, int32, 'the result is 1.5, which is no integer, and so no Int32'],
  ['1', float64, 'the result is "1", and a number (float64) is declared'],
  [undefined, float64, 'the result is undefined, and a number (float64) is declared, which is not nullable'],
  [null, utf8, 'the result is null, and a string (utf8) is declared, which is not nullable'],
  [7, utf8, 'the result is 7, and a string (utf8) is declared'],
  [1, sdk.bool, 'the result is 1, and a boolean (bool) is declared'],
  [{}, nullable(utf8), 'the result is an object, and a string or null (utf8) is declared'],
  ['x', sdk.binary, 'the result is "x", and a Uint8Array (binary) is declared'],
  [3, list(int64), 'the result is 3, and an array (list) is declared'],
  [[1], list(int64), 'the result is 1, and a bigint (int64) is declared'],
  [[null], list(int64), 'the result is null, and a bigint (int64) is declared, which is not nullable'],
  [100000n, sdk.decimal(4, 2), 'the result is 100000, which has more digits than Decimal128(4, 2)'],
  [5, sdk.date.date, 'the result is 5, and a Date (date) is declared'],
  [Promise.resolve(1n), int64, 'the result is a Promise, and a bigint (int64) is declared'],
  [{ days: 1 }, sdk.intervalDayTime, 'the result has undefined as milliseconds, and an integer of 32 bits is declared (intervalDayTime)'],
  [{ days: 1.5, milliseconds: 0 }, sdk.intervalDayTime, 'the result has 1.5 as days, and an integer of 32 bits is declared (intervalDayTime)'],
  [5, sdk.intervalDayTime, 'the result is 5, and an object (intervalDayTime) is declared'],
  [{ months: 2 ** 31, days: 0, nanoseconds: 0n }, sdk.intervalMonthDayNano, 'the result has 2147483648 as months, and an integer of 32 bits is declared (intervalMonthDayNano)'],
  [{ months: 0, days: 0, nanoseconds: 2n ** 63n }, sdk.intervalMonthDayNano, 'the result has 9223372036854775808n as nanoseconds, and a bigint of 64 bits is declared (intervalMonthDayNano)'],
  [{ months: 0, days: 0, nanoseconds: 5 }, sdk.intervalMonthDayNano, 'the result has 5 as nanoseconds, and a bigint of 64 bits is declared (intervalMonthDayNano)'],
  [new Date('2500-01-01'), sdk.timestamp('ns').date, 'the result is 2500-01-01T00:00:00.000Z, which does not fit Timestamp(ns)'],
  [['x'], sdk.struct({ a: nullable(utf8) }), 'the result is an Array, and an object (struct) is declared'],
  [new Map([['a', 'x']]), sdk.struct({ a: nullable(utf8) }), 'the result is a Map, and an object (struct) is declared'],
  [new DataView(new ArrayBuffer(8)), list(nullable(int64)), 'the result is a DataView, and an array (list) is declared'],
]) {
  test(`${message}`, () => {
    assert.throws(rows(type, () => returned), (error) => {
      assert.equal(error.message, message);
      assert.equal(error.row, 0);
      return true;
    });
  });
}

test('an argument is null only where the type says so, and a Date only if JavaScript has it', () => {
  const seen = (type, given, values) => () => testing.scalar(scalar({ args: { x: type }, returns: utf8 }, (x) => String(x)), [Vector.from(given, values)]);
  const { struct, map, date, timestamp } = sdk;
  assert.throws(seen(struct({ a: int64 }), struct({ a: nullable(int64) }), [{ a: 1n }, { a: null }]), { message: 'the field "a" of a struct is null: declare nullable(int64)', row: 1 });
  assert.throws(seen(map(utf8, int64), map(utf8, nullable(int64)), [new Map([['a', null]])]), { message: 'a value of a map is null: declare map(…, nullable(int64))', row: 0 });
  assert.deepEqual(seen(struct({ a: int64 }), nullable(struct({ a: nullable(int64) })), [{ a: 1n }, null])(), ['[object Object]', null]);
  assert.throws(seen(date.date, date, [2 ** 31 - 1]), { message: '2147483647 of Date32 is no Date that JavaScript has: declare it without `.date`', row: 0 });
  assert.throws(seen(timestamp('s').date, timestamp('s'), [2n ** 60n]), /1152921504606846976 of Timestamp\(s\) is no Date that JavaScript has/);
});

test('a number that JavaScript does not have exactly is no argument', () => {
  assert.throws(() => testing.scalar(scalar({ args: { x: int64.number }, returns: float64 }, (x) => x), [Vector.from(int64, [1n, 2n ** 60n])]), (error) => {
    assert.equal(error.message, '1152921504606846976 is no number that JavaScript has exactly: declare int64 in place of int64.number');
    assert.equal(error.row, 1);
    return true;
  });
});

test('a column of another length or type is refused', () => {
  const vectors = (f, returns = int64) => () => testing.scalar(scalar.vectors({ args: { x: int64 }, returns }, f), [[1n, 2n]]);
  assert.throws(vectors(() => [1n]), /^FunctionError: the function returned 1 values for 2 rows$/);
  assert.throws(vectors((x) => x, float64), /the function returned Int64 and its signature says Float64/);
  assert.throws(vectors(() => 5), /the function returned 5; a Vector, a BigInt64Array or an array of values is wanted/);
  const columns = (f) => () => testing.scalar(scalar.columns({ args: { x: int64 }, returns: int64 }, f), [[1n, 2n]]);
  assert.throws(columns((x) => x.slice(0, 0)), /the function returned 0 values for 2 rows/);
  assert.throws(columns((x) => x.cast(float64)), /the function returned Float64 and its signature says Int64/);
  assert.throws(columns(() => 5), /the function returned 5 and no Column/);
});

test('a column of an earlier call is gone, unless it was kept', () => {
  let [first, kept] = [];
  const f = scalar.columns({ args: { x: int64 }, returns: int64 }, (x) => {
    if (kept) return x.add(kept).add(first ?? 0n);
    kept = x.add(10n).keep();
    first = x.add(1n);
    return x;
  });
  testing.scalar(f, [[1n, 2n]]);
  assert.throws(() => testing.scalar(f, [[1n, 2n]]), /the column belongs to an earlier call: `keep\(\)` holds one for later/);
  first = undefined;
  assert.deepEqual(testing.scalar(f, [[1n, 2n]]), [12n, 14n]);
});

test('a column that is made when a function is opened ends with that, unless it is kept', () => {
  const f = (make) => scalar.columns({ args: { x: int64 }, returns: int64, open() {
    const ten = make();
    return (x) => x.add(ten);
  } });
  assert.throws(() => testing.scalar(f(() => sdk.Column.from(int64, [10n])), [[1n]]), /the column belongs to an earlier call/);
  assert.deepEqual(testing.scalar(f(() => sdk.Column.from(int64, [10n]).keep()), [[1n]]), [11n]);
});

test('columns end with their call whatever the function is of', () => {
  let made;
  const f = scalar.vectors({ args: { x: utf8 }, returns: utf8 }, (x) => {
    made?.get(0);
    made = sdk.Column.of(x).upper();
    return made.toVector();
  });
  assert.deepEqual(testing.scalar(f, [['a']]), ['A']);
  assert.throws(() => testing.scalar(f, [['a']]), /the column belongs to an earlier call/);
});

test('a column can be given twice, and computed with behind that', () => {
  const f = sdk.mapBatches.columns({ returns: { a: int64, b: int64 } }, class {
    sum = 0n;
    *push(batch) {
      const x = batch.column('x');
      yield new sdk.Batch({ a: x, b: x });
      yield new sdk.Batch({ a: x, b: Vector.from(int64, [x.sum()]) });
    }
  });
  const batches = testing.mapBatches(f, [sdk.Batch.from({ x: int64 }, [{ x: 1n }])]);
  assert.deepEqual(batches.flatMap((batch) => batch.toArray()), [{ a: 1n, b: 1n }, { a: 1n, b: 1n }]);
});

test('text that passes has the layout that was promised', () => {
  const views = Vector.from(readFormat('vu', { nullable: true }), ['a', null]);
  assert.deepEqual(testing.scalar(scalar.vectors({ args: { x: utf8 }, returns: utf8 }, (x) => x), [views]), ['a', null]);
  const push = (batch) => batch;
  for (const make of [sdk.mapBatches, sdk.mapBatches.columns]) {
    const f = make({ returns: { x: nullable(utf8) } }, class { push(batch) { return push(batch); } });
    const [made] = testing.mapBatches(f, [sdk.Batch.of([{ name: 'x', type: views.type }], [views], 2)]);
    assert.deepEqual(made.toArray(), [{ x: 'a' }, { x: null }]);
    assert.equal(String(made.column(0).type), 'Utf8');
  }
});

/** Definitions that are none. */
for (const [make, message] of [
  [() => scalar({ args: { x: 'int64' }, returns: int64 }, (x) => x), 'scalar: args: x: "int64" is not a type of arrowbox-sdk'],
  [() => scalar({ args: { x: int64 } }, (x) => x), 'scalar: returns is a type such as int64, not undefined'],
  [() => scalar({ args: { x: int64 }, return: int64 }, (x) => x), 'scalar: there is no "return"; there are args, returns, variadic, open, name, documentation, volatility, grants'],
  [() => scalar({ args: { x: int64 }, returns: int64 }), 'scalar: the function comes second, not undefined'],
  [() => scalar({ args: { x: sdk.any }, returns: int64 }, (x) => x), 'scalar: a function of rows knows the types of its arguments; `scalar.vectors` and `scalar.columns` take any'],
  [() => scalar({ args: {}, returns: int64, volatility: 'sometimes' }, () => 1n), 'scalar: the volatility is one of immutable, stable, volatile, not "sometimes"'],
  [() => aggregate({ args: {}, state: { n: int64 }, returns: int64 }, class Sum { update() {} }), 'aggregate: the class Sum has no method `merge`'],
  [() => window({ args: {}, returns: int64 }, class {}), 'window: the class (without a name) has no method `next`'],
  [() => aggregate({ args: { x: int64 }, state: { n: int64 }, returns: int64 }, class Sum { async update() {} merge() {} evaluate() {} }), 'aggregate: `update` of the class Sum is `async`, and functions run to their end at once'],
  [() => sdk.writer({}, class W { partition() {} async commit() {} }), 'writer: `commit` of the class W is `async`, and functions run to their end at once'],
  [() => scalar({ args: {}, returns: int64 }, class X {}), 'scalar: a function comes second, not the class X'],
  [() => sdk.groupedMap({ returns: int64 }, class X {}), 'groupedMap: the class X has no method `map`'],
  [() => scalar({ args: [int64], returns: int64, variadic: 'yes' }, (x) => x), 'scalar: variadic is true or false, not "yes"'],
  [() => scalar({ args: [int64], returns: int64, documentation: 5 }, (x) => x), 'scalar: the documentation is 5'],
  [() => scalar({ args: [int64], returns: int64, open: 5 }), 'scalar: `open` takes the options and returns the function, and is 5'],
  [() => table({ args: [int64], returns: int64, open() {} }, () => []), 'table: `open` returns the function, and there is another'],
  [() => window.vectors({ args: [int64], returns: int64, open() {} }, () => []), 'window.vectors: `open` returns the function, and there is another'],
  [() => sdk.fixedSizeList(int64, -1), 'fixedSizeList: the size is a number of 31 bits, not -1'],
  [() => sdk.fixedSizeBinary('3'), 'fixedSizeBinary: the size is a number of 31 bits, not "3"'],
  [() => sdk.decimal(4, 5), 'decimal: 4 digits with 5 behind the point do not fit 128 bits'],
  [() => sdk.timestamp('us', 5), "timestamp: the zone is a text such as 'UTC', not 5"],
  [() => new Library({ a: scalar({ name: 'f', args: {}, returns: int64 }, () => 1n), b: table({ name: 'f', args: {}, returns: int64 }, () => []) }), '`f` is exported as a scalar function and as a table function: name one of them otherwise'],
  [() => sdk.timestamp('h'), "timestamp: the units are 's', 'ms', 'us' and 'ns', not h"],
  [() => sdk.decimal(40), 'decimal: 40 digits with 0 behind the point do not fit 128 bits'],
  [() => new Library({ x: 5 }), 'the module exports no function of arrowbox-sdk: `export const gcd = scalar(…)`'],
  [() => new Library({ a: [scalar({ args: { x: int64 }, returns: int64 }, (x) => x), scalar({ args: { y: int64 }, returns: utf8 }, String)] }), '`a` is exported twice with the same arguments'],
]) {
  test(`refused: ${message}`, () => assert.throws(make, { message }));
}

test('a writer that is asynchronous is refused', () => {
  const f = sdk.writer({}, class { partition() { return { async write() {} }; } });
  assert.throws(() => testing.write(f, [sdk.Batch.from({ x: int64 }, [])]), /`write` of a partition of tested is asynchronous/);
});

test('options that a function does not take are refused', () => {
  const f = scalar({ args: { x: int64 }, returns: int64 }, (x) => x);
  assert.throws(() => testing.scalar(f, [[1n]], { options: new Options({ mode: 'x' }) }), /param\.mode is not known: the function takes no options/);
  const g = scalar({ args: { x: int64 }, returns: int64, open(options) {
    options.only('by');
    const by = BigInt(options.param('by') ?? 1);
    return (x) => x * by;
  } });
  assert.deepEqual(testing.scalar(g, [[1n, 2n]], { options: new Options({ by: '3' }) }), [3n, 6n]);
  assert.throws(() => testing.scalar(g, [[1n]], { options: new Options({ bye: '3' }) }), /param\.bye is not known: the function takes by/);
});

test('rows of a table function that are none are refused', () => {
  const rowsOf = (f, returns = { a: int64 }) => () => testing.table(table({ args: {}, returns }, f), []);
  assert.throws(rowsOf(() => [{ a: 1 }]), /the field "a" of a row is 1, and a bigint \(int64\) is declared/);
  assert.throws(rowsOf(() => [5]), /a row is 5, and an object with a is declared/);
  assert.throws(rowsOf(() => [['x']], { a: nullable(utf8) }), /a row is an Array, and an object with a is declared/);
  assert.throws(rowsOf(() => 5), /what tested returned is 5, and rows are wanted: an array, or what a generator gives/);
  assert.throws(rowsOf(async function* () {}), /what tested returned is asynchronous/);
});

test('arguments without names have those of the parameters', () => {
  const names = (f, args = [int64, int64]) => new Library({ f: scalar({ args, returns: int64 }, f) }).functions[0].signatures[0].arguments.map(({ name }) => name);
  assert.deepEqual(names((a, b) => a + b), ['a', 'b']);
  assert.deepEqual(names(function (one, two = 5n) { return one + two; }), ['one', 'two']);
  assert.deepEqual(names((größe) => größe, [int64]), ['größe']);
  assert.deepEqual(names((...all) => all[0]), ['all', 'arg2']);
  assert.deepEqual(names(({ a }, b) => b), ['arg1', 'b']);
  assert.deepEqual(names(x => x, [int64]), ['x']);
  assert.deepEqual(names((a /* one, two */, // three
    b) => a + b), ['a', 'b']);
});
