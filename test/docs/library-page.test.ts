import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJiti } from 'jiti';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { convert } from '../../src/stages/index.js';
import { buildLlama, startTestRegistry, type TestRegistry } from '../../src/testing/index.js';
import type { Slipway } from '../../src/service/index.js';

// The service of docs/library.md, as it stands there: compiled with the examples, and run here.

const ROOT = join(import.meta.dirname, '../..');

test('the code of the page is that of the examples, which are compiled', async () => {
  const page = await readFile(join(ROOT, 'docs/library.md'), 'utf8');
  const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => text);
  const files = ['one-pipeline.ts', 'service.ts'].map((name) => readFile(join(ROOT, 'examples', name), 'utf8'));
  expect(blocks).toEqual(await Promise.all(files));
});

test('a type that does not exist does not compile', () => {
  // @ts-expect-error -- the point of the test: the name lacks a line between its parts.
  expect(convert({ quantize: ['Q4KM'] }).name).toBe('convert');
  expect(convert({ quantize: ['Q4_K_M', 'q8_0'] }).name).toBe('convert');
});

describe('the service', () => {
  let folder: string;
  let registry: TestRegistry;
  let slipway: Slipway;
  let server: Server;
  let base: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-service-'));
    await mkdir(join(folder, 'tiny'));
    for (const file of buildLlama({ layers: 1, hidden: 64, heads: 2, kvHeads: 1, vocab: 354, seed: 3 })) {
      await writeFile(join(folder, 'tiny', file.path), file.read());
    }
    registry = await startTestRegistry();
    const jiti = createJiti(import.meta.url, { fsCache: false, alias: { slipway: join(ROOT, 'dist/lib/index.js') } });
    const service = await jiti.import<{ serve(slipway: Slipway): Server; open(home: string): Slipway }>(
      join(ROOT, 'examples/service.ts'),
    );
    slipway = service.open(join(folder, 'home'));
    server = service.serve(slipway).listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await slipway.close();
    server.close();
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  });

  const ask = async (path: string, method = 'GET'): Promise<{ status: number; text: string }> => {
    const response = await fetch(`${base}${path}`, { method });
    return { status: response.status, text: await response.text() };
  };
  const start = async (to: string, from = join(folder, 'tiny')): Promise<string> => {
    const query = new URLSearchParams({ from, to, type: 'q8_0' });
    return (JSON.parse((await ask(`/runs?${query.toString()}`, 'POST')).text) as { id: string }).id;
  };

  test('runs, streams events, lists, inspects', async () => {
    const id = await start(`${registry.host}/models/tiny:v1`);
    const { text } = await ask(`/runs/${id}/events`);
    const types = text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types.at(-1)).toBe('run.end');
    expect(JSON.parse((await ask(`/runs/${id}`)).text)).toMatchObject({ state: 'done', id });
    expect(JSON.parse((await ask('/runs')).text)).toHaveLength(1);
    const reference = encodeURIComponent(`${registry.host}/models/tiny:v1`);
    const artifact = JSON.parse((await ask(`/artifacts?reference=${reference}`)).text) as { files: { path: string }[] };
    expect(artifact.files.some(({ path }) => path.endsWith('.gguf'))).toBe(true);
  });

  test('answers what is wrong with a code, and cancels', async () => {
    expect(await ask('/artifacts?reference=not%20one')).toMatchObject({ status: 400 });
    expect(await ask(`/artifacts?reference=${registry.host}/models/none:x`)).toMatchObject({ status: 404 });
    expect((await ask('/runs?type=q9', 'POST')).text).toContain('CONFIG_INVALID');
    registry.fail({ method: 'POST', fault: { kind: 'delay', ms: 60_000 } });
    const id = await start(`${registry.host}/models/slow:v1`);
    await ask(`/runs/${id}`, 'DELETE');
    await slipway.find(id)?.result.catch(() => {});
    expect(JSON.parse((await ask(`/runs/${id}`)).text)).toMatchObject({ state: 'cancelled' });
  });
});
