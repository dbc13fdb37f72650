import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokenizerMetadata, type TokenizerChoice } from '../../src/convert/tokenizers/index.js';
import { hubTokenizer } from '../../src/convert/tokenizers/hub-tokenizer.js';
import { encodeCheckText } from '../../src/convert/tokenizers/pre-tokenizer.js';
import { parsePythonLiteral, reprOfBytes } from '../../src/convert/tokenizers/python-literal.js';
import { parseSentencePieceModel } from '../../src/convert/tokenizers/sentencepiece-model.js';
import { openRepository } from '../../src/convert/repository.js';
import { SlipwayError, watchStandstill } from '../../src/core/index.js';
import { memoryFile, type JsonObject } from '../../src/files/index.js';
import { field, sentencePieceModel, varintField } from '../support/sentencepiece-writer.js';
import { repositoryOf } from '../support/snapshot-of.js';

const BPE: TokenizerChoice = { kind: 'bpe', pre: 'gpt-2' };
const model = { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'] };

async function read(files: Record<string, unknown>, choice: TokenizerChoice = BPE): Promise<unknown> {
  return tokenizerMetadata(await repositoryOf({ 'config.json': {}, ...files }), choice);
}

async function refused(files: Record<string, unknown>, message: RegExp, choice?: TokenizerChoice): Promise<void> {
  const code = expect.stringMatching(/^(?:TOKENIZER_|JSON_)/) as unknown;
  await expect(read(files, choice)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as unknown });
}

describe('a hostile tokenizer.json is refused', () => {
  test.each<[string, unknown, RegExp]>([
    ['without a model', {}, /no model/],
    ['with a model that is a list', { model: [] }, /no model/],
    ['without a vocabulary', { model: { type: 'BPE' } }, /no vocabulary/],
    ['with a negative id', { model: { ...model, vocab: { a: -1 } } }, /no valid id/],
    ['with a fraction for an id', { model: { ...model, vocab: { a: 0.5 } } }, /no valid id/],
    ['with a text for an id', { model: { ...model, vocab: { a: '0' } } }, /no valid id/],
    ['with an id beyond all bounds', { model: { ...model, vocab: { a: 2 ** 31 } } }, /no valid id/],
    ['with two tokens of one id', { model: { ...model, vocab: { a: 0, b: 0 } } }, /share an id/],
    ['with an id beyond the rows', { model: { ...model, vocab: { a: 0, b: 9 } } }, /more tokens than the model/],
    ['with a merge of one part', { model: { ...model, merges: [['a']] } }, /not a pair/],
    ['with a merge of numbers', { model: { ...model, merges: [[1, 2]] } }, /not a pair/],
    ['with a token of 70,000 characters', { model: { ...model, vocab: { ['a'.repeat(70_000)]: 0 } } }, /too long/],
    ['with an added token without text', { model, added_tokens: [{ id: 3 }] }, /has no text/],
    ['that is a list', [], /does not hold a JSON object/],
    ['that is not JSON', '{', /not valid JSON/],
    ['with half a character', '{"model": {"type": "BPE", "vocab": {"\\ud83d": 0}, "merges": []}}', /not valid Unicode/],
    ['with halves in the wrong order', '{"x": "\\udc00\\ud83d"}', /not valid Unicode/],
  ])('%s', async (_, definition, message) => refused({ 'tokenizer.json': definition }, message));

  test('whole characters in escapes are none of that', async () => {
    const text = '{"model": {"type": "BPE", "vocab": {"\\ud83d\\ude80": 0, "\\\\ud83d": 1}, "merges": []}}';
    await expect(read({ 'tokenizer.json': text })).resolves.toBeDefined();
  });

  test('with more merges than any tokenizer has, before they are looked at', async () => {
    const merges = `[${'0,'.repeat(2 ** 22)}0]`;
    const text = `{"model": {"type": "BPE", "vocab": {}, "merges": ${merges}}}`;
    await refused({ 'tokenizer.json': text }, /too many merges/);
  });

  test('of some megabytes, in steps that the event loop has its turns between', async () => {
    const heard: string[] = [];
    watchStandstill({
      begin: () => heard.push('begin'),
      end: () => {
        heard.push('end');
        setImmediate(() => heard.push('turn'));
      },
    });
    const merges = [...Array(300_000).keys()].map((index) => `left${index} right${index}`);
    await read({ 'tokenizer.json': { model: { ...model, merges } }, 'tokenizer_config.json': { eos_token: 'a' } });
    watchStandstill(undefined);
    // Escapes, JSON, added tokens, the list, the texts of added tokens, ids of special tokens, merges.
    expect(heard.filter((word) => word === 'begin').length).toBeGreaterThanOrEqual(7);
    const expected = heard.filter((word) => word === 'begin').flatMap(() => ['begin', 'end', 'turn']);
    expect(heard.concat(heard.at(-1) === 'end' ? ['turn'] : [])).toEqual(expected);
  });

  test('of 120 MB, before it is read', async () => {
    const file = {
      path: 'tokenizer.json',
      size: 120_000_000,
      read: (): never => {
        throw new Error('it was read');
      },
    };
    const source = { kind: 'directory', name: 'm', url: 'file:///m', revision: '1' } as const;
    const repository = await openRepository({ source, files: [memoryFile('config.json', '{}'), file] });
    await expect(tokenizerMetadata(repository, BPE)).rejects.toMatchObject({ code: 'TOKENIZER_INVALID' });
  });

  test('rows beyond all bounds are refused before they are allocated', async () => {
    await refused({ 'tokenizer.json': { model } }, /size is out of range/, { ...BPE, vocabSize: 1e12 });
    await refused({ 'tokenizer.json': { model } }, /size is out of range/, { ...BPE, vocabSize: 2.5 });
  });

  test('a pattern that never ends is stopped', () => {
    const definition = {
      model,
      pre_tokenizer: { type: 'Split', pattern: { Regex: '(?:[^x]+)+x{9}' }, behavior: 'Isolated', invert: false },
    };
    const settings = { config: {}, declared: new Map(), modern: true };
    const tokenizer = hubTokenizer(definition, settings, { name: 'PreTrainedTokenizer', defaults: {} });
    expect(() => encodeCheckText(tokenizer, 300)).toThrow(/cannot encode the check text/);
  });

  test('a decoder nested a thousand times', async () => {
    let decoder: unknown = { type: 'Fuse' };
    for (let depth = 0; depth < 1000; depth += 1) decoder = { type: 'Sequence', decoders: [decoder] };
    const added = [{ id: 3, content: '<x>', normalized: false, special: true }];
    await refused({ 'tokenizer.json': { model, decoder, added_tokens: added } }, /nested too deeply/);
  });

  test('names of object members are tokens like any other', async () => {
    const text = '{"model": {"type": "BPE", "vocab": {"__proto__": 0, "constructor": 1, "7": 2}, "merges": []}}';
    const entries = (await read({ 'tokenizer.json': text })) as [string, { value: unknown }][];
    const tokens = new Map(entries).get('tokenizer.ggml.tokens');
    expect(tokens?.value).toEqual(['__proto__', 'constructor', '7']);
  });
});

