import { describe, expect, test } from 'vitest';
import { convertContent } from '../../src/convert/index.js';
import { type FileRange, type ModelFile, type Snapshot } from '../../src/files/index.js';
import { rowSize, type GgufTensor } from '../../src/gguf/index.js';
import type { RowEncoder } from '../../src/quantize/index.js';
import { buildRepository, buildTarget, readRecipes, recipeFamilies } from './recipe.js';

/** What is read does not depend on what is made of it. */
const encoder: RowEncoder = {
  width: 1,
  encode: ({ input, from, to, rowLength }) =>
    Promise.resolve(new Uint8Array((input.byteLength / rowSize(from, rowLength)) * rowSize(to, rowLength))),
};

/** The repository, and every range that is read of its weights. */
function traced(snapshot: Snapshot): { readonly snapshot: Snapshot; readonly reads: FileRange[] } {
  const reads: FileRange[] = [];
  const files = snapshot.files.map((file): ModelFile => {
    if (!file.path.endsWith('.safetensors')) return file;
    const watched: ModelFile = {
      path: file.path,
      size: file.size,
      read: (range, signal) => {
        const { start, end } = range ?? { start: 0, end: file.size };
        if (end > start) reads.push({ file: watched, start, end });
        return file.read({ start, end }, signal);
      },
    };
    return watched;
  });
  return { snapshot: { ...snapshot, files }, reads };
}

/** How often each piece of each file is read, neighbours with the same number joined. */
function counted(ranges: readonly FileRange[]): readonly string[] {
  const paths = [...new Set(ranges.map(({ file }) => file.path))].sort();
  return paths.flatMap((path) => {
    const parts = ranges.filter(({ file, start, end }) => file.path === path && end > start);
    const changes = new Map<number, number>();
    for (const { start, end } of parts) {
      changes.set(start, (changes.get(start) ?? 0) + 1);
      changes.set(end, (changes.get(end) ?? 0) - 1);
    }
    const pieces: { start: number; end: number; count: number }[] = [];
    let [count, from] = [0, 0];
    for (const [at, change] of [...changes].sort(([left], [right]) => left - right)) {
      if (change === 0) continue;
      if (count > 0) pieces.push({ start: from, end: at, count });
      [count, from] = [count + change, at];
    }
    return pieces.map(({ start, end, count }) => `${path} [${start}, ${end}) ${count}×`);
  });
}

async function readAll(tensor: GgufTensor): Promise<void> {
  for await (const chunk of tensor.read()) void chunk;
}

describe('what a tensor says that it is computed from is what reading it reads', () => {
  test.each(recipeFamilies())('%s', async (family) => {
    for (const recipe of readRecipes(family)) {
      const { snapshot, reads } = traced(buildRepository(recipe));
      const { content } = await convertContent(snapshot, {
        encoder,
        asReference: true,
        targetModel: buildTarget(recipe),
        ...recipe.options,
        ...(recipe.pre === undefined ? {} : { pre: recipe.pre }),
      });
      for (const tensor of content.tensors) {
        reads.length = 0;
        await readAll(tensor);
        expect(counted(tensor.sources ?? []), `${recipe.name}: ${tensor.name}`).toEqual(counted(reads));
      }
    }
  });
});
