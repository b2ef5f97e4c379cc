// The files that a writer makes. Nobody sees them before the whole table is written.

import { FunctionError } from './error.js';
import { host } from './host.js';
import { asked } from './options.js';
import { show } from './types.js';

/** What is given to the host at once, in bytes. */
const BUFFER = 256 << 10;

const encoder = new TextEncoder();

/** A file being made. One that is not finished is not there. */
export class SinkFile {
  #file;
  #pieces = [];
  #size = 0;

  /** Begins the file at `path`: names with `/` between them that do not begin with a dot, below the location of the table. */
  constructor(path) {
    this.path = path;
    this.#file = asked(() => host().sink.File.create(path));
  }

  /** Text, or bytes. */
  write(piece) {
    // Whoever wrote bytes can use their place again.
    const bytes = typeof piece === 'string' ? encoder.encode(piece) : piece instanceof Uint8Array ? piece.slice() : piece;
    if (!(bytes instanceof Uint8Array)) throw new FunctionError(`${this.path}: ${show(piece)} can not be written, only text and Uint8Arrays`);
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    if (this.#size >= BUFFER) this.#drain();
  }

  /** Ends the file and says how many bytes it has. */
  finish() {
    this.#drain();
    return Number(asked(() => this.#file.finish()));
  }

  #drain() {
    if (this.#size === 0) return;
    let all = this.#pieces[0];
    if (this.#pieces.length > 1) {
      all = new Uint8Array(this.#size);
      let at = 0;
      for (const piece of this.#pieces) {
        all.set(piece, at);
        at += piece.length;
      }
    }
    this.#pieces = [];
    this.#size = 0;
    asked(() => this.#file.write({ tag: 'bytes', val: all }));
  }
}
