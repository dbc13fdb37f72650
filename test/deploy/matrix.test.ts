import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { SlipwayError } from '../../src/core/index.js';
import {
  DEPLOY_TARGETS,
  planDeployment,
  renderDeployment,
  type ClusterFacts,
  type Deployed,
} from '../../src/deploy/index.js';
import { composeProblems, kindSchemas, resourceProblems } from '../support/kubernetes-schemas.js';
import { SERVED_MODELS } from './served-models.js';

const CLUSTERS: Readonly<Record<string, ClusterFacts>> = {
  'Kubernetes 1.30, containerd 1.7, KServe 0.15': { kubernetes: [1, 30, 0], containerd: [1, 7, 0], kserve: [0, 15, 0] },
  'Kubernetes 1.34 with image volumes, CRI-O 1.34, KServe 0.21': {
    kubernetes: [1, 34, 0],
    crio: [1, 34, 0],
    kserve: [0, 21, 0],
    featureGates: ['ImageVolume'],
  },
  'Kubernetes 1.36, containerd 2.1, KServe 0.20': { kubernetes: [1, 36, 0], containerd: [2, 1, 0], kserve: [0, 20, 0] },
  'Kubernetes 1.35, containerd 2.1, KServe 0.21 with images turned off': {
    kubernetes: [1, 35, 0],
    containerd: [2, 1, 0],
    kserve: [0, 21, 0],
    kserveModelcar: false,
  },
};
const ASKED = { networkPolicy: true, pullSecrets: ['registry'], namespace: 'models', replicas: 2 };

interface Pod {
  readonly automountServiceAccountToken: boolean;
  readonly containers: readonly { readonly securityContext: unknown }[];
  readonly initContainers?: readonly { readonly securityContext: unknown }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly imagePullSecrets: unknown;
}

interface Cell {
  readonly name: string;
  readonly artifact: string;
  readonly cluster: string;
  readonly target: string;
  readonly outcome: Deployed | SlipwayError;
}

function cells(): readonly Cell[] {
  const all: Cell[] = [];
  for (const [artifact, model] of Object.entries(SERVED_MODELS)) {
    for (const [clusterName, cluster] of Object.entries(CLUSTERS)) {
      for (const { name: target } of DEPLOY_TARGETS) {
        const name = `${artifact} | ${target} | ${clusterName}`;
        all.push({
          name,
          artifact,
          cluster: clusterName,
          target,
          outcome: attempt(() => planDeployment(model, { ...ASKED, cluster }, target)),
        });
      }
    }
  }
  return all;
}

function attempt(build: () => Deployed): Deployed | SlipwayError {
  try {
    return build();
  } catch (error) {
    if (SlipwayError.is(error)) return error;
    throw error;
  }
}

const CELLS = cells();
const built = CELLS.flatMap(({ outcome, ...cell }) =>
  SlipwayError.is(outcome) ? [] : [{ ...cell, deployed: outcome }],
);
const refused = CELLS.flatMap(({ outcome, ...cell }) =>
  SlipwayError.is(outcome) ? [{ ...cell, error: outcome }] : [],
);

