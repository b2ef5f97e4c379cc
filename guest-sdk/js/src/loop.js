// The loop over the rows of a batch.
//
// It is written for the types of a function and the layouts of a batch, and made with `Function`: values are read where
// they lie and written to where they stay, and nothing is allocated for a row but what the types themselves are
// (bigints, strings). The build makes and warms the usual loops, so that they lie in the component ready to run.

import { FunctionError, atRow } from './error.js';
import { arrayOf } from './types.js';
import { Builder, refuse, textBuffers, converter } from './builder.js';
import { Vector, readerOf, view, zeros } from './vector.js';

const decoder = new TextDecoder();

/** Columns of one row each in a batch of more rows stand for all of them. */
export const isConstant = (vector, rows) => rows !== 1 && vector.length === 1;

const NATURAL = { Int8Array: 'number', BigInt64Array: 'bigint', BigUint64Array: 'bigint' };

/** Whether JavaScript sees what lies in the buffer. */
function isDirect(type) {
  const Values = arrayOf(type.format);
  return Values !== undefined && !type.dictionary && type.format !== 'e' && type.as === (NATURAL[Values.name] ?? 'number');
}

/** How an argument is read: names of what the loop needs, and the expression for row `i`. */
function access(type, vector, rows, k) {
  const constant = isConstant(vector, rows);
  const nulls = type.nullable && vector.nullCount > 0;
  if (constant) {
    const value = nulls ? null : readerOf(vector, type)(0);
    return { key: 'k', given: { [`k${k}`]: value }, value: `k${k}` };
  }
  const wrap = (key, given, value) => {
    if (!nulls) return { key, given, value };
    const valid = vector._validity;
    return { key: `${key}?`, given: { ...given, [`n${k}`]: valid }, value: `((n${k}[i >> 3] >> (i & 7) & 1) === 0 ? null : ${value})` };
  };
  const layout = vector.type;
  if (vector.offset === 0 && !layout.dictionary) {
    if (isDirect(type)) return wrap('d', { [`x${k}`]: vector.values }, `x${k}[i]`);
    if (type.as === 'number' && (type.format === 'l' || type.format === 'L')) {
      const words = view(vector.buffers[0], Int32Array);
      const wide = readerOf(new Vector({ ...vector._parts(), nullCount: 0, validity: null }), type);
      const narrow = type.format === 'l' ? `x${k}[i + i] >> 31` : `(x${k}[i + i] < 0 ? -1 : 0)`;
      const given = { [`x${k}`]: words, [`w${k}`]: wide };
      return wrap('w', given, `(x${k}[i + i + 1] === ${narrow} ? x${k}[i + i] : w${k}(i))`);
    }
    if (type.id === 'bool') return wrap('b', { [`x${k}`]: vector.buffers[0] }, `((x${k}[i >> 3] >> (i & 7) & 1) === 1)`);
    if (type.id === 'utf8' && layout.format === 'u') {
      const bytes = vector.buffers[1];
      const given = { [`x${k}`]: bytes.buffer, [`o${k}`]: view(vector.buffers[0], Int32Array), [`s${k}`]: bytes.byteOffset, decoder };
      return wrap('t', given, `decoder.decode(new Uint8Array(x${k}, s${k} + o${k}[i], o${k}[i + 1] - o${k}[i]))`);
    }
  }
  const wrapped = readerOf(type.nullable ? vector : new Vector({ ...vector._parts(), nullCount: 0, validity: null }), type);
  return { key: 'g', given: { [`g${k}`]: wrapped }, value: `g${k}(i)` };
}

/** The rows in which no argument is null that must not be: bits, null for all, false for none. */
export function strictRows(types, vectors, rows) {
  let mask = null;
  for (let k = 0; k < vectors.length; k++) {
    const type = types[Math.min(k, types.length - 1)];
    const vector = vectors[k];
    if (type.nullable || vector.nullCount === 0) continue;
    if (isConstant(vector, rows) || vector.type.format === 'n') return false;
    const valid = vector.validity ?? present(vector);
    if (mask === null) mask = valid.slice(0, Math.ceil(rows / 8));
    else for (let i = 0; i < mask.length; i++) mask[i] &= valid[i];
  }
  return mask;
}

/** As a bitmap, for types that have none. */
function present(vector) {
  const bitmap = new Uint8Array(Math.ceil(vector.length / 8));
  for (let row = 0; row < vector.length; row++) if (vector.get(row) !== null) bitmap[row >> 3] |= 1 << (row & 7);
  return bitmap;
}

