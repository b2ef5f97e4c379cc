// Types of `arrowbox-sdk`.

declare const value: unique symbol;

/** A type of values: how Arrow has them, and what JavaScript sees of them. */
export interface Type<T = any> {
  readonly [value]: T;
  readonly id: string;
  /** As the Arrow C Data Interface writes it. */
  readonly format: string;
  readonly nullable: boolean;
  toString(): string;
}

/** What JavaScript sees of a type. */
export type Value<T> = T extends Type<infer V> ? V : never;

/** A value for each name. */
export type Values<F> = { [K in keyof F]: Value<F[K]> };

type Fields = Record<string, Type>;
type Wide = Type<bigint> & { /** As numbers; what is none exactly is an error. */ readonly number: Type<number> };

export const bool: Type<boolean>;
export const int8: Type<number>;
export const int16: Type<number>;
export const int32: Type<number>;
export const int64: Wide;
export const uint8: Type<number>;
export const uint16: Type<number>;
export const uint32: Type<number>;
export const uint64: Wide;
export const float16: Type<number>;
export const float32: Type<number>;
export const float64: Type<number>;
export const utf8: Type<string>;
export const binary: Type<Uint8Array>;
/** Days since 1970-01-01, or as `.date` a Date. */
export const date: Type<number> & { readonly date: Type<Date> };
/** Milliseconds since 1970-01-01, or as `.date` a Date. */
export const dateMillis: Type<bigint> & { readonly date: Type<Date> };
export const intervalYearMonth: Type<number>;
export const intervalDayTime: Type<{ days: number; milliseconds: number }>;
export const intervalMonthDayNano: Type<{ months: number; days: number; nanoseconds: bigint }>;
/** The type of values that are all null. */
export const nothing: Type<null>;
/** Any type: of arguments only, and of vectors and columns, not of rows. */
export const any: Type<any>;

export type Unit = 's' | 'ms' | 'us' | 'ns';

/** A point in time: ticks since 1970-01-01T00:00:00, or as `.date` a Date. */
export function timestamp(unit?: Unit, zone?: string): Type<bigint> & { readonly date: Type<Date> };
/** A time of day: ticks since midnight. */
export function time(unit: 's' | 'ms'): Type<number>;
export function time(unit?: 'us' | 'ns'): Type<bigint>;
/** A length of time, in ticks. */
export function duration(unit?: Unit): Type<bigint>;
/** A decimal number without its point: `12.30` of `decimal(4, 2)` is `1230n`. */
export function decimal(precision: number, scale?: number, bits?: 32 | 64 | 128 | 256): Type<bigint>;
export function fixedSizeBinary(width: number): Type<Uint8Array>;
export function list<T>(item: Type<T>): Type<T[]>;
export function fixedSizeList<T>(item: Type<T>, size: number): Type<T[]>;
export function struct<F extends Fields>(fields: F): Type<Values<F>>;
export function map<K, V>(key: Type<K>, value: Type<V>): Type<Map<K, V>>;
/** A value that can be null: as an argument the function sees null, as a result it can return it. */
export function nullable<T>(type: Type<T>): Type<T | null>;

export type Grant = 'clock' | 'random' | (string & {});

/** What every definition can say. */
export interface Common {
  /** In SQL; that of the export in snake case where there is none. */
  name?: string;
  /** For people. The first line is the summary. The build takes the comment above the definition if there is none. */
  documentation?: string;
  /** What the optimiser can assume; `immutable` where nothing is said. */
  volatility?: 'immutable' | 'stable' | 'volatile';
  /** What the function needs to be granted. */
  grants?: Grant[];
}

/**
 * The arguments of a function: a list of types, whose names are those of the parameters, or names with types. TypeScript
 * does not know the order of the keys of an object: with more than one, the types of the parameters are not checked.
 */
export type Arguments = readonly Type[] | Fields;

/** How a function is called. */
export interface Called<A extends Arguments> extends Common {
  args: A;
  /** The last argument can stand any number of times, none included. */
  variadic?: boolean;
}

