// Calls the exports of the contract as a query does: for tests, of functions and of whole components.

import { Batch } from './batch.js';
import { FunctionError } from './error.js';
import { readSchema, writeSchema } from './schema.js';
import { nullable, uint32 } from './types.js';
import { Vector, concat, decode, encode, raw, readerOf, take } from './vector.js';

const NONE = { parameters: [], data: [] };

/** Calls functions through `exports`; `desk` is where columns lie that stay with the host. */
export class Driver {
  constructor(exports, desk) {
    this.exports = exports;
    this.desk = desk;
    this.functions = exports.library.describe().functions;
  }

  described(kind, name) {
    return this.functions.find((each) => each.kind === kind && each.name === name) ?? { columns: false };
  }

  /** What a call answers; an error of the contract as an exception with `message` and `row`. */
  ask(call) {
    try {
      return call();
    } catch (error) {
      const said = error?.payload ?? error;
      if (said instanceof Error || typeof said?.message !== 'string') throw error;
      throw Object.assign(new FunctionError(said.message, { row: said.row === undefined || said.row === null ? undefined : Number(said.row) }), { contract: true });
    }
  }

  /** Vectors as a batch of the contract, or only the number of rows. */
  send(vectors, rows, columns) {
    if (!columns) return encode(vectors, rows);
    this.desk.offered.push(vectors);
    return { rows: BigInt(rows), nodes: [], buffers: [], variadic: new BigUint64Array(0) };
  }

  /** What a batch of the contract has, or what was given in its place. */
  take(batch, fields, columns) {
    if (!columns) return decode(batch, fields);
    const { given } = this.desk;
    this.desk.given = undefined;
    if (given === undefined) throw new Error('nothing was given in place of a batch');
    return given;
  }

  call(columns, run) {
    this.desk.offered.length = 0;
    return this.ask(run);
  }

  /** One value for each row. */
  scalar(name, vectors, rows = vectors[0]?.length ?? 1, options = NONE) {
    const { columns } = this.described('scalar', name);
    const opened = this.ask(() => this.exports.scalar.ScalarFunction.open(name, schemaOf(vectors), options));
    const fields = readSchema(opened.result());
    return this.call(columns, () => this.take(opened.invoke(this.send(vectors, rows, columns)), fields, columns))[0];
  }

  /** One value for each group. Rows are cut into `pieces`, each of which has a state that is merged then. */
  aggregate(name, vectors, groups, { pieces = 1, options = NONE, convert = false } = {}) {
    const { columns } = this.described('aggregate', name);
    const open = () => this.ask(() => this.exports.aggregate.Accumulator.open(name, schemaOf(vectors), options));
    const all = open();
    const count = groups.length === 0 ? 0 : Math.max(...groups) + 1;
    const index = (some) => Vector.from(uint32, some);
    const rows = groups.length;
    const size = Math.ceil(rows / pieces) || 1;
    const states = readSchema(all.stateSchema());
    for (let start = 0; start < rows; start += size) {
      const part = vectors.map((vector) => vector.slice(start, size));
      const of = groups.slice(start, start + size);
      if (convert) {
        const converted = this.ask(() => all.convert(encode(part, of.length)));
        this.ask(() => all.merge(encode([index(of), ...decode(converted, states)], of.length), BigInt(count)));
        continue;
      }
      const one = pieces === 1 ? all : open();
      this.call(columns, () => one.update(this.send([index(of), ...part], of.length, columns), BigInt(count)));
      if (one === all) continue;
      const state = this.ask(() => one.state({ tag: 'all' }));
      const places = index(Array.from({ length: Number(state.rows) }, (_, group) => group));
      this.ask(() => all.merge(encode([places, ...decode(state, states)], Number(state.rows)), BigInt(count)));
    }
    return decode(this.ask(() => all.evaluate({ tag: 'all' })), readSchema(all.result()))[0];
  }

  /** One value for each row of a partition; in pieces of so many rows if `piece` says so. */
  window(name, vectors, { piece, options = NONE } = {}) {
    const { columns } = this.described('window', name);
    const rows = vectors[0]?.length ?? 0;
    const opened = this.ask(() => this.exports.window.WindowFunction.open(name, schemaOf(vectors), options));
    const fields = readSchema(opened.result());
    if (piece === undefined) return this.call(columns, () => this.take(opened.evaluate(this.send(vectors, rows, columns)), fields, columns))[0];
    const results = [];
    for (let start = 0; start < rows; start += piece) {
      const part = vectors.map((vector) => vector.slice(start, piece));
      results.push(decode(this.ask(() => opened.push(encode(part, part[0].length), start === 0)), fields)[0]);
    }
    return concat(results);
  }

  /** Rows for each row of the arguments: batches whose first column is `parent`. */
  *table(name, vectors, rows = vectors[0]?.length ?? 1, options = NONE) {
    const opened = this.ask(() => this.exports.table.TableFunction.open(name, schemaOf(vectors), options));
    const fields = [{ name: 'parent', type: uint32 }, ...readSchema(opened.result())];
    this.ask(() => opened.push(encode(vectors, rows)));
    for (let next = this.ask(() => opened.next()); next; next = this.ask(() => opened.next())) yield batchOf(next, fields);
  }

  /** Batches for batches. */
  mapBatches(name, batches, args = [], options = NONE) {
    const { columns } = this.described('map-batches', name);
    const input = writeSchema(batches[0].fields);
    const opened = this.ask(() => this.exports.mapBatches.BatchMapper.open(name, input, schemaOf(args), encode(args, 1), options));
    const fields = readSchema(opened.result());
    const results = [];
    const drain = () => {
      for (let next = this.ask(() => opened.next()); next; next = this.ask(() => opened.next())) {
        results.push(Batch.of(fields, this.take(next, fields, columns), Number(next.rows)));
      }
    };
    for (const batch of batches) {
      this.call(columns, () => opened.push(this.send(batch.columns, batch.length, columns)));
      drain();
    }
    this.ask(() => opened.finish());
    drain();
    return results;
  }

