// Tables that pass through functions as the engine passes them: the last group of each call goes on in the next.

import assert from 'node:assert/strict';
import test from 'node:test';
import * as sdk from 'arrowbox-sdk';
import { Batch, Vector, cogroupedMap, groupedMap, int64, nullable, scalar, utf8 } from 'arrowbox-sdk';
import { scalar as run } from 'arrowbox-sdk/testing';
import { exportsOf } from '../src/exports.js';
import { Library } from '../src/library.js';
import { desk } from '../src/node/columns.js';
import { node } from '../src/node/host.js';
import { readFormat, readSchema, writeSchema } from '../src/schema.js';
import { decode, encode } from '../src/vector.js';

const NONE = { parameters: [], data: [] };

/** A map at a place in a query: `push` takes the batch and the offsets of each table, and gives rows. */
function opened(f, tables, keys) {
  const mapper = exportsOf(new Library({ f })).grouped.GroupMapper.open('f', tables.map(writeSchema), keys.map((key) => Uint32Array.from(key)), [], encode([], 1), NONE);
  const fields = readSchema(mapper.result());
  const columns = new Library({ f }).functions[0].columns;
  return (inputs, continued) => {
    desk.offered.length = 0;
    mapper.push(inputs.map(([vectors, rows, offsets]) => {
      if (columns) desk.offered.push(vectors);
      const batch = columns ? { rows: BigInt(rows), nodes: [], buffers: [], variadic: new BigUint64Array(0) } : encode(vectors, rows);
      return { rows: batch, offsets: Uint32Array.from(offsets) };
    }), continued);
    const made = [];
    for (let next = mapper.next(); next; next = mapper.next()) {
      made.push(...Batch.of(fields, columns ? desk.given : decode(next, fields), Number(next.rows)).toArray());
    }
    return made;
  };
}

const table = (...rows) => Batch.from({ key: utf8, value: int64 }, rows.map(([key, value]) => ({ key, value })));
const input = (batch, offsets) => [batch.columns, batch.length, offsets];

test('columns of groups end with the call that gives their rows', () => {
  const sums = groupedMap.columns({ returns: int64 }, (group) => [group.column('value').sum()]);
  const push = opened(sums, [table().fields], [[0]]);
  const { prototype } = node.columns.Column;
  const name = Symbol.dispose ?? Symbol.for('dispose');
  let ended = 0;
  prototype[name] = () => ended++;
  try {
    const made = [];
    for (let call = 0n; call < 10n; call++) {
      const before = ended;
      made.push(...push([input(table([`k${call}`, call], [`k${call + 1n}`, 1n]), [0, 1, 2])], true));
      // The columns that came, and those of the group that was whole.
      if (call > 0n) assert.ok(ended - before >= 4, `${ended - before} columns ended`);
    }
    made.push(...push([input(table(), [0, 0])], false));
    assert.deepEqual(made.map(({ f }) => f), [0n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n, 1n]);
  } finally {
    delete prototype[name];
  }
});

test('a table without rows of a group that goes on has columns', () => {
  const lengths = cogroupedMap.columns({ returns: int64 }, (left, right) => [left.column('value').count() - right.column('value').count()]);
  const push = opened(lengths, [table().fields, table().fields], [[0], [0]]);
  assert.deepEqual(push([input(table(['a', 1n]), [0, 1]), input(table(), [0, 0])], true), []);
  assert.deepEqual(push([input(table(), [0, 0]), input(table(), [0, 0])], false), [{ key: 'a', f: 1n }]);
});

const { bool, int16, int32, float64 } = sdk;
const bytesOf = (values) => new Uint8Array(values.buffer);
const field = (name, type) => ({ name, type: nullable(type) });

