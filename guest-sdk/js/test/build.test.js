import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { build } from '../build/index.js';
import { documented } from '../build/documentation.js';

/** Builds files in a folder of their own, from `source` or from all of it. */
async function building(files, source = '') {
  const folder = await mkdtemp(join(tmpdir(), 'arrowbox-build-test-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    await build({ source: join(folder, source), out: join(folder, 'out/library.wasm') });
    assert.deepEqual(await readdir(join(folder, 'out')), ['library.wasm']);
    return '';
  } catch (error) {
    if (error.name !== 'BuildError') throw error;
    return error.message.replaceAll(folder, '<folder>');
  } finally {
    await rm(folder, { recursive: true });
  }
}

const DEFINITION = `import { int64, scalar } from 'arrowbox-sdk';\nexport const f = scalar({ args: [int64], returns: int64 }, (x) => x);\n`;

/** Sources, and why they are no library. */
for (const [what, files, message, source] of [
  ['a syntax error', { 'a.js': 'export const a = 1;\nexport const b = ;\n' }, /^a\.js:2:18: Unexpected ";"\n {4}export const b = ;$/],
  ['a syntax error in TypeScript', { 'index.ts': "import './b.ts';", 'b.ts': '\n  type X = {\n' }, /^b\.ts:3:1: (Expected "}" but found|Unexpected) end of file$/],
  ['a dependency that is not installed', { 'a.mjs': `import x from 'left-pad';\n${DEFINITION}` }, /^a\.mjs:1:15: "left-pad" is not installed: npm install left-pad\n/],
  ['a dependency with a scope', { 'a.js': `import x from '@a/b/c';\n` }, /"@a\/b\/c" is not installed: npm install @a\/b\n/],
  ['a file that is not there', { 'a.js': `import './b.js';\n` }, /^a\.js:1:8: Could not resolve "\.\/b\.js"/],
  ['a part of Node.js', { 'a.js': `import { readFileSync } from 'fs';\n${DEFINITION}` }, /^a\.js:1:30: "fs" is a part of Node\.js, and a component runs without Node\.js/],
  ['a part of Node.js in a dependency', { 'index.js': `import 'dependency';\n`, 'node_modules/dependency/index.js': `require('node:path');` },
    /^node_modules\/dependency\/index\.js:1:9: "node:path" is a part of Node\.js/],
  ['tests in a component', { 'a.js': `import 'arrowbox-sdk/testing';\n` }, /arrowbox-sdk\/testing is for tests in Node\.js/],
  ['an export that is not there', { 'a.js': `import { int65 } from 'arrowbox-sdk';\nexport const x = int65;\n` }, /^a\.js:1:10: No matching export in .* for import "int65"/],
  ['an exception when it is loaded', { 'a.ts': `interface X {}\n\nthrow new Error('no');\n` }, /^Error: no \(a\.ts:3:7\)$/],
  ['a definition that is none', { 'a.js': `import { scalar } from 'arrowbox-sdk';\n\nexport const f = scalar({ args: ['int64'], returns: 'int64' }, (x) => x);\n` },
    /^TypeError: scalar: args: x: "int64" is not a type of arrowbox-sdk \(a\.js:3:18\)$/],
  ['a module without functions', { 'a.js': 'export const a = 1;\n' }, /^TypeError: the module exports no function of arrowbox-sdk/],
  ['the same function twice', { 'a.js': `${DEFINITION}export { f as g };\nexport const h = scalar({ name: 'f', args: [int64], returns: int64 }, (y) => y);\n` }, /^TypeError: `f` is exported twice with the same arguments$/],
  ['nothing', {}, /^<folder>: there is no JavaScript or TypeScript; say in package\.json/],
  ['several files', { 'a.js': '', 'b.js': '' }, /there are a\.js, b\.js; say in package\.json which file is the `main` one$/],
  ['a main that is not there', { 'package.json': '{ "main": "c.js" }' }, /package\.json says that `main` is c\.js, and there is no such file$/],
  ['a package.json that is none', { 'package.json': '{' }, /^<folder>\/package\.json: /],
  ['a file of another language', { 'a.py': '' }, /a library is a file of JavaScript or TypeScript \(\.ts, \.mts, \.js, \.mjs\)$/, 'a.py'],
  ['no such file', {}, /^<folder>\/a\.js: there is no such file or folder$/, 'a.js'],
]) {
  test(`refused: ${what}`, async () => assert.match(await building(files, source), message));
}

test('a folder with dependencies that are JavaScript alone', async () => {
  const files = {
    'package.json': '{ "name": "@me/tools", "main": "./src/main.ts" }',
    'src/main.ts': `import { twice } from 'twice';\nimport { int64, scalar } from 'arrowbox-sdk';\nexport const f = scalar({ args: [int64], returns: int64 }, (x: bigint) => twice(x));\n`,
    'node_modules/twice/package.json': '{ "name": "twice", "main": "./lib.js" }',
    'node_modules/twice/lib.js': 'exports.twice = (x) => x + x;',
  };
  assert.equal(await building(files), '');
});

test('a folder of any name, with enums that have comments', async () => {
  const source = `/** Ways. */\nconst enum Way { Up = 1 }\n${DEFINITION.replace('(x) => x', '(x: bigint) => x + BigInt(Way.Up)')}`;
  assert.equal(await building({ '100% #1/a.ts': source }, '100% #1'), '');
});

test('a large library', async () => {
  const many = Array.from({ length: 4000 }, (_, i) => `export const f${i} = (a, b) => (a > ${i} ? [a, b] : { a, b });`);
  assert.equal(await building({ 'a.js': `${DEFINITION}${many.join('\n')}\n` }), '');
});

test('comments above definitions are documentation, and move no line', () => {
  const source = `import 'x';\n/**\n * One.\n *\n *   Two "three".\n */\nexport const a = f();\n/* no */ const b = 1;\n/** Four. */\nfunction c() {}\n`;
  const made = documented(source);
  assert.ok(made.startsWith(source));
  assert.match(made, /arrowboxDocument\(\(\) => a, "One\.\\n\\n {2}Two \\"three\\"\."\); arrowboxDocument\(\(\) => c, "Four\."\);/);
  assert.equal(documented('module.exports = 1;'), 'module.exports = 1;');
  const none = `import 'x';\n/**/ let a = 1;\n/** One. */\nconst enum E { A }\n/** Two. */\nexport const b = a;\n`;
  assert.match(documented(none), /^import 'x';[^]*; arrowboxDocument\(\(\) => b, "Two\."\);\n$/);
});
