// Functions of whole columns.

import { any, int64, nullable, sameAsFirst, scalar, utf8 } from 'arrowbox-sdk';

export const addOne = scalar.columns({ args: { x: int64 }, returns: int64 }, (x) => x.add(1));

export const atMost = scalar.columns({ args: [nullable(int64), nullable(int64)], returns: nullable(int64) },
  (x, limit) => x.greater(limit).choose(limit, x));

export const initial = scalar.columns({ args: { text: utf8 }, returns: utf8 }, (text) => text.substring(1, 1).upper());

export const nullsIn = scalar.columns({ args: { values: nullable(any) }, returns: int64 }, (values) => values.isNull().cast(int64));

export const sameAny = scalar.columns({ args: { values: nullable(any) }, returns: sameAsFirst }, (values) => values);
