import { SlipwayError } from '../../core/index.js';
import type { Weights } from '../../safetensors/index.js';
import type { FinishedTensor, Model, TensorRule } from './family.js';
import { packedMatrix, stackedExperts } from './packed-experts.js';
import { stackExperts } from './tensor-rules.js';

const PARTS: Readonly<Record<string, string>> = { w1: 'ffn_gate_exps', w2: 'ffn_down_exps', w3: 'ffn_up_exps' };

/** Experts that are not packed. */
export function plainExperts({ config }: Model): TensorRule {
  const rule = stackExperts({
    marker: '.block_sparse_moe.experts.',
    count: config.count('num_experts'),
    parts: ['w1', 'w2', 'w3'],
    source: (block, expert, part) => `model.layers.${block}.block_sparse_moe.experts.${expert}.${part}.weight`,
    target: (block, part) => `blk.${block}.${PARTS[part] ?? part}.weight`,
  });
  return { ...rule, apply: (named) => rule.apply(named).map((result) => ({ ...result, final: true })) };
}

const PACKED = /^(?:language_model\.)?model\.layers\.(\d+)\.block_sparse_moe\.experts\.(\d+)\.(w[123])\.weight_packed$/;

/** Experts in MXFP4, by layer and part. */
export function* packedExperts({ config, quantization }: Model, { tensors }: Weights): Iterable<FinishedTensor> {
  if (quantization.weights.kind !== 'packed') return;
  const groups = new Map<string, Map<number, string>>();
  for (const name of tensors.keys()) {
    const [, block, expert, part] = PACKED.exec(name) ?? [];
    if (block === undefined || part === undefined) {
      if (name.endsWith('.weight_packed')) throw strayPacked(name);
      continue;
    }
    const key = `${block.padStart(9, '0')}.${part}`;
    groups.set(key, (groups.get(key) ?? new Map<number, string>()).set(Number(expert), name));
  }
  for (const [key, names] of [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const [block = '', part = ''] = key.split('.');
    const target = `blk.${Number(block)}.${PARTS[part] ?? part}.weight`;
    const matrices = [...names].toSorted(([a], [b]) => a - b);
    yield stackedExperts(target, config.count('num_experts'), matrices, (name) =>
      packedMatrix(tensors, name, name.replace(/_packed$/, '_scale')),
    );
  }
}

function strayPacked(name: string): SlipwayError {
  return new SlipwayError('DTYPE_UNSUPPORTED', 'only the experts of a Kimi K3 may be packed as MXFP4', {
    where: name,
    try: 'convert a checkpoint whose other weights are plain',
  });
}