type IsUnion<T, U = T> = [T] extends [never] ? false : T extends unknown ? ([U] extends [T] ? false : true) : never;
/** What JavaScript sees of each argument. */
type Spread<A> = A extends readonly Type[] ? { -readonly [K in keyof A]: Value<A[K]> } : IsUnion<keyof A> extends true ? any[] : [keyof A] extends [never] ? [] : [Value<A[keyof A]>];
/** `T` for each argument. */
type Each<A, T> = A extends readonly Type[] ? { -readonly [K in keyof A]: T } : IsUnion<keyof A> extends true ? T[] : [keyof A] extends [never] ? [] : [T];
type Parameters<A, V> = V extends true ? (A extends readonly [...infer F, infer L] ? [...Spread<F>, ...Value<L>[]] : any[]) : Spread<A>;

type Opened<F> = { open(options: Options): F };
type Result<R> = R extends Type ? Value<R> : never;
type Rows<R> = Iterable<R extends Type ? Value<R> : Values<R>>;
type Rule = (types: Type[]) => Type;

type RowFunction<A extends Arguments, V, R> = (...args: Parameters<A, V>) => Result<R>;
type VectorFunction<A extends Arguments, V, R> = (...args: V extends true ? Vector[] : Each<A, Vector>) => Vector | ArrayLike<Result<R> | null>;
type ColumnFunction<A extends Arguments, V> = (...args: V extends true ? Column[] : Each<A, Column>) => Column;

interface Scalar {
  /** A function of rows. What is exported is still the function. */
  <const A extends Arguments, R extends Type, const V extends boolean = false>(spec: Called<A> & { returns: R; variadic?: V }, f: RowFunction<A, V, R>): RowFunction<A, V, R>;
  <const A extends Arguments, R extends Type, const V extends boolean = false>(spec: Called<A> & { returns: R; variadic?: V } & Opened<RowFunction<A, V, R>>): Opened<RowFunction<A, V, R>>;
  /** A function of vectors: typed arrays over the bytes of a batch. */
  vectors<const A extends Arguments, R extends Type | Rule, const V extends boolean = false>(spec: Called<A> & { returns: R; variadic?: V }, f: VectorFunction<A, V, R>): VectorFunction<A, V, R>;
  vectors<const A extends Arguments, R extends Type | Rule, const V extends boolean = false>(spec: Called<A> & { returns: R; variadic?: V } & Opened<VectorFunction<A, V, R>>): Opened<VectorFunction<A, V, R>>;
  /** A function of columns that stay with the host. */
  columns<const A extends Arguments, R extends Type | Rule, const V extends boolean = false>(spec: Called<A> & { returns: R; variadic?: V }, f: ColumnFunction<A, V>): ColumnFunction<A, V>;
  columns<const A extends Arguments, R extends Type | Rule, const V extends boolean = false>(spec: Called<A> & { returns: R; variadic?: V } & Opened<ColumnFunction<A, V>>): Opened<ColumnFunction<A, V>>;
}

export const scalar: Scalar;

/** For `returns`: the result has the type of the first argument. */
export const sameAsFirst: Rule;

/** What is known of the rows of one group: the fields of `state` are columns. */
export type State<S extends Fields, Args extends any[], R> = Values<S> & {
  update(...args: Args): void;
  merge(other: any): void;
  evaluate(): R;
  retract?(...args: Args): void;
};

type Class<T> = new (options: Options) => T;

interface Aggregate {
  /** A class whose instances are what is known of the rows of one group. */
  <const A extends Arguments, const S extends Fields, R extends Type, C extends Class<State<S, Spread<A>, Value<R>>>>(spec: Called<A> & { state: S; returns: R }, type: C): C;
  /** As before, with an `update` that takes the columns of all rows of its group in a batch. */
  columns<const A extends Arguments, const S extends Fields, R extends Type, C extends Class<State<S, Each<A, Column>, Value<R>>>>(spec: Called<A> & { state: S; returns: R }, type: C): C;
}

export const aggregate: Aggregate;

