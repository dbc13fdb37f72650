import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ModelFile } from '../files/index.js';
import type { HubFault } from './hub-faults.js';

/** Sends a file or the asked-for range of it (RFC 9110, section 14: one range), with whatever should go wrong on the way. */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: ModelFile,
  headers: Readonly<Record<string, string>>,
  fault: HubFault | undefined,
): Promise<void> {
  const range = askedRange(request.headers.range, file.size);
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${file.size}` }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: file.size };
  response.writeHead(range === undefined ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    'content-length': String(fault?.kind === 'truncate' ? Math.min(fault.after ?? 1000, end - start) : end - start),
    ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${file.size}` }),
    ...headers,
  });
  if (request.method === 'HEAD' || start === end) {
    response.end();
    return;
  }
  // Lent: no chunk is asked for before the one before it has left.
  await sendBody(response, file.read({ start, end }, undefined, { lend: true }), fault);
}

/** Sends a body whose head has been written. */
export async function sendBody(
  response: ServerResponse,
  content: AsyncIterable<Uint8Array>,
  fault: HubFault | undefined,
): Promise<void> {
  const cut = fault?.kind === 'drop' || fault?.kind === 'truncate' ? (fault.after ?? 1000) : Number.POSITIVE_INFINITY;
  const flipped = fault?.kind === 'corrupt' ? (fault.after ?? 0) : -1;
  let sent = 0;
  for await (const chunk of content) {
    if (flipped >= sent && flipped < sent + chunk.byteLength) chunk[flipped - sent] = (chunk[flipped - sent] ?? 0) ^ 1;
    const part = chunk.subarray(0, Math.max(0, cut - sent));
    sent += part.byteLength;
    await written(response, part);
    if (response.destroyed) return;
    if (sent < cut) continue;
    if (fault?.kind === 'drop') await flushedThenCut(response);
    else response.end();
    return;
  }
  response.end();
}

async function written(response: ServerResponse, part: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('close', done);
      resolve();
    };
    response.on('close', done).write(part, done);
  });
}

/** Lets the bytes that were written leave before the connection is reset. */
async function flushedThenCut(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, 20);
  });
  response.destroy();
}

function askedRange(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  if (match[1] === '') return { start: Math.max(0, size - Number(match[2])), end: size };
  const start = Number(match[1]);
  const end = match[2] === '' ? size : Math.min(size, Number(match[2]) + 1);
  return start < end ? { start, end } : 'unsatisfiable';
}
