import { SlipwayError } from '../../core/index.js';
import { isJsonObject } from '../../files/index.js';
import { concat, throughLayer, type TensorExpression } from '../expressions/index.js';
import type { Values } from '../config/config-values.js';
import type { Family, Model, TensorRule } from './family.js';
import { bool, integers, uint } from './keys.js';
import { textKeys } from './text-keys.js';

/** Codes at the end of the vocabulary that say something beside sounds; only the end of a sound may be spoken. */
const MARKS = 1024;

/** The part of Qwen3 TTS that speaks: tokens of texts and codes of sounds in one table. */
export const qwen3TtsText: Family = {
  names: ['Qwen3TTSForConditionalGeneration'],
  gguf: 'qwen3tts',
  vocabulary: 'qwen3-tts',
  ownTokens: codeNames,
  adjust: (config) => {
    const talker = talkerOf(config);
    return config.with(talker.entries()).with([['vocab_size', talker.count('text_vocab_size')]]);
  },
  keys: [
    textKeys,
    ({ config }) => {
      const [size, end] = sizes(config);
      const marks = Array.from({ length: MARKS }, (_, index) => size - MARKS + index).filter((token) => token !== end);
      return [['tokenizer.ggml.suppress_tokens', integers('tokenizer.ggml.suppress_tokens', marks)]];
    },
    uint('tokenizer.ggml.eos_token_id', ({ config }) => sizes(config)[1]),
    bool('tokenizer.ggml.add_eos_token', () => false),
  ],
  rename: (name) =>
    name.startsWith('talker.') && !name.startsWith('talker.code_predictor.') ? name.slice('talker.'.length) : undefined,
  tensors: (model) => [
    {
      takes: (name) => name === 'codec_head.weight',
      apply: ({ tensor }) => [{ name: 'output.weight', tensor, final: true }],
    },
    table(model),
  ],
};

function talkerOf(config: Values): Values {
  const talker = config.object('talker_config');
  if (talker === undefined) throw config.missing('talker_config');
  return talker;
}

/** Rows of the whole table, and the code that ends a sound. */
function sizes(config: Values): readonly [size: number, end: number] {
  const text = config.count('vocab_size');
  const talker = talkerOf(config);
  return [text + talker.count('vocab_size'), text + talker.count('codec_eos_token_id')];
}

/** Every code has a number for a name, and those that the configuration calls by a name have that. */
function codeNames({ config }: Model): readonly string[] {
  const talker = talkerOf(config);
  const names = Array.from({ length: talker.count('vocab_size') }, (_, code) => `<|codec_${code}|>`);
  const call = (code: unknown, name: string): void => {
    if (typeof code !== 'number' || !(code in names)) throw talker.missing(`a code below ${names.length} for ${name}`);
    names[code] = name;
  };
  for (const [key, value] of talker.entries()) {
    if (!key.endsWith('_id')) continue;
    const prefix = key.slice(0, -'_id'.length);
    if (typeof value === 'number') call(value, `<|${prefix}|>`);
    else if (isJsonObject(value)) {
      for (const [part, code] of Object.entries(value)) call(code, `<|${prefix}_${part}|>`);
    }
  }
  return names;
}

const TEXT = 'model.text_embedding.weight';
const CODES = 'model.codec_embedding.weight';
const LAYERS = ['linear_fc1.weight', 'linear_fc1.bias', 'linear_fc2.weight', 'linear_fc2.bias'].map(
  (part) => `text_projection.${part}`,
);

/** Embeddings of texts, which pass through two layers once and for all, and those of codes behind them. */
function table({ config }: Model): TensorRule {
  const parts = new Map<string, TensorExpression>();
  return {
    takes: (name) => name === TEXT || name === CODES || LAYERS.includes(name),
    apply: ({ name, tensor }) => {
      parts.set(name, tensor);
      const [text, codes, matrix1, bias1, matrix2, bias2] = [TEXT, CODES, ...LAYERS].map((part) => parts.get(part));
      if (text === undefined || codes === undefined || matrix1 === undefined || bias1 === undefined) return [];
      if (matrix2 === undefined || bias2 === undefined) return [];
      parts.clear();
      const hidden = throughLayer(text, { matrix: matrix1, bias: bias1, activation: activationOf(config) });
      const folded = throughLayer(hidden, { matrix: matrix2, bias: bias2 });
      return [{ name: 'token_embd.weight', tensor: concat([folded, codes]), final: true }];
    },
    left: () => [...parts.keys()],
  };
}

function activationOf(config: Values): (value: number) => number {
  const name = config.string('hidden_act');
  if (name === 'silu') return (value) => value / (1 + Math.exp(-value));
  if (name === 'relu') return (value) => Math.max(0, value);
  throw new SlipwayError(
    'ARCH_UNSUPPORTED',
    `a Qwen3 TTS with the activation '${String(name).slice(0, 80)}' is not known`,
    {
      where: 'config.json: talker_config.hidden_act',
      try: "every published one has 'silu'",
    },
  );
}
