import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { CredentialLookup } from '../../src/core/index.js';
import { memoryFile, sha256 } from '../../src/files/index.js';
import {
  copy,
  openRegistry,
  openUploadMemory,
  pushArtifacts,
  type RegistryOptions,
  type RegistryTarget,
  type UploadMemory,
} from '../../src/registry/index.js';
import {
  startTestRegistry,
  type FaultRule,
  type TestRegistry,
  type TestRegistryOptions,
} from '../../src/testing/registry.js';
import { failure } from './failure.js';
import { collect, sampleArtifact, sampleBytes, sampleFile } from './samples.js';

const SIZE = 5_000_000;
const CHUNK = 1_000_000;
const registries: TestRegistry[] = [];

afterEach(async () => {
  await Promise.all(registries.splice(0).map((registry) => registry.close()));
});

async function start(
  server: TestRegistryOptions = {},
  client: RegistryOptions = {},
): Promise<[TestRegistry, RegistryTarget]> {
  const registry = await startTestRegistry(server);
  registries.push(registry);
  const options = { retryDelayMs: 1, uploads: { chunkSize: CHUNK }, ...client };
  return [registry, openRegistry(`${registry.host}/team/model`, options)];
}

const PATCH = { method: 'PATCH', path: /uploads/ };
const UPLOAD_FAULTS: readonly (readonly [string, readonly FaultRule[]])[] = [
  [
    'the connection is cut in the middle of a chunk',
    [{ ...PATCH, skip: 1, fault: { kind: 'drop-request', afterBytes: 300_001 } }],
  ],
  [
    'it is cut again and again, always further on',
    [{ ...PATCH, times: 9, fault: { kind: 'drop-request', afterBytes: 400_000 } }],
  ],
  ['the answer to a chunk is lost', [{ ...PATCH, skip: 2, fault: { kind: 'drop-answer' } }]],
  ['the answer to the closing PUT is lost', [{ method: 'PUT', path: /digest=/, fault: { kind: 'drop-answer' } }]],
  ['the answer to the first POST is lost', [{ method: 'POST', fault: { kind: 'drop-answer' } }]],
  ['500 on a chunk', [{ ...PATCH, skip: 1, fault: { kind: 'status', status: 500 } }]],
  [
    '502 on a chunk and on the question where it stands',
    [
      { ...PATCH, skip: 1, fault: { kind: 'status', status: 502 } },
      { method: 'GET', path: /uploads/, fault: { kind: 'status', status: 502 } },
    ],
  ],
  ['503 on the start', [{ method: 'POST', times: 2, fault: { kind: 'status', status: 503 } }]],
  ['429 with Retry-After', [{ ...PATCH, fault: { kind: 'status', status: 429, headers: { 'retry-after': '0' } } }]],
  ['504 on the closing PUT', [{ method: 'PUT', path: /digest=/, fault: { kind: 'status', status: 504 } }]],
  ['the registry forgets the upload', [{ ...PATCH, skip: 3, fault: { kind: 'forget-uploads' } }]],
];

