import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startTestRegistry } from '../../src/testing/index.js';

const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/lib/cli/main.js');
const MEBIBYTE = 2 ** 20;

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill();
});

/** A Hub of its own process with a generated Llama of so many layers (about 50 MB each). */
async function startHub(layers: number): Promise<string> {
  const options = { layers, hidden: 2048, intermediate: 5632, heads: 16, kvHeads: 4, vocab: 512 };
  const script = join(ROOT, 'benchmarks/serve-hub.mjs');
  const child = spawn(process.execPath, [script, 'acme/llama', JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const [address] = (await once(child.stdout, 'data')) as [Buffer];
  return address.toString().trim();
}

/** Highest resident memory of a run of the whole chain, bytes, and the files it left. */
async function peakOf(layers: number): Promise<{ peak: number; files: string[] }> {
  const registry = await startTestRegistry({ keepBytes: false });
  const folder = await mkdtemp(join(tmpdir(), 'slipway-memory-'));
  try {
    const config = join(folder, 'pipeline.config.yaml');
    await writeFile(
      config,
      `name: memory\nstore: none\nstages:\n  - download: { from: hf://acme/llama }\n  - convert: { quantize: [Q4_0, Q8_0] }\n  - pack: {}\n  - push: { to: ${registry.host}/acme/llama }\n`,
    );
    const child = spawn(process.execPath, [MAIN, 'run', config, '--progress', 'none'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      cwd: folder,
      env: { ...process.env, HF_ENDPOINT: await startHub(layers), PIPELINE_THREADS: '2' },
    });
    children.push(child);
    let peak = 0;
    const timer = setInterval(() => {
      peak = Math.max(peak, highWater(child.pid));
    }, 20);
    const [code] = (await once(child, 'exit')) as [number | null];
    clearInterval(timer);
    expect(code).toBe(0);
    return { peak, files: await readdir(folder, { recursive: true }) };
  } finally {
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function highWater(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

const measurable = existsSync('/proc/self/status');
if (!measurable) process.stderr.write('skipped: peak memory is read from /proc, which is not here\n');

describe.skipIf(!measurable)('Hub to registry with store none', () => {
  test('writes no file, and its peak memory does not grow with the model', async () => {
    const small = await peakOf(2);
    const large = await peakOf(10);
    expect([...small.files, ...large.files]).toEqual(['pipeline.config.yaml', 'pipeline.config.yaml']);
    expect(large.peak).toBeLessThan(512 * MEBIBYTE);
    // Five times the model; buffers fill up at different moments, so runs differ by some megabytes.
    expect(large.peak).toBeLessThan(small.peak + 64 * MEBIBYTE);
  });
});
