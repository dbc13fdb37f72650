import type { HttpClient, HttpRequest, HttpResponse } from '../../http/index.js';
import type { Authorizer } from '../auth/authorizer.js';
import { registryError } from './registry-error.js';
import { parseWarnings } from './warning.js';

/** One request to the registry's API. */
export interface Ask extends Omit<HttpRequest, 'url'> {
  readonly method: string;
  /** A path of the API, or the absolute URL that a `Location` gave. */
  readonly to: string | URL;
  /** `pull` or `pull,push`: what the token has to allow. */
  readonly actions: string;
  /** Repository of a mount, whose content must be readable too. */
  readonly mountFrom?: string;
  /** Statuses that are an answer; others are thrown. */
  readonly expect: readonly number[];
  /** For error messages: `push a blob to 'team/model'`. */
  readonly doing: string;
}

const NOTHING = new Uint8Array(0);

export interface ConnectionOptions {
  readonly http: HttpClient;
  readonly authorizer: Authorizer;
  /** Where the API is. Its scheme changes when a registry that is asked in plain HTTP turns out to speak TLS. */
  readonly base: URL;
  readonly repository: string;
  readonly onWarning?: (message: string) => void;
}

/** Speaks to one repository of one registry: credentials, warnings and errors of every request in one place. */
export class Connection {
  readonly #options: ConnectionOptions;
  #tls: Promise<boolean> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get host(): string {
    return this.#options.base.host;
  }

  /** Where the registry is asked. */
  get base(): URL {
    return this.#options.base;
  }

  get repository(): string {
    return this.#options.repository;
  }

  /** Resolves what a `Location` says against the URL that said it. */
  url(path: string): URL {
    return new URL(`/v2/${this.#options.repository}/${path}`, this.#options.base);
  }

  /**
   * Sends and returns an expected answer. A 401 is answered with a new token once; a request whose body is a one-shot
   * stream is not repeated here: its sender sees the 401 and starts where the registry stands.
   */
  async ask(ask: Ask): Promise<HttpResponse> {
    const url = typeof ask.to === 'string' ? this.url(ask.to) : ask.to;
    // An upload may be sent to another host, which must not see this registry's credentials.
    const ours = url.origin === this.#options.base.origin;
    let response = await this.#send(ask, url, ours);
    if (response.answer.status === 400 && ours && url.protocol === 'http:' && (await this.#wantsTls())) {
      await response.answer.discard();
      return this.ask({ ...ask, to: new URL(`${url.pathname}${url.search}`, this.#options.base) });
    }
    if (response.again) response = await this.#send(ask, url, ours);
    if (ask.expect.includes(response.answer.status)) return response.answer;
    const { http } = this.#options;
    throw await registryError(http, response.answer, {
      method: ask.method,
      host: url.host,
      doing: ask.doing,
      repository: this.repository,
    });
  }

  /**
   * True when the registry, asked without encryption, says that it wants TLS (one on loopback, that has a certificate):
   * from now on it gets it. The first request finds out, and none of those sends a stream.
   */
  #wantsTls(): Promise<boolean> {
    this.#tls ??= this.#askForTls();
    return this.#tls;
  }

  async #askForTls(): Promise<boolean> {
    const { base, http } = this.#options;
    const answer = await http.send({ url: new URL('/v2/', base) });
    const body = answer.status === 400 ? await answer.bytes(1024).catch(() => NOTHING) : NOTHING;
    await answer.discard();
    const said = new TextDecoder().decode(body);
    if (!/HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port/.test(said)) return false;
    base.protocol = 'https:';
    return true;
  }

  async #send(ask: Ask, url: URL, ours: boolean): Promise<{ answer: HttpResponse; again: boolean }> {
    const { http, authorizer, onWarning } = this.#options;
    const scopes = this.#scopes(ask);
    const authorization = ours ? await authorizer.header(scopes, ask.signal) : undefined;
    const headers = { ...ask.headers, ...(authorization !== undefined && { authorization }) };
    const { to: _, actions: __, mountFrom: ___, expect: ____, doing: _____, ...request } = ask;
    // What is sent elsewhere must not end in a private network, whatever its name turns out to be.
    const publicOnly = url.hostname !== this.#options.base.hostname;
    const answer = await http.send({ ...request, url, headers, publicOnly });
    for (const warning of parseWarnings(answer.headers.get('warning'), (text) => http.redact(text)))
      onWarning?.(warning);
    if (answer.status !== 401 || !ours || answer.redirected) return { answer, again: false };
    const learnt = await authorizer.learn(answer.headers.get('www-authenticate'), scopes, authorization);
    const again = learnt && ask.body?.kind !== 'stream';
    if (again) await answer.discard();
    return { answer, again };
  }

  #scopes({ actions, mountFrom }: Ask): string[] {
    const own = `repository:${this.#options.repository}:${actions}`;
    return mountFrom === undefined ? [own] : [own, `repository:${mountFrom}:pull`];
  }
}
