import { countText, SlipwayError, throwIfAborted, type ByteRange, type ReadHints } from '../core/index.js';
import { checkedRange, type ModelFile } from '../files/index.js';
import type { GgufContent, GgufTensor } from './content.js';
import { bigEndianTensor } from './byte-order.js';
import { presentPart, readParts, type Part } from './parts-ahead.js';
import { layoutGguf, type GgufLayout, type LayoutOptions } from './layout.js';

// Header bytes are handed out in copies of this size: the consumer owns what it gets.
const PIECE = 1024 * 1024;

/**
 * The GGUF file that holds `content`, laid out now, computed when it is read. Any range can be read any number of
 * times: header bytes come from memory, tensor bytes from {@link GgufTensor.read}, padding is zeros.
 * Reading throws `SIZE_MISMATCH` when a tensor gives more or fewer bytes than its shape says.
 */
export function ggufFile(path: string, content: GgufContent, options: LayoutOptions = {}): ModelFile {
  const layout = layoutGguf(content, options);
  const tensors = options.bigEndian === true ? content.tensors.map(bigEndianTensor) : content.tensors;
  return {
    path,
    size: layout.size,
    sources: content.tensors.flatMap((tensor) => tensor.sources ?? []),
    read: (range, signal, hints) => readLaidOut(layout, tensors, checkedRange(path, layout.size, range), signal, hints),
  };
}

function readLaidOut(
  layout: GgufLayout,
  tensors: readonly GgufTensor[],
  range: ByteRange,
  signal: AbortSignal | undefined,
  hints: ReadHints | undefined,
): AsyncIterable<Uint8Array> {
  throwIfAborted(signal);
  // Parts are begun before their turn: memory for what comes next would not be for them.
  return readParts(partsOf(layout, tensors, range), signal, { lend: hints?.lend === true });
}

/** What lies in the range: header, tensors, and the padding behind each. */
function* partsOf(layout: GgufLayout, tensors: readonly GgufTensor[], { start, end }: ByteRange): Generator<Part> {
  const headerEnd = Math.min(end, layout.header.byteLength);
  if (start < headerEnd) yield presentPart(layout.header, { start, end: headerEnd }, PIECE);
  let at = Math.min(Math.max(start, layout.header.byteLength), end);
  for (let index = tensorAt(layout.positions, at); at < end && index < tensors.length; index++) {
    const tensor = tensors[index];
    const position = layout.positions[index] ?? 0;
    const limit = Math.min(end, layout.positions[index + 1] ?? layout.size);
    const dataEnd = Math.min(limit, position + (layout.sizes[index] ?? 0));
    if (tensor !== undefined && at < dataEnd) {
      yield tensorPart(tensor, { start: at - position, end: dataEnd - position });
      at = dataEnd;
    }
    if (at < limit) yield presentPart(new Uint8Array(limit - at), { start: 0, end: limit - at }, PIECE);
    at = limit;
  }
}

function tensorPart(tensor: GgufTensor, range: ByteRange): Part {
  return { size: range.end - range.start, read: (signal, hints) => exactly(tensor, range, signal, hints) };
}

/** Index of the last tensor that starts at or before `position` (0 when there is none). */
function tensorAt(positions: readonly number[], position: number): number {
  let low = 0;
  let high = positions.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((positions[middle] ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A tensor's bytes, refused unless there are exactly as many as the range has. */
async function* exactly(
  tensor: GgufTensor,
  range: ByteRange,
  signal: AbortSignal,
  hints: ReadHints | undefined,
): AsyncGenerator<Uint8Array> {
  const expected = range.end - range.start;
  let actual = 0;
  for await (const chunk of tensor.read(range, signal, hints)) {
    throwIfAborted(signal);
    actual += chunk.byteLength;
    if (actual > expected) break;
    yield chunk;
  }
  if (actual === expected) return;
  const word = actual > expected ? 'more' : 'fewer';
  throw new SlipwayError('SIZE_MISMATCH', `tensor '${tensor.name}' gave ${word} bytes than its shape says`, {
    where: `${tensor.name} [${range.start}, ${range.end})`,
    got: `${word === 'more' ? 'at least ' : ''}${countText(actual, 'byte')}, expected ${expected}`,
    context: { tensor: tensor.name, expected, actual },
  });
}
