// Functions that give rows for values.

import { argumentsOf, columnsOf, define, openOf, specOf } from '../definition.js';
import { atRow } from '../error.js';
import { isConstant } from '../loop.js';
import { Rows, iterate } from '../rows.js';
import { uint32 } from '../types.js';
import { Vector, readerOf } from '../vector.js';

const TAKES = ['args', 'returns', 'variadic', 'open'];

/** The rows of a batch, at most. */
const MOST_ROWS = 8192;

/** Where a batch ends, in bytes of values that differ in length. */
const ENOUGH_BYTES = 1 << 20;

/** A function that gives rows: a generator, or what returns an array of rows. */
export function table(spec, body) {
  const common = specOf('table', spec, TAKES);
  const args = argumentsOf('table', spec, body);
  const fields = columnsOf('table', spec.returns);
  openOf('table', spec, body);
  const definition = {
    ...common, kind: 'table', args, variadic: spec.variadic === true, nulls: 'called', result: fields,
    open(name, _, options) {
      if (!spec.open) options.only();
      return new Calls({ name, args, fields, f: spec.open ? spec.open(options) : body });
    },
  };
  return define(body ?? { open: spec.open }, definition);
}

/** A table function at one place in a query. */
class Calls {
  constructor({ name, args, fields, f }) {
    this.name = name;
    this.args = args;
    this.f = f;
    this.fields = fields.map((field) => (field.name === '' ? { ...field, name } : field));
    this.output = new Rows(fields);
    this.parents = [];
    this.rows = 0;
    this.next = 0;
    this.current = undefined;
  }

  /** Takes rows of arguments. What is left of those before is dropped. */
  push(vectors, rows) {
    this.stop();
    this.output.clear();
    this.parents = [];
    this.rows = rows;
    this.next = 0;
    this.readers = vectors.map((vector, index) => {
      const { type } = this.args[Math.min(index, this.args.length - 1)];
      const read = readerOf(vector, type);
      return { read: isConstant(vector, rows) ? () => read(0) : read, nullable: type.nullable };
    });
  }

  /** The next rows, behind a column that says which row of the arguments they belong to. */
  pull() {
    const { output, parents } = this;
    while (output.length < MOST_ROWS && output.bytes < ENOUGH_BYTES) {
      if (this.current === undefined) {
        if (this.next >= this.rows) break;
        const row = this.next++;
        try {
          const values = this.readers.map(({ read }) => read(row));
          if (values.some((value, index) => value === null && !this.readers[index].nullable)) continue;
          this.current = { row, rows: iterate(this.f(...values), `what ${this.name} returned`) };
        } catch (error) {
          throw atRow(error, row);
        }
      }
      const { row, rows } = this.current;
      try {
        const item = rows.next();
        if (item.done) this.current = undefined;
        else {
          output.add(item.value);
          parents.push(row);
        }
      } catch (error) {
        throw atRow(error, row);
      }
    }
    if (output.length === 0) return undefined;
    this.parents = [];
    const made = output.take();
    const index = new Vector({ type: uint32, length: made.rows, nullCount: 0, buffers: [new Uint8Array(Uint32Array.from(parents).buffer)] });
    return { rows: made.rows, columns: [index, ...made.columns] };
  }

  /** Nobody wants the rest: a generator runs its `finally`. */
  stop() {
    this.current?.rows.return?.();
    this.current = undefined;
  }
}
