import { readFileSync } from 'node:fs';
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

  test('no language model that the converter lacks', () => {
    const known = new Set(pinned.text);
    expect([...map.text, ...map.refused].map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
  });
});
