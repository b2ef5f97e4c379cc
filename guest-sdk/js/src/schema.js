// Schemas as the contract writes them: fields in pre-order, with format strings (wit/arrow.wit).

import { FunctionError } from './error.js';
import { Type } from './types.js';

const SIMPLE = {
  n: ['null', 'null'], b: ['bool', 'boolean'], c: ['int8', 'number'], s: ['int16', 'number'], i: ['int32', 'number'],
  l: ['int64', 'bigint'], C: ['uint8', 'number'], S: ['uint16', 'number'], I: ['uint32', 'number'], L: ['uint64', 'bigint'],
  e: ['float16', 'number'], f: ['float32', 'number'], g: ['float64', 'number'], u: ['utf8', 'string'], U: ['utf8', 'string'],
  vu: ['utf8', 'string'], z: ['binary', 'bytes'], Z: ['binary', 'bytes'], vz: ['binary', 'bytes'], tdD: ['date', 'number'],
  tdm: ['dateMillis', 'bigint'], tiM: ['intervalYearMonth', 'number'], tiD: ['intervalDayTime', 'object'],
  tin: ['intervalMonthDayNano', 'object'],
};

/** The fields of a schema of the contract: `{ name, type }`. */
export function readSchema(schema) {
  const cursor = { schema, next: 0 };
  const fields = [];
  while (cursor.next < schema.length) fields.push(readField(cursor));
  return fields;
}

function readField(cursor) {
  const written = cursor.schema[cursor.next++];
  if (written === undefined) throw new FunctionError('the schema ends within a field');
  const { name, format, flags } = written;
  const fields = [];
  for (let child = 0; child < written.children; child++) fields.push(readField(cursor));
  const dictionary = written.dictionary ? readField(cursor).type : undefined;
  const more = { nullable: flags.nullable === true, dictionary };
  if (fields.length > 0 || format === '+s') more.fields = fields;
  if (written.metadata.length > 0) more.metadata = written.metadata;
  if (flags.dictionaryOrdered) more.flags = { dictionaryOrdered: true };
  if (flags.mapKeysSorted) more.flags = { ...more.flags, mapKeysSorted: true };
  const type = readFormat(format, more);
  return { name, type: dictionary ? type.with({ as: dictionary.as }) : type };
}

/** The type that a format string stands for, with the fields that come with it. */
export function readFormat(format, more) {
  const simple = SIMPLE[format];
  if (simple) return new Type(simple[0], format, { as: simple[1], ...more });
  const rest = format.slice(3);
  const unit = format[2];
  switch (format.slice(0, 2)) {
    case 'ts':
      return new Type('timestamp', format, { as: 'bigint', unit, zone: format.slice(4) || undefined, ...more });
    case 'tt':
      return new Type('time', format, { as: unit === 's' || unit === 'm' ? 'number' : 'bigint', unit, ...more });
    case 'tD':
      return new Type('duration', format, { as: 'bigint', unit, ...more });
    case 'd:': {
      const [precision, scale, bits = 128] = format.slice(2).split(',').map(Number);
      return new Type('decimal', format, { as: 'bigint', precision, scale, width: bits / 8, ...more });
    }
    case 'w:':
      return new Type('fixedSizeBinary', format, { as: 'bytes', width: Number(format.slice(2)), ...more });
    case '+l':
    case '+L':
      return new Type('list', format, { as: 'array', ...more });
    case '+v':
      return new Type('listView', format, { as: 'array', ...more });
    case '+w':
      return new Type('fixedSizeList', format, { as: 'array', size: Number(rest), ...more });
    case '+s':
      return new Type('struct', format, { as: 'object', ...more });
    case '+m':
      return new Type('map', format, { as: 'map', ...more });
    case '+u': {
      const [mode, ids] = [format[2], format.slice(4)];
      return new Type('union', format, { as: 'any', dense: mode === 'd', ids: ids.split(',').map(Number), ...more });
    }
    case '+r':
      return new Type('runEndEncoded', format, { as: more?.fields?.[1].type.as, ...more });
    default:
      throw new FunctionError(`the format ${JSON.stringify(format)} is none that arrowbox-sdk knows`);
  }
}

/** Appends a field and all below it. */
export function pushField(name, type, schema) {
  const fields = type.fields ?? [];
  schema.push({
    name,
    format: type.format,
    flags: {
      nullable: type.nullable,
      dictionaryOrdered: type.flags?.dictionaryOrdered === true,
      mapKeysSorted: type.flags?.mapKeysSorted === true,
    },
    children: fields.length,
    dictionary: type.dictionary !== undefined,
    metadata: type.metadata ?? [],
  });
  for (const field of fields) pushField(field.name, field.type, schema);
  if (type.dictionary) pushField('', type.dictionary, schema);
}

/** Fields as the contract writes them. */
export function writeSchema(fields) {
  const schema = [];
  for (const { name, type } of fields) pushField(name, type, schema);
  return schema;
}

/** Arguments of a signature: text and binary however they are laid out. */
export function writeArguments(fields) {
  const schema = [];
  for (const { name, type } of fields) {
    const layout = { utf8: '*u', binary: '*z' }[type.id];
    pushField(name, (layout ? type.with({ format: layout }) : type).with({ nullable: true }), schema);
  }
  return schema;
}
