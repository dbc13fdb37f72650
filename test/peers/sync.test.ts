import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestHub, type TestHub } from '../../src/testing/index.js';
import { filesOf, NAMES, syncConfiguration } from '../support/twenty-repositories.js';
import { havePeer, startDistribution, type StoredRegistry } from '../registry/peers.js';

const MAIN = join(import.meta.dirname, '../../dist/lib/cli/main.js');

let hub: TestHub;
let registry: StoredRegistry;
let cwd: string;

interface Ended {
  readonly code: number | null;
  readonly statuses: Readonly<Record<string, string>>;
}

/** Runs the command in a process of its own; `until`: what it has said when it is killed. */
async function sync(until?: string): Promise<Ended> {
  // Without a token: what is private looks missing.
  const env = { PATH: process.env['PATH'], HOME: cwd, HF_ENDPOINT: hub.url };
  const child = spawn(process.execPath, [MAIN, 'sync', 'sync.yaml', '--json'], { cwd, env });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
    if (until !== undefined && stderr.includes(until)) child.kill('SIGKILL');
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code === null) return { code, statuses: {} };
  const { pipelines } = JSON.parse(stdout) as { pipelines: readonly { name: string; status: string }[] };
  return { code, statuses: Object.fromEntries(pipelines.map(({ name, status }) => [name, status])) };
}

/** Digests of the tags that are there. */
async function tagsNow(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of NAMES) {
    const url = `http://${registry.host}/v2/models/all/manifests/${name}`;
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    const answer = await fetch(url, { method: 'HEAD', headers: { accept } });
    const digest = answer.headers.get('docker-content-digest');
    if (answer.ok && digest !== null) found[name] = digest;
  }
  return found;
}

const having = ({ statuses }: Ended, status: string): string[] => NAMES.filter((name) => statuses[name] === status);

for (const program of ['registry', 'docker-registry'] as const) {
  describe.skipIf(!havePeer(program))(`following 20 repositories into ${program} (CNCF distribution)`, () => {
    beforeEach(async () => {
      cwd = await mkdtemp(join(tmpdir(), 'slipway-sync-'));
      registry = await startDistribution(program);
      hub = await startTestHub({
        repositories: Object.fromEntries(NAMES.map((name) => [`acme/${name}`, filesOf(name)])),
      });
      await writeFile(join(cwd, 'sync.yaml'), syncConfiguration(registry.host));
    });
    afterEach(async () => {
      await Promise.all([hub.close(), registry.close()]);
      await rm(cwd, { recursive: true, force: true });
    });

    test(
      'a kill in the middle, then the rest; three that change, one that goes, one that breaks',
      { timeout: 300_000 },
      async () => {
        expect((await sync('published  m02')).code).toBe(null);
        const kept = await tagsNow();
        expect(Object.keys(kept).length).toBeLessThan(NAMES.length);
        const rest = await sync();
        expect([rest.code, having(rest, 'published')]).toEqual([0, NAMES.filter((name) => kept[name] === undefined)]);
        const before = await tagsNow();
        expect(Object.keys(before)).toEqual(NAMES);

        for (const name of ['m03', 'm07', 'm11']) hub.commit(`acme/${name}`, filesOf(`${name} anew`));
        hub.add('acme/m15', { files: filesOf('m15'), private: true });
        hub.add('acme/m18', { 'pytorch_model.bin': 'x' });
        const second = await sync();
        expect(second.code).toBe(11);
        expect(having(second, 'published')).toEqual(['m03', 'm07', 'm11']);
        expect([having(second, 'gone'), having(second, 'failed')]).toEqual([['m15'], ['m18']]);
        const after = await tagsNow();
        expect(NAMES.filter((name) => before[name] !== after[name])).toEqual(['m03', 'm07', 'm11']);
      },
    );
  });
}
