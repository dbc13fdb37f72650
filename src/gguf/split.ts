import pLimit from 'p-limit';
import { SlipwayError } from '../core/index.js';
import { missingSplits, type ModelFile } from '../files/index.js';
import { tensorSize, type GgufContent, type GgufMetadata, type GgufTensor, type GgufValue } from './content.js';
import { DEFAULT_ALIGNMENT, padded } from './layout.js';
import { readGguf, type Gguf } from './gguf-reader.js';

const SPLIT_NO = 'split.no';
const SPLIT_COUNT = 'split.count';
const SPLIT_TENSORS = 'split.tensors.count';
/** Headers read side by side: the first one's vocabulary is the only large thing among them. */
const HEADERS_AT_ONCE = 8;
/** The number of splits is a UINT16. */
const MOST_SPLITS = 65_535;

/** The keys that every split carries, in the order of the converter and of llama-quantize. */
export function splitKeys(index: number, count: number, tensors: number): (readonly [string, GgufValue])[] {
  return [
    [SPLIT_NO, { type: 'UINT16', value: index }],
    [SPLIT_COUNT, { type: 'UINT16', value: count }],
    [SPLIT_TENSORS, { type: 'INT32', value: tensors }],
  ];
}

/** How to split; one of the first two. */
export interface SplitOptions {
  /** Tensors in a file. */
  readonly maxTensors?: number;
  /** Bytes of padded tensor data in a file. A larger tensor gets a file of its own. */
  readonly maxSize?: number;
  /** Only metadata in the first file. */
  readonly emptyFirst?: boolean;
}

/**
 * Cuts a model into files as gguf-split does: all metadata in the first, tensors in their order. Name the files with
 * {@link splitName}. Throws `CONFIG_INVALID` without a limit or with one that makes more than 65,535 files.
 */
export function splitGguf(content: GgufContent, options: SplitOptions): GgufContent[] {
  const { maxTensors, maxSize } = options;
  if ((maxTensors === undefined) === (maxSize === undefined) || !((maxTensors ?? maxSize ?? 0) >= 1)) {
    throw new SlipwayError('CONFIG_INVALID', 'a split needs a limit: a number of tensors or a number of bytes');
  }
  const groups: GgufTensor[][] = options.emptyFirst === true ? [[], []] : [[]];
  let size = 0;
  for (const [index, tensor] of content.tensors.entries()) {
    const bytes = padded(tensorSize(tensor), DEFAULT_ALIGNMENT);
    const isFull = maxTensors === undefined ? size + bytes > (maxSize ?? 0) : index > 0 && index % maxTensors === 0;
    // gguf-split gives up where a file would be empty; a tensor that is too large simply fills one.
    if (isFull && groups.at(-1)?.length !== 0) {
      groups.push([]);
      size = 0;
    }
    size += bytes;
    groups.at(-1)?.push(tensor);
  }
  if (groups.length > MOST_SPLITS) {
    throw new SlipwayError('CONFIG_INVALID', 'the limit makes too many files', {
      got: `${groups.length} files, at most ${MOST_SPLITS}`,
    });
  }
  return groups.map((tensors, index) => {
    // gguf-split knows the number of files last, so that its key comes last.
    const keys = splitKeys(index, groups.length, content.tensors.length).toSorted(
      ([a], [b]) => Number(a === SPLIT_COUNT) - Number(b === SPLIT_COUNT),
    );
    return { tensors, metadata: withKeys(index === 0 ? content.metadata : new Map(), keys) };
  });
}

/** Sets keys the way ggml does: those that were there move to the end. */
function withKeys(metadata: GgufMetadata, keys: readonly (readonly [string, GgufValue])[]): GgufMetadata {
  const result = new Map(metadata);
  for (const [key, value] of keys) {
    result.delete(key);
    result.set(key, value);
  }
  return result;
}

/**
 * The model that a set of splits holds: the first one's metadata, everybody's tensors. `parts` are in order.
 * The split keys stay as gguf-split's merge leaves them (`split.count` 0, moved to the end).
 * Throws `GGUF_INVALID` when files are missing, doubled or of another set.
 */
export function mergeGguf(parts: readonly GgufContent[]): GgufContent {
  checkSet(parts);
  const metadata = withKeys(parts[0]?.metadata ?? new Map(), [[SPLIT_COUNT, { type: 'UINT16', value: 0 }]]);
  return { metadata, tensors: parts.flatMap(({ tensors }) => tensors) };
}

/**
 * Reads a model from one file or from all of its splits, given in any order.
 * Throws `GGUF_INVALID` as {@link readGguf} and when the set is not whole.
 * @param options `alone`: one file is taken as it is, whatever it says of others
 */
export async function readSplitGguf(
  files: readonly ModelFile[],
  signal?: AbortSignal,
  options: { readonly alone?: boolean } = {},
): Promise<readonly Gguf[]> {
  const limit = pLimit(HEADERS_AT_ONCE);
  const parts = await Promise.all(files.map(async (file) => limit(async () => readGguf(file, {}, signal))));
  if (parts.length === 1 && (options.alone === true || (splitNumber(parts[0], SPLIT_COUNT) ?? 0) < 2)) return parts;
  const ordered = parts.toSorted((a, b) => (splitNumber(a, SPLIT_NO) ?? 0) - (splitNumber(b, SPLIT_NO) ?? 0));
  const [missing] = missingSplits(files.map(({ path }) => path));
  if (missing !== undefined && splitNumber(ordered[0], SPLIT_COUNT) !== parts.length) {
    throw incomplete(`is not whole: '${missing}' is missing`, `${files.length} files`);
  }
  checkSet(ordered);
  return ordered;
}

function checkSet(parts: readonly GgufContent[]): void {
  const count = splitNumber(parts[0], SPLIT_COUNT);
  if (count === undefined) throw incomplete('does not say how many splits there are');
  if (count !== parts.length) throw incomplete('is not whole', `${parts.length} files, expected ${count}`);
  for (const [index, part] of parts.entries()) {
    const number = splitNumber(part, SPLIT_NO);
    if (number !== index) throw incomplete('has a split out of order', `number ${String(number)}, expected ${index}`);
  }
  const names = new Set(parts.flatMap(({ tensors }) => tensors.map(({ name }) => name)));
  const total = parts.reduce((sum, { tensors }) => sum + tensors.length, 0);
  const stated = splitNumber(parts[0], SPLIT_TENSORS);
  if (names.size !== total) throw incomplete('has a tensor twice');
  if (stated !== total) throw incomplete('lacks tensors', `${total} tensors, expected ${String(stated)}`);
}

function splitNumber(part: GgufContent | undefined, key: string): number | undefined {
  const entry = part?.metadata.get(key);
  return typeof entry?.value === 'number' ? entry.value : undefined;
}

function incomplete(message: string, got?: string): SlipwayError {
  return new SlipwayError('GGUF_INVALID', `the set of splits ${message}`, got === undefined ? {} : { got });
}
