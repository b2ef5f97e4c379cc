// What functions of every kind give: a table of cases for the fixture library, wherever it runs.

import assert from 'node:assert/strict';
import { Batch, Options, Vector, bool, decimal, float64, int64, list, map, nullable, struct, timestamp, utf8 } from 'arrowbox-sdk';
import { withFiles, withSink } from '../src/node/host.js';

const column = (type, ...values) => Vector.from(nullable(type), values);
const options = (parameters) => ({ parameters: Object.entries(parameters), data: [] });
const rowsOf = (batches) => [...batches].flatMap((batch) => batch.toArray());
const table = (types, ...rows) => Batch.from(types, rows);
const points = table({ key: utf8, value: float64 }, ...[['a', 1], ['b', 5], ['a', 3], ['c', 7], ['b', 2], ['a', -1]].map(([key, value]) => ({ key, value })));

/** Names, what is called, and what it gives. */
export const CASES = [
  ['rows of bigints', (d) => d.scalar('add_one', [column(int64, 1n, null, -5n)]).toArray(), [2n, null, -4n]],
  ['no rows', (d) => d.scalar('add_one', [column(int64)]).toArray(), []],
  ['rows of numbers', (d) => d.scalar('gcd', [column(int64, 12n, 2n ** 40n, null), column(int64, 18n, 2n ** 35n, 1n)]).toArray(), [6n, 2n ** 35n, null]],
  ['a constant', (d) => d.scalar('gcd', [column(int64, 12n, 9n), column(int64, 6n)], 2).toArray(), [6n, 3n]],
  ['text', (d) => d.scalar('upper', [column(utf8, 'a', null, 'grüße', '🦀')]).toArray(), ['A', null, 'GRÜSSE', '🦀']],
  ['many rows', (d) => d.scalar('add_one', [column(int64, ...Array.from({ length: 20000 }, (_, i) => BigInt(i)))]).toArray().at(-1), 20000n],
  ['every type, with and without values', (d) => d.scalar('describe_all', [
    column(bool, true, null), column(float64, 1.5, null), column(utf8, 'ä', null), column(timestamp('us'), 1000000n, null),
    column(decimal(10, 2), 1230n, null), column(list(nullable(int64)), [1n, null], null),
    column(struct({ x: float64, label: nullable(utf8) }), { x: 2, label: null }, null), column(map(utf8, int64), new Map([['k', 1n]]), null),
  ]).toArray(), ['true|1.5|ä|1970-01-01T00:00:01.000Z|1230|1/|2:null|k,1', '|||||||']],
  ['nested results', (d) => d.scalar('pair', [column(int64, 1n, -1n, null)]).toArray(), [{ x: 1n, twice: [1n, 1n] }, null, null]],
  ['parameters', (d) => d.scalar('times', [column(int64, 2n)], 1, options({ by: '21' })).toArray(), [42n]],
  ['vectors', (d) => d.scalar('plus_vector', [column(int64, 1n, 2n), column(int64, 10n)], 2).toArray(), [11n, 12n]],
  ['vectors with nulls', (d) => d.scalar('plus_vector', [column(int64, 1n, null, 3n), column(int64, 10n, 20n, null)]).toArray(), [11n, null, null]],
  ['a vector that passes', (d) => d.scalar('unchanged', [column(list(utf8), ['a'], null, [])]).toArray(), [['a'], null, []]],
  ['columns', (d) => d.scalar('polynomial', [column(float64, 1, null, 2)]).toArray(), [5, null, 11]],
  ['columns of constants', (d) => d.scalar('polynomial', [column(float64, 1)], 3).toArray(), [5, 5, 5]],
  ['columns of text', (d) => d.scalar('shout', [column(utf8, 'a', null)]).toArray(), ['A!', 'NOTHING']],
  ['an aggregate', (d) => round(d.aggregate('geometric_mean', [column(float64, 1, 4, 9, null, 3)], [0, 0, 1, 1, 0]).toArray()), [2.289, 9]],
  ['an aggregate in pieces', (d) => round(d.aggregate('geometric_mean', [column(float64, 1, 4, 9, null, 3)], [0, 0, 1, 1, 0], { pieces: 3 }).toArray()), [2.289, 9]],
  ['an aggregate of converted rows', (d) => round(d.aggregate('geometric_mean', [column(float64, 1, 4, 9, null, 3)], [0, 0, 1, 1, 0], { convert: true }).toArray()), [2.289, 9]],
  ['an aggregate with a list', (d) => d.aggregate('distinct', [column(utf8, 'b', 'a', 'b', null)], [0, 0, 0, 1], { pieces: 2 }).toArray(), [['a', 'b'], []]],
  ['an aggregate of columns', (d) => d.aggregate('total', [column(int64, 1n, 2n, null, 4n)], [0, 1, 0, 1]).toArray(), [1n, 6n]],
  ['a window', (d) => d.window('ewma', [column(float64, 1, null, 3), column(float64, 0.5, 0.5, 0.5)]).toArray(), [1, 1, 2]],
  ['a window in pieces', (d) => d.window('ewma', [column(float64, 1, null, 3), column(float64, 0.5, 0.5, 0.5)], { piece: 1 }).toArray(), [1, 1, 2]],
  ['a window of vectors', (d) => d.window('centered', [column(float64, 1, 2, 3)]).toArray(), [-1, 0, 1]],
  ['a window of columns', (d) => d.window('share', [column(float64, 1, 3)]).toArray(), [0.25, 0.75]],
  ['a table function', (d) => rowsOf(d.table('explode', [column(utf8, 'a,b', null, 'c'), column(utf8, ',')], 3)), [
    { parent: 0, index: 0n, part: 'a' }, { parent: 0, index: 1n, part: 'b' }, { parent: 2, index: 0n, part: 'c' }]],
  ['a table function without end', (d) => d.table('count_from', [column(int64, 5n)]).next().value.length, 8192],
  ['a map over batches', (d) => rowsOf(d.mapBatches('count_rows', [points, points], [column(int64, 4n)])), [{ rows: 4n }, { rows: 8n }, { rows: 12n }, { rows: -12n }]],
  ['a map over columns', (d) => rowsOf(d.mapBatches('doubled', [table({ x: float64 }, { x: 1 }, { x: 2 })])), [{ x: 2 }, { x: 4 }]],
  ['a map over groups', (d) => rowsOf(d.grouped('ranges', [points], [['key']])), [
    { key: 'a', low: -1, high: 3, rows: 3n }, { key: 'b', low: 2, high: 5, rows: 2n }, { key: 'c', low: 7, high: 7, rows: 1n }]],
  ['a map over groups in pieces', (d) => rowsOf(d.grouped('ranges', [points], [['key']], { piece: 1 })), [
    { key: 'a', low: -1, high: 3, rows: 3n }, { key: 'b', low: 2, high: 5, rows: 2n }, { key: 'c', low: 7, high: 7, rows: 1n }]],
  ['a map over groups of columns', (d) => rowsOf(d.grouped('sums', [points], [['key']])), [{ key: 'a', sums: 3 }, { key: 'b', sums: 7 }, { key: 'c', sums: 7 }]],
  ['a map over groups of two tables', (d) => rowsOf(d.grouped('surplus', [points, table({ key: utf8 }, { key: 'b' }, { key: 'd' })], [['key'], ['key']])), [
    { key: 'a', surplus: 3n }, { key: 'b', surplus: 1n }, { key: 'c', surplus: 1n }, { key: 'd', surplus: -1n }]],
  ['a reader', (d) => withFiles({ 'a.txt': 'one\ntwo\n\nfour is longer than a split\nfive', 'b.txt': 'six\n' }, () => d.read('lines')).batches.flat(2).flatMap(rowsOf1).map(({ line }) => line),
    ['one', 'two', '', 'four is longer than a split', 'five', 'six']],
  ['a reader with a filter', (d) => withFiles({ 'a.txt': 'one\ntwo\nthree\n' }, () => d.read('lines', { columns: ['length'], filters: [{ column: 'length', comparison: 'greater', value: 3n }] })).batches.flat().flatMap(rowsOf1), [{ length: 5n }]],
  ['a reader with a limit', (d) => withFiles({ 'a.txt': 'one\ntwo\n' }, () => d.read('lines', { limit: 1 })).splits.length, 1],
  ['a writer', (d) => [...withSink(() => d.write('text_files', [[table({ a: int64, b: utf8 }, { a: 1n, b: 'x' }, { a: 2n, b: 'ä' })], [table({ a: int64, b: utf8 }, { a: 3n, b: 'y' })]])).files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]),
    [['part-0.txt', '1,x\n2,ä\n'], ['part-1.txt', '3,y\n'], ['manifest', '2\n1\n']]],
];

