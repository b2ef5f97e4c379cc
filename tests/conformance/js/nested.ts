// Lists, structs and maps, to text, and made of numbers.

import { int64, list, map, nullable, scalar, struct, utf8 } from 'arrowbox-sdk';

export const numbers = list(nullable(int64));
export const pair = struct({ number: nullable(int64), text: nullable(utf8) });
export const counts = map(utf8, nullable(int64));
export const items = list(nullable(struct({ number: nullable(int64), tags: nullable(list(nullable(utf8))) })));

const shown = (value: unknown) => value ?? '-';
const range = (length: bigint) => Array.from({ length: Number(length) }, (_, index) => BigInt(index));

export const listText = scalar({ args: { values: numbers }, returns: utf8 }, (values) => values.map(shown).join(','));

export const numberList = scalar({ args: { n: int64 }, returns: nullable(numbers) },
  (n) => (n < 0n ? null : range(n % 5n).map((item) => (item === 2n ? null : item))));

export const structText = scalar({ args: { value: pair }, returns: utf8 }, ({ number, text }) => `${shown(number)}:${shown(text)}`);

export const numberStruct = scalar({ args: { n: int64 }, returns: nullable(pair) },
  (n) => (n < 0n ? null : { number: n % 3n ? n : null, text: n % 5n ? `n${n}` : null }));

export const mapText = scalar({ args: { value: counts }, returns: utf8 },
  (value) => [...value].map(([key, number]) => `${key}=${shown(number)}`).join(','));

export const numberMap = scalar({ args: { n: int64 }, returns: nullable(counts) },
  (n) => (n < 0n ? null : new Map(range(n % 4n).map((item) => ['abc'[Number(item)], item === 1n ? null : item]))));

export const nestedText = scalar({ args: { values: items }, returns: utf8 },
  (values) => values.map((item) => (item === null ? '-' : `${shown(item.number)}[${item.tags?.map(shown).join('/') ?? '-'}]`)).join(','));

export const numberNested = scalar({ args: { n: int64 }, returns: nullable(items) },
  (n) => (n < 0n ? null : range(n % 3n).map((number) => ({ number, tags: range(number).map((tag) => `t${tag}`) }))));
