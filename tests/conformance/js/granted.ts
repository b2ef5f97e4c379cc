// Options, data and grants.

import { FunctionError, Options, int64, now, randomBytes, scalar, utf8 } from 'arrowbox-sdk';

/** `x` times `param.by`. */
export const times = scalar({ args: { x: int64 }, returns: int64, open(options: Options) {
  options.only('by');
  const by = options.param('by') ?? '1';
  if (!/^-?\d+$/.test(by)) throw new FunctionError(`param.by is no number: ${by}`);
  return (x) => x * BigInt(by);
} });

/** The text with `***` in place of the words in `data.words`. */
export const censored = scalar({ args: { text: utf8 }, returns: utf8, open(options: Options) {
  options.only('words');
  const data = options.data('words');
  if (!data) throw new FunctionError('data.words is missing');
  const words = data.text().split('\n').filter((word) => word !== '');
  return (text) => words.reduce((text, word) => text.replaceAll(word, '***'), text);
} });

export const thisYear = scalar({ args: {}, returns: int64, volatility: 'volatile', grants: ['clock'] },
  () => 1970n + now() / 31_556_952_000_000_000n);

export const drawn = scalar({ args: { bytes: int64 }, returns: int64, volatility: 'volatile', grants: ['random'] },
  (bytes) => BigInt(randomBytes(Number(bytes)).length));
