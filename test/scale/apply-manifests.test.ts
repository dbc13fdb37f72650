import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  buildLlama,
  startTestCluster,
  startTestRegistry,
  type TestCluster,
  type TestRegistry,
} from '../../src/testing/index.js';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { saveRepository } from '../support/save-repository.js';

let cwd: string;
let registry: TestRegistry;
let cluster: TestCluster;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'shard-apply-'));
  registry = await startTestRegistry();
  cluster = await startTestCluster();
  await saveRepository(buildLlama({ layers: 2, hidden: 256, seed: 5 }), join(cwd, 'tiny'));
  const stages = [
    { download: { from: join(cwd, 'tiny') } },
    { convert: { quantize: ['Q8_0'] } },
    { pack: { splitMaxSize: '300K' } },
    { push: { to: `${registry.host}/models/tiny` } },
  ];
  await writeFile(join(cwd, 'c.yaml'), JSON.stringify({ name: 'tiny', stages }));
  await writeFile(join(cwd, 'config'), cluster.kubeconfig);
});
afterAll(async () => {
  await cluster.close();
  await registry.close();
  await rm(cwd, { recursive: true, force: true });
});

async function run(...flags: readonly string[]): Promise<Outcome> {
  return pipelineCommand(['shard', 'manifests', 'c.yaml', '--parts', '2', '--name', 'tiny', ...flags], cwd);
}

test('applied and waited for: all parts, then the last step', async () => {
  const dry = await run('--kubeconfig', 'config', '--apply', '--dry-run');
  expect([dry.code, dry.stdout]).toEqual([
    0,
    'would be created ConfigMap default/tiny\nwould be created Job default/tiny-parts\nwould be created Job default/tiny-finish\n',
  ]);
  cluster.onApply((resource) => {
    if (resource.kind !== 'Job') return;
    const { completions = 1 } = resource['spec'] as { readonly completions?: number };
    const status = { succeeded: completions, conditions: [{ type: 'Complete', status: 'True' }] };
    cluster.put({ ...resource, status }, 'job-controller');
  });
  const { code, stdout, stderr } = await run('--kubeconfig', 'config', '--apply', '--wait');
  expect([code, stdout.split('\n').at(-2)]).toEqual([0, 'done']);
  expect(stderr).toContain('Job default/tiny-parts: 2 of 2 done');
  expect(stderr).toContain('Job default/tiny-finish: 1 of 1 done');
  const again = await run('--kubeconfig', 'config', '--apply', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ ok: true, applied: true, ready: false });
});

test('a part that cannot be done ends the waiting, and is named', async () => {
  const job = cluster.get('Job', 'default', 'tiny-parts');
  const status = {
    succeeded: 1,
    failedIndexes: '1',
    conditions: [{ type: 'Failed', status: 'True', reason: 'FailedIndexes' }],
  };
  cluster.onApply((resource) => {
    if (resource.metadata.name === 'tiny-parts') cluster.put({ ...job!, status }, 'job-controller');
  });
  const { code, stderr } = await run('--kubeconfig', 'config', '--apply', '--wait');
  expect([code, stderr]).toEqual([12, expect.stringContaining('failed: 1')]);
});

test('flags of applying without it are refused', async () => {
  expect((await run('--wait')).code).toBe(2);
  expect((await run('--apply', '-o', 'x.yaml')).code).toBe(2);
});
