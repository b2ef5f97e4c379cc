// Functions of the engine in JavaScript, as far as plain Node has them.

import { compareValues } from '../order.js';
import { any, bool, float64, int32, typeName, utf8 } from '../types.js';
import { common, fitsInteger, isFloat, isInteger, refuse } from './columns.js';

/** Null where an argument is. */
const strict = (sides, compute) => (row) => {
  const values = sides.map((side) => side.at(row));
  return values.includes(null) ? null : compute(...values);
};

const wants = (name, sides, count) => {
  if (![count].flat().includes(sides.length)) refuse(`\`${name}\` takes ${[count].flat().join(' or ')} arguments, and was given ${sides.length}`);
};

const textual = (name, count, type, compute) => (...sides) => {
  wants(name, sides, count);
  if (sides[0].type !== any && sides[0].type.id !== 'utf8') refuse(`\`${name}\` is of text, not of ${typeName(sides[0].type)}`);
  return { type, at: strict(sides, compute) };
};

const numeric = (name, compute, count = 1) => (...sides) => {
  wants(name, sides, count);
  return { type: float64, at: strict(sides, (...values) => compute(...values.map(Number))) };
};

/** The type of values of which one is chosen. */
function chosen(sides) {
  let type = any;
  for (const side of sides) {
    const next = type.id === side.type.id ? type : common(type, side.type);
    if (!next) refuse(`${typeName(type)} and ${typeName(side.type)} can not stand beside each other`);
    type = next;
  }
  return type;
}

const as = (type, value) => {
  if (value === null) return null;
  if (isFloat(type)) return Number(value);
  return isInteger(type) ? (type.as === 'bigint' ? BigInt(value) : Number(value)) : value;
};

/** `%` and `_`, and `\` before one that means itself. */
function pattern(like, flags) {
  let source = '';
  for (let at = 0; at < like.length; at++) {
    const letter = like[at];
    if (letter === '%') source += '[^]*';
    else if (letter === '_') source += '[^]';
    else source += (letter === '\\' && at + 1 < like.length ? like[++at] : letter).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  }
  return new RegExp(`^${source}$`, flags);
}

const letters = (text) => Array.from(text);

export const FUNCTIONS = {
  not: (side) => ({ type: bool, at: strict([side], (value) => !value) }),
  negative: (side) => ({
    type: side.type,
    at: strict([side], (value) => {
      if (isInteger(side.type) && !fitsInteger(side.type, -BigInt(value))) refuse(`Arrow error: Arithmetic overflow: Overflow happened on: - ${value}`);
      return -value;
    }),
  }),
  is_null: (side) => ({ type: bool, at: (row) => side.at(row) === null }),
  is_not_null: (side) => ({ type: bool, at: (row) => side.at(row) !== null }),
  case(...sides) {
    const otherwise = sides.length % 2 === 1 ? sides.pop() : undefined;
    const values = [...sides.filter((_, index) => index % 2 === 1), ...(otherwise ? [otherwise] : [])];
    const type = chosen(values);
    return {
      type,
      at(row) {
        for (let index = 0; index < sides.length; index += 2) if (sides[index].at(row) === true) return as(type, sides[index + 1].at(row));
        return as(type, otherwise?.at(row) ?? null);
      },
    };
  },
  coalesce(...sides) {
    const type = chosen(sides);
    return { type, at: (row) => as(type, sides.map((side) => side.at(row)).find((value) => value !== null) ?? null) };
  },
  nullif: (a, b) => ({ type: a.type, at: (row) => (a.at(row) !== null && b.at(row) !== null && compareValues(a.at(row), as(a.type, b.at(row))) === 0 ? null : a.at(row)) }),
  abs: (side) => ({ type: side.type, at: strict([side], (value) => (value < 0 ? -value : value)) }),
  round: numeric('round', (value, digits = 0) => (Math.sign(value) * Math.round(Math.abs(value) * 10 ** digits)) / 10 ** digits, [1, 2]),
  floor: numeric('floor', Math.floor),
  ceil: numeric('ceil', Math.ceil),
  sqrt: numeric('sqrt', Math.sqrt),
  exp: numeric('exp', Math.exp),
  ln: numeric('ln', Math.log),
  power: numeric('power', Math.pow, 2),
  upper: textual('upper', 1, utf8, (text) => text.toUpperCase()),
  lower: textual('lower', 1, utf8, (text) => text.toLowerCase()),
  btrim: textual('btrim', 1, utf8, (text) => text.replace(/^ +| +$/g, '')),
  ltrim: textual('ltrim', 1, utf8, (text) => text.replace(/^ +/, '')),
  rtrim: textual('rtrim', 1, utf8, (text) => text.replace(/ +$/, '')),
  character_length: textual('character_length', 1, int32, (text) => letters(text).length),
  octet_length: textual('octet_length', 1, int32, (text) => new TextEncoder().encode(text).length),
  contains: textual('contains', 2, bool, (text, part) => text.includes(part)),
  starts_with: textual('starts_with', 2, bool, (text, part) => text.startsWith(part)),
  ends_with: textual('ends_with', 2, bool, (text, part) => text.endsWith(part)),
  replace: textual('replace', 3, utf8, (text, from, to) => text.replaceAll(from, to)),
  reverse: textual('reverse', 1, utf8, (text) => letters(text).reverse().join('')),
  substr: textual('substr', [2, 3], utf8, (text, start, length) => {
    if (length < 0n) refuse(`Execution error: negative substring length not allowed: substr(<str>, ${start}, ${length})`);
    const from = Number(start) - 1;
    const to = length === undefined ? Infinity : from + Number(length);
    return letters(text).slice(Math.max(0, from), Math.max(0, to)).join('');
  }),
  concat: (...sides) => ({ type: utf8, at: (row) => sides.map((side) => side.at(row) ?? '').join('') }),
  like: textual('like', 2, bool, (text, like) => pattern(like, 'u').test(text)),
  ilike: textual('ilike', 2, bool, (text, like) => pattern(like, 'iu').test(text)),
};
