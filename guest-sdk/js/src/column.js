// Columns whose loops run elsewhere: in the host, as kernels of Arrow, or in plain Node in JavaScript.

import { FunctionError } from './error.js';
import { host } from './host.js';
import { asked } from './options.js';
import { readSchema, writeSchema } from './schema.js';
import { Type, arrayOf, float64, int64, show, typeName, uint32, whole } from './types.js';
import { Vector, decode, encode, local } from './vector.js';

/** Columns of the call under way, which end with it. */
let living = new Set();

/** Ends the columns that a call made, but those that were kept and those of `others`. */
export function release(others = []) {
  if (living.size === 0) return;
  const ended = living;
  living = new Set(others.filter((column) => ended.delete(column)));
  for (const column of ended) column.dispose();
}

const own = (handle) => new Column(handle);

/** A value as the contract has it. */
function valueOf(value) {
  switch (typeof value) {
    case 'undefined':
      return { tag: 'null' };
    case 'boolean':
      return { tag: 'boolean', val: value };
    case 'bigint':
      if (BigInt.asIntN(64, value) === value) return { tag: 'int64', val: value };
      if (BigInt.asUintN(64, value) === value) return { tag: 'uint64', val: value };
      throw new FunctionError(`${value} can not stand beside a column: it does not fit 64 bits`);
    case 'number':
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) return { tag: 'int64', val: BigInt(value) };
      return { tag: 'float64', val: value };
    case 'string':
      return { tag: 'text', val: value };
    default:
      if (value === null) return { tag: 'null' };
      if (value instanceof Uint8Array) return { tag: 'binary', val: value };
      throw new FunctionError(`${show(value)} can not stand beside a column`);
  }
}

const plain = ({ tag, val }) => (tag === 'null' ? null : tag === 'binary' ? local(val) : val);

const operand = (value) => (value instanceof Column ? { tag: 'column', val: value.handle } : { tag: 'value', val: valueOf(value) });

/**
 * What stands beside a column. A number below zero goes as a column of one value, of the type that the host would give it:
 * in the parameters of an import, the engine of ComponentizeJS 0.23 has no 64 bits of which the first is set, and traps.
 */
function beside(column, value) {
  const below = typeof value === 'bigint' ? value < 0n : typeof value === 'number' && (value < 0 || Object.is(value, -0));
  if (!below) return operand(value);
  const whole = typeof value === 'bigint' || (Number.isSafeInteger(value) && value !== 0);
  const like = column.type.dictionary ?? column.type;
  if ('efg'.includes(like.format)) return operand(Column.from(like, [Number(value)]));
  if (!whole) return operand(Column.from(float64, [value]));
  const fits = 'csi'.includes(like.format) && arrayOf(like.format).of(Number(value))[0] === Number(value);
  return operand(fits ? Column.from(like, [Number(value)]) : Column.from(int64, [BigInt(value)]));
}

function columnOf(value, what) {
  if (value instanceof Column) return value.handle;
  throw new FunctionError(`${what}: ${show(value)} is no Column`);
}

/** Values of one type, which never change. See the README for what its methods mean. */
export class Column {
  #handle;
  #kept = false;
  #type;
  #length;

  /** Of what `columns` of the contract gives. */
  constructor(handle) {
    this.#handle = handle;
    living.add(this);
  }

  get handle() {
    if (this.#handle === undefined) {
      throw new FunctionError('the column belongs to an earlier call: `keep()` holds one for later');
    }
    return this.#handle;
  }

  /** A column of these values, whose bytes go to the host. */
  static from(type, values) {
    return Column.of(Vector.from(type, values));
  }

  /** A column of the bytes of a vector. */
  static of(vector) {
    const schema = writeSchema([{ name: '', type: vector.type.with({ nullable: true }) }]);
    return own(asked(() => host().columns.Column.fromBatch(schema, encode([vector], vector.length))));
  }

  /** One after the other, of one type. */
  static concat(columns) {
    const handles = columns.map((column) => columnOf(column, 'concat'));
    return own(asked(() => host().columns.concat(handles)));
  }

  /** A function of the engine, by its name in SQL, of columns and values. */
  static call(name, ...args) {
    return own(asked(() => host().columns.call(name, args.map(operand))));
  }

  /** Holds the column for later calls: until `dispose`, or as long as the function lives. */
  keep() {
    this.#kept = true;
    living.delete(this);
    return this;
  }

  /** Ends it now. */
  dispose() {
    living.delete(this);
    const handle = this.#handle;
    this.#handle = undefined;
    handle?.[Symbol.dispose ?? Symbol.for('dispose')]?.();
  }

  /** Hands it over: it is nobody's here any more. */
  give() {
    const { handle } = this;
    if (this.#kept) return own(handle.slice(0n, handle.length())).give();
    living.delete(this);
    this.#handle = undefined;
    return handle;
  }

  get type() {
    this.#type ??= readSchema(this.handle.schema())[0].type;
    return this.#type;
  }

  /** The type, where nobody has to be asked for it. */
  get knownType() {
    return this.#type ?? this.handle.vector?.type;
  }

  get length() {
    this.#length ??= Number(this.handle.length());
    return this.#length;
  }

  get nullCount() {
    return Number(this.handle.nullCount());
  }

  /** One value: numbers are bigints or numbers, as their type says. */
  get(row) {
    return plain(asked(() => this.handle.get(BigInt(whole(row, 'the row')))));
  }

  /** The bytes, which come from the host. */
  toVector() {
    const schema = readSchema(this.handle.schema());
    return decode(asked(() => this.handle.toBatch()), schema)[0];
  }

  toArray() {
    return this.toVector().toArray();
  }

  slice(offset, length = Number.MAX_SAFE_INTEGER) {
    const rows = Math.max(0, Math.min(length, Number.MAX_SAFE_INTEGER));
    return own(this.handle.slice(BigInt(whole(offset, 'the row that a slice begins with')), BigInt(rows)));
  }

  #binary(operator, other) {
    return own(asked(() => host().columns.binary(operator, operand(this), beside(this, other))));
  }

