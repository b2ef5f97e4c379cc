// From the sources of a library to a component.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { bundle } from './bundle.js';
import { findEntry } from './entry.js';
import { BuildError } from './error.js';
import { wit } from './wit.js';
import { places } from '../src/places.js';

export { BuildError };

const INTERFACES = ['log', 'clock', 'random', 'data', 'files', 'sink', 'columns'];
const BUNDLE = 'arrowbox-bundle.js';

/** The module that a component is made of. */
const COMPONENT = [
  ...INTERFACES.map((name) => `import * as ${name} from 'arrowbox:udf/${name}@0.1.0';`),
  `import { component } from 'arrowbox-sdk/component';`,
  `import * as main from 'arrowbox-main';`,
  `const made = component(main, { ${INTERFACES.join(', ')} }, () => globalThis.arrowboxPlaces);`,
  ...['library', 'scalar', 'aggregate', 'window', 'table', 'mapBatches', 'grouped', 'reader', 'writer'].map((name) => `export const ${name} = made.${name};`),
].join('\n');

/** The module that is looked at before. */
const CHECK = `import { check } from 'arrowbox-sdk/check'; globalThis.arrowboxCheck = (map) => check(() => import('arrowbox-main'), map);`;

/**
 * Builds the component of a file or a folder; under its name if `out` is a folder.
 * @param {{ source: string, out?: string, progress?: (line: string) => void }} options
 * @returns {Promise<{ out: string, bytes: number, functions: { name: string, kind: string, columns: boolean }[] }>}
 */
export async function build({ source, out, progress = () => {} }) {
  const entry = await findEntry(source);
  const isFolder = await stat(out ?? '.').then((found) => found.isDirectory(), () => false);
  const target = isFolder ? resolve(out ?? '.', `${entry.name}.wasm`) : resolve(out);
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'arrowbox-')));
  try {
    progress(`bundling ${source}`);
    const functions = await look(entry, folder);
    const { code, map } = await bundle(entry, COMPONENT, BUNDLE);
    const file = join(folder, BUNDLE);
    await writeFile(file, `${code}\nglobalThis.arrowboxPlaces = ${JSON.stringify(map)};\n`);
    progress('making the component');
    const component = await componentized(file, map);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(`${target}.new`, component);
    await rename(`${target}.new`, target);
    return { out: target, bytes: component.length, functions };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Loads the library in a process of its own, for the errors that loading it has. */
async function look(entry, folder) {
  const { code, map } = await bundle(entry, CHECK, BUNDLE);
  const file = join(folder, 'check.mjs');
  await writeFile(file, code);
  // In a file: a command line is too short for the map of a large library.
  const program = join(folder, 'look.mjs');
  await writeFile(program, `await import(${JSON.stringify(pathToFileURL(file).href)});
    process.stdout.write('\\n' + JSON.stringify(await globalThis.arrowboxCheck(${JSON.stringify({ ...map, file: 'check.mjs' })})));`);
  const run = promisify(execFile)(process.execPath, [program], { cwd: entry.root, timeout: 60_000 });
  const answer = await run.then(
    ({ stdout }) => JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1)),
    (error) => ({ error: error.killed ? 'the library does not come to an end when it is loaded' : error.stderr.trim() || error.message }),
  );
  if (answer.error) throw new BuildError(answer.error);
  return answer.functions;
}

async function componentized(file, map) {
  const { componentize } = await import('@bytecodealliance/componentize-js');
  try {
    const { component } = await componentize({
      sourcePath: file,
      witPath: await wit(),
      worldName: 'portable',
      // A function reaches the host through the contract alone.
      disableFeatures: ['stdio', 'random', 'clocks', 'http', 'fetch-event'],
    });
    return component;
  } catch (error) {
    // What went wrong when the library was loaded, with the places that its author knows.
    const place = places(map);
    const said = error.message.replaceAll(/arrowbox-bundle\.js:(\d+):(\d+)/g, (text, line, column) => {
      const found = place({ file: BUNDLE, line: Number(line), column: Number(column) });
      return found ? `${found.file}:${found.line}:${found.column}` : text;
    });
    throw new BuildError(`componentize-js: ${said}`);
  }
}
