import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { diskError, SlipwayError, type Digest } from '../core/index.js';
import { createDigester, type Digester } from './digester.js';
import { readLocalFile, writeAll, type StagedFile } from './local-file.js';
import type { ModelFile } from './model-file.js';

/** The device is waited for from this size on: for each of thousands of small files that would take longer than fetching them again. */
const WORTH_WAITING = 1024 * 1024;

/** Parts that this process is writing. */
const writing = new Set<string>();

/** Names in a directory that parts may have. Throws what the operating system does. */
export async function partNames(directory: string): Promise<readonly string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.part'));
}

export interface KeptPartOptions {
  /** The names of parts in the file's directory, if they were listed already: of many files each needs them. */
  readonly parts?: readonly string[];
  readonly signal?: AbortSignal;
  /** Told when an earlier process left the first `offset` bytes: they are not fetched again. */
  readonly onResume?: (offset: number) => void;
  /** Bytes that are there so far. */
  readonly onBytes?: (done: number) => void;
}

/**
 * Writes a file whose digest is known beside `path`, going on with what an interrupted process has left of it. What is there
 * stays when this one is interrupted too. The digest is checked over the whole. Throws `DIGEST_MISMATCH`.
 */
export async function stageResumed(
  path: string,
  file: Pick<ModelFile, 'path' | 'size' | 'read' | 'unchecked'> & { readonly digest: Digest },
  options: KeptPartOptions,
): Promise<StagedFile> {
  const { part, isOld } = await claimPart(path, file.digest, options.parts);
  writing.add(part);
  try {
    let actual = await writePart(part, file, options, isOld);
    if (actual.digest !== file.digest && actual.resumedAt > 0) {
      // The old part may have been the wrong one; fetched whole, the file speaks for itself.
      await rm(part, { force: true });
      actual = await writePart(part, file, options, false);
    }
    if (actual.digest !== file.digest) {
      await rm(part, { force: true });
      throw mismatch(file, actual.digest);
    }
  } catch (error) {
    throw diskError(error, path);
  } finally {
    writing.delete(part);
  }
  const { digest, size } = file;
  return { path, digest, size, commit: () => rename(part, path), discard: () => rm(part, { force: true }) };
}

async function writePart(
  part: string,
  file: Parameters<typeof stageResumed>[1],
  { signal, onResume, onBytes }: KeptPartOptions,
  isOld: boolean,
): Promise<{ readonly digest: Digest; readonly resumedAt: number }> {
  const { size } = file;
  const digester = createDigester(size);
  try {
    if (isOld) await hashPart(part, size, digester, signal);
    const resumedAt = digester.size;
    if (resumedAt > 0) onResume?.(resumedAt);
    const source = file.unchecked ?? file;
    // Read whole, a file can prove itself as it goes.
    const range = resumedAt === 0 ? undefined : { start: resumedAt, end: size };
    const rest = source.read(range, signal, { lend: true });
    if (resumedAt < size || size === 0)
      await writeAll(part, counted(rest, resumedAt, onBytes), digester, size, {
        signal,
        isDurable: size >= WORTH_WAITING,
      });
    return { digest: await digester.digest(), resumedAt };
  } finally {
    digester.close();
  }
}

async function hashPart(
  path: string,
  most: number,
  digester: Digester,
  signal: AbortSignal | undefined,
): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.size === 0) return;
  // One that is longer than the file is none of its.
  if (found.size > most) return rm(path, { force: true });
  for await (const chunk of readLocalFile(path, { start: 0, end: found.size }, signal)) await digester.update(chunk);
}

async function* counted(
  content: AsyncIterable<Uint8Array>,
  before: number,
  onBytes: ((done: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  let done = before;
  for await (const chunk of content) {
    done += chunk.byteLength;
    yield chunk;
    onBytes?.(done);
  }
}

/**
 * Name of the part to write: `<file>.<digest>.<process>-<random>.part`. A part that a dead process left of the same content is
 * taken over by renaming it, which only one can do; those of other content are removed.
 */
async function claimPart(
  path: string,
  digest: Digest,
  parts: readonly string[] | undefined,
): Promise<{ readonly part: string; readonly isOld: boolean }> {
  const [directory, name] = [dirname(path), basename(path)];
  const own = join(directory, `${name}.${shortOf(digest)}.${process.pid}-${randomBytes(4).toString('hex')}.part`);
  // A directory that was listed is there.
  if (parts === undefined) await mkdir(directory, { recursive: true });
  for (const entry of await abandoned(directory, name, parts ?? (await partNames(directory)))) {
    const old = join(directory, entry);
    if (!entry.startsWith(`${name}.${shortOf(digest)}.`)) await rm(old, { force: true });
    else if (
      await rename(old, own).then(
        () => true,
        () => false,
      )
    )
      return { part: own, isOld: true };
  }
  return { part: own, isOld: false };
}

/** Parts of a file that no living process writes, the largest first. */
async function abandoned(directory: string, name: string, parts: readonly string[]): Promise<readonly string[]> {
  const found: { readonly entry: string; readonly size: number }[] = [];
  for (const entry of parts) {
    if (!entry.startsWith(`${name}.`)) continue;
    const [, pid] = /^\.[0-9a-f]{12}\.(\d+)-[0-9a-f]{8}\.part$/.exec(entry.slice(name.length)) ?? [];
    if (pid === undefined || writing.has(join(directory, entry))) continue;
    if (Number(pid) !== process.pid && isAlive(Number(pid))) continue;
    found.push({ entry, size: (await stat(join(directory, entry)).catch(() => undefined))?.size ?? 0 });
  }
  return found.toSorted((a, b) => b.size - a.size).map(({ entry }) => entry);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function shortOf(digest: Digest): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}

function mismatch(file: { readonly path: string; readonly digest: Digest }, actual: Digest): SlipwayError {
  return new SlipwayError('DIGEST_MISMATCH', `'${file.path}' is not what was announced`, {
    where: file.path,
    got: `${actual}, expected ${file.digest}`,
    context: { expected: file.digest, actual },
    try: 'run again: the other files are kept',
  });
}