/** Values of a layout that JavaScript does not make: keys, runs, ids. */
const dictionary = (Keys, format, values, keys) => new Vector({
  type: readFormat(format, { nullable: true, dictionary: nullable(values.type) }).with({ as: values.type.as }), length: keys.length, nullCount: 0,
  buffers: [bytesOf(Keys.from(keys))], dictionary: values,
});
const runs = (ends, values, length) => new Vector({
  type: readFormat('+r', { nullable: true, fields: [{ name: 'run_ends', type: ends.type }, field('values', values.type)] }), length, nullCount: 0, children: [ends, values],
});
const union = (format, ids, places, children) => new Vector({
  type: readFormat(format, { nullable: true, fields: children.map(({ type }, index) => field(`c${index}`, type)) }), length: ids.length, nullCount: 0,
  buffers: [bytesOf(Int8Array.from(ids)), ...(places ? [bytesOf(Int32Array.from(places))] : [])], children,
});
const crossed = (vector) => decode(encode([vector], vector.length), readSchema(writeSchema([{ name: 'x', type: vector.type }])))[0];

const words = Vector.from(nullable(utf8), ['a', null, 'b']);
const numbers = Vector.from(nullable(int64), [1n, null, 3n, 4n]);
const lists = (format) => Vector.from(readFormat(format, { fields: [field('item', int64)], nullable: true }), [[1n, null], null, [], [2n]]);

/** Columns of all kinds of layouts, and their values. */
const LAYOUTS = [
  ['a dictionary with 8 bits', dictionary(Int8Array, 'c', words, [2, 1, 0, 2]), ['b', null, 'a', 'b']],
  ['a dictionary with unsigned keys', dictionary(Uint16Array, 'S', words, [2, 1, 0, 2]), ['b', null, 'a', 'b']],
  ['a dictionary with 64 bits', dictionary(BigInt64Array, 'l', words, [2n, 1n, 0n, 2n]), ['b', null, 'a', 'b']],
  ['a dictionary with 64 bits without sign', dictionary(BigUint64Array, 'L', words, [2n, 1n, 0n, 2n]), ['b', null, 'a', 'b']],
  ['a dictionary of lists', dictionary(Int8Array, 'c', lists('+l'), [0, 1, 0, 3]), [[1n, null], null, [1n, null], [2n]]],
  ['runs', runs(Vector.from(int32, [1, 3, 4]), words, 4), ['a', null, null, 'b']],
  ['runs with 16 bits', runs(Vector.from(int16, [2, 3, 9]), words, 4), ['a', 'a', null, 'b']],
  ['runs with 64 bits', runs(Vector.from(int64, [1n, 3n, 4n]), words, 4), ['a', null, null, 'b']],
  ['a dense union', union('+ud:5,7', [5, 7, 7, 5], [3, 0, 1, 1], [numbers, words]), [4n, 'a', null, null]],
  ['a sparse union', union('+us:0,1', [0, 1, 1, 0], undefined, [numbers, Vector.from(nullable(bool), [null, true, null, false])]), [1n, true, null, 4n]],
  ['nothing', Vector.from(nullable(sdk.nothing), [null, null, null, null]), [null, null, null, null]],
  ...['+l', '+L', '+vl', '+vL'].map((format) => [`lists as ${format}`, lists(format), [[1n, null], null, [], [2n]]]),
  ['lists of one size', Vector.from(nullable(sdk.fixedSizeList(nullable(float64), 2)), [[1, null], null, [2, 3], [4, 5]]), [[1, null], null, [2, 3], [4, 5]]],
  ['text as views', Vector.from(readFormat('vu', { nullable: true }), ['x', null, 'longer than twelve bytes', '']), ['x', null, 'longer than twelve bytes', '']],
  ['a struct of a union', new Vector({
    type: readFormat('+s', { nullable: true, fields: [field('u', readFormat('+ud:0,1', { fields: [field('a', int64), field('b', utf8)] }))] }), length: 4, nullCount: 0,
    children: [union('+ud:0,1', [0, 1, 1, 0], [3, 0, 1, 1], [numbers, words])],
  }), [{ u: 4n }, { u: 'a' }, { u: null }, { u: null }]],
];

