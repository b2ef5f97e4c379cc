// What authors of functions import, wherever the functions run.

export {
  Type, any, binary, bool, date, dateMillis, decimal, duration, fixedSizeBinary, fixedSizeList, float16, float32, float64,
  int16, int32, int64, int8, intervalDayTime, intervalMonthDayNano, intervalYearMonth, list, map, nothing, nullable, struct,
  time, timestamp, uint16, uint32, uint64, uint8, utf8,
} from './types.js';
export { sameAsFirst, scalar } from './kinds/scalar.js';
export { aggregate } from './kinds/aggregate.js';
export { window } from './kinds/window.js';
export { table } from './kinds/table.js';
export { TableCall, mapBatches } from './kinds/map-batches.js';
export { cogroupedMap, groupedMap } from './kinds/grouped.js';
export { Filter, Request, reader } from './kinds/reader.js';
export { writer } from './kinds/writer.js';
export { Batch } from './batch.js';
export { Column } from './column.js';
export { Vector } from './vector.js';
export { FunctionError } from './error.js';
export { Blob, Options } from './options.js';
export { entries, lineBytes, lines, readFile, splitFiles } from './files.js';
export { SinkFile } from './sink.js';
export { log, now, randomBytes } from './host.js';
