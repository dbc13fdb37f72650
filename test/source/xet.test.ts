import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SlipwayError } from '../../src/core/index.js';
import { readRange, readWhole, type ModelFile } from '../../src/files/index.js';
import { createHttpClient, type Retry } from '../../src/http/index.js';
import { pinRevision, type HubConnection, type HubEntry, type HubRevision } from '../../src/source/hub-client.js';
import { listEntries } from '../../src/source/hub-listing.js';
import { hubFile } from '../../src/source/hub-file.js';
import { openSource, type SourceOptions } from '../../src/source/index.js';
import { checkedXetChunks } from '../../src/source/xet-chunks.js';
import { XetStorage } from '../../src/source/xet-file.js';
import { startTestHub, type HubRequest, type TestHub, type TestHubOptions } from '../../src/testing/index.js';
import { XET_FILES, xetContents, xetFixture } from './xet-fixture.js';

const CONTENTS = xetContents();
const [FIRST, SECOND] = XET_FILES as [(typeof XET_FILES)[0], (typeof XET_FILES)[0]];
const REPOSITORIES = {
  'acme/stored': { 'config.json': '{}', 'extra.safetensors': 'not in the Xet storage', ...CONTENTS },
  'acme/gated': { files: CONTENTS, gated: true },
};

let hub: TestHub;
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'slipway-xet-'));
  hub = await startTestHub({ xet: xetFixture(), repositories: REPOSITORIES });
});
afterEach(() => {
  hub.expireStorage();
  hub.expireXetTokens();
});
afterAll(async () => {
  await hub.close();
  await rm(home, { recursive: true });
});

type Fetch = typeof globalThis.fetch;

function options(more: Partial<SourceOptions> = {}, of: TestHub = hub): SourceOptions {
  return { fetch: globalThis.fetch, xet: true, ...more, env: { ...of.env, HOME: home, ...more.env } };
}

async function open(path: string, more: Partial<SourceOptions> = {}, of: TestHub = hub): Promise<ModelFile> {
  const snapshot = await openSource('hf://acme/stored', options(more, of));
  const found = snapshot.files.find((file) => file.path === path);
  if (found === undefined) throw new Error(`no ${path}`);
  return found;
}

/** Requests since now. */
function watch(of: TestHub = hub): (kind: RegExp) => HubRequest[] {
  const before = of.requests.length;
  return (kind) => of.requests.slice(before).filter(({ url }) => kind.test(url));
}

async function failure(work: Promise<unknown>): Promise<SlipwayError> {
  return work.then(
    () => expect.fail('nothing was thrown'),
    (error: SlipwayError) => error,
  );
}

/** Reads a file to its end, or to an error; says how much was passed on. */
async function reading(file: ModelFile): Promise<{ seen: number; error: SlipwayError | undefined }> {
  let seen = 0;
  try {
    for await (const chunk of file.read()) seen += chunk.byteLength;
    return { seen, error: undefined };
  } catch (error) {
    return { seen, error: error as SlipwayError };
  }
}

/** Lets a test change requests and answers of one kind. */
function between(kind: RegExp, change: (ask: () => Promise<Response>, url: URL, init: RequestInit) => unknown): Fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const ask = async (): Promise<Response> => fetch(input, init);
    return kind.test(url.href) ? ((await change(ask, url, init)) as Response) : ask();
  };
}

interface Answer {
  offset_into_first_range: number;
  terms: { hash: string; unpacked_length: number; range: { start: number; end: number } }[];
  xorbs: Record<string, { url: string; ranges: { bytes: { start: number; end: number } }[] }[]>;
}

/** A storage that answers something else about how a file is put together. */
function reconstructed(change: (answer: Answer) => void): Fetch {
  return between(/\/reconstructions\//, async (ask) => {
    const answer = (await (await ask()).json()) as Answer;
    change(answer);
    return Response.json(answer);
  });
}

async function hubWith(more: TestHubOptions, use: (hub: TestHub) => Promise<void>): Promise<void> {
  const other = await startTestHub({ repositories: REPOSITORIES, ...more });
  try {
    await use(other);
  } finally {
    await other.close();
  }
}

