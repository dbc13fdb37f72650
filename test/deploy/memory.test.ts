import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { estimateMemory, shapeOfGguf } from '../../src/deploy/index.js';
import { readGguf } from '../../src/gguf/index.js';
import { MEMORY_MODELS, memoryModel } from './memory-models.js';

// What llama.cpp reports (test/oracle/memory.py), in contexts of 4096 tokens for one request and of 8192 for four.

interface Reported {
  readonly name: string;
  readonly context: number;
  readonly slots: number;
  readonly mebibytes: Readonly<Record<'model' | 'kv' | 'rs' | 'compute' | 'output', number>>;
}

const golden = JSON.parse(
  readFileSync(new URL('../fixtures/golden/memory.json', import.meta.url), 'utf8'),
) as readonly Reported[];
const MIB = 1024 * 1024;

test('every model was measured', () => {
  expect(new Set(golden.map(({ name }) => name))).toEqual(new Set(MEMORY_MODELS));
});

test.each(MEMORY_MODELS)('%s: within a tenth of what llama.cpp reports, the cache exactly', async (name) => {
  const file = await memoryModel(name);
  const shape = shapeOfGguf((await readGguf(file)).metadata);
  for (const { context, slots, mebibytes } of golden.filter((row) => row.name === name)) {
    const server = { contextSize: context, slots, batch: 512, cacheTypeK: 'f16', cacheTypeV: 'f16' } as const;
    // The library reserves logits for every token of a batch, unless a server asks for less.
    const estimate = estimateMemory(shape, file.size, { ...server, outputs: 512 });
    const reported = Object.values(mebibytes).reduce((sum, size) => sum + size, 0);
    expect(Math.abs(estimate.total / MIB / reported - 1), `${context} tokens, ${slots} slots`).toBeLessThan(0.1);
    expect(Math.abs(estimate.cache / MIB - mebibytes.kv)).toBeLessThan(0.011);
    expect(Math.abs(estimate.state / MIB - mebibytes.rs)).toBeLessThan(0.011);
  }
});
