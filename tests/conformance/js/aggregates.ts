// Aggregates.

import { type Column, FunctionError, aggregate, bool, int64, nullable, utf8 } from 'arrowbox-sdk';

/** What functions of every kind say of this number. */
export function refuse(value: bigint) {
  if (value === 666n) throw new FunctionError('666 is refused');
}

/** The sum of numbers, null if there are none. Refuses 666. */
export const total = aggregate({ args: { value: int64 }, state: { sum: int64, count: int64 }, returns: nullable(int64) }, class {
  sum = 0n;
  count = 0n;

  update(value: bigint) {
    refuse(value);
    this.sum += value;
    this.count += 1n;
  }

  retract(value: bigint) {
    this.sum -= value;
    this.count -= 1n;
  }

  merge(other: { sum: bigint; count: bigint }) {
    this.sum += other.sum;
    this.count += other.count;
  }

  evaluate() {
    return this.count > 0n ? this.sum : null;
  }
});

/** The text of the most characters; of several the least. */
export const longest = aggregate({ args: { text: utf8 }, state: { text: utf8, there: bool }, returns: nullable(utf8) }, class {
  text = '';
  there = false;

  update(text: string) {
    const more = [...text].length - [...this.text].length;
    if (!this.there || more > 0 || (more === 0 && text < this.text)) this.text = text;
    this.there = true;
  }

  merge(other: { text: string; there: boolean }) {
    if (other.there) this.update(other.text);
  }

  evaluate() {
    return this.there ? this.text : null;
  }
});

/** All texts in their order, with `;` behind each. */
export const joined = aggregate({ args: { text: utf8 }, state: { text: utf8 }, returns: utf8 }, class {
  text = '';

  update(text: string) {
    this.text += `${text};`;
  }

  merge(other: { text: string }) {
    this.text += other.text;
  }

  evaluate() {
    return this.text;
  }
});

/** The sum of numbers, less one for each null. Of whole columns. */
export const balance = aggregate.columns({ args: { value: nullable(int64) }, state: { sum: int64 }, returns: int64 }, class {
  sum = 0n;

  update(value: Column) {
    this.sum += BigInt(value.sum() ?? 0) - BigInt(value.nullCount);
  }

  retract(value: Column) {
    this.sum -= BigInt(value.sum() ?? 0) - BigInt(value.nullCount);
  }

  merge(other: { sum: bigint }) {
    this.sum += other.sum;
  }

  evaluate() {
    return this.sum;
  }
});

/** All texts in their order, `-` for null, with `;` behind each. Of whole columns. */
export const listed = aggregate.columns({ args: { text: nullable(utf8) }, state: { text: utf8 }, returns: utf8 }, class {
  text = '';

  update(text: Column) {
    for (const each of text.coalesce('-').toVector()) this.text += `${each};`;
  }

  merge(other: { text: string }) {
    this.text += other.text;
  }

  evaluate() {
    return this.text;
  }
});
