import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, test } from 'vitest';
import { pathFilter, searcher } from '../../src/files/index.js';
import { BadGlob, globMatcher } from '../../src/files/patterns/glob-pattern.js';

const matches = (glob: string, path: string): boolean => pathFilter({ include: [glob] })(path);

describe('a glob', () => {
  test.each([
    ['*.json', 'config.json', true],
    ['*.json', 'a/b/config.json', true],
    ['a/*.json', 'a/b/config.json', false],
    ['a/**/*.json', 'a/config.json', true],
    ['a/**/*.json', 'a/b/c/config.json', true],
    ['**/x', 'x', true],
    ['**', 'a/b/.c', true],
    ['model-{00001,00002}-of-*.safetensors', 'model-00002-of-00009.safetensors', true],
    ['model-0000{1..3}.gguf', 'model-00003.gguf', true],
    ['[!a-c]*', 'd', true],
    ['[!a-c]*', 'b', false],
    ['@(a|b).txt', 'b.txt', true],
    ['+(ab).txt', 'abab.txt', true],
    ['?(a)b', 'b', true],
    ['!*.md', 'README.md', false],
    ['!*.md', 'config.json', true],
    ['\\*.md', '*.md', true],
    ['a{b', 'a{b', true],
    ['a[b', 'a[b', true],
  ])('%s, of %s: %s', (glob, path, expected) => {
    expect(matches(glob, path)).toBe(expected);
  });

  test('means what picomatch takes it for', () => {
    const piece = fc.constantFrom('a', 'b', '.', '*', '?', '[ab]', '[^a]', '{a,bb}', '-', '1');
    const glob = fc.array(
      fc.oneof({ weight: 6, arbitrary: piece }, { weight: 1, arbitrary: fc.constantFrom('/', '/**/') }),
      { minLength: 1, maxLength: 7 },
    );
    const path = fc.array(fc.array(fc.constantFrom('a', 'b', '.', '-', '1'), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(glob, path, (parts, names) => {
        const [pattern, text] = [parts.join(''), names.map((name) => name.join('')).join('/')];
        // What is no path or no clear pattern means nothing in particular.
        fc.pre(
          !/^\/|\/$|\/\/|\*\*|^\.?\.\/|(^|\/)\.{1,2}(\/|$)/.test(pattern) || /^[^/*].*\/\*\*\/[^/*]/.test(pattern),
        );
        fc.pre(!/\/\/|(^|\/)\.{1,2}(\/|$)/.test(text) && !/^\.\/|\/$|^\/|\/\/|\*\*\*|[^/]\*\*|\*\*[^/]/.test(pattern));
        const expected = picomatch(pattern, { dot: true, basename: !pattern.includes('/') })(text);
        expect([pattern, text, matches(pattern, text)]).toEqual([pattern, text, expected]);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    '*a*a*a*a*a*a*a*a*a*a*a*a*a*b',
    `${'*a'.repeat(99)}b`,
    `+(${'+('.repeat(10)}a${')'.repeat(10)})b`,
    `${'{a,aa}'.repeat(20)}b`,
    `${'*(a|aa)'.repeat(20)}b`,
    `${'**/'.repeat(60)}b`,
  ])('%s ends whatever the name is', (glob) => {
    for (const name of ['a'.repeat(250), 'a/'.repeat(120) + 'a', 'ab'.repeat(120)])
      expect(matches(glob, name)).toBe(name.endsWith('b') && matches(glob, name));
  });

  test.each(['', 'a'.repeat(513), '!(a)b', '@(a', '{1..999}'.repeat(20), `${'@('.repeat(50)}a${')'.repeat(50)}`])(
    '%# is refused as no pattern',
    (glob) => {
      expect(() => pathFilter({ include: [glob] })).toThrow(expect.objectContaining({ code: 'USAGE' }));
    },
  );
});

describe('a regular expression', () => {
  test('means what the engine takes it for', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      '[a-c.]',
      '\\d',
      '\\w',
      '\\.',
      '\\b',
      '^',
      '$',
      '1',
      '_',
    );
    const level = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        atom,
        fc.tuple(tie('node'), tie('node')).map(([left, right]) => left + right),
        fc.tuple(tie('node'), tie('node')).map(([left, right]) => `(?:${left}|${right})`),
        fc
          .tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{1,}', '*?'))
          .map(([inner, mark]) => `(${inner})${mark}`),
      ),
    }));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '.', '1', '_', '-'), maxLength: 12 });
    fc.assert(
      fc.property(level.node, text, (source, name) => {
        expect([source, name, searcher(source)(name)]).toEqual([source, name, new RegExp(source).test(name)]);
      }),
      { numRuns: 3000 },
    );
  });

  test.each(['(.+)+(.+)+(.+)+!', '(a*)*b', '(a|a)*b', '(a|aa)+$b', '([a-z]+)*!', `${'a*'.repeat(60)}b`, '(.*){20}!'])(
    '%s ends whatever the name is',
    (source) => {
      expect(searcher(source)('a'.repeat(800))).toBe(false);
    },
  );

  test('what looks ahead or back is matched by the engine, and ended when it takes too long', () => {
    expect(searcher('blk\\.(?!0\\.)\\d+')('blk.3.x')).toBe(true);
    expect(searcher('(a)\\1')('baa')).toBe(true);
    expect(() => searcher('(?=a)(a+)+(a+)+!')('a'.repeat(60))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  test.each(['(', 'a{2000}', 'a'.repeat(1025), `${'('.repeat(100)}a${')'.repeat(100)}`, '(((a{100}){100}){100})'])(
    '%# is refused',
    (source) => {
      expect(() => searcher(source)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    },
  );
});

test('braces that are not closed are tried once each, however many stand in each other', () => {
  for (const part of ['{', '{a,', '{{x}', '{}', '{a,{b}', '+({', '@(a|{']) {
    const pattern = part.repeat(30).slice(0, 200);
    let looked = 0;
    try {
      looked = Number(globMatcher(pattern, false)(pattern));
    } catch (error) {
      expect(error).toBeInstanceOf(BadGlob);
    }
    expect(looked).toBeLessThanOrEqual(1);
  }
  expect(globMatcher('{a,{b', false)('{a,{b')).toBe(true);
  expect(globMatcher('{{a,b}', false)('{b')).toBe(true);
});
