import { abortedError, SlipwayError, throwIfAborted, type Digest } from '../../core/index.js';
import type { ModelFile } from '../../files/index.js';
import { backoff, type HttpRequest, type HttpResponse } from '../../http/index.js';
import type { PushBlobOptions, PushedBlob } from '../target.js';
import type { ChunkSizes } from './chunk-sizes.js';
import type { Connection } from './connection.js';
import { FileCutter } from './file-cutter.js';
import type { UploadRules } from './host-rules.js';
import { SoftStop } from './soft-stop.js';
import { inOne, untilStopped } from './upload-body.js';
import { isInvalid, isMixedUp, isOutOfStep, isTooLarge, requireAnnounced, wantsLength } from './upload-disagreement.js';
import { nextLocation, withDigest } from './upload-location.js';
import type { UploadMemory } from './upload-memory.js';
import { UploadNote, WORTH_REMEMBERING } from './upload-note.js';
import { UploadSession } from './upload-session.js';

/** Failures in a row without a further byte confirmed, after which an upload gives up. */
const ATTEMPTS = 6;
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
  readonly #settings: UploadSettings;
  readonly #file: ModelFile;
  readonly #options: PushBlobOptions;
  readonly #cutter: FileCutter;
  readonly #session: UploadSession;
  readonly #note: UploadNote;
  /** Bytes of the body that was sent last. */
  #lastBody = 0;
  /** A request is under way, or was cut: where the registry stands is not known. */
  #isOpen = false;
  readonly #stop: SoftStop;
  #offset = 0;
  #highest = 0;
  #failures = 0;

  constructor(connection: Connection, file: ModelFile, options: PushBlobOptions, settings: UploadSettings) {
    this.#settings = settings;
    this.#file = file;
    this.#options = options;
    this.#cutter = new FileCutter(file, options.signal);
    this.#stop = new SoftStop(options.signal);
    this.#session = new UploadSession(connection, file, this.#stop.signal);
    this.#note = new UploadNote(settings.memory, connection, file, settings.rules);
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
          await this.#note.take();
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
    const { isKept } = this.#note;
    if (this.#session.location === undefined || (isKept && !wasStopped)) return;
    if (isKept && !this.#isOpen && this.#offset > 0) return;
    const signal = AbortSignal.timeout(LEAVING_MS);
    try {
      const standing = isKept ? ((await this.#standing(signal)) ?? 0) : 0;
      if (standing > 0) return await this.#remember(standing);
      await this.#note.take();
      await this.#session.discard(signal);
    } catch {
      await this.#note.take().catch(() => {});
    }
  }

  /** One request. The digest once the blob is there. */
  async #step(): Promise<Digest | undefined> {
    throwIfAborted(this.#options.signal);
    if (this.#session.location === undefined) {
      this.#begin(await this.#session.request('POST', 'blobs/uploads/', [202], { repeatable: false }));
      await this.#remember();
      return undefined;
    }
    const { digest, size } = this.#file;
    if (digest !== undefined && this.#offset === 0 && this.#fitsPut(size))
      return this.#put(this.#session.location, digest);
    if (this.#offset < size) return this.#patch(this.#session.location);
    return this.#close(this.#session.location);
  }

  /** One request for all of it is the quickest, and has to be sent again when it is cut: large ones go in several. */
  #fitsPut(size: number): boolean {
    const { rules, sizes } = this.#settings;
    const canGoOn = rules.openEnded && this.#note.isKept;
    return size <= rules.largestPut && sizes.allows(size) && !canGoOn;
  }

  /** Takes up what an earlier process began. The bytes that the registry has are read again, for their hash only. */
  async #continueRemembered(): Promise<void> {
    const location = this.#session.location === undefined ? await this.#note.take() : undefined;
    if (location === undefined || !URL.canParse(location)) return;
    this.#session.location = new URL(location);
    const standing = await this.#standing().catch(() => undefined);
    throwIfAborted(this.#options.signal);
    if (standing === undefined) {
      this.#session.location = undefined;
      return;
    }
    if (standing > 0) this.#options.onResume?.(standing);
    await this.#confirm(standing);
    await this.#remember();
  }

  async #remember(offset: number = this.#offset): Promise<void> {
    const { location, isRangeStuck } = this.#session;
    if (location !== undefined && !isRangeStuck) await this.#note.keep(location, offset);
  }

  #begin(response: HttpResponse): void {
    this.#session.begin(response);
    this.#offset = 0;
  }

  async #put(location: URL, digest: Digest): Promise<Digest> {
    const { size } = this.#file;
    const sent = this.#body(0, size, true);
    // What fits a packet or two goes with its head, and not as a stream.
    const body = size <= IN_ONE && sent.body?.kind === 'stream' ? await inOne(sent.body.content) : sent.body;
    await this.#session.request('PUT', withDigest(location, digest), [201, 204], { ...sent, body });
    await this.#cutter.expectEnd();
    return digest;
  }

  async #patch(location: URL): Promise<undefined> {
    const { rules, sizes } = this.#settings;
    const start = this.#offset;
    const most = Math.min(start + sizes.next(rules, this.#file.size, this.#session.least), this.#file.size);
    const began = performance.now();
    const response = await this.#stop.soften(async () =>
      this.#session.request('PATCH', location, [200, 201, 202, 204], this.#body(start, most, false)),
    );
    // A stop ends a request early.
    const end = this.#announces() ? most : this.#cutter.digester.size;
    sizes.measure(end - start, performance.now() - began);
    this.#session.location = nextLocation(response, location);
    await this.#confirm(this.#session.taken(response, start, end));
    this.#isOpen = false;
    await this.#remember();
    return undefined;
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
    await this.#session.request('PUT', withDigest(location, digest), [201, 204], { body, repeatable: false });
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
    if (isMixedUp(error) || (complete && isInvalid(error))) await requireAnnounced(this.#file, this.#options.signal);
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
    const expired = error.code === 'OCI_UNAUTHORIZED' && this.#session.location !== undefined && this.#failures === 0;
    const isBegun = this.#session.location !== undefined;
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
    if (digest !== undefined && (await this.#session.exists(digest))) return digest;
    const found = isMixedUp(cause) ? undefined : await this.#standing();
    // Out of step at the very start: whatever it holds there is not worth finding out.
    const standing = found === 0 && cause.details.context?.['status'] === 416 ? undefined : found;
    if (standing === undefined) {
      await this.#session.discard(AbortSignal.timeout(LEAVING_MS));
      this.#session.location = undefined;
    }
    await this.#confirm(standing ?? 0, cause);
    this.#isOpen = false;
    return undefined;
  }

  async #sentDigest(): Promise<Digest | undefined> {
    const { digester } = this.#cutter;
    return digester.size === this.#file.size ? digester.digest() : undefined;
  }

  /** What the registry says that it has. Where only one PATCH is accepted, a second one cannot continue it. */
  async #standing(signal?: AbortSignal): Promise<number | undefined> {
    return this.#settings.rules.chunkSize === 'whole' ? undefined : this.#session.standing(signal);
  }

  /** Takes `offset` as what the registry has. */
  async #confirm(offset: number, cause?: SlipwayError): Promise<void> {
    const before = this.#cutter.digester.size;
    if (offset > this.#highest) {
      this.#highest = offset;
      this.#session.hasMoved = true;
      this.#failures = 0;
    }
    this.#offset = offset;
    // A failed request has taken an unknown part of the stream with it.
    if (cause !== undefined || offset !== before) await this.#cutter.seek(offset);
    if (offset < before) this.#options.onReset?.(before, offset, cause?.message ?? 'the registry took only a part');
  }
}
