import type { ModelFile, Snapshot } from '../files/index.js';
import { isWeightKind, kindOf, kindOfRole } from './file-kind.js';
import { modelFacts } from './model-facts.js';
import type { ModelFacts, ModelVariant } from './variant.js';
import { readWeightRoles } from './weight-roles.js';

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
  const roles = await readWeightRoles(snapshot.files, signal);
  const isWeight = ({ path }: ModelFile): boolean => {
    const role = roles.get(path);
    return isWeightKind(role === undefined ? kindOf(path) : kindOfRole(role));
  };
  return {
    name: facts.quantization ?? facts.format,
    weights: snapshot.files.filter(isWeight),
    companions: snapshot.files.filter((file) => !isWeight(file)),
    facts,
    roles,
  };
}
