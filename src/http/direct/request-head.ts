/** What a request over a connection of its own consists of. */
export interface DirectRequest {
  /** In upper case. */
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** The request ends when one of them fires. */
  readonly signals: readonly AbortSignal[];
  /** Milliseconds for the head of the answer, from the end of the request on. */
  readonly headersTimeoutMs: number;
  /** Sent again over another connection when one that was kept turns out to be closed. */
  readonly repeatable: boolean;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// oxlint-disable-next-line no-control-regex -- what would end a line of the head
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;
const WITH_CONTENT = new Set(['POST', 'PUT', 'PATCH']);

/** How the end of a request's body is told: its length, or chunks. */
export function lengthOf({ method, headers, body }: DirectRequest): number | 'chunked' | undefined {
  if (body instanceof Uint8Array) return body.byteLength;
  if (body === undefined) return WITH_CONTENT.has(method) ? 0 : undefined;
  const length = headers['content-length'];
  return length === undefined ? 'chunked' : Number(length);
}

/** Request line and fields (RFC 9112, section 3). Throws for what would end a line. */
export function requestHead(request: DirectRequest): string {
  const { method, url, headers } = request;
  const length = lengthOf(request);
  let head = `${method} ${url.pathname}${url.search} HTTP/1.1\r\n`;
  const fields = {
    host: url.host,
    connection: 'keep-alive',
    ...headers,
    ...(length === 'chunked' ? { 'transfer-encoding': 'chunked' } : {}),
    ...(typeof length === 'number' ? { 'content-length': String(length) } : {}),
  };
  for (const [name, value] of Object.entries(fields)) {
    if (!TOKEN.test(name) || UNSENDABLE.test(value)) throw unsendable(name);
    head += `${name}: ${value}\r\n`;
  }
  return `${head}\r\n`;
}

function unsendable(name: string): Error {
  return Object.assign(new Error(`the header '${name}' holds what cannot be sent`), { code: 'ERR_INVALID_CHAR' });
}
