import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import test from 'node:test';
import { CASES, ERRORS, checkCase, checkError } from './kinds.js';
import { Vector, int64 } from 'arrowbox-sdk';
import { asComponent } from './library.js';

const log = [];
const { folder, bytes, functions, fresh } = await asComponent(log);
const driver = await fresh();
test.after(() => rm(folder, { recursive: true, force: true }));

for (const [what, call, expected] of CASES) test(`in a component: ${what}`, () => checkCase(driver, call, expected));
for (const [what, call, message, row] of ERRORS) test(`in a component: ${what}`, () => checkError(driver, call, message, row));

test('a component says what it has', () => {
  assert.equal(driver.functions.length, functions.length);
  assert.deepEqual(driver.described('scalar', 'add_one'), {
    name: 'add_one', kind: 'scalar', volatility: 'immutable', nulls: 'strict', grants: [], columns: false,
    documentation: 'One more.\n\nOf an integer.',
    signatures: [{
      arguments: [{ name: 'x', format: 'l', flags: { nullable: true, dictionaryOrdered: false, mapKeysSorted: false }, children: 0, dictionary: false, metadata: [] }],
      variadic: false,
      result: [{ name: 'add_one', format: 'l', flags: { nullable: true, dictionaryOrdered: false, mapKeysSorted: false }, children: 0, dictionary: false, metadata: [] }],
    }],
  });
  assert.deepEqual(driver.described('scalar', 'stamp').grants, ['clock', 'random']);
  assert.equal(driver.described('scalar', 'polynomial').columns, true);
});

test('a component imports the contract alone', async () => {
  const { componentWit } = await import('@bytecodealliance/jco');
  const imports = [...(await componentWit(bytes)).matchAll(/^ {2}import ([^;]*);/gm)].map(([, name]) => name);
  assert.deepEqual(imports.filter((name) => !name.startsWith('arrowbox:udf/')), []);
});

test('granted functions have the clock and randomness', () => {
  const [stamp] = driver.scalar('stamp', [Vector.from(int64, [1n])]).toArray();
  const [, nanoseconds, milliseconds, bytesOf, isRandom] = stamp.split(' ');
  assert.ok(Math.abs(Number(nanoseconds) / 1e6 - Number(milliseconds)) < 1000);
  assert.deepEqual([bytesOf, isRandom], ['2', 'true']);
});

test('functions beside them have neither', async () => {
  const still = (some) => some.scalar('still', [Vector.from(int64, [1n])]).toArray()[0];
  const [first, second] = [still(await fresh()), still(await fresh())];
  assert.match(first, /^946684800000 946684800000 0\.\d+$/);
  assert.equal(first, second);
});
