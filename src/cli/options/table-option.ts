import { InvalidArgumentError, Option } from 'commander';
import { flagName, readWord, WordProblem, type LeafRow, type OptionTable } from '../../core/index.js';

const PLACEHOLDERS: Readonly<Record<Exclude<LeafRow['kind'], 'flag'>, string>> = {
  text: 'text',
  choice: 'which',
  count: 'count',
  number: 'number',
  numbers: 'list',
  size: 'size',
  duration: 'time',
  path: 'path',
  pairs: 'key=value',
  settings: 'name=value',
};

/** A flag of the command line that follows from a row of a table. */
export class TableOption extends Option {
  readonly row: LeafRow;

  constructor(flags: string, row: LeafRow) {
    super(flags, describe(row));
    this.row = row;
    if (row.group !== undefined) this.helpGroup(row.group);
    if (row.default !== undefined) this.default(row.default);
    if (row.hidden === true) this.hideHelp();
    if (row.kind === 'choice' && row.list === undefined) this.argChoices = [...row.choice];
    if (row.kind !== 'flag') this.argParser((word: string, before: unknown) => gather(row, word, before));
  }

  /** A flag whose own name begins with `no` is no opposite: `--no-mtp` stands beside `--mtp`, and takes nothing back. */
  override attributeName(): string {
    const isOwn = this.negate && this.row.kind === 'flag' && this.row.off !== true && this.row.both !== true;
    const name = super.attributeName();
    return isOwn ? `no${name.slice(0, 1).toUpperCase()}${name.slice(1)}` : name;
  }
}

/** The flags of a row: one, two for a switch that goes both ways, and those that no help page shows. */
export function tableOptions(keys: readonly string[], row: LeafRow): TableOption[] {
  const name = [
    ...keys.slice(0, -1).map((key) => flagName(key, { kind: 'text', help: '' })),
    flagName(keys.at(-1) ?? '', row),
  ];
  const long = row.flag ?? name.join('-');
  const value = row.kind === 'flag' ? '' : ` <${row.value ?? PLACEHOLDERS[row.kind]}>`;
  const short = row.short === undefined ? '' : `-${row.short}, `;
  const isOff = row.kind === 'flag' && row.off === true;
  const main = new TableOption(`${short}--${isOff ? 'no-' : ''}${long}${value}`, row);
  const off =
    row.kind === 'flag' && row.both === true ? [new TableOption(`--no-${long}`, { ...row, help: 'not so' })] : [];
  const hidden = (row.aliases ?? []).map((alias) => new TableOption(`--${alias}${value}`, { ...row, hidden: true }));
  return [main, ...off, ...hidden];
}

function describe(row: LeafRow): string {
  const help = takesSeveral(row) && !row.help.includes('(repeatable') ? `${row.help} (repeatable)` : row.help;
  return row.kind === 'choice' && row.list !== undefined ? `${help}: ${row.choice.join(', ')}` : help;
}

function takesSeveral(row: LeafRow): boolean {
  return row.kind === 'pairs' || row.kind === 'settings' || row.list !== undefined;
}

/** One more value of a flag, behind those that it had before. */
function gather(row: LeafRow, text: string, before: unknown): unknown {
  const words =
    row.list === 'commas' || row.list === 'one or more' ? text.split(',').map((word) => word.trim()) : [text];
  try {
    const values = words.map((word) => readWord(row, word));
    const [value] = values;
    return takesSeveral(row) ? [...(Array.isArray(before) ? (before as unknown[]) : []), ...values] : value;
  } catch (error) {
    if (error instanceof WordProblem) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

/** The flags that said what options hold: `--kitops-layers` for `{ kitops: { layers: … } }`. */
export function flagsIn(table: OptionTable, options: object, above: readonly string[] = []): string[] {
  return Object.entries(options).flatMap(([key, value]: [string, unknown]) => {
    const row = table[key];
    if (row === undefined || value === undefined) return [];
    const keys = [...above, key];
    if (row.kind === 'options') return flagsIn(row.rows, value as object, keys);
    return tableOptions(keys, row)
      .slice(0, 1)
      .flatMap(({ long }) => long ?? []);
  });
}
