import { describe, expect, test } from 'vitest';
import { SlipwayError } from '../../src/core/index.js';
import { chosenKeys } from '../../src/cli/inspect/chosen-keys.js';

const FACTS = {
  json: {
    kind: 'artifact',
    manifest: { annotations: { 'org.opencontainers.image.licenses': 'MIT' }, layers: [{ size: 3 }] },
    config: { descriptor: { name: 'tiny' } },
    gguf: {
      metadata: new Map<string, unknown>([
        ['general.architecture', 'llama'],
        ['tokenizer.ggml.tokens', ['a', 'b']],
      ]),
    },
  },
  text: 'everything',
};
const value = (...keys: string[]): string => chosenKeys(FACTS, keys, 'x').text;

describe('inspect --key', () => {
  test('prints a value alone: of a GGUF, an annotation, the config, or any place of the document', () => {
    expect(value('general.architecture')).toBe('llama');
    expect(value('org.opencontainers.image.licenses')).toBe('MIT');
    expect(value('manifest.annotations.org.opencontainers.image.licenses')).toBe('MIT');
    expect(value('descriptor.name')).toBe('tiny');
    expect(value('kind', 'general.architecture')).toBe('kind                  artifact\ngeneral.architecture  llama');
    expect(chosenKeys(FACTS, ['tokenizer.ggml.tokens'], 'x').json).toEqual(
      new Map([['tokenizer.ggml.tokens', ['a', 'b']]]),
    );
  });

  test('names the nearest key when there is none of that name', () => {
    const error = ((): unknown => {
      try {
        return value('general.architectur');
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(SlipwayError.is(error) && [error.code, error.details.try]).toEqual([
      'NOT_FOUND',
      '--key general.architecture',
    ]);
    expect(() => value('constructor')).toThrow(/has no key/);
  });
});
