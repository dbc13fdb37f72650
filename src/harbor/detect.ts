import { throwIfAborted, type Credential } from '../core/index.js';
import type { HttpClient } from '../http/index.js';
import { harborUrl, type HarborPlace } from './harbor-address.js';
import { answerObject, textField, type AnswerObject } from './answer.js';
import { HarborApi } from './api.js';
import { basicCredentials } from './open-harbor.js';
import { familyFor, parseVersion, type HarborVersion, type ModelFamily } from './version.js';

/** Hosts that are known to be something else: they are not asked. */
const OTHERS =
  /^(docker\.io|registry-1\.docker\.io|ghcr\.io|quay\.io|registry\.gitlab\.com|.*\.amazonaws\.com|.*\.pkg\.dev|gcr\.io|.*\.gcr\.io|.*\.azurecr\.io|.*\.jfrog\.io)$/;
/** A registry that says nothing for so long is not waited for. */
const TIMEOUT_MS = 5000;

export interface DetectOptions {
  readonly http: HttpClient;
  /** Shown only to what has been recognised as a Harbor, on this host: it tells its version to accounts alone. */
  readonly credential?: Credential | undefined;
  readonly insecureHosts?: HarborPlace['insecureHosts'];
  readonly signal?: AbortSignal;
}

/** A registry that turned out to be a Harbor. */
export interface DetectedHarbor {
  readonly host: string;
  /** `undefined` when it is not told: no account, or a wrong one. */
  readonly version: HarborVersion | undefined;
  /** The packaging format that this Harbor shows as a model. */
  readonly family: ModelFamily;
}

/**
 * Finds out whether a registry is a Harbor: at most two small requests, no repetition, five seconds. Everything that
 * goes wrong means "no": what is asked next will say so better. Only an abort is thrown.
 */
export async function detectHarbor(host: string, options: DetectOptions): Promise<DetectedHarbor | undefined> {
  if (OTHERS.test(host)) return undefined;
  const { credential } = options;
  try {
    const anonymous = await systemInfo(host, options, undefined);
    if (!isHarbor(anonymous)) return undefined;
    const anonymousVersion = textField(anonymous, 'harbor_version');
    const version =
      anonymousVersion !== '' || credential?.kind !== 'basic'
        ? anonymousVersion
        : await systemInfo(host, options, basicCredentials(credential)).then(
            (info) => textField(info, 'harbor_version'),
            () => '',
          );
    throwIfAborted(options.signal);
    const parsed = parseVersion(version);
    return { host, version: parsed, family: familyFor(parsed) };
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    return undefined;
  }
}

async function systemInfo(
  host: string,
  { http, insecureHosts, signal }: DetectOptions,
  authorization: string | undefined,
): Promise<AnswerObject> {
  const base = harborUrl({ host, insecureHosts });
  const api = new HarborApi({ http, base, username: undefined, authorization, signal, timeoutMs: TIMEOUT_MS });
  return answerObject(await api.get({ path: '/systeminfo', doing: 'say its version' }));
}

/** Every Harbor tells without credentials how it authenticates. */
function isHarbor(info: AnswerObject): boolean {
  return textField(info, 'auth_mode') !== '' || textField(info, 'harbor_version') !== '';
}
