import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_JSON_CONTAINERS, MAX_JSON_VALUES } from '../../src/files/json.js';
import { memoryFile, parseJson, parsePythonJson, readJsonObject } from '../../src/files/index.js';

describe("what Python's json module reads", () => {
  test.each([
    ['[0.0, Infinity]', [0, Infinity]],
    ['{"a": -Infinity, "b": [NaN]}', { a: -Infinity, b: [Number.NaN] }],
    ['NaN', Number.NaN],
    ['{"NaN": "Infinity", "a\\"Infinity": NaN}', { NaN: 'Infinity', 'a"Infinity': Number.NaN }],
    ['{"a": 1, "a": Infinity}', { a: Infinity }],
    ['["\\\\", Infinity]', ['\\', Infinity]],
    ['[1e999, 123456789012345678901234567890]', [Infinity, 1.2345678901234568e29]],
  ])('%s', (text, value) => {
    expect(parsePythonJson(text, 'config.json')).toEqual(value);
  });

  test('a key of the name __proto__ is a key', () => {
    const value = parsePythonJson('{"__proto__": {"polluted": NaN}, "a": Infinity}', 'config.json');
    expect(Object.keys(value as object)).toEqual(['__proto__', 'a']);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test.each([
    '',
    '{"a": infinity}',
    '{"a": nan}',
    '{"a": +Infinity}',
    '{"a": --Infinity}',
    '{"a": Infinityx}',
    '{"a": Infinity1}',
    '{"a": 1Infinity}',
    '{"a": 1e-Infinity}',
    '{"a": -NaN}',
    '[NaN NaN]',
    '{NaN: 1}',
    "{'a': NaN}",
    '{"a": NaN,}',
    '"Infinity',
    '"\\',
    '[Infinity, None]',
    '\uFEFF{"a": NaN}',
  ])('refuses %j', (text) => {
    expect(() => parsePythonJson(text, 'config.json')).toThrow("'config.json' is not valid JSON");
  });

  test('numbers that only Python knows are no JSON', () => {
    expect(() => parseJson('[Infinity]', 'manifest')).toThrow("'manifest' is not valid JSON");
  });

  test('hostile text takes linear time and no stack', () => {
    const deep = `${'['.repeat(2_000_000)}NaN`;
    expect(() => parsePythonJson(deep, 'config.json')).toThrow('not valid JSON');
    expect(() => parsePythonJson(`{"a": "${'\\"N'.repeat(2_000_000)}`, 'config.json')).toThrow('not valid JSON');
    const many = `[${'NaN,Infinity,'.repeat(200_000)}0]`;
    expect(parsePythonJson(many, 'config.json')).toHaveLength(400_001);
  });

  test('any value with such numbers in it comes back', () => {
    // Python writes as JSON does, but for these numbers.
    const written = (value: unknown): string => {
      if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
      if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
      if (typeof value !== 'object' || value === null) return JSON.stringify(value);
      return `{${Object.entries(value)
        .map(([key, item]) => `${JSON.stringify(key)}: ${written(item)}`)
        .join(', ')}}`;
    };
    const numbers = fc.constantFrom<unknown>(Infinity, -Infinity, Number.NaN);
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        numbers,
        fc.string({ unit: fc.constantFrom('"', '\\', 'NaN', 'Infinity', 'x') }),
        fc.integer(),
        fc.array(tie('tree')),
        fc.dictionary(fc.string(), tie('tree')),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(parsePythonJson(written(value), 'config.json')).toEqual(value);
      }),
    );
  });
});

test('a byte order mark is refused, as Python refuses it', async () => {
  const read = async (text: string): Promise<unknown> => readJsonObject(memoryFile('config.json', text), 1000);
  await expect(read('{"a": 1}')).resolves.toEqual({ a: 1 });
  await expect(read('\ufeff{"a": 1}')).rejects.toMatchObject({ code: 'JSON_INVALID' });
});

test.each([
  ['values', MAX_JSON_VALUES, (count: number) => `[${'0,'.repeat(count)}0]`],
  [
    'lists and objects',
    MAX_JSON_CONTAINERS,
    (count: number) => `{"a":["${'['.repeat(10)}",${'[],'.repeat(count - 3)}{}]}`,
  ],
])('%s beyond what any tokenizer has are refused before they are parsed', (_, limit, text) => {
  expect(parseJson(text(limit), 'x')).toBeTruthy();
  expect(() => parseJson(text(limit + 1), 'x')).toThrow(/more than can be read/);
});
