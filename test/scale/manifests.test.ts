import { describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/core/index.js';
import { FINAL_EXIT_CODES, shardManifests, type ManifestOptions } from '../../src/scale/index.js';
import { OPTIONS, PLAN } from './plan.js';
import { resourceProblems } from '../support/kubernetes-schemas.js';

interface Job {
  readonly kind: string;
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

describe('what runs a plan on Kubernetes', () => {
  test.each<[string, Partial<ManifestOptions>, readonly string[]]>([
    ['two Jobs', {}, ['ConfigMap', 'Job', 'Job']],
    ['two Jobs in a queue of Kueue', { queue: 'models' }, ['ConfigMap', 'Job', 'Job']],
    ['a JobSet', { engine: 'jobset' }, ['ConfigMap', 'JobSet']],
    ['a Workflow of Argo', { engine: 'argo' }, ['ConfigMap', 'Workflow']],
    ['without secrets', { hubSecret: undefined, registrySecret: undefined }, ['ConfigMap', 'Job', 'Job']],
  ])('%s passes the real schemas', (_name, more, kinds) => {
    const resources = shardManifests(PLAN, { ...OPTIONS, ...more });
    expect(resources.map(({ kind }) => kind)).toEqual(kinds);
    for (const resource of resources) expect(resourceProblems(resource)).toEqual([]);
  });

  test('a part whose node is lost is repeated, one that cannot be done is given up alone', () => {
    const [, parts] = shardManifests(PLAN, OPTIONS) as unknown as readonly Job[];
    expect(parts?.spec).toMatchObject({
      completionMode: 'Indexed',
      completions: 8,
      parallelism: 8,
      backoffLimitPerIndex: 3,
      podFailurePolicy: {
        rules: [
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          { action: 'FailIndex', onExitCodes: { operator: 'In', values: FINAL_EXIT_CODES } },
        ],
      },
    });
  });

  test('network, room, what could not be told, interruption and the unexpected may be tried again; nothing else', () => {
    const again = new Set([1, 6, 8, 10, 124, 130, 143]);
    for (const code of new Set(Object.values(EXIT_CODES)))
      expect(FINAL_EXIT_CODES.includes(code), String(code)).toBe(!again.has(code));
  });

  test('Kueue gets the label and a suspended Job', () => {
    const [, parts] = shardManifests(PLAN, { ...OPTIONS, queue: 'models' }) as unknown as readonly Job[];
    expect(parts?.metadata.labels['kueue.x-k8s.io/queue-name']).toBe('models');
    expect(parts?.spec['suspend']).toBe(true);
  });

  test('secrets are named, never written', () => {
    const text = JSON.stringify(shardManifests(PLAN, OPTIONS));
    expect(text).toContain('"secretKeyRef":{"name":"hub","key":"token"}');
    expect(text).not.toContain('"kind":"Secret"');
  });
});
