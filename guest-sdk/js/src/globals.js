// What JavaScript itself has that reaches out of the sandbox: the clock, randomness, the console.
//
// A component of this SDK imports nothing but the contract. `Date` and `Math.random` are those of the host for functions
// that say that they need the grants `clock` and `random`; for others they stand still, also beside such functions, so that
// libraries that call them load, and the same arguments give the same result.

import { log } from './host.js';

/** What `Date.now()` is without the grant `clock`, as for guests with WASI. */
const STILL = Date.UTC(2000, 0, 1);

/** Puts them in place, and gives what is told the grants of the function that is opened. */
export function standIns(host) {
  let grants = [];
  const has = (grant) => grants.includes(grant);
  replaceDate(() => (has('clock') ? Number(host.clock.now() / 1000000n) : STILL));
  replace('performance', { now: () => (has('clock') ? Number(host.clock.now()) / 1e6 : 0), timeOrigin: 0 });
  const [real, same] = [granted(host), still()];
  const random = () => (has('random') ? real : same);
  Math.random = () => random().next();
  replace('crypto', { getRandomValues: (array) => random().fill(array), randomUUID: () => uuid(random()) });
  replace('console', { ...globalThis.console, log: log.info, info: log.info, debug: log.debug, trace: log.trace, warn: log.warn, error: log.error });
  const never = (name) => () => {
    throw new Error(`${name} is not there: a function runs to its end at once, and nothing runs behind it`);
  };
  for (const name of ['setTimeout', 'setInterval', 'fetch']) replace(name, never(name));
  return (given) => {
    grants = given;
  };
}

const replace = (name, value) => Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });

function replaceDate(clock) {
  const Original = Date;
  const Replaced = function (...parts) {
    if (!new.target) return new Original(clock()).toString();
    return Reflect.construct(Original, parts.length === 0 ? [clock()] : parts, new.target === Replaced ? Original : new.target);
  };
  Object.setPrototypeOf(Replaced, Original);
  Replaced.prototype = Original.prototype;
  Replaced.now = () => clock();
  Replaced.parse = Original.parse;
  Replaced.UTC = Original.UTC;
  Original.prototype.constructor = Replaced;
  replace('Date', Replaced);
}

/** What the host gives, asked for in larger pieces. */
function granted(host) {
  let [bytes, at] = [new Uint8Array(0), 0];
  const more = (length) => {
    if (at + length > bytes.length) [bytes, at] = [host.random.bytes(Math.max(4096, length)), 0];
    at += length;
    return bytes.subarray(at - length, at);
  };
  return {
    next() {
      const [a, b] = new Uint32Array(more(8).slice().buffer);
      return ((a >>> 5) * 67108864 + (b >>> 6)) / 9007199254740992;
    },
    fill(array) {
      const into = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      for (let start = 0; start < into.length; start += 4096) into.set(more(Math.min(4096, into.length - start)), start);
      return array;
    },
  };
}

/** The same numbers in every instance (xorshift). */
function still() {
  let state = 0x9e3779b9;
  const word = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  return {
    next: () => ((word() >>> 5) * 67108864 + (word() >>> 6)) / 9007199254740992,
    fill(array) {
      const into = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      for (let at = 0; at < into.length; at++) into[at] = word();
      return array;
    },
  };
}

function uuid(random) {
  const bytes = random.fill(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
