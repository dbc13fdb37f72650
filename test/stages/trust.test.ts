import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pipeline, type RunContext, type StageEvent } from '../../src/core/index.js';
import { loadConfig } from '../../src/config/index.js';
import { DiskStore, readWhole } from '../../src/files/index.js';
import { openRegistry } from '../../src/registry/index.js';
import { convert, download, pack, push, type PackedModel, type PushedArtifact } from '../../src/stages/index.js';
import { attest, sign, verifyReference } from '../../src/stages/trust/index.js';
import {
  collectEvidence,
  generateKeyPair,
  keyIdentity,
  parsePolicy,
  PREDICATES,
  readProvenance,
  readPublicKey,
  signaturePolicy,
  subjectDigests,
} from '../../src/trust/index.js';
import { buildLlama } from '../../src/testing/index.js';
import { hubAndRegistry, MODEL } from '../support/hub-and-registry.js';

const at = hubAndRegistry();

async function keys(): Promise<{ key: { file: string }; publicKey: string }> {
  const pair = await generateKeyPair('secret');
  const [file, publicKey] = [join(at.folder, 'k.key'), join(at.folder, 'k.pub')];
  await writeFile(file, pair.privateKey);
  await writeFile(publicKey, pair.publicKey);
  return { key: { file }, publicKey: pair.publicKey };
}

const withPassword = (store?: DiskStore): ReturnType<typeof at.context> =>
  at.context({
    env: { ...at.hub.env, HOME: at.folder, COSIGN_PASSWORD: 'secret' },
    ...(store !== undefined && { store }),
  });

async function run(key: { file: string }, store?: DiskStore): Promise<readonly PushedArtifact[]> {
  return pipeline(
    download(`hf://${MODEL}`),
    convert({ quantize: ['Q8_0', 'Q4_0'], fallback: 'allow' }),
    pack({ index: true }),
    attest({ key }),
    sign({ key }),
    push(`${at.registry.host}/m/tiny`, { tags: ['v1'] }),
  ).run(undefined, withPassword(store));
}

/** A small file of the repository, as the Hub was given it. */
async function smallFile(): Promise<Uint8Array> {
  const files = buildLlama({ layers: 1, hidden: 256, seed: 7 });
  return readWhole(files.find(({ path }) => path === 'config.json') ?? expect.fail(), 1e6);
}

