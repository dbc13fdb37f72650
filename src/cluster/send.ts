import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortedError, SlipwayError, throwIfAborted } from '../core/index.js';
import { isTransient } from '../http/index.js';
import type { ClusterAnswer, ClusterConnection, ClusterRequest } from './cluster-connection.js';

const TIME_LIMIT = 30_000;
/** More than any list that is asked for here. */
const ANSWER_LIMIT = 64 * 1024 * 1024;
const PAUSES: readonly number[] = [250, 1000];

/** Whether a host is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Sends requests with what `authorize` adds (certificates, a token, an agent). What changes nothing when it is repeated
 * (reading, server-side apply, deleting) is tried three times.
 */
export function sender(
  address: string,
  authorize: (options: RequestOptions) => Promise<void>,
): ClusterConnection['request'] {
  return async (request) => {
    const repeatable = request.method !== 'POST';
    for (let attempt = 0; ; attempt += 1) {
      throwIfAborted(request.signal);
      const pause = repeatable ? PAUSES[attempt] : undefined;
      try {
        const answer = await sendOnce(address, request, authorize);
        if (pause === undefined || !isTransient(answer.status)) return answer;
      } catch (error) {
        if (request.signal?.aborted === true) throw abortedError(request.signal);
        if (pause === undefined || !SlipwayError.is(error) || error.code !== 'CLUSTER_UNAVAILABLE') throw error;
      }
      await sleep(pause, undefined, request.signal === undefined ? {} : { signal: request.signal }).catch(() => {});
    }
  };
}

async function sendOnce(
  address: string,
  request: ClusterRequest,
  authorize: (options: RequestOptions) => Promise<void>,
): Promise<ClusterAnswer> {
  const url = new URL(`${address}${request.path}`);
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'slipway' };
  if (body !== undefined) {
    headers['content-type'] = request.contentType ?? 'application/json';
    headers['content-length'] = String(Buffer.byteLength(body));
  }
  const limit = AbortSignal.timeout(request.timeLimit ?? TIME_LIMIT);
  const signal = request.signal === undefined ? limit : AbortSignal.any([request.signal, limit]);
  const options: RequestOptions = { method: request.method, headers, signal };
  try {
    await authorize(options);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const send = url.protocol === 'http:' ? httpRequest : httpsRequest;
      send(url, options, resolve).once('error', reject).end(body);
    });
    return { status: response.statusCode ?? 0, body: parsed(await textOf(response)) };
  } catch (cause) {
    if (SlipwayError.is(cause)) throw cause;
    throw unreachable(address, cause, limit.aborted);
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > ANSWER_LIMIT) throw new Error(`an answer of more than ${ANSWER_LIMIT} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function unreachable(address: string, cause: unknown, isLate: boolean): SlipwayError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const code = (cause as { readonly code?: unknown }).code;
  const isCertificate = /certificate|self.signed/i.test(text);
  return new SlipwayError(
    'CLUSTER_UNAVAILABLE',
    isLate ? 'the cluster gave no answer in time' : 'the cluster cannot be reached',
    {
      where: address,
      got: typeof code === 'string' && !text.includes(code) ? `${code}: ${text}` : text,
      try: isCertificate
        ? 'certificate-authority-data in the kubeconfig'
        : `kubectl --server ${address} version   (the same address, by kubectl)`,
      cause,
      retryable: true,
    },
  );
}
