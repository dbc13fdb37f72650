import { SlipwayError, type ErrorCode } from '../../core/index.js';
import { isJsonObject, jsonField, parseJson, type JsonValue } from '../../files/index.js';
import { displayUrl, retryAfterMs, type HttpClient, type HttpResponse } from '../../http/index.js';

/** As much of an error's body as is looked at. */
const BODY_LIMIT = 8 * 1024;

/** One entry of a registry's error answer (distribution-spec v1.1 "Error codes"). */
interface Reported {
  readonly code: string;
  readonly message: string;
}

/** What was tried, for the error's first line: `'host' refused to … 'subject'`. */
export interface Attempted {
  readonly method: string;
  readonly host: string;
  /** `push a blob to 'team/model'`. */
  readonly doing: string;
  readonly repository?: string;
}

/** Makes a SlipwayError of an answer that was not expected, and frees its connection. */
export async function registryError(http: HttpClient, response: HttpResponse, tried: Attempted): Promise<SlipwayError> {
  const reported = await readReported(response);
  const { status } = response;
  const [first] = reported;
  const said = first === undefined ? '' : ` ${http.redact(`${first.code} ${first.message}`.trim())}`;
  const request = response.headers.get('x-request-id');
  return new SlipwayError(codeFor(status), sentence(status, tried), {
    where: `${tried.method} ${http.redact(displayUrl(response.url))}${request === null ? '' : `, request ${http.redact(request)}`}`,
    got: `HTTP ${status}${said}`,
    context: {
      status,
      registryCode: first?.code ?? null,
      retryAfterMs: retryAfterMs(response.headers, Date.now()) ?? null,
    },
    retryable: isUnavailable(status),
    ...advice(status, tried, first?.message ?? ''),
  });
}

function codeFor(status: number): ErrorCode {
  if (status === 401) return 'OCI_UNAUTHORIZED';
  if (status === 403) return 'OCI_DENIED';
  if (status === 404) return 'OCI_NOT_FOUND';
  if (status === 412) return 'TAG_EXISTS';
  return isUnavailable(status) ? 'OCI_UNAVAILABLE' : 'OCI_PROTOCOL';
}

function isUnavailable(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function sentence(status: number, { host, doing }: Attempted): string {
  if (status === 401) return `'${host}' asks for other credentials to ${doing}`;
  if (status === 403) return `'${host}' refused to ${doing}`;
  if (status === 404) return `'${host}' could not ${doing}: it is not there`;
  if (status === 405) return `'${host}' does not allow to ${doing}`;
  if (status === 412) return `'${host}' has a rule against it: it would not ${doing}`;
  if (status === 429) return `'${host}' wants fewer requests and would not ${doing}`;
  return isUnavailable(status) ? `'${host}' could not ${doing}` : `'${host}' did not ${doing}`;
}

function advice(status: number, { method, host, repository }: Attempted, message: string): { try?: string } {
  if (status === 401) return { try: `pipeline login ${host}` };
  if (status === 404 && method === 'GET' && repository !== undefined) {
    return { try: `pipeline inspect ${host}/${repository}   (lists its tags)` };
  }
  // Harbor: "… will exceed the configured upper limit of 300.0 KiB".
  if (status === 403 && /quota|exceed/i.test(message)) {
    return { try: 'raise the quota of the project, or delete artifacts and run garbage collection' };
  }
  if (status === 405) return { try: 'is the registry read-only, a mirror, or is deletion switched off?' };
  if (status === 412) return { try: 'choose another tag, or change the registry’s immutability rule' };
  return {};
}

async function readReported(response: HttpResponse): Promise<Reported[]> {
  let value: JsonValue;
  try {
    const bytes = await response.bytes(BODY_LIMIT);
    value = parseJson(new TextDecoder().decode(bytes), 'error');
  } catch {
    // Too long, cut off or not JSON: the status alone has to do.
    return [];
  }
  const errors = isJsonObject(value) ? jsonField(value, 'errors') : undefined;
  return (Array.isArray(errors) ? errors : []).flatMap((entry: JsonValue) => {
    const field = (key: string): string => {
      const text = isJsonObject(entry) ? jsonField(entry, key) : undefined;
      return typeof text === 'string' ? printable(text) : '';
    };
    return [{ code: field('code'), message: field('message') }];
  });
}

/** A registry's words end up on a terminal: no control characters, and not many words. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 300);
}