describe('a run that signs and attests', () => {
  test('names nothing before its signatures and attestations stand', async () => {
    const { key, publicKey } = await keys();
    const pushed = await run(key);
    expect(pushed).toHaveLength(3);
    const target = openRegistry(`${at.registry.host}/m/tiny`);
    // Every manifest that a tag of ours names has its signature, and all of them were put before the first such tag.
    const puts = at.registry.requests.filter(({ method, path }) => method === 'PUT' && path.includes('/manifests/'));
    const isOurTag = (path: string): boolean => !/\/manifests\/sha256[:-]/.test(path);
    const firstTag = puts.findIndex(({ path }) => isOurTag(path));
    expect(puts.slice(firstTag).every(({ path }) => isOurTag(path))).toBe(true);
    expect(puts.slice(firstTag)).toHaveLength(3);
    const unsigned = at.registry.requests.slice(0, at.registry.requests.indexOf(puts[firstTag] ?? expect.fail()));
    const subjects = new Set(pushed.map(({ digest }) => digest));
    expect(
      unsigned.filter(
        ({ method, path }) => method === 'GET' && [...subjects].some((one) => path.endsWith(`/manifests/${one}`)),
      ),
    ).toEqual([]);
    const policy = signaturePolicy([keyIdentity(readPublicKey(publicKey, 'k'), 'k')]);
    const wanted = { ...policy, requirePredicates: [PREDICATES.slsa, PREDICATES.cyclonedx] };
    const report = await verifyReference(`${at.registry.host}/m/tiny:v1`, wanted, withPassword());
    expect([report.verdict, report.checks.filter(({ status }) => status === 'fail')]).toEqual(['accepted', []]);
    expect(at.registry.problems()).toEqual([]);
    const evidence = await collectEvidence(target, pushed[0]?.digest ?? expect.fail());
    const slsa = evidence.attestations.find(({ statement }) => statement.predicateType === PREDICATES.slsa);
    const said = readProvenance(slsa?.statement.predicate ?? null);
    expect(said.externalParameters).toMatchObject({ source: `hf://${MODEL}`, revision: 'main', variant: 'Q8_0' });
    expect(said.dependencies[0]?.digest?.['gitCommit']).toMatch(/^[0-9a-f]{40}$/);
    // Every file of the source by its digest, and the GGUF beside the manifest among what it is about.
    const files = said.dependencies.filter(({ uri }) => uri?.startsWith('https://'));
    expect(files.length).toBeGreaterThan(5);
    expect(files.every(({ digest }) => /^[0-9a-f]{64}$/.test(digest?.['sha256'] ?? ''))).toBe(true);
    expect(subjectDigests(slsa?.statement ?? expect.fail()).size).toBe(2);
    // What the Hub keeps in git is named as git names it; large files are not.
    const config = await smallFile();
    const blob = createHash('sha1').update(`blob ${config.byteLength}\0`).update(config).digest('hex');
    expect(files.find(({ name }) => name === 'config.json')?.digest?.['gitBlob']).toBe(blob);
    expect(files.find(({ name }) => name === 'model.safetensors')?.digest?.['gitBlob']).toBeUndefined();
  });

  test('a second run finds them and adds nothing, whether or not it remembers the first', async () => {
    const { key } = await keys();
    const store = new DiskStore(join(at.folder, 'store'));
    await run(key, store);
    const before = at.registry.manifests('m/tiny').size;
    await run(key, store);
    await run(key);
    expect(at.registry.manifests('m/tiny').size).toBe(before);
  });

  test('a wrong password ends it before anything is sent', async () => {
    const { key } = await keys();
    const chain = pipeline(download(`hf://${MODEL}`), pack(), sign({ key }), push(`${at.registry.host}/m/tiny`));
    await expect(chain.run(undefined, at.context())).rejects.toMatchObject({ code: 'KEY_PASSWORD' });
    expect(at.registry.requests).toEqual([]);
  });

  test('what cannot be signed gets no tag', async () => {
    const { key } = await keys();
    at.registry.fail({ fault: { kind: 'status', status: 403 }, method: 'PUT', path: /\.sig$/, times: 99 });
    await expect(run(key)).rejects.toMatchObject({ code: 'OCI_DENIED' });
    expect([...at.registry.tags('m/tiny').keys()].filter((tag) => !tag.startsWith('sha256-'))).toEqual([]);
  });
});

