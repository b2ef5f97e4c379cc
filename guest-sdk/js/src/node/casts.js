// Casts in JavaScript, as far as plain Node has them.

import { build } from '../builder.js';
import { typeName } from '../types.js';
import { fitsInteger, isFloat, isInteger, isText, refuse } from './columns.js';

/** The values of a side as a column of another type. */
export function castValues(side, rows, type, wire) {
  const convert = conversion(side.type, type);
  const values = new Array(rows);
  for (let row = 0; row < rows; row++) {
    const value = side.at(row);
    values[row] = value === null ? null : convert(value);
  }
  return build(type, values, wire);
}

function conversion(from, to) {
  const name = typeName(to);
  const integer = (value, text) => {
    if (!fitsInteger(to, value)) refuse(`Arrow error: Cast error: Can't cast value ${text} to type ${name}`);
    return to.as === 'bigint' ? value : Number(value);
  };
  if (isText(from) && isText(to)) return (value) => value;
  if (['timestamp', 'time', 'duration'].includes(from.id) && from.id === to.id && !from.zone && !to.zone) return ticks(from, to);
  if (isInteger(to)) {
    if (isInteger(from)) return (value) => integer(BigInt(value), value);
    if (isFloat(from)) {
      return (value) => (Number.isFinite(value) ? integer(BigInt(Math.trunc(value)), value) : refuse(`Arrow error: Cast error: Can't cast value ${value} to type ${name}`));
    }
    if (from.format === 'b') return (value) => integer(BigInt(value), value);
    if (from.id === 'utf8') {
      return (text) => (/^[+-]?\d+$/.test(text.trim()) && fitsInteger(to, BigInt(text.trim().replace(/^\+/, ''))) ? integer(BigInt(text.trim().replace(/^\+/, '')), text)
        : refuse(`Arrow error: Cast error: Cannot cast string '${text}' to value of ${name} type`));
    }
  }
  if (isFloat(to)) {
    if (isInteger(from) || isFloat(from) || from.format === 'b') return Number;
    if (from.id === 'utf8') {
      return (text) => {
        const [, sign, word] = /^([+-]?)(nan|inf|infinity)$/i.exec(text.trim()) ?? [];
        if (word) return /^n/i.test(word) ? NaN : sign === '-' ? -Infinity : Infinity;
        if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim())) return Number(text);
        return refuse(`Arrow error: Cast error: Cannot cast string '${text}' to value of ${name} type`);
      };
    }
  }
  if (isText(to)) return asText(from);
  if (to.format === 'b' && (isInteger(from) || isFloat(from))) return (value) => Number(value) !== 0;
  if (to.id === 'binary' && from.id === 'utf8') return (text) => new TextEncoder().encode(text);
  return refuse(`plain Node can not cast ${typeName(from)} to ${name}; the engine may`);
}

/** Ticks of one unit as those of another. */
function ticks(from, to) {
  const exact = (value) => BigInt(value) * PER_SECOND[to.unit];
  const convert = to.as === 'number' ? Number : (value) => value;
  const name = typeName(to);
  return (value) => {
    const made = exact(value) / PER_SECOND[from.unit];
    if (BigInt.asIntN(64, made) !== made) refuse(`Arrow error: Arithmetic overflow: ${value} does not fit ${name}`);
    return convert(made);
  };
}

const PER_SECOND = { s: 1n, m: 1000n, u: 1000000n, n: 1000000000n };

/** Values as the engine writes them. */
export function asText(from) {
  if (isInteger(from) || from.format === 'b') return String;
  if (isFloat(from)) return (value) => floatText(value, from.format);
  return refuse(`plain Node can not cast ${typeName(from)} to Utf8; the engine may`);
}

/** As few digits as tell a float from the others of its width. */
function floatText(value, format) {
  if (!Number.isFinite(value)) return String(value).replace('Infinity', 'inf');
  if (Object.is(value, -0)) return '-0.0';
  let number = value;
  if (format === 'f') for (let digits = 1; digits <= 9 && Math.fround(number = Number(value.toPrecision(digits))) !== value; digits++);
  const [digits, exponent] = number.toExponential().split('e');
  if (Number(exponent) >= 16 || Number(exponent) < -5) return `${digits}e${Number(exponent)}`;
  const text = String(number);
  return text.includes('.') ? text : `${text}.0`;
}
