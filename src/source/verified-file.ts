import { createHash } from 'node:crypto';
import { SlipwayError, type Digest } from '../core/index.js';
import { checkedRange, readRange, verified, type ModelFile } from '../files/index.js';

/** What an origin announced about a file's content. */
export type Announced = { readonly sha256: Digest } | { readonly gitBlob: string } | undefined;

/** Files up to this size without a sha256 are read whole and verified even when only a part is wanted. */
const WHOLE_LIMIT = 16 * 1024 * 1024;

/**
 * Checks a file against what was announced: whole reads fail before their end is seen when the content differs; parts
 * of small files are cut from a verified whole. Parts of large files pass unchecked (see `OrderedFiles`).
 */
export function verifiedFile(file: ModelFile, announced: Announced): ModelFile {
  if (announced === undefined) return file;
  const { path, size } = file;
  const whole = (signal?: AbortSignal): AsyncIterable<Uint8Array> =>
    'sha256' in announced
      ? verified(file.read(undefined, signal), { size, digest: announced.sha256, name: path })
      : gitVerified(file.read(undefined, signal), { size, blob: announced.gitBlob, name: path });
  const digest = 'sha256' in announced ? announced.sha256 : undefined;
  return {
    path,
    size,
    digest,
    ...(digest !== undefined && size > WHOLE_LIMIT && { unchecked: { ...file, digest } }),
    async *read(range, signal, hints) {
      const { start, end } = checkedRange(path, size, range);
      if (start === 0 && end === size) yield* whole(signal);
      else if (size <= WHOLE_LIMIT) yield* part(await readRange(wholeAs(file, whole), { start: 0, end: size }, signal));
      else yield* file.read({ start, end }, signal, hints);

      function* part(bytes: Uint8Array): Generator<Uint8Array> {
        if (end > start) yield bytes.slice(start, end);
      }
    },
  };
}

function wholeAs(file: ModelFile, whole: (signal?: AbortSignal) => AsyncIterable<Uint8Array>): ModelFile {
  return { path: file.path, size: file.size, read: (_range, signal) => whole(signal) };
}

/** As `verified`, for git's own id of a file: SHA-1 over `blob SIZE`, a zero byte and the content. */
async function* gitVerified(
  content: AsyncIterable<Uint8Array>,
  expected: { readonly size: number; readonly blob: string; readonly name: string },
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha1').update(`blob ${expected.size}\0`);
  let held: Uint8Array | undefined;
  for await (const chunk of verified(content, { size: expected.size, name: expected.name })) {
    hash.update(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  const actual = hash.digest('hex');
  if (actual !== expected.blob) {
    throw new SlipwayError('DIGEST_MISMATCH', `'${expected.name}' is not what was announced`, {
      where: expected.name,
      got: `git blob ${actual} after ${expected.size} bytes, expected ${expected.blob}`,
      context: { expected: expected.blob, actual, size: expected.size },
      try: 'run again; if it repeats, a mirror or proxy on the way serves other bytes',
    });
  }
  if (held !== undefined) yield held;
}
