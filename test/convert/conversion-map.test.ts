import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { conversionMap } from '../../src/convert/index.js';

const pinned = JSON.parse(
  readFileSync(new URL('../fixtures/golden/conversion-map.json', import.meta.url), 'utf8'),
) as Readonly<Record<'text' | 'projectors', readonly string[]>>;
const map = conversionMap();

describe('what can be converted, beside the names of the pinned converter', () => {
  test('every projector, and no other', () => {
    expect(map.projectors.map(({ name }) => name)).toEqual(pinned.projectors);
  });

  test('every language model once, converted or refused with a reason, and no other', () => {
    const names = [...map.text, ...map.refused].map(({ name }) => name);
    expect(names.toSorted()).toEqual(pinned.text);
    expect(map.refused.filter(({ reason }) => reason.length < 20)).toEqual([]);
  });

  test('each family is a file that can be read at once', () => {
    // Types and the table of all of them are no families.
    const others = new Set(['architectures/family.ts', 'architectures/index.ts']);
    const source = new URL('../../src/convert/', import.meta.url);
    const files = ['architectures', 'projectors'].flatMap((folder) =>
      readdirSync(new URL(`${folder}/`, source)).map((name) => `${folder}/${name}`),
    );
    const lines = (path: string): number => readFileSync(new URL(path, source), 'utf8').split('\n').length - 1;
    expect(files.filter((path) => !others.has(path) && lines(path) > 200)).toEqual([]);
  });

  test('adapters for every language model', () => {
    expect(map.adapters).toEqual(map.text);
  });
});
