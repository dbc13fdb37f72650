import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pipeline, type RunContext, type StageEvent } from '../../src/core/index.js';
import { DiskStore } from '../../src/files/index.js';
import type { ModelVariant } from '../../src/package/index.js';
import {
  convert,
  download,
  pack,
  push,
  quantize,
  type ConvertOptions,
  type PackedModel,
  type PackStageOptions,
  type PushedArtifact,
  type PushOptions,
  type QuantizeStageOptions,
} from '../../src/stages/index.js';
import { canonical, fingerprintOf } from '../../src/stages/fingerprint.js';
import { buildLlama } from '../../src/testing/index.js';
import { hubAndRegistry, MODEL } from '../support/hub-and-registry.js';

const at = hubAndRegistry();

const store = (): DiskStore => new DiskStore(join(at.folder, 'store'));
const context = (options: Partial<RunContext> = {}): RunContext => at.context({ store: store(), ...options });

interface Choices {
  readonly convert?: ConvertOptions;
  readonly pack?: PackStageOptions;
  readonly push?: PushOptions;
  readonly context?: Partial<RunContext>;
}

/** Runs the chain; says what was sent, and whether it was recognised. */
async function run(
  choices: Choices = {},
): Promise<{ pushed: readonly PushedArtifact[]; skipped: number; sent: number }> {
  const before = at.registry.requests.length;
  const events: StageEvent[] = [];
  const chain = pipeline(
    download(`hf://${MODEL}`),
    convert(choices.convert ?? { outtype: 'f16' }),
    pack(choices.pack ?? {}),
    push(`${at.registry.host}/models/a`, choices.push ?? {}),
  );
  const pushed = await chain.run(undefined, context({ emit: (event) => events.push(event), ...choices.context }));
  return {
    pushed,
    skipped: events.filter((event) => event.type === 'item.skip' && event.reason === 'unchanged').length,
    sent: at.registry.requests.slice(before).filter(({ method }) => method !== 'GET' && method !== 'HEAD').length,
  };
}

/** Results as those of a push that found them by the registry's annotation alone. */
function claimed(pushed: readonly PushedArtifact[]): readonly PushedArtifact[] {
  return pushed.map((artifact) => ({ ...artifact, isClaim: true }));
}

