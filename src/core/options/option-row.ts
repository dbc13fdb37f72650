/** What every row of a table of options says. */
export interface RowBase {
  /** One line for the help page and the reference; without a full stop. */
  readonly help: string;
  /** Heading on the help page; `Options` unless given. */
  readonly group?: string;
  /** Name of the flag without hyphens in front; the key in kebab case unless given, without the `s` of a list. */
  readonly flag?: string;
  /** One letter: `o` for `-o`. */
  readonly short?: string;
  /** Further names of the flag that no help page shows (`outfile`). */
  readonly aliases?: readonly string[];
  /** What it is when it is not given, on a command line; shown on the help page. */
  readonly default?: string;
  /** The word for the value on the help page: `glob` is shown as `<glob>`. */
  readonly value?: string;
  /** A configuration has to say it; on a command line it is an argument, or is asked for by the command itself. */
  readonly required?: true;
  /** It is an argument of the command, not a flag. */
  readonly argument?: true;
  /** A flag that no help page and no completion shows. */
  readonly hidden?: true;
  /**
   * It takes several values: a repeated flag, and a list in a configuration. `commas`: one flag may hold several,
   * separated by commas. `one or more`: a configuration may give a single value without a list.
   */
  readonly list?: true | 'commas' | 'one or more';
}

/** `--pure`. With `off: true` the option is on by itself and the flag is `--no-…`; with `both` there are two flags. */
export interface FlagRow extends RowBase {
  readonly kind: 'flag';
  readonly off?: true;
  readonly both?: true;
}

/** Words as they stand. */
export interface TextRow extends RowBase {
  readonly kind: 'text';
  /** Most characters; 4096 unless given. */
  readonly most?: number;
  /** `@FILE` on a command line stands for what is in the file. */
  readonly orFile?: true;
  /** What a value has to be, in an error about a configuration; `text` unless given. */
  readonly needs?: string;
  /** Words to complete, where others are possible as well. */
  readonly known?: readonly string[];
  /** What a program may write: the TypeScript type is these words. Texts from outside are checked by `problem`. */
  readonly words?: readonly string[];
  /** What is wrong with a word, for a configuration; a command says it in its own way. */
  readonly problem?: (word: string) => string | undefined;
}

/** One of several words. */
export interface ChoiceRow extends RowBase {
  readonly kind: 'choice';
  readonly choice: readonly string[];
  /** On a command line upper and lower case are the same. */
  readonly anyCase?: true;
  /** Further words of a command line, and which of the others they mean; no help page shows them. */
  readonly synonyms?: Readonly<Record<string, string>>;
  /** On a command line other words are handed on: the stage has a better error for them. */
  readonly open?: true;
  /** A configuration may also say `true` (by the stage's own choice) or `false`. */
  readonly orFlag?: true;
}

/** A whole number, by default from 1 on. */
export interface CountRow extends RowBase {
  readonly kind: 'count';
  readonly least?: number;
  readonly most?: number;
}

/** Any number, or one within bounds. */
export interface NumberRow extends RowBase {
  readonly kind: 'number';
  readonly least?: number;
  readonly most?: number;
}

/** Whole numbers: `20,21` as text, or a list. */
export interface NumbersRow extends RowBase {
  readonly kind: 'numbers';
  readonly most?: number;
}

/** Bytes: a number, or `500M`, `2GB`, `4GiB`. */
export interface SizeRow extends RowBase {
  readonly kind: 'size';
}

/** Time: milliseconds, or `90s`, `15m`, `12h`, `30d`, `8w`. */
export interface DurationRow extends RowBase {
  readonly kind: 'duration';
  /** Milliseconds, at least; 0 unless given. */
  readonly least?: number;
}

/** A path. A command line makes it absolute, unless what was given is recorded as it stands. */
export interface PathRow extends RowBase {
  readonly kind: 'path';
  readonly asGiven?: true;
  /** A file on the Hub (`hf://…`) may stand there as well; its address stays as it is. */
  readonly orHub?: true;
  /** A configuration may give options instead: what the file is made from. */
  readonly orOptions?: OptionTable;
}

/** `KEY=VALUE`, repeated; an object in a configuration. */
export interface PairsRow extends RowBase {
  readonly kind: 'pairs';
  /** One that can be copied, for the error. */
  readonly example: string;
}

/** Options below a key that a command line gives in one repeated flag: `--ollama-parameters temperature=0.7`. */
export interface SettingsRow extends RowBase {
  readonly kind: 'settings';
  readonly rows: OptionTable;
  /** One that can be copied, for the error. */
  readonly example: string;
}

/** Options below a key: `kitops.layers` in a configuration is `--kitops-layers`. */
export interface NestedRow extends RowBase {
  readonly kind: 'options';
  readonly rows: OptionTable;
}

/** An option: said here, and nowhere else. */
export type OptionRow =
  | FlagRow
  | TextRow
  | ChoiceRow
  | CountRow
  | NumberRow
  | NumbersRow
  | SizeRow
  | DurationRow
  | PathRow
  | PairsRow
  | SettingsRow
  | NestedRow;

/** The options of a stage, a command or an operation, by their keys and in the order of the help page. */
export type OptionTable = Readonly<Record<string, OptionRow>>;

/**
 * A table of options. The configuration's schema, the command line's flags and their reading back, the completion, the
 * reference page and the TypeScript type ({@link OptionsOf}) follow from it.
 */
export function optionTable<const T extends OptionTable>(rows: T): T {
  return rows;
}

/** Some rows of a table. */
export function pickOptions<const T extends OptionTable, const K extends keyof T & string>(
  table: T,
  keys: readonly K[],
): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, table[key]])) as Pick<T, K>;
}

/** The rows of a table but for some. */
export function omitOptions<const T extends OptionTable, const K extends keyof T & string>(
  table: T,
  keys: readonly K[],
): Omit<T, K> {
  const without = new Set<string>(keys);
  return Object.fromEntries(Object.entries(table).filter(([key]) => !without.has(key))) as unknown as Omit<T, K>;
}
