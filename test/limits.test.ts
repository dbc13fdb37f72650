import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { resolveLimits } from '../src/config/index.js';
import { checkMergeCount, checkToken, checkTokenCount } from '../src/convert/tokenizers/limits.js';
import { createContext, smallAtOnce } from '../src/core/index.js';
import { memoryFile } from '../src/files/index.js';
import { GGUF_LIMITS, readGguf, type GgufLimits } from '../src/gguf/index.js';
import { serviceLimits } from '../src/service/limits.js';

// test/security.test.ts lists the numbers of every limits.ts, and wants each of them here.

const MIB = 1024 * 1024;
const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: number): Buffer => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const text = (value: string): Buffer => Buffer.concat([u64(value.length), Buffer.from(value)]);
const flag = (key: string): Buffer => Buffer.concat([text(key), u32(7), Buffer.of(1)]);
const tensor = (name: string, dimensions: readonly number[]): Buffer =>
  Buffer.concat([text(name), u32(dimensions.length), ...dimensions.map(u64), u32(0), u64(0)]);

/** A file of these entries, with data enough for one tensor. */
function gguf(entries: readonly Buffer[], tensors: readonly Buffer[] = [], alignment = 32): Buffer {
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(entries.length),
    ...entries,
    ...tensors,
  ]);
  const rest = (alignment - (head.length % alignment)) % alignment;
  return Buffer.concat([head, Buffer.alloc(rest + (tensors.length > 0 ? alignment : 0))]);
}

const read = async (bytes: Buffer, limits?: Partial<GgufLimits>): Promise<unknown> =>
  readGguf(memoryFile('m.gguf', bytes), limits === undefined ? {} : { limits });
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const booleans = (count: number): Buffer => Buffer.concat([text('a'), u32(9), u32(7), u64(count), Buffer.alloc(count)]);
const aligned = (value: number): Buffer =>
  gguf([Buffer.concat([text('general.alignment'), u32(4), u32(value)])], [tensor('w', [8])], value);
const named = (length: number): Buffer => gguf([], [tensor('n'.repeat(length), [8])]);
const shaped = (rank: number): Buffer => gguf([], [tensor('w', [8, ...times(rank - 1, () => 1)])]);
/** With a header of so many bytes; a small budget stands in for the real one, which is tried with what says more than it holds. */
const headed = (size: number): Buffer =>
  gguf([Buffer.concat([text('k'), u32(8), text('x'.repeat(size - 24 - 9 - 4 - 8))])]);

const context = (name: 'threads' | 'concurrency' | 'memory', value: number): unknown =>
  createContext({ limits: { concurrency: 1, threads: 1, memory: MIB, [name]: value } });
const variable = (name: string, value: string): unknown => resolveLimits(undefined, { [name]: value });

/** What is within the number, and what is beyond it. */
const memoryWith = (threads: number): number => resolveLimits({ threads }, {}).memory;

