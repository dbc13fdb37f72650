import { assert, asyncProperty, integer, nat } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SlipwayError } from '../../src/core/index.js';
import type { GgufTensor } from '../../src/gguf/index.js';
import { quantizeContent } from '../../src/quantize/index.js';
import { noEncoder, smallModel } from './small-models.js';

const WIDTHS = { F32: 4, F16: 2, BF16: 2 } as const;
/** Infinite, and the largest finite number, in each type. */
const BITS = { F32: [0x7f800000, 0x7f7fffff], F16: [0x7c00, 0x7bff], BF16: [0x7f80, 0x7f7f] } as const;

function copied(type: keyof typeof WIDTHS, bytes: Uint8Array, chunk: number): GgufTensor {
  const source: GgufTensor = {
    name: 'blk.0.attn_norm.weight',
    dimensions: [bytes.byteLength / WIDTHS[type]],
    type,
    async *read(range = { start: 0, end: bytes.byteLength }) {
      for (let at = range.start; at < range.end; at += chunk) yield bytes.slice(at, Math.min(at + chunk, range.end));
    },
  };
  const { metadata } = smallModel('plain-f32');
  return quantizeContent({ metadata, tensors: [source] }, 'COPY', { encoder: noEncoder }).content.tensors[0]!;
}

describe.each(['F32', 'F16', 'BF16'] as const)('copied %s', (type) => {
  test('a value that is not finite is found in any cut, and named; the largest numbers pass', async () => {
    const width = WIDTHS[type];
    await assert(
      asyncProperty(nat(15), integer({ min: 1, max: 9 }), nat(20), async (index, chunk, start) => {
        const bytes = new Uint8Array(16 * width);
        const view = new DataView(bytes.buffer);
        const set = (at: number, value: number): void =>
          width === 4 ? view.setUint32(at * 4, value, true) : view.setUint16(at * 2, value, true);
        for (let at = 0; at < 16; at++) set(at, BITS[type][1]);
        const range = { start, end: bytes.byteLength };
        const seen: Uint8Array[] = [];
        for await (const part of copied(type, bytes, chunk).read(range)) seen.push(part);
        expect(Buffer.concat(seen)).toEqual(Buffer.from(bytes.subarray(start)));
        set(index, BITS[type][0]);
        const reading = (async () => {
          for await (const part of copied(type, bytes, chunk).read(range)) seen.push(part);
        })();
        if (index * width < start) return;
        const error: unknown = await reading.catch((reason: unknown) => reason);
        expect(SlipwayError.is(error) && [error.code, error.details.context?.['column']]).toEqual([
          'NON_FINITE',
          index,
        ]);
      }),
    );
  });
});
