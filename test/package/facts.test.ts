import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cardData, modelFacts, spdxLicense, variantOfSnapshot } from '../../src/package/index.js';
import { fileNames, snapshot } from './sample.js';

describe('facts', () => {
  test('come from the card, the config and the source', async () => {
    const facts = await modelFacts(
      snapshot({
        'README.md':
          '---\nlicense: apache-2.0\nlanguage: [en, de]\nbase_model: acme/base\ndatasets:\n- acme/data\npipeline_tag: text-generation\n---\n# Tiny',
        'config.json': '{"model_type":"qwen3","torch_dtype":"bfloat16","max_position_embeddings":4096}',
        'model.safetensors': '',
      }),
      { parameters: 1234, quantization: 'Q8_0' },
    );
    expect(facts).toMatchObject({
      name: 'tiny',
      vendor: 'acme',
      format: 'safetensors',
      architecture: 'qwen3',
      family: 'qwen3',
      precision: 'bfloat16',
      licenses: ['Apache-2.0'],
      languages: ['en', 'de'],
      baseModels: ['acme/base'],
      datasets: ['acme/data'],
      task: 'text-generation',
      contextLength: 4096,
      parameters: 1234,
      quantization: 'Q8_0',
    });
    expect(facts).not.toHaveProperty('authors');
  });

  test('of a multimodal model are found in its text part', async () => {
    const config = '{"model_type":"gemma3","text_config":{"torch_dtype":"float16","max_position_embeddings":8192}}';
    expect(await modelFacts(snapshot({ 'config.json': config }))).toMatchObject({
      architecture: 'gemma3',
      precision: 'float16',
      contextLength: 8192,
    });
  });

  test('of a conversation: the template from its newer place, sampling as its makers recommend', async () => {
    const files = {
      'tokenizer_config.json': '{"chat_template":"old"}',
      'generation_config.json': '{"temperature":0.6,"top_k":20,"top_p":0.95,"min_p":"x","repetition_penalty":1.05}',
    };
    const facts = await modelFacts(snapshot(files));
    expect(facts.chatTemplate).toBe('old');
    expect(facts.sampling).toEqual({ temperature: 0.6, topK: 20, topP: 0.95, repetitionPenalty: 1.05 });
    expect((await modelFacts(snapshot({ ...files, 'chat_template.jinja': 'new' }))).chatTemplate).toBe('new');
    const named = '{"chat_template":[{"name":"default","template":"x"}]}';
    expect(await modelFacts(snapshot({ 'tokenizer_config.json': named }))).not.toHaveProperty('chatTemplate');
  });

  test('of a variant tell weights from companions', async () => {
    const variant = await variantOfSnapshot(
      snapshot({ 'a.safetensors': '', 'b.safetensors': '', 'model.safetensors.index.json': '{}', 'README.md': '' }),
    );
    expect(variant.name).toBe('safetensors');
    expect(fileNames(variant.weights)).toEqual(['a.safetensors', 'b.safetensors']);
    expect(fileNames(variant.companions)).toEqual(['model.safetensors.index.json', 'README.md']);
  });

  test('nothing known is nothing said', async () => {
    expect(Object.keys(await modelFacts(snapshot({ 'x.txt': '' }))).sort()).toEqual([
      'format',
      'licenses',
      'name',
      'source',
      'vendor',
    ]);
  });
});

describe('front matter', () => {
  test.each([
    ['none', '# Tiny\n---\nlicense: mit\n---'],
    ['broken', '---\nlicense: [mit\n---\n'],
    ['a list', '---\n- mit\n---\n'],
    ['not closed', '---\nlicense: mit\n'],
    [
      'an alias bomb',
      `---\na: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
        .split('')
        .map((k, i) => `${k}: &${k} [${Array.from({ length: 10 }, () => `*${'abcdefgh'[i]}`).join(',')}]`)
        .join('\n')}\n---\n`,
    ],
  ])('%s has no licence', (_, text) => expect(cardData(text).list('license')).toEqual([]));

  test('takes names that objects have by themselves as what they are', () => {
    const card = cardData('---\n__proto__: {license: evil}\nconstructor: x\nlicense: mit\n---\n');
    expect(card.list('license')).toEqual(['mit']);
    expect(card.text('toString')).toBeUndefined();
    expect(card.text('constructor')).toBe('x');
  });

  test('does not turn Norwegian into false', () =>
    expect(cardData('---\nlanguage:\n- no\n---\n').list('language')).toEqual(['no']));

  test('never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('-', '\n', ':', ' ', 'a', '[', '{', '&', '*', '"', '!') }),
        (text) => {
          cardData(`---\n${text}\n---\n`).list('license');
        },
      ),
    );
  });
});

test.each([
  ['apache-2.0', undefined, 'Apache-2.0'],
  ['MIT', undefined, 'MIT'],
  ['gpl-3.0', undefined, 'GPL-3.0-only'],
  ['cc-by-nc-sa-4.0', undefined, 'CC-BY-NC-SA-4.0'],
  ['llama3.1', undefined, 'LicenseRef-llama3.1'],
  ['openrail++', undefined, 'LicenseRef-openrail-plus-plus'],
  ['other', 'qwen-research', 'LicenseRef-qwen-research'],
  ['other', 'Apache-2.0', 'Apache-2.0'],
  ['other', 'a (b) c/', 'LicenseRef-a-b-c'],
  ['other', undefined, undefined],
  ['unknown', 'x', undefined],
])('the Hub licence %s (%s) is %s', (id, name, expected) => expect(spdxLicense(id, name)).toBe(expected));
