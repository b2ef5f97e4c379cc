import assert from 'node:assert/strict';
import test from 'node:test';
import {
  Column, Vector, bool, decimal, duration, float32, float64, int16, int32, int64, int8, intervalMonthDayNano, nullable, time, timestamp, uint64, uint8, utf8,
} from 'arrowbox-sdk';

const column = (type, ...values) => Column.from(nullable(type), values);

/** What is computed, its type, and its values. */
for (const [what, make, type, values] of [
  ['add of integers', () => column(int64, 1n, null, 3n).add(column(int64, 10n, 20n, null)), 'Int64', [11n, null, null]],
  ['a number takes the type of the column', () => column(int8, 1, 2).add(1), 'Int8', [2, 3]],
  ['a bigint takes the type of the column', () => column(float32, 1.5).multiply(2n), 'Float32', [3]],
  ['a number below zero takes the type of the column', () => column(int8, 1, 2).add(-1), 'Int8', [0, 1]],
  ['a number below zero that does not fit', () => column(int8, 1, 2).add(-1000n), 'Int64', [-999n, -998n]],
  ['a fraction below zero', () => column(float32, 1.5, 2).add(-0.5), 'Float32', [1, 1.5]],
  ['a fraction below zero beside integers', () => column(int64, 1n).multiply(-0.5), 'Float64', [-0.5]],
  ['a fraction beside integers makes floats', () => column(int64, 1n, 3n).multiply(0.5), 'Float64', [0.5, 1.5]],
  ['integers of two widths', () => column(int8, 1).add(column(int32, 100000)), 'Int32', [100001]],
  ['integers of two signs', () => column(uint8, 255).subtract(column(int8, -1)), 'Int16', [256]],
  ['integers and floats', () => column(int64, 1n).add(column(float64, 0.5)), 'Float64', [1.5]],
  ['a column of one row stands for all', () => column(int64, 1n, 2n).add(column(int64, 10n)), 'Int64', [11n, 12n]],
  ['null beside a column', () => column(int64, 1n).add(null), 'Int64', [null]],
  ['division of integers', () => column(int64, 7n, -7n).divide(2n), 'Int64', [3n, -3n]],
  ['remainder', () => column(int64, 7n, -7n).remainder(4n), 'Int64', [3n, -3n]],
  ['division of floats by zero', () => column(float64, 1, -1).divide(0), 'Float64', [Infinity, -Infinity]],
  ['equal', () => column(int64, 1n, 2n, null).equal(2n), 'Boolean', [false, true, null]],
  ['less of text', () => column(utf8, 'a', 'ä', '𝒳').less('￿'), 'Boolean', [true, true, false]],
  ['NaN equals NaN', () => column(float64, NaN, 1).equal(NaN), 'Boolean', [true, false]],
  ['and, as Kleene', () => column(bool, true, false, null).and(column(bool, null, null, false)), 'Boolean', [null, false, false]],
  ['or, as Kleene', () => column(bool, true, false, null).or(null), 'Boolean', [true, null, null]],
  ['not', () => column(bool, true, null).not(), 'Boolean', [false, null]],
  ['bits', () => column(int32, 6).bitAnd(3).bitOr(8).bitXor(1), 'Int32', [11]],
  ['shifts', () => column(int64, 1n).shiftLeft(4n).shiftRight(1n), 'Int64', [8n]],
  ['choose', () => column(bool, true, false, null).choose('yes', 'no'), 'Utf8', ['yes', 'no', 'no']],
  ['coalesce', () => column(int64, 1n, null).coalesce(0n), 'Int64', [1n, 0n]],
  ['is_null', () => column(int64, 1n, null).isNull(), 'Boolean', [false, true]],
  ['is_not_null', () => column(int64, 1n, null).isNotNull(), 'Boolean', [true, false]],
  ['upper', () => column(utf8, 'grüße', null).upper(), 'Utf8', ['GRÜSSE', null]],
  ['characters', () => column(utf8, '🦀a').characters(), 'Int32', [2]],
  ['substring', () => column(utf8, 'alphabet').substring(3, 2), 'Utf8', ['ph']],
  ['substring from before the first letter', () => column(utf8, 'alphabet').substring(0, 3), 'Utf8', ['al']],
  ['replace', () => column(utf8, 'a-b-c').replace('-', '+'), 'Utf8', ['a+b+c']],
  ['append skips nulls', () => column(utf8, 'a', null).append('!'), 'Utf8', ['a!', '!']],
  ['like', () => column(utf8, 'a%c', 'abc').like('a\\%c'), 'Boolean', [true, false]],
  ['ilike', () => column(utf8, 'ABC').ilike('a_c'), 'Boolean', [true]],
  ['abs', () => column(int64, -1n).abs(), 'Int64', [1n]],
  ['round', () => column(float64, 2.5, -2.5).round(), 'Float64', [3, -3]],
  ['sqrt of integers', () => column(int64, 4n).sqrt(), 'Float64', [2]],
  ['cast to text', () => column(int64, 1n, null).cast(utf8), 'Utf8', ['1', null]],
  ['cast of text', () => column(utf8, '17').cast(int16), 'Int16', [17]],
  ['cast of floats', () => column(float64, 1.9, -1.9).cast(int64), 'Int64', [1n, -1n]],
  ['filter', () => column(int64, 1n, 2n, null).filter(column(bool, true, null, true)), 'Int64', [1n, null]],
  ['take', () => column(utf8, 'a', 'b').take(column(uint64, 1n, 0n, null, 1n)), 'Utf8', ['b', 'a', null, 'b']],
  ['sort', () => column(int64, 3n, null, 1n).sort(), 'UInt64', [2n, 0n, 1n]],
  ['sort downwards', () => column(int64, 3n, null, 1n).sort({ descending: true, nullsFirst: false }), 'UInt64', [0n, 2n, 1n]],
  ['slice of no rows', () => column(int64, 1n, 2n).slice(0, -1), 'Int64', []],
  ['slice', () => column(int64, 1n, 2n, 3n).slice(1), 'Int64', [2n, 3n]],
  ['concat', () => Column.concat([column(int64, 1n), column(int64, null)]), 'Int64', [1n, null]],
  ['zeros of both signs are equal', () => column(float64, -0, 0).equal(column(float64, 0)), 'Boolean', [true, true]],
  ['zeros of both signs have an order', () => column(float64, 0, -0).sort(), 'UInt64', [1n, 0n]],
  ['sqrt of floats of 32 bits', () => column(float32, 4).sqrt(), 'Float32', [2]],
  ['exp of floats of 32 bits', () => column(float32, 1).exp(), 'Float32', [Math.fround(Math.E)]],
  ['floor of floats of 32 bits', () => column(float32, 1.5).floor(), 'Float32', [1]],
  ['round of integers', () => column(int8, 4).round(), 'Int8', [4]],
  ['round of tens', () => column(int64, 15n, -15n).round(-1), 'Int64', [20n, -20n]],
  ['round of floats of 32 bits', () => column(float32, 1.25).round(1), 'Float32', [Math.fround(1.3)]],
  ['round of what is large', () => column(float64, 1e300).round(20), 'Float64', [1e300]],
  ['append of numbers', () => column(utf8, 'a').append(column(float64, 1), true, 1.5, 7n), 'Utf8', ['a1.0true1.57']],
  ['replace of nothing', () => column(utf8, 'ab').replace('', '-'), 'Utf8', ['ab']],
  ['replace by a dollar', () => column(utf8, 'ab').replace('b', '$&'), 'Utf8', ['a$&']],
  ['cast of floats to text', () => column(float64, 1e16, 123456789012345680000, 1e-5, 1.5e-7, 1, -0, NaN, Infinity).cast(utf8), 'Utf8', ['1e16', '1.2345678901234568e20', '0.00001', '1.5e-7', '1.0', '-0.0', 'NaN', 'inf']],
  ['cast of floats of 32 bits to text', () => column(float32, 0.1, 1e10, 3.4e38).cast(utf8), 'Utf8', ['0.1', '10000000000.0', '3.4e38']],
  ['cast of text to floats', () => column(utf8, 'inf', '-inf', ' 1.5 ', 'nan').cast(float64), 'Float64', [Infinity, -Infinity, 1.5, NaN]],
  ['cast to ticks that are shorter', () => column(timestamp('s'), 1n, -1n).cast(timestamp('us')), 'Timestamp(µs)', [1000000n, -1000000n]],
  ['cast to ticks that are longer', () => column(timestamp('ms'), 1500n, -1500n).cast(timestamp('s')), 'Timestamp(s)', [1n, -1n]],
  ['cast of times', () => column(time('s'), 5).cast(time('us')), 'Time64(µs)', [5000000n]],
  ['cast of durations', () => column(duration('s'), 5n).cast(duration('ms')), 'Duration(ms)', [5000n]],
  ['nothing of nothing', () => column(int64).add(1n), 'Int64', []],
]) {
  test(what, () => {
    const made = make();
    assert.equal(String(made.type), type);
    assert.deepEqual(made.toArray(), values);
    assert.deepEqual([made.length, made.nullCount], [values.length, values.filter((value) => value === null).length]);
  });
}