describe('an artifact that somebody planted under the tag, with the annotation of ours', () => {
  /** Other weights of the same size under our manifest's annotations, as anybody who may push can put them there. */
  async function plant(): Promise<string> {
    const chain = pipeline(download(`hf://${MODEL}`), convert({ outtype: 'f16' }), pack(), push(repository(), V1));
    const [ours] = await chain.run(undefined, at.context());
    const { bytes, mediaType } = at.registry.manifests('m/tiny').get(ours?.digest ?? 'sha256:') ?? expect.fail();
    const manifest = JSON.parse(Buffer.from(bytes).toString()) as { layers: { size: number; digest: string }[] };
    const layer = manifest.layers.toSorted((a, b) => b.size - a.size)[0] ?? expect.fail();
    const weights = Buffer.alloc(layer.size, 7);
    layer.digest = `sha256:${createHash('sha256').update(weights).digest('hex')}`;
    const started = await fetch(`http://${at.registry.host}/v2/m/tiny/blobs/uploads/`, { method: 'POST' });
    const to = new URL(started.headers.get('location') ?? '', `http://${at.registry.host}`);
    to.searchParams.set('digest', layer.digest);
    await fetch(to, { method: 'PUT', body: weights });
    const forged = Buffer.from(JSON.stringify(manifest));
    const put = `http://${at.registry.host}/v2/m/tiny/manifests/v1`;
    await fetch(put, { method: 'PUT', headers: { 'content-type': mediaType }, body: forged });
    const digest = `sha256:${createHash('sha256').update(forged).digest('hex')}`;
    expect(at.registry.tags('m/tiny').get('v1')).toBe(digest);
    return digest;
  }

  const V1 = { tags: ['v1'] };
  const repository = (): string => `${at.registry.host}/m/tiny`;
  const made = [download(`hf://${MODEL}`), convert({ outtype: 'f16' }), pack()] as const;

  test.each(['sign', 'attest'] as const)('is not taken over by a push that %ss', async (stage) => {
    const { key } = await keys();
    const forged = await plant();
    const chain = pipeline(
      ...made,
      stage === 'sign' ? sign({ key }) : attest<PackedModel>({ key }),
      push(repository(), V1),
    );
    const plan = await chain.plan?.(undefined, withPassword());
    expect(plan?.reports.at(-1)?.summary).not.toContain('unchanged');
    const [pushed] = await chain.run(undefined, withPassword());
    expect(pushed?.digest).not.toBe(forged);
    expect(at.registry.tags('m/tiny').get('v1')).toBe(pushed?.digest);
    expect((await collectEvidence(openRegistry(repository()), forged as `sha256:${string}`)).attestations).toEqual([]);
    // What our key has signed is taken as it is, on a machine that has no store; what another key has signed is not.
    expect(await readings(chain)).toBe(0);
    await writeFile(join(at.folder, 'k.key'), (await generateKeyPair('secret')).privateKey);
    expect(await readings(chain)).toBeGreaterThan(0);
  });

  async function readings(chain: {
    run: (input: undefined, context: RunContext) => Promise<unknown>;
  }): Promise<number> {
    const events: StageEvent[] = [];
    await chain.run(undefined, { ...withPassword(), emit: (event) => events.push(event) });
    return events.filter(({ type }) => type === 'tensor').length;
  }

  test('does not get into the store by a push that does not sign, to be signed by the next', async () => {
    const { key } = await keys();
    const forged = await plant();
    const store = new DiskStore(join(at.folder, 'store'));
    const [taken] = await pipeline(...made, push(repository(), V1)).run(undefined, withPassword(store));
    expect(taken?.digest).toBe(forged);
    const [pushed] = await pipeline(...made, sign({ key }), push(repository(), V1)).run(undefined, withPassword(store));
    expect(pushed?.digest).not.toBe(forged);
  });

  test('is not signed behind a push either', async () => {
    const { key } = await keys();
    await plant();
    const chain = pipeline(...made, push(repository(), V1), sign<readonly PushedArtifact[]>({ key }));
    await expect(chain.run(undefined, withPassword())).rejects.toMatchObject({ code: 'TRUST_REFUSED' });
  });
});

test('a configuration may name sign and attest behind push: they still come before the tags', async () => {
  const { key } = await keys();
  const text = `name: t\nstages:\n  - download: { from: ./x }\n  - pack\n  - push: { to: h.example/x }\n  - sign: { key: { file: ${key.file} } }\n  - attest: { slsa: true, mlbom: true, key: { file: ${key.file} } }\n`;
  await writeFile(join(at.folder, 'c.yaml'), text);
  const { config } = await loadConfig('c.yaml', { directory: at.folder, env: {}, mode: 'plan' });
  expect(config.pipeline.name).toBe('download → pack → sign → attest → push');
});

test('a policy with a mistake names it', async () => {
  const { publicKey } = await keys();
  await expect(
    parsePolicy(`identities:\n  - key: k.pub\nrequires: [x]\n`, join(at.folder, 'p.yaml'), {}),
  ).rejects.toMatchObject({
    code: 'POLICY_INVALID',
  });
  const policy = await parsePolicy(
    `identities:\n  - key: k.pub\nrequire: [slsa]\nmaxAge: 36h\n`,
    join(at.folder, 'p.yaml'),
    {},
  );
  expect([policy.requireSignature, policy.requirePredicates, policy.maxAge]).toEqual([
    false,
    [PREDICATES.slsa],
    129_600_000,
  ]);
  expect(publicKey).toContain('PUBLIC KEY');
});
