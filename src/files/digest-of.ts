import { createHash } from 'node:crypto';
import { countText, SlipwayError, type Digest } from '../core/index.js';
import { createDigester } from './digester.js';
import type { ModelFile } from './model-file.js';

/** Digest of bytes that are already here. */
export function sha256(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Reads a stream to its end and says what it was. `expectedSize`: bytes that will come, about. */
export async function digestOf(
  content: AsyncIterable<Uint8Array>,
  expectedSize = 0,
): Promise<{ digest: Digest; size: number }> {
  const digester = createDigester(expectedSize);
  try {
    for await (const chunk of content) await digester.update(chunk);
    return { digest: await digester.digest(), size: digester.size };
  } finally {
    digester.close();
  }
}

/** A file with its digest, for which all of it is read. A later reading of the whole is checked against it. */
export async function digestedFile(file: ModelFile, signal?: AbortSignal): Promise<ModelFile> {
  const { path, size } = file;
  const { digest } = await digestOf(file.read(undefined, signal, { lend: true }), size);
  return {
    ...file,
    digest,
    read: (range, stop, hints) =>
      range === undefined
        ? verified(file.read(range, stop), { name: path, size, digest })
        : file.read(range, stop, hints),
  };
}

/** What a verified stream must turn out to be. */
export interface Expected {
  readonly size: number;
  readonly digest?: Digest;
  /** Named in the error. */
  readonly name: string;
}

/**
 * Passes a stream on and fails before its end is seen when it is shorter, longer or other than announced.
 * Throws `SIZE_MISMATCH` or `DIGEST_MISMATCH`.
 */
export async function* verified(content: AsyncIterable<Uint8Array>, expected: Expected): AsyncGenerator<Uint8Array> {
  const digester = expected.digest === undefined ? undefined : createDigester(expected.size);
  let size = 0;
  // The last chunk is held back until the verdict, so that no reader finishes on wrong bytes.
  let held: Uint8Array | undefined;
  try {
    for await (const chunk of content) {
      size += chunk.byteLength;
      if (size > expected.size) throw wrongSize(expected, size, 'more');
      const taken = digester?.update(chunk);
      if (taken !== undefined) await taken;
      if (held !== undefined) yield held;
      held = undefined;
      if (digester === undefined) yield chunk;
      else held = chunk;
    }
    if (size < expected.size) throw wrongSize(expected, size, 'fewer');
    const actual = await digester?.digest();
    if (actual !== undefined && actual !== expected.digest) throw wrongDigest(expected, actual);
    if (held !== undefined) yield held;
  } finally {
    digester?.close();
  }
}

function wrongDigest(expected: Expected, actual: Digest): SlipwayError {
  const { name, size } = expected;
  return new SlipwayError('DIGEST_MISMATCH', `'${name}' is not what was announced`, {
    where: name,
    got: `${actual} after ${countText(size, 'byte')}, expected ${expected.digest}`,
    context: { expected: expected.digest ?? null, actual, size },
    try: 'run again; if it repeats, a mirror or proxy on the way serves other bytes',
  });
}

function wrongSize(expected: Expected, actual: number, word: 'more' | 'fewer'): SlipwayError {
  return new SlipwayError('SIZE_MISMATCH', `'${expected.name}' has ${word} bytes than announced`, {
    where: expected.name,
    got: `${word === 'more' ? 'at least ' : ''}${countText(actual, 'byte')}, expected ${expected.size}`,
    context: { expected: expected.size, actual },
    retryable: word === 'fewer',
  });
}
