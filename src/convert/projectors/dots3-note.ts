import type { JsonObject } from '../../files/index.js';
import type { Values } from '../config/config-values.js';
import { stackExperts } from '../architectures/tensor-rules.js';
import type { Key, TensorRule } from '../architectures/family.js';
import { blockOf } from '../names/name-map.js';
import {
  audioEps,
  encoderKeys,
  ints,
  pixelLimits,
  text,
  uint,
  unsupported,
  useSilu,
  visionEps,
} from './projector-keys.js';
import type { PlannedProjector, Projector, ProjectorModel } from './projector.js';
import { chunks, renaming, rule } from './tensor-rules.js';

/** dots3-note: a pyramid of experts sees, an encoder with gated layers hears. */
export const dots3note: Projector = {
  names: ['Dots3NoteForCausalLM', 'Dots3NoteForConditionalGeneration'],
  encoders: ['vision', 'audio'],
  find: (config) => ({ vision: config.object('vision_config'), audio: sound(config) }),
  settle: (model) => {
    check(model);
    const { vision, preprocessor } = model;
    return {
      preprocessor: preprocessor.with(preprocessor.object('vision_config')?.entries() ?? []),
      vision: vision.with({ hidden_size: vision.find('embed_dim') ?? null, image_size: 0 }),
    };
  },
  keys,
  keep: (name) => (/^(?:vision|audio)_encoder\./.test(name) ? name : undefined),
  tensors: (model) => [
    renaming(
      (name) => /\.(?:gate_weight|router_bias)$/.test(name),
      (name) => `${name}.weight`,
    ),
    rule(
      (name) => name.includes('.speech_encoder.layers.') && name.includes('.fc1.'),
      ({ name, tensor }) =>
        chunks(tensor, 2).map((part, index) => ({
          name: name.replaceAll('.fc1.', index === 0 ? '.fc1_gate.' : '.fc1_up.'),
          tensor: part,
        })),
    ),
    experts(model),
  ],
  force: (name) => {
    const wide = ['.ffn_gate_inp.', '.exp_probs_b.', '.conv2d', 'a.conv_out'];
    return wide.some((part) => name.includes(part)) ? 'F32' : undefined;
  },
};

function sound(config: Values): Values | undefined {
  const audio = config.object('audio_config');
  const whisper = audio?.object('whisper_config');
  const sizes: JsonObject = {
    hidden_size: whisper?.find('d_model') ?? null,
    intermediate_size: whisper?.find('encoder_ffn_dim') ?? null,
    num_attention_heads: whisper?.find('encoder_attention_heads') ?? null,
    num_hidden_layers: whisper?.find('encoder_layers') ?? null,
  };
  return audio?.with(sizes);
}

function check({ vision, audio }: ProjectorModel): void {
  const setting = (values: Values | undefined, name: string): unknown => values?.find(name);
  const seen: readonly (readonly [string, boolean])[] = [
    ['adapter_type', setting(vision, 'adapter_type') === 'patch_merger'],
    ['pre_pixel_shuffle', Boolean(setting(vision, 'pre_pixel_shuffle'))],
    ['router_scoring_func', (setting(vision, 'router_scoring_func') ?? 'sigmoid') === 'sigmoid'],
    ['router_scale', (setting(vision, 'router_scale') ?? 1) === 1],
    ['temporal_patch_size', (setting(vision, 'temporal_patch_size') ?? 1) === 1],
    ['use_bias', !setting(vision, 'use_bias')],
    ['use_qk_norm', Boolean(setting(vision, 'use_qk_norm'))],
  ];
  const rope = audio.object('rope_parameters');
  const heard: readonly (readonly [string, boolean])[] = [
    ...['use_conv2d_stem', 'use_rope', 'use_rms_norm'].map((name) => [name, Boolean(setting(audio, name))] as const),
    ['use_causal', !setting(audio, 'use_causal')],
    ['activation_function', setting(audio.object('whisper_config'), 'activation_function') === 'swiglu'],
    ['merge_factor', (setting(audio, 'merge_factor') ?? 1) === 1],
    ['chunk_seconds', setting(audio, 'chunk_seconds') === 60],
    ['rope_parameters', setting(rope, 'partial_rotary_factor') === 0.5 && setting(rope, 'rope_theta') === 10_000],
  ];
  const wrong = [...seen, ...heard].find(([, fits]) => !fits);
  if (wrong !== undefined) throw unsupported(`this '${wrong[0]}'`, wrong[0]);
}

/** Routed experts of each block, 0 for a block without. */
function pyramid({ vision }: ProjectorModel): readonly number[] {
  return (vision.numbers('pyramid_num_routed') ?? []).map((count) => Math.max(0, count));
}

/** Every block has experts in a number of its own. */
function experts(model: ProjectorModel): TensorRule {
  const stacks = new Map<number, TensorRule>();
  const counts = pyramid(model);
  return {
    takes: (name) => name.includes('.mlp.experts.'),
    apply: (tensor) => {
      const block = blockOf(tensor.name) ?? 0;
      const stack = stacks.get(block) ?? stackOf(counts[block] ?? 0);
      stacks.set(block, stack);
      return stack.apply(tensor);
    },
    left: () => [...stacks.values()].flatMap((stack) => stack.left?.() ?? []),
  };
}

function stackOf(count: number): TensorRule {
  return stackExperts({
    marker: '.mlp.experts.',
    count,
    parts: ['fc1', 'fc2', 'fc3'],
    source: (block, expert, part) => `vision_encoder.blocks.${block}.mlp.experts.${expert}.${part}.weight`,
    target: (block, part) => `vision_encoder.blocks.${block}.mlp.experts.${part}.weight`,
  });
}

function* keys(model: PlannedProjector): Iterable<Key> {
  const { vision, audio } = model;
  yield* encoderKeys(model);
  yield text('vision.projector_type', 'dots3note_v');
  yield useSilu;
  yield visionEps(vision.need('rms_norm_eps'));
  yield uint('vision.spatial_merge_size', vision.need('spatial_merge_size'));
  yield* pixelLimits(model, 'min', 'max');
  yield* ints('vision.expert_count_per_layer', pyramid(model));
  yield uint('vision.expert_used_count', Math.trunc(vision.need('capacity_factor')));
  yield text('audio.projector_type', 'dots3note_a');
  yield uint('audio.num_mel_bins', audio.object('whisper_config')?.need('num_mel_bins') ?? 0);
  yield audioEps(1e-6);
}
