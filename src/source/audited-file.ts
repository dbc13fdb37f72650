import { createHash } from 'node:crypto';
import { SlipwayError, throwIfAborted, type ByteRange, type Digest } from '../core/index.js';
import { checkedRange, Digester, type ModelFile, type Snapshot } from '../files/index.js';

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
  let proved = false;
  return {
    path: file.path,
    size: file.size,
    ...(file.digest === undefined ? {} : { digest: file.digest }),
    async *read(range?: ByteRange, signal?: AbortSignal) {
      const { start, end } = checkedRange(file.path, file.size, range);
      const digester = new Digester();
      const whole = start === 0 && end === file.size;
      // The last chunk of a whole reading is held back until the verdict, so that nobody finishes on wrong bytes.
      let held: Uint8Array | undefined;
      try {
        for await (const chunk of file.read({ start, end }, signal)) {
          // Hashed before it is given away: the consumer owns it and may change it.
          digester.update(chunk);
          if (held !== undefined) yield held;
          if (whole) held = chunk;
          else yield chunk;
        }
        if (whole) requireAnnounced(file, digester.digest());
        if (held !== undefined) yield held;
      } finally {
        if (digester.size > 0) remember(handedOut, file, start, digester);
        proved &&= digester.size === 0;
      }
    },
    async audit(signal) {
      // A reading of the whole that had the announced digest is its own proof.
      const open = [...handedOut.values()].filter((part) => !isWhole(file, part));
      if (proved || open.length === 0) return { ranges: handedOut.size, bytes: 0 };
      const digest = await confirm(file, open, signal);
      proved = true;
      return { ranges: handedOut.size, bytes: file.size, digest };
    },
  };
}

/** A snapshot whose files are audited, and one audit for all of them, one after the other. */
export function auditedSnapshot(snapshot: Snapshot): Snapshot & { audit(signal?: AbortSignal): Promise<Audit> } {
  const files = snapshot.files.map((file) => auditedFile(file));
  return {
    ...snapshot,
    files,
    async audit(signal) {
      let [ranges, bytes] = [0, 0];
      for (const file of files) {
        const audit = await file.audit(signal);
        ranges += audit.ranges;
        bytes += audit.bytes;
      }
      return { ranges, bytes };
    },
  };
}

interface HandedOut {
  readonly start: number;
  readonly end: number;
  readonly digest: Digest;
}

function isWhole(file: ModelFile, part: HandedOut): boolean {
  return part.start === 0 && part.end === file.size && part.digest === file.digest;
}

function remember(handedOut: Map<string, HandedOut>, file: ModelFile, start: number, digester: Digester): void {
  const part: HandedOut = { start, end: start + digester.size, digest: digester.digest() };
  const key = `${part.start}-${part.end}`;
  const before = handedOut.get(key);
  if (before !== undefined && before.digest !== part.digest) throw changed(file, part, before.digest);
  handedOut.set(key, part);
}

async function confirm(file: ModelFile, parts: HandedOut[], signal: AbortSignal | undefined): Promise<Digest> {
  const waiting = parts.sort((a, b) => a.start - b.start || a.end - b.end);
  const active = new Set<{ part: HandedOut; hash: ReturnType<typeof createHash> }>();
  const whole = new Digester();
  let next = 0;
  for await (const chunk of file.read(undefined, signal)) {
    throwIfAborted(signal);
    const offset = whole.size;
    whole.update(chunk);
    for (let part = waiting[next]; part !== undefined && part.start < whole.size; part = waiting[++next]) {
      active.add({ part, hash: createHash('sha256') });
    }
    for (const entry of active) {
      const { part, hash } = entry;
      hash.update(chunk.subarray(Math.max(0, part.start - offset), Math.min(chunk.byteLength, part.end - offset)));
      if (part.end > whole.size) continue;
      active.delete(entry);
      const actual: Digest = `sha256:${hash.digest('hex')}`;
      if (actual !== part.digest) throw changed(file, part, actual);
    }
  }
  const digest = whole.digest();
  requireAnnounced(file, digest);
  return digest;
}

function requireAnnounced(file: ModelFile, digest: Digest): void {
  if (file.digest === undefined || digest === file.digest) return;
  throw changed(file, { start: 0, end: file.size, digest }, file.digest);
}

function changed(file: ModelFile, part: HandedOut, expected: Digest): SlipwayError {
  return new SlipwayError('DIGEST_MISMATCH', `'${file.path}' gave other bytes than those it is made of`, {
    where: `${file.path} [${part.start}, ${part.end})`,
    got: `${part.digest}, expected ${expected}`,
    context: { start: part.start, end: part.end, actual: part.digest, expected },
    try: 'do not use what was made from it; run again',
  });
}
