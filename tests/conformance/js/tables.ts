// Table functions.

import { int64, table, utf8 } from 'arrowbox-sdk';
import { refuse } from './aggregates.ts';

/** The numbers from `first` to `last`. Refuses to begin with 666. */
export const series = table({ args: [int64, int64], returns: int64 }, function* (first, last) {
  refuse(first);
  for (let next = first; next <= last; next += 1n) yield next;
});

/** The pieces of a text, from zero on. */
export const pieces = table({ args: [utf8, utf8], returns: { place: int64, piece: utf8 } }, function* (text, by) {
  let place = 0n;
  for (const piece of text.split(by)) yield { place: place++, piece };
});

/** Numbers without end. */
export const countFrom = table({ args: { first: int64 }, returns: int64 }, function* (first) {
  for (let next = first; ; next += 1n) yield next;
});
