import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SlipwayError } from '../../src/core/index.js';
import { readRange, readWhole, type ModelFile, type Snapshot } from '../../src/files/index.js';
import { createHttpClient } from '../../src/http/index.js';
import { openSource, type SourceOptions } from '../../src/source/index.js';
import { startTestHub, type TestHub } from '../../src/testing/index.js';

const WEIGHTS = new Uint8Array(3_000_000).map((_, index) => (index * 2_654_435_761) >>> 24);
const FILES = {
  '.gitattributes': '*.safetensors filter=lfs',
  'README.md': '# Tiny',
  'config.json': '{"architectures":["LlamaForCausalLM"]}',
  'modeling_tiny.py': 'raise SystemExit',
  'model.safetensors': WEIGHTS,
  'pytorch_model.bin': 'pickle',
  '1_Pooling/config.json': '{}',
};

let hub: TestHub;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'slipway-hub-'));
  hub = await startTestHub({
    pageSize: 2,
    strangers: ['hf_stranger'],
    repositories: {
      'acme/tiny': { files: FILES, revisions: { 'refs/pr/1': { ...FILES, 'README.md': '# Proposal' } } },
      'acme/secret': { files: FILES, private: true },
      'acme/gated': { files: FILES, gated: true },
      'acme/old': { files: FILES, renamedTo: 'acme/tiny' },
      'acme/pickled': { 'config.json': '{}', 'pytorch_model.bin': 'pickle' },
    },
  });
});
afterAll(async () => {
  await hub.close();
  await rm(home, { recursive: true });
});
afterEach(() => hub.expireStorage());

function options(more: Partial<SourceOptions> = {}): SourceOptions {
  return { fetch: globalThis.fetch, env: { ...hub.env, HOME: home }, ...more };
}

function file(snapshot: Snapshot, path: string): ModelFile {
  const found = snapshot.files.find((entry) => entry.path === path);
  if (found === undefined) throw new Error(`no ${path}`);
  return found;
}

async function failure(work: Promise<unknown>): Promise<SlipwayError> {
  return work.then(
    () => expect.fail('nothing was thrown'),
    (error: SlipwayError) => error,
  );
}

