import { SlipwayError } from '../core/index.js';
import type { KubernetesObject } from '../cluster/index.js';
import type { DeployOptions } from './deployment-request.js';
import type { ServedModel } from './served-model.js';

/** RFC 1123 label: what Kubernetes takes as the name of a Service. */
const LABEL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** KServe makes longer names of it. */
const LONGEST = 50;

/** The name of the resources: the one asked for, or one made of the model's name. Throws `USAGE`. */
export function resourceName(model: ServedModel, options: DeployOptions): string {
  return options.name === undefined ? defaultName(model.name) : checkedLabel(options.name, '--name');
}

/** The name that Kubernetes takes of a model's: of the last part of its repository. */
export function defaultName(model: string): string {
  const plain = model
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, LONGEST)
    .replace(/-+$/, '');
  return plain === '' ? 'model' : plain;
}

/** A name that Kubernetes takes. Throws `USAGE`. */
export function checkedLabel(name: string, flag: string): string {
  if (LABEL.test(name)) return name;
  throw new SlipwayError('USAGE', `'${name.slice(0, 80)}' is not a name that Kubernetes takes`, {
    got: `${flag}: lower-case letters, digits and hyphens, from a letter, at most 63`,
  });
}

/** What all resources of a deployment are called and say of themselves. */
export function metadataOf(model: ServedModel, options: DeployOptions): KubernetesObject['metadata'] {
  const name = resourceName(model, options);
  return {
    name,
    ...(options.namespace !== undefined && { namespace: checkedLabel(options.namespace, '--namespace') }),
    labels: { ...selectorOf(name), 'app.kubernetes.io/managed-by': 'slipway' },
    annotations: annotationsOf(model),
  };
}

/** Labels that pods are found by. */
export function selectorOf(name: string): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/component': 'model-server', 'app.kubernetes.io/name': name };
}

/** Which annotations of an artifact are worth having on what serves it. */
const KEPT = [
  'org.opencontainers.image.created',
  'org.opencontainers.image.licenses',
  'org.opencontainers.image.revision',
  'org.opencontainers.image.source',
  'org.opencontainers.image.version',
  'dev.slipway.base-model',
];

/** Source, commit, licence and quantization of the model, and the artifact itself. */
export function annotationsOf(model: ServedModel): Readonly<Record<string, string>> {
  const kept = KEPT.flatMap((key): [string, string][] => {
    const value = model.annotations[key];
    return value === undefined ? [] : [[key, value]];
  });
  return {
    ...Object.fromEntries(kept),
    'dev.slipway.artifact': model.pinned,
    ...(model.tag !== undefined && { 'dev.slipway.tag': model.tag }),
    ...(model.quantization !== undefined && { 'dev.slipway.quantization': model.quantization }),
  };
}
