// From values of JavaScript to columns.

import { FunctionError } from './error.js';
import { arrayOf, PER_MILLISECOND, show, typeName } from './types.js';
import { Vector, toHalf } from './vector.js';

const encoder = new TextEncoder();

/** What a value of a type has to be, in the text of an error. */
export function wanted(type) {
  const what = {
    boolean: 'a boolean', number: 'a number', bigint: 'a bigint', string: 'a string', bytes: 'a Uint8Array', date: 'a Date',
    array: 'an array', map: 'a Map', object: 'an object', null: 'null',
  }[type.as];
  return `${what}${type.nullable && !type.strictItem ? ' or null' : ''} (${type.id}${type.as === 'number' && type.format.toLowerCase() === 'l' ? '.number' : ''})`;
}

/** The least and the greatest integer of a format. */
export const RANGES = {
  c: [-128, 127], C: [0, 255], s: [-32768, 32767], S: [0, 65535], i: [-2147483648, 2147483647], I: [0, 4294967295],
  tdD: [-2147483648, 2147483647], tts: [-2147483648, 2147483647], ttm: [-2147483648, 2147483647], tiM: [-2147483648, 2147483647],
};

/** Why a value is none of a type. */
export function refuse(type, value, what = 'the value') {
  if (value === null || value === undefined) {
    return new FunctionError(`${what} is ${value}, and ${wanted(type)} is declared${type.nullable && !type.strictItem ? '' : ', which is not nullable'}`);
  }
  const fits = { number: 'number', bigint: 'bigint', string: 'string', boolean: 'boolean' }[type.as] === typeof value;
  if (fits) {
    const integer = typeof value === 'bigint' || Number.isInteger(value);
    return new FunctionError(`${what} is ${show(value)}, which ${integer ? 'does not fit' : 'is no integer, and so no'} ${typeName(type)}`);
  }
  return new FunctionError(`${what} is ${show(value)}, and ${wanted(type)} is declared`);
}

/** A column of these values. `wire` is the type that it is to have if it is another, of the same layout. */
export function build(type, values, wire = type) {
  return new Builder(type).addAll(values).finish(wire);
}

/** The validity of values, as far as they were looked at. */
class Nulls {
  constructor() {
    this.bytes = null;
    this.count = 0;
  }

  add(row) {
    const need = (row >> 3) + 1;
    if (this.bytes === null) this.bytes = new Uint8Array(Math.max(64, need * 2)).fill(255);
    else if (this.bytes.length < need) {
      const more = new Uint8Array(need * 2).fill(255);
      more.set(this.bytes);
      this.bytes = more;
    }
    this.bytes[row >> 3] &= ~(1 << (row & 7));
    this.count++;
  }

  finish(length) {
    if (this.count === 0) return null;
    const bytes = new Uint8Array(Math.ceil(length / 8)).fill(255);
    bytes.set(this.bytes.subarray(0, bytes.length));
    return bytes;
  }
}

/** Collects values of one type. */
export class Builder {
  constructor(type) {
    this.type = type;
    this.length = 0;
    this.nulls = new Nulls();
    this.sink = sinkOf(type);
  }

  add(value) {
    if (value === null || value === undefined) {
      if (!this.type.nullable || this.type.strictItem) throw refuse(this.type, value);
      this.nulls.add(this.length);
      this.sink.empty(this.length);
    } else {
      this.sink.add(value, this.length);
    }
    this.length++;
  }

  addAll(values) {
    for (let row = 0; row < values.length; row++) this.add(values[row]);
    return this;
  }

  /** About how many bytes there are in values that differ in length. */
  get bytes() {
    return this.sink.bytes ?? 0;
  }

  finish(wire = this.type) {
    const { length, nulls } = this;
    const made = this.sink.finish(length, wire);
    return new Vector({ type: wire, length, nullCount: wire.format === 'n' ? length : nulls.count, validity: nulls.finish(length), ...made });
  }
}

/** Values of one width, in an array that grows. */
class Fixed {
  constructor(type, convert) {
    this.Values = arrayOf(type.format);
    this.values = new this.Values(64);
    this.convert = convert;
  }

  add(value, row) {
    this.room(row);
    this.values[row] = this.convert(value);
  }

  empty(row) {
    this.room(row);
  }

