import { SlipwayError } from '../../core/index.js';
import type { Family, Model } from './family.js';
import { float, when } from './keys.js';
import { llama, llamaKeys } from './llama.js';

const isMinistral3 = ({ config }: Model): boolean => config.string('model_type') === 'ministral3';

/** The language model of Mistral Small 3.1 and of Ministral 3. */
export const mistral3: Family = {
  ...llama,
  names: ['Mistral3ForConditionalGeneration', 'Ministral3ForCausalLM'],
  gguf: 'mistral3',
  applies: (config) => config.string('model_type') !== 'mistral4',
  keys: [
    llamaKeys,
    when(
      isMinistral3,
      float('rope.scaling.yarn_log_multiplier', ({ rope }) => {
        if (rope.string('rope_type') === 'yarn') return rope.need('mscale_all_dim');
        throw new SlipwayError('MODEL_INVALID', "Ministral 3 needs the rope type 'yarn'", { where: 'config.json' });
      }),
      float('attention.temperature_scale', ({ rope }) => rope.need('llama_4_scaling_beta')),
    ),
  ],
};
