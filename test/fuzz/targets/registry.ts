import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/index.js';
import { DiskStore } from '../../../src/files/index.js';
import { untar } from '../../../src/files/index.js';
import { decompressed } from '../../../src/package/decompress.js';
import { zstdContent } from '../../../src/package/zstd-frames.js';
import { parseChallenges } from '../../../src/registry/auth/challenge.js';
import { checkRealm } from '../../../src/registry/auth/realm.js';
import { fetchToken } from '../../../src/registry/auth/token.js';
import { readAuthFile } from '../../../src/registry/credentials/auth-file.js';
import { openLayout } from '../../../src/registry/index.js';
import { parseManifest } from '../../../src/registry/manifest.js';
import { parseReference } from '../../../src/registry/reference.js';
import { registryError } from '../../../src/registry/remote/registry-error.js';
import { openUploadMemory, unfinishedUploads } from '../../../src/registry/remote/upload-memory.js';
import { parseWarnings } from '../../../src/registry/remote/warning.js';
import type { HttpClient, HttpResponse } from '../../../src/http/index.js';
import { drained, json, latin1, once, text, type FuzzTarget } from './target.js';

const MANIFEST = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  artifactType: 'application/vnd.x',
  config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: `sha256:${'44'.repeat(32)}`, size: 2 },
  layers: [
    {
      mediaType: 'application/octet-stream',
      digest: `sha256:${'ab'.repeat(32)}`,
      size: 5,
      annotations: { 'org.opencontainers.image.title': 'a/b.txt' },
    },
  ],
  subject: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: `sha256:${'cd'.repeat(32)}`, size: 9 },
};

const INDEX = {
  schemaVersion: 2,
  manifests: [
    {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: `sha256:${'ab'.repeat(32)}`,
      size: 500,
      annotations: { 'org.opencontainers.image.ref.name': 'v1' },
    },
  ],
};

/** A ustar archive of one file, and one with a pax header before it. */
function tarSeeds(): Uint8Array[] {
  const header = (name: string, size: number, type: string): Buffer => {
    const block = Buffer.alloc(512);
    block.write(name, 0);
    block.write('0000644\0', 100);
    block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
    block.write(`        ${type}`, 148);
    block.write('ustar\x0000', 257);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return block;
  };
  const padded = (content: string): Buffer => {
    const block = Buffer.alloc(512);
    block.write(content);
    return block;
  };
  const end = Buffer.alloc(1024);
  const pax = '16 path=abcdefg\n';
  return [
    Buffer.concat([header('a/b.txt', 5, '0'), padded('hello'), end]),
    Buffer.concat([header('pax', pax.length, 'x'), padded(pax), header('x', 2, '0'), padded('hi'), end]),
    Buffer.concat([header('dir/', 0, '5'), header('link', 0, '2'), end]),
  ];
}

/** The checksum of a tar header would refuse nearly everything: it is made right again in most inputs. */
function withChecksums(input: Uint8Array): Uint8Array {
  const bytes = Buffer.from(input);
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    if (bytes.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
    bytes.write('        ', at + 148);
    const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148);
  }
  return bytes;
}

const AUTH = {
  auths: { 'localhost:5000': { auth: 'Ym9iOnB3' }, 'https://index.docker.io/v1/': { identitytoken: 't' } },
  credHelpers: { 'gcr.io': 'gcloud' },
  credsStore: 'desktop',
};

const CONFIG = `name: m
limits: { memory: 1GiB, threads: 2, concurrency: 3 }
credentials: { 'harbor.example.com': { username: bob, password: '\${env:PASSWORD}' } }
network: { insecureHosts: ['localhost:5000'] }
stages:
  - download: { from: ./m, include: ['*.json'] }
  - convert: { outtype: f16 }
  - pack: { format: modelpack }
  - push: { to: 'layout:./L', tags: [v1] }
`;

const TOKEN = {
  token: 'abc',
  access_token: 'abc',
  expires_in: 300,
  issued_at: '2026-01-01T00:00:00Z',
  refresh_token: 'r',
};
const FAULT = { errors: [{ code: 'DENIED', message: 'no', detail: { quota: 'storage', Resource: ['a', 1] } }] };

/** A client whose every answer is the input. */
function answering(input: Uint8Array, status: number): { http: HttpClient; response: HttpResponse } {
  const response: HttpResponse = {
    status,
    headers: new Headers({ 'content-type': 'application/json' }),
    url: 'https://registry.example.com/v2/a/b/blobs/x',
    redirected: false,
    body: once(input),
    bytes: async () => input,
    discard: async () => {},
  };
  const http: HttpClient = {
    fetch: globalThis.fetch,
    send: async () => response,
    tellingRetries: () => http,
    protect: () => {},
    redact: (words) => words,
    close: async () => {},
  };
  return { http, response };
}