  add(other) { return this.#binary('add', other); }
  subtract(other) { return this.#binary('subtract', other); }
  multiply(other) { return this.#binary('multiply', other); }
  divide(other) { return this.#binary('divide', other); }
  remainder(other) { return this.#binary('remainder', other); }
  equal(other) { return this.#binary('equal', other); }
  notEqual(other) { return this.#binary('not-equal', other); }
  less(other) { return this.#binary('less', other); }
  lessEqual(other) { return this.#binary('less-equal', other); }
  greater(other) { return this.#binary('greater', other); }
  greaterEqual(other) { return this.#binary('greater-equal', other); }
  and(other) { return this.#binary('and', other); }
  or(other) { return this.#binary('or', other); }
  bitAnd(other) { return this.#binary('bit-and', other); }
  bitOr(other) { return this.#binary('bit-or', other); }
  bitXor(other) { return this.#binary('bit-xor', other); }
  shiftLeft(other) { return this.#binary('shift-left', other); }
  shiftRight(other) { return this.#binary('shift-right', other); }

  /** A function of the engine, with this column as its first argument. */
  call(name, ...args) {
    return Column.call(name, this, ...args);
  }

  not() { return this.call('not'); }
  negative() { return this.call('negative'); }
  isNull() { return this.call('is_null'); }
  isNotNull() { return this.call('is_not_null'); }
  /** Where this is true the value of `yes`, and elsewhere that of `no`. */
  choose(yes, no) { return this.call('case', yes, no); }
  coalesce(...others) { return this.call('coalesce', ...others); }
  abs() { return this.call('abs'); }
  round(digits = 0) { return this.call('round', digits); }
  floor() { return this.call('floor'); }
  ceil() { return this.call('ceil'); }
  sqrt() { return this.call('sqrt'); }
  exp() { return this.call('exp'); }
  ln() { return this.call('ln'); }
  power(exponent) { return this.call('power', exponent); }
  upper() { return this.call('upper'); }
  lower() { return this.call('lower'); }
  trim() { return this.call('btrim'); }
  characters() { return this.call('character_length'); }
  contains(text) { return this.call('contains', text); }
  startsWith(text) { return this.call('starts_with', text); }
  endsWith(text) { return this.call('ends_with', text); }
  replace(from, to) { return this.call('replace', from, to); }
  /** As in SQL: `start` counts from one. */
  substring(start, length) { return length === undefined ? this.call('substr', start) : this.call('substr', start, length); }
  append(...others) { return this.call('concat', ...others); }
  like(pattern) { return this.call('like', pattern); }
  ilike(pattern) { return this.call('ilike', pattern); }

  /** To another type; an error where a value does not fit. */
  cast(type) {
    if (!(type instanceof Type)) throw new FunctionError(`cast: ${show(type)} is not a type of arrowbox-sdk`);
    const schema = writeSchema([{ name: '', type: type.with({ nullable: true }) }]);
    return own(asked(() => host().columns.cast(operand(this), schema)));
  }

  /** The rows whose mask is true. */
  filter(mask) {
    return own(asked(() => host().columns.filter(this.handle, columnOf(mask, 'filter'))));
  }

  /** The rows at these places, which can repeat; null for null. */
  take(places) {
    return own(asked(() => host().columns.take(this.handle, columnOf(places, 'take'))));
  }

  /** The places of the rows in their order, as uint64. */
  sort({ descending = false, nullsFirst = descending } = {}) {
    return own(asked(() => host().columns.sort(this.handle, descending, nullsFirst)));
  }

  /** An aggregate of the engine over all rows, by its name in SQL. */
  reduce(name) {
    return plain(asked(() => host().columns.reduce(name, this.handle)));
  }

  sum() { return this.reduce('sum'); }
  min() { return this.reduce('min'); }
  max() { return this.reduce('max'); }
  mean() { return this.reduce('avg'); }
  median() { return this.reduce('median'); }
  stddev() { return this.reduce('stddev'); }
  count() { return this.reduce('count'); }
  every() { return this.reduce('bool_and'); }
  some() { return this.reduce('bool_or'); }

  toString() {
    return this.#handle === undefined ? 'Column(ended)' : `Column(${this.length} of ${typeName(this.type)})`;
  }
}

/** A column of one row in a batch of more rows stands for all of them. */
export function expand(column, rows) {
  if (column.length === rows || column.length !== 1) return column;
  const zeros = new Vector({ type: uint32, length: rows, nullCount: 0, buffers: [new Uint8Array(rows * 4)] });
  return column.take(Column.of(zeros));
}

/** The columns of a batch of the call under way. */
export function columnArguments(batch) {
  return host().columns.arguments(batch).map(own);
}

/** What the call under way returns. */
export function giveColumns(columns) {
  host().columns.give(columns.map((column) => column.give()));
}

/** As {@link giveColumns}, of columns that the function can still compute with, and give again. */
export function lendColumns(columns) {
  giveColumns(columns.map((column) => (column instanceof Column ? column.slice(0) : Column.of(column))));
}
