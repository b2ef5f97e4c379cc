// What stands for the host in plain Node.

import { getRandomValues } from 'node:crypto';
import { columns, refuse } from './columns.js';

/** What tests lay out: files of a reader, and those that a writer makes. */
const laid = { files: undefined, made: undefined };

/** Runs `body` with these files, and gives what it gives. */
export function withFiles(files, body) {
  const before = laid.files;
  laid.files = new Map(Object.entries(files).map(([path, content]) => [path, typeof content === 'string' ? new TextEncoder().encode(content) : content]));
  try {
    return body();
  } finally {
    laid.files = before;
  }
}

/** Runs `body` and gives what it gives, with the files that it finished. */
export function withSink(body) {
  const before = laid.made;
  const made = (laid.made = new Map());
  try {
    const result = body();
    return { result, files: new Map([...made].filter(([, file]) => file.finished).map(([path, file]) => [path, file.bytes()])) };
  } finally {
    laid.made = before;
  }
}

const filesOf = () => laid.files ?? refuse('outside of a query, files are there within `withFiles`');

class File {
  #pieces = [];
  finished = false;

  static create(path) {
    if (laid.made === undefined) refuse('outside of a query, files are made within `withSink`');
    if (path.split('/').some((name) => name === '' || name.startsWith('.'))) {
      refuse(`${JSON.stringify(path)} is no path of a file: it has names between \`/\` that do not begin with a dot`);
    }
    if (laid.made.has(path)) refuse(`${path} is there already`);
    const file = new File();
    laid.made.set(path, file);
    return file;
  }

  write({ val }) {
    this.#pieces.push(val.slice());
  }

  bytes() {
    return new Uint8Array(Buffer.concat(this.#pieces));
  }

  finish() {
    this.finished = true;
    return BigInt(this.bytes().length);
  }
}

const lines = { trace: 'debug', debug: 'debug', info: 'info', warn: 'warn', error: 'error' };

export const node = {
  log: { write: (level, message) => console[lines[level]](message), panicked: (message) => console.error(message) },
  clock: { now: () => BigInt(Date.now()) * 1000000n },
  random: { bytes: (length) => getRandomValues(new Uint8Array(length)) },
  data: {
    size: (name) => refuse(`there is no data ${name} outside of a query: new Options({}, { ${name}: … })`),
    read: (name) => refuse(`there is no data ${name} outside of a query: new Options({}, { ${name}: … })`),
  },
  files: {
    entries: () => [...filesOf()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, bytes]) => ({ path, size: BigInt(bytes.length) })),
    read: (path, offset, length) => (filesOf().get(path) ?? refuse(`there is no file ${path}`)).slice(Number(offset), Number(offset) + length),
  },
  sink: { File },
  columns,
};
