// Functions from batches to batches, which keep what they learn.

import { Promised, batchOf, schemaOf } from '../batch.js';
import { argumentsOf, classOf, columnsOf, define, specOf } from '../definition.js';
import { any } from '../types.js';

const TAKES = ['args', 'returns'];

/** How a function of tables is called. */
export class TableCall {
  #arguments;

  constructor(args, constants) {
    this.args = args;
    this.#arguments = constants;
  }

  /** How many values stand behind the tables. */
  get length() {
    return this.#arguments.length;
  }

  /** The value at `index`, counted from zero, as `type` says or as it came. */
  argument(index, type) {
    return this.#arguments.get(index, type);
  }

  /** The values of the arguments that the definition declares, by name. */
  get arguments() {
    return Object.fromEntries((this.args ?? []).map(({ name, type }, index) => [name, this.argument(index, type)]));
  }
}

/** What definitions over tables have in common. */
export function overTables(maker, kind, spec, Class, methods) {
  const common = specOf(maker, spec, TAKES);
  classOf(maker, Class, methods, ['finish']);
  const args = spec.args === undefined ? undefined : argumentsOf(maker, spec);
  return {
    ...common, kind, args: args ?? [], declared: args, variadic: false, nulls: 'called', result: [],
    anything: args === undefined ? any : undefined,
  };
}

function make(maker, columns, spec, Class) {
  const definition = overTables(maker, 'map-batches', spec, Class, ['push']);
  const returns = spec.returns && columnsOf(maker, spec.returns);
  return {
    ...definition, columns,
    open: (name, input, constants, options) => new BatchMapper({ name, Class, returns, args: definition.declared }, input, constants, options),
  };
}

/** A function of batches at one place in a query. */
class BatchMapper {
  constructor({ name, Class, returns, args }, input, constants, options) {
    const call = Object.assign(new TableCall(args, constants), { input });
    if (Class.length < 2) options.only();
    this.function = new Class(call, options);
    const schema = returns ?? schemaOf(`the schema of ${name}`, typeof this.function.schema === 'function' ? this.function.schema() : this.function.schema);
    this.fields = schema.map((field) => (field.name === '' ? { ...field, name } : field));
    this.input = input;
    this.output = new Promised(this.fields, name);
  }

  push(vectors, rows) {
    this.output.give(this.function.push(batchOf(this.input, vectors, rows)));
  }

  /** The next rows, whose columns stay with the host. */
  pushBatch(batch) {
    this.output.give(this.function.push(batch));
  }

  finish() {
    this.output.give(this.function.finish?.());
  }

  next() {
    return this.output.next();
  }
}

/**
 * A function of batches: a class with `push(batch)`, which gives a batch, some of them, or as a generator any number,
 * and maybe `finish()`. Its columns are `returns`, or what its `schema` says.
 */
export function mapBatches(spec, Class) {
  return define(Class, make('mapBatches', false, spec, Class));
}

/** As {@link mapBatches}, with batches of columns that stay with the host. */
mapBatches.columns = (spec, Class) => define(Class, make('mapBatches.columns', true, spec, Class));

