// The types of values: what stands in `args` and `returns`.
//
// A type says how Arrow lays its values out (`format`, as the Arrow C Data Interface writes it) and what
// JavaScript sees of them (`as`).

import { FunctionError } from './error.js';

const ARRAYS = {
  c: Int8Array, C: Uint8Array, s: Int16Array, S: Uint16Array, i: Int32Array, I: Uint32Array,
  l: BigInt64Array, L: BigUint64Array, e: Uint16Array, f: Float32Array, g: Float64Array,
  tdD: Int32Array, tdm: BigInt64Array, tts: Int32Array, ttm: Int32Array, ttu: BigInt64Array, ttn: BigInt64Array,
  tDs: BigInt64Array, tDm: BigInt64Array, tDu: BigInt64Array, tDn: BigInt64Array, tiM: Int32Array,
};

/** The typed array that values of a format lie in, if they are of one width that JavaScript has. */
export const arrayOf = (format) => ARRAYS[format] ?? (format.startsWith('ts') ? BigInt64Array : undefined);

/** One type. Types are never changed; {@link nullable} and the like make others. */
export class Type {
  constructor(id, format, more) {
    this.id = id;
    this.format = format;
    /** What JavaScript sees: `number`, `bigint`, `date`, … */
    this.as = undefined;
    this.nullable = false;
    /** Of nested types: `{ name, type }`, where the type says whether it is nullable. */
    this.fields = undefined;
    /** Of a dictionary: the type of its values. */
    this.dictionary = undefined;
    this.metadata = undefined;
    this.flags = undefined;
    Object.assign(this, more);
  }

  with(more) {
    return Object.assign(Object.create(Type.prototype), this, more);
  }

  /** As people write it. */
  toString() {
    return typeName(this);
  }
}

const UNITS = { s: 's', ms: 'm', us: 'u', µs: 'u', ns: 'n' };
const UNIT_NAMES = { s: 's', m: 'ms', u: 'µs', n: 'ns' };

/** Ticks of a millisecond, as `[multiply, divide]`. */
export const PER_MILLISECOND = { s: [1000n, 1n], m: [1n, 1n], u: [1n, 1000n], n: [1n, 1000000n] };

function unit(name, text) {
  const found = UNITS[text];
  if (found === undefined) throw new TypeError(`${name}: the units are 's', 'ms', 'us' and 'ns', not ${String(text)}`);
  return found;
}

function check(name, type) {
  if (!(type instanceof Type)) throw new TypeError(`${name}: ${show(type)} is not a type of arrowbox-sdk`);
  return type;
}

function sizeOf(name, size) {
  if (!Number.isInteger(size) || size < 0 || size > 0x7fffffff) throw new TypeError(`${name}: the size is a number of 31 bits, not ${show(size)}`);
}

/** A value in the text of an error. */
export function show(value) {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60).replace(/[\ud800-\udbff]$/, '')}…` : value);
  if (typeof value === 'function') return `the function ${value.name || '(without a name)'}`;
  if (value === null || typeof value !== 'object') return String(value);
  const name = value.constructor?.name;
  return name === undefined || name === 'Object' ? 'an object' : `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
}

/** A number of rows or bytes, or where some begin. */
export function whole(value, what) {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new FunctionError(`${what} is ${show(value)}, and a whole number from 0 on is wanted`);
}

const variant = (type, name, as) => Object.defineProperty(type, name, { value: type.with({ as }) });
const simple = (id, format, as) => new Type(id, format, { as });
/** 64 bits are a bigint; as `.number` they are a number, and what is none exactly is an error. */
const wide = (id, format) => variant(simple(id, format, 'bigint'), 'number', 'number');