describe('a file in the Xet storage', () => {
  test.each(XET_FILES)('$path comes whole, as hf-xet uploaded it', async ({ path, size, sha256 }) => {
    const asked = watch();
    const file = await open(path);
    expect(file).toMatchObject({ size, digest: `sha256:${sha256}` });
    const content = await readWhole(file, size);
    expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
    expect(asked(/xorbs/)).toHaveLength(path === FIRST.path ? 1 : 2);
    expect(asked(/reconstructions|xet-read-token/)).toHaveLength(2);
    expect(asked(/blobs/)).toEqual([]);
  });

  test.each(XET_FILES)('$path comes through our own client, too', async ({ path, size }) => {
    const client = createHttpClient();
    const retries: Retry[] = [];
    const file = await open(path, { fetch: client.fetch, onRetry: (retry) => retries.push(retry) });
    expect(Buffer.from(await readWhole(file, size)).equals(CONTENTS[path]!)).toBe(true);
    expect(retries).toEqual([]);
    await client.close();
  });

  // Large files are not read whole for a part: the storage is asked for the part.
  test.each([
    ['the first byte', 0, 1],
    ['nothing', 7, 7],
    ['the last byte', FIRST.size - 1, FIRST.size],
    ['within one chunk', 200_001, 200_009],
    ['over chunks of every packing', 30_003, 800_007],
    ['over parts of a xorb that are apart', 500_000, FIRST.size],
  ])('is read in ranges: %s', async (_, start, end) => {
    const { revision, connection, entry, storage } = await parts();
    const file = hubFile(connection, revision, entry, storage);
    const read = await readRange(file, { start, end });
    expect(Buffer.from(read).equals(CONTENTS[FIRST.path]!.subarray(start, end))).toBe(true);
  });

  test('is put together window by window', async () => {
    const { revision, connection, entry, storage } = await parts(100_000);
    const asked = watch();
    const file = hubFile(connection, revision, entry, storage);
    expect(Buffer.from(await readWhole(file, 1e7)).equals(CONTENTS[FIRST.path]!)).toBe(true);
    expect(asked(/reconstructions/).map(({ range }) => range)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map((n) => `bytes=${n * 100_000}-${Math.min(n * 100_000 + 99_999, FIRST.size - 1)}`),
    );
    expect(asked(/resolve/)).toHaveLength(1);
    expect(asked(/xet-read-token/)).toHaveLength(1);
  });

  test('the token of the Hub goes to the Hub alone, that of the storage to the storage', async () => {
    const seen = new Set<string>();
    const file = await open(SECOND.path, {
      fetch: between(/./, async (ask, url, init) => {
        const kind = /resolve|token|reconstructions|xorbs/.exec(url.pathname)?.[0] ?? 'listing';
        seen.add(`${kind} ${new Headers(init.headers).get('authorization')?.replace(/_\d+$/, '_N')}`);
        return ask();
      }),
    });
    await readWhole(file, 1e7);
    expect([...seen].sort()).toEqual([
      'listing Bearer hf_test',
      'reconstructions Bearer xet_N',
      'resolve Bearer hf_test',
      'token Bearer hf_test',
      'xorbs undefined',
    ]);
  });

  test('even when all of them are one host', async () => {
    const seen: string[] = [];
    // The Hub's address, with the others behind paths of it.
    const hosts: Readonly<Record<string, string>> = { cas: hub.casUrl, storage: hub.storageUrl };
    const oneHost: Fetch = async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      expect(url.origin).toBe(hub.url);
      const [, name = '', path = url.pathname] = /^\/(cas|storage)(\/.*)$/.exec(url.pathname) ?? [];
      const target = new URL(path + url.search, hosts[name] ?? hub.url);
      if (name !== '') seen.push(`${name} ${new Headers(init?.headers).get('authorization')}`);
      const response = await fetch(target, init);
      const moved = (text: string): string =>
        text.replaceAll(hub.casUrl, `${hub.url}/cas`).replaceAll(hub.storageUrl, `${hub.url}/storage`);
      const headers = [...response.headers].map(([key, value]) => [key, moved(value)] as [string, string]);
      const json = response.headers.get('content-type')?.includes('json') === true;
      const body = json ? moved(await response.text()) : response.body;
      return new Response(body, {
        status: response.status,
        headers: headers.filter(([key]) => !json || key !== 'content-length'),
      });
    };
    await readWhole(await open(FIRST.path, { fetch: oneHost }), 1e7);
    expect(seen).toEqual([expect.stringMatching(/^cas Bearer xet_/), 'storage null']);
  });

  test('in a gated repository needs access', async () => {
    const env = { ...hub.env, HOME: home, HF_TOKEN: '' };
    const error = await failure(openSource('hf://acme/gated', { fetch: globalThis.fetch, xet: true, env }));
    expect(error).toMatchObject({ code: 'HUB_GATED' });
    const snapshot = await openSource('hf://acme/gated', options());
    await readWhole(snapshot.files[0]!, 1e7);
  });
});

