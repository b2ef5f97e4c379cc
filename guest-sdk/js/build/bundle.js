// One module of the author's sources and all that they import.

import { builtinModules } from 'node:module';
import { readFile } from 'node:fs/promises';
import { extname, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { documented } from './documentation.js';
import { BuildError } from './error.js';

const SDK = fileURLToPath(new URL('../src/', import.meta.url));
const LOADERS = { '.js': 'js', '.mjs': 'js', '.ts': 'ts', '.mts': 'ts' };

/** Whatever version of the package a source would find, it gets this one. */
const sdk = {
  name: 'sdk',
  setup(build) {
    const modules = { 'arrowbox-sdk': 'api.js', 'arrowbox-sdk/component': 'component.js', 'arrowbox-sdk/document': 'library.js', 'arrowbox-sdk/check': 'check.js' };
    build.onResolve({ filter: /^arrowbox-sdk(\/.*)?$/ }, ({ path }) => {
      if (modules[path]) return { path: SDK + modules[path] };
      return { errors: [{ text: `${path} is for tests in Node.js and for builds, and not for what runs in a component` }] };
    });
    build.onResolve({ filter: /^arrowbox:/ }, ({ path }) => ({ path, external: true }));
  },
};

/** What Node.js brings is not there in a component. A package of the same name is. */
const builtins = {
  name: 'builtins',
  setup(build) {
    const names = builtinModules.filter((name) => !name.startsWith('_')).join('|');
    build.onResolve({ filter: new RegExp(`^(node:.*|(${names}))$`) }, async ({ path, pluginData, ...from }) => {
      if (pluginData === builtins) return undefined;
      if (!path.startsWith('node:')) {
        const found = await build.resolve(path, { ...from, pluginData: builtins });
        if (found.errors.length === 0 && !found.external && found.path.includes('node_modules')) return found;
      }
      return { errors: [{ text: `"${path}" is a part of Node.js, and a component runs without Node.js: take what is written in JavaScript alone` }] };
    });
  },
};

/** Adds what stands above definitions, so that `describe` has it. */
const documentation = {
  name: 'documentation',
  setup(build) {
    build.onLoad({ filter: /\.m?[jt]s$/ }, async ({ path }) => {
      if (path.includes(`${sep}node_modules${sep}`) || path.startsWith(SDK)) return undefined;
      return { contents: documented(await readFile(path, 'utf8')), loader: LOADERS[extname(path)] };
    });
  },
};

/**
 * Code and source map of `contents`, which imports the author's file as `main`.
 * @param {{ file: string, root: string }} entry
 */
export async function bundle(entry, contents, name) {
  try {
    const result = await esbuild.build({
      stdin: { contents, resolveDir: entry.root, sourcefile: 'arrowbox-entry.js' },
      plugins: [sdk, builtins, documentation, { name: 'main', setup: (build) => build.onResolve({ filter: /^arrowbox-main$/ }, () => ({ path: entry.file })) }],
      bundle: true, write: false, format: 'esm', platform: 'browser', target: 'es2022', charset: 'utf8', outfile: name,
      sourcemap: 'external', sourcesContent: false, legalComments: 'none', keepNames: false, logLevel: 'silent',
      conditions: ['arrowbox', 'module', 'import'], mainFields: ['module', 'main'], absWorkingDir: entry.root,
      define: { 'process.env.NODE_ENV': '"production"' },
    });
    const [map, code] = ['.map', '.js'].map((end) => result.outputFiles.find((file) => file.path.endsWith(end)).text);
    return { code, map: ownPlaces(JSON.parse(map), entry.root, name) };
  } catch (error) {
    if (!Array.isArray(error.errors)) throw error;
    throw new BuildError(error.errors.map(messageOf).join('\n'));
  }
}

/** The map with the author's own sources alone, as paths from the root of the library. */
function ownPlaces(map, root, file) {
  const own = (source) => {
    const path = source.replace(/^(\.\.\/)+(?=.*\/arrowbox-sdk\/src\/)/, '');
    const full = source.startsWith('/') ? source : `${root}/${source}`;
    const outside = path.includes('node_modules/') || source === 'arrowbox-entry.js' || isSdk(full);
    return outside ? null : source;
  };
  return { file, sources: map.sources.map(own), mappings: map.mappings };
}

const isSdk = (path) => !relative(SDK, path).startsWith('..');

/** `file:line:column: text`, as editors find it. */
function messageOf({ text, location, notes }) {
  const missing = /^Could not resolve "([^"./][^"]*)"/.exec(text);
  const said = missing ? `"${missing[1]}" is not installed: npm install ${missing[1].split('/').slice(0, missing[1].startsWith('@') ? 2 : 1).join('/')}` : text;
  const at = location ? `${location.file}:${location.line}:${location.column + 1}: ` : '';
  const line = location?.lineText ? `\n    ${location.lineText.trim()}` : '';
  const more = missing ? '' : notes.map((note) => `\n    ${note.text}`).join('');
  return `${at}${said}${line}${more}`;
}
