import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createContext, pipeline } from '../../src/core/index.js';
import { convert, deploy, download, pack, push } from '../../src/stages/index.js';
import { variablePrefix } from '../../src/registry/index.js';
import {
  buildLlama,
  startTestCluster,
  startTestRegistry,
  type TestCluster,
  type TestRegistry,
} from '../../src/testing/index.js';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { kserve, node } from '../cluster/clusters.js';
import { saveRepository } from '../support/save-repository.js';

let registry: TestRegistry;
let cwd: string;
let image: string;
let raw: string;
let clusters: TestCluster[] = [];

beforeAll(async () => {
  registry = await startTestRegistry();
  cwd = await mkdtemp(join(tmpdir(), 'slipway-apply-'));
  await saveRepository(buildLlama({ layers: 1, hidden: 256, seed: 3 }), join(cwd, 'tiny'));
  const at = `${registry.host}/models/tiny`;
  await pipeline(
    download(join(cwd, 'tiny')),
    convert({ quantize: ['Q8_0'] }),
    pack({ formats: ['modelcar', 'modelpack'] }),
    push(at),
  ).run(undefined, createContext());
  [image, raw] = [`${at}:q8_0`, `${at}:q8_0-modelpack`];
});
afterAll(async () => {
  for (const cluster of clusters) await cluster.close();
  await registry.close();
  await rm(cwd, { recursive: true, force: true });
});

async function start(
  resources = [node('n1', 'containerd://2.1.3', { memory: '8Gi' })],
  more = {},
): Promise<TestCluster> {
  const cluster = await startTestCluster({ namespaces: ['models'], resources, ...more });
  clusters.push(cluster);
  await writeFile(join(cwd, 'config'), cluster.kubeconfig);
  return cluster;
}

async function run(...argv: readonly string[]): Promise<Outcome> {
  const prefix = variablePrefix(registry.host);
  const env = { [`${prefix}_USERNAME`]: 'robot', [`${prefix}_PASSWORD`]: 'MARKERsecret', HOME: cwd };
  return pipelineCommand(['deploy', ...argv], cwd, env);
}

/** A cluster that starts every server at once, and whose server answers. */
function serving(cluster: TestCluster): void {
  cluster.onApply((resource) => {
    if (resource.kind !== 'Deployment') return;
    const status = { observedGeneration: 9, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
    cluster.put({ ...resource, status }, 'controller');
  });
  cluster.answer(({ path, body }) =>
    path === '/api/v1/namespaces/models/services/tiny:http/proxy/v1/chat/completions' &&
    JSON.stringify(body).includes('tiny')
      ? { status: 200, body: { choices: [{ message: { content: 'Hello from a slipway' } }] } }
      : undefined,
  );
}

test('a cluster is asked what it has, changes nothing, and flags win over what it says', async () => {
  const cluster = await start([node('n1', 'containerd://1.7.2', { memory: '8Gi' })]);
  const asked = await run(image, '--kubeconfig', 'config', '--tool-image', 'r/slipway:1', '--json');
  expect(JSON.parse(asked.stdout)).toMatchObject({ ok: true, target: 'init' });
  expect(asked.stdout).toContain('containerd 1.7.2 mounts no images; 2.1 does');
  expect(cluster.calls.every(({ method }) => method === 'GET')).toBe(true);
  const said = await run(image, '--kubeconfig', 'config', '--containerd', '2.1', '--json');
  expect(JSON.parse(said.stdout)).toMatchObject({ target: 'deployment' });
});

test("KServe is chosen by its version and settings, and refused with its settings' remedy", async () => {
  await start([node('n1', 'containerd://2.1.3', { memory: '8Gi' }), ...kserve('0.20.0', { enableModelcar: false })], {
    kserve: true,
  });
  const chosen = await run(image, '--kubeconfig', 'config', '--json');
  expect(JSON.parse(chosen.stdout)).toMatchObject({ target: 'kserve' });
  expect(chosen.stdout).toContain('oci+native://');
  const refused = await run(
    image,
    '--kubeconfig',
    'config',
    '--target',
    'kserve',
    '--containerd',
    '1.7',
    '--kserve',
    '0.20',
  );
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('enableModelcar: true')]);
});