describe('an unchanged model', () => {
  test('is recognised before anything is computed: no weight is read, nothing is sent', async () => {
    const first = await run({ convert: { quantize: ['Q4_K_M', 'Q8_0'] }, pack: { index: true } });
    expect(first.skipped).toBe(0);
    const events: StageEvent[] = [];
    const again = await run({
      convert: { quantize: ['Q4_K_M', 'Q8_0'], kernel: 'js' },
      pack: { index: true },
      context: { emit: (event) => events.push(event) },
    });
    expect(again.pushed).toEqual(first.pushed);
    expect(again.sent).toBe(0);
    expect(events.filter(({ type }) => type === 'tensor')).toEqual([]);
    expect(events.filter((event) => event.type === 'item.skip' && event.reason === 'unchanged')).toHaveLength(3);
    const chain = pipeline(
      download(`hf://${MODEL}`),
      convert({ quantize: ['Q4_K_M', 'Q8_0'] }),
      pack({ index: true }),
      push(`${at.registry.host}/models/a`),
    );
    expect((await chain.plan?.(undefined, context()))?.reports.at(-1)).toMatchObject({
      summary: expect.stringContaining('unchanged'),
      bytesOut: 0,
    });
  });

  test('is not made again for another tag, nor for one more', async () => {
    const quantize = ['Q4_K_M'] as const;
    const first = await run({ convert: { quantize }, push: { tags: ['v1'] } });
    for (const tags of [['v2'], ['v3', 'v1']]) {
      const events: StageEvent[] = [];
      const next = await run({
        convert: { quantize },
        push: { tags },
        context: { emit: (event) => events.push(event) },
      });
      expect(next.pushed.map(({ digest }) => digest)).toEqual(first.pushed.map(({ digest }) => digest));
      expect(events.filter(({ type }) => type === 'tensor')).toEqual([]);
      // The one tag that was not there.
      expect(next.sent).toBe(1);
    }
  });

  test('is recognised by what the registry says, on a machine that has never seen it', async () => {
    const none: Choices = { convert: { quantize: ['Q4_K_M', 'Q8_0'] }, context: { store: undefined } };
    const first = await run(none);
    const again = await run(none);
    expect([again.skipped, again.sent, again.pushed]).toEqual([2, 0, claimed(first.pushed)]);
    expect(await readdir(at.folder)).toEqual([]);
    // Asked to, it makes all of it again, and gets the same.
    const forced = await run({ ...none, push: { reuse: false } });
    expect([forced.skipped, forced.pushed]).toEqual([0, first.pushed]);
  });

  test('is not read again to confirm what goes nowhere', async () => {
    let confirmed = 0;
    const chain = pipeline(
      download(`hf://${MODEL}`),
      convert({ quantize: ['Q8_0'] }),
      pack({}),
      {
        name: 'counted',
        run: async (packed: PackedModel): Promise<PackedModel> => ({
          ...packed,
          confirm: async () => void confirmed++,
        }),
      },
      push(`${at.registry.host}/models/a`),
    );
    for (const expected of [1, 1]) {
      await chain.run(undefined, context({ store: undefined }));
      expect(confirmed).toBe(expected);
    }
  });

  test('of which one variant changed sends that one alone', async () => {
    const none = { context: { store: undefined }, pack: { index: true } };
    const first = await run({ ...none, convert: { quantize: ['Q4_K_M', 'Q8_0'] } });
    const events: StageEvent[] = [];
    const context = { store: undefined, emit: (event: StageEvent) => events.push(event) };
    const more = await run({ ...none, convert: { quantize: ['Q4_K_M', 'Q8_0', 'Q5_K_M'] }, context });
    const kept = more.pushed.filter(({ variant }) => variant === 'Q4_K_M' || variant === 'Q8_0');
    expect(kept).toEqual(claimed(first.pushed.filter(({ variant }) => variant !== undefined)));
    expect(new Set(events.flatMap((event) => (event.type === 'tensor' ? [event.variant] : [])))).toEqual(
      new Set(['Q5_K_M']),
    );
    expect(more.pushed).toHaveLength(4);
  });

  test('is not taken for the same when what the registry has cannot be it', async () => {
    const none = { context: { store: undefined }, push: { tags: ['v1'] } };
    const first = await run(none);
    const manifests = at.registry.manifests('models/a');
    const kept = manifests.get(first.pushed[0]?.digest ?? 'sha256:');
    const forged = JSON.parse(Buffer.from(kept?.bytes ?? []).toString()) as { layers: { size: number }[] };
    forged.layers.pop();
    const bytes = Buffer.from(JSON.stringify(forged));
    await fetch(`http://${at.registry.host}/v2/models/a/manifests/v1`, {
      method: 'PUT',
      headers: { 'content-type': kept?.mediaType ?? '' },
      body: bytes,
    });
    const again = await run(none);
    expect([again.skipped, again.pushed]).toEqual([0, first.pushed]);
  });

  test('with overwrite: false, a tag of something else is known before anything is read', async () => {
    await run({ push: { tags: ['v1'] } });
    const chain = pipeline(
      download(`hf://${MODEL}`),
      convert({ outtype: 'f32' }),
      pack(),
      push(`${at.registry.host}/models/a`, { tags: ['v1'], overwrite: false }),
    );
    await expect(chain.plan?.(undefined, context({ store: undefined }))).rejects.toMatchObject({
      code: 'TAG_EXISTS',
      details: { kept: 'nothing was read or sent' },
    });
  });

  test('is sent again when a tag is gone, points elsewhere, or the record is damaged', async () => {
    const first = await run();
    expect((await run()).skipped).toBe(1);
    // The same tag for something else.
    await run({ convert: { outtype: 'f32' }, push: { tags: ['f16'] } });
    const back = await run();
    expect([back.skipped, back.pushed]).toEqual([0, first.pushed]);
    const records = join(at.folder, 'store', 'records');
    for (const name of await readdir(records)) await writeFile(join(records, name), '{"v":1,"artifacts":[{}]}');
    // The registry says it, too.
    expect((await run()).skipped).toBe(1);
    for (const name of await readdir(records)) await writeFile(join(records, name), 'not JSON');
    expect((await run()).pushed).toEqual(claimed(first.pushed));
  });

  test('another revision of the source is another model', async () => {
    const first = await run();
    at.hub.add(MODEL, buildLlama({ layers: 1, hidden: 256, seed: 8 }));
    const second = await run();
    expect(second.skipped).toBe(0);
    expect(second.pushed[0]?.digest).not.toBe(first.pushed[0]?.digest);
  });
});

