// What reaches the user of a query when a function can not go on.

/**
 * An error whose text alone reaches the user: what a function says about its input. Any other exception is named with
 * its type and with the place in the source that it comes from.
 */
export class FunctionError extends Error {
  /**
   * @param {string} message
   * @param {{ row?: number, cause?: unknown }} [more] the row of the batch, counted from zero
   */
  constructor(message, more) {
    super(message, more?.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'FunctionError';
    this.row = more?.row;
  }
}

/** Where a line of a bundle comes from. The build says it. */
const places = { of: undefined };

/** `of(file, line, column)` gives `{ file, line, column }`, or undefined for what is no source of the author. */
export function setPlaces(of) {
  places.of = of;
}

/** Frames of a stack as SpiderMonkey (`name@file:1:2`) or V8 (`at name (file:1:2)`) writes them. */
function* frames(stack) {
  for (const line of String(stack ?? '').split('\n')) {
    const found = /(?:@|\(|at (?:async )?)([^@()\s][^@()]*?):(\d+):(\d+)\)?$/.exec(line.trim());
    if (found) yield { file: found[1], line: Number(found[2]), column: Number(found[3]) };
  }
}

/** `file:line:column` of the author's source where an exception was thrown, if that can be known. */
export function placeOf(error) {
  for (const frame of frames(error?.stack)) {
    const found = places.of?.(frame);
    if (found) return `${found.file}:${found.line}:${found.column}`;
  }
  return undefined;
}

/** Errors of the glue around a component are not instances of the `Error` here. */
const isError = (error) => error instanceof Error || (typeof error?.message === 'string' && typeof error.stack === 'string');

/** The text of an exception: type, message, place, and what caused it. */
export function textOf(error, seen = []) {
  if (error instanceof FunctionError) return error.message + causeOf(error, seen);
  if (!isError(error)) {
    const thrown = typeof error === 'string' ? error : safely(() => JSON.stringify(error)) ?? String(error);
    return `${thrown} was thrown, which is no Error`;
  }
  const place = placeOf(error);
  const named = error.message === '' ? error.name : `${error.name}: ${error.message}`;
  return `${named}${place === undefined ? '' : ` (${place})`}${causeOf(error, seen)}`;
}

/** An error can be a cause of itself. */
function causeOf(error, seen) {
  const all = [...seen, error];
  return error.cause === undefined || all.includes(error.cause) ? '' : `: ${textOf(error.cause, all)}`;
}

function safely(make) {
  try {
    return make();
  } catch {
    return undefined;
  }
}

/** Rows of exceptions that are not {@link FunctionError}. */
const rows = new WeakMap();

/** Notes the row of a batch in which `error` was thrown, unless it names one. */
export function atRow(error, row) {
  if (error instanceof FunctionError) error.row ??= row;
  else if (error !== null && typeof error === 'object' && !rows.has(error)) rows.set(error, row);
  else if (error === null || typeof error !== 'object') return new FunctionError(textOf(error), { row });
  return error;
}

/** The row that is named, if one is. */
export function rowOf(error) {
  if (error instanceof FunctionError) return error.row;
  return error !== null && typeof error === 'object' ? rows.get(error) : undefined;
}

/** As the contract wants it. */
export function wireError(error, { row = true } = {}) {
  const at = row ? Number(rowOf(error) ?? -1) : -1;
  return { message: textOf(error), row: Number.isSafeInteger(at) && at >= 0 ? BigInt(at) : undefined };
}