test('what no node has room for is refused', async () => {
  await start([node('n1', 'containerd://2.1.3', { memory: '100Mi' })]);
  const { code, stderr } = await run(image, '--kubeconfig', 'config');
  expect([code, stderr]).toEqual([2, expect.stringContaining('the largest node has 100 MiB')]);
  const gpus = await run(image, '--kubeconfig', 'config', '--gpus', '1');
  expect([gpus.code, gpus.stderr]).toEqual([2, expect.stringMatching(/the largest node|no node has a GPU/)]);
});

test('applied, waited for and asked: the answer is on stdout, the story on stderr', async () => {
  const cluster = await start();
  serving(cluster);
  const dry = await run(image, '--kubeconfig', 'config', '--namespace', 'models', '--apply', '--dry-run');
  expect([dry.code, dry.stdout]).toEqual([
    0,
    'would be created Deployment models/tiny\nwould be created Service models/tiny\n',
  ]);
  expect(cluster.get('Deployment', 'models', 'tiny')).toBeUndefined();
  const { code, stdout, stderr } = await run(
    image,
    '--kubeconfig',
    'config',
    '--namespace',
    'models',
    '--apply',
    '--wait',
    '--smoke',
  );
  expect([code, stdout]).toEqual([
    0,
    'created Deployment models/tiny\ncreated Service models/tiny\nready\n/v1/chat/completions: Hello from a slipway\n',
  ]);
  expect(stderr).toContain('Deployment models/tiny: 1 of 1 replicas');
  const again = await run(
    image,
    '--kubeconfig',
    'config',
    '--namespace',
    'models',
    '--apply',
    '--ctx-size',
    '512',
    '--json',
  );
  const { changes } = JSON.parse(again.stdout) as { changes: { change: string; differences: { after?: string }[] }[] };
  expect(changes.map(({ change }) => change)).toEqual(['updated', 'unchanged']);
  expect(JSON.stringify(changes[0]?.differences)).toContain('512');
});

test('a server that is ready and gives no answer fails', async () => {
  const cluster = await start();
  serving(cluster);
  cluster.answer(({ path }) =>
    path.includes('/proxy/') ? { status: 503, body: 'no endpoints available' } : undefined,
  );
  const { code, stderr } = await run(image, '--kubeconfig', 'config', '--apply', '--smoke');
  expect([code, stderr]).toEqual([12, expect.stringContaining('no endpoints available')]);
});

test('delete takes what was applied, and leaves what is not ours', async () => {
  const cluster = await start();
  await run(image, '--kubeconfig', 'config', '--namespace', 'models', '--apply');
  cluster.put({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'theirs', namespace: 'models', labels: {} } });
  const other = await run(
    `${registry.host}/other/tiny:v1`,
    '--kubeconfig',
    'config',
    '--namespace',
    'models',
    '--delete',
  );
  expect([other.code, other.stderr]).toEqual([11, expect.stringContaining('serves another artifact')]);
  const { code, stdout } = await run(image, '--kubeconfig', 'config', '--namespace', 'models', '--delete', '--wait');
  expect([code, stdout]).toEqual([0, 'deleted Deployment models/tiny\ndeleted Service models/tiny\n']);
  expect(cluster.get('Service', 'models', 'theirs')).toBeDefined();
  const twice = await run(image, '--kubeconfig', 'config', '--namespace', 'models', '--delete', '--json');
  expect(JSON.parse(twice.stdout)).toMatchObject({ ok: true, removed: [] });
});

test('a login goes into a Secret on request, never without', async () => {
  const without = await run(image, '--pull-secret', 'registry');
  expect(without.stdout).not.toContain('kind: Secret');
  const { stdout } = await run(image, '--with-secret', '--json');
  const { resources } = JSON.parse(stdout) as {
    resources: { kind: string; data: Record<string, string>; metadata: { name: string } }[];
  };
  const [secret, deployment] = resources;
  expect([secret?.kind, secret?.metadata.name]).toEqual(['Secret', 'tiny-pull']);
  const config = Buffer.from(secret?.data['.dockerconfigjson'] ?? '', 'base64').toString();
  expect(JSON.parse(config)).toMatchObject({
    auths: { [registry.host]: { username: 'robot', password: 'MARKERsecret' } },
  });
  expect(JSON.stringify(deployment)).toContain('"imagePullSecrets":[{"name":"tiny-pull"}]');
  await start();
  const applied = await run(image, '--with-secret', '--kubeconfig', 'config', '--apply', '--json');
  expect([applied.code, applied.stdout.includes('MARKERsecret')]).toEqual([0, false]);
});

