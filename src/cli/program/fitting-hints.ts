import { flagName, SlipwayError, type LeafRow, type OptionTable } from '../../core/index.js';
import {
  CONVERT_OPTIONS,
  DOWNLOAD_OPTIONS,
  MIX_OPTIONS,
  PACK_OPTIONS,
  PUSH_OPTIONS,
  QUANTIZE_OPTIONS,
  SAVE_OPTIONS,
} from '../../stages/index.js';

/** Commands that take a configuration: an option of a stage is set there, and not by a flag of its own. */
const BY_CONFIGURATION = new Set(['plan', 'run', 'sync']);

const TABLES: readonly (readonly [string, OptionTable])[] = [
  ['convert', { ...CONVERT_OPTIONS, ...MIX_OPTIONS }],
  ['quantize', QUANTIZE_OPTIONS],
  ['pack', PACK_OPTIONS],
  ['push', PUSH_OPTIONS],
  ['download', DOWNLOAD_OPTIONS],
  ['save', SAVE_OPTIONS],
];

/** The error with hints that the command under which it appears can follow: `--set convert.fallback=allow` for a plan. */
export function withFittingHints(thrown: unknown, command: readonly string[]): unknown {
  if (!SlipwayError.is(thrown)) return thrown;
  const error = thrown;
  const { try: tries } = error.details;
  if (tries === undefined || !BY_CONFIGURATION.has(command[0] ?? '')) return error;
  const hints = (typeof tries === 'string' ? [tries] : tries).map(fitted);
  return new SlipwayError(error.code, error.message, { ...error.details, try: hints, cause: error.cause });
}

function fitted(hint: string): string {
  return hint.replace(
    /(^|\s)(--[a-z][a-z0-9-]*)(?:[ =](?!-)([^\s,;:()]+))?/,
    (whole, before: string, flag: string, value?: string) => {
      const found = TABLES.find(([, table]) => keyOf(table, flag) !== undefined);
      if (found === undefined) return whole;
      const [stage, table] = found;
      const key = keyOf(table, flag) ?? '';
      return `${before}--set ${stage}.${key}=${flag.startsWith('--no-') && value === undefined ? 'false' : (value ?? 'true')}`;
    },
  );
}

function keyOf(table: OptionTable, flag: string): string | undefined {
  return Object.entries(table).find(
    ([key, row]) =>
      `--${(row as LeafRow).kind === 'flag' && (row as { off?: boolean }).off === true ? 'no-' : ''}${flagName(key, row)}` ===
      flag,
  )?.[0];
}
