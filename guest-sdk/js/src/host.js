// What lies outside of a function: the host, or in plain Node what stands for it.

const seam = { host: undefined };

/** Says who answers from now on, and gives who did. */
export function setHost(next) {
  const before = seam.host;
  seam.host = next;
  return before;
}

/** Who answers: an object with the imports of the contract (`wit/host.wit`, `files.wit`, `columns.wit`). */
export function host() {
  if (seam.host === undefined) throw new Error('arrowbox-sdk was loaded without a host: import it from `arrowbox-sdk`');
  return seam.host;
}

/** Nanoseconds since 1970-01-01T00:00:00Z. The function has to be granted `clock`. */
export function now() {
  return host().clock.now();
}

/** So many bytes that nobody can foretell. The function has to be granted `random`. */
export function randomBytes(length) {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) bytes.set(host().random.bytes(Math.min(65536, length - at)), at);
  return bytes;
}

const write = (level) => (...parts) => host().log.write(level, parts.map((part) => (typeof part === 'string' ? part : shown(part))).join(' '));

function shown(value) {
  if (value instanceof Error) return value.stack ?? String(value);
  if (typeof value === 'bigint') return String(value);
  try {
    return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? String(value);
  } catch {
    return String(value);
  }
}

/** Lines for whoever watches the query. `console` writes there too. */
export const log = {
  trace: write('trace'), debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'),
};
