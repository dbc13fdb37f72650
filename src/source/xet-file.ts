import type { FileDownloadInfoOutput } from '@huggingface/hub';
import type { ByteRange } from '../core/index.js';
import type { HubQuestion } from './hub-answer.js';
import {
  asked,
  baseUrl,
  hubFetch,
  loadHubClient,
  protocolError,
  type HubConnection,
  type HubEntry,
  type HubRevision,
} from './hub-client.js';
import { requireListed } from './hub-served.js';
import { SharedAnswer } from './shared-answer.js';
import { XetExchange } from './xet-exchange.js';
import { XetTokens } from './xet-tokens.js';

/**
 * How much is put together at a time: what the client holds for a second use (content that repeats) is bounded by it,
 * and so is the storage's answer about where everything is.
 */
const WINDOW = 64 * 1024 * 1024;
const HUB = 'https://huggingface.co';

type XetInfo = FileDownloadInfoOutput & { readonly xet: NonNullable<FileDownloadInfoOutput['xet']> };

/** The Xet storage behind the files of a repository at a commit. */
export class XetStorage {
  readonly hub: HubConnection;
  readonly revision: HubRevision;
  readonly tokens: XetTokens;
  readonly window: number;

  constructor(hub: HubConnection, revision: HubRevision, window: number = WINDOW) {
    this.hub = hub;
    this.revision = revision;
    this.tokens = new XetTokens(hub, this.question());
    this.window = window;
  }

  question(file?: string): HubQuestion {
    const { repository, commit } = this.revision;
    const { endpoint, token } = this.hub;
    return { endpoint, repository, revision: commit, token, ...(file === undefined ? {} : { file }) };
  }
}

/**
 * A file in the Xet storage, read with the Hub's own client. Ranges are read one part after the other (several at once
 * are several readings, see `readAhead`): the client's own way of fetching in parallel holds whole xorbs.
 */
export class XetLocation {
  readonly #storage: XetStorage;
  readonly #entry: HubEntry;
  readonly #info: SharedAnswer<XetInfo | undefined>;

  constructor(storage: XetStorage, entry: HubEntry) {
    this.#storage = storage;
    this.#entry = entry;
    const question = storage.question(entry.path);
    this.#info = new SharedAnswer(async () => asked(question, async () => this.#ask(question)));
  }

  /** Opens a range; nothing when the Hub does not offer the file in the Xet storage. */
  async open(range: ByteRange, signal: AbortSignal | undefined): Promise<AsyncIterable<Uint8Array> | undefined> {
    const info = await this.#info.get(signal);
    return info === undefined ? undefined : begun(this.#parts(info, range, signal));
  }

  async #ask(question: HubQuestion): Promise<XetInfo | undefined> {
    const { hub, revision } = this.#storage;
    const { path, size, xetHash } = this.#entry;
    let answer: Response | undefined;
    const { fileDownloadInfo } = await loadHubClient();
    const info = await fileDownloadInfo({
      repo: revision.repository,
      revision: revision.commit,
      // The client puts it into the address as it is.
      path: path.split('/').map(encodeURIComponent).join('/'),
      hubUrl: baseUrl(hub),
      fetch: hubFetch(hub, question, { follow: true, seen: (response) => (answer = response) }),
    });
    await answer?.body?.cancel();
    const { xet } = info ?? {};
    if (info === null || xet === undefined || answer === undefined) return undefined;
    await requireListed(answer, new URL(info.url), revision, this.#entry);
    if (info.size !== size || (xetHash !== undefined && xet.hash !== xetHash)) {
      throw protocolError(question, `another '${path}' in the Xet storage: ${xet.hash.slice(0, 64)}`);
    }
    return { ...info, xet: { ...xet, refreshUrl: ownAddress(xet.refreshUrl, hub, question) } };
  }

  async *#parts(info: XetInfo, range: ByteRange, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const { window } = this.#storage;
    for (let start = range.start; start < range.end; start += window) {
      yield* this.#part(info, { start, end: Math.min(start + window, range.end) }, signal);
    }
  }

  async *#part(info: XetInfo, range: ByteRange, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const { hub, revision, tokens, window } = this.#storage;
    const { xet } = info;
    const token = await tokens.get(xet.refreshUrl, signal);
    // Ends what the client has under way when the reader leaves: it lets its connections stand.
    const leaving = new AbortController();
    const stop = signal === undefined ? leaving.signal : AbortSignal.any([signal, leaving.signal]);
    const exchange = new XetExchange(hub, { entry: this.#entry, xet, token, range, unpacked: 4 * window }, stop);
    const { downloadFile } = await loadHubClient();
    let offset = range.start;
    try {
      const blob = await downloadFile({
        repo: revision.repository,
        path: this.#entry.path,
        downloadInfo: info,
        xet: { readToken: token },
        parallelDownloads: false,
        fetch: exchange.fetch,
      });
      const content = blob?.slice(range.start, range.end).stream() as AsyncIterable<Uint8Array> | undefined;
      for await (const chunk of content ?? []) {
        offset += chunk.byteLength;
        yield chunk;
      }
      if (offset !== range.end) throw new Error(`${offset - range.start} of ${range.end - range.start} bytes`);
    } catch (error) {
      if (exchange.tokenRefused) tokens.refused(xet.refreshUrl, token);
      throw exchange.failure(error);
    } finally {
      leaving.abort();
    }
  }
}

/** Where a token for the storage is asked for: a mirror may pass on the Hub's own address, and takes that question, too. */
function ownAddress(url: URL, hub: HubConnection, question: HubQuestion): URL {
  const own = url.origin === HUB ? new URL(`${baseUrl(hub)}${url.pathname}${url.search}`) : url;
  if (own.origin === hub.endpoint.origin) return own;
  throw protocolError(question, `a link to another host, ${own.host}`);
}

/** Begins to read, so that what fails at once fails here. */
async function begun(content: AsyncGenerator<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const first = await content.next();
  return (async function* () {
    try {
      if (first.done === true) return;
      yield first.value;
      yield* content;
    } finally {
      await content.return(undefined);
    }
  })();
}