  room(row) {
    if (row < this.values.length) return;
    const more = new this.Values(this.values.length * 2);
    more.set(this.values);
    this.values = more;
  }

  finish(length) {
    return { buffers: [new Uint8Array(this.values.buffer, 0, length * this.Values.BYTES_PER_ELEMENT)] };
  }
}

/** Values of so many bytes each. */
class Wide {
  constructor(width, write) {
    this.width = width;
    this.write = write;
    this.data = new Uint8Array(64 * width);
    this.at = new DataView(this.data.buffer);
  }

  add(value, row) {
    this.empty(row);
    this.write(this.at, row * this.width, value, this.data);
  }

  empty(row) {
    if ((row + 1) * this.width <= this.data.length) return;
    const more = new Uint8Array(this.data.length * 2);
    more.set(this.data);
    this.data = more;
    this.at = new DataView(more.buffer);
  }

  finish(length) {
    return { buffers: [this.data.subarray(0, length * this.width)] };
  }
}

class Bits {
  constructor(type) {
    this.type = type;
    this.bits = new Uint8Array(64);
  }

  add(value, row) {
    if (typeof value !== 'boolean') throw refuse(this.type, value);
    this.empty(row);
    if (value) this.bits[row >> 3] |= 1 << (row & 7);
  }

  empty(row) {
    if (row >> 3 < this.bits.length) return;
    const more = new Uint8Array(this.bits.length * 2);
    more.set(this.bits);
    this.bits = more;
  }

  finish(length) {
    return { buffers: [this.bits.subarray(0, Math.ceil(length / 8))] };
  }
}

/** Buffers of text: offsets and bytes. `ends` are the sums of the texts' lengths, if they are known. */
export function textBuffers(texts, ends) {
  const { length } = texts;
  const offsets = ends ?? endsOf(texts);
  const bytes = encoder.encode(texts.join(''));
  let end = offsets[length];
  if (end !== bytes.length) {
    // Not all of it is ASCII.
    const scratch = new Uint8Array(bytes.length + 3);
    end = 0;
    for (let row = 0; row < length; row++) {
      end += encoder.encodeInto(texts[row], scratch).written;
      offsets[row + 1] = end;
    }
    // Halves of surrogate pairs at the ends of two texts make one letter when they are joined.
    if (end !== bytes.length) return bytesBuffers(texts.map((text) => encoder.encode(text)));
  }
  return [new Uint8Array(offsets.buffer), bytes];
}

/** Sums of lengths, as JavaScript counts them. */
function endsOf(texts) {
  const ends = new Int32Array(texts.length + 1);
  let end = 0;
  for (let row = 0; row < texts.length; row++) {
    end += texts[row].length;
    ends[row + 1] = end;
  }
  return ends;
}

function bytesBuffers(values) {
  const offsets = new Int32Array(values.length + 1);
  let end = 0;
  values.forEach((value, row) => {
    end += value.length;
    offsets[row + 1] = end;
  });
  const bytes = new Uint8Array(end);
  values.forEach((value, row) => bytes.set(value, offsets[row]));
  return [new Uint8Array(offsets.buffer), bytes];
}

/** Text, in the layout that is asked for. */
class Texts {
  constructor(type) {
    this.type = type;
    this.values = [];
    this.bytes = 0;
  }

  add(value) {
    if (typeof value !== 'string') throw refuse(this.type, value);
    this.values.push(value);
    this.bytes += value.length;
  }

  empty() {
    this.values.push('');
  }

  buffers() {
    return textBuffers(this.values);
  }

  finish(length, wire) {
    if (this.bytes > 0x7fffffff) throw new FunctionError(`${this.bytes} bytes are more than one column of ${typeName(this.type)} can have`);
    const [offsets, bytes] = this.buffers();
    if (wire.format === 'U' || wire.format === 'Z') {
      const wide = BigInt64Array.from(new Int32Array(offsets.buffer), BigInt);
      return { buffers: [new Uint8Array(wide.buffer), bytes] };
    }
    if (wire.format[0] === 'v') return { buffers: [viewsOf(new Int32Array(offsets.buffer), bytes), bytes] };
    return { buffers: [offsets, bytes] };
  }
}

/** Binary, copied as it comes: whoever made the bytes can use their place again. */
class Bytes extends Texts {
  constructor(type) {
    super(type);
    this.data = new Uint8Array(256);
    this.ends = [0];
  }

