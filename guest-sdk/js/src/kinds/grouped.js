// Functions from all rows of a key to rows, with one table or two.

import { concatBatches } from '../batch.js';
import { columnsOf, define, isClass } from '../definition.js';
import { FunctionError } from '../error.js';
import { Rows, iterate } from '../rows.js';
import { show, typeName } from '../types.js';
import { concat, take } from '../vector.js';
import { TableCall, overTables } from './map-batches.js';

/** Rows of a batch, at most, and where it ends in bytes of values that differ in length. */
const BATCH = 1 << 16;
const BATCH_BYTES = 16 << 20;

function make(maker, kind, spec, Class, columns = false) {
  const plain = typeof Class === 'function' && !isClass(Class) && typeof Class.prototype?.map !== 'function';
  const definition = overTables(maker, kind, spec, plain ? class { map() {} } : Class, ['map']);
  const returns = columnsOf(maker, spec.returns);
  return {
    ...definition, columns, returns,
    open: (name, inputs, keys, constants, options) =>
      new GroupMapper({ name, Class, plain, returns, args: definition.declared }, inputs, keys, constants, options),
  };
}

/** The function of a definition that is one, called as a method. */
const asObject = (f, call) => ({ map: (...groups) => f(...groups, call) });

/** A function of groups at one place in a query. */
class GroupMapper {
  constructor({ name, Class, plain, returns, args }, inputs, keys, constants, options) {
    keys.forEach((places, index) => {
      const none = [...places].find((key) => key >= inputs[index].length);
      if (none !== undefined) throw new FunctionError(`column ${none} is to be a key in a table of ${inputs[index].length} columns`);
    });
    this.name = name;
    this.inputs = inputs;
    this.keys = keys.map((places) => [...places]);
    const call = new TableCall(args, constants);
    if (inputs.length === 1) Object.assign(call, { input: inputs[0], keys: this.keys[0] });
    else Object.assign(call, { left: inputs[0], right: inputs[1], leftKeys: this.keys[0], rightKeys: this.keys[1] });
    if (plain || Class.length < 2) options.only();
    this.function = plain ? asObject(Class, call) : new Class(call, options);
    this.rows = new Rows(returns);
    this.fields = this.resultFields(returns);
    /** Rows of a group that is not whole yet, of each table. */
    this.held = undefined;
    this.pending = [];
    this.current = undefined;
    this.runs = [];
  }

  resultFields(returns) {
    const fields = this.keys[0].map((key) => ({ ...this.inputs[0][key] }));
    this.inputs.slice(1).forEach((input, index) => {
      const others = this.keys[index + 1].map((key) => input[key]);
      const same = others.length === fields.length && others.every((other, at) => typeName(other.type) === typeName(fields[at].type));
      if (!same) throw new FunctionError('the keys of the tables are not of the same types');
      others.forEach((other, at) => {
        if (other.type.nullable) fields[at].type = fields[at].type.with({ nullable: true });
      });
    });
    for (const field of returns) {
      const named = field.name === '' ? { ...field, name: this.name } : field;
      if (fields.some((other) => other.name === named.name)) {
        throw new FunctionError(`${show(named.name)} is a column of the key and a column of what the function gives: rename one of them`);
      }
      fields.push(named);
    }
    return fields;
  }

  /** Takes many groups: `{ batch, offsets }` of each table. With `continued` the last one goes on in the next call. */
  push(groups, continued) {
    if (this.pending.length > 0 || this.current || this.rows.length > 0) {
      throw new FunctionError('groups came before the rows of the last ones were taken');
    }
    if (groups.length !== this.inputs.length) {
      throw new FunctionError(`groups of ${groups.length} tables came where ${this.inputs.length} are agreed`);
    }
    const number = groups[0].offsets.length;
    for (const { batch, offsets } of groups) {
      const sorted = offsets.every((offset, index) => index === 0 || offsets[index - 1] <= offset);
      if (offsets.length !== number || number === 0 || !sorted || offsets[number - 1] > batch.length) {
        throw new FunctionError('the offsets of the groups are not those of the rows');
      }
    }
    for (let index = 0; index + 1 < number; index++) {
      const tables = groups.map(({ batch, offsets }) => batch.slice(offsets[index], offsets[index + 1] - offsets[index]));
      let pieces = tables.map((table) => [table]);
      if (index === 0 && this.held) {
        pieces = this.held.map((held, side) => [...held, tables[side]]);
        this.held = undefined;
      }
      if (continued && index + 2 === number) this.held = pieces;
      else this.pending.push(pieces);
    }
    if (number === 1 && this.held && !continued) {
      this.pending.push(this.held);
      this.held = undefined;
    }
  }

  /** Columns that the next call needs. */
  get heldColumns() {
    return (this.held ?? []).flat().flatMap((batch) => batch.columns);
  }

  begin(pieces) {
    const tables = pieces.map((some, side) => {
      const full = some.filter((piece) => piece.length > 0);
      return concatBatches(this.inputs[side], full.length > 0 ? full : some.slice(0, 1));
    });
    const side = tables.findIndex((table) => table.length > 0);
    const given = this.function.map(...tables);
    return { rows: iterate(given, `what ${this.name} returned`), side, table: tables[side], count: 0 };
  }

  next() {
    const { rows } = this;
    while (rows.length < BATCH && rows.bytes < BATCH_BYTES) {
      if (this.current === undefined) {
        const pieces = this.pending.shift();
        if (pieces === undefined) break;
        this.current = this.begin(pieces);
      }
      const { done, value } = this.current.rows.next();
      if (!done) {
        rows.add(value);
        this.current.count++;
        continue;
      }
      this.endRun();
      this.current = undefined;
    }
    this.endRun();
    if (rows.length === 0) return undefined;
    const made = rows.take();
    const columns = [...this.keyColumns(), ...made.columns];
    this.runs = [];
    return { rows: made.rows, columns };
  }

  /** Notes whose key the last rows have. */
  endRun() {
    const { current } = this;
    if (!current || current.count === 0) return;
    if (current.table === undefined) throw new FunctionError('a group has no rows in any table');
    this.runs.push({ table: current.table, side: current.side, count: current.count });
    current.count = 0;
  }

  /** The columns of the key, for the rows of `runs`. */
  keyColumns() {
    return this.keys[0].map((_, index) => {
      const firsts = this.runs.map(({ table, side }) => vectorOf(table.columns[this.keys[side][index]].slice(0, 1)));
      const places = [];
      this.runs.forEach(({ count }, run) => {
        for (let i = 0; i < count; i++) places.push(run);
      });
      const column = take(concat(firsts), places);
      return column;
    });
  }
}

const vectorOf = (column) => column.toVector?.() ?? column;

/**
 * A function of groups: `(group, call) => rows`, or a class whose `map(group)` gives rows. The result has the columns of
 * the key first, and then those of `returns`.
 */
export function groupedMap(spec, body) {
  return define(body, make('groupedMap', 'grouped-map', spec, body));
}

/** As {@link groupedMap}, with columns that stay with the host. */
groupedMap.columns = (spec, body) => define(body, make('groupedMap.columns', 'grouped-map', spec, body, true));

/** A function of the groups of two tables: `(left, right, call) => rows`, or a class with such a `map`. */
export function cogroupedMap(spec, body) {
  return define(body, make('cogroupedMap', 'cogrouped-map', spec, body));
}

/** As {@link cogroupedMap}, with columns that stay with the host. */
cogroupedMap.columns = (spec, body) => define(body, make('cogroupedMap.columns', 'cogrouped-map', spec, body, true));