test('what a policy does not accept is not deployed, and its digest is once it does', async () => {
  const more = { COSIGN_PASSWORD: 'secret' };
  for (const name of ['release', 'other'])
    await pipelineCommand(['key', 'generate', '--output-key-prefix', name], cwd, more);
  await writeFile(join(cwd, 'policy.yaml'), 'identities:\n  - { name: release, key: release.pub }\n');
  const cluster = await start();
  const apply = ['--policy', 'policy.yaml', '--kubeconfig', 'config', '--apply'];

  const unsigned = await run(image, ...apply);
  expect([unsigned.code, unsigned.stdout]).toEqual([11, '']);
  expect(unsigned.stderr).toContain('error[TRUST_REFUSED]');
  await pipelineCommand(['sign', image, '--key', 'other.key'], cwd, more);
  expect((await run(image, ...apply)).code).toBe(11);
  expect(cluster.calls.filter(({ method }) => method !== 'GET')).toEqual([]);

  await pipelineCommand(['sign', image, '--key', 'release.key'], cwd, more);
  const accepted = await run(image, '--policy', 'policy.yaml');
  expect([accepted.code, accepted.stderr]).toEqual([0, expect.any(String)]);
  expect(accepted.stdout).toMatch(/@sha256:[0-9a-f]{64}/);

  await writeFile(join(cwd, 'policy.yaml'), 'keys: [missing.pub]\n');
  const unreadable = await run(image, '--policy', 'policy.yaml');
  expect([unreadable.code === 0, unreadable.stdout]).toEqual([false, '']);
});

test('an artifact is repackaged where the target needs an image, and stays where it needs none', async () => {
  const refused = await run(raw, '--target', 'deployment');
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('pipeline repackage')]);
  const dry = await run(raw, '--target', 'deployment', '--repackage', '--dry-run');
  expect([dry.code, dry.stderr]).toEqual([2, expect.stringContaining('pipeline repackage')]);
  const made = await run(raw, '--target', 'deployment', '--repackage', '--json');
  const { digest, reasons } = JSON.parse(made.stdout) as { digest: string; reasons: string[] };
  expect([...registry.tags('models/tiny').keys()]).toContain('q8_0-modelpack-modelcar');
  expect(reasons[0]).toBe(`repackaged as ${registry.host}/models/tiny@${digest}`);
  const pulled = await run(raw, '--target', 'init', '--repackage', '--json');
  expect(pulled.stdout).not.toContain('repackaged');
});

test.each([
  [['--wait'], '--wait without --apply does nothing'],
  [['--smoke', '--wait-timeout', '1m'], '--smoke, --wait-timeout without --apply'],
  [['--delete', '--apply'], '--delete goes with'],
  [['--apply', '--target', 'command', '--kubeconfig', 'config'], 'there is nothing to apply'],
])('%j is refused', async (flags, words) => {
  await start();
  const { code, stderr } = await run(image, ...flags);
  expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
});

test('as a stage after push: applied, and written only where a place is named', async () => {
  const cluster = await start();
  serving(cluster);
  const kubeconfig = join(cwd, 'config');
  const events: string[] = [];
  const context = createContext({
    emit: (event) => void (event.type === 'change' && events.push(`${event.change} ${event.name}`)),
  });
  const [written] = await pipeline(
    download(join(cwd, 'tiny')),
    convert({ quantize: ['Q8_0'] }),
    pack({ formats: ['modelcar'] }),
    push(`${registry.host}/models/tiny`),
    deploy({ apply: true, smoke: true, kubeconfig, namespace: 'models' }),
  ).run(undefined, context);
  expect(written).toMatchObject({ target: 'deployment', files: [], reply: { text: 'Hello from a slipway' } });
  expect(events).toEqual(['created Deployment models/tiny', 'created Service models/tiny']);
});
