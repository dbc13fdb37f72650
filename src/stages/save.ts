import { setMaxListeners } from 'node:events';
import { basename, dirname } from 'node:path';
import { SlipwayError, smallAtOnce, type Digest, type RunContext, type Stage } from '../core/index.js';
import {
  isHiddenPath,
  localRelativePath,
  OutputFolder,
  requireSpace,
  type ModelFile,
  type Snapshot,
  type StagedFile,
} from '../files/index.js';
import type { ModelVariant } from '../package/index.js';
import { startItem } from './items.js';
import { expectReading, readingFacts } from './reading.js';
import { sideBySide } from './side-by-side.js';
import type { SaveOptions } from './options/index.js';

/** A file that save() wrote. */
export interface SavedFile {
  /** Path on disk. */
  readonly path: string;
  readonly size: number;
  readonly digest: Digest;
}

/** Files up to this size are written side by side. */
const SMALL = 1024 * 1024;
/** Names that are shown of those that were left out, or stand in the way. */
const SHOWN = 10;

/**
 * Writes files to a directory, each under a temporary name until all are complete, and never outside of it. Files that are there
 * with other content stop it (`TARGET_EXISTS`), hidden ones are left out, unless the options say otherwise.
 */
export function save(
  directory: string,
  options: SaveOptions = {},
): Stage<Snapshot | readonly ModelVariant[], readonly SavedFile[]> {
  return {
    name: 'save',
    plan: async (input) => {
      const { files, leftOut } = filesOf(input, options);
      const bytes = files.reduce((sum, file) => sum + file.size, 0);
      const { reading, warnings = [] } = readingFacts(files);
      return {
        reports: [
          {
            stage: 'save',
            summary: `${files.length === 1 ? '1 file' : `${files.length} files`} to ${directory}`,
            bytesOut: bytes,
            disk: bytes,
            diskAt: directory,
            warnings: [...(leftOut.length > 0 ? [leftOutText(leftOut)] : []), ...warnings],
            data: reading === undefined ? undefined : { reading },
          },
        ],
      };
    },
    run: async (input, context) => {
      const { files, leftOut } = filesOf(input, options);
      if (leftOut.length > 0) {
        const message = leftOutText(leftOut);
        context.emit({ type: 'warning', code: 'HIDDEN_LEFT_OUT', message, hint: '--hidden takes them, too' });
      }
      const variants = 'files' in input ? [] : input;
      const placed = files.map((file) => {
        const variant = variants.find(({ weights }) => weights.includes(file))?.name;
        return { file, directory, path: localRelativePath(file.path), variant };
      });
      return saveFiles(placed, { ...options, confirm: async () => confirmAll(input, context.signal) }, context);
    },
  };
}

/** A file and where it goes: a directory of the user's, and a path below it. */
export interface PlacedFile {
  readonly file: ModelFile;
  readonly directory: string;
  readonly path: string;
  /** The variant that it is of. Variants share one reading of their source, so they are written side by side. */
  readonly variant?: string | undefined;
}

/** A file whose whole path was given by the user. */
export function placedAt(file: ModelFile, path: string, variant?: string): PlacedFile {
  return { file, directory: dirname(path), path: basename(path), variant };
}

/** What is written at the same time: rows of files, each row one file after another. */
interface Turn {
  readonly kind: 'small' | 'variants' | 'large';
  readonly rows: PlacedFile[][];
}

/**
 * Small files that prove themselves wait for a disk and a network, not for each other; variants wait for each other, since they
 * share what is read; others come one after another.
 */
function turnsOf(placed: readonly PlacedFile[]): readonly Turn[] {
  const turns: Turn[] = [];
  for (const file of placed) {
    const kind = kindOfTurn(file);
    // Between two variants may stand what goes with them.
    const turn = kind === 'variants' ? turns.find((other) => other.kind === kind) : turns.at(-1);
    const row = turn?.rows.find(([first]) => kind === 'variants' && first?.variant === file.variant);
    if (turn === undefined || turn.kind !== kind || kind === 'large') turns.push({ kind, rows: [[file]] });
    else if (row === undefined) turn.rows.push([file]);
    else row.push(file);
  }
  return turns;
}