/** What a file is made of, to make it without the checks on top and with windows of another size. */
async function parts(window?: number): Promise<{
  readonly connection: HubConnection;
  readonly revision: HubRevision;
  readonly entry: HubEntry;
  readonly storage: XetStorage;
}> {
  const connection = { fetch: globalThis.fetch, endpoint: new URL(hub.url), token: undefined };
  const revision = await pinRevision(connection, 'acme/stored', 'main', false);
  const entry = (await listEntries(connection, revision)).find(({ path }) => path === FIRST.path)!;
  return { connection, revision, entry, storage: new XetStorage(connection, revision, window) };
}

describe('what is read over HTTP', () => {
  test('everything, unless told', async () => {
    const asked = watch();
    const file = await open(FIRST.path, { xet: undefined });
    expect(Buffer.from(await readWhole(file, 1e7)).equals(CONTENTS[FIRST.path]!)).toBe(true);
    expect(asked(/xorbs|xet-read-token/)).toEqual([]);
  });

  test('a file that is not in the Xet storage', async () => {
    const asked = watch();
    expect(new TextDecoder().decode(await readWhole(await open('extra.safetensors'), 100))).toMatch(/^not in/);
    expect(asked(/blobs/)).toHaveLength(1);
    expect(asked(/resolve/)).toHaveLength(1);
  });

  test('a file that the listing has in the Xet storage and the Hub does not offer there', async () => {
    const fetch = between(/\/resolve\//, async (_ask, url, init) => {
      const headers = new Headers(init.headers);
      headers.delete('accept');
      return globalThis.fetch(url, { ...init, headers });
    });
    const asked = watch();
    const file = await open(FIRST.path, { fetch });
    expect(Buffer.from(await readWhole(file, 1e7)).equals(CONTENTS[FIRST.path]!)).toBe(true);
    expect(asked(/xorbs/)).toEqual([]);
    expect(asked(/blobs/).length).toBeGreaterThan(0);
  });

  test('everything with HF_HUB_DISABLE_XET=1, which is not to be contradicted', async () => {
    const env = { HF_HUB_DISABLE_XET: '1' };
    const error = await failure(open(FIRST.path, { env }));
    expect(error).toMatchObject({ code: 'USAGE' });
    expect(error.details.try).toContain('unset HF_HUB_DISABLE_XET');
    const asked = watch();
    await readWhole(await open(FIRST.path, { env, xet: undefined }), 1e7);
    expect(asked(/xorbs/)).toEqual([]);
  });

  test.each([
    ['above 300 GB it is read from the Xet storage', 300e9 + 1, {}, undefined, true],
    ['below, over HTTP', 300e9, {}, undefined, false],
    ['above, over HTTP when told', 300e9 + 1, {}, false, false],
    ['above, over HTTP with HF_HUB_DISABLE_XET', 300e9 + 1, { HF_HUB_DISABLE_XET: 'true' }, undefined, false],
  ])('a very large file: %s', async (_, size, env, xet, expected) => {
    const accepted: boolean[] = [];
    const fetch = between(/\/tree\/|\/resolve\//, async (ask, url, init) => {
      if (url.pathname.includes('/resolve/')) {
        accepted.push(new Headers(init.headers).get('accept')?.includes('xet-fileinfo') === true);
        return new Response(null, { status: 404 });
      }
      const entries = (await (await ask()).json()) as { path: string; lfs?: { size: number } }[];
      return Response.json(
        entries.map((entry) => (entry.lfs === undefined ? entry : { ...entry, lfs: { ...entry.lfs, size } })),
      );
    });
    const file = await open(FIRST.path, { fetch, env, xet });
    await failure(readRange(file, { start: 0, end: 10 }));
    expect(accepted).toEqual([expected]);
  });
});

