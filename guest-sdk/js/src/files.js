// The files that a reader was given, and no others.

import { FunctionError } from './error.js';
import { host } from './host.js';
import { asked } from './options.js';
import { whole } from './types.js';
import { local } from './vector.js';

/** What is read at once, in bytes. */
const BUFFER = 1 << 20;

/** What is read at once behind the end of a range, where only the rest of a line is wanted, in bytes. */
const BEHIND = 16 << 10;

/** How long a line can be unless `longest` says otherwise, in bytes. */
const LONGEST = 16 << 20;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** All of them, in the order of their paths: `{ path, size }`. */
export function entries() {
  return asked(() => host().files.entries()).map(({ path, size }) => ({ path, size: Number(size) }));
}

/** From `offset`, `length` bytes or what is left. */
export function readFile(path, offset = 0, length = Number.MAX_SAFE_INTEGER) {
  const pieces = [];
  let size = 0;
  whole(offset, `the offset in ${path}`);
  while (size < length) {
    const piece = local(asked(() => host().files.read(path, BigInt(offset + size), Math.min(length - size, BUFFER))));
    if (piece.length === 0) break;
    pieces.push(piece);
    size += piece.length;
  }
  if (pieces.length === 1) return pieces[0];
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/**
 * The lines of a part of a file, without their newlines, as text.
 *
 * A line begins at the first byte of a file or behind a newline. A range has the lines that begin behind its first byte,
 * up to its end; one that begins where the file begins has the first line as well. However a file is cut into ranges
 * that follow one another, each line is in exactly one of them.
 */
export function* lines({ path, offset = 0, length = Number.MAX_SAFE_INTEGER }, { longest = LONGEST } = {}) {
  for (const { bytes } of lineBytes({ path, offset, length }, { longest })) yield decoder.decode(bytes);
}

/** As {@link lines}, as `{ bytes, offset }`: the bytes, and where in the file they begin. */
export function* lineBytes({ path, offset = 0, length = Number.MAX_SAFE_INTEGER }, { longest = LONGEST } = {}) {
  whole(offset, `the offset in ${path}`);
  if (length === 0) return;
  const end = offset + length;
  let [buffer, base, ended] = [new Uint8Array(0), offset, false];
  const refill = (start) => {
    const rest = buffer.subarray(start);
    base += start;
    const position = base + rest.length;
    const wanted = Math.min(Math.max(0, end - position) + BEHIND, Math.max(BUFFER, rest.length));
    const more = local(asked(() => host().files.read(path, BigInt(position), wanted)));
    ended = more.length === 0;
    buffer = new Uint8Array(rest.length + more.length);
    buffer.set(rest);
    buffer.set(more, rest.length);
  };
  refill(0);
  let start = 0;
  if (offset > 0) {
    // Behind the first newline.
    for (;;) {
      const newline = buffer.indexOf(10, start);
      if (newline >= 0) {
        start = newline + 1;
        break;
      }
      if (ended || base + buffer.length >= end) return;
      refill(buffer.length);
      start = 0;
    }
  }
  for (;;) {
    if (base + start > end || (base + start === end && offset === 0 && length === 0)) return;
    let newline = buffer.indexOf(10, start);
    while (newline < 0 && !ended) {
      if (buffer.length - start > longest) throw tooLong(path, base + start, longest);
      refill(start);
      start = 0;
      newline = buffer.indexOf(10, start);
    }
    const stop = newline < 0 ? buffer.length : newline;
    if (stop - start > longest) throw tooLong(path, base + start, longest);
    if (newline < 0 && stop === start) return;
    yield { bytes: buffer.subarray(start, stop), offset: base + start };
    if (newline < 0) return;
    start = newline + 1;
  }
}

function tooLong(path, at, longest) {
  return new FunctionError(`${path}: the line at byte ${at} is longer than ${longest} bytes: is it a file of lines? \`longest\` sets the bound`);
}

/**
 * Cuts all files into parts of nearly the same size, of at most `bytes` each: for `plan` of files that can be read from
 * anywhere, such as lines. With `Infinity`, each file is one part. An empty file has none.
 */
export function splitFiles(bytes = 64 << 20) {
  const splits = [];
  for (const { path, size } of entries()) {
    const parts = Math.max(1, Math.ceil(size / Math.max(bytes, 1)));
    const length = Math.ceil(size / parts);
    for (let offset = 0; offset < size; offset += length) splits.push({ path, offset, length: Math.min(length, size - offset) });
  }
  return splits;
}
