// The order of values.

/** The order of two values, as the engine has it: of floats with all of them in a row, NaN behind; of text by its letters. */
export function compareValues(a, b) {
  if (typeof a === 'number' && typeof b === 'number') {
    if (Object.is(a, b)) return 0;
    if (Number.isNaN(a)) return 1;
    if (Number.isNaN(b)) return -1;
    if (a === 0 && b === 0) return Object.is(a, -0) ? -1 : 1;
    return a < b ? -1 : 1;
  }
  if (typeof a === 'string') {
    const [x, y] = [a[Symbol.iterator](), b[Symbol.iterator]()];
    for (;;) {
      const [c, d] = [x.next(), y.next()];
      if (c.done || d.done) return c.done ? (d.done ? 0 : -1) : 1;
      if (c.value !== d.value) return c.value.codePointAt(0) - d.value.codePointAt(0);
    }
  }
  if (a instanceof Uint8Array) {
    const differs = a.findIndex((byte, at) => byte !== b[at]);
    return differs < 0 ? a.length - b.length : a[differs] - (b[differs] ?? -1);
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/** As {@link compareValues}, as comparisons have it: zeros of both signs are the same. */
export const compared = (a, b) => (a === b ? 0 : compareValues(a, b));