describe('faults on the way', () => {
  test('a token that ran out in the middle is asked for again', async () => {
    const { revision, connection, entry, storage } = await parts(100_000);
    const asked = watch();
    const retries: Retry[] = [];
    const file = hubFile({ ...connection, onRetry: (retry) => retries.push(retry) }, revision, entry, storage);
    const read: Uint8Array[] = [];
    for await (const chunk of file.read()) {
      if (read.length === 3) hub.expireXetTokens();
      read.push(chunk);
    }
    expect(Buffer.concat(read).equals(CONTENTS[FIRST.path]!)).toBe(true);
    expect(asked(/reconstructions/).filter(({ status }) => status === 401)).toHaveLength(1);
    expect(asked(/xet-read-token/)).toHaveLength(2);
    expect(retries).toMatchObject([{ code: 'HUB_UNAVAILABLE', status: 401 }]);
  });

  test('a token that is never accepted is given up', async () => {
    const file = await open(FIRST.path);
    const asked = watch();
    hub.fail({ kind: 'status', status: 401, match: 'reconstructions', times: 3 });
    const { seen, error } = await reading(file);
    expect([seen, error?.code]).toEqual([0, 'HUB_UNAVAILABLE']);
    expect(asked(/xet-read-token/)).toHaveLength(3);
  });

  test('an address that ran out is asked for again', async () => {
    let expired = false;
    const fetch = between(/\/xorbs\//, async (ask) => {
      if (!expired) hub.expireStorage();
      expired = true;
      return ask();
    });
    const asked = watch();
    const file = await open(FIRST.path, { fetch });
    expect(Buffer.from(await readWhole(file, 1e7)).equals(CONTENTS[FIRST.path]!)).toBe(true);
    expect(asked(/xorbs/).map(({ status }) => status)).toEqual([403, 206]);
  });

  test('an address that is never accepted is given up, and not told', async () => {
    const fetch = between(/\/xorbs\//, async () => new Response('no', { status: 403 }));
    const { error } = await reading(await open(FIRST.path, { fetch }));
    expect(error).toMatchObject({ code: 'HUB_UNAVAILABLE', details: { context: { status: 403 } } });
    expect(JSON.stringify([error?.message, error?.details, String(error?.cause)])).not.toContain('signed');
  });

  test.each([
    ['how the file is put together', 'reconstructions'],
    ['a xorb', '/xorbs/'],
    ['the token', 'xet-read-token'],
    ['the offer', 'resolve'],
  ])('a server error is tried again: %s', async (_, match) => {
    const file = await open(FIRST.path);
    hub.fail({ kind: 'status', status: 500, match, times: 2 });
    expect(Buffer.from(await readWhole(file, 1e7)).equals(CONTENTS[FIRST.path]!)).toBe(true);
  });

  test.each(['reconstructions', '/xorbs/'])('what is not there (%s) is said at once', async (match) => {
    const file = await open(FIRST.path);
    const asked = watch();
    hub.fail({ kind: 'status', status: 404, match });
    const { error } = await reading(file);
    expect(error).toMatchObject({ code: 'HUB_FILE_NOT_FOUND' });
    expect(error?.details.try).toEqual(expect.arrayContaining([expect.stringContaining('HTTP')]));
    expect(asked(new RegExp(match))).toHaveLength(1);
  });

  test.each(['drop', 'truncate'] as const)('a xorb that ends early (%s) goes on where it ended', async (kind) => {
    const file = await open(FIRST.path);
    const asked = watch();
    hub.fail({ kind, match: '/xorbs/', after: 150_000, times: 2 });
    expect(Buffer.from(await readWhole(file, 1e7)).equals(CONTENTS[FIRST.path]!)).toBe(true);
    const starts = asked(/reconstructions/).map(({ range }) => Number(range?.match(/\d+/)?.[0]));
    expect(starts).toHaveLength(3);
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
  });

  test('a xorb that is cut before its first chunk is there, through our own client', async () => {
    const client = createHttpClient();
    const file = await open(FIRST.path, { fetch: client.fetch });
    const asked = watch();
    hub.fail({ kind: 'drop', match: '/xorbs/', after: 1000, times: 2 });
    expect(Buffer.from(await readWhole(file, 1e7)).equals(CONTENTS[FIRST.path]!)).toBe(true);
    expect(asked(/xorbs/)).toHaveLength(3);
    hub.fail({ kind: 'drop', match: 'reconstructions', after: 10 });
    const again = await open(SECOND.path, { fetch: client.fetch });
    expect(Buffer.from(await readWhole(again, 1e7)).equals(CONTENTS[SECOND.path]!)).toBe(true);
    await client.close();
  });

  test('a xorb that always ends before its first chunk is given up', async () => {
    await hubWith({ xet: xetFixture((xorb) => xorb.slice(0, 50_000)) }, async (broken) => {
      // The storage itself believes in the rest.
      const { error } = await reading(await open(SECOND.path, {}, broken));
      expect(error?.code).toMatch(/^HUB_UNAVAILABLE$|^SIZE_MISMATCH$/);
    });
  });

  test('a bit that was flipped on the way is found out before the end is seen', async () => {
    const file = await open(FIRST.path);
    hub.fail({ kind: 'corrupt', match: '/xorbs/', after: 1000 });
    const { seen, error } = await reading(file);
    expect(error).toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(seen).toBeLessThan(file.size);
  });

  test('and so is one that was flipped in the storage, wherever', async () => {
    const name = xetFixture();
    const xorb = name.file(FIRST.xet)!.terms[0]!.xorb;
    const size = name.xorb(xorb)!.byteLength;
    let flip = 0;
    const changed = xetFixture();
    await hubWith({ xet: changed }, async (broken) => {
      for (const share of [0, 1e-5, 1.3e-5, 0.01, 0.15, 0.1863, 0.19, 0.3, 0.5, 0.77, 0.8451, 0.85, 0.95, 0.99999]) {
        flip = Math.floor(share * size);
        const bytes = name.xorb(xorb)!.slice();
        bytes[flip] = bytes[flip]! ^ (1 << (flip % 8));
        // What the storage says of the xorb stays right: only what it sends differs.
        const fetch = between(/\/xorbs\//, async (ask) => {
          const answer = await ask();
          const headers = { 'content-range': answer.headers.get('content-range') ?? '' };
          await answer.body?.cancel();
          const [, first, last] = /(\d+)-(\d+)/.exec(headers['content-range']) ?? [];
          return new Response(bytes.slice(Number(first), Number(last) + 1), { status: 206, headers });
        });
        const { seen, error } = await reading(await open(FIRST.path, { fetch }, broken));
        expect([flip, error?.code]).toEqual([
          flip,
          expect.stringMatching(/^(DIGEST|SIZE)_MISMATCH$|^HUB_UNAVAILABLE$/),
        ]);
        expect(seen).toBeLessThan(FIRST.size);
      }
    });
  });

  test.each<[string, (answer: Answer) => void]>([
    ['shorter', (answer) => answer.terms.pop()],
    ['longer', (answer) => answer.terms.push(answer.terms[0]!)],
    ['without parts', (answer) => (answer.terms = [])],
    ['from elsewhere', (answer) => (answer.offset_into_first_range = 1)],
  ])('a file that is put together %s is another one', async (_, change) => {
    const { seen, error } = await reading(await open(FIRST.path, { fetch: reconstructed(change) }));
    expect([seen, error?.code]).toEqual([0, 'SIZE_MISMATCH']);
  });

  test.each<[string, (answer: Answer) => unknown]>([
    ['no terms', (answer) => delete (answer as Partial<Answer>).terms],
    ['no xorbs', (answer) => delete (answer as Partial<Answer>).xorbs],
    ['other xorbs', (answer) => (answer.xorbs = {})],
    ['lengths that are none', (answer) => (answer.terms[0]!.unpacked_length = -1)],
    ['an address that is none', (answer) => (Object.values(answer.xorbs)[0]![0]!.url = 'nowhere')],
    ['another address', (answer) => (Object.values(answer.xorbs)[0]![0]!.url = 'http://169.254.169.254/x')],
    ['a file', (answer) => (Object.values(answer.xorbs)[0]![0]!.url = 'file:///etc/passwd')],
    ['other bytes', (answer) => (Object.values(answer.xorbs)[0]![0]!.ranges[0]!.bytes = { start: 5, end: 9 })],
  ])('an answer with %s makes no sense', async (_, change) => {
    const { seen, error } = await reading(await open(FIRST.path, { fetch: reconstructed((answer) => change(answer)) }));
    expect(seen).toBe(0);
    expect(error?.code).toMatch(/^HUB_UNAVAILABLE$|^INSECURE_REFUSED$|^NET_UNREACHABLE$/);
  });

  test('a storage that ignores ranges is found out', async () => {
    const whole = between(/\/xorbs\//, async (_ask, url) => {
      const xorb = xetFixture().xorb(url.pathname.split('/').at(-1)!)!;
      return new Response(xorb.slice());
    });
    const { error } = await reading(await open(SECOND.path, { fetch: whole }));
    expect(error).toMatchObject({ code: 'SIZE_MISMATCH' });
    const { revision, connection, entry } = await parts();
    const fetch = between(/\/reconstructions\//, async (_ask, url, init) => {
      const headers = new Headers(init.headers);
      headers.delete('range');
      return globalThis.fetch(url, { ...init, headers });
    });
    const lying = { ...connection, fetch };
    const file = hubFile(lying, revision, entry, new XetStorage(lying, revision));
    const wrong = await failure(readRange(file, { start: 300_000, end: 400_000 }));
    expect(wrong).toMatchObject({ code: 'SIZE_MISMATCH' });
  });

  test.each([
    ['another hash', { 'x-xet-hash': 'f'.repeat(64) }, 'HUB_UNAVAILABLE'],
    ['another size', { 'x-linked-size': '5' }, 'DIGEST_MISMATCH'],
    ['another commit', { 'x-repo-commit': 'f'.repeat(40) }, 'DIGEST_MISMATCH'],
    [
      'another host for the token',
      {
        link: '<https://evil.example/t>; rel="xet-auth", <https://cas.example/v1/reconstructions/x>; rel="xet-reconstruction-info"',
      },
      'HUB_UNAVAILABLE',
    ],
    ['no link', { link: '' }, 'HUB_UNAVAILABLE'],
  ])('an offer of %s is not taken', async (_, headers, code) => {
    const seen: string[] = [];
    const fetch: Fetch = async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      seen.push(url.host);
      const response = await globalThis.fetch(input, init);
      if (!url.pathname.includes('/resolve/')) return response;
      return new Response(response.body, {
        status: response.status,
        headers: { ...Object.fromEntries(response.headers), ...headers },
      });
    };
    const { error } = await reading(await open(FIRST.path, { fetch }));
    expect(error).toMatchObject({ code });
    expect(seen.every((host) => host.startsWith('127.'))).toBe(true);
  });

  test('a mirror that passes on the address of the Hub is asked for the token itself', async () => {
    const fetch = between(/\/resolve\//, async (ask) => {
      const response = await ask();
      const link = response.headers.get('link')?.replace(hub.url, 'https://huggingface.co') ?? '';
      return new Response(null, { headers: { ...Object.fromEntries(response.headers), link } });
    });
    expect(Buffer.from(await readWhole(await open(FIRST.path, { fetch }), 1e7)).equals(CONTENTS[FIRST.path]!)).toBe(
      true,
    );
  });

  test.each(['resolve', 'xet-read-token', 'reconstructions', '/xorbs/'])(
    'an abort stops an answer (%s) that would come after the end of the test',
    async (match) => {
      const file = await open(FIRST.path);
      hub.fail({ kind: 'slow', delayMs: 100_000, match });
      expect(await failure(readWhole(file, 1e7, AbortSignal.timeout(100)))).toMatchObject({ code: 'ABORTED' });
    },
  );

  test('an abort of one reader does not disturb another', async () => {
    const snapshot = await openSource('hf://acme/stored', options());
    const [first, second] = XET_FILES.map(({ path }) => snapshot.files.find((file) => file.path === path)!);
    const asked = watch();
    hub.fail({ kind: 'slow', delayMs: 400, match: 'xet-read-token' });
    const both = await Promise.allSettled([
      readWhole(first!, 1e7, AbortSignal.timeout(100)),
      sleep(20).then(() => readWhole(second!, 1e7)),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(asked(/xet-read-token/)).toHaveLength(1);
  });

  test('a reader that leaves ends what is under way', async () => {
    const signals: (AbortSignal | null | undefined)[] = [];
    const fetch = between(/\/xorbs\//, (ask, _url, init) => {
      signals.push(init.signal);
      return ask();
    });
    const file = await open(FIRST.path, { fetch });
    for await (const chunk of file.unchecked?.read() ?? file.read()) {
      expect(chunk.byteLength).toBeGreaterThan(0);
      break;
    }
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
  });

  test('a storage that cannot be reached is told as such', async () => {
    const fetch = between(/\/reconstructions\//, async () => {
      throw new TypeError('fetch failed');
    });
    const { error } = await reading(await open(FIRST.path, { fetch }));
    expect(error).toMatchObject({ code: 'NET_UNREACHABLE' });
  });
});

