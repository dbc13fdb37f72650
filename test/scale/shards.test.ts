import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FileTypeWord } from '../../src/quantize/index.js';
import { createContext, pipeline, SlipwayError, type RunContext, type Stage } from '../../src/core/index.js';
import { sha256 } from '../../src/files/index.js';
import {
  finishShards,
  makePlan,
  openSharded,
  parsePlan,
  requireSamePlan,
  runPart,
  type ShardPlan,
} from '../../src/scale/index.js';
import { convert, download, pack, push, type PushedArtifact } from '../../src/stages/index.js';
import { attest, sign } from '../../src/stages/trust/index.js';
import { buildLlama, startTestRegistry, type TestRegistry } from '../../src/testing/index.js';
import {
  collectEvidence,
  keyIdentity,
  keySigner,
  PREDICATES,
  signaturePolicy,
  verifyArtifact,
} from '../../src/trust/index.js';
import { saveRepository } from '../support/save-repository.js';

let registry: TestRegistry;
let folder: string;

beforeAll(async () => {
  registry = await startTestRegistry();
  folder = await mkdtemp(join(tmpdir(), 'scale-'));
  const files = buildLlama({ layers: 4, hidden: 512, heads: 8, kvHeads: 4, vocab: 2048, seed: 1 });
  await saveRepository(files, join(folder, 'tiny'));
});
afterAll(async () => {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

const CONFIG = { path: 'pipeline.config.yaml', digest: sha256('configuration') };

function chain(repository: string, quantize?: FileTypeWord[]): Stage<void, readonly PushedArtifact[]> {
  return pipeline(
    download(join(folder, 'tiny')),
    convert(quantize === undefined ? { outtype: 'f16' } : { quantize }),
    pack({ splitMaxSize: 3_000_000 }),
    push(`${registry.host}/models/${repository}`),
  );
}

async function planFor(stages: Stage<void, unknown>, parts: number, context: RunContext): Promise<ShardPlan> {
  return makePlan(await openSharded(stages, context), { parts, config: CONFIG });
}

/** Derives parts as machines of their own would: nothing is shared but the registry. */
async function runParts(stages: Stage<void, unknown>, plan: ShardPlan, indexes: readonly number[]): Promise<number> {
  const results = await Promise.all(
    indexes.map(async (index) => {
      const context = createContext();
      return runPart(await openSharded(stages, context), plan, index, context);
    }),
  );
  return results.reduce((sum, { read }) => sum + read, 0);
}

async function digestsOf(repository: string): Promise<readonly string[]> {
  const pushed = await chain(repository).run(undefined, createContext());
  return pushed.map(({ digest }) => digest);
}

describe('a model that several machines derive', () => {
  test.each([1, 2, 4, 8])('%i parts give the digests of one machine, and read the source once', async (parts) => {
    const expected = await digestsOf('alone');
    const stages = chain(`parts-${parts}`);
    const context = createContext();
    const plan = await planFor(stages, parts, context);
    const all = Array.from({ length: parts }, (_, index) => index);
    const read = await runParts(stages, plan, all);
    const { pushed } = await finishShards(await openSharded(stages, context), plan, context);
    expect(pushed.map(({ digest }) => digest)).toEqual(expected);
    expect(read).toBeLessThan(plan.reading.model * 1.1);
    // Receipts are gone when the tags stand.
    expect(await (await openSharded(stages, context)).target.tags()).toEqual(['f16']);
  });

  test('two variants of one stretch belong to one part', async () => {
    const plan = await planFor(chain('variants', ['Q8_0', 'F16']), 3, createContext());
    expect(new Set(plan.files.map(({ variant }) => variant))).toEqual(new Set(['Q8_0', 'F16']));
    expect(plan.reading.parts).toBeLessThan(plan.reading.model * 1.4);
  });

  test('the plan is the same every time, and its digest covers what matters', async () => {
    const stages = chain('same');
    const plan = await planFor(stages, 4, createContext());
    expect(await planFor(chain('same'), 4, createContext())).toEqual(plan);
    const moved = await makePlan(await openSharded(stages, createContext()), {
      parts: 4,
      config: { ...CONFIG, path: 'elsewhere.yaml' },
    });
    expect(moved.digest).toBe(plan.digest);
    const text = JSON.stringify(plan);
    expect(parsePlan(text, 'plan.json')).toEqual(plan);
    expect(() => parsePlan(text.replace('"part":1', '"part":2'), 'plan.json')).toThrow(/cannot be used as a plan/);
  });

  test('a part that is missing is named, and repeated alone', async () => {
    const stages = chain('missing');
    const context = createContext();
    const plan = await planFor(stages, 4, context);
    await runParts(stages, plan, [0, 1, 3]);
    const failure: unknown = await finishShards(await openSharded(stages, context), plan, context).catch(
      (error: unknown) => error,
    );
    expect(SlipwayError.is(failure) && [failure.code, failure.details.try]).toEqual([
      'SHARD_INCOMPLETE',
      ['pipeline shard run PLAN --index 2'],
    ]);
    expect(await (await openSharded(stages, context)).target.tags()).not.toContain('f16');
    await runParts(stages, plan, [2]);
    const { pushed } = await finishShards(await openSharded(stages, context), plan, context);
    expect(pushed[0]?.tags).toEqual(['f16']);
  });

  test('what is signed and attested on one machine is by several, before the tag moves', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = keySigner(privateKey);
    const signing = (repository: string): Stage<void, readonly PushedArtifact[]> =>
      pipeline(
        download(join(folder, 'tiny')),
        convert({ outtype: 'f16' }),
        pack({ splitMaxSize: 3_000_000 }),
        attest({ key }),
        sign({ key }),
        push(`${registry.host}/models/${repository}`),
      );
    const [alone] = await signing('signed-alone').run(undefined, createContext());
    const stages = signing('signed');
    const context = createContext();
    const plan = await planFor(stages, 3, context);
    await runParts(stages, plan, [0, 1, 2]);
    const before = registry.requests.length;
    const { target } = await openSharded(stages, context);
    const { pushed } = await finishShards(await openSharded(stages, context), plan, context);
    expect(pushed[0]?.digest).toBe(alone?.digest);
    const puts = registry.requests
      .slice(before)
      .filter(({ method, path }) => method === 'PUT' && /manifests/.test(path));
    expect(puts.at(-1)?.path).toBe('/v2/models/signed/manifests/f16');
    const policy = {
      ...signaturePolicy([keyIdentity(publicKey, 'release')]),
      requirePredicates: [PREDICATES.slsa, PREDICATES.cyclonedx],
    };
    const report = await verifyArtifact(target, 'f16', { policy, now: new Date() });
    expect([report.verdict, report.checks.filter(({ status }) => status !== 'pass')]).toEqual(['accepted', []]);
    // Provenance is about every file that a part has derived: else the check of the build had failed.
    const { attestations } = await collectEvidence(target, pushed[0]?.digest ?? expect.fail());
    const provenance = attestations.find(({ statement }) => statement.predicateType === PREDICATES.slsa);
    expect(provenance?.statement.subject.length).toBe(plan.files.length + 1);
  });

  test('a part that is done is not derived again', async () => {
    const stages = chain('again');
    const plan = await planFor(stages, 2, createContext());
    await runParts(stages, plan, [0]);
    const context = createContext();
    const { files, read } = await runPart(await openSharded(stages, context), plan, 0, context);
    expect(new Set(files.map(({ how }) => how))).toEqual(new Set(['exists']));
    expect(read).toBeLessThan(200_000);
  });

  test('a part that was stopped goes on with its next file', async () => {
    const stages = chain('stopped');
    const plan = await planFor(stages, 1, createContext());
    const stop = new AbortController();
    const context = createContext({
      signal: stop.signal,
      emit: (event) => {
        if (event.type === 'item.end') stop.abort();
      },
    });
    await expect(runPart(await openSharded(stages, context), plan, 0, context)).rejects.toThrow();
    const again = createContext();
    const { files } = await runPart(await openSharded(stages, again), plan, 0, again);
    expect(files.filter(({ how }) => how === 'exists').length).toBeGreaterThan(0);
    expect(files.length).toBe(plan.files.length);
  });

  test('two finishers at once, and one that comes late, do no harm', async () => {
    const stages = chain('finishers');
    const plan = await planFor(stages, 2, createContext());
    await runParts(stages, plan, [0, 1]);
    const finish = async (): Promise<readonly string[]> => {
      const context = createContext();
      const { pushed } = await finishShards(await openSharded(stages, context), plan, context);
      return pushed.map(({ digest }) => digest);
    };
    const [first, second] = await Promise.all([finish(), finish()]);
    expect(first).toEqual(second);
    expect(await finish()).toEqual(first);
  });

  test('another configuration, or another source, is refused', async () => {
    const plan = await planFor(chain('changed'), 2, createContext());
    const other = await planFor(chain('changed', ['Q8_0']), 2, createContext());
    expect(() => requireSamePlan(plan, other)).toThrow(/not the one that this configuration gives here/);
    const configured = await makePlan(await openSharded(chain('changed'), createContext()), {
      parts: 2,
      config: { path: CONFIG.path, digest: sha256('another') },
    });
    expect(() => requireSamePlan(plan, configured)).toThrow(SlipwayError);
  });

  test('an index that the plan has not, and a pipeline without a push', async () => {
    const stages = chain('wrong');
    const context = createContext();
    const plan = await planFor(stages, 2, context);
    await expect(runPart(await openSharded(stages, context), plan, 2, context)).rejects.toThrow(/no part 2/);
    const withoutPush = pipeline(download(join(folder, 'tiny')), convert({ outtype: 'f16' }));
    await expect(openSharded(withoutPush as Stage<void, unknown>, context)).rejects.toThrow(/has no push/);
  });
});
