import { randomBytes } from 'node:crypto';
import type { Row } from './harbor-answer.js';

/** Who is asking. */
export type Asker =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'user'; readonly name: string; readonly admin: boolean }
  | { readonly kind: 'robot'; readonly name: string; readonly project: string; readonly rights: ReadonlySet<string> };

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
  readonly labels: Set<number>;
  readonly pushTime: string;
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

  /** Whether somebody may do something in a project: `repository:pull`. */
  may(asker: Asker, project: string, right: string): boolean {
    if (asker.kind === 'user' && asker.admin) return true;
    if (asker.kind === 'robot' && asker.project === project && asker.rights.has(right)) return true;
    const row = this.project(project);
    const isPublic = (row?.['metadata'] as Row | undefined)?.['public'] === 'true';
    return isPublic && /^(repository:pull|artifact:(list|read)|artifact-addition:read|project:read)$/.test(right);
  }

  artifact(project: string, repository: string, digest: string | undefined): NotedArtifact | undefined {
    return this.artifacts.find(
      (one) => one.project === project && one.repository === repository && one.digest === digest,
    );
  }

  /** Bytes that a project holds, or would hold with one more, each blob once. */
  used(project: string, more: readonly Pick<NotedArtifact, 'digest' | 'size' | 'layers'>[] = []): number {
    const sizes = new Map<unknown, number>();
    for (const { digest, size, layers } of [...this.artifacts.filter((one) => one.project === project), ...more]) {
      const inLayers = layers.reduce((sum, layer) => sum + Number(layer['size']), 0);
      sizes.set(digest, size - inLayers);
      for (const layer of layers) sizes.set(layer['digest'], Number(layer['size']));
    }
    return [...sizes.values()].reduce((sum, size) => sum + size, 0);
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
