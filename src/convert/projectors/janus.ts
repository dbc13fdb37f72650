import { wrongShape } from '../expressions/index.js';
import { encoderKeys, numberOr, projectorType, useGelu, useSilu, visionEps } from './projector-keys.js';
import type { Projector } from './projector.js';
import { named, rule } from './tensor-rules.js';

const GENERATION = /^(?:model\.)?(?:vqmodel|generation_embeddings|generation_aligner|generation_head)\./;

/** Janus Pro: what it draws with is left out. */
export const janus: Projector = {
  names: ['JanusForConditionalGeneration'],
  settle: ({ vision }) => {
    const [ratio, width] = [vision.number('mlp_ratio'), vision.number('hidden_size')];
    if (vision.has('intermediate_size') || ratio === undefined || width === undefined) return {};
    return { vision: vision.with({ intermediate_size: Math.round(width * ratio) }) };
  },
  keys: function* (model) {
    yield* encoderKeys(model);
    yield projectorType('janus_pro');
    yield visionEps(numberOr(model.vision, 'layer_norm_eps', 1e-6));
    const act = (model.vision.string('hidden_act') ?? '').toLowerCase();
    if (act === 'gelu') yield useGelu;
    if (act === 'silu') yield useSilu;
  },
  keep: (name) => (GENERATION.test(name) ? undefined : name),
  tensors: () => [
    rule(
      (name) => /^(?:model\.)?aligner\./.test(name),
      ({ name, tensor }) => {
        const part = /^(?:model\.)?aligner\.(?:fc1|hidden_layers\.(\d+))\..*?(bias|weight)?$/.exec(name);
        if (part === null) throw wrongShape(tensor, `is called '${name}', which no aligner has`);
        const place = part[1] === undefined ? 0 : Number(part[1]) + 1;
        return [named(`mm.${place}.${part[2] === 'bias' ? 'bias' : 'weight'}`, tensor)];
      },
    ),
    rule(
      (name) => !/^(?:model\.)?vision_model\./.test(name),
      () => [],
    ),
  ],
};
