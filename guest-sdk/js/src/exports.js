// What the contract has the guest export (`wit/`), for any library.
//
// What is thrown where the contract has an error is that error; whatever else is thrown would end the instance.

import { Batch, Constants } from './batch.js';
import { columnArguments, giveColumns, lendColumns, release } from './column.js';
import { wireError } from './error.js';
import { Options } from './options.js';
import { readSchema, writeSchema } from './schema.js';
import { uint32 } from './types.js';
import { decode, encode, local } from './vector.js';

const GROUP = uint32;

/** Runs a call of the host. Its exceptions are errors of the contract. */
function run(call, options) {
  try {
    return call();
  } catch (error) {
    throw wireError(error, options);
  }
}

/** As {@link run}, of a call after which columns end. */
function runOnce(call, options) {
  try {
    return call();
  } catch (error) {
    throw wireError(error, options);
  } finally {
    release();
  }
}

const send = (made) => (made === undefined ? undefined : encode(made.columns, made.rows));
const field = (name, type) => ({ name, type });

/** The columns of a batch: of one that stays with the host, or of its bytes. */
const receive = (batch, fields) => decode(batch, fields);

/** What a batch of columns that were given leaves to return. */
const given = (rows) => ({ rows: BigInt(rows), nodes: [], buffers: [], variadic: new BigUint64Array(0) });

