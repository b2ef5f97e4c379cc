// Functions that make a table of files.

import { Batch, Promised, schemaOf } from '../batch.js';
import { converter } from '../builder.js';
import { classOf, define, specOf } from '../definition.js';
import { FunctionError } from '../error.js';
import { lineBytes, lines } from '../files.js';
import { compared } from '../order.js';
import { Rows, iterate } from '../rows.js';
import { any, show, whole } from '../types.js';

const EXACTNESS = ['exact', 'inexact', 'unsupported'];
/** The rows of a batch, at most, and where it ends in bytes of values that differ in length. */
const BATCH = 8192;
const BATCH_BYTES = 16 << 20;

/** `column comparison value`. */
export class Filter {
  #constants;
  #index;
  #type;

  constructor(fields, { column, comparison }, constants, index) {
    /** A column of the table, counted from zero, and its name. */
    this.column = column;
    this.name = fields[column]?.name;
    /** `equal`, `not-equal`, `less`, `less-or-equal`, `greater`, `greater-or-equal`, `is-null` or `is-not-null`. */
    this.comparison = comparison;
    this.#constants = constants;
    this.#index = index;
    this.#type = fields[column]?.type;
  }

  /** What the column is compared with, as it came or as a type says; null where it is null. */
  value(type) {
    return this.#constants.get(this.#index, type, 'the value of the filter');
  }

