import { leavesOf, merged, type ServedKind, type TestResource } from './cluster-resources.js';

/** An answer of the test cluster. */
export interface ClusterReply {
  readonly status: number;
  readonly body: unknown;
}

/** Kubernetes' answer when something is refused. */
export function statusReply(status: number, reason: string, message: string, details: object = {}): ClusterReply {
  return {
    status,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message, details },
  };
}

interface Kept {
  resource: TestResource;
  /** Who has set which field. */
  readonly managers: Map<string, string>;
}

/** Resources of the test cluster, and who has set their fields (server-side apply). */
export class ClusterState {
  readonly kinds: readonly ServedKind[];
  readonly #kept = new Map<string, Kept>();
  #uid = 0;

  constructor(kinds: readonly ServedKind[]) {
    this.kinds = kinds;
  }

  /** Puts a resource there, as an update by another client: what it changes is that client's. */
  put(resource: TestResource, manager = 'test'): void {
    const key = keyOf(resource.kind, resource.metadata.namespace, resource.metadata.name);
    const before = leavesOf(this.#kept.get(key)?.resource ?? {});
    const changed = [...leavesOf(resource)].filter(([leaf, value]) => before.get(leaf) !== value);
    this.#keep(
      key,
      resource,
      manager,
      changed.map(([leaf]) => leaf),
    );
  }

  get(kind: string, namespace: string | undefined, name: string): TestResource | undefined {
    return this.#kept.get(keyOf(kind, namespace, name))?.resource;
  }

  list(kind: string, namespace: string | undefined): readonly TestResource[] {
    return [...this.#kept.values()]
      .map(({ resource }) => resource)
      .filter((one) => one.kind === kind && (namespace === undefined || one.metadata.namespace === namespace));
  }

  remove(kind: string, namespace: string | undefined, name: string): boolean {
    return this.#kept.delete(keyOf(kind, namespace, name));
  }

  /** Server-side apply: sets what the manager says, refuses what another has set otherwise. */
  apply(resource: TestResource, manager: string, { force, dryRun }: { force: boolean; dryRun: boolean }): ClusterReply {
    const { kind, metadata } = resource;
    const key = keyOf(kind, metadata.namespace, metadata.name);
    const kept = this.#kept.get(key);
    const causes = kept === undefined || force ? [] : conflicts(kept, resource, manager);
    if (causes.length > 0) {
      const message = `Apply failed with ${causes.length} conflict${causes.length === 1 ? '' : 's'}: ${causes.map(({ message: text, field }) => `${text}: ${field}`).join(', ')}`;
      return statusReply(409, 'Conflict', message, { name: metadata.name, causes });
    }
    const whole = merged(kept?.resource ?? {}, resource) as TestResource;
    if (dryRun) return { status: kept === undefined ? 201 : 200, body: whole };
    return {
      status: kept === undefined ? 201 : 200,
      body: this.#keep(key, whole, manager, [...leavesOf(resource).keys()]),
    };
  }

  #keep(key: string, resource: TestResource, manager: string, set: readonly string[]): TestResource {
    const before = this.#kept.get(key);
    this.#uid += 1;
    const changed = JSON.stringify(before?.resource['spec']) !== JSON.stringify(resource['spec']);
    const stored: TestResource = {
      ...resource,
      metadata: {
        ...resource.metadata,
        uid: before === undefined ? `uid-${this.#uid}` : String(before.resource.metadata['uid']),
        generation: (before?.resource.metadata.generation ?? 0) + (changed ? 1 : 0),
        resourceVersion: String(this.#uid),
      },
    };
    const managers = before?.managers ?? new Map<string, string>();
    for (const leaf of set) managers.set(leaf, manager);
    this.#kept.set(key, { resource: stored, managers });
    return stored;
  }
}

function keyOf(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${namespace ?? ''}/${name}`;
}

function conflicts(
  { resource, managers }: Kept,
  wanted: TestResource,
  manager: string,
): readonly { readonly reason: string; readonly message: string; readonly field: string }[] {
  const present = leavesOf(resource);
  return [...leavesOf(wanted)].flatMap(([field, value]) => {
    const owner = managers.get(field);
    if (owner === undefined || owner === manager || present.get(field) === value) return [];
    return [{ reason: 'FieldManagerConflict', message: `conflict with "${owner}" using ${wanted.apiVersion}`, field }];
  });
}
