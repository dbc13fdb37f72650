import { expect, test } from 'vitest';
import { readScalars } from '../../src/convert/read-scalars.js';
import type { ModelFile } from '../../src/files/index.js';
import { readSafetensors, writeSafetensors, type TensorToWrite } from '../../src/safetensors/index.js';

function scalar(name: string, value: number): TensorToWrite {
  return { name, dtype: 'F32', shape: [], data: new Uint8Array(Float32Array.of(value).buffer) };
}

function zeros(name: string, count: number): TensorToWrite {
  return { name, dtype: 'U8', shape: [count], data: new Uint8Array(count) };
}

/** A file that counts how often it is read. */
function counted(tensors: readonly TensorToWrite[]): { readonly file: ModelFile; readonly reads: number[] } {
  const file = writeSafetensors('model.safetensors', tensors);
  const reads: number[] = [];
  return {
    reads,
    file: {
      ...file,
      read: (range, signal) => {
        reads.push((range?.end ?? file.size) - (range?.start ?? 0));
        return file.read(range, signal);
      },
    },
  };
}

async function scalarsOf(tensors: readonly TensorToWrite[]): Promise<[ReadonlyMap<string, number>, number[]]> {
  const { file, reads } = counted(tensors);
  const header = await readSafetensors(file);
  reads.length = 0;
  const weights = [...header.tensors.values()].map((tensor) => ({ ...tensor, file }));
  return [await readScalars(weights), reads];
}

test('numbers that are near each other are read at once', async () => {
  const count = 10_000;
  const tensors = Array.from({ length: count }, (_, index) => scalar(`s${index}`, index / 2));
  const [values, reads] = await scalarsOf(tensors);
  expect(reads).toEqual([4 * count]);
  expect(values.size).toBe(count);
  expect(values.get('s4321')).toBe(2160.5);
});

test('what lies far between them is not read', async () => {
  const tensors = [scalar('a', 1), zeros('b', 1_000_000), scalar('c', 2), zeros('d', 1000), scalar('e', 3)];
  const [values, reads] = await scalarsOf(tensors);
  expect(reads).toEqual([4, 1008]);
  expect([...values]).toEqual([
    ['a', 1],
    ['c', 2],
    ['e', 3],
  ]);
});

test('types are widened, and lists of one number are numbers', async () => {
  const half = { name: 'h', dtype: 'F16', shape: [1], data: Uint8Array.of(0, 0x3e) } as const;
  const brain = { name: 'b', dtype: 'BF16', shape: [1, 1], data: Uint8Array.of(0x40, 0x40) } as const;
  const [values] = await scalarsOf([half, brain, zeros('more', 2)]);
  expect(Object.fromEntries(values)).toEqual({ h: 1.5, b: 3 });
});
