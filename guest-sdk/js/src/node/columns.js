// `columns` of the contract in JavaScript, for tests in plain Node: the same nulls, the same types, the same errors.
//
// The host has all functions of the engine; here are those that have methods of their own in `Column`, and a few more.

import { build } from '../builder.js';
import { readSchema, writeSchema } from '../schema.js';
import { any, bool, float64, int32, int64, sameLayout, typeName, uint64, utf8, binary as bytesType } from '../types.js';
import { Vector, concat as joined, decode, encode, raw, take as taken } from '../vector.js';
import { compareValues, compared } from '../order.js';
import { FUNCTIONS } from './functions.js';
import { castValues } from './casts.js';

const nullable = (type) => type.with({ nullable: true });

/** What the contract answers where it says no: a text. */
export function refuse(message) {
  throw Object.assign(new Error(message), { payload: message });
}

const INTEGERS = { c: [8, true], s: [16, true], i: [32, true], l: [64, true], C: [8, false], S: [16, false], I: [32, false], L: [64, false] };
const FLOATS = { e: 16, f: 32, g: 64 };
export const isInteger = (type) => type.format in INTEGERS && !type.dictionary;
export const isFloat = (type) => type.format in FLOATS;
export const isSigned = (type) => INTEGERS[type.format][1];
export const isText = (type) => type.id === 'utf8';

/** A column of the host. */
class HostColumn {
  constructor(vector) {
    this.vector = vector;
  }

  static fromBatch(schema, rows) {
    return new HostColumn(decode(rows, readSchema(schema))[0]);
  }

  toBatch() {
    return encode([this.vector], this.vector.length);
  }

  schema() {
    return writeSchema([{ name: '', type: nullable(this.vector.type) }]);
  }

  length() {
    return BigInt(this.vector.length);
  }

  nullCount() {
    return BigInt(this.vector.nullCount);
  }

  get(row) {
    if (row >= BigInt(this.vector.length)) refuse(`Execution error: there is no row ${row}: the column has ${this.vector.length} rows`);
    return valueOf(this.vector.get(Number(row)), this.vector.type);
  }

  slice(offset, length) {
    const bound = (number) => Number(number > 0x7fffffffn ? 0x7fffffffn : number);
    return new HostColumn(this.vector.slice(bound(offset), bound(length)));
  }
}

/** A value as the contract has it. */
function valueOf(value, type) {
  if (value === null) return { tag: 'null' };
  const logical = type.dictionary ?? type;
  if (logical.format === 'b') return { tag: 'boolean', val: value };
  if (logical.format in INTEGERS) return { tag: INTEGERS[logical.format][1] ? 'int64' : 'uint64', val: BigInt(value) };
  if (isFloat(logical)) return { tag: 'float64', val: value };
  if (isText(logical)) return { tag: 'text', val: value };
  if (logical.as === 'bytes') return { tag: 'binary', val: value };
  return refuse(`Execution error: a value of the type ${typeName(type)} has to be cast before it is one here: to int64, float64 or utf8`);
}

const TYPES = { boolean: bool, int64, uint64, float64, text: utf8, binary: bytesType };

/** One side of an operation: its type, and its value in each row. */
export class Side {
  constructor(type, length, at) {
    this.type = type;
    this.length = length;
    this.at = at;
  }

  static of(vector) {
    const type = raw(vector.type.dictionary ?? vector.type);
    const values = vector.as === undefined ? [] : new Vector({ ...vector._parts(), type: raw(vector.type) }).toArray();
    return new Side(type, vector.length, (row) => values[values.length === 1 ? 0 : row]);
  }

  static value({ tag, val }, like) {
    if (tag === 'null') return new Side(like ?? any, undefined, () => null);
    let type = TYPES[tag];
    let value = val;
    if (like && (tag === 'int64' || tag === 'uint64')) {
      if (isFloat(like)) [type, value] = [like, Number(val)];
      else if (isInteger(like) && fitsInteger(like, val)) [type, value] = [like, ARRAY64.includes(like.format) ? val : Number(val)];
    }
    if (like && tag === 'float64' && isFloat(like)) type = like;
    return new Side(type, undefined, () => value);
  }
}

