import { SlipwayError } from '../core/index.js';
import type { WeightTensor } from '../safetensors/index.js';
import type { Family, Model, NamedTensor, TensorRule } from './architectures/family.js';
import { adapterRefusal } from './refused-adapter.js';
import { factorsOf, fromWeights, productOf, transpose, widen, type TensorExpression } from './expressions/index.js';
import { keptName } from './kept-names.js';
import { blockOf, nameMap, type NameMap } from './names/name-map.js';
import { applyRules } from './plan-tensors.js';
import type { ComputedTensor } from './planned-tensor.js';
import { convertedType, type FixedOutputType } from './tensor-types.js';

const FIRST = ['.lora_A.weight', '.lora_embedding_A'];
const SECOND = ['.lora_B.weight', '.lora_embedding_B'];

/**
 * The tensors of an adapter under the names of the base model's: matrices as products of their factors, norms as they
 * are and before all others. Throws `ADAPTER_UNSUPPORTED`, `MODEL_INVALID`.
 */
export function pairedFactors(tensors: readonly WeightTensor[], family: Family, model: Model): readonly NamedTensor[] {
  const pairs = new Map<string, { a?: TensorExpression; b?: TensorExpression }>();
  const whole: NamedTensor[] = [];
  for (const tensor of tensors) {
    const name = baseName(tensor.name, family, model);
    if (name === undefined) continue;
    const [isFirst, isSecond] = [FIRST, SECOND].map((marks) => marks.some((mark) => tensor.name.includes(mark)));
    const expression = fromWeights(tensor);
    if (isFirst !== true && isSecond !== true) {
      if (tensor.name.includes('.base_layer.weight')) continue;
      if (!tensor.name.includes('_layernorm') && !tensor.name.includes('.norm')) throw unexpected(tensor.name);
      whole.push({ name, tensor: expression });
      continue;
    }
    const pair = pairs.get(name) ?? {};
    pairs.set(name, isFirst === true ? { ...pair, a: expression } : { ...pair, b: expression });
  }
  const products = [...pairs].map(([name, { a, b }]): NamedTensor => {
    if (a === undefined || b === undefined) {
      throw new SlipwayError('MODEL_INVALID', `the adapter has one matrix of two for '${name}'`, { where: name });
    }
    return { name, tensor: a.dtype === b.dtype ? productOf({ a, b }) : productOf({ a: widen(a), b: widen(b) }) };
  });
  return [...whole, ...products];
}

/** The base model's tensor that an adapter's belongs to; `undefined` for one that the language model does not have. */
function baseName(name: string, family: Family, model: Model): string | undefined {
  let base = name.replaceAll('base_model.model.', '');
  for (const mark of [...FIRST, ...SECOND]) base = base.replaceAll(mark, '.weight');
  const renamed = family.rename === undefined ? base : family.rename(base, model);
  return renamed === undefined ? undefined : keptName(renamed);
}

function unexpected(name: string): SlipwayError {
  if (name.includes('lora_magnitude_vector')) {
    return adapterRefusal('DoRA scales the rows of the base model, which llama.cpp does not do', name);
  }
  const isVocabulary = name.includes('.embed_tokens.weight') || name.includes('.lm_head.weight');
  const why = isVocabulary
    ? 'it holds a whole embedding (modules_to_save), as after tokens were added'
    : `'${name.slice(0, 120)}' is stored whole (modules_to_save), not as two matrices`;
  return adapterRefusal(why, name);
}

/** Names, order and types of an adapter's tensors: both factors of every matrix, norms whole. */
export function planAdapter(
  tensors: readonly NamedTensor[],
  family: Family,
  model: Model,
  output: FixedOutputType,
): readonly ComputedTensor[] {
  const names = nameMap(family.gguf, model.blockCount);
  const rules: readonly TensorRule[] = family.tensors?.(model) ?? [];
  const planned: ComputedTensor[] = [];
  for (const named of tensors) {
    const results = applyRules(rules, named);
    if (named.name === 'lm_head.weight' && results.length === 0) {
      throw adapterRefusal('it changes lm_head, which the base model shares with its embedding', 'target_modules');
    }
    for (const result of results) {
      const name = result.final === true ? result.name : mapped(result.name, names, model);
      for (const part of parts(name, result.tensor)) {
        const forced = family.force?.(part.name, model, { source: named.name, output, stored: undefined });
        const type = convertedType(part.name, part.tensor.shape, output, names, forced, blockOf(named.name));
        planned.push({ ...part, type });
      }
    }
  }
  const skipped = rules.flatMap((rule) => rule.left?.() ?? []);
  if (skipped.length > 0) {
    throw new SlipwayError('MODEL_INVALID', 'tensors that belong together are not all there', {
      where: skipped[0] ?? '',
      got: `${skipped.length} without the rest`,
    });
  }
  return planned;
}

function mapped(name: string, names: NameMap, model: Model): string {
  const found = names.map(name);
  if (found !== undefined) return found;
  throw new SlipwayError('ARCH_UNSUPPORTED', `${model.className} is not known to have a tensor '${name}'`, {
    where: name,
    try: 'check that --base is the model that the adapter was trained on',
  });
}

function parts(name: string, tensor: TensorExpression): readonly { name: string; tensor: TensorExpression }[] {
  const factors = factorsOf(tensor);
  if (name.includes('_norm')) {
    if (factors !== undefined || tensor.shape.length !== 1) throw adapterRefusal('it changes a norm as a matrix', name);
    return [{ name, tensor }];
  }
  if (factors === undefined) throw adapterRefusal(`'${name}' is not a product of two matrices`, name);
  const a = name.includes('token_embd.weight') ? transpose(factors.a) : factors.a;
  return [
    { name: `${name}.lora_a`, tensor: a },
    { name: `${name}.lora_b`, tensor: factors.b },
  ];
}
