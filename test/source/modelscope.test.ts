import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRange, readWhole, sha256 } from '../../src/files/index.js';
import { openSource, type SourceOptions } from '../../src/source/index.js';

const WEIGHTS = Buffer.from('weights of a model');
let server: Server;
let asked: { url: string; authorization: string | undefined; range: string | undefined }[];
let served: Buffer;

/** The two requests of ModelScope's API that a download takes (modelscope/modelscope, hub/api.py). */
beforeEach(async () => {
  asked = [];
  served = WEIGHTS;
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://host');
    asked.push({ url: request.url ?? '', authorization: request.headers.authorization, range: request.headers.range });
    if (!url.pathname.startsWith('/api/v1/models/acme/tiny/')) {
      response.writeHead(404).end(JSON.stringify({ Code: 10_010_205_001, Data: null }));
    } else if (url.pathname.endsWith('/repo/files')) {
      const hash = sha256(WEIGHTS).slice('sha256:'.length);
      const files = [
        { Path: 'sub', Type: 'tree', Size: 0 },
        { Path: 'model.safetensors', Type: 'blob', Size: WEIGHTS.length, Sha256: hash, Revision: 'c0ffee' },
        { Path: 'run.py', Type: 'blob', Size: 3, Sha256: '', Revision: 'c0ffee' },
      ];
      response.end(JSON.stringify({ Code: 200, Data: { Files: files } }));
    } else {
      const [, from = '0', to = ''] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
      const part = served.subarray(Number(from), Number(to) + 1);
      response.writeHead(206, {
        'content-range': `bytes ${from}-${to}/${served.length}`,
        'content-length': part.length,
      });
      response.end(part);
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterEach(() => void server.close());

const options = (): SourceOptions => ({
  fetch,
  env: {
    MODELSCOPE_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    MODELSCOPE_API_TOKEN: 'secret',
  },
});

test('a repository of ModelScope is pinned by its digests and read by ranges', async () => {
  const snapshot = await openSource('modelscope://acme/tiny@v1', options());
  expect(snapshot.source).toMatchObject({ kind: 'modelscope', name: 'acme/tiny', requestedRevision: 'v1' });
  expect(snapshot.source.revision).toMatch(/^sha256:/);
  expect(snapshot.leftOut).toEqual([{ path: 'run.py', mayRunCode: false }]);
  const [file] = snapshot.files;
  if (file === undefined) throw new Error('no file');
  expect(file.digest).toBe(sha256(WEIGHTS));
  expect(Buffer.from(await readWhole(file, 100))).toEqual(WEIGHTS);
  expect(Buffer.from(await readRange(file, { start: 3, end: 7 })).toString()).toBe('ghts');
  expect(asked[0]).toMatchObject({
    url: '/api/v1/models/acme/tiny/repo/files?Revision=v1&Recursive=true',
    authorization: 'Bearer secret',
  });
});

test('another file than the listed one is noticed', async () => {
  const [file] = (await openSource('modelscope://acme/tiny', options())).files;
  served = Buffer.from('weights of a modeL');
  if (file === undefined) throw new Error('no file');
  await expect(readWhole(file, 100)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
});

test('a repository that is not there, and an address that is none', async () => {
  await expect(openSource('modelscope://acme/none', options())).rejects.toMatchObject({
    code: 'HUB_REPOSITORY_NOT_FOUND',
  });
  await expect(openSource('modelscope://acme', options())).rejects.toMatchObject({ code: 'USAGE' });
  await expect(openSource('modelscope://acme/tiny', { ...options(), offline: true })).rejects.toMatchObject({
    code: 'OFFLINE',
  });
});
