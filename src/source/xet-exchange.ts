import type { FileDownloadInfoOutput, XetReadToken } from '@huggingface/hub';
import { SlipwayError, type ByteRange } from '../core/index.js';
import { bodyOf, isTransient, limitedResponse } from '../http/index.js';
import { hubHeaders, type HubConnection, type HubEntry } from './hub-client.js';
import { requireSecureLink } from './hub-endpoint.js';
import { rangeProblem } from './range-response.js';
import { checkedXetChunks, type UnpackingBudget } from './xet-chunks.js';
import { xetError } from './xet-error.js';
import { checkedReconstruction } from './xet-reconstruction.js';

const TOKEN_LIMIT = 1024 * 1024;

/** One reading of a part of a file, as the Hub's client carries it out. */
export interface XetPart {
  readonly entry: HubEntry;
  readonly xet: NonNullable<FileDownloadInfoOutput['xet']>;
  readonly token: XetReadToken;
  readonly range: ByteRange;
  /** Bytes that the xorbs may unpack to. */
  readonly unpacked: number;
}

/**
 * Stands between the Hub's client and the network while a part of a file is read. The client's own token for the storage
 * is left alone, the Hub's token is added where the client asks the Hub for a new one and nowhere else; refusals become
 * our errors, and what the storage answers is looked at before the client unpacks it.
 */
export class XetExchange {
  readonly #hub: HubConnection;
  readonly #part: XetPart;
  readonly #signal: AbortSignal;
  readonly #budget: UnpackingBudget;
  #failure: unknown;

  constructor(hub: HubConnection, part: XetPart, signal: AbortSignal) {
    this.#hub = hub;
    this.#part = part;
    this.#signal = signal;
    this.#budget = { remaining: part.unpacked };
  }

  /** True once the storage has refused the token. */
  tokenRefused = false;

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    try {
      return await this.#fetch(new URL(input instanceof Request ? input.url : input), new Headers(init?.headers));
    } catch (error) {
      // The client passes on no more than the words of some errors.
      this.#failure ??= error;
      throw error;
    }
  };

  /** What went wrong, as our error. */
  failure(thrown: unknown): SlipwayError {
    const error = this.#failure ?? thrown;
    return SlipwayError.is(error) ? error : readingFailed(error, this.#part.entry.path);
  }

  async #fetch(url: URL, headers: Headers): Promise<Response> {
    const { entry, xet } = this.#part;
    requireSecureLink(url, this.#hub.endpoint, `'${entry.path}'`, this.#hub.insecureHosts);
    const forToken = url.href === xet.refreshUrl.href;
    const response = await this.#hub.fetch(url, {
      headers: forToken ? hubHeaders(this.#hub, url, headers) : headers,
      signal: this.#signal,
    });
    if (forToken && response.ok) return limitedResponse(response, TOKEN_LIMIT, entry.path);
    if (!response.ok) return this.#refusal(response, headers.has('authorization'));
    return headers.has('authorization') ? this.#reconstruction(response) : this.#xorb(response, headers);
  }

  async #reconstruction(response: Response): Promise<Response> {
    const { entry, range } = this.#part;
    return new Response(await checkedReconstruction(bodyFrom(response, entry.path), range, entry));
  }

  async #xorb(response: Response, headers: Headers): Promise<Response> {
    const { path } = this.#part.entry;
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.get('range') ?? '') ?? [];
    const [start, end] = [Number(first), Number(last) + 1];
    const problem = rangeProblem(response, { start, end });
    if (problem !== undefined) {
      await response.body?.cancel();
      throw xetError('SIZE_MISMATCH', `the Xet storage serves something else of '${path}' than asked for`, path, {
        got: problem,
      });
    }
    const chunks = checkedXetChunks(bodyFrom(response, path), end - start, this.#budget, path);
    return new Response(ReadableStream.from(chunks), { status: response.status });
  }

  /** An address that ran out is the client's own affair: it asks for a new one, once. */
  async #refusal(response: Response, ofStorage: boolean): Promise<Response> {
    const { status } = response;
    if (status === 403 && !ofStorage) return response;
    await response.body?.cancel();
    this.tokenRefused ||= status === 401 && ofStorage;
    throw storageRefusal(status, this.#part.entry.path);
  }
}

/** A connection that breaks in the middle of a body is no connection that was given up: the reading goes on from there. */
async function* bodyFrom(response: Response, path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* bodyOf(response) ?? [];
  } catch (error) {
    throw brokenOff(error, path);
  }
}

export function storageRefusal(status: number, path: string): SlipwayError {
  const missing = status === 404 || status === 410;
  // 401 and 403 are about a signed address that is too old: the next try asks for a new one.
  const again = status === 401 || status === 403 || isTransient(status);
  return xetError(
    missing ? 'HUB_FILE_NOT_FOUND' : 'HUB_UNAVAILABLE',
    missing ? `the Xet storage does not have '${path}'` : `the Xet storage does not give '${path}'`,
    path,
    { got: `status ${status}`, context: { status }, retryable: again },
  );
}

/** Errors of the client itself. One of an answer names a signed address, which must stay secret. */
function readingFailed(error: unknown, path: string): SlipwayError {
  const status = (error as { readonly statusCode?: unknown } | null)?.statusCode;
  if (typeof status === 'number') return storageRefusal(status, path);
  if (error instanceof TypeError && error.message === 'fetch failed') {
    return xetError('NET_UNREACHABLE', `the Xet storage of '${path}' cannot be reached`, path, {
      cause: error,
      retryable: true,
    });
  }
  return brokenOff(error, path);
}

function brokenOff(error: unknown, path: string): SlipwayError {
  return xetError('HUB_UNAVAILABLE', `'${path}' broke off in the Xet storage`, path, {
    got: (error instanceof Error ? error.message : String(error)).slice(0, 300),
    retryable: true,
  });
}
