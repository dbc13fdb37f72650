import type { ModelFile } from '../../files/index.js';
import type { ModelVariant } from '../../package/index.js';
import { readSafetensors, type SafetensorsDtype } from '../../safetensors/index.js';

const PRECISIONS: Readonly<Partial<Record<SafetensorsDtype, string>>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  F8_E4M3: 'float8_e4m3',
  F8_E5M2: 'float8_e5m2',
};

/** Positions, masks and counters that stand among the weights: no weights themselves. */
const BUFFERS: ReadonlySet<SafetensorsDtype> = new Set(['I64', 'U64', 'BOOL']);

/**
 * A variant of safetensors with what their headers say: how many weights, and how most of them are stored. Reads headers
 * only. Other integers may be packed weights (GPTQ, AWQ, MXFP4): with any of them nothing is counted.
 */
export async function withSafetensorsFacts(variant: ModelVariant, signal: AbortSignal): Promise<ModelVariant> {
  const { facts, weights } = variant;
  const files = weights.filter(({ path }) => path.endsWith('.safetensors'));
  if (facts.format !== 'safetensors' || facts.parameters !== undefined || files.length === 0) return variant;
  const counts = await countWeights(files, signal);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  const isCounted = total > 0 && [...counts.keys()].every((dtype) => PRECISIONS[dtype] !== undefined);
  if (!isCounted || most === undefined) return variant;
  const precision = facts.precision ?? PRECISIONS[most[0]];
  return {
    ...variant,
    facts: { ...facts, parameters: total, precision },
  };
}

async function countWeights(
  files: readonly ModelFile[],
  signal: AbortSignal,
): Promise<ReadonlyMap<SafetensorsDtype, number>> {
  const counts = new Map<SafetensorsDtype, number>();
  for (const file of files) {
    const { tensors } = await readSafetensors(file, signal);
    for (const { dtype, shape } of tensors.values()) {
      if (BUFFERS.has(dtype)) continue;
      const count = shape.reduce((product, length) => product * length, 1);
      counts.set(dtype, (counts.get(dtype) ?? 0) + count);
    }
  }
  return counts;
}