interface WindowMaker {
  /** A class whose `next` is called row by row. Every partition has an instance of its own. */
  <const A extends Arguments, R extends Type, C extends Class<{ next(...args: Spread<A>): Value<R> }>>(spec: Called<A> & { returns: R }, type: C): C;
  /** A function of the vectors of a whole partition. */
  vectors<const A extends Arguments, R extends Type>(spec: Called<A> & { returns: R }, f: VectorFunction<A, false, R>): VectorFunction<A, false, R>;
  vectors<const A extends Arguments, R extends Type>(spec: Called<A> & { returns: R } & Opened<VectorFunction<A, false, R>>): Opened<VectorFunction<A, false, R>>;
  /** A function of the columns of a whole partition, which stay with the host. */
  columns<const A extends Arguments, R extends Type>(spec: Called<A> & { returns: R }, f: ColumnFunction<A, false>): ColumnFunction<A, false>;
  columns<const A extends Arguments, R extends Type>(spec: Called<A> & { returns: R } & Opened<ColumnFunction<A, false>>): Opened<ColumnFunction<A, false>>;
}

export const window: WindowMaker;

/** A function that gives rows: a generator, or what returns an array of rows. */
export function table<const A extends Arguments, R extends Type | Fields, const V extends boolean = false>(spec: Called<A> & { returns: R; variadic?: V }, f: (...args: Parameters<A, V>) => Rows<R>): (...args: Parameters<A, V>) => Rows<R>;
export function table<const A extends Arguments, R extends Type | Fields, const V extends boolean = false>(spec: Called<A> & { returns: R; variadic?: V } & Opened<(...args: Parameters<A, V>) => Rows<R>>): Opened<(...args: Parameters<A, V>) => Rows<R>>;

export interface Field {
  name: string;
  type: Type;
}

/** How a function of tables is called. */
export interface TableCall<A = any> {
  /** How many values stand behind the tables. */
  readonly length: number;
  /** The value at `index`, counted from zero, as `type` says or as it came. */
  argument<T>(index: number, type: Type<T>): T;
  argument(index: number): any;
  /** The values of the arguments that the definition declares, by name. */
  readonly arguments: A extends readonly Type[] ? Record<string, any> : Values<A>;
}

export interface OfOneTable<A = any> extends TableCall<A> {
  readonly input: Field[];
}

export interface OfGroups<A = any> extends OfOneTable<A> {
  readonly keys: number[];
}

export interface OfTwoTables<A = any> extends TableCall<A> {
  readonly left: Field[];
  readonly right: Field[];
  readonly leftKeys: number[];
  readonly rightKeys: number[];
}

type Batches = Batch | Batch<Column> | Iterable<Batch | Batch<Column>> | undefined | void;

export interface BatchMapper<B> {
  /** The columns, where `returns` does not say them. */
  schema?: Fields | Field[] | (() => Fields | Field[]);
  push(batch: B): Batches;
  finish?(): Batches;
}

interface MapBatches {
  /** A class with `push(batch)`, which gives a batch, some of them, or as a generator any number, and maybe `finish()`. */
  <const A extends Arguments, C extends new (call: OfOneTable<A>, options: Options) => BatchMapper<Batch>>(spec: Common & { args?: A; returns?: Type | Fields }, type: C): C;
  /** As before, with batches of columns that stay with the host. */
  columns<const A extends Arguments, C extends new (call: OfOneTable<A>, options: Options) => BatchMapper<Batch<Column>>>(spec: Common & { args?: A; returns?: Type | Fields }, type: C): C;
}

export const mapBatches: MapBatches;

