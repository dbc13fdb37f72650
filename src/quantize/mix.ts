import { SlipwayError } from '../core/index.js';
import { tensorType, type TensorInfo, type TensorType } from '../gguf/index.js';
import type { FileTypeName } from './file-types.js';
import {
  applyRule,
  ATTENTION_KEY_QUERY,
  ATTENTION_VALUE,
  attentionOutput,
  FEWEST_BITS,
  fewestBits,
  FFN_DOWN,
  FFN_GATE_UP,
  OUTPUT_Q5_K,
  TOKEN_EMBEDDING,
  type Situation,
} from './mix-rules.js';
import type { MixFacts } from './mix-facts.js';
import { isAttentionValue, type TensorCategory } from './tensor-category.js';

/** What is the same for all tensors of one mix. */
export interface MixContext {
  readonly fileType: FileTypeName;
  /** What most tensors become. */
  readonly standard: TensorType;
  readonly facts: MixFacts;
  readonly hasImatrix: boolean;
  /** No `output.weight`: the token embedding serves as output, too. */
  readonly tied: boolean;
  /** Attention values in the model. */
  readonly attentionValues: number;
  readonly outputTensorType: TensorType | undefined;
  readonly tokenEmbeddingType: TensorType | undefined;
}

/**
 * Chooses tensor types as llama.cpp's quantizer (llama-quant.cpp) does. It counts tensors as they come: call it once
 * for each tensor, in the order in which the reference goes through them.
 */
export class Mix {
  readonly #context: MixContext;
  readonly #seen = { value: 0, down: 0, gate: 0, up: 0 };

  constructor(context: MixContext) {
    this.#context = context;
  }

  /** The type that this mix wants for a tensor, whether its rows divide or not. */
  typeFor(tensor: TensorInfo, category: TensorCategory): TensorType {
    const { fileType, standard, facts, tied } = this.#context;
    if (facts.architecture === 'glm5-next' && isKeptAtQ8(tensor.name)) return 'Q8_0';
    if (category === 'output' || (tied && category === 'token embedding')) return this.#outputType(tensor);
    if (fileType === 'MXFP4_MOE') return holdsExperts(tensor, category, facts) ? 'MXFP4' : 'Q8_0';
    if (category === 'token embedding') return this.#embeddingType();
    const situation = this.#situation(tensor, category);
    if (situation === undefined) return standard;
    const chosen = FEWEST_BITS.has(fileType)
      ? smallMixType(fileType, category, situation)
      : this.#largerMixType(category, situation);
    return chosen ?? standard;
  }

  #outputType(tensor: TensorInfo): TensorType {
    const { fileType, standard, facts, outputTensorType } = this.#context;
    if (outputTensorType !== undefined) return outputTensorType;
    const divides = (tensor.dimensions[0] ?? 1) % tensorType(standard).blockLength === 0;
    if (fileType === 'MXFP4_MOE' || facts.architecture === 'falcon' || !divides) return 'Q8_0';
    if (OUTPUT_Q5_K.has(fileType)) return 'Q5_K';
    return standard === 'Q8_0' ? standard : 'Q6_K';
  }

  #embeddingType(): TensorType {
    const { fileType, standard, tokenEmbeddingType } = this.#context;
    if (tokenEmbeddingType !== undefined) return tokenEmbeddingType;
    const rule = TOKEN_EMBEDDING[fileType];
    return typeof rule === 'string' ? rule : standard;
  }

  #largerMixType(category: TensorCategory, situation: Situation): TensorType | undefined {
    const { fileType } = this.#context;
    if (isAttentionValue(category)) return this.#attentionValueType(situation);
    switch (category) {
      case 'attention k':
        // For eight experts this costs little.
        if (situation.facts.experts === 8) return 'Q8_0';
        return applyRule(ATTENTION_KEY_QUERY, fileType, situation);
      case 'attention q':
        return applyRule(ATTENTION_KEY_QUERY, fileType, situation);
      case 'ffn down':
        return applyRule(FFN_DOWN, fileType, situation);
      case 'attention output':
        return attentionOutput(fileType, situation);
      case 'ffn gate':
      case 'ffn up':
        return applyRule(FFN_GATE_UP, fileType, situation);
      default:
        return undefined;
    }
  }

  #attentionValueType(situation: Situation): TensorType | undefined {
    const { fileType, standard, facts } = this.#context;
    if (facts.experts === 8) return 'Q8_0';
    const chosen = applyRule(ATTENTION_VALUE, fileType, situation) ?? standard;
    // Eight heads share these weights in a 70B model: they are few, and worth more bits.
    return facts.is70B && (chosen === 'Q3_K' || chosen === 'Q4_K') ? 'Q5_K' : chosen;
  }

  /** Where the tensor stands among its kind; counts it. `undefined` for kinds without rules. */
  #situation(tensor: TensorInfo, category: TensorCategory): Situation | undefined {
    const { fileType, facts, hasImatrix, attentionValues } = this.#context;
    const among = (position: number, count: number): Situation => ({ facts, hasImatrix, position, count });
    if (isAttentionValue(category)) return among(this.#seen.value++, attentionValues);
    if (category === 'attention k' || category === 'attention q' || category === 'attention output') return among(0, 1);
    if (category !== 'ffn down' && category !== 'ffn gate' && category !== 'ffn up') return undefined;
    const counter = category === 'ffn down' ? 'down' : category === 'ffn gate' ? 'gate' : 'up';
    const counted = this.#seen[counter]++;
    const byName = facts.experts > 1 && !FEWEST_BITS.has(fileType);
    return among(byName ? layerOf(tensor.name, facts.layers) : counted, facts.layers);
  }
}

function smallMixType(fileType: FileTypeName, category: TensorCategory, situation: Situation): TensorType | undefined {
  if (isAttentionValue(category)) return fewestBits.attentionValue(fileType, situation);
  if (category === 'attention k') return situation.facts.experts === 8 ? 'Q4_K' : undefined;
  if (category === 'ffn down') return fewestBits.ffnDown(fileType, situation);
  return category === 'attention output' ? fewestBits.attentionOutput(fileType, situation) : undefined;
}

/** Tensors of GLM 5 that are never stored with less. */
function isKeptAtQ8(name: string): boolean {
  return name.includes('attn_q_a') || name.includes('attn_q_b') || name.includes('nextn.eh_proj');
}

/** Several matrices in one tensor are experts, except for Bailing 3, whose attention has such tensors, too. */
function holdsExperts(tensor: TensorInfo, category: TensorCategory, facts: MixFacts): boolean {
  if ((tensor.dimensions[2] ?? 1) <= 1) return false;
  return facts.architecture !== 'bailingmoe3' || ['ffn up', 'ffn gate', 'ffn down'].includes(category);
}

/** The layer that a name states: experts need not come in the order of the layers. */
function layerOf(name: string, layers: number): number {
  const match = /^blk\.\s*([+-]?\d+)/.exec(name);
  const layer = match === null ? -1 : Number(match[1]);
  if (layer >= 0 && layer < layers) return layer;
  throw new SlipwayError('MODEL_INVALID', `tensor '${name}' does not name a layer of the model`, {
    where: name,
    got: match === null ? 'no layer in the name' : `layer ${layer}, the model has ${layers}`,
  });
}
