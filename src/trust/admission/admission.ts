import { readFile } from 'node:fs/promises';
import { SlipwayError } from '../../core/index.js';
import type { Policy } from '../verify/policy.js';
import { kyvernoPolicy } from './kyverno.js';
import { clusterImagePolicy } from './policy-controller.js';

/** What decides in a cluster which images may run. */
export const ADMISSION_ENGINES = ['kyverno', 'policy-controller'] as const;
export type AdmissionEngine = (typeof ADMISSION_ENGINES)[number];

/** A rule of a policy that an engine does not enforce, and why. */
export interface NotExpressed {
  /** Key of the policy file. */
  readonly rule: string;
  readonly why: string;
}

/** A resource for a cluster, and what it leaves open. */
export interface AdmissionPolicy {
  readonly engine: AdmissionEngine;
  /** The resource, to be written as YAML or JSON. */
  readonly resource: Readonly<Record<string, unknown>>;
  readonly notExpressed: readonly NotExpressed[];
  /** What has to be known to use it. */
  readonly notes: readonly string[];
}

/** How the resource is to be made. */
export interface AdmissionOptions {
  /** `metadata.name`; of the policy's name unless given. */
  readonly name?: string | undefined;
  /** Images that it is about, as globs (`harbor.example.com/models/**`); every image unless given. */
  readonly images?: readonly string[] | undefined;
}

/** What both engines are made of. */
export interface AdmissionInput {
  readonly policy: Policy;
  readonly name: string;
  readonly images: readonly string[];
  /** Text of the policy's trusted_root.json. */
  readonly trustedRoot: string | undefined;
}

const TRUSTED_ROOT_LIMIT = 512 * 1024;

/**
 * The cluster policy that enforces a policy's identities and predicate types at admission, with the rules that the engine
 * does not enforce. Throws `NOT_FOUND` for a trusted root that is not there, `POLICY_INVALID` for one that is too large.
 */
export async function admissionPolicy(
  policy: Policy,
  engine: AdmissionEngine,
  options: AdmissionOptions = {},
): Promise<AdmissionPolicy> {
  const { images = [] } = options;
  const trustedRoot = policy.trustedRoot === undefined ? undefined : await rootText(policy.trustedRoot);
  const input = { policy, name: options.name ?? resourceName(policy.name), images, trustedRoot };
  const made = engine === 'kyverno' ? kyvernoPolicy(input) : clusterImagePolicy(input);
  const everywhere = images.length > 0 ? [] : ['it is about every image of the cluster: name those that it is for'];
  return { engine, ...made, notes: [...everywhere, ...made.notes] };
}

async function rootText(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new SlipwayError('NOT_FOUND', `there is no trusted root '${path}'`, { where: path, cause });
  });
  if (text.length <= TRUSTED_ROOT_LIMIT) return text;
  throw new SlipwayError('POLICY_INVALID', 'the trusted root does not fit into a resource of Kubernetes', {
    where: path,
    got: `${text.length} characters, limit ${TRUSTED_ROOT_LIMIT}`,
  });
}

/** A DNS label of a policy's name, which may be a path. */
export function resourceName(name: string): string {
  const base = name
    .slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
    .replace(/(\.policy)?\.ya?ml$/i, '');
  const label = base
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63);
  return label === '' ? 'slipway' : label;
}