function kindOfTurn(placed: PlacedFile): Turn['kind'] {
  if (!isProved(placed)) return placed.variant === undefined ? 'large' : 'variants';
  return placed.file.size <= SMALL ? 'small' : 'large';
}

/** Writes files, large ones one after another and variants side by side; all get their final names when `confirm` has not objected. */
export async function saveFiles(
  placed: readonly PlacedFile[],
  { overwrite = false, confirm }: { readonly overwrite?: boolean | undefined; readonly confirm: () => Promise<void> },
  context: RunContext,
): Promise<SavedFile[]> {
  const folders = new Map<string, OutputFolder>();
  const staged: StagedFile[] = [];
  const [running, stop] = stoppable(context);
  try {
    for (const { directory } of placed) {
      if (!folders.has(directory)) folders.set(directory, await OutputFolder.open(directory));
    }
    const folderOf = ({ directory }: PlacedFile): OutputFolder => folders.get(directory) as OutputFolder;
    const small = smallAtOnce(context.limits.concurrency);
    const same = overwrite ? new Map<PlacedFile, Digest>() : await presentFiles(placed, folderOf, small);
    await requireRoom(placed);
    await expectReading(
      placed.filter((one) => !same.has(one)).map(({ file }) => file),
      context,
    );
    const saved = new Map<PlacedFile, () => SavedFile>();
    const place = async (one: PlacedFile): Promise<void> => {
      const digest = same.get(one);
      if (digest !== undefined) {
        skipped(one, context);
        saved.set(one, () => ({ path: shownPath(one), size: one.file.size, digest }));
        return;
      }
      const file = await stage(one, folderOf(one), running);
      // What has the digest that its source announced is proved: it keeps its name whatever becomes of the others.
      if (isProved(one)) await file.commit();
      else staged.push(file);
      if (!overwrite && !isProved(one)) await requireNoOther(one, folderOf(one), file);
      saved.set(one, () => ({ path: shownPath(one), size: file.size, digest: file.digest }));
    };
    for (const { kind, rows } of turnsOf(placed)) {
      const atOnce = kind === 'small' ? small : rows.length;
      // What goes beside one that has failed would be written for nothing.
      await sideBySide(rows, atOnce, async (row) => sideBySide(row, 1, place).catch(stop));
    }
    await confirm();
    for (const file of staged) await file.commit();
    return placed.flatMap((one) => saved.get(one)?.() ?? []);
  } catch (error) {
    for (const file of staged) await file.discard();
    throw error;
  } finally {
    for (const folder of folders.values()) await folder.close();
  }
}

/** The context with a signal that fires for a failure, too. */
function stoppable(context: RunContext): [running: RunContext, stop: (error: unknown) => never] {
  const failure = new AbortController();
  const signal = AbortSignal.any([context.signal, failure.signal]);
  setMaxListeners(0, signal);
  const stop = (error: unknown): never => {
    failure.abort(error);
    throw error;
  };
  return [{ ...context, signal }, stop];
}

/**
 * What archives unpack to has to fit before the first byte is written. Files that are known by their digest are left out: they may
 * go on with what an earlier run has kept.
 */
async function requireRoom(placed: readonly PlacedFile[]): Promise<void> {
  const needed = new Map<string, number>();
  for (const { directory, file } of placed) {
    if (file.digest === undefined) needed.set(directory, (needed.get(directory) ?? 0) + file.size);
  }
  for (const [directory, bytes] of needed) await requireSpace(directory, bytes, 0);
}

/** Whether a file's content is known beforehand, and was checked against that when it is here. */
function isProved({ file }: PlacedFile): boolean {
  return file.digest !== undefined;
}

function shownPath({ directory, path }: PlacedFile): string {
  return `${directory}${directory.endsWith('/') ? '' : '/'}${path}`;
}

function skipped({ file: { path, size } }: PlacedFile, context: RunContext): void {
  context.emit({ type: 'item.skip', stage: 'save', id: path, name: path, total: size, reason: 'exists' });
}

