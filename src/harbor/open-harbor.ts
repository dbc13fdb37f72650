import { SlipwayError, type Credential } from '../core/index.js';
import type { HttpClient } from '../http/index.js';
import { harborUrl, type HarborPlace } from './harbor-address.js';
import { answerObject, flagField, textField } from './answer.js';
import { HarborApi } from './api.js';
import { robotAdvice } from './harbor-error.js';
import { parseVersion, type HarborVersion } from './version.js';

/** How a Harbor is reached: `url` or `host`, and with which account. */
export interface HarborOptions extends HarborPlace {
  /** Name and password. Without them Harbor is asked without an account, which shows public projects only. */
  readonly credential?: Credential | undefined;
  readonly http: HttpClient;
  readonly signal?: AbortSignal;
}

/** Whom Harbor takes us for. */
export interface HarborIdentity {
  readonly kind: 'user' | 'robot' | 'anonymous';
  readonly name: string;
  /** System administrator. */
  readonly admin: boolean;
}

/** A Harbor, ready to be asked. Nothing is sent before the first call. */
export interface Harbor {
  /** `harbor.example.com`, as references start. */
  readonly host: string;
  /** With a slash at its end. */
  readonly url: string;
  /** The REST API, for what has no function here. */
  readonly api: HarborApi;
  /** True when Harbor's core answers. Its health is another question: that covers every optional component. */
  ping(): Promise<boolean>;
  /** Asked once. Harbor tells it to accounts only; `undefined` without an account. */
  version(): Promise<HarborVersion | undefined>;
  /** Whom Harbor takes us for. Throws `HARBOR_UNAUTHORIZED` when it refuses the name or password. */
  checkCredential(): Promise<HarborIdentity>;
}

/** Opens a Harbor. Throws `USAGE` for an address that is none and for a token: its API takes names and passwords. */
export function openHarbor(options: HarborOptions): Harbor {
  const { http, credential, signal } = options;
  const base = harborUrl(options);
  if (credential?.kind === 'token') {
    throw new SlipwayError('USAGE', `the API of '${base.host}' takes a name and a password, not a token`, {
      got: `a token from ${credential.origin}`,
      try: `pipeline login ${base.host}`,
    });
  }
  const api = new HarborApi({
    http,
    base,
    username: credential?.username,
    authorization: credential === undefined ? undefined : basicCredentials(credential),
    signal,
  });
  let version: Promise<HarborVersion | undefined> | undefined;
  return {
    host: base.host,
    url: base.href,
    api,
    ping: () => ping(api),
    version: () => {
      version ??= readVersion(api).catch((error: unknown) => {
        version = undefined;
        throw error;
      });
      return version;
    },
    checkCredential: () => checkCredential(api),
  };
}

/** The Authorization header of a name and a password. */
export function basicCredentials({
  username,
  password,
}: {
  readonly username: string;
  readonly password: string;
}): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

async function ping(api: HarborApi): Promise<boolean> {
  const response = await api.raw('api/v2.0/ping', {});
  await response.discard();
  return response.status === 200;
}

async function readVersion(api: HarborApi): Promise<HarborVersion | undefined> {
  const info = answerObject(await api.get({ path: '/systeminfo', doing: 'say its version' }));
  return parseVersion(textField(info, 'harbor_version'));
}

/**
 * Listings and token servers answer 200 to a wrong password. Users are asked for by `users/current` (401 if wrong);
 * that says 412 to robots, whose password is tried where they use it.
 */
async function checkCredential(api: HarborApi): Promise<HarborIdentity> {
  const { username } = api;
  if (username === undefined) return { kind: 'anonymous', name: '', admin: false };
  const request = { path: '/users/current', doing: 'say who is logged in', also: [401, 412] };
  const response = await api.send(request);
  if (response.status === 200) {
    const user = answerObject(await api.json(response, request));
    const admin = flagField(user, 'sysadmin_flag') || flagField(user, 'admin_role_in_auth');
    return { kind: 'user', name: textField(user, 'username') || username, admin };
  }
  await response.discard();
  if (response.status === 412) {
    const registry = await api.raw('v2/', {});
    await registry.discard();
    if (registry.status === 200) return { kind: 'robot', name: username, admin: false };
  }
  throw new SlipwayError('HARBOR_UNAUTHORIZED', `'${api.host}' refuses the credentials of '${username}'`, {
    got: `HTTP ${response.status === 412 ? 401 : response.status}`,
    try: [...robotAdvice(username), 'check name and password', `pipeline login ${api.host}`],
  });
}
