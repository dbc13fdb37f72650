import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { TensorType } from '../../src/gguf/index.js';
import { createLocalEncoder, type RowEncoder } from '../../src/quantize/index.js';
import { COMPILED } from '../native/engines.js';
import { canonical, dataset, FIRST_ROWS, importance, ROW_LENGTH, sha256 } from './kernel-data.js';

interface Digests {
  readonly first: string;
  readonly firstRead: string;
  readonly encoded: Readonly<Record<string, string>>;
  readonly read: Readonly<Record<string, string>>;
}
interface Golden {
  readonly inputs: Readonly<Record<string, string>>;
  readonly importance: string;
  readonly types: Readonly<Record<string, Readonly<Record<string, Digests>>>>;
}

// Made by ggml: test/oracle/kernels_grids.py, which caps the weights in the same way.
const golden = JSON.parse(
  readFileSync(new URL('../fixtures/golden/kernels-grids.json', import.meta.url), 'utf8'),
) as Golden;
const CAP = 2 ** 20;
const inputs = new Map(
  Object.keys(golden.inputs).map((name) => [name, dataset(name).map((x) => Math.max(-CAP, Math.min(CAP, x)))]),
);
const columns = importance();
const cases = Object.entries(golden.types).flatMap(([type, modes]) =>
  Object.entries(modes).map(([mode, digests]) => [type as TensorType, mode, digests] as const),
);

async function roundTrip(encoder: RowEncoder, type: TensorType, mode: string, input: Uint8Array) {
  const job = { from: 'F32', to: type, input: input.slice(), rowLength: ROW_LENGTH, tensor: 'golden' } as const;
  const stored = await encoder.encode({
    ...job,
    nonFinite: 'keep',
    ...(mode === 'importance' ? { importance: columns } : {}),
  });
  const back = { from: type, to: 'F32', input: stored.slice(), rowLength: ROW_LENGTH, tensor: 'golden' } as const;
  return { stored, read: canonical(await encoder.encode({ ...back, nonFinite: 'keep' })) };
}

function bytesOf(name: string): Uint8Array {
  return new Uint8Array((inputs.get(name) as Float32Array<ArrayBuffer>).buffer);
}

test.each([...inputs])('the weights of "%s" are those of the golden file', (name, weights) => {
  expect(sha256(weights)).toBe(golden.inputs[name]);
});
test('the importance is that of the golden file', () => {
  expect(sha256(columns)).toBe(golden.importance);
});

describe.each(COMPILED)('the compiled kernels store what ggml stores (%s)', (engine) => {
  const encoder = createLocalEncoder(engine);
  test.each(cases)('%s, %s', async (type, mode, digests) => {
    const [encoded, read]: Record<string, string>[] = [{}, {}];
    for (const name of Object.keys(digests.encoded)) {
      const trip = await roundTrip(encoder, type, mode, bytesOf(name));
      encoded![name] = sha256(trip.stored);
      read![name] = sha256(trip.read);
    }
    expect({ encoded, read }).toEqual({ encoded: digests.encoded, read: digests.read });
  });
});

describe('the twins store what ggml stores', () => {
  const encoder = createLocalEncoder('js');
  test.each(cases)('%s, %s', async (type, mode, digests) => {
    const [encoded, read]: Uint8Array[][] = [[], []];
    for (const name of Object.keys(digests.encoded)) {
      const trip = await roundTrip(encoder, type, mode, bytesOf(name).subarray(0, 4 * FIRST_ROWS * ROW_LENGTH));
      encoded!.push(trip.stored);
      read!.push(trip.read);
    }
    expect([sha256(...encoded!), sha256(...read!)]).toEqual([digests.first, digests.firstRead]);
  });
});