describe('uploads go on', () => {
  for (const [name, rules] of UPLOAD_FAULTS) {
    for (const known of [true, false]) {
      // One PUT has no chunks to fail; with a known digest the rules for PATCH would never strike.
      const usesPatch = rules.some((rule) => rule.method === 'PATCH');
      if (known && usesPatch) continue;
      test(`${name}${known ? ', digest known' : ''}`, async () => {
        const [registry, target] = await start();
        for (const rule of rules) registry.fail(rule);
        const opened: number[] = [];
        const resets: [number, number][] = [];
        const file = sampleFile('w', 5, SIZE, { digest: known, onOpen: (at) => opened.push(at) });
        const pushed = await target.pushBlob(file, { onReset: (from, to) => resets.push([from, to]) });
        expect(pushed.digest).toBe(sha256(sampleBytes(5, SIZE)));
        expect(registry.faultsStruck).toBeGreaterThan(0);
        expect(registry.problems()).toEqual([]);
        expect(Buffer.from(registry.blob(pushed.digest) ?? []).equals(sampleBytes(5, SIZE))).toBe(true);
        for (const [from, to] of resets) expect(to).toBeLessThan(from);
      });
    }
  }

  test('a cut PUT of a known digest goes on where the registry stands', async () => {
    const [registry, target] = await start();
    registry.fail({ method: 'PUT', path: /digest=/, fault: { kind: 'drop-request', afterBytes: 3_000_000 } });
    const opened: number[] = [];
    await target.pushBlob(sampleFile('w', 5, SIZE, { digest: true, onOpen: (at) => opened.push(at) }));
    expect(registry.problems()).toEqual([]);
    const ranges = registry.requests
      .filter(({ method }) => method === 'PATCH')
      .map(({ headers }) => headers['content-range']);
    expect(ranges).toEqual(['3000000-3999999', '4000000-4999999']);
  });

  test('after a drop the file is opened again near the confirmed offset, not at its start', async () => {
    const size = 24_000_000;
    const [registry, target] = await start({}, { uploads: { chunkSize: 8_000_000 } });
    registry.fail({ ...PATCH, skip: 2, fault: { kind: 'drop-request', afterBytes: 5_000_000 } });
    const opened: number[] = [];
    const pushed = await target.pushBlob(sampleFile('w', 6, size, { onOpen: (at) => opened.push(at) }));
    expect(pushed.digest).toBe(sha256(sampleBytes(6, size)));
    expect(opened).toHaveLength(2);
    expect(opened[1]).toBeGreaterThan(16_000_000);
  });

  test('a registry that takes one chunk only is sent everything again', async () => {
    const [registry, target] = await start({}, { uploads: { chunkSize: 'whole', announceLength: false } });
    registry.fail({ ...PATCH, fault: { kind: 'drop-request', afterBytes: 2_000_000 } });
    await target.pushBlob(sampleFile('w', 5, SIZE));
    const patches = registry.requests.filter(({ method }) => method === 'PATCH');
    expect(patches.map(({ headers }) => headers['content-length'])).toEqual([undefined, undefined]);
    expect(registry.problems()).toEqual([]);
  });

  test('a token that ends in the middle is renewed, and only that request is repeated', async () => {
    const credentials: CredentialLookup = async () => ({
      kind: 'basic',
      username: 'user',
      password: 'password',
      origin: 'test',
    });
    const [registry, target] = await start({ auth: 'bearer' }, { credentials });
    registry.fail({ ...PATCH, skip: 2, fault: { kind: 'expire-tokens' } });
    await target.pushBlob(sampleFile('w', 5, SIZE));
    expect(registry.problems()).toEqual([]);
    const patches = registry.requests.filter(({ method }) => method === 'PATCH');
    expect(patches.map(({ status }) => status).filter((status) => status === 401)).toHaveLength(1);
    expect(patches).toHaveLength(6);
    expect(registry.tokensIssued).toBe(2);
  });

  test('an upload that never gets further gives up with the cause', async () => {
    const [registry, target] = await start();
    registry.fail({ ...PATCH, times: 1000, fault: { kind: 'status', status: 500 } });
    const error = await failure(target.pushBlob(sampleFile('w', 5, SIZE)));
    expect([error.code, error.details.retryable]).toEqual(['OCI_UNAVAILABLE', true]);
    expect(error.details.got).toContain('HTTP 500');
    expect(registry.requests.filter(({ method }) => method === 'PATCH').length).toBeLessThan(10);
  });

  test.each([
    [403, 'OCI_DENIED'],
    [413, 'OCI_PROTOCOL'],
  ])('%i is final', async (status, code) => {
    const [registry, target] = await start();
    registry.fail({ method: 'POST', times: 9, fault: { kind: 'status', status } });
    expect((await failure(target.pushBlob(sampleFile('w', 5, 1000)))).code).toBe(code);
    expect(registry.requests).toHaveLength(1);
  });

  test('a layer larger than the registry keeps is refused before anything is sent', async () => {
    const [registry, target] = await start({}, { uploads: { largestLayer: 999 } });
    expect((await failure(target.pushBlob(sampleFile('w', 5, 1000)))).code).toBe('OCI_LIMIT');
    expect(registry.requests).toHaveLength(0);
  });
});