const rowsOf1 = (batch) => batch.toArray();
const round = (values) => values.map((value) => Math.round(value * 1000) / 1000);

/** What is called, and what is said. */
export const ERRORS = [
  ['an exception', (d) => d.scalar('fails', [column(int64, 1n, 2n)]), /^RangeError: two is too much \((?:.*\/)?(?:library\.ts):(\d+):\d+\)$/, 1],
  ['a FunctionError', (d) => d.scalar('says', [column(int64, 1n, null, 2n)]), /^2 is too much$/, 2],
  ['another type than declared', (d) => d.scalar('wrong_type', [column(int64, 1n)]), /^the result is "x", and a bigint \(int64\) is declared$/, 0],
  ['a recursion without end', (d) => d.scalar('deep', [column(int64, 1n)]), /^(InternalError: too much recursion|RangeError: Maximum call stack size exceeded) \(.*library\.ts:\d+:\d+\)$/, 0],
  ['an error of an aggregate', (d) => d.aggregate('geometric_mean', [column(float64, 1, -1)], [0, 0]), /^a number is negative$/, 1],
  ['no such function', (d) => d.scalar('nothing', [column(int64, 1n)]), /^no such scalar function: nothing$/, undefined],
  ['no such signature', (d) => d.scalar('add_one', [column(utf8, 'x')]), /^add_one has no signature for \(Utf8\)$/, undefined],
  ['a parameter that is not known', (d) => d.scalar('times', [column(int64, 1n)], 1, options({ bye: '2' })), /^param\.bye is not known: the function takes by$/, undefined],
  ['an argument that is missing', (d) => d.mapBatches('count_rows', [points], []), /^count_rows has no signature for \(\)$/, undefined],
  ['a state that is none', (d) => {
    const opened = d.exports.aggregate.Accumulator.open('geometric_mean', [{ name: 'x', format: 'g', flags: { nullable: true }, children: 0, dictionary: false, metadata: [] }], { parameters: [], data: [] });
    return d.ask(() => opened.merge({ rows: 0n, nodes: [], buffers: [], variadic: new BigUint64Array(0) }, 0n));
  }, /fewer nodes/, undefined],
];

export { Options };

export function checkCase(driver, call, expected) {
  assert.deepEqual(call(driver), expected);
}

export function checkError(driver, call, message, row) {
  assert.throws(() => call(driver), (error) => {
    assert.match(error.message, message);
    assert.equal(error.row, row);
    return true;
  });
}
