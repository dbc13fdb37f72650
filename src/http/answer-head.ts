/** Status line and fields of an answer in HTTP/1.1 (RFC 9112). */
interface AnswerFields {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/** Head of an answer whose body's length is known. */
export interface AnswerHead {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Bytes of the body. */
  readonly length: number;
}

const STATUS = /^HTTP\/1\.[01] ([1-9]\d\d)(?: |$)/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;
// oxlint-disable-next-line no-control-regex -- what no value may hold
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/** A field's name in lower case and its value. `undefined` for a line that is no field. */
function parseField(line: string): [string, string] | undefined {
  const [, name = '', value = ''] = FIELD.exec(line) ?? [];
  return name === '' || CONTROL.test(value) ? undefined : [name.toLowerCase(), value];
}

/** Reads a head up to its empty line. `undefined` for what is no head of HTTP/1, and for folded lines. */
function parseAnswerFields(text: string): AnswerFields | undefined {
  const [first = '', ...lines] = text.split('\r\n');
  const [, status] = STATUS.exec(first) ?? [];
  if (status === undefined || CONTROL.test(first)) return undefined;
  const headers: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const line of lines) {
    const [name, value] = parseField(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return { status: Number(status), headers };
}

/**
 * The head of an answer of the plainest kind. `undefined` for everything out of the ordinary: interim answers, other framing than a
 * `Content-Length`, coded content, folded lines. A client that knows all of HTTP is to ask again then.
 */
export function parseAnswerHead(text: string): AnswerHead | undefined {
  const { status = 0, headers = {} } = parseAnswerFields(text) ?? {};
  if (status < 200 || status > 599 || status === 204 || status === 304) return undefined;
  const { 'content-length': length, 'transfer-encoding': transfer, 'content-encoding': coding = 'identity' } = headers;
  if (typeof length !== 'string' || !LENGTH.test(length) || transfer !== undefined) return undefined;
  return coding === 'identity' ? { status, headers, length: Number(length) } : undefined;
}

const LENGTH = /^\d{1,15}$/;