const ARRAY64 = ['l', 'L'];

export function fitsInteger(type, value) {
  const [width, signed] = INTEGERS[type.format];
  return (signed ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value)) === value;
}

/** Operands beside each other: columns of one row stand for all. */
function sides(operands, like) {
  const made = operands.map(({ tag, val }) => (tag === 'column' ? Side.of(val.vector) : Side.value(val, like)));
  let rows = 1;
  for (const { length } of made) {
    if (length === undefined || length === 1) continue;
    if (rows !== 1 && length !== rows) refuse(`Execution error: a column of ${rows} rows and one of ${length} can not be combined`);
    rows = length;
  }
  return { sides: made, rows: made.some(({ length }) => length === 0) ? 0 : rows };
}

/** The type that two numbers are computed in. */
export function common(a, b) {
  if (a === any) return b;
  if (b === any || a.format === b.format) return a;
  if (isFloat(a) || isFloat(b)) {
    const width = Math.max(FLOATS[a.format] ?? 0, FLOATS[b.format] ?? 0);
    return width === 64 ? float64 : isFloat(a) && (FLOATS[a.format] === width || !isFloat(b)) ? a : b;
  }
  if (isInteger(a) && isInteger(b)) {
    const [[x, signed], [y, other]] = [INTEGERS[a.format], INTEGERS[b.format]];
    if (signed === other) return x >= y ? a : b;
    const unsigned = signed ? y : x;
    if (unsigned === 64) return refuse('plain Node can not combine uint64 with a signed integer: cast one of them');
    return (signed ? x : y) > unsigned ? (signed ? a : b) : unsigned === 32 ? int64 : unsigned === 16 ? int32 : a.with({ format: 's', id: 'int16' });
  }
  return undefined;
}

const SYMBOLS = { add: '+', subtract: '-', multiply: '*', divide: '/', remainder: '%' };
const ARITHMETIC = {
  add: (a, b) => a + b, subtract: (a, b) => a - b, multiply: (a, b) => a * b, divide: (a, b) => a / b, remainder: (a, b) => a % b,
};
const COMPARISONS = {
  equal: (order) => order === 0, 'not-equal': (order) => order !== 0, less: (order) => order < 0, 'less-equal': (order) => order <= 0,
  greater: (order) => order > 0, 'greater-equal': (order) => order >= 0,
};
const BITS = {
  'bit-and': (a, b) => a & b, 'bit-or': (a, b) => a | b, 'bit-xor': (a, b) => a ^ b,
  'shift-left': (a, b, width) => a << (b & BigInt(width - 1)), 'shift-right': (a, b, width) => a >> (b & BigInt(width - 1)),
};

function incompatible(operator, left, right) {
  const symbol = { ...SYMBOLS, equal: '=', 'not-equal': '!=', less: '<', 'less-equal': '<=', greater: '>', 'greater-equal': '>=' }[operator] ?? operator;
  return refuse(`Error during planning: Cannot coerce arithmetic expression ${typeName(left.type)} ${symbol} ${typeName(right.type)} to valid types`);
}

function arithmetic(operator, left, right, rows) {
  const type = common(left.type, right.type);
  if (!type || !(isInteger(type) || isFloat(type))) return incompatible(operator, left, right);
  const compute = ARITHMETIC[operator];
  if (isFloat(type)) return map(rows, type, (row) => both(left.at(row), right.at(row), (a, b) => compute(Number(a), Number(b))));
  const wide = ARRAY64.includes(type.format);
  return map(rows, type, (row) => both(left.at(row), right.at(row), (x, y) => {
    const [a, b] = [BigInt(x), BigInt(y)];
    if (b === 0n && (operator === 'divide' || operator === 'remainder')) refuse('Arrow error: Divide by zero error');
    const result = compute(a, b);
    if (!fitsInteger(type, result)) refuse(`Arrow error: Arithmetic overflow: Overflow happened on: ${a} ${SYMBOLS[operator]} ${b}`);
    return wide ? result : Number(result);
  }));
}

