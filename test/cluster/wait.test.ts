import { describe, expect, test } from 'vitest';
import { waitUntilReady, type KubernetesObject } from '../../src/cluster/index.js';
import { SlipwayError } from '../../src/core/index.js';
import type { TestCluster } from '../../src/testing/index.js';
import { cluster } from './clusters.js';

const LABELS = { 'app.kubernetes.io/name': 'tiny' };
const DEPLOYMENT: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'tiny', namespace: 'default' },
  spec: { replicas: 1, selector: { matchLabels: LABELS } },
};
const READY = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };

function putPod(server: TestCluster, status: object, spec: object = { nodeName: 'n1' }): void {
  server.put({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'tiny-1', namespace: 'default', labels: LABELS },
    spec,
    status,
  });
}

function putEvent(server: TestCluster, reason: string, message: string): void {
  server.put({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `event-${reason}`, namespace: 'default' },
    involvedObject: { name: 'tiny-1' },
    lastTimestamp: '2026-01-01T00:00:00Z',
    reason,
    message,
  });
}

/** Waits with looks every millisecond, on a clock that ticks once a look. */
async function wait(
  server: TestCluster,
  resource: KubernetesObject,
  looks = 12,
): Promise<{ lines: string[]; error?: unknown }> {
  const { connection } = await connectionTo(server);
  const lines: string[] = [];
  let time = 0;
  try {
    await waitUntilReady(connection, [resource], {
      timeLimit: looks,
      period: 1,
      now: () => {
        time += 1;
        return time;
      },
      onProgress: (line) => lines.push(line),
    });
    return { lines };
  } catch (error) {
    return { lines, error };
  }
}

const connections = new WeakMap<TestCluster, Awaited<ReturnType<typeof cluster>>>();
async function connectionTo(server: TestCluster): Promise<Awaited<ReturnType<typeof cluster>>> {
  const known = connections.get(server);
  if (known === undefined) throw new Error('no such cluster');
  return known;
}

async function deployed(status: object = {}, resource: KubernetesObject = DEPLOYMENT): Promise<TestCluster> {
  const made = await cluster({ kserve: true, batch: true });
  connections.set(made.server, made);
  made.server.put({ ...resource, status });
  return made.server;
}

test('what is ready is told once', async () => {
  const server = await deployed(READY);
  expect(await wait(server, DEPLOYMENT)).toEqual({ lines: ['Deployment default/tiny: 1 of 1 replicas'] });
});

test('a pod on its way is told step by step', async () => {
  const server = await deployed();
  putPod(server, { phase: 'Running', containerStatuses: [{ name: 'server', ready: false, state: { running: {} } }] });
  const { lines, error } = await wait(server, DEPLOYMENT, 4);
  expect(lines).toEqual(['Deployment default/tiny: 0 of 1 replicas', '  pod tiny-1: loading the model']);
  expect(error).toMatchObject({ code: 'DEPLOY_TIMEOUT' });
});

const waiting = (reason: string, message: string): object => ({
  phase: 'Pending',
  containerStatuses: [{ name: 'server', state: { waiting: { reason, message } } }],
});

