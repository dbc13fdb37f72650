import type { JsonValue } from '../../files/index.js';
import { isJsonObject } from '../../files/index.js';
import type { Family, KeyRule, Model } from './family.js';
import { constant } from './keys.js';
import { poolingKeys } from './pooling.js';
import { textKeys } from './text-keys.js';

/** Parts of a checkpoint that embeddings do not need. */
const UNUSED = new Set(['embeddings.position_ids', 'pooler.dense.weight', 'pooler.dense.bias']);

/** BERT as an encoder of sentences. */
export const bert: Family = {
  names: ['BertModel', 'BertForMaskedLM', 'CamembertModel', 'BertForSequenceClassification'],
  gguf: 'bert',
  vocabulary: 'wordpiece',
  tokenTypes,
  keys: [textKeys, constant('attention.causal', false), poolingKeys, classifierLabels],
  rename: (name, model) => {
    const short = name
      .replace(/^bert\./, '')
      .replace(/\.gamma$/, '.weight')
      .replace(/\.beta$/, '.bias');
    if (UNUSED.has(short) || short.startsWith('cls.predictions') || short.startsWith('cls.seq_relationship')) {
      return undefined;
    }
    return labels(model) === undefined
      ? short
      : short.replace(/^classifier\.(?=weight$|bias$)/, 'classifier.out_proj.');
  },
};

/** `type_vocab_size`, one when it is not given. */
export function tokenTypes({ config }: Model): number {
  return config.has('type_vocab_size') ? config.count('type_vocab_size') : 1;
}

/** Names of a classifier's outputs. */
export function* classifierLabels(model: Model): ReturnType<KeyRule> {
  const value = labels(model);
  if (value !== undefined) yield ['classifier.output_labels', { type: 'ARRAY', items: 'STRING', value }];
}

/** Labels in the order of their ids; none when they are the two that transformers makes up. */
export function labels({ config }: Model): readonly string[] | undefined {
  const map: JsonValue | undefined = config.find('id2label');
  if (!isJsonObject(map)) return undefined;
  const sorted = Object.entries(map).toSorted(([a], [b]) => Number(a) - Number(b));
  const names = sorted.map(([, label]) => (typeof label === 'string' ? label : JSON.stringify(label)));
  return names.length === 0 || (names.length === 2 && names[0] === 'LABEL_0') ? undefined : names;
}
