import { readFileSync } from 'node:fs';
import { SafeTensor } from 'safetensors/dist/safetensors.es.js';
import { describe, expect, test } from 'vitest';
import { memoryFile } from '../../src/files/index.js';
import { readSafetensors } from '../../src/safetensors/index.js';

interface Case {
  readonly name: string;
  readonly hex: string;
  readonly ok: boolean;
  readonly tensors?: readonly string[];
}

const golden = JSON.parse(
  readFileSync(new URL('../fixtures/golden/safetensors-verdicts.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

/** What the Rust crate lets pass and this parser does not, each for a reason. */
const STRICTER: ReadonlyMap<string, string> = new Map([
  ['leading space', "the format says that the header begins with '{'"],
  ['name twice', 'two parsers could see two different tensors'],
  ['unknown field', 'nothing may hide in a field that nobody reads'],
  ['rank 9', 'no model has it; ggml stops at four'],
  ['empty name', 'a tensor without a name cannot be asked for'],
]);

const bytesOf = ({ hex }: Case): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

describe("verdicts of Python's safetensors", () => {
  test.each(golden.cases)('$name', async (entry) => {
    const attempt = readSafetensors(memoryFile('case.safetensors', bytesOf(entry)));
    if (entry.ok && !STRICTER.has(entry.name)) {
      const { tensors } = await attempt;
      expect([...tensors.keys()].sort()).toEqual(entry.tensors);
    } else {
      await expect(attempt).rejects.toMatchObject({ code: 'SAFETENSORS_INVALID' });
    }
  });

  test('every exception is one that Python accepts', () => {
    const accepted = golden.cases.filter(({ ok }) => ok).map(({ name }) => name);
    expect([...STRICTER.keys()].filter((name) => !accepted.includes(name))).toEqual([]);
  });
});

test('the npm package safetensors sees the same tensors in valid files', async () => {
  for (const entry of golden.cases) {
    // The package trips over metadata and, building its map from a plain object, over __proto__.
    if (!entry.ok || STRICTER.has(entry.name) || ['metadata', 'name __proto__'].includes(entry.name)) continue;
    const bytes = bytesOf(entry);
    const theirs = new SafeTensor(bytes);
    const ours = await readSafetensors(memoryFile('case.safetensors', bytes));
    expect([...theirs.metadata.keys()].sort()).toEqual([...ours.tensors.keys()].sort());
    for (const [name, tensor] of ours.tensors) {
      const { dtype, shape, data_offsets: offsets } = theirs.metadata.get(name) ?? {};
      expect({ dtype, shape, offsets }, `${entry.name}: ${name}`).toEqual({
        dtype: tensor.dtype,
        shape: tensor.shape,
        offsets: [tensor.start, tensor.end],
      });
    }
  }
});
