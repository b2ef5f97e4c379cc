// Rows of a table as columns with names.

import { Column } from './column.js';
import { FunctionError } from './error.js';
import { Type, accepts, fieldsOf, show, typeName } from './types.js';
import { Vector, concat, laidOut, readerOf, repeat } from './vector.js';
import { Rows, iterate } from './rows.js';

/** Columns of equal length with names: vectors, or columns that stay with the host. */
export class Batch {
  /** @param {Record<string, Vector | Column>} columns */
  constructor(columns, length) {
    this.fields = Object.entries(columns).map(([name, column]) => ({ name, type: column.type }));
    this.columns = Object.values(columns);
    this.length = length ?? this.columns[0]?.length ?? 0;
    const other = this.columns.find((column) => column.length !== this.length);
    if (other) throw new FunctionError(`a batch of ${this.length} rows has a column of ${other.length}`);
  }

  /** Of fields that can have the same name twice. */
  static of(fields, columns, length) {
    const batch = Object.create(Batch.prototype);
    return Object.assign(batch, { fields, columns, length });
  }

  /** From rows: objects with a value for each field. */
  static from(types, rows) {
    const collected = new Rows(fieldsOf('Batch.from', types));
    for (const row of rows) collected.add(row);
    const made = collected.take();
    return Batch.of(collected.fields, made.columns, made.rows);
  }

  /** Names and types, as an object. */
  get schema() {
    return Object.fromEntries(this.fields.map(({ name, type }) => [name, type]));
  }

  /** Which column has a name, counted from zero. */
  indexOf(name) {
    return indexOf(this.fields, name);
  }

  /** A column, by its name or its place. */
  column(column) {
    return this.columns[indexOf(this.fields, column)];
  }

  /** The values of a column where they lie, as a typed array. An error where one is null. */
  values(column) {
    const vector = this.column(column);
    if (vector.nullCount > 0) {
      const { name } = this.fields[indexOf(this.fields, column)];
      throw new FunctionError(`the column ${show(name)} has ${vector.nullCount} nulls in ${this.length} rows: filter them out, or take \`column\``);
    }
    return asVector(vector).values;
  }

  /** The value of a column in one row. */
  value(column, row) {
    return this.column(column).get(row);
  }

  /** Each row as an object. */
  *[Symbol.iterator]() {
    const readers = this.fields.map(({ name }, index) => [name, readerOf(asVector(this.columns[index]), asVector(this.columns[index]).type)]);
    for (let row = 0; row < this.length; row++) {
      const value = {};
      for (const [name, read] of readers) value[name] = read(row);
      yield value;
    }
  }

  toArray() {
    return [...this];
  }

  /** These columns, in this order. */
  select(columns) {
    const places = columns.map((column) => indexOf(this.fields, column));
    return Batch.of(places.map((place) => this.fields[place]), places.map((place) => this.columns[place]), this.length);
  }

  /** The columns, and more behind them. */
  with(columns) {
    const more = new Batch(columns, this.length);
    return Batch.of([...this.fields, ...more.fields], [...this.columns, ...more.columns], this.length);
  }

  slice(offset, length = this.length - offset) {
    const columns = this.columns.map((column) => column.slice(offset, length));
    return Batch.of(this.fields, columns, columns[0]?.length ?? Math.max(0, Math.min(length, this.length - offset)));
  }
}

const asVector = (column) => (column instanceof Column ? column.toVector() : column);

export function indexOf(fields, column) {
  const index = typeof column === 'number' ? column : fields.findIndex((field) => field.name === column);
  if (index >= 0 && index < fields.length) return index;
  const names = fields.map(({ name }) => show(name)).join(', ');
  throw new FunctionError(`there is no column ${typeof column === 'number' ? `${column} (counted from zero)` : show(column)}; there are ${names}`);
}

/** The columns of a batch that came: what stands for all rows is repeated. */
export function batchOf(fields, vectors, rows) {
  return Batch.of(fields, vectors.map((vector) => repeat(vector, rows)), rows);
}