interface GroupedMap {
  /** The result has the columns of the key first, and then those of `returns`. */
  <const A extends Arguments, R extends Type | Fields>(spec: Common & { args?: A; returns: R }, f: (group: Batch, call: OfGroups<A>) => Rows<R>): (group: Batch, call: OfGroups<A>) => Rows<R>;
  <const A extends Arguments, R extends Type | Fields, C extends new (call: OfGroups<A>, options: Options) => { map(group: Batch): Rows<R> }>(spec: Common & { args?: A; returns: R }, type: C): C;
  columns<const A extends Arguments, R extends Type | Fields>(spec: Common & { args?: A; returns: R }, f: (group: Batch<Column>, call: OfGroups<A>) => Rows<R>): (group: Batch<Column>, call: OfGroups<A>) => Rows<R>;
  columns<const A extends Arguments, R extends Type | Fields, C extends new (call: OfGroups<A>, options: Options) => { map(group: Batch<Column>): Rows<R> }>(spec: Common & { args?: A; returns: R }, type: C): C;
}

export const groupedMap: GroupedMap;

interface CogroupedMap {
  <const A extends Arguments, R extends Type | Fields>(spec: Common & { args?: A; returns: R }, f: (left: Batch, right: Batch, call: OfTwoTables<A>) => Rows<R>): (left: Batch, right: Batch, call: OfTwoTables<A>) => Rows<R>;
  <const A extends Arguments, R extends Type | Fields, C extends new (call: OfTwoTables<A>, options: Options) => { map(left: Batch, right: Batch): Rows<R> }>(spec: Common & { args?: A; returns: R }, type: C): C;
  columns<const A extends Arguments, R extends Type | Fields>(spec: Common & { args?: A; returns: R }, f: (left: Batch<Column>, right: Batch<Column>, call: OfTwoTables<A>) => Rows<R>): unknown;
  columns<const A extends Arguments, R extends Type | Fields, C extends new (call: OfTwoTables<A>, options: Options) => { map(left: Batch<Column>, right: Batch<Column>): Rows<R> }>(spec: Common & { args?: A; returns: R }, type: C): C;
}

export const cogroupedMap: CogroupedMap;

export type Comparison = 'equal' | 'not-equal' | 'less' | 'less-or-equal' | 'greater' | 'greater-or-equal' | 'is-null' | 'is-not-null';

/** `column comparison value`. */
export interface Filter {
  /** A column of the table, counted from zero. */
  readonly column: number;
  readonly name: string;
  readonly comparison: Comparison;
  /** What the column is compared with, as `type` says or as it came. */
  value<T>(type: Type<T>): T;
  value(): any;
  /** Whether a value of the column passes. */
  passes(value: any): boolean;
}

/** What a query wants of a table. */
export interface Request {
  /** The columns that are wanted, counted from zero, in the order wanted. */
  readonly projection: number[];
  /** Their names. */
  readonly columns: string[];
  /** Filters that the reader said it does something about. They all hold. */
  readonly filters: Filter[];
  /** So many rows in all are enough. */
  readonly limit?: number;
  /** The wanted columns of a batch of all columns. */
  project(batch: Batch): Batch;
  /** Whether a row passes all filters. */
  passes(row: Record<string, any>): boolean;
}

/** A part of a table that can be read by itself. */
export interface Split {
  /** What `read` needs to find it again. */
  token?: Uint8Array;
  /** The part of a file that it begins in. */
  path?: string;
  offset?: number;
  length?: number;
  /** About how many rows it has. */
  rows?: number;
}

export interface OpenSplit extends Readonly<Split> {
  /** The lines of the part of a file, as text. */
  lines(options?: { longest?: number }): Generator<string>;
  lineBytes(options?: { longest?: number }): Generator<{ bytes: Uint8Array; offset: number }>;
}

export interface Reader {
  schema: Fields | Field[] | (() => Fields | Field[]);
  exactness?(filter: Filter): 'exact' | 'inexact' | 'unsupported';
  plan(request: Request): Iterable<Split>;
  /** Batches, or rows, of the columns of `request.projection`. */
  read(split: OpenSplit, request: Request): Batch | Iterable<Batch | Record<string, any>>;
}

/** A class that makes a table of the files that `entries` names. */
export function reader<C extends Class<Reader>>(spec: Common, type: C): C;

export interface Writer {
  partition(number: number): { write(batch: Batch): void; finish?(): string | Uint8Array | void };
  commit?(manifests: Uint8Array[]): void;
}

