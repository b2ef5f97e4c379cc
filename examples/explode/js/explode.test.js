import assert from 'node:assert/strict';
import test from 'node:test';
import { table } from 'arrowbox-sdk/testing';
import { explode } from './explode.js';

const parts = (text, delimiter) => table(explode, [text, delimiter]).map(({ part }) => part);

test('parts are what is between delimiters', () => {
  assert.deepEqual(table(explode, ['a, b', ', ']), [{ index: 1, part: 'a' }, { index: 2, part: 'b' }]);
  assert.deepEqual(parts('', ','), ['']);
  assert.deepEqual(parts('zürich, , 東京, ', ', '), ['zürich', '', '東京', '']);
  assert.deepEqual(parts(null, ','), []);
});

test('an empty delimiter is an error', () => {
  assert.throws(() => parts('a', ''), { message: 'the delimiter is empty: nothing is between two of them' });
});
