import { abortedError, SlipwayError, throwIfAborted, type Digest } from '../../core/index.js';
import { digestOf, type ModelFile } from '../../files/index.js';
import { backoff, type HttpRequest, type HttpResponse } from '../../http/index.js';
import type { PushBlobOptions, PushedBlob } from '../target.js';
import type { Connection } from './connection.js';
import { FileCutter } from './file-cutter.js';
import type { UploadRules } from './host-rules.js';
import { isInvalid, isMixedUp, isOutOfStep } from './upload-disagreement.js';
import { confirmedOffset, nextLocation, withDigest } from './upload-location.js';
import type { UploadMemory } from './upload-memory.js';

/** Failures in a row without a further byte confirmed, after which an upload gives up. */
const ATTEMPTS = 6;
/** A registry that hashes or moves what it got may be silent for long. */
const ANSWER_TIMEOUT_MS = 600_000;
/** Smaller files are sent again rather than remembered. */
const WORTH_REMEMBERING = 16 * 1024 * 1024;

export interface UploadSettings {
  readonly rules: UploadRules;
  readonly retryDelayMs: number;
  readonly memory?: UploadMemory;
  readonly onRetry?: (retry: { attempt: number; of: number; delayMs: number; error: SlipwayError }) => void;
}

/**
 * Sends one blob (distribution-spec v1.1 "Pushing blobs"): POST, then one PUT when the digest is known, else PATCHes
 * and a closing PUT with the digest that was computed on the way. After any drop the registry is asked what it has,
 * and the file is opened again there.
 */
export class Upload {
  readonly #connection: Connection;
  readonly #settings: UploadSettings;
  readonly #file: ModelFile;
  readonly #options: PushBlobOptions;
  readonly #cutter: FileCutter;
  /** Where the next request goes; `undefined` before the upload has been started. */
  #location: URL | undefined;
  #chunkSize: number;
  #offset = 0;
  #highest = 0;
  #failures = 0;

  constructor(connection: Connection, file: ModelFile, options: PushBlobOptions, settings: UploadSettings) {
    this.#connection = connection;
    this.#settings = settings;
    this.#file = file;
    this.#options = options;
    this.#cutter = new FileCutter(file, options.signal);
    const { chunkSize } = settings.rules;
    this.#chunkSize = chunkSize === 'whole' ? Math.max(file.size, 1) : chunkSize;
  }

  /** Continues an upload that a mount request has started already. */
  startAt(response: HttpResponse): void {
    this.#begin(response);
  }

  async run(): Promise<PushedBlob> {
    try {
      await this.#continueRemembered();
      for (;;) {
        const digest = await this.#step().catch((error: unknown) => this.#recover(error));
        if (digest !== undefined) {
          await this.#memory?.take(this.#key);
          return { digest, size: this.#file.size, how: 'sent' };
        }
      }
    } catch (error) {
      const { signal } = this.#options;
      throw signal?.aborted ? abortedError(signal) : error;
    } finally {
      this.#cutter.end();
    }
  }

  /** One request. The digest once the blob is there. */
  async #step(): Promise<Digest | undefined> {
    throwIfAborted(this.#options.signal);
    if (this.#location === undefined) {
      this.#begin(await this.#request('POST', 'blobs/uploads/', [202], { repeatable: false }));
      await this.#remember();
      return undefined;
    }
    const { digest, size } = this.#file;
    const { largestPut } = this.#settings.rules;
    if (digest !== undefined && this.#offset === 0 && size <= largestPut) return this.#put(this.#location, digest);
    if (this.#offset < size) return this.#patch(this.#location);
    return this.#close(this.#location);
  }

  /** Takes up what an earlier process began. The bytes that the registry has are read again, for their hash only. */
  async #continueRemembered(): Promise<void> {
    const location = this.#location === undefined ? await this.#memory?.take(this.#key) : undefined;
    if (location === undefined || !URL.canParse(location)) return;
    this.#location = new URL(location);
    const standing = await this.#standing().catch(() => undefined);
    throwIfAborted(this.#options.signal);
    if (standing === undefined) this.#location = undefined;
    else await this.#confirm(standing);
  }

  async #remember(): Promise<void> {
    // A note that cannot be written costs an upload at most; the push itself has not failed.
    if (this.#location !== undefined) await this.#memory?.keep(this.#key, this.#location.href).catch(() => {});
  }

  get #memory(): UploadMemory | undefined {
    const { memory, rules } = this.#settings;
    return this.#file.size < WORTH_REMEMBERING || rules.chunkSize === 'whole' ? undefined : memory;
  }

  /** Files of one name and size are taken for the same; if they are not, the digest says so and all is sent again. */
  get #key(): string {
    const { path, size, digest = '' } = this.#file;
    return [this.#connection.host, this.#connection.repository, path, size, digest].join('\n');
  }

  #begin(response: HttpResponse): void {
    this.#location = nextLocation(response);
    this.#offset = 0;
    const least = Number(response.headers.get('oci-chunk-min-length') ?? 0);
    if (Number.isSafeInteger(least)) this.#chunkSize = Math.max(this.#chunkSize, least);
  }

  async #put(location: URL, digest: Digest): Promise<Digest> {
    const { size } = this.#file;
    await this.#request('PUT', withDigest(location, digest), [201, 204], this.#body(0, size, true));
    await this.#cutter.expectEnd();
    return digest;
  }