function bitwise(operator, left, right, rows) {
  const type = common(left.type, right.type);
  if (!type || !isInteger(type)) return incompatible(operator, left, right);
  const [width, signed] = INTEGERS[type.format];
  const fit = signed ? BigInt.asIntN : BigInt.asUintN;
  return map(rows, type, (row) => both(left.at(row), right.at(row), (a, b) => {
    const result = fit(width, BITS[operator](BigInt(a), BigInt(b), width));
    return width === 64 ? result : Number(result);
  }));
}

/** Types whose values are in an order here. */
function ordered(type) {
  if (['array', 'object', 'map'].includes(type.as)) refuse(`plain Node can not compare values of ${typeName(type)}; the engine can`);
}

function comparison(operator, left, right, rows) {
  const numbers = [left, right].every(({ type }) => type === any || isInteger(type) || isFloat(type));
  const same = left.type === any || right.type === any || (isText(left.type) && isText(right.type)) || sameLayout(left.type, right.type);
  if (!numbers && !same) refuse(`plain Node can not compare ${typeName(left.type)} with ${typeName(right.type)}; the engine may`);
  ordered(left.type);
  const type = numbers ? common(left.type, right.type) : left.type;
  const convert = type && isFloat(type) ? Number : (value) => value;
  return map(rows, bool, (row) => both(left.at(row), right.at(row), (a, b) => COMPARISONS[operator](compared(convert(a), convert(b)))));
}

/** Kleene's logic. */
function logical(operator, left, right, rows) {
  for (const { type } of [left, right]) if (type !== any && type.format !== 'b') incompatible(operator, left, right);
  const decides = operator === 'or';
  return map(rows, bool, (row) => {
    const [a, b] = [left.at(row), right.at(row)];
    if (a === decides || b === decides) return decides;
    return a === null || b === null ? null : !decides;
  });
}

const both = (a, b, compute) => (a === null || b === null ? null : compute(a, b));

export function map(rows, type, at) {
  const values = new Array(rows);
  for (let row = 0; row < rows; row++) values[row] = at(row);
  return new HostColumn(build(nullable(type), values));
}

export const columns = {
  Column: HostColumn,

  binary(operator, left, right) {
    const like = [left, right].find(({ tag }) => tag === 'column');
    const { sides: [a, b], rows } = sides([left, right], like && raw(like.val.vector.type.dictionary ?? like.val.vector.type));
    if (operator in ARITHMETIC) return arithmetic(operator, a, b, rows);
    if (operator in COMPARISONS) return comparison(operator, a, b, rows);
    return operator in BITS ? bitwise(operator, a, b, rows) : logical(operator, a, b, rows);
  },

  call(name, operands) {
    const made = FUNCTIONS[name.toLowerCase()];
    if (!made) refuse(`plain Node has no \`${name}\`: the engine may have it, and plain Node has ${Object.keys(FUNCTIONS).join(', ')}`);
    const { sides: given, rows } = sides(operands);
    const { type, at } = made(...given);
    return map(rows, type, at);
  },

  cast(operand, schema) {
    const [{ type }] = readSchema(schema);
    const vector = operand.tag === 'column' ? operand.val.vector : undefined;
    if (vector && sameLayout(vector.type, type)) return operand.val;
    const side = vector ? Side.of(vector) : Side.value(operand.val);
    return new HostColumn(castValues(side, vector?.length ?? 1, raw(nullable(type)), nullable(type)));
  },

  filter(values, mask) {
    const [{ vector }, { vector: bits }] = [values, mask];
    if (vector.length !== bits.length) refuse(`Execution error: a mask of ${bits.length} rows does not fit a column of ${vector.length}`);
    const places = [];
    for (let row = 0; row < bits.length; row++) if (bits.get(row) === true) places.push(row);
    return new HostColumn(taken(vector, places));
  },

  take(values, places) {
    if (!isInteger(places.vector.type)) refuse(`Execution error: places of rows are integers, not ${typeName(places.vector.type)}`);
    const rows = places.vector.toArray().map((place) => (place === null ? null : Number(place)));
    const outside = rows.find((row) => row !== null && (row < 0 || row >= values.vector.length));
    if (outside !== undefined) refuse(`Arrow error: Compute error: Array index out of bounds, cannot get item at index ${outside} from ${values.vector.length} entries`);
    return new HostColumn(taken(values.vector, rows));
  },

  sort(values, descending, nullsFirst) {
    const all = Side.of(values.vector);
    ordered(all.type);
    const rows = Array.from({ length: values.vector.length }, (_, row) => row);
    rows.sort((x, y) => {
      const [a, b] = [all.at(x), all.at(y)];
      if (a === null || b === null) return a === b ? x - y : (a === null) === nullsFirst ? -1 : 1;
      return (descending ? compareValues(b, a) : compareValues(a, b)) || x - y;
    });
    return new HostColumn(build(uint64, rows.map(BigInt)));
  },

  concat(parts) {
    if (parts.length === 0) refuse('Execution error: there are no columns to put one behind the other');
    const [first] = parts;
    const other = parts.find(({ vector }) => !sameLayout(vector.type, first.vector.type));
    if (other) refuse(`Execution error: a column of the type ${typeName(other.vector.type)} can not stand behind one of the type ${typeName(first.vector.type)}`);
    return new HostColumn(joined(parts.map(({ vector }) => vector)));
  },

  reduce(name, { vector }) {
    const reduction = REDUCTIONS[name.toLowerCase()];
    if (!reduction) refuse(`there is no aggregate \`${name}\` in plain Node; there are ${Object.keys(REDUCTIONS).join(', ')}`);
    const type = raw(vector.type.dictionary ?? vector.type);
    const values = new Vector({ ...vector._parts(), type: raw(vector.type) }).toArray().filter((value) => value !== null);
    return reduction(values, type);
  },

  arguments(batch) {
    const offered = desk.offered[batch];
    if (offered === undefined) refuse('outside of a query no batch stays with the host');
    desk.offered[batch] = undefined;
    return offered.map((vector) => new HostColumn(vector));
  },

  give(given) {
    desk.given = given.map(({ vector }) => vector);
  },
};

