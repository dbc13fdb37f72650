import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWhole } from '../../src/files/index.js';
import {
  ggufFile,
  weightCount,
  type GgufContent,
  type GgufTensor,
  type GgufValue,
  type TensorType,
} from '../../src/gguf/index.js';
import type { EncodeJob, Imatrix, RowEncoder } from '../../src/quantize/index.js';

// The models of test/fixtures/quantize-models.json, with the weights that test/oracle/quantize_mixes.py gives them.

interface TensorDescription {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly type: TensorType;
  readonly blocks?: number;
  readonly first?: number;
}
interface ModelDescription {
  readonly metadata: readonly (readonly [string, string, unknown, string?])[];
  readonly tensors: readonly TensorDescription[];
}

const models = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/quantize-models.json'), 'utf8'),
) as Record<string, ModelDescription>;

const seedOf = (text: string): number =>
  Buffer.from(text).reduce((value, byte) => Math.imul(value ^ byte, 0x01000193) >>> 0, 0x811c9dc5);

/** Counter-based pseudo-random bits. */
export function bits(name: string, count: number): Uint32Array {
  const seed = seedOf(name);
  return Uint32Array.from({ length: count }, (_, index) => {
    let h = (Math.imul(index, 0x9e3779b1) + seed) >>> 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) >>> 0;
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) >>> 0;
    return (h ^ (h >>> 16)) >>> 0;
  });
}

/** A tensor's bytes. Values have few enough bits to be exact in every type. */
function weights(name: string, type: TensorType, count: number): Uint8Array {
  const raw = bits(name, count);
  if (type === 'I32') return new Uint8Array(Int32Array.from(raw, (h) => h & 0xff).buffer);
  const width = type === 'F32' ? 12 : 7;
  const mask = 2 ** width - 1;
  const values = Float32Array.from(raw, (h) => {
    const value = (h & mask) + ((h >>> width) & mask) - mask;
    return (h >>> 24 === 0 ? value * 8 : value) / 2 ** (width + 3);
  });
  if (type === 'F32') return new Uint8Array(values.buffer);
  if (type === 'BF16') return new Uint8Array(Uint16Array.from(new Uint32Array(values.buffer), (h) => h >>> 16).buffer);
  return new Uint8Array(Uint16Array.from(values, halfBits).buffer);
}

/** Binary16 of a number that is exact in it and not subnormal. */
function halfBits(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  const fraction = (Math.abs(value) / 2 ** exponent - 1) * 1024;
  return (value < 0 ? 0x8000 : 0) + ((exponent + 15) << 10) + fraction;
}

const made = new Map<string, Uint8Array>();

function tensor(name: string, { dimensions, type }: TensorDescription): GgufTensor {
  const key = `${name} ${type} ${dimensions.join()}`;
  return {
    name,
    dimensions,
    type,
    async *read(range) {
      const bytes = made.get(key) ?? weights(name, type, weightCount({ dimensions }));
      made.set(key, bytes);
      yield bytes.slice(range?.start, range?.end);
    },
  };
}

export function smallModel(name: string): GgufContent {
  const model = models[name];
  if (model === undefined) throw new Error(`no model ${name}`);
  return {
    metadata: new Map(
      model.metadata.map(([key, type, value, items]): [string, GgufValue] => [
        key,
        { type, value, ...(items === undefined ? {} : { items }) } as GgufValue,
      ]),
    ),
    tensors: model.tensors.flatMap((one) => {
      const { first = 0, blocks } = one;
      if (blocks === undefined) return [tensor(one.name, one)];
      return Array.from({ length: blocks }, (_, index) => tensor(one.name.replace('%', String(first + index)), one));
    }),
  };
}

/** Importance of the matrices in blocks, as the script makes it. */
export function smallImatrix(model: GgufContent): Imatrix {
  const entries = model.tensors
    .filter(({ name, dimensions }) => dimensions.length >= 2 && name.startsWith('blk.') && name.endsWith('weight'))
    .map(({ name, dimensions }): [string, Float32Array] => {
      const raw = bits(`importance of ${name}`, (dimensions[0] ?? 0) * (dimensions[2] ?? 1));
      return [name, Float32Array.from(raw, (h) => ((h & 0xff) + 1) / 16)];
    });
  return { path: 'imatrix.gguf', entries: new Map(entries), datasets: ['calibration.txt'], chunks: 7 };
}

export async function fileBytes(content: GgufContent): Promise<Uint8Array> {
  return readWhole(ggufFile('out.gguf', content), 1e9);
}

/** For tests that never read an encoded tensor. */
export const noEncoder: RowEncoder = {
  width: 1,
  encode: async (job: EncodeJob) => Promise.reject(new Error(`nobody asked for ${job.tensor}`)),
};
