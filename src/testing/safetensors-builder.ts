import { checkedRange, memoryFile, type ModelFile } from '../files/index.js';
import { seedFor, WEIGHT_BYTES, WeightGenerator, type WeightDtype } from './random-weights.js';

/** A tensor whose numbers are generated. */
export interface BuiltTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: WeightDtype;
  /** Largest distance from `offset`; 0.1 unless given. */
  readonly scale?: number;
  /** 0 unless given; norms have 1. */
  readonly offset?: number;
}

interface Placed {
  readonly start: number;
  readonly end: number;
  readonly seed: number;
  readonly generator: WeightGenerator;
}

/**
 * A safetensors file that does not exist: its header is built, its numbers are generated while they are read, at any
 * offset. A file of many gigabytes costs no memory and no disk.
 */
export function buildSafetensors(path: string, tensors: readonly BuiltTensor[], seed = 1): ModelFile {
  const generators = new Map<string, WeightGenerator>();
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const placed: Placed[] = [];
  let position = 0;
  for (const tensor of tensors) {
    const size = byteSize(tensor);
    header[tensor.name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [position, position + size] };
    placed.push({
      start: position,
      end: position + size,
      seed: seedFor(tensor.name, seed),
      generator: generatorOf(tensor, generators),
    });
    position += size;
  }
  const head = headerBytes(header);
  const size = head.byteLength + position;
  const front = memoryFile(path, head);
  return {
    path,
    size,
    async *read(range, signal) {
      const { start, end } = checkedRange(path, size, range);
      const data = head.byteLength;
      if (start < data) yield* front.read({ start, end: Math.min(end, data) }, signal);
      for (const part of placed) {
        const from = Math.max(start - data, part.start);
        const to = Math.min(end - data, part.end);
        if (from >= to) continue;
        for (const chunk of part.generator.read(part.seed, from - part.start, to - part.start)) {
          signal?.throwIfAborted();
          yield chunk;
        }
      }
    },
  };
}

/** Distributes tensors over shards of about equal size, named and indexed as transformers does. */
export function buildShards(tensors: readonly BuiltTensor[], shards: number, seed = 1): ModelFile[] {
  if (shards <= 1) return [buildSafetensors('model.safetensors', tensors, seed)];
  const total = tensors.reduce((sum, tensor) => sum + byteSize(tensor), 0);
  const parts: BuiltTensor[][] = Array.from({ length: shards }, () => []);
  let before = 0;
  for (const tensor of tensors) {
    parts[Math.min(shards - 1, Math.floor((before / total) * shards))]?.push(tensor);
    before += byteSize(tensor);
  }
  const digits = (number: number): string => String(number).padStart(5, '0');
  const name = (index: number): string => `model-${digits(index + 1)}-of-${digits(shards)}.safetensors`;
  const map = parts.flatMap((part, index) => part.map((tensor) => [tensor.name, name(index)] as const));
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(map) };
  return [
    ...parts.map((part, number) => buildSafetensors(name(number), part, seed)),
    memoryFile('model.safetensors.index.json', `${JSON.stringify(index, undefined, 2)}\n`),
  ];
}

function byteSize(tensor: BuiltTensor): number {
  return tensor.shape.reduce((product, length) => product * length, WEIGHT_BYTES[tensor.dtype]);
}

/** One table of values for all tensors of one kind. */
function generatorOf(tensor: BuiltTensor, known: Map<string, WeightGenerator>): WeightGenerator {
  const { dtype, scale = 0.1, offset = 0 } = tensor;
  const key = `${dtype} ${scale} ${offset}`;
  const generator = known.get(key) ?? new WeightGenerator({ dtype, scale, offset });
  known.set(key, generator);
  return generator;
}

function headerBytes(header: Readonly<Record<string, unknown>>): Uint8Array {
  const text = JSON.stringify(header);
  const padded = text + ' '.repeat((8 - (text.length % 8)) % 8);
  const bytes = new Uint8Array(8 + padded.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded.length), true);
  bytes.set(new TextEncoder().encode(padded), 8);
  return bytes;
}
