// Where a line of a bundle comes from, by the source map that the build puts beside it.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The numbers of a segment of a source map. */
function decode(segment) {
  const numbers = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const part = DIGITS.indexOf(digit);
    value |= (part & 31) << shift;
    if (part & 32) shift += 5;
    else {
      numbers.push(value & 1 ? -(value >> 1) : value >> 1);
      [value, shift] = [0, 0];
    }
  }
  return numbers;
}

/**
 * What gives the place in the source of a place in the bundle. Sources that are not the author's are null.
 * @param {{ file: string, sources: (string | null)[], mappings: string } | (() => object)} given
 */
export function places(given) {
  /** For each line of the bundle `[column, source, line, column]`. It is read when something is thrown. */
  let lines;
  const read = (mappings) => {
    let [source, line, column] = [0, 0, 0];
    return mappings.split(';').map((segments) => {
      let at = 0;
      return segments.split(',').filter(Boolean).map((segment) => {
        const [along, toSource, down, across] = decode(segment);
        at += along;
        if (toSource !== undefined) {
          source += toSource;
          line += down;
          column += across;
        }
        return [at, source, line, column];
      });
    });
  };
  return (frame) => {
    const { file, sources, mappings } = typeof given === 'function' ? given() : given;
    if (!frame.file.endsWith(file)) return undefined;
    lines ??= read(mappings);
    // Columns of SpiderMonkey begin at one.
    const segments = lines[frame.line - 1] ?? [];
    let found;
    for (const segment of segments) if (segment[0] <= frame.column - 1) found = segment;
    if (found === undefined || !sources[found[1]]) return undefined;
    return { file: sources[found[1]], line: found[2] + 1, column: found[3] + 1 };
  };
}
