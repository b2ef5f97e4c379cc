// Dates, times, lengths of time and decimals, to numbers and back.

import { Type, date, decimal, duration, int64, scalar, time, timestamp } from 'arrowbox-sdk';

const number = (type: Type) => scalar({ args: { value: type }, returns: int64 }, (value) => BigInt(value));
const made = (type: Type) => scalar({ args: { number: int64 }, returns: type }, (number) => number);

export const dateNumber = number(date);
export const numberDate = scalar({ args: { days: int64 }, returns: date }, (days) => Number(days));
export const timeNumber = number(time('us'));
export const numberTime = made(time('us'));
export const timestampNumber = number(timestamp('us'));
export const numberTimestamp = made(timestamp('us'));
export const utcNumber = number(timestamp('us', 'UTC'));
export const numberUtc = made(timestamp('us', 'UTC'));
export const durationNumber = number(duration('us'));
export const numberDuration = made(duration('us'));
export const decimalNumber = scalar({ args: { value: decimal(20, 4) }, returns: int64 }, (value) => value / 10_000n);
export const numberDecimal = made(decimal(20, 4));
