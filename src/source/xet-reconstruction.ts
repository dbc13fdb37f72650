import type { ByteRange, SlipwayError } from '../core/index.js';
import { parseJson } from '../files/index.js';
import { xetError } from './xet-error.js';

/** The least that has to be known of how a range of a file is put together. */
interface Reconstruction {
  readonly offset_into_first_range: number;
  readonly terms: readonly { readonly hash: string; readonly unpacked_length: number }[];
  readonly xorbs: Readonly<Record<string, readonly XorbEntry[]>>;
}

interface XorbEntry {
  readonly url: string;
  readonly ranges: readonly unknown[];
}

const LIMIT = 32 * 1024 * 1024;

/**
 * The storage's answer about a range, after a look at whether it can be an answer about that range of that file; each
 * part of a xorb gets an entry of its own. Parts that are fetched together would be held in memory together, and they
 * come as `multipart/byteranges`, which not every proxy passes on. Throws `SIZE_MISMATCH`, `HUB_UNAVAILABLE`.
 */
export async function checkedReconstruction(
  body: AsyncIterable<Uint8Array>,
  range: ByteRange,
  file: { readonly path: string; readonly size: number },
): Promise<string> {
  const answer = parsed(await textOf(body, file.path), file.path);
  const offset = answer.offset_into_first_range;
  const length = answer.terms.reduce((sum, term) => sum + term.unpacked_length, 0);
  const begin = range.start - offset;
  if (begin < 0 || begin + length < range.end || begin + length > file.size) {
    const { path, size } = file;
    throw xetError('SIZE_MISMATCH', `the Xet storage has another '${path}' than the one that was listed`, path, {
      got: `bytes ${begin} to ${begin + length} for [${range.start}, ${range.end}) of ${size}`,
    });
  }
  const xorbs = Object.entries(answer.xorbs).map(([hash, entries]) => [
    hash,
    entries.flatMap(({ url, ranges }) => ranges.map((part) => ({ url, ranges: [part] }))),
  ]);
  return JSON.stringify({ ...answer, xorbs: Object.fromEntries(xorbs) });
}

async function textOf(body: AsyncIterable<Uint8Array>, path: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.byteLength;
    if (size > LIMIT) throw senseless(path, `more than ${LIMIT} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parsed(text: string, path: string): Reconstruction {
  let answer: Partial<Reconstruction> | null;
  try {
    // The answer is written again, which nesting without an end would not survive: this reader bounds it.
    answer = parseJson(text, path) as unknown as Partial<Reconstruction> | null;
  } catch (error) {
    throw senseless(path, 'no JSON that can be read', error);
  }
  const { terms, xorbs, offset_into_first_range: offset } = answer ?? {};
  if (!isCount(offset) || !Array.isArray(terms) || !terms.every((term) => isCount(term?.unpacked_length))) {
    throw senseless(path, 'no list of parts');
  }
  const lists: unknown[] = typeof xorbs === 'object' && xorbs !== null ? Object.values(xorbs) : [undefined];
  const entries = lists.every((list) => Array.isArray(list) && list.every((entry) => Array.isArray(entry?.ranges)));
  if (!entries || xorbs === undefined) throw senseless(path, 'no list of xorbs');
  return { ...answer, terms, xorbs, offset_into_first_range: offset };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function senseless(path: string, got: string, cause?: unknown): SlipwayError {
  return xetError('HUB_UNAVAILABLE', `the Xet storage's answer about '${path}' makes no sense`, path, {
    got,
    cause,
    retryable: true,
  });
}
