// Functions that give one value for each row of an ordered partition.

import { argumentsOf, classOf, define, openOf, resultOf, specOf } from '../definition.js';
import { FunctionError } from '../error.js';
import { Loops } from '../loop.js';
import { columnResult, valueType, vectorResult } from './scalar.js';

const TAKES = ['args', 'returns', 'variadic', 'open'];

function make(maker, form, spec, body) {
  const common = specOf(maker, spec, TAKES);
  const args = argumentsOf(maker, spec, form === 'rows' ? body?.prototype?.next : body);
  const returns = resultOf(maker, spec.returns);
  if (form === 'rows') {
    classOf(maker, body, ['next']);
    if (spec.open) throw new TypeError(`${maker}: the constructor of the class takes the options, there is no \`open\``);
  } else openOf(maker, spec, body);
  const type = valueType(form, args, returns);
  const loops = form === 'rows' ? new Loops(args.map((arg) => arg.type), returns, 'state.next(ARGUMENTS)', ['state']) : undefined;
  const plan = { args, type, form, loops, body, open: spec.open };
  return {
    ...common, kind: 'window', args, variadic: spec.variadic === true, columns: form === 'columns', nulls: 'called',
    result: [{ name: '', type }],
    warm: () => loops?.warm([undefined]),
    open: (name, _, options) => new Partitions(plan, name, options),
  };
}

/** A window function at one place in a query. */
class Partitions {
  constructor({ args, type, form, loops, body, open }, name, options) {
    Object.assign(this, { args, type, form, loops, name, options });
    this.field = { name, type };
    this.incremental = form === 'rows';
    if (form === 'rows') {
      this.Class = body;
      if (body.length === 0) options.only();
      this.pushed = new body(options);
    } else {
      if (!open) options.only();
      this.f = open ? open(options) : body;
    }
  }

  /** A whole partition. */
  evaluate(vectors, rows) {
    if (this.form === 'columns') return columnResult(this.f, this.args, vectors, rows, this.type);
    if (this.form === 'vectors') return vectorResult(this.f, this.args, vectors, rows, this.type);
    return this.loops.run([new this.Class(this.options)], vectors, rows);
  }

  /** The next rows of a partition; `first` begins a new one. */
  push(vectors, rows, first) {
    if (!this.incremental) throw new FunctionError(`${this.name} needs a whole partition at once`);
    if (first) this.pushed = new this.Class(this.options);
    return this.loops.run([this.pushed], vectors, rows);
  }
}

/** A window function: a class whose `next` is called row by row. Every partition has an instance of its own. */
export function window(spec, Class) {
  return define(Class, make('window', 'rows', spec, Class));
}

/** A function of the vectors of a whole partition. */
window.vectors = (spec, body) => define(body ?? { open: spec.open }, make('window.vectors', 'vectors', spec, body));

/** A function of the columns of a whole partition, which stay with the host. */
window.columns = (spec, body) => define(body ?? { open: spec.open }, make('window.columns', 'columns', spec, body));