describe('a repository on the Hub', () => {
  test('is pinned to a commit, listed over pages, without code and pickles', async () => {
    const snapshot = await openSource('hf://acme/tiny', options());
    expect(snapshot.source).toEqual({
      kind: 'huggingface',
      name: 'acme/tiny',
      url: `${hub.url}/acme/tiny`,
      revision: hub.commitOf('acme/tiny'),
      requestedRevision: 'main',
      committedAt: '2026-01-05T10:01:00Z',
    });
    expect(snapshot.files.map(({ path }) => path)).toEqual([
      '1_Pooling/config.json',
      'README.md',
      'config.json',
      'model.safetensors',
    ]);
    const digest = `sha256:${createHash('sha256').update(WEIGHTS).digest('hex')}`;
    expect(file(snapshot, 'model.safetensors')).toMatchObject({ size: WEIGHTS.byteLength, digest });
    expect(hub.requests.filter(({ url }) => /\.(bin|py)/.test(url))).toEqual([]);
  });

  test('gives whole files and any range, the token only to the Hub itself', async () => {
    const snapshot = await openSource('hf://acme/tiny', options());
    const weights = file(snapshot, 'model.safetensors');
    expect(Buffer.from(await readWhole(weights, 1e7)).equals(WEIGHTS)).toBe(true);
    for (const [start, end] of [
      [0, 1],
      [7, 7],
      [2_999_999, 3_000_000],
      [1_000_001, 2_000_003],
    ] as const) {
      expect(await readRange(weights, { start, end })).toEqual(WEIGHTS.slice(start, end));
    }
    expect(new TextDecoder().decode(await readRange(file(snapshot, 'README.md'), { start: 2, end: 6 }))).toBe('Tiny');
    expect(hub.requests.filter(({ host }) => host === 'storage').every(({ authorized }) => !authorized)).toBe(true);
    // One redirect, then the storage host directly.
    const asked = hub.requests.filter(
      ({ host, url }) => host === 'hub' && url.includes('resolve') && url.includes('model.s'),
    );
    expect(asked).toHaveLength(1);
  });

  test('over several connections gives the same bytes', async () => {
    const large = new Uint8Array(40_000_001).map((_, index) => (index * 40_503) >>> 8);
    hub.add('acme/large', { 'model.safetensors': large });
    const snapshot = await openSource('hf://acme/large', options({ connections: 4 }));
    expect(Buffer.from(await readWhole(file(snapshot, 'model.safetensors'), 1e8)).equals(large)).toBe(true);
  });

  test.each([
    ['a branch by option', 'hf://acme/tiny', 'refs/pr/1'],
    ['a branch in the address', 'hf://acme/tiny@refs/pr/1', undefined],
    ['a pasted page', 'https://huggingface.co/acme/tiny/tree/refs%2Fpr%2F1', undefined],
  ])('of another revision: %s', async (_, address, revision) => {
    const snapshot = await openSource(address, options({ revision }));
    expect(snapshot.source.revision).toBe(hub.commitOf('acme/tiny', 'refs/pr/1'));
    expect(new TextDecoder().decode(await readWhole(file(snapshot, 'README.md'), 100))).toBe('# Proposal');
  });

  test('stays at its commit when main moves', async () => {
    hub.add('acme/moving', { 'config.json': '{"v":1}' });
    const snapshot = await openSource('hf://acme/moving', options());
    const before = hub.commitOf('acme/moving');
    hub.commit('acme/moving', { 'config.json': '{"v":2}' });
    expect(hub.commitOf('acme/moving')).not.toBe(before);
    expect(new TextDecoder().decode(await readWhole(file(snapshot, 'config.json'), 100))).toBe('{"v":1}');
  });

  test('takes what include names instead, never a pickle', async () => {
    const snapshot = await openSource(
      'hf://acme/tiny',
      options({ include: ['*.md', '1_Pooling/**'], exclude: ['LICENSE'] }),
    );
    expect(snapshot.files.map(({ path }) => path)).toEqual(['1_Pooling/config.json', 'README.md']);
    expect(await failure(openSource('hf://acme/tiny', options({ include: ['*.bin'] })))).toMatchObject({
      code: 'PICKLE_REFUSED',
    });
    expect(await failure(openSource('hf://acme/tiny', options({ include: ['*.xyz'] })))).toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('with pickles only is refused', async () => {
    expect(await failure(openSource('hf://acme/pickled', options()))).toMatchObject({ code: 'PICKLE_REFUSED' });
  });
});

describe('what the Hub refuses', () => {
  test.each([
    ['acme/secret', {}, 'HUB_UNAUTHORIZED', 'private or does not exist'],
    ['acme/secret', { HF_TOKEN: 'hf_stranger' }, 'HUB_REPOSITORY_NOT_FOUND', 'there is no model'],
    ['acme/none', { HF_TOKEN: 'hf_test' }, 'HUB_REPOSITORY_NOT_FOUND', 'there is no model'],
    ['acme/none', {}, 'HUB_UNAUTHORIZED', 'private or does not exist'],
    ['acme/tiny', { HF_TOKEN: 'revoked' }, 'HUB_UNAUTHORIZED', 'does not accept the token'],
    ['acme/gated', {}, 'HUB_GATED', 'licence accepted'],
    ['acme/gated', { HF_TOKEN: 'hf_stranger' }, 'HUB_GATED', 'licence accepted'],
    ['acme/old', { HF_TOKEN: 'hf_test' }, 'HUB_RENAMED', "is now 'acme/tiny'"],
    ['acme/tiny@v9', { HF_TOKEN: 'hf_test' }, 'HUB_REVISION_NOT_FOUND', "no revision 'v9'"],
  ])('%s with %j is %s', async (repository, token, code, words) => {
    const env = { HF_ENDPOINT: hub.url, HOME: home, ...token };
    const error = await failure(openSource(`hf://${repository}`, options({ env })));
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(words);
    expect(error.details.try).toBeTruthy();
    expect(JSON.stringify(error.details)).not.toContain('hf_');
  });

  test('a renamed repository is followed when that is allowed, under its new name', async () => {
    const snapshot = await openSource('hf://acme/old', options({ allowRenamed: true }));
    expect(snapshot.source.name).toBe('acme/tiny');
  });

  test('a file of the token is used', async () => {
    const path = join(home, 'token-file');
    await writeFile(path, 'hf_test\n');
    const env = { HF_ENDPOINT: hub.url, HF_TOKEN_PATH: path };
    await expect(openSource('hf://acme/secret', options({ env }))).resolves.toBeTruthy();
  });
});

describe('faults on the way', () => {
  test('dropped connections are resumed where they broke', async () => {
    const snapshot = await openSource('hf://acme/tiny', options());
    hub.fail({ kind: 'drop', match: '/blobs/', after: 700_000, times: 3 });
    const before = hub.requests.length;
    expect(Buffer.from(await readWhole(file(snapshot, 'model.safetensors'), 1e7)).equals(WEIGHTS)).toBe(true);
    const ranges = hub.requests
      .slice(before)
      .filter(({ host }) => host === 'storage')
      .map(({ range }) => range);
    expect(ranges.length).toBeGreaterThan(3);
    expect(new Set(ranges).size).toBe(ranges.length);
  });

  test('an address of the storage host that ran out is asked for again', async () => {
    const snapshot = await openSource('hf://acme/tiny', options());
    const weights = file(snapshot, 'model.safetensors');
    await readRange(weights, { start: 0, end: 10 });
    hub.expireStorage();
    expect(await readRange(weights, { start: 10, end: 20 })).toEqual(WEIGHTS.slice(10, 20));
  });

  test('a server error is tried again, and given up in the end', async () => {
    const snapshot = await openSource('hf://acme/tiny', options());
    hub.fail({ kind: 'status', status: 503, match: 'README', times: 2 });
    await readWhole(file(snapshot, 'README.md'), 100);
    hub.fail({ kind: 'status', status: 503, match: '1_Pooling', times: 3 });
    const error = await failure(readWhole(file(snapshot, '1_Pooling/config.json'), 100));
    expect(error).toMatchObject({ code: 'HUB_UNAVAILABLE', details: { retryable: true } });
  });

  test.each(['README.md', 'model.safetensors'])('a flipped bit in %s is found before the end is seen', async (path) => {
    const snapshot = await openSource('hf://acme/tiny', options());
    hub.fail({ kind: 'corrupt', match: path === 'README.md' ? path : '/blobs/' });
    let seen = 0;
    const read = (async (): Promise<void> => {
      for await (const chunk of file(snapshot, path).read()) seen += chunk.byteLength;
    })();
    expect(await failure(read)).toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(seen).toBeLessThan(file(snapshot, path).size);
  });

  test('an answer from another commit is refused', async () => {
    const snapshot = await openSource('hf://acme/tiny', options());
    hub.fail({ kind: 'other-commit', match: 'resolve' });
    const error = await failure(readWhole(file(snapshot, 'config.json'), 100));
    expect(error).toMatchObject({ code: 'DIGEST_MISMATCH', details: { context: { what: 'commit' } } });
  });

  test('an abort stops a read that would end after the test', async () => {
    const snapshot = await openSource('hf://acme/tiny', options());
    hub.fail({ kind: 'slow', delayMs: 100_000, match: 'config.json' });
    const read = readWhole(file(snapshot, 'config.json'), 100, AbortSignal.timeout(100));
    expect(await failure(read)).toMatchObject({ code: 'ABORTED' });
  });

  test('nobody listening is told as such', async () => {
    const closed = await startTestHub();
    await closed.close();
    const error = await failure(openSource('hf://acme/tiny', options({ env: closed.env })));
    expect(error).toMatchObject({ code: 'NET_UNREACHABLE' });
  });
});

test('through our own client: redirects, drops, renamed and gated repositories', async () => {
  const client = createHttpClient();
  const ours = (more: Partial<SourceOptions> = {}): SourceOptions => options({ fetch: client.fetch, ...more });
  const snapshot = await openSource('hf://acme/tiny', ours());
  hub.fail({ kind: 'drop', match: '/blobs/', after: 700_000, times: 2 });
  expect(Buffer.from(await readWhole(file(snapshot, 'model.safetensors'), 1e7)).equals(WEIGHTS)).toBe(true);
  const gated = { HF_ENDPOINT: hub.url, HOME: home };
  expect(await failure(openSource('hf://acme/gated', ours({ env: gated })))).toMatchObject({ code: 'HUB_GATED' });
  expect(await failure(openSource('hf://acme/old', ours()))).toMatchObject({ code: 'HUB_RENAMED' });
  expect((await openSource('hf://acme/old', ours({ allowRenamed: true }))).source.name).toBe('acme/tiny');
  await client.close();
});

describe("the Python client's cache", () => {
  async function cached(content: Uint8Array): Promise<string> {
    const cache = await mkdtemp(join(home, 'cache-'));
    const commit = hub.commitOf('acme/tiny');
    const root = join(cache, 'models--acme--tiny');
    const id = createHash('sha256').update(WEIGHTS).digest('hex');
    await mkdir(join(root, 'snapshots', commit), { recursive: true });
    await mkdir(join(root, 'blobs'));
    await mkdir(join(root, 'refs'));
    await writeFile(join(root, 'refs', 'main'), commit);
    await writeFile(join(root, 'blobs', id), content);
    await symlink(`../../blobs/${id}`, join(root, 'snapshots', commit, 'model.safetensors'));
    await symlink('../../../../secret', join(root, 'snapshots', commit, 'config.json'));
    return cache;
  }

  test('serves what it holds, and the Hub the rest', async () => {
    const snapshot = await openSource(
      'hf://acme/tiny',
      options({ env: { ...hub.env, HF_HUB_CACHE: await cached(WEIGHTS) } }),
    );
    const before = hub.requests.length;
    expect(Buffer.from(await readWhole(file(snapshot, 'model.safetensors'), 1e7)).equals(WEIGHTS)).toBe(true);
    expect(hub.requests.length).toBe(before);
    await readWhole(file(snapshot, 'README.md'), 100);
  });

  test('is verified', async () => {
    const wrong = WEIGHTS.slice();
    wrong[5] = 0x55;
    const snapshot = await openSource(
      'hf://acme/tiny',
      options({ env: { ...hub.env, HF_HUB_CACHE: await cached(wrong) } }),
    );
    expect(await failure(readWhole(file(snapshot, 'model.safetensors'), 1e7))).toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
  });

  test('is all there is when offline; its links are not followed', async () => {
    const env = { HF_HUB_CACHE: await cached(WEIGHTS), HF_HUB_OFFLINE: '1' };
    const snapshot = await openSource('hf://acme/tiny', { env, fetch: () => expect.fail('a request was made') });
    expect(snapshot.source.revision).toBe(hub.commitOf('acme/tiny'));
    expect(snapshot.files.map(({ path }) => path)).toEqual(['model.safetensors']);
    const error = await failure(openSource('hf://acme/other', { env, fetch: () => expect.fail('a request was made') }));
    expect(error).toMatchObject({ code: 'OFFLINE' });
  });
});
