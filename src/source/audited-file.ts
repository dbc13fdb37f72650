import { SlipwayError, throwIfAborted, type ByteRange, type Digest, type ReadHints } from '../core/index.js';
import { checkedRange, createDigester, type Digester, type ModelFile } from '../files/index.js';

/** What an audit found to be right. */
export interface Audit {
  /** Ranges that had been handed out, all confirmed. */
  readonly ranges: number;
  /** Bytes that were read for the audit: 0 when nothing had to be proved. */
  readonly bytes: number;
  /** The digest of the whole, when it was read. */
  readonly digest?: Digest;
}

/** A file that remembers what it gave away, so that it can be proved later to be the announced content. */
export interface AuditedFile extends ModelFile {
  /**
   * Reads the file once from beginning to end: the whole must have the announced digest, and every range that was
   * handed out before must have had the same bytes. Throws `DIGEST_MISMATCH`.
   */
  audit(signal?: AbortSignal): Promise<Audit>;
}

/**
 * Wraps a file that is read in ranges and out of order, where no digest of the whole can be computed on the way.
 * Whole readings are checked as they end. A digest of each range is kept (about 150 bytes a range); {@link AuditedFile.audit} then proves, at the price of one
 * sequential read, that whatever was made from those ranges was made from the announced file.
 */
export function auditedFile(file: ModelFile): AuditedFile {
  const handedOut = new Map<string, HandedOut>();
  return {
    path: file.path,
    size: file.size,
    ...(file.digest === undefined ? {} : { digest: file.digest }),
    // For a reader that proves the whole itself: what it reads need not be proved again.
    unchecked: file,
    async *read(range, signal, hints) {
      const { start, end } = checkedRange(file.path, file.size, range);
      if (start === 0 && end === file.size) yield* readAll(file, handedOut, signal);
      else yield* readPart(file, handedOut, { start, end }, signal, hints);
    },
    async audit(signal) {
      const waiting = open(handedOut);
      if (waiting.length === 0) return { ranges: handedOut.size, bytes: 0 };
      const digester = createDigester(file.size);
      const comparison = new Comparison(file, waiting);
      try {
        for await (const chunk of file.read(undefined, signal)) {
          throwIfAborted(signal);
          await digester.update(chunk);
          await comparison.update(chunk);
        }
        const digest = await digester.digest();
        requireAnnounced(file, digest);
        comparison.prove();
        return { ranges: handedOut.size, bytes: file.size, digest };
      } finally {
        digester.close();
        comparison.close();
      }
    },
  };
}

async function* readPart(
  file: ModelFile,
  handedOut: Map<string, HandedOut>,
  range: ByteRange,
  signal: AbortSignal | undefined,
  hints: ReadHints | undefined,
): AsyncGenerator<Uint8Array> {
  const digester = createDigester(range.end - range.start);
  try {
    for await (const chunk of file.read(range, signal, hints)) {
      // Taken before it is given away: the consumer owns it and may change it.
      const taken = digester.update(chunk);
      if (taken !== undefined) await taken;
      yield chunk;
    }
  } finally {
    try {
      if (digester.size > 0) await remember(handedOut, file, range.start, digester, false);
    } finally {
      digester.close();
    }
  }
}

/** A reading of the whole that has the announced digest is its own proof, and that of every range before it. */
async function* readAll(
  file: ModelFile,
  handedOut: Map<string, HandedOut>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const digester = createDigester(file.size);
  const comparison = new Comparison(file, open(handedOut));
  let proved = false;
  // The last chunk is held back until the verdict, so that no reader finishes on wrong bytes.
  let held: Uint8Array | undefined;
  try {
    for await (const chunk of file.read({ start: 0, end: file.size }, signal)) {
      await digester.update(chunk);
      await comparison.update(chunk);
      if (held !== undefined) yield held;
      held = chunk;
    }
    requireAnnounced(file, await digester.digest());
    proved = file.digest !== undefined;
    if (proved) comparison.prove();
    if (held !== undefined) yield held;
  } finally {
    try {
      if (digester.size > 0) await remember(handedOut, file, 0, digester, proved);
    } finally {
      digester.close();
      comparison.close();
    }
  }
}

interface HandedOut {
  readonly start: number;
  readonly end: number;
  readonly digest: Digest;
  proved: boolean;
}

function open(handedOut: ReadonlyMap<string, HandedOut>): HandedOut[] {
  return [...handedOut.values()].filter((part) => !part.proved);
}

async function remember(
  handedOut: Map<string, HandedOut>,
  file: ModelFile,
  start: number,
  digester: Digester,
  proved: boolean,
): Promise<void> {
  const part: HandedOut = { start, end: start + digester.size, digest: await digester.digest(), proved };
  const key = `${part.start}-${part.end}`;
  const before = handedOut.get(key);
  if (before !== undefined && before.digest !== part.digest) throw changed(file, part, before.digest);
  handedOut.set(key, { ...part, proved: proved || before?.proved === true });
}

/** Compares the parts that were handed out with a reading from beginning to end. */
class Comparison {
  readonly #file: ModelFile;
  readonly #parts: readonly HandedOut[];
  readonly #active = new Set<{ readonly part: HandedOut; readonly digester: Digester }>();
  #offset = 0;
  #next = 0;

  constructor(file: ModelFile, parts: readonly HandedOut[]) {
    this.#file = file;
    this.#parts = parts.toSorted((a, b) => a.start - b.start || a.end - b.end);
  }

  /** Takes the next bytes. Throws `DIGEST_MISMATCH` at the end of a part that had others. */
  async update(chunk: Uint8Array): Promise<void> {
    const [offset, end] = [this.#offset, this.#offset + chunk.byteLength];
    this.#offset = end;
    for (let part = this.#parts[this.#next]; part !== undefined && part.start < end; part = this.#parts[++this.#next]) {
      this.#active.add({ part, digester: createDigester(part.end - part.start) });
    }
    for (const entry of this.#active) {
      const { part, digester } = entry;
      const [from, to] = [Math.max(0, part.start - offset), Math.min(chunk.byteLength, part.end - offset)];
      await digester.update(chunk.subarray(from, to));
      if (part.end > end) continue;
      this.#active.delete(entry);
      const actual = await digester.digest();
      digester.close();
      if (actual !== part.digest) throw changed(this.#file, part, actual);
    }
  }

  /** Must be called when nothing more comes. */
  close(): void {
    for (const { digester } of this.#active) digester.close();
  }

  /** Says that the reading was the announced file: what agreed with it is proved. */
  prove(): void {
    for (const part of this.#parts) part.proved = true;
  }
}

function requireAnnounced(file: ModelFile, digest: Digest): void {
  if (file.digest === undefined || digest === file.digest) return;
  throw changed(file, { start: 0, end: file.size, digest, proved: false }, file.digest);
}

function changed(file: ModelFile, part: HandedOut, expected: Digest): SlipwayError {
  return new SlipwayError('DIGEST_MISMATCH', `'${file.path}' gave other bytes than those it is made of`, {
    where: `${file.path} [${part.start}, ${part.end})`,
    got: `${part.digest}, expected ${expected}`,
    context: { start: part.start, end: part.end, actual: part.digest, expected },
    try: 'do not use what was made from it; run again',
  });
}
