import { InvalidArgumentError, Option, type Command } from 'commander';
import { FILE_KINDS, type DownloadOptions, type FileKind } from '../stages/index.js';
import { collect } from './collect.js';

/** Which files of a source are meant and how they are read, as flags; the same for every command that reads one. */
export interface SourceFlags {
  readonly revision?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly kind?: readonly FileKind[];
  readonly verify?: 'full' | 'transport';
  readonly allowRenamed?: boolean;
  readonly connections?: number;
  readonly xet?: boolean;
  readonly variant?: string;
}

type SourceFlag = keyof SourceFlags;

const OPTIONS: Readonly<Record<SourceFlag, () => Option>> = {
  revision: () => new Option('--revision <name>', 'branch, tag or commit'),
  include: () => new Option('--include <glob>', 'take only these files (repeatable)').argParser(collect),
  exclude: () => new Option('--exclude <glob>', 'leave these files out (repeatable)').argParser(collect),
  kind: () =>
    new Option('--kind <kind>', `take only files of this kind (repeatable): ${FILE_KINDS.join(', ')}`).argParser(kinds),
  verify: () =>
    new Option('--verify <how>', 'against all announced digests, or by the connection alone').choices([
      'full',
      'transport',
    ]),
  allowRenamed: () => new Option('--allow-renamed', 'follow a repository that has another name now'),
  connections: () => new Option('--connections <count>', 'connections for one large file, 1 to 32').argParser(upTo32),
  xet: () => new Option('--xet', "from the Hub's Xet storage instead of over HTTP, where files are kept there"),
  variant: () => new Option('--variant <name>', 'which member of an index: Q4_K_M'),
};

/** Adds some of them to a command. */
export function addSourceOptions(command: Command, flags: readonly SourceFlag[]): void {
  for (const flag of flags) command.addOption(OPTIONS[flag]().helpGroup('Source'));
}

/** What download() makes of them. */
export function sourceOptions(flags: SourceFlags): DownloadOptions {
  const { revision, include, exclude, kind, verify, allowRenamed, connections, xet, variant } = flags;
  return {
    ...(revision !== undefined && { revision }),
    ...(include !== undefined && { include }),
    ...(exclude !== undefined && { exclude }),
    ...(kind !== undefined && { kinds: kind }),
    ...(verify !== undefined && { verify }),
    ...(allowRenamed !== undefined && { allowRenamed }),
    ...(connections !== undefined && { connections }),
    ...(xet !== undefined && { xet }),
    ...(variant !== undefined && { variant }),
  };
}

function kinds(value: string, before: readonly FileKind[] | undefined): FileKind[] {
  const kind = FILE_KINDS.find((known) => known === value);
  if (kind === undefined) throw new InvalidArgumentError(`allowed: ${FILE_KINDS.join(', ')}.`);
  return [...(before ?? []), kind];
}

function upTo32(text: string): number {
  const count = Number(text);
  if (/^\d{1,2}$/.test(text) && count >= 1 && count <= 32) return count;
  throw new InvalidArgumentError('a whole number from 1 to 32 is needed.');
}