export const bool = simple('bool', 'b', 'boolean');
export const int8 = simple('int8', 'c', 'number');
export const int16 = simple('int16', 's', 'number');
export const int32 = simple('int32', 'i', 'number');
export const int64 = wide('int64', 'l');
export const uint8 = simple('uint8', 'C', 'number');
export const uint16 = simple('uint16', 'S', 'number');
export const uint32 = simple('uint32', 'I', 'number');
export const uint64 = wide('uint64', 'L');
export const float16 = simple('float16', 'e', 'number');
export const float32 = simple('float32', 'f', 'number');
export const float64 = simple('float64', 'g', 'number');
export const utf8 = simple('utf8', 'u', 'string');
export const binary = simple('binary', 'z', 'bytes');
/** Days since 1970-01-01, or as `.date` a Date. */
export const date = variant(simple('date', 'tdD', 'number'), 'date', 'date');
/** Milliseconds since 1970-01-01, or as `.date` a Date. */
export const dateMillis = variant(simple('dateMillis', 'tdm', 'bigint'), 'date', 'date');
export const intervalYearMonth = simple('intervalYearMonth', 'tiM', 'number');
export const intervalDayTime = simple('intervalDayTime', 'tiD', 'object');
export const intervalMonthDayNano = simple('intervalMonthDayNano', 'tin', 'object');
/** The type of values that are all null. */
export const nothing = simple('null', 'n', 'null');
/** Any type: of arguments only, and of vectors and columns, not of rows. */
export const any = simple('any', '*', 'any');

/** A point in time: ticks since 1970-01-01T00:00:00 as a bigint, or as `.date` a Date. */
export function timestamp(of = 'us', zone) {
  const u = unit('timestamp', of);
  if (zone !== undefined && typeof zone !== 'string') throw new TypeError(`timestamp: the zone is a text such as 'UTC', not ${show(zone)}`);
  const type = new Type('timestamp', `ts${u}:${zone ?? ''}`, { as: 'bigint', unit: u, zone });
  return variant(type, 'date', 'date');
}

/** A time of day: ticks since midnight. */
export function time(of = 'us') {
  const u = unit('time', of);
  return new Type('time', `tt${u}`, { as: u === 's' || u === 'm' ? 'number' : 'bigint', unit: u });
}

/** A length of time, in ticks. */
export function duration(of = 'us') {
  const u = unit('duration', of);
  return new Type('duration', `tD${u}`, { as: 'bigint', unit: u });
}

/** A decimal number without its point, as a bigint: `12.30` of `decimal(4, 2)` is `1230n`. */
export function decimal(precision, scale = 0, bits = 128) {
  const most = { 32: 9, 64: 18, 128: 38, 256: 76 }[bits];
  if (most === undefined) throw new TypeError(`decimal: there are 32, 64, 128 and 256 bits, not ${show(bits)}`);
  if (!Number.isInteger(precision) || precision < 1 || precision > most || !Number.isInteger(scale) || scale < -128 || scale > precision) {
    throw new TypeError(`decimal: ${show(precision)} digits with ${show(scale)} behind the point do not fit ${bits} bits`);
  }
  const format = `d:${precision},${scale}${bits === 128 ? '' : `,${bits}`}`;
  return new Type('decimal', format, { as: 'bigint', precision, scale, width: bits / 8 });
}

export function list(item) {
  return new Type('list', '+l', { as: 'array', fields: [{ name: 'item', type: nullableItem('list', item) }] });
}

export function fixedSizeList(item, size) {
  sizeOf('fixedSizeList', size);
  const fields = [{ name: 'item', type: nullableItem('fixedSizeList', item) }];
  return new Type('fixedSizeList', `+w:${size}`, { as: 'array', fields, size });
}

export function fixedSizeBinary(width) {
  sizeOf('fixedSizeBinary', width);
  return new Type('fixedSizeBinary', `w:${width}`, { as: 'bytes', width });
}

/** An object with a value for each field. */
export function struct(fields) {
  return new Type('struct', '+s', { as: 'object', fields: fieldsOf('struct', fields) });
}

/** A Map. */
export function map(key, value) {
  check('map', key);
  const entries = new Type('struct', '+s', {
    as: 'object',
    fields: [{ name: 'key', type: key.with({ nullable: false }) }, { name: 'value', type: nullableItem('map', value) }],
  });
  return new Type('map', '+m', { as: 'map', fields: [{ name: 'entries', type: entries }] });
}

/** The engine's lists have items that can be null, and it casts between types that differ in that. */
function nullableItem(name, type) {
  check(name, type);
  return type.nullable ? type : type.with({ nullable: true, strictItem: true });
}

