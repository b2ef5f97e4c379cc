// The loop over the rows of a batch.
//
// It is written for the types of a function and the layouts of a batch, and made with `Function`: values are read where
// they lie and written to where they stay, and nothing is allocated for a row but what the types themselves are
// (bigints, strings). The build makes and warms the usual loops, so that they lie in the component ready to run.

import { FunctionError, atRow } from './error.js';
import { arrayOf } from './types.js';
import { Builder, refuse, textBuffers, converter } from './builder.js';
import { Vector, raw, readerOf, view, zeros } from './vector.js';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Columns of one row each in a batch of more rows stand for all of them. */
export const isConstant = (vector, rows) => rows !== 1 && vector.length === 1;

const NATURAL = { Int8Array: 'number', BigInt64Array: 'bigint', BigUint64Array: 'bigint' };

/** Whether JavaScript sees what lies in the buffer. */
function isDirect(type) {
  const Values = arrayOf(type.format);
  return Values !== undefined && !type.dictionary && type.format !== 'e' && type.as === (NATURAL[Values.name] ?? 'number');
}

/** Rows from which on text is read through a {@link Desk}. */
const MANY = 64;

/** The longest text that is read through a desk, in bytes. */
const SHORT = 255;

/**
 * Where short texts are put before they are decoded: there are views of all lengths on it, so that none is made for a
 * row.
 */
class Desk {
  constructor() {
    this.place(0);
  }

  place(length) {
    this.bytes = new Uint8Array(SHORT + 1 + Math.max(length, 1 << 16));
    this.views = new Array(SHORT + 1).fill(undefined);
  }

  /** The bytes of a column behind the place for one text. */
  lay(bytes) {
    if (bytes.length + SHORT + 1 > this.bytes.length) this.place(bytes.length * 2);
    this.bytes.set(bytes, SHORT + 1);
    const { buffer } = this.bytes;
    const { views } = this;
    return { bytes: this.bytes, views, view: (length) => (views[length] = new Uint8Array(buffer, 0, length)) };
  }
}

/** What JavaScript sees of values that a function can change. */
const CHANGEABLE = ['array', 'object', 'map', 'bytes', 'date', 'any'];

/**
 * How an argument is read: `key` tells layouts apart, and `values` are what the loop needs. `names`, what the loop calls
 * those, and `read`, what sets `v<k>` in row `i`, or `value`, an expression of it, are asked for when a loop is made.
 */
