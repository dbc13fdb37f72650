import { isJsonObject, jsonField, type JsonValue } from '../files/index.js';
import type { QuantizationFacts } from './quantization-facts.js';

/** A format of compressed-tensors, and of a group of it. */
const PACK_QUANTIZED = 'nvfp4-pack-quantized';
/** ModelOpt's name for 4-bit weights with 16-bit activations. */
export const WIDE_ACTIVATIONS = 'W4A16_NVFP4';

/** What a repository says about weights in NVFP4. */
export interface Nvfp4Settings {
  /** True when tensors have the names of compressed-tensors, whose scales are the reciprocals of ModelOpt's. */
  readonly compressed: boolean;
  /** ModelOpt's algorithm for what `layers` does not name. */
  readonly algorithm: string | undefined;
  /** ModelOpt's algorithms by module. */
  readonly layers: ReadonlyMap<string, string | undefined>;
}

/** Finds out whether weights come in NVFP4, by the rules of llama.cpp's `ModelBase.prepare_tensors`. */
export function nvfp4Settings(facts: QuantizationFacts): Nvfp4Settings | undefined {
  const compressed = isCompressed(facts);
  const layers = new Map<string, string | undefined>();
  for (const [module, entry] of facts.layers?.entries() ?? []) {
    if (isJsonObject(entry)) layers.set(module, textOf(jsonField(entry, 'quant_algo')));
  }
  const found =
    facts.algorithm === 'NVFP4' ||
    facts.algorithm === WIDE_ACTIVATIONS ||
    compressed ||
    [...layers.values()].some((algorithm) => algorithm?.endsWith('NVFP4') === true);
  return found ? { compressed, algorithm: facts.algorithm, layers } : undefined;
}

function isCompressed({ method, format, groups }: QuantizationFacts): boolean {
  if (method !== 'compressed-tensors') return false;
  if (format === PACK_QUANTIZED) return true;
  const entries = [...(groups?.entries() ?? [])];
  return (
    format === 'mixed-precision' &&
    entries.length > 0 &&
    entries.every(([, group]) => !isJsonObject(group) || jsonField(group, 'format') === PACK_QUANTIZED)
  );
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
