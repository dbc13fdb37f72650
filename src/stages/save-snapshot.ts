import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SlipwayError, throwIfAborted, type Digest, type RunContext } from '../core/index.js';
import {
  digestOf,
  readLocalFile,
  safeRelativePath,
  stageLocalFile,
  stageResumed,
  type ModelFile,
  type Snapshot,
  type StagedFile,
} from '../files/index.js';
import { startItem } from './items.js';
import type { SavedFile } from './save.js';
import { SavedNotes } from './saved-notes.js';

/** Files named in an error at most. */
const MOST_NAMED = 5;

interface Place {
  readonly file: ModelFile;
  readonly path: string;
  /** Digest of what is there now, when it had to be known. */
  readonly present: Digest | undefined;
}

/**
 * Writes a snapshot's files into a directory. Those that are there and right are left alone, each that is finished and
 * verified keeps its name whatever becomes of the others, and one that was changed since is not replaced unless told.
 */
export async function saveSnapshot(
  snapshot: Snapshot,
  directory: string,
  overwrite: boolean,
  context: RunContext,
): Promise<SavedFile[]> {
  const notes = await SavedNotes.open(directory, context);
  const places: Place[] = [];
  for (const file of snapshot.files) {
    const path = join(directory, safeRelativePath(file.path));
    places.push({ file, path, present: await presentDigest(path, context.signal) });
  }
  if (!overwrite) refuseChanged(places.filter((place) => isChanged(place, notes)));
  const saved: SavedFile[] = [];
  const waiting: { readonly staged: StagedFile; readonly place: Place }[] = [];
  try {
    for (const place of places) {
      throwIfAborted(context.signal);
      const { file, path, present } = place;
      if (file.digest !== undefined && present === file.digest) skip(place, context);
      else if (file.digest === undefined) waiting.push({ staged: await stageUnknown(place, context), place });
      else
        await (await stageKnown({ ...file, digest: file.digest, read: file.read.bind(file) }, path, context)).commit();
      if (file.digest === undefined) continue;
      await notes.keep(file.path, file.digest);
      saved.push({ path, size: file.size, digest: file.digest });
    }
    await snapshot.confirm?.(context.signal);
    if (!overwrite)
      refuseChanged(waiting.flatMap(({ place, staged }) => (isOther(place, staged, notes) ? [place] : [])));
    for (const { staged, place } of waiting) {
      if (staged.digest === place.present) await staged.discard();
      else await staged.commit();
      await notes.keep(place.file.path, staged.digest);
      saved.push({ path: staged.path, size: staged.size, digest: staged.digest });
    }
  } catch (error) {
    for (const { staged } of waiting) await staged.discard();
    throw error;
  }
  const order = new Map(places.map(({ path }, index) => [path, index]));
  return saved.toSorted((a, b) => (order.get(a.path) ?? 0) - (order.get(b.path) ?? 0));
}

/** Bytes that a save would write, and files that are in its way, as far as their sizes tell. */
export async function planSnapshot(
  { files }: Snapshot,
  directory: string,
  context: RunContext,
): Promise<{ readonly missing: number; readonly inTheWay: readonly string[] }> {
  const notes = await SavedNotes.open(directory, context);
  let missing = 0;
  const inTheWay: string[] = [];
  for (const file of files) {
    const present = await stat(join(directory, safeRelativePath(file.path))).catch(() => undefined);
    if (present?.size !== file.size) missing += file.size;
    if (present !== undefined && present.size !== file.size && notes.digestOf(file.path) === undefined)
      inTheWay.push(file.path);
  }
  return { missing, inTheWay };
}

async function presentDigest(path: string, signal: AbortSignal): Promise<Digest | undefined> {
  const present = await stat(path).catch(() => undefined);
  if (present === undefined || !present.isFile()) return undefined;
  return (await digestOf(readLocalFile(path, undefined, signal), present.size)).digest;
}

/** Whether a file is there that is neither what is wanted nor what an earlier run wrote. */
function isChanged({ file, present }: Place, notes: SavedNotes): boolean {
  if (present === undefined || file.digest === undefined) return false;
  return present !== file.digest && present !== notes.digestOf(file.path);
}

function isOther({ file, present }: Place, staged: StagedFile, notes: SavedNotes): boolean {
  return present !== undefined && present !== staged.digest && present !== notes.digestOf(file.path);
}

function refuseChanged(places: readonly Place[]): void {
  if (places.length === 0) return;
  const names = places.slice(0, MOST_NAMED).map(({ file }) => file.path);
  const more = places.length > MOST_NAMED ? ` and ${places.length - MOST_NAMED} more` : '';
  const [first] = places;
  throw new SlipwayError(
    'TARGET_EXISTS',
    'a file that is there would be replaced, and this program did not write it so',
    {
      where: first?.path ?? '',
      got: `${names.join(', ')}${more}`,
      kept: 'every file that is there',
      try: ['another directory', '--overwrite (save: { overwrite: true }) replaces them'],
    },
  );
}

function skip({ file }: Place, context: RunContext): void {
  const { path: id, size: total } = file;
  context.emit({ type: 'item.skip', stage: 'save', id, name: id, total, reason: 'exists' });
}

async function stageKnown(
  file: ModelFile & { readonly digest: Digest },
  path: string,
  context: RunContext,
): Promise<StagedFile> {
  const item = startItem(context, 'save', file.path, file.size);
  const { signal } = context;
  const staged = await stageResumed(path, file, { signal, onResume: item.resume, onBytes: item.progress });
  item.end({ digest: staged.digest });
  return staged;
}

/** A file that no digest was announced for is fetched to be compared. */
async function stageUnknown({ file, path }: Place, context: RunContext): Promise<StagedFile> {
  await mkdir(dirname(path), { recursive: true });
  const item = startItem(context, 'save', file.path, file.size);
  const staged = await stageLocalFile(
    path,
    counted(file.read(undefined, context.signal), item.progress),
    file,
    context.signal,
  );
  item.end({ digest: staged.digest });
  return staged;
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