  add(value) {
    if (!(value instanceof Uint8Array)) throw refuse(this.type, value);
    const end = this.bytes + value.length;
    if (end > this.data.length) {
      const more = new Uint8Array(Math.max(end, this.data.length * 2));
      more.set(this.data.subarray(0, this.bytes));
      this.data = more;
    }
    this.data.set(value, this.bytes);
    this.bytes = end;
    this.ends.push(end);
  }

  empty() {
    this.ends.push(this.bytes);
  }

  buffers() {
    return [new Uint8Array(Int32Array.from(this.ends).buffer), this.data.subarray(0, this.bytes)];
  }
}

function viewsOf(offsets, bytes) {
  const views = new Uint8Array((offsets.length - 1) * 16);
  const words = new Int32Array(views.buffer);
  for (let row = 0; row + 1 < offsets.length; row++) {
    const [start, end] = [offsets[row], offsets[row + 1]];
    words[row * 4] = end - start;
    views.set(bytes.subarray(start, Math.min(end, start + (end - start <= 12 ? 12 : 4))), row * 16 + 4);
    if (end - start > 12) words[row * 4 + 3] = start;
  }
  return views;
}

/** Lists and maps: offsets, and items. */
class Lists {
  constructor(type) {
    this.type = type;
    this.ends = [0];
    this.items = new Builder(type.fields[0].type);
  }

  get bytes() {
    return this.items.bytes + this.items.length * 8;
  }

  add(value) {
    const { type, items } = this;
    if (type.id === 'map' && type.as !== 'parts') {
      const entries = value instanceof Map ? value : undefined;
      if (!entries) throw refuse(type, value);
      for (const [key, of] of entries) items.add({ key, value: of });
    } else {
      if (!Array.isArray(value) && (!ArrayBuffer.isView(value) || value instanceof DataView)) throw refuse(type, value);
      if (type.id === 'fixedSizeList' && value.length !== type.size) {
        throw new FunctionError(`a list of ${value.length} is none of ${typeName(type)}`);
      }
      items.addAll(value);
    }
    this.ends.push(items.length);
  }

  empty() {
    const { type, items } = this;
    if (type.id === 'fixedSizeList') {
      const filler = new Array(type.size).fill(null);
      for (const _ of filler) {
        items.nulls.add(items.length);
        items.sink.empty(items.length);
        items.length++;
      }
    }
    this.ends.push(items.length);
  }

  finish(length, wire) {
    const children = [this.items.finish(wire.fields[0].type)];
    if (wire.id === 'fixedSizeList') return { children };
    const Offsets = wire.format === '+L' || wire.format === '+vL' ? BigInt64Array : Int32Array;
    const convert = Offsets === BigInt64Array ? BigInt : Number;
    if (wire.id === 'listView') {
      const starts = Offsets.from(this.ends.slice(0, -1), convert);
      const sizes = Offsets.from(this.ends.slice(1), (end, row) => convert(end - this.ends[row]));
      return { buffers: [new Uint8Array(starts.buffer), new Uint8Array(sizes.buffer)], children };
    }
    return { buffers: [new Uint8Array(Offsets.from(this.ends, convert).buffer)], children };
  }
}

/** Whether a value can have fields: what has items in their place has none. */
export const isRecord = (value) => !Array.isArray(value) && !(value instanceof Map) && !ArrayBuffer.isView(value);

class Structs {
  constructor(type) {
    this.type = type;
    this.fields = type.fields.map(({ name, type: t }) => [name, new Builder(t)]);
  }

  get bytes() {
    return this.fields.reduce((sum, [, field]) => sum + field.bytes, 0);
  }

  add(value) {
    if (this.type.as === 'parts') return this.fields.forEach(([, field], index) => field.add(value[index]));
    if (typeof value !== 'object') throw refuse(this.type, value);
    for (const [name, field] of this.fields) {
      const of = value[name];
      if (of === undefined && !isRecord(value)) throw refuse(this.type, value);
      try {
        field.add(of);
      } catch (error) {
        if (error instanceof FunctionError) error.message = error.message.replace(/^the value/, `the value of ${show(name)}`);
        throw error;
      }
    }
    return undefined;
  }