export function concatBatches(fields, batches) {
  if (batches.length === 1) return batches[0];
  const columns = fields.map((_, index) => {
    const pieces = batches.map((batch) => batch.columns[index]);
    return pieces[0] instanceof Column ? Column.concat(pieces) : concat(pieces);
  });
  return Batch.of(fields, columns, batches.reduce((sum, batch) => sum + batch.length, 0));
}

/** What stands behind a table in a call: one row of values. */
export class Constants {
  constructor(fields, vectors, rows) {
    if (rows !== 1) throw new FunctionError(`there are ${rows} rows of values where one is agreed`);
    this.fields = fields;
    this.vectors = vectors;
  }

  get length() {
    return this.fields.length;
  }

  /** The value at `index`, as the type says. */
  get(index, type, what = `argument ${index} (counted from zero)`) {
    const vector = this.vectors[index];
    if (vector === undefined) throw new FunctionError(`${what} is missing: there are ${this.fields.length}`);
    if (type === undefined) return vector.get(0);
    const isNothing = vector.type.format === 'n';
    if (!isNothing && !accepts(type, vector.type)) throw new FunctionError(`${what} is ${typeName(vector.type)}, and not to be had as ${typeName(type)}`);
    const value = isNothing ? null : readerOf(vector, type)(0);
    if (value === null && !type.nullable) throw new FunctionError(`${what} is null`);
    return value;
  }
}

/** Batches of a function beside the fields that it promised. */
export class Promised {
  constructor(fields, name) {
    this.fields = fields;
    this.name = name;
    this.batches = [][Symbol.iterator]();
  }

  /** What the function gives next: nothing, a batch, some batches, or a generator of them. */
  give(given) {
    this.batches = given instanceof Batch ? [given][Symbol.iterator]() : iterate(given, `what ${this.name} gave`);
  }

  /** Nobody wants the rest: a generator runs its `finally`. */
  stop() {
    this.batches.return?.();
    this.batches = [][Symbol.iterator]();
  }

  /** The next batch that has rows. */
  next() {
    for (;;) {
      const { done, value } = this.batches.next();
      if (done) return undefined;
      if (!(value instanceof Batch)) throw new FunctionError(`${this.name} gave ${show(value)} and no Batch`);
      const columns = value.columns.map((column, index) => this.laidOut(column, this.fields[index]?.type));
      this.check(value, columns);
      if (value.length > 0) return { rows: value.length, columns };
    }
  }

  /** Text as it was promised, however it lay in the table that it comes from. */
  laidOut(column, type) {
    if (type?.id !== 'utf8' && type?.id !== 'binary') return column;
    if (!(column instanceof Column)) return laidOut(column, type);
    const is = column.type;
    return typeName(is) !== typeName(type) && (is.dictionary ?? is).id === type.id ? column.cast(type) : column;
  }

  check(batch, columns) {
    const names = (fields) => fields.map(({ name }) => name).join(', ');
    if (columns.length !== this.fields.length) {
      throw new FunctionError(`the function gave ${columns.length} columns (${names(batch.fields)}) and promised ${this.fields.length} (${names(this.fields)})`);
    }
    this.fields.forEach(({ name, type }, index) => {
      const [given, column] = [batch.fields[index], columns[index]];
      if (given.name !== name) {
        throw new FunctionError(`column ${index} (counted from zero) of what the function gave is ${show(given.name)} and promised is ${show(name)}`);
      }
      if (typeName(column.type) !== typeName(type)) {
        throw new FunctionError(`the function gave column ${show(name)} as ${typeName(column.type)} and promised ${typeName(type)}`);
      }
      if (!type.nullable && column.nullCount > 0) {
        throw new FunctionError(`the function gave column ${show(name)} with ${column.nullCount} nulls and promised none`);
      }
    });
  }
}

/** Fields that a function says it gives: `{ name: type }`, or fields of another table. */
export function schemaOf(what, schema) {
  if (Array.isArray(schema) && schema.every((field) => field?.type instanceof Type && typeof field.name === 'string')) return schema;
  try {
    return fieldsOf(what, schema);
  } catch (error) {
    throw new FunctionError(error.message);
  }
}
