import { expect, test } from 'vitest';
import { planApply, type KubernetesObject } from '../../src/cluster/index.js';
import { SlipwayError } from '../../src/core/index.js';
import { cluster } from './clusters.js';

const DEPLOYMENT: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'tiny', namespace: 'models' },
  spec: { replicas: 1, template: { spec: { containers: [{ name: 'server', image: 'one' }] } } },
};

async function failureOf(work: Promise<unknown>): Promise<SlipwayError> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (SlipwayError.is(error)) return error;
  throw new Error('nothing was refused');
}

function withImage(image: string): KubernetesObject {
  return { ...DEPLOYMENT, spec: { replicas: 1, template: { spec: { containers: [{ name: 'server', image }] } } } };
}

test('a dry run keeps nothing, and says what would be new, another, or the same', async () => {
  const { server, connection } = await cluster({ namespaces: ['models'] });
  const first = await planApply(connection, [DEPLOYMENT]);
  expect(first.changes).toEqual([{ id: 'Deployment models/tiny', change: 'created', differences: [] }]);
  expect(server.get('Deployment', 'models', 'tiny')).toBeUndefined();
  await first.carryOut();
  expect(server.get('Deployment', 'models', 'tiny')).toMatchObject({ spec: DEPLOYMENT['spec'] });
  expect((await planApply(connection, [DEPLOYMENT])).changes[0]).toMatchObject({
    change: 'unchanged',
    differences: [],
  });
  const [changed] = (await planApply(connection, [withImage('two')])).changes;
  expect(changed).toEqual({
    id: 'Deployment models/tiny',
    change: 'updated',
    differences: [{ field: 'spec.template.spec.containers[server].image', before: '"one"', after: '"two"' }],
  });
});

test('every apply is strict, has a field manager, and comes after the dry runs of all', async () => {
  const { server, connection } = await cluster({ namespaces: ['models'] });
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'tiny', namespace: 'models' }, spec: {} };
  await (await planApply(connection, [DEPLOYMENT, service])).carryOut();
  const patches = server.calls.filter(({ method }) => method === 'PATCH').map(({ path }) => path);
  expect(patches.map((path) => path.includes('dryRun=All'))).toEqual([true, true, false, false]);
  for (const path of patches) expect(path).toMatch(/fieldManager=slipway&fieldValidation=Strict/);
});

test('what something else has set is a conflict that names it, and is taken over on request', async () => {
  const { server, connection } = await cluster({ namespaces: ['models'] });
  server.put({ ...withImage('theirs'), metadata: { name: 'tiny', namespace: 'models' } }, 'kubectl');
  const { code, message, details } = await failureOf(planApply(connection, [DEPLOYMENT]));
  expect([code, message]).toEqual(['CLUSTER_CONFLICT', 'fields of Deployment models/tiny are set by kubectl']);
  expect(details.problems?.[0]?.at).toBe('.spec.template.spec.containers[0].image');
  expect(details.try).toContain('--force-conflicts   (takes these fields over)');
  await (await planApply(connection, [DEPLOYMENT], { force: true })).carryOut();
  expect(JSON.stringify(server.get('Deployment', 'models', 'tiny'))).toContain('"image":"one"');
});

test('the contents of a Secret are compared and not shown', async () => {
  const { server, connection } = await cluster();
  const secret = (value: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'pull' },
    data: { '.dockerconfigjson': value },
  });
  server.put({ ...secret('b2xk'), metadata: { name: 'pull', namespace: 'default' } }, 'slipway');
  const { changes } = await planApply(connection, [secret('bmV3')]);
  expect(changes[0]?.differences).toEqual([{ field: 'data..dockerconfigjson', before: '(secret)', after: '(secret)' }]);
});

test.each<[number, { readonly message: string; readonly details?: object }, string]>([
  [401, { message: 'Unauthorized' }, 'CLUSTER_UNAUTHORIZED'],
  [403, { message: 'deployments.apps is forbidden: User "x" cannot patch' }, 'CLUSTER_DENIED'],
  [403, { message: 'pods "x" is forbidden: violates PodSecurity "restricted:latest"' }, 'CLUSTER_REFUSED'],
  [400, { message: 'admission webhook "kserve" denied the request: bad' }, 'CLUSTER_REFUSED'],
  [
    422,
    { message: 'Deployment is invalid', details: { causes: [{ field: 'spec.x', message: 'bad' }] } },
    'CLUSTER_REFUSED',
  ],
  [500, { message: 'etcdserver: request timed out' }, 'CLUSTER_UNAVAILABLE'],
  [
    500,
    { message: 'failed to create typed patch object: .spec.replica: field not declared in schema' },
    'CLUSTER_REFUSED',
  ],
  [500, { message: 'failed calling webhook "kserve": no endpoints' }, 'CLUSTER_REFUSED'],
])('%i %j is %s', async (status, body, code) => {
  const { server, connection } = await cluster();
  server.answer(({ method }) => (method === 'PATCH' ? { status, body } : undefined));
  const failure = await failureOf(planApply(connection, [DEPLOYMENT]));
  expect([failure.code, failure.details.got]).toEqual([code, body.message]);
});

test('a kind and a namespace that are not there say what would help', async () => {
  const { connection } = await cluster();
  const service = { ...DEPLOYMENT, apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService' };
  const noKind = await failureOf(planApply(connection, [service]));
  expect([noKind.code, noKind.details.try]).toEqual([
    'CLUSTER_NOT_FOUND',
    expect.arrayContaining(['--target deployment']),
  ]);
  const noNamespace = await failureOf(planApply(connection, [DEPLOYMENT]));
  expect([noNamespace.code, noNamespace.details.try]).toEqual([
    'CLUSTER_NOT_FOUND',
    ['kubectl create namespace models', '--namespace ANOTHER'],
  ]);
});

test('an API server that is busy for a moment is asked again', async () => {
  const { server, connection } = await cluster();
  let busy = 1;
  server.answer(({ path }) => (path === '/version' && busy-- > 0 ? { status: 503, body: {} } : undefined));
  expect((await connection.request({ method: 'GET', path: '/version' })).status).toBe(200);
});
