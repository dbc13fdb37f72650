import type { IncomingMessage, ServerResponse } from 'node:http';
import { memoryFile } from '../files/index.js';
import { sendJson } from './hub-answers.js';
import { sendBody, sendFile } from './hub-body.js';
import type { HubFault } from './hub-faults.js';
import type { XetToken } from './xet-hub-answers.js';
import type { XetRange, XetReconstruction, XetStore } from './xet-store.js';

const BOUNDARY = 'xorb-part';

/**
 * Reading from a store of the Xet protocol: how a file is put together (`/v2/reconstructions/HASH` and, for older
 * clients, `/v1` and none, for the holders of a token), and the xorbs themselves behind signed addresses.
 */
export class XetCas {
  readonly #store: XetStore;
  readonly #hosts: { readonly casUrl: string; readonly storageUrl: string };
  #tokens = 0;
  #addresses = 0;

  constructor(store: XetStore, hosts: { readonly casUrl: string; readonly storageUrl: string }) {
    this.#store = store;
    this.#hosts = hosts;
  }

  token(): XetToken {
    return {
      accessToken: `xet_${this.#tokens}`,
      casUrl: this.#hosts.casUrl,
      exp: Math.floor(Date.now() / 1000) + 3600,
    };
  }

  expireTokens(): void {
    this.#tokens += 1;
  }

  expireAddresses(): void {
    this.#addresses += 1;
  }

  async answer(request: IncomingMessage, response: ServerResponse, fault: HubFault | undefined): Promise<void> {
    if (request.headers.authorization !== `Bearer ${this.token().accessToken}`) {
      return sendJson(response, 401, { error: 'token expired' });
    }
    const [, version = '', hash = ''] = /^(\/v[12])?\/reconstructions\/([0-9a-f]{64})$/.exec(request.url ?? '') ?? [];
    const file = this.#store.file(hash);
    if (file === undefined) return sendJson(response, 404, { error: 'not found' });
    const [, first = '0', last = String(file.size - 1)] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const found = this.#store.reconstruction(file, Number(first), Math.min(Number(last) + 1, file.size));
    if (found === undefined) return sendJson(response, 416, { error: 'behind the end' });
    const body = JSON.stringify(version === '/v2' ? this.#second(found) : this.#first(found));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    await sendBody(response, memoryFile('reconstruction', body).read(), fault);
  }

  /** One address for each range. */
  #first(found: XetReconstruction): Record<string, unknown> {
    const entries = [...found.ranges].map(([xorb, ranges]) => [
      xorb,
      ranges.map((range) => ({
        range: range.chunks,
        url: this.#address(xorb, [range]),
        url_range: { start: range.bytes.start, end: range.bytes.end - 1 },
      })),
    ]);
    return { ...terms(found), fetch_info: Object.fromEntries(entries) };
  }

  /** One address for all ranges of a xorb. */
  #second(found: XetReconstruction): Record<string, unknown> {
    const entries = [...found.ranges].map(([xorb, ranges]) => [
      xorb,
      [
        {
          url: this.#address(xorb, ranges),
          ranges: ranges.map(({ chunks, bytes }) => ({ chunks, bytes: { start: bytes.start, end: bytes.end - 1 } })),
        },
      ],
    ]);
    return { ...terms(found), xorbs: Object.fromEntries(entries) };
  }

  #address(xorb: string, ranges: readonly XetRange[]): string {
    const signed = ranges.map(({ bytes }) => `${bytes.start}-${bytes.end - 1}`).join(',');
    return `${this.#hosts.storageUrl}/xorbs/${xorb}?signed=${signed}&until=${this.#addresses}`;
  }

  /** Ranges of a xorb, if its address was signed for them and holds still. */
  async sendXorb(request: IncomingMessage, response: ServerResponse, fault: HubFault | undefined): Promise<void> {
    const url = new URL(request.url ?? '/', this.#hosts.storageUrl);
    const name = url.pathname.slice('/xorbs/'.length);
    const xorb = this.#store.xorb(name);
    const signed = url.searchParams.get('signed')?.split(',') ?? [];
    const asked = request.headers.range?.replace(/^bytes=/, '').split(',') ?? [];
    const holds = url.searchParams.get('until') === String(this.#addresses);
    if (xorb === undefined || !holds || asked.length === 0 || !asked.every((range) => signed.includes(range.trim()))) {
      response.writeHead(403).end('Request has expired');
      return;
    }
    if (asked.length === 1) return sendFile(request, response, memoryFile(name, xorb), {}, fault);
    const body = multipart(xorb, asked);
    response.writeHead(206, {
      'content-type': `multipart/byteranges; boundary=${BOUNDARY}`,
      'content-length': body.byteLength,
    });
    await sendBody(response, memoryFile(name, body).read(), fault);
  }
}

function terms({ offset, terms }: XetReconstruction): Record<string, unknown> {
  return {
    offset_into_first_range: offset,
    terms: terms.map(({ xorb, length, start, end }) => ({
      hash: xorb,
      unpacked_length: length,
      range: { start, end },
    })),
  };
}

/** RFC 9110, section 14.6. */
function multipart(bytes: Uint8Array, ranges: readonly string[]): Uint8Array {
  const parts = ranges.flatMap((range) => {
    const [start, last] = range.split('-').map(Number);
    const head = `--${BOUNDARY}\r\ncontent-range: bytes ${range.trim()}/${bytes.byteLength}\r\n\r\n`;
    return [Buffer.from(head), bytes.subarray(start, (last ?? 0) + 1), Buffer.from('\r\n')];
  });
  return Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}
