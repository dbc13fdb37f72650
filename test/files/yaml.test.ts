import { expect, test, vi } from 'vitest';
import { parseYaml } from '../../src/files/yaml.js';

const LIMITS = { code: 'POLICY_INVALID', what: "'p.yaml'" } as const;

test('YAML and JSON are read', () => {
  expect(parseYaml('a: [1, yes]\nb: {c: 2}', LIMITS)).toEqual({ a: [1, 'yes'], b: { c: 2 } });
  expect(parseYaml('{"a": null}', LIMITS)).toEqual({ a: null });
});

test.each([
  ['too long', `a: ${'x'.repeat(1024 * 1024)}`],
  ['of many anchors', Array.from({ length: 300 }, (_, index) => `a${index}: &a${index} x`).join('\n')],
  ['nested deeply', '['.repeat(20_000)],
  ['a bomb of aliases', 'a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: &d [*c, *c]\ne: [*d, *d, *d, *d, *d]'],
  ['that holds itself', 'a: &a [*a]'],
  ['that holds itself many times over', 'a: &a {b: &b [*a, *b, *a, *b], c: [*b, *a]}'],
  ['with a key twice', 'a: 1\na: 2'],
  ['no YAML', 'a: [1'],
])('a text %s is an error with the code that is given', (_, text) => {
  expect(() => parseYaml(text, LIMITS)).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }) as Error);
});

test("what the text says does not reach the terminal as a warning of the parser's", () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  parseYaml('!stranger x', LIMITS);
  expect(() => parseYaml('k<<: *al: x', LIMITS)).toThrow();
  parseYaml('? {a: 1}\n: 2', LIMITS);
  expect(warned).not.toHaveBeenCalled();
  warned.mockRestore();
});
