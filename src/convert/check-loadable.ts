import { SlipwayError } from '../core/index.js';
import type { GgufTensor, GgufValue } from '../gguf/index.js';
import type { Conversion } from './convert-content.js';
import { blockOf } from './names/name-map.js';

/** Tensors whose rows are as long as the model is wide, in every architecture that has them. */
const MODEL_WIDE = /^(?:token_embd|output|output_norm|blk\.\d+\.attn_norm)\.weight$/;

/**
 * Refuses tensors that contradict the keys beside them, where every architecture agrees on what belongs together: the
 * reference writes such a file, but llama.cpp cannot load it. Throws `MODEL_INVALID`, `TOKENIZER_INVALID`.
 */
export function checkLoadable({ architecture, content }: Pick<Conversion, 'architecture' | 'content'>): void {
  const { metadata, tensors } = content;
  if (tensors.length === 0) return;
  const number = (key: string): number | undefined => {
    const entry = metadata.get(`${architecture}.${key}`);
    return entry?.type === 'UINT32' ? entry.value : undefined;
  };
  checkWidth(tensors, number('embedding_length'));
  checkBlocks(tensors, (number('block_count') ?? 0) - (number('nextn_predict_layers') ?? 0));
  checkVocabulary(tensors, metadata.get('tokenizer.ggml.tokens'));
}

function checkWidth(tensors: readonly GgufTensor[], width: number | undefined): void {
  for (const { name, dimensions } of tensors) {
    if (width === undefined || !MODEL_WIDE.test(name) || dimensions[0] === width) continue;
    const got = `[${dimensions.toReversed().join(', ')}], ${width} wide`;
    throw contradiction(`tensor '${name}' is not as wide as the model`, name, got);
  }
}

function checkBlocks(tensors: readonly GgufTensor[], count: number): void {
  const blocks = new Set(tensors.flatMap(({ name }) => (name.startsWith('blk.') ? (blockOf(name) ?? []) : [])));
  for (let block = 0; block < count && blocks.size > 0; block += 1) {
    if (blocks.has(block)) continue;
    throw contradiction(`block ${block} has no tensors`, `blk.${block}`, `${count} blocks expected`);
  }
}

function checkVocabulary(tensors: readonly GgufTensor[], tokens: GgufValue | undefined): void {
  const rows = tensors.find(({ name }) => name === 'token_embd.weight')?.dimensions[1];
  if (rows === undefined || tokens?.type !== 'ARRAY' || tokens.value.length <= rows) return;
  throw new SlipwayError('TOKENIZER_INVALID', 'the vocabulary has more tokens than the embedding has rows', {
    where: 'token_embd.weight',
    got: `${tokens.value.length} tokens, ${rows} rows`,
    try: "compare 'vocab_size' in config.json with the shape of the embedding",
  });
}

function contradiction(message: string, where: string, got: string): SlipwayError {
  return new SlipwayError('MODEL_INVALID', message, {
    where,
    got,
    try: 'compare the shapes with config.json: one of them does not belong to this model',
  });
}
