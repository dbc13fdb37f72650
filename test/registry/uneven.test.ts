import { createServer, request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { sha256, type ModelFile } from '../../src/files/index.js';
import {
  openLearntSizes,
  openRegistry,
  openUploadMemory,
  pushArtifacts,
  unfinishedUploads,
  type RegistryOptions,
} from '../../src/registry/index.js';
import { startTestRegistry, type TestRegistry, type TestRegistryOptions } from '../../src/testing/registry.js';
import { failure } from './failure.js';
import { sampleArtifact, sampleBytes, sampleFile } from './samples.js';

// Registries, and what stands before them, as they are met: none of them follows the specification to the letter.
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const registry = await startTestRegistry(options);
  closers.push(registry.close);
  return registry;
}

const QUICK = { retryDelayMs: 1 } as const;
const MIB = 1024 * 1024;

/** Stands before a registry and changes the headers of its answers, or answers itself. */
async function before(
  registry: TestRegistry,
  change: (headers: OutgoingHttpHeaders, method: string, path: string) => OutgoingHttpHeaders,
  answer?: (method: string, path: string) => { status: number; body: string } | undefined,
): Promise<string> {
  const server = createServer((incoming, response) => {
    const { method = 'GET', url: path = '/' } = incoming;
    const own = answer?.(method, path);
    if (own !== undefined) {
      incoming.resume();
      incoming.on('end', () => response.writeHead(own.status).end(own.body));
      return;
    }
    const options = { method, headers: { ...incoming.headers, host: registry.host } };
    const up = httpRequest(new URL(path, registry.url), options, (back) => {
      response.writeHead(back.statusCode ?? 500, change({ ...back.headers }, method, path));
      back.pipe(response);
    });
    up.on('error', () => response.destroy());
    incoming.pipe(up);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('listings', () => {
  test.each([
    ['another scheme', (path: string) => `<https://127.0.0.1:1${path}>; rel="next"`],
    ['an internal name', (path: string) => `<http://registry.internal:5000${path}>; rel="next"`],
    ['no quotes', (path: string) => `<${path}>;rel=next`],
    ['no angle brackets', (path: string) => `${path}; rel="next"`],
    ['several links', (path: string) => `</v2/x>; rel="prev", <${path}>; title="a, b"; rel="last next"`],
  ])('go on where the registry was found, with a Link of %s', async (_, link) => {
    const registry = await start({ pageSize: 2 });
    const tags = ['a', 'b', 'c', 'd', 'e'];
    await pushArtifacts(openRegistry(`${registry.host}/t/m`), [sampleArtifact('one', [sampleFile('w', 1, 10)])], {
      tags: () => tags,
    });
    const host = await before(registry, (headers) => {
      const path = /<([^>]+)>/.exec(String(headers['link'] ?? ''))?.[1];
      return path === undefined ? headers : { ...headers, link: link(path) };
    });
    expect(await openRegistry(`${host}/t/m`).tags()).toEqual(tags);
  });
});

describe('what limits the body of a request', () => {
  test.each([
    ['10 MB', 10_000_000, 24_000_000],
    ['1 MiB, as nginx has it', MIB, 5_000_000],
    ['300 kB', 300_000, 2_000_000],
  ])('%s: 413, then smaller requests', async (_, largestBody, size) => {
    const registry = await start({ largestBody });
    const target = openRegistry(`${registry.host}/t/m`, { ...QUICK, uploads: { openEnded: false } });
    for (const digest of [true, false]) {
      const seed = digest ? 1 : 2;
      const pushed = await target.pushBlob(sampleFile('w', seed, size, { digest }));
      expect(pushed.digest).toBe(sha256(sampleBytes(seed, size)));
    }
    expect(registry.problems()).toEqual([]);
    // Learnt once: the second blob is not refused at all.
    const refused = registry.requests.flatMap(({ status }, index) => (status === 413 ? [index] : []));
    const second = registry.requests.findIndex(({ method, status }) => method === 'PUT' && status === 201);
    expect(refused.every((index) => index < second)).toBe(true);
    expect(registry.openUploads('t/m')).toBe(0);
  });

  test('is known to the next run, which is not refused once', async () => {
    const registry = await start({ largestBody: 1_000_000 });
    const notes = await mkdtemp(join(tmpdir(), 'slipway-learnt-'));
    const refusals: number[] = [];
    for (const seed of [1, 2]) {
      // Each run has a client of its own, and a disk that takes its time: a push ends once the next one can know.
      const { largest, keep } = openLearntSizes(notes);
      const learntSizes = {
        largest,
        keep: async (...note: Parameters<typeof keep>) => pause(30).then(async () => keep(...note)),
      };
      const options = { ...QUICK, uploads: { openEnded: false }, learntSizes };
      await openRegistry(`${registry.host}/t/m`, options).pushBlob(sampleFile('w', seed, 2_500_000));
      refusals.push(registry.requests.filter(({ status }) => status === 413).length);
    }
    expect(refusals[0]).toBeGreaterThan(0);
    expect(refusals[1]).toBe(refusals[0]);
    await rm(notes, { recursive: true, force: true });
  });

  test('416 to a first chunk of more than 4 MiB means the same', async () => {
    const registry = await start();
    let refusals = 0;
    const host = await before(
      registry,
      (headers) => headers,
      (method) => (method === 'PATCH' && refusals++ < 1 ? { status: 416, body: '' } : undefined),
    );
    const target = openRegistry(`${host}/t/m`, { ...QUICK, uploads: { openEnded: false } });
    await target.pushBlob(sampleFile('w', 3, 6_000_000));
    const sizes = registry.requests
      .filter(({ method }) => method === 'PATCH')
      .map(({ headers }) => headers['content-length']);
    expect(sizes).toEqual([String(4 * MIB), String(6_000_000 - 4 * MIB)]);
  });

  test('a limit below every chunk is named with both ways out', async () => {
    const registry = await start({ largestBody: 1000 });
    const error = await failure(openRegistry(`${registry.host}/t/m`, QUICK).pushBlob(sampleFile('w', 1, 400_000)));
    expect(error.code).toBe('OCI_PROTOCOL');
    expect(String(error.details.try)).toMatch(/--chunk-size.*client_max_body_size/s);
  });

  test('a chunk size that is given holds for every request', async () => {
    const registry = await start();
    const target = openRegistry(`${registry.host}/t/m`, { ...QUICK, network: { chunkSize: MIB } });
    await target.pushBlob(sampleFile('w', 4, 2_500_000, { digest: true }));
    const lengths = registry.requests.map(({ headers }) => Number(headers['content-length'] ?? 0));
    expect(Math.max(...lengths)).toBe(MIB);
  });
});

test('a Range that stays behind is not believed', async () => {
  const registry = await start({ movingRange: false });
  const uploads = { chunkSize: 1_000_000 };
  const target = openRegistry(`${registry.host}/t/m`, { ...QUICK, uploads });
  const resets: number[] = [];
  const pushed = await target.pushBlob(sampleFile('w', 5, 5_500_000), { onReset: (from) => resets.push(from) });
  expect(pushed.digest).toBe(sha256(sampleBytes(5, 5_500_000)));
  expect(resets).toEqual([]);
  expect(registry.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(6);
});

describe('uploads that are sent elsewhere', () => {
  test.each([
    ['the same host without its port', (path: string) => `http://127.0.0.1:1${path}`],
    ['an internal name', (path: string) => `http://registry.internal.invalid:5000${path}`],
    ['a private address', (path: string) => `http://10.1.2.3${path}`],
  ])('%s: said at once, with who can mend it', async (_, location) => {
    const registry = await start();
    const host = await before(registry, (headers) =>
      headers['location'] === undefined ? headers : { ...headers, location: location(headers['location']) },
    );
    const began = registry.requests.length;
    const error = await failure(openRegistry(`${host}/t/m`).pushBlob(sampleFile('w', 1, 100_000)));
    expect(`${error.message} ${error.details.got}`).toMatch(/upload.*Location: http/s);
    expect(String(error.details.try)).toContain('X-Forwarded-Host');
    expect(registry.requests.length - began).toBeLessThan(3);
  });
});

describe('what a refusal says', () => {
  const refusing = async (status: number, body: string): Promise<string> => {
    const registry = await start();
    return before(
      registry,
      (headers) => headers,
      (method, path) => (method === 'POST' || path.includes('/manifests/') ? { status, body } : undefined),
    );
  };
  const errors = (...list: object[]): string => JSON.stringify({ errors: list });

  test.each([
    [
      'text',
      { code: 'MANIFEST_INVALID', message: 'manifest invalid', detail: 'unknown media type: application/x' },
      'unknown media type: application/x',
    ],
    [
      'an object',
      { code: 'DENIED', message: 'no', detail: { Class: 'repository', Action: 'push' } },
      '"Action":"push"',
    ],
    ['a list', { code: 'X', message: 'no', detail: ['one', 'two'] }, '["one","two"]'],
  ])('a detail that is %s is shown', async (_, entry, shown) => {
    const host = await refusing(400, errors(entry, { code: 'SECOND', message: 'and another' }));
    const bytes = Buffer.from(
      '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
    );
    const type = 'application/vnd.oci.image.index.v1+json';
    const error = await failure(openRegistry(`${host}/t/m`, QUICK).pushManifest(bytes, type));
    expect(error.details.got).toContain(shown);
    expect(error.details.got).toContain('SECOND and another');
  });

  test('a token that is too old is one, whatever the status', async () => {
    const body = errors({
      code: 'DENIED',
      message: 'Your authorization token has expired. Reauthenticate and try again.',
    });
    const error = await failure(
      openRegistry(`${await refusing(403, body)}/t/m`, QUICK).pushBlob(sampleFile('w', 1, 10)),
    );
    expect([error.code, error.message]).toEqual(['OCI_UNAUTHORIZED', expect.stringContaining('have expired')]);
    expect(String(error.details.try)).toContain('pipeline login');
  });

  test('a repository that has to be made first', async () => {
    const host = await refusing(404, errors({ code: 'NAME_UNKNOWN', message: 'The repository does not exist' }));
    const error = await failure(openRegistry(`${host}/t/m`, QUICK).pushBlob(sampleFile('w', 1, 10)));
    expect(error.code).toBe('OCI_NOT_FOUND');
    expect(String(error.details.try)).toContain("create the repository 't/m' there first");
  });
});

describe('a push that is stopped', () => {
  const SIZE = 40_000_000;

  /** Pushes until `after` bytes are on their way, and stops. */
  async function stopped(
    registry: TestRegistry,
    after: number,
    options: RegistryOptions,
    file: ModelFile = sampleFile('w', 9, SIZE),
  ): Promise<void> {
    const stop = new AbortController();
    const target = openRegistry(`${registry.host}/t/m`, { ...QUICK, ...options });
    const pushing = target.pushBlob(file, {
      signal: stop.signal,
      onProgress: (done) => {
        if (done > after) stop.abort();
      },
    });
    expect((await failure(pushing)).code).toBe('ABORTED');
  }

  test.each([true, false])(
    'goes on where it stood, with a registry of the rule of distribution 2.8 (digest: %s)',
    async (digest) => {
      const directory = await mkdtemp(join(tmpdir(), 'slipway-notes-'));
      const registry = await start({ signedState: true });
      const file = sampleFile('w', 9, SIZE, { digest });
      await stopped(registry, 14_000_000, { uploadMemory: openUploadMemory(directory) }, file);
      const [note] = await unfinishedUploads(directory, 0);
      expect(note).toMatchObject({ name: 'w', size: SIZE });
      expect(note?.offset).toBeGreaterThan(14_000_000);
      const resumed: number[] = [];
      const target = openRegistry(`${registry.host}/t/m`, { ...QUICK, uploadMemory: openUploadMemory(directory) });
      const first: number[] = [];
      const pushed = await target.pushBlob(file, {
        onResume: (offset) => resumed.push(offset),
        onProgress: (done) => first.push(done),
      });
      expect(pushed.digest).toBe(sha256(sampleBytes(9, SIZE)));
      expect(resumed).toEqual([note?.offset]);
      expect(registry.openUploads('t/m')).toBe(0);
      expect(await readdir(directory)).toEqual([]);
    },
  );

  test('leaves nothing behind where it cannot go on', async () => {
    const registry = await start({ signedState: true });
    await stopped(registry, 14_000_000, {});
    expect(registry.openUploads('t/m')).toBe(0);
  });

  test('says nothing of going on when the registry has lost what was cut', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'slipway-notes-'));
    const registry = await start({ signedState: true });
    const memory = { uploadMemory: openUploadMemory(directory), uploads: { openEnded: false } };
    await stopped(registry, 14_000_000, memory);
    expect(await unfinishedUploads(directory, 0)).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });
});
