import { randomUUID } from 'node:crypto';

export interface TestAuthOptions {
  /** How the registry protects itself. */
  readonly auth: 'none' | 'basic' | 'bearer';
  /** Passwords by user name. */
  readonly users: Readonly<Record<string, string>>;
  /** Reading needs no credentials. */
  readonly anonymousPull: boolean;
  /** Milliseconds that a token lives. */
  readonly tokenLifetimeMs: number;
  /** Token address to name instead of the registry's own. */
  readonly realm: string | undefined;
}

interface Issued {
  readonly endsAt: number;
  readonly scopes: readonly string[];
}

/** Who may do what: users with passwords, refresh tokens (`refresh-<user>`), bearer tokens per scope. */
export class TestAuth {
  readonly #options: TestAuthOptions;
  readonly #issued = new Map<string, Issued>();
  issuedCount = 0;

  constructor(options: TestAuthOptions) {
    this.#options = options;
  }

  /** `undefined` when the request may pass, else the challenge of the 401. */
  challenge(authorization: string | undefined, repository: string, action: string, origin: string): string | undefined {
    const { auth, anonymousPull } = this.#options;
    if (auth === 'none') return undefined;
    if (auth === 'basic') {
      const open = anonymousPull && action === 'pull';
      return open || this.#user(authorization) !== undefined ? undefined : 'Basic realm="test"';
    }
    const token = authorization?.startsWith('Bearer ') === true ? authorization.slice('Bearer '.length) : '';
    const issued = this.#issued.get(token);
    if (issued !== undefined && issued.endsAt > Date.now() && allows(issued.scopes, repository, action))
      return undefined;
    const realm = this.#options.realm ?? `${origin}/token`;
    const scope = repository === '' ? '' : `,scope="repository:${repository}:${action}"`;
    return `Bearer realm="${realm}",service="test-registry"${scope}`;
  }

  /** Answers the token endpoint: a JSON body, or `undefined` for wrong credentials. */
  issue(
    authorization: string | undefined,
    query: URLSearchParams,
    form: URLSearchParams | undefined,
  ): object | undefined {
    const refresh = form?.get('refresh_token') ?? undefined;
    const user = refresh === undefined ? this.#user(authorization) : this.#refreshUser(refresh);
    if (user === undefined && (authorization !== undefined || form !== undefined)) return undefined;
    const asked = form === undefined ? query.getAll('scope') : (form.get('scope') ?? '').split(' ');
    const scopes = user === undefined ? asked.map((scope) => this.#anonymous(scope)) : asked;
    const token = `token-${randomUUID()}`;
    this.#issued.set(token, { scopes, endsAt: Date.now() + this.#options.tokenLifetimeMs });
    this.issuedCount++;
    const seconds = Math.max(1, Math.floor(this.#options.tokenLifetimeMs / 1000));
    return { token, access_token: token, expires_in: seconds };
  }

  expireAll(): void {
    this.#issued.clear();
  }

  #anonymous(scope: string): string {
    const [type, name] = scope.split(':');
    return this.#options.anonymousPull ? `${type}:${name}:pull` : `${type}:${name}:`;
  }

  #user(authorization: string | undefined): string | undefined {
    if (authorization?.startsWith('Basic ') !== true) return undefined;
    const pair = Buffer.from(authorization.slice('Basic '.length), 'base64').toString();
    const colon = pair.indexOf(':');
    const [name, password] = [pair.slice(0, colon), pair.slice(colon + 1)];
    const known = Object.hasOwn(this.#options.users, name) && this.#options.users[name] === password;
    return known ? name : undefined;
  }

  #refreshUser(token: string): string | undefined {
    return Object.keys(this.#options.users).find((name) => token === `refresh-${name}`);
  }
}

function allows(scopes: readonly string[], repository: string, action: string): boolean {
  if (repository === '') return true;
  return scopes.some((scope) => {
    const [, name, actions = ''] = scope.split(':');
    return name === repository && actions.split(',').includes(action);
  });
}