describe('every option that shapes bytes', () => {
  test.each<[string, Choices]>([
    ['outtype', { convert: { outtype: 'f32' }, push: { tags: ['f16'] } }],
    ['modelName', { convert: { outtype: 'f16', modelName: 'Other' } }],
    ['splitMaxTensors', { convert: { outtype: 'f16', splitMaxTensors: 5 } }],
    ['splitMaxSize', { convert: { outtype: 'f16', splitMaxSize: '1M' } }],
    ['formats', { pack: { formats: ['oras'] } }],
    ['annotations', { pack: { annotations: { a: 'b' } } }],
    ['name', { pack: { name: 'other' } }],
    ['index', { pack: { index: true } }],
    ['format options', { pack: { modelSpec: { fileMetadata: true } } }],
    ['pack splitMaxSize', { pack: { splitMaxSize: 500_000 } }],
    ['push splitMaxSize', { push: { splitMaxSize: 500_000 } }],
    ['tags', { push: { tags: ['other'] } }],
  ])('%s', async (_, choices) => {
    await run();
    // An index is made of artifacts that are there.
    expect((await run(choices)).skipped).toBe(choices.pack?.index === true ? 1 : 0);
    expect((await run(choices)).skipped).toBeGreaterThan(0);
  });

  test('SOURCE_DATE_EPOCH', async () => {
    await run();
    const env = { ...at.hub.env, HOME: at.folder, SOURCE_DATE_EPOCH: '1700000000' };
    expect((await run({ context: { env } })).skipped).toBe(0);
  });

  const MIX: readonly Partial<QuantizeStageOptions>[] = [
    {},
    { pure: true },
    { leaveOutputTensor: true },
    { outputTensorType: 'q6_k' },
    { tokenEmbeddingType: 'q4_0' },
    { tensorTypes: ['attn_v=q8_0'] },
    { tensorTypes: ['attn_v=q6_k'] },
    { overrideKv: ['general.name=str:Sloop'] },
    { allowRequantize: true },
    { types: 'Q5_K_M' },
  ];

  test('of llama-quantize: each has a fingerprint of its own, the kernel has none', async () => {
    const source = await pipeline(download(`hf://${MODEL}`), convert({ outtype: 'f16' })).run(undefined, context());
    const of = async (options: Partial<QuantizeStageOptions>): Promise<string | undefined> => {
      const [variant] = await quantize({ types: 'Q4_K_M', ...options }).run(source, context());
      return variant === undefined ? undefined : fingerprintOf(variant);
    };
    const prints: (string | undefined)[] = [];
    for (const options of MIX) prints.push(await of(options));
    expect(prints).not.toContain(undefined);
    expect(new Set(prints).size).toBe(MIX.length);
    expect(await of({ kernel: 'js' })).toBe(prints[0]);
  });

  test('an importance matrix counts by its content', async () => {
    const path = join(at.folder, 'imatrix.dat');
    const source = await pipeline(download(`hf://${MODEL}`), convert({ outtype: 'f16' })).run(undefined, context());
    const of = async (value: number): Promise<string | undefined> => {
      await writeFile(path, legacyImatrix('blk.0.attn_q.weight', 256, value));
      const [variant] = await quantize({ types: 'Q4_K_M', imatrix: path }).run(source, context());
      return variant === undefined ? undefined : fingerprintOf(variant);
    };
    const [one, two] = [await of(1), await of(2)];
    expect(one).toBeDefined();
    expect(two).not.toBe(one);
    expect(await of(1)).toBe(one);
  });

  test('what a stage of somebody else changed has no fingerprint', async () => {
    const variants = await pipeline(download(`hf://${MODEL}`), convert({ outtype: 'f16' })).run(undefined, context());
    const changed = variants.map((variant): ModelVariant => ({ ...variant, companions: [] }));
    expect(fingerprintOf(await pack().run(variants, context()))).toBeDefined();
    expect(fingerprintOf(await pack().run(changed, context()))).toBeUndefined();
  });
});

/** llama.cpp's older format: count, then name length, name, calls, values, floats. */
function legacyImatrix(name: string, width: number, value: number): Uint8Array {
  const text = new TextEncoder().encode(name);
  const bytes = new DataView(new ArrayBuffer(4 + 4 + text.byteLength + 8 + 4 * width));
  bytes.setInt32(0, 1, true);
  bytes.setInt32(4, text.byteLength, true);
  new Uint8Array(bytes.buffer).set(text, 8);
  bytes.setInt32(8 + text.byteLength, 1, true);
  bytes.setInt32(12 + text.byteLength, width, true);
  for (let index = 0; index < width; index += 1) bytes.setFloat32(16 + text.byteLength + 4 * index, value, true);
  return new Uint8Array(bytes.buffer);
}

describe('one text for equal options', () => {
  test('different values never have one text; the order of keys does not matter', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)) && !hasMinusZero(a) && !hasMinusZero(b);
        if (same) expect(canonical(a)).toBe(canonical(b));
        else expect(canonical(a)).not.toBe(canonical(b));
      }),
      { seed: 3, numRuns: 500 },
    );
    expect(canonical({ a: 1, b: undefined })).toBe(canonical({ a: 1 }));
    expect(canonical(new Map([['a', 1n]]))).not.toBe(canonical(new Map([['a', 1]])));
    expect(canonical({ a: () => 1 })).toBeUndefined();
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(canonical(cycle)).toBeUndefined();
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { entries: entries.map(([key, inner]) => [key, sorted(inner)]) };
}

function hasMinusZero(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Object.is(value, -0);
  return Object.values(value).some(hasMinusZero);
}
