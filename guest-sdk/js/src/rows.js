// Rows on their way into batches.

import { Builder, isRecord } from './builder.js';
import { FunctionError } from './error.js';
import { show } from './types.js';

/** Collects rows: objects with a value for each field, or the values of a field without a name. */
export class Rows {
  constructor(fields) {
    this.fields = fields;
    this.plain = fields.length === 1 && fields[0].name === '';
    this.clear();
  }

  clear() {
    this.builders = this.fields.map(({ type }) => new Builder(type));
    this.length = 0;
  }

  add(row) {
    const { fields, builders } = this;
    if (this.plain) {
      try {
        builders[0].add(row);
      } catch (error) {
        throw renamed(error, 'the row');
      }
    } else {
      if (row === null || typeof row !== 'object') throw this.refuse(row);
      for (let index = 0; index < builders.length; index++) {
        const value = row[fields[index].name];
        if (value === undefined && !isRecord(row)) throw this.refuse(row);
        try {
          builders[index].add(value);
        } catch (error) {
          throw renamed(error, `the field ${show(fields[index].name)} of a row`);
        }
      }
    }
    this.length++;
  }

  refuse(row) {
    return new FunctionError(`a row is ${show(row)}, and an object with ${this.fields.map(({ name }) => name).join(', ')} is declared`);
  }

  /** About how many bytes there are in values that differ in length. */
  get bytes() {
    let sum = 0;
    for (const builder of this.builders) sum += builder.bytes;
    return sum;
  }

  /** The columns of the rows, which are forgotten. */
  take() {
    const made = { rows: this.length, columns: this.builders.map((builder) => builder.finish()) };
    this.clear();
    return made;
  }
}

function renamed(error, what) {
  if (error instanceof FunctionError) error.message = error.message.replace(/^the value/, what);
  return error;
}

/** What can be iterated over for rows: an iterable, nothing, and not a text or an object that is a row itself. */
export function iterate(rows, what) {
  if (rows === null || rows === undefined) return [][Symbol.iterator]();
  if (typeof rows !== 'string' && typeof rows[Symbol.iterator] === 'function') return rows[Symbol.iterator]();
  if (typeof rows[Symbol.asyncIterator] === 'function' || typeof rows.then === 'function') {
    throw new FunctionError(`${what} is asynchronous: functions run to their end at once, without \`async\``);
  }
  throw new FunctionError(`${what} is ${show(rows)}, and rows are wanted: an array, or what a generator gives`);
}