test('arbitrary tokenizer files give keys or one clear error', async () => {
  const part = fc.jsonValue({ maxDepth: 3 });
  const token = fc.record({ id: part, content: fc.oneof(fc.string(), part), special: part, normalized: part });
  const typed = (types: readonly string[], rest: fc.Arbitrary<object>): fc.Arbitrary<object> =>
    fc.tuple(fc.constantFrom(...types), rest).map(([type, fields]) => ({ type, ...fields }));
  const list = fc.array(fc.oneof(part, fc.record({ SpecialToken: fc.record({ id: part }) })), { maxLength: 4 });
  const definition = fc.record({
    model: fc.oneof(part, fc.record({ type: part, vocab: part, merges: part }), fc.constant(model)),
    added_tokens: fc.oneof(part, fc.array(token, { maxLength: 4 })),
    post_processor: fc.oneof(part, typed(['TemplateProcessing'], fc.record({ single: list, pair: list }))),
    decoder: fc.oneof(
      part,
      typed(['Strip', 'Replace', 'Metaspace', 'WordPiece', 'Sequence'], fc.object({ maxDepth: 2 })),
    ),
    normalizer: part,
  });
  const config = fc.oneof(
    part,
    fc.record({ bos_token: part, eos_token: part, added_tokens_decoder: part, chat_template: part }),
  );
  const kinds = fc.constantFrom(
    'bpe',
    'wordpiece',
    'llama',
    'gemma4',
    'xlm-roberta',
    'mistral',
    'sentencepiece' as const,
  );
  await fc.assert(
    fc.asyncProperty(definition, config, kinds, async (tokenizer, settings, kind) => {
      try {
        await read(
          { 'tokenizer.json': tokenizer, 'tekken.json': tokenizer, 'tokenizer_config.json': settings },
          { kind, pre: 'gpt-2', vocabSize: 64 },
        );
      } catch (error) {
        if (!SlipwayError.is(error)) throw error;
        expect(error.code).toMatch(/^(?:TOKENIZER_|JSON_|MODEL_)/);
      }
    }),
    { numRuns: 300 },
  );
});

