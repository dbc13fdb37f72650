import { SlipwayError, type ErrorCode } from '../../core/index.js';
import { isJsonObject, jsonField, parseJson, type JsonValue } from '../../files/index.js';
import {
  displayUrl,
  isServersFault,
  isTransient,
  retryAfterMs,
  type HttpClient,
  type HttpResponse,
} from '../../http/index.js';

/** As much of an error's body as is looked at. */
const BODY_LIMIT = 64 * 1024;
/** As much of a registry's words as is shown. */
const LONGEST_SAID = 1200;

/** One entry of a registry's error answer (distribution-spec v1.1 "Error codes"). */
interface Reported {
  readonly code: string;
  readonly message: string;
  /** Whatever the registry adds, as text. */
  readonly detail: string;
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
  const reported = await readReported(response, http);
  const { status } = response;
  const [first] = reported;
  const said = reported.length === 0 ? '' : ` ${http.redact(reported.map(wordsOf).join('; ')).slice(0, LONGEST_SAID)}`;
  const request = response.headers.get('x-request-id');
  const full = shortage(status, first);
  const expired = isExpired(status, reported);
  const code = expired ? 'OCI_UNAUTHORIZED' : full === undefined ? codeFor(status, tried, first) : 'OCI_STORAGE_FULL';
  const message = expired ? `the credentials for '${tried.host}' have expired` : sentence(status, tried, full);
  return new SlipwayError(code, message, {
    where: `${tried.method} ${http.redact(displayUrl(response.url))}${request === null ? '' : `, request ${http.redact(request)}`}`,
    got: `HTTP ${status}${said}`,
    context: {
      status,
      registryCode: first?.code ?? null,
      retryAfterMs: retryAfterMs(response.headers, Date.now()) ?? null,
    },
    retryable: full === undefined && isTransient(status),
    ...advice(expired ? 401 : status, tried, { full, said }),
  });
}

/** Code, message and whatever the registry adds: often only the detail says what it is about. */
function wordsOf({ code, message, detail }: Reported): string {
  const more = detail === '' || message.includes(detail) ? '' : `: ${detail}`;
  return `${code} ${message}${more}`.trim();
}

/** A token of some hours that is too old (Amazon's) is refused as if it had no rights. */
function isExpired(status: number, reported: readonly Reported[]): boolean {
  const words = reported.map(({ code, message, detail }) => `${code} ${message} ${detail}`).join(' ');
  return [400, 401, 403].includes(status) && /(token|credentials?|authorization|login)\b.{0,40}\bexpired/i.test(words);
}

type Shortage = 'disk' | 'quota';

// Of distribution (2.8 tells the number of the system's error, 3 its text), of MinIO and S3 behind it.
const DISK_FULL = /no space left on device|disk quota exceeded|"Err":(28|122)\b|StorageFull|not enough space/i;
// Harbor: "… will exceed the configured upper limit of 300.0 KiB".
const OVER_QUOTA = /quota|exceed(s|ed)? the configured upper limit/i;

/** Whether the registry says that there is no room for more: no retry helps until space has been made. */
function shortage(status: number, reported: Reported | undefined): Shortage | undefined {
  const words = reported === undefined ? '' : `${reported.code} ${reported.message} ${reported.detail}`;
  if (status === 507 || (status >= 500 && DISK_FULL.test(words))) return 'disk';
  return [403, 412, 413].includes(status) && OVER_QUOTA.test(words) ? 'quota' : undefined;
}

/**
 * Whether a rule of the registry keeps what is there from being read: Harbor's content trust, or its rule about vulnerabilities. An answer to
 * HEAD has no words, and no other rule stops reading.
 */
function isWithheld(status: number, method: string, reported: Reported | undefined): boolean {
  const isRead = method === 'GET' || method === 'HEAD';
  return status === 412 && (isRead || reported?.code === 'PROJECTPOLICYVIOLATION');
}

function codeFor(status: number, { method }: Attempted, reported: Reported | undefined): ErrorCode {
  if (isWithheld(status, method, reported)) return 'TRUST_REFUSED';
  if (status === 401) return 'OCI_UNAUTHORIZED';
  if (status === 403) return 'OCI_DENIED';
  if (status === 404) return 'OCI_NOT_FOUND';
  if (status === 412) return 'TAG_EXISTS';
  return isServersFault(status) ? 'OCI_UNAVAILABLE' : 'OCI_PROTOCOL';
}

function sentence(status: number, { host, doing }: Attempted, full: Shortage | undefined): string {
  if (full === 'disk') return `the storage of '${host}' is full: it could not ${doing}`;
  if (full === 'quota') return `the quota is used up: '${host}' would not ${doing}`;
  if (status === 401) return `'${host}' asks for other credentials to ${doing}`;
  if (status === 403) return `'${host}' refused to ${doing}`;
  if (status === 404) return `'${host}' could not ${doing}: it is not there`;
  if (status === 405) return `'${host}' does not allow to ${doing}`;
  if (status === 412) return `'${host}' has a rule against it: it would not ${doing}`;
  if (status === 429) return `'${host}' wants fewer requests and would not ${doing}`;
  return isServersFault(status) ? `'${host}' could not ${doing}` : `'${host}' did not ${doing}`;
}

const CLEAN_UP =
  'delete artifacts that are no longer needed and run its garbage collection: until then what failed counts, too';