function access(type, vector, rows, k, desks) {
  const nulls = type.nullable && vector.nullCount > 0;
  if (isConstant(vector, rows)) {
    const read = nulls ? () => null : readerOf(vector, type);
    // Each row has a value of its own, as it has of a column.
    if (!nulls && CHANGEABLE.includes(type.as)) return { key: 'K', values: [read], names: () => [`c${k}`], value: () => `c${k}(0)` };
    return { key: 'k', values: [read(0)], names: () => [`v${k}`], value: () => `v${k}` };
  }
  const made = (key, values, names, read, value) => {
    if (!nulls) return { key, values, names, read: () => `let v${k}; ${read()}`, value };
    values.push(vector._validity);
    const isNull = `(n${k}[i >> 3] >> (i & 7) & 1) === 0`;
    return { key: `${key}?`, values, names: () => [...names(), `n${k}`], read: () => `let v${k} = null; if (!(${isNull})) { ${read()} }` };
  };
  const layout = vector.type;
  if (vector.offset === 0 && layout.dictionary === undefined) {
    const simply = (key, values, value) => made(key, [values], () => [`x${k}`], () => `v${k} = ${value()};`, value);
    if (isDirect(type)) return simply('d', view(vector.buffers[0], arrayOf(type.format)), () => `x${k}[i]`);
    if (type.as === 'number' && (type.format === 'l' || type.format === 'L')) {
      let reader;
      const wide = (row) => (reader ??= readerOf(new Vector({ ...vector._parts(), nullCount: 0, validity: null }), type))(row);
      const isWide = () => (type.format === 'l' ? `x${k}[p${k} + 1] !== v${k} >> 31` : `(x${k}[p${k} + 1] | v${k} >> 31) !== 0`);
      return made('w', [view(vector.buffers[0], Int32Array), wide], () => [`x${k}`, `w${k}`],
        () => `const p${k} = i + i; v${k} = x${k}[p${k}]; if (${isWide()}) v${k} = w${k}(i);`);
    }
    if (type.id === 'bool') return simply('b', vector.buffers[0], () => `(x${k}[i >> 3] >> (i & 7) & 1) === 1`);
    if (type.id === 'utf8' && layout.format === 'u') {
      const bytes = vector.buffers[1];
      const offsets = view(vector.buffers[0], Int32Array);
      if (rows < MANY) {
        return made('t', [decoder, offsets, bytes.buffer, bytes.byteOffset], () => ['decoder', `o${k}`, `x${k}`, `s${k}`],
          () => `v${k} = decoder.decode(new Uint8Array(x${k}, s${k} + o${k}[i], o${k}[i + 1] - o${k}[i]));`);
      }
      desks[k] ??= new Desk();
      const desk = desks[k].lay(bytes);
      const long = (row) => decoder.decode(bytes.subarray(offsets[row], offsets[row + 1]));
      return made('T', [decoder, offsets, desk.bytes, desk.views, desk.view, long], () => ['decoder', `o${k}`, `x${k}`, `y${k}`, `z${k}`, `w${k}`],
        () => `const b${k} = o${k}[i], l${k} = o${k}[i + 1] - b${k}; if (l${k} > ${SHORT}) v${k} = w${k}(i); `
        + `else { x${k}.copyWithin(0, b${k} + ${SHORT + 1}, b${k} + l${k} + ${SHORT + 1}); v${k} = decoder.decode(y${k}[l${k}] ?? z${k}(l${k})); }`);
    }
  }
  const read = readerOf(type.nullable ? vector : new Vector({ ...vector._parts(), nullCount: 0, validity: null }), type);
  return { key: 'g', values: [read], names: () => [`g${k}`], value: () => `g${k}(i)` };
}

/** The rows in which no argument is null that must not be: bits, null for all, false for none. */
export function strictRows(types, vectors, rows) {
  let mask = null;
  for (let k = 0; k < vectors.length; k++) {
    const type = types[Math.min(k, types.length - 1)];
    const vector = vectors[k];
    if (type.nullable || vector.nullCount === 0) continue;
    if (isConstant(vector, rows) || vector.type.format === 'n') return false;
    const valid = vector.validity;
    if (mask === null) mask = valid.slice(0, Math.ceil(rows / 8));
    else for (let i = 0; i < mask.length; i++) mask[i] &= valid[i];
  }
  return mask;
}

/** What an integer of at most 32 bits is the same as. */
const INTEGERS = {
  c: '(r << 24 >> 24)', s: '(r << 16 >> 16)', i: '(r | 0)', C: '(r & 255)', S: '(r & 65535)', I: '(r >>> 0)', tdD: '(r | 0)', tts: '(r | 0)',
  ttm: '(r | 0)', tiM: '(r | 0)',
};

/**
 * Where results go, for one type: `store` takes the result `r` of row `i`, into the `o` that `open` makes, and the ends of
 * texts into `p`. `column` makes buffers of that; it is told whether every row has a result. Undefined for types whose
 * values a builder takes.
 */
