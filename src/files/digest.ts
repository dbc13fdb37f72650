import { createHash, type Hash } from 'node:crypto';
import { SlipwayError, type Digest } from '../core/index.js';

/** Digest of bytes that are already here. */
export function sha256(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Counts and hashes a stream as it passes. */
export class Digester {
  readonly #hash: Hash = createHash('sha256');
  #size = 0;

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#size += chunk.byteLength;
  }

  get size(): number {
    return this.#size;
  }

  /** The digest so far; the digester can go on. */
  digest(): Digest {
    return `sha256:${this.#hash.copy().digest('hex')}`;
  }
}

/** In a digester's place for a stream whose digest was checked before: only counts. */
export class KnownDigest {
  readonly #digest: Digest;
  #size = 0;

  constructor(digest: Digest) {
    this.#digest = digest;
  }

  update(chunk: Uint8Array): void {
    this.#size += chunk.byteLength;
  }

  get size(): number {
    return this.#size;
  }

  digest(): Digest {
    return this.#digest;
  }
}

/** Reads a stream to its end and says what it was. */
export async function digestOf(content: AsyncIterable<Uint8Array>): Promise<{ digest: Digest; size: number }> {
  const digester = new Digester();
  for await (const chunk of content) digester.update(chunk);
  return { digest: digester.digest(), size: digester.size };
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
  const digester = expected.digest === undefined ? undefined : new Digester();
  let size = 0;
  // The last chunk is held back until the verdict, so that nobody finishes on wrong bytes.
  let held: Uint8Array | undefined;
  for await (const chunk of content) {
    size += chunk.byteLength;
    if (size > expected.size) throw wrongSize(expected, size, 'more');
    digester?.update(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  if (size < expected.size) throw wrongSize(expected, size, 'fewer');
  const actual = digester?.digest();
  if (actual !== undefined && actual !== expected.digest) {
    throw new SlipwayError('DIGEST_MISMATCH', `'${expected.name}' is not what was announced`, {
      where: expected.name,
      got: `${actual} after ${size} bytes, expected ${expected.digest}`,
      context: { expected: expected.digest ?? null, actual, size },
      try: 'run again; if it repeats, a mirror or proxy on the way serves other bytes',
    });
  }
  if (held !== undefined) yield held;
}

function wrongSize(expected: Expected, actual: number, word: 'more' | 'fewer'): SlipwayError {
  return new SlipwayError('SIZE_MISMATCH', `'${expected.name}' has ${word} bytes than announced`, {
    where: expected.name,
    got: `${word === 'more' ? 'at least ' : ''}${actual} bytes, expected ${expected.size}`,
    context: { expected: expected.size, actual },
    retryable: word === 'fewer',
  });
}
