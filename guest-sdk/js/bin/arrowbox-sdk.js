#!/usr/bin/env node
// The command `arrowbox-sdk`.

import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { BuildError, build } from '../build/index.js';

const USAGE = `Builds a component of functions for Arrowbox.

  arrowbox-sdk build [<file or folder>] [-o <out.wasm or folder>]

A folder is built from the \`main\` of its package.json, from index.ts or index.js, or from the one source that it has.`;

/** Exit codes: 1 if the build fails, 2 if the command line is none. */
async function main() {
  let given;
  try {
    given = parseArgs({ allowPositionals: true, options: { out: { type: 'string', short: 'o' }, help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    return usage(error.message);
  }
  const [command, source = '.', ...more] = given.positionals;
  if (given.values.help) return void console.log(USAGE);
  if (command !== 'build' || more.length > 0) return usage(command === undefined ? 'a command is missing' : `there is no such command: ${given.positionals.join(' ')}`);
  try {
    const { out, bytes, functions } = await build({ source, out: given.values.out, progress: (line) => console.error(line) });
    for (const { name, kind } of functions) console.error(`  ${name} (${kind})`);
    console.log(relative(process.cwd(), out) || out);
    console.error(`${(bytes / 1e6).toFixed(1)} MB`);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  }
  return undefined;
}

function usage(message) {
  console.error(`error: ${message}\n\n${USAGE}`);
  process.exitCode = 2;
}

await main();
