// Every way to go wrong.

import { FunctionError, int64, scalar } from 'arrowbox-sdk';

/** Says no to three, in words of its own. */
export const saidNo = scalar({ args: { x: int64 }, returns: int64 }, (x) => {
  if (x === 3n) throw new FunctionError('three is too much');
  return x;
});

/** What the language does when a program goes on no more. */
export const breaks = scalar({ args: { x: int64 }, returns: int64 }, (x) => {
  if (x === 3n) throw new RangeError('three is too much');
  return x;
});

function assert(holds: boolean, message: string) {
  if (!holds) throw new Error(message);
}

/** Asserts that it is not three. */
export const asserts = scalar({ args: { x: int64 }, returns: int64 }, (x) => {
  assert(x !== 3n, 'three is too much');
  return x;
});

/** Calls itself without end. */
export const deep = scalar({ args: { x: int64 }, returns: int64 }, function deeper(x: bigint): bigint {
  return 1n + deeper(x + 1n);
});

/** Takes all memory. */
export const hoards = scalar({ args: { x: int64 }, returns: int64 }, (x) => {
  for (const all: Uint8Array[] = []; ; all.push(new Uint8Array(1 << 20).fill(Number(x))));
});

/** Never ends. */
export const spins = scalar({ args: { x: int64 }, returns: int64 }, (x) => {
  for (;;) x += 1n;
});

/** Gives text where it promised numbers. */
export const wrongType = scalar({ args: { x: int64 }, returns: int64 }, (() => 'text') as any);

/** Gives one value, however many rows there are. */
export const wrongLength = scalar.vectors({ args: { x: int64 }, returns: int64 }, (x) => [x.get(0)]);
