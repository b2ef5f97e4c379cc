// Tables that pass through functions as the engine passes them: the last group of each call goes on in the next.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Batch, cogroupedMap, groupedMap, int64, utf8 } from 'arrowbox-sdk';
import { exportsOf } from '../src/exports.js';
import { Library } from '../src/library.js';
import { desk } from '../src/node/columns.js';
import { node } from '../src/node/host.js';
import { readSchema, writeSchema } from '../src/schema.js';
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
