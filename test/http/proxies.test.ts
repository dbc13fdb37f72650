import { expect, test } from 'vitest';
import { proxyAuthorization, proxyFor } from '../../src/http/proxies.js';

const way = (url: string, env: Record<string, string>): string | undefined => proxyFor(new URL(url), env)?.host;

test('HTTPS_PROXY is for https, HTTP_PROXY for http and alone for both; lower case wins', () => {
  const both = { HTTP_PROXY: 'plain:1', HTTPS_PROXY: 'secure:2' };
  expect([way('http://a.example', both), way('https://a.example', both)]).toEqual(['plain:1', 'secure:2']);
  expect(way('https://a.example', { HTTP_PROXY: 'plain:1' })).toBe('plain:1');
  expect(way('http://a.example', { HTTPS_PROXY: 'secure:2' })).toBeUndefined();
  expect(way('http://a.example', { HTTP_PROXY: 'plain:1', http_proxy: 'lower:3' })).toBe('lower:3');
  expect(way('http://a.example', {})).toBeUndefined();
});

test.each([
  ['a.example', 'http://a.example:5000', true],
  ['A.Example', 'http://a.example', true],
  ['.example', 'http://a.example', true],
  ['*.example', 'http://example', true],
  ['example', 'http://a.example', true],
  ['xample', 'http://a.example', false],
  ['a.example:5000', 'http://a.example:5000', true],
  ['a.example:443', 'https://a.example', true],
  ['a.example:443', 'http://a.example', false],
  ['other.example a.example', 'http://a.example', true],
  ['10.0.0.0/8', 'http://10.9.8.7:5000', true],
  ['10.0.0.0/8', 'http://11.0.0.1', false],
  ['10.0.0.0/8', 'http://ten.example', false],
  ['10.0.0.0/99', 'http://10.0.0.1', false],
  ['10.0.0.0/', 'http://10.0.0.1', false],
  ['nonsense/8', 'http://10.0.0.1', false],
  ['fd00::/8', 'http://[fd12::1]:5000', true],
  ['fd12::1', 'http://[fd12::1]:5000', true],
  ['[fd12::1]', 'http://[fd12::1]:5000', true],
  ['192.0.2.7', 'http://192.0.2.7:5000', true],
  ['192.0.2.7:5000', 'http://192.0.2.7:5000', true],
  ['', 'http://a.example', false],
])('NO_PROXY=%s for %s', (NO_PROXY, url, excepted) => {
  expect(way(url, { HTTP_PROXY: 'proxy:1', NO_PROXY })).toBe(excepted ? undefined : 'proxy:1');
});

test('credentials are decoded; a name alone is one too', () => {
  const header = (url: string): string =>
    Buffer.from(proxyAuthorization(new URL(url))?.slice('Basic '.length) ?? '', 'base64').toString();
  expect(header('http://me:p%40%3Ass@proxy:1')).toBe('me:p@:ss');
  expect(header('http://me@proxy:1')).toBe('me:');
  expect(proxyAuthorization(new URL('http://proxy:1'))).toBeUndefined();
});
