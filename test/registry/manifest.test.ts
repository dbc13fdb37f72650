import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SlipwayError } from '../../src/core/index.js';
import { sha256 } from '../../src/files/index.js';
import { MEDIA_TYPES, parseManifest } from '../../src/registry/index.js';
import { parseChallenges } from '../../src/registry/auth/challenge.js';
import { parseWarnings } from '../../src/registry/remote/warning.js';

const digest = sha256('x');
const blob = { mediaType: 'text/plain', digest, size: 1 };
const good = { schemaVersion: 2, mediaType: MEDIA_TYPES.manifest, config: blob, layers: [blob] };

function parse(value: unknown, mediaType?: string): ReturnType<typeof parseManifest> {
  return parseManifest(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), 'test', mediaType);
}

describe('manifests', () => {
  test('a manifest and an index', () => {
    expect(parse(good)).toMatchObject({ kind: 'manifest', blobs: [blob, blob], manifests: [] });
    const index = { schemaVersion: 2, manifests: [{ ...blob, platform: { os: 'linux', architecture: 'arm64' } }] };
    expect(parse(index, MEDIA_TYPES.index)).toMatchObject({ kind: 'index', manifests: [{ digest }] });
    expect(parse(index).mediaType).toBe(MEDIA_TYPES.index);
  });

  test.each<[string, unknown, string?]>([
    ['no JSON', '{'],
    ['not UTF-8 clean', '\u0000'],
    ['an array', []],
    ['no media type to be had', { schemaVersion: 2 }],
    ['another type than announced', good, MEDIA_TYPES.index],
    ['an unknown type', { ...good, mediaType: 'application/x' }],
    ['both a manifest and an index', { ...good, manifests: [] }],
    ['an index with layers', { mediaType: MEDIA_TYPES.index, manifests: [], layers: [] }],
    ['no config', { mediaType: MEDIA_TYPES.manifest, layers: [] }],
    ['a digest that is a path', { ...good, layers: [{ ...blob, digest: '../../etc/passwd' }] }],
    ['a digest in capitals', { ...good, layers: [{ ...blob, digest: digest.toUpperCase() }] }],
    ['a negative size', { ...good, layers: [{ ...blob, size: -1 }] }],
    ['a size beyond 2^53', { ...good, layers: [{ ...blob, size: 2 ** 53 }] }],
    ['a size that is text', { ...good, layers: [{ ...blob, size: '1' }] }],
    ['layers that are no list', { ...good, layers: {} }],
    ['annotations that are numbers', { ...good, annotations: { a: 1 } }],
    ['too many layers', { ...good, layers: Array.from({ length: 16_385 }, () => blob) }],
  ])('%s is refused', (_, value, mediaType) => {
    expect(() => parse(value, mediaType)).toThrow(expect.objectContaining({ code: 'MANIFEST_INVALID' }));
  });

  test('any JSON gives a manifest or an error of ours', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          parse(text);
        } catch (error) {
          expect(SlipwayError.is(error)).toBe(true);
        }
      }),
    );
  });

  test('a key called __proto__ changes nothing', () => {
    const parsed = parse(
      `{"mediaType":"${MEDIA_TYPES.manifest}","config":${JSON.stringify(blob)},"layers":[],"annotations":{"__proto__":"x"}}`,
    );
    expect(Object.getPrototypeOf(parsed.annotations)).toBe(Object.prototype);
  });
});

describe('challenges', () => {
  const plain = (header: string): unknown =>
    parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

  test.each([
    ['Basic realm="r"', [['basic', { realm: 'r' }]]],
    [
      'Bearer realm="https://a/t,b",service="s",scope="repository:x:pull,push"',
      [['bearer', { realm: 'https://a/t,b', service: 's', scope: 'repository:x:pull,push' }]],
    ],
    [
      'Bearer realm=token, Basic realm="x"',
      [
        ['bearer', { realm: 'token' }],
        ['basic', { realm: 'x' }],
      ],
    ],
    ['BEARER Realm = "a\\"b" , SERVICE="s"', [['bearer', { realm: 'a"b', service: 's' }]]],
    ['Bearer realm="first",realm="second"', [['bearer', { realm: 'first' }]]],
    [
      'Negotiate, Basic realm=""',
      [
        ['negotiate', {}],
        ['basic', { realm: '' }],
      ],
    ],
    ['', []],
    ['realm="no scheme"', []],
    [
      'Bearer realm="open',
      [
        ['bearer', {}],
        ['realm', {}],
      ],
    ],
  ])('%s', (header, expected) => {
    if (header.includes('="open'))
      expect(parseChallenges(header).every(({ parameters }) => !parameters.has('realm'))).toBe(true);
    else expect(plain(header)).toEqual(expected);
  });

  test('any header ends', () => {
    const parts = fc.constantFrom('Bearer', 'Basic', ' ', ',', '=', '"', '\\', 'realm', 'a', ';', '\t');
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 200 }), (words) => {
        expect(parseChallenges(words.join('')).length).toBeLessThan(200);
      }),
    );
    // What takes more than linear time with these does not end within the test's time.
    parseChallenges(`Bearer realm="${'\\'.repeat(2_000_000)}`);
    parseChallenges('a="'.repeat(1_000_000));
  });
});

test('warnings', () => {
  expect(parseWarnings('299 - "deprecated \\"soon\\"", 299 - "quota"')).toEqual(['deprecated "soon"', 'quota']);
  expect(parseWarnings('199 - "other", 299 agent "x"')).toEqual([]);
  expect(parseWarnings('299 - "\u001b[31mred"')).toEqual([' [31mred']);
  expect(parseWarnings(null)).toEqual([]);
});