const LOST_UPLOADS = [
  'several registries behind one address need a storage in common, or a balancer that stays with one of them',
  'a registry that cleans up what is unfinished may have taken it: push again',
];

const CHUNKS = 'its operator can raise the limit: client_max_body_size of nginx, proxy-body-size of an ingress';
const WITHHELD = [
  'a project with content trust gives out only what is signed: push with `sign` in the configuration',
  'the administrator of the project can switch that off: `contentTrust: none` in `pipeline harbor apply`',
];
const OTHER_FORMAT = [
  'another format: --format modelcar (an image), --format oras; with --format oras also --oras-artifact-type',
  'or ask the operator to allow these media types: GitLab keeps a list of those that it takes',
];

function advice(
  status: number,
  { method, host, doing, repository }: Attempted,
  { full, said }: { readonly full: Shortage | undefined; readonly said: string },
): { try?: string | string[] } {
  if (full !== undefined) {
    const larger = full === 'disk' ? 'ask the operator for more storage' : 'raise the quota of the project';
    return { try: [larger, CLEAN_UP] };
  }
  if (status === 404 && method !== 'GET' && method !== 'HEAD' && said.includes('NAME_UNKNOWN')) {
    const amazon = /\.dkr\.ecr(-fips)?\./.test(host)
      ? [`aws ecr create-repository --repository-name ${repository}`]
      : [];
    return {
      try: [...amazon, `create the repository '${repository}' there first: this registry makes none by itself`],
    };
  }
  if (status === 413 && doing.startsWith('store manifest')) {
    return { try: [`a manifest goes in one request, and that is too large for '${host}'`, CHUNKS] };
  }
  if (status === 413)
    return { try: [`a smaller --chunk-size (a proxy before '${host}' limits what one request may hold)`, CHUNKS] };
  if (status === 400 && /MANIFEST_INVALID|unknown media type|unsupported media type|unsupported config/i.test(said)) {
    return { try: OTHER_FORMAT };
  }
  if (status === 404 && method === 'GET' && repository !== undefined) {
    return { try: `pipeline inspect ${host}/${repository}   (lists its tags)` };
  }
  if (status === 404 && ['PATCH', 'PUT'].includes(method) && doing.startsWith('push ')) return { try: LOST_UPLOADS };
  if (status >= 200 && status < 300)
    return { try: `is '${host}' a registry? A login page or a proxy may have answered` };
  if (status === 401) return { try: `pipeline login ${host}` };
  if (status === 405) return { try: 'is the registry read-only, a mirror, or is deletion switched off?' };
  if (status === 412 && doing.startsWith('delete'))
    return { try: 'delete what names it first (an index), or change the rule that keeps its tag' };
  if (isWithheld(status, method, undefined)) return { try: WITHHELD };
  if (status === 412) return { try: 'choose another tag, or change the registry’s immutability rule' };
  return {};
}

async function readReported(response: HttpResponse, http: HttpClient): Promise<Reported[]> {
  let text: string;
  try {
    text = new TextDecoder().decode(await response.bytes(BODY_LIMIT));
  } catch {
    // Too long or cut off: the status alone has to do.
    return [];
  }
  let value: JsonValue;
  try {
    value = parseJson(text, 'error');
  } catch {
    // Redacted before anything is taken out of it: a secret may hold what looks like a tag.
    return inPlainWords(withoutMarkup(http.redact(text)), http);
  }
  const errors = isJsonObject(value) ? jsonField(value, 'errors') : undefined;
  if (!Array.isArray(errors)) return inPlainWords(inOtherJson(value), http);
  return errors.flatMap((entry: JsonValue) => {
    const field = (key: string): string => {
      const value = isJsonObject(entry) ? jsonField(entry, key) : undefined;
      if (typeof value === 'string') return printable(http.redact(value));
      // A detail may be anything; what is empty says nothing.
      const isEmpty = value === undefined || value === null || Object.keys(Object(value) as object).length === 0;
      // Its texts one by one: a second round of escapes would make a secret unlike itself.
      const redactText = (_key: string, inner: unknown): unknown =>
        typeof inner === 'string' ? http.redact(inner) : inner;
      return key !== 'detail' || isEmpty ? '' : printable(http.redact(JSON.stringify(value, redactText)));
    };
    return [{ code: field('code'), message: field('message'), detail: field('detail') }];
  });
}

function inPlainWords(text: string | undefined, http: HttpClient): Reported[] {
  const message = printable(http.redact(text ?? '')).trim();
  return message === '' ? [] : [{ code: '', message, detail: '' }];
}

/** What proxies and gateways put into JSON of their own: `{"error": …}`, `{"message": …}`. */
function inOtherJson(value: JsonValue): string | undefined {
  if (typeof value === 'string') return value;
  if (!isJsonObject(value)) return undefined;
  const said = ['error', 'message', 'error_description', 'detail', 'title', 'errors'].map((key) =>
    jsonField(value, key),
  );
  return said.filter((one) => typeof one === 'string').join(': ');
}

/** The title of a page, or its text; plain text as it is. */
function withoutMarkup(text: string): string {
  const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1];
  return (title ?? text.slice(0, 4096).replaceAll(/<[^>]*>/g, ' ')).replaceAll(/\s+/g, ' ').trim();
}

/** A registry's words end up on a terminal: no control characters, and not many words. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 300);
}