async function readToken(input: Uint8Array): Promise<void> {
  const registry = new URL('https://registry.example.com');
  const realm = checkRealm('https://registry.example.com/token', registry);
  const { http } = answering(input, 200);
  await fetchToken(http, { realm, service: 's', scopes: ['repository:a/b:pull'], credential: undefined, now: () => 0 });
}

const scratch = mkdtempSync(join(tmpdir(), 'slipway-fuzz-'));
const inScratch = (...parts: string[]): string => join(scratch, ...parts);
mkdirSync(inScratch('layout'));
mkdirSync(inScratch('uploads'));
writeFileSync(inScratch('layout', 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
const store = new DiskStore(inScratch('store'));
const KEY = `sha256:${'ab'.repeat(32)}` as const;
mkdirSync(inScratch('store', 'records'), { recursive: true });

const fixture = (path: string): Uint8Array => readFileSync(join(process.cwd(), 'test', 'fixtures', path));
const tarLayer = (form: 'tar+gzip'): Parameters<typeof decompressed>[0] =>
  ({ path: 'layer', form, descriptor: { mediaType: 'x', digest: KEY, size: 1 } }) as unknown as Parameters<
    typeof decompressed
  >[0];

export const REGISTRY_TARGETS: readonly FuzzTarget[] = [
  { name: 'manifest', seeds: async () => [json(MANIFEST), json(INDEX)], read: (input) => parseManifest(input, 'x') },
  {
    name: 'layout-index',
    seeds: async () => [json(INDEX)],
    read: async (input) => {
      writeFileSync(inScratch('layout', 'index.json'), input);
      const layout = openLayout(inScratch('layout'));
      await layout.tags();
      await layout.resolve('v1').catch((error: unknown) => requireSlipway(error));
      await layout.referrers(KEY);
    },
  },
  {
    name: 'tar',
    seeds: async () => tarSeeds(),
    read: async (input) => {
      for await (const member of untar(once(withChecksums(input)))) await drained(member.content());
    },
  },
  {
    name: 'zstd',
    seeds: async () => [fixture('zstd/fast.zst'), fixture('zstd/frames.zst')],
    read: (input) => drained(zstdContent(once(input), 'x')),
  },
  {
    name: 'gzip',
    seeds: async () => [Buffer.from('H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==', 'base64')],
    read: async (input) => drained(decompressed(tarLayer('tar+gzip'), once(input), undefined)),
  },
  {
    name: 'challenge',
    seeds: async () => [
      Buffer.from('Bearer realm="https://a/t",service="s",scope="repository:a/b:pull", Basic realm="x"'),
    ],
    read: (input) => parseChallenges(latin1(input)),
  },
  {
    name: 'warning',
    seeds: async () => [Buffer.from('299 - "a \\" b", 299 - "c"')],
    read: (input) => parseWarnings(latin1(input)),
  },
  { name: 'token-answer', seeds: async () => [json(TOKEN)], read: readToken },
  {
    name: 'registry-error',
    seeds: async () => [json(FAULT)],
    read: async (input) => {
      const { http, response } = answering(input, 403);
      const tried = { method: 'PUT', host: 'registry.example.com', doing: "push a blob to 'a/b'" };
      throw await registryError(http, response, tried);
    },
  },
  {
    name: 'reference',
    seeds: async () => [Buffer.from('localhost:5000/a/b:v1@sha256:' + 'ab'.repeat(32)), Buffer.from('layout:./x:tag')],
    read: (input) => parseReference(text(input)),
  },
  {
    name: 'credentials',
    seeds: async () => [json(AUTH)],
    read: async (input) => {
      writeFileSync(inScratch('auth.json'), input);
      await readAuthFile(inScratch('auth.json'));
    },
  },
  {
    name: 'configuration-file',
    seeds: async () => [Buffer.from(CONFIG)],
    read: async (input) => {
      writeFileSync(inScratch('c.yaml'), input);
      await loadConfig('c.yaml', { directory: scratch, env: { PASSWORD: 'x' }, mode: 'run' });
    },
  },
  {
    name: 'upload-notes',
    seeds: async () => [json({ location: 'https://a/b', at: 4_000_000_000_000, name: 'm', offset: 1, size: 2 })],
    read: async (input) => {
      const name = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae.json';
      writeFileSync(inScratch('uploads', name), input);
      await unfinishedUploads(inScratch('uploads'), 0);
      await openUploadMemory(inScratch('uploads')).take('foo');
    },
  },
  {
    name: 'store-record',
    seeds: async () => [Buffer.from(`${KEY}\n{}`)],
    read: async (input) => {
      writeFileSync(inScratch('store', 'records', `${'ab'.repeat(32)}.json`), input);
      await store.readRecord(KEY);
    },
  },
];

/** A tag that is missing is no fault; another kind of error is. */
function requireSlipway(error: unknown): void {
  if ((error as { code?: unknown }).code !== 'OCI_NOT_FOUND') throw error;
}
