// Functions of the engine in JavaScript, as far as plain Node has them.

import { compared } from '../order.js';
import { any, bool, float64, int32, typeName, utf8 } from '../types.js';
import { asText } from './casts.js';
import { common, fitsInteger, isFloat, isInteger, isSigned, isText, refuse } from './columns.js';

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

/** Of floats of 32 bits are such; of all other numbers are floats of 64 bits. */
const floating = (side) => (side.type.format === 'f' ? side.type : float64);

const numeric = (name, compute) => (...sides) => {
  wants(name, sides, 1);
  return { type: floating(sides[0]), at: strict(sides, (value) => compute(Number(value))) };
};

const rounded = (value, digits = 0) => {
  const scale = 10 ** digits;
  return Number.isFinite(value * scale) ? (Math.sign(value) * Math.round(Math.abs(value) * scale)) / scale : value;
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
  not(side) {
    if (side.type !== any && side.type.format !== 'b') refuse(`Error during planning: Cannot infer common argument type for comparison operation ${typeName(side.type)} IS DISTINCT FROM Boolean`);
    return { type: bool, at: strict([side], (value) => !value) };
  },
  negative: (side) => ({
    type: side.type,
    at: strict([side], (value) => {
      if (isInteger(side.type) && !isSigned(side.type)) refuse(`Arrow error: Invalid argument error: Invalid arithmetic operation: !${typeName(side.type)}`);
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
  nullif: (a, b) => ({ type: a.type, at: (row) => (a.at(row) !== null && b.at(row) !== null && compared(a.at(row), as(a.type, b.at(row))) === 0 ? null : a.at(row)) }),
  abs: (side) => ({
    type: side.type,
    at: strict([side], (value) => {
      if (isFloat(side.type)) return Math.abs(value);
      if (value < 0 && !fitsInteger(side.type, -BigInt(value))) refuse(`Arrow error: Compute error: ${typeName(side.type)}Array overflow on abs(${value})`);
      return value < 0 ? -value : value;
    }),
  }),
  round(...sides) {
    wants('round', sides, [1, 2]);
    const type = isInteger(sides[0].type) ? sides[0].type : floating(sides[0]);
    return { type, at: strict(sides, (value, digits) => as(type, isInteger(type) && !(digits < 0) ? value : rounded(Number(value), Number(digits ?? 0)))) };
  },
  floor: numeric('floor', Math.floor),
  ceil: numeric('ceil', Math.ceil),
  sqrt: numeric('sqrt', (value) => (value < 0 ? refuse('Arrow error: Compute error: Execution error: cannot take square root of a negative number') : Math.sqrt(value))),
  exp: numeric('exp', Math.exp),
  ln: numeric('ln', Math.log),
  power(...sides) {
    wants('power', sides, 2);
    return { type: float64, at: strict(sides, (base, exponent) => Number(base) ** Number(exponent)) };
  },
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
  replace: textual('replace', 3, utf8, (text, from, to) => (from === '' ? text : text.replaceAll(from, () => to))),
  reverse: textual('reverse', 1, utf8, (text) => letters(text).reverse().join('')),
  substr: textual('substr', [2, 3], utf8, (text, start, length) => {
    if (length < 0n) refuse(`Execution error: negative count not allowed: ${length}`);
    const from = Number(start) - 1;
    const to = length === undefined ? Infinity : from + Number(length);
    return letters(text).slice(Math.max(0, from), Math.max(0, to)).join('');
  }),
  concat(...sides) {
    const texts = sides.map((side) => (side.type === any || isText(side.type) ? String : asText(side.type)));
    return { type: utf8, at: (row) => sides.map((side, index) => (side.at(row) === null ? '' : texts[index](side.at(row)))).join('') };
  },
  like: textual('like', 2, bool, (text, like) => pattern(like, 'u').test(text)),
  ilike: textual('ilike', 2, bool, (text, like) => pattern(like, 'iu').test(text)),
};
