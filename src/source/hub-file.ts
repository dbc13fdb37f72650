import { SlipwayError, type ByteRange } from '../core/index.js';
import { checkedRange, type ModelFile } from '../files/index.js';
import { hubRefusal, type HubQuestion } from './hub-answer.js';
import { baseUrl, hubHeaders, type HubConnection, type HubEntry, type HubRevision } from './hub-client.js';
import { requireSecureLink } from './hub-endpoint.js';
import { requireListed } from './hub-served.js';
import { rangeBody, rangeHeaders } from './range-response.js';
import { resumedRead, type OpenRange } from './resumed-read.js';
import { XetLocation, type XetStorage } from './xet-file.js';

const MAX_HOPS = 5;
/** Answers of a storage host that mean: the signed address has run out, ask the Hub for a new one. */
const EXPIRED = new Set([400, 401, 403, 404, 410]);

/**
 * A file of a repository at a pinned commit, read by ranges over HTTP and resumed after drops. The Hub redirects to a
 * storage host; that address is used again until it expires, so that a range costs one request. With
 * `storage` it is read from there over the Xet protocol, if the Hub offers that.
 */
export function hubFile(hub: HubConnection, revision: HubRevision, entry: HubEntry, storage?: XetStorage): ModelFile {
  const { path, size } = entry;
  const location = new HubLocation(hub, revision, entry);
  const xet = storage === undefined ? undefined : new XetLocation(storage, entry);
  const open: OpenRange = async (part, stop) => (await xet?.open(part, stop)) ?? location.open(part, stop);
  return {
    path,
    size,
    read: (range, signal) => {
      const wanted = checkedRange(path, size, range);
      return resumedRead(open, wanted, {
        name: path,
        url: location.address,
        signal: signal ?? hub.signal,
        onRetry: hub.onRetry,
      });
    },
  };
}

class HubLocation {
  readonly #hub: HubConnection;
  readonly #revision: HubRevision;
  readonly #entry: HubEntry;
  readonly #address: URL;
  #storage: URL | undefined;

  constructor(hub: HubConnection, revision: HubRevision, entry: HubEntry) {
    this.#hub = hub;
    this.#revision = revision;
    this.#entry = entry;
    const path = entry.path.split('/').map(encodeURIComponent).join('/');
    this.#address = new URL(`${baseUrl(hub)}/${revision.repository}/resolve/${revision.commit}/${path}`);
  }

  /** Where the Hub has the file. */
  get address(): string {
    return this.#address.href;
  }

  async open(range: ByteRange, signal: AbortSignal | undefined): Promise<AsyncIterable<Uint8Array>> {
    const storage = this.#storage;
    if (storage !== undefined) {
      const response = await this.#get(storage, range, signal);
      if (!EXPIRED.has(response.status)) return this.#body(response, range);
      await response.body?.cancel();
      this.#storage = undefined;
    }
    return this.#body(await this.#resolve(range, signal), range);
  }

  /** Follows the Hub's redirects by hand, because its first answer says which commit and content it speaks of. */
  async #resolve(range: ByteRange, signal: AbortSignal | undefined): Promise<Response> {
    let url = this.#address;
    for (let hop = 0; hop <= MAX_HOPS; hop++) {
      const response = await this.#get(url, range, signal);
      if (url.origin === this.#address.origin)
        await requireListed(response, this.#address, this.#revision, this.#entry);
      const target = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || target === null) {
        if (response.ok && url.origin !== this.#address.origin) this.#storage = url;
        return response;
      }
      await response.body?.cancel();
      url = this.#redirected(url, target);
    }
    throw new SlipwayError('NET_REDIRECT', `'${this.#entry.path}' is redirected without end`, {
      where: this.#address.href,
      got: `more than ${MAX_HOPS} redirects`,
    });
  }

  #redirected(from: URL, target: string): URL {
    const url = URL.canParse(target, from.href) ? new URL(target, from) : undefined;
    if (url === undefined) {
      throw new SlipwayError('NET_REDIRECT', `the Hub redirects '${this.#entry.path}' to nowhere`, {
        where: from.host,
      });
    }
    requireSecureLink(url, this.#address, `'${this.#entry.path}'`, this.#hub.insecureHosts);
    return url;
  }

  async #get(url: URL, range: ByteRange, signal: AbortSignal | undefined): Promise<Response> {
    return this.#hub.fetch(url, {
      headers: hubHeaders(this.#hub, url, rangeHeaders(range)),
      redirect: 'manual',
      signal,
    });
  }

  async #body(response: Response, range: ByteRange): Promise<AsyncIterable<Uint8Array>> {
    if (response.ok) return rangeBody(response, range, this.#entry.size, this.#entry.path);
    await response.body?.cancel();
    throw hubRefusal(response, this.#question());
  }

  #question(): HubQuestion {
    return {
      endpoint: this.#hub.endpoint,
      repository: this.#revision.repository,
      revision: this.#revision.commit,
      file: this.#entry.path,
      token: this.#hub.token,
    };
  }
}
