import { downloadFile, listFiles, modelInfo, snapshotDownload } from '@huggingface/hub';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readWhole } from '../../src/files/index.js';
import { buildLlama, startTestHub, type TestHub } from '../../src/testing/index.js';
import { XET_FILES, xetContents, xetFixture } from '../source/xet-fixture.js';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub({ pageSize: 3, repositories: { 'acme/tiny': buildLlama() } });
});
afterAll(() => hub.close());

test("the Hub's own client lists and downloads from the test Hub", async () => {
  const info = await modelInfo({ name: 'acme/tiny', hubUrl: hub.url, additionalFields: ['sha'] });
  expect(info).toMatchObject({ name: 'acme/tiny', private: false, gated: false, sha: hub.commitOf('acme/tiny') });
  const paths: string[] = [];
  for await (const file of listFiles({ repo: 'acme/tiny', hubUrl: hub.url, recursive: true })) paths.push(file.path);
  expect(paths).toEqual(
    buildLlama()
      .map(({ path }) => path)
      .sort(),
  );
  const cache = await mkdtemp(join(tmpdir(), 'slipway-client-'));
  const folder = await snapshotDownload({ repo: 'acme/tiny', hubUrl: hub.url, cacheDir: cache });
  for (const file of buildLlama()) {
    expect((await readFile(join(folder, file.path))).equals(await readWhole(file, 1e7)), file.path).toBe(true);
  }
  await rm(cache, { recursive: true });
});

describe('files in the Xet storage', () => {
  const [{ path, xet: hash }] = XET_FILES as [(typeof XET_FILES)[0]];
  const content = xetContents()[path]!;
  let stored: TestHub;
  beforeAll(async () => {
    stored = await startTestHub({ xet: xetFixture(), repositories: { 'acme/stored': xetContents() } });
  });
  afterAll(() => stored.close());

  test.each([true, false])("are read by the Hub's own client, in parallel: %s", async (parallelDownloads) => {
    const blob = await downloadFile({ repo: 'acme/stored', path, hubUrl: stored.url, parallelDownloads });
    expect(Buffer.from(await blob!.arrayBuffer()).equals(content)).toBe(true);
    // Parts of a xorb that are apart come with one request.
    const before = stored.requests.length;
    const part = Buffer.from(await blob!.slice(500_000, blob!.size).arrayBuffer());
    expect(part.equals(content.subarray(500_000))).toBe(true);
    expect(stored.requests.slice(before).filter(({ range }) => range?.includes(',') === true)).toHaveLength(1);
  });

  test('are listed as such, and their tokens and addresses run out', async () => {
    const listed: (string | undefined)[] = [];
    for await (const file of listFiles({ repo: 'acme/stored', hubUrl: stored.url })) listed.push(file.xetHash);
    expect(listed).toEqual(XET_FILES.map(({ xet }) => xet));
    const token = await fetch(`${stored.url}/api/models/acme/stored/xet-read-token/main`);
    const { accessToken } = (await token.json()) as { accessToken: string };
    expect(token.headers.get('x-xet-access-token')).toBe(accessToken);
    const ask = async (version: string, range: string): Promise<Response> =>
      fetch(`${stored.casUrl}${version}/reconstructions/${hash}`, {
        headers: { authorization: `Bearer ${accessToken}`, range },
      });
    for (const version of ['', '/v1']) {
      const first = (await (await ask(version, 'bytes=0-9')).json()) as {
        terms: unknown[];
        fetch_info: Record<string, { url: string; url_range: { start: number; end: number } }[]>;
      };
      expect(first.terms).toHaveLength(1);
      const [{ url, url_range: range }] = Object.values(first.fetch_info)[0] as [
        { url: string; url_range: { start: number; end: number } },
      ];
      const get = async (end: number): Promise<number> =>
        (await fetch(url, { headers: { range: `bytes=${range.start}-${end}` } })).status;
      // Signed for this range and no other.
      expect([await get(range.end), await get(range.end + 1)]).toEqual([206, 403]);
      stored.expireStorage();
      expect(await get(range.end)).toBe(403);
    }
    expect((await ask('/v2', `bytes=${content.byteLength}-${content.byteLength + 9}`)).status).toBe(416);
    stored.expireXetTokens();
    expect((await ask('/v2', 'bytes=0-9')).status).toBe(401);
  });
});
