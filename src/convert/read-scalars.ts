import { throwIfAborted } from '../core/index.js';
import { memoryFile, readRange, type ModelFile } from '../files/index.js';
import type { WeightTensor } from '../safetensors/index.js';
import { fromWeights, product, readValues } from './expressions/index.js';

/** Bytes between two numbers that are read along rather than asked for separately. */
const GAP = 64 * 1024;
/** Bytes read at once. */
const RUN = 4 * 1024 * 1024;

/**
 * The values of tensors that hold one number each, by name; others are left out. A checkpoint may have many thousand of
 * them: those that are near each other in a file are read together.
 */
export async function readScalars(
  tensors: Iterable<WeightTensor>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const byFile = new Map<ModelFile, WeightTensor[]>();
  for (const tensor of tensors) {
    if (!isScalar(tensor)) continue;
    const sameFile = byFile.get(tensor.file);
    if (sameFile === undefined) byFile.set(tensor.file, [tensor]);
    else sameFile.push(tensor);
  }
  const values = new Map<string, number>();
  for (const [file, scalars] of byFile) {
    const sorted = scalars.toSorted((a, b) => a.start - b.start);
    for (let at = 0; at < sorted.length;) {
      throwIfAborted(signal);
      const run = nearby(sorted, at);
      for (const [name, value] of await readRun(file, run, signal)) values.set(name, value);
      at += run.length;
    }
  }
  return values;
}

function isScalar({ shape }: WeightTensor): boolean {
  return product(shape) === 1;
}

/** The scalars from `at` on that are worth one request. */
function nearby(sorted: readonly WeightTensor[], at: number): readonly WeightTensor[] {
  const start = sorted[at]?.start ?? 0;
  let end = at + 1;
  while (end < sorted.length) {
    const [last, next] = [sorted[end - 1], sorted[end]];
    if (last === undefined || next === undefined) break;
    if (next.start - last.end > GAP || next.end - start > RUN) break;
    end += 1;
  }
  return sorted.slice(at, end);
}

async function readRun(
  file: ModelFile,
  run: readonly WeightTensor[],
  signal: AbortSignal | undefined,
): Promise<[string, number][]> {
  const [start, end] = [run[0]?.start ?? 0, run.at(-1)?.end ?? 0];
  const held = memoryFile(file.path, await readRange(file, { start, end }, signal));
  const result: [string, number][] = [];
  for (const tensor of run) {
    const here = { ...tensor, file: held, start: tensor.start - start, end: tensor.end - start };
    const [value = 0] = await readValues(fromWeights(here));
    result.push([tensor.name, value]);
  }
  return result;
}
