// Functions that give one value for each group of rows: the states of many groups, and the loop over rows.

import { Column, expand } from '../column.js';
import { argumentsOf, classOf, columnsOf, define, resultOf, specOf } from '../definition.js';
import { FunctionError } from '../error.js';
import { Builder, refuse } from '../builder.js';
import { Loops } from '../loop.js';
import { show, uint32 as UINT32 } from '../types.js';
import { Vector, readerOf, take } from '../vector.js';

const TAKES = ['args', 'state', 'returns', 'variadic'];
const METHODS = ['update', 'merge', 'evaluate'];

function make(maker, form, spec, Class) {
  const common = specOf(maker, spec, TAKES);
  const args = argumentsOf(maker, spec, Class?.prototype?.update);
  const returns = resultOf(maker, spec.returns);
  const state = columnsOf(`${maker}: state`, spec.state);
  if (state.some((field) => field.name === '')) throw new TypeError(`${maker}: the state is an object such as { sum: float64, count: int64 }`);
  classOf(maker, Class, METHODS, ['retract']);
  const retractable = typeof Class.prototype.retract === 'function';
  const types = args.map((arg) => arg.type);
  const loop = (method) => ({
    one: new Loops(types, undefined, `state.${method}(ARGUMENTS)`, ['state']),
    each: new Loops(types, undefined, `states[groups[i]].${method}(ARGUMENTS)`, ['states', 'groups']),
  });
  const loops = form === 'rows' ? { update: loop('update'), retract: loop('retract') } : undefined;
  const plan = { args, state, returns, Class, retractable, loops, form };
  return {
    ...common, kind: 'aggregate', args, variadic: spec.variadic === true, columns: form === 'columns', nulls: 'called',
    result: [{ name: '', type: returns }],
    warm() {
      loops?.update.each.warm([[], new Uint32Array(0)]);
      loops?.update.one.warm([undefined]);
    },
    open: (name, given, options) => new Groups(plan, name, given, options),
  };
}

/** The group of each row: one number for all rows, or an array. */
function groupsOf(vector, rows, groups) {
  if (vector.type.format !== 'I' || vector.nullCount > 0) {
    throw new FunctionError(`the groups of rows are ${vector.type} with ${vector.nullCount} nulls where UInt32 without any is agreed`);
  }
  const indices = vector.values;
  let last = 0;
  for (let i = 0; i < indices.length; i++) if (indices[i] > last) last = indices[i];
  if (last >= groups && indices.length > 0) throw new FunctionError(`a row is of group ${last}, and there are ${groups} groups`);
  if (indices.length === 1) return indices[0];
  if (indices.length !== rows) throw new FunctionError(`there are ${indices.length} groups for ${rows} rows`);
  return indices;
}

/** An aggregate function at one place in a query. */
class Groups {
  constructor(plan, name, given, options) {
    this.plan = plan;
    this.name = name;
    this.options = options;
    this.field = { name, type: plan.returns };
    this.state = plan.state;
    this.arguments = given;
    this.retractable = plan.retractable;
    this.states = [];
    if (plan.Class.length === 0) options.only();
    this.identity();
  }

  identity() {
    return new this.plan.Class(this.options);
  }

  grow(groups) {
    while (this.states.length < groups) this.states.push(this.identity());
  }

  mayChange(method) {
    if (method === 'retract' && !this.retractable) {
      throw new FunctionError(`${this.name} can not take rows back: it has no \`retract\``);
    }
  }

  /** Adds rows, or takes them out again. */
  change(method, rows, [index, ...vectors], groups, states = this.states) {
    this.mayChange(method);
    if (states === this.states) this.grow(groups);
    if (index === undefined) throw new FunctionError('the batch has no columns');
    const of = groupsOf(index, rows, states.length);
    if (this.plan.form === 'columns') return this.changeColumns(method, rows, of, vectors.map(asColumn(rows)), states);
    const { one, each } = this.plan.loops[method];
    if (typeof of === 'number') one.run([states[of]], vectors, rows);
    else each.run([states, of], vectors, rows);
    return undefined;
  }

  /** Adds rows whose columns stay with the host. `of` is as in `groupsOf`, or a Column. */
  changeColumns(method, rows, of, columns, states = this.states) {
    const run = (group, some) => {
      const seen = this.present(some);
      if (seen.length === 0 || seen[0].length > 0) states[group][method](...seen);
    };
    if (typeof of === 'number') return run(of, columns);
    // The rows of each group lie together when they are sorted by group.
    const groups = Column.of(new Vector({ type: UINT32, length: rows, nullCount: 0, buffers: [new Uint8Array(of.buffer, of.byteOffset, of.byteLength)] }));
    const order = groups.sort();
    const sorted = columns.map((column) => column.take(order));
    const counts = new Map();
    for (const group of of) counts.set(group, (counts.get(group) ?? 0) + 1);
    let first = 0;
    for (const group of [...counts.keys()].sort((a, b) => a - b)) {
      const count = counts.get(group);
      run(group, sorted.map((column) => column.slice(first, count)));
      first += count;
    }
    return undefined;
  }

