// Runs functions of every kind in plain Node, through the code that a query runs.

import { Batch, Options, Vector, nullable } from './index.js';
import { definitionOf } from './definition.js';
import { Driver } from './driver.js';
import { exportsOf } from './exports.js';
import { Library } from './library.js';
import { desk } from './node/columns.js';
import { withFiles, withSink } from './node/host.js';
import { show } from './types.js';

export { withFiles, withSink };

/** A function as the only one of a library, with the options of a test. */
function open(f, kinds) {
  const definition = definitionOf(f);
  if (!definition || !kinds.includes(definition.kind)) throw new TypeError(`${show(f)} is no ${kinds.join(' or ')} function of arrowbox-sdk`);
  const name = definition.name ?? 'tested';
  return { name, definition, driver: new Driver(exportsOf(new Library({ [name]: f })), desk) };
}

/** Values as the definition says that JavaScript sees them. */
const seen = (vector, type) => (type ? vector.as(type) : vector).toArray();

/** Rows, as the definition says that JavaScript sees them: the columns of `returns` are the last ones. */
function rowsOf(batch, returns) {
  const first = batch.fields.length - returns.length;
  const columns = batch.columns.map((column, index) => (index < first ? column : column.as(returns[index - first].type)));
  return Batch.of(batch.fields, columns, batch.length).toArray();
}

const wire = (options = new Options()) => options;

/** Columns of arguments: vectors, or arrays of values of the types that the definition says. */
function vectorsOf(definition, columns) {
  return columns.map((column, index) => {
    if (column instanceof Vector) return column;
    if (definition.args.length === 0) throw new TypeError('the definition declares no arguments: give a Vector for each');
    const { type } = definition.args[Math.min(index, definition.args.length - 1)];
    return Vector.from(nullable(type), column);
  });
}

const constants = (definition, args = []) => args.map((value, index) => (value instanceof Vector ? value : vectorsOf(definition, args.map((each) => [each]))[index]));

/** The values of a scalar function for columns of arguments. */
export function scalar(f, columns, { options } = {}) {
  const { name, definition, driver } = open(f, ['scalar']);
  const vectors = vectorsOf(definition, columns);
  return seen(driver.scalar(name, vectors, vectors.length === 0 ? 1 : Math.max(...vectors.map((vector) => vector.length)), wire(options)), definition.result?.[0].type);
}

/** The values of an aggregate function for columns of arguments, one for each group. `pieces` are merged. */
export function aggregate(f, columns, { groups, pieces = 1, options } = {}) {
  const { name, definition, driver } = open(f, ['aggregate']);
  const vectors = vectorsOf(definition, columns);
  const of = groups ?? new Array(vectors[0].length).fill(0);
  return seen(driver.aggregate(name, vectors, of, { pieces, options: wire(options) }), definition.result[0].type);
}

/** Checks what the engine relies on: however rows are cut into pieces and merged, the results are the same. */
export function laws(f, columns, { options, same = (a, b) => Object.is(a, b) } = {}) {
  const { name, definition, driver } = open(f, ['aggregate']);
  const vectors = vectorsOf(definition, columns);
  const rows = vectors[0].length;
  const groups = Array.from({ length: rows }, (_, row) => row % 3);
  const given = wire(options);
  const whole = driver.aggregate(name, vectors, groups, { options: given }).toArray();
  const check = (results, what) => results.forEach((result, group) => {
    if (!same(result, whole[group])) throw new Error(`${name}: ${what} gives ${show(result)} for a group that is ${show(whole[group])} at once`);
  });
  for (const pieces of [2, 3, rows]) check(driver.aggregate(name, vectors, groups, { pieces, options: given }).toArray(), `merging ${pieces} pieces`);
  check(driver.aggregate(name, vectors, groups, { convert: true, options: given }).toArray(), 'merging each row');
}

/** The values of a window function for the columns of one partition. */
export function window(f, columns, { piece, options } = {}) {
  const { name, definition, driver } = open(f, ['window']);
  return seen(driver.window(name, vectorsOf(definition, columns), { piece, options: wire(options) }), definition.result[0].type);
}

/** The rows of a table function for one row of arguments, `limit` of them. */
export function table(f, args, { limit = Infinity, options } = {}) {
  const { name, definition, driver } = open(f, ['table']);
  const rows = [];
  for (const batch of driver.table(name, vectorsOf(definition, args.map((value) => [value])), 1, wire(options))) {
    // Behind the column that says which row of the arguments each belongs to.
    const made = Batch.of(batch.fields.slice(1), batch.columns.slice(1), batch.length);
    for (const row of rowsOf(made, definition.result)) if (rows.length < limit) rows.push(row);
    if (rows.length >= limit) break;
  }
  return rows;
}

/** What a function of batches gives. */
export function mapBatches(f, batches, { args, options } = {}) {
  const { name, definition, driver } = open(f, ['map-batches']);
  return driver.mapBatches(name, batches, constants(definition, args), wire(options));
}

/** The rows of a function of groups. */
export function groupedMap(f, batch, by, { args, options, piece } = {}) {
  const { name, definition, driver } = open(f, ['grouped-map']);
  return driver.grouped(name, [batch], [[by].flat()], { args: constants(definition, args), options: wire(options), piece }).flatMap((each) => rowsOf(each, definition.returns));
}

/** The rows of a function of the groups of two tables. */
export function cogroupedMap(f, left, right, by, { args, options, piece, rightBy = by } = {}) {
  const { name, definition, driver } = open(f, ['cogrouped-map']);
  const keys = [[by].flat(), [rightBy].flat()];
  return driver.grouped(name, [left, right], keys, { args: constants(definition, args), options: wire(options), piece }).flatMap((each) => rowsOf(each, definition.returns));
}

/** The rows of a reader of these files. */
export function read(f, files, { columns, filters, limit, options } = {}) {
  const { name, driver } = open(f, ['reader']);
  return withFiles(files, () => driver.read(name, { columns, filters, limit, options: wire(options) })).batches.flat().flatMap((batch) => batch.toArray());
}

/** The files that a writer makes of partitions, each a list of batches. */
export function write(f, partitions, { options } = {}) {
  const { name, driver } = open(f, ['writer']);
  return withSink(() => driver.write(name, partitions.map((batches) => (batches instanceof Batch ? [batches] : batches)), wire(options))).files;
}

/**
 * The exports of a file of TypeScript, which Node.js before version 22.18 does not run by itself.
 * @param {string | URL} url such as `new URL('gcd.ts', import.meta.url)`
 */
export async function load(url) {
  const esbuild = import('esbuild').catch((cause) => {
    throw new Error('esbuild is not there, which reads TypeScript in tests: `arrowbox build` installs it', { cause });
  });
  const [{ build }, { rm, writeFile }, { fileURLToPath, pathToFileURL }] = await Promise.all([esbuild, import('node:fs/promises'), import('node:url')]);
  process.setSourceMapsEnabled(true);
  const source = fileURLToPath(url);
  const { outputFiles: [{ text }] } = await build({
    entryPoints: [source], bundle: true, write: false, format: 'esm', platform: 'node', packages: 'external', sourcemap: 'inline',
  });
  // Beside the source, so that packages are found.
  const file = source.replace(/([^/\\]*)$/, `.$1.${process.pid}.mjs`);
  await writeFile(file, text);
  try {
    return await import(pathToFileURL(file));
  } finally {
    await rm(file);
  }
}