describe('a hostile SentencePiece model is refused', () => {
  const pieces = [
    ['<unk>', 0, 2],
    ['a', -1, 1],
  ] as const;
  const whole = sentencePieceModel({ pieces });
  const parse = (bytes: Uint8Array): unknown => parseSentencePieceModel(bytes, 'tokenizer.model');

  test.each<[string, Uint8Array, RegExp]>([
    ['that is empty', new Uint8Array(), /not a SentencePiece model/],
    ['that is text', Buffer.from('IQ== 0\nIg== 1\n'), /./],
    ['without a piece for unknown text', sentencePieceModel({ pieces: [['a', 0, 1]] }), /not a SentencePiece model/],
    ['with an empty piece', sentencePieceModel({ pieces: [...pieces, ['', 0, 1]] }), /is empty/],
    ['with a piece that occurs twice', sentencePieceModel({ pieces: [...pieces, ['a', 0, 1]] }), /occurs twice/],
    ['with a type that does not exist', sentencePieceModel({ pieces: [...pieces, ['b', 0, 9]] }), /unknown type/],
    [
      'with a score without end',
      sentencePieceModel({ modelType: 1, pieces: [...pieces, ['b', Number.NEGATIVE_INFINITY, 1]] }),
      /finite/,
    ],
    [
      'with a score that is no number',
      sentencePieceModel({ modelType: 1, pieces: [...pieces, ['b', Number.NaN, 1]] }),
      /finite/,
    ],
    ['with bytes that are no text', field(1, field(1, Uint8Array.of(0xff))), /not valid UTF-8/],
    ['whose field runs over the end', Uint8Array.of(0x0a, 0x7f, 0x00), /runs over the end/],
    [
      'whose length is beyond all bounds',
      Uint8Array.of(0x0a, ...Array<number>(9).fill(0xff), 0x01),
      /runs over the end/,
    ],
    ['with a number that does not end', Uint8Array.of(...Array<number>(11).fill(0x80)), /too long/],
    ['with a group', varintField(1, 0).map((byte) => (byte === 8 ? 11 : byte)), /wire type/],
  ])('%s', (_, bytes, message) => {
    expect(() => parse(bytes)).toThrow(message);
    expect(() => parse(bytes)).toThrow(SlipwayError);
  });

  test('cut at any byte or with any byte changed, it is read or refused', () => {
    for (let length = 0; length < whole.length; length += 1) readOrRefused(whole.subarray(0, length));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (offset, byte) => {
        const changed = whole.slice();
        changed[offset] = byte;
        readOrRefused(changed);
      }),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), readOrRefused));
  });

  function readOrRefused(bytes: Uint8Array): void {
    try {
      parse(bytes);
    } catch (error) {
      if (!SlipwayError.is(error)) throw error;
      expect(error.code).toBe('TOKENIZER_INVALID');
    }
  }
});

describe('Python literals', () => {
  test('what repr prints is read back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = reprOfBytes(bytes);
        const quote = bytes.includes(0x27) && !bytes.includes(0x22) ? '"' : "'";
        expect(parsePythonLiteral(`b${quote}${text}${quote}`)).toEqual(bytes);
      }),
    );
  });

  test.each(["'", "'a", "a'", "'a'b'", "'\\'", "b'é'", "b'\\u0041'", "'\\q'", "'\\x4'", "'\\ud800'", "''' '''", '1'])(
    '%s is none',
    (text) => expect(parsePythonLiteral(text)).toBeUndefined(),
  );
});

describe('other files', () => {
  const config = { 'config.json': { pad_token_id: 0 } satisfies JsonObject };

  test('an added token with a negative id is refused', async () => {
    const files = { ...config, 'tokenizer.model': sentencePieceModel({ pieces: [['<unk>', 0, 2]] }) };
    const choice = { kind: 'sentencepiece' } as const;
    await refused({ ...files, 'added_tokens.json': { x: -1 } }, /no valid id/, choice);
    await refused({ ...files, 'tokenizer_config.json': { added_tokens_decoder: { '-1': {} } } }, /no valid id/, choice);
  });

  test('lines of an RWKV vocabulary that are no tokens are refused', async () => {
    for (const line of ["1 'a' 2", '1', "1 __import__('os') 1", "1 b'\\xff 1"]) {
      await refused({ 'rwkv_vocab_v20230424.txt': `${line}\n` }, /line 1 is not a token/, { kind: 'rwkv' });
    }
  });

  test('a tekken.json that promises more than it has is refused', async () => {
    const promise = { config: { version: 'v3', default_vocab_size: 400, default_num_special_tokens: 20 }, vocab: [] };
    await refused({ 'tekken.json': promise }, /shorter than promised/, { kind: 'mistral' });
  });

  test('a tiktoken file that is none is refused', async () => {
    for (const text of ['hello', 'YQ== x', 'YQ==', '!!!! 1', `${'YWFh'.repeat(100)} 1`, 'YQ== 0\nYQ== 1']) {
      await refused({ 'qwen.tiktoken': text }, /is not a token with its rank/, { kind: 'qwen' });
    }
    await refused({ 'qwen.tiktoken': 'YQ== 0\nYmNk 1' }, /not made of two others/, { kind: 'qwen' });
  });

  test('without any file there is one clear error for every kind', async () => {
    const kinds = [
      'bpe',
      'gemma4',
      'internlm2',
      'internlm3',
      'qwen',
      'llama',
      'llama-hf',
      'mistral',
      'phi3',
      'rwkv',
    ] as const;
    for (const kind of [...kinds, 'sentencepiece', 'unigram', 'wordpiece', 'xlm-roberta'] as const) {
      await expect(read({}, { kind })).rejects.toMatchObject({ code: 'TOKENIZER_UNSUPPORTED' });
    }
  });
});