function sinkOf(type) {
  const { format } = type;
  const Values = arrayOf(format);
  if (type.dictionary) return undefined;
  if (Values && format !== 'e' && type.as !== 'date') {
    const sink = (key, store, Words) => ({
      key, store, isFixed: true,
      open(rows) {
        const values = new Values(rows);
        return { o: Words ? new Words(values.buffer) : values, values };
      },
      column: ({ values }) => [new Uint8Array(values.buffer)],
    });
    if (Values !== BigInt64Array && Values !== BigUint64Array) {
      const test = INTEGERS[format] ? `r !== ${INTEGERS[format]}` : "typeof r !== 'number'";
      return sink(format, `if (${test}) { slow(r, i); continue; } o[i] = r;`);
    }
    // What is written is not read again to see whether it fits: that would make one more bigint.
    if (type.as === 'bigint') {
      const [least, most] = format === 'L' ? ['0n', `${2n ** 64n - 1n}n`] : [`-${2n ** 63n}n`, `${2n ** 63n - 1n}n`];
      return sink(format, `if (typeof r !== 'bigint' || r > ${most} || r < ${least}) { slow(r, i); continue; } o[i] = r;`);
    }
    if (format === 'L') return sink('N', 'if (r !== (r >>> 0)) { slow(r, i); continue; } o[i + i] = r;', Int32Array);
    return sink('n', 'if (r !== (r | 0)) { slow(r, i); continue; } const q = i + i; o[q] = r; o[q + 1] = r >> 31;', Int32Array);
  }
  if (type.id === 'bool') {
    const store = 'if (r === true) o[i >> 3] |= 1 << (i & 7); else if (r !== false) slow(r, i);';
    return { key: 'b', store, open: (rows) => ({ o: new Uint8Array(Math.ceil(rows / 8)) }), column: ({ o }) => [o] };
  }
  if (type.id === 'utf8' && format === 'u') {
    const store = "if (typeof r !== 'string') { slow(r, i); continue; } o[i] = r; e += r.length; p[i + 1] = e;";
    const open = (rows) => ({ o: new Array(rows).fill(''), p: new Int32Array(rows + 1) });
    return { key: 't', store, open, column: ({ o, p }, whole) => textBuffers(o, whole ? p : undefined) };
  }
  return undefined;
}

/** A result that the loop does not take at once: null, one of another type, or one that needs a second look. */
function slowly(type, sink, { values }, nulls) {
  return (value, row) => {
    if (value === null || value === undefined) {
      if (!type.nullable) throw refuse(type, value, 'the result');
      nulls.add(row);
      return;
    }
    if (!sink.isFixed) throw refuse(type, value, 'the result');
    values[row] = named(() => converter(type)(value));
  };
}

function named(convert) {
  try {
    return convert();
  } catch (error) {
    if (error instanceof FunctionError) error.message = error.message.replace(/^the value/, 'the result');
    throw error;
  }
}

/** Loops of one function, by the layouts that they are for. */
export class Loops {
  /** `call` is the expression of a call, with `ARGUMENTS` in it. `given` are names of what it needs. */
  constructor(types, returns, call = 'f(ARGUMENTS)', given = ['f']) {
    this.types = types;
    this.returns = returns;
    this.call = call;
    this.given = given;
    this.sink = returns && sinkOf(returns);
    this.made = new Map();
    /** Of each argument that is text. */
    this.desks = [];
  }

  /**
   * The results of all rows, as a column; or nothing, if the function returns none.
   * @param {unknown[]} given what the call needs
   */
  run(given, vectors, rows) {
    const { types, returns } = this;
    const mask = strictRows(types, vectors, rows);
    if (returns === undefined) {
      if (mask !== false && rows > 0) this.loop(NO_SINK, NOWHERE, given, vectors, rows, mask, undefined);
      return undefined;
    }
    if (mask === false) return allNull(returns, rows);
    const { sink } = this;
    if (sink === undefined) return this.build(given, vectors, rows, mask);
    const nulls = new Nulls(mask, rows);
    const opened = sink.open(rows);
    if (rows > 0) this.loop(sink, opened, given, vectors, rows, mask, slowly(returns, sink, opened, nulls));
    return new Vector({ type: returns, length: rows, nullCount: nulls.count, validity: nulls.bytes, buffers: sink.column(opened, nulls.count === 0) });
  }

  /** As {@link run}, of results that are more than one value of one width, or a text. */
  build(given, vectors, rows, mask) {
    const { returns } = this;
    const builder = new Builder(returns);
    const all = new Builder(returns.with({ nullable: true }));
    all.sink = builder.sink;
    all.nulls = builder.nulls;
    const step = (value, row) => {
      if ((value === undefined || value === null) && !returns.nullable) throw refuse(returns, value, 'the result');
      while (all.length < row) all.add(null);
      named(() => all.add(value));
    };
    if (rows > 0) this.loop(BUILDER, NOWHERE, given, vectors, rows, mask, step);
    while (all.length < rows) all.add(null);
    return all.finish(returns);
  }

