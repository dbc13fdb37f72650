import { describe, expect, test } from 'vitest';
import type { ReadHints } from '../../src/core/index.js';
import type { GgufTensor } from '../../src/gguf/index.js';
import { RowSource } from '../../src/quantize/row-source.js';

const CONTENT = Uint8Array.from({ length: 64 }, (_, index) => index * 3 + 1);
const SIZES = [16, 16, 16, 16];

type Giver = (hints: ReadHints) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

function tensorOf(give: Giver): GgufTensor {
  return {
    name: 'rows',
    dimensions: [16, 4],
    type: 'I8',
    async *read(_range, _signal, hints = {}) {
      yield* give(hints);
    },
  };
}

/** Memory that is lent, and what has come back of it. */
class Lender {
  readonly lent: Uint8Array[] = [];
  readonly dropped: Uint8Array[] = [];

  lendRows(byteLength: number): Uint8Array {
    const rows = new Uint8Array(new SharedArrayBuffer(byteLength + 8), 8, byteLength).fill(0xff);
    this.lent.push(rows);
    return rows;
  }

  dropRows(rows: Uint8Array): void {
    this.dropped.push(rows);
  }
}

function open(give: Giver, lender = new Lender()): RowSource {
  const range = { start: 0, end: CONTENT.length };
  const { signal } = new AbortController();
  return new RowSource(tensorOf(give), range, { sizes: SIZES.values(), encoder: lender, signal });
}

async function takeAll(rows: RowSource): Promise<Uint8Array[]> {
  const taken: Uint8Array[] = [];
  for (const _ of SIZES) taken.push(await rows.next());
  await rows.end();
  return taken;
}

/** Puts bytes where the reader wants them, the next before one is handed on, as a reader of files does. */
function* inPlace(hints: ReadHints, content = CONTENT): Generator<Uint8Array> {
  const pending: Uint8Array[] = [];
  let at = 0;
  const fill = (): void => {
    if (at >= content.length) return;
    const bytes = hints.into?.(content.length - at) ?? new Uint8Array(0);
    bytes.set(content.subarray(at, at + bytes.length));
    at += bytes.length;
    pending.push(bytes);
  };
  fill();
  fill();
  for (let bytes = pending.shift(); bytes !== undefined; bytes = pending.shift()) {
    fill();
    yield bytes;
  }
}

const GIVERS: Readonly<Record<string, Giver>> = {
  'in place': (hints) => inPlace(hints),
  'in its own memory, in pieces that cross jobs': function* pieces() {
    for (let at = 0; at < CONTENT.length; at += 7) yield CONTENT.slice(at, at + 7);
  },
  'in place, handed on in halves': function* halves(hints) {
    for (const chunk of inPlace(hints)) {
      yield chunk.subarray(0, 5);
      yield chunk.subarray(5);
    }
  },
  'in place, but shifted': function* shifted(hints) {
    // As one that has to begin before the range, and leaves the beginning out.
    let isFirst = true;
    const longer = Uint8Array.from([9, 9, 9, ...CONTENT]);
    for (const chunk of inPlace(hints, longer)) {
      yield isFirst ? chunk.subarray(3) : chunk;
      isFirst = false;
    }
  },
};

describe.each(Object.entries(GIVERS))('rows of a giver whose bytes come %s', (_name, give) => {
  test('are those of the tensor', async () => {
    const taken = await takeAll(open(give));
    expect(Buffer.concat(taken)).toEqual(Buffer.from(CONTENT));
    expect(taken.map(({ length }) => length)).toEqual(SIZES);
  });
});

test('rows that are read in place are not copied, and are handed on in the memory that was lent', async () => {
  const lender = new Lender();
  const taken = await takeAll(open((hints) => inPlace(hints), lender));
  expect(taken).toEqual(lender.lent);
  taken.forEach((rows, index) => expect(rows).toBe(lender.lent[index]));
});

test('memory that the giver has asked for comes back when no job will have it', async () => {
  const lender = new Lender();
  const rows = open((hints) => inPlace(hints), lender);
  const first = await rows.next();
  await rows.close();
  expect(lender.lent.length).toBeGreaterThan(1);
  expect(lender.dropped).toEqual(lender.lent.filter((memory) => memory !== first));
});

test('a giver with more or fewer bytes than the shape says is found out', async () => {
  const longer = Uint8Array.from([...CONTENT, 1, 2, 3]);
  await expect(takeAll(open((hints) => inPlace(hints, longer)))).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
  const shorter = CONTENT.subarray(0, 60);
  await expect(takeAll(open(() => [shorter]))).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
});
