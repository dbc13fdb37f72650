import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRegistry, pushArtifacts, pushIndexed, type ArtifactIndex } from '../../src/registry/index.js';
import { startTestRegistry, type TestRegistry } from '../../src/testing/index.js';
import { sampleArtifact, sampleFile } from '../registry/samples.js';
import { pipelineCommand, type Outcome } from './fake-terminal.js';

// Signatures and attestations that travel as files: where no registry is, and where one keeps something back.

let cwd: string;
let registry: TestRegistry;
const pipe = async (...argv: readonly string[]): Promise<Outcome> =>
  pipelineCommand(argv, cwd, { COSIGN_PASSWORD: 'secret' });
const reference = (name: string): string => `${registry.host}/${name}:v1`;
const TYPE = 'https://example.com/review/v1';

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-bundles-'));
  registry = await startTestRegistry();
  for (const [index, name] of ['a', 'b'].entries()) {
    const artifact = sampleArtifact(name, [sampleFile('model.gguf', index + 1, 1000)]);
    await pushArtifacts(openRegistry(reference(name)), [artifact], { tags: () => ['v1'] });
  }
  await pipe('key', 'generate', '--output-key-prefix', 'release');
  await pipe('key', 'generate', '--output-key-prefix', 'other');
  await writeFile(join(cwd, 'review.json'), '{"reviewed":true}');
  await writeFile(join(cwd, 'p.yaml'), `identities:\n  - key: release.pub\nrequire: [signature, '${TYPE}']\n`);
});
afterAll(async () => {
  await registry.close();
  await rm(cwd, { recursive: true, force: true });
});

interface Answer {
  readonly verdict: string;
  readonly checks: readonly { readonly check: string; readonly status: string; readonly reason: string }[];
  readonly notChecked: readonly string[];
  readonly evidence: { readonly attestations: number; readonly unreadable: readonly object[] };
}

async function verified(what: string, ...flags: readonly string[]): Promise<readonly [number, Answer]> {
  const { code, stdout, stderr } = await pipe('verify', what, ...flags, '--json');
  expect(stderr).toBe('');
  return [code, JSON.parse(stdout) as Answer];
}

test('what is signed into a file is attached to nothing, and speaks for the artifact wherever it lies', async () => {
  const before = registry.manifests('a').size;
  const signed = await pipe(
    'sign',
    reference('a'),
    '--key',
    'release.key',
    '--bundle',
    's.json',
    '--no-upload',
    '--json',
  );
  expect(JSON.parse(signed.stdout)).toMatchObject({ bundle: join(cwd, 's.json'), signed: [{ how: 'made' }] });
  const statement = ['--predicate', 'review.json', '--type', TYPE];
  await pipe('attest', reference('a'), '--key', 'release.key', ...statement, '--bundle', 'r.json', '--no-upload');
  expect(registry.manifests('a').size).toBe(before);
  expect((await verified(reference('a'), '--key', 'release.pub'))[0]).toBe(11);

  const files = ['--bundle', 's.json', '--bundle', 'r.json'];
  const [code, report] = await verified(reference('a'), '--policy', 'p.yaml', ...files);
  expect([code, report.verdict, report.evidence.attestations]).toEqual([0, 'accepted', 2]);
  expect(report.notChecked[0]).toContain('only the bundles that were given');
  for (const place of [`layout:${cwd}/mirror:v1`, `oci-archive:${cwd}/mirror.tar:v1`]) {
    expect((await pipe('copy', reference('a'), place)).code).toBe(0);
    expect((await verified(place, '--policy', 'p.yaml', '--offline', ...files))[0]).toBe(0);
    expect((await verified(place, '--policy', 'p.yaml', '--offline'))[0]).toBe(11);
  }
});

test('with files nothing that is attached is asked for, nor believed', async () => {
  await pipe('sign', reference('b'), '--key', 'release.key');
  expect((await verified(reference('b'), '--key', 'release.pub'))[0]).toBe(0);
  const from = registry.requests.length;
  const [code, report] = await verified(reference('b'), '--key', 'release.pub', '--bundle', 'r.json');
  expect(code).toBe(11);
  expect(report.checks.at(-1)).toMatchObject({ check: 'signature', status: 'fail' });
  expect(registry.requests.slice(from).filter(({ path }) => /referrers|sha256-/.test(path))).toEqual([]);
});

test('a bundle that is attached already is the one that is written', async () => {
  const signed = await pipe('sign', reference('b'), '--key', 'release.key', '--bundle', 'again.json');
  expect(signed.stdout).toContain('exists');
  expect((await verified(reference('b'), '--key', 'release.pub', '--bundle', 'again.json'))[0]).toBe(0);
  expect((await verified(reference('b'), '--key', 'other.pub', '--bundle', 'again.json'))[0]).toBe(11);
  const [code, report] = await verified(reference('a'), '--key', 'release.pub', '--bundle', 'again.json');
  expect([code, report.checks.at(-1)?.reason]).toEqual([11, 'the signature attached to it is about another digest']);
});

test('bundles lie one a line, whatever stands between them, and rubbish is passed over', async () => {
  const [signature, review] = await Promise.all(['s.json', 'r.json'].map((name) => readFile(join(cwd, name), 'utf8')));
  await writeFile(join(cwd, 'all.jsonl'), `${signature}\n\n{"mediaType":"none"}\n${review}\n`);
  const [code, report] = await verified(reference('a'), '--policy', 'p.yaml', '--bundle', 'all.jsonl');
  expect([code, report.evidence.unreadable]).toMatchObject([0, [{ where: 'all.jsonl:2' }]]);
  const spread = JSON.stringify(JSON.parse(signature ?? ''), undefined, 2);
  await writeFile(join(cwd, 'spread.json'), spread);
  expect((await verified(reference('a'), '--key', 'release.pub', '--bundle', 'spread.json'))[0]).toBe(0);
  await writeFile(join(cwd, 'rubbish.json'), 'rubbish');
  expect((await verified(reference('a'), '--key', 'release.pub', '--bundle', 'rubbish.json'))[0]).toBe(11);
});

test('a signature goes somewhere, and one that is named is there', async () => {
  expect((await pipe('sign', reference('a'), '--key', 'release.key', '--no-upload')).code).toBe(2);
  const missing = await pipe('verify', reference('a'), '--key', 'release.pub', '--bundle', 'none.json');
  expect([missing.code, missing.stderr]).toEqual([4, expect.stringContaining('none.json')]);
});

test('of an index every member has its line', async () => {
  const artifacts = ['x', 'y'].map((name, index) => sampleArtifact(name, [sampleFile('m.gguf', 9 + index, 500)]));
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const seal: ArtifactIndex['seal'] = (manifests) => ({
    mediaType,
    bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })),
  });
  const index = { members: artifacts, tags: ['v1'], seal };
  await pushIndexed(openRegistry(reference('many')), artifacts, [index], { tags: () => [] });
  const flags = ['--key', 'release.key', '--bundle', 'many.jsonl', '--no-upload'];
  expect((await pipe('sign', reference('many'), ...flags)).code).toBe(0);
  expect((await readFile(join(cwd, 'many.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(3);
  const [code, report] = await verified(reference('many'), '--key', 'release.pub', '--bundle', 'many.jsonl');
  expect([code, report.evidence.attestations]).toEqual([0, 3]);
  const [, member] = (await readFile(join(cwd, 'many.jsonl'), 'utf8')).split('\n');
  await writeFile(join(cwd, 'one-of-many.json'), member ?? '');
  expect((await verified(reference('many'), '--key', 'release.pub', '--bundle', 'one-of-many.json'))[0]).toBe(11);
});