/** A class that puts a table into files, all of it or nothing. */
export function writer<C extends new (schema: Record<string, Type>, options: Options) => Writer>(spec: Common, type: C): C;

type Numbers = Int8Array | Int16Array | Int32Array | BigInt64Array | Uint8Array | Uint16Array | Uint32Array | BigUint64Array | Float32Array | Float64Array;

/** The values of one column, over the bytes that came or that a function made. It never changes. */
export class Vector<T = any> implements Iterable<T> {
  private constructor();
  static from<T>(type: Type<T>, values: Iterable<T>): Vector<T>;
  readonly type: Type;
  readonly length: number;
  readonly nullCount: number;
  /** A bit for each value, set where it is not null, or null if none is. */
  readonly validity: Uint8Array | null;
  /** The values where they lie: of numbers, dates and times. Where a value is null, what is there means nothing. */
  readonly values: any;
  /** Of text, binary and lists: where the values begin, and where the last one ends. */
  readonly offsets: Int32Array | BigInt64Array;
  /** Of text and binary: the bytes of all values. */
  readonly bytes: Uint8Array;
  isNull(row: number): boolean;
  get(row: number): T | null;
  as<V>(type: Type<V>): Vector<V>;
  /** Of a list: the items of all rows. Of a struct, the field of this name. */
  child(name?: string): Vector;
  slice(offset: number, length?: number): Vector<T>;
  toArray(): (T | null)[];
  [Symbol.iterator](): Iterator<T>;
}

/** What can stand beside a column. */
export type Operand = Column | bigint | number | string | boolean | Uint8Array | null;

/** Values of one type that stay with the host, which computes with them. */
export class Column {
  private constructor();
  static from<T>(type: Type<T>, values: Iterable<T>): Column;
  static of(vector: Vector): Column;
  static concat(columns: Column[]): Column;
  /** A function of the engine, by its name in SQL. */
  static call(name: string, ...args: Operand[]): Column;
  readonly type: Type;
  readonly length: number;
  readonly nullCount: number;
  get(row: number): bigint | number | string | boolean | Uint8Array | null;
  toVector(): Vector;
  toArray(): any[];
  /** Holds the column for later calls. */
  keep(): this;
  /** Ends it now. */
  dispose(): void;
  slice(offset: number, length?: number): Column;
  add(other: Operand): Column;
  subtract(other: Operand): Column;
  multiply(other: Operand): Column;
  divide(other: Operand): Column;
  remainder(other: Operand): Column;
  equal(other: Operand): Column;
  notEqual(other: Operand): Column;
  less(other: Operand): Column;
  lessEqual(other: Operand): Column;
  greater(other: Operand): Column;
  greaterEqual(other: Operand): Column;
  and(other: Operand): Column;
  or(other: Operand): Column;
  bitAnd(other: Operand): Column;
  bitOr(other: Operand): Column;
  bitXor(other: Operand): Column;
  shiftLeft(other: Operand): Column;
  shiftRight(other: Operand): Column;
  /** A function of the engine, with this column as its first argument. */
  call(name: string, ...args: Operand[]): Column;
  not(): Column;
  negative(): Column;
  isNull(): Column;
  isNotNull(): Column;
  /** Where this is true the value of `yes`, and elsewhere that of `no`. */
  choose(yes: Operand, no: Operand): Column;
  coalesce(...others: Operand[]): Column;
  abs(): Column;
  round(digits?: number): Column;
  floor(): Column;
  ceil(): Column;
  sqrt(): Column;
  exp(): Column;
  ln(): Column;
  power(exponent: Operand): Column;
  upper(): Column;
  lower(): Column;
  trim(): Column;
  characters(): Column;
  contains(text: Operand): Column;
  startsWith(text: Operand): Column;
  endsWith(text: Operand): Column;
  replace(from: Operand, to: Operand): Column;
  /** As in SQL: `start` counts from one. */
  substring(start: Operand, length?: Operand): Column;
  append(...others: Operand[]): Column;
  like(pattern: Operand): Column;
  ilike(pattern: Operand): Column;
  /** An error where a value does not fit. */
  cast(type: Type): Column;
  /** The rows whose mask is true. */
  filter(mask: Column): Column;
  /** The rows at these places, which can repeat; null for null. */
  take(places: Column): Column;
  /** The places of the rows in their order, as uint64; equal ones stay in the order they had. */
  sort(options?: { descending?: boolean; nullsFirst?: boolean }): Column;
  /** An aggregate of the engine over all rows, by its name in SQL. */
  reduce(name: string): bigint | number | string | boolean | Uint8Array | null;
  sum(): bigint | number | null;
  min(): bigint | number | string | boolean | Uint8Array | null;
  max(): bigint | number | string | boolean | Uint8Array | null;
  mean(): number | null;
  median(): number | null;
  stddev(): number | null;
  count(): bigint;
  every(): boolean | null;
  some(): boolean | null;
}

