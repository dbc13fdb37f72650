import type { XetReadToken } from '@huggingface/hub';
import { asked, hubFetch, protocolError, type HubConnection } from './hub-client.js';
import type { HubQuestion } from './hub-answer.js';
import { SharedAnswer } from './shared-answer.js';

/** What still holds for a minute is good enough for one request. */
const MARGIN_MS = 60_000;

/** The short-lived tokens that the Hub gives for the Xet storage, one for all files of a commit. */
export class XetTokens {
  readonly #hub: HubConnection;
  readonly #question: HubQuestion;
  readonly #tokens = new Map<string, SharedAnswer<XetReadToken>>();

  constructor(hub: HubConnection, question: HubQuestion) {
    this.#hub = hub;
    this.#question = question;
  }

  async get(address: URL, signal: AbortSignal | undefined): Promise<XetReadToken> {
    const shared = this.#shared(address);
    const token = await shared.get(signal);
    if (token.exp * 1000 > Date.now() + MARGIN_MS) return token;
    shared.forget(token);
    return shared.get(signal);
  }

  /** The storage does not take this one, whatever the Hub said of its end. */
  refused(address: URL, token: XetReadToken): void {
    this.#shared(address).forget(token);
  }

  #shared(address: URL): SharedAnswer<XetReadToken> {
    const known = this.#tokens.get(address.href);
    if (known !== undefined) return known;
    const shared = new SharedAnswer(async () => asked(this.#question, async () => this.#ask(address)));
    this.#tokens.set(address.href, shared);
    return shared;
  }

  async #ask(address: URL): Promise<XetReadToken> {
    const response = await hubFetch(this.#hub, this.#question, {})(address);
    const answer = (await response.json()) as Partial<Record<keyof XetReadToken, unknown>> | null;
    const { accessToken, casUrl, exp } = answer ?? {};
    const sendable = typeof accessToken === 'string' && /^[\x21-\x7e]{1,16384}$/.test(accessToken);
    if (!sendable || typeof casUrl !== 'string' || typeof exp !== 'number' || !Number.isFinite(exp)) {
      throw protocolError(this.#question, 'no token for the Xet storage');
    }
    return { accessToken, casUrl, exp };
  }
}
