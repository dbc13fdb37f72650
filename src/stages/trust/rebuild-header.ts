import { compareMetadata } from '../../compare/index.js';
import type { GgufContent, GgufMetadata, GgufValue } from '../../gguf/index.js';
import type { ComparedPart, PublishedGguf, TensorDifference } from './rebuild-difference.js';

/** Keys of a split file, which say nothing of the model (llama.cpp, `gguf-split`). */
const OF_SPLITS: ReadonlySet<string> = new Set(['split.no', 'split.count', 'split.tensors.count']);

/** Compares the keys of a published GGUF with those that come of its inputs. Of several files the model's own is meant, and its first. */
export function comparedHeader(
  made: GgufContent | undefined,
  published: readonly PublishedGguf[],
): { readonly part: ComparedPart; readonly difference?: TensorDifference } {
  const architecture = made?.metadata.get('general.architecture')?.value;
  const there =
    published.find(({ content }) => content.metadata.get('general.architecture')?.value === architecture) ??
    published[0];
  const [expected, actual] = [keysOf(there?.content.metadata), keysOf(made?.metadata)];
  const { added, removed, changed } = compareMetadata(expected, actual);
  const [other] = [...changed, ...removed, ...added].map(({ key }) => key);
  const equal = other === undefined;
  const part = { what: 'header', expected: `${expected.size} keys`, actual: `${actual.size} keys`, equal };
  if (equal) return { part };
  const reason = `its key '${other}' is not what comes of its inputs`;
  return {
    part: { ...part, expected: `${part.expected}, '${other}' another` },
    difference: { file: there?.file ?? '', reason },
  };
}

function keysOf(metadata: GgufMetadata | undefined): GgufMetadata {
  const entries = [...(metadata ?? [])].filter(([key]) => !OF_SPLITS.has(key));
  return new Map(entries.map(([key, value]) => [key, asStored(value)]));
}

/** A number that is kept with more digits than a file holds of it. */
function asStored(value: GgufValue): GgufValue {
  if (value.type === 'FLOAT32') return { ...value, value: Math.fround(value.value) };
  if (value.type !== 'ARRAY' || value.items !== 'FLOAT32') return value;
  return { ...value, value: Float32Array.from(value.value as readonly number[]) };
}