/** Columns of equal length with names: vectors, or columns that stay with the host. */
export class Batch<C extends Vector | Column = Vector> implements Iterable<Record<string, any>> {
  constructor(columns: Record<string, C>, length?: number);
  static from<F extends Fields>(types: F, rows: Iterable<Values<F>>): Batch;
  static of<C extends Vector | Column>(fields: Field[], columns: C[], length: number): Batch<C>;
  readonly fields: Field[];
  readonly columns: C[];
  readonly length: number;
  readonly schema: Fields;
  indexOf(name: string | number): number;
  column(column: string | number): C;
  /** The values of a column where they lie. An error where one is null. */
  values(column: string | number): any;
  value(column: string | number, row: number): any;
  select(columns: (string | number)[]): Batch<C>;
  /** The columns, and more behind them. */
  with(columns: Record<string, C>): Batch<C>;
  slice(offset: number, length?: number): Batch<C>;
  toArray(): Record<string, any>[];
  [Symbol.iterator](): Iterator<Record<string, any>>;
}

/** An error whose text alone reaches the user of a query. Others are named with their type and place. */
export class FunctionError extends Error {
  constructor(message: string, more?: { row?: number; cause?: unknown });
  row?: number;
}

/** A lookup table, the weights of a model: what `data.<name> = '<path>'` named. */
export interface Blob {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readAt(offset: number, length: number): Uint8Array;
  bytes(): Uint8Array;
  text(): string;
}

/** `OPTIONS (param.<key> = '<value>', data.<name> = '<path>')`. */
export class Options {
  constructor(parameters?: Record<string, string>, data?: Record<string, string | Uint8Array>);
  param(key: string): string | undefined;
  readonly params: [string, string][];
  data(name: string): Blob | undefined;
  /** Refuses every parameter and every blob but these. */
  only(...known: string[]): void;
}

/** The files of a reader, in the order of their paths. */
export function entries(): { path: string; size: number }[];
export function readFile(path: string, offset?: number, length?: number): Uint8Array;
/** The lines of a part of a file. However a file is cut into ranges, each line is in exactly one of them. */
export function lines(range: { path: string; offset?: number; length?: number }, options?: { longest?: number }): Generator<string>;
export function lineBytes(range: { path: string; offset?: number; length?: number }, options?: { longest?: number }): Generator<{ bytes: Uint8Array; offset: number }>;
/** Cuts all files into parts of at most `bytes` each. */
export function splitFiles(bytes?: number): { path: string; offset: number; length: number }[];

/** A file that a writer makes. One that is not finished is not there. */
export class SinkFile {
  constructor(path: string);
  readonly path: string;
  write(piece: string | Uint8Array): void;
  /** Ends the file and says how many bytes it has. */
  finish(): number;
}

/** Lines for whoever watches the query. `console` writes there too. */
export const log: Record<'trace' | 'debug' | 'info' | 'warn' | 'error', (...parts: unknown[]) => void>;

/** Nanoseconds since 1970-01-01T00:00:00Z. The function has to be granted `clock`. */
export function now(): bigint;

/** Bytes that nobody can foretell. The function has to be granted `random`. */
export function randomBytes(length: number): Uint8Array;
