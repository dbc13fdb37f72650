import { SlipwayError } from '../core/index.js';
import { clusterError } from './api-error.js';
import type { ClusterConnection } from './cluster-connection.js';
import { fieldOf, listOf, textOf } from './fields.js';
import type { KubernetesObject } from './kubernetes-object.js';

/** A resource and where the API has it. */
export interface LocatedResource {
  /** `Deployment models/tiny`. */
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly path: string;
  /** `deployments.apps`, as kubectl writes it. */
  readonly type: string;
}

/** Finds where resources are in a cluster's API; asks once for every group and version. */
export class ResourcePaths {
  readonly #connection: ClusterConnection;
  readonly #signal: AbortSignal | undefined;
  readonly #known = new Map<string, Promise<readonly unknown[] | undefined>>();

  constructor(connection: ClusterConnection, signal?: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
  }

  /** Where a resource is. Throws `CLUSTER_NOT_FOUND` for a kind that the cluster has not. */
  async locate(resource: KubernetesObject): Promise<LocatedResource> {
    const { apiVersion, kind, metadata } = resource;
    const collection = await this.find(apiVersion, kind);
    if (collection === undefined) {
      throw new SlipwayError('CLUSTER_NOT_FOUND', `the cluster has no ${kind} of ${apiVersion}`, {
        where: this.#connection.address,
        try: absentKind(apiVersion),
      });
    }
    const namespace = collection.namespaced ? (metadata.namespace ?? this.#connection.namespace) : undefined;
    return {
      id: `${kind} ${namespace === undefined ? '' : `${namespace}/`}${metadata.name}`,
      kind,
      name: metadata.name,
      namespace,
      path: `${collection.path(namespace)}/${encodeURIComponent(metadata.name)}`,
      type: collection.type,
    };
  }

  /** The collection of a kind, or `undefined` when the cluster has none. */
  async find(apiVersion: string, kind: string): Promise<Collection | undefined> {
    const resources = await this.#resources(apiVersion);
    const match = resources?.find(
      (row) => fieldOf(row, 'kind') === kind && !(textOf(row, 'name') ?? '/').includes('/'),
    );
    const plural = match === undefined ? undefined : textOf(match, 'name');
    if (plural === undefined) return undefined;
    const [group] = apiVersion.includes('/') ? apiVersion.split('/') : [];
    const root = rootOf(apiVersion);
    const namespaced = fieldOf(match, 'namespaced') === true;
    return {
      namespaced,
      type: group === undefined ? plural : `${plural}.${group}`,
      path: (namespace) =>
        namespaced && namespace !== undefined
          ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
          : `${root}/${plural}`,
    };
  }

  async #resources(apiVersion: string): Promise<readonly unknown[] | undefined> {
    const known = this.#known.get(apiVersion);
    if (known !== undefined) return known;
    const asked = this.#ask(apiVersion);
    this.#known.set(apiVersion, asked);
    return asked;
  }

  async #ask(apiVersion: string): Promise<readonly unknown[] | undefined> {
    const answer = await this.#connection.request({ method: 'GET', path: rootOf(apiVersion), signal: this.#signal });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw clusterError(this.#connection, answer, { about: `the API ${apiVersion}` });
    return listOf(answer.body, 'resources');
  }
}

/** All resources of a kind. */
export interface Collection {
  readonly namespaced: boolean;
  readonly type: string;
  path(namespace: string | undefined): string;
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function absentKind(apiVersion: string): readonly string[] {
  if (apiVersion.startsWith('serving.kserve.io')) return ['--target deployment', '--target init', 'install KServe'];
  if (apiVersion.startsWith('jobset')) return ['leave --jobset out', 'install JobSet'];
  return apiVersion.startsWith('argoproj') ? ['leave --argo out', 'install Argo Workflows'] : ['kubectl api-resources'];
}
