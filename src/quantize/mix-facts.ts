import { SlipwayError } from '../core/index.js';
import type { GgufMetadata, GgufValue } from '../gguf/index.js';
import type { KvOverride } from './options.js';

/** What a mix wants to know about a model; llama.cpp reads it from the same keys. */
export interface MixFacts {
  /** `general.architecture`. */
  readonly architecture: string;
  /** All layers, those that predict further tokens included. */
  readonly layers: number;
  /** Query heads for each key-value head of the first layer, cut to an integer; 0 without attention there. */
  readonly headsPerKv: number;
  /** 0 for dense models. */
  readonly experts: number;
  /** llama.cpp takes the model for a 70B one, whose attention values get more bits. */
  readonly is70B: boolean;
}

/** Layers by which llama.cpp recognises "70B". */
const LAYERS_OF_70B: ReadonlyMap<string, number> = new Map([
  ['llama', 80],
  ['llama-embed', 80],
  ['qwen2', 80],
  ['deci', 80],
  ['olmo', 80],
  ['jais2', 68],
]);

/** Reads the facts, overrides first (of several for one key the first counts here, as in llama.cpp's loader). Throws `MODEL_INVALID` when the file does not say how many layers there are. */
export function mixFacts(metadata: GgufMetadata, overrides: readonly KvOverride[] = []): MixFacts {
  const name = metadata.get('general.architecture');
  const architecture = name?.type === 'STRING' && typeof name.value === 'string' ? name.value : '';
  const number = (key: string, index = 0): number | undefined =>
    numberAt(
      metadata.get(`${architecture}.${key}`),
      overrides.find((one) => one.key === `${architecture}.${key}`),
      index,
    );
  const layers = number('block_count');
  if (layers === undefined && architecture !== 'clip') {
    throw new SlipwayError('MODEL_INVALID', 'the file does not say how many layers the model has', {
      where: architecture === '' ? 'general.architecture' : `${architecture}.block_count`,
      try: 'quantize a model, not a vocabulary or an adapter',
    });
  }
  const regular = (layers ?? 0) - (number('nextn_predict_layers') ?? 0);
  const heads = number('attention.head_count') ?? 0;
  const kvHeads = number('attention.head_count_kv') ?? heads;
  const experts = number('expert_count') ?? 0;
  return {
    architecture,
    layers: countedLayers(architecture, layers ?? 0, regular, number('num_loops') ?? 1),
    headsPerKv: kvHeads === 0 ? 0 : Math.floor(heads / kvHeads),
    experts,
    is70B: is70B(architecture, regular, experts, heads === kvHeads),
  };
}

/** Two architectures count layers that are not in the file: loops over the same weights, and a router's. */
function countedLayers(architecture: string, all: number, regular: number, loops: number): number {
  if (architecture === 'nanbeige' && loops > 1) return regular * loops;
  return architecture === 'graniteswitch' ? regular + 1 : all;
}

function is70B(architecture: string, regular: number, experts: number, everyHeadHasKv: boolean): boolean {
  if (LAYERS_OF_70B.get(architecture) !== regular) return false;
  return !architecture.startsWith('llama') || (experts !== 8 && !everyHeadHasKv);
}

/** An integer, or the element of an array that has one for each layer. Arrays cannot be overridden. */
function numberAt(entry: GgufValue | undefined, override: KvOverride | undefined, index: number): number | undefined {
  if (entry?.type === 'ARRAY') {
    const element = entry.value[index];
    return typeof element === 'number' || typeof element === 'bigint' ? Number(element) : undefined;
  }
  if (override?.type === 'int') return override.value;
  return typeof entry?.value === 'number' || typeof entry?.value === 'bigint' ? Number(entry.value) : undefined;
}
