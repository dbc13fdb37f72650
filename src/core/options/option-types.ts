import type { NestedRow, OptionRow, OptionTable, SettingsRow } from './option-row.js';

/** What one value of a row is, as the library takes it. */
export interface PlainOption {
  readonly flag: boolean;
  readonly text: string;
  readonly count: number;
  readonly number: number;
  readonly numbers: string | readonly number[];
  readonly size: string | number;
  readonly duration: string | number;
  readonly path: string;
  readonly pairs: Readonly<Record<string, string>>;
}

/** What one value of a row is once a command line has been read: sizes in bytes, times in milliseconds. */
interface Read extends Omit<PlainOption, 'size' | 'duration' | 'numbers'> {
  readonly size: number;
  readonly duration: number;
  readonly numbers: string;
}

export type OptionValue<R, Kinds> = R extends { readonly kind: 'choice'; readonly choice: readonly (infer C)[] }
  ? R extends { readonly orFlag: true }
    ? C | boolean
    : C
  : R extends { readonly kind: 'path'; readonly orOptions: infer T extends OptionTable }
    ? string | OptionsOf<T>
    : R extends { readonly kind: 'text'; readonly words: readonly (infer W)[] }
      ? W
      : R extends { readonly kind: infer K extends keyof Kinds }
        ? Kinds[K]
        : never;

export type RowValue<R> = R extends NestedRow | SettingsRow
  ? OptionsOf<R['rows']>
  : R extends { readonly list: 'one or more' }
    ? OptionValue<R, PlainOption> | readonly OptionValue<R, PlainOption>[]
    : R extends { readonly list: true | 'commas' }
      ? readonly OptionValue<R, PlainOption>[]
      : OptionValue<R, PlainOption>;

type ReadValue<R> = R extends NestedRow | SettingsRow
  ? ReadOptions<R['rows']>
  : R extends { readonly list: true | 'commas' | 'one or more' }
    ? readonly OptionValue<R, Read>[]
    : OptionValue<R, Read>;

export type RequiredKeys<T> = { [K in keyof T]: T[K] extends { readonly required: true } ? K : never }[keyof T];

type Defaulted<T> = { [K in keyof T]: T[K] extends { readonly default: string } ? K : never }[keyof T];

/** The options that a table describes, as the library takes them. An absent value and `undefined` are the same. */
export type OptionsOf<T extends OptionTable> = {
  readonly [K in keyof Omit<T, RequiredKeys<T>>]?: RowValue<T[K]> | undefined;
} & { readonly [K in keyof Pick<T, RequiredKeys<T>>]: RowValue<T[K]> };

/** What a command line said about the options of a table. */
export type ReadOptions<T extends OptionTable> = {
  readonly [K in keyof Omit<T, Defaulted<T>>]?: ReadValue<T[K]> | undefined;
} & { readonly [K in keyof Pick<T, Defaulted<T>>]: ReadValue<T[K]> };

/** A row of any kind but one that holds others. */
export type LeafRow = Exclude<OptionRow, NestedRow>;
