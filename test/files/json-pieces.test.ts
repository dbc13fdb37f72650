import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseInPieces } from '../../src/files/json-pieces.js';

/** What a parser makes of a text: its value as text (order of keys included), or that it refuses. */
function verdict(parse: () => unknown): string {
  try {
    return JSON.stringify(parse()) ?? 'undefined';
  } catch (error) {
    return error instanceof SyntaxError ? 'refused' : String(error);
  }
}

const same = (text: string, piece: number): void =>
  expect([text, verdict(() => parseInPieces(text, piece))]).toEqual([text, verdict((): unknown => JSON.parse(text))]);

describe('JSON in pieces is what JSON.parse makes of it', () => {
  test('values of any shape, however small the pieces', () => {
    const spaced = fc.tuple(fc.json({ maxDepth: 6 }), fc.constantFrom(0, 1, 3), fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(spaced, ([text, indent, piece]) => {
        same(JSON.stringify(JSON.parse(text), undefined, indent), piece);
      }),
      { numRuns: 2000 },
    );
  });

  test('texts that are a character away from JSON', () => {
    const change = fc.tuple(
      fc.nat(),
      fc.constantFrom('', ',', ']', '}', '[', '{', '"', ':', ' ', '\\', '0', 'a'),
      fc.nat(2),
    );
    const edited = fc.tuple(fc.json({ maxDepth: 4 }), change, fc.integer({ min: 1, max: 12 }));
    fc.assert(
      fc.property(edited, ([text, [at, put, taken], piece]) => {
        const place = at % (text.length + 1);
        same(text.slice(0, place) + put + text.slice(place + taken), piece);
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    '[]',
    '{}',
    '[ ]',
    '{ }',
    '[1,]',
    '[,1]',
    '[ , 1]',
    '[1,,2]',
    '{"a":1,}',
    '{,"a":1}',
    '{"a":1,"a":[1,2,3,4,5,6,7,8]}',
    '{"b":0,"a":1,"b":[1,2,3,4,5,6,7,8],"1":2}',
    '{"__proto__":{"polluted":[1,2,3,4,5,6,7]},"a":1}',
    '{"a\\"":[1,2,3,4,5,6,7,8]}',
    '[1,2}',
    '[[1},2]',
    '[1,2]]',
    '[1,2] x',
    '{"a" [1,2,3,4,5,6,7,8,9]}',
    '{a:[1,2,3,4,5,6,7,8,9,10]}',
    '["1,2,3,4,5,6,7,8,9,10',
    '["\\\\",[1,2,3,4,5,6]]',
    '',
    '  ',
  ])('%s', (text) => {
    for (const piece of [1, 2, 3, 5, 8, 1000]) same(text, piece);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});
