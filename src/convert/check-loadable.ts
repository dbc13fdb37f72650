import { SlipwayError } from '../core/index.js';
import type { GgufTensor, GgufValue } from '../gguf/index.js';
import { missingCompanion, unfitShapes, type Contradiction } from './check-companions.js';
import type { Conversion } from './convert-content.js';
import { blockOf } from './names/name-map.js';
import type { PredictionOptions } from './prediction-layers.js';

/** Tensors whose rows are as long as the model is wide, in every architecture that has them. */
const MODEL_WIDE = /^(?:token_embd|output|output_norm|blk\.\d+\.attn_norm)\.weight$/;

type Check = 'width' | 'blocks' | 'companions' | 'embedding' | 'norm' | 'vocabulary';

/** Architectures without a weight called `output_norm`. */
const NORMLESS =
  'bert jina-bert-v2 jina-bert-v3 lfm2 lfm2moe neo-bert nomic-bert nomic-bert-moe olmo qwen4exp talkie'.split(' ');

/** Architectures whose published models are otherwise, and which llama.cpp loads so. */
const EXCEPTIONS: ReadonlyMap<string, readonly Check[]> = new Map<string, readonly Check[]>([
  // Drafts have their target's embedding and vocabulary, and a head of fewer tokens.
  ['dflash', ['embedding', 'vocabulary']],
  ['eagle3', ['embedding', 'vocabulary']],
  // Blocks that do nothing have no tensors.
  ['deci', ['blocks']],
  // A stack of blocks is gone through several times.
  ['hrm_text', ['blocks', 'norm']],
  // The head says sound, the embedding takes text.
  ['qwen3tts', ['vocabulary']],
  // Some layers take their keys for values.
  ['gemma4', ['companions']],
  ['gemma4-assistant', ['companions']],
  // The first block has the embedding's norm.
  ['modern-bert', ['companions']],
  // The last norm has another name, or no weights.
  ...NORMLESS.map((architecture) => [architecture, ['norm']] satisfies [string, Check[]]),
  ['wavtokenizer-dec', ['width']],
]);

/**
 * Refuses tensors that contradict the keys beside them, where every architecture agrees on what belongs together: the
 * reference writes such a file, but llama.cpp cannot load it. With `mtp` only the last blocks are there. Throws `MODEL_INVALID`, `TOKENIZER_INVALID`.
 */
export function checkLoadable(
  { architecture, content }: Pick<Conversion, 'architecture' | 'content'>,
  { mtp }: PredictionOptions = {},
): void {
  const { metadata, tensors } = content;
  if (tensors.length === 0) return;
  const number = (key: string): number | undefined => {
    const entry = metadata.get(`${architecture}.${key}`);
    return entry?.type === 'UINT32' ? entry.value : undefined;
  };
  const holds = (check: Check): boolean => EXCEPTIONS.get(architecture)?.includes(check) !== true;
  if (holds('width')) checkWidth(tensors, number('embedding_length'));
  const count = number('block_count') ?? 0;
  if (holds('blocks')) checkBlocks(tensors, mtp === true ? count - (number('nextn_predict_layers') ?? 0) : 0, count);
  if (holds('embedding')) checkEmbedding(tensors);
  if (holds('norm')) checkLastNorm(tensors);
  if (holds('companions')) refuse(missingCompanion(tensors));
  // The first Qwen states twice the length.
  if (architecture !== 'qwen') checkFeedForward(tensors, metadata.get(`${architecture}.feed_forward_length`));
  refuse(unfitShapes(tensors));
  checkHeads(tensors, (key) => metadata.get(`${architecture}.${key}`));
  if (holds('vocabulary')) checkVocabulary(tensors, metadata.get('tokenizer.ggml.tokens'));
}

/** What llama.cpp asks for before it looks at a tensor, with where it comes from. */
const NEEDED_KEYS: readonly (readonly [readonly string[], string])[] = [
  [['context_length'], 'max_position_embeddings'],
  [['embedding_length'], 'hidden_size'],
  [['block_count'], 'num_hidden_layers'],
  [
    ['attention.layer_norm_rms_epsilon', 'attention.layer_norm_epsilon', 'attention.group_norm_epsilon'],
    'rms_norm_eps',
  ],
];

/**
 * What llama.cpp needs and config.json does not say: the file is written as the reference writes it, with a word about it. Projectors
 * have keys of their own.
 */
export function missingKeys({
  architecture,
  content: { metadata, tensors },
}: Pick<Conversion, 'architecture' | 'content'>): readonly string[] {
  if (tensors.length === 0 || architecture === 'clip') return [];
  const has = (key: string): boolean => metadata.has(`${architecture}.${key}`);
  return NEEDED_KEYS.filter(([keys]) => !keys.some(has)).map(
    ([[key = ''], name]) =>
      `llama.cpp will not load this: config.json does not say what it needs as '${architecture}.${key}' (${name})`,
  );
}

function checkWidth(tensors: readonly GgufTensor[], width: number | undefined): void {
  for (const { name, dimensions } of tensors) {
    if (width === undefined || !MODEL_WIDE.test(name) || dimensions[0] === width) continue;
    const got = `[${dimensions.toReversed().join(', ')}], ${width} wide`;
    throw contradiction(`tensor '${name}' is not as wide as the model`, name, got);
  }
}

