import { SlipwayError } from '../core/index.js';
import type { Deployed } from './deployed.js';
import { helmValues } from './helm-values.js';
import type { KubernetesObject } from '../cluster/index.js';
import type { ServedModel } from './served-model.js';
import { stableYaml } from './resource-yaml.js';

/** How a deployment is written. */
export const DEPLOY_FORMATS = ['yaml', 'json', 'kustomize', 'helm-values'] as const;
export type DeployFormat = (typeof DEPLOY_FORMATS)[number];

/** Files by name; `text` is all of them as one text, for a terminal or `kubectl apply -f -`. */
export interface Rendered {
  readonly files: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Writes a deployment in a format: one resource a document, keys sorted, the same bytes for the same deployment. Throws `USAGE`. */
export function renderDeployment(deployed: Deployed, model: ServedModel, format: DeployFormat): Rendered {
  const { resources, files, target } = deployed;
  if (resources.length === 0) return renderFiles(files, target, format);
  switch (format) {
    case 'yaml':
      return { files: resourceFiles(resources), text: resources.map(stableYaml).join('---\n') };
    case 'json': {
      const text = stableJson(
        resources.length === 1 ? resources[0] : { apiVersion: 'v1', kind: 'List', items: resources },
      );
      return { files: { 'resources.json': text }, text };
    }
    case 'kustomize':
      return kustomize(resources);
    case 'helm-values': {
      const text = stableYaml(helmValues(deployed, model));
      return { files: { 'values.yaml': text }, text };
    }
    default:
      return format satisfies never;
  }
}

function renderFiles(files: Readonly<Record<string, string>>, target: string, format: DeployFormat): Rendered {
  const names = Object.keys(files);
  if (format === 'json') {
    const text = stableJson({ files });
    return { files: { 'files.json': text }, text };
  }
  if (format !== 'yaml') {
    throw new SlipwayError('USAGE', `--format ${format} is for Kubernetes, and the target is ${target}`, {
      try: 'leave --format out',
    });
  }
  const text =
    names.length === 1
      ? (files[names[0] ?? ''] ?? '')
      : names.map((name) => `# ${name}\n${files[name] ?? ''}`).join('\n');
  return { files, text };
}

function resourceFiles(resources: readonly KubernetesObject[]): Readonly<Record<string, string>> {
  return Object.fromEntries(resources.map((resource) => [`${resource.kind.toLowerCase()}.yaml`, stableYaml(resource)]));
}

function kustomize(resources: readonly KubernetesObject[]): Rendered {
  const parts = resourceFiles(resources);
  const kustomization = stableYaml({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: Object.keys(parts).sort(),
  });
  const files = { 'kustomization.yaml': kustomization, ...parts };
  return {
    files,
    text: Object.entries(files)
      .map(([name, text]) => `# ${name}\n${text}`)
      .join('---\n'),
  };
}

/** JSON with sorted keys and a last newline. */
export function stableJson(value: unknown): string {
  return `${JSON.stringify(sorted(value), null, 2)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]: [string, unknown]) => [key, sorted(inner)]),
  );
}
