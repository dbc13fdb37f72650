/** Head of an answer in HTTP/1.1 (RFC 9112) whose body's length is known. */
export interface AnswerHead {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Bytes of the body. */
  readonly length: number;
}

const STATUS = /^HTTP\/1\.[01] ([2-5]\d\d)(?: |$)/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;
// oxlint-disable-next-line no-control-regex -- what no value may hold
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/**
 * Reads a head up to its empty line. `undefined` for everything out of the ordinary: interim answers, other framing than a
 * `Content-Length`, coded content, folded lines. A client that knows all of HTTP is to ask again then.
 */
export function parseAnswerHead(text: string): AnswerHead | undefined {
  const [first = '', ...lines] = text.split('\r\n');
  const status = Number(STATUS.exec(first)?.[1]);
  if (Number.isNaN(status) || status === 204 || status === 304) return undefined;
  const headers: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const line of lines) {
    const [, name = '', value = ''] = FIELD.exec(line) ?? [];
    if (name === '' || CONTROL.test(value)) return undefined;
    const key = name.toLowerCase();
    const before = headers[key];
    headers[key] = before === undefined ? value : [before, value].flat();
  }
  const { 'content-length': length, 'transfer-encoding': transfer, 'content-encoding': coding = 'identity' } = headers;
  if (typeof length !== 'string' || !/^\d{1,15}$/.test(length) || transfer !== undefined) return undefined;
  return coding === 'identity' ? { status, headers, length: Number(length) } : undefined;
}
