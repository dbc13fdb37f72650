import {
  computed,
  concat,
  narrow,
  product,
  reshape,
  roundingOf,
  throughLayer,
  type TensorExpression,
} from '../expressions/index.js';
import { ggufBlock } from '../names/name-map.js';
import type { Family, NamedTensor, TensorRule } from './family.js';
import { textKeys } from './text-keys.js';

const EMBEDDING = 'flow_lm.conditioner.embed.weight';
const VOICE = 'flow_lm.bos_before_voice';
const FIRST_SOUND = 'flow_lm.bos_emb';
const INPUT = 'flow_lm.input_linear.weight';

/** The backbone of Pocket TTS. Vectors that begin a voice and a sound become tokens. */
export const pocketTtsText: Family = {
  names: ['PocketTTSModel'],
  gguf: 'pockettts',
  vocabulary: 'pocket-tts',
  plainConfig: true,
  gather: async (_repository, _config, { weights }) => ({
    learntTokens: ['<|pad|>', ...(weights.tensors.has(VOICE) ? ['<|bos_before_voice|>'] : []), '<|audio_bos|>'],
  }),
  ownTokens: ({ gathered }) => gathered.learntTokens ?? [],
  keys: [textKeys],
  rename: (name) => (name.startsWith('flow_lm.') ? name : undefined),
  tensors: (model) => [embedding((model.gathered.learntTokens ?? []).length > 2), ...layers()],
};

/** The table of embeddings, with the learnt vectors behind it: the first sound passes through the layer of inputs. */
function embedding(hasVoice: boolean): TensorRule {
  const parts = new Map<string, TensorExpression>();
  return {
    takes: (name) => name === EMBEDDING || name === VOICE || name === FIRST_SOUND || name === INPUT,
    apply: ({ name, tensor }) => {
      parts.set(name, tensor);
      const [table, voice, first, input] = [EMBEDDING, VOICE, FIRST_SOUND, INPUT].map((part) => parts.get(part));
      if (table === undefined || first === undefined || input === undefined) return [];
      if (hasVoice && voice === undefined) return [];
      parts.clear();
      const sound = throughLayer(reshape(first, [1, product(first.shape)]), { matrix: input });
      const rows = [...(voice === undefined ? [] : [voice]), sound].map((row) => asRow(row, table));
      return [{ name: 'token_embd.weight', tensor: concat([table, ...rows]), final: true }];
    },
    left: () => [...parts.keys()],
  };
}

function asRow(vector: TensorExpression, table: TensorExpression): TensorExpression {
  const row = reshape(vector, [1, product(vector.shape)]);
  if (table.dtype !== 'F16' || row.dtype === 'F16') return row;
  return computed(row, row.shape, (values) => values.map(roundingOf('F16')));
}

const PARTS: ReadonlyMap<string, string> = new Map([
  ['norm1', 'attn_norm'],
  ['norm2', 'ffn_norm'],
  ['self_attn.out_proj', 'attn_output'],
  ['linear1', 'ffn_up'],
  ['linear2', 'ffn_down'],
]);

function layers(): readonly TensorRule[] {
  return [
    {
      takes: (name) => name.startsWith('flow_lm.out_norm.'),
      apply: ({ name, tensor }) => [{ name: `output_norm${ending(name)}`, tensor, final: true }],
    },
    {
      takes: (name) => name.startsWith('flow_lm.transformer.layers.'),
      apply: ({ name, tensor }) => layer(name, tensor),
    },
    // What is left speaks: it belongs to the projector.
    { takes: (name) => name.startsWith('flow_lm.'), apply: () => [] },
  ];
}

function layer(name: string, tensor: TensorExpression): readonly NamedTensor[] {
  const key = /\.layers\.\d+\.(.+)\.[^.]+$/.exec(name)?.[1] ?? '';
  if (key === 'self_attn.in_proj') {
    const rows = Math.ceil((tensor.shape[0] ?? 0) / 3);
    return ['q', 'k', 'v'].map((letter, index) => ({
      name: `${ggufBlock(name)}.attn_${letter}.weight`,
      tensor: narrow(tensor, 0, index * rows, rows),
      final: true,
    }));
  }
  const part = PARTS.get(key);
  return part === undefined ? [] : [{ name: `${ggufBlock(name)}.${part}${ending(name)}`, tensor, final: true }];
}

function ending(name: string): string {
  return name.slice(name.lastIndexOf('.'));
}
