import { SlipwayError } from '../../core/index.js';
import type { HttpClient } from '../../http/index.js';
import type { RegistryCredential } from '../credentials/credential.js';
import { parseChallenges, type Challenge } from './challenge.js';
import { checkRealm, type Realm } from './realm.js';
import { basic, fetchToken, type Token } from './token.js';

export interface AuthorizerOptions {
  /** Where the registry answers. */
  readonly registry: URL;
  readonly http: HttpClient;
  readonly credential: () => Promise<RegistryCredential | undefined>;
  /** Pairs `registry=authHost`. */
  readonly authHosts?: readonly string[];
  /** Milliseconds; tokens age by it. */
  readonly now: () => number;
}

type Method =
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly realm: Realm; readonly service?: string };

/** Knows how one registry wants to be spoken to: nothing at first, what its challenge said afterwards. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  #method: Method | undefined;
  #credential: Promise<RegistryCredential | undefined> | undefined;
  /** By scope. Promises, so that parallel requests ask once. */
  readonly #tokens = new Map<string, Promise<Token>>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** The Authorization header for these scopes, or `undefined` while nothing was asked for. */
  async header(scopes: readonly string[], signal?: AbortSignal): Promise<string | undefined> {
    if (this.#method === undefined) return undefined;
    const credential = await this.#lookup();
    if (this.#method.kind === 'basic') {
      if (credential?.kind === 'basic') return basic(credential);
      throw this.#noCredentials('Basic', credential);
    }
    if (credential?.kind === 'token') return `Bearer ${credential.token}`;
    const token = await this.#token(this.#method, scopes, credential, signal);
    return `Bearer ${token.value}`;
  }

  /**
   * Learns from a 401 that answered a request sent with `sent` as its Authorization. True when a repetition may go
   * better: the method is new, or a token was spent. Throws `INSECURE_REFUSED` for a realm that must not be asked.
   */
  async learn(wwwAuthenticate: string | null, scopes: readonly string[], sent: string | undefined): Promise<boolean> {
    const challenges = parseChallenges(wwwAuthenticate ?? '');
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    const known = this.#method;
    if (bearer !== undefined) this.#method = this.#bearer(bearer);
    else if (challenges.some(({ scheme }) => scheme === 'basic')) this.#method = { kind: 'basic' };
    else return false;
    if (sent === undefined || known?.kind !== this.#method.kind) return true;
    const spent = await this.#tokens.get(key(scopes))?.catch(() => undefined);
    // Only the token that was refused: another request may have brought a new one meanwhile.
    if (spent !== undefined && sent === `Bearer ${spent.value}`) this.#tokens.delete(key(scopes));
    return this.#method.kind === 'bearer' && (await this.#lookup())?.kind !== 'token';
  }

  #bearer({ parameters }: Challenge): Method {
    const realm = checkRealm(parameters.get('realm'), this.#options.registry, this.#options.authHosts);
    const service = parameters.get('service');
    return { kind: 'bearer', realm, service };
  }

  async #token(
    method: Extract<Method, { kind: 'bearer' }>,
    scopes: readonly string[],
    credential: RegistryCredential | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Token> {
    const { http, now } = this.#options;
    const name = key(scopes);
    const known = this.#tokens.get(name);
    const cached = await known?.catch(() => undefined);
    if (cached !== undefined && cached.renewAt > now()) return cached;
    // While we waited, another request may have asked already.
    if (this.#tokens.get(name) !== known) return this.#token(method, scopes, credential, signal);
    const request = { realm: method.realm, service: method.service, scopes, credential, now };
    const fetched = fetchToken(http, { ...request, signal });
    this.#tokens.set(name, fetched);
    try {
      const token = await fetched;
      const { refresh } = token;
      if (credential?.kind === 'refresh' && refresh !== undefined) {
        this.#credential = Promise.resolve({ ...credential, token: refresh });
      }
      return token;
    } catch (error) {
      if (this.#tokens.get(name) === fetched) this.#tokens.delete(name);
      throw error;
    }
  }

  #lookup(): Promise<RegistryCredential | undefined> {
    this.#credential ??= this.#options.credential();
    return this.#credential;
  }

  #noCredentials(scheme: string, credential: RegistryCredential | undefined): SlipwayError {
    const { host } = this.#options.registry;
    return new SlipwayError('OCI_UNAUTHORIZED', `'${host}' asks for credentials`, {
      where: this.#options.registry.origin,
      got:
        credential === undefined ? `${scheme}, and none were found` : `${scheme}, and ${credential.origin} has a token`,
      try: `pipeline login ${host}`,
    });
  }
}

function key(scopes: readonly string[]): string {
  return [...scopes].sort().join(' ');
}
