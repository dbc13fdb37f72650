import { abortedError, SlipwayError, throwIfAborted, type Digest } from '../../core/index.js';
import { digestOf, type ModelFile } from '../../files/index.js';
import { backoff, type HttpRequest, type HttpResponse, type RequestBody } from '../../http/index.js';
import type { PushBlobOptions, PushedBlob } from '../target.js';
import type { ChunkSizes } from './chunk-sizes.js';
import type { Connection } from './connection.js';
import { FileCutter } from './file-cutter.js';
import type { UploadRules } from './host-rules.js';
import { SoftStop } from './soft-stop.js';
import { isInvalid, isMixedUp, isOutOfStep, isTooLarge, wantsLength } from './upload-disagreement.js';
import { confirmedOffset, nextLocation, unreachableElsewhere, withDigest } from './upload-location.js';
import type { UploadMemory } from './upload-memory.js';

/** Failures in a row without a further byte confirmed, after which an upload gives up. */
const ATTEMPTS = 6;
/** A registry that hashes or moves what it got may be silent for long. */
const ANSWER_TIMEOUT_MS = 600_000;
/** Smaller files are sent again rather than remembered. */
const WORTH_REMEMBERING = 16 * 1024 * 1024;
/** Blobs up to this size are handed to their request whole. */
const IN_ONE = 64 * 1024;
/** What is said to a registry after a stop must not hold the end up. */
const LEAVING_MS = 2000;
/** Resets in a row without progress after which a proxy is suspected of a limit that it does not name. */
const SUSPICIOUS = 2;

export interface UploadSettings {
  readonly rules: UploadRules;
  readonly sizes: ChunkSizes;
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
  /** The smallest chunk that the registry takes in the middle of a blob. */
  #least = 0;
  /** Bytes of the body that was sent last. */
  #lastBody = 0;
  /** A request is under way, or was cut: where the registry stands is not known. */
  #isOpen = false;
  /** The registry's Range does not move with what it takes (Amazon ECR's): our own count is the better one. */
  #isRangeStuck = false;
  readonly #stop: SoftStop;
  #offset = 0;
  #highest = 0;
  #failures = 0;

  constructor(connection: Connection, file: ModelFile, options: PushBlobOptions, settings: UploadSettings) {
    this.#connection = connection;
    this.#settings = settings;
    this.#file = file;
    this.#options = options;
    this.#cutter = new FileCutter(file, options.signal);
    this.#stop = new SoftStop(options.signal);
  }

  /** Continues an upload that a mount request has started already. */
  startAt(response: HttpResponse): void {
    this.#begin(response);
  }

  async run(): Promise<PushedBlob> {
    try {
      await this.#settings.sizes.ready();
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
      await this.#leave(signal?.aborted === true);
      throw signal?.aborted ? abortedError(signal) : error;
    } finally {
      this.#stop.close();
      this.#cutter.end();
    }
  }