  /** Whether a value of the column passes, as the engine compares: a number, a bigint, a text, a boolean, bytes, a Date or null. */
  passes(value) {
    const isNull = value === null || value === undefined;
    if (this.comparison === 'is-null') return isNull;
    if (isNull) return false;
    if (this.comparison === 'is-not-null') return true;
    const other = this.value();
    if (other === null) return false;
    if (typeof other === 'object' && !(other instanceof Uint8Array)) throw new FunctionError(`the column ${show(this.name)} has values that \`passes\` can not compare`);
    const order = compared(value instanceof Date ? converter(this.#type)(value) : value, other);
    switch (this.comparison) {
      case 'equal': return order === 0;
      case 'not-equal': return order !== 0;
      case 'less': return order < 0;
      case 'less-or-equal': return order <= 0;
      case 'greater': return order > 0;
      default: return order >= 0;
    }
  }
}

/** What a query wants of a table. */
export class Request {
  constructor(fields, projection, filters, limit) {
    /** The columns that are wanted, counted from zero, in the order wanted. Where there are none, only the number of rows is. */
    this.projection = projection;
    /** Their names. */
    this.columns = projection.map((column) => {
      if (fields[column] === undefined) throw new FunctionError(`column ${column} is wanted of a table of ${fields.length}`);
      return fields[column].name;
    });
    /** Filters that the reader said it does something about. They all hold. */
    this.filters = filters;
    /** So many rows in all are enough; undefined if there is no such number. */
    this.limit = limit;
  }

  /** The wanted columns of a batch of all columns. */
  project(batch) {
    return batch.select(this.projection);
  }

  /** Whether a row passes all filters: an object by the names of the columns. */
  passes(row) {
    return this.filters.every((filter) => filter.passes(row[filter.name] ?? null));
  }
}

/** A part of a table that can be read by itself: what `plan` gave. */
class Split {
  constructor({ token, range, rows }) {
    this.token = token;
    this.path = range?.path;
    this.offset = range === undefined ? undefined : Number(range.offset);
    this.length = range === undefined ? undefined : Number(range.length);
    this.rows = rows === undefined ? undefined : Number(rows);
  }

  /** The lines of the part of a file, as text. */
  lines(options) {
    return lines(this.#range(), options);
  }

  lineBytes(options) {
    return lineBytes(this.#range(), options);
  }

  #range() {
    if (this.path === undefined) throw new FunctionError('the split is no part of a file, and has no lines');
    return this;
  }
}

/** A reader at one place in a query. */
class TableReader {
  constructor(name, Class, options) {
    this.name = name;
    if (Class.length === 0) options.only();
    this.reader = new Class(options);
    const { schema } = this.reader;
    this.fields = schemaOf(`the schema of ${name}`, typeof schema === 'function' ? this.reader.schema() : schema);
  }

  filters({ filters, values }) {
    if (filters.length !== values.length) throw new FunctionError(`${filters.length} filters came with ${values.length} values`);
    return filters.map((filter, index) => new Filter(this.fields, filter, values, index));
  }

  exactness(given) {
    return this.filters(given).map((filter) => {
      const exactness = this.reader.exactness?.(filter) ?? 'unsupported';
      if (!EXACTNESS.includes(exactness)) throw new FunctionError(`${this.name} says of a filter that it is ${show(exactness)}, which is none of ${EXACTNESS.join(', ')}`);
      return exactness;
    });
  }

  request({ projection, filters, limit }) {
    return new Request(this.fields, [...projection], this.filters(filters), limit === undefined ? undefined : Number(limit));
  }

  plan(request) {
    const splits = [...iterate(this.reader.plan(this.request(request)), `the plan of ${this.name}`)].map((split) => {
      if (split === null || typeof split !== 'object') throw new FunctionError(`a split is ${show(split)}, and an object such as { path, offset, length } is wanted`);
      const { token = new Uint8Array(0), path, offset = 0, length, rows } = split;
      if (!(token instanceof Uint8Array)) throw new FunctionError(`the token of a split is ${show(token)}, and a Uint8Array is wanted`);
      if (path !== undefined) {
        if (length === undefined) throw new FunctionError(`a split of ${path} has no length`);
        whole(offset, `the offset of a split of ${path}`);
        if (length !== Infinity) whole(length, `the length of a split of ${path}`);
      }
      if (rows !== undefined && !(rows >= 0 && rows < Infinity)) throw new FunctionError(`a split has ${show(rows)} rows`);
      return { token, rows, range: path === undefined ? undefined : { path, offset, length } };
    });
    const begins = new Set();
    for (const { range } of splits) {
      if (!range) continue;
      const begin = `${range.offset} of ${range.path}`;
      if (begins.has(begin)) throw new FunctionError(`two splits begin at byte ${begin}: together they would have rows twice`);
      begins.add(begin);
    }
    return splits;
  }

  read(split, asked) {
    const request = this.request(asked);
    const fields = request.projection.map((column) => this.fields[column]);
    return new SplitReader(this.name, fields, this.reader.read(new Split(split), request), request.limit);
  }
}

/** A split being read: batches, or rows as objects. */
class SplitReader {
  constructor(name, fields, given, limit) {
    this.fields = fields;
    this.left = limit;
    this.rows = new Promised(fields, name);
    this.rows.give(given instanceof Batch ? given : batches(fields, iterate(given, `what ${name} read`)));
  }

  next() {
    if (this.left !== undefined && this.left <= 0) {
      this.rows.stop();
      return undefined;
    }
    const next = this.rows.next();
    if (next && this.left !== undefined) this.left -= next.rows;
    return next;
  }
}

/** Batches as they are, and rows in batches. */
function* batches(fields, given) {
  const rows = new Rows(fields);
  const taken = () => {
    const { columns, rows: length } = rows.take();
    return Batch.of(fields, columns, length);
  };
  try {
    for (let next = given.next(); !next.done; next = given.next()) {
      if (next.value instanceof Batch) {
        if (rows.length > 0) yield taken();
        yield next.value;
        continue;
      }
      rows.add(next.value);
      if (rows.length === BATCH || rows.bytes > BATCH_BYTES) yield taken();
    }
    if (rows.length > 0) yield taken();
  } finally {
    given.return?.();
  }
}

/**
 * A reader: a class with `schema`, `plan(request)`, which gives splits such as those of `splitFiles`, `read(split,
 * request)`, which gives batches or rows of the columns of `request.projection`, and maybe `exactness(filter)`.
 */
export function reader(spec, Class) {
  const common = specOf('reader', spec, []);
  classOf('reader', Class, ['plan', 'read']);
  const definition = {
    ...common, kind: 'reader', args: [], variadic: false, nulls: 'called', result: [], anything: any,
    open: (name, options) => new TableReader(name, Class, options),
  };
  return define(Class, definition);
}