describe('what keeps a pod from running', () => {
  test.each<[string, object, string, RegExp]>([
    [
      'a wrong secret',
      waiting('ImagePullBackOff', 'pull access denied: 401 Unauthorized'),
      'DEPLOY_FAILED',
      /--pull-secret/,
    ],
    ['no such image', waiting('ErrImagePull', 'r/m@sha256:0: not found'), 'DEPLOY_FAILED', /--pull-from/],
    ['a name that is none', waiting('InvalidImageName', "couldn't parse image"), 'DEPLOY_FAILED', /--image/],
    ['no space', waiting('ErrImagePull', 'write /var/lib: no space left on device'), 'DEPLOY_FAILED', /more disk/],
    [
      'a volume that cannot be mounted',
      waiting('CreateContainerError', 'failed to ensure image subpath models'),
      'DEPLOY_FAILED',
      /--target init/,
    ],
    [
      'a secret that is missing',
      waiting('CreateContainerConfigError', 'secret "registry" not found'),
      'DEPLOY_FAILED',
      /--pull-secret/,
    ],
    [
      'a registry in plain HTTP',
      waiting('ErrImagePull', 'http: server gave HTTP response to HTTPS client'),
      'DEPLOY_FAILED',
      /plain HTTP/,
    ],
    [
      'a registry that is away',
      waiting('ErrImagePull', 'dial tcp: i/o timeout'),
      'DEPLOY_TIMEOUT',
      /reach the registry/,
    ],
    [
      'a program that ends again and again',
      {
        phase: 'Running',
        containerStatuses: [
          {
            name: 'server',
            restartCount: 3,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: { exitCode: 1, reason: 'Error', message: 'unknown model architecture' } },
          },
        ],
      },
      'DEPLOY_FAILED',
      /unknown model architecture/,
    ],
    [
      'no memory',
      {
        phase: 'Running',
        containerStatuses: [
          {
            name: 'server',
            restartCount: 1,
            lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
            state: {},
          },
        ],
      },
      'DEPLOY_FAILED',
      /--ctx-size/,
    ],
  ])('%s', async (_name, status, code, words) => {
    const server = await deployed();
    putPod(server, status);
    const { error } = await wait(server, DEPLOYMENT);
    expect(error).toMatchObject({ code });
    expect(SlipwayError.is(error) && JSON.stringify([error.details.got, error.details.try])).toMatch(words);
  });

  test.each([
    ['FailedScheduling', '0/3 nodes are available: 3 Insufficient nvidia.com/gpu.', 'DEPLOY_TIMEOUT', '--gpus 0'],
    ['FailedScheduling', '0/3 nodes are available: 3 Insufficient memory.', 'DEPLOY_TIMEOUT', '--memory-budget'],
    ['FailedMount', 'MountVolume.SetUp failed: secret "registry" not found', 'DEPLOY_FAILED', '--pull-secret'],
  ])('%s: %s', async (reason, message, code, help) => {
    const server = await deployed();
    putPod(server, { phase: 'Pending' }, {});
    putEvent(server, reason, message);
    const { error } = await wait(server, DEPLOYMENT);
    expect(error).toMatchObject({ code });
    expect(SlipwayError.is(error) && [error.details.try].flat().join(' ')).toContain(help);
  });

  test('a controller that gave up, and a resource that is gone', async () => {
    const late = await deployed({
      ...READY,
      availableReplicas: 0,
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
    });
    expect((await wait(late, DEPLOYMENT)).error).toMatchObject({ code: 'DEPLOY_FAILED' });
    const gone = await deployed(READY);
    gone.remove('Deployment', 'default', 'tiny');
    expect((await wait(gone, DEPLOYMENT)).error).toMatchObject({ code: 'DEPLOY_FAILED' });
  });
});

describe('other kinds', () => {
  const of = (apiVersion: string, kind: string, spec: object = {}): KubernetesObject => ({
    apiVersion,
    kind,
    metadata: { name: 'tiny', namespace: 'default' },
    spec,
  });
  test.each<[KubernetesObject, object, string]>([
    [of('serving.kserve.io/v1beta1', 'InferenceService'), { conditions: [{ type: 'Ready', status: 'True' }] }, 'ready'],
    [
      of('serving.kserve.io/v1alpha2', 'LLMInferenceService'),
      { conditions: [{ type: 'Ready', status: 'True' }] },
      'ready',
    ],
    [
      of('batch/v1', 'Job', { completions: 4 }),
      { succeeded: 4, conditions: [{ type: 'Complete', status: 'True' }] },
      '4 of 4 done',
    ],
    [
      of('jobset.x-k8s.io/v1alpha2', 'JobSet'),
      { conditions: [{ type: 'Completed', status: 'True' }] },
      'waiting for the controller',
    ],
    [of('argoproj.io/v1alpha1', 'Workflow'), { phase: 'Succeeded', progress: '9/9' }, 'Succeeded 9/9'],
  ])('$kind that is done', async (resource, status, text) => {
    const server = await deployed(status, resource);
    expect(await wait(server, resource)).toEqual({ lines: [`${resource.kind} default/tiny: ${text}`] });
  });

  test('a Job that has lost an index says which', async () => {
    const job = of('batch/v1', 'Job', { completions: 4 });
    const server = await deployed(
      {
        succeeded: 3,
        failedIndexes: '1',
        conditions: [{ type: 'Failed', status: 'True', reason: 'FailedIndexes', message: 'Job has failed indexes' }],
      },
      job,
    );
    const { error } = await wait(server, job);
    expect(error).toMatchObject({
      code: 'DEPLOY_FAILED',
      details: { got: expect.stringContaining('failed: 1') as unknown },
    });
  });
});
