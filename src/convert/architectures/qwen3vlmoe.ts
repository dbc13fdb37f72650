import { narrow, transpose } from '../expressions/index.js';
import { isJsonObject, jsonField } from '../../files/index.js';
import type { Family, KeyRule, Model, TensorRule } from './family.js';
import { constant, uint } from './keys.js';
import { qwen3vl } from './qwen-vl.js';
import { qwen2moe } from './qwen2.js';

const CHAT_ML =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

const turnEnds: readonly KeyRule[] = [
  uint('tokenizer.ggml.bos_token_id', turnEnd),
  uint('tokenizer.ggml.eos_token_id', turnEnd),
];

/** Id of the token that ends a turn, as tokenizer_config.json declares it. */
function turnEnd({ tokenizerConfig }: Model): number | undefined {
  for (const [id, token] of tokenizerConfig.object('added_tokens_decoder')?.entries() ?? []) {
    if (isJsonObject(token) && jsonField(token, 'content') === '<|im_end|>') return Number(id);
  }
  return undefined;
}

/** The language model of Qwen3-VL with experts, which are stored together, inputs first. */
export const qwen3vlmoe: Family = {
  ...qwen2moe,
  names: ['Qwen3VLMoeForConditionalGeneration'],
  gguf: 'qwen3vlmoe',
  keys: [
    ...qwen2moe.keys,
    uint(
      'n_deepstack_layers',
      ({ config }) => (config.object('vision_config')?.numbers('deepstack_visual_indexes') ?? []).length,
    ),
  ],
  rename: (name) => name.replaceAll('thinker.', ''),
  tensors: (model) => [down(), gateUp(), ...(qwen2moe.tensors?.(model) ?? [])],
};

/** The language model of Qwen3-Omni. Turns end with the token that begins and ends texts, too. */
export const qwen3omni: Family = {
  ...qwen3vlmoe,
  names: ['Qwen3OmniMoeForConditionalGeneration'],
  keys: [...qwen3vlmoe.keys, uint('n_deepstack_layers', () => 0)],
  lastKeys: turnEnds,
};

/** The language model of Qwen3-ASR, which writes down what it hears. */
export const qwen3asr: Family = {
  ...qwen3vl,
  names: ['Qwen3ASRForConditionalGeneration'],
  keys: [...qwen3vl.keys, uint('n_deepstack_layers', () => 0)],
  lastKeys: [constant('tokenizer.chat_template', CHAT_ML), ...turnEnds],
};

function down(): TensorRule {
  return {
    takes: (name) => /mlp\.experts\.down_proj(?:\.weight)?$/.test(name),
    apply: ({ name, tensor }) => [
      { name: `${name.replace(/\.weight$/, '')}.weight`, tensor: transpose(tensor), settled: true },
    ],
  };
}

function gateUp(): TensorRule {
  return {
    takes: (name) => /mlp\.experts\.gate_up_proj(?:\.weight)?$/.test(name),
    apply: ({ name, tensor }) => {
      const half = Math.floor((tensor.shape.at(-1) ?? 0) / 2);
      const base = name.replace(/\.gate_up_proj(?:\.weight)?$/, '');
      return [
        { name: `${base}.gate_proj.weight`, tensor: transpose(narrow(tensor, -1, 0, half)), settled: true },
        { name: `${base}.up_proj.weight`, tensor: transpose(narrow(tensor, -1, half, half)), settled: true },
      ];
    },
  };
}
