// Runs the functions in Node.js: `node native.js <folder>`.
//
// Each line that comes is a function and how many rounds it is to run over the columns that lie in the folder; each line
// that goes is how many nanoseconds that took. The first one says what runs. The result lies beside the columns.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { geometricMean } from '../../../examples/geometric-mean/js/geometric-mean.js';
import { addOne, gcd, upper } from './plain.js';

const RUNS = {
  add_one(x) {
    const values = words(x);
    const results = new BigInt64Array(values.length);
    for (let i = 0; i < values.length; i++) results[i] = addOne(values[i]);
    return results;
  },
  gcd(x, y) {
    const [a, b] = [words(x), words(y)];
    const results = new BigInt64Array(a.length);
    for (let i = 0; i < a.length; i++) results[i] = gcd(a[i], b[i]);
    return results;
  },
  upper(places, text) {
    const offsets = new Int32Array(places.buffer, places.byteOffset, places.length / 4);
    const results = new Array(offsets.length - 1);
    for (let i = 0; i < results.length; i++) results[i] = upper(text.utf8Slice(offsets[i], offsets[i + 1]));
    return Buffer.from(results.join(''));
  },
  geometric_mean(x) {
    const values = new Float64Array(x.buffer, x.byteOffset, x.length / 8);
    const state = new geometricMean();
    for (let i = 0; i < values.length; i++) state.update(values[i]);
    return Float64Array.of(state.evaluate());
  },
};

const words = (bytes) => new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);

/** The bytes of a file, at a multiple of the width of any value. */
function column(path) {
  const bytes = readFileSync(path);
  return Buffer.from(new Uint8Array(bytes).buffer);
}

const folder = process.argv[2];
console.log(`Node.js ${process.versions.node}`);
for await (const line of createInterface({ input: process.stdin })) {
  const [name, rounds] = line.split(' ');
  const files = readdirSync(`${folder}/${name}`).filter((file) => file.startsWith('argument-')).sort();
  const columns = files.map((file) => column(`${folder}/${name}/${file}`));
  const run = RUNS[name];
  let result;
  const began = process.hrtime.bigint();
  for (let round = 0; round < Number(rounds); round++) result = run(...columns);
  const took = process.hrtime.bigint() - began;
  writeFileSync(`${folder}/${name}/result`, result);
  console.log(String(took));
}