/** Columns of a call that stay here: those that are offered, and those that were given. */
export const desk = { offered: [], given: undefined };

const NULL = { tag: 'null' };
const float = (val) => ({ tag: 'float64', val });
const extreme = (side) => (values, type) =>
  values.length === 0 ? NULL : valueOf(values.reduce((best, value) => (compareValues(value, best) * side > 0 ? value : best)), type);
const numbers = (values, type, name) => {
  if (!isInteger(type) && !isFloat(type)) refuse(`${name} is of numbers, not of ${typeName(type)}`);
  return values.map(Number);
};
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values) => {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
};

const REDUCTIONS = {
  count: (values) => ({ tag: 'int64', val: BigInt(values.length) }),
  sum(values, type) {
    const all = numbers(values, type, 'sum');
    if (values.length === 0) return NULL;
    if (isFloat(type)) return float(all.reduce((sum, value) => sum + value, 0));
    const sum = values.reduce((total, value) => total + BigInt(value), 0n);
    return INTEGERS[type.format][1] ? { tag: 'int64', val: BigInt.asIntN(64, sum) } : { tag: 'uint64', val: BigInt.asUintN(64, sum) };
  },
  min: extreme(-1),
  max: extreme(1),
  avg: (values, type) => (values.length === 0 ? NULL : float(mean(numbers(values, type, 'avg')))),
  median(values, type) {
    numbers(values, type, 'median');
    if (values.length === 0) return NULL;
    const sorted = [...values].sort(compareValues);
    return float((Number(sorted[(sorted.length - 1) >> 1]) + Number(sorted[sorted.length >> 1])) / 2);
  },
  stddev: (values, type) => (values.length < 2 ? NULL : float(Math.sqrt(variance(numbers(values, type, 'stddev'))))),
  var: (values, type) => (values.length < 2 ? NULL : float(variance(numbers(values, type, 'var')))),
  bool_and: (values) => (values.length === 0 ? NULL : { tag: 'boolean', val: values.every(Boolean) }),
  bool_or: (values) => (values.length === 0 ? NULL : { tag: 'boolean', val: values.some(Boolean) }),
};
