import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { memoryFile, sha256, type ModelFile } from '../../src/files/index.js';
import {
  ggufFile,
  layoutGguf,
  mergeGguf,
  readSplitGguf,
  splitGguf,
  splitName,
  type GgufContent,
  type GgufTensor,
} from '../../src/gguf/index.js';
import {
  createLocalEncoder,
  parseKvOverride,
  parsePruneLayers,
  parseTensorTypeRule,
  quantizeContent,
  readImatrix,
  type Imatrix,
  type MixOptions,
} from '../../src/quantize/index.js';
import { fileBytes, smallImatrix, smallModel } from './small-models.js';

// What llama-quantize and gguf-split themselves make of the same models: test/oracle/quantize_tools.py.
type Digest = readonly [name: string, size: number, digest: string];
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/golden/quantize-tools.json'), 'utf8'),
) as {
  readonly quantize: readonly {
    readonly model: string;
    readonly imatrix: 'legacy' | 'legacy-bare' | 'gguf' | null;
    readonly fileType: string;
    readonly arguments: readonly string[];
    readonly files: readonly Digest[] | null;
  }[];
  readonly split: readonly {
    readonly model: string;
    readonly arguments: readonly string[];
    readonly files: readonly Digest[];
    readonly merged: Digest;
  }[];
};

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** The old binary form, as the script writes it. */
function legacyFile({ entries }: Imatrix, calls: number, tail: boolean): ModelFile {
  const parts = [int32(entries.size)];
  for (const [name, sums] of entries) {
    parts.push(int32(name.length), Buffer.from(name), int32(calls), int32(sums.length), Buffer.from(sums.buffer));
  }
  if (tail) parts.push(int32(5), int32(8), Buffer.from('wiki.txt'));
  return memoryFile('imatrix', new Uint8Array(Buffer.concat(parts)));
}

function f32(name: string, dimensions: number[], values: Float32Array): GgufTensor {
  const bytes = new Uint8Array(values.buffer);
  return {
    name,
    dimensions,
    type: 'F32',
    async *read(range) {
      yield bytes.slice(range?.start, range?.end);
    },
  };
}

function ggufMatrix({ entries }: Imatrix, model: GgufContent): ModelFile {
  const experts = new Map(model.tensors.map(({ name, dimensions }) => [name, dimensions[2] ?? 1]));
  const tensors = [...entries].flatMap(([name, sums]) => {
    const count = experts.get(name) ?? 1;
    const counts =
      count > 1 ? Float32Array.from({ length: count }, (_, index) => (index % 7) * 3) : Float32Array.of(11);
    return [f32(`${name}.in_sum2`, [sums.length / count, count], sums), f32(`${name}.counts`, [1, count], counts)];
  });
  return ggufFile('imatrix', {
    tensors,
    metadata: new Map([
      ['general.type', { type: 'STRING', value: 'imatrix' }],
      ['imatrix.datasets', { type: 'ARRAY', items: 'STRING', value: [`calibration 中${'é'.repeat(100)}`, 'b'] }],
      ['imatrix.chunk_count', { type: 'UINT32', value: 9 }],
      ['imatrix.chunk_size', { type: 'UINT32', value: 512 }],
    ]),
  });
}

async function matrixOf(form: 'legacy' | 'legacy-bare' | 'gguf', model: GgufContent): Promise<Imatrix> {
  const raw = smallImatrix(model);
  if (form === 'gguf') return readImatrix(ggufMatrix(raw, model));
  return readImatrix(form === 'legacy' ? legacyFile(raw, 3, true) : legacyFile(raw, 0, false));
}

/** Arguments of llama-quantize as options. */
function optionsOf(arguments_: readonly string[]): MixOptions {
  const values = (flag: string): string[] =>
    arguments_.flatMap((argument, index) => (argument === flag ? [arguments_[index + 1] ?? ''] : []));
  const prune = values('--prune-layers')[0];
  return {
    includeWeights: values('--include-weights'),
    excludeWeights: values('--exclude-weights'),
    tensorTypes: values('--tensor-type').map(parseTensorTypeRule),
    overrideKv: values('--override-kv').map(parseKvOverride),
    leaveOutputTensor: arguments_.includes('--leave-output-tensor'),
    ...(prune === undefined ? {} : { pruneLayers: parsePruneLayers(prune) }),
  };
}

describe('llama-quantize', () => {
  const encoder = createLocalEncoder();
  test.each(
    golden.quantize.map((one) => [`${one.model} ${one.fileType} ${one.imatrix} ${one.arguments.join(' ')}`, one]),
  )('%s', async (_title, one) => {
    const model = smallModel(one.model);
    const imatrix = one.imatrix === null ? {} : { imatrix: await matrixOf(one.imatrix, model) };
    const run = (): GgufContent =>
      quantizeContent(model, one.fileType, { ...optionsOf(one.arguments), ...imatrix, encoder }).content;
    if (one.files === null) {
      expect(run).toThrow(/importance matrix/);
      return;
    }
    const content = run();
    const [[, size, digest] = ['', 0, '']] = one.files;
    expect(layoutGguf(content).size).toBe(size);
    expect(sha256(await fileBytes(content))).toBe(`sha256:${digest}`);
  });
});

describe('gguf-split', () => {
  test.each(golden.split.map((one) => [`${one.model} ${one.arguments.join(' ')}`, one]))('%s', async (_title, one) => {
    const content = smallModel(one.model);
    const [flag, limit = ''] = one.arguments;
    const parts = splitGguf(content, {
      ...(flag === '--split-max-size' ? { maxSize: 1_000_000 } : { maxTensors: Number(limit) }),
      emptyFirst: one.arguments.includes('--no-tensor-first-split'),
    });
    const files = parts.map((part, index) => ggufFile(splitName('out', index, parts.length), part));
    const digests = await Promise.all(parts.map(async (part) => sha256(await fileBytes(part))));
    expect(files.map(({ path, size }, index) => [path, size, digests[index]])).toEqual(
      one.files.map(([name, size, digest]) => [name, size, `sha256:${digest}`]),
    );
    const merged = mergeGguf(await readSplitGguf(files.toReversed()));
    expect(sha256(await fileBytes(merged))).toBe(`sha256:${one.merged[2]}`);
  });
});
