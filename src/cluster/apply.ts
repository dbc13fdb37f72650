import type { KubernetesObject } from './kubernetes-object.js';
import { clusterError } from './api-error.js';
import type { ClusterAnswer, ClusterConnection } from './cluster-connection.js';
import { differencesOf, withoutSecrets, type FieldDifference } from './differences.js';
import { fieldOf, textOf } from './fields.js';
import { ResourcePaths, type LocatedResource } from './resource-path.js';

/** Under which name fields are set. */
export const FIELD_MANAGER = 'slipway';

export interface ApplyOptions {
  /** Take over fields that others have set. */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What applying a resource does, or did. */
export interface ResourceChange {
  /** `Deployment models/tiny`. */
  readonly id: string;
  readonly change: 'created' | 'updated' | 'unchanged';
  readonly differences: readonly FieldDifference[];
}

/** What was found out by a dry run, and the way to carry it out. */
export interface PlannedApply {
  readonly changes: readonly ResourceChange[];
  /** Applies all of it, in order; what the cluster made of each resource. */
  carryOut(): Promise<readonly unknown[]>;
}

/**
 * Tries resources on the server without keeping anything (server-side apply with `dryRun=All`: defaults, rules, webhooks),
 * and compares with what is there. Throws `CLUSTER_REFUSED`, `CLUSTER_CONFLICT`, `CLUSTER_NOT_FOUND`, `CLUSTER_DENIED`,
 * `CLUSTER_UNAUTHORIZED`, `CLUSTER_UNAVAILABLE`: nothing is changed then.
 */
export async function planApply(
  connection: ClusterConnection,
  resources: readonly KubernetesObject[],
  options: ApplyOptions = {},
): Promise<PlannedApply> {
  const paths = new ResourcePaths(connection, options.signal);
  const located = await inOrder(resources, async (resource) => ({ resource, at: await paths.locate(resource) }));
  const changes = await inOrder(located, async ({ resource, at }) => dryRun(connection, resource, at, options));
  return {
    changes,
    carryOut: async () =>
      inOrder(located, async ({ resource, at }) => send(connection, resource, at, { ...options, dryRun: false })),
  };
}

async function inOrder<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

async function dryRun(
  connection: ClusterConnection,
  resource: KubernetesObject,
  at: LocatedResource,
  options: ApplyOptions,
): Promise<ResourceChange> {
  const present = await readResource(connection, at, options.signal);
  const would = await send(connection, resource, at, { ...options, dryRun: true });
  if (present === undefined) return { id: at.id, change: 'created', differences: [] };
  const differences = withoutSecrets(at.kind, differencesOf(present, would));
  return { id: at.id, change: differences.length === 0 ? 'unchanged' : 'updated', differences };
}

/** What is there, or `undefined`. */
export async function readResource(
  connection: ClusterConnection,
  at: Pick<LocatedResource, 'id' | 'path' | 'type'>,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const answer = await connection.request({ method: 'GET', path: at.path, signal });
  if (answer.status === 404) return undefined;
  if (answer.status === 200) return answer.body;
  throw clusterError(connection, answer, { about: at.id, access: `get ${at.type}` });
}

async function send(
  connection: ClusterConnection,
  resource: KubernetesObject,
  at: LocatedResource,
  { dryRun, force, signal }: ApplyOptions & { readonly dryRun: boolean },
): Promise<unknown> {
  const answer: ClusterAnswer = await connection.request({
    method: 'PATCH',
    path: at.path,
    contentType: 'application/apply-patch+yaml',
    query: {
      fieldManager: FIELD_MANAGER,
      fieldValidation: 'Strict',
      ...(dryRun && { dryRun: 'All' }),
      ...(force === true && { force: 'true' }),
    },
    body: {
      ...resource,
      metadata: { ...resource.metadata, ...(at.namespace !== undefined && { namespace: at.namespace }) },
    },
    signal,
  });
  if (answer.status === 200 || answer.status === 201) return answer.body;
  throw clusterError(connection, answer, { about: at.id, access: `patch ${at.type}` });
}

/** Kinds to look through, and the label that says whose a resource is. */
export interface LabelledSearch {
  readonly kinds: readonly { readonly apiVersion: string; readonly kind: string }[];
  readonly namespace: string | undefined;
  readonly selector: string;
  readonly signal?: AbortSignal | undefined;
}

/** Resources of some kinds that carry labels. Kinds that the cluster has not are passed over. */
export async function findLabelled(
  connection: ClusterConnection,
  { kinds, namespace = connection.namespace, selector, signal }: LabelledSearch,
): Promise<readonly { readonly at: LocatedResource; readonly body: unknown }[]> {
  const paths = new ResourcePaths(connection, signal);
  const found: { at: LocatedResource; body: unknown }[] = [];
  for (const { apiVersion, kind } of kinds) {
    const collection = await paths.find(apiVersion, kind);
    if (collection === undefined) continue;
    const path = collection.path(namespace);
    const answer = await connection.request({ method: 'GET', path, query: { labelSelector: selector }, signal });
    if (answer.status !== 200) {
      throw clusterError(connection, answer, { about: `${kind}s in ${namespace}`, access: `list ${collection.type}` });
    }
    for (const body of itemsOf(answer.body)) {
      const name = textOf(body, 'metadata', 'name') ?? '';
      const id = `${kind} ${namespace}/${name}`;
      found.push({ at: { id, kind, name, namespace, path: `${path}/${name}`, type: collection.type }, body });
    }
  }
  return found;
}

function itemsOf(list: unknown): readonly unknown[] {
  const items = fieldOf(list, 'items');
  return Array.isArray(items) ? items : [];
}

/** Deletes a resource and, in the background, what belongs to it; one that is gone already is fine. */
export async function removeResource(
  connection: ClusterConnection,
  at: LocatedResource,
  signal: AbortSignal | undefined,
): Promise<void> {
  const answer = await connection.request({
    method: 'DELETE',
    path: at.path,
    query: { propagationPolicy: 'Background' },
    signal,
  });
  if (answer.status >= 200 && answer.status < 300) return;
  if (answer.status === 404) return;
  throw clusterError(connection, answer, { about: at.id, access: `delete ${at.type}` });
}
