// A reader and a writer.

import { Batch, FunctionError, Options, SinkFile, int64, reader, splitFiles, utf8, writer } from 'arrowbox-sdk';
import type { Filter, OpenSplit, Request } from 'arrowbox-sdk';

function refuse(line: string) {
  if (line === '666') throw new FunctionError('666 is refused');
}

/**
 * The lines of files, `line`, and how many bytes each has, `bytes`, whose comparisons it does itself. `param.split` is the
 * size of a split. Refuses 666.
 */
export const textLines = reader({}, class {
  schema = { line: utf8, bytes: int64 };
  split: number;

  constructor(options: Options) {
    options.only('split');
    this.split = Number(options.param('split') ?? '1000000');
  }

  exactness(filter: Filter) {
    return filter.column === 1 ? 'exact' as const : 'unsupported' as const;
  }

  plan() {
    return splitFiles(this.split);
  }

  *read(split: OpenSplit, request: Request) {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    for (const { bytes } of split.lineBytes()) {
      const row = { line: decoder.decode(bytes), bytes: BigInt(bytes.length) };
      refuse(row.line);
      if (request.passes(row)) yield row;
    }
  }
});

/**
 * The texts of the first column, a line each: a file `lines/<partition>.csv` for each partition, and `rows.txt`, which says
 * how many lines there are. Refuses 666.
 */
export const lineFiles = writer({}, class {
  partition(number: number) {
    const file = new SinkFile(`lines/${number}.csv`);
    let rows = 0;
    return {
      write(batch: Batch) {
        for (const line of batch.column(0)) {
          if (line === null) continue;
          refuse(line);
          file.write(`${line}\n`);
          rows += 1;
        }
      },
      finish() {
        file.finish();
        return String(rows);
      },
    };
  }

  commit(manifests: Uint8Array[]) {
    const decoder = new TextDecoder();
    const rows = manifests.reduce((rows, manifest) => rows + Number(decoder.decode(manifest)), 0);
    const file = new SinkFile('rows.txt');
    file.write(`${rows}\n`);
    file.finish();
  }
});
