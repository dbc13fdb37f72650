import { join, resolve } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertDistinctPaths, comparePaths, pathFilter, safeRelativePath } from '../../src/files/index.js';

const refused = expect.objectContaining({ code: 'PATH_UNSAFE' }) as Error;

describe('names from outside', () => {
  test.each([
    'a',
    'a/b.json',
    'a..b',
    '1_Pooling/config.json',
    'Ünïcode.md',
    'model-00001-of-00002.safetensors',
    'console.txt',
  ])('%s may stand', (path) => expect(safeRelativePath(path)).toBe(path));

  test.each([
    '',
    '.',
    '..',
    '/',
    '/etc/passwd',
    'a/',
    'a//b',
    './a',
    'a/./b',
    '../a',
    'a/../b',
    'a/..',
    '..\\a',
    'a\\b',
    'C:/a',
    'a:stream',
    'a\0b',
    'a\nb',
    'a\u202Eb',
    'a\u200Bb',
    '\uFEFFa',
    'a.',
    'a ',
    ' a',
    'a/b./c',
    'con',
    'CON.txt',
    'a/nul',
    'LPT1.gguf',
    'e\u0301',
    'a*',
    'a?b',
    'a|b',
    'x'.repeat(256),
    Array.from({ length: 600 }, () => 'a').join('/'),
    '\uD800',
  ])('%j may not', (path) => expect(() => safeRelativePath(path)).toThrow(refused));

  test('what passes stays below any directory', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '.', '..', '/', '\\', 'c:', '\0', 'b c'), { maxLength: 8 }),
        (parts) => {
          const path = parts.join('');
          try {
            safeRelativePath(path);
          } catch {
            return;
          }
          expect(resolve('/root', path)).toBe(join('/root', path));
          expect(resolve('/root', path).startsWith('/root/')).toBe(true);
        },
      ),
    );
  });

  test('two that meet on some file system are refused', () => {
    for (const paths of [
      ['a', 'a'],
      ['README.md', 'readme.MD'],
      ['a', 'a/b'],
      ['a/b', 'A'],
      ['straße', 'STRASSE'],
    ]) {
      expect(() => assertDistinctPaths(paths), paths.join(' ')).toThrow(refused);
    }
    assertDistinctPaths(['a', 'b/a', 'b/c', 'ab']);
  });
});

test('byte order is not the order of UTF-16 units', () => {
  expect(['\u{1F600}', '\uFF00', 'b', 'B'].sort(comparePaths)).toEqual(['B', 'b', '\uFF00', '\u{1F600}']);
});

describe('globs', () => {
  test.each([
    [{ include: ['*.json'] }, ['a.json', 'x/a.json'], ['a.md']],
    [{ include: ['x/*.json'] }, ['x/a.json'], ['a.json', 'x/y/a.json']],
    [{ include: ['x/**'] }, ['x/a.json', 'x/y/z'], ['a.json']],
    [{ exclude: ['*.gguf'] }, ['a.json'], ['x/a.gguf']],
    [{ include: ['*'], exclude: ['a*'] }, ['b'], ['a', 'x/ab']],
    [{ include: ['*-{Q4_K_M,Q8_0}.gguf'] }, ['t-Q8_0.gguf'], ['t-Q2_K.gguf']],
  ])('%j', (selection, yes, no) => {
    const picks = pathFilter(selection);
    expect(yes.filter(picks)).toEqual(yes);
    expect(no.filter(picks)).toEqual([]);
  });

  test('no pattern is no pattern', () => expect(() => pathFilter({ include: [''] })).toThrow());
});