/** The exports for the functions of a library. */
export function exportsOf(library) {
  const { description } = library;

  class ScalarFunction {
    static open(name, args, options) {
      return runOnce(() => {
        const opened = new ScalarFunction();
        opened.fields = readSchema(args);
        opened.entry = library.find('scalar', name, opened.fields);
        opened.function = opened.entry.open(name, opened.fields, Options.of(options));
        return opened;
      });
    }

    result() {
      return writeSchema([this.function.field]);
    }

    invoke(batch) {
      const rows = Number(batch.rows);
      if (!this.entry.columns) return runOnce(() => encode([this.function.call(receive(batch, this.fields), rows)], rows));
      return runOnce(() => {
        giveColumns([this.function.call(columnArguments(0), rows)]);
        return given(rows);
      });
    }
  }

  class Accumulator {
    static open(name, args, options) {
      return runOnce(() => {
        const opened = new Accumulator();
        opened.fields = [field('group', GROUP), ...readSchema(args)];
        opened.entry = library.find('aggregate', name, opened.fields.slice(1));
        opened.groups = opened.entry.open(name, opened.fields.slice(1), Options.of(options));
        opened.states = [field('group', GROUP), ...opened.groups.state];
        return opened;
      });
    }

    result() {
      return writeSchema([this.groups.field]);
    }

    stateSchema() {
      return writeSchema(this.groups.state);
    }

    retractable() {
      return this.groups.retractable;
    }

    update(batch, groups) {
      return runOnce(() => this.change('update', batch, Number(groups)));
    }

    retract(batch, groups) {
      return runOnce(() => this.change('retract', batch, Number(groups)));
    }

    change(method, batch, groups) {
      const rows = Number(batch.rows);
      if (this.entry.columns && batch.nodes.length === 0) this.groups.changeGiven(method, rows, columnArguments(0), groups);
      else this.groups.change(method, rows, receive(batch, this.fields), groups);
    }

    merge(batch, groups) {
      return runOnce(() => this.groups.merge(Number(batch.rows), receive(batch, this.states), Number(groups)));
    }

    convert(batch) {
      const rows = Number(batch.rows);
      return runOnce(() => encode(this.groups.convert(rows, receive(batch, this.fields.slice(1))), rows));
    }

    state(emit) {
      return runOnce(() => send(this.groups.takeStates(emit.tag === 'all' ? undefined : Number(emit.val))));
    }

    // Of the row of an error: it would be that of a group, which nobody can find.
    evaluate(emit) {
      return runOnce(() => send(this.groups.evaluate(emit.tag === 'all' ? undefined : Number(emit.val))), { row: false });
    }

    peek() {
      return runOnce(() => send(this.groups.peek()), { row: false });
    }
  }

  class WindowFunction {
    static open(name, args, options) {
      return runOnce(() => {
        const opened = new WindowFunction();
        opened.fields = readSchema(args);
        opened.entry = library.find('window', name, opened.fields);
        opened.function = opened.entry.open(name, opened.fields, Options.of(options));
        return opened;
      });
    }

    result() {
      return writeSchema([this.function.field]);
    }

    incremental() {
      return this.function.incremental;
    }

    evaluate(batch) {
      const rows = Number(batch.rows);
      if (!this.entry.columns) return runOnce(() => encode([this.function.evaluate(receive(batch, this.fields), rows)], rows));
      return runOnce(() => {
        giveColumns([this.function.evaluate(columnArguments(0), rows)]);
        return given(rows);
      });
    }

    push(batch, first) {
      const rows = Number(batch.rows);
      return runOnce(() => encode([this.function.push(receive(batch, this.fields), rows, first)], rows));
    }
  }

  class TableFunction {
    static open(name, args, options) {
      return runOnce(() => {
        const opened = new TableFunction();
        opened.arguments = readSchema(args);
        opened.calls = library.find('table', name, opened.arguments).open(name, opened.arguments, Options.of(options));
        return opened;
      });
    }

    result() {
      return writeSchema(this.calls.fields);
    }

    push(batch) {
      return run(() => this.calls.push(receive(batch, this.arguments), Number(batch.rows)));
    }

    next() {
      return run(() => {
        const made = this.calls.pull();
        if (made === undefined) release();
        return send(made);
      });
    }
  }

  const constants = (schema, batch) => {
    const fields = readSchema(schema);
    return [fields, new Constants(fields, receive(batch, fields), Number(batch.rows))];
  };

  class BatchMapper {
    static open(name, input, schema, args, options) {
      return runOnce(() => {
        const opened = new BatchMapper();
        const [fields, values] = constants(schema, args);
        opened.input = readSchema(input);
        opened.entry = library.find('map-batches', name, fields);
        opened.mapper = opened.entry.open(name, opened.input, values, Options.of(options));
        return opened;
      });
    }

    result() {
      return writeSchema(this.mapper.fields);
    }

    push(batch) {
      return run(() => {
        const rows = Number(batch.rows);
        if (!this.entry.columns) return this.mapper.push(receive(batch, this.input), rows);
        release();
        return this.mapper.pushBatch(Batch.of(this.input, columnArguments(0), rows));
      });
    }

    finish() {
      return run(() => this.mapper.finish());
    }

    next() {
      return run(() => {
        const made = this.mapper.next();
        if (made === undefined) release();
        if (made === undefined || !this.entry.columns) return send(made);
        lendColumns(made.columns);
        return given(made.rows);
      });
    }
  }

  class GroupMapper {
    static open(name, inputs, keys, schema, args, options) {
      return runOnce(() => {
        const opened = new GroupMapper();
        const kind = inputs.length === 1 ? 'grouped-map' : 'cogrouped-map';
        const [fields, values] = constants(schema, args);
        opened.entry = library.find(kind, name, fields);
        opened.inputs = inputs.map(readSchema);
        opened.mapper = opened.entry.open(name, opened.inputs, keys, values, Options.of(options));
        return opened;
      });
    }

    result() {
      return writeSchema(this.mapper.fields);
    }

    push(inputs, continued) {
      return run(() => {
        const groups = inputs.map(({ rows: batch, offsets }, index) => {
          const rows = Number(batch.rows);
          const fields = this.inputs[index];
          const columns = this.entry.columns ? columnArguments(index) : receive(batch, fields);
          return { batch: Batch.of(fields, columns, rows), offsets };
        });
        this.mapper.push(groups, continued);
      });
    }

    next() {
      return run(() => {
        const made = this.mapper.next();
        if (made === undefined) release(this.mapper.heldColumns);
        if (made === undefined || !this.entry.columns) return send(made);
        lendColumns(made.columns);
        return given(made.rows);
      });
    }
  }

  class TableReader {
    static open(name, options) {
      return runOnce(() => {
        const opened = new TableReader();
        opened.reader = library.find('reader', name, []).open(name, Options.of(options));
        return opened;
      });
    }

    result() {
      return writeSchema(this.reader.fields);
    }

    exactness(filters) {
      return run(() => this.reader.exactness(filtersOf(filters)));
    }

    plan(request) {
      return run(() => this.reader.plan(requestOf(request)).map(({ token, range, rows }) => ({
        token,
        range: range && { path: range.path, offset: BigInt(range.offset), length: BigInt(Math.min(range.length, Number.MAX_SAFE_INTEGER)) },
        rows: rows === undefined ? undefined : BigInt(Math.round(rows)),
      })));
    }

    read(split, request) {
      return run(() => {
        const opened = new SplitReader();
        opened.rows = this.reader.read({ ...split, token: local(split.token) }, requestOf(request));
        return opened;
      });
    }
  }

  class SplitReader {
    next() {
      return run(() => {
        const made = this.rows.next();
        if (made === undefined) release();
        return send(made);
      });
    }
  }

  const filtersOf = ({ filters, schema, values }) => ({ filters, values: constants(schema, values)[1] });
  const requestOf = ({ projection, filters, limit }) => ({ projection, filters: filtersOf(filters), limit: limit ?? undefined });

  class TableWriter {
    static open(name, input, options) {
      return runOnce(() => {
        const opened = new TableWriter();
        opened.input = readSchema(input);
        opened.writer = library.find('writer', name, opened.input).open(name, opened.input, Options.of(options));
        return opened;
      });
    }

    partition(number) {
      return run(() => {
        const opened = new PartitionWriter();
        opened.input = this.input;
        opened.writer = this.writer.partition(number);
        return opened;
      });
    }

    commit(manifests) {
      return run(() => this.writer.commit(manifests.map(local)));
    }
  }

  class PartitionWriter {
    write(batch) {
      return runOnce(() => this.writer.write(receive(batch, this.input), Number(batch.rows)));
    }

    finish() {
      return run(() => this.writer.finish());
    }
  }

  return {
    library: { describe: () => description },
    scalar: { ScalarFunction }, aggregate: { Accumulator }, window: { WindowFunction }, table: { TableFunction },
    mapBatches: { BatchMapper }, grouped: { GroupMapper }, reader: { TableReader, SplitReader },
    writer: { TableWriter, PartitionWriter },
  };
}

