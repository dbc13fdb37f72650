import { jsonField } from '../../files/index.js';
import { concat, narrow } from '../expressions/index.js';
import type { Repository } from '../repository.js';
import { tokenIds } from '../tokenizers/index.js';
import type { Values } from '../config/config-values.js';
import type { Family, Gathered, KeyRule, Model, TensorRule } from './family.js';
import { constant, uint } from './keys.js';
import { POOLING } from './pooling.js';
import { qwen2, qwen2moe } from './qwen2.js';

/** How a query and a document are put to a reranker. */
const RERANK_TEMPLATE =
  '<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct provided. ' +
  'Note that the answer can only be "yes" or "no".<|im_end|>\n' +
  '<|im_start|>user\n<Instruct>: Given a web search query, retrieve relevant passages that answer the query\n' +
  '<Query>: {query}\n<Document>: {document}<|im_end|>\n' +
  '<|im_start|>assistant\n<think>\n\n</think>\n\n';

/** Qwen3, dense. A reranker keeps of the output matrix what says "yes" and "no". */
export const qwen3: Family = {
  ...qwen2,
  names: ['Qwen3ForCausalLM', 'Qwen3Model', 'StepVLForConditionalGeneration'],
  gguf: 'qwen3',
  keys: [...qwen2.keys, rerankKeys],
  gather: async (repository, config) => gatherAnswers(repository, config),
  rename: (name) => name,
  tensors: (model) => rerankOutput(model),
};

/** Qwen3 with experts. */
export const qwen3moe: Family = { ...qwen2moe, names: ['Qwen3MoeForCausalLM'], gguf: 'qwen3moe' };

/** RND1, which refines a text in all places at once. */
export const rnd1: Family = {
  ...qwen2moe,
  names: ['RND1'],
  gguf: 'rnd1',
  keys: [
    ...qwen2moe.keys,
    constant('attention.causal', false),
    uint('tokenizer.ggml.mask_token_id', ['mask_token_id']),
  ],
};

/** Rerankers are known by their names and by their model cards only. */
async function isReranker({ directoryName, config, text }: Repository): Promise<boolean> {
  const card = (await text('README.md'))?.toLowerCase() ?? '';
  if (card.includes('# qwen3-reranker') || card.includes('# qwen3-vl-reranker')) return true;
  const hints = [directoryName, jsonField(config, '_name_or_path'), jsonField(config, 'model_type')];
  return hints.some((hint) => typeof hint === 'string' && /qwen3-(?:vl-)?reranker/.test(hint.toLowerCase()));
}

async function gatherAnswers(repository: Repository, config: Values): Promise<Gathered> {
  if (!(await isReranker(repository))) return {};
  const [yes, no] = await tokenIds(repository, ['yes', 'no']);
  if (yes === undefined || no === undefined) throw config.missing('yes', 'no');
  return { answers: { yes, no } };
}

/** Written before the vocabulary's keys. */
function* rerankKeys({ gathered }: Model): ReturnType<KeyRule> {
  if (gathered.answers === undefined) return;
  yield ['pooling_type', { type: 'UINT32', value: POOLING.rank }];
  yield ['classifier.output_labels', { type: 'ARRAY', items: 'STRING', value: ['yes', 'no'] }];
  yield ['tokenizer.chat_template.rerank', { type: 'STRING', value: RERANK_TEMPLATE }];
  yield ['tokenizer.chat_templates', { type: 'ARRAY', items: 'STRING', value: ['rerank'] }];
}

/** The two rows of the output matrix, which may be the embedding, as a classifier's. */
function rerankOutput({ config, gathered: { answers } }: Model): readonly TensorRule[] {
  if (answers === undefined) return [];
  const tied = config.boolean('tie_word_embeddings') === true;
  return [
    {
      takes: (name) => name.includes(tied ? 'embed_tokens' : 'lm_head'),
      apply: (named) => {
        const rows = [answers.yes, answers.no].map((id) => narrow(named.tensor, 0, id, 1));
        const classifier = { name: 'cls.output.weight', tensor: concat(rows), final: true };
        return tied ? [classifier, { ...named, settled: true }] : [classifier];
      },
    },
  ];
}
