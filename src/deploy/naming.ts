import { createHash } from 'node:crypto';
import { SlipwayError } from '../core/index.js';
import type { KubernetesObject } from '../cluster/index.js';
import type { DeployOptions } from './deployment-request.js';
import type { ServedModel } from './served-model.js';

/** RFC 1035 label: what Kubernetes takes as the name of a Service. */
const LABEL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** RFC 1123 label: what it takes as the name of a namespace. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** RFC 1123 subdomain: what it takes as the name of a Secret. */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LONGEST_LABEL = 63;
const LONGEST_SUBDOMAIN = 253;
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

/** A name that Kubernetes takes for a namespace. Throws `USAGE`. */
export function checkedNamespace(name: string): string {
  if (NAMESPACE.test(name)) return name;
  throw new SlipwayError('USAGE', `'${name.slice(0, 80)}' is not a name that Kubernetes takes`, {
    got: '--namespace: lower-case letters, digits and hyphens, at most 63',
  });
}

/** A name that Kubernetes takes for a Secret. Throws `USAGE`. */
export function checkedSecret(name: string): string {
  if (name.length <= LONGEST_SUBDOMAIN && SUBDOMAIN.test(name)) return name;
  throw new SlipwayError('USAGE', `'${name.slice(0, 80)}' is not a name that Kubernetes takes`, {
    got: `--pull-secret: lower-case letters, digits, hyphens and dots between them, at most ${LONGEST_SUBDOMAIN}`,
  });
}

/**
 * The name with what a controller puts behind it for a Service of its own. Throws `USAGE` where Kubernetes would not take that: the
 * resource would be accepted and its Service would never come.
 */
export function childLabel(name: string, suffix: string): string {
  if (name.length + suffix.length <= LONGEST_LABEL) return `${name}${suffix}`;
  throw new SlipwayError('USAGE', `'${name}' is too long: what is made of it is called '…${suffix}'`, {
    got: `--name: ${name.length} characters, at most ${LONGEST_LABEL - suffix.length} for this target`,
  });
}

/** The same where the controller shortens what is too long: a hash of the name takes the place of its end (Knative's `kmeta.ChildName`). */
export function hashedChildLabel(name: string, suffix: string): string {
  if (name.length + suffix.length <= LONGEST_LABEL) return `${name}${suffix}`;
  const hash = createHash('md5').update(name).digest('hex');
  return `${name.slice(0, LONGEST_LABEL - hash.length - suffix.length)}${hash}${suffix}`;
}

/** What all resources of a deployment are called and say of themselves. */
export function metadataOf(model: ServedModel, options: DeployOptions): KubernetesObject['metadata'] {
  const name = resourceName(model, options);
  return {
    name,
    ...(options.namespace !== undefined && { namespace: checkedNamespace(options.namespace) }),
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