describe('ten artifacts, all targets, four clusters', () => {
  test('every manifest passes the real schemas', () => {
    for (const { name, deployed } of built) {
      for (const resource of deployed.resources) expect(resourceProblems(resource), name).toEqual([]);
      const compose = deployed.files['compose.yaml'];
      if (compose !== undefined) expect(composeProblems(parse(compose)), name).toEqual([]);
    }
    expect(built.length).toBeGreaterThan(130);
  });

  test('whatever cannot work says why and what would', () => {
    for (const { name, target, error } of refused) {
      expect(error.code, name).toBe('USAGE');
      expect(error.message, name).toContain(`target '${target}' cannot serve this: `);
      expect([error.details.try].flat().length, name).toBeGreaterThan(0);
    }
    expect(refused.length + built.length).toBe(400);
  });

  test('what was allowed and what was refused', () => {
    const table = Object.keys(SERVED_MODELS).flatMap((artifact) =>
      Object.keys(CLUSTERS).map((cluster) => {
        const works = built
          .filter((cell) => cell.artifact === artifact && cell.cluster === cluster)
          .map(({ target }) => target);
        return `${artifact} | ${cluster} | ${works.join(' ')}`;
      }),
    );
    expect(table).toMatchSnapshot();
  });

  test('every target but the command names the artifact by its digest, and never by a tag', () => {
    for (const { name, deployed } of built) {
      const text = JSON.stringify([deployed.resources, deployed.files]);
      expect(text, name).toContain(`@sha256:${'ab'.repeat(32)}`);
      expect(text, name).not.toContain('models/tiny:');
    }
  });

  test('no pod may do what a server needs not', () => {
    for (const { name, deployed } of built) {
      for (const { kind, spec } of deployed.resources) {
        if (kind !== 'Deployment') continue;
        const { spec: pod } = (spec as { readonly template: { readonly spec: Pod } }).template;
        for (const { securityContext } of [...pod.containers, ...(pod.initContainers ?? [])]) {
          expect(securityContext, name).toEqual({
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            privileged: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
          });
        }
        expect(pod.automountServiceAccountToken, name).toBe(false);
        expect(pod.securityContext['runAsUser'], name).toBe(65_532);
        expect(pod.imagePullSecrets, name).toEqual([{ name: 'registry' }]);
      }
    }
  });

  test('the same bytes every time, one resource a document, keys sorted', () => {
    const keysOf = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Array.isArray(value)) expect(Object.keys(value)).toEqual(Object.keys(value).sort());
      for (const inner of Object.values(value)) keysOf(inner);
    };
    for (const { name, artifact, deployed } of built.slice(0, 60)) {
      const model = SERVED_MODELS[artifact]!;
      const { text } = renderDeployment(deployed, model, 'yaml');
      expect(renderDeployment(deployed, model, 'yaml').text, name).toBe(text);
      if (deployed.resources.length === 0) continue;
      const documents = parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as unknown);
      expect(documents, name).toEqual(
        deployed.resources.map((resource) => JSON.parse(JSON.stringify(resource)) as unknown),
      );
      keysOf(documents);
    }
  });
});

const kubeconform = join(process.env['SLIPWAY_PEERS'] ?? '', 'kubeconform');
const hasKubeconform = process.env['SLIPWAY_PEERS'] !== undefined && existsSync(kubeconform);
if (!hasKubeconform) console.warn('skipped: kubeconform is not installed (SLIPWAY_PEERS)');

describe.skipIf(!hasKubeconform)('kubeconform', () => {
  function verdictOn(documents: readonly unknown[]): string {
    const place = mkdtempSync(join(tmpdir(), 'kubeconform-'));
    try {
      for (const [name, schema] of kindSchemas()) {
        const [kind, version] = name.split('/').reverse();
        writeFileSync(join(place, `${kind?.toLowerCase()}_${version}.json`), JSON.stringify(schema));
      }
      writeFileSync(join(place, 'all.yaml'), documents.map((document) => JSON.stringify(document)).join('\n---\n'));
      const location = `${place}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json`;
      const { stdout, stderr } = spawnSync(
        kubeconform,
        ['-strict', '-summary', '-schema-location', location, join(place, 'all.yaml')],
        { encoding: 'utf8' },
      );
      return `${stdout}${stderr}`;
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  }

  test('accepts the whole matrix', () => {
    const resources = built.flatMap(({ deployed }) => deployed.resources);
    expect(verdictOn(resources)).toContain(`Valid: ${resources.length}, Invalid: 0, Errors: 0, Skipped: 0`);
  });

  test('names the field of a manifest that is wrong', () => {
    const [deployment] = built.flatMap(({ deployed }) => deployed.resources);
    expect(verdictOn([{ ...deployment, specification: {} }])).toContain('specification');
  });
});