/** Where results go: names of what the loop needs, the statement that takes the result `r` of row `i`, and the column. */
function sinkFor(type, rows) {
  const { format } = type;
  const Values = arrayOf(format);
  if (Values && !type.dictionary && format !== 'e' && type.as !== 'date') {
    const o = new Values(rows);
    const column = () => [new Uint8Array(o.buffer)];
    const fixed = (key, test) => ({ key, given: { o }, store: `if (${test}) { slow(r, i); continue; } o[i] = r;`, column, put: (row, value) => { o[row] = value; } });
    const wide = Values === BigInt64Array || Values === BigUint64Array;
    if (!wide) {
      const tests = { c: '(r << 24 >> 24)', s: '(r << 16 >> 16)', i: '(r | 0)', C: '(r & 255)', S: '(r & 65535)', I: '(r >>> 0)' };
      const test = tests[{ tdD: 'i', tts: 'i', ttm: 'i', tiM: 'i' }[format] ?? format];
      return test ? fixed(`i${format}`, `typeof r !== 'number' || r !== ${test}`) : fixed('f', `typeof r !== 'number'`);
    }
    const sign = format === 'L';
    if (type.as === 'bigint') {
      // What does not fit comes back as another number.
      return { key: 'l', given: { o }, store: `if (typeof r !== 'bigint') { slow(r, i); continue; } o[i] = r; if (o[i] !== r) slow(r, i);`, column, put: (row, value) => { o[row] = value; } };
    }
    const words = new Int32Array(o.buffer);
    const store = sign
      ? 'if (typeof r !== \'number\' || r !== (r >>> 0)) { slow(r, i); continue; } o[i + i] = r;'
      : 'if (typeof r !== \'number\' || r !== (r | 0)) { slow(r, i); continue; } o[i + i] = r; o[i + i + 1] = r >> 31;';
    return { key: sign ? 'N' : 'n', given: { o: words }, store, column, put: (row, value) => { o[row] = value; } };
  }
  if (type.id === 'bool' && !type.dictionary) {
    const o = new Uint8Array(Math.ceil(rows / 8));
    return { key: 'b', given: { o }, store: 'if (r === true) o[i >> 3] |= 1 << (i & 7); else if (r !== false) slow(r, i);', column: () => [o] };
  }
  if (type.id === 'utf8' && format === 'u') {
    const o = new Array(rows).fill('');
    return { key: 't', given: { o }, store: `if (typeof r !== 'string') { slow(r, i); continue; } o[i] = r;`, column: () => textBuffers(o) };
  }
  return undefined;
}

/** A result that the loop does not take at once: null, one of another type, or one that needs a second look. */
function slowly(type, sink, nulls) {
  const convert = sink.put && converter(type);
  return (value, row) => {
    if (value === null || value === undefined) {
      if (!type.nullable) throw refuse(type, value, 'the result');
      nulls.add(row);
      return;
    }
    if (!sink.put) throw refuse(type, value, 'the result');
    sink.put(row, named(() => convert(value)));
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
    this.made = new Map();
  }

  /**
   * The results of all rows, as a column; or nothing, if the function returns none.
   * @param {Record<string, unknown>} given what the call needs
   */
  run(given, vectors, rows, base = 0) {
    const { types, returns } = this;
    const mask = strictRows(types, vectors, rows);
    if (returns === undefined) {
      if (mask !== false && rows > 0) this.loop('', given, '', vectors, rows, mask, undefined, base);
      return undefined;
    }
    if (mask === false) return allNull(returns, rows);
    const sink = sinkFor(returns, rows);
    if (sink === undefined) {
      const builder = new Builder(returns);
      const skip = new Builder(returns.with({ nullable: true }));
      skip.sink = builder.sink;
      skip.nulls = builder.nulls;
      const step = (value, row) => {
        skip.length = row;
        if (value === undefined && !returns.nullable) throw refuse(returns, value, 'the result');
        if (value === null && !returns.nullable) throw refuse(returns, value, 'the result');
        named(() => skip.add(value));
      };
      const miss = (row) => {
        skip.length = row;
        skip.add(null);
      };
      if (rows > 0) this.loop('g', { ...given, step, miss }, 'step(r, i);', vectors, rows, mask, 'miss(i); continue;', base);
      skip.length = rows;
      return skip.finish(returns);
    }
    const nulls = new Nulls(mask, rows);
    const slow = slowly(returns, sink, nulls);
    if (rows > 0) this.loop(sink.key, { ...given, ...sink.given, slow }, sink.store, vectors, rows, mask, undefined, base);
    return new Vector({ type: returns, length: rows, nullCount: nulls.count, validity: nulls.bytes, buffers: sink.column() });
  }

  loop(key, given, store, vectors, rows, mask, skip, base) {
    const { types } = this;
    const reads = vectors.map((vector, k) => access(types[Math.min(k, types.length - 1)], vector, rows, k));
    const all = Object.assign({ mask, rows, base, atRow }, given, ...reads.map((read) => read.given));
    const names = Object.keys(all);
    const layout = `${key}:${mask === null ? '' : 'm'}:${reads.map((read) => read.key).join()}`;
    let loop = this.made.get(layout);
    if (loop === undefined) {
      const masked = mask === null ? '' : `if ((mask[i >> 3] >> (i & 7) & 1) === 0) { ${skip ?? 'continue;'} }`;
      const call = this.call.replace('ARGUMENTS', reads.map((read) => read.value).join(', '));
      const body = store === '' ? `${call};` : `const r = ${call}; ${store}`;
      loop = new Function(...names, `let i = 0; try { for (; i < rows; i++) { ${masked} ${body} } } catch (error) { throw atRow(error, base + i); }`);
      this.made.set(layout, loop);
    }
    loop(...names.map((name) => all[name]));
  }

  /** Makes the loops for columns as they usually come, and runs them over nothing until the engine has looked at them. */
  warm(given) {
    const empty = (type, format) => {
      const layout = format ? type.with({ format }) : type;
      return new Vector({ type: layout, length: 0, nullCount: 0, buffers: [new Uint8Array(8), new Uint8Array(8)] });
    };
    if (this.types.some((type) => type.id === 'any' || type.fields || type.dictionary)) return;
    for (let time = 0; time < 20; time++) {
      const vectors = this.types.map((type) => empty(type));
      const sink = this.returns && sinkFor(this.returns, 0);
      if (this.returns && !sink) return;
      const all = sink ? { ...given, ...sink.given, slow: () => {} } : given;
      this.loop(sink?.key ?? '', all, sink?.store ?? '', vectors, 0, null, undefined, 0);
    }
  }
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
  const builder = new Builder(type.with({ nullable: true, strictItem: undefined }));
  for (let row = 0; row < rows; row++) builder.add(null);
  return builder.finish(type);
}