  empty() {
    for (const [, field] of this.fields) {
      // Below a null there is a value that nobody looks at.
      if (field.type.nullable) field.nulls.add(field.length);
      field.sink.empty(field.length);
      field.length++;
    }
  }

  finish(length, wire) {
    return { children: this.fields.map(([, field], index) => field.finish(wire.fields[index].type)) };
  }
}

/** Values beside keys of a dictionary. */
class Dictionary {
  constructor(type) {
    this.type = type;
    this.keys = [];
    this.known = new Map();
    this.values = new Builder(type.dictionary.with({ nullable: true }));
  }

  add(value) {
    const same = sameness(value);
    let key = this.known.get(same);
    if (key === undefined) {
      key = this.values.length;
      this.values.add(value);
      this.known.set(same, key);
    }
    this.keys.push(key);
  }

  empty() {
    this.keys.push(0);
  }

  finish(length, wire) {
    const Keys = arrayOf(wire.format);
    const most = RANGES[wire.format]?.[1] ?? Infinity;
    if (this.values.length - 1 > most) {
      throw new FunctionError(`${this.values.length} different values are more than a dictionary can have whose keys are at most ${most}`);
    }
    const keys = Keys.from(this.keys, Keys === BigInt64Array || Keys === BigUint64Array ? BigInt : Number);
    return { buffers: [new Uint8Array(keys.buffer)], dictionary: this.values.finish(wire.dictionary) };
  }
}

/** What is the same for values that are: in a Map 0 is -0, and each object is another. */
function sameness(value) {
  if (value instanceof Uint8Array) return value.join();
  if (Object.is(value, -0)) return '-0';
  if (value === null || typeof value !== 'object') return value;
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : typeof part === 'number' ? `${Object.is(part, -0) ? '-0' : part}` : part));
}

/** Values of several types, as `[child, value]`. */
class Unions {
  constructor(type) {
    this.type = type;
    this.ids = [];
    this.places = [];
    this.children = type.fields.map((field) => new Builder(field.type));
  }

  get bytes() {
    return this.children.reduce((sum, child) => sum + child.bytes, 0);
  }

  add([index, value]) {
    const { children, type } = this;
    this.ids.push(type.ids[index]);
    this.places.push(children[index].length);
    if (type.dense) children[index].add(value);
    else children.forEach((child, at) => child.add(at === index ? value : null));
  }

  empty() {
    this.add([0, null]);
  }

  finish(length, wire) {
    const ids = new Uint8Array(Int8Array.from(this.ids).buffer);
    const places = new Uint8Array(Int32Array.from(this.places).buffer);
    return { buffers: this.type.dense ? [ids, places] : [ids], children: this.children.map((child, index) => child.finish(wire.fields[index].type)) };
  }
}

/** Values that stand for the rows up to their ends. */
class Runs {
  constructor(type) {
    const [ends, values] = type.fields;
    this.ends = new Builder(ends.type);
    this.convert = ends.type.as === 'bigint' ? BigInt : Number;
    this.values = new Builder(values.type.with({ nullable: true }));
    this.end = 0;
    this.last = undefined;
  }

  get bytes() {
    return this.values.bytes;
  }

  add(value) {
    if (this.end > 0 && !Object.is(value, this.last)) this.close();
    this.last = value;
    this.end++;
  }

  empty() {
    this.add(null);
  }

  close() {
    this.ends.add(this.convert(this.end));
    this.values.add(this.last);
  }

  finish(length, wire) {
    if (this.end > 0) this.close();
    return { children: [this.ends.finish(wire.fields[0].type), this.values.finish(wire.fields[1].type)] };
  }
}

class Nothing {
  add(value) {
    throw new FunctionError(`the value is ${show(value)}, and null is declared`);
  }

  empty() {}

  finish() {
    return {};
  }
}