describe('a push that was killed', () => {
  const BIG = 20_000_000;

  async function halfway(registry: TestRegistry, memory: UploadMemory, seed: number): Promise<void> {
    const control = new AbortController();
    const target = openRegistry(`${registry.host}/team/model`, { uploads: { chunkSize: CHUNK }, uploadMemory: memory });
    const onProgress = (done: number): void => {
      if (done > 12_000_000) control.abort();
    };
    expect(
      (await failure(target.pushBlob(sampleFile('w', seed, BIG), { onProgress, signal: control.signal }))).code,
    ).toBe('ABORTED');
  }

  async function bytesSent(registry: TestRegistry, work: () => Promise<unknown>): Promise<number> {
    const before = registry.requests.length;
    await work();
    const lengths = registry.requests.slice(before).map(({ headers }) => Number(headers['content-length'] ?? 0));
    return lengths.reduce((sum, length) => sum + length, 0);
  }

  test('goes on where it stood, and not with other content', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'slipway-uploads-'));
    const [registry] = await start();
    const again = (): RegistryTarget =>
      openRegistry(`${registry.host}/team/model`, {
        retryDelayMs: 1,
        uploads: { chunkSize: CHUNK },
        uploadMemory: openUploadMemory(directory),
      });
    await halfway(registry, openUploadMemory(directory), 11);
    const rest = await bytesSent(registry, () => again().pushBlob(sampleFile('w', 11, BIG)));
    expect(rest).toBeLessThan(9_000_000);
    await halfway(registry, openUploadMemory(directory), 12);
    // Same name and size, other bytes: the digest finds out, and everything is sent.
    const other = await again().pushBlob(sampleFile('w', 13, BIG));
    expect(other.digest).toBe(sha256(sampleBytes(13, BIG)));
    expect(registry.problems()).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
    await rm(directory, { recursive: true });
  });

  test('starts again where the registry has forgotten it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'slipway-uploads-'));
    const [registry] = await start();
    await halfway(registry, openUploadMemory(directory), 11);
    registry.fail({ method: 'GET', path: /uploads/, fault: { kind: 'forget-uploads' } });
    const options = { uploads: { chunkSize: CHUNK }, uploadMemory: openUploadMemory(directory), retryDelayMs: 1 };
    await openRegistry(`${registry.host}/team/model`, options).pushBlob(sampleFile('w', 11, BIG));
    expect(registry.problems()).toEqual([]);
    await rm(directory, { recursive: true });
  });
});

describe('downloads go on', () => {
  const BLOB = { method: 'GET', path: /blobs\/sha256/ };

  test.each<[string, FaultRule, boolean?]>([
    ['a cut connection', { ...BLOB, times: 3, fault: { kind: 'drop-response', afterBytes: 1_000_000 } }],
    ['an answer that ends early', { ...BLOB, times: 2, fault: { kind: 'truncate', bytes: 2_000_000 } }],
    ['an empty answer', { ...BLOB, fault: { kind: 'truncate', bytes: 0 } }],
    ['500', { ...BLOB, times: 2, fault: { kind: 'status', status: 500 } }],
    [
      'a cut connection without ranges',
      { ...BLOB, times: 3, fault: { kind: 'drop-response', afterBytes: 1_000_000 } },
      false,
    ],
  ])('%s', async (_, rule, ranges = true) => {
    const [registry, target] = await start({ ranges });
    const blob = await target.pushBlob(sampleFile('w', 7, SIZE));
    registry.fail(rule);
    expect((await collect(target.readBlob(blob))).equals(sampleBytes(7, SIZE))).toBe(true);
    expect(registry.faultsStruck).toBeGreaterThan(0);
  });

  test('wrong bytes are never handed on as the whole', async () => {
    const [registry, target] = await start();
    const blob = await target.pushBlob(sampleFile('w', 7, SIZE));
    registry.fail({ ...BLOB, fault: { kind: 'corrupt' } });
    let got = 0;
    const reading = (async (): Promise<void> => {
      for await (const chunk of target.readBlob(blob)) got += chunk.byteLength;
    })();
    expect((await failure(reading)).code).toBe('DIGEST_MISMATCH');
    expect(got).toBeLessThan(SIZE);
  });

  test('a registry that lies about a digest is believed only as far as its bytes go', async () => {
    const [registry, target] = await start();
    await pushArtifacts(target, [sampleArtifact('a', [])], { tags: () => ['v1'] });
    registry.fail({ method: 'GET', path: /manifests\/v1/, fault: { kind: 'wrong-digest' } });
    expect((await failure(target.resolve('v1'))).code).toBe('DIGEST_MISMATCH');
    const { digest } = await target.resolve('v1');
    registry.fail({ method: 'GET', path: /manifests\/sha256/, fault: { kind: 'corrupt' } });
    expect((await failure(target.readManifest(digest))).code).toBe('DIGEST_MISMATCH');
  });
});

