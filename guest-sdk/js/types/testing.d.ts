// Types of `arrowbox-sdk/testing`: functions of every kind in plain Node, through the code that a query runs.

import type { Batch, Comparison, Options, Vector } from './index.js';

type Columns = (Iterable<any> | Vector)[];
type Row = Record<string, any>;

/** The values of a scalar function for columns of arguments. */
export function scalar(f: object, columns: Columns, more?: { options?: Options }): any[];
/** The values of an aggregate function, one for each group. Rows are cut into `pieces`, which are merged. */
export function aggregate(f: object, columns: Columns, more?: { groups?: number[]; pieces?: number; options?: Options }): any[];
/** Checks that results are the same however rows are cut into pieces and merged. */
export function laws(f: object, columns: Columns, more?: { options?: Options; same?: (a: any, b: any) => boolean }): void;
/** The values of a window function for the columns of one partition. */
export function window(f: object, columns: Columns, more?: { piece?: number; options?: Options }): any[];
/** The rows of a table function for one row of arguments. */
export function table(f: object, args: any[], more?: { limit?: number; options?: Options }): Row[];
/** What a function of batches gives. */
export function mapBatches(f: object, batches: Batch[], more?: { args?: any[]; options?: Options }): Batch[];
/** The rows of a function of groups. */
export function groupedMap(f: object, batch: Batch, by: string | string[], more?: { args?: any[]; options?: Options; piece?: number }): Row[];
/** The rows of a function of the groups of two tables. */
export function cogroupedMap(f: object, left: Batch, right: Batch, by: string | string[], more?: { args?: any[]; options?: Options; piece?: number; rightBy?: string | string[] }): Row[];
/** The rows of a reader of these files. */
export function read(f: object, files: Record<string, string | Uint8Array>, more?: {
  columns?: string[]; filters?: { column: string; comparison: Comparison; value?: any }[]; limit?: number; options?: Options;
}): Row[];
/** The files that a writer makes of partitions. */
export function write(f: object, partitions: (Batch | Batch[])[], more?: { options?: Options }): Map<string, Uint8Array>;
/** Runs `body` with these files for readers. */
export function withFiles<R>(files: Record<string, string | Uint8Array>, body: () => R): R;
/** Runs `body`, and gives the files that writers finished. */
export function withSink<R>(body: () => R): { result: R; files: Map<string, Uint8Array> };
/** The exports of a file of TypeScript, which Node.js before version 22.18 does not run by itself. */
export function load(url: string | URL): Promise<any>;