/** What makes a value of a format of one width of what JavaScript has. */
export function converter(type) {
  const { format, as } = type;
  const Values = arrayOf(format);
  const bigint = Values === BigInt64Array || Values === BigUint64Array;
  if (as === 'date') {
    const ticks = ticksOf(type);
    return (value) => {
      if (!(value instanceof Date)) throw refuse(type, value);
      if (Number.isNaN(value.getTime())) throw new FunctionError('the value is an invalid Date');
      const made = ticks(value.getTime());
      if (typeof made === 'bigint' && BigInt.asIntN(64, made) !== made) throw new FunctionError(`the value is ${value.toISOString()}, which does not fit ${typeName(type)}`);
      return made;
    };
  }
  if (bigint) {
    const fit = Values === BigInt64Array ? BigInt.asIntN : BigInt.asUintN;
    return (value) => {
      let exact = value;
      if (as === 'number') {
        if (typeof value !== 'number' || !Number.isInteger(value)) throw refuse(type, value);
        exact = BigInt(value);
      }
      if (typeof exact !== 'bigint' || fit(64, exact) !== exact) throw refuse(type, value);
      return exact;
    };
  }
  if (RANGES[format]) {
    const [least, most] = RANGES[format];
    return (value) => {
      if (!Number.isInteger(value) || value < least || value > most) throw refuse(type, value);
      return value;
    };
  }
  return (value) => {
    if (typeof value !== 'number') throw refuse(type, value);
    return format === 'e' ? toHalf(value) : value;
  };
}

function ticksOf(type) {
  if (type.id === 'date') return (milliseconds) => Math.floor(milliseconds / 86400000);
  const [multiply, divide] = PER_MILLISECOND[type.unit ?? 'm'];
  return (milliseconds) => (divide === 1n && multiply !== 1n ? BigInt(Math.floor(milliseconds / Number(multiply))) : BigInt(Math.floor(milliseconds)) * divide);
}

function sinkOf(type) {
  if (type.dictionary) return new Dictionary(type);
  if (arrayOf(type.format)) return new Fixed(type, converter(type));
  switch (type.id) {
    case 'bool':
      return new Bits(type);
    case 'utf8':
      return new Texts(type);
    case 'binary':
      return new Bytes(type);
    case 'list':
    case 'listView':
    case 'fixedSizeList':
    case 'map':
      return new Lists(type);
    case 'struct':
      return new Structs(type);
    case 'runEndEncoded':
      return new Runs(type);
    case 'null':
      return new Nothing();
    case 'decimal':
      return new Wide(type.width, (at, position, value) => writeDecimal(type, at, position, value));
    case 'fixedSizeBinary':
      return new Wide(type.width, (_, position, value, data) => {
        if (!(value instanceof Uint8Array) || value.length !== type.width) throw refuse(type, value);
        data.set(value, position);
      });
    case 'intervalDayTime':
      return new Wide(8, (at, position, value) => {
        at.setInt32(position, part(type, value, 'days'), true);
        at.setInt32(position + 4, part(type, value, 'milliseconds'), true);
      });
    case 'intervalMonthDayNano':
      return new Wide(16, (at, position, value) => {
        at.setInt32(position, part(type, value, 'months'), true);
        at.setInt32(position + 4, part(type, value, 'days'), true);
        const { nanoseconds } = value;
        if (typeof nanoseconds !== 'bigint' || BigInt.asIntN(64, nanoseconds) !== nanoseconds) {
          throw new FunctionError(`the value has ${show(nanoseconds)} as nanoseconds, and a bigint of 64 bits is declared (${type.id})`);
        }
        at.setBigInt64(position + 8, nanoseconds, true);
      });
    default:
      if (type.id === 'union' && type.as === 'parts') return new Unions(type);
      throw new FunctionError(`a column of ${typeName(type)} can not be made of values`);
  }
}

/** A part of an interval. */
function part(type, value, name) {
  if (typeof value !== 'object') throw refuse(type, value);
  if (!Number.isInteger(value[name]) || value[name] !== (value[name] | 0)) throw new FunctionError(`the value has ${show(value[name])} as ${name}, and an integer of 32 bits is declared (${type.id})`);
  return value[name];
}

function writeDecimal(type, at, position, value) {
  if (typeof value !== 'bigint') throw refuse(type, value);
  const most = 10n ** BigInt(type.precision);
  if (value >= most || value <= -most) throw new FunctionError(`the value is ${value}, which has more digits than ${typeName(type)}`);
  if (type.width === 4) return at.setInt32(position, Number(value), true);
  let rest = value;
  for (let byte = 0; byte < type.width; byte += 8) {
    at.setBigInt64(position + byte, BigInt.asIntN(64, rest), true);
    rest >>= 64n;
  }
  return undefined;
}