function checkBlocks(tensors: readonly GgufTensor[], first: number, count: number): void {
  const blocks = new Set(tensors.flatMap(({ name }) => (name.startsWith('blk.') ? (blockOf(name) ?? []) : [])));
  for (let block = first; block < count && blocks.size > 0; block += 1) {
    if (blocks.has(block)) continue;
    throw contradiction(`block ${block} has no tensors`, `blk.${block}`, `${count} blocks expected`);
  }
}

/** A head can be the embedding, but not the other way round: no runtime starts without one. */
function checkEmbedding(tensors: readonly GgufTensor[]): void {
  const has = (name: string): boolean => tensors.some((tensor) => tensor.name === name);
  if (has('token_embd.weight') || !tensors.some(({ name }) => name.startsWith('blk.'))) return;
  const head = has('output.weight') ? ', only a head' : '';
  throw new SlipwayError('MODEL_INVALID', `the checkpoint has no embedding of tokens${head}`, {
    where: 'token_embd.weight',
    got: `${tensors.length} tensors, none of them an embedding`,
    try: [
      'save the model again with its embedding (safe_serialization may have dropped it as shared: tie_word_embeddings)',
      '--as-reference writes what llama.cpp would, which cannot be loaded',
    ],
  });
}

function checkLastNorm(tensors: readonly GgufTensor[]): void {
  const has = (name: string): boolean => tensors.some((tensor) => tensor.name === name);
  if (has('output_norm.weight') || !has('token_embd.weight') || !tensors.some(({ name }) => name.startsWith('blk.')))
    return;
  throw contradiction(
    'the checkpoint has no norm after its last block',
    'output_norm.weight',
    `${tensors.length} tensors`,
  );
}

function refuse(found: Contradiction | undefined): void {
  if (found !== undefined) throw contradiction(found.message, found.where, found.got);
}

/** What the down projection takes in is what the keys say, in every architecture that has a dense one. */
function checkFeedForward(tensors: readonly GgufTensor[], stated: GgufValue | undefined): void {
  for (const { name, dimensions } of tensors) {
    const block = /^blk\.(\d+)\.ffn_down\.weight$/.exec(name)?.[1];
    const length = block === undefined ? undefined : numberAt(stated, Number(block));
    if (length === undefined || dimensions[0] === length) continue;
    const got = `[${dimensions.toReversed().join(', ')}], intermediate_size ${length}`;
    throw contradiction(`tensor '${name}' contradicts the feed-forward length of config.json`, name, got);
  }
}

/** Rows of keys and values are as many as the key heads have together, where they have a matrix each. */
function checkHeads(tensors: readonly GgufTensor[], key: (name: string) => GgufValue | undefined): void {
  // Where some layers look at a window only, their heads can be shorter; linear and latent attention have others besides.
  const others = ['attention.key_length_swa', 'kda.head_dim', 'attention.kv_lora_rank'];
  if (others.some((name) => key(name) !== undefined)) return;
  const width = numberAt(key('embedding_length'), 0);
  for (const { name, dimensions } of tensors) {
    const [, block = '', part = ''] = /^blk\.(\d+)\.attn_([kv])\.weight$/.exec(name) ?? [];
    if (part === '') continue;
    const heads = numberAt(key('attention.head_count'), Number(block));
    const keyHeads = numberAt(key('attention.head_count_kv'), Number(block)) ?? heads;
    if (heads === undefined || keyHeads === undefined || width === undefined) continue;
    const length = numberAt(key(part === 'k' ? 'attention.key_length' : 'attention.value_length'), 0) ?? width / heads;
    if (dimensions[1] === keyHeads * length) continue;
    const got = `[${dimensions.toReversed().join(', ')}]; ${keyHeads} key heads of ${length} need ${keyHeads * length} rows`;
    throw contradiction(`tensor '${name}' contradicts the heads in config.json`, name, got);
  }
}

function numberAt(value: GgufValue | undefined, block: number): number | undefined {
  const found = value?.type === 'ARRAY' ? value.value[block] : value?.value;
  return typeof found === 'number' && found > 0 ? found : undefined;
}

/** A row of the embedding for every token, and no other. */
function checkVocabulary(tensors: readonly GgufTensor[], tokens: GgufValue | undefined): void {
  if (tokens?.type !== 'ARRAY') return;
  const count = tokens.value.length;
  for (const name of ['token_embd.weight', 'output.weight']) {
    const rows = tensors.find((tensor) => tensor.name === name)?.dimensions[1];
    if (rows === undefined || rows === count) continue;
    const what = name === 'output.weight' ? 'the output matrix' : 'the embedding';
    const message =
      rows < count
        ? `the vocabulary has more tokens than ${what} has rows`
        : `${what} has more rows than the vocabulary has tokens`;
    throw new SlipwayError('TOKENIZER_INVALID', message, {
      where: name,
      got: `${count} tokens, ${rows} rows`,
      try: [
        rows < count
          ? "compare 'vocab_size' in config.json with the shape of the embedding: the tokenizer may be another model's"
          : `write "vocab_size": ${rows} into config.json: rows without a token get a placeholder`,
        '--as-reference writes what llama.cpp would, which cannot be loaded',
      ],
    });
  }
}

function contradiction(message: string, where: string, got: string): SlipwayError {
  return new SlipwayError('MODEL_INVALID', message, {
    where,
    got,
    try: [
      'compare the shapes with config.json: one of them does not belong to this model',
      '--as-reference writes what llama.cpp would, which cannot be loaded',
    ],
  });
}