  /** Rows for the groups of one table or two. Groups are cut after so many rows if `piece` says so. */
  grouped(name, tables, keys, { args = [], options = NONE, piece = Infinity } = {}) {
    const kind = tables.length === 1 ? 'grouped-map' : 'cogrouped-map';
    const { columns } = this.described(kind, name);
    const inputs = tables.map((table) => writeSchema(table.fields));
    const places = tables.map((table, side) => Uint32Array.from(keys[side].map((key) => table.indexOf(key))));
    const opened = this.ask(() => this.exports.grouped.GroupMapper.open(name, inputs, places, schemaOf(args), encode(args, 1), options));
    const fields = readSchema(opened.result());
    const results = [];
    for (const [parts, continued] of crossings(tables, places, piece)) {
      this.call(columns, () => opened.push(parts.map(({ batch, offsets }) => ({ rows: this.send(batch.columns, batch.length, columns), offsets })), continued));
      for (let next = this.ask(() => opened.next()); next; next = this.ask(() => opened.next())) {
        results.push(Batch.of(fields, this.take(next, fields, columns), Number(next.rows)));
      }
    }
    return results;
  }

  /** All rows of a reader: a list of batches for each split. */
  read(name, { columns, filters = [], limit, options = NONE } = {}) {
    const opened = this.ask(() => this.exports.reader.TableReader.open(name, options));
    const all = readSchema(opened.result());
    const place = (column) => all.findIndex((field) => field.name === column);
    const projection = columns ? columns.map(place) : all.map((_, index) => index);
    const values = filters.map(({ column, value }) => Vector.from(nullable(all[place(column)].type), [value ?? null]));
    const asked = (some) => ({
      filters: some.map((index) => ({ column: place(filters[index].column), comparison: filters[index].comparison })),
      schema: schemaOf(some.map((index) => values[index])), values: encode(some.map((index) => values[index]), 1),
    });
    const every = filters.map((_, index) => index);
    const exactness = this.ask(() => opened.exactness(asked(every)));
    const request = { projection: Uint32Array.from(projection), filters: asked(every.filter((index) => exactness[index] !== 'unsupported')), limit: limit === undefined ? undefined : BigInt(limit) };
    const fields = projection.map((index) => all[index]);
    const splits = this.ask(() => opened.plan(request));
    return {
      exactness, splits,
      batches: splits.map((split) => {
        const reading = this.ask(() => opened.read(split, request));
        const batches = [];
        for (let next = this.ask(() => reading.next()); next; next = this.ask(() => reading.next())) batches.push(batchOf(next, fields));
        return batches;
      }),
    };
  }

  /** Writes partitions, each a list of batches, and commits. */
  write(name, partitions, options = NONE) {
    const input = writeSchema(partitions.flat()[0].fields);
    const open = () => this.ask(() => this.exports.writer.TableWriter.open(name, input, options));
    const manifests = partitions.map((batches, number) => {
      const partition = this.ask(() => open().partition(number));
      for (const batch of batches) this.ask(() => partition.write(encode(batch.columns, batch.length)));
      return this.ask(() => partition.finish());
    });
    this.ask(() => open().commit(manifests));
  }
}

const schemaOf = (vectors) => writeSchema(vectors.map((vector, index) => ({ name: `a${index}`, type: vector.type })));

const batchOf = (batch, fields) => Batch.of(fields, decode(batch, fields), Number(batch.rows));

/** The groups of tables in calls of about `piece` rows, as the engine cuts them. */
function* crossings(tables, keys, piece) {
  const readers = tables.map((table, side) => [...keys[side]].map((key) => readerOf(table.columns[key], raw(table.columns[key].type, 'parts'))));
  const keyOf = (side, row) => JSON.stringify(readers[side].map((read) => read(row)), (_, part) => (typeof part === 'bigint' ? `${part}n` : typeof part === 'number' && !Number.isFinite(part) ? String(part) : part));
  const groups = new Map();
  tables.forEach((table, side) => {
    for (let row = 0; row < table.length; row++) {
      const key = keyOf(side, row);
      if (!groups.has(key)) groups.set(key, tables.map(() => []));
      groups.get(key)[side].push(row);
    }
  });
  const empty = () => tables.map(() => ({ rows: [], ends: [0] }));
  let now = empty();
  const flush = () => now.map(({ rows, ends }, side) => ({ batch: pick(tables[side], rows), offsets: Uint32Array.from(ends) }));
  for (const sides of groups.values()) {
    let rest = sides;
    while (rest.some((rows) => rows.length > piece)) {
      now.forEach((side, index) => {
        side.rows.push(...rest[index].slice(0, piece));
        side.ends.push(side.rows.length);
      });
      yield [flush(), true];
      now = empty();
      rest = rest.map((rows) => rows.slice(piece));
    }
    now.forEach((side, index) => {
      side.rows.push(...rest[index]);
      side.ends.push(side.rows.length);
    });
    if (now.some((side) => side.rows.length >= piece)) {
      yield [flush(), false];
      now = empty();
    }
  }
  if (now[0].ends.length > 1) yield [flush(), false];
}

function pick(table, rows) {
  const columns = table.columns.map((column) => take(column, rows));
  return Batch.of(table.fields, columns, rows.length);
}
