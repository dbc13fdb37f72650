import { convertContent, openRepository } from '../../../src/convert/index.js';
import { encodeCheckText } from '../../../src/convert/tokenizers/pre-tokenizer.js';
import { hubTokenizer } from '../../../src/convert/tokenizers/hub-tokenizer.js';
import { tokenizerClass } from '../../../src/convert/tokenizers/tokenizer-class.js';
import { tokenizerMetadata } from '../../../src/convert/tokenizers/index.js';
import { parsePythonLiteral } from '../../../src/convert/tokenizers/python-literal.js';
import { parseSentencePieceModel } from '../../../src/convert/tokenizers/sentencepiece-model.js';
import { mergesOfTiktoken, parseTiktoken } from '../../../src/convert/tokenizers/tiktoken.js';
import { memoryFile, parseJson, type JsonObject } from '../../../src/files/index.js';
import { ggufFile, readGguf } from '../../../src/gguf/index.js';
import { readOnnx } from '../../../src/onnx/index.js';
import { createLocalEncoder, readImatrix } from '../../../src/quantize/index.js';
import { openWeights, readSafetensors } from '../../../src/safetensors/index.js';
import { buildLlama, buildSafetensors } from '../../../src/testing/index.js';
import { elsewhere, message, model, node, tensor, value } from '../../onnx/protobuf.js';
import { ggufFile as generatedGguf, safetensorsFile } from '../generate.js';
import { bytesOf, json, SOURCE, text, type FuzzTarget } from './target.js';

const encoder = createLocalEncoder('js');
const repository = buildLlama({ layers: 1, hidden: 32, heads: 2, kvHeads: 1, vocab: 354 });
const fileOf = (path: string): (typeof repository)[number] | undefined => repository.find((file) => file.path === path);

/** The repository with one of its files changed, converted as far as its layout. */
function repositoryTarget(path: string): FuzzTarget {
  const original = fileOf(path);
  return {
    name: `repository-${path.replaceAll('.', '-')}`,
    seeds: async () => (original === undefined ? [] : [await bytesOf(original)]),
    read: async (input) => {
      const files = repository.map((file) => (file.path === path ? memoryFile(path, Buffer.from(input)) : file));
      await convertContent(await openRepository({ source: SOURCE, files }), { outtype: 'f16', encoder });
    },
  };
}

/** A tokenizer of byte-level symbols with what tokenizers have beside their vocabulary. */
const TOKENIZER = {
  version: '1.0',
  added_tokens: [{ id: 4, content: '<s>', special: true, lstrip: false, rstrip: false, normalized: false }],
  normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Prepend', prepend: '▁' }] },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: '\\p{N}{1,3}|\\s+' }, behavior: 'Isolated', invert: false },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    ],
  },
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ Sequence: { id: 'A', type_id: 0 } }],
    pair: [],
    special_tokens: {},
  },
  decoder: { type: 'ByteLevel' },
  model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2, Ġ: 3 }, merges: ['a b'], byte_fallback: false },
};

const ONNX = model(
  value(11, 'x', 1, 'n', 4),
  value(12, 'y', 1, 'n', 4),
  node('Gelu', 'com.microsoft'),
  message(5, tensor('w', [4], elsewhere('model.onnx_data', 16, 16))),
);

const INDEX = {
  metadata: { total_size: 24 },
  weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' },
};

const SHARDS = ['a', 'b'].map((name, index) =>
  buildSafetensors(`model-0000${index + 1}-of-00002.safetensors`, [{ name, dtype: 'F32', shape: [3] }]),
);

async function safetensorsSeeds(): Promise<Uint8Array[]> {
  return [
    await bytesOf(
      buildSafetensors('m', [
        { name: 'a', dtype: 'F32', shape: [2, 3] },
        { name: 'b.c', dtype: 'BF16', shape: [4] },
      ]),
    ),
    await bytesOf(buildSafetensors('m', [{ name: 'x', dtype: 'F16', shape: [1, 1, 8] }])),
  ];
}

async function ggufSeed(): Promise<Uint8Array> {
  const { content } = await convertContent(await openRepository({ source: SOURCE, files: repository }), {
    outtype: 'f16',
    encoder,
  });
  return bytesOf(ggufFile('m.gguf', content));
}

