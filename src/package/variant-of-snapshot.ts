import type { ModelFile, Snapshot } from '../files/index.js';
import { kindOf } from './file-kind.js';
import { modelFacts } from './model-facts.js';
import type { ModelFacts, ModelVariant } from './variant.js';

/**
 * A snapshot as it came, as one variant: its GGUF or safetensors files are the weights, the rest goes with them.
 * The name is the quantization when the facts tell one, else the format.
 */
export async function variantOfSnapshot(
  snapshot: Snapshot,
  extra: Partial<ModelFacts> = {},
  signal?: AbortSignal,
): Promise<ModelVariant> {
  const facts = await modelFacts(snapshot, extra, signal);
  const isWeight = (file: ModelFile): boolean => kindOf(file.path) === 'weight';
  return {
    name: facts.quantization ?? facts.format,
    weights: snapshot.files.filter(isWeight),
    companions: snapshot.files.filter((file) => !isWeight(file)),
    facts,
  };
}
