import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openRegistry } from '../../src/registry/index.js';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A registry that has so many tags, and tells them in pages of 20,000. */
async function registryWithTags(count: number): Promise<{ readonly host: string; pages(): number }> {
  let pages = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://registry');
    if (!url.pathname.endsWith('/tags/list')) {
      response.writeHead(200).end('{}');
      return;
    }
    pages++;
    const from = Number(url.searchParams.get('from') ?? 0);
    const to = Math.min(count, from + 20_000);
    const tags = Array.from({ length: to - from }, (_, index) => `v${from + index}`);
    const headers = to < count ? { link: `<${url.pathname}?from=${to}>; rel="next"` } : {};
    response.writeHead(200, headers).end(JSON.stringify({ name: 'models/a', tags }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, pages: () => pages };
}

test('a hundred thousand tags are listed', async () => {
  const { host } = await registryWithTags(100_000);
  expect(await openRegistry(`${host}/models/a`).tags()).toHaveLength(100_000);
});

test('one more is no list that can be right, and ends it', async () => {
  const { host, pages } = await registryWithTags(1_000_000);
  const listing = openRegistry(`${host}/models/a`).tags();
  await expect(listing).rejects.toMatchObject({ code: 'OCI_PROTOCOL' });
  expect(pages()).toBe(6);
});