/** A GGUF of a few hundred bytes, so that most changes fall into what is read. */
function smallGguf(): Uint8Array {
  const u32 = (number: number): Buffer => Buffer.from(Uint32Array.of(number).buffer);
  const u64 = (number: number): Buffer => Buffer.from(BigUint64Array.of(BigInt(number)).buffer);
  const name = (word: string): Buffer => Buffer.concat([u64(word.length), Buffer.from(word)]);
  const header = Buffer.concat([
    Buffer.from('GGUF'), u32(3), u64(2), u64(5),
    name('general.architecture'), u32(8), name('llama'),
    name('general.alignment'), u32(4), u32(32),
    name('a.list'), u32(9), u32(8), u64(2), name('x'), name('yz'),
    name('a.numbers'), u32(9), u32(6), u64(3), Buffer.alloc(12),
    name('a.flag'), u32(7), Buffer.from([1]),
    name('w.weight'), u32(2), u64(32), u64(2), u32(8), u64(0),
    name('b.weight'), u32(1), u64(3), u32(0), u64(96),
  ]); // prettier-ignore
  const padding = Buffer.alloc((32 - (header.length % 32)) % 32);
  return Buffer.concat([header, padding, Buffer.alloc(68 + 28 + 12 + 20)]);
}

function legacyImatrix(): Uint8Array {
  const legacy = Buffer.alloc(4 + 4 + 3 + 4 + 4 + 16);
  legacy.writeInt32LE(1, 0);
  legacy.writeInt32LE(3, 4);
  legacy.write('abc', 8);
  legacy.writeInt32LE(2, 11);
  legacy.writeInt32LE(4, 15);
  return legacy;
}

const CONFIG = parseJson('{}', 'config.json') as JsonObject;

export const MODEL_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'safetensors',
    seeds: safetensorsSeeds,
    read: (input) => readSafetensors(memoryFile('m.safetensors', input)),
    generate: safetensorsFile,
    references: ['safetensors'],
  },
  {
    name: 'safetensors-index',
    seeds: async () => [json(INDEX)],
    read: async (input) => {
      await openWeights({
        source: SOURCE,
        files: [memoryFile('model.safetensors.index.json', input), ...SHARDS],
      });
    },
  },
  {
    name: 'gguf',
    seeds: async () => [smallGguf(), await ggufSeed()],
    read: async (input) => readGguf(memoryFile('m.gguf', input)),
    generate: generatedGguf,
    references: ['ggml', 'gguf-py'],
  },
  {
    name: 'imatrix',
    seeds: async () => [legacyImatrix(), smallGguf()],
    read: (input) => readImatrix(memoryFile('m.imatrix', input)),
  },
  { name: 'onnx', seeds: async () => [ONNX], read: async (input) => readOnnx(memoryFile('m.onnx', input)) },
  {
    name: 'sentencepiece',
    seeds: async () => {
      const file = fileOf('tokenizer.model');
      return file === undefined ? [] : [await bytesOf(file)];
    },
    read: (input) => parseSentencePieceModel(input, 'tokenizer.model'),
    references: ['sentencepiece'],
  },
  {
    name: 'tokenizer-json',
    seeds: async () => [json(TOKENIZER)],
    read: async (input) => {
      const files = [memoryFile('config.json', '{}'), memoryFile('tokenizer.json', Buffer.from(input))];
      await tokenizerMetadata(await openRepository({ source: SOURCE, files }), { kind: 'bpe', pre: 'gpt-2' });
    },
  },
  {
    name: 'tokenizer-check-text',
    seeds: async () => [json(TOKENIZER)],
    read: (input) => {
      const definition = parseJson(text(input), 'tokenizer.json');
      if (typeof definition !== 'object' || definition === null || Array.isArray(definition)) return;
      const settings = { config: CONFIG, declared: new Map(), modern: true };
      encodeCheckText(hubTokenizer(definition as JsonObject, settings, tokenizerClass(CONFIG, CONFIG, true)));
    },
  },
  {
    name: 'tiktoken',
    seeds: async () => [Buffer.from('IQ== 0\nIg== 1\nISI= 2\nISIh 3\n')],
    read: (input) => mergesOfTiktoken(parseTiktoken(text(input), 'x.tiktoken'), 'x.tiktoken', true),
  },
  {
    name: 'python-literal',
    seeds: async () => [Buffer.from("b'a\\x00\\n\\''"), Buffer.from("'\\u00e4'")],
    read: (input) => parsePythonLiteral(text(input)),
  },
  ...['config.json', 'tokenizer_config.json', 'generation_config.json', 'model.safetensors', 'README.md']
    .filter((path) => fileOf(path) !== undefined)
    .map(repositoryTarget),
];