  /** Leaves out rows in which an argument is null that must not be. */
  present(columns) {
    let mask;
    columns.forEach((column, index) => {
      const { args } = this.plan;
      if (args[Math.min(index, args.length - 1)].type.nullable || column.nullCount === 0) return;
      const valid = column.isNotNull();
      mask = mask === undefined ? valid : mask.and(valid);
    });
    return mask === undefined ? columns : columns.map((column) => column.filter(mask));
  }

  /** Adds rows of columns of the call under way, or takes them out again: the group of each, and the arguments. */
  changeGiven(method, rows, [index, ...columns], groups) {
    this.mayChange(method);
    this.grow(groups);
    const vector = index.toVector();
    this.changeColumns(method, rows, groupsOf(vector, rows, groups), columns.map((column) => expand(column, rows)));
  }

  merge(rows, [index, ...vectors], groups) {
    this.grow(groups);
    const of = groupsOf(index, rows, this.states.length);
    const none = (error) => new FunctionError(`this is no state of ${this.name}: ${error}`);
    if (vectors.length !== this.state.length) {
      throw none(`it has ${vectors.length} columns, and a state has ${this.state.length}`);
    }
    const readers = vectors.map((vector, field) => {
      const { name, type } = this.state[field];
      if (!type.nullable && vector.nullCount > 0) throw none(`the column ${show(name)} has ${vector.nullCount} nulls`);
      return [name, readerOf(vector.length === rows ? vector : take(vector, new Array(rows).fill(0)), type)];
    });
    for (let row = 0; row < rows; row++) {
      const other = this.identity();
      for (const [name, read] of readers) other[name] = read(row);
      this.states[typeof of === 'number' ? of : of[row]].merge(other);
    }
  }

  convert(rows, vectors) {
    const states = Array.from({ length: rows }, () => this.identity());
    const index = new Vector({ type: UINT32, length: rows, nullCount: 0, buffers: [new Uint8Array(Uint32Array.from({ length: rows }, (_, row) => row).buffer)] });
    if (rows > 0) this.change('update', rows, [index, ...vectors], rows, states);
    return this.columnsOf(states);
  }

  /** The fields of states, as columns. */
  columnsOf(states) {
    return this.state.map(({ name, type }) => {
      const builder = new Builder(type);
      for (const state of states) {
        const value = state[name];
        if (value === undefined) throw refuse(type, value, `the field ${show(name)} of the state of ${this.name}`);
        try {
          builder.add(value);
        } catch (error) {
          if (error instanceof FunctionError) error.message = `the field ${show(name)} of the state of ${this.name}: ${error.message}`;
          throw error;
        }
      }
      return builder.finish();
    });
  }

  /** What `make` makes of the first so many groups, which are forgotten then. */
  emit(count, make) {
    const groups = this.states.length;
    if (count !== undefined && count > groups) throw new FunctionError(`${count} groups are asked for, and there are ${groups}`);
    const states = count === undefined || count === groups ? this.states : this.states.slice(0, count);
    const columns = make(states);
    this.states = states === this.states ? [] : this.states.slice(count);
    return { rows: states.length, columns };
  }

  takeStates(count) {
    return this.emit(count, (states) => this.columnsOf(states));
  }

  evaluate(count) {
    return this.emit(count, (states) => this.results(states));
  }

  peek() {
    return { rows: this.states.length, columns: this.results(this.states) };
  }

  results(states) {
    const builder = new Builder(this.plan.returns);
    for (const state of states) {
      try {
        builder.add(state.evaluate());
      } catch (error) {
        if (error instanceof FunctionError) error.message = error.message.replace(/^the value/, 'the result');
        throw error;
      }
    }
    return [builder.finish()];
  }
}



const asColumn = (rows) => (vector) => expand(Column.of(vector), rows);

/**
 * An aggregate function: a class whose instances are what is known of the rows of one group. The fields that `state`
 * names are columns, since the engine sends them from host to host and writes them to disk when memory is short.
 */
export function aggregate(spec, Class) {
  return define(Class, make('aggregate', 'rows', spec, Class));
}

/** As {@link aggregate}, with an `update` that takes the columns of all rows of its group in a batch. */
aggregate.columns = (spec, Class) => define(Class, make('aggregate.columns', 'columns', spec, Class));

