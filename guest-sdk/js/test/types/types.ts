// What TypeScript knows of definitions. Lines below `@ts-expect-error` do not compile.

import { Batch, Column, aggregate, float64, int64, list, mapBatches, nullable, scalar, struct, table, utf8, window } from 'arrowbox-sdk';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <T extends true>(): T => true as T;

export const arguments_ = scalar(
  { args: [int64, nullable(float64), list(utf8), struct({ x: int64.number })], returns: nullable(utf8) },
  (a, b, c, d) => {
    is<Same<typeof a, bigint>>();
    is<Same<typeof b, number | null>>();
    is<Same<typeof c, string[]>>();
    is<Same<typeof d.x, number>>();
    return b === null ? null : `${a}`;
  },
);

// It is still a function.
const text: string | null = arguments_(1n, null, [], { x: 1 });
is<Same<typeof text, string | null>>();

// @ts-expect-error: the result is a string where a bigint is declared
export const wrongResult = scalar({ args: { a: int64 }, returns: int64 }, (a) => String(a));

// @ts-expect-error: the result can be null, and is not nullable
export const nullResult = scalar({ args: { a: int64 }, returns: int64 }, (a) => (a > 0n ? a : null));

export const opened = scalar({ args: { a: int64 }, returns: int64, open: (options) => (a) => a * BigInt(options.param('by') ?? 1) });

export const columns = scalar.columns({ args: { a: int64, b: int64 }, returns: int64 }, (a, b) => {
  is<Same<typeof a, Column>>();
  return a.add(b);
});

export const any_ = scalar({ args: [utf8, int64], returns: int64, variadic: true }, (first, ...all) => {
  is<Same<typeof first, string>>();
  is<Same<typeof all, bigint[]>>();
  return BigInt(all.length);
});

export const rows = table({ args: { text: utf8 }, returns: { part: utf8 } }, function* (value) {
  is<Same<typeof value, string>>();
  for (const part of value.split(',')) yield { part };
});

export const anyRows = table({ args: [utf8, int64], returns: int64, variadic: true }, (first, ...all) => {
  is<Same<typeof first, string>>();
  is<Same<typeof all, bigint[]>>();
  return all.length === 3 ? all : [];
});

// It is called with any number of them, too.
anyRows('x', 1n, 2n, 3n);

export const anyGenerated = Batch.from({ x: int64 }, (function* () { yield { x: 1n }; })());

// @ts-expect-error: a row has no part
export const wrongRows = table({ args: { text: utf8 }, returns: { part: utf8 } }, (value) => [{ piece: value }]);

export const sum = aggregate({ args: { x: float64 }, state: { sum: float64 }, returns: float64 }, class Sum {
  sum = 0;
  update(x: number) { this.sum += x; }
  merge(other: Sum) { this.sum += other.sum; }
  evaluate() { return this.sum; }
});

// @ts-expect-error: the class has not the field `sum` of the state
export const noState = aggregate({ args: { x: float64 }, state: { sum: float64 }, returns: float64 }, class {
  update(x: number) {}
  merge(other: any) {}
  evaluate() { return 0; }
});

// @ts-expect-error: `next` takes a string where a number comes
export const wrongWindow = window({ args: { x: float64 }, returns: float64 }, class {
  next(x: string) { return x.length; }
});

export const mapper = mapBatches({ args: { every: int64 }, returns: { x: int64 } }, class {
  constructor(call: { arguments: { every: bigint } }) { void call; }
  push(batch: Batch) { return batch; }
});