describe('a registry without room', () => {
  const answer = (status: number, code: string, message: string, detail?: unknown): FaultRule['fault'] => ({
    kind: 'status',
    status,
    body: JSON.stringify({ errors: [{ code, message, detail }] }),
  });
  const path = '/var/lib/registry/docker/registry/v2/repositories/a/b/_uploads/x/data';
  const DISK = 'ask the operator for more storage';
  const QUOTA = 'raise the quota of the project';

  test.each<[string, FaultRule['fault'], string]>([
    ['distribution 3', answer(500, 'UNKNOWN', 'unknown error', `write ${path}: no space left on device`), DISK],
    [
      'distribution 2.8',
      answer(500, 'UNKNOWN', 'unknown error', {
        DriverName: 'filesystem',
        Enclosed: { Op: 'write', Path: path, Err: 28 },
      }),
      DISK,
    ],
    ['MinIO behind it', answer(500, 'UNKNOWN', 'unknown error', 's3aws: XMinioStorageFull: Storage backend'), DISK],
    ['507', { kind: 'status', status: 507 }, DISK],
    ['Harbor', answer(403, 'DENIED', 'adding 40.0 GiB will exceed the configured upper limit of 300.0 KiB'), QUOTA],
    ['an older Harbor', answer(412, 'DENIED', 'Quota exceeded when processing the request of adding 1 GiB'), QUOTA],
  ])('%s is named, and not asked again and again', async (_, fault, advice) => {
    const [registry, target] = await start();
    registry.fail({ ...PATCH, times: 1000, fault });
    const error = await failure(target.pushBlob(sampleFile('large.gguf', 1, SIZE)));
    expect(error).toMatchObject({ code: 'OCI_STORAGE_FULL', details: { retryable: false } });
    expect(error.message).toContain("push 'large.gguf' to 'team/model'");
    expect(error.details.try).toContain(advice);
    expect(registry.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });

  test('a failure whose detail says nothing of the kind is tried again', async () => {
    const [registry, target] = await start();
    registry.fail({ ...PATCH, fault: answer(500, 'UNKNOWN', 'unknown error', { Err: 280 }) });
    expect((await target.pushBlob(sampleFile('large.gguf', 1, SIZE))).how).toBe('sent');
    registry.fail({ ...PATCH, times: 1000, fault: answer(500, 'UNKNOWN', 'unknown error', 'the\u001bdriver') });
    const error = await failure(target.pushBlob(sampleFile('other.gguf', 2, SIZE)));
    expect([error.code, error.details.got]).toEqual(['OCI_UNAVAILABLE', 'HTTP 500 UNKNOWN unknown error: the driver']);
  });
});

describe('what an account that may only push is not told', () => {
  test.each([
    ['HEAD', /blobs/, 401],
    ['HEAD', /blobs/, 403],
    ['HEAD', /blobs/, 405],
    ['HEAD', /blobs/, 501],
    ['GET', /manifests/, 403],
    ['HEAD', /manifests/, 403],
  ])('%s %s with %i is no reason not to push', async (method, path, status) => {
    const [registry, target] = await start();
    registry.fail({ method, path, times: 1000, fault: { kind: 'status', status } });
    const warnings: string[] = [];
    await pushArtifacts(target, [sampleArtifact('a', [sampleFile('a', 1, 1000), sampleFile('b', 2, SIZE)])], {
      tags: () => ['v1'],
      onEvent: (event) => void (event.type === 'warning' && warnings.push(event.message)),
    });
    expect(registry.tags('team/model').size).toBe(1);
    expect(registry.problems()).toEqual([]);
    expect(warnings).toEqual(
      method === 'GET' ? [expect.stringContaining('was written, and could not be read back')] : [],
    );
  });
});

describe('the words of a refusal that is not in the form of the specification', () => {
  test.each([
    ['{"error":"blocked by policy 7"}', 'HTTP 403 blocked by policy 7'],
    ['{"message":"blocked","error_description":"rule 7"}', 'HTTP 403 blocked: rule 7'],
    ['{"errors":"blocked"}', 'HTTP 403 blocked'],
    ['blocked by\u001b[2J policy', 'HTTP 403 blocked by [2J policy'],
    ['<html><head><title>Blocked by the proxy</title></head><body>x</body></html>', 'HTTP 403 Blocked by the proxy'],
    ['<h1>No</h1>\n<p>entry</p>', 'HTTP 403 No entry'],
    ['', 'HTTP 403'],
    ['[]', 'HTTP 403'],
  ])('%s', async (body, got) => {
    const [registry, target] = await start();
    registry.fail({ method: 'POST', fault: { kind: 'status', status: 403, body } });
    expect((await failure(target.pushBlob(sampleFile('a', 1, 1000)))).details.got).toBe(got);
  });

  test('a password that looks like markup is not shown in part', async () => {
    const secret = 'x<y>&secretTAIL';
    const credentials: CredentialLookup = async (origin) => ({
      kind: 'basic',
      username: 'bob',
      password: secret,
      origin,
    });
    const [registry, target] = await start({ auth: 'basic', users: { bob: secret } }, { credentials });
    // The first request is answered by the question for credentials.
    registry.fail({ method: 'POST', skip: 1, fault: { kind: 'status', status: 403, body: `<p>no ${secret}</p>` } });
    const error = await failure(target.pushBlob(sampleFile('a', 1, 1000)));
    expect(JSON.stringify(error.details)).not.toContain('secretTAIL');
  });
});

test('an upload that one of several registries does not know is explained', async () => {
  const [registry, target] = await start();
  registry.fail({ ...PATCH, times: 1000, fault: { kind: 'status', status: 404 } });
  const error = await failure(target.pushBlob(sampleFile('large.gguf', 1, SIZE)));
  expect([error.code, String(error.details.try)]).toEqual([
    'OCI_NOT_FOUND',
    expect.stringContaining('behind one address'),
  ]);
});

test('a manifest that is too large is not said to need smaller chunks', async () => {
  const [registry, target] = await start();
  registry.fail({ method: 'PUT', path: /manifests/, times: 1000, fault: { kind: 'status', status: 413 } });
  const error = await failure(pushArtifacts(target, [sampleArtifact('a', [])], { tags: () => ['v1'] }));
  expect(String(error.details.try)).not.toContain('--chunk-size');
});

describe('tags', () => {
  test('a failed push moves none', async () => {
    const [registry, target] = await start();
    const artifacts = [
      sampleArtifact('a', [sampleFile('a', 1, 1000)]),
      sampleArtifact('b', [sampleFile('b', 2, 2_000_000)]),
    ];
    registry.fail({ ...PATCH, skip: 1, times: 1000, fault: { kind: 'status', status: 403 } });
    expect((await failure(pushArtifacts(target, artifacts, { tags: ({ format }) => [format] }))).code).toBe(
      'OCI_DENIED',
    );
    expect(registry.tagMoves).toEqual([]);
    registry.clearFaults();
    await pushArtifacts(target, artifacts, { tags: ({ format }) => [format] });
    expect(registry.tagMoves.map(({ tag, complete }) => [tag, complete])).toEqual([
      ['a', true],
      ['b', true],
    ]);
  });

  test('an immutable tag is an error of its own', async () => {
    const [, target] = await start({ immutableTags: true });
    await pushArtifacts(target, [sampleArtifact('a', [])], { tags: () => ['v1'] });
    // Pushing the same again changes nothing, so it is no failure.
    await pushArtifacts(target, [sampleArtifact('a', [])], { tags: () => ['v1'] });
    expect((await failure(pushArtifacts(target, [sampleArtifact('b', [])], { tags: () => ['v1'] }))).code).toBe(
      'TAG_EXISTS',
    );
  });

  test('two artifacts cannot have the same tag', async () => {
    const [registry, target] = await start();
    const pushing = pushArtifacts(target, [sampleArtifact('a', []), sampleArtifact('b', [])], { tags: () => ['v1'] });
    expect((await failure(pushing)).code).toBe('USAGE');
    expect(registry.requests).toHaveLength(0);
  });
});

describe('the rest of the protocol', () => {
  test('a blob that the registry fails to look up is sent: what is damaged there is written anew', async () => {
    const [, target] = await start({
      faults: [{ method: 'HEAD', path: /blobs/, times: 1000, fault: { kind: 'status', status: 500 } }],
    });
    expect((await target.pushBlob(sampleFile('w', 5, 1000, { digest: true }))).how).toBe('sent');
    await expect(target.hasBlob(sha256(sampleBytes(5, 1000)))).rejects.toMatchObject({ code: 'OCI_UNAVAILABLE' });
  });

  test('blobs are mounted from the repository that has them', async () => {
    const [registry, target] = await start(
      { auth: 'bearer' },
      { credentials: async () => ({ kind: 'basic', username: 'user', password: 'password', origin: 'test' }) },
    );
    const { digest } = await target.pushBlob(sampleFile('w', 5, 1000));
    const other = openRegistry(`${registry.host}/other`, {
      credentials: async () => ({ kind: 'basic', username: 'user', password: 'password', origin: 'test' }),
    });
    const file = sampleFile('w', 5, 1000, { digest: true });
    expect(await other.pushBlob(file, { mountFrom: 'team/model' })).toEqual({ digest, size: 1000, how: 'mounted' });
    const absent = sampleFile('v', 8, 1000, { digest: true });
    expect((await other.pushBlob(absent, { mountFrom: 'team/model' })).how).toBe('sent');
  });

  test('a copy reads the config from its source even where the target has it: a proxy keeps what passes through it', async () => {
    const [registry, source] = await start();
    const [, target] = await start();
    await pushArtifacts(source, [sampleArtifact('a', [sampleFile('w', 7, 5000)])], { tags: () => ['v1'] });
    const { bytes } = await source.readManifest('v1');
    const { config } = JSON.parse(new TextDecoder().decode(bytes)) as {
      config: { digest: `sha256:${string}`; size: number };
    };
    await target.pushBlob(memoryFile('config', await collect(source.readBlob(config))));
    const reads = (): number =>
      registry.requests.filter(({ method, path }) => method === 'GET' && path.includes(config.digest)).length;
    const before = reads();
    expect((await copy(source, target, { references: ['v1'] })).blobs).toMatchObject({ sent: 1, exists: 1 });
    expect(reads()).toBe(before + 1);
    await copy(source, target, { references: ['v1'] });
    expect(reads()).toBe(before + 1);
  });

  test('tags come in pages', async () => {
    const [registry, target] = await start({ pageSize: 2 });
    const names = ['a', 'b', 'c', 'd', 'e'];
    await pushArtifacts(target, [sampleArtifact('x', [])], { tags: () => names });
    expect(await target.tags()).toEqual(names);
    expect(registry.requests.filter(({ path }) => path.includes('tags/list'))).toHaveLength(3);
  });

  test('what the registry wants to say is heard', async () => {
    const heard: string[] = [];
    const [, target] = await start({ warning: 'disk almost full' }, { onWarning: (message) => heard.push(message) });
    await target.tags();
    expect(heard).toEqual(['disk almost full']);
  });

  test('referrers travel with a copy when they are asked to', async () => {
    const [, source] = await start();
    const [, target] = await start({ referrers: false });
    const [subject] = await pushArtifacts(source, [sampleArtifact('a', [])], { tags: () => ['v1'] });
    const { descriptor, bytes } = await source.readManifest(subject?.digest ?? '');
    const { mediaType, digest, size } = descriptor;
    const manifest = { ...(JSON.parse(Buffer.from(bytes).toString()) as object), subject: { mediaType, digest, size } };
    await source.pushManifest(Buffer.from(JSON.stringify(manifest)), mediaType);
    await copy(source, target, { references: ['v1'] });
    expect(await target.referrers(digest)).toEqual([]);
    await copy(source, target, { references: ['v1'], referrers: true });
    expect((await target.referrers(digest)).map((one) => one.digest)).toEqual([sha256(JSON.stringify(manifest))]);
  });

  test('nothing is sent to a registry over plain HTTP that was not named', async () => {
    const target = openRegistry('registry.invalid/a', {
      http: undefined as never,
      retryDelayMs: 1,
      network: { offline: true },
    });
    expect((await failure(target.pushBlob(memoryFile('x', 'y')))).code).toBe('OFFLINE');
  });
});
