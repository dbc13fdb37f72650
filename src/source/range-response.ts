import { countText, SlipwayError, type ByteRange } from '../core/index.js';
import { bodyOf } from '../http/index.js';

/** The header that asks for a range, and for the bytes as they are. */
export function rangeHeaders(range: ByteRange): Record<string, string> {
  return { range: `bytes=${range.start}-${range.end - 1}`, 'accept-encoding': 'identity' };
}

/**
 * The body of an answer to a range request (RFC 9110, section 14), after a look at what the server says it sends.
 * A server that ignores the range may send the whole when the whole was wanted.
 */
export async function rangeBody(
  response: Response,
  range: ByteRange,
  size: number,
  name: string,
): Promise<AsyncIterable<Uint8Array>> {
  const problem = rangeProblem(response, range, size);
  const body = problem === undefined ? bodyOf(response) : null;
  if (body !== null) return body;
  await response.body?.cancel();
  throw new SlipwayError('SIZE_MISMATCH', `'${name}' was not served as asked for`, {
    where: `${name} [${range.start}, ${range.end})`,
    got: problem ?? 'no body',
    try: 'run again; a mirror or proxy on the way may not pass range requests on',
  });
}

/** What is wrong with the head of an answer to a range request; `size` is that of the whole, where it is known. */
export function rangeProblem(response: Response, range: ByteRange, size?: number): string | undefined {
  if (response.status === 200) {
    if (range.start !== 0 || range.end !== size) return 'the whole file instead of a range';
    const length = response.headers.get('content-length');
    const coded = response.headers.get('content-encoding') !== null;
    return length === null || coded || Number(length) === size
      ? undefined
      : `${countText(Number(length), 'byte')}, expected ${size}`;
  }
  const said = response.headers.get('content-range') ?? '';
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(said);
  const right =
    match !== null &&
    Number(match[1]) === range.start &&
    Number(match[2]) === range.end - 1 &&
    (match[3] === '*' || size === undefined || Number(match[3]) === size);
  return right ? undefined : `'${said.slice(0, 100)}', expected 'bytes ${range.start}-${range.end - 1}/${size ?? '*'}'`;
}
