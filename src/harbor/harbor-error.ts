import { SlipwayError, type ErrorCode } from '../core/index.js';
import { displayUrl, isServersFault, isTransient, type HttpClient, type HttpResponse } from '../http/index.js';
import { answerObject, asObjects, textField } from './answer.js';

/** As much of an error's body as is looked at. */
const BODY_LIMIT = 16 * 1024;
/** Harbor's own words are shown as far as this. */
const MESSAGE_LIMIT = 300;

/** What was tried, for the error's first line. */
export interface Attempt {
  readonly method: string;
  readonly host: string;
  /** `create the project 'models'`. */
  readonly doing: string;
  /** The account; absent for a request without credentials. */
  readonly username?: string | undefined;
}

interface Said {
  readonly code: string;
  readonly message: string;
}

/** Makes an error of an answer that was not expected, and frees its connection. */
export async function apiError(http: HttpClient, response: HttpResponse, attempt: Attempt): Promise<SlipwayError> {
  const { status } = response;
  const said = await readSaid(response, http);
  const text = http.redact([said?.code, said?.message].filter((part) => part !== undefined && part !== '').join(' '));
  const request = response.headers.get('x-request-id');
  const location = response.headers.get('location');
  return new SlipwayError(codeFor(status), sentence(status, attempt), {
    where: `${attempt.method} ${http.redact(displayUrl(response.url))}${request === null ? '' : `, request ${oneLine(http.redact(request))}`}`,
    got: `HTTP ${status}${text === '' ? '' : ` ${text}`}`,
    context: { status, harborCode: said?.code ?? null },
    retryable: isTransient(status),
    ...advice(status, attempt, said, location),
  });
}

/** An answer that cannot be Harbor's. */
export function notHarbor(response: HttpResponse, attempt: Attempt, why: string): SlipwayError {
  return new SlipwayError('HARBOR_PROTOCOL', `'${attempt.host}' does not answer as Harbor does`, {
    where: `${attempt.method} ${displayUrl(response.url)}`,
    got: `HTTP ${response.status}, ${why}`,
    try: 'check the address; a proxy or a login page in front of Harbor must let /api/v2.0 through',
    context: { status: response.status },
  });
}

function codeFor(status: number): ErrorCode {
  switch (status) {
    case 401:
      return 'HARBOR_UNAUTHORIZED';
    case 403:
      return 'HARBOR_DENIED';
    case 404:
      return 'HARBOR_NOT_FOUND';
    case 409:
      return 'HARBOR_EXISTS';
    case 412:
      return 'HARBOR_REFUSED';
    case 400:
    case 413:
    case 422:
      return 'HARBOR_INVALID';
    default:
      return isServersFault(status) ? 'HARBOR_UNAVAILABLE' : 'HARBOR_PROTOCOL';
  }
}

function sentence(status: number, { host, doing, username }: Attempt): string {
  if (status === 401) {
    return username === undefined
      ? `'${host}' wants a name and a password to ${doing}`
      : `'${host}' refuses the credentials of '${username}' to ${doing}`;
  }
  if (status === 403)
    return `'${host}' does not let ${username === undefined ? 'a request without an account' : `'${username}'`} ${doing}`;
  if (status === 404) return `'${host}' could not ${doing}: it is not there`;
  if (status === 409) return `'${host}' has something of that name: it could not ${doing}`;
  if (status === 412) return `'${host}' has a rule against it: it would not ${doing}`;
  if (status === 429) return `'${host}' wants fewer requests and would not ${doing}`;
  if (isServersFault(status)) return `'${host}' could not ${doing}`;
  return `'${host}' did not ${doing}`;
}

function advice(
  status: number,
  { host, username }: Attempt,
  said: Said | undefined,
  location: string | null,
): { readonly try?: readonly string[] } {
  if (status >= 300 && status < 400) {
    const to =
      location !== null && URL.canParse(location, `https://${host}`) ? new URL(location, `https://${host}`) : undefined;
    return {
      try: [to === undefined ? 'check the address' : `it redirects to ${to.protocol}//${to.host}: use that address`],
    };
  }
  if (status === 401) return { try: [...robotAdvice(username), `pipeline login ${host}`] };
  if (status === 403) return { try: denied(username, said) };
  if (status === 404) {
    // Harbor says in words what it did not find; other servers do not know the address at all.
    const other = said === undefined ? [`is '${host}' a Harbor? it does not answer as one`] : [];
    return { try: [...other, 'check the spelling; Harbor says the same of what the account may not see'] };
  }
  if (status === 413) return { try: ['Harbor shows documents of at most 4 MiB'] };
  return {};
}

/** A shell that was given a robot's name in double quotes has replaced `$project+name` by nothing. */
export function robotAdvice(username: string | undefined): readonly string[] {
  return username !== undefined && /^robot(\+|$)/.test(username)
    ? ["quote a robot's name so that the shell keeps its dollar: 'robot$project+name'"]
    : [];
}

function denied(username: string | undefined, said: Said | undefined): readonly string[] {
  const message = said?.message ?? '';
  if (/csrf/i.test(message)) return ['something on the way keeps cookies for this client: it must not'];
  if (/quota|exceed/i.test(message))
    return ["raise the project's quota, or remove artifacts and run garbage collection"];
  if (username?.includes('$') === true) return ["give the robot this right, or use a project administrator's account"];
  return ['use an account with more rights: project administrator, or system administrator for registries and quotas'];
}

/** Harbor's `{ errors: [{ code, message }] }`; anything else is of no use. */
async function readSaid(response: HttpResponse, http: HttpClient): Promise<Said | undefined> {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(await response.bytes(BODY_LIMIT)));
    const [first] = asObjects(answerObject(parsed)['errors']);
    if (first === undefined) return undefined;
    const said = (key: string): string => oneLine(http.redact(textField(first, key)));
    return { code: said('code'), message: said('message') };
  } catch {
    await response.discard();
    return undefined;
  }
}

function oneLine(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();
  return line.length > MESSAGE_LIMIT ? `${line.slice(0, MESSAGE_LIMIT)}…` : line;
}
