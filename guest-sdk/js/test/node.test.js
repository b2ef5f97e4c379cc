import test from 'node:test';
import { CASES, ERRORS, checkCase, checkError } from './kinds.js';
import { inNode } from './library.js';

const driver = await inNode();
for (const [what, call, expected] of CASES) test(`in Node: ${what}`, () => checkCase(driver, call, expected));
for (const [what, call, message, row] of ERRORS) test(`in Node: ${what}`, () => checkError(driver, call, message, row));
