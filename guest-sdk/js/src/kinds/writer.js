// Functions that put a table somewhere, all of it or nothing.

import { batchOf } from '../batch.js';
import { classOf, define, specOf } from '../definition.js';
import { FunctionError } from '../error.js';
import { any, show } from '../types.js';

/** A writer at one place in a query. */
class TableWriter {
  constructor(name, Class, input, options) {
    this.name = name;
    this.input = input;
    const schema = Object.fromEntries(input.map((field) => [field.name, field.type]));
    if (Class.length < 2) options.only();
    this.writer = new Class(schema, options);
  }

  partition(number) {
    const partition = this.writer.partition(number);
    if (typeof partition?.write !== 'function') throw new FunctionError(`\`partition\` of ${this.name} gave ${show(partition)}, which has no \`write\``);
    return new Partition(this.name, this.input, partition);
  }

  commit(manifests) {
    this.writer.commit?.(manifests);
  }
}

class Partition {
  constructor(name, input, partition) {
    Object.assign(this, { name, input, partition });
  }

  write(vectors, rows) {
    const given = this.partition.write(batchOf(this.input, vectors, rows));
    if (typeof given?.then === 'function') throw new FunctionError(`\`write\` of a partition of ${this.name} is asynchronous: functions run to their end at once, without \`async\``);
  }

  finish() {
    const manifest = this.partition.finish?.() ?? new Uint8Array(0);
    if (typeof manifest === 'string') return new TextEncoder().encode(manifest);
    if (manifest instanceof Uint8Array) return manifest;
    throw new FunctionError(`\`finish\` of a partition of ${this.name} gave ${show(manifest)}; a text, a Uint8Array or nothing is wanted`);
  }
}

/**
 * A writer: a class with `partition(number)`, which gives an object with `write(batch)` and `finish()`, and maybe
 * `commit(manifests)`, which has what each partition gave at its end.
 */
export function writer(spec, Class) {
  const common = specOf('writer', spec, []);
  classOf('writer', Class, ['partition'], ['commit']);
  const definition = {
    ...common, kind: 'writer', args: [], variadic: false, nulls: 'called', result: [], anything: any,
    open: (name, input, options) => new TableWriter(name, Class, input, options),
  };
  return define(Class, definition);
}
