// The fixture library in two forms: in plain Node, and as a component that jco runs.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { load } from 'arrowbox-sdk/testing';
import { build } from '../build/index.js';
import { Driver } from '../src/driver.js';
import { exportsOf } from '../src/exports.js';
import { Library } from '../src/library.js';
import { desk } from '../src/node/columns.js';
import { node } from '../src/node/host.js';

export const SOURCE = fileURLToPath(new URL('fixtures/library.ts', import.meta.url));

/** A driver of the library in plain Node. */
export const inNode = async () => new Driver(exportsOf(new Library(await load(pathToFileURL(SOURCE)))), desk);

/** The exports of a component, run by jco. Lines of its log go to `log`. */
export async function instantiated(component, folder, log = []) {
  const { transpile } = await import('@bytecodealliance/jco');
  const { files } = await transpile(component, { name: 'component', instantiation: 'async' });
  await mkdir(folder, { recursive: true });
  for (const [path, bytes] of Object.entries(files)) {
    if (path.includes('/') || path.endsWith('.d.ts')) continue;
    await writeFile(join(folder, path), path.endsWith('.js') ? named(new TextDecoder().decode(bytes)) : bytes);
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const { instantiate } = await import(pathToFileURL(join(folder, 'component.js')));
  const core = async (path) => WebAssembly.compile(await readFile(join(folder, path)));
  const host = { ...node, log: { write: (level, line) => log.push([level, line]), panicked: (line) => log.push(['panic', line]) } };
  const imports = Object.fromEntries(Object.entries(host).map(([name, of]) => [`arrowbox:udf/${name}`, of]));
  imports['arrowbox:udf/files'] = { ...node.files, readInto() {} };
  return instantiate(core, imports);
}

/** What jco makes of an import that is called `arguments` is no JavaScript. */
const named = (code) => code
  .replace(/const \{ Column, arguments, /, 'const { Column, arguments: arguments$, ')
  .replace(/\barguments(?=\._isHostProvided|=== undefined)/g, 'arguments$')
  .replace(/(=> )arguments\(/g, '$1arguments$(');

/** The library as a component: where it is, and what it exports. */
export async function asComponent(log) {
  const folder = join(tmpdir(), `arrowbox-sdk-test-${process.pid}`);
  const { out, functions } = await build({ source: SOURCE, out: join(folder, 'library.wasm') });
  const bytes = await readFile(out);
  return { folder, bytes, functions, fresh: async () => new Driver(await instantiated(bytes, join(folder, 'js'), log), desk) };
}
