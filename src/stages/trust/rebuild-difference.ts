import { SlipwayError, type RunContext } from '../../core/index.js';
import { readGguf, tensorSize, type GgufContent, type GgufTensor } from '../../gguf/index.js';
import type { ModelVariant } from '../../package/index.js';
import { blobFile, fileOfLayer, type Descriptor, type Target } from '../../registry/index.js';

/** Something that is there, and the same made again. */
export interface ComparedPart {
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
  readonly equal: boolean;
}

/** The first place at which published weights are not what was made again. */
export interface TensorDifference {
  /** File of the artifact. */
  readonly file: string;
  readonly tensor?: string;
  /** Bytes from the tensor's beginning. */
  readonly offset?: number;
  readonly reason: string;
}

/** A layer that is a GGUF, its header read by ranges. */
export interface PublishedGguf {
  /** File of the artifact. */
  readonly file: string;
  readonly content: GgufContent;
}

/** Reads the header of a layer that is a GGUF; `undefined` for any other. */
export async function publishedGguf(
  target: Target,
  layer: Descriptor,
  signal: AbortSignal,
): Promise<PublishedGguf | undefined> {
  const file = fileOfLayer(layer) ?? '';
  if (!file.toLowerCase().endsWith('.gguf')) return undefined;
  return { file, content: await readGguf(blobFile(target, layer, file), {}, signal) };
}

/**
 * Compares the tensors of GGUF layers with those that were made again, in the layers' order; `undefined` when all of them are equal: then
 * only what stands around them differs.
 */
export async function firstDifference(
  variant: ModelVariant,
  layers: readonly Descriptor[],
  target: Target,
  { signal }: Pick<RunContext, 'signal'>,
): Promise<TensorDifference | undefined> {
  const made = new Map((variant.gguf?.tensors ?? []).map((tensor) => [tensor.name, tensor]));
  for (const layer of layers) {
    const file = fileOfLayer(layer) ?? '';
    let tensors: readonly GgufTensor[];
    try {
      tensors = (await publishedGguf(target, layer, signal))?.content.tensors ?? [];
    } catch (error) {
      if (!SlipwayError.is(error) || !/^GGUF_|_MISMATCH$/.test(error.code)) throw error;
      return { file, reason: error.message };
    }
    for (const tensor of tensors) {
      const found = await differenceOf(tensor, made.get(tensor.name), signal);
      if (found !== undefined) return { file, tensor: tensor.name, ...found };
    }
  }
  return undefined;
}

async function differenceOf(
  there: GgufTensor,
  here: GgufTensor | undefined,
  signal: AbortSignal,
): Promise<Pick<TensorDifference, 'offset' | 'reason'> | undefined> {
  if (here === undefined) return { reason: 'no such tensor comes of its inputs' };
  const [published, made] = [there, here].map(({ type, dimensions }) => `${type} ${dimensions.join('x')}`);
  if (published !== made) return { reason: `${published}, made again ${made}` };
  const offset = await firstOtherByte(there.read(undefined, signal), here.read(undefined, signal));
  return offset === undefined ? undefined : { offset, reason: `another byte at ${offset} of ${tensorSize(there)}` };
}

/** Where two streams differ; `undefined` for equal ones. */
async function firstOtherByte(a: AsyncIterable<Uint8Array>, b: AsyncIterable<Uint8Array>): Promise<number | undefined> {
  const other = b[Symbol.asyncIterator]();
  let [rest, at] = [Buffer.alloc(0), 0];
  try {
    for await (const chunk of a) {
      let ownRest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      while (ownRest.byteLength > 0) {
        if (rest.byteLength === 0) {
          const next = await other.next();
          if (next.done === true) return at;
          rest = Buffer.from(next.value);
        }
        const size = Math.min(ownRest.byteLength, rest.byteLength);
        const [mine, theirs] = [ownRest.subarray(0, size), rest.subarray(0, size)];
        if (!mine.equals(theirs)) return at + mine.findIndex((byte, index) => byte !== theirs[index]);
        [ownRest, rest, at] = [ownRest.subarray(size), rest.subarray(size), at + size];
      }
    }
  } finally {
    await other.return?.();
  }
  return undefined;
}
