import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendJson } from './hub-answers.js';
import type { XetFile } from './xet-shard.js';

const FILE_INFO = 'application/vnd.xet-fileinfo+json';

/** What a store's API is used with, for a while. */
export interface XetToken {
  readonly accessToken: string;
  readonly casUrl: string;
  /** Seconds since 1970. */
  readonly exp: number;
}

/** Whether the client wants to know how a file can be read over the Xet protocol, instead of the file. */
export function asksForXet(request: IncomingMessage): boolean {
  return request.headers.accept?.includes(FILE_INFO) === true;
}

/** The headers that say so, on every answer about such a file. `tokenPath` is a path of the Hub's models. */
export function xetHeaders(
  file: XetFile,
  hosts: { readonly url: string; readonly casUrl: string },
  tokenPath: string,
): Record<string, string> {
  const links = [
    `<${hosts.url}/api/models/${tokenPath}>; rel="xet-auth"`,
    `<${hosts.casUrl}/v1/reconstructions/${file.hash}>; rel="xet-reconstruction-info"`,
  ];
  return { 'x-xet-hash': file.hash, link: links.join(', ') };
}

/** `GET …/resolve/…` with `Accept: application/vnd.xet-fileinfo+json`. */
export function sendXetInfo(
  response: ServerResponse,
  file: XetFile,
  sha256: string,
  headers: Readonly<Record<string, string>>,
): void {
  sendJson(
    response,
    200,
    { hash: file.hash },
    { ...headers, 'content-type': FILE_INFO, 'x-linked-size': String(file.size), 'x-linked-etag': `"${sha256}"` },
  );
}

/** `GET /api/models/NAME/xet-read-token/REV`: in the body for one client, in headers for the other. */
export function sendXetToken(response: ServerResponse, token: XetToken): void {
  sendJson(response, 200, token, {
    'x-xet-cas-url': token.casUrl,
    'x-xet-access-token': token.accessToken,
    'x-xet-token-expiration': String(token.exp),
  });
}
