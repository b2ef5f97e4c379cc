// Columns of values over the bytes of an Arrow array.

import { FunctionError } from './error.js';
import { arrayOf, PER_MILLISECOND, Type, sameLayout, show, typeName, whole } from './types.js';
import { build } from './builder.js';

const NOTHING = new Uint8Array(0);
const NO_VIEWS = new BigUint64Array(0);
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes that came from the host: arrays of the glue around a component are not instances of the `Uint8Array` here. */
export function local(bytes) {
  return bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** `bytes` as values of another width. Copies where they do not begin at a multiple of it. */
export function view(bytes, Values) {
  const width = Values.BYTES_PER_ELEMENT;
  const length = Math.floor(bytes.byteLength / width);
  if (bytes.byteOffset % width === 0) return new Values(bytes.buffer, bytes.byteOffset, length);
  return new Values(bytes.slice(0, length * width).buffer);
}

/** `length` bits from the bit `offset` on, from the first bit of a byte on. */
export function bits(bytes, offset, length) {
  if (offset % 8 === 0) return bytes.subarray(offset / 8, offset / 8 + Math.ceil(length / 8));
  const out = new Uint8Array(Math.ceil(length / 8));
  const [first, shift] = [offset >> 3, offset & 7];
  for (let i = 0; i < out.length; i++) {
    out[i] = (bytes[first + i] >> shift) | ((bytes[first + i + 1] ?? 0) << (8 - shift));
  }
  return out;
}

/** How many of the first `length` bits are not set. */
export function zeros(bytes, length) {
  let ones = 0;
  const full = length >> 3;
  for (let i = 0; i < full; i++) {
    const byte = bytes[i];
    if (byte === 255) ones += 8;
    else for (let rest = byte; rest !== 0; rest &= rest - 1) ones++;
  }
  for (let i = full << 3; i < length; i++) ones += (bytes[i >> 3] >> (i & 7)) & 1;
  return length - ones;
}

/**
 * The values of one column, over the bytes that came or that a function made. It never changes.
 */
export class Vector {
  constructor({ type, length, nullCount, validity, buffers, children, dictionary, offset }) {
    /** @type {Type} */
    this.type = type;
    this.length = length;
    /** The row of the buffers that it begins with. */
    this.offset = offset ?? 0;
    this._nulls = nullCount;
    this._validity = validity ?? null;
    this.buffers = buffers ?? [];
    this.children = children ?? [];
    this.dictionary = dictionary;
    this._read = undefined;
  }

  /**
   * A column of these values.
   * @param {Type} type
   * @param {Iterable<unknown>} values
   */
  static from(type, values) {
    if (!(type instanceof Type)) throw new TypeError(`Vector.from: ${show(type)} is not a type of arrowbox-sdk`);
    return build(type, Array.isArray(values) ? values : Array.from(values));
  }

  get nullCount() {
    if (this._nulls === undefined) {
      if (this.type.format === 'n') this._nulls = this.length;
      else if (this._validity === null) this._nulls = 0;
      else this._nulls = zeros(bits(this._validity, this.offset, this.length), this.length);
    }
    return this._nulls;
  }

  /** A bit for each value, set where it is not null, or null if none is. */
  get validity() {
    if (this.type.format === 'n' || this.nullCount === 0) return null;
    return this._validity === null ? null : bits(this._validity, this.offset, this.length);
  }

  isNull(row) {
    if (this._validity !== null) {
      const bit = this.offset + row;
      return ((this._validity[bit >> 3] >> (bit & 7)) & 1) === 0;
    }
    return this.type.format === 'n' || (this.nullCount > 0 && this.get(row) === null);
  }

  /** The value of a row; null for null. */
  get(row) {
    if (!(row >= 0 && row < this.length)) throw new RangeError(`there is no row ${show(row)} in a column of ${this.length}`);
    this._read ??= readerOf(this, this.type);
    return this._read(row);
  }

  /** The same bytes as values of another view of the type, such as `date.date` or `int64.number`. */
  as(type) {
    if (!sameLayout(type, this.type) && !(type.id === this.type.id && (type.id === 'utf8' || type.id === 'binary'))) {
      throw new FunctionError(`the column is ${typeName(this.type)}, and not to be had as ${typeName(type)}`);
    }
    return new Vector({ ...this._parts(), type: this.type.with({ as: type.as, fields: type.fields ?? this.type.fields }) });
  }

  *[Symbol.iterator]() {
    const read = (this._read ??= readerOf(this, this.type));
    for (let row = 0; row < this.length; row++) yield read(row);
  }

  toArray() {
    const read = (this._read ??= readerOf(this, this.type));
    const values = new Array(this.length);
    for (let row = 0; row < this.length; row++) values[row] = read(row);
    return values;
  }

  /**
   * The values where they lie, as a typed array: of numbers, dates and times. Where a value is null, what is there means
   * nothing.
   */
  get values() {
    const Values = arrayOf(this.type.format);
    if (Values === undefined || this.type.dictionary || this.type.format === 'e') {
      throw new FunctionError(`a column of ${typeName(this.type)} has no values that JavaScript has an array of: take \`bytes\` and \`offsets\`, or \`get\``);
    }
    return view(this.buffers[0], Values).subarray(this.offset, this.offset + this.length);
  }

  /** Of text, binary and lists: where the values begin, and where the last one ends. */
  get offsets() {
    const Offsets = { u: Int32Array, z: Int32Array, U: BigInt64Array, Z: BigInt64Array, '+l': Int32Array, '+L': BigInt64Array, '+m': Int32Array }[this.type.format];
    if (Offsets === undefined || this.type.dictionary) throw new FunctionError(`a column of ${typeName(this.type)} has no offsets`);
    if (this.length === 0) return new Offsets(1);
    return view(this.buffers[0], Offsets).subarray(this.offset, this.offset + this.length + 1);
  }

  /** Of text and binary: the bytes of all values. */
  get bytes() {
    if (!'uUzZ'.includes(this.type.format)) throw new FunctionError(`a column of ${typeName(this.type)} has no bytes of all values`);
    return this.buffers[1];
  }

  /** Of a list: the items of all rows, in which `offsets` point. Of a struct, the field of this name. */
  child(name) {
    const index = name === undefined ? 0 : this.type.fields?.findIndex((field) => field.name === name) ?? -1;
    const child = this.children[index];
    if (child === undefined) throw new FunctionError(`a column of ${typeName(this.type)} has no child ${show(name)}`);
    return this.type.id === 'struct' ? child.slice(this.offset, this.length) : child;
  }

  /** Rows from `offset` on, `length` of them or what is left. */
  slice(offset, length = this.length - offset) {
    const start = Math.min(whole(offset, 'the row that a slice begins with'), this.length);
    const rows = Math.max(0, Math.min(length, this.length - start));
    if (start === 0 && rows === this.length) return this;
    const none = this._nulls === 0;
    return new Vector({ ...this._parts(), length: rows, offset: this.offset + start, nullCount: none ? 0 : undefined });
  }

  _parts() {
    return {
      type: this.type, length: this.length, nullCount: this._nulls, validity: this._validity, buffers: this.buffers,
      children: this.children, dictionary: this.dictionary, offset: this.offset,
    };
  }
}

/** One value for `rows` rows. */
export function repeat(vector, rows) {
  if (vector.length === rows) return vector;
  const Values = arrayOf(vector.type.format);
  if (Values !== undefined && !vector.type.dictionary && vector.type.format !== 'e' && vector.nullCount === 0) {
    const values = new Values(rows).fill(vector.values[0]);
    return new Vector({ type: vector.type, length: rows, nullCount: 0, buffers: [new Uint8Array(values.buffer)] });
  }
  return take(vector, new Array(rows).fill(0));
}

/** The rows at these places, of any type: values are read and written again. */
export function take(vector, places) {
  const type = raw(vector.type, 'parts').with({ nullable: true });
  const read = readerOf(vector, type);
  return build(type, places.map((row) => (row === null ? null : read(row))), vector.type);
}

/** Text and binary as a type lays them out: what passes through a function lies as it came. */
export function laidOut(vector, type) {
  const isText = type.id === 'utf8' || type.id === 'binary';
  if (!isText || typeName(vector.type) === typeName(type) || (vector.type.dictionary ?? vector.type).id !== type.id) return vector;
  return build(type.with({ nullable: true }), vector.toArray(), type);
}

/** One after the other, of one type. */
export function concat(vectors) {
  if (vectors.length === 1) return vectors[0];
  const type = raw(vectors[0].type, 'parts').with({ nullable: true });
  const values = [];
  for (const vector of vectors) {
    const read = readerOf(vector, type);
    for (let row = 0; row < vector.length; row++) values.push(read(row));
  }
  return build(type, values, vectors[0].type);
}

const PARTS = ['struct', 'map', 'union'];

/**
 * The type with values as Arrow has them. With `parts` structs are lists of values, maps lists of entries, and what a union
 * has `[child, value]`, so that nothing is lost that JavaScript has not: two fields of one name, a key that stands twice.
 */
export function raw(type, parts) {
  const fields = type.fields?.map(({ name, type: t }) => ({ name, type: raw(t, parts).with({ nullable: true, strictItem: undefined }) }));
  const dictionary = type.dictionary && raw(type.dictionary, parts);
  if (parts && PARTS.includes(type.id) && !dictionary) return type.with({ as: 'parts', fields });
  const as = type.as === 'date' || (type.as === 'number' && (type.format === 'l' || type.format === 'L'))
    ? (arrayOf(type.format) === BigInt64Array || arrayOf(type.format) === BigUint64Array ? 'bigint' : 'number')
    : type.as;
  return type.with({ as, fields, dictionary });
}

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

/** The number that the bits of a float16 mean. */
export function fromHalf(half) {
  const [sign, exponent, fraction] = [half >> 15 ? -1 : 1, (half >> 10) & 31, half & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The bits of the float16 nearest to a number, of two as near the even one. */
export function toHalf(number) {
  float[0] = number;
  const single = floatBits[0];
  const sign = (single >>> 16) & 0x8000;
  const magnitude = Math.abs(number);
  if (Number.isNaN(number)) return sign | 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14);
  if (magnitude < 2 ** -25) return sign;
  const step = 2 ** (exponent - 10);
  let units = magnitude / step;
  const [floor, rest] = [Math.floor(units), units - Math.floor(units)];
  units = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  const value = units * step;
  if (value >= 65520) return sign | 0x7c00;
  const e = Math.max(Math.floor(Math.log2(value)), -14);
  return value < 2 ** -14 ? sign | Math.round(value / 2 ** -24) : sign | ((e + 15) << 10) | Math.round((value / 2 ** e - 1) * 1024);
}

/** A two's complement number of `width` bytes. */
function bigAt(data, position, width) {
  let value = width % 8 === 0 ? data.getBigInt64(position + width - 8, true) : BigInt(data.getInt32(position, true));
  for (let at = width - 16; at >= 0; at -= 8) value = (value << 64n) | data.getBigUint64(position + at, true);
  return value;
}

function safe(value, type) {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new FunctionError(`${value} is no number that JavaScript has exactly: declare ${type.id} in place of ${type.id}.number`);
  }
  return number;
}

/** Ticks as a Date. */
function dateOf(type) {
  const made = (milliseconds, ticks) => {
    const date = new Date(milliseconds);
    if (Number.isNaN(date.getTime())) throw new FunctionError(`${ticks} of ${typeName(type)} is no Date that JavaScript has: declare it without \`.date\``);
    return date;
  };
  if (type.id === 'date') return (days) => made(days * 86400000, days);
  const [multiply, divide] = PER_MILLISECOND[type.unit ?? 'm'];
  if (divide === 1n) return (ticks) => made(Number(ticks * multiply), ticks);
  return (ticks) => {
    const down = ticks / divide;
    return made(Number(ticks % divide < 0n ? down - 1n : down), ticks);
  };
}

/** What reads the value of a row, where it is not null. `as` says what JavaScript is to see. */
function presentReader(vector, as) {
  const { type, offset, buffers, children } = vector;
  const { format } = type;
  if (as.id === 'any') return presentReader(vector, type);
  if (type.dictionary) {
    const values = readerOf(vector.dictionary, as.dictionary ?? as.with({ format: type.dictionary.format }));
    const keys = view(buffers[0], arrayOf(format));
    return (row) => values(Number(keys[offset + row]));
  }
  const Values = arrayOf(format);
  if (Values) {
    const values = view(buffers[0], Values);
    if (format === 'e') return (row) => fromHalf(values[offset + row]);
    if (as.as === 'date') {
      const make = dateOf(type);
      return (row) => make(values[offset + row]);
    }
    if (as.as === 'number' && (Values === BigInt64Array || Values === BigUint64Array)) {
      return (row) => safe(values[offset + row], type);
    }
    return (row) => values[offset + row];
  }
  const data = buffers[0] && new DataView(buffers[0].buffer, buffers[0].byteOffset, buffers[0].byteLength);
  switch (type.id) {
    case 'null':
      return () => null;
    case 'bool':
      return (row) => ((buffers[0][(offset + row) >> 3] >> ((offset + row) & 7)) & 1) === 1;
    case 'utf8': {
      const bytes = bytesReader(vector);
      return (row) => decoder.decode(bytes(row));
    }
    case 'binary': {
      const bytes = bytesReader(vector);
      return (row) => bytes(row).slice();
    }
    case 'fixedSizeBinary':
      return (row) => buffers[0].slice((offset + row) * type.width, (offset + row + 1) * type.width);
    case 'decimal':
      return (row) => bigAt(data, (offset + row) * type.width, type.width);
    case 'intervalDayTime':
      return (row) => ({ days: data.getInt32((offset + row) * 8, true), milliseconds: data.getInt32((offset + row) * 8 + 4, true) });
    case 'intervalMonthDayNano':
      return (row) => {
        const at = (offset + row) * 16;
        return { months: data.getInt32(at, true), days: data.getInt32(at + 4, true), nanoseconds: data.getBigInt64(at + 8, true) };
      };
    case 'list':
    case 'map': {
      const offsets = view(buffers[0], format === '+L' ? BigInt64Array : Int32Array);
      const isMap = type.id === 'map' && as.as !== 'parts';
      const between = isMap ? entriesReader(children[0], as) : itemsReader(children[0], as.fields[0].type);
      return (row) => between(Number(offsets[offset + row]), Number(offsets[offset + row + 1]));
    }
    case 'listView': {
      const Offsets = format === '+vL' ? BigInt64Array : Int32Array;
      const [offsets, sizes] = [view(buffers[0], Offsets), view(buffers[1], Offsets)];
      const between = itemsReader(children[0], as.fields[0].type);
      return (row) => between(Number(offsets[offset + row]), Number(offsets[offset + row]) + Number(sizes[offset + row]));
    }
    case 'fixedSizeList': {
      const between = itemsReader(children[0], as.fields[0].type);
      return (row) => between((offset + row) * type.size, (offset + row + 1) * type.size);
    }
    case 'struct': {
      const fields = type.fields.map(({ name }, index) => [name, fieldReader(children[index], as.fields[index].type, name)]);
      if (as.as === 'parts') return (row) => fields.map(([, read]) => read(offset + row));
      return (row) => {
        const value = {};
        for (const [name, read] of fields) value[name] = read(offset + row);
        return value;
      };
    }
    case 'union': {
      const readers = children.map((child, index) => readerOf(child, as.fields[index].type));
      const ids = new Int8Array(buffers[0].buffer, buffers[0].byteOffset, buffers[0].byteLength);
      const places = type.dense ? view(buffers[1], Int32Array) : undefined;
      const child = (row) => type.ids.indexOf(ids[offset + row]);
      const read = (row, index) => readers[index](places ? places[offset + row] : offset + row);
      return as.as === 'parts' ? (row) => [child(row), read(row, child(row))] : (row) => read(row, child(row));
    }
    case 'runEndEncoded': {
      const ends = Array.from(children[0], Number);
      const values = readerOf(children[1], as.fields[1].type);
      return (row) => values(ends.findIndex((end) => end > offset + row));
    }
    default:
      throw new FunctionError(`a row of ${typeName(type)} can not be read`);
  }
}

/** As {@link readerOf}, of a field that can not be null unless it says so. */
function fieldReader(field, as, name) {
  const read = readerOf(field, as);
  if (as.nullable || field.nullCount === 0) return read;
  return (row) => {
    const value = read(row);
    if (value === null) throw new FunctionError(`the field ${show(name)} of a struct is null: declare nullable(${as.id})`);
    return value;
  };
}

function itemsReader(items, as) {
  const read = readerOf(items, as);
  return (start, end) => {
    const values = new Array(end - start);
    for (let at = start; at < end; at++) {
      const value = read(at);
      if (value === null && as.strictItem) {
        throw new FunctionError(`an item of a list is null: declare list(nullable(${as.id}))`);
      }
      values[at - start] = value;
    }
    return values;
  };
}

function entriesReader(entries, as) {
  const [key, value] = entries.children.map((child, index) => readerOf(child, as.fields[0].type.fields[index].type));
  const { type } = as.fields[0].type.fields[1];
  return (start, end) => {
    const map = new Map();
    for (let at = entries.offset + start; at < entries.offset + end; at++) {
      const of = value(at);
      if (of === null && type.strictItem) throw new FunctionError(`a value of a map is null: declare map(…, nullable(${type.id}))`);
      map.set(key(at), of);
    }
    return map;
  };
}

/** The bytes of a row of text or binary, where they lie. */
export function bytesReader(vector) {
  const { type, offset, buffers } = vector;
  if (type.format[0] === 'v') {
    const lengths = view(buffers[0], Int32Array);
    return (row) => {
      const at = (offset + row) * 4;
      const length = lengths[at];
      if (length <= 12) return buffers[0].subarray(at * 4 + 4, at * 4 + 4 + length);
      return buffers[1 + lengths[at + 2]].subarray(lengths[at + 3], lengths[at + 3] + length);
    };
  }
  const wide = type.format === 'U' || type.format === 'Z';
  const offsets = view(buffers[0], wide ? BigInt64Array : Int32Array);
  return (row) => buffers[1].subarray(Number(offsets[offset + row]), Number(offsets[offset + row + 1]));
}

/** What reads the value of a row, null for null. */
export function readerOf(vector, as) {
  const read = presentReader(vector, as);
  const { _validity: validity, offset } = vector;
  // What is null of a union is null in one of its children.
  if (validity === null || vector.nullCount === 0 || (vector.type.id === 'union' && as.as === 'parts')) return read;
  return (row) => (((validity[(offset + row) >> 3] >> ((offset + row) & 7)) & 1) === 0 ? null : read(row));
}

/** The columns of a batch of the contract, by their fields. */
export function decode(batch, fields) {
  const cursor = { batch, node: 0, buffer: 0, variadic: 0 };
  const columns = [];
  for (let field = 0; field < fields.length; field++) columns.push(decodeOne(cursor, fields[field].type));
  return columns;
}

function short(what) {
  return new FunctionError(`the batch has fewer ${what} than its schema needs`);
}

function nextBytes(cursor) {
  const buffer = cursor.batch.buffers[cursor.buffer++];
  if (buffer === undefined) throw short('buffers');
  return buffer.val;
}

const nextBuffer = (cursor) => local(nextBytes(cursor));

function decodeOne(cursor, type) {
  const node = cursor.batch.nodes[cursor.node++];
  if (node === undefined) throw short('nodes');
  const length = Number(node.length);
  let nullCount = type.id === 'null' ? length : Number(node.nullCount);
  let validity = null;
  if (type.id !== 'null' && type.id !== 'union' && type.id !== 'runEndEncoded') {
    const bitmap = nextBytes(cursor);
    if (bitmap.length === 0 || nullCount === 0) nullCount = 0;
    else validity = local(bitmap);
  } else if (type.id !== 'null') nullCount = 0;
  const buffers = [];
  const children = [];
  let dictionary;
  const { format } = type;
  if (type.dictionary) {
    buffers.push(nextBuffer(cursor));
    dictionary = decodeOne(cursor, type.dictionary);
  } else if (format[0] === 'v') {
    const count = cursor.batch.variadic[cursor.variadic++];
    if (count === undefined) throw short('variadic counts');
    for (let i = 0; i <= Number(count); i++) buffers.push(nextBuffer(cursor));
  } else {
    for (let i = bufferCount(type); i > 0; i--) buffers.push(nextBuffer(cursor));
    if (type.fields !== undefined) for (const field of type.fields) children.push(decodeOne(cursor, field.type));
  }
  return withNulls(new Vector({ type, length, nullCount, validity, buffers, children, dictionary }));
}

/** Where the value is null that a key, a run or an id of a type stands for, the row is null. */
function withNulls(vector) {
  const { type, length, dictionary, children } = vector;
  const inside = dictionary ? [dictionary] : type.id === 'union' ? children : type.id === 'runEndEncoded' ? [children[1]] : [];
  if (inside.every((values) => values.nullCount === 0)) return vector;
  const place = placeReader(vector);
  const validity = vector.validity?.slice() ?? new Uint8Array(Math.ceil(length / 8)).fill(255);
  for (let row = 0; row < length; row++) {
    if ((validity[row >> 3] >> (row & 7) & 1) === 0) continue;
    const [values, at] = place(row);
    if (values.isNull(at)) validity[row >> 3] &= ~(1 << (row & 7));
  }
  return new Vector({ ...vector._parts(), validity, nullCount: undefined });
}

/** Where the value of a row lies: of a dictionary, of runs, of a union. */
function placeReader({ type, buffers, children, dictionary }) {
  if (dictionary) {
    const keys = view(buffers[0], arrayOf(type.format));
    return (row) => [dictionary, Number(keys[row])];
  }
  if (type.id === 'union') {
    const ids = view(buffers[0], Int8Array);
    const places = type.dense ? view(buffers[1], Int32Array) : undefined;
    return (row) => [children[type.ids.indexOf(ids[row])], places ? places[row] : row];
  }
  const ends = Array.from(children[0], Number);
  let run = 0;
  return (row) => {
    while (ends[run] <= row) run++;
    return [children[1], run];
  };
}

/** Buffers behind the validity, of a type that is neither a view nor a dictionary. */
function bufferCount(type) {
  switch (type.id) {
    case 'utf8':
    case 'binary':
    case 'listView':
      return 2;
    case 'union':
      return type.dense ? 2 : 1;
    case 'null':
    case 'struct':
    case 'fixedSizeList':
    case 'runEndEncoded':
      return 0;
    default:
      return 1;
  }
}

/** Columns as the contract wants them. */
export function encode(vectors, rows) {
  const batch = { rows: BigInt(rows), nodes: [], buffers: [], variadic: [] };
  for (const vector of vectors) encodeOne(batch, vector);
  batch.variadic = batch.variadic.length === 0 ? NO_VIEWS : BigUint64Array.from(batch.variadic, BigInt);
  return batch;
}

function encodeOne(batch, vector) {
  const { type, length, offset, buffers, children } = vector;
  const push = (bytes) => batch.buffers.push({ tag: 'bytes', val: bytes });
  if (type.id === 'runEndEncoded' && offset !== 0) return encodeOne(batch, sliceRuns(vector));
  const nullCount = type.id === 'null' ? length : type.id === 'union' || type.id === 'runEndEncoded' ? 0 : vector.nullCount;
  batch.nodes.push({ length: BigInt(length), nullCount: BigInt(nullCount) });
  if (type.id !== 'null' && type.id !== 'union' && type.id !== 'runEndEncoded') {
    const validity = vector.validity;
    push(validity === null ? NOTHING : validity);
  }
  const elements = (bytes, width) => {
    const all = offset === 0 && bytes.length === length * width;
    return all ? bytes : bytes.subarray(offset * width, (offset + length) * width);
  };
  if (type.dictionary) {
    push(elements(buffers[0], arrayOf(type.format).BYTES_PER_ELEMENT));
    return encodeOne(batch, vector.dictionary);
  }
  const Values = arrayOf(type.format);
  if (Values) return void push(elements(buffers[0], Values.BYTES_PER_ELEMENT));
  switch (type.id) {
    case 'null':
      return;
    case 'bool':
      return void push(bits(buffers[0], offset, length));
    case 'utf8':
    case 'binary':
      if (type.format[0] === 'v') {
        push(elements(buffers[0], 16));
        for (const bytes of buffers.slice(1)) push(bytes);
        batch.variadic.push(buffers.length - 1);
        return;
      }
      push(offsetsOf(buffers[0], offset, length, type.format === 'U' || type.format === 'Z' ? 8 : 4));
      return void push(buffers[1]);
    case 'fixedSizeBinary':
    case 'decimal':
      return void push(elements(buffers[0], type.width));
    case 'intervalDayTime':
      return void push(elements(buffers[0], 8));
    case 'intervalMonthDayNano':
      return void push(elements(buffers[0], 16));
    case 'list':
    case 'map':
      push(offsetsOf(buffers[0], offset, length, type.format === '+L' ? 8 : 4));
      return encodeOne(batch, children[0]);
    case 'listView': {
      const width = type.format === '+vL' ? 8 : 4;
      push(elements(buffers[0], width));
      push(elements(buffers[1], width));
      return encodeOne(batch, children[0]);
    }
    case 'fixedSizeList':
      return encodeOne(batch, children[0].slice(offset * type.size, length * type.size));
    case 'struct':
      for (const child of children) encodeOne(batch, child.slice(offset, length));
      return;
    case 'union':
      push(elements(buffers[0], 1));
      if (type.dense) push(elements(buffers[1], 4));
      for (const child of children) encodeOne(batch, type.dense ? child : child.slice(offset, length));
      return;
    case 'runEndEncoded':
      for (const child of children) encodeOne(batch, child);
      return;
    default:
      throw new FunctionError(`a column of ${typeName(type)} can not be passed on`);
  }
}

function offsetsOf(bytes, offset, length, width) {
  return bytes.length === 0 ? new Uint8Array(width) : bytes.subarray(offset * width, (offset + length + 1) * width);
}

function sliceRuns(vector) {
  const { type, offset, length, children } = vector;
  const ends = Array.from(children[0], Number);
  const found = ends.findIndex((end) => end > offset);
  const first = found < 0 ? ends.length : found;
  const last = length === 0 ? first : ends.findIndex((end) => end >= offset + length) + 1;
  const runs = ends.slice(first, last).map((end) => Math.min(end, offset + length) - offset);
  const wide = type.fields[0].type.as === 'bigint';
  const runEnds = build(type.fields[0].type, wide ? runs.map(BigInt) : runs);
  return new Vector({ type, length, nullCount: 0, buffers: [], children: [runEnds, children[1].slice(first, last - first)] });
}
