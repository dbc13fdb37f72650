import { listFiles, modelInfo, snapshotDownload } from '@huggingface/hub';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readWhole } from '../../src/files/index.js';
import { buildLlama, startTestHub, type TestHub } from '../../src/testing/index.js';

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
