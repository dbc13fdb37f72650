import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HubConnection, HubEntry, HubRevision } from '../../../src/source/hub-client.js';
import { listEntries } from '../../../src/source/hub-listing.js';
import { openModelScope } from '../../../src/source/modelscope.js';
import { checkedXetChunks } from '../../../src/source/xet-chunks.js';
import { XetLocation, XetStorage } from '../../../src/source/xet-file.js';
import { checkedReconstruction } from '../../../src/source/xet-reconstruction.js';
import { XetTokens } from '../../../src/source/xet-tokens.js';
import { drained, json, once, type FuzzTarget } from './target.js';

const COMMIT = '1'.repeat(40);
const HASH = 'a'.repeat(64);
const REVISION: HubRevision = { repository: 'org/name', commit: COMMIT };

/** A Hub that answers every question as it is told to. */
function hub(answer: (url: URL, headers: Headers) => Response): HubConnection {
  return {
    endpoint: new URL('https://huggingface.co'),
    token: undefined,
    fetch: async (input, init) =>
      answer(new URL(input instanceof Request ? input.url : input), new Headers(init?.headers)),
  };
}

const jsonAnswer = (bytes: Uint8Array): Response =>
  new Response(Buffer.from(bytes), { headers: { 'content-type': 'application/json' } });

/** The fifth chunk of a xorb that hf-xet uploaded: 3,572 bytes of LZ4 that unpack to 12,371. */
function smallXorb(): Uint8Array {
  const folder = join(process.cwd(), 'test', 'fixtures', 'xet');
  const bytes = readFileSync(join(folder, 'fd9733c3eaf761227f26ebbba682930ed5c68704c208d12b19da6a214b8308a4.xorb'));
  let at = 0;
  for (let chunk = 0; chunk < 4; chunk++) at += 8 + bytes.readUIntLE(at + 1, 3);
  return Uint8Array.from(bytes.subarray(at, at + 8 + 3572));
}

const plainXorb = (): Uint8Array => Buffer.concat([Buffer.from([0, 5, 0, 0, 0, 5, 0, 0]), Buffer.from('hello')]);

const RECONSTRUCTION = {
  offset_into_first_range: 0,
  terms: [{ hash: HASH, unpacked_length: 5, range: { start: 0, end: 1 } }],
  xorbs: {
    [HASH]: [
      {
        url: 'https://transfer.xethub.hf.co/x',
        ranges: [{ chunks: { start: 0, end: 1 }, bytes: { start: 0, end: 12 } }],
      },
    ],
  },
};

/** A file read with the Hub's own client, whose xorb is the input. */
async function readThroughClient(xorb: Uint8Array, unpacked: number): Promise<void> {
  const entry: HubEntry = { path: 'm.bin', size: unpacked, announced: undefined, xetHash: HASH };
  const cas = 'https://cas-server.xethub.hf.co';
  const reconstruction = {
    offset_into_first_range: 0,
    terms: [{ hash: HASH, unpacked_length: unpacked, range: { start: 0, end: 1 } }],
    fetch_info: {},
    xorbs: {
      [HASH]: [
        {
          url: 'https://transfer.xethub.hf.co/x',
          ranges: [{ chunks: { start: 0, end: 1 }, bytes: { start: 0, end: xorb.byteLength - 1 } }],
        },
      ],
    },
  };
  const connection = hub((url, headers) => {
    if (url.pathname.includes('/xet-read-token/'))
      return jsonAnswer(json({ accessToken: 't', casUrl: cas, exp: Math.floor(Date.now() / 1000) + 3600 }));
    if (url.href.startsWith(cas)) return jsonAnswer(json(reconstruction));
    if (url.hostname === 'transfer.xethub.hf.co') {
      const range = { 'content-range': `bytes 0-${xorb.byteLength - 1}/${xorb.byteLength}` };
      return new Response(Buffer.from(xorb), { status: 206, headers: range });
    }
    const link = `<https://huggingface.co/api/models/org/name/xet-read-token/${COMMIT}>; rel="xet-auth", <${cas}/v1/reconstructions/${HASH}>; rel="xet-reconstruction-info"`;
    return new Response(JSON.stringify({ hash: HASH }), {
      headers: {
        'content-type': 'application/vnd.xet-fileinfo+json',
        'x-linked-size': String(unpacked),
        'x-linked-etag': `"${'b'.repeat(64)}"`,
        'x-xet-hash': HASH,
        link,
        range: headers.get('range') ?? '',
      },
    });
  });
  const content = await new XetLocation(new XetStorage(connection, REVISION), entry).open(
    { start: 0, end: unpacked },
    undefined,
  );
  if (content !== undefined) await drained(content);
}

const TREE = [
  { type: 'file', path: 'config.json', size: 12, oid: '2'.repeat(40) },
  { type: 'directory', path: 'sub', oid: '3'.repeat(40), size: 0 },
  {
    type: 'file',
    path: 'm.safetensors',
    size: 130,
    oid: '4'.repeat(40),
    lfs: { oid: HASH, size: 99, pointerSize: 130 },
    xetHash: HASH,
  },
];

const LISTING = {
  Code: 200,
  Data: {
    Files: [
      { Path: 'config.json', Size: 12, Sha256: HASH, Revision: COMMIT, Type: 'blob' },
      { Path: 'd', Type: 'tree' },
    ],
  },
};

export const HUB_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'hub-listing',
    seeds: async () => [json(TREE)],
    read: async (input) =>
      listEntries(
        hub(() => jsonAnswer(input)),
        REVISION,
      ),
  },
  {
    name: 'modelscope-listing',
    seeds: async () => [json(LISTING)],
    read: async (input) => openModelScope('org/name', { env: {}, fetch: async () => jsonAnswer(input) }),
  },
  {
    name: 'xet-token',
    seeds: async () => [json({ accessToken: 'xet_1', casUrl: 'https://cas-server.xethub.hf.co', exp: 4_000_000_000 })],
    read: async (input) => {
      const tokens = new XetTokens(
        hub(() => jsonAnswer(input)),
        { endpoint: new URL('https://huggingface.co'), repository: 'org/name' },
      );
      await tokens.get(new URL('https://huggingface.co/api/models/org/name/xet-read-token/1'), undefined);
    },
  },
  {
    name: 'xet-reconstruction',
    seeds: async () => [json(RECONSTRUCTION)],
    read: async (input) => checkedReconstruction(once(input), { start: 0, end: 5 }, { path: 'm.bin', size: 5 }),
  },
  {
    name: 'xet-chunks',
    seeds: async () => [plainXorb(), smallXorb()],
    read: async (input) => drained(checkedXetChunks(once(input), input.byteLength, { remaining: 64 * 1024 }, 'm.bin')),
  },
  {
    name: 'xet-reading',
    seeds: async () => [plainXorb(), smallXorb()],
    read: async (input) => readThroughClient(input, input.byteLength > 1000 ? 12_371 : 5),
  },
];