for (const [what, vector, values] of LAYOUTS) {
  test(`${what}: read, counted, sliced`, () => {
    for (const some of [crossed(vector), crossed(crossed(vector))]) {
      assert.deepEqual(some.toArray(), values);
      assert.equal(some.nullCount, values.filter((value) => value === null).length);
      values.forEach((value, row) => assert.equal(some.isNull(row), value === null));
      for (const [offset, length] of [[1, 2], [0, 2], [3, 1], [2, 0], [4, 0]]) {
        assert.deepEqual(crossed(some.slice(offset, length)).toArray(), values.slice(offset, offset + length), `slice(${offset}, ${length})`);
      }
    }
  });

  test(`${what}: null in a strict function is null`, () => {
    let calls = 0;
    const same = scalar.vectors({ args: [sdk.any], returns: int64 }, (x) => {
      calls++;
      return BigInt64Array.from({ length: x.length }, () => 7n);
    });
    assert.deepEqual(run(same, [crossed(vector)]), values.map((value) => (value === null ? null : 7n)));
    assert.equal(calls, 1);
    if (vector.type.as !== 'string') return;
    const length = scalar({ args: [utf8], returns: int32 }, (text) => text.length);
    if (vector.type.dictionary || vector.type.format === 'vu') assert.deepEqual(run(length, [crossed(vector)]), values.map((value) => value?.length ?? null));
  });

  test(`${what}: in groups, as a value and as a key, over several batches`, () => {
    const seen = [];
    const f = groupedMap({ returns: int64 }, (group) => {
      seen.push(group.column('x').toArray());
      return [BigInt(group.length), 0n];
    });
    const fields = [{ name: 'key', type: utf8 }, { name: 'x', type: vector.type }];
    const keys = (text, rows) => Vector.from(utf8, new Array(rows).fill(text));
    const push = opened(f, [fields], [[0]]);
    push([[[keys('a', 4), vector], 4, [0, 4]]], true);
    push([[[keys('a', 4), vector], 4, [0, 3, 4]]], true);
    push([[[keys('a', 0), vector.slice(4)], 0, [0, 0]]], false);
    assert.deepEqual(seen, [[...values, ...values.slice(0, 3)], values.slice(3)]);
    const byValue = opened(f, [fields], [[1]]);
    const rows = byValue([[[keys('a', 4), vector], 4, [0, 1, 2, 3, 4]]], false);
    assert.deepEqual(rows.map(({ x }) => x), values.flatMap((value) => [value, value]));
  });

  test(`${what}: a constant stands for all rows`, () => {
    const same = scalar.vectors({ args: [nullable(sdk.any), int64], returns: sdk.sameAsFirst }, (x) => x);
    values.forEach((value, row) => {
      assert.deepEqual(run(same, [crossed(vector.slice(row, 1)), [1n, 2n, 3n]]), [value, value, value]);
    });
  });
}

test('two fields of one name, and a key that stands twice, pass through groups', () => {
  const twice = new Vector({
    type: readFormat('+s', { nullable: true, fields: [field('a', int64), field('a', utf8)] }), length: 4, nullCount: 0,
    children: [numbers, Vector.from(nullable(utf8), ['w', 'x', 'y', 'z'])],
  });
  let seen;
  const f = groupedMap({ returns: int64 }, (group) => {
    const { children } = group.column('x');
    seen = children.map((child) => child.toArray());
    return [];
  });
  const push = opened(f, [[{ name: 'key', type: utf8 }, { name: 'x', type: twice.type }]], [[0]]);
  const keys = Vector.from(utf8, ['k', 'k', 'k', 'k']);
  push([[[keys, twice], 4, [0, 4]]], true);
  push([[[keys.slice(0, 2), twice.slice(0, 2)], 2, [0, 2]]], false);
  assert.deepEqual(seen, [[1n, null, 3n, 4n, 1n, null], ['w', 'x', 'y', 'z', 'w', 'x']]);
});

test('more values than keys of a dictionary can tell apart are an error', () => {
  const many = (prefix) => dictionary(Int8Array, 'c', Vector.from(utf8, Array.from({ length: 100 }, (_, i) => `${prefix}${i}`)), Array.from({ length: 100 }, (_, i) => i));
  const f = groupedMap({ returns: int64 }, () => []);
  const keys = Vector.from(utf8, new Array(100).fill('k'));
  const push = opened(f, [[{ name: 'key', type: utf8 }, { name: 'x', type: many('a').type }]], [[0]]);
  push([[[keys, many('a')], 100, [0, 100]]], true);
  assert.throws(() => push([[[keys, many('b')], 100, [0, 100]]], false), { message: '200 different values are more than a dictionary can have whose keys are at most 127' });
});