const CASES: readonly [number: string, within: () => unknown, beyond: () => unknown][] = [
  ['gguf.keys', async () => read(gguf(times(GGUF_LIMITS.keys, (at) => flag(`k${at}`)))), async () => read(gguf(times(GGUF_LIMITS.keys + 1, (at) => flag(`k${at}`))))],
  ['gguf.tensors', async () => read(gguf([], [tensor('a', [8])]), { tensors: 1 }), async () => read(gguf([], times(GGUF_LIMITS.tensors + 1, () => tensor('a', []))))],
  ['gguf.headerBytes', async () => read(headed(4 * MIB), { headerBytes: 4 * MIB }), async () => read(headed(4 * MIB + 1), { headerBytes: 4 * MIB })],
  ['gguf.boxedElements', async () => read(gguf([booleans(GGUF_LIMITS.boxedElements)])), async () => read(gguf([booleans(GGUF_LIMITS.boxedElements + 1)]))],
  ['gguf.keyLength', async () => read(gguf([flag('k'.repeat(GGUF_LIMITS.keyLength))])), async () => read(gguf([flag('k'.repeat(GGUF_LIMITS.keyLength + 1))]))],
  ['gguf.nameLength', async () => read(named(GGUF_LIMITS.nameLength)), async () => read(named(GGUF_LIMITS.nameLength + 1))],
  ['gguf.dimensions', async () => read(shaped(GGUF_LIMITS.dimensions)), async () => read(shaped(GGUF_LIMITS.dimensions + 1))],
  ['gguf.alignment', async () => read(aligned(GGUF_LIMITS.alignment)), async () => read(aligned(GGUF_LIMITS.alignment * 2))],
  ['convert/tokenizers.TOKEN_LIMIT', () => checkTokenCount(2 ** 21, 'x'), () => checkTokenCount(2 ** 21 + 1, 'x')],
  ['convert/tokenizers.MERGE_LIMIT', () => checkMergeCount(2 ** 22, 'x'), () => checkMergeCount(2 ** 22 + 1, 'x')],
  ['convert/tokenizers.TOKEN_LENGTH_LIMIT', () => checkToken('x'.repeat(65_536), 'x'), () => checkToken('x'.repeat(65_537), 'x')],
  ['core.concurrency', () => context('concurrency', 1024), () => context('concurrency', 1025)],
  ['core.threads', () => context('threads', 1), () => context('threads', 0)],
  ['core.memory', () => context('memory', MIB), () => context('memory', MIB - 1)],
  ['core.MIB', () => context('memory', Number.MAX_SAFE_INTEGER), () => context('memory', Number.MAX_SAFE_INTEGER + 1)],
  ['core.SMALL_FOR_ONE', () => expect([1, 4].map(smallAtOnce)).toEqual([1, 16]), () => context('concurrency', 0)],
  ['config.DEFAULT_MEMORY', () => expect(resolveLimits(undefined, {}).memory).toBeGreaterThanOrEqual(512 * MIB), () => variable('PIPELINE_MEMORY', '-1')],
  ['config.MIB', () => expect(memoryWith(8)).toBe(512 * MIB), () => context('memory', MIB - 1)],
  ['config.DEFAULT_THREADS', () => expect(memoryWith(8)).toBe(memoryWith(1)), () => variable('PIPELINE_THREADS', '0')],
  ['config.THREAD_MEMORY', () => expect(memoryWith(9) - memoryWith(8)).toBe(24 * MIB), () => variable('PIPELINE_THREADS', '-1')],
  ['config.DEFAULT_CONCURRENCY', () => expect(resolveLimits(undefined, {}).concurrency).toBe(4), () => variable('PIPELINE_CONCURRENCY', '0')],
  ['config.PIPELINE_THREADS', () => variable('PIPELINE_THREADS', '1024'), () => variable('PIPELINE_THREADS', '1025')],
  ['service.DEFAULT_MEMORY', () => expect(serviceLimits().memory).toBe(1024 * MIB), () => serviceLimits({ memory: MIB, pipelines: 4 })],
  ['service.DEFAULT_PIPELINES', () => serviceLimits({ pipelines: 1024, concurrency: 1024, memory: '32GiB' }), () => serviceLimits({ pipelines: 1025, concurrency: 1024, memory: '32GiB' })],
  ['service.BESIDE_BUFFERS', () => serviceLimits({ pipelines: 1024, concurrency: 1024, memory: '16GiB' }), () => serviceLimits({ pipelines: 1024, concurrency: 1024, memory: '8GiB' })],
  ['service.STREAMS_EACH', () => expect(serviceLimits().concurrency).toBe(16), () => serviceLimits({ concurrency: 0 })],
]; // prettier-ignore

test.each(CASES)('%s', async (_, within, beyond) => {
  await within();
  const error: unknown = await (async () => beyond())().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: expect.stringMatching(/^(GGUF|TOKENIZER|CONFIG)_INVALID$|^USAGE$/) as unknown });
});

test('as many threads as the machine has, unless something else is said', () => {
  expect(resolveLimits(undefined, {}).threads).toBe(availableParallelism());
});