  async #patch(location: URL): Promise<undefined> {
    const [start, end] = [this.#offset, Math.min(this.#offset + this.#chunkSize, this.#file.size)];
    const response = await this.#request('PATCH', location, [201, 202, 204], this.#body(start, end, false));
    const confirmed = confirmedOffset(response, end) ?? end;
    this.#location = nextLocation(response, location);
    if (confirmed <= start || confirmed > end) throw this.#odd(`${confirmed} bytes confirmed of ${end} sent`);
    await this.#confirm(confirmed);
    await this.#remember();
    return undefined;
  }

  async #close(location: URL): Promise<Digest> {
    await this.#cutter.expectEnd();
    const digest = await this.#cutter.digester.digest();
    const body = { kind: 'bytes', bytes: new Uint8Array(0) } as const;
    await this.#request('PUT', withDigest(location, digest), [201, 204], { body, repeatable: false });
    return digest;
  }

  #body(start: number, end: number, whole: boolean): Partial<HttpRequest> {
    const announce = whole || this.#settings.rules.announceLength;
    const content = this.#cutter.take(end - start, (done) => this.#options.onProgress?.(done));
    return {
      headers: {
        'content-type': 'application/octet-stream',
        ...(!whole && announce && { 'content-range': `${start}-${end - 1}` }),
      },
      body:
        end === start
          ? { kind: 'bytes', bytes: new Uint8Array(0) }
          : { kind: 'stream', content, ...(announce && { size: end - start }) },
      repeatable: false,
    };
  }

  /**
   * After a failure: waits, asks the registry what it has and opens the file there. Throws what cannot be helped.
   * Returns the digest when it turns out that the blob has arrived.
   */
  async #recover(error: unknown): Promise<Digest | undefined> {
    if (!this.#isRecoverable(error)) throw error;
    const complete = this.#cutter.digester.size === this.#file.size && this.#failures === 0;
    if (isMixedUp(error) || (complete && isInvalid(error))) await this.#requireAnnounced();
    for (let cause: SlipwayError = error; ;) {
      this.#failures++;
      if (this.#failures >= ATTEMPTS) throw cause;
      if (!(await this.#pause(cause))) throw cause;
      try {
        return await this.#resynchronise(cause);
      } catch (next) {
        if (!this.#isRecoverable(next)) throw next;
        cause = next;
      }
    }
  }

  #isRecoverable(error: unknown): error is SlipwayError {
    if (!SlipwayError.is(error) || error.code === 'ABORTED' || this.#cutter.failure !== undefined) return false;
    const { retryable } = error.details;
    // A token may have ended while the body was on its way; a second refusal in a row is about the rights.
    const expired = error.code === 'OCI_UNAUTHORIZED' && this.#location !== undefined && this.#failures === 0;
    return retryable === true || expired || isOutOfStep(error);
  }

  async #pause(error: SlipwayError): Promise<boolean> {
    const { retryDelayMs, onRetry } = this.#settings;
    const asked = error.details.context?.['retryAfterMs'];
    return backoff({
      attempt: this.#failures,
      baseMs: retryDelayMs,
      ...(typeof asked === 'number' && { askedMs: asked }),
      ...(this.#options.signal !== undefined && { signal: this.#options.signal }),
      onWait: (delayMs) => onRetry?.({ attempt: this.#failures, of: ATTEMPTS, delayMs, error }),
    });
  }

  async #resynchronise(cause: SlipwayError): Promise<Digest | undefined> {
    const digest = this.#file.digest ?? (await this.#sentDigest());
    // The answer to the closing PUT may be all that was lost.
    if (digest !== undefined && (await this.#exists(digest))) return digest;
    const found = isMixedUp(cause) ? undefined : await this.#standing();
    // Out of step at the very start: whatever it holds there is not worth finding out.
    const standing = found === 0 && cause.details.context?.['status'] === 416 ? undefined : found;
    if (standing === undefined) this.#location = undefined;
    await this.#confirm(standing ?? 0, cause);
    return undefined;
  }

  async #sentDigest(): Promise<Digest | undefined> {
    const { digester } = this.#cutter;
    return digester.size === this.#file.size ? digester.digest() : undefined;
  }

  async #exists(digest: Digest): Promise<boolean> {
    const response = await this.#request('HEAD', `blobs/${digest}`, [200, 404], { repeatable: true });
    return response.status === 200;
  }

  /** Bytes that the registry holds of this upload, or `undefined` when it has to be started again. */
  async #standing(): Promise<number | undefined> {
    // Where only one PATCH is accepted, a second one cannot continue it.
    if (this.#location === undefined || this.#settings.rules.chunkSize === 'whole') return undefined;
    const answers = [200, 202, 204, 400, 404, 405, 416];
    const response = await this.#request('GET', this.#location, answers, { repeatable: true });
    // Forgotten, or a registry that cannot say (go-containerregistry's answers 400).
    if (response.status >= 400) return undefined;
    this.#location = nextLocation(response, this.#location);
    const offset = confirmedOffset(response);
    return offset === undefined || offset > this.#file.size ? undefined : offset;
  }

  /** Takes `offset` as what the registry has. */
  async #confirm(offset: number, cause?: SlipwayError): Promise<void> {
    const before = this.#cutter.digester.size;
    if (offset > this.#highest) {
      this.#highest = offset;
      this.#failures = 0;
    }
    this.#offset = offset;
    // A failed request has taken an unknown part of the stream with it.
    if (cause !== undefined || offset !== before) await this.#cutter.seek(offset);
    if (offset < before) this.#options.onReset?.(before, offset, cause?.message ?? 'the registry took only a part');
  }

  async #request(
    method: string,
    to: string | URL,
    expect: readonly number[],
    extra: Partial<HttpRequest>,
  ): Promise<HttpResponse> {
    const { signal } = this.#options;
    const response = await this.#connection.ask({
      ...extra,
      method,
      to,
      expect,
      actions: 'pull,push',
      doing: `push '${this.#file.path}' to '${this.#connection.repository}'`,
      redirect: 'manual',
      headersTimeoutMs: ANSWER_TIMEOUT_MS,
      ...(signal !== undefined && { signal }),
    });
    await response.discard();
    return response;
  }

  /** The registry got other bytes than announced. Reads the file again to find out whether they were already its own. */
  async #requireAnnounced(): Promise<void> {
    const { path, digest: expected } = this.#file;
    if (expected === undefined) return;
    const { digest: actual } = await digestOf(this.#file.read(undefined, this.#options.signal), this.#file.size);
    if (actual === expected) return;
    throw new SlipwayError('DIGEST_MISMATCH', `'${path}' is not what was announced`, {
      where: path,
      got: `${actual}, expected ${expected}`,
      context: { expected, actual },
    });
  }

  #odd(got: string): SlipwayError {
    return new SlipwayError('OCI_PROTOCOL', `'${this.#connection.host}' answered an upload with a wrong range`, {
      got,
      context: { status: 416 },
    });
  }
}