/** Digests of what is there already. Throws `TARGET_EXISTS` for files of other content before anything is fetched. */
async function presentFiles(
  placed: readonly PlacedFile[],
  folderOf: (one: PlacedFile) => OutputFolder,
  atOnce: number,
): Promise<ReadonlyMap<PlacedFile, Digest>> {
  const same = new Map<PlacedFile, Digest>();
  const others: string[] = [];
  await sideBySide(placed, atOnce, async (one) => {
    const { size, digest } = one.file;
    const present = await folderOf(one).look(one.path, { size, digest });
    if (present === 'the same' && digest !== undefined) same.set(one, digest);
    // Of a file whose digest is not known beforehand the content tells, when it is here.
    else if (present === 'something else' && (digest !== undefined || !(await folderOf(one).isFile(one.path, size)))) {
      others.push(one.path);
    }
  });
  if (others.length > 0)
    throw standsInTheWay(
      placed.flatMap(({ path }) => (others.includes(path) ? path : [])),
      placed[0]?.directory ?? '',
    );
  return same;
}

async function requireNoOther(one: PlacedFile, folder: OutputFolder, { size, digest }: StagedFile): Promise<void> {
  const present = await folder.look(one.path, { size, digest });
  if (present === 'something else') throw standsInTheWay([one.path], one.directory);
}

function standsInTheWay(paths: readonly string[], directory: string): SlipwayError {
  const [first = ''] = paths;
  const what = paths.length === 1 ? `'${first}' is` : `${paths.length} files are`;
  return new SlipwayError('TARGET_EXISTS', `${what} there with other content`, {
    where: directory,
    got: listed(paths),
    kept: 'everything that is there',
    try: ['another directory', '--overwrite   (replaces them; in a configuration, overwrite: true)'],
    context: { files: paths.slice(0, 100) },
  });
}

async function stage({ file, path }: PlacedFile, folder: OutputFolder, context: RunContext): Promise<StagedFile> {
  const item = startItem(context, 'save', file.path, file.size);
  const { digest } = file;
  if (digest !== undefined) {
    const known = { ...file, digest, read: file.read.bind(file) };
    const { signal } = context;
    const done = await folder.stageResumed(path, known, { signal, onResume: item.resume, onBytes: item.progress });
    item.end({ digest });
    return done;
  }
  const content = counted(file.read(undefined, context.signal, { lend: true }), item.progress);
  const staged = await folder.stage(path, content, file, context.signal);
  item.end({ digest: staged.digest });
  return staged;
}

async function confirmAll(input: Snapshot | readonly ModelVariant[], signal: AbortSignal): Promise<void> {
  if ('files' in input) await input.confirm?.(signal);
  else for (const confirm of new Set(input.map((variant) => variant.confirm))) await confirm?.(signal);
}

/** Throws `NOT_FOUND` when all of them are hidden. */
function filesOf(
  input: Snapshot | readonly ModelVariant[],
  { hidden = false }: SaveOptions,
): { readonly files: readonly ModelFile[]; readonly leftOut: readonly string[] } {
  const all = new Map<string, ModelFile>();
  const groups = 'files' in input ? [input.files] : input.flatMap(({ weights, companions }) => [weights, companions]);
  for (const file of groups.flat()) all.set(file.path, file);
  const files = [...all.values()].filter(({ path }) => hidden || !isHiddenPath(path));
  const leftOut = [...all.keys()].filter((path) => !hidden && isHiddenPath(path));
  if (files.length > 0 || leftOut.length === 0) return { files, leftOut };
  throw new SlipwayError('NOT_FOUND', 'all files are hidden, or configure tools: nothing is written', {
    got: listed(leftOut),
    try: '--hidden   (takes them)',
  });
}

function leftOutText(paths: readonly string[]): string {
  return `left out, since their names are hidden or configure tools: ${listed(paths)}`;
}

function listed(paths: readonly string[]): string {
  const more = paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : '';
  return paths.slice(0, SHOWN).join(', ') + more;
}

async function* counted(
  content: AsyncIterable<Uint8Array>,
  progress: (done: number) => void,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of content) {
    done += chunk.byteLength;
    yield chunk;
    progress(done);
  }
}
