// What the statement that made a function known said to its constructor.

import { FunctionError } from './error.js';
import { host } from './host.js';
import { whole } from './types.js';
import { local } from './vector.js';

/** The most that the host gives in one call, in bytes. */
const CHUNK = 16 << 20;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A lookup table, the weights of a model: what `data.<name> = '<path>'` named. */
export class Blob {
  #name;
  #bytes;

  constructor(name, bytes) {
    this.#name = name;
    this.#bytes = bytes;
  }

  /** As in `data.<name>`. */
  get name() {
    return this.#name;
  }

  /** In bytes. */
  get size() {
    if (this.#bytes !== undefined) return this.#bytes.length;
    return Number(asked(() => host().data.size(this.#name)));
  }

  /** At most `length` bytes from `offset` on, or what is left. */
  readAt(offset, length) {
    whole(offset, `the offset in data.${this.#name}`);
    if (this.#bytes !== undefined) return this.#bytes.slice(offset, offset + length);
    return local(asked(() => host().data.read(this.#name, BigInt(offset), Math.min(length, CHUNK))));
  }

  /** All of it. */
  bytes() {
    const { size } = this;
    const all = new Uint8Array(size);
    for (let at = 0; at < size; ) {
      const chunk = this.readAt(at, Math.min(CHUNK, size - at));
      if (chunk.length === 0) throw new FunctionError(`data.${this.name} ended after ${at} of ${size} bytes`);
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  /** All of it as text. */
  text() {
    const bytes = this.bytes();
    try {
      return decoder.decode(bytes);
    } catch {
      throw new FunctionError(`data.${this.name}: it is not UTF-8`);
    }
  }
}

/** What the host answers, with its errors as ours. */
export function asked(call) {
  try {
    return call();
  } catch (error) {
    const message = error?.payload ?? error;
    if (typeof message === 'string') throw new FunctionError(message);
    throw error;
  }
}

/** `OPTIONS (param.<key> = '<value>', data.<name> = '<path>')`. */
export class Options {
  #parameters;
  #data;

  /**
   * For tests: `new Options({ mode: 'strict' }, { lexicon: 'good,1\n' })`.
   * @param {Record<string, string>} [parameters]
   * @param {Record<string, string | Uint8Array>} [data]
   */
  constructor(parameters = {}, data = {}) {
    this.#parameters = Object.entries(parameters);
    const bytes = (value) => (typeof value === 'string' ? new TextEncoder().encode(value) : value);
    this.#data = Object.entries(data).map(([name, value]) => new Blob(name, bytes(value)));
  }

  /** Those of the contract. */
  static of(given) {
    if (given instanceof Options) return given;
    const { parameters, data } = given;
    const options = new Options();
    options.#parameters = parameters;
    options.#data = data.map((name) => new Blob(name));
    return options;
  }

  /** The value of `param.<key>`, undefined where there is none. */
  param(key) {
    return this.#parameters.find(([name]) => name === key)?.[1];
  }

  /** All parameters, in the order in which they were given. */
  get params() {
    return this.#parameters.map(([key, value]) => [key, value]);
  }

  /** The blob `data.<name>`, undefined where there is none. */
  data(name) {
    return this.#data.find((blob) => blob.name === name);
  }

  /** Refuses every parameter and every blob but these, so that a misspelt one is noticed. */
  only(...known) {
    const given = [...this.#parameters.map(([key]) => ['param', key]), ...this.#data.map((blob) => ['data', blob.name])];
    const other = given.find(([, name]) => !known.includes(name));
    if (other === undefined) return;
    const [kind, name] = other;
    const takes = known.length === 0 ? 'no options' : known.join(', ');
    throw new FunctionError(`${kind}.${name} is not known: the function takes ${takes}`);
  }
}
