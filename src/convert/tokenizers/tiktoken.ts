import { symbolsOfBytes } from './byte-level.js';
import { checkTokenCount, invalidTokenizer } from './limits.js';

/** Longest token accepted, in bytes: the work to find its merge grows with the square. */
const TOKEN_LIMIT = 256;

/** Byte strings in the byte-level alphabet, by rank. */
export type Ranks = ReadonlyMap<string, number>;

/**
 * Reads a tiktoken file: a line for each byte string, in base 64, with its rank.
 * @param numbered ranks by line instead, a byte string that comes again passed over
 */
export function parseTiktoken(text: string, where: string, numbered = false): Ranks {
  const lines = text.split(/\r\n?|\n/).filter((line) => line !== '');
  checkTokenCount(lines.length, where);
  const ranks = new Map<string, number>();
  for (const [index, line] of lines.entries()) {
    const match = /^([A-Za-z0-9+/]+={0,2})\s+(\d{1,9})$/.exec(line);
    const symbols = symbolsOfBytes(Buffer.from(match?.[1] ?? '', 'base64'));
    const known = ranks.has(symbols);
    if (match === null || symbols === '' || symbols.length > TOKEN_LIMIT || (known && !numbered)) {
      throw invalidTokenizer(
        `line ${index + 1} is not a token with its rank`,
        where,
        JSON.stringify(line.slice(0, 200)),
      );
    }
    if (!known) ranks.set(symbols, numbered ? ranks.size : Number(match[2]));
  }
  return ranks;
}

/**
 * The merge that makes each token of more than one byte, in the order of the file. A token that is not made of two
 * others has none; `strict` refuses it.
 */
export function mergesOfTiktoken(ranks: Ranks, where: string, strict: boolean): string[] {
  const merges: string[] = [];
  for (const [token, rank] of ranks) {
    if (token.length === 1) continue;
    const parts = partsBelow(ranks, token, rank);
    if (parts.length === 2) merges.push(parts.join(' '));
    else if (strict) throw invalidTokenizer('a token is not made of two others', where, JSON.stringify(token));
  }
  return merges;
}

/** A token's bytes merged as far as merges of a lower rank than its own go. */
function partsBelow(ranks: Ranks, token: string, limit: number): string[] {
  const parts = token.split('');
  for (;;) {
    let best = -1;
    let bestRank = limit;
    for (let index = 0; index + 1 < parts.length; index += 1) {
      const rank = ranks.get(`${parts[index] ?? ''}${parts[index + 1] ?? ''}`);
      if (rank !== undefined && rank < bestRank) [best, bestRank] = [index, rank];
    }
    if (best === -1) return parts;
    parts.splice(best, 2, `${parts[best] ?? ''}${parts[best + 1] ?? ''}`);
  }
}
