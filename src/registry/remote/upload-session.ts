import { SlipwayError, type Digest } from '../../core/index.js';
import type { ModelFile } from '../../files/index.js';
import type { HttpRequest, HttpResponse } from '../../http/index.js';
import type { Connection } from './connection.js';
import { confirmedOffset, nextLocation, unreachableElsewhere } from './upload-location.js';

/** A registry that hashes or moves what it got may be silent for long. */
const ANSWER_TIMEOUT_MS = 600_000;

/** One upload as the registry knows it: where its next request goes, and what the registry says that it has. */
export class UploadSession {
  readonly connection: Connection;
  /** Where the next request goes; `undefined` before the upload has been started. */
  location: URL | undefined;
  /** The smallest chunk that the registry takes in the middle of a blob. */
  least = 0;
  /** The registry's Range does not move with what it takes (Amazon ECR's): our own count is the better one. */
  isRangeStuck = false;
  /** Bytes have been confirmed: where the registry sends us can be reached. */
  hasMoved = false;
  readonly #file: ModelFile;
  readonly #signal: AbortSignal | undefined;

  constructor(connection: Connection, file: ModelFile, signal: AbortSignal | undefined) {
    this.connection = connection;
    this.#file = file;
    this.#signal = signal;
  }

  /** Takes up the answer to the request that has started the upload. */
  begin(response: HttpResponse): void {
    this.location = nextLocation(response);
    const least = Number(response.headers.get('oci-chunk-min-length') ?? 0);
    if (Number.isSafeInteger(least)) this.least = least;
  }

  /** How far a chunk has brought the registry: it may take a part, and one that says nothing or stands still has it all. */
  taken(response: HttpResponse, start: number, end: number): number {
    const said = this.isRangeStuck ? undefined : confirmedOffset(response, end);
    if (said === undefined) return end;
    if (said > end) throw this.#wrongRange(`${said} bytes confirmed of ${end} sent`);
    if (said > start) return said;
    this.isRangeStuck = true;
    return end;
  }

  /** Bytes that the registry holds of this upload, or `undefined` when it has to be started again. */
  async standing(signal?: AbortSignal): Promise<number | undefined> {
    if (this.location === undefined || this.isRangeStuck) return undefined;
    const answers = [200, 202, 204, 400, 404, 405, 416];
    const response = await this.request('GET', this.location, answers, { repeatable: true, signal });
    // Forgotten, or a registry that cannot say (go-containerregistry's answers 400).
    if (response.status >= 400) return undefined;
    this.location = nextLocation(response, this.location);
    const offset = confirmedOffset(response);
    return offset === undefined || offset > this.#file.size ? undefined : offset;
  }

  async exists(digest: Digest): Promise<boolean> {
    // An account that may only push is not told.
    const answers = [200, 401, 403, 404, 405, 501];
    const response = await this.request('HEAD', `blobs/${digest}`, answers, { repeatable: true });
    return response.status === 200;
  }

  /** Tells the registry that this upload is over. One that it has lost itself is over too. */
  async discard(signal: AbortSignal): Promise<void> {
    if (this.location === undefined) return;
    const extra = { repeatable: false, signal } as const;
    await this.request('DELETE', this.location, [200, 202, 204, 400, 404, 405, 416], extra).catch(() => {});
  }

  async request(
    method: string,
    to: string | URL,
    expect: readonly number[],
    extra: Partial<HttpRequest>,
  ): Promise<HttpResponse> {
    const { connection } = this;
    const ask = {
      ...extra,
      signal: extra.signal ?? this.#signal,
      method,
      to,
      expect,
      actions: 'pull,push',
      doing: `push '${this.#file.path}' to '${connection.repository}'`,
      redirect: 'manual',
      headersTimeoutMs: ANSWER_TIMEOUT_MS,
    } as const;
    try {
      const response = await connection.ask(ask);
      await response.discard();
      return response;
    } catch (error) {
      const isFirst = to instanceof URL && (!this.hasMoved || to.origin !== connection.base.origin);
      throw (isFirst ? unreachableElsewhere(connection.base, to, error) : undefined) ?? error;
    }
  }

  #wrongRange(got: string): SlipwayError {
    return new SlipwayError('OCI_PROTOCOL', `'${this.connection.host}' answered an upload with a wrong range`, {
      got,
      context: { status: 416 },
    });
  }
}
