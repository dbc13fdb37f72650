import { SlipwayError } from '../../core/index.js';
import type { Weights } from '../../safetensors/index.js';
import type { Values } from '../config/config-values.js';
import {
  concat,
  narrow,
  scaleBlocks,
  wrongShape,
  type SourceTensor,
  type TensorExpression,
} from '../expressions/index.js';
import { blockOf } from '../names/name-map.js';
import type { FinishedTensor, Model } from './family.js';
import { packedMatrix, stackedExperts } from './packed-experts.js';

/** What MiMo V2.5 is published in: experts in MXFP4, the rest in FP8, queries, keys and values cut up for several processors. */

const EXPERT = /^model\.layers\.(\d+)\.mlp\.experts\.(\d+)\.(gate|up|down)_proj\.weight$/;

/** True where experts are stored in MXFP4. Throws `DTYPE_UNSUPPORTED` for blocks of another length. */
export function hasPackedExperts(config: Values): boolean {
  const quantization = config.object('quantization_config');
  if (quantization?.string('store_dtype') !== 'mxfp4') return false;
  const block = quantization.number('mxfp4_block_size') ?? 32;
  if (block === 32) return true;
  throw new SlipwayError('DTYPE_UNSUPPORTED', `MXFP4 in blocks of ${block} values cannot be taken`, {
    where: 'config.json: quantization_config.mxfp4_block_size',
    try: 'ggml has blocks of 32 values',
  });
}

/** True for what {@link packedExperts} takes. */
export function isPackedExpert(name: string): boolean {
  return EXPERT.test(name.replace(/_scale$/, ''));
}

/** The experts in MXFP4, by layer and part. Throws `DTYPE_UNSUPPORTED` when something else is packed, too. */
export function* packedExperts({ config }: Model, { tensors }: Weights): Iterable<FinishedTensor> {
  if (!hasPackedExperts(config)) return;
  const groups = new Map<string, Map<number, string>>();
  for (const name of tensors.keys()) {
    const [, block, expert, part] = EXPERT.exec(name) ?? [];
    if (block === undefined || part === undefined) {
      if (name.endsWith('.weight_scale') && !isPackedExpert(name)) throw strayPacked(name);
      continue;
    }
    const key = `${block.padStart(9, '0')}.${part}`;
    groups.set(key, (groups.get(key) ?? new Map<number, string>()).set(Number(expert), name));
  }
  for (const [key, names] of [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const [block = '', part = ''] = key.split('.');
    const matrices = [...names].toSorted(([a], [b]) => a - b);
    const target = `blk.${Number(block)}.ffn_${part}_exps.weight`;
    yield stackedExperts(target, config.count('n_routed_experts'), matrices, (name) =>
      packedMatrix(tensors, name, `${name}_scale`),
    );
  }
}

function strayPacked(name: string): SlipwayError {
  return new SlipwayError('DTYPE_UNSUPPORTED', 'only the experts of a MiMo V2 may be packed as MXFP4', {
    where: name,
    try: 'convert a checkpoint whose other weights are in FP8 or plain',
  });
}

/** Rows and columns of weights that share a scale, whatever the configuration says. */
const BLOCK = [128, 128];
/** Numbers of processors that checkpoints are cut up for. */
const PROCESSORS = [8, 4];

/**
 * Queries, keys and values in FP8, in one matrix: each processor has rows and scales of its own, whose last block may be
 * cut off. Throws `MODEL_INVALID` when the scales fit no number of processors.
 */
export function* joinedAttention(
  { config }: Model,
  tensors: ReadonlyMap<string, SourceTensor>,
): Iterable<readonly [name: string, tensor: TensorExpression]> {
  if (config.object('quantization_config')?.string('quant_method') !== 'fp8') return;
  for (const [name, weight] of tensors) {
    const scales = tensors.get(`${name}_scale_inv`);
    if (scales === undefined || !/^model\.layers\.\d+\.self_attn\.qkv_proj\.weight$/.test(name)) continue;
    yield [name, joined(weight, scales, attentionRows(config, blockOf(name) ?? 0))];
  }
}

/** Rows of queries, keys and values. Layers that predict further tokens have windows. */
function attentionRows(config: Values, block: number): readonly number[] {
  const windows = config.numbers('hybrid_layer_pattern') ?? [];
  const windowed = block >= config.count('num_hidden_layers') || windows[block] === 1;
  const keyHeads = config.count(windowed ? 'swa_num_key_value_heads' : 'num_key_value_heads');
  const [length, valueLength] = [config.count('head_dim'), config.count('v_head_dim')];
  return [config.count('num_attention_heads') * length, keyHeads * length, keyHeads * valueLength];
}

function joined(weight: SourceTensor, scales: SourceTensor, parts: readonly number[]): TensorExpression {
  const rows = parts.reduce((sum, part) => sum + part, 0);
  if (weight.shape[0] !== rows) throw wrongShape(weight, `does not hold ${parts.join(' + ')} rows`);
  const blocks = (processors: number): number => Math.ceil(rows / processors / (BLOCK[0] ?? 1));
  const processors = PROCESSORS.find((count) => rows % count === 0 && scales.shape[0] === count * blocks(count));
  if (processors === undefined || parts.some((part) => part % processors !== 0))
    throw wrongShape(scales, `fits no number of processors that ${rows} rows are cut up for`);
  const [own, ownScales] = [rows / processors, blocks(processors)];
  const slices = parts.map((): TensorExpression[] => []);
  for (let processor = 0; processor < processors; processor += 1) {
    const part = narrow(weight, 0, processor * own, own);
    const factors = narrow(scales, 0, processor * ownScales, ownScales);
    const scaled = scaleBlocks(part, factors, BLOCK);
    let at = 0;
    for (const [index, total] of parts.entries()) {
      const rows = narrow(scaled, 0, at, total / processors);
      // Each reading needs all scales of its processor, and its own rows only.
      slices[index]?.push({
        ...rows,
        sources: [...factors.sources, ...narrow(part, 0, at, total / processors).sources],
      });
      at += total / processors;
    }
  }
  return concat(slices.flat());
}
