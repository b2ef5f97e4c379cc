// Functions that give one value for each row.

import { agreed, argumentsOf, define, openOf, resultOf, specOf } from '../definition.js';
import { FunctionError } from '../error.js';
import { Column, expand } from '../column.js';
import { Loops, allNull, strictRows } from '../loop.js';
import { arrayOf, Type, show, typeName } from '../types.js';
import { Vector, concat, laidOut as laidOutVector, repeat } from '../vector.js';

const TAKES = ['args', 'returns', 'variadic', 'open'];

/** What `scalar` and its forms have in common. `form` says how the body is called. */
function make(maker, form, spec, body) {
  const common = specOf(maker, spec, TAKES);
  const args = argumentsOf(maker, spec, body);
  const { returns } = spec;
  const rule = typeof returns === 'function' ? returns : undefined;
  if (rule && form === 'rows') throw new TypeError(`${maker}: the type of the result of a function of rows is known before it is called`);
  const type = rule ? undefined : resultOf(maker, returns);
  if (form === 'rows' && args.some((arg) => arg.type.id === 'any')) {
    throw new TypeError(`${maker}: a function of rows knows the types of its arguments; \`scalar.vectors\` and \`scalar.columns\` take any`);
  }
  openOf(maker, spec, body);
  return {
    ...common, kind: 'scalar', args, variadic: spec.variadic === true, columns: form === 'columns',
    nulls: args.some((arg) => arg.type.nullable) ? 'called' : 'strict',
    result: type && [{ name: '', type: valueType(form, args, type) }],
    ...opener(form, { args, type, rule, open: spec.open, body }),
  };
}

/** As the result is described: it can be null where an argument can be that the function does not want to see as null. */
export function valueType(form, args, type) {
  return form !== 'rows' || args.some((arg) => !arg.type.nullable) ? type.with({ nullable: true }) : type;
}

function opener(form, { args, type, rule, open, body }) {
  const types = args.map((arg) => arg.type);
  const loops = form === 'rows' ? new Loops(types, type) : undefined;
  return {
    warm: () => loops?.warm([body ?? (() => {})]),
    open(name, given, options) {
      if (!open) options.only();
      const f = open ? open(options) : body;
      if (typeof f !== 'function') throw new FunctionError(`\`open\` of ${name} returned ${show(f)} and no function`);
      const declared = type ?? ruled(rule(given.map((field) => field.type)));
      const field = { name, type: valueType(form, args, declared) };
      const result = field.type;
      if (form === 'rows') return { field, call: (vectors, rows) => loops.run([f], vectors, rows) };
      if (form === 'columns') return { field, call: (columns, rows) => columnResult(f, args, columns, rows, result) };
      return { field, call: (vectors, rows) => vectorResult(f, args, vectors, rows, result) };
    },
  };
}

function ruled(type) {
  if (type instanceof Type && type.id !== 'any') return type;
  throw new FunctionError(`\`returns\` gave ${show(type)}, which is no type`);
}

/** Calls a function of columns. Where an argument is null that must not be, the result is null. */
export function columnResult(f, args, columns, rows, type) {
  const column = f(...columns);
  if (!(column instanceof Column)) throw new FunctionError(`the function returned ${show(column)} and no Column`);
  const { length } = column;
  if (length !== rows && length !== 1) throw new FunctionError(`the function returned ${length} values for ${rows} rows`);
  const present = presentRows(args, columns);
  const result = laidOut(present ? present.choose(column, null) : column, type);
  // Columns of one row stand for all rows, and so does what is computed of them alone.
  return expand(result, rows);
}

/** Where no argument is null that must not be, or undefined if none is. */
function presentRows(args, columns) {
  let present;
  columns.forEach((column, index) => {
    if (args[Math.min(index, args.length - 1)].type.nullable || column.nullCount === 0) return;
    const here = column.isNotNull();
    present = present === undefined ? here : present.and(here);
  });
  return present;
}

/** A column of text or binary can lie in another way than its signature says: the engine lays it out. */
export function laidOut(column, type) {
  const isText = type.id === 'utf8' || type.id === 'binary';
  // The host looks at the type of what it is given: asking it before costs as much as a kernel.
  const is = isText ? column.type : column.knownType;
  if (is === undefined || typeName(is) === typeName(type)) return column;
  if (isText && (is.dictionary ?? is).id === type.id) return column.cast(type);
  throw new FunctionError(`the function returned ${typeName(is)} and its signature says ${typeName(type)}`);
}

/** Calls a function of vectors. Where an argument is null that must not be, the result is null. */
export function vectorResult(f, args, vectors, rows, type) {
  const typed = vectors.map((vector, index) => {
    const { type: declared } = args[Math.min(index, args.length - 1)];
    const all = repeat(vector, rows);
    return declared.id === 'any' || (declared.as === all.type.as && !declared.fields) ? all : all.as(declared);
  });
  const result = laidOutVector(vectorOf(f(...typed), type), type);
  const present = strictRows(args.map((arg) => arg.type), vectors, rows);
  if (present === null || result.length !== rows) return agreed(result, rows, type);
  if (present === false) return allNull(type, rows);
  return agreed(masked(result, present), rows, type);
}

/** A vector that is null where it is, and where a bit is not set. */
function masked(vector, present) {
  const valid = vector.validity;
  const validity = valid === null ? present : present.map((byte, index) => byte & valid[index]);
  // Bits begin where the values do.
  const whole = vector.offset === 0 ? vector : concat([vector, vector.slice(0, 0)]);
  return new Vector({ ...whole._parts(), validity, nullCount: undefined });
}

/** A vector, a typed array or an array of values, as a column of a type. */
export function vectorOf(value, type) {
  if (value instanceof Vector) return value;
  if (Array.isArray(value)) return Vector.from(type, value);
  const Values = type.format === 'e' ? undefined : arrayOf(type.format);
  if (Values && value instanceof Values && !type.dictionary) {
    return new Vector({ type, length: value.length, nullCount: 0, buffers: [new Uint8Array(value.buffer, value.byteOffset, value.byteLength)] });
  }
  throw new FunctionError(`the function returned ${show(value)}; a Vector, ${Values ? `a ${Values.name}` : 'no typed array'} or an array of values is wanted`);
}

/**
 * A function of rows. What is exported is still the function.
 */
export function scalar(spec, body) {
  const definition = make('scalar', 'rows', spec, body);
  return define(body ?? { open: spec.open }, definition);
}

/** A function of columns that stay with the host. */
scalar.columns = (spec, body) => define(body ?? { open: spec.open }, make('scalar.columns', 'columns', spec, body));

/** A function of vectors: the bytes of a batch. */
scalar.vectors = (spec, body) => define(body ?? { open: spec.open }, make('scalar.vectors', 'vectors', spec, body));

/** For `returns`: the result has the type of the first argument. */
export function sameAsFirst(types) {
  if (types.length === 0) throw new FunctionError('there is no argument to take the type of');
  return types[0].with({ nullable: true });
}
