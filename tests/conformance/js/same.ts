// What came, value by value, of each type.

import {
  Type, binary, bool, date, dateMillis, decimal, duration, float16, float32, float64, int16, int32, int64, int8,
  intervalMonthDayNano, nullable, scalar, time, timestamp, uint16, uint32, uint64, uint8, utf8,
} from 'arrowbox-sdk';
import { counts, items, numbers, pair } from './nested.ts';

const same = (type: Type) => scalar({ args: { value: nullable(type) }, returns: nullable(type) }, (value) => value);

export const sameBoolean = same(bool);
export const sameInt8 = same(int8);
export const sameInt16 = same(int16);
export const sameInt32 = same(int32);
export const sameInt64 = same(int64);
export const sameUint8 = same(uint8);
export const sameUint16 = same(uint16);
export const sameUint32 = same(uint32);
export const sameUint64 = same(uint64);
export const sameFloat16 = same(float16);
export const sameFloat32 = same(float32);
export const sameFloat64 = same(float64);
export const sameText = same(utf8);
export const sameBinary = same(binary);
export const sameDate = same(date);
export const sameDateMillis = same(dateMillis);
export const sameTime = same(time('us'));
export const sameTimestamp = same(timestamp('us'));
export const sameUtc = same(timestamp('us', 'UTC'));
export const sameDuration = same(duration('us'));
export const sameInterval = same(intervalMonthDayNano);
export const sameDecimal = same(decimal(20, 4));
export const sameList = same(numbers);
export const sameStruct = same(pair);
export const sameMap = same(counts);
export const sameNested = same(items);