  loop(sink, { o, p }, given, vectors, rows, mask, slow) {
    const { types } = this;
    let layout = mask === null ? sink.key : `${sink.key}m`;
    const values = [rows, mask, o, p, slow, at, ...given];
    const reads = [];
    for (let k = 0; k < vectors.length; k++) {
      const read = access(types[k < types.length ? k : types.length - 1], vectors[k], rows, k, this.desks);
      layout += read.key;
      for (let j = 0; j < read.values.length; j++) values.push(read.values[j]);
      reads.push(read);
    }
    let loop = this.made.get(layout);
    if (loop === undefined) {
      loop = this.make(sink.store, mask !== null, reads);
      this.made.set(layout, loop);
    }
    loop.apply(undefined, values);
  }

  /** The loop for arguments that are read in these ways. */
  make(store, masked, reads) {
    const names = ['rows', 'mask', 'o', 'p', 'slow', 'at', ...this.given, ...reads.flatMap(({ names }) => names())];
    const unique = names.map((name, index) => (names.indexOf(name) === index ? name : `again${index}`));
    const skip = masked ? 'if ((mask[i >> 3] >> (i & 7) & 1) === 0) continue;' : '';
    const before = reads.map(({ value, read }) => (value ? '' : read())).join(' ');
    const call = this.call.replace('ARGUMENTS', reads.map(({ value }, k) => (value ? value() : `v${k}`)).join(', '));
    const body = store === '' ? `${call};` : `r = ${call}; ${store}`;
    const loop = `for (; i < rows; i++) { ${skip} ${before} ${body} }`;
    return new Function(...unique, `let i = 0, e = 0, r; try { ${loop} } catch (error) { throw at(error, i, r, slow); }`);
  }

  /** Makes the loops for columns as they usually come, and runs them over nothing until the engine has looked at them. */
  warm(given) {
    if (this.types.some((type) => type.id === 'any' || type.fields || type.dictionary)) return;
    const buffers = [new Uint8Array(8), new Uint8Array(8)];
    const vectors = this.types.map((type) => new Vector({ type, length: 0, nullCount: 0, buffers }));
    const sink = this.returns ? this.sink : NO_SINK;
    if (sink === undefined) return;
    for (let time = 0; time < 30; time++) this.loop(sink, sink.open?.(0) ?? NOWHERE, given, vectors, 0, null, undefined);
  }
}

/** Where results go that a loop does not write down. */
const NOWHERE = {};

/** Of a call that returns nothing. */
const NO_SINK = { key: '', store: '' };

/** Of results that a builder takes. */
const BUILDER = { key: 'g', store: 'slow(r, i);' };

/** What a loop threw in row `i`. Arithmetic that looks at a result of numbers does not take a bigint. */
function at(error, i, r, slow) {
  if (typeof r === 'bigint' && slow && error instanceof TypeError) {
    try {
      slow(r, i);
    } catch (refused) {
      return atRow(refused, i);
    }
  }
  return atRow(error, i);
}

/** The nulls of a result: those of the rows that were left out, and those that the function returned. */
class Nulls {
  constructor(mask, rows) {
    this.bytes = mask;
    this.rows = rows;
    this.count = mask === null ? 0 : zeros(mask, rows);
  }

  add(row) {
    this.bytes ??= new Uint8Array(Math.ceil(this.rows / 8)).fill(255);
    this.bytes[row >> 3] &= ~(1 << (row & 7));
    this.count++;
  }
}

/** A column of nulls. */
export function allNull(type, rows) {
  const builder = new Builder(raw(type, 'parts').with({ nullable: true, strictItem: undefined }));
  for (let row = 0; row < rows; row++) builder.add(null);
  return builder.finish(type);
}