/** A value that can be null: as an argument the function sees null, as a result it can return it. */
export function nullable(type) {
  check('nullable', type);
  return type.with({ nullable: true, strictItem: undefined });
}

/** `{ name: type }` as a list. */
export function fieldsOf(what, fields) {
  if (fields === null || typeof fields !== 'object' || fields instanceof Type) {
    throw new TypeError(`${what}: names with types are wanted, as in { x: int64 }, not ${show(fields)}`);
  }
  return Object.entries(fields).map(([name, type]) => ({ name, type: check(`${what}: ${name}`, type) }));
}

const NAMES = {
  n: 'Null', b: 'Boolean', c: 'Int8', s: 'Int16', i: 'Int32', l: 'Int64', C: 'UInt8', S: 'UInt16', I: 'UInt32', L: 'UInt64',
  e: 'Float16', f: 'Float32', g: 'Float64', u: 'Utf8', U: 'LargeUtf8', vu: 'Utf8View', z: 'Binary', Z: 'LargeBinary',
  vz: 'BinaryView', tdD: 'Date32', tdm: 'Date64', tiM: 'Interval(YearMonth)', tiD: 'Interval(DayTime)',
  tin: 'Interval(MonthDayNano)', '*': 'any type', '*u': 'text', '*z': 'binary',
};

/** As the engine writes it. */
export function typeName(type) {
  const { format } = type;
  if (type.dictionary) return `Dictionary(${NAMES[format]}, ${typeName(type.dictionary)})`;
  if (NAMES[format]) return NAMES[format];
  const field = (index) => typeName(type.fields[index].type);
  switch (type.id) {
    case 'timestamp':
      return type.zone ? `Timestamp(${UNIT_NAMES[type.unit]}, "${type.zone}")` : `Timestamp(${UNIT_NAMES[type.unit]})`;
    case 'time':
      return `Time${type.unit === 's' || type.unit === 'm' ? 32 : 64}(${UNIT_NAMES[type.unit]})`;
    case 'duration':
      return `Duration(${UNIT_NAMES[type.unit]})`;
    case 'decimal':
      return `Decimal${type.width * 8}(${type.precision}, ${type.scale})`;
    case 'fixedSizeBinary':
      return `FixedSizeBinary(${type.width})`;
    case 'list':
      return `${format === '+L' ? 'Large' : ''}List(${field(0)})`;
    case 'listView':
      return `${format === '+vL' ? 'Large' : ''}ListView(${field(0)})`;
    case 'fixedSizeList':
      return `FixedSizeList(${type.size} x ${field(0)})`;
    case 'struct':
      return `Struct(${type.fields.map(({ name, type: t }) => `"${name}": ${typeName(t)}`).join(', ')})`;
    case 'map':
      return `Map(${field(0)})`;
    case 'union':
      return `Union(${type.fields.map(({ name, type: t }) => `"${name}": ${typeName(t)}`).join(', ')})`;
    case 'runEndEncoded':
      return `RunEndEncoded(${field(0)}, ${field(1)})`;
    default:
      return format;
  }
}

/** Whether both lay their values out in the same way: names of fields and nulls aside. */
export function sameLayout(a, b) {
  if (a.format !== b.format) return false;
  if (Boolean(a.dictionary) !== Boolean(b.dictionary)) return false;
  if (a.dictionary && !sameLayout(a.dictionary, b.dictionary)) return false;
  const [x, y] = [a.fields ?? [], b.fields ?? []];
  return x.length === y.length && x.every((field, index) =>
    sameLayout(field.type, y[index].type) && (a.id !== 'struct' || field.name === y[index].name));
}

const isText = (format) => format === 'u' || format === 'U' || format === 'vu';
const isBinary = (format) => format === 'z' || format === 'Z' || format === 'vz';

/** Whether a column of `given` can be passed where `wanted` is declared. */
export function accepts(wanted, given) {
  const values = given.dictionary ?? given;
  switch (wanted.id) {
    case 'any':
      return true;
    case 'utf8':
      return isText(values.format);
    case 'binary':
      return isBinary(values.format);
    default:
      return sameLayout(wanted, given);
  }
}
