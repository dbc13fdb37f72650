import { randomBytes } from 'node:crypto';
import type { Row } from './harbor-answer.js';

/** Who is asking. */
export type Asker =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'user'; readonly name: string; readonly admin: boolean }
  | { readonly kind: 'robot'; readonly name: string; readonly project: string; readonly rights: ReadonlySet<string> };

/** What an artifact is attached to, and what Harbor calls that. */
export interface Attachment {
  readonly subject: string;
  readonly type: string;
}

/** An artifact as Harbor noted it when it was pushed. */
export interface NotedArtifact {
  readonly id: number;
  readonly project: string;
  readonly repository: string;
  readonly digest: string;
  readonly type: string;
  readonly mediaType: string;
  readonly manifestMediaType: string;
  readonly artifactType: string;
  readonly size: number;
  readonly config: Row;
  readonly layers: readonly Row[];
  /** Descriptors of its config and layers. */
  readonly blobs: readonly Row[];
  readonly labels: Set<number>;
  readonly pushTime: string;
  /** What it is attached to: then it is no artifact in a list. */
  attached: Attachment | undefined;
  /** Digests of the manifests that it lists, if it is an index. */
  readonly children: readonly string[];
  scan: Row | undefined;
  sbom: Row | undefined;
}

/** Harbor's tables. */
export class HarborState {
  readonly projects: Row[] = [];
  readonly quotas: Row[] = [];
  readonly robots: Row[] = [];
  readonly registries: Row[] = [];
  readonly policies: Row[] = [];
  readonly executions: Row[] = [];
  readonly labels: Row[] = [];
  readonly retentions: Row[] = [];
  readonly retentionRuns: Row[] = [];
  readonly immutable: Row[] = [];
  readonly preheat: Row[] = [];
  readonly instances: Row[] = [];
  readonly artifacts: NotedArtifact[] = [];
  /** What was uploaded to each project, sizes by digest: it counts whether an artifact names it or not. */
  readonly #uploaded = new Map<string, Map<string, number>>();
  readonly #secrets = new Map<string, string>();
  readonly #users: Readonly<Record<string, string>>;
  #lastId = 0;

  /** Passwords by name; `admin` is the administrator. */
  constructor(users: Readonly<Record<string, string>>) {
    this.#users = users;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  project(nameOrId: string): Row | undefined {
    return this.projects.find((one) => one['name'] === nameOrId);
  }

  newSecret(robot: string): string {
    const secret = randomBytes(16).toString('hex');
    this.#secrets.set(robot, secret);
    return secret;
  }

  /** `undefined` for a name or password that is wrong. */
  login(authorization: string | undefined): Asker | undefined {
    if (authorization === undefined) return { kind: 'anonymous' };
    if (!authorization.startsWith('Basic ')) return undefined;
    const pair = Buffer.from(authorization.slice('Basic '.length), 'base64').toString();
    const [name, password] = [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)];
    if (Object.hasOwn(this.#users, name) && this.#users[name] === password) {
      return { kind: 'user', name, admin: name === 'admin' };
    }
    const robot = this.robots.find((one) => one['name'] === name && one['disable'] !== true);
    if (robot === undefined || this.#secrets.get(name) !== password) return undefined;
    const [permission] = robot['permissions'] as Row[];
    const rights = ((permission?.['access'] ?? []) as Row[]).map(
      (right) => `${String(right['resource'])}:${String(right['action'])}`,
    );
    return { kind: 'robot', name, project: String(permission?.['namespace']), rights: new Set(rights) };
  }

  /** Whether an account may do something in a project: `repository:pull`. */
  may(asker: Asker, project: string, right: string): boolean {
    if (asker.kind === 'user' && asker.admin) return true;
    if (asker.kind === 'robot' && asker.project === project && asker.rights.has(right)) return true;
    const row = this.project(project);
    const isPublic = (row?.['metadata'] as Row | undefined)?.['public'] === 'true';
    return isPublic && /^(repository:pull|artifact:(list|read)|artifact-addition:read|project:read)$/.test(right);
  }

  /** A flag of a project's metadata. */
  isSet(project: string, flag: string): boolean {
    return (this.project(project)?.['metadata'] as Row | undefined)?.[flag] === 'true';
  }

  artifact(project: string, repository: string, digest: string | undefined): NotedArtifact | undefined {
    return this.artifacts.find(
      (one) => one.project === project && one.repository === repository && one.digest === digest,
    );
  }

  /** Reserved as soon as it is let in: another upload at the same time finds less room. */
  noteBlob(project: string, digest: string, size: number): void {
    const known = this.#uploaded.get(project) ?? new Map<string, number>();
    this.#uploaded.set(project, known.set(digest, size));
  }

  /** What is left of a project's quota; negative when it was lowered below what is used. */
  free(project: string): number {
    const quota = this.quotas.find((one) => (one['ref'] as Row)['name'] === project);
    const limit = Number(((quota?.['hard'] ?? {}) as Row)['storage'] ?? -1);
    return limit === -1 ? Number.POSITIVE_INFINITY : limit - this.used(project);
  }

  hasBlob(project: string, digest: string): boolean {
    return this.#sizes(project).has(digest);
  }

  /** Bytes that a project holds, or would hold with one more, each blob once. */
  used(project: string, more: readonly Pick<NotedArtifact, 'digest' | 'size' | 'blobs'>[] = []): number {
    return [...this.#sizes(project, more).values()].reduce((sum, size) => sum + size, 0);
  }

  #sizes(
    project: string,
    more: readonly Pick<NotedArtifact, 'digest' | 'size' | 'blobs'>[] = [],
  ): ReadonlyMap<unknown, number> {
    const sizes = new Map<unknown, number>(this.#uploaded.get(project));
    for (const { digest, size, blobs } of [...this.artifacts.filter((one) => one.project === project), ...more]) {
      sizes.set(digest, size - blobs.reduce((sum, blob) => sum + Number(blob['size']), 0));
      for (const blob of blobs) sizes.set(blob['digest'], Number(blob['size']));
    }
    return sizes;
  }
}

/** Whether a doublestar pattern meets a name. */
export function meets(pattern: string, name: string): boolean {
  const words: Readonly<Record<string, string>> = {
    '**': '.*',
    '*': '[^/]*',
    '?': '[^/]',
    '{': '(?:',
    '}': ')',
    ',': '|',
  };
  const source = pattern.replaceAll(/\*\*|[*?{},]|[.+^$()|[\]\\]/g, (part) => words[part] ?? `\\${part}`);
  return new RegExp(`^${source}$`).test(name);
}