  /**
   * Ends what will not be finished now: noted where the registry can go on with it, and deleted there otherwise. After a
   * failure a note of an earlier moment stays: the registry may be out of reach.
   */
  async #leave(wasStopped: boolean): Promise<void> {
    const memory = this.#memory;
    if (this.#location === undefined || (memory !== undefined && !wasStopped)) return;
    if (memory !== undefined && !this.#isOpen && this.#offset > 0) return;
    const signal = AbortSignal.timeout(LEAVING_MS);
    try {
      const standing = memory === undefined ? 0 : ((await this.#standing(signal)) ?? 0);
      if (standing > 0) return await this.#remember(standing);
      await memory?.take(this.#key);
      await this.#discard(signal);
    } catch {
      await memory?.take(this.#key).catch(() => {});
    }
  }

  /** Tells the registry that this upload is over. One that it has lost itself is over too. */
  async #discard(signal: AbortSignal): Promise<void> {
    if (this.#location === undefined) return;
    const extra = { repeatable: false, signal } as const;
    await this.#request('DELETE', this.#location, [200, 202, 204, 400, 404, 405, 416], extra).catch(() => {});
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
    if (digest !== undefined && this.#offset === 0 && this.#fitsPut(size)) return this.#put(this.#location, digest);
    if (this.#offset < size) return this.#patch(this.#location);
    return this.#close(this.#location);
  }

  /** One request for all of it is the quickest, and has to be sent again when it is cut: large ones go in several. */
  #fitsPut(size: number): boolean {
    const { rules, sizes } = this.#settings;
    const canGoOn = rules.openEnded && this.#memory !== undefined;
    return size <= rules.largestPut && sizes.allows(size) && !canGoOn;
  }

  /** Takes up what an earlier process began. The bytes that the registry has are read again, for their hash only. */
  async #continueRemembered(): Promise<void> {
    const location = this.#location === undefined ? await this.#memory?.take(this.#key) : undefined;
    if (location === undefined || !URL.canParse(location)) return;
    this.#location = new URL(location);
    const standing = await this.#standing().catch(() => undefined);
    throwIfAborted(this.#options.signal);
    if (standing === undefined) {
      this.#location = undefined;
      return;
    }
    if (standing > 0) this.#options.onResume?.(standing);
    await this.#confirm(standing);
    await this.#remember();
  }

  async #remember(offset: number = this.#offset): Promise<void> {
    const { path: name, size } = this.#file;
    // A note that cannot be written costs an upload at most; the push itself has not failed.
    if (this.#location === undefined || this.#isRangeStuck) return;
    await this.#memory?.keep(this.#key, this.#location.href, { name, offset, size }).catch(() => {});
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
    if (Number.isSafeInteger(least)) this.#least = least;
  }

  async #put(location: URL, digest: Digest): Promise<Digest> {
    const { size } = this.#file;
    const sent = this.#body(0, size, true);
    // What fits a packet or two goes with its head, and not as a stream.
    const body = size <= IN_ONE && sent.body?.kind === 'stream' ? await inOne(sent.body.content) : sent.body;
    await this.#request('PUT', withDigest(location, digest), [201, 204], { ...sent, body });
    await this.#cutter.expectEnd();
    return digest;
  }

  async #patch(location: URL): Promise<undefined> {
    const { rules, sizes } = this.#settings;
    const start = this.#offset;
    const most = Math.min(start + sizes.next(rules, this.#file.size, this.#least), this.#file.size);
    const began = performance.now();
    const response = await this.#stop.soften(async () =>
      this.#request('PATCH', location, [200, 201, 202, 204], this.#body(start, most, false)),
    );
    // A stop ends a request early.
    const end = this.#announces() ? most : this.#cutter.digester.size;
    sizes.measure(end - start, performance.now() - began);
    this.#location = nextLocation(response, location);
    await this.#confirm(this.#taken(response, start, end));
    this.#isOpen = false;
    await this.#remember();
    return undefined;
  }

  /** How far a chunk has brought the registry: it may take a part, and one that says nothing or stands still has it all. */
  #taken(response: HttpResponse, start: number, end: number): number {
    const said = this.#isRangeStuck ? undefined : confirmedOffset(response, end);
    if (said === undefined) return end;
    if (said > end) throw this.#odd(`${said} bytes confirmed of ${end} sent`);
    if (said > start) return said;
    this.#isRangeStuck = true;
    return end;
  }

  /** Whether a chunk says how long it is: one that does not can be ended in the middle. */
  #announces(): boolean {
    const { rules, sizes } = this.#settings;
    if (sizes.needsLength) return true;
    return rules.announceLength && !(rules.openEnded && this.#file.size >= WORTH_REMEMBERING);
  }

  async #close(location: URL): Promise<Digest> {
    await this.#cutter.expectEnd();
    const digest = await this.#cutter.digester.digest();
    const body = { kind: 'bytes', bytes: new Uint8Array(0) } as const;
    await this.#request('PUT', withDigest(location, digest), [201, 204], { body, repeatable: false });
    return digest;
  }

  #body(start: number, end: number, whole: boolean): Partial<HttpRequest> {
    const announce = whole || this.#announces();
    const bytes = this.#cutter.take(end - start, (done) => this.#options.onProgress?.(done));
    const content = announce ? bytes : untilStopped(bytes, this.#stop);
    this.#lastBody = end - start;
    this.#isOpen = true;
    return {
      headers: {
        'content-type': 'application/octet-stream',
        // Without a length the end is not certain; where such a request begins is said to those who look.
        ...(!whole && (announce || start > 0) && { 'content-range': `${start}-${end - 1}` }),
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
    const hasLearnt = this.#learnt(error);
    await this.#settings.sizes.kept();
    if (hasLearnt) return this.#resynchronise(error);
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

  /** True when the next request will differ in what this one was refused for. */
  #learnt(error: SlipwayError): boolean {
    const { sizes, rules } = this.#settings;
    if (isTooLarge(error, this.#offset)) return sizes.shrink(this.#lastBody);
    if (wantsLength(error) && !this.#announces() && rules.announceLength) {
      sizes.needsLength = true;
      return true;
    }
    // Some proxies hang up instead of saying that a body is too large.
    if (error.code.startsWith('NET_') && this.#failures >= SUSPICIOUS) sizes.shrink(this.#lastBody);
    return false;
  }

  #isRecoverable(error: unknown): error is SlipwayError {
    if (!SlipwayError.is(error) || error.code === 'ABORTED' || this.#cutter.failure !== undefined) return false;
    const { retryable } = error.details;
    // A token may have ended while the body was on its way; a second refusal in a row is about the rights.
    const expired = error.code === 'OCI_UNAUTHORIZED' && this.#location !== undefined && this.#failures === 0;
    const isBegun = this.#location !== undefined;
    return (
      retryable === true ||
      expired ||
      (isBegun && (isOutOfStep(error) || isTooLarge(error, this.#offset) || this.#mayWantLength(error)))
    );
  }

  #mayWantLength(error: SlipwayError): boolean {
    return wantsLength(error) && !this.#announces() && this.#settings.rules.announceLength;
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
    if (standing === undefined) {
      await this.#discard(AbortSignal.timeout(LEAVING_MS));
      this.#location = undefined;
    }
    await this.#confirm(standing ?? 0, cause);
    this.#isOpen = false;
    return undefined;
  }

  async #sentDigest(): Promise<Digest | undefined> {
    const { digester } = this.#cutter;
    return digester.size === this.#file.size ? digester.digest() : undefined;
  }

  async #exists(digest: Digest): Promise<boolean> {
    // An account that may only push is not told.
    const answers = [200, 401, 403, 404, 405, 501];
    const response = await this.#request('HEAD', `blobs/${digest}`, answers, { repeatable: true });
    return response.status === 200;
  }

  /** Bytes that the registry holds of this upload, or `undefined` when it has to be started again. */
  async #standing(signal?: AbortSignal): Promise<number | undefined> {
    // Where only one PATCH is accepted, a second one cannot continue it.
    if (this.#location === undefined || this.#settings.rules.chunkSize === 'whole' || this.#isRangeStuck)
      return undefined;
    const answers = [200, 202, 204, 400, 404, 405, 416];
    const response = await this.#request('GET', this.#location, answers, {
      repeatable: true,
      signal,
    });
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
    const ask = {
      signal: this.#stop.signal,
      ...extra,
      method,
      to,
      expect,
      actions: 'pull,push',
      doing: `push '${this.#file.path}' to '${this.#connection.repository}'`,
      redirect: 'manual',
      headersTimeoutMs: ANSWER_TIMEOUT_MS,
    } as const;
    try {
      const response = await this.#connection.ask(ask);
      await response.discard();
      return response;
    } catch (error) {
      const isFirst = to instanceof URL && (this.#highest === 0 || to.origin !== this.#connection.base.origin);
      throw (isFirst ? unreachableElsewhere(this.#connection.base, to, error) : undefined) ?? error;
    }
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

async function inOne(content: AsyncIterable<Uint8Array>): Promise<RequestBody> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  const [first] = chunks;
  return { kind: 'bytes', bytes: chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks) };
}

/** A body that ends in order, after the chunk that is under way, when the work is stopped. */
async function* untilStopped(bytes: AsyncIterable<Uint8Array>, stop: SoftStop): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of bytes) {
      yield chunk;
      if (stop.isStopped) return;
    }
  } catch (error) {
    // The source was stopped, too.
    if (!stop.isStopped) throw error;
  }
}
