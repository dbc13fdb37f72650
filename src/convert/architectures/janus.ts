import type { Family } from './family.js';
import { llama } from './llama.js';

/** What Janus has beside its language model. */
const BESIDE_TEXT = [
  'model.vision_model.',
  'model.aligner.',
  'model.vqmodel.',
  'model.generation_embeddings.',
  'model.generation_aligner.',
  'model.generation_head.',
];

/** The language model of Janus Pro. */
export const janus: Family = {
  ...llama,
  names: ['JanusForConditionalGeneration'],
  rename: (name) =>
    BESIDE_TEXT.some((prefix) => name.startsWith(prefix)) ? undefined : name.replaceAll('language_model.', ''),
};

/** The language model of Sarashina 2.2 Vision. */
export const sarashinaVision: Family = {
  ...llama,
  names: ['Sarashina2VisionForCausalLM'],
  rename: (name) => (name.startsWith('llm.') ? name.slice('llm.'.length) : name.startsWith('norm.') ? undefined : name),
};
