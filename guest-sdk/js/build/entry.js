// Which file a library begins with.

import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { BuildError } from './error.js';

const SOURCES = ['.ts', '.mts', '.js', '.mjs'];
const isSource = (name) => SOURCES.includes(extname(name)) && !/\.d\.m?ts$|\.test\.m?[jt]s$|\.config\.m?[jt]s$/.test(name);

const exists = (path) => stat(path).catch(() => undefined);

/**
 * The file, the folder that its paths are shown from, and a name for the component.
 * @param {string} source a file, or a folder
 */
export async function findEntry(source) {
  const path = resolve(source);
  const found = await exists(path);
  if (!found) throw new BuildError(`${source}: there is no such file or folder`);
  if (found.isFile()) {
    if (!isSource(path)) throw new BuildError(`${source}: a library is a file of JavaScript or TypeScript (${SOURCES.join(', ')})`);
    return { file: path, root: dirname(path), name: basename(path, extname(path)) };
  }
  const manifest = await manifestOf(path);
  const name = manifest?.name?.replace(/^@[^/]*\//, '') ?? basename(path);
  return { file: await mainOf(path, source, manifest), root: path, name };
}

async function manifestOf(folder) {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BuildError(`${join(folder, 'package.json')}: ${error.message}`);
  }
}

async function mainOf(folder, source, manifest) {
  if (manifest?.main !== undefined) {
    const file = resolve(folder, manifest.main);
    if ((await exists(file))?.isFile()) return file;
    throw new BuildError(`${source}: package.json says that \`main\` is ${manifest.main}, and there is no such file`);
  }
  for (const name of ['index', 'src/index']) {
    for (const extension of SOURCES) {
      const file = join(folder, name + extension);
      if ((await exists(file))?.isFile()) return file;
    }
  }
  const sources = (await readdir(folder)).filter(isSource);
  if (sources.length === 1) return join(folder, sources[0]);
  const what = sources.length === 0 ? 'there is no JavaScript or TypeScript' : `there are ${sources.join(', ')}`;
  throw new BuildError(`${source}: ${what}; say in package.json which file is the \`main\` one`);
}