/** What can not be computed, and what is said. */
for (const [make, message] of [
  [() => column(int64, 2n ** 63n - 1n).add(1n), 'Arrow error: Arithmetic overflow: Overflow happened on: 9223372036854775807 + 1'],
  [() => column(int8, 127).multiply(2), 'Arrow error: Arithmetic overflow: Overflow happened on: 127 * 2'],
  [() => column(int64, 1n).divide(0n), 'Arrow error: Divide by zero error'],
  [() => column(float64, 1e20).cast(int64), "Arrow error: Cast error: Can't cast value 100000000000000000000 to type Int64"],
  [() => column(utf8, 'x').cast(int64), "Arrow error: Cast error: Cannot cast string 'x' to value of Int64 type"],
  [() => column(int64, 1n, 2n).add(column(int64, 1n, 2n, 3n)), 'Execution error: a column of 2 rows and one of 3 can not be combined'],
  [() => column(int64, 1n).filter(column(bool, true, false)), 'Execution error: a mask of 2 rows does not fit a column of 1'],
  [() => column(int64, 1n).get(1), 'Execution error: there is no row 1: the column has 1 rows'],
  [() => column(float64, -1).sqrt(), 'Arrow error: Compute error: Execution error: cannot take square root of a negative number'],
  [() => column(int8, -128).abs(), 'Arrow error: Compute error: Int8Array overflow on abs(-128)'],
  [() => column(uint8, 5).negative(), 'Arrow error: Invalid argument error: Invalid arithmetic operation: !UInt8'],
  [() => column(int64, 1n).not(), 'Error during planning: Cannot infer common argument type for comparison operation Int64 IS DISTINCT FROM Boolean'],
  [() => column(utf8, '0x10').cast(float64), "Arrow error: Cast error: Cannot cast string '0x10' to value of Float64 type"],
  [() => column(timestamp('s'), 1n).equal(column(timestamp('ms'), 1000n)), 'plain Node can not compare Timestamp(s) with Timestamp(ms); the engine may'],
  [() => column(decimal(10, 2), 150n).less(column(decimal(10, 1), 15n)), 'plain Node can not compare Decimal128(10, 2) with Decimal128(10, 1); the engine may'],
  [() => column(intervalMonthDayNano, { months: 1, days: 0, nanoseconds: 0n }).sort(), 'plain Node can not compare values of Interval(MonthDayNano); the engine can'],
  [() => column(int64, 1n).add({}), 'an object can not stand beside a column'],
  [() => column(int64, 1n).add(2n ** 64n), '18446744073709551616 can not stand beside a column: it does not fit 64 bits'],
  [() => column(int64, 1n).coalesce(-(2n ** 63n) - 1n), '-9223372036854775809 can not stand beside a column: it does not fit 64 bits'],
  [() => column(int64, 1n).get(-1), 'the row is -1, and a whole number from 0 on is wanted'],
  [() => column(int64, 1n).slice(-1), 'the row that a slice begins with is -1, and a whole number from 0 on is wanted'],
]) {
  test(message, () => assert.throws(make, { message }));
}

test('reductions', () => {
  const numbers = column(int64, 4n, null, 1n, 1n);
  assert.deepEqual(['sum', 'min', 'max', 'mean', 'median', 'count'].map((name) => numbers[name]()), [6n, 1n, 4n, 2, 1, 3n]);
  assert.equal(column(int64, 4n, 7n).median(), 5.5);
  assert.equal(column(float64, 1, 2, 3, 4).stddev(), Math.sqrt(5 / 3));
  const none = column(int64);
  assert.deepEqual(['sum', 'min', 'mean', 'count'].map((name) => none[name]()), [null, null, null, 0n]);
  assert.deepEqual([column(bool, true, null).every(), column(bool, false, null).some()], [true, false]);
  assert.equal(column(utf8, 'b', 'a').min(), 'a');
  assert.equal(column(float64, NaN, 1).max(), NaN);
});

test('a column is a vector and back', () => {
  const vector = Vector.from(nullable(utf8), ['a', null, 'ß']);
  assert.deepEqual(Column.of(vector.slice(1)).toArray(), [null, 'ß']);
  assert.equal(Column.of(vector).get(2), 'ß');
});
