import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DiskStore } from '../../src/files/index.js';
import { openLayout } from '../../src/registry/index.js';
import { buildLlama, startTestHub, type TestHub } from '../../src/testing/index.js';
import { collect } from '../registry/samples.js';

// Processes of their own, as many as share a machine in CI: one store, one layout, one output, one tag.

const MAIN = resolve(import.meta.dirname, '../../dist/lib/cli/main.js');
const RUNS = 4;

let folder = '';
let hub: TestHub;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-races-'));
  const files: Record<string, Uint8Array> = {};
  for (const file of buildLlama({ layers: 2, hidden: 64, heads: 2, kvHeads: 1, vocab: 354 }))
    files[file.path] = await collect(file.read());
  hub = await startTestHub({ repositories: { 'a/b': files } });
});
afterEach(async () => {
  await hub.close();
  await rm(folder, { recursive: true, force: true });
});

async function pipeline(argv: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const env = { PATH: process.env['PATH'], HOME: folder, PIPELINE_HOME: join(folder, 'state'), ...hub.env };
  const child = spawn(process.execPath, [MAIN, ...argv], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, out, err };
}

async function together(argv: readonly string[]): Promise<string[]> {
  const ends = await Promise.all(Array.from({ length: RUNS }, async () => pipeline(argv)));
  for (const { code, err } of ends) expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  return ends.map(({ out }) => out);
}

test('runs that share a store, a layout and a tag', async () => {
  await writeFile(
    join(folder, 'c.yaml'),
    "name: m\nstages:\n  - download: { from: hf://a/b }\n  - convert: { outtype: f16 }\n  - pack\n  - push: { to: 'layout:./L:v1' }\n",
  );
  const digests = (await together(['run', 'c.yaml', '-q'])).map((out) => /sha256:[0-9a-f]{64}/.exec(out)?.[0]);
  expect(new Set(digests).size).toBe(1);
  const layout = openLayout(join(folder, 'L'));
  expect((await layout.resolve('v1')).digest).toBe(digests[0]);
  expect((await layout.verify()).damaged).toEqual([]);
  const store = await new DiskStore(join(folder, 'state', 'store')).verify();
  expect(store.damaged).toEqual([]);
  expect(store.blobs).toBeGreaterThan(0);
});

test('runs that write to one output', async () => {
  await together(['convert', 'hf://a/b', '-o', 'out.gguf', '--outtype', 'f16']);
  await together(['download', 'hf://a/b', '-o', 'files']);
  expect((await readdir(folder)).filter((name) => name.startsWith('out'))).toEqual(['out.gguf']);
  const names = await readdir(join(folder, 'files'));
  expect(names).toContain('model.safetensors');
  expect(names.filter((name) => name.endsWith('.part') || name.startsWith('.'))).toEqual([]);
});
