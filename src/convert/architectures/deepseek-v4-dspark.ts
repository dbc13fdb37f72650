import { inLayers, ROOT_NAMES } from './deepseek-v4-names.js';
import { attentionKeys, deepseek4, expertsOf } from './deepseek-v4.js';
import type { Family } from './family.js';
import { integers, uint } from './keys.js';

/** Tensors of a draft outside of its layers, and what a GGUF calls them. */
const DRAFT_NAMES: ReadonlyMap<string, string> = new Map([
  ...ROOT_NAMES,
  ['main_proj.weight', 'fc.weight'],
  ['main_norm.weight', 'enc.output_norm.weight'],
  ['markov_head.markov_w1.weight', 'markov_w1.weight'],
  ['markov_head.markov_w2.weight', 'markov_w2.weight'],
  ['confidence_head.proj.weight', 'conf_proj.weight'],
]);
const OUTSIDE: ReadonlySet<string> = new Set([
  ...[...DRAFT_NAMES.keys()].filter((name) => name !== 'embed.weight' && name !== 'head.weight'),
  'main_proj.scale',
]);

/** The draft that a checkpoint of DeepSeek V4 may have beside its model (`--dspark`). */
export const deepseek4Dspark: Family = {
  ...deepseek4,
  names: ['DeepseekV4DSparkModel'],
  gguf: 'dflash',
  draft: undefined,
  vocabularyOf: 'target',
  adjust: (config) => config.with([['num_hash_layers', 0]]),
  blockCount: (_config, names) => {
    let last = -1;
    for (const name of names) last = Math.max(last, Number(/^mtp\.(\d{1,4})\.(?=.)/.exec(inside(name))?.[1] ?? -1));
    return last + 1;
  },
  keys: [
    ...attentionKeys(({ blockCount }) => Array.from({ length: blockCount }, () => 0)),
    uint('block_size', ({ config }) => config.count('dspark_block_size')),
    ({ config }) => [
      [
        'target_layers',
        integers(
          'target_layers',
          (config.numbers('dspark_target_layer_ids') ?? []).map((layer) => layer + 1),
        ),
      ],
    ],
  ],
  lastKeys: [uint('tokenizer.ggml.mask_token_id', ({ config }) => config.count('dspark_noise_token_id'))],
  rename: (name) => {
    const [, layer, rest = ''] = /^mtp\.(\d+)\.(.+)$/.exec(name) ?? [];
    if (layer === undefined || /^ffn\.experts\.\d+\.w[123]\.(?:weight|scale)$/.test(rest)) return undefined;
    return OUTSIDE.has(rest) ? rest : `layers.${layer}.${rest}`;
  },
  finished: function* (model, { tensors }) {
    for (let block = 0; block < model.blockCount; block += 1) yield* expertsOf(model, block, `mtp.${block}`, tensors);
  },
  extra: () => [],
  tensors: () => [
    { takes: (name) => /\.ffn\.gate\.(?:bias_vl|tid2eid)$/.test(name), apply: () => [] },
    inLayers(DRAFT_NAMES),
  ],
};

/** A tensor of a layer; what stands outside does not count. */
function inside(name: string): string {
  return OUTSIDE.has(name.replace(/^mtp\.\d+\./, '')) ? '' : name;
}
