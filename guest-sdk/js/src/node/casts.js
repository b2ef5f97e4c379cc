// Casts in JavaScript, as far as plain Node has them.

import { build } from '../builder.js';
import { typeName } from '../types.js';
import { fitsInteger, isFloat, isInteger, refuse } from './columns.js';

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
  if (from.id === to.id && from.id !== 'decimal') return (value) => value;
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
      return (text) => (text.trim() !== '' && !Number.isNaN(Number(text)) ? Number(text) : /^nan$/i.test(text.trim()) ? NaN
        : refuse(`Arrow error: Cast error: Cannot cast string '${text}' to value of ${name} type`));
    }
  }
  if (to.id === 'utf8') {
    if (isInteger(from) || from.format === 'b') return String;
    if (isFloat(from)) return (value) => (Number.isInteger(value) && Math.abs(value) < 1e16 ? `${Object.is(value, -0) ? '-0' : value}.0` : String(value).replace('e+', 'e').replace('Infinity', 'inf'));
  }
  if (to.format === 'b' && (isInteger(from) || isFloat(from))) return (value) => Number(value) !== 0;
  if (to.id === 'binary' && from.id === 'utf8') return (text) => new TextEncoder().encode(text);
  return refuse(`plain Node can not cast ${typeName(from)} to ${name}; the engine may`);
}
