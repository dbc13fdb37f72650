import { describe, expect, test } from 'vitest';
import { assert, asyncProperty, integer, nat } from 'fast-check';
import type { GgufTensor } from '../../src/gguf/index.js';
import { encodeTensor, type EncodeJob, type RowEncoder } from '../../src/quantize/index.js';

// The encoder under these tests keeps the upper half of each F32 (what BF16 does without rounding), plus the importance.
class HalfEncoder implements RowEncoder {
  readonly jobs: EncodeJob[] = [];
  inFlight = 0;
  mostInFlight = 0;

  readonly width: number;

  constructor(width: number) {
    this.width = width;
  }

  async encode(job: EncodeJob, signal?: AbortSignal): Promise<Uint8Array> {
    this.jobs.push(job);
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    // Later jobs are done first: the order must come from the reader.
    await new Promise((resolve) => setTimeout(resolve, this.jobs.length % 2 === 0 ? 0 : 2));
    this.inFlight--;
    signal?.throwIfAborted();
    const output = new Uint8Array(job.input.byteLength / 2);
    for (let at = 0; at < output.byteLength; at += 2) {
      output[at] = (job.input[at * 2 + 2] ?? 0) ^ (job.importance?.[(at / 2) % job.rowLength] ?? 0);
      output[at + 1] = job.input[at * 2 + 3] ?? 0;
    }
    return output;
  }
}

function source(dimensions: number[], chunk: number, cut = 0): GgufTensor {
  const bytes = Uint8Array.from(
    { length: dimensions.reduce((a, b) => a * b, 4) },
    (_, index) => index * 31 + (index >> 8),
  );
  return {
    name: 'w',
    dimensions,
    type: 'F32',
    async *read(range = { start: 0, end: bytes.byteLength }) {
      for (let at = range.start; at < range.end - cut; at += chunk) {
        yield bytes.slice(at, Math.min(at + chunk, range.end - cut));
      }
    },
  };
}

async function collect(tensor: GgufTensor, range?: { start: number; end: number }): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of tensor.read(range)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('encodeTensor', () => {
  test('any range, chunk size and width gives the same bytes', async () => {
    const dimensions = [8, 5, 3];
    const importance = Float32Array.from({ length: 24 }, (_, index) => index);
    const whole = await collect(
      encodeTensor(source(dimensions, 1e6), 'BF16', { encoder: new HalfEncoder(1), importance, chunkWeights: 1e6 }),
    );
    expect(whole.byteLength).toBe(240);
    await assert(
      asyncProperty(
        nat(240),
        nat(240),
        integer({ min: 1, max: 64 }),
        integer({ min: 1, max: 5 }),
        integer({ min: 1, max: 100 }),
        async (a, b, chunkWeights, width, chunk) => {
          const range = { start: Math.min(a, b), end: Math.max(a, b) };
          const options = { encoder: new HalfEncoder(width), importance, chunkWeights };
          const part = await collect(encodeTensor(source(dimensions, chunk), 'BF16', options), range);
          expect(part.equals(whole.subarray(range.start, range.end))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('jobs are whole rows of one matrix and never more than the encoder is wide', async () => {
    const encoder = new HalfEncoder(3);
    await collect(encodeTensor(source([8, 5, 4], 7), 'BF16', { encoder, chunkWeights: 16 }));
    expect(encoder.jobs.map((job) => job.input.byteLength / 32)).toEqual([2, 2, 1, 2, 2, 1, 2, 2, 1, 2, 2, 1]);
    expect(encoder.mostInFlight).toBe(3);
    for (const job of encoder.jobs) expect(job.input.byteLength).toBe(job.input.buffer.byteLength);
  });

  test('the same type passes through', () => {
    const tensor = source([8, 2], 8);
    expect(encodeTensor(tensor, 'F32', { encoder: new HalfEncoder(1) })).toBe(tensor);
  });

  test('rows that are no whole blocks and a foreign importance matrix are refused at once', () => {
    const encoder = new HalfEncoder(1);
    expect(() => encodeTensor(source([8, 2], 8), 'Q4_0', { encoder })).toThrow(/cannot be stored as Q4_0/);
    const importance = new Float32Array(8);
    expect(() => encodeTensor(source([8, 2, 2], 8), 'F16', { encoder, importance })).toThrow(/does not fit tensor 'w'/);
  });

  test('a source that ends early or a failing encoder fails the read', async () => {
    const encoder = new HalfEncoder(2);
    const short = collect(encodeTensor(source([8, 2], 8, 4), 'BF16', { encoder }));
    await expect(short).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
    const failing: RowEncoder = { width: 4, encode: async () => Promise.reject(new Error('no')) };
    const failed = collect(encodeTensor(source([8, 9], 8), 'BF16', { encoder: failing, chunkWeights: 8 }));
    await expect(failed).rejects.toThrow('no');
  });

  test('an abort stops it, and so does a consumer that leaves', async () => {
    const encoder = new HalfEncoder(2);
    const stop = new AbortController();
    const tensor = encodeTensor(source([8, 50], 8), 'BF16', { encoder, chunkWeights: 8, signal: stop.signal });
    const reading = (async () => {
      for await (const chunk of tensor.read()) if (chunk.byteLength > 0) stop.abort();
    })();
    await expect(reading).rejects.toBeDefined();
    expect(encoder.jobs.length).toBeLessThan(6);
    for await (const chunk of encodeTensor(source([8, 50], 8), 'BF16', { encoder, chunkWeights: 8 }).read()) {
      expect(chunk.byteLength).toBe(16);
      break;
    }
    expect(encoder.jobs.length).toBeLessThan(12);
  });
});
