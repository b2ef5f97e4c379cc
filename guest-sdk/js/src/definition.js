// What stands in a definition, whatever the kind.

import { FunctionError } from './error.js';
import { Type, accepts, fieldsOf, show, typeName } from './types.js';

const DEFINITION = Symbol.for('arrowbox-sdk.definition');

/** Kinds of functions, for people. */
export const KINDS = {
  scalar: 'scalar function', aggregate: 'aggregate function', window: 'window function', table: 'table function',
  'map-batches': 'map over batches', 'grouped-map': 'map over groups', 'cogrouped-map': 'map over groups of two tables',
  reader: 'reader', writer: 'writer',
};

const VOLATILITIES = ['immutable', 'stable', 'volatile'];
const COMMON = ['name', 'documentation', 'volatility', 'grants'];

/** What is common to all definitions, and what `takes` names besides; anything else is an error. */
export function specOf(maker, spec, takes) {
  if (spec === null || typeof spec !== 'object') throw new TypeError(`${maker}: an object such as { args: { x: int64 } } comes first, not ${show(spec)}`);
  for (const key of Object.keys(spec)) {
    if (!COMMON.includes(key) && !takes.includes(key)) {
      throw new TypeError(`${maker}: there is no ${show(key)}; there are ${[...takes, ...COMMON].join(', ')}`);
    }
  }
  if (spec.variadic !== undefined && typeof spec.variadic !== 'boolean') throw new TypeError(`${maker}: variadic is true or false, not ${show(spec.variadic)}`);
  const { name, documentation = '', volatility = 'immutable', grants = [] } = spec;
  if (name !== undefined && (typeof name !== 'string' || name === '')) throw new TypeError(`${maker}: the name is ${show(name)}`);
  if (typeof documentation !== 'string') throw new TypeError(`${maker}: the documentation is ${show(documentation)}`);
  if (!VOLATILITIES.includes(volatility)) throw new TypeError(`${maker}: the volatility is one of ${VOLATILITIES.join(', ')}, not ${show(volatility)}`);
  if (!Array.isArray(grants) || grants.some((grant) => typeof grant !== 'string')) {
    throw new TypeError(`${maker}: the grants are a list such as ['clock'], not ${show(grants)}`);
  }
  return { name, documentation, volatility, grants };
}

/** The names of the parameters of a function, as far as they are names. */
export function parametersOf(f) {
  const source = typeof f === 'function' ? Function.prototype.toString.call(f).replace(/\/\*[^]*?\*\/|\/\/.*/g, '') : '';
  const [, single, list = ''] = /^([^\s(){}[\]=,.]+) *=>|^[^(]*?\(([^()]*)\)/.exec(source) ?? [];
  return (single ?? list).split(',').map((parameter) => /^\s*(?:\.\.\.)?([^\s(){}[\]=,.]+)/.exec(parameter)?.[1]);
}

/** The arguments of a definition: `{ x: int64 }`, or `[int64]` with the names of the parameters of `f`. */
export function argumentsOf(maker, spec, f) {
  const names = Array.isArray(spec.args) ? parametersOf(f) : [];
  const args = Array.isArray(spec.args)
    ? spec.args.map((type, index) => fieldsOf(`${maker}: args`, { [names[index] ?? `arg${index + 1}`]: type })[0])
    : fieldsOf(`${maker}: args`, spec.args ?? {});
  if (spec.variadic && args.length === 0) throw new TypeError(`${maker}: there is no argument that could stand any number of times`);
  return args;
}

/** The type of the result of a definition. */
export function resultOf(maker, type) {
  if (type instanceof Type && type.id !== 'any') return type;
  throw new TypeError(`${maker}: returns is a type such as int64, not ${type?.id === 'any' ? 'any' : show(type)}`);
}

/** The columns of what a definition returns: those of an object, or one without a name. */
export function columnsOf(maker, returns) {
  if (returns instanceof Type) return [{ name: '', type: resultOf(maker, returns) }];
  const fields = fieldsOf(`${maker}: returns`, returns);
  for (const field of fields) resultOf(`${maker}: ${field.name}`, field.type);
  return fields;
}

export function functionOf(maker, body) {
  if (typeof body !== 'function') throw new TypeError(`${maker}: the function comes second, not ${show(body)}`);
  if (isClass(body)) throw new TypeError(`${maker}: a function comes second, not the class ${body.name || '(without a name)'}`);
  return body;
}

export const isClass = (body) => typeof body === 'function' && /^class\b/.test(Function.prototype.toString.call(body));

/** What a definition with `open` has, or the function itself. */
export function openOf(maker, spec, body) {
  if (spec.open === undefined) return functionOf(maker, body);
  if (typeof spec.open !== 'function') throw new TypeError(`${maker}: \`open\` takes the options and returns the function, and is ${show(spec.open)}`);
  if (body !== undefined) throw new TypeError(`${maker}: \`open\` returns the function, and there is another`);
  return undefined;
}

/** A class with these methods. */
export function classOf(maker, body, methods, others = []) {
  if (typeof body !== 'function') throw new TypeError(`${maker}: the class comes second, not ${show(body)}`);
  const name = body.name || '(without a name)';
  for (const method of methods) {
    if (typeof body.prototype?.[method] !== 'function') throw new TypeError(`${maker}: the class ${name} has no method \`${method}\``);
  }
  for (const method of [...methods, ...others]) {
    if (/^Async/.test(body.prototype[method]?.constructor.name)) throw new TypeError(`${maker}: \`${method}\` of the class ${name} is \`async\`, and functions run to their end at once`);
  }
  return body;
}

/** Ties a definition to what an author exports. */
export function define(exported, definition) {
  const target = typeof exported === 'function' && exported[DEFINITION] ? (...args) => exported(...args) : exported;
  Object.defineProperty(target, DEFINITION, { value: definition });
  return target;
}

/** The definition of what a module exports, if it is a function of this SDK. */
export const definitionOf = (value) => (value !== null && (typeof value === 'object' || typeof value === 'function') ? value[DEFINITION] : undefined);

/** Whether a function can be called with arguments of these types. */
export function takes(definition, types) {
  const { args, variadic } = definition;
  if (variadic ? types.length < args.length - 1 : types.length !== args.length) return false;
  return types.every((type, index) => accepts(args[Math.min(index, args.length - 1)].type, type));
}

/** `(Int64, Utf8)` */
export const typesOf = (fields) => `(${fields.map(({ type }) => typeName(type)).join(', ')})`;

/** `result` is what was agreed: one value of a type for each row. */
export function agreed(result, rows, type) {
  if (result.length !== rows) throw new FunctionError(`the function returned ${result.length} values for ${rows} rows`);
  const { type: is } = result;
  if (typeName(is) !== typeName(type)) throw new FunctionError(`the function returned ${typeName(is)} and its signature says ${typeName(type)}`);
  if (!type.nullable && result.nullCount > 0) {
    throw new FunctionError(`the function returned ${result.nullCount} nulls, and its result is not nullable`);
  }
  return result;
}
