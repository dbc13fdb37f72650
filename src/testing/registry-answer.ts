import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RegistryFault } from './registry-faults.js';

/** What a route decided, before any fault spoils it. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Length of a body that is not sent (HEAD), or was thrown away. */
  readonly length?: number;
}

/** An error body as the distribution specification has it. */
export function errorAnswer(status: number, code: string, message: string = code): Answer {
  const body = JSON.stringify({ errors: [{ code, message }] });
  return { status, headers: { 'content-type': 'application/json' }, body };
}

export function jsonAnswer(value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** Thrown by a reader of a request's body when a fault cuts it off. */
export class RequestCut extends Error {}

const received = new WeakMap<IncomingMessage, number>();

/** Bytes of a request's body that were read so far. */
export function receivedOf(request: IncomingMessage): number {
  return received.get(request) ?? 0;
}

/** The chunks of a request's body, cut off where a fault says so. */
export async function* requestBody(
  request: IncomingMessage,
  fault: RegistryFault | undefined,
): AsyncGenerator<Uint8Array> {
  let left = fault?.kind === 'drop-request' ? fault.afterBytes : Number.POSITIVE_INFINITY;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    const piece = chunk.byteLength > left ? chunk.subarray(0, left) : chunk;
    left -= piece.byteLength;
    received.set(request, receivedOf(request) + piece.byteLength);
    yield piece;
    if (left <= 0) throw new RequestCut('cut by a fault');
  }
}

/** Sends an answer, spoilt as the fault says. */
export function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  fault: RegistryFault | undefined,
  isHead: boolean,
): void {
  if (fault?.kind === 'drop-answer') {
    response.socket?.destroy();
    return;
  }
  const whole = typeof answer.body === 'string' ? Buffer.from(answer.body) : (answer.body ?? new Uint8Array(0));
  const body =
    fault?.kind === 'truncate' ? whole.subarray(0, fault.bytes) : fault?.kind === 'corrupt' ? corrupted(whole) : whole;
  const headers: Record<string, string> = { ...answer.headers };
  if (fault?.kind === 'wrong-digest') headers['docker-content-digest'] = `sha256:${'0'.repeat(64)}`;
  headers['content-length'] = String(isHead ? (answer.length ?? whole.byteLength) : body.byteLength);
  response.writeHead(answer.status, headers);
  if (isHead) response.end();
  else if (fault?.kind === 'drop-response')
    response.write(body.subarray(0, fault.afterBytes), () => response.socket?.destroy());
  else response.end(body);
}

function corrupted(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const middle = copy.byteLength >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}
