import { SlipwayError } from '../core/index.js';
import { memoryFile, readText } from '../files/index.js';
import { checkedRevision } from './source-address.js';
import { hubRefusal } from './hub-answer.js';
import { findHubToken, hubEndpoint, hubOffline } from './hub-endpoint.js';

/** One file on the Hub, of a data set or of a model. */
interface HubFileAddress {
  /** `datasets/org/name` for a data set. */
  readonly repository: string;
  readonly revision: string;
  readonly path: string;
}

export interface HubTextOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly insecureHosts?: readonly string[] | undefined;
  /** Bytes at most. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

/** A text and the commit that it was read at. */
export interface HubText {
  readonly content: string;
  readonly commit?: string | undefined;
}

const ADDRESS = /^hf:\/\/((?:datasets\/)?[A-Za-z0-9_][\w.-]*\/[A-Za-z0-9_][\w.-]*)(?:@([^/]+(?:\/[^/]+)*?))?\/([^@]+)$/;

/** True for what {@link readHubText} reads. */
export function isHubFile(address: string): boolean {
  return address.startsWith('hf://');
}

/**
 * Reads a text on the Hub: `hf://datasets/org/name[@revision]/path/to/file.txt`. Of a file in JSON lines the values of
 * `text` are taken, one a line. Throws `USAGE` for another address, `FORMAT_UNSUPPORTED` for what is no text, and what
 * the Hub refuses with.
 */
export async function readHubText(address: string, options: HubTextOptions): Promise<HubText> {
  const { repository, revision, path } = parseHubFile(address);
  if (hubOffline(options.env)) throw new SlipwayError('OFFLINE', 'HF_HUB_OFFLINE is set', { where: address });
  if (/\.(parquet|arrow|gz|zst|zip|bz2|xz)$/i.test(path)) throw noText(address);
  const endpoint = hubEndpoint(options.env, options.insecureHosts);
  const token = await findHubToken(options.env);
  const place = [repository, 'resolve', encodeURIComponent(revision), ...path.split('/').map(encodeURIComponent)];
  const url = `${endpoint.href.replace(/\/$/, '')}/${place.join('/')}`;
  const response = await options.fetch(url, {
    ...(token !== undefined && { headers: { authorization: `Bearer ${token.value}` } }),
    signal: options.signal,
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw hubRefusal(response, { endpoint, repository, revision, file: path, token });
  }
  const bytes = await limited(response, options.limit, address);
  const content = await readText(memoryFile(address, bytes), options.limit, options.signal);
  return {
    content: /\.(jsonl|ndjson)$/i.test(path) ? textsOf(content, address) : content,
    commit: response.headers.get('x-repo-commit') ?? undefined,
  };
}

function parseHubFile(address: string): HubFileAddress {
  const [, repository, revision = 'main', path = ''] = ADDRESS.exec(address) ?? [];
  if (repository === undefined || path.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw new SlipwayError('USAGE', `'${address}' is not the address of a text`, {
      try: ['hf://datasets/organization/name/path/to/file.txt', 'hf://datasets/organization/name@revision/file.txt'],
    });
  }
  return { repository, revision: checkedRevision(revision), path };
}

async function limited(response: Response, limit: number, address: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.byteLength;
    if (size > limit) {
      await response.body?.cancel().catch(() => {});
      throw new SlipwayError('NET_PROTOCOL', `'${address}' is longer than ${limit} bytes`, { try: 'a smaller file' });
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function textsOf(lines: string, address: string): string {
  const texts = lines.split('\n').flatMap((line, index): string[] => {
    if (line.trim() === '') return [];
    const text = parsedText(line);
    if (text !== undefined) return [text];
    throw new SlipwayError('JSON_INVALID', `'${address}' has no 'text' in line ${index + 1}`, { where: address });
  });
  return texts.join('\n');
}

function parsedText(line: string): string | undefined {
  try {
    const value = JSON.parse(line) as { readonly text?: unknown } | null;
    return typeof value?.text === 'string' ? value.text : undefined;
  } catch {
    return undefined;
  }
}

function noText(address: string): SlipwayError {
  return new SlipwayError('FORMAT_UNSUPPORTED', `'${address}' is no text file`, {
    got: 'a compressed or binary file',
    try: 'a .txt, .md or .jsonl file of the data set, or a file on this machine',
  });
}
