import { describe, expect, test } from 'vitest';
import type { SlipwayError } from '../../src/core/index.js';
import { readWhole, type Snapshot } from '../../src/files/index.js';
import { openSource } from '../../src/source/index.js';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const BLOB = '9e26dfeeb6e641a33dae4961196235bdb965b21b';

/** Answers of a Hub that lies in the ways a test asks for. Small files hold `{}`. */
interface Lies {
  readonly info?: unknown;
  readonly tree?: unknown;
  readonly link?: string;
  readonly resolve?: (url: string) => Response;
}

function hubThat(lies: Lies): { fetch: typeof globalThis.fetch; asked: string[] } {
  const asked: string[] = [];
  const json = (value: unknown, headers: Record<string, string> = {}): Response =>
    new Response(JSON.stringify(value), { headers: { 'content-type': 'application/json', ...headers } });
  const fetch = async (input: Parameters<typeof globalThis.fetch>[0]): Promise<Response> => {
    const url = input instanceof Request ? input.url : String(input);
    asked.push(url);
    if (url.includes('/revision/'))
      return json(lies.info ?? { id: 'acme/tiny', sha: COMMIT, gated: false, lastModified: '' });
    if (url.includes('/tree/')) {
      return json(lies.tree ?? [entry('config.json')], lies.link === undefined ? {} : { link: lies.link });
    }
    if (url.includes('/commits/')) return json([]);
    return lies.resolve?.(url) ?? new Response('{}', { headers: { 'content-length': '2' } });
  };
  return { fetch: fetch, asked };
}

function entry(path: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { type: 'file', path, size: 2, oid: BLOB, ...more };
}

async function open(lies: Lies): Promise<Snapshot> {
  return openSource('hf://acme/tiny', { env: { HF_TOKEN: 'secret-token' }, fetch: hubThat(lies).fetch });
}

async function failure(work: Promise<unknown>): Promise<SlipwayError> {
  return work.then(
    () => expect.fail('nothing was thrown'),
    (error: SlipwayError) => error,
  );
}

describe('a Hub that lies', () => {
  test('and one that does not, for comparison', async () => {
    const snapshot = await open({});
    expect(new TextDecoder().decode(await readWhole(snapshot.files[0]!, 10))).toBe('{}');
    expect(snapshot.source).not.toHaveProperty('committedAt');
  });

  test.each([
    ['a commit that is none', { info: { id: 'acme/tiny', sha: '../../x' } }],
    ['no commit', { info: { id: 'acme/tiny' } }],
    ['a page of the listing on another host', { link: '<https://evil.example/next>; rel="next"' }],
    ['a page without encryption', { link: '<http://huggingface.co/next>; rel="next"' }],
    ['a negative size', { tree: [entry('config.json', { size: -1 })] }],
    ['a size above 2^53', { tree: [entry('config.json', { size: 1e300 })] }],
    ['no id', { tree: [{ type: 'file', path: 'config.json', size: 2 }] }],
    ['an id that is no sha256', { tree: [entry('m.gguf', { lfs: { oid: '../../etc/passwd', size: 2 } })] }],
    ['a listing that is no list', { tree: { a: 1 } }],
  ])('with %s is not believed', async (_, lies) => {
    expect(await failure(open(lies))).toMatchObject({ code: 'HUB_UNAVAILABLE' });
  });

  test.each(['../config.json', '/config.json', 'a/../../b.json', 'a\\b.json', 'con.json', 'a\u202Enosj.json'])(
    'with a file called %j is refused',
    async (path) => expect(await failure(open({ tree: [entry(path)] }))).toMatchObject({ code: 'PATH_UNSAFE' }),
  );

  test('with names that collide is refused', async () => {
    const error = await failure(open({ tree: [entry('Config.json'), entry('config.JSON')] }));
    expect(error).toMatchObject({ code: 'PATH_UNSAFE' });
  });

  test.each([
    ['to plain HTTP', 'http://cdn.example/x', 'NET_REDIRECT'],
    ['to a metadata service', 'http://169.254.169.254/latest', 'NET_REDIRECT'],
    ['to a file', 'file:///etc/passwd', 'NET_REDIRECT'],
    ['to itself', 'https://huggingface.co/acme/tiny/resolve/x', 'NET_REDIRECT'],
  ])('with a redirect %s is stopped', async (_, location, code) => {
    const snapshot = await open({ resolve: () => new Response(null, { status: 302, headers: { location } }) });
    expect(await failure(readWhole(snapshot.files[0]!, 10))).toMatchObject({ code });
  });

  test('with a redirect to another host never sees the token there', async () => {
    const seen = new Map<string, string | null>();
    const { fetch } = hubThat({});
    const snapshot = await openSource('hf://acme/tiny', {
      env: { HF_TOKEN: 'secret-token' },
      fetch: async (input, init) => {
        const url = new URL(input instanceof Request ? input.url : input);
        seen.set(url.host, new Headers(init?.headers).get('authorization'));
        if (!url.pathname.includes('/resolve/') || url.host !== 'huggingface.co') return fetch(input, init);
        return new Response(null, { status: 302, headers: { location: 'https://cdn.example/x' } });
      },
    });
    await readWhole(snapshot.files[0]!, 10);
    expect([...seen]).toEqual([
      ['huggingface.co', 'Bearer secret-token'],
      ['cdn.example', null],
    ]);
  });

  test.each([
    ['more than announced', new Response('{} and more')],
    ['another range', new Response('{}', { status: 206, headers: { 'content-range': 'bytes 5-6/7' } })],
    ['other content of the same length', new Response('[]')],
  ])('and sends %s is found out', async (_, response) => {
    const snapshot = await open({ resolve: () => response });
    expect((await failure(readWhole(snapshot.files[0]!, 10))).code).toMatch(/^(SIZE|DIGEST)_MISMATCH$/);
  });

  test('never makes an error carry the token', async () => {
    const error = await failure(open({ info: { id: 'acme/tiny', sha: 'secret' } }));
    expect(JSON.stringify([error.message, error.details, String(error.cause)])).not.toContain('secret-token');
  });
});

test('an answer without an end is cut off at 64 MiB', async () => {
  let sent = 0;
  const endless = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      pull: (controller) => {
        sent += 1024 * 1024;
        controller.enqueue(new Uint8Array(1024 * 1024).fill(0x20));
      },
    });
  const fetch = async (): Promise<Response> =>
    new Response(endless(), { headers: { 'content-type': 'application/json' } });
  for (const source of ['hf://acme/tiny', 'modelscope://acme/tiny']) {
    sent = 0;
    await expect(openSource(source, { env: {}, fetch })).rejects.toMatchObject({
      details: { got: expect.stringMatching(/limit 67108864/) as unknown },
    });
    expect(sent).toBeLessThan(70 * 1024 * 1024);
  }
});
