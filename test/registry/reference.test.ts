import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SlipwayError } from '../../src/core/index.js';
import { canonicalHost, formatReference, parseReference } from '../../src/registry/index.js';

const HEX = 'a'.repeat(64);

describe('references', () => {
  test.each([
    ['localhost:5000/a', { host: 'localhost:5000', repository: 'a' }],
    [
      'oci://registry.example.com/team/model:q4_k_m',
      { host: 'registry.example.com', repository: 'team/model', tag: 'q4_k_m' },
    ],
    [
      `Registry.Example.com:443/a/b@sha256:${HEX}`,
      { host: 'registry.example.com:443', repository: 'a/b', digest: `sha256:${HEX}` },
    ],
    [`h.io/a:t@sha256:${HEX}`, { host: 'h.io', repository: 'a', tag: 't', digest: `sha256:${HEX}` }],
    ['[::1]:5000/a__b/c-d.e', { host: '[::1]:5000', repository: 'a__b/c-d.e' }],
    ['[2001:DB8::1]/a', { host: '[2001:db8::1]', repository: 'a' }],
    ['docker.io/alpine:3', { host: 'docker.io', repository: 'library/alpine', tag: '3' }],
    ['index.docker.io/ai/smollm2', { host: 'docker.io', repository: 'ai/smollm2' }],
    ['registry-1.docker.io/ai/smollm2', { host: 'docker.io', repository: 'ai/smollm2' }],
  ])('%s', (text, expected) => {
    const parsed = parseReference(text);
    expect(parsed).toEqual({ kind: 'registry', ...expected });
    expect(parseReference(formatReference(parsed))).toEqual(parsed);
  });

  test.each([
    ['layout:./models', { directory: './models' }],
    ['layout:./models:q4_k_m', { directory: './models', tag: 'q4_k_m' }],
    ['layout:/var/a:b/c', { directory: '/var/a:b/c' }],
    ['layout:C:\\models', { directory: 'C:\\models' }],
    ['layout:C:\\models:v1', { directory: 'C:\\models', tag: 'v1' }],
    [`layout:x@sha256:${HEX}`, { directory: 'x', digest: `sha256:${HEX}` }],
  ])('%s', (text, expected) => {
    expect(parseReference(text)).toEqual({ kind: 'layout', ...expected });
  });

  test.each([
    '',
    'alpine',
    'library/alpine',
    'http://registry.example.com/a',
    'host.io/',
    'host.io/A',
    'host.io/a//b',
    'host.io/../b',
    'host.io/a/./b',
    'host.io/a:',
    'host.io/a:b:c',
    'host.io/a:-b',
    `host.io/a:${'x'.repeat(129)}`,
    'host.io/a@sha256:abc',
    `host.io/a@sha256:${'A'.repeat(64)}`,
    `host.io/a@sha512:${HEX}${HEX}`,
    `host.io/a@sha256:${HEX}/../x`,
    'host.io:0/a',
    'host.io:65536/a',
    'host.io:/a',
    'user:pass@host.io/a',
    'host.io/a?x=y',
    'host.io/a#x',
    'host.io/a%2f',
    'host.io\\a',
    'ho st.io/a',
    'host..io/a',
    '-host.io/a',
    '[::1/a',
    '[::g]/a',
    'hôst.io/a',
    `host.io/${'a/'.repeat(200)}a`,
    `host.io/${'a'.repeat(2000)}`,
    'layout:',
    'layout:./x:bad tag',
  ])('%j is refused', (text) => {
    expect(() => parseReference(text)).toThrow(SlipwayError);
  });

  test('whatever the text, there is an answer at once, and what is accepted survives a round trip', () => {
    const pieces = fc.constantFrom(
      'a',
      'A',
      '.',
      ':',
      '/',
      '@',
      '[',
      ']',
      '::',
      '-',
      '_',
      '__',
      'sha256:',
      HEX,
      'oci://',
      'layout:',
      '..',
      '%',
      '\0',
      '\n',
      '5000',
      'docker.io',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join('')),
        ),
        (text) => {
          let parsed;
          try {
            parsed = parseReference(text);
          } catch (error) {
            expect(SlipwayError.is(error)).toBe(true);
            return;
          }
          if (parsed.kind !== 'registry') return;
          expect(parseReference(formatReference(parsed))).toEqual(parsed);
          const url = new URL(`https://${parsed.host}/v2/${parsed.repository}/manifests/x`);
          expect(url.pathname).toBe(`/v2/${parsed.repository}/manifests/x`);
          expect([url.username, url.password, url.search, url.hash]).toEqual(['', '', '', '']);
        },
      ),
      { numRuns: 2000 },
    );
  });

  // What takes more than linear time with these does not end within the test's time.
  test('long input ends', () => {
    for (const text of [
      `h.io/${'a-'.repeat(500_000)}`,
      `h.io/${'a'.repeat(1_000_000)}!`,
      `${'a.'.repeat(500_000)}/x`,
    ]) {
      expect(() => parseReference(text)).toThrow(SlipwayError);
    }
  });

  test('hosts are compared in one form', () => {
    expect(['Docker.IO', 'index.docker.io:443', 'HOST.io:05000', 'a_b', ''].map(canonicalHost)).toEqual([
      'docker.io',
      'docker.io',
      'host.io:5000',
      undefined,
      undefined,
    ]);
  });
});