describe('the chunks of a xorb are looked at before they are unpacked', () => {
  const hash = xetFixture().file(SECOND.xet)!.terms[0]!.xorb;
  const xorb = xetFixture().xorb(hash)!;

  async function checked(bytes: Uint8Array, piece: number, size = bytes.byteLength, left = 1e9): Promise<Uint8Array> {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.byteLength; at += piece) yield bytes.slice(at, at + piece);
    }
    const out: Uint8Array[] = [];
    for await (const chunk of checkedXetChunks(pieces(), size, { remaining: left }, 'model')) out.push(chunk);
    return Buffer.concat(out);
  }

  test.each([1, 7, 8, 9, 68_868, 1e6])('and passed on as they are, in pieces of %d bytes', async (piece) => {
    expect(Buffer.from(await checked(xorb, piece)).equals(xorb)).toBe(true);
  });

  test('a chunk that says it unpacks to 16 MiB is none', async () => {
    const bomb = xorb.slice();
    bomb.fill(0xff, 5, 8);
    expect(await failure(checked(bomb, 1000))).toMatchObject({ code: 'HUB_UNAVAILABLE' });
  });

  test('many that unpack to more than the file needs are too many', async () => {
    expect(await failure(checked(xorb, 1000, xorb.byteLength, 200_000))).toMatchObject({ code: 'SIZE_MISMATCH' });
    await checked(xorb, 1000, xorb.byteLength, 91_497 + 131_072 + 24_427);
  });

  test.each([
    ['a block of 2 GiB', 15, [0xff, 0xff, 0xff, 0xff]],
    ['a block that ends behind its chunk', 15, [0, 0, 16, 0]],
    ['another magic number', 8, [0, 0, 0, 0]],
    ['a dictionary', 12, [0x61]],
  ])('packed content with %s is looked through before it is unpacked', async (_, at, bytes) => {
    const changed = xorb.slice();
    changed.set(bytes, at);
    for (const piece of [7, 1e6]) {
      expect(await failure(checked(changed, piece))).toMatchObject({ code: 'HUB_UNAVAILABLE' });
    }
  });

  test('more than was asked for is refused', async () => {
    expect(await failure(checked(xorb, 1000, xorb.byteLength - 1))).toMatchObject({ code: 'SIZE_MISMATCH' });
  });
});
