import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';

/**
 * A BPE model cut down to what can occur in a few pieces of text: tokens that are part of a piece and merges whose
 * result is. The cut model encodes these pieces exactly like the whole one, and is set up in a fraction of the time.
 * Other kinds of model, which are small, come back as they are.
 */
export function reducedModel(model: JsonObject, pieces: readonly string[]): JsonObject {
  const vocab = jsonField(model, 'vocab');
  const merges = jsonField(model, 'merges');
  if (!isJsonObject(vocab) || !Array.isArray(merges) || hasAffixes(model)) return model;
  const tokens = Object.keys(vocab);
  const parts = partsOf(
    pieces,
    tokens.reduce((longest, token) => Math.max(longest, token.length), 0),
  );
  const unknown = jsonField(model, 'unk_token');
  const kept = tokens.filter((token) => parts.has(token) || token === unknown || isByteToken(token));
  return {
    ...model,
    vocab: Object.fromEntries(kept.map((token) => [token, vocab[token] ?? null])),
    merges: merges.filter((merge: JsonValue) => isMergeOf(merge, parts)),
  };
}

/** Marks at the ends of words would have to be looked at as well. */
function hasAffixes(model: JsonObject): boolean {
  return ['end_of_word_suffix', 'continuing_subword_prefix'].some((key) => (jsonField(model, key) ?? '') !== '');
}

function isByteToken(token: string): boolean {
  return token.length === 6 && token.startsWith('<0x');
}

/** Whether the result of a merge is among the parts. The left half alone settles it for most. */
function isMergeOf(merge: JsonValue, parts: ReadonlySet<string>): boolean {
  if (typeof merge === 'string') {
    const space = merge.indexOf(' ');
    const left = merge.slice(0, space);
    return parts.has(left) && parts.has(left + merge.slice(space + 1));
  }
  if (!Array.isArray(merge)) return false;
  const [left, right]: readonly unknown[] = merge;
  return typeof left === 'string' && typeof right === 'string' && parts.has(left) && parts.has(left + right);
}

/** Every part of every piece that is no longer than the longest token. */
function partsOf(pieces: readonly string[], longest: number): ReadonlySet<string> {
  const parts = new Set<string>();
  for (const piece of new Set(pieces)) {
    for (let start = 0; start < piece.length; start += 1) {
      const last = Math.min(piece.length, start + longest);
      for (let end = start + 1; end <= last; end += 1) parts.add(piece.slice(start, end));
    }
  }
  return parts;
}
